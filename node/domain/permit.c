/* permit.c - a special-work permit from application to acceptance. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/permit.h"

#include "node/domain/permit_guard.h"

/* ---- the table ---- */

#define IN(state) (1u << (state))
#define WAITING (IN(ROW_APPLIED) | IN(ROW_TESTED))
#define STOPPED IN(ROW_SUSPENDED)
#define GOING IN(ROW_IN_PROGRESS)
#define ISSUED IN(ROW_ISSUED)
#define BOOKED IN(ROW_BOOKED)

#define ACT(name) RECORD__PERMIT__ACTION__##name

typedef void (*guard)(const struct permit_guard *g);

/* Guards in the order in which their refusals are said. */
struct move {
	Record__Permit__Action action;
	unsigned from; /* IN(state) */
	bool fresh; /* its signer must have seen the newest event */
	guard guards[12];
};

static const struct move moves[] = {
    {ACT(APPLY), BOOKED, true,
        {permit_guard_booked, permit_guard_application, permit_guard_steps}},
    {ACT(APPROVE), WAITING, true,
        {permit_guard_going, permit_guard_sample, permit_guard_fields,
            permit_guard_signer, permit_guard_steps, permit_guard_world}},
    {ACT(START), ISSUED, true,
        {permit_guard_going, permit_guard_begun, permit_guard_sample,
            permit_guard_daily, permit_guard_fields, permit_guard_signer,
            permit_guard_steps, permit_guard_world, permit_guard_chain,
            permit_guard_monitors, permit_guard_decision}},
    {ACT(RESUME), STOPPED, true,
        {permit_guard_going, permit_guard_break, permit_guard_daily,
            permit_guard_fields, permit_guard_signer, permit_guard_steps,
            permit_guard_world, permit_guard_monitors, permit_guard_decision}},
    {ACT(SUSPEND), ISSUED | GOING | STOPPED, false, {0}},
    {ACT(FINISH), GOING | STOPPED, false, {permit_guard_fields}},
    {ACT(ACCEPT), IN(ROW_FINISHED), false,
        {permit_guard_fields, permit_guard_signer}},
    {ACT(CLOSE), IN(ROW_ACCEPTED), false,
        {permit_guard_right, permit_guard_fields, permit_guard_signer}},
    {ACT(REJECT), BOOKED | WAITING, false, {permit_guard_fields}},
    {ACT(CANCEL), BOOKED | WAITING | ISSUED | STOPPED, false,
        {permit_guard_fields}},
    {ACT(VOID), WAITING | ISSUED | GOING | STOPPED, false,
        {permit_guard_fields, permit_guard_chain}},
    {ACT(STEP), BOOKED | WAITING | ISSUED | GOING | STOPPED, false,
        {permit_guard_step}},
    {ACT(CHANGE_GUARDIAN), WAITING | ISSUED | GOING | STOPPED, true,
        {permit_guard_change, permit_guard_fields, permit_guard_signer,
            permit_guard_decision}},
    {ACT(CHANGE_WORKERS), WAITING | ISSUED | GOING | STOPPED, true,
        {permit_guard_change, permit_guard_fields, permit_guard_signer}},
};

static const struct move *
move_of(Record__Permit__Action action)
{
	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
		if (moves[i].action == action)
			return &moves[i];
	}
	return NULL;
}

static struct rule_verdict
applied(const struct rule *note)
{
	return (struct rule_verdict){
	    .outcome = LEDGER__OUTCOME__APPLIED, .rule = note};
}

static struct rule_verdict
refuse(enum rule_id id)
{
	return (struct rule_verdict){.refused = true, .rule = rule_get(id)};
}

/* The permit has moved on since: live events are refused, late ones kept. */
static struct rule_verdict
moved_on(const struct permit_event *e, enum rule_id id)
{
	return (struct rule_verdict){
	    .refused = !e->late,
	    .outcome = LEDGER__OUTCOME__LATE,
	    .rule = rule_get(id),
	};
}

static void
run_guards(const struct move *m, const struct permit_event *e, bool signing,
    struct rule_gaps *gaps)
{
	const struct permit_guard g = {
	    .e = e, .action = m->action, .signing = signing, .gaps = gaps};

