/* part_load.c - the parts of a backup into an empty store. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/part_load.h"

#include <inttypes.h>

#include "ledger/log_book.h"

#define GROW_TRIES 24

static enum err
put_rest(const struct part_load *l, struct store_txn *txn, struct bytes key,
    const Backup__Entry *m, struct err_why *why)
{
	enum err e = ERR_OK;

	if (m->has_key)
		e = store_put(
		    txn, l->book->keys, key, part_bytes(&m->key), why);
	if (e == ERR_OK && m->has_body)
		e = store_put(
		    txn, l->book->bodies, key, part_bytes(&m->body), why);
	return e;
}

static enum err
put_entry(const struct part_load *l, struct store_txn *txn, struct log_slot *s,
    const Backup__Entry *m, struct err_why *why)
{
	const struct bytes leaf = part_bytes(&m->leaf);
	uint8_t key[LOG_ROW_KEY_BYTES];
	Ledger__Entry *entry = NULL;
	struct hash hash;
	enum err e = log_rule_decode(&entry, leaf, why);

	if (e != ERR_OK)
		return e;
	log_book_key(key, s->id, s->frontier.size);
	e = log_rule_next(&s->chain, entry, why);
	ledger__entry__free_unpacked(entry, NULL);
	if (e != ERR_OK)
		return e;
	tree_leaf(&hash, leaf);
	e = log_book_add(l->book, txn, s, leaf, &hash, why);
	return e == ERR_OK
	    ? put_rest(l, txn, bytes_of(key, sizeof(key)), m, why)
	    : e;
}

static enum err
put_entries(const struct part_load *l, struct store_txn *txn,
    const Backup__Entries *m, struct err_why *why)
{
	struct log_slot *s = NULL;
	enum err e = log_book_slot(l->book, txn, (uint16_t)m->slot, &s, why);

	if (e == ERR_OK && s->frontier.size != m->first)
		e = err_fail(why, ERR_CORRUPT,
		    "%s: entries from %" PRIu64 " on, after %" PRIu64,
		    s->origin, m->first, s->frontier.size);
	for (size_t i = 0; i < m->n_entries && e == ERR_OK; i++)
		e = put_entry(l, txn, s, m->entries[i], why);
	return e;
}

static enum err
put_changes(const struct part_load *l, struct store_txn *txn,
    const Backup__Changes *m, struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < m->n_changes && e == ERR_OK; i++) {
		const Backup__Change *c = m->changes[i];
		uint8_t k[LOG_ROW_KEY_BYTES];
		struct bytes key = bytes_of(k, sizeof(k));

		log_book_key(k, (uint16_t)m->slot, c->index);
		e = store_put(
		    txn, l->book->keys, key, part_bytes(&c->key), why);
		if (e == ERR_OK && c->has_body)
			e = store_put(txn, l->book->bodies, key,
			    part_bytes(&c->body), why);
		if (e == ERR_OK && c->key.len == 0) {
			e = store_del(txn, l->book->bodies, key, why);
			if (e == ERR_NOT_FOUND)
				e = ERR_OK;
		}
	}
	return e;
}

static enum err
find_table(const struct part_load *l, const char *name, struct store_table *out,
    struct err_why *why)
{
	const struct part_load_table logs[] = {
	    {"log_origin", l->book->origins},
	    {"log_span", l->book->spans},
	    {"log_note", l->book->notes},
	    {"log_cosig", l->book->cosigs},
	};

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		if (strcmp(logs[i].name, name) == 0) {
			*out = logs[i].table;
			return ERR_OK;
		}
	}
	for (size_t i = 0; i < l->tables_len; i++) {
		if (strcmp(l->tables[i].name, name) == 0) {
			*out = l->tables[i].table;
			return ERR_OK;
		}
	}
	return err_fail(why, ERR_CORRUPT, "rows of table %s", name);
}

/* Rows from `from` to before `to` go, whatever they are. */
static enum err
clear_range(struct store_txn *txn, struct store_table t, const Backup__Rows *m,
    struct err_why *why)
{
	const struct bytes from = part_bytes(&m->from);
	const struct bytes to = part_bytes(&m->to);
	uint8_t key[STORE_KEY_MAX];
	struct store_cursor *c;
	struct store_row row;
	enum err e;

