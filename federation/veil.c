/* veil.c - what a member sends so that no item shows its source. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/veil.h"

#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "proto/mem.h"

#define HELD_MAX 1024 /* rests that wait here */

struct member {
	char *name;
	char *owner;
	uint8_t hop[CRYPTO_PUB_BYTES];
	bool linked;
	bool listens;
	uint64_t slot; /* of the next two */
	unsigned cells;
	unsigned rests;
};

struct veil {
	struct veil_rule rule;
	struct veil_host host;
	char *own;
	size_t room;
	struct member *among;
	size_t n;
	struct crypto_signer keys[VEIL_KEYS];
	size_t keys_len;
	struct mix *mix; /* publisher's key || rest */
	uint64_t slot;
	int64_t next_us; /* 0: not begun */
	struct buf said; /* with the next cell; cap 0: nothing */
	char *publisher; /* of it; NULL: by lot */
	struct buf cell; /* of the next slot */
	char *forwarder; /* of it; NULL: none was made */
};

struct veil *
veil_new(const struct veil_rule *rule, const struct veil_host *host)
{
	const struct mix_rule m = {.least = rule->least,
	    .quota = rule->quota,
	    .held_max = HELD_MAX,
	    .piece_max = CELL_BYTES_MAX + CRYPTO_PUB_BYTES};
	struct veil *v = mem_alloc(1, sizeof *v);

	v->rule = *rule;
	v->host = *host;
	v->mix = mix_new(&m);
	buf_init(&v->said, CELL_BYTES_MAX);
	buf_init(&v->cell, CELL_BYTES_MAX);
	return v;
}

static void
forget(struct member *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(m[i].name);
		free(m[i].owner);
	}
	free(m);
}

static struct member *
find(struct member *m, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(m[i].name, name) == 0)
			return &m[i];
	return NULL;
}

void
veil_free(struct veil *v)
{
	if (v == NULL)
		return;
	forget(v->among, v->n);
	free(v->own);
	mix_free(v->mix);
	buf_wipe(&v->said);
	buf_clear(&v->cell);
	free(v->publisher);
	free(v->forwarder);
	crypto_wipe(v->keys, sizeof v->keys);
	free(v);
}

void
veil_among(struct veil *v, const char *own, size_t room,
    const struct veil_member *m, size_t n)
{
	struct member *was = v->among;
	const size_t was_n = v->n;

	free(v->own);
	v->own = mem_strdup(own);
	v->room = room;
	v->n = 0;
	v->among = mem_alloc(n + 1, sizeof *v->among);
	for (size_t i = 0; i < n; i++) {
		struct member *to = &v->among[v->n++];
		const struct member *old = find(was, was_n, m[i].name);

		if (old != NULL) {
			to->slot = old->slot;
			to->cells = old->cells;
			to->rests = old->rests;
		}
		to->name = mem_strdup(m[i].name);
		to->owner = mem_strdup(m[i].owner);
		memcpy(to->hop, m[i].hop, sizeof to->hop);
		to->linked = m[i].linked;
		to->listens = m[i].listens;
	}
	forget(was, was_n);
}

void
veil_keys(struct veil *v, const struct crypto_signer *keys, size_t n)
{
	crypto_wipe(v->keys, sizeof v->keys);
	v->keys_len = n < VEIL_KEYS ? n : VEIL_KEYS;
	for (size_t i = 0; i < v->keys_len; i++)
		v->keys[i] = keys[i];
}

/* ---- by lot ---- */

static bool
may_be(const struct veil *v, size_t f, size_t p, const char *publisher)
{
	const struct member *a = &v->among[f], *b = &v->among[p];

	return a->linked && (a->listens || b->listens) &&
	    strcmp(a->owner, b->owner) != 0 && strcmp(a->owner, v->own) != 0 &&
	    strcmp(b->owner, v->own) != 0 &&
	    (publisher == NULL || strcmp(b->name, publisher) == 0);
}

/* Each pair that may be is as likely. */
bool
veil_lot(const struct veil *v, const char *publisher, struct veil_pair *out)
{
	uint64_t n = 0, dice, over;

	for (size_t f = 0; f < v->n; f++)
		for (size_t p = 0; p < v->n; p++)
			n += may_be(v, f, p, publisher);
	if (n == 0)
		return false;
	over = UINT64_MAX - UINT64_MAX % n;
	do
		crypto_random(&dice, sizeof dice);
	while (dice >= over);
	dice %= n;
	for (size_t f = 0; f < v->n; f++)
		for (size_t p = 0; p < v->n; p++) {
			if (!may_be(v, f, p, publisher) || dice-- > 0)
				continue;
			*out = (struct veil_pair){f, p};
			return true;
		}
	return false;
}

/* ---- out ---- */