	for (size_t i = 0;
	     i < sizeof m->guards / sizeof m->guards[0] && m->guards[i] != NULL;
	     i++)
		m->guards[i](&g);
}

static struct rule_verdict
lacking(const struct permit_event *e, const struct rule_gaps *gaps)
{
	return (struct rule_verdict){
	    .refused = !e->late,
	    .outcome = LEDGER__OUTCOME__NOT_APPLIED,
	    .rule = gaps->at[0].rule,
	    .gap = gaps->at[0],
	};
}

static struct rule_verdict
check_move(const struct permit_event *e, const struct move *m)
{
	struct rule_gaps gaps = {.len = 0};
	bool resume = m->action == ACT(RESUME);

	if ((m->from >> e->row->state & 1u) == 0 ||
	    (resume && e->occurred_us < e->row->stop_us))
		return moved_on(e, RULE_STATE_FORBIDS);
	if (m->fresh && e->stale)
		return moved_on(e, RULE_SEQ_STALE);
	run_guards(m, e, true, &gaps);
	if (m->action != ACT(SUSPEND) &&
	    !permit_has_room(e->row, e->msg, e->world.signer))
		rule_miss(&gaps,
		    (struct rule_gap){.rule = rule_get(RULE_SIGNATURES_FULL)});
	return gaps.len == 0 ? applied(NULL) : lacking(e, &gaps);
}

/* The first event: a booking, or an application where none is asked for. */
static struct rule_verdict
check_first(const struct permit_event *e)
{
	const bool book = e->msg->action == ACT(BOOK);
	struct rule_gaps gaps = {.len = 0};
	const struct permit_guard g = {
	    .e = e, .action = e->msg->action, .signing = true, .gaps = &gaps};

	if (e->row != NULL)
		return refuse(RULE_RECORD_EXISTS);
	if (e->pack == NULL)
		return refuse(RULE_PACK_MISSING);
	if (book != (e->pack->booking != NULL))
		return refuse(book ? RULE_BOOKING_NONE : RULE_BOOKING_MISSING);
	if (book)
		permit_guard_booking(&g);
	else
		permit_guard_application(&g);
	if (gaps.len == 0)
		return applied(NULL);
	return (struct rule_verdict){
	    .refused = true, .rule = gaps.at[0].rule, .gap = gaps.at[0]};
}

/* When a sample counts as taken: a clock that runs ahead makes none fresher,
 * nor one that came before a stop later than it. */
static int64_t
taken_us(const struct permit_event *e)
{
	return e->msg->sampled_at < e->came_us ? e->msg->sampled_at
	                                       : e->came_us;
}

static bool
is_newest(const struct permit_event *e)
{
	bool bad = e->gas == PERMIT_GAS_OVER || e->gas == PERMIT_GAS_UNUSABLE;

	return taken_us(e) >= e->row->mark_us - (bad ? PERMIT_SKEW_US : 0);
}

static struct rule_verdict
check_gas_test(const struct permit_event *e)
{
	static const enum rule_id code[] = {
	    [PERMIT_GAS_NONE] = RULE_GAS_MISSING,
	    [PERMIT_GAS_OK] = RULE_GAS_OK,
	    [PERMIT_GAS_OVER] = RULE_GAS_OVER_LIMIT,
	    [PERMIT_GAS_UNUSABLE] = RULE_GAS_UNUSABLE,
	};

	static const struct move fields = {
	    .action = ACT(GAS_TEST), .guards = {permit_guard_fields}};
	struct rule_gaps gaps = {.len = 0};

	if (!e->msg->has_sampled_at || e->msg->n_gas == 0)
		return refuse(RULE_FIELD_MISSING);
	if (e->msg->sampled_at > e->occurred_us)
		return refuse(RULE_TIME_FUTURE);
	if (e->row->state > ROW_SUSPENDED)
		return moved_on(e, RULE_STATE_FINAL);
	if (e->row->state == ROW_BOOKED)
		return moved_on(e, RULE_STATE_FORBIDS);
	/* A newer sample is known: this one is history either way. */
	if (!is_newest(e))
		return (struct rule_verdict){.outcome = LEDGER__OUTCOME__LATE,
		    .rule = rule_get(RULE_LATE_EVENT)};
	run_guards(&fields, e, true, &gaps);
	/* A bad reading is heard whatever its form lacks. */
	if (e->gas == PERMIT_GAS_OK && gaps.len > 0)
		return lacking(e, &gaps);
	if (e->gas != PERMIT_GAS_OK || e->instrument == NULL)
		return applied(rule_get(code[e->gas]));
	return (struct rule_verdict){.outcome = LEDGER__OUTCOME__APPLIED,
	    .rule = e->instrument,
	    .gap = {.rule = e->instrument, .what = e->denied_name}};
}

