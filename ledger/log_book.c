/* log_book.c - a book's tables, slots and what waits for the commit. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_book.h"

#include <assert.h>
#include <stdlib.h>

#include "ledger/log_erase.h"
#include "ledger/log_known.h"
#include "ledger/log_read.h"
#include "proto/crypto.h"
#include "proto/mem.h"

#define STATE_VERSION 1
/* Loaded slots kept from one transaction to the next. */
#define SLOTS_KEPT 64

void
log_book_put_u64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

void
log_book_key(
    uint8_t out[static LOG_ROW_KEY_BYTES], uint16_t slot, uint64_t index)
{
	out[0] = (uint8_t)(slot >> 8);
	out[1] = (uint8_t)slot;
	log_book_put_u64(out + 2, index);
}

uint64_t
log_book_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

void
log_ids_add(struct log_ids *ids, uint32_t id)
{
	ids->at = mem_resize(ids->at, ids->len + 1, sizeof(*ids->at));
	ids->at[ids->len++] = id;
}

/* ---- state rows ---- */

static void
put_state(struct buf *out, const struct log_slot *s)
{
	buf_reset(out);
	buf_u8(out, STATE_VERSION);
	buf_u64be(out, s->frontier.size);
	buf_u32be(out, s->chain.epoch);
	buf_u64be(out, (uint64_t)s->chain.recorded_us);
	buf_u64be(out, s->notes);
	buf_u64be(out, s->pruned);
	for (size_t i = 0; i < s->frontier.len; i++)
		buf_bytes(out, bytes_hash(&s->frontier.node[i]));
	buf_u8(out, (uint8_t)s->chain.kinds_len);
	for (size_t i = 0; i < s->chain.kinds_len; i++) {
		buf_u32be(out, s->chain.kinds[i].kind);
		buf_u64be(out, s->chain.kinds[i].seq);
		buf_u64be(out, s->chain.kinds[i].last);
	}
}

static bool
get_state(struct bytes row, struct log_slot *s)
{
	struct buf_reader r = {.left = row};
	struct log_chain *c = &s->chain;

	if (buf_read_u8(&r) != STATE_VERSION)
		return false;
	s->frontier.size = c->size = buf_read_u64be(&r);
	c->epoch = buf_read_u32be(&r);
	c->recorded_us = (int64_t)buf_read_u64be(&r);
	s->notes = buf_read_u64be(&r);
	s->pruned = buf_read_u64be(&r);
	if (c->size > TREE_SIZE_MAX)
		return false;
	s->frontier.len = (size_t)__builtin_popcountll(c->size);
	for (size_t i = 0; i < s->frontier.len; i++) {
		struct bytes h = buf_read(&r, HASH_BYTES);

		if (r.bad)
			return false;
		memcpy(s->frontier.node[i].b, h.ptr, HASH_BYTES);
	}
	c->kinds_len = buf_read_u8(&r);
	if (c->kinds_len > LOG_RULE_KINDS)
		return false;
	for (size_t i = 0; i < c->kinds_len; i++) {
		c->kinds[i].kind = buf_read_u32be(&r);
		c->kinds[i].seq = buf_read_u64be(&r);
		c->kinds[i].last = buf_read_u64be(&r);
	}
	return buf_read_ok(&r);
}

static enum err
read_state(struct log_book *b, struct store_txn *txn, struct log_slot *s,
    struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes row;
	enum err e;

	s->frontier = (struct tree_frontier){0};
	s->chain = (struct log_chain){0};
	s->notes = 0;
	s->pruned = 0;
	log_book_key(key, s->id, 0);
	e = store_get(txn, b->states, bytes_of(key, 2), &row, NULL);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return err_fail(why, e, "state of a log");
	if (!get_state(row, s))
		return err_fail(why, ERR_CORRUPT, "state row of a log");
	return ERR_OK;
}

enum err
log_book_state(struct log_book *b, struct store_txn *txn, uint16_t slot,
    struct log_slot *out, struct err_why *why)
{
	struct log_slot *mine;
	enum err e;

