/* permit_codes_test.c - the 25 rules of special work, one row each. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/domain/permit_rules.h"
#include "node/packs_file.h"
#include "tests/support/permit_form.h"

#define MIN INT64_C(60000000)
#define HOUR (60 * MIN)
#define T0 INT64_C(1795315800000000) /* 10:50 in China */
#define L1 RECORD__PERMIT__LEVEL__LEVEL_1
#define L2 RECORD__PERMIT__LEVEL__LEVEL_2
#define NONE RECORD__PERMIT__LEVEL__UNLEVELLED
#define DAY(when) (1u << PACK__UPGRADE__WHEN__##when)

static struct packs *packs;

/* Work that goes by the book, with one thing wrong. */
struct seen {
	struct row r;
	struct permit_rules_view v;
	struct rule_verdict kept; /* or of an event that came late */
	struct rule_list decision;
	struct permit_event late;
	Record__Permit msg;
};

static void
by_the_book(struct seen *s, const char *pack, Record__Permit__Level level)
{
	const Pack__Work *w = packs_version(packs, packs_id(pack));

	cr_assert_not_null(w);
	*s = (struct seen){
	    .r = {.kind = LEDGER__KIND__PERMIT,
	        .state = ROW_IN_PROGRESS,
	        .level = (uint8_t)level,
	        .flags = ROW_GAS_OK,
	        .from_us = T0 - HOUR,
	        .to_us = T0 + 7 * HOUR,
	        .mark_us = T0 - 10 * MIN,
	        .start_us = T0,
	        .work = {.conditions = 15, .base_level = (uint8_t)level}},
	    .v = {.pack = w, .now_us = T0, .days_known = true}};
	s->v.row = &s->r;
	for (size_t i = 0; i < w->n_steps; i++)
		s->r.work.steps[s->r.work.steps_len++] = (struct row_step){
		    packs_id(w->steps[i]->name), T0 - 5 * MIN, 7};
	cr_assert_eq(permit_rules_now(&s->v), 0u, "%s", pack);
}

static void
without(struct seen *s, const char *step)
{
	by_the_book(s, "lifting@2022.1", L2);
	for (size_t i = 0; i < s->r.work.steps_len; i++) {
		if (s->r.work.steps[i].name == packs_id(step))
			s->r.work.steps[i].name = 1;
	}
}

static void
kept(struct seen *s, enum rule_id id)
{
	by_the_book(s, "hot-work@2022.2", L1);
	s->kept = (struct rule_verdict){
	    .outcome = LEDGER__OUTCOME__NOT_APPLIED, .rule = rule_get(id)};
}

static void
denied(struct seen *s, enum rule_id id)
{
	kept(s, RULE_DECISION_DENY);
	rule_add(&s->decision, rule_get(id));
}

