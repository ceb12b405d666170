/* permit_air.c - was there an alarm since the air was measured? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/permit_air.h"

#include <string.h>

#include "node/decide_load.h"
#include "node/fold_key.h"
#include "node/fold_kind.h"
#include "node/fold_span.h"
#include "node/permit_open.h"
#include "node/retain_look.h"
#include "node/site.h"

#define EXAMINED_MAX 1000 /* alarms of one part of a table */
#define HEARD_MAX 10000 /* alarms of all areas since the sample */

struct air {
	const struct permit_world_ask *ask;
	struct decide_quiet quiet;
	int64_t sample_us; /* when it was taken */
	bool alarm;
};

/* By its own clock or by ours: one that is behind makes no sample fresher.  The
 * tables by areas go by the alarm's clock, the last look goes by ours. */
static enum err
is_since(const struct air *a, const struct row *r, bool *out)
{
	int64_t heard_us = 0;
	enum err e = ERR_OK;

	*out = r->opened_us > a->sample_us;
	if (!*out)
		e = retain_recorded(a->ask->fold, a->ask->site->evidence,
		    r->first, &heard_us, NULL);
	*out |= heard_us > a->sample_us;
	return e;
}

static enum err
look_at(struct air *a, const uint8_t *id, struct err_why *why)
{
	const struct permit_world_ask *ask = a->ask;
	struct row r;
	bool since = false;
	enum err e = fold_get(ask->fold, ask->site->evidence, id, &r, why);

	if (e == ERR_OK)
		e = is_since(a, &r, &since);
	if (permit_open_is_lost(e)) {
		a->alarm = true;
		return ERR_OK;
	}
	if (e != ERR_OK || !since)
		return e;
	a->alarm |= r.level <= ask->pack->alarm_level &&
	    decide_stops(&a->quiet, r.type) &&
	    ((r.flags & ROW_EXERCISE) == 0 ||
	        (ask->row->flags & ROW_EXERCISE) != 0);
	return ERR_OK;
}

/* Keys of `prefix` bytes, the time of the beginning, the id. */
static enum err
look_in(struct air *a, struct store_table t, const struct fold_key *from,
    size_t prefix, struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t seen = 0;
	enum err e = store_cursor(a->ask->fold->txn, t, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(from), &row);
	while (e == ERR_OK && !a->alarm && row.key.len == prefix + 24 &&
	    memcmp(row.key.ptr, from->b, prefix) == 0) {
		if (seen++ == EXAMINED_MAX)
			a->alarm = true;
		else
			e = look_at(a, row.key.ptr + prefix + 8, why);
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* One that was heard after the sample, wherever; *more: so may be the one
 * before. */
static enum err
look_heard(struct air *a, const uint8_t *id, bool *more, struct err_why *why)
{
	const struct permit_world_ask *ask = a->ask;
	int64_t heard_us = 0;
	struct row r;
	enum err e = fold_get(ask->fold, ask->site->evidence, id, &r, why);

	*more = true;
	if (e == ERR_OK)
		e = retain_recorded(
		    ask->fold, ask->site->evidence, r.first, &heard_us, why);
	if (permit_open_is_lost(e)) {
		a->alarm = true;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	*more = heard_us > a->sample_us;
	return *more && r.area == ask->row->area ? look_at(a, id, why) : ERR_OK;
}

/* Whatever their clocks say: a detector may be hours behind. */
static enum err
look_back(struct air *a, struct err_why *why)
{
	const uint16_t slot = a->ask->site->evidence;
	const struct fold_key k = fold_key_bykind(slot, LEDGER__KIND__ALARM, 0);
	const struct fold_key end =
	    fold_key_bykind(slot, LEDGER__KIND__ALARM, UINT64_MAX);
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t seen = 0;
	bool more = true;
	enum err e =
	    store_cursor(a->ask->fold->txn, a->ask->fold->t->bykind, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&end), &row);
	while (e == ERR_OK && more && !a->alarm && row.key.len == k.len &&
	    memcmp(row.key.ptr, k.b, k.len - 8) == 0) {
		if (seen++ == HEARD_MAX || row.value.len != 16)
			a->alarm = true;
		else
			e = look_heard(a, row.value.ptr, &more, why);
		if (e == ERR_OK)
			e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
permit_air(const struct permit_world_ask *ask, bool *out, struct err_why *why)
{
	const uint16_t slot = ask->site->evidence;
	const int64_t since_us = ask->row->mark_us - FOLD_KIND_FUTURE_US;
	struct air a = {.ask = ask, .sample_us = ask->row->mark_us};
	struct fold_key k =
	    fold_key_open(slot, LEDGER__KIND__ALARM, ask->row->area, NULL);
	const size_t prefix = k.len;
	enum err e;

	decide_quiet(&a.quiet, ask->fold->mac, ask->pack);
	fold_key_uint(&k, since_us > 0 ? (uint64_t)since_us : 0, 8);
	e = look_in(&a, ask->fold->t->open, &k, prefix, why);
	for (unsigned n = 0; n < FOLD_SPAN_LENGTHS && e == ERR_OK && !a.alarm;
	     n++) {
		k = fold_span_from(
		    slot, ask->row->area, LEDGER__KIND__ALARM, n, since_us);
		e = look_in(&a, ask->fold->t->span, &k, k.len - 8, why);
	}
	if (e == ERR_OK && !a.alarm)
		e = look_back(&a, why);
	*out = a.alarm;
	return e;
}
