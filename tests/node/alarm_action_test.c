/* alarm_action_test.c - what is to be done about an alarm, and who says so. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/alarm_action.h"

#include <criterion/criterion.h>
#include <string.h>

static char gas[] = "gas";
static char Gas[] = "GAS";
static char fire[] = "fire";
static char name[] = "gas leaks";
static char verb[] = "isolate";
static char own[] = "open PV-12";

struct scene {
	Record__Recommended by_policy, by_alarm;
	Record__Recommended *list[1], *own[1];
	char *kinds[1];
	uint32_t levels[2];
	Pack__AlarmClass class;
	Pack__AlarmClass *classes[1];
	Pack__AlarmPolicy policy;
	Record__Alarm alarm;
};

static void
begin(struct scene *s)
{
	record__recommended__init(&s->by_policy);
	record__recommended__init(&s->by_alarm);
	s->by_policy.verb = verb;
	s->by_alarm.text = own;
	s->list[0] = &s->by_policy;
	s->own[0] = &s->by_alarm;
	s->kinds[0] = gas;
	s->levels[0] = 1;
	s->levels[1] = 2;
	pack__alarm_class__init(&s->class);
	s->class.name = name;
	s->class.kinds = s->kinds;
	s->class.n_kinds = 1;
	s->class.levels = s->levels;
	s->class.n_levels = 2;
	s->class.actionable = true;
	s->class.recommended = s->list;
	s->class.n_recommended = 1;
	s->classes[0] = &s->class;
	pack__alarm_policy__init(&s->policy);
	s->policy.classes = s->classes;
	s->policy.n_classes = 1;
	record__alarm__init(&s->alarm);
	s->alarm.kind = gas;
	s->alarm.level = 2;
}

Test(alarm_action, what_the_alarm_says_goes_before_what_the_policy_says)
{
	struct scene s;

	begin(&s);
	struct alarm_action a = alarm_action(&s.policy, &s.alarm);
	cr_assert(a.by_policy);
	cr_assert_eq(a.len, 1u);
	cr_assert_str_eq(a.at[0]->verb, verb);
	s.alarm.recommended = s.own;
	s.alarm.n_recommended = 1;
	a = alarm_action(&s.policy, &s.alarm);
	cr_assert_not(a.by_policy);
	cr_assert_str_eq(a.at[0]->text, own);
	cr_assert_not(a.missing);
}

Test(alarm_action, a_class_holds_by_kind_and_level)
{
	struct scene s;

	begin(&s);
	s.alarm.kind = Gas;
	cr_assert_eq(alarm_action(&s.policy, &s.alarm).len, 1u);
	s.alarm.level = 3;
	cr_assert_eq(alarm_action(&s.policy, &s.alarm).len, 0u);
	s.class.n_levels = 0;
	cr_assert_eq(alarm_action(&s.policy, &s.alarm).len, 1u);
	s.alarm.kind = fire;
	cr_assert_eq(alarm_action(&s.policy, &s.alarm).len, 0u);
	s.class.n_kinds = 0;
	cr_assert_eq(alarm_action(&s.policy, &s.alarm).len, 1u);
}

Test(alarm_action, an_actionable_alarm_that_nobody_has_an_action_for_says_so)
{
	struct scene s;

	begin(&s);
	s.alarm.kind = fire;
	cr_assert_not(alarm_action(&s.policy, &s.alarm).missing);
	s.alarm.actionable = true;
	cr_assert(alarm_action(&s.policy, &s.alarm).missing);
	cr_assert(alarm_action(NULL, &s.alarm).missing, "without a policy");
	s.alarm.kind = gas;
	cr_assert_not(alarm_action(&s.policy, &s.alarm).missing);
	s.class.n_recommended = 0;
	cr_assert(alarm_action(&s.policy, &s.alarm).missing);
	s.alarm.actionable = false;
	cr_assert(alarm_action(&s.policy, &s.alarm).missing, "its class is");
}

Test(alarm_action_check, an_actionable_class_needs_an_action)
{
	struct scene s;

	begin(&s);
	cr_assert_eq(alarm_action_check(&s.policy, NULL), ERR_OK);
	s.class.n_recommended = 0;
	cr_assert_eq(alarm_action_check(&s.policy, NULL), ERR_MALFORMED);
	s.class.actionable = false;
	cr_assert_eq(alarm_action_check(&s.policy, NULL), ERR_OK);
	s.class.n_recommended = 1;
	s.by_policy.verb = NULL;
	cr_assert_eq(alarm_action_check(&s.policy, NULL), ERR_MALFORMED);
	s.by_policy.verb = verb;
	s.levels[1] = 4;
	cr_assert_eq(alarm_action_check(&s.policy, NULL), ERR_MALFORMED);
	s.levels[1] = 2;
	s.class.name = NULL;
	cr_assert_eq(alarm_action_check(&s.policy, NULL), ERR_MALFORMED);
}
