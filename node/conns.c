/* conns.c - open connections: limits, deadlines, who goes first. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/conns.h"

#include "proto/mem.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_BYTES 16
#define BUCKETS 1024 /* power of two */
#define VICTIMS                                                      \
	64 /* shut in one go, so that a flood pays one walk for many \
	    */

/* One peer with its connections; freed with the last of them. */
struct address {
	uint8_t key[ADDRESS_BYTES];
	unsigned live;
	unsigned len;
	struct address *next;
};

struct conns_item {
	int fd;
	struct address *from; /* NULL: not counted by address */
	struct conns_item *prev, *next;
	bool shut; /* under the lock: does not count any more */
	atomic_int phase;
	atomic_bool known;
	_Atomic int64_t since_ms;
	_Atomic uint64_t moved;
};

/*
 * Invariants: 1. live counts the items that are not shut; likewise for each
 * address.  2. a descriptor is shut only under the lock, and an item leaves
 * the list under it before its descriptor is closed: no other file is hit.
 */
struct conns {
	struct conns_limits limits;
	pthread_mutex_t lock;
	struct conns_item *first;
	unsigned live;
	struct address *bucket[BUCKETS];
};

struct conns *
conns_new(const struct conns_limits *limits)
{
	struct conns *c = mem_alloc(1, sizeof *c);

	c->limits = *limits;
	(void)pthread_mutex_init(&c->lock, NULL);
	return c;
}

void
conns_free(struct conns *c)
{
	if (c == NULL)
		return;
	assert(c->first == NULL);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

/* ---- addresses; callers hold the lock ---- */

static struct address **
bucket_of(struct conns *c, const uint8_t key[static ADDRESS_BYTES])
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < ADDRESS_BYTES; i++)
		h = (h ^ key[i]) * 16777619u;
	return &c->bucket[h & (BUCKETS - 1)];
}

static struct address *
address_get(struct conns *c, struct bytes text)
{
	uint8_t key[ADDRESS_BYTES] = {0};
	struct address **at;
	struct address *a;

	if (text.len == 0)
		return NULL;
	assert(text.len <= sizeof key);
	memcpy(key, text.ptr, text.len);
	at = bucket_of(c, key);
	for (a = *at; a != NULL; a = a->next)
		if (memcmp(a->key, key, sizeof key) == 0)
			return a;
	a = mem_alloc(1, sizeof *a);
	memcpy(a->key, key, sizeof key);
	a->next = *at;
	*at = a;
	return a;
}

static void
address_put(struct conns *c, struct address *a)
{
	struct address **at;

	if (a->len > 0)
		return;
	for (at = bucket_of(c, a->key); *at != a; at = &(*at)->next)
		assert(*at != NULL);
	*at = a->next;
	free(a);
}

/* ---- who goes; callers hold the lock ---- */

static void
uncount(struct conns *c, struct conns_item *i)
{
	c->live--;
	if (i->from != NULL)
		i->from->live--;
}

static void
end(struct conns *c, struct conns_item *i, enum conns_end why)
{
	i->shut = true;
	uncount(c, i);
	c->limits.shut(c->limits.arg, i->fd, why);
}

struct victim {
	struct conns_item *item;
	bool known;
	int64_t since_ms;
};

/* Does a go before b? */
static bool
before(const struct victim *a, const struct victim *b)
{
	if (a->known != b->known)
		return b->known;
	return a->since_ms < b->since_ms;
}

/* Ends up to `want` idle connections (of one address, or of all). */
static bool
make_room(struct conns *c, const struct address *of, size_t want,
    const struct conns_item *keep)
{
	struct victim v[VICTIMS];
	size_t n = 0;

	for (struct conns_item *i = c->first; i != NULL; i = i->next) {
		int phase = atomic_load(&i->phase);
		struct victim new = {
		    i, atomic_load(&i->known), atomic_load(&i->since_ms)};
		size_t at;

		if (i->shut || i == keep || (of != NULL && i->from != of) ||
		    (phase != CONNS_NEW && phase != CONNS_IDLE))
			continue;
		if (n == want && !before(&new, &v[n - 1]))
			continue;
		n += n < want;
		for (at = n - 1; at > 0 && before(&new, &v[at - 1]); at--)
			v[at] = v[at - 1];
		v[at] = new;
	}
	for (size_t k = 0; k < n; k++)
		end(c, v[k].item,
		    of != NULL ? CONNS_END_ADDRESS : CONNS_END_FULL);
	return n > 0;
}