/* What stops work is not refused for what it names beside. */
static bool
must_be_heard(const struct permit_event *e)
{
	return e->msg->action == ACT(SUSPEND) ||
	    (e->msg->action == ACT(GAS_TEST) &&
	        (e->gas == PERMIT_GAS_OVER || e->gas == PERMIT_GAS_UNUSABLE));
}

struct rule_verdict
permit_check(const struct permit_event *e)
{
	const Record__Permit__Action a = e->msg->action;
	const struct move *m;

	if (!must_be_heard(e) &&
	    (e->msg->n_equipment > PERMIT_THINGS_MAX ||
	        e->msg->n_instruments > PERMIT_THINGS_MAX))
		return refuse(RULE_LIST_TOO_LONG);
	if (a == ACT(BOOK) ||
	    (a == ACT(APPLY) &&
	        (e->row == NULL || e->row->state != ROW_BOOKED)))
		return check_first(e);
	if (e->row == NULL)
		return refuse(RULE_RECORD_UNKNOWN);
	if (e->row->state > ROW_FINISHED &&
	    (a != ACT(CLOSE) || e->row->state != ROW_ACCEPTED))
		return moved_on(e, RULE_STATE_FINAL);
	if (a == ACT(GAS_TEST))
		return check_gas_test(e);
	m = move_of(a);
	return m != NULL ? check_move(e, m) : refuse(RULE_FIELD_MISSING);
}

Record__Permit__Action
permit_missing(const struct permit_event *e, struct rule_gaps *out)
{
	static const Record__Permit__Action next[] = {
	    [ROW_BOOKED] = ACT(APPLY),
	    [ROW_APPLIED] = ACT(APPROVE),
	    [ROW_TESTED] = ACT(APPROVE),
	    [ROW_ISSUED] = ACT(START),
	    [ROW_IN_PROGRESS] = ACT(FINISH),
	    [ROW_SUSPENDED] = ACT(RESUME),
	    [ROW_FINISHED] = ACT(ACCEPT),
	    [ROW_ACCEPTED] = ACT(CLOSE),
	};

	const struct move *m;

	out->len = 0;
	if (e->row->state == 0 || e->row->state > ROW_ACCEPTED ||
	    (e->row->state == ROW_ACCEPTED && !permit_guard_archives(e)))
		return ACT(ACTION_UNSPECIFIED);
	m = move_of(next[e->row->state]);
	if (m != NULL)
		run_guards(m, e, false, out);
	return next[e->row->state];
}

void
permit_gaps(const struct permit_event *e, struct rule_gaps *out)
{
	const struct move *m = move_of(e->msg->action);

	out->len = 0;
	if (e->row != NULL && m != NULL && (m->from >> e->row->state & 1u) != 0)
		run_guards(m, e, true, out);
}

bool
permit_lets_go(Record__Permit__Action action)
{
	return action == RECORD__PERMIT__ACTION__APPROVE ||
	    action == RECORD__PERMIT__ACTION__START ||
	    action == RECORD__PERMIT__ACTION__RESUME;
}

bool
permit_must_stop(const struct row *r, const struct permit_event *e)
{
	return e->msg->action == ACT(GAS_TEST) &&
	    (e->gas == PERMIT_GAS_OVER || e->gas == PERMIT_GAS_UNUSABLE) &&
	    is_newest(e) &&
	    (r->state == ROW_ISSUED || r->state == ROW_IN_PROGRESS);
}
