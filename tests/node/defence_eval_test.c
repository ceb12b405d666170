/* defence_eval_test.c - rules fire where they must, and within their bounds. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/defence_eval.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/defence_match.h"
#include "tests/support/chance.h"

#define MINUTE INT64_C(60000000)
#define START INT64_C(1795315800000000)
#define ACTION(x) RECORD__PERMIT__ACTION__##x

/* A rule and its evaluation, and what was fed so far. */
struct setting {
	struct defence_rule rule;
	struct defence_eval *d;
	uint64_t place;
	int64_t now;
};

static struct setting s;

static void
make(struct defence_rule *out, const char *rest)
{
	char text[DEFENCE_RULE_BYTES];
	struct err_why why = {.text = ""};

	(void)snprintf(text, sizeof text,
	    "defence:\n  id: r\n  version: \"1\"\n  title: t\n  titleZh: t\n"
	    "  text: t\n  textZh: t\n  clause: c\n  raise: {level: 2}\n%s",
	    rest);
	cr_assert_eq(defence_rule_read(out, bytes_str(text), &why), ERR_OK,
	    "%s", why.text);
}

static void
begin(const char *rest)
{
	const struct defence_rule *list[] = {&s.rule};

	make(&s.rule, rest);
	s.d = defence_eval_new(list, 1);
	s.now = START;
	s.place = 1;
}

static void
end(void)
{
	defence_eval_free(s.d);
	defence_rule_clear(&s.rule);
	memset(&s, 0, sizeof s);
}

/* Does it fire, so long after the last entry? */
static bool
feed(struct defence_event e, int64_t after_us)
{
	struct defence_fire fires[DEFENCE_EVAL_RULES];

	s.now += after_us;
	e.place = s.place++;
	e.at_us = s.now;
	return defence_eval_feed(s.d, &e, fires) == 1;
}

static struct defence_event
alarm_at(const char *area)
{
	return (struct defence_event){.what = DEFENCE_ALARM,
	    .kind = "gas",
	    .code = "L-01",
	    .level = 2,
	    .area = area};
}

static struct defence_event
permit(uint8_t id, Record__Permit__Action action, const char *area)
{
	return (struct defence_event){.what = DEFENCE_PERMIT,
	    .id = {id},
	    .action = action,
	    .area = area,
	    .kind = area != NULL ? "hot-work" : NULL,
	    .level = RECORD__PERMIT__LEVEL__LEVEL_1};
}

#define TWO                                           \
	"  scope: AREA\n  quietMinutes: 30\n  all:\n" \
	"    - alarms: {kinds: [gas], level: 2, minutes: 10, count: 2}\n"

Test(defence_eval, a_window_holds_its_edge_and_not_a_microsecond_more)
{
	begin(TWO);
	cr_assert_not(feed(alarm_at("a"), 0));
	cr_assert(feed(alarm_at("a"), 10 * MINUTE));
	end();
	begin(TWO);
	cr_assert_not(feed(alarm_at("a"), 0));
	cr_assert_not(feed(alarm_at("a"), 10 * MINUTE + 1));
	cr_assert(feed(alarm_at("a"), 1));
	end();
}

Test(defence_eval, counts_by_area_kind_and_level)
{
	struct defence_event e;

	begin(TWO);
	cr_assert_not(feed(alarm_at("a"), 0));
	cr_assert_not(feed(alarm_at("b"), 1));
	cr_assert_not(feed(alarm_at(NULL), 1));
	e = alarm_at("a");
	e.level = 3;
	cr_assert_not(feed(e, 1));
	e.level = 1;
	e.kind = "fire";
	cr_assert_not(feed(e, 1));
	e = alarm_at("a");
	e.exercise = true;
	cr_assert_not(feed(e, 1));
	/* One name, however it is written. */
	e = alarm_at(" A ");
	e.kind = "GAS";
	cr_assert(feed(e, 1));
	end();
}

Test(defence_eval, is_quiet_in_that_area_for_as_long_as_it_says)
{
	begin(TWO);
	(void)feed(alarm_at("a"), 0);
	cr_assert(feed(alarm_at("a"), 0));
	cr_assert_not(feed(alarm_at("a"), 30 * MINUTE - 1));
	cr_assert_not(feed(alarm_at("b"), 0));
	cr_assert(feed(alarm_at("b"), 0));
	cr_assert(feed(alarm_at("a"), 1));
	end();
}

Test(defence_eval, what_was_told_late_counts_by_its_own_time)
{
	struct defence_event e = alarm_at("a");

	begin(TWO);
	(void)feed(alarm_at("a"), 0);
	e.said_us = s.now - DEFENCE_EVAL_LATE_US - 1;
	cr_assert_not(feed(e, 0));
	/* A clock that is wrong by less hides nothing. */
	e.said_us = s.now - DEFENCE_EVAL_LATE_US;
	cr_assert(feed(e, 0));
	end();
}

