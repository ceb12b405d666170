/* log.c - writing an own log: chain, time, seal, sign. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log.h"

#include <assert.h>

#include "ledger/log_book.h"
#include "proto/clock.h"

#define ID_BYTES 16

void
log_line(struct log_book *b, struct stamp_line line)
{
	b->line = line;
}

struct stamp_line
log_line_now(const struct log_book *b)
{
	return b->line;
}

void
log_clock_quality(
    struct log_book *b, Ledger__ClockSource source, uint32_t error_ms)
{
	b->clock_source = source;
	b->clock_error_ms = error_ms;
}

/* Protobuf-c takes mutable pointers for data that packing only reads. */
static ProtobufCBinaryData
data_of(const uint8_t *p, size_t len)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} u = {.in = p};

	return (ProtobufCBinaryData){.len = len, .data = u.out};
}

static ProtobufCBinaryData
hash_of(const struct hash *h)
{
	return h == NULL ? data_of(NULL, 0) : data_of(h->b, HASH_BYTES);
}

/* A clock that is off its scale stops no alarm. */
static int64_t
bounded(int64_t us)
{
	if (us < 0)
		return 0;
	return us < TEXT_TIME_END_US ? us : TEXT_TIME_END_US - 1;
}

/* Reads the clocks once and applies the rule of recorded time. */
static struct stamp
stamp_of(struct log_book *b, struct log_slot *s, bool reset, int64_t *wall)
{
	struct stamp last = {
	    .epoch = s->chain.epoch,
	    .recorded_us = s->chain.recorded_us,
	    .boot_us = s->work.boot_us,
	    .boot_known = s->work.boot_known,
	};
	struct stamp_now now = {
	    .wall_us = bounded(clock_wall_us(b->clock)),
	    .boot_us = clock_boot_us(b->clock),
	    .line = b->line,
	    .reset = reset,
	};

	*wall = now.wall_us;
	return stamp_next(last, now);
}

static void
fill_entry(Ledger__Entry *e, const struct log_book *b, const struct log_slot *s,
    const struct log_draft *d)
{
	const struct log_kind *had = log_rule_kind(&s->chain, d->kind);

	e->has_version = true;
	e->version = 1;
	e->has_kind = true;
	e->kind = d->kind;
	e->has_kind_seq = true;
	e->kind_seq = had == NULL ? 1 : had->seq + 1;
	e->has_previous_of_kind = true;
	e->previous_of_kind = had == NULL ? 0 : had->last + 1;
	e->has_clock_error_ms = b->clock_error_ms != 0;
	e->clock_error_ms = b->clock_error_ms;
	e->has_clock_source = true;
	e->clock_source = b->clock_source;
	e->has_record_id = d->record_id != NULL;
	e->record_id = data_of(d->record_id, ID_BYTES);
	e->has_event_id = d->event_id != NULL;
	e->event_id = data_of(d->event_id, ID_BYTES);
	e->has_event_seq = d->event_seq != 0;
	e->event_seq = d->event_seq;
	e->has_outcome = d->outcome != LEDGER__OUTCOME__OUTCOME_UNSPECIFIED;
	e->outcome = d->outcome;
	e->has_commitment = d->commitment != NULL;
	e->commitment = hash_of(d->commitment);
	e->has_annex_commitment = d->annex != NULL;
	e->annex_commitment = hash_of(d->annex);
	e->has_auth_commitment = d->auth != NULL;
	e->auth_commitment = hash_of(d->auth);
}

/* The resting form of a draft's body: as prepared if its wrapping key still
 * lives, else sealed here. */
static enum err
seal_draft(struct log_book *b, const struct log_draft *d, int64_t wall,
    struct buf *arena, struct vault_item *out, struct err_why *why)
{
	uint32_t id = 0;
	enum err e;

	*out = d->sealed;
	if (d->sealed.key.len == 0 && d->plain.len == 0)
		return ERR_OK;
	if (b->vault == NULL)
		return err_fail(why, ERR_REFUSED, "this book has no vault");
	if (d->sealed.key.len != 0) {
		e = vault_row_id(d->sealed.key, &id, why);
		if (e != ERR_OK || vault_live(b->vault, id))
			return e;
		if (d->plain.len == 0)
			return err_fail(why, ERR_CONFLICT,
			    "wrapping key %u was retired: seal again", id);
	}
	if (d->plain.len > LOG_SEALED_MAX)
		return err_fail(
		    why, ERR_LIMIT, "body of %zu bytes", d->plain.len);
	return vault_seal(
	    b->vault, d->plain, d->retention_class, wall, arena, out, why);
}

