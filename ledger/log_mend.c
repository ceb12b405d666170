/* log_mend.c - put salvaged logs in order; name and mark what is missing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_mend.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_mend_part.h"
#include "ledger/log_read.h"
#include "ledger/store_hole.h"
#include "proto/mem.h"

#define ROWS_MAX ((size_t)8 << 20) /* gathered before they are written */
#define ROWS_ROOM ((size_t)2 << 20)
#define GROW_TRIES 24

/* ---- rows ---- */

static enum err
write_one(struct mend *m, struct store_txn *txn, struct buf_reader *r)
{
	const struct store_table t = {.id = buf_read_u8(r)};
	const uint8_t kind = buf_read_u8(r);
	const struct bytes key = buf_read(r, buf_read_u16be(r));
	const struct bytes value = buf_read(r, buf_read_u32be(r));
	enum err e;

	assert(!r->bad);
	if (kind == MEND_HOLE)
		return store_hole(txn, t, key, m->why);
	if (kind == MEND_PUT)
		return store_put(txn, t, key, value, m->why);
	e = store_del(txn, t, key, m->why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
write_all(struct mend *m)
{
	struct buf_reader r = {.left = buf_view(&m->rows)};
	struct store_txn *txn = NULL;
	enum err e = store_write(m->book->store, &txn, m->why);

	while (e == ERR_OK && r.left.len > 0)
		e = write_one(m, txn, &r);
	if (e == ERR_OK)
		return store_commit(txn, m->why);
	store_abort(txn);
	return e;
}

enum err
log_mend_flush(struct mend *m)
{
	enum err e = ERR_BUSY;

	store_abort(m->txn);
	m->txn = NULL;
	for (int i = 0; e == ERR_BUSY && i < GROW_TRIES; i++) {
		e = i > 0 ? store_grow(m->book->store, m->why) : ERR_OK;
		if (e == ERR_OK)
			e = write_all(m);
	}
	buf_reset(&m->rows);
	return e == ERR_OK ? store_read(m->book->store, &m->txn, m->why) : e;
}

enum err
log_mend_write(struct mend *m, struct store_table t, enum mend_row kind,
    struct bytes key, struct bytes value)
{
	buf_u8(&m->rows, (uint8_t)t.id);
	buf_u8(&m->rows, (uint8_t)kind);
	buf_u16be(&m->rows, (uint16_t)key.len);
	buf_bytes(&m->rows, key);
	buf_u32be(&m->rows, (uint32_t)value.len);
	buf_bytes(&m->rows, value);
	return m->rows.len > ROWS_ROOM ? log_mend_flush(m) : ERR_OK;
}

enum err
log_mend_lost(struct mend *m, enum log_hole_kind kind, uint64_t index)
{
	const struct log_hole h = {m->slot, kind, index};
	uint8_t key[LOG_HOLE_KEY_BYTES];

	log_hole_key(key, &h);
	return log_mend_write(m, m->book->holes, MEND_PUT,
	    bytes_of(key, sizeof(key)), bytes_of(NULL, 0));
}

void
log_mend_tell(struct mend *m, enum log_mended what, uint64_t from, uint64_t to)
{
	m->plan->tell(m->plan->arg, m->origin, what, from, to);
}

/* ---- names and slots ---- */

static enum err
put_origin(struct mend *m, uint16_t slot, const char *origin)
{
	uint8_t by_name[1 + NOTE_NAME_MAX] = {'o'};
	uint8_t by_slot[3] = {'s', (uint8_t)(slot >> 8), (uint8_t)slot};
	const struct bytes name = bytes_str(origin);
	const struct bytes keys[2] = {
	    bytes_of(by_name, 1 + name.len), bytes_of(by_slot, 3)};
	const struct bytes values[2] = {bytes_of(by_slot + 1, 2), name};
	struct bytes have;
	bool told = false;
	enum err e;

	memcpy(by_name + 1, name.ptr, name.len);
	for (int i = 0; i < 2; i++) {
		e = store_get(m->txn, m->book->origins, keys[i], &have, NULL);
		if (e == ERR_OK && !bytes_equal(have, values[i]))
			return err_fail(m->why, ERR_CORRUPT,
			    "origin rows contradict each other");
		if (e == ERR_OK)
			continue;
		e = log_mend_write(
		    m, m->book->origins, MEND_PUT, keys[i], values[i]);
		if (e != ERR_OK)
			return e;
		memcpy(m->origin, origin, name.len + 1);
		if (!told)
			log_mend_tell(m, LOG_MENDED_ORIGIN, 0, 0);
		told = true;
	}
	return ERR_OK;
}

/* The first checkpoint of the first slot >= *slot says whose it is. */
static enum err
next_named(struct mend *m, uint16_t *slot, char *origin)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct note_checkpoint c;
	struct store_cursor *cur;
	struct store_row row;
	struct note note;
	enum err e = store_cursor(m->txn, m->book->notes, &cur, m->why);

	if (e != ERR_OK)
		return e;
	log_book_key(key, *slot, 0);
	e = store_seek(cur, bytes_of(key, sizeof(key)), &row);
	if (e == ERR_OK && row.key.len == LOG_ROW_KEY_BYTES) {
		*slot = (uint16_t)(row.key.ptr[0] << 8 | row.key.ptr[1]);
		e = note_parse(&note, row.value, m->why);
		if (e == ERR_OK)
			e = note_checkpoint_get(&c, note.text, m->why);
		if (e == ERR_OK)
			memcpy(origin, c.origin, sizeof(c.origin));
	}
	store_cursor_close(cur);
	return e;
}

static enum err
mend_origins(struct mend *m)
{
	char origin[NOTE_NAME_MAX + 1];
	struct bytes have;
	uint16_t slot = 0;
	enum err e;

	for (;;) {
		e = next_named(m, &slot, origin);
		if (e == ERR_OK)
			e = put_origin(m, slot, origin);
		if (e != ERR_OK || slot == UINT16_MAX)
			break;
		slot++;
	}
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	e = store_get(m->txn, m->book->origins, bytes_str("i"), &have, NULL);
	if (e != ERR_NOT_FOUND || m->plan->store_id == NULL)
		return log_mend_flush(m);
	e = log_mend_write(m, m->book->origins, MEND_PUT, bytes_str("i"),
	    bytes_of(m->plan->store_id, 16));
	return e == ERR_OK ? log_mend_flush(m) : e;
}

/* ---- one log ---- */

/* Behind the last row of this slot in a table by slot and number. */
static enum err
row_end(struct mend *m, struct store_table t, uint64_t *out)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_cursor *cur;
	struct store_row row;
	enum err e = store_cursor(m->txn, t, &cur, m->why);

	*out = 0;
	if (e != ERR_OK)
		return e;
	log_book_key(key, m->slot, UINT64_MAX);
	e = store_seek_before(cur, bytes_of(key, sizeof(key)), &row);
	if ((e == ERR_OK || e == ERR_CORRUPT) &&
	    row.key.len == LOG_ROW_KEY_BYTES &&
	    memcmp(row.key.ptr, key, 2) == 0)
		*out = log_book_u64(row.key.ptr + 2) + 1;
	store_cursor_close(cur);
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

static enum err
find_size(struct mend *m)
{
	struct log_slot *s = mem_alloc(1, sizeof(*s));
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes row;
	uint64_t notes = 0;
	enum err e;

	log_book_key(key, m->slot, 0);
	e = store_get(m->txn, m->book->states, bytes_of(key, 2), &row, NULL);
	m->has_state = e == ERR_OK;
	e = log_book_state(m->book, m->txn, m->slot, s, m->why);
	m->size = s->frontier.size;
	free(s);
	if (e != ERR_OK || m->has_state)
		return e;
	/* Lost together, the last rows of all three leave a log that looks
	 * whole and ends earlier: what is signed on it is a fork. */
	if (!m->plan->replica && !m->plan->ends)
		return err_fail(m->why, ERR_REFUSED,
		    "its state row is lost, and rows of its entries and of its "
		    "checkpoints too: where it ended cannot be told; restore a "
		    "backup");
	e = row_end(m, m->book->entries, &m->size);
	if (e == ERR_OK && !m->plan->replica)
		e = row_end(m, m->book->notes, &notes);
	/* Of an own log each checkpoint covers all that there was. */
	if (e == ERR_OK && notes > m->size + 1)
		e = err_fail(m->why, ERR_REFUSED,
		    "its last entries and its state row are lost: restore a "
		    "backup");
	return e;
}

/* Marks lost entries; or finds where a replica ends. */
static enum err
mend_entries(struct mend *m)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	const struct bytes at = bytes_of(key, sizeof(key));
	uint64_t run = 0; /* lost before this one */
	struct bytes leaf;
	enum err e = ERR_OK;

	m->lost = 0;
	for (uint64_t i = 0; i <= m->size && e == ERR_OK; i++) {
		log_book_key(key, m->slot, i);
		e = i < m->size
		    ? store_get(m->txn, m->book->entries, at, &leaf, NULL)
		    : ERR_OK;
		if (e == ERR_OK) {
			if (run > 0)
				log_mend_tell(m, LOG_MENDED_ENTRY, i - run, i);
			run = 0;
			continue;
		}
		if (e != ERR_NOT_FOUND && e != ERR_CORRUPT)
			return err_fail(m->why, e, "entry %" PRIu64, i);
		if (m->plan->replica) {
			m->size = i;
			return ERR_OK;
		}
		m->lost++;
		run++;
		e = log_mend_write(
		    m, m->book->entries, MEND_HOLE, at, bytes_of(NULL, 0));
		if (e == ERR_OK)
			e = log_mend_lost(m, LOG_HOLE_ENTRY, i);
	}
	return e;
}