Test(defence_eval, a_permit_counts_while_its_work_may_go_on)
{
	static const char rest[] =
	    "  scope: AREA\n  quietMinutes: 1\n  all:\n"
	    "    - alarms: {minutes: 1}\n"
	    "    - permits: {types: [hot-work], levels: [LEVEL_1]}\n";
	struct defence_event e;

	begin(rest);
	cr_assert_not(feed(alarm_at("a"), MINUTE));
	(void)feed(permit(1, ACTION(APPLY), "a"), 0);
	cr_assert_not(feed(alarm_at("a"), MINUTE));
	/* The condition may become true by the permit. */
	cr_assert(feed(permit(1, ACTION(APPROVE), NULL), 0));
	(void)feed(permit(1, ACTION(START), NULL), MINUTE);
	cr_assert_not(feed(alarm_at("b"), MINUTE));
	cr_assert(feed(alarm_at("a"), MINUTE));
	(void)feed(permit(1, ACTION(SUSPEND), NULL), 0);
	cr_assert_not(feed(alarm_at("a"), MINUTE));
	(void)feed(permit(1, ACTION(RESUME), NULL), 2 * MINUTE);
	cr_assert(feed(alarm_at("a"), MINUTE));
	(void)feed(permit(1, ACTION(FINISH), NULL), 0);
	cr_assert_not(feed(alarm_at("a"), MINUTE));
	/* Of another level, of an exercise, and one whose time is over. */
	e = permit(2, ACTION(APPLY), "a");
	e.level = RECORD__PERMIT__LEVEL__LEVEL_2;
	(void)feed(e, 0);
	(void)feed(permit(2, ACTION(APPROVE), NULL), 0);
	e = permit(3, ACTION(APPLY), "a");
	e.exercise = true;
	(void)feed(e, 0);
	(void)feed(permit(3, ACTION(APPROVE), NULL), 0);
	e = permit(4, ACTION(APPLY), "a");
	e.until_us = s.now + MINUTE;
	(void)feed(e, 0);
	(void)feed(permit(4, ACTION(APPROVE), NULL), 0);
	cr_assert_not(feed(alarm_at("a"), MINUTE + 1));
	end();
}

Test(defence_eval, names_the_area_of_a_permit_whole)
{
	struct defence_fire fires[DEFENCE_EVAL_RULES];
	struct defence_event e;
	char area[256];

	memset(area, 'a', sizeof area - 1);
	area[sizeof area - 1] = '\0';
	begin("  scope: AREA\n  quietMinutes: 30\n  all:\n"
	      "    - permits: {types: [hot-work]}\n");
	cr_assert_not(feed(permit(1, ACTION(APPLY), area), 0));
	e = permit(1, ACTION(APPROVE), NULL);
	e.place = s.place++;
	e.at_us = s.now;
	cr_assert_eq(defence_eval_feed(s.d, &e, fires), 1);
	cr_assert_str_eq(fires[0].area, area);
	end();
}

/* What stood on the stack of the last call is gone. */
static void __attribute__((noinline)) write_over_stack(void)
{
	volatile char below[8192];

	for (size_t i = 0; i < sizeof below; i++)
		below[i] = '#';
}

Test(defence_eval, names_the_area_of_an_alarm_until_the_next_entry)
{
	struct defence_fire fires[DEFENCE_EVAL_RULES];
	char area[DEFENCE_EVAL_AREA];
	struct defence_event e = alarm_at(area);

	memset(area, 'a', sizeof area - 1);
	area[0] = '\t'; /* no blank that folds away (fold.c) */
	area[sizeof area - 1] = '\0';
	begin(TWO);
	cr_assert_not(feed(e, 0));
	e.place = s.place++;
	e.at_us = s.now;
	cr_assert_eq(defence_eval_feed(s.d, &e, fires), 1u);
	write_over_stack();
	cr_assert_str_eq(fires[0].area, area);
	end();
}

Test(defence_eval, any_areas_wind_certificates_and_the_whole_site)
{
	struct defence_event e = {
	    .what = DEFENCE_CERTIFICATE, .kind = "welding"};

	begin("  scope: SITE\n  quietMinutes: 1\n  areas: [tank-*, dock]\n"
	      "  all:\n    - alarms: {codes: [L-01], minutes: 5}\n"
	      "  any:\n    - wind: {grade: 6, minutes: 5}\n"
	      "    - alarms: {level: 1, minutes: 5}\n");
	cr_assert_not(feed(alarm_at("tank-1"), 0));
	e = alarm_at("dock");
	e.code = "other";
	e.wind = 5;
	cr_assert_not(feed(e, 0));
	e.wind = 6;
	e.area = "office";
	cr_assert_not(feed(e, 0));
	e.area = "Tank-2";
	cr_assert(feed(e, 0));
	end();
	begin(
	    "  scope: SITE\n  quietMinutes: 1\n  all:\n"
	    "    - certificates: {classes: [welding], minutes: 5, count: 2}\n");
	e = (struct defence_event){
	    .what = DEFENCE_CERTIFICATE, .kind = "welding"};
	cr_assert_not(feed(e, 0));
	cr_assert(feed(e, 0));
	end();
}

