/* submit_seen.c - what numbered messages of machines have in common. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_seen.h"

#include <stdlib.h>

#include "node/domain/accident.h"
#include "node/domain/alarm_action.h"
#include "node/domain/case.h"
#include "node/timekeep.h"

void
submit_seen_refuse(struct submit_receipt *r, enum rule_id id, const char *path)
{
	r->rule = rule_get(id);
	r->error = submit_op_err(r->rule);
	r->path = path;
}

bool
submit_seen_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool
submit_seen_empty(const char *s)
{
	return s == NULL || s[0] == '\0';
}

/* One byte of algorithm before a digest of 32. */
static bool
check_evidence(const Record__Alarm *m, struct submit_receipt *r)
{
	for (size_t i = 0; i < m->n_evidence; i++) {
		const ProtobufCBinaryData *d = &m->evidence[i]->digest;

		if (m->evidence[i]->has_digest && d->len == 33 &&
		    (d->data[0] == 1 || d->data[0] == 2))
			continue;
		submit_seen_refuse(r, RULE_FIELD_RANGE, "evidence");
		return false;
	}
	return true;
}

static bool
check_alarm(const Record__Alarm *m, struct submit_receipt *r)
{
	if (m->action != RECORD__ALARM__ACTION__ACTION_UNSPECIFIED &&
	    m->action != RECORD__ALARM__ACTION__RAISE)
		submit_seen_refuse(r, RULE_RECORD_UNKNOWN, "action");
	else if (!m->has_level)
		submit_seen_refuse(r, RULE_FIELD_MISSING, "level");
	else if (m->level < 1 || m->level > 3)
		submit_seen_refuse(r, RULE_FIELD_RANGE, "level");
	else if (submit_seen_empty(m->kind))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "kind");
	else if (submit_seen_empty(m->area))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "area");
	else if (m->has_source_seq && submit_seen_empty(m->source))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "source");
	else if (m->has_severity && (m->severity < 1 || m->severity > 1000))
		submit_seen_refuse(r, RULE_FIELD_RANGE, "severity");
	else if (m->has_priority && (m->priority < 1 || m->priority > 4))
		submit_seen_refuse(r, RULE_FIELD_RANGE, "priority");
	return r->error == ERR_OK && check_evidence(m, r);
}

static bool
check_case(const Record__Case *m, const Pack__Accidents *classes,
    struct submit_receipt *r)
{
	if (m->action != RECORD__CASE__ACTION__ACTION_UNSPECIFIED &&
	    m->action != RECORD__CASE__ACTION__REPORT)
		submit_seen_refuse(r, RULE_RECORD_UNKNOWN, "action");
	else if (submit_seen_empty(m->type))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "type");
	else if (m->has_source_seq && submit_seen_empty(m->source))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "source");
	else if (m->has_receipt || m->n_reporter > 0 || m->rule != NULL)
		submit_seen_refuse(r, RULE_CASE_NODE_FIELD,
		    m->rule != NULL      ? "rule"
		        : m->has_receipt ? "receipt"
		                         : "reporter");
	else if (m->has_level && (m->level < 1 || m->level > 2))
		submit_seen_refuse(r, RULE_FIELD_RANGE, "level");
	else if (m->stated != NULL) /* a person's word, not a machine's */
		submit_seen_refuse(r, RULE_CASE_SIGNATURE, "stated");
	else if (m->event_class != NULL &&
	    !accident_known(classes, m->event_class))
		submit_seen_refuse(r, RULE_ACCIDENT_CLASS, "eventClass");
	return r->error == ERR_OK;
}

bool
submit_seen_check(const ProtobufCMessage *msg, const struct site *s,
    int64_t now_us, struct submit_receipt *r)
{
	const int64_t at = submit_seen(msg).occurred_us;

	if (msg->descriptor == &record__alarm__descriptor)
		return check_alarm((const Record__Alarm *)(const void *)msg, r);
	/* An alarm is never lost over a wrong clock; a report is written by
	 * somebody who can correct it. */
	if (at > timekeep_span(s, now_us).to_us + SUBMIT_FUTURE_US)
		submit_seen_refuse(r, RULE_TIME_FUTURE, "occurredAt");
	return r->error == ERR_OK &&
	    check_case((const Record__Case *)(const void *)msg,
	        at != 0 ? packs_accidents_then(s->packs, at)
	                : packs_accidents(s->packs, now_us),
	        r);
}

/* Until when somebody has to look at a case. */
static void
note_due(Record__Annex *annex, const Record__Case *m, const struct packs *packs,
    int64_t now_us)
{
	const struct case_event e = {
	    .type = case_policy_type(packs_cases(packs, now_us), m->type),
	    .msg = m,
	    .calendar = packs_calendar(packs, now_us),
	    .now_us = now_us,
	};

	annex->due_at = case_due(&e);
	annex->has_due_at = annex->due_at != 0;
}

const struct rule *
submit_seen_remark(Record__Annex *annex, const ProtobufCMessage *msg,
    const struct packs *packs, int64_t now_us)
{
	const Record__Alarm *m = (const Record__Alarm *)(const void *)msg;
	const Pack__AlarmPolicy *p;

	record__annex__init(annex);
	if (msg->descriptor != &record__alarm__descriptor) {
		note_due(annex, (const Record__Case *)(const void *)msg, packs,
		    now_us);
		return NULL;
	}
	p = packs_alarm(packs, now_us);
	if (alarm_action(p, m).missing)
		return rule_get(RULE_ACTION_MISSING);
	if (!m->has_clock_offset_ms || m->clock_offset_ms == 0)
		return NULL;
	if (p != NULL && llabs(m->clock_offset_ms) <= p->clock_offset_ms)
		return NULL;
	return rule_get(RULE_CLOCK_OFFSET);
}

struct submit_seen
submit_seen(const ProtobufCMessage *msg)
{
	if (msg->descriptor == &record__alarm__descriptor) {
		const Record__Alarm *m = (const Record__Alarm *)msg;

		return (struct submit_seen){m->source, m->area, m->source_epoch,
		    m->source_seq, m->has_source_seq, m->occurred_at};
	}
	const Record__Case *m = (const Record__Case *)msg;
	return (struct submit_seen){m->source, m->area, m->source_epoch,
	    m->source_seq, m->has_source_seq, m->occurred_at};
}

bool
submit_seen_blind(const struct commit_ctx *ctx)
{
	return (ctx->unsure & COMMIT_EVIDENCE) != 0 &&
	    atomic_load(&ctx->site->folding);
}

enum err
submit_seen_number(struct commit_ctx *ctx, const struct fold_number *n,
    const uint8_t digest[static 16], Ledger__Outcome *outcome,
    struct submit_receipt *r, struct err_why *why)
{
	uint16_t slot = ctx->site->evidence;
	struct fold_seen seen;
	enum err e;

	*outcome = LEDGER__OUTCOME__APPLIED;
	r->duplicate = false;
	r->rule = NULL;
	if (n == NULL || submit_seen_blind(ctx))
		return ERR_OK;
	e = fold_seen(&ctx->fold, slot, n, digest, &seen, why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	if (memcmp(seen.digest, digest, sizeof seen.digest) != 0) {
		*outcome = LEDGER__OUTCOME__SEQ_CONFLICT;
		return ERR_OK;
	}
	ctx->writes++;
	e = submit_op_found(ctx, slot, seen.index, r, why);
	if (e != ERR_OK)
		return e;
	return fold_repeat(&ctx->fold, slot, n->source, why);
}