static size_t
share_of(unsigned limit)
{
	size_t n = limit / 16;

	return n < 1 ? 1 : n > VICTIMS ? VICTIMS : n;
}

struct conns_item *
conns_add(struct conns *c, int fd, struct bytes address, int64_t now_ms)
{
	struct conns_item *i = mem_alloc(1, sizeof *i);
	const struct conns_limits *max = &c->limits;

	i->fd = fd;
	atomic_init(&i->phase, CONNS_NEW);
	atomic_init(&i->since_ms, now_ms);
	(void)pthread_mutex_lock(&c->lock);
	i->from = address_get(c, address);
	i->next = c->first;
	if (c->first != NULL)
		c->first->prev = i;
	c->first = i;
	c->live++;
	if (i->from != NULL) {
		i->from->len++;
		i->from->live++;
		if (i->from->live > max->per_address &&
		    !make_room(c, i->from, share_of(max->per_address), i))
			end(c, i, CONNS_END_ADDRESS);
	}
	if (!i->shut && c->live > max->total &&
	    !make_room(c, NULL, share_of(max->total), i))
		end(c, i, CONNS_END_FULL);
	(void)pthread_mutex_unlock(&c->lock);
	return i;
}

void
conns_remove(struct conns *c, struct conns_item *i)
{
	(void)pthread_mutex_lock(&c->lock);
	if (i->prev != NULL)
		i->prev->next = i->next;
	else
		c->first = i->next;
	if (i->next != NULL)
		i->next->prev = i->prev;
	if (!i->shut)
		uncount(c, i);
	if (i->from != NULL) {
		i->from->len--;
		address_put(c, i->from);
	}
	(void)pthread_mutex_unlock(&c->lock);
	free(i);
}

void
conns_enter(struct conns_item *i, enum conns_phase phase, int64_t now_ms)
{
	atomic_store_explicit(&i->moved, 0, memory_order_relaxed);
	atomic_store_explicit(&i->since_ms, now_ms, memory_order_relaxed);
	atomic_store_explicit(&i->phase, (int)phase, memory_order_release);
}

void
conns_moved(struct conns_item *i, uint64_t bytes)
{
	atomic_store_explicit(&i->moved, bytes, memory_order_relaxed);
}

void
conns_known(struct conns_item *i)
{
	atomic_store_explicit(&i->known, true, memory_order_relaxed);
}

/* True when it is over; then *why says of what. */
static bool
overdue(const struct conns_limits *max, struct conns_item *i, int64_t now_ms,
    enum conns_end *why)
{
	int phase = atomic_load_explicit(&i->phase, memory_order_acquire);
	int64_t since =
	    atomic_load_explicit(&i->since_ms, memory_order_relaxed);
	uint64_t moved = atomic_load_explicit(&i->moved, memory_order_relaxed);
	uint64_t allowed_s = 0;

	switch ((enum conns_phase)phase) {
	case CONNS_NEW:
	case CONNS_HEAD:
		*why = CONNS_END_HEAD;
		allowed_s = max->slow_s;
		break;
	case CONNS_IDLE:
		*why = CONNS_END_IDLE;
		allowed_s = max->idle_s;
		break;
	case CONNS_BODY:
		*why = CONNS_END_BODY;
		allowed_s = max->slow_s + moved / CONNS_RATE;
		break;
	case CONNS_SEND:
		*why = CONNS_END_SEND;
		allowed_s = max->slow_s + moved / CONNS_RATE;
		break;
	case CONNS_RUN:
	case CONNS_STREAM:
		return false;
	}
	return now_ms - since > (int64_t)allowed_s * 1000;
}

void
conns_sweep(struct conns *c, int64_t now_ms)
{
	enum conns_end why = CONNS_ENDS;

	(void)pthread_mutex_lock(&c->lock);
	for (struct conns_item *i = c->first; i != NULL; i = i->next)
		if (!i->shut && overdue(&c->limits, i, now_ms, &why))
			end(c, i, why);
	(void)pthread_mutex_unlock(&c->lock);
}
