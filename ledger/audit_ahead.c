/* audit_ahead.c - leaves read, hashed and opened some at a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/audit_ahead.h"

#include <stdlib.h>

#include "ledger/log_rule.h"
#include "ledger/seal_many.h"
#include "ledger/sealed_view.h"
#include "ledger/vault_many.h"
#include "proto/crypto_many.h"
#include "proto/mem.h"

_Static_assert(AUDIT_AHEAD <= VAULT_MANY, "opened together");

#define CACHE_LINE 64

/* Of one reader; what was opened is wiped with it. */
struct audit_room {
	struct digest_batch batch;
	struct seal_many *seals;
	struct vault_many rest[AUDIT_AHEAD];
	struct audit_seen *of[AUDIT_AHEAD];
	size_t len;
	uint8_t plain[AUDIT_AHEAD][CRYPTO_MANY_BYTES];
	struct sealed_view view[AUDIT_AHEAD];
	/* Body and annex of each. */
	struct seal_claim claim[2 * AUDIT_AHEAD];
	struct audit_seen *claimed[2 * AUDIT_AHEAD];
	size_t claims;
};

/* ---- rows ---- */

static enum err
open_lane(struct audit_lane *l, struct store_txn *txn, struct store_table t,
    struct err_why *why)
{
	enum err e = store_cursor(txn, t, &l->cursor, why);

	l->table = t;
	l->there = false;
	/* Leaves lead to a root; keys and bodies open, or do not. */
	if (e == ERR_OK)
		store_cursor_summed(l->cursor);
	return e;
}

/* store_get; a row that is not where the cursor expects it is looked for. */
static enum err
take(struct audit_reader *r, struct audit_lane *l, struct bytes key,
    struct bytes *value)
{
	if (!l->there || !bytes_equal(l->row.key, key)) {
		enum err e = store_get(r->txn, l->table, key, value, NULL);

		l->there = e == ERR_OK &&
		    store_seek(l->cursor, key, &l->row) == ERR_OK &&
		    bytes_equal(l->row.key, key);
		if (!l->there)
			return e;
	}
	*value = l->row.value;
	l->there = store_next(l->cursor, &l->row) == ERR_OK;
	return ERR_OK;
}

static void
read_rows(struct audit_reader *r, uint64_t index, struct audit_seen *s)
{
	uint8_t at[LOG_ROW_KEY_BYTES];
	const struct bytes key = bytes_of(at, sizeof(at));

	*s = (struct audit_seen){.leaf = {NULL, 0}};
	log_book_key(at, r->plan->slot, index);
	s->leaf_err = take(r, &r->entries, key, &s->leaf);
	if (s->leaf_err != ERR_OK)
		s->leaf = bytes_of(NULL, 0);
	s->key_err = take(r, &r->keys, key, &s->item.key);
	s->body_err = take(r, &r->bodies, key, &s->item.body);
	for (size_t i = 0; i < s->item.body.len; i += CACHE_LINE)
		__builtin_prefetch(s->item.body.ptr + i);
}

/* ---- leaves ---- */

static void
hash_leaves(struct audit_reader *r, size_t n)
{
	struct digest_batch *b = &r->room->batch;

	digest_batch_init(b);
	for (size_t i = 0; i < n; i++) {
		struct audit_seen *s = &r->seen[i];

		if (s->leaf.ptr != NULL)
			tree_leaf_add(b, &s->hash, s->leaf);
	}
	digest_batch_run(b);
}

static void
decode_leaves(struct audit_reader *r, size_t n)
{
	Ledger__Entry *all = arena_alloc(&r->part->arena, n, sizeof(*all));

	for (size_t i = 0; i < n && all != NULL; i++) {
		struct audit_seen *s = &r->seen[i];

		if (s->leaf.ptr != NULL && log_rule_view(&all[i], s->leaf))
			s->entry = &all[i];
	}
}

/* ---- bodies ---- */

