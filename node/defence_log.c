/* defence_log.c - the own evidence log, as rules of joint defence see it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence_log.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/fold.h"
#include "node/site.h"
#include "node/site_logs.h"
#include "proto/mem.h"
#include "proto/slice.h"

/* ---- what is seen of a body ---- */

static void
of_alarm(struct defence_event *out, const Record__Alarm *m, const uint8_t *id)
{
	if (m->action > RECORD__ALARM__ACTION__RAISE)
		return;
	out->what = DEFENCE_ALARM;
	out->said_us = m->occurred_at;
	out->area = m->area;
	out->exercise = m->exercise;
	if (m->source != NULL && strcmp(m->source, DEFENCE_LOG_SOURCE) == 0 &&
	    id[6] >> 4 == 8) {
		out->what = DEFENCE_FIRED;
		out->rule = m->tag;
		return;
	}
	out->kind = m->kind;
	out->code = m->std_code;
	out->level = m->level;
	if (m->environment != NULL)
		out->wind = m->environment->wind_grade;
}

static void
of_permit(struct defence_event *out, const Record__Permit *m, const uint8_t *id)
{
	out->what = DEFENCE_PERMIT;
	memcpy(out->id, id, sizeof out->id);
	out->action = m->action;
	out->area = m->area;
	out->kind = m->work_type;
	out->level = (unsigned)m->level;
	out->wind = m->wind_grade;
	out->until_us = m->planned_to_at;
	out->exercise = m->exercise;
}

static void
of_certificate(struct defence_event *out, const Record__Certificate *m)
{
	if (m->action != RECORD__CERTIFICATE__ACTION__SUSPEND &&
	    m->action != RECORD__CERTIFICATE__ACTION__REVOKE)
		return;
	out->what = DEFENCE_CERTIFICATE;
	out->kind = m->class_;
}

static void
see(struct defence_event *out, const Ledger__Entry *leaf,
    const ProtobufCMessage *body)
{
	const bool first = leaf->event_seq <= 1;
	const bool applied = leaf->outcome == LEDGER__OUTCOME__APPLIED ||
	    leaf->outcome == LEDGER__OUTCOME__SEQ_CONFLICT;

	if (body == NULL || leaf->record_id.len != 16 || (!first && !applied))
		return;
	if (body->descriptor == &record__alarm__descriptor && first)
		of_alarm(out, (const Record__Alarm *)(const void *)body,
		    leaf->record_id.data);
	else if (body->descriptor == &record__permit__descriptor)
		of_permit(out, (const Record__Permit *)(const void *)body,
		    leaf->record_id.data);
	else if (body->descriptor == &record__certificate__descriptor)
		of_certificate(
		    out, (const Record__Certificate *)(const void *)body);
}

static bool
seen_kind(Ledger__Kind k)
{
	return k == LEDGER__KIND__ALARM || k == LEDGER__KIND__PERMIT ||
	    k == LEDGER__KIND__CERTIFICATE;
}

/* ---- the log ---- */

struct reading {
	struct log_book *book;
	struct store_txn *txn;
	uint16_t slot;
	void (*each)(void *arg, const struct defence_event *e);
	void *arg;
};

static enum err
read_one(const struct reading *r, uint64_t index, uint64_t place,
    struct err_why *why)
{
	struct defence_event ev = {.place = place};
	Ledger__Sealed *sealed = NULL;
	Ledger__Entry *leaf = NULL;
	ProtobufCMessage *body = NULL;
	struct bytes bytes;
	struct buf shown;
	enum err e = log_entry(r->book, r->txn, r->slot, index, &bytes, why);

	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e != ERR_OK)
		return e;
	buf_init(&shown, LOG_SEALED_MAX);
	if (seen_kind(leaf->kind) &&
	    log_sealed(r->book, r->txn, r->slot, index, &sealed, NULL) ==
	        ERR_OK)
		body = fold_unpack(sealed->body, &shown);
	ev.at_us = leaf->recorded_us;
	see(&ev, leaf, body);
	r->each(r->arg, &ev);
	slice_free(body);
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	ledger__entry__free_unpacked(leaf, NULL);
	buf_clear(&shown);
	return ERR_OK;
}

static enum err
state_of(struct site *s, struct store_txn *txn, struct log_state *out,
    struct err_why *why)
{
	const struct site_log_now *log = site_log(s, SITE_EVIDENCE);

	return log_state(s->own.book, txn, log->slot, out, why);
}

enum err
defence_log_end(
    struct site *s, uint64_t *place, int64_t *last_us, struct err_why *why)
{
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct store_txn *txn = NULL;
	enum err e = store_read(s->own.store, &txn, why);

	if (e == ERR_OK)
		e = state_of(s, txn, st, why);
	if (e == ERR_OK) {
		*place = generation_place(
		    site_log(s, SITE_EVIDENCE)->number, st->frontier.size);
		*last_us = st->recorded_us;
	}
	store_abort(txn);
	free(st);
	return e;
}

/* Is it one of the newest generation that should be there?  Then it is damaged,
 * which the audit names, and nobody waits for it. */
static bool
is_gap(enum err e, uint64_t place, uint64_t end)
{
	return e == ERR_CORRUPT ||
	    (e == ERR_NOT_FOUND && place < end &&
	        generation_of(place) == generation_of(end));
}

enum err
defence_log_read(struct defence_log *l, size_t most,
    void (*each)(void *arg, const struct defence_event *e), void *arg,
    size_t *read, struct err_why *why)
{
	struct site *s = l->site;
	struct reading r = {.book = s->own.book, .each = each, .arg = arg};
	uint64_t end = 0;
	int64_t last_us;
	enum err e = defence_log_end(s, &end, &last_us, why);

	*read = 0;
	if (e == ERR_OK)
		e = store_read(s->own.store, &r.txn, why);
	while (e == ERR_OK && *read < most && l->next < end) {
		const uint32_t number = generation_of(l->next);

		e = generation_slot(
		    &r.slot, r.book, r.txn, s->evidence, number, why);
		if (e == ERR_OK)
			e = read_one(
			    &r, generation_index(l->next), l->next, why);
		if (e == ERR_OK || is_gap(e, l->next, end)) {
			l->next++;
			(*read)++;
			e = ERR_OK;
		} else if (e == ERR_NOT_FOUND) {
			l->next = generation_place(number + 1, 0);
			e = ERR_OK;
		}
	}
	store_abort(r.txn);
	return e;
}

enum err
defence_log_since(struct defence_log *l, int64_t from_us, struct err_why *why)
{
	struct site *s = l->site;
	const struct site_log_now *log = site_log(s, SITE_EVIDENCE);
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct store_txn *txn = NULL;
	uint64_t at = 0;
	enum err e = store_read(s->own.store, &txn, why);

	if (e == ERR_OK)
		e = state_of(s, txn, st, why);
	if (e == ERR_OK)
		e = log_find_time(s->own.book, txn, log->slot, st->time_epoch,
		    from_us, &at, why);
	if (e == ERR_OK && st->frontier.size > DEFENCE_LOG_BACK &&
	    at < st->frontier.size - DEFENCE_LOG_BACK)
		at = st->frontier.size - DEFENCE_LOG_BACK;
	if (e == ERR_OK)
		l->next = generation_place(log->number, at);
	store_abort(txn);
	free(st);
	return e;
}