bool
veil_say(struct veil *v, struct bytes body, const char *publisher)
{
	struct veil_pair any;

	if (v->said.len > 0 || body.len == 0 || body.len > v->room ||
	    !veil_lot(v, publisher, &any))
		return false;
	buf_bytes(&v->said, body);
	free(v->publisher);
	v->publisher = publisher != NULL ? mem_strdup(publisher) : NULL;
	return true;
}

/* The cell of the next slot: what is said, or nothing. */
static void
make(struct veil *v)
{
	struct veil_pair at;
	enum err e;

	free(v->forwarder);
	v->forwarder = NULL;
	buf_reset(&v->cell);
	/* A slot without a cell would show that something was to be said. */
	if (v->said.len > 0 && !veil_lot(v, v->publisher, &at))
		buf_reset(&v->said);
	if (v->said.len == 0 && !veil_lot(v, NULL, &at))
		return;
	e = cell_make(buf_grow(&v->cell, cell_bytes(v->room)), v->room,
	    buf_view(&v->said), v->among[at.forwarder].hop,
	    v->among[at.publisher].hop, NULL);
	if (e == ERR_OK)
		v->forwarder = mem_strdup(v->among[at.forwarder].name);
	buf_wipe(&v->said);
	buf_init(&v->said, CELL_BYTES_MAX);
}

static void
go_on(void *arg, struct bytes piece)
{
	struct veil *v = arg;

	for (size_t i = 0; i < v->n; i++)
		if (memcmp(v->among[i].hop, piece.ptr, CRYPTO_PUB_BYTES) == 0) {
			v->host.send(v->host.arg, v->among[i].name,
			    bytes_of(piece.ptr + CRYPTO_PUB_BYTES,
			        piece.len - CRYPTO_PUB_BYTES));
			return;
		}
}

int64_t
veil_turn(struct veil *v, int64_t now_us)
{
	if (v->next_us == 0)
		v->next_us = now_us + v->rule.slot_us;
	if (now_us < v->next_us)
		return v->next_us;
	/* Slots that were slept through are not made up for. */
	v->next_us += v->rule.slot_us;
	if (v->next_us <= now_us)
		v->next_us = now_us + v->rule.slot_us;
	if (v->forwarder != NULL)
		v->host.send(v->host.arg, v->forwarder, buf_view(&v->cell));
	(void)mix_turn(v->mix, v->slot, go_on, v);
	v->slot++;
	make(v);
	return v->next_us;
}

/* ---- in ---- */

/* Members of one owner are one, or it could fill a batch alone. */
static uint32_t
origin_of(const char *owner)
{
	struct hash h;
	uint32_t out;

	digest_sha256(&h, bytes_str(owner));
	memcpy(&out, h.b, sizeof out);
	return out & ~MIX_SILENT;
}

/* Before it is opened: of what comes too often nothing is looked at. */
static bool
has_part(struct veil *v, struct member *m, bool rest)
{
	unsigned *used = rest ? &m->rests : &m->cells;

	if (m->slot != v->slot) {
		m->slot = v->slot;
		m->cells = m->rests = 0;
	}
	if (*used >= (rest ? v->rule.rests : v->rule.quota))
		return false;
	(*used)++;
	return true;
}

static enum err
peel(struct veil *v, uint32_t origin, struct bytes cell, struct err_why *why)
{
	struct cell_rest rest;
	struct buf piece;
	enum err e = ERR_UNVERIFIED;

	for (size_t i = 0; i < v->keys_len && e == ERR_UNVERIFIED; i++)
		e = cell_peel(&rest, v->room, cell, &v->keys[i], why);
	if (e != ERR_OK)
		return e;
	buf_init(&piece, CELL_BYTES_MAX + CRYPTO_PUB_BYTES);
	buf_put(&piece, rest.publisher, sizeof rest.publisher);
	buf_bytes(&piece, buf_view(&rest.sealed));
	e = mix_take(v->mix, v->slot, origin, buf_view(&piece), why);
	buf_clear(&piece);
	buf_clear(&rest.sealed);
	return e;
}

static enum err
read_rest(struct veil *v, struct bytes rest, struct err_why *why)
{
	struct buf body;
	enum err e = ERR_UNVERIFIED;

	for (size_t i = 0; i < v->keys_len && e == ERR_UNVERIFIED; i++)
		e = cell_read(&body, v->room, rest, &v->keys[i], why);
	if (e != ERR_OK)
		return e;
	if (body.len > 0)
		v->host.heard(v->host.arg, buf_view(&body));
	buf_clear(&body);
	return ERR_OK;
}

enum err
veil_take(
    struct veil *v, const char *peer, struct bytes cell, struct err_why *why)
{
	struct member *m = find(v->among, v->n, peer);
	const bool rest = cell.len == cell_rest_bytes(v->room);

	if (m == NULL || v->keys_len == 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "cell: %s takes no part in this term", peer);
	if (!has_part(v, m, rest))
		return err_fail(why, ERR_BUSY,
		    "cell: %s has had its part of this slot", peer);
	return rest ? read_rest(v, cell, why)
	            : peel(v, origin_of(m->owner), cell, why);
}