/* Everything of a table by slot and number from `from` on. */
static enum err
drop_rows(struct mend *m, struct store_table t, uint64_t from)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	uint64_t end = 0;
	enum err e = row_end(m, t, &end);

	for (uint64_t i = from; i < end && e == ERR_OK; i++) {
		log_book_key(key, m->slot, i);
		e = log_mend_write(m, t, MEND_DEL, bytes_of(key, sizeof(key)),
		    bytes_of(NULL, 0));
	}
	return e;
}

/* A replica ends before its first damage: the exchange goes on from there. */
static enum err
cut(struct mend *m)
{
	const uint64_t was = m->size;
	uint8_t key[LOG_ROW_KEY_BYTES];
	uint64_t bad = UINT64_MAX;
	enum err e = mend_entries(m);

	if (e == ERR_OK && !m->plan->rests)
		e = log_mend_rest_first(m, &bad);
	if (e != ERR_OK)
		return e;
	if (bad < m->size)
		m->size = bad;
	if (m->size == was && m->has_state)
		return ERR_OK;
	m->has_state = false; /* it is another one now */
	log_mend_tell(m, LOG_MENDED_CUT, m->size, was);
	log_book_key(key, m->slot, 0);
	e = log_mend_write(
	    m, m->book->states, MEND_DEL, bytes_of(key, 2), bytes_of(NULL, 0));
	if (e == ERR_OK)
		e = drop_rows(m, m->book->entries, m->size);
	if (e == ERR_OK)
		e = drop_rows(m, m->book->keys, m->size);
	if (e == ERR_OK)
		e = drop_rows(m, m->book->bodies, m->size);
	return e;
}

