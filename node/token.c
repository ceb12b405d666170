/* token.c - bearer tokens: made, kept as hashes, looked up quickly. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/token.h"

#include "proto/crypto.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define TOKEN_ROW_MAX 16384
#define AREA_MAX_CHARS 128
#define NOTE_MAX_CHARS 200
#define BUCKETS 4096 /* power of two */

/* Never freed or moved before the book closes: identities point into it. */
struct token_entry {
	struct hash hash;
	Config__Token *row;
	struct token_entry *next; /* of its bucket */
	struct token_entry *later; /* in order of arrival */
};

/*
 * Invariants: 1. every entry is in the bucket of its hash and in the list of
 * arrival.  2. rows change only in revoked_at, and once in card and used_at,
 * under the write lock.
 */
struct token_book {
	struct store *store;
	struct store_table table;
	pthread_rwlock_t lock;
	struct token_entry *bucket[BUCKETS];
	struct token_entry *first, *last;
	size_t len;
};

static size_t
bucket_of(const struct hash *h)
{
	return ((size_t)h->b[0] << 8 | h->b[1]) & (BUCKETS - 1);
}

static struct token_entry *
find_hash(const struct token_book *b, const struct hash *h)
{
	struct token_entry *e = b->bucket[bucket_of(h)];

	while (e != NULL && !crypto_same(e->hash.b, h->b, HASH_BYTES))
		e = e->next;
	return e;
}

/* What has happened to a row; write lock held. */
static void
update(Config__Token *row, Config__Token *now)
{
	row->has_revoked_at = now->has_revoked_at;
	row->revoked_at = now->revoked_at;
	if (row->has_card || !now->has_card)
		return;
	row->has_used_at = now->has_used_at;
	row->used_at = now->used_at;
	row->has_card = 1;
	row->card = now->card;
	now->has_card = 0;
	now->card = (ProtobufCBinaryData){.len = 0};
}

/* Takes the row; write lock held. */
static void
learn(struct token_book *b, const struct hash *h, Config__Token *row)
{
	struct token_entry *e = find_hash(b, h);

	if (e != NULL) {
		update(e->row, row);
		config__token__free_unpacked(row, NULL);
		return;
	}
	e = mem_alloc(1, sizeof *e);
	e->hash = *h;
	e->row = row;
	e->next = b->bucket[bucket_of(h)];
	b->bucket[bucket_of(h)] = e;
	if (b->last != NULL)
		b->last->later = e;
	else
		b->first = e;
	b->last = e;
	b->len++;
}

