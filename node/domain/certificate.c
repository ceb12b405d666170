/* certificate.c - the life of a certificate at its issuer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/certificate.h"

#include "node/domain/credential_pack.h"
#include "node/domain/term.h"

#include <string.h>

/* A term stated in days, or at midnight, may end within the day. */
#define SLACK_US TERM_DAY_US

static const struct rule_verdict applies = {
    .outcome = LEDGER__OUTCOME__APPLIED};

static struct rule_verdict
refuse(enum rule_id id)
{
	return (struct rule_verdict){.refused = true, .rule = rule_get(id)};
}

/* The record has moved on: late evidence is kept, live events are refused. */
static struct rule_verdict
fails(const struct certificate_event *e, enum rule_id id)
{
	return (struct rule_verdict){
	    .refused = !e->late,
	    .outcome = LEDGER__OUTCOME__LATE,
	    .rule = rule_get(id),
	};
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

struct certificate_facts
certificate_facts(const struct row *r)
{
	return (struct certificate_facts){
	    .valid_from_us = r->from_us,
	    .valid_to_us = r->to_us,
	    .review_due_us = r->mark_us,
	    .reviewed_us = r->stop_us,
	    .worked_us = r->start_us,
	};
}

struct certificate_terms
certificate_terms(const Pack__CredentialClass *c, int day_offset_minutes,
    const struct certificate_facts *f)
{
	struct certificate_terms t = {.review_due_us = f->review_due_us};
	int64_t base = later(f->valid_from_us, f->reviewed_us);
	int64_t seen = later(f->valid_from_us, f->worked_us);

	if (c != NULL && c->review_months != 0 && t.review_due_us == 0)
		t.review_due_us =
		    term_after(base, (int)c->review_months, day_offset_minutes);
	if (c != NULL && c->idle_months != 0) {
		t.idle_until_us =
		    term_after(seen, (int)c->idle_months, day_offset_minutes);
		t.idle_unknown = f->worked_us == 0;
	}
	t.end_us = earlier(f->valid_to_us, t.review_due_us);
	t.end_us = earlier(t.end_us, t.idle_until_us);
	return t;
}

static bool
is_code(const Record__Certificate *m, const char *code)
{
	return m->reason_code != NULL && strcmp(m->reason_code, code) == 0;
}

/* Is what an event states within the terms of its class, from `base` on? */
static struct rule_verdict
check_terms(const struct certificate_event *e, int64_t base)
{
	const Record__Certificate *m = e->msg;
	const Pack__CredentialClass *c = e->class;
	int offset = e->pack->day_offset_minutes;
	uint32_t months = c->review_months;

	if (m->has_valid_to_at && c->validity_months != 0 &&
	    m->valid_to_at >
	        term_after(base, (int)c->validity_months, offset) + SLACK_US)
		return refuse(RULE_CERT_TOO_LONG);
	if (is_code(m, "LONG_REVIEW") && c->long_review_months > months)
		months = c->long_review_months;
	if (m->has_review_due_at && c->review_months != 0 &&
	    m->review_due_at > term_after(base, (int)months, offset) + SLACK_US)
		return refuse(RULE_CERT_REVIEW_LATE);
	return applies;
}

static struct rule_verdict
check_issue(const struct certificate_event *e)
{
	const Record__Certificate *m = e->msg;

	if (e->row != NULL)
		return refuse(RULE_RECORD_EXISTS);
	if (m->holder == NULL || m->holder[0] == '\0' || m->class_ == NULL ||
	    m->class_[0] == '\0')
		return refuse(RULE_FIELD_MISSING);
	if (m->valid_to_at <= 0 || m->valid_from_at >= m->valid_to_at)
		return refuse(RULE_CERT_WINDOW);
	if (e->pack == NULL || e->class == NULL)
		return refuse(RULE_CLASS_UNKNOWN);
	if (e->barred)
		return refuse(RULE_CERT_BARRED);
	return check_terms(e, m->valid_from_at);
}

static struct certificate_terms
terms_now(const struct certificate_event *e)
{
	const struct certificate_facts f = certificate_facts(e->row);

	return certificate_terms(
	    e->class, e->pack != NULL ? e->pack->day_offset_minutes : 0, &f);
}

/* What has lapsed does not come back: a new one is issued. */
static struct rule_verdict
check_review(const struct certificate_event *e)
{
	struct certificate_terms t = terms_now(e);

	if (e->occurred_us >= e->row->to_us ||
	    (t.review_due_us != 0 && e->occurred_us > t.review_due_us))
		return fails(e, RULE_CERT_LAPSED);
	if (e->pack == NULL || e->class == NULL)
		return refuse(RULE_CLASS_UNKNOWN);
	return check_terms(e, e->occurred_us);
}

static struct rule_verdict
check_worked(const struct certificate_event *e)
{
	const Record__Certificate *m = e->msg;
	int64_t worked =
	    m->has_last_worked_at ? m->last_worked_at : e->occurred_us;
	struct certificate_terms t = terms_now(e);

	if (worked <= 0 || worked > e->occurred_us)
		return refuse(RULE_TIME_FUTURE);
	if (m->action == RECORD__CERTIFICATE__ACTION__WORKED &&
	    t.idle_until_us != 0 && !t.idle_unknown &&
	    worked >= t.idle_until_us)
		return fails(e, RULE_IDLE_TOO_LONG);
	return applies;
}

/* What lets it go on is judged by what its author had seen. */
static struct rule_verdict
check_loosening(const struct certificate_event *e)
{
	const Record__Certificate *m = e->msg;

	if (e->stale || e->occurred_us < e->row->changed_us)
		return fails(e, RULE_SEQ_STALE);
	/* Only a review has terms to hold a new date against. */
	if (m->action != RECORD__CERTIFICATE__ACTION__REVIEW &&
	    (m->has_valid_to_at || m->has_review_due_at))
		return refuse(RULE_FIELD_RANGE);
	if (m->reason_code != NULL &&
	    credential_pack_reason(e->pack, m->action, m->reason_code) == NULL)
		return refuse(RULE_CERT_REASON);
	if (m->action == RECORD__CERTIFICATE__ACTION__REVIEW)
		return check_review(e);
	if (m->action == RECORD__CERTIFICATE__ACTION__REINSTATE)
		return e->row->state == ROW_CERT_SUSPENDED
		    ? applies
		    : fails(e, RULE_STATE_FORBIDS);
	return check_worked(e);
}

/* What holds or ends it is taken with any reason, and says when that is none
 * that the pack knows. */
static struct rule_verdict
check_tightening(const struct certificate_event *e)
{
	const Record__Certificate *m = e->msg;
	struct rule_verdict v = applies;

	if (m->action == RECORD__CERTIFICATE__ACTION__SUSPEND &&
	    e->row->state != ROW_VALID)
		return fails(e, RULE_STATE_FORBIDS);
	if (m->reason_code != NULL &&
	    credential_pack_reason(e->pack, m->action, m->reason_code) == NULL)
		v.rule = rule_get(RULE_CERT_REASON);
	return v;
}

struct rule_verdict
certificate_check(const struct certificate_event *e)
{
	uint8_t state = e->row != NULL ? e->row->state : 0;

	if (e->msg->action == RECORD__CERTIFICATE__ACTION__ISSUE)
		return check_issue(e);
	if (e->row == NULL)
		return refuse(RULE_RECORD_UNKNOWN);
	if (state == ROW_REVOKED || state == ROW_CERT_CANCELLED)
		return fails(e, RULE_CERT_FINAL);
	switch (e->msg->action) {
	case RECORD__CERTIFICATE__ACTION__SUSPEND:
	case RECORD__CERTIFICATE__ACTION__REVOKE:
	case RECORD__CERTIFICATE__ACTION__CANCEL:
		return check_tightening(e);
	case RECORD__CERTIFICATE__ACTION__REINSTATE:
	case RECORD__CERTIFICATE__ACTION__REVIEW:
	case RECORD__CERTIFICATE__ACTION__WORKED:
	case RECORD__CERTIFICATE__ACTION__RETEST:
		return check_loosening(e);
	case RECORD__CERTIFICATE__ACTION__PUBLISH:
		return e->by_node ? applies : refuse(RULE_PUBLISHED_BY_NODE);
	case RECORD__CERTIFICATE__ACTION__ISSUE:
	case RECORD__CERTIFICATE__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__CERTIFICATE__ACTION_IS_INT_SIZE:
		break;
	}
	return refuse(RULE_FIELD_MISSING);
}

uint8_t
certificate_after(uint8_t state, Record__Certificate__Action action)
{
	switch (action) {
	case RECORD__CERTIFICATE__ACTION__ISSUE:
	case RECORD__CERTIFICATE__ACTION__REINSTATE:
		return ROW_VALID;
	case RECORD__CERTIFICATE__ACTION__SUSPEND:
		return ROW_CERT_SUSPENDED;
	case RECORD__CERTIFICATE__ACTION__REVOKE:
		return ROW_REVOKED;
	case RECORD__CERTIFICATE__ACTION__CANCEL:
		return ROW_CERT_CANCELLED;
	case RECORD__CERTIFICATE__ACTION__REVIEW:
	case RECORD__CERTIFICATE__ACTION__PUBLISH:
	case RECORD__CERTIFICATE__ACTION__WORKED:
	case RECORD__CERTIFICATE__ACTION__RETEST:
	case RECORD__CERTIFICATE__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__CERTIFICATE__ACTION_IS_INT_SIZE:
		break;
	}
	return state;
}

void
certificate_fold(
    struct row *r, const Record__Certificate *m, int64_t occurred_us)
{
	bool worked = m->action == RECORD__CERTIFICATE__ACTION__WORKED;
	bool dates = m->action == RECORD__CERTIFICATE__ACTION__ISSUE ||
	    m->action == RECORD__CERTIFICATE__ACTION__REVIEW;
	int64_t at = occurred_us;

	r->state = certificate_after(r->state, m->action);
	if (dates && m->has_valid_to_at)
		r->to_us = m->valid_to_at;
	if (m->action == RECORD__CERTIFICATE__ACTION__REVIEW) {
		r->stop_us = occurred_us;
		r->mark_us = 0;
	}
	if (dates && m->has_review_due_at)
		r->mark_us = m->review_due_at;
	if (worked && m->has_last_worked_at)
		at = m->last_worked_at;
	if ((worked || m->action == RECORD__CERTIFICATE__ACTION__RETEST) &&
	    at > r->start_us)
		r->start_us = at;
}

void
certificate_status_fold(struct row *r, const Record__Status *m)
{
	if (r->state == ROW_REVOKED)
		return;
	switch (m->value) {
	case RECORD__STATUS__VALUE__VALID:
		r->state = ROW_VALID;
		break;
	case RECORD__STATUS__VALUE__SUSPENDED:
		r->state = ROW_CERT_SUSPENDED;
		break;
	case RECORD__STATUS__VALUE__LAPSED:
		r->state = ROW_LAPSED;
		break;
	case RECORD__STATUS__VALUE__REVOKED:
	case RECORD__STATUS__VALUE__VALUE_UNSPECIFIED:
	case _RECORD__STATUS__VALUE_IS_INT_SIZE:
		/* What is not understood is never better than revoked. */
		r->state = ROW_REVOKED;
		break;
	}
}
