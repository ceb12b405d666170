/* rule_alarm_test.c - each of the 25 rules as an alarm of a running node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/rule_alarms.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/packed.h"
#include "tests/support/works.h"

#define MIN PLANT_MINUTE
#define HOUR (60 * MIN)
#define MORNING (10 * 60)
#define EVENING (16 * 60)
#define ACT(name) RECORD__PERMIT__ACTION__##name
#define DAY(when) (1u << PACK__UPGRADE__WHEN__##when)
#define SP RECORD__PERMIT__LEVEL__SPECIAL
#define L1 RECORD__PERMIT__LEVEL__LEVEL_1
#define L2 RECORD__PERMIT__LEVEL__LEVEL_2
#define NONE RECORD__PERMIT__LEVEL__UNLEVELLED
#define HEIGHT "height@2022.1"
#define SPACE "confined-space@2022.1"
#define BLIND "blind-plate@2022.1"
#define POWER "temporary-electricity@2022.1"
#define REDUCED "hot-work@2022.1"
#define WHOLE "hot-work@2022.2"
#define METER 1e-5 /* degrees of latitude, or somewhat more */

static struct works w;

static void
turn(int64_t us)
{
	works_turn(&w, us);
}

static void
morning(struct job *j, const char *pack, Record__Permit__Level level)
{
	works_until(&w, MORNING, WORKS_ANY);
	works_job(j, &w, pack, level, NULL);
}

/* Planned for the afternoon: nobody is late with its approval. */
static void
afternoon(struct job *j, const char *pack)
{
	morning(j, pack, L1);
	j->from_us += 4 * HOUR;
}

/* Signed offline at a time, and sent an hour later. */
static void
late(struct job *j, const struct plant_person *who, int64_t at_us)
{
	Ledger__Outcome got;

	turn(at_us + HOUR - w.p.now);
	cr_assert(works_send(j, who, at_us, &got));
}

static void
late_start(struct job *j, int64_t at_us)
{
	(void)works_event(j, ACT(START));
	late(j, &j->guard, at_us);
}

/* ---- each: up to the moment at which the node has to say something, or does
 * not have to ---- */

/* The approval is signed offline without a sample, or with one. */
static void
r01(struct job *j, bool broken)
{
	morning(j, REDUCED, L1);
	works_apply(j);
	if (!broken)
		works_gas(j, 0.1);
	(void)works_event(j, ACT(APPROVE));
	late(j, &w.boss, w.p.now);
}

/* 30 or 31 minutes from the sample to the start. */
static void
r02(struct job *j, bool broken)
{
	morning(j, REDUCED, L1);
	works_issue(j);
	late_start(j, w.p.now + (broken ? 31 : 30) * MIN);
}

static void
r03(struct job *j, bool broken)
{
	morning(j, REDUCED, L1);
	works_start(j);
	works_do(j, ACT(SUSPEND), &j->guard);
	(void)works_event(j, ACT(RESUME));
	late(j, &j->guard, w.p.now + (broken ? 31 : 30) * MIN);
}

static void
r04(struct job *j, bool broken)
{
	works_until(&w, EVENING, WORKS_ANY);
	works_job(j, &w, REDUCED, L2, NULL);
	j->to_us = w.p.now + 48 * HOUR;
	works_start(j);
	turn(works_midnight(&w) - w.p.now - (broken ? 0 : MIN));
}

static void
r05(struct job *j, bool broken)
{
	morning(j, SPACE, NONE);
	works_start(j);
	turn((broken ? 121 : 120) * MIN);
}

static void
r06(struct job *j, bool broken)
{
	morning(j, REDUCED, L1);
	works_start(j);
	turn(j->to_us - w.p.now + (broken ? MIN : 0));
}

/* What was put is removed under the same permit. */
static void
r07(struct job *j, bool broken)
{
	morning(j, BLIND, NONE);
	works_start(j);
	if (broken)
		j->operation = RECORD__BLIND_FORM__OPERATION__REMOVE;
	(void)works_event(j, ACT(FINISH));
	late(j, &w.boss, w.p.now + MIN);
}

/* A circle of 60 m, known to 5 m: 54 or 56 m from its centre. */
static void
r08(struct job *j, bool broken)
{
	afternoon(j, HEIGHT);
	works_apply(j);
	works_steps(j, ACT(APPROVE), WORKS_ALL);
	works_event(j, ACT(APPROVE))->latitude +=
	    (broken ? 56 : 54) / 111194.93;
	late(j, &w.boss, w.p.now);
}

/* Another guardian starts it than the one who is named. */
static void
r09(struct job *j, bool broken)
{
	morning(j, HEIGHT, L1);
	works_issue(j);
	(void)works_event(j, ACT(START));
	late(j, broken ? &w.stranger : &j->guard, w.p.now + MIN);
}

