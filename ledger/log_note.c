/* log_note.c - signed checkpoints and the cosignatures held for them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "proto/digest.h"
#include "proto/text.h"

#define REMEMBER_MAX 2048 /* bytes of a checkpoint with its signatures */
#define COSIG_KEY_BYTES (LOG_ROW_KEY_BYTES + 4 + 8)

static bool
same_slot(struct bytes key, uint16_t slot, size_t len)
{
	return key.len == len && key.ptr[0] == (uint8_t)(slot >> 8) &&
	    key.ptr[1] == (uint8_t)slot;
}

/* How many cosignatures rest for a size; stops at `enough`. */
static enum err
count_cosigs(struct log_book *b, struct store_txn *txn, const uint8_t *key,
    size_t enough, size_t *out)
{
	struct store_cursor *c;
	struct store_row row;
	size_t n = 0;
	enum err e;

	e = store_cursor(txn, b->cosigs, &c, NULL);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of(key, LOG_ROW_KEY_BYTES), &row);
	while (e == ERR_OK && n < enough && row.key.len == COSIG_KEY_BYTES &&
	    memcmp(row.key.ptr, key, LOG_ROW_KEY_BYTES) == 0) {
		n++;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	*out = n;
	return ERR_OK;
}

/*
 * Looks at the oldest checkpoint not looked at yet and drops it when nobody
 * cosigned it: one in, at most one out, so the table stays bounded.
 */
static enum err
prune_one(struct log_book *b, struct store_txn *txn, struct log_slot *s,
    struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_cursor *c;
	struct store_row row;
	size_t cosigs = 0;
	enum err e;

	log_book_key(key, s->id, s->pruned);
	e = store_cursor(txn, b->notes, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of(key, sizeof(key)), &row);
	if (e == ERR_OK && !same_slot(row.key, s->id, LOG_ROW_KEY_BYTES))
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		memcpy(key, row.key.ptr, sizeof(key));
	store_cursor_close(c);
	if (e != ERR_OK)
		return err_fail(why, ERR_CORRUPT, "checkpoint rows");
	e = count_cosigs(b, txn, key, 1, &cosigs);
	if (e != ERR_OK)
		return err_fail(why, e, "cosignature rows");
	s->pruned = log_book_u64(key + 2) + 1;
	s->notes--;
	if (cosigs > 0)
		return ERR_OK;
	return store_del(txn, b->notes, bytes_of(key, sizeof(key)), why);
}

enum err
log_note_put(struct log_book *b, struct store_txn *txn, struct log_slot *s,
    uint64_t size, struct bytes note, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes have;
	enum err e;

	log_book_key(key, s->id, size);
	e = store_get(txn, b->notes, bytes_of(key, sizeof(key)), &have, NULL);
	if (e == ERR_OK && !bytes_equal(have, note)) {
		struct note old;
		struct note new;

		/* Other cosignatures are no matter, another text is a fork. */
		if (note_parse(&old, have, why) != ERR_OK ||
		    note_parse(&new, note, why) != ERR_OK ||
		    !bytes_equal(old.text, new.text))
			return err_fail(why, ERR_UNVERIFIED,
			    "%s: another checkpoint of size %" PRIu64
			    " is held",
			    s->origin, size);
	}
	if (e == ERR_OK)
		return ERR_OK;
	if (e != ERR_NOT_FOUND)
		return err_fail(why, e, "checkpoint row");
	e = store_put(txn, b->notes, bytes_of(key, sizeof(key)), note, why);
	if (e != ERR_OK)
		return e;
	s->dirty = true;
	if (size >= s->pruned)
		s->notes++;
	if (s->notes > LOG_NOTES_KEEP)
		return prune_one(b, txn, s, why);
	return ERR_OK;
}

/* Size of the newest checkpoint at or below `most`, with enough cosignatures
 * when min_sigs > 0. */