static void
r01(struct seen *s)
{
	by_the_book(s, "hot-work@2022.1", L1);
	s->r.flags = 0;
}
static void
r02(struct seen *s)
{
	kept(s, RULE_GAS_TOO_OLD);
}
static void
r03(struct seen *s)
{
	kept(s, RULE_BREAK_TOO_LONG);
}
static void
r04(struct seen *s)
{
	by_the_book(s, "hot-work@2022.1", L2);
	s->r.to_us = T0 + 72 * HOUR;
	s->v.now_us = T0 + 14 * HOUR;
}
static void
r05(struct seen *s)
{
	by_the_book(s, "confined-space@2022.1", NONE);
	s->v.now_us = T0 + 121 * MIN;
}
static void
r06(struct seen *s)
{
	by_the_book(s, "hot-work@2022.1", L1);
	s->v.now_us = s->r.to_us + MIN;
}
static void
r07(struct seen *s)
{
	kept(s, RULE_ONE_BLIND);
}
static void
r08(struct seen *s)
{
	kept(s, RULE_POSITION_AWAY);
}
static void
r09(struct seen *s)
{
	kept(s, RULE_NOT_NAMED);
}
static void
r10(struct seen *s)
{
	by_the_book(s, "hot-work@2022.2", L1);
	s->v.days = DAY(HOLIDAY);
}
static void
r11(struct seen *s)
{
	by_the_book(s, "hot-work@2022.2", L1);
	s->v.days = DAY(REST_DAY);
}
static void
r12(struct seen *s)
{
	by_the_book(s, "hot-work@2022.2", L1);
	s->v.days = DAY(NIGHT);
}
static void
r13(struct seen *s)
{
	by_the_book(s, "hot-work@2022.2", L1);
	s->v.days = DAY(SPECIAL_PERIOD);
}
static void
r14(struct seen *s)
{
	denied(s, RULE_NO_CREDENTIAL);
}
static void
r15(struct seen *s)
{
	denied(s, RULE_CREDENTIAL_EXPIRED);
}
static void
r16(struct seen *s)
{
	denied(s, RULE_HOLDER_BOUND);
}
static void
r17(struct seen *s)
{
	by_the_book(s, "hot-work@2022.1", L1);
	s->r.state = ROW_APPLIED;
	s->r.start_us = 0;
	s->r.from_us = T0; /* approval is not late yet: that would be R24 */
	record__permit__init(&s->msg);
	s->msg.action = RECORD__PERMIT__ACTION__START;
	s->late = (struct permit_event){.row = &s->r,
	    .pack = s->v.pack,
	    .msg = &s->msg,
	    .occurred_us = T0,
	    .late = true};
}
static void
r18(struct seen *s)
{
	by_the_book(s, "height@2022.1", L1);
	s->v.link_broken = true;
}
static void
r19(struct seen *s)
{
	by_the_book(s, "height@2022.1", L1);
	s->v.unlinked = true;
}
static void
r20(struct seen *s)
{
	without(s, "brief");
}
static void
r21(struct seen *s)
{
	without(s, "risk");
}
static void
r22(struct seen *s)
{
	without(s, "measures");
}
static void
r23(struct seen *s)
{
	by_the_book(s, "hot-work@2022.1", L1);
	s->r.flags = ROW_GAS_BAD;
	s->r.state = ROW_SUSPENDED;
}
static void
r24(struct seen *s)
{
	by_the_book(s, "height@2022.1", L1);
	s->r.state = ROW_APPLIED;
}
static void
r25(struct seen *s)
{
	by_the_book(s, "temporary-electricity@2022.1", NONE);
	s->r.to_us = T0 + 72 * HOUR;
	s->v.now_us = T0 + 14 * HOUR;
}

static uint32_t
broken(const struct seen *s)
{
	struct rule_verdict v;

	if (s->kept.rule != NULL)
		return permit_rules_kept(s->v.pack, &s->kept, &s->decision);
	if (s->late.msg == NULL)
		return permit_rules_now(&s->v);
	v = permit_check(&s->late);
	cr_assert_not(v.refused, "it came late: it is kept");
	return permit_rules_begun(&s->late, &v);
}

#define GB "GB 30871-2022 "
#define AQ "AQ 3064.2-2025 "

/* Rule, clause, code of AQ 3064.2-2025 A.4 (L-..: it has none), level of the
 * alarm, and what breaks it. */
Test(permit_codes, each_of_the_25_rules_is_broken_by_what_it_forbids)
{
	static const struct {
		const char *rule, *clause, *code;
		uint32_t level;
		void (*make)(struct seen *s);
	} rows[PERMIT_RULES] = {
	    {"R01", GB "5.3.1, 6.3, 10.1", "01", 1, r01},
	    {"R02", GB "5.3.1c, 6.3a", "02", 2, r02},
	    {"R03", GB "5.3.1d, 6.3f", "03", 2, r03},
	    {"R04", GB "5.3.1d", "04", 2, r04},
	    {"R05", GB "6.5", "05", 2, r05},
	    {"R06", GB "4.16", "10", 2, r06},
	    {"R07", GB "7.11", "20", 2, r07},
	    {"R08", GB "4.11a", "30", 2, r08},
	    {"R09", GB "4.10f", "31", 2, r09},
	    {"R10", GB "5.1.1", "40", 2, r10},
	    {"R11", GB "5.1.1", "41", 2, r11},
	    {"R12", GB "5.1.1", "42", 2, r12},
	    {"R13", GB "5.1.1", "43", 2, r13},
	    {"R14", GB "4.9", "50", 1, r14},
	    {"R15", GB "4.9", "51", 1, r15},
	    {"R16", GB "4.9", "52", 1, r16},
	    {"R17", GB "4.6", "60", 1, r17},
	    {"R18", GB "4.6", "61", 2, r18},
	    {"R19", GB "4.6", "62", 3, r19},
	    {"R20", GB "4.4", "70", 2, r20},
	    {"R21", GB "4.1", "80", 2, r21},
	    {"R22", GB "4.6", "90", 2, r22},
	    {"R23", GB "5.3.2, 6.4; " AQ "5.9.3", "L-23", 1, r23},
	    {"R24", AQ "5.9.9", "L-24", 3, r24},
	    {"R25", AQ "5.9.2", "04", 2, r25},
	};
	const Pack__Codes *codes;

	cr_assert_eq(packs_open(&packs, NULL, NULL), ERR_OK);
	codes = packs_codes(packs, T0);
	cr_assert_eq(codes->n_codes, PERMIT_RULES);
	for (unsigned n = 1; n <= PERMIT_RULES; n++) {
		const Pack__Code *c = codes->codes[n - 1];
		struct seen s;

		printf("%s  %-5s level %u  %s\n", rows[n - 1].rule,
		    rows[n - 1].code, rows[n - 1].level, rows[n - 1].clause);
		cr_assert_str_eq(c->rule, rows[n - 1].rule);
		cr_assert_str_eq(c->clause, rows[n - 1].clause);
		cr_assert_str_eq(c->code, rows[n - 1].code);
		cr_assert_eq(c->level, rows[n - 1].level);
		rows[n - 1].make(&s);
		cr_assert_eq(broken(&s), PERMIT_RULE(n), "%s", c->rule);
	}
	packs_free(packs);
}