/* ---- the state row ---- */

static enum err
chain_of(struct mend *m, struct log_chain *out)
{
	Ledger__Entry *entry = NULL;
	struct bytes leaf;
	enum err e = ERR_OK;

	*out = (struct log_chain){0};
	for (uint64_t i = 0; i < m->size && e == ERR_OK; i++) {
		e = log_entry(m->book, m->txn, m->slot, i, &leaf, m->why);
		if (e == ERR_OK)
			e = log_decode(&entry, leaf, m->why);
		if (e != ERR_OK)
			break;
		e = log_rule_next(out, entry, m->why);
		ledger__entry__free_unpacked(entry, NULL);
	}
	return e;
}

static enum err
count_notes(struct mend *m, const struct log_slot *s, struct store_txn *txn,
    uint64_t *out)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_cursor *cur;
	struct store_row row;
	enum err e = store_cursor(txn, m->book->notes, &cur, m->why);

	*out = 0;
	if (e != ERR_OK)
		return e;
	log_book_key(key, s->id, s->pruned);
	e = store_seek(cur, bytes_of(key, sizeof(key)), &row);
	for (; e == ERR_OK && memcmp(row.key.ptr, key, 2) == 0; (*out)++)
		e = store_next(cur, &row);
	store_cursor_close(cur);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static bool
has_newest_note(struct mend *m, const struct log_slot *s, struct store_txn *txn)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes row;

	log_book_key(key, s->id, s->frontier.size);
	return store_get(txn, m->book->notes, bytes_of(key, sizeof(key)), &row,
	           NULL) == ERR_OK;
}

/*
 * The newest checkpoint of an own log is made again only over a state row that
 * was taken whole and that nodes and last entries bear out: the same text under
 * the same key is the same bytes.
 */
static enum err
sign_again(struct mend *m, struct log_slot *s, struct store_txn *txn)
{
	if (m->plan->replica || s->frontier.size == 0 ||
	    has_newest_note(m, s, txn))
		return ERR_OK;
	if (!m->has_state || m->lost > 0 || !s->has_key)
		return err_fail(m->why, ERR_REFUSED,
		    "its newest checkpoint is lost, and what it said cannot be "
		    "told from its state row: restore a backup");
	log_mend_tell(m, LOG_MENDED_NOTE, s->frontier.size, s->frontier.size);
	s->grown = true; /* signed when this commits */
	return ERR_OK;
}

static enum err
load_state(struct mend *m, const struct log_chain *chain, struct store_txn *txn,
    struct log_slot **out)
{
	struct log_nodes nodes = {.book = m->book, .txn = txn, .slot = m->slot};
	struct log_slot *s;
	uint64_t notes = 0;
	enum err e = log_book_slot(m->book, txn, m->slot, &s, m->why);

