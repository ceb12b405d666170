/* decide.c - may this holder do this work here, now? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/decide.h"

#define MINUTE_US INT64_C(60000000)
#define SKEW_US (5 * MINUTE_US)

enum verdict {
	GOOD,
	BAD,
	UNSURE,
};

static enum verdict
status_of(const struct decide_credential *c, enum rule_id *why)
{
	switch (c->status) {
	case DECIDE_VALID:
		return GOOD;
	case DECIDE_SUSPENDED:
		*why = RULE_CREDENTIAL_SUSPENDED;
		return BAD;
	case DECIDE_REVOKED:
		*why = RULE_CREDENTIAL_REVOKED;
		return BAD;
	case DECIDE_LAPSED:
		*why = RULE_REVIEW_OVERDUE;
		return BAD;
	case DECIDE_UNKNOWN:
		break;
	}
	*why = RULE_CREDENTIAL_UNKNOWN;
	return UNSURE;
}

static enum verdict
judge(const struct decide_input *in, const struct decide_credential *c,
    enum rule_id *why)
{
	int64_t now = in->now_us;
	int64_t late = now > in->recorded_us ? now : in->recorded_us;
	enum verdict v = status_of(c, why);

	if (v != GOOD)
		return v;
	*why = RULE_CREDENTIAL_INCOMPLETE;
	if (c->valid_to_us <= 0)
		return UNSURE;
	*why = RULE_CREDENTIAL_NOT_YET;
	if (now < c->valid_from_us)
		return BAD;
	*why = RULE_CREDENTIAL_EXPIRED;
	if (late >= c->valid_to_us)
		return BAD;
	*why = RULE_REVIEW_OVERDUE;
	if (c->review_due_us != 0 && late > c->review_due_us)
		return BAD;
	if (c->own)
		return GOOD;
	*why = RULE_PRESENTATION_EXPIRED;
	if (late >= c->presented_to_us)
		return BAD;
	*why = RULE_STATUS_STALE;
	if (in->status_ttl_us <= 0 || c->status_seen_us <= 0 ||
	    c->status_seen_us > now + SKEW_US ||
	    now - c->status_seen_us > in->status_ttl_us)
		return UNSURE;
	return GOOD;
}

static bool
class_fits(const struct decide_input *in, const struct decide_credential *c)
{
	for (size_t i = 0; i < in->classes_len; i++) {
		if (c->class_hash != 0 && in->classes[i] == c->class_hash)
			return true;
	}
	return false;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return b != 0 && b < a ? b : a;
}

/* Nothing that the ALLOW rests on may end before the ALLOW does. */
static int64_t
life(const struct decide_input *in, const struct decide_credential *c)
{
	int64_t end = earlier(in->now_us + in->decision_us, c->valid_to_us);

	end = earlier(end, c->review_due_us);
	if (c->own)
		return end;
	end = earlier(end, c->presented_to_us);
	return earlier(end, c->status_seen_us + in->status_ttl_us);
}

/* The credential that lasts longest; reasons of all others otherwise. */
static enum verdict
judge_all(struct decide_answer *out, const struct decide_input *in)
{
	struct rule_list reasons = {0};
	enum verdict worst = BAD;
	enum rule_id why = RULE_NO_CREDENTIAL;

	for (size_t i = 0; i < in->creds_len; i++) {
		const struct decide_credential *c = &in->creds[i];
		enum verdict v;

		if (!class_fits(in, c))
			continue;
		v = judge(in, c, &why);
		if (v == GOOD &&
		    (out->used == NULL || life(in, c) > life(in, out->used)))
			out->used = c;
		if (v == GOOD)
			continue;
		rule_add(&reasons, rule_get(why));
		if (v == UNSURE)
			worst = UNSURE;
	}
	if (out->used != NULL)
		return GOOD;
	if (reasons.len == 0)
		rule_add(&reasons, rule_get(RULE_NO_CREDENTIAL));
	for (size_t i = 0; i < reasons.len; i++)
		rule_add(&out->reasons, reasons.at[i]);
	return worst;
}

void
decide_answer(struct decide_answer *out, const struct decide_input *in)
{
	struct decide_answer a = {0};
	bool unsure = false;
	bool bad = false;
	enum verdict v;

	if (!in->holder_given) {
		rule_add(&a.reasons, rule_get(RULE_HOLDER_MISSING));
		unsure = true;
	}
	if (!in->pack_found || in->classes_len == 0 || in->decision_us <= 0 ||
	    in->now_us <= 0) {
		rule_add(&a.reasons, rule_get(RULE_PACK_MISSING));
		unsure = true;
	}
	/* Without a pack nobody knows which alarms to look for: that is no
	 * fault of the area. */
	if (!in->area_checked) {
		if (in->pack_found)
			rule_add(&a.reasons, rule_get(RULE_AREA_UNKNOWN));
		unsure = true;
	}
	if (in->area_alarm) {
		rule_add(&a.reasons, rule_get(RULE_ALARM_OPEN));
		bad = true;
	}
	v = judge_all(&a, in);
	a.result = RECORD__DECISION__RESULT__INDETERMINATE;
	if (bad || (v == BAD && !unsure))
		a.result = RECORD__DECISION__RESULT__DENY;
	else if (v == GOOD && !unsure)
		a.result = RECORD__DECISION__RESULT__ALLOW;
	if (a.result == RECORD__DECISION__RESULT__ALLOW)
		a.expires_us = life(in, a.used);
	*out = a;
}

static void
doubt(struct decide_answer *out, const struct decide_answer *other)
{
	struct rule_list reasons = {.len = 0};

	rule_add(&reasons, rule_get(RULE_CLOCK_UNCERTAIN));
	for (size_t i = 0; i < out->reasons.len; i++)
		rule_add(&reasons, out->reasons.at[i]);
	for (size_t i = 0; i < other->reasons.len; i++)
		rule_add(&reasons, other->reasons.at[i]);
	*out = (struct decide_answer){
	    .result = RECORD__DECISION__RESULT__INDETERMINATE,
	    .reasons = reasons};
}

void
decide_doubt(struct decide_answer *out, const struct decide_input *in,
    int64_t from_us, int64_t to_us)
{
	const int64_t ends[] = {from_us, to_us};

	for (size_t i = 0; i < 2; i++) {
		struct decide_input then = *in;
		struct decide_answer a;

		then.now_us = ends[i];
		decide_answer(&a, &then);
		if (a.expires_us < out->expires_us)
			out->expires_us = a.expires_us;
		if (a.result != out->result ||
		    (a.result == RECORD__DECISION__RESULT__ALLOW &&
		        out->expires_us <= to_us)) {
			doubt(out, &a);
			return;
		}
	}
}