Test(defence_eval, what_its_own_alarms_say_keeps_it_quiet_and_is_no_cause)
{
	struct defence_event own = {.what = DEFENCE_FIRED, .rule = "r@1"};

	begin("  scope: AREA\n  quietMinutes: 30\n  all:\n"
	      "    - alarms: {minutes: 10}\n");
	own.area = "a";
	own.said_us = s.now;
	cr_assert_not(feed(own, 0));
	cr_assert_not(feed(alarm_at("a"), 30 * MINUTE - 1));
	cr_assert(feed(alarm_at("a"), 1));
	/* Another version's. */
	own.rule = "r@2";
	own.area = "b";
	own.said_us = s.now;
	(void)feed(own, 0);
	cr_assert(feed(alarm_at("b"), 0));
	end();
}

Test(defence_eval, nothing_fires_for_what_was_before_it)
{
	begin(TWO);
	defence_eval_from(s.d, 2);
	defence_eval_since(s.d, 0, START + 2);
	(void)feed(alarm_at("a"), 0);
	cr_assert_not(feed(alarm_at("a"), 1));
	cr_assert(feed(alarm_at("a"), 1));
	end();
}

Test(defence_eval, a_clock_that_goes_back_hides_no_alarm)
{
	begin(TWO);
	(void)feed(alarm_at("a"), 0);
	cr_assert(feed(alarm_at("a"), 0));
	cr_assert_not(feed(alarm_at("a"), -60 * MINUTE));
	cr_assert(feed(alarm_at("a"), 0));
	end();
}

/* ---- bounds ---- */

static char name[16];

static const char *
area_number(size_t i)
{
	(void)snprintf(name, sizeof name, "area-%zu", i);
	return name;
}

Test(defence_eval, more_areas_than_it_keeps_stop_it_and_stale_ones_do_not)
{
	begin(TWO);
	for (size_t i = 0; i < DEFENCE_EVAL_AREAS; i++)
		(void)feed(alarm_at(area_number(i)), 0);
	cr_assert_eq(defence_eval_over(s.d, 0), DEFENCE_WITHIN);
	(void)feed(alarm_at("one more"), 10 * MINUTE + 1);
	cr_assert_eq(defence_eval_over(s.d, 0), DEFENCE_WITHIN);
	for (size_t i = 0; i < DEFENCE_EVAL_AREAS - 1; i++)
		(void)feed(alarm_at(area_number(1000 + i)), 0);
	cr_assert_eq(defence_eval_over(s.d, 0), DEFENCE_WITHIN);
	(void)feed(alarm_at("too many"), 0);
	cr_assert_eq(defence_eval_over(s.d, 0), DEFENCE_OVER_AREAS);
	cr_assert_not(feed(alarm_at("too many"), 0));
	end();
}

Test(defence_eval, fires_sixty_times_in_an_hour_and_then_no_more)
{
	begin("  scope: AREA\n  quietMinutes: 1\n  all:\n"
	      "    - alarms: {minutes: 1}\n");
	for (size_t i = 0; i < DEFENCE_EVAL_FIRES; i++)
		cr_assert(feed(alarm_at(area_number(i)), 0));
	cr_assert_not(feed(alarm_at("last"), 0));
	cr_assert_eq(defence_eval_over(s.d, 0), DEFENCE_OVER_FIRES);
	cr_assert_not(feed(alarm_at("last"), 120 * MINUTE));
	end();
}