static void
open_bodies(struct audit_reader *r, size_t n)
{
	struct audit_room *m = r->room;

	m->len = 0;
	for (size_t i = 0; i < n; i++) {
		struct audit_seen *s = &r->seen[i];

		if (s->entry == NULL || s->key_err != ERR_OK ||
		    s->body_err != ERR_OK ||
		    s->item.body.len > CRYPTO_MANY_BYTES)
			continue;
		m->of[m->len] = s;
		m->rest[m->len].item = s->item;
		m->rest[m->len].out = m->plain[m->len];
		m->len++;
	}
	vault_many_open(r->book->vault, m->rest, m->len);
}

/* False: opens what was never committed to. */
static bool
claim(struct audit_room *m, struct audit_seen *s, const Ledger__Opening *o,
    protobuf_c_boolean has, const ProtobufCBinaryData *commitment)
{
	struct seal_claim *c = &m->claim[m->claims];

	if (o == NULL)
		return true;
	if (!has)
		return false;
	c->opening = o;
	memcpy(c->want.b, commitment->data, HASH_BYTES);
	m->claimed[m->claims++] = s;
	return true;
}

/* As log_sealed_check says; the openings are looked at afterwards. */
static bool
claim_all(
    struct audit_room *m, struct audit_seen *s, const Ledger__Sealed *sealed)
{
	const Ledger__Entry *e = s->entry;
	struct hash want;

	if (!claim(m, s, sealed->body, e->has_commitment, &e->commitment) ||
	    !claim(m, s, sealed->annex, e->has_annex_commitment,
	        &e->annex_commitment))
		return false;
	if (sealed->auth == NULL)
		return true;
	if (!e->has_auth_commitment)
		return false;
	memcpy(want.b, e->auth_commitment.data, HASH_BYTES);
	return seal_auth_open(sealed->auth, &want, NULL) == ERR_OK;
}

static void
check_bodies(struct audit_room *m)
{
	m->claims = 0;
	for (size_t i = 0; i < m->len; i++) {
		const struct vault_many *x = &m->rest[i];

		if (!x->good)
			continue;
		m->of[i]->opened =
		    sealed_view(&m->view[i],
		        bytes_of(
		            x->out, x->item.body.len - CRYPTO_TAG_BYTES)) &&
		    claim_all(m, m->of[i], &m->view[i].sealed);
	}
	seal_many_check(m->seals, m->claim, m->claims);
	for (size_t i = 0; i < m->claims; i++) {
		if (!m->claim[i].holds)
			m->claimed[i]->opened = false;
	}
}

/* ---- the whole ---- */

static void
look(struct audit_reader *r, uint64_t from)
{
	const uint64_t end = r->part->from + r->part->n;
	const size_t n =
	    end - from < AUDIT_AHEAD ? (size_t)(end - from) : AUDIT_AHEAD;

	for (size_t i = 0; i < n; i++)
		read_rows(r, from + i, &r->seen[i]);
	hash_leaves(r, n);
	decode_leaves(r, n);
	if (r->book->vault != NULL) {
		open_bodies(r, n);
		check_bodies(r->room);
	}
	r->seen_from = from;
}

const struct audit_seen *
audit_ahead_seen(struct audit_reader *r, uint64_t index)
{
	if (r->seen_from == UINT64_MAX || index - r->seen_from >= AUDIT_AHEAD)
		look(r, index);
	return &r->seen[index - r->seen_from];
}

void
audit_ahead_begin(struct audit_reader *r)
{
	r->seen_from = UINT64_MAX;
}

enum err
audit_ahead_open(struct audit_reader *r, struct err_why *why)
{
	enum err e = open_lane(&r->entries, r->txn, r->book->entries, why);

	r->room = mem_alloc(1, sizeof(*r->room));
	r->room->seals = seal_many_new();
	audit_ahead_begin(r);
	if (e == ERR_OK)
		e = open_lane(&r->keys, r->txn, r->book->keys, why);
	if (e == ERR_OK)
		e = open_lane(&r->bodies, r->txn, r->book->bodies, why);
	return e;
}

void
audit_ahead_close(struct audit_reader *r)
{
	store_cursor_close(r->entries.cursor);
	store_cursor_close(r->keys.cursor);
	store_cursor_close(r->bodies.cursor);
	if (r->room != NULL) {
		seal_many_free(r->room->seals);
		crypto_wipe(r->room, sizeof(*r->room));
	}
	free(r->room);
}