static enum err
find_size(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t most, size_t min_sigs, uint64_t *out)
{
	const struct store_table table = min_sigs > 0 ? b->cosigs : b->notes;
	const size_t key_len =
	    min_sigs > 0 ? COSIG_KEY_BYTES : LOG_ROW_KEY_BYTES;
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_cursor *c;
	struct store_row row;
	uint64_t size = UINT64_MAX;
	size_t sigs = 0;
	enum err e;

	e = store_cursor(txn, table, &c, NULL);
	if (e != ERR_OK)
		return e;
	log_book_key(key, slot, most + 1);
	e = store_seek_before(c, bytes_of(key, sizeof(key)), &row);
	for (; e == ERR_OK; e = store_prev(c, &row)) {
		if (!same_slot(row.key, slot, key_len)) {
			e = ERR_NOT_FOUND;
			break;
		}
		if (log_book_u64(row.key.ptr + 2) != size) {
			size = log_book_u64(row.key.ptr + 2);
			sigs = 0;
		}
		sigs++;
		if (sigs >= min_sigs)
			break;
	}
	store_cursor_close(c);
	if (e == ERR_OK)
		*out = size;
	return e;
}

static enum err
append_cosigs(struct log_book *b, struct store_txn *txn, const uint8_t *key,
    struct bytes note, struct buf *out)
{
	struct store_cursor *c;
	struct store_row row;
	enum err e;