Test(defence_eval, too_much_work_for_one_entry_stops_it_and_not_the_others)
{
	struct defence_rule quick;
	const struct defence_rule *list[] = {&s.rule, &quick};
	struct defence_fire fires[DEFENCE_EVAL_RULES];
	struct defence_event e;

	begin("  scope: SITE\n  quietMinutes: 1\n  all:\n"
	      "    - alarms: {minutes: 1}\n  any:\n"
	      "    - permits: {types: [b1]}\n    - permits: {types: [b2]}\n"
	      "    - permits: {types: [b3]}\n    - permits: {types: [b4]}\n"
	      "    - permits: {types: [b5]}\n    - permits: {types: [b6]}\n");
	make(&quick,
	    "  scope: SITE\n  quietMinutes: 1\n  all:\n"
	    "    - alarms: {minutes: 1}\n");
	defence_eval_free(s.d);
	s.d = defence_eval_new(list, 2);
	for (unsigned i = 0; i < DEFENCE_EVAL_PERMITS; i++) {
		e = permit(0, ACTION(APPLY), "a");
		e.id[0] = (uint8_t)i;
		e.id[1] = (uint8_t)(i >> 8);
		(void)feed(e, 0);
	}
	e = alarm_at("a");
	e.place = s.place++;
	e.at_us = s.now;
	cr_assert_eq(defence_eval_feed(s.d, &e, fires), 1);
	cr_assert_eq(fires[0].rule, &quick);
	cr_assert_eq(defence_eval_over(s.d, 0), DEFENCE_OVER_STEPS);
	cr_assert_eq(defence_eval_over(s.d, 1), DEFENCE_WITHIN);
	/* And one open permit more than it follows stops both, loudly. */
	e = permit(0, ACTION(APPLY), "a");
	e.id[15] = 1;
	(void)feed(e, 0);
	(void)feed(alarm_at("a"), 2 * MINUTE);
	cr_assert_eq(defence_eval_over(s.d, 1), DEFENCE_OVER_PERMITS);
	defence_rule_clear(&quick);
	end();
}

/* ---- laws ---- */

#define LENGTH 400

static struct defence_event
any_event(struct chance *c)
{
	static const char *const areas[] = {"a", "b", "c"};
	struct defence_event e = {.what = DEFENCE_OTHER};
	const char *area = areas[chance_below(c, 3)];

	switch (chance_below(c, 5)) {
	case 0:
		return e;
	case 1:
		e = permit((uint8_t)chance_below(c, 5), ACTION(APPLY), area);
		return e;
	case 2:
		return permit((uint8_t)chance_below(c, 5),
		    (Record__Permit__Action)(1 + chance_below(c, 14)), NULL);
	default:
		e = alarm_at(area);
		e.level = (unsigned)(1 + chance_below(c, 3));
		return e;
	}
}

/* Wherever a run is cut, what is filled from the log goes on as if nothing had
 * been: told once more by the alarms that it raised. */
static void
goes_on(struct chance *c)
{
	static const char rest[] =
	    "  scope: AREA\n  quietMinutes: 7\n  all:\n"
	    "    - alarms: {level: 2, minutes: 9, count: 3}\n"
	    "  any:\n    - permits: {types: [hot-work]}\n"
	    "    - alarms: {level: 1, minutes: 4}\n";
	static struct defence_event log[2 * LENGTH];
	static bool fired[2 * LENGTH], again[2 * LENGTH];
	struct defence_fire fires[DEFENCE_EVAL_RULES];
	const struct defence_rule *list[] = {&s.rule};
	struct defence_eval *d;
	size_t len = 0, cut;

	begin(rest);
	for (size_t i = 0; i < LENGTH; i++) {
		struct defence_event e = any_event(c);

		s.now += (int64_t)chance_below(c, 90) * 1000000;
		e.at_us = s.now;
		e.place = len;
		log[len] = e;
		fired[len] = defence_eval_feed(s.d, &e, fires) == 1;
		if (fired[len]) {
			const struct defence_event own = {.what = DEFENCE_FIRED,
			    .place = len + 1,
			    .at_us = s.now,
			    .said_us = s.now,
			    .area = e.what == DEFENCE_PERMIT
			        ? fires[0].area[0] == 'a'     ? "a"
			            : fires[0].area[0] == 'b' ? "b"
			                                      : "c"
			        : e.area,
			    .rule = "r@1"};

			len++;
			log[len] = own;
			fired[len] = false;
			(void)defence_eval_feed(s.d, &own, fires);
		}
		len++;
	}
	cut = chance_below(c, len);
	d = defence_eval_new(list, 1);
	defence_eval_from(d, cut);
	for (size_t i = 0; i < len; i++) {
		again[i] = defence_eval_feed(d, &log[i], fires) == 1;
		chance_holds(c, again[i] == (i >= cut && fired[i]));
	}
	defence_eval_free(d);
	end();
}

Test(defence_eval, a_restart_anywhere_fires_as_if_there_were_none)
{
	chance_each(60, goes_on);
}

Test(defence_eval, work_that_is_suspended_is_only_what_the_rule_names)
{
	struct defence_rule r;

	make(&r,
	    "  scope: AREA\n  quietMinutes: 1\n  all:\n"
	    "    - alarms: {minutes: 1}\n"
	    "  suspend: {types: [hot-work], levels: [SPECIAL, LEVEL_1]}\n");
	cr_assert(defence_match_work(r.said->suspend, "hot-work", 2));
	cr_assert_not(defence_match_work(r.said->suspend, "hot-work", 3));
	cr_assert_not(defence_match_work(r.said->suspend, "lifting", 2));
	cr_assert_not(defence_match_work(r.said->suspend, NULL, 2));
	defence_rule_clear(&r);
}
