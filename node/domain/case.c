/* case.c - hazards, reports, suggestions: from report to an accepted end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/case.h"

#include <string.h>
#include <strings.h>

#include "node/domain/field.h"
#include "node/domain/packs.h"

#define MINUTE_US INT64_C(60000000)
#define STATED_MAX_US (INT64_C(366) * 1440 * MINUTE_US)
#define DIGEST_BYTES 33 /* u8 alg || digest */
#define IN(state) (1u << (state))
#define ACT(name) RECORD__CASE__ACTION__##name

#define NEW IN(ROW_CASE_REPORTED)
#define TAKEN IN(ROW_CASE_ACCEPTED)
#define GIVEN IN(ROW_CASE_ASSIGNED)
#define UNDER_WAY IN(ROW_CASE_RECTIFYING)
#define WAITS IN(ROW_CASE_TO_ACCEPT)
#define REPLIED IN(ROW_CASE_REPLIED)
#define ANY (NEW | TAKEN | GIVEN | UNDER_WAY | WAITS | REPLIED)

/* ---- the table ---- */

/* to 0: it stays where it is. */
struct move {
	Record__Case__Action action;
	unsigned from; /* IN(state) */
	uint8_t to;
	bool fresh; /* its author must have seen the newest event */
};

static const struct move moves[] = {
    {ACT(ACCEPT), NEW | REPLIED, ROW_CASE_ACCEPTED, false},
    {ACT(REJECT), NEW | TAKEN | REPLIED, ROW_CASE_REJECTED, true},
    {ACT(ASSIGN), NEW | TAKEN | GIVEN | UNDER_WAY | REPLIED, ROW_CASE_ASSIGNED,
        true},
    {ACT(START), GIVEN, ROW_CASE_RECTIFYING, false},
    {ACT(DONE), NEW | TAKEN | GIVEN | UNDER_WAY, ROW_CASE_TO_ACCEPT, false},
    {ACT(RETURN), WAITS, ROW_CASE_RECTIFYING, true},
    {ACT(REPLY), ANY, 0, false},
    {ACT(CLOSE), ANY, ROW_CASE_CLOSED, true},
};

static const struct move *
move_of(Record__Case__Action action)
{
	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
		if (moves[i].action == action)
			return &moves[i];
	}
	return NULL;
}

/* ---- guards ---- */

struct asked {
	const struct case_event *e;
	const Pack__CaseStep *step;
	Record__Case__Action action;
	bool signing; /* else: what would be missing */
	struct rule_gaps *gaps;
};

static void
miss(const struct asked *a, enum rule_id id, const char *what)
{
	struct rule_gap gap = {.rule = rule_get(id), .what = what};

	if (a->step != NULL) {
		gap.clause = a->step->clause;
		gap.who = a->step->roles;
		gap.who_len = a->step->n_roles;
	}
	if (gap.clause == NULL && a->e->type != NULL)
		gap.clause = a->e->type->clause;
	rule_miss(a->gaps, gap);
}

static bool
immediate(const struct case_event *e)
{
	return e->row->work.operation == RECORD__CASE__WAY__IMMEDIATE ||
	    e->msg->way == RECORD__CASE__WAY__IMMEDIATE;
}

/* Rectified before it was assigned: only what is put right on the spot. */
static void
guard_order(const struct asked *a)
{
	const struct case_event *e = a->e;
	const unsigned at = IN(e->row->state);
	bool rectifies = case_policy_step(e->type, ACT(DONE)) != NULL;

	if (a->action == ACT(DONE) && (at & (NEW | TAKEN)) != 0 &&
	    !immediate(e))
		miss(a, RULE_CASE_NOT_ASSIGNED, "ASSIGN");
	if (a->action == ACT(CLOSE) && rectifies && at != WAITS)
		miss(a, RULE_CASE_NOT_RECTIFIED, "DONE");
}

