/* decide_instrument.c - is a gas instrument there, as far as the node hears? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decide_instrument.h"

#include <string.h>

#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/permit_open.h"
#include "node/site.h"

#define ALARMS_LOOKED_AT 100000 /* more: a fault may be among them */
#define FEED_KEY_BYTES 18 /* line, source, epoch */
#define MINUTE_US INT64_C(60000000)

static bool
tells_of_itself(const struct fold *f, uint64_t kind)
{
	return kind == fold_hash(f->mac, FOLD_TYPE, "equipment") ||
	    kind == fold_hash(f->mac, FOLD_TYPE, "data") ||
	    kind == fold_hash(f->mac, FOLD_TYPE, "system");
}

static enum err
look_for_faults(struct site *s, struct fold *f, const char *name, bool *faulty,
    bool *lost, struct err_why *why)
{
	uint64_t source = fold_hash(f->mac, FOLD_SOURCE, name);
	struct fold_key k = fold_key_slot(s->evidence);
	struct store_cursor *c = NULL;
	struct store_row row;
	struct row r;
	size_t n = 0;
	enum err e;

	fold_key_uint(&k, LEDGER__KIND__ALARM, 2);
	e = store_cursor(f->txn, f->t->open, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && n++ < ALARMS_LOOKED_AT &&
	    row.key.len >= k.len + 16 && memcmp(row.key.ptr, k.b, k.len) == 0) {
		e = fold_get(
		    f, s->evidence, row.key.ptr + row.key.len - 16, &r, why);
		/* It may be the instrument's word about itself. */
		if (permit_open_is_lost(e)) {
			*lost = true;
			e = store_next(c, &row);
			continue;
		}
		if (e != ERR_OK)
			break;
		*faulty |= r.subject == source && tells_of_itself(f, r.type) &&
		    (r.flags & ROW_EXERCISE) == 0;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	*faulty |= n >= ALARMS_LOOKED_AT;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* When its newest message was recorded; *us stays 0: there is none. */
static enum err
heard_at(struct site *s, struct fold *f, const struct fold_number *n,
    int64_t *us, struct err_why *why)
{
	const uint8_t any[16] = {0};
	Ledger__Entry *leaf = NULL;
	struct fold_seen seen;
	struct fold_spot at;
	struct bytes bytes;
	enum err e = fold_seen(f, s->evidence, n, any, &seen, why);

	if (e == ERR_OK)
		e = fold_spot(f, s->evidence, seen.index, &at, why);
	if (e == ERR_OK)
		e = log_entry(f->book, f->txn, at.slot, at.index, &bytes, why);
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	*us = leaf->recorded_us;
	ledger__entry__free_unpacked(leaf, NULL);
	return ERR_OK;
}

/* The feed of its newest epoch. */
static enum err
listen(struct site *s, struct fold *f, const char *name, int64_t *us,
    struct err_why *why)
{
	struct fold_number n = {.source = fold_hash(f->mac, FOLD_SOURCE, name)};
	struct fold_key k = fold_key_slot(s->evidence);
	struct fold_key end;
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	fold_key_uint(&k, n.source, 8);
	end = k;
	fold_key_uint(&end, UINT64_MAX, 8);
	e = store_cursor(f->txn, f->t->feed, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&end), &row);
	if (e == ERR_OK && row.key.len == FEED_KEY_BYTES &&
	    row.value.len >= 16 && memcmp(row.key.ptr, k.b, k.len) == 0) {
		n.epoch = fold_key_u64(bytes_of(row.key.ptr + k.len, 8));
		n.seq = fold_key_u64(bytes_of(row.value.ptr + 8, 8));
		e = heard_at(s, f, &n, us, why);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
decide_instrument(struct site *s, struct fold *own,
    const struct decide_question *q, struct decide_facts *out,
    struct err_why *why)
{
	uint32_t minutes = out->pack->instrument_silent_minutes;
	enum err e = look_for_faults(
	    s, own, q->holder, &out->in.faulty, &out->in.area_lost, why);

	if (e != ERR_OK || minutes == 0)
		return e;
	out->in.silent_us = minutes * MINUTE_US;
	return listen(s, own, q->holder, &out->in.heard_us, why);
}
