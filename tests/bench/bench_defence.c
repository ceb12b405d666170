/* bench_defence.c - what rules of joint defence cost for each alarm. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_defence.h"

#include <stdio.h>

#include "node/domain/defence_eval.h"
#include "tests/bench/bench.h"

#define AREAS 200
#define PERMITS 500
#define ALARMS 20000
#define START INT64_C(1795315800000000)

static void
make(struct defence_rule *out, unsigned number, unsigned conditions)
{
	char text[DEFENCE_RULE_BYTES];
	struct err_why why = {.text = ""};
	int n = snprintf(text, sizeof(text),
	    "defence:\n  id: r-%u\n  version: \"1\"\n  title: t\n"
	    "  titleZh: t\n  text: t\n  textZh: t\n  clause: c\n"
	    "  scope: AREA\n  quietMinutes: 60\n  raise: {level: 2}\n"
	    "  all:\n    - alarms: {kinds: [gas, fire], level: 2, "
	    "minutes: 1440, count: 16}\n",
	    number);

	for (unsigned i = 1; i < conditions; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "    - permits: {types: [type-%u]}\n", i);
	if (defence_rule_read(out, bytes_of(text, (size_t)n), &why) != ERR_OK)
		bench_fail("%s", why.text);
}

static double
run(const struct defence_rule *const *rules, size_t len)
{
	struct defence_eval *d = defence_eval_new(rules, len);
	struct defence_fire fires[DEFENCE_EVAL_RULES];
	struct defence_event e = {.at_us = START, .area = "a", .level = 2};
	char area[24];
	double begun;

	e.what = DEFENCE_PERMIT;
	e.kind = "hot-work";
	e.action = RECORD__PERMIT__ACTION__APPLY;
	for (unsigned i = 0; i < PERMITS; i++) {
		e.id[0] = (uint8_t)i;
		e.id[1] = (uint8_t)(i >> 8);
		(void)defence_eval_feed(d, &e, fires);
	}
	e.what = DEFENCE_ALARM;
	e.kind = "gas";
	e.area = area;
	begun = bench_now();
	for (unsigned i = 0; i < ALARMS; i++) {
		(void)snprintf(area, sizeof(area), "area-%u", i % AREAS);
		e.place = i;
		e.at_us += 1000000;
		(void)defence_eval_feed(d, &e, fires);
	}
	begun = bench_now() - begun;
	defence_eval_free(d);
	return begun * 1e9 / ALARMS;
}

void
bench_defence(struct bench *b)
{
	static struct defence_rule rule[DEFENCE_EVAL_RULES];
	const struct defence_rule *list[DEFENCE_EVAL_RULES];

	for (unsigned i = 0; i < DEFENCE_EVAL_RULES; i++) {
		make(&rule[i], i, i == 0 ? 2 : DEFENCE_RULE_CONDITIONS);
		list[i] = &rule[i];
	}
	bench_add(b, "defence_one", run(list, 1), "ns",
	    "of each alarm: one rule of two conditions, %d areas, %d permits",
	    AREAS, PERMITS);
	bench_add(b, "defence_most", run(list, DEFENCE_EVAL_RULES), "ns",
	    "of each alarm: %d rules, all but one of %d conditions, likewise",
	    DEFENCE_EVAL_RULES, DEFENCE_RULE_CONDITIONS);
	for (unsigned i = 0; i < DEFENCE_EVAL_RULES; i++)
		defence_rule_clear(&rule[i]);
}