static void
guard_fields(const struct asked *a)
{
	for (size_t i = 0; a->step != NULL && i < a->step->n_requires; i++) {
		const char *path = a->step->requires[i];
		struct field_value v;

		/* What a report says of its danger need not be said again. */
		if (strcmp(path, "level") == 0 && a->e->row != NULL &&
		    a->e->row->level != 0)
			continue;
		if (!field_get(&v, &a->e->msg->base, path) || !v.given)
			miss(a, RULE_CASE_FIELD, path);
	}
	if (a->e->msg->has_level &&
	    (a->e->msg->level < 1 || a->e->msg->level > 2))
		miss(a, RULE_CASE_FIELD, "level");
}

/* Words, not blanks, from whoever may answer for the site. */
static bool
tells(const Record__Case *m)
{
	bool answers = m->action == ACT(REPLY) || m->action == ACT(REJECT) ||
	    m->action == ACT(CLOSE);

	return answers && m->feedback != NULL &&
	    m->feedback[strspn(m->feedback, " \t\r\n")] != '\0';
}

/* Every reply, and every end where the policy wants it, tells whoever reported
 * something. */
static void
guard_feedback(const struct asked *a)
{
	const struct case_event *e = a->e;
	bool ends = a->action == ACT(CLOSE) || a->action == ACT(REJECT);
	bool wants = a->action == ACT(REPLY) ||
	    (ends && e->type != NULL && e->type->feedback &&
	        (e->row->flags & ROW_FEEDBACK) == 0);

	if (wants && !tells(e->msg))
		miss(a, RULE_FEEDBACK_MISSING, "feedback");
}

static const struct row_step *
step_of(const struct row *r, const char *name)
{
	const uint64_t id = packs_id(name);

	for (size_t i = 0; i < r->work.steps_len; i++) {
		if (r->work.steps[i].name == id)
			return &r->work.steps[i];
	}
	return NULL;
}

/* Nobody judges what he did himself.  Who did it unknown: nobody may. */
static void
guard_person(const struct asked *a)
{
	const struct row *r = a->e->row;

	if (a->signing && a->step != NULL && a->step->signed_ &&
	    a->e->signer == 0)
		miss(a, RULE_CASE_SIGNATURE, NULL);
	for (size_t i = 0;
	     a->signing && a->step != NULL && i < a->step->n_unlike; i++) {
		const char *who = a->step->unlike[i];
		const struct row_step *s = step_of(r, who);
		uint64_t other;

		if (strcmp(who, "liable") == 0 && r->work.crew_len > 0)
			other = r->work.crew[0];
		else if (s != NULL)
			other = s->by;
		else
			continue;
		if (other == 0 || other == a->e->signer)
			miss(a, RULE_CASE_SAME_PERSON, who);
	}
}

/* The latest end that this step may set; 0: the policy sets none. */
static int64_t
latest(const struct case_event *e)
{
	const struct row *r = e->row;
	const Pack__CaseLimit *l;
	bool set = r != NULL &&
	    (case_done(r, ACT(ACCEPT)) != 0 || case_done(r, ACT(ASSIGN)) != 0);

	if (set && r->to_us != 0)
		return r->to_us;
	if (e->type == NULL)
		return 0;
	l = case_policy_limit(e->type,
	    e->msg->has_level || r == NULL ? e->msg->level : r->level,
	    e->msg->has_way || r == NULL
	        ? e->msg->way
	        : (Record__Case__Way)r->work.operation);
	return l == NULL ? 0
	                 : case_policy_after(e->now_us, l->minutes,
	                       e->type->rest_days_off ? e->calendar : NULL);
}

static void
guard_due(const struct asked *a)
{
	const struct case_event *e = a->e;
	int64_t cap;

	if (!e->msg->has_due_at ||
	    (a->action != ACT(ACCEPT) && a->action != ACT(ASSIGN)))
		return;
	cap = latest(e);
	if (e->msg->due_at <= e->now_us || (cap != 0 && e->msg->due_at > cap))
		miss(a, RULE_CASE_DUE, "due_at");
}

static void
run_guards(const struct asked *a)
{
	guard_order(a);
	guard_fields(a);
	guard_feedback(a);
	guard_due(a);
	guard_person(a);
}