/* R17: after the end, too; not while the permit was good, nor once begun. */
Test(
    permit_codes, work_without_a_permit_is_before_its_approval_or_after_its_end)
{
	static const struct {
		uint8_t state;
		int64_t after_us; /* the start, after the newest event */
		uint32_t rules;
	} rows[] = {
	    {ROW_BOOKED, 0, PERMIT_RULE(17)},
	    {ROW_APPLIED, -HOUR, PERMIT_RULE(17)},
	    {ROW_TESTED, 0, PERMIT_RULE(17)},
	    {ROW_IN_PROGRESS, 0, 0},
	    {ROW_SUSPENDED, 0, 0},
	    {ROW_CANCELLED, 1, PERMIT_RULE(17)},
	    {ROW_CANCELLED, -1, 0},
	    {ROW_VOIDED, 1, PERMIT_RULE(17)},
	    {ROW_ACCEPTED, 1, PERMIT_RULE(17)},
	    {ROW_ACCEPTED, -1, 0},
	};

	cr_assert_eq(packs_open(&packs, NULL, NULL), ERR_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rule_verdict v;
		struct seen s;

		r17(&s);
		s.r.state = rows[i].state;
		s.r.changed_us = T0;
		s.late.occurred_us = T0 + rows[i].after_us;
		v = permit_check(&s.late);
		cr_assert_eq(
		    permit_rules_begun(&s.late, &v), rows[i].rules, "%zu", i);
		s.late.late = false;
		v = permit_check(&s.late);
		cr_assert_eq(permit_rules_begun(&s.late, &v), 0u,
		    "live it is refused, and nothing happened");
	}
	packs_free(packs);
}

/* 7.11: what was applied for is put is not removed under the same permit. */
Test(permit_codes, a_blind_is_put_or_removed_under_a_permit)
{
	struct permit_form f;
	struct permit_event e = {.msg = &f.m, .late = true};
	struct seen s;
	struct rule_verdict v;

	cr_assert_eq(packs_open(&packs, NULL, NULL), ERR_OK);
	by_the_book(&s, "blind-plate@2022.1", NONE);
	permit_form_fill(&f, s.v.pack, RECORD__PERMIT__ACTION__FINISH);
	s.r.work.operation = RECORD__BLIND_FORM__OPERATION__PUT;
	e.row = &s.r;
	e.pack = s.v.pack;
	e.occurred_us = T0 + MIN;
	v = permit_check(&e);
	cr_assert_eq(v.outcome, LEDGER__OUTCOME__APPLIED);
	f.blind.operation = RECORD__BLIND_FORM__OPERATION__REMOVE;
	v = permit_check(&e);
	cr_assert_str_eq(v.rule->code, "ONE_BLIND");
	cr_assert_eq(permit_rules_kept(s.v.pack, &v, NULL), PERMIT_RULE(7));
	packs_free(packs);
}