static enum err
load_rows(struct token_book *b, struct store_txn *txn, struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(txn, b->table, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of("", 0), &row);
	while (e == ERR_OK) {
		struct hash h;
		Config__Token *t = row.key.len == HASH_BYTES
		    ? config__token__unpack(NULL, row.value.len, row.value.ptr)
		    : NULL;
		if (t == NULL || t->id == NULL || t->role == NULL) {
			if (t != NULL)
				config__token__free_unpacked(t, NULL);
			e = err_fail(why, ERR_CORRUPT, "a token's row");
			break;
		}
		memcpy(h.b, row.key.ptr, HASH_BYTES);
		learn(b, &h, t);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
token_reload(struct token_book *b, struct err_why *why)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(b->store, &txn, why);

	if (e != ERR_OK)
		return e;
	(void)pthread_rwlock_wrlock(&b->lock);
	e = load_rows(b, txn, why);
	(void)pthread_rwlock_unlock(&b->lock);
	store_abort(txn);
	return e;
}

enum err
token_book_open(struct token_book **out, struct store *store,
    struct store_table table, struct err_why *why)
{
	struct token_book *b = mem_alloc(1, sizeof *b);
	enum err e;

	b->store = store;
	b->table = table;
	(void)pthread_rwlock_init(&b->lock, NULL);
	e = token_reload(b, why);
	if (e != ERR_OK) {
		token_book_close(b);
		return e;
	}
	*out = b;
	return ERR_OK;
}

void
token_book_close(struct token_book *b)
{
	if (b == NULL)
		return;
	for (struct token_entry *e = b->first, *next; e != NULL; e = next) {
		next = e->later;
		config__token__free_unpacked(e->row, NULL);
		free(e);
	}
	(void)pthread_rwlock_destroy(&b->lock);
	free(b);
}

/* ---- making ---- */

static enum err
check_request(const Config__TokenRequest *req, struct err_why *why)
{
	if (req->role == NULL || ops_role_bit(req->role) == 0)
		return err_fail(why, ERR_MALFORMED,
		    "$.role: expected ingest, operator, hq, regulator, "
		    "partner or admin");
	if (req->n_areas > OPS_AREAS_MAX)
		return err_fail(
		    why, ERR_LIMIT, "$.areas: at most %d", OPS_AREAS_MAX);
	for (size_t i = 0; i < req->n_areas; i++) {
		size_t n = strlen(req->areas[i]);
		if (n == 0 || n > AREA_MAX_CHARS)
			return err_fail(why, ERR_MALFORMED,
			    "$.areas[%zu]: expected 1 to %d bytes", i,
			    AREA_MAX_CHARS);
	}
	if (req->note != NULL && strlen(req->note) > NOTE_MAX_CHARS)
		return err_fail(
		    why, ERR_LIMIT, "$.note: at most %d bytes", NOTE_MAX_CHARS);
	return ERR_OK;
}

static void
make_secret(char out[static TOKEN_CHARS + 1])
{
	uint8_t raw[32];
	struct buf text;

	buf_init(&text, 128);
	crypto_random(raw, sizeof raw);
	text_b64_put(&text, bytes_of(raw, sizeof raw));
	assert(text.len == 44);
	memcpy(out, TOKEN_PREFIX, 4);
	/* 43 characters and one of padding. */
	for (size_t i = 0; i < 43; i++) {
		char c = (char)text.ptr[i];
		out[4 + i] = c == '+' ? '-' : c == '/' ? '_' : c;
	}
	out[TOKEN_CHARS] = '\0';
	buf_wipe(&text);
	crypto_wipe(raw, sizeof raw);
}

static char *
make_id(void)
{
	uint8_t raw[6];
	char *id = mem_alloc(TOKEN_ID_CHARS + 1, 1);

	crypto_random(raw, sizeof raw);
	(void)snprintf(id, TOKEN_ID_CHARS + 1, "tk_%02x%02x%02x%02x%02x%02x",
	    raw[0], raw[1], raw[2], raw[3], raw[4], raw[5]);
	return id;
}

enum err
token_new(const Config__TokenRequest *req, int64_t now_us,
    char secret[static TOKEN_CHARS + 1], struct hash *hash, Config__Token **row,
    struct err_why *why)
{
	int64_t span = 0;
	enum err e = check_request(req, why);

	if (e == ERR_OK && req->expires != NULL) {
		e = text_span_get(&span, bytes_str(req->expires), why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "$.expires");
		else if (span <= 0)
			e = err_fail(why, ERR_MALFORMED,
			    "$.expires: expected a span like 30d");
	}
	if (e != ERR_OK)
		return e;
	Config__Token *t = mem_alloc(1, sizeof *t);
	config__token__init(t);
	t->id = make_id();
	t->role = mem_strdup(req->role);
	if (req->n_areas > 0) {
		t->n_areas = req->n_areas;
		t->areas = mem_alloc(req->n_areas, sizeof *t->areas);
		for (size_t i = 0; i < req->n_areas; i++)
			t->areas[i] = mem_strdup(req->areas[i]);
	}
	t->has_created_at = true;
	t->created_at = now_us;
	t->has_expires_at = req->expires != NULL;
	t->expires_at = t->has_expires_at ? now_us + span : 0;
	t->note = req->note != NULL ? mem_strdup(req->note) : NULL;
	make_secret(secret);
	digest_sha256(hash, bytes_of(secret, TOKEN_CHARS));
	*row = t;
	return ERR_OK;
}

/* ---- storing ---- */

enum err
token_put(struct token_book *b, struct store_txn *txn, const struct hash *hash,
    const Config__Token *row, struct err_why *why)
{
	size_t len = config__token__get_packed_size(row);

	(void)pthread_rwlock_rdlock(&b->lock);
	bool full = b->len >= TOKEN_MAX && find_hash(b, hash) == NULL;
	(void)pthread_rwlock_unlock(&b->lock);
	if (full || len > TOKEN_ROW_MAX)
		return err_fail(why, ERR_LIMIT, "at most %d tokens", TOKEN_MAX);
	uint8_t *packed = mem_alloc(len, 1);
	(void)config__token__pack(row, packed);
	enum err e = store_put(
	    txn, b->table, bytes_hash(hash), bytes_of(packed, len), why);
	free(packed);
	return e;
}

/* The row with that id as this transaction has it, which may be newer than what
 * was read of it; config__token__free_unpacked. */
static enum err
row_of(struct token_book *b, struct store_txn *txn, const char *id,
    struct hash *hash, Config__Token **out, struct err_why *why)
{
	struct token_entry *e;
	struct bytes v;
	enum err err;

	(void)pthread_rwlock_rdlock(&b->lock);
	for (e = b->first; e != NULL; e = e->later)
		if (strcmp(e->row->id, id) == 0)
			break;
	if (e != NULL)
		*hash = e->hash;
	(void)pthread_rwlock_unlock(&b->lock);
	if (e == NULL)
		return err_fail(
		    why, ERR_NOT_FOUND, "no token with id %.40s", id);
	err = store_get(txn, b->table, bytes_hash(hash), &v, why);
	if (err != ERR_OK)
		return err;
	*out = config__token__unpack(NULL, v.len, v.ptr);
	return *out != NULL ? ERR_OK
	                    : err_fail(why, ERR_CORRUPT, "a token's row");
}

enum err
token_revoke(struct token_book *b, struct store_txn *txn, const char *id,
    int64_t now_us, struct err_why *why)
{
	Config__Token *row = NULL;
	struct hash hash;
	enum err e = row_of(b, txn, id, &hash, &row, why);

	if (e != ERR_OK)
		return e;
	if (!row->has_revoked_at) {
		row->has_revoked_at = true;
		row->revoked_at = now_us;
	}
	e = token_put(b, txn, &hash, row, why);
	config__token__free_unpacked(row, NULL);
	return e;
}

enum err
token_use(struct token_book *b, struct store_txn *txn, const char *id,
    const struct hash *card, int64_t now_us, struct err_why *why)
{
	Config__Token *row = NULL;
	struct hash hash;
	enum err e = row_of(b, txn, id, &hash, &row, why);

	if (e != ERR_OK)
		return e;
	free(row->card.data);
	row->has_card = row->has_used_at = true;
	row->card.data = mem_alloc(1, HASH_BYTES);
	row->card.len = HASH_BYTES;
	memcpy(row->card.data, card->b, HASH_BYTES);
	row->used_at = now_us;
	e = token_put(b, txn, &hash, row, why);
	config__token__free_unpacked(row, NULL);
	return e;
}

/* ---- asking ---- */

static bool
is_good(const Config__Token *t, int64_t now_us)
{
	return !t->has_revoked_at &&
	    (!t->has_expires_at || now_us < t->expires_at);
}

bool
token_alive(struct token_book *b, const char *id, int64_t now_us)
{
	bool ok = false;

	(void)pthread_rwlock_rdlock(&b->lock);
	for (const struct token_entry *e = b->first; e != NULL; e = e->later)
		if (strcmp(e->row->id, id) == 0)
			ok = is_good(e->row, now_us);
	(void)pthread_rwlock_unlock(&b->lock);
	return ok;
}

enum err
token_check(struct token_book *b, const char *bearer, int64_t now_us,
    struct ops_identity *out, struct err_why *why)
{
	struct hash h;
	bool ok = false;

	if (strlen(bearer) != TOKEN_CHARS ||
	    memcmp(bearer, TOKEN_PREFIX, strlen(TOKEN_PREFIX)) != 0)
		return err_fail(why, ERR_DENIED, "no such token");
	digest_sha256(&h, bytes_of(bearer, TOKEN_CHARS));
	(void)pthread_rwlock_rdlock(&b->lock);
	const struct token_entry *e = find_hash(b, &h);
	if (e != NULL) {
		const Config__Token *t = e->row;
		ok = is_good(t, now_us) && t->member == NULL;
		if (ok) {
			memset(out, 0, sizeof *out);
			out->role = ops_role_bit(t->role);
			(void)snprintf(out->id, sizeof out->id, "%s", t->id);
			for (size_t i = 0; i < t->n_areas && i < OPS_AREAS_MAX;
			     i++)
				out->areas[out->areas_len++] = t->areas[i];
		}
	}
	(void)pthread_rwlock_unlock(&b->lock);
	/* One text: who guesses learns nothing about which tokens were. */
	return ok ? ERR_OK : err_fail(why, ERR_DENIED, "no such token");
}

static Config__Token *
copy_row(const Config__Token *row)
{
	size_t len = config__token__get_packed_size(row);
	uint8_t *packed = mem_alloc(len + 1, 1);
	Config__Token *copy;

	(void)config__token__pack(row, packed);
	copy = config__token__unpack(NULL, len, packed);
	free(packed);
	return copy;
}

Config__Token *
token_find(struct token_book *b, const char *id, struct hash *hash)
{
	Config__Token *copy = NULL;

	(void)pthread_rwlock_rdlock(&b->lock);
	for (const struct token_entry *e = b->first; e != NULL; e = e->later)
		if (strcmp(e->row->id, id) == 0) {
			copy = copy_row(e->row);
			*hash = e->hash;
			break;
		}
	(void)pthread_rwlock_unlock(&b->lock);
	return copy;
}

Config__TokenList *
token_list(struct token_book *b)
{
	Config__TokenList *list = mem_alloc(1, sizeof *list);

	config__token_list__init(list);
	(void)pthread_rwlock_rdlock(&b->lock);
	if (b->len > 0)
		list->tokens = mem_alloc(b->len, sizeof *list->tokens);
	for (const struct token_entry *e = b->first; e != NULL; e = e->later) {
		Config__Token *copy = copy_row(e->row);

		if (copy != NULL)
			list->tokens[list->n_tokens++] = copy;
	}
	(void)pthread_rwlock_unlock(&b->lock);
	return list;
}

void
token_list_free(Config__TokenList *list)
{
	if (list != NULL)
		config__token_list__free_unpacked(list, NULL);
}
