/* points_test.c - a balance is never below nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/points.h"

#include <criterion/criterion.h>

#include "node/domain/case.h"
#include "tests/support/chance.h"

static char words[] = "P-17";
static char blank[] = " ";
static char accepted[] = "ACCEPTED";
static Pack__PointsRule rule = {
    PROTOBUF_C_MESSAGE_INIT(&pack__points_rule__descriptor),
    .name = words,
    .state = accepted,
    .amount = 20,
};

static struct row
accepted_case(void)
{
	Record__Case m = RECORD__CASE__INIT;
	struct case_facts f = {.msg = &m, .recorded_us = 5};
	struct row r = {.kind = LEDGER__KIND__CASE};

	m.action = RECORD__CASE__ACTION__REPORT;
	case_fold(&r, &f);
	m.action = RECORD__CASE__ACTION__ACCEPT;
	case_fold(&r, &f);
	return r;
}

Test(points_check, awards_by_rule_and_spends_what_is_there)
{
	struct row account = {.kind = LEDGER__KIND__POINTS};
	struct row c = accepted_case();
	Record__Points m = RECORD__POINTS__INIT;
	struct points_event e = {.msg = &m, .rule = &rule, .the_case = &c};

	m.action = RECORD__POINTS__ACTION__AWARD;
	m.account = m.reason = words;
	cr_assert_str_eq(points_check(&e).rule->code, "POINTS_CASE", "type");
	e.right_type = true;
	cr_assert_null(points_check(&e).rule);
	c.flags = ROW_EXERCISE;
	cr_assert_str_eq(points_check(&e).rule->code, "POINTS_EXERCISE");
	c.flags = ROW_ANONYMOUS;
	cr_assert_str_eq(points_check(&e).rule->code, "POINTS_SECRET");
	c.flags = 0;
	c.work.steps_len = 1;
	cr_assert_str_eq(points_check(&e).rule->code, "POINTS_CASE", "state");
	e.rule = NULL;
	cr_assert_str_eq(points_check(&e).rule->code, "POINTS_RULE");
	m.action = RECORD__POINTS__ACTION__REDEEM;
	m.amount = 1;
	cr_assert_str_eq(points_check(&e).rule->code, "POINTS_SHORT");
	account.members = 20;
	e.row = &account;
	m.amount = 21;
	cr_assert_str_eq(points_check(&e).rule->code, "POINTS_SHORT");
	m.amount = 20;
	cr_assert_null(points_check(&e).rule);
	m.account = blank;
	cr_assert_str_eq(points_check(&e).gap.what, "account", "of nobody");
	m.account = words;
	m.amount = 0;
	cr_assert_str_eq(points_check(&e).rule->code, "FIELD_MISSING");
}

/* Whatever comes, also what no check let through: an erased past. */
static void
law(struct chance *c)
{
	struct row r = {.kind = LEDGER__KIND__POINTS};
	int64_t balance = 0;

	for (int i = 0; i < 50; i++) {
		Record__Points m = RECORD__POINTS__INIT;
		struct points_event e = {.row = &r, .msg = &m};
		bool ok;

		m.action = RECORD__POINTS__ACTION__REDEEM;
		m.account = m.reason = words;
		m.amount = (uint32_t)chance_below(c, 40);
		if (chance_below(c, 2) != 0)
			m.action = RECORD__POINTS__ACTION__AWARD;
		ok = m.action == RECORD__POINTS__ACTION__AWARD ||
		    !points_check(&e).refused;
		chance_holds(c,
		    !ok || m.action != RECORD__POINTS__ACTION__REDEEM ||
		        balance >= m.amount);
		points_fold(&r, &m);
		balance += m.action == RECORD__POINTS__ACTION__AWARD
		    ? (int64_t)m.amount
		    : -(int64_t)m.amount;
		if (balance < 0)
			balance = 0;
		chance_holds(c, r.members == balance);
		chance_holds(c, r.alive - r.unseen == r.members);
	}
}

Test(points_law, never_goes_below_nothing)
{
	chance_each(1000, law);
}