static void
days(struct job *j, bool broken, unsigned after, int minute)
{
	static bool whole;
	char name[] = WHOLE;

	if (!whole)
		packed_activate(&w.p, name, NULL);
	whole = true;
	works_until(&w, EVENING, after);
	works_job(j, &w, WHOLE, L2, NULL);
	j->to_us = w.p.now + 48 * HOUR;
	works_start(j);
	turn(works_midnight(&w) - w.p.now + minute * MIN - MIN);
	if (minute > 1)
		works_gas(j, 0.1);
	if (broken)
		turn(MIN);
	if (broken && minute == 0)
		works_gas(j, 0.1);
}
static void
r10(struct job *j, bool broken)
{
	days(j, broken, DAY(HOLIDAY), 0);
}
static void
r11(struct job *j, bool broken)
{
	days(j, broken, DAY(REST_DAY), 0);
}
static void
r12(struct job *j, bool broken)
{
	days(j, broken, 0, 30);
}
static void
r13(struct job *j, bool broken)
{
	days(j, broken, DAY(SPECIAL_PERIOD), 0);
}

/* The worker has no card of any kind, or his own. */
static void
r14(struct job *j, bool broken)
{
	morning(j, HEIGHT, L1);
	j->uncarded = broken;
	works_issue(j);
	late_start(j, w.p.now + MIN);
}

/* A card that ends at the minute of the start, or one later; by the time that
 * the node hears of it both have ended. */
static void
r15(struct job *j, bool broken)
{
	morning(j, HEIGHT, L1);
	j->card_to_us = w.p.now + (broken ? 5 : 6) * MIN;
	works_issue(j);
	late_start(j, w.p.now + 5 * MIN);
}

/* The form gives the number of a card that is another's, or his own. */
static void
r16(struct job *j, bool broken)
{
	static struct job other;

	morning(j, HEIGHT, L1);
	works_job(&other, &w, HEIGHT, L1, NULL);
	works_apply(&other);
	if (broken)
		memcpy(j->form_number, other.number, sizeof j->form_number);
	works_issue(j);
	late_start(j, w.p.now + MIN);
}

/* Work is begun before its approval, or after it. */
static void
r17(struct job *j, bool broken)
{
	if (broken) {
		afternoon(j, HEIGHT);
		works_apply(j);
	} else {
		morning(j, HEIGHT, L1);
		works_issue(j);
	}
	late_start(j, w.p.now + MIN);
}

/* The hot work that this one goes with is called off, or merely stops. */
static void
r18(struct job *j, bool broken)
{
	static struct job other;

	morning(&other, WHOLE, L1);
	works_start(&other);
	works_job(j, &w, HEIGHT, L1, &other);
	j->links[0] = other.permit;
	works_start(j);
	works_do(&other, ACT(SUSPEND), &other.guard);
	if (broken)
		works_do(&other, ACT(CANCEL), &w.boss);
}

/* Two works in one area, linked or not. */
static struct job beside;
static void
r19(struct job *j, bool broken)
{
	works_until(&w, MORNING, WORKS_ANY);
	works_job(&beside, &w, BLIND, NONE, NULL);
	works_start(&beside);
	works_job(j, &w, HEIGHT, L1, &beside);
	if (!broken)
		j->links[0] = beside.permit;
	works_start(j);
}

static void
without(struct job *j, bool broken, const char *step)
{
	afternoon(j, HEIGHT);
	works_apply(j);
	works_steps(j, ACT(APPROVE), broken ? step : WORKS_ALL);
	(void)works_event(j, ACT(APPROVE));
	late(j, &w.boss, w.p.now);
}
static void
r20(struct job *j, bool broken)
{
	without(j, broken, "brief lead unit");
}
static void
r22(struct job *j, bool broken)
{
	without(j, broken, "measures lead unit");
}

/* A briefing about risks that nobody has analysed. */
static void
r21(struct job *j, bool broken)
{
	static char brief[] = "brief";

	afternoon(j, HEIGHT);
	works_apply(j);
	works_steps(j, ACT(APPROVE),
	    broken ? "risk brief measures lead unit"
	           : "brief measures lead unit");
	works_event(j, ACT(STEP))->step = brief;
	late(j, &w.boss, w.p.now);
}

/* 5.3.2: LEL of 5 %, so 0.5 %vol are the most. */
static void
r23(struct job *j, bool broken)
{
	morning(j, WHOLE, L1);
	works_start(j);
	turn(MIN);
	works_gas(j, broken ? 0.51 : 0.5);
}