	if (e == ERR_OK && !m->has_state) {
		s->chain = *chain;
		e = tree_load(&s->frontier, m->size, log_node, &nodes, m->why);
		if (e == ERR_OK)
			e = log_node_load(m->book, txn, s, m->why);
		if (e == ERR_OK)
			e = log_check_slot(m->book, txn, s, m->why);
		s->pruned = 0;
		s->dirty = true;
	}
	if (e == ERR_OK)
		e = count_notes(m, s, txn, &notes);
	if (e != ERR_OK)
		return e;
	s->dirty = s->dirty || notes != s->notes;
	s->notes = notes;
	*out = s;
	return ERR_OK;
}

static enum err
mend_state(struct mend *m)
{
	struct log_chain *chain = mem_alloc(1, sizeof(*chain));
	struct store_txn *txn = NULL;
	struct log_slot *s = NULL;
	enum err e = log_mend_flush(m);

	if (e == ERR_OK && !m->has_state && m->lost > 0)
		e = err_fail(m->why, ERR_REFUSED,
		    "its state row and some of its entries are lost: restore a "
		    "backup");
	if (e == ERR_OK && !m->has_state)
		e = chain_of(m, chain);
	if (e == ERR_OK)
		e = store_write(m->book->store, &txn, m->why);
	if (e == ERR_OK)
		e = load_state(m, chain, txn, &s);
	if (e == ERR_CORRUPT && m->lost > 0)
		e = err_wrap(m->why, ERR_REFUSED,
		    "entries and the node hashes over them are lost together: "
		    "nothing is left to prove what a member would send, or "
		    "where it ends; restore a backup, and the node fetches "
		    "from members what came after it");
	if (e == ERR_OK && !m->has_state && !m->plan->replica)
		log_mend_tell(m, LOG_MENDED_STATE, 0, m->size);
	if (e == ERR_OK)
		e = sign_again(m, s, txn);
	if (e == ERR_OK) {
		e = store_commit(txn, m->why);
		txn = NULL;
	}
	store_abort(txn);
	free(chain);
	return e;
}

static enum err
mend_log(struct mend *m)
{
	enum err e = find_size(m);

	if (e == ERR_OK)
		e = m->plan->replica ? cut(m) : mend_entries(m);
	if (e == ERR_OK)
		e = log_mend_flush(m);
	if (e == ERR_OK)
		e = log_mend_nodes(m);
	if (e == ERR_OK && !m->plan->rests && !m->plan->replica)
		e = log_mend_rests(m);
	if (e == ERR_OK)
		e = mend_state(m);
	m->done += m->size;
	if (e == ERR_OK && m->plan->progress != NULL)
		m->plan->progress(m->plan->arg, m->done, m->total);
	return e == ERR_OK ? e : err_wrap(m->why, e, "%s", m->origin);
}

/* Of a log without a name nothing may be left over. */
static enum err
nothing_behind(struct mend *m)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_cursor *cur;
	struct store_row row;
	enum err e = store_cursor(m->txn, m->book->entries, &cur, m->why);

	if (e != ERR_OK)
		return e;
	log_book_key(key, m->slot, 0);
	e = store_seek(cur, bytes_of(key, sizeof(key)), &row);
	store_cursor_close(cur);
	return e == ERR_NOT_FOUND
	    ? ERR_OK
	    : err_fail(m->why, ERR_REFUSED,
	          "the name and all checkpoints of the log in slot %u are lost",
	          m->slot);
}

static enum err
each_log(struct mend *m)
{
	enum err e = ERR_OK;

	for (unsigned slot = 0; slot < UINT16_MAX && e == ERR_OK; slot++) {
		m->slot = (uint16_t)slot;
		e = log_origin(m->book, m->txn, m->slot, m->origin, m->why);
		if (e == ERR_OK)
			e = mend_log(m);
	}
	return e == ERR_NOT_FOUND ? nothing_behind(m) : e;
}

enum err
log_mend(struct log_book *b, const struct log_mend *plan, struct err_why *why)
{
	struct mend *m = mem_alloc(1, sizeof(*m));
	struct err_why unseen;
	enum err e;

	m->book = b;
	m->plan = plan;
	m->why = why != NULL ? why : &unseen;
	buf_init(&m->rows, ROWS_MAX);
	e = store_read(b->store, &m->txn, why);
	if (e == ERR_OK)
		e = mend_origins(m);
	if (e == ERR_OK)
		e = each_log(m);
	if (e == ERR_OK && !plan->spans)
		e = log_mend_spans(m);
	store_abort(m->txn);
	buf_clear(&m->rows);
	free(m);
	return e;
}