	do {
		e = store_cursor(txn, t, &c, why);
		if (e != ERR_OK)
			return e;
		e = store_seek(c, from, &row);
		if (e == ERR_OK && m->has_to) {
			const size_t n =
			    row.key.len < to.len ? row.key.len : to.len;
			const int x =
			    n == 0 ? 0 : memcmp(row.key.ptr, to.ptr, n);

			if (x > 0 || (x == 0 && row.key.len >= to.len))
				e = ERR_NOT_FOUND;
		}
		if (e == ERR_OK)
			memcpy(key, row.key.ptr, row.key.len);
		store_cursor_close(c);
		if (e == ERR_OK)
			e = store_del(txn, t, bytes_of(key, row.key.len), why);
		else if (e == ERR_NOT_FOUND)
			return ERR_OK;
	} while (e == ERR_OK);
	return e;
}

static enum err
put_rows(const struct part_load *l, struct store_txn *txn,
    const Backup__Rows *m, struct err_why *why)
{
	struct store_table t;
	enum err e = find_table(l, m->table, &t, why);

	if (e == ERR_OK && !m->add)
		e = clear_range(txn, t, m, why);
	for (size_t i = 0; i < m->n_rows && e == ERR_OK; i++)
		e = store_put(txn, t, part_bytes(&m->rows[i]->key),
		    part_bytes(&m->rows[i]->value), why);
	return e;
}

/* What state rows say of checkpoints is not in the leaves. */
static enum err
put_counts(const struct part_load *l, struct store_txn *txn,
    const Backup__Head *m, struct err_why *why)
{
	struct log_slot *s = NULL;
	enum err e = ERR_OK;

	for (size_t i = 0; i < m->n_logs && e == ERR_OK; i++) {
		e = log_book_slot(
		    l->book, txn, (uint16_t)m->logs[i]->slot, &s, why);
		if (e != ERR_OK)
			break;
		if (s->frontier.size != m->logs[i]->size)
			return err_fail(why, ERR_CORRUPT,
			    "%s: entries are missing", s->origin);
		s->notes = m->logs[i]->notes;
		s->pruned = m->logs[i]->pruned;
		s->dirty = true;
	}
	return e;
}

static enum err
put_frame(const struct part_load *l, struct store_txn *txn,
    const struct part_frame *f, struct err_why *why)
{
	switch (f->kind) {
	case PART_ROWS:
		return put_rows(l, txn, (const Backup__Rows *)f->msg, why);
	case PART_ENTRIES:
		return put_entries(
		    l, txn, (const Backup__Entries *)f->msg, why);
	case PART_CHANGES:
		return put_changes(
		    l, txn, (const Backup__Changes *)f->msg, why);
	case PART_END:
		return put_counts(l, txn, (const Backup__Head *)f->msg, why);
	case PART_HEAD:
	case PART_FILES:
		break;
	}
	return ERR_OK;
}

enum err
part_load_frame(
    const struct part_load *l, const struct part_frame *f, struct err_why *why)
{
	struct store_txn *txn;
	enum err e = ERR_BUSY;

	for (int tries = 0; e == ERR_BUSY && tries < GROW_TRIES; tries++) {
		txn = NULL;
		if (tries > 0) {
			e = store_grow(l->book->store, why);
			if (e != ERR_OK)
				return e;
		}
		e = store_write(l->book->store, &txn, why);
		if (e == ERR_OK)
			e = put_frame(l, txn, f, why);
		if (e == ERR_OK) {
			e = store_commit(txn, why);
			continue;
		}
		store_abort(txn);
	}
	return e;
}