	if (store_writing(txn)) {
		e = log_book_slot(b, txn, slot, &mine, why);
		if (e != ERR_OK)
			return e;
		out->id = slot;
		out->frontier = mine->frontier;
		out->chain = mine->chain;
		out->notes = mine->notes;
		out->pruned = mine->pruned;
		return ERR_OK;
	}
	out->id = slot;
	return read_state(b, txn, out, why);
}

/* ---- slots ---- */

/* Key of the row that gives an origin its slot. */
struct name_key {
	uint8_t b[1 + NOTE_NAME_MAX];
	size_t len;
};

static enum err
name_row(struct log_book *b, struct store_txn *txn, const char *origin,
    struct name_key *key, struct bytes *row, struct err_why *why)
{
	const size_t len = strlen(origin);

	if (len == 0 || len > NOTE_NAME_MAX)
		return err_fail(why, ERR_LIMIT, "origin of %zu bytes", len);
	key->b[0] = 'o';
	memcpy(key->b + 1, origin, len);
	key->len = len + 1;
	return store_get(
	    txn, b->origins, bytes_of(key->b, key->len), row, NULL);
}

enum err
log_slot(struct log_book *b, struct store_txn *txn, const char *origin,
    uint16_t *slot, struct err_why *why)
{
	struct name_key key;
	struct bytes row;
	enum err e;

	e = name_row(b, txn, origin, &key, &row, why);
	if (e == ERR_NOT_FOUND)
		return err_fail(why, e, "no log %s here", origin);
	if (e != ERR_OK)
		return e;
	if (row.len != 2)
		return err_fail(why, ERR_CORRUPT, "origin row of %s", origin);
	*slot = (uint16_t)(row.ptr[0] << 8 | row.ptr[1]);
	return ERR_OK;
}

enum err
log_slot_add(struct log_book *b, struct store_txn *txn, const char *origin,
    uint16_t *slot, struct err_why *why)
{
	struct name_key key;
	uint8_t back[3] = {'s', 0, 0};
	struct bytes row;
	uint16_t next = 0;
	enum err e;

	e = name_row(b, txn, origin, &key, &row, why);
	if (e == ERR_OK)
		return err_fail(why, ERR_EXISTS, "log %s exists", origin);
	if (e != ERR_NOT_FOUND)
		return e;
	/* Slots are never given back, so the first free one is the count. */
	for (; next < UINT16_MAX; next++) {
		back[1] = (uint8_t)(next >> 8);
		back[2] = (uint8_t)next;
		e = store_get(txn, b->origins, bytes_of(back, 3), &row, NULL);
		if (e != ERR_OK)
			break;
	}
	if (next == UINT16_MAX)
		return err_fail(why, ERR_LIMIT, "too many logs");
	if (e != ERR_NOT_FOUND)
		return err_fail(why, e, "slot row");
	e = store_put(txn, b->origins, bytes_of(key.b, key.len),
	    bytes_of(back + 1, 2), why);
	if (e != ERR_OK)
		return e;
	e = store_put(
	    txn, b->origins, bytes_of(back, 3), bytes_str(origin), why);
	if (e == ERR_OK)
		*slot = next;
	return e;
}