	e = store_cursor(txn, b->cosigs, &c, NULL);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of(key, LOG_ROW_KEY_BYTES), &row);
	while (e == ERR_OK && row.key.len == COSIG_KEY_BYTES &&
	    memcmp(row.key.ptr, key, LOG_ROW_KEY_BYTES) == 0) {
		/* A replica's note may carry it already. */
		if (memmem(note.ptr, note.len, row.value.ptr, row.value.len) ==
		    NULL)
			buf_bytes(out, row.value);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/*
 * The checkpoint in a row.  Readers ask for the newest again and again: each
 * thread remembers the text it parsed last and what it said.
 */
static enum err
parse_row(struct note_checkpoint *out, struct bytes row, struct err_why *why)
{
	static _Thread_local struct {
		size_t len;
		uint8_t row[REMEMBER_MAX];
		struct note_checkpoint head;
	} last;
	struct note note;
	enum err e;

	if (last.len > 0 && bytes_equal(row, bytes_of(last.row, last.len))) {
		*out = last.head;
		return ERR_OK;
	}
	e = note_parse(&note, row, why);
	if (e == ERR_OK)
		e = note_checkpoint_get(out, note.text, why);
	if (e != ERR_OK || row.len > sizeof(last.row))
		return e;
	memcpy(last.row, row.ptr, row.len);
	last.len = row.len;
	last.head = *out;
	return ERR_OK;
}

/* Which checkpoint is asked for. */
struct wanted {
	uint16_t slot;
	size_t min_sigs;
};

/* ERR_NOT_FOUND: no checkpoint yet. */
static enum err
read_checkpoint(struct log_book *b, struct store_txn *txn,
    const struct wanted *w, struct buf *out, struct note_checkpoint *opened,
    struct err_why *why)
{
	const uint16_t slot = w->slot;
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct log_state state;
	struct bytes row;
	uint64_t size = 0;
	enum err e;

	e = log_state(b, txn, slot, &state, why);
	if (e != ERR_OK)
		return e;
	e = find_size(b, txn, slot, state.frontier.size, w->min_sigs, &size);
	if (e == ERR_NOT_FOUND)
		return err_fail(why, e, "no such checkpoint yet");
	if (e != ERR_OK)
		return err_fail(why, e, "checkpoint rows");
	log_book_key(key, slot, size);
	e = store_get(txn, b->notes, bytes_of(key, sizeof(key)), &row, why);
	if (e != ERR_OK)
		return err_fail(
		    why, ERR_CORRUPT, "cosignature without its checkpoint");
	e = parse_row(opened, row, why);
	if (e != ERR_OK || opened->head.size != size)
		return err_fail(why, ERR_CORRUPT, "checkpoint row");
	buf_bytes(out, row);
	e = append_cosigs(b, txn, key, row, out);
	if (e != ERR_OK)
		return err_fail(why, e, "cosignature rows");
	return ERR_OK;
}

/*
 * Readers ask for the newest checkpoint again and again while nothing is
 * committed: each thread remembers what it said of one state of one store.
 */
enum err
log_checkpoint(struct log_book *b, struct store_txn *txn, uint16_t slot,
    size_t min_sigs, struct buf *out, struct note_checkpoint *head,
    struct err_why *why)
{
	static _Thread_local struct {
		uint64_t moment; /* 0: nothing */
		struct wanted wanted;
		size_t len;
		uint8_t text[REMEMBER_MAX];
		struct note_checkpoint head;
	} last;
	const uint64_t moment = store_moment(txn);
	const struct wanted wanted = {slot, min_sigs};
	const size_t before = out->len;
	struct note_checkpoint opened;
	enum err e;

	if (moment != 0 && last.moment == moment && last.wanted.slot == slot &&
	    last.wanted.min_sigs == min_sigs) {
		buf_put(out, last.text, last.len);
		if (head != NULL)
			*head = last.head;
		return ERR_OK;
	}
	e = read_checkpoint(b, txn, &wanted, out, &opened, why);
	if (e != ERR_OK)
		return e;
	if (head != NULL)
		*head = opened;
	if (moment == 0 || out->over || out->len - before > REMEMBER_MAX)
		return ERR_OK;
	last.moment = moment;
	last.wanted = wanted;
	last.len = out->len - before;
	memcpy(last.text, out->ptr + before, last.len);
	last.head = opened;
	return ERR_OK;
}

enum err
log_checkpoint_of(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t size, struct buf *out, struct err_why *why)
{
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes row;
	enum err e;

	log_book_key(key, slot, size);
	e = store_get(txn, b->notes, bytes_of(key, sizeof(key)), &row, NULL);
	if (e != ERR_OK)
		return err_fail(why, e, "no checkpoint of size %" PRIu64, size);
	buf_bytes(out, row);
	return buf_ok(out, why);
}

/* "— name base64\n": the key id is the first four bytes of what follows. */
static enum err
cosig_key(
    uint8_t out[static COSIG_KEY_BYTES], struct bytes line, struct err_why *why)
{
	static const char dash[] = "\xe2\x80\x94 ";
	struct bytes rest = line;
	struct bytes name;
	struct hash digest;
	struct buf raw;
	const uint8_t *space;
	enum err e;

	if (line.len == 0 || line.ptr[line.len - 1] != '\n' ||
	    !text_skip(&rest, dash))
		return err_fail(why, ERR_MALFORMED, "not a signature line");
	rest.len--;
	space = memchr(rest.ptr, ' ', rest.len);
	if (space == NULL)
		return err_fail(why, ERR_MALFORMED, "not a signature line");
	name = bytes_of(rest.ptr, (size_t)(space - rest.ptr));
	buf_init(&raw, 4096);
	e = text_b64_get(
	    &raw, bytes_of(space + 1, rest.len - name.len - 1), why);
	if (e == ERR_OK && raw.len < 4)
		e = err_fail(why, ERR_MALFORMED, "signature too short");
	if (e == ERR_OK) {
		digest_sha256(&digest, name);
		memcpy(out + LOG_ROW_KEY_BYTES, raw.ptr, 4);
		memcpy(out + LOG_ROW_KEY_BYTES + 4, digest.b, 8);
	}
	buf_clear(&raw);
	return e;
}

enum err
log_cosig_put(struct log_book *b, struct store_txn *txn, uint16_t slot,
    uint64_t size, struct bytes line, struct err_why *why)
{
	uint8_t key[COSIG_KEY_BYTES];
	struct bytes row;
	enum err e;

	log_book_key(key, slot, size);
	e = cosig_key(key, line, why);
	if (e != ERR_OK)
		return e;
	e = store_get(
	    txn, b->notes, bytes_of(key, LOG_ROW_KEY_BYTES), &row, NULL);
	if (e != ERR_OK)
		return err_fail(why, e, "no checkpoint of size %" PRIu64, size);
	return store_put(txn, b->cosigs, bytes_of(key, sizeof(key)), line, why);
}