static void
r24(struct job *j, bool broken)
{
	morning(j, HEIGHT, L1);
	works_apply(j);
	turn(broken ? MIN : 0);
}

static void
r25(struct job *j, bool broken)
{
	works_until(&w, EVENING, WORKS_ANY);
	works_job(j, &w, POWER, NONE, NULL);
	j->explosive = true;
	j->to_us = w.p.now + 48 * HOUR;
	works_start(j);
	turn(works_midnight(&w) - w.p.now - (broken ? 0 : MIN));
}

/* ---- what ends it ---- */

static void
a_good_sample(struct job *j)
{
	turn(MIN);
	works_gas(j, 0.1);
}

static void
its_end(struct job *j)
{
	works_do(j, ACT(FINISH), &j->guard);
}

static void
its_stop(struct job *j)
{
	works_do(j, ACT(SUSPEND), &j->guard);
}

static void
a_refusal(struct job *j)
{
	works_do(j, ACT(REJECT), &w.boss);
}

static void
the_other_ends(struct job *j)
{
	(void)j;
	works_do(&beside, ACT(FINISH), &beside.guard);
}

/* ---- looking ---- */

static Api__Records *
alarms_in(char *area)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;

	q.area = area;
	cr_assert_eq(
	    query_list(w.p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	return list;
}

struct expected {
	const char *rule, *clause, *code;
	uint32_t level;
	const char *state;
};

static void
must_say(struct job *j, const struct expected *x)
{
	Api__Records *list = alarms_in(j->area);
	const Api__RecordView *found = NULL;
	Api__RecordView *v;
	const Record__Alarm *a;
	char detail[160];

	for (size_t i = 0; i < list->n_items; i++) {
		a = list->items[i]->events[0]->alarm;
		cr_assert_str_eq(
		    a->std_code, x->code, "%s: %s", x->rule, a->detail);
		/* R19 is of both. */
		if (strcmp(a->work->permit_ids[0], j->permit) != 0)
			continue;
		cr_assert_null(found, "%s: said twice", x->rule);
		found = list->items[i];
	}
	cr_assert_not_null(found, "%s is not said", x->rule);
	a = found->events[0]->alarm;
	(void)snprintf(detail, sizeof detail, "%s: %s", x->rule, x->clause);
	cr_assert_str_eq(a->detail, detail);
	cr_assert_str_eq(a->std_code, x->code);
	cr_assert_eq(a->level, x->level);
	cr_assert_str_eq(a->kind, "permit");
	cr_assert_str_eq(a->area, j->area);
	cr_assert_eq(a->work->n_permit_ids, 1u);
	cr_assert_str_eq(a->work->permit_ids[0], j->permit);
	cr_assert_str_eq(found->state, x->state, "%s", x->rule);
	v = plant_get(&w.p, LEDGER__KIND__PERMIT, j->permit);
	cr_assert_eq(v->n_alarms, 1u, "%s: in the permit's view", x->rule);
	cr_assert_str_eq(v->alarms[0]->record_id, found->record_id);
	cr_assert_str_eq(v->alarms[0]->code, x->code);
	cr_assert_str_eq(v->alarms[0]->state, x->state);
	api__record_view__free_unpacked(v, NULL);
	api__records__free_unpacked(list, NULL);
}

static void
must_say_nothing(struct job *j, const char *rule)
{
	Api__Records *list = alarms_in(j->area);

	cr_assert_eq(list->n_items, 0u, "%s: what just keeps it: %s", rule,
	    list->n_items > 0 ? list->items[0]->events[0]->alarm->detail : "");
	api__records__free_unpacked(list, NULL);
}

#define GB "GB 30871-2022 "
#define AQ "AQ 3064.2-2025 "

struct rule_row {
	struct expected is;
	void (*make)(struct job *j, bool broken);
	const char *what;
	void (*ends)(struct job *j); /* NULL: people close it */
};

static const struct rule_row rows[PERMIT_RULES] = {
    {{"R01", GB "5.3.1, 6.3, 10.1", "01", 1, NULL}, r01,
        "approved offline without a sample / with one", NULL},
    {{"R02", GB "5.3.1c, 6.3a", "02", 2, NULL}, r02,
        "started offline 31 / 30 min after the sample", NULL},
    {{"R03", GB "5.3.1d, 6.3f", "03", 2, NULL}, r03,
        "resumed offline after 31 / 30 min", NULL},
    {{"R04", GB "5.3.1d", "04", 2, NULL}, r04, "00:00 / 23:59", a_good_sample},
    {{"R05", GB "6.5", "05", 2, NULL}, r05, "121 / 120 min", a_good_sample},
    {{"R06", GB "4.16", "10", 2, NULL}, r06, "8 h 1 min / 8 h", its_end},
    {{"R07", GB "7.11", "20", 2, NULL}, r07, "put, then removed / put", NULL},
    {{"R08", GB "4.11a", "30", 2, NULL}, r08, "56 / 54 m of 60, +-5", NULL},
    {{"R09", GB "4.10f", "31", 2, NULL}, r09,
        "started by another guardian / by his", NULL},
    {{"R10", GB "5.1.1", "40", 2, NULL}, r10, "00:00 / 23:59", its_stop},
    {{"R11", GB "5.1.1", "41", 2, NULL}, r11, "00:00 / 23:59", its_stop},
    {{"R12", GB "5.1.1", "42", 2, NULL}, r12, "00:30 / 00:29", its_stop},
    {{"R13", GB "5.1.1", "43", 2, NULL}, r13, "00:00 / 23:59", its_stop},
    {{"R14", GB "4.9", "50", 1, NULL}, r14, "no card / a card", NULL},
    {{"R15", GB "4.9", "51", 1, NULL}, r15, "ended / ends in 1 min", NULL},
    {{"R16", GB "4.9", "52", 1, NULL}, r16, "another's number / his", NULL},
    {{"R17", GB "4.6", "60", 1, NULL}, r17, "before / after approval", NULL},
    {{"R18", GB "4.6", "61", 2, NULL}, r18,
        "the linked one is cancelled / stopped", its_stop},
    {{"R19", GB "4.6", "62", 3, NULL}, r19, "not linked / linked",
        the_other_ends},
    {{"R20", GB "4.4", "70", 2, NULL}, r20, "no briefing / a briefing", NULL},
    {{"R21", GB "4.1", "80", 2, NULL}, r21, "no analysis / an analysis", NULL},
    {{"R22", GB "4.6", "90", 2, NULL}, r22, "not confirmed / confirmed", NULL},
    {{"R23", GB "5.3.2, 6.4; " AQ "5.9.3", "L-23", 1, NULL}, r23,
        "0.51 / 0.50 %vol", a_good_sample},
    {{"R24", AQ "5.9.9", "L-24", 3, NULL}, r24, "1 / 0 min late", a_refusal},
    {{"R25", AQ "5.9.2", "04", 2, NULL}, r25, "00:00 / 23:59", a_good_sample},
};

static void
look_twice(void)
{
	works_look(&w);
	works_look(&w);
}

static void
check(const struct rule_row *r)
{
	struct expected x = r->is;
	struct job j;

	r->make(&j, false);
	look_twice();
	must_say_nothing(&j, x.rule);
	r->make(&j, true);
	look_twice();
	x.state = "RAISED";
	must_say(&j, &x);
	if (r->ends == NULL)
		return;
	r->ends(&j);
	look_twice();
	x.state = "RETURNED";
	must_say(&j, &x);
}

/* Rule, clause, code of AQ 3064.2-2025 A.4 (L-..: it has none), level, what
 * breaks it and what just does not. */
Test(rule_alarm, each_of_the_25_rules_is_said_by_a_running_node_and_ends)
{
	works_begin(&w);
	for (size_t i = 0; i < PERMIT_RULES; i++) {
		printf("%s  %-5s level %u  %-40s %s%s\n", rows[i].is.rule,
		    rows[i].is.code, rows[i].is.level, rows[i].is.clause,
		    rows[i].what, rows[i].ends != NULL ? "; returns" : "");
		(void)fflush(stdout);
		check(&rows[i]);
	}
	works_end(&w);
}

static size_t
said_of(const struct job *j)
{
	Api__RecordView *v = plant_get(&w.p, LEDGER__KIND__PERMIT, j->permit);
	const size_t n = v->n_alarms;

	api__record_view__free_unpacked(v, NULL);
	return n;
}

static void
people_close(const struct job *j)
{
	Api__RecordView *v = plant_get(&w.p, LEDGER__KIND__PERMIT, j->permit);

	plant_clear(&w.p, v->alarms[0]->record_id);
	api__record_view__free_unpacked(v, NULL);
}

Test(rule_alarm, one_that_people_closed_is_said_again_once_it_was_over)
{
	static struct job j, third;

	works_begin(&w);
	r19(&j, true);
	look_twice();
	cr_assert_eq(said_of(&j), 1u);
	people_close(&j);
	look_twice();
	cr_assert_eq(said_of(&j), 1u, "it is still so");
	the_other_ends(&j);
	look_twice();
	works_job(&third, &w, BLIND, NONE, &j);
	works_start(&third);
	look_twice();
	cr_assert_eq(said_of(&j), 2u, "another work, as little linked");
	works_end(&w);
}