/* ---- verdicts ---- */

static struct rule_verdict
refuse(const struct case_event *e, enum rule_id id)
{
	struct rule_verdict v = {.refused = true, .rule = rule_get(id)};

	v.gap.rule = v.rule;
	if (e->type != NULL)
		v.gap.clause = e->type->clause;
	return v;
}

/* It has moved on since: live events are refused, late ones kept. */
static struct rule_verdict
moved_on(const struct case_event *e, enum rule_id id)
{
	struct rule_verdict v = refuse(e, id);

	v.refused = !e->late;
	v.outcome = LEDGER__OUTCOME__LATE;
	return v;
}

static struct rule_verdict
judge(const struct case_event *e, const struct rule_gaps *gaps)
{
	if (gaps->len == 0)
		return (struct rule_verdict){
		    .outcome = LEDGER__OUTCOME__APPLIED};
	return (struct rule_verdict){.refused = !e->late || e->row == NULL,
	    .outcome = LEDGER__OUTCOME__NOT_APPLIED,
	    .rule = gaps->at[0].rule,
	    .gap = gaps->at[0]};
}

static bool
is_figure(const Record__Case *m)
{
	return m->type != NULL && strcasecmp(m->type, "figure") == 0;
}

/* So many of so many, whence, and by what: signed, or it is nobody's. */
static void
guard_stated(const struct asked *a)
{
	const Record__Case *m = a->e->msg;
	const Record__Stated *s = m->stated;

	if (s == NULL && !is_figure(m))
		return;
	if (s == NULL || !is_figure(m))
		miss(a, RULE_CASE_FIELD, s == NULL ? "stated" : "type");
	if (s == NULL)
		return;
	if (s->figure == NULL || s->figure[0] == '\0')
		miss(a, RULE_CASE_FIELD, "stated.figure");
	if (s->whole == 0 || s->part > s->whole)
		miss(a, RULE_CASE_FIELD, "stated.whole");
	if (s->from_at <= 0 || s->to_at <= s->from_at ||
	    s->to_at - s->from_at > STATED_MAX_US)
		miss(a, RULE_CASE_FIELD, "stated.to_at");
	if (m->source == NULL || m->source[0] == '\0')
		miss(a, RULE_CASE_FIELD, "source");
	if (m->n_evidence == 0 || m->evidence[0]->digest.len != DIGEST_BYTES ||
	    (m->evidence[0]->digest.data[0] != 1 &&
	        m->evidence[0]->digest.data[0] != 2))
		miss(a, RULE_CASE_FIELD, "evidence");
	if (a->e->signer == 0)
		miss(a, RULE_CASE_SIGNATURE, NULL);
}

static struct rule_verdict
check_report(const struct case_event *e)
{
	struct rule_gaps gaps = {.len = 0};
	const struct asked a = {.e = e,
	    .step = case_policy_step(e->type, ACT(REPORT)),
	    .action = ACT(REPORT),
	    .signing = true,
	    .gaps = &gaps};

	if (e->row != NULL)
		return refuse(e, RULE_RECORD_EXISTS);
	if (e->msg->type == NULL || e->msg->type[0] == '\0')
		miss(&a, RULE_CASE_FIELD, "type");
	guard_fields(&a);
	guard_stated(&a);
	return judge(e, &gaps);
}

struct rule_verdict
case_check(const struct case_event *e)
{
	struct rule_gaps gaps = {.len = 0};
	struct asked a = {.e = e,
	    .step = case_policy_step(e->type, e->msg->action),
	    .action = e->msg->action,
	    .signing = true,
	    .gaps = &gaps};
	const struct move *m = move_of(e->msg->action);

	if (m == NULL &&
	    (e->msg->action == ACT(REPORT) ||
	        e->msg->action == ACT(ACTION_UNSPECIFIED)))
		return check_report(e);
	if (e->row == NULL)
		return refuse(e, RULE_RECORD_UNKNOWN);
	if (!row_is_open(e->row))
		return moved_on(e, RULE_CASE_FINAL);
	if (m == NULL ||
	    (a.step == NULL && (e->type != NULL || m->action != ACT(CLOSE))))
		return refuse(e, RULE_CASE_STEP);
	if ((m->from >> e->row->state & 1u) == 0)
		return moved_on(e, RULE_CASE_STATE);
	if (m->fresh && e->stale)
		return moved_on(e, RULE_SEQ_STALE);
	run_guards(&a);
	return judge(e, &gaps);
}

