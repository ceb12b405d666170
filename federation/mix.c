/* mix.c - what came in is held, and goes on together in another order. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/mix.h"

#include <stdlib.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/digest.h"
#include "proto/mem.h"

struct piece {
	uint64_t round;
	uint32_t origin;
	size_t len;
	uint8_t *at;
};

struct used {
	uint32_t origin;
	unsigned n;
};

/*
 * Invariants: 1. held[0 .. len) own their bytes.  2. seen[] holds the digests
 * of the last MIX_SEEN_MAX pieces taken, also of those that went on.
 * 3. used[0 .. n_used) says what origins sent in this round, gone or not; each
 * sent one at least, so held_max bounds them but for rounds that end early,
 * and those are refused (LIMIT).
 */
struct mix {
	struct mix_rule rule;
	uint64_t round;
	struct piece *held;
	size_t len;
	struct hash *seen;
	size_t n_seen; /* ever */
	struct used *used;
	size_t n_used;
};

struct mix *
mix_new(const struct mix_rule *rule)
{
	struct mix *m = mem_alloc(1, sizeof *m);

	m->rule = *rule;
	m->held = mem_alloc(rule->held_max, sizeof *m->held);
	m->used = mem_alloc(rule->held_max, sizeof *m->used);
	m->seen = mem_alloc(MIX_SEEN_MAX, sizeof *m->seen);
	return m;
}

/* The first n; what follows moves up. */
static void
drop(struct mix *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		crypto_wipe(m->held[i].at, m->held[i].len);
		free(m->held[i].at);
	}
	m->len -= n;
	memmove(m->held, m->held + n, m->len * sizeof *m->held);
}

void
mix_free(struct mix *m)
{
	if (m == NULL)
		return;
	drop(m, m->len);
	free(m->held);
	free(m->seen);
	free(m->used);
	free(m);
}

static bool
seen(const struct mix *m, const struct hash *digest)
{
	const size_t n = m->n_seen < MIX_SEEN_MAX ? m->n_seen : MIX_SEEN_MAX;

	for (size_t i = 0; i < n; i++)
		if (memcmp(m->seen[i].b, digest->b, HASH_BYTES) == 0)
			return true;
	return false;
}

static void
advance(struct mix *m, uint64_t round)
{
	if (round <= m->round)
		return;
	m->round = round;
	m->n_used = 0;
}

/* What this origin sent in this round; NULL: more origins than are counted. */
static struct used *
used_by(struct mix *m, uint32_t origin)
{
	for (size_t i = 0; i < m->n_used; i++)
		if (m->used[i].origin == origin)
			return &m->used[i];
	if (m->n_used == m->rule.held_max)
		return NULL;
	m->used[m->n_used] = (struct used){.origin = origin};
	return &m->used[m->n_used++];
}

enum err
mix_take(struct mix *m, uint64_t round, uint32_t origin, struct bytes piece,
    struct err_why *why)
{
	struct used *used;
	struct hash digest;

	advance(m, round);
	if (piece.len > m->rule.piece_max)
		return err_fail(why, ERR_LIMIT, "mix: no more is held");
	used = used_by(m, origin);
	if (used == NULL || m->len == m->rule.held_max)
		return err_fail(why, ERR_LIMIT, "mix: no more is held");
	if (used->n >= m->rule.quota)
		return err_fail(why, ERR_BUSY,
		    "mix: its origin has had its part of this round");
	digest_sha256(&digest, piece);
	if (seen(m, &digest))
		return err_fail(why, ERR_EXISTS, "mix: this piece came before");
	used->n++;
	m->seen[m->n_seen++ % MIX_SEEN_MAX] = digest;
	m->held[m->len++] = (struct piece){.round = m->round,
	    .origin = origin,
	    .len = piece.len,
	    .at = mem_alloc(1, piece.len)};
	memcpy(m->held[m->len - 1].at, piece.ptr, piece.len);
	return ERR_OK;
}

/* Of how many different origins what is held is. */
static size_t
origins(const struct mix *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->len; i++) {
		size_t j = 0;

		while (j < i && m->held[j].origin != m->held[i].origin)
			j++;
		n += j == i && (m->held[i].origin & MIX_SILENT) == 0;
	}
	return n;
}

static bool
waited(const struct mix *m, const struct piece *p)
{
	return m->rule.patience > 0 && m->round - p->round >= m->rule.patience;
}

/* Does all that is held go on? */
static bool
all_go(const struct mix *m)
{
	bool out = m->len > 0 && origins(m) >= m->rule.least;

	for (size_t i = 0; i < m->len; i++)
		out |= (m->held[i].origin & MIX_SILENT) == 0 &&
		    waited(m, &m->held[i]);
	return out;
}

/* 0 .. n - 1, each as likely. */
static size_t
draw(size_t n)
{
	const uint64_t over = UINT64_MAX - UINT64_MAX % n;
	uint64_t v;

	do
		crypto_random(&v, sizeof v);
	while (v >= over);
	return (size_t)(v % n);
}

static void
swap(struct mix *m, size_t i, size_t j)
{
	const struct piece p = m->held[j];

	m->held[j] = m->held[i];
	m->held[i] = p;
}

/* What goes on comes first; how much that is. */
static size_t
choose(struct mix *m)
{
	const bool all = all_go(m);
	size_t n = 0;

	for (size_t i = 0; i < m->len; i++)
		if (all || waited(m, &m->held[i]))
			swap(m, i, n++);
	return n;
}

size_t
mix_turn(struct mix *m, uint64_t round, mix_give give, void *arg)
{
	size_t n;

	advance(m, round);
	n = choose(m);
	for (size_t i = n; i > 1; i--)
		swap(m, i - 1, draw(i));
	for (size_t i = 0; i < n; i++)
		give(arg, bytes_of(m->held[i].at, m->held[i].len));
	drop(m, n);
	return n;
}

size_t
mix_held(const struct mix *m)
{
	return m->len;
}
