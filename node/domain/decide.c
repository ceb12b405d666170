/* decide.c - may this holder do this work here, now? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/decide.h"

#define MINUTE_US INT64_C(60000000)
#define SKEW_US (5 * MINUTE_US)
#define LACK(name) RECORD__DECISION_FACTS__NEED__LACK__##name

/* What was found against it. */
struct findings {
	struct rule_list reasons;
	bool bad; /* something known forbids it */
	bool unsure; /* something is not known */
};

static void
bad(struct findings *f, bool yes, enum rule_id why)
{
	if (!yes)
		return;
	rule_add(&f->reasons, rule_get(why));
	f->bad = true;
}

static void
unsure(struct findings *f, bool yes, enum rule_id why)
{
	if (!yes)
		return;
	rule_add(&f->reasons, rule_get(why));
	f->unsure = true;
}

static void
merge(struct findings *to, const struct findings *from)
{
	for (size_t i = 0; i < from->reasons.len; i++)
		rule_add(&to->reasons, from->reasons.at[i]);
	to->bad = to->bad || from->bad;
	to->unsure = to->unsure || from->unsure;
}

/* The later of the two times by which nothing may have ended. */
static int64_t
late_us(const struct decide_input *in)
{
	return in->now_us > in->recorded_us ? in->now_us : in->recorded_us;
}

static void
judge_status(struct findings *f, const struct decide_credential *c)
{
	switch (c->status) {
	case DECIDE_VALID:
		return;
	case DECIDE_SUSPENDED:
		bad(f, true, RULE_CREDENTIAL_SUSPENDED);
		return;
	case DECIDE_REVOKED:
		bad(f, true, RULE_CREDENTIAL_REVOKED);
		return;
	case DECIDE_CANCELLED:
		bad(f, true, RULE_CREDENTIAL_CANCELLED);
		return;
	case DECIDE_LAPSED:
		bad(f, true, RULE_REVIEW_OVERDUE);
		return;
	case DECIDE_UNKNOWN:
		break;
	}
	unsure(f, true, RULE_CREDENTIAL_UNKNOWN);
}

/* Of a status that was never found no date is known either. */
static void
judge_dates(struct findings *f, const struct decide_input *in,
    const struct decide_credential *c)
{
	int64_t late = late_us(in);
	bool idle = c->idle_until_us != 0 && late >= c->idle_until_us;

	unsure(f, !c->class_known, RULE_CLASS_UNKNOWN);
	unsure(f, c->valid_to_us <= 0, RULE_CREDENTIAL_INCOMPLETE);
	bad(f, in->now_us < c->valid_from_us, RULE_CREDENTIAL_NOT_YET);
	bad(f, c->valid_to_us > 0 && late >= c->valid_to_us,
	    RULE_CREDENTIAL_EXPIRED);
	bad(f, c->review_due_us != 0 && late > c->review_due_us,
	    RULE_REVIEW_OVERDUE);
	bad(f, idle && !c->idle_unknown, RULE_IDLE_TOO_LONG);
	unsure(f, idle && c->idle_unknown, RULE_IDLE_UNKNOWN);
	bad(f, c->elsewhere, RULE_CREDENTIAL_AREA);
}

static void
judge_shown(struct findings *f, const struct decide_input *in,
    const struct decide_credential *c)
{
	int64_t seen = c->status_seen_us;

	if (c->own)
		return;
	bad(f, c->untrusted, RULE_ISSUER_UNTRUSTED);
	bad(f, late_us(in) >= c->presented_to_us, RULE_PRESENTATION_EXPIRED);
	unsure(f,
	    in->status_ttl_us <= 0 || seen <= 0 ||
	        seen > in->now_us + SKEW_US ||
	        in->now_us - seen > in->status_ttl_us,
	    RULE_STATUS_STALE);
}

static struct findings
judge(const struct decide_input *in, const struct decide_credential *c)
{
	struct findings f = {.bad = false};

	judge_status(&f, c);
	if (c->status != DECIDE_UNKNOWN) {
		judge_dates(&f, in, c);
		judge_shown(&f, in, c);
	}
	return f;
}