const Pack__CaseStep *
case_right(const struct case_event *e, struct rule_gap *out)
{
	static char any[] = "any";
	static char *anybody[] = {any};
	static const Pack__CaseStep open = {
	    PROTOBUF_C_MESSAGE_INIT(&pack__case_step__descriptor),
	    .n_roles = 1,
	    .roles = anybody,
	};
	Record__Case__Action action = e->msg->action == ACT(ACTION_UNSPECIFIED)
	    ? ACT(REPORT)
	    : e->msg->action;
	const Pack__CaseStep *s = case_policy_step(e->type, action);

	*out = (struct rule_gap){.rule = NULL};
	if (s != NULL) {
		out->clause = s->clause != NULL ? s->clause : e->type->clause;
		out->who = s->roles;
		out->who_len = s->n_roles;
		return s;
	}
	/* Whatever it is, to report it is open to everybody. */
	if (e->type == NULL || action == ACT(REPORT))
		return &open;
	out->rule = rule_get(RULE_CASE_STEP);
	out->clause = e->type->clause;
	return NULL;
}

Record__Case__Action
case_missing(const struct case_event *e, struct rule_gaps *out)
{
	static const Record__Case__Action next[] = {
	    [ROW_CASE_REPORTED] = ACT(ACCEPT),
	    [ROW_CASE_ACCEPTED] = ACT(ASSIGN),
	    [ROW_CASE_ASSIGNED] = ACT(START),
	    [ROW_CASE_RECTIFYING] = ACT(DONE),
	    [ROW_CASE_TO_ACCEPT] = ACT(CLOSE),
	    [ROW_CASE_REPLIED] = ACT(CLOSE),
	};
	struct asked a = {.e = e, .action = ACT(CLOSE), .gaps = out};
	bool open = row_is_open(e->row);

	out->len = 0;
	if (!open || e->row->state >= sizeof next / sizeof next[0])
		return ACT(ACTION_UNSPECIFIED);
	if (e->type != NULL && e->type->reply &&
	    (e->row->flags & ROW_FEEDBACK) == 0)
		a.action = ACT(REPLY);
	else if (case_policy_step(e->type, next[e->row->state]) != NULL)
		a.action = next[e->row->state];
	a.step = case_policy_step(e->type, a.action);
	if (a.step != NULL && a.step->signed_)
		miss(&a, RULE_CASE_SIGNATURE, NULL);
	run_guards(&a);
	return a.action;
}

/* ---- deadlines ---- */

static int64_t
due_of_report(const struct case_event *e)
{
	const Pack__Calendar *rest =
	    e->type->rest_days_off ? e->calendar : NULL;
	int64_t limit =
	    e->msg->way == RECORD__CASE__WAY__IMMEDIATE ? latest(e) : 0;
	int64_t respond = e->type->respond_minutes == 0
	    ? 0
	    : case_policy_after(e->now_us, e->type->respond_minutes, rest);

	if (limit == 0 || (respond != 0 && respond < limit))
		return respond;
	return limit;
}

int64_t
case_due(const struct case_event *e)
{
	const struct row *r = e->row;
	bool heard = r != NULL && (r->flags & ROW_FEEDBACK) != 0;
	int64_t cap;

	if (r == NULL)
		return e->type != NULL ? due_of_report(e) : 0;
	if (e->type == NULL)
		return r->to_us;
	/* Only an answer ends this clock, and nothing moves it. */
	if (e->type->reply && !heard)
		return tells(e->msg) ? 0 : r->to_us;
	if (e->msg->action != ACT(ACCEPT) && e->msg->action != ACT(ASSIGN))
		return r->to_us;
	cap = latest(e);
	if (e->msg->has_due_at)
		return e->msg->due_at;
	return cap != 0 ? cap : r->to_us;
}

