/* alarm_test.c - alarms: raised, acknowledged, cleared. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/alarm.h"

#include <criterion/criterion.h>

#define A(name) RECORD__ALARM__ACTION__##name

Test(alarm_check, follows_raise_acknowledge_clear)
{
	static const struct {
		uint8_t state; /* 0: no record */
		Record__Alarm__Action action;
		const char *code;
	} rows[] = {
	    {0, A(ACTION_UNSPECIFIED), NULL},
	    {0, A(RAISE), NULL},
	    {0, A(ACK), "RECORD_UNKNOWN"},
	    {ROW_RAISED, A(RAISE), "RECORD_EXISTS"},
	    {ROW_RAISED, A(ACK), NULL},
	    {ROW_RAISED, A(CLEAR), NULL},
	    {ROW_ACKNOWLEDGED, A(ACK), "STATE_FORBIDS"},
	    {ROW_ACKNOWLEDGED, A(CLEAR), NULL},
	    {ROW_CLEARED, A(ACK), "STATE_FINAL"},
	    {ROW_CLEARED, A(CLEAR), "STATE_FINAL"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct row r = {.state = rows[i].state};
		struct alarm_event e = {
		    .row = rows[i].state != 0 ? &r : NULL,
		    .action = rows[i].action,
		};
		struct rule_verdict v = alarm_check(&e);

		cr_assert_eq(v.refused, rows[i].code != NULL, "row %zu", i);
		if (rows[i].code != NULL)
			cr_assert_str_eq(v.rule->code, rows[i].code);
	}
}

Test(alarm_check, keeps_a_late_acknowledgement_of_a_cleared_alarm)
{
	struct row r = {.state = ROW_CLEARED};
	struct alarm_event e = {.row = &r, .action = A(ACK), .late = true};
	struct rule_verdict v = alarm_check(&e);

	cr_assert(!v.refused);
	cr_assert_eq(v.outcome, LEDGER__OUTCOME__LATE);
	cr_assert_eq(alarm_after(ROW_CLEARED, A(ACK)), ROW_CLEARED);
}