static enum err
check_draft(
    const struct log_slot *s, const struct log_draft *d, struct err_why *why)
{
	if ((d->kind == LEDGER__KIND__LOG_START) != (s->chain.size == 0))
		return err_fail(
		    why, ERR_REFUSED, "LOG_START must be first and only first");
	if (s->chain.size >= TREE_SIZE_MAX - 1)
		return err_fail(why, ERR_LIMIT, "the log is full");
	return ERR_OK;
}

enum err
log_append(struct log_book *b, struct store_txn *txn, uint16_t slot,
    const struct log_draft *d, struct log_place *out, struct err_why *why)
{
	Ledger__Entry entry = LEDGER__ENTRY__INIT;
	uint8_t leaf[LOG_ENTRY_MAX];
	struct vault_item item;
	struct log_place place = {.slot = slot};
	struct log_slot *s;
	struct stamp stamp;
	struct buf arena;
	size_t len;
	enum err e;

	assert(b->clock != NULL);
	buf_init(&arena, LOG_SEALED_MAX + 1024);
	e = log_book_slot(b, txn, slot, &s, why);
	if (e != ERR_OK)
		goto out;
	e = check_draft(s, d, why);
	if (e != ERR_OK)
		goto out;
	fill_entry(&entry, b, s, d);
	stamp = stamp_of(
	    b, s, d->kind == LEDGER__KIND__TIME_RESET, &entry.clock_us);
	entry.has_clock_us = true;
	entry.has_time_epoch = true;
	entry.time_epoch = stamp.epoch;
	entry.has_recorded_us = true;
	entry.recorded_us = place.recorded_us = stamp.recorded_us;
	len = ledger__entry__get_packed_size(&entry);
	assert(len <= sizeof(leaf));
	(void)ledger__entry__pack(&entry, leaf);
	tree_leaf(&place.leaf, bytes_of(leaf, len));
	place.index = s->chain.size;

	e = seal_draft(b, d, entry.clock_us, &arena, &item, why);
	if (e != ERR_OK)
		goto out;
	e = log_rule_next(&s->chain, &entry, why);
	if (e != ERR_OK)
		goto out;
	s->work.boot_us = stamp.boot_us;
	s->work.boot_known = stamp.boot_known;
	e = log_book_add(b, txn, s, bytes_of(leaf, len), &place.leaf, why);
	if (e != ERR_OK)
		goto out;
	if (item.key.len != 0) {
		e = log_book_rest(b, txn, slot, place.index, &item, why);
		if (e != ERR_OK)
			goto out;
	}
	*out = place;
out:
	buf_clear(&arena);
	return e;
}

static enum err
sign_slot(struct log_book *b, struct store_txn *txn, struct log_slot *s,
    struct err_why *why)
{
	struct note_checkpoint c = {.head = {.size = s->frontier.size}};
	struct buf text;
	struct buf note;
	enum err e;

	buf_init(&text, NOTE_BYTES_MAX);
	buf_init(&note, NOTE_BYTES_MAX);
	(void)memcpy(c.origin, s->origin, sizeof(c.origin));
	tree_root(&s->frontier, &c.head.root);
	note_checkpoint_put(&text, &c);
	note_sign(&note, buf_view(&text), s->origin, &s->key);
	e = buf_ok(&note, why);
	if (e == ERR_OK)
		e = log_note_put(b, txn, s, c.head.size, buf_view(&note), why);
	buf_clear(&text);
	buf_clear(&note);
	return e;
}

enum err
log_sign(struct log_book *b, struct store_txn *txn, struct err_why *why)
{
	enum err e;

	for (size_t i = 0; i < b->slots; i++) {
		struct log_slot *s = b->slot[i];

		if (s == NULL || !s->grown)
			continue;
		if (s->has_key) {
			e = sign_slot(b, txn, s, why);
			if (e != ERR_OK)
				return e;
		}
		s->grown = false;
	}
	return log_book_flush(b, txn, why);
}