enum case_stage
case_stage(const Pack__CaseType *t, const struct row *r, int64_t now_us,
    const Pack__Calendar *calendar)
{
	const Pack__CaseLimit *l;
	bool responding = r->state == ROW_CASE_REPORTED ||
	    (t != NULL && t->reply && (r->flags & ROW_FEEDBACK) == 0);
	uint32_t warn;

	if (row_is_overdue(r, now_us))
		return CASE_STAGE_BREACH;
	if (t == NULL || !row_is_open(r) || r->to_us == 0 ||
	    r->state == ROW_CASE_REPLIED)
		return CASE_STAGE_NONE;
	l = case_policy_limit(
	    t, r->level, (Record__Case__Way)r->work.operation);
	warn = responding ? t->warn_minutes : l != NULL ? l->warn_minutes : 0;
	return warn > 0 &&
	        now_us >= case_policy_before(r->to_us, warn,
	                      t->rest_days_off ? calendar : NULL)
	    ? CASE_STAGE_WARN
	    : CASE_STAGE_NONE;
}

/* ---- the fold ---- */

int64_t
case_done(const struct row *r, Record__Case__Action action)
{
	const struct row_step *s = step_of(r, case_policy_action(action));

	return s != NULL ? s->at_us : 0;
}

static void
note_step(struct row *r, const struct case_facts *f)
{
	const uint64_t name = packs_id(case_policy_action(f->msg->action));
	size_t i = 0;

	while (i < r->work.steps_len && r->work.steps[i].name != name)
		i++;
	if (i == ROW_STEPS_MAX)
		return;
	if (i == r->work.steps_len)
		r->work.steps_len++;
	r->work.steps[i] = (struct row_step){name, f->recorded_us, f->signer};
}

static void
begin(struct row *r, const struct case_facts *f)
{
	r->state = ROW_CASE_REPORTED;
	r->from_us = f->recorded_us;
	/* Nothing is to be done about it. */
	if (f->msg->stated != NULL) {
		r->state = ROW_CASE_CLOSED;
		r->stop_us = f->recorded_us;
	}
	if (f->msg->exercise)
		r->flags |= ROW_EXERCISE;
	if (f->msg->has_receipt)
		r->flags |= ROW_ANONYMOUS;
	if (f->msg->n_reporter > 0)
		r->flags |= ROW_CONFIDENTIAL;
}

static void
move_on(struct row *r, const struct case_facts *f)
{
	const struct move *m = move_of(f->msg->action);
	bool waits = r->state == ROW_CASE_REPORTED ||
	    r->state == ROW_CASE_ACCEPTED || r->state == ROW_CASE_REPLIED;

	if (m == NULL || !row_is_open(r))
		return;
	if (r->mark_us == 0)
		r->mark_us = f->recorded_us;
	if (m->to != 0)
		r->state = m->to;
	else if (waits)
		r->state = ROW_CASE_REPLIED;
	if (r->state == ROW_CASE_TO_ACCEPT)
		r->start_us = f->recorded_us;
	if (!row_is_open(r))
		r->stop_us = f->recorded_us;
	note_step(r, f);
}

void
case_fold(struct row *r, const struct case_facts *f)
{
	const Record__Case *m = f->msg;

	if (r->state == 0) {
		begin(r, f);
		note_step(r, f);
	} else {
		move_on(r, f);
	}
	if (m->has_level && m->level <= 2)
		r->level = (uint8_t)m->level;
	if (m->has_way)
		r->work.operation = (uint8_t)m->way;
	if (tells(m))
		r->flags |= ROW_FEEDBACK;
	if (f->liable != 0) {
		r->work.crew[0] = f->liable;
		r->work.crew_len = 1;
	}
	if (f->has_due)
		r->to_us = f->due_us;
}
