/* share.c - a bounded good, divided fairly between those who ask. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/share.h"

#include "proto/mem.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define BUCKETS 1024 /* power of two */

struct share_client {
	uint64_t hash;
	uint64_t taken;
	unsigned users; /* requests that hold it */
	struct share_client *next;
};

/* Invariants: 1. taken is the sum over the clients.  2. a client is in its
 * bucket while a request holds it. */
struct share {
	pthread_mutex_t lock;
	uint64_t limit;
	uint64_t taken;
	uint64_t clients;
	struct share_client *bucket[BUCKETS];
};

struct share *
share_new(uint64_t limit)
{
	struct share *s = mem_alloc(1, sizeof *s);

	s->limit = limit;
	(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
share_free(struct share *s)
{
	if (s == NULL)
		return;
	assert(s->taken == 0 && s->clients == 0);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static uint64_t
hash_of(struct bytes client)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < client.len; i++)
		h = (h ^ client.ptr[i]) * UINT64_C(1099511628211);
	return h;
}

static struct share_client *
find(struct share *s, uint64_t hash)
{
	struct share_client *c = s->bucket[hash & (BUCKETS - 1)];

	while (c != NULL && c->hash != hash)
		c = c->next;
	return c;
}

static enum share_verdict
judge(const struct share *s, const struct share_client *c, uint64_t cost)
{
	uint64_t clients = s->clients + (c == NULL);
	uint64_t mine = (c != NULL ? c->taken : 0) + cost;

	if (s->taken + cost <= s->limit / 2)
		return SHARE_OK;
	/* A share holds what a request may cost at most, or none would be
	 * taken from anybody. */
	if (mine > cost && mine > s->limit / (clients + 1))
		return SHARE_OVER;
	return s->taken + cost <= s->limit ? SHARE_OK : SHARE_FULL;
}

enum share_verdict
share_take(struct share *s, struct bytes client, uint64_t cost,
    struct share_client **held)
{
	uint64_t hash = *held != NULL ? (*held)->hash : hash_of(client);
	struct share_client *c;

	(void)pthread_mutex_lock(&s->lock);
	c = *held != NULL ? *held : find(s, hash);
	enum share_verdict v = judge(s, c, cost);
	if (v != SHARE_OK)
		goto out;
	if (c == NULL) {
		c = mem_alloc(1, sizeof *c);
		c->hash = hash;
		c->next = s->bucket[hash & (BUCKETS - 1)];
		s->bucket[hash & (BUCKETS - 1)] = c;
		s->clients++;
	}
	c->users += *held == NULL;
	c->taken += cost;
	s->taken += cost;
	*held = c;
out:
	(void)pthread_mutex_unlock(&s->lock);
	return v;
}

void
share_give(struct share *s, struct share_client **held, uint64_t cost)
{
	struct share_client *c = *held;
	struct share_client **at;

	if (c == NULL)
		return;
	*held = NULL;
	(void)pthread_mutex_lock(&s->lock);
	assert(c->taken >= cost && c->users > 0);
	c->taken -= cost;
	s->taken -= cost;
	c->users--;
	if (c->users == 0) {
		assert(c->taken == 0);
		at = &s->bucket[c->hash & (BUCKETS - 1)];
		while (*at != c)
			at = &(*at)->next;
		*at = c->next;
		s->clients--;
		free(c);
	}
	(void)pthread_mutex_unlock(&s->lock);
}

void
share_limit(struct share *s, uint64_t limit)
{
	(void)pthread_mutex_lock(&s->lock);
	s->limit = limit;
	(void)pthread_mutex_unlock(&s->lock);
}

uint64_t
share_taken(struct share *s)
{
	(void)pthread_mutex_lock(&s->lock);
	uint64_t n = s->taken;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}