enum err
log_slots(struct log_book *b, struct store_txn *txn, const char *prefix,
    log_each each, void *arg, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct store_cursor *c = NULL;
	struct name_key key;
	struct store_row row;
	struct bytes found;
	enum err e;

	e = name_row(b, txn, prefix, &key, &found, why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	e = store_cursor(txn, b->origins, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of(key.b, key.len), &row);
	while (e == ERR_OK && row.key.len >= key.len &&
	    row.key.len <= sizeof(key.b) && row.value.len == 2 &&
	    memcmp(row.key.ptr, key.b, key.len) == 0) {
		memcpy(origin, row.key.ptr + 1, row.key.len - 1);
		origin[row.key.len - 1] = '\0';
		each(arg, origin,
		    (uint16_t)(row.value.ptr[0] << 8 | row.value.ptr[1]));
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
log_origin(struct log_book *b, struct store_txn *txn, uint16_t slot, char *out,
    struct err_why *why)
{
	uint8_t key[3] = {'s', (uint8_t)(slot >> 8), (uint8_t)slot};
	struct bytes row;
	enum err e;

	e = store_get(txn, b->origins, bytes_of(key, 3), &row, NULL);
	if (e != ERR_OK)
		return err_fail(why, e, "no log in slot %u", slot);
	if (row.len == 0 || row.len > NOTE_NAME_MAX)
		return err_fail(why, ERR_CORRUPT, "origin of slot %u", slot);
	memcpy(out, row.ptr, row.len);
	out[row.len] = '\0';
	return ERR_OK;
}

/* The struct for a slot; its contents may still have to be loaded. */
static struct log_slot *
slot_struct(struct log_book *b, uint16_t slot)
{
	if (slot >= b->slots) {
		size_t more = (size_t)slot + 1;

		b->slot = mem_resize(b->slot, more, sizeof(struct log_slot *));
		while (b->slots < more)
			b->slot[b->slots++] = NULL;
	}
	if (b->slot[slot] == NULL) {
		b->slot[slot] = mem_alloc(1, sizeof(struct log_slot));
		b->slot[slot]->id = slot;
	}
	return b->slot[slot];
}

enum err
log_book_slot(struct log_book *b, struct store_txn *txn, uint16_t slot,
    struct log_slot **out, struct err_why *why)
{
	struct log_slot *s;
	enum err e;

	assert(store_writing(txn));
	if (slot < b->slots && b->slot[slot] != NULL && b->slot[slot]->loaded) {
		*out = b->slot[slot];
		return ERR_OK;
	}
	s = slot_struct(b, slot);
	e = log_origin(b, txn, slot, s->origin, why);
	if (e != ERR_OK)
		return e;
	e = read_state(b, txn, s, why);
	if (e != ERR_OK)
		return e;
	e = log_node_load(b, txn, s, why);
	if (e == ERR_OK)
		e = log_check_slot(b, txn, s, why);
	if (e != ERR_OK)
		return e;
	s->loaded = true;
	*out = s;
	return ERR_OK;
}

void
log_key(struct log_book *b, uint16_t slot, const struct crypto_signer *key)
{
	struct log_slot *s = slot_struct(b, slot);

	s->has_key = key != NULL;
	if (key != NULL)
		s->key = *key;
	else
		crypto_wipe(&s->key, sizeof(s->key));
}

static void
unload(struct log_slot *s)
{
	for (unsigned g = 0; g < LOG_GROUPS; g++) {
		free(s->block[g]);
		s->block[g] = NULL;
	}
	s->loaded = false;
	s->dirty = false;
	s->grown = false;
}

void
log_forget(struct log_book *b)
{
	for (size_t i = 0; i < b->slots; i++) {
		if (b->slot[i] == NULL)
			continue;
		unload(b->slot[i]);
		b->slot[i]->work = b->slot[i]->saved;
	}
	b->spans_len = 0;
	b->retiring.len = 0;
}

/* ---- rows ---- */

enum err
log_book_add(struct log_book *b, struct store_txn *txn, struct log_slot *s,
    struct bytes leaf, const struct hash *hash, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	enum err e;

	log_book_key(key, s->id, s->frontier.size);
	e = store_put(txn, b->entries, bytes_of(key, sizeof(key)), leaf, why);
	if (e != ERR_OK)
		return e;
	s->dirty = true;
	s->grown = true;
	return log_node_push(b, txn, s, hash, why);
}

enum err
log_book_rest(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t index, const struct vault_item *item, struct err_why *why)
{
	struct log_span span = {.slot = slot, .first = index, .last = index};
	uint8_t key[LOG_ROW_KEY_BYTES];
	enum err e;

	e = vault_row_id(item->key, &span.key_id, why);
	if (e != ERR_OK)
		return e;
	log_book_key(key, slot, index);
	e = store_put(txn, b->keys, bytes_of(key, sizeof(key)), item->key, why);
	if (e != ERR_OK)
		return e;
	e = store_put(
	    txn, b->bodies, bytes_of(key, sizeof(key)), item->body, why);
	if (e != ERR_OK)
		return e;
	return log_span_add(b, txn, span, why);
}

enum err
log_book_flush(struct log_book *b, struct store_txn *txn, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	enum err e;

	for (size_t i = 0; i < b->slots; i++) {
		struct log_slot *s = b->slot[i];

		if (s == NULL || !s->dirty)
			continue;
		e = log_node_flush(b, txn, s, why);
		if (e != ERR_OK)
			return e;
		put_state(&b->scratch, s);
		log_book_key(key, s->id, 0);
		e = store_put(txn, b->states, bytes_of(key, 2),
		    buf_view(&b->scratch), why);
		if (e != ERR_OK)
			return e;
		s->dirty = false;
	}
	return log_span_flush(b, txn, why);
}

/* ---- open and close ---- */

static enum err
before_commit(void *arg, struct store_txn *txn, struct err_why *why)
{
	struct log_book *b = arg;

	return log_sign(b, txn, why);
}

static void
after_commit(void *arg, bool committed)
{
	struct log_book *b = arg;
	size_t loaded = 0;

	if (!committed) {
		log_forget(b);
		return;
	}
	for (size_t i = 0; i < b->retiring.len; i++)
		log_ids_add(&b->retired, b->retiring.at[i]);
	b->retiring.len = 0;
	for (size_t i = 0; i < b->slots; i++) {
		if (b->slot[i] == NULL)
			continue;
		b->slot[i]->saved = b->slot[i]->work;
		loaded += b->slot[i]->loaded;
		if (loaded > SLOTS_KEPT)
			unload(b->slot[i]);
	}
}

static enum err
open_tables(struct log_book *b, struct err_why *why)
{
	struct {
		const char *name;
		struct store_table *table;
	} all[] = {
	    {"log_origin", &b->origins},
	    {"log_state", &b->states},
	    {"log_entry", &b->entries},
	    {"log_node", &b->nodes},
	    {"log_key", &b->keys},
	    {"log_body", &b->bodies},
	    {"log_note", &b->notes},
	    {"log_cosig", &b->cosigs},
	    {"log_span", &b->spans},
	    {"log_hole", &b->holes},
	};
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && e == ERR_OK; i++)
		e = store_table(b->store, all[i].name, all[i].table, why);
	/* Older stores have none; a reader does not ask. */
	if (e == ERR_OK && !store_read_only(b->store))
		e = store_table(b->store, "log_turning", &b->turning, why);
	return e;
}

enum err
log_book_open(struct log_book **out, struct store *s, struct vault *vault,
    const struct clock *clock, struct err_why *why)
{
	struct log_book *b = mem_alloc(1, sizeof(*b));
	const struct store_hook hook = {b, before_commit, after_commit};
	enum err e;

	b->store = s;
	b->vault = vault;
	b->clock = clock;
	b->clock_source = LEDGER__CLOCK_SOURCE__CLOCK_SYSTEM;
	buf_init(&b->scratch, NOTE_BYTES_MAX);
	pthread_mutex_init(&b->prove_lock, NULL);
	b->known = log_known_new();
	e = open_tables(b, why);
	if (e != ERR_OK)
		goto out;
	if (vault != NULL) {
		e = log_span_take_vault(b, why);
		if (e != ERR_OK)
			goto out;
	}
	store_hook(s, &hook);
	*out = b;
	b = NULL;
out:
	log_book_close(b);
	return e;
}

void
log_book_close(struct log_book *b)
{
	if (b == NULL)
		return;
	store_unhook(b->store, b);
	for (size_t i = 0; i < b->slots; i++) {
		if (b->slot[i] == NULL)
			continue;
		unload(b->slot[i]);
		crypto_wipe(b->slot[i], sizeof(*b->slot[i]));
		free(b->slot[i]);
	}
	free(b->slot);
	free(b->span);
	free(b->retiring.at);
	free(b->retired.at);
	buf_clear(&b->scratch);
	log_provers_free(b);
	free(b);
}

struct store *
log_book_store(struct log_book *b)
{
	return b->store;
}
