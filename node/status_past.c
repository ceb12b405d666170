/* status_past.c - what a status list said at a moment that is past. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/status_past.h"

#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/domain/certificate.h"
#include "node/fold_place.h"
#include "proto/mem.h"
#include "proto/slice.h"

/* ---- where the log ended then ---- */

/* Entries of a generation that were recorded by then. */
static enum err
cut_in(const struct status_past *p, uint16_t slot, int64_t at_us, uint64_t *out,
    struct err_why *why)
{
	struct log_book *book = p->fold.book;
	struct log_state *st = mem_alloc(1, sizeof *st);
	Ledger__Entry *last = NULL;
	struct bytes leaf;
	enum err e = log_state(book, p->fold.txn, slot, st, why);

	if (e == ERR_OK)
		e = log_find_time(book, p->fold.txn, slot, st->time_epoch,
		    at_us + 1, out, why);
	if (e != ERR_OK || *out == 0)
		goto out;
	e = log_entry(book, p->fold.txn, slot, *out - 1, &leaf, why);
	if (e == ERR_OK)
		e = log_decode(&last, leaf, why);
	if (e == ERR_OK && last->time_epoch != st->time_epoch)
		e = err_fail(why, ERR_NOT_FOUND,
		    "time: the clock was reset since; ask for one credential "
		    "with ?at=");
out:
	if (last != NULL)
		ledger__entry__free_unpacked(last, NULL);
	free(st);
	return e;
}

enum err
status_past_begin(struct status_past *out, struct site *s,
    struct store_txn *txn, int64_t at_us, struct err_why *why)
{
	const struct site_log_now *log = site_log(s, SITE_ALLIANCE);
	uint64_t loss = 0;
	enum err e = ERR_OK;

	*out = (struct status_past){.line = log->line,
	    .fold = {.t = &s->own.tables,
	        .book = s->own.book,
	        .mac = &s->index_mac,
	        .txn = txn}};
	for (uint32_t n = log->number; n > 0 && e == ERR_OK; n--) {
		uint64_t index = 0;
		uint16_t slot;

		e = generation_slot(&slot, s->own.book, txn, log->line, n, why);
		if (e == ERR_OK)
			e = cut_in(out, slot, at_us, &index, why);
		if (e != ERR_OK || index == 0)
			continue;
		out->cut = generation_place(n, index);
		break;
	}
	if (e == ERR_OK)
		e = fold_loss(&out->fold, log->line, &loss, why);
	if (e != ERR_OK)
		return e;
	if (out->cut == 0)
		return err_fail(
		    why, ERR_NOT_FOUND, "time: this list began later");
	if (out->cut <= loss)
		return err_fail(why, ERR_NOT_FOUND,
		    "time: entries of before were lost; what they said is not "
		    "known");
	return ERR_OK;
}

/* ---- one credential ---- */

static void
take(struct row *r, const ProtobufCMessage *body, bool first)
{
	const Record__Credential *c = (const Record__Credential *)body;

	if (first && body->descriptor == &record__credential__descriptor) {
		r->state = ROW_VALID;
		r->to_us = c->valid_to_at;
		r->mark_us = c->review_due_at;
	} else if (body->descriptor == &record__status__descriptor) {
		certificate_status_fold(r, (const Record__Status *)body);
	}
}

/* One event of it.  *known false: it cannot be read. */
static enum err
tell(struct status_past *p, uint64_t place, bool first, struct row *r,
    bool *known, struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	Ledger__Entry *leaf = NULL;
	ProtobufCMessage *body = NULL;
	struct fold_spot at;
	struct bytes bytes;
	struct buf shown;
	enum err e = fold_spot(&p->fold, p->line, place, &at, why);

	buf_init(&shown, LOG_SEALED_MAX);
	if (e == ERR_OK)
		e = log_entry(
		    p->fold.book, p->fold.txn, at.slot, at.index, &bytes, why);
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e == ERR_OK)
		e = log_sealed(
		    p->fold.book, p->fold.txn, at.slot, at.index, &sealed, why);
	if (e == ERR_OK)
		body = fold_unpack(sealed->body, &shown);
	*known = body != NULL;
	if (body != NULL &&
	    (first || leaf->outcome == LEDGER__OUTCOME__APPLIED ||
	        leaf->outcome == LEDGER__OUTCOME__SEQ_CONFLICT))
		take(r, body, first);
	slice_free(body);
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	if (leaf != NULL)
		ledger__entry__free_unpacked(leaf, NULL);
	buf_clear(&shown);
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

static enum err
tell_again(struct status_past *p, struct fold_term_status *s, uint32_t events,
    struct err_why *why)
{
	struct row then = {.kind = LEDGER__KIND__CREDENTIAL};
	bool known = true;
	enum err e = ERR_OK;

	for (uint32_t seq = 1; seq <= events && e == ERR_OK && known; seq++) {
		uint64_t place;

		if (++p->events > STATUS_PAST_EVENTS)
			return err_fail(why, ERR_LIMIT,
			    "time: more has changed since than is told again; "
			    "ask for one credential with ?at=");
		e = fold_event(&p->fold, p->line, s->id, seq, &place, why);
		if (e == ERR_OK && place >= p->cut)
			break;
		if (e == ERR_OK)
			e = tell(p, place, seq == 1, &then, &known, why);
		else if (e == ERR_NOT_FOUND)
			known = false;
	}
	if (e != ERR_OK && known)
		return e;
	s->state = known ? then.state : 0;
	s->end_us = fold_term_lapses(&then);
	return ERR_OK;
}

enum err
status_past_turn(struct status_past *p, struct fold_term_status *s, bool *there,
    struct err_why *why)
{
	struct row r;
	enum err e = fold_get(&p->fold, p->line, s->id, &r, why);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	*there = r.first < p->cut;
	if (!*there || r.last < p->cut)
		return ERR_OK;
	return tell_again(p, s, r.seq, why);
}