static bool
answers(const struct decide_need *n, const struct decide_credential *c)
{
	for (size_t i = 0; i < n->classes_len; i++) {
		if (c->class_hash != 0 && n->classes[i] == c->class_hash &&
		    n->of_company == c->of_company && n->company == c->company)
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

	/* Good up to its date and with it, so the life may end with it. */
	end = earlier(end, c->review_due_us);
	end = earlier(end, c->idle_until_us);
	if (c->own)
		return end;
	end = earlier(end, c->presented_to_us);
	return earlier(end, c->status_seen_us + in->status_ttl_us);
}

/* There is none of it at all. */
static void
lacks(struct findings *f, const struct decide_need *n)
{
	enum rule_id id = RULE_NO_CREDENTIAL;

	switch (n->lack) {
	case LACK(NOTHING):
		return;
	case LACK(WARN):
		id = RULE_CREDENTIAL_NOT_KEPT;
		break;
	case LACK(INDETERMINATE):
		id = RULE_CREDENTIAL_UNRECORDED;
		f->unsure = true;
		break;
	case LACK(LACK_UNSPECIFIED):
	case LACK(DENY):
	case _RECORD__DECISION_FACTS__NEED__LACK_IS_INT_SIZE:
		f->bad = true;
		break;
	}
	rule_add(
	    &f->reasons, n->lack_rule != NULL ? n->lack_rule : rule_get(id));
}

/* The good credential that lasts longest; all that is wrong with the others
 * when there is none. */
static const struct decide_credential *
meet(struct findings *f, const struct decide_input *in,
    const struct decide_need *n)
{
	const struct decide_credential *best = NULL;
	struct findings all = {.bad = false};
	struct findings held = {.bad = false};
	bool maybe = false; /* one of them may be good */
	size_t seen = 0;

	for (size_t i = 0; i < in->creds_len; i++) {
		const struct decide_credential *c = &in->creds[i];
		struct findings one;

		if (!answers(n, c))
			continue;
		seen++;
		one = judge(in, c);
		bad(&held, c->status == DECIDE_SUSPENDED,
		    RULE_CREDENTIAL_SUSPENDED);
		merge(&all, &one);
		maybe = maybe || (!one.bad && one.unsure);
		if (!one.bad && !one.unsure &&
		    (best == NULL || life(in, c) > life(in, best)))
			best = c;
	}
	if (seen == 0)
		lacks(f, n);
	all.bad = all.bad && !maybe;
	if (best == NULL)
		merge(f, &all);
	merge(f, &held);
	return best;
}

/* All that does not rest on a credential. */
static void
judge_place(struct findings *f, const struct decide_input *in)
{
	bool asked = in->identity_ttl_us > 0;
	int64_t age = in->now_us - in->identity_us;

	unsure(f, !in->holder_given, RULE_HOLDER_MISSING);
	unsure(f,
	    !in->pack_found || in->needs_len == 0 || in->decision_us <= 0 ||
	        in->now_us <= 0,
	    RULE_PACK_MISSING);
	/* Without a pack nobody knows which levels and alarms to look for:
	 * that is no fault of the level or the area. */
	unsure(f, in->pack_found && !in->level_known, RULE_LEVEL_UNKNOWN);
	unsure(f, in->pack_found && !in->area_checked, RULE_AREA_UNKNOWN);
	unsure(f, in->pack_found && in->holder_given && !in->person_checked,
	    RULE_PERSON_UNCHECKED);
	unsure(f, in->area_lost, RULE_ALARM_LOST);
	unsure(f, in->person_lost, RULE_PERSON_LOST);
	unsure(f, in->creds_cut, RULE_CREDENTIALS_MANY);
	unsure(f, asked && in->identity_us <= 0, RULE_IDENTITY_MISSING);
	unsure(f,
	    asked && in->identity_us > 0 &&
	        (age > in->identity_ttl_us || age < -SKEW_US),
	    RULE_IDENTITY_STALE);
	bad(f, in->area_alarm, RULE_ALARM_OPEN);
	bad(f, in->working_elsewhere, RULE_WORKING_ELSEWHERE);
	bad(f, in->violation_open, RULE_VIOLATION_OPEN);
	bad(f, in->score_open, RULE_SCORE_HIGH);
	bad(f, in->faulty, RULE_INSTRUMENT_FAULT);
	unsure(f,
	    in->silent_us > 0 &&
	        (in->heard_us <= 0 ||
	            in->now_us - in->heard_us > in->silent_us),
	    RULE_INSTRUMENT_SILENT);
	/* The reasons above speak only where a pack or a holder is known. */
	f->unsure = f->unsure || !in->level_known || !in->area_checked ||
	    !in->person_checked;
}

void
decide_answer(struct decide_answer *out, const struct decide_input *in)
{
	struct decide_answer a = {0};
	struct findings f = {.bad = false};
	int64_t end = in->now_us + in->decision_us;

	judge_place(&f, in);
	/* Whose credentials, and which are needed, must be known first. */
	for (size_t i = 0;
	     i < in->needs_len && in->holder_given && in->pack_found; i++) {
		const struct decide_credential *c = meet(&f, in, &in->needs[i]);

		if (i == 0)
			a.used = c;
		if (c != NULL)
			end = earlier(end, life(in, c));
	}
	if (in->identity_ttl_us > 0)
		end = earlier(end, in->identity_us + in->identity_ttl_us);
	a.reasons = f.reasons;
	a.result = RECORD__DECISION__RESULT__ALLOW;
	if (f.bad)
		a.result = RECORD__DECISION__RESULT__DENY;
	else if (f.unsure)
		a.result = RECORD__DECISION__RESULT__INDETERMINATE;
	if (a.result == RECORD__DECISION__RESULT__ALLOW)
		a.expires_us = end;
	*out = a;
}

/* When it ended by its own terms; 0: it did not. */
static int64_t
ended_us(const struct decide_input *in, const struct decide_credential *c)
{
	int64_t end = c->valid_to_us > 0 ? c->valid_to_us : INT64_MAX;

	end = earlier(end, c->review_due_us);
	end = earlier(end, c->idle_until_us);
	if (!c->own)
		end = earlier(end, c->presented_to_us);
	return end <= late_us(in) ? end : 0;
}

int64_t
decide_ended_us(const struct decide_input *in)
{
	int64_t newest = 0;

	for (size_t n = 0; n < in->needs_len; n++) {
		struct findings f = {.bad = false};

		if (meet(&f, in, &in->needs[n]) != NULL)
			continue;
		for (size_t i = 0; i < in->creds_len; i++) {
			const struct decide_credential *c = &in->creds[i];
			const int64_t end = ended_us(in, c);

			if (answers(&in->needs[n], c) && end > newest)
				newest = end;
		}
	}
	return newest;
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
