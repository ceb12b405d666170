/* permit_gas_test.c - gas and interruptions, around every limit. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "node/domain/permit.h"
#include "node/packs_file.h"

#define SECOND INT64_C(1000000)
#define MIN 60
#define HOUR (60 * MIN)
#define T0 INT64_C(1795315800000000) /* 10:50 in China */
#define ACT(name) RECORD__PERMIT__ACTION__##name

static struct packs *packs;

static void
open_packs(void)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(packs_open(&packs, NULL, &why), ERR_OK, "%s", why.text);
}

static void
close_packs(void)
{
	packs_free(packs);
}

TestSuite(permit_gas, .init = open_packs, .fini = close_packs);

/* One event: what it says, and when the node had it, in seconds after T0 and
 * microseconds more.  A gas test says when its sample was taken. */
struct tell {
	Record__Permit__Action action; /* 0: the story is over */
	int64_t said_s;
	int64_t came_s;
	int64_t more_us; /* of both */
	enum permit_gas gas;
	const char *annex; /* code of a SUSPEND */
};

#define GAS_GOOD PERMIT_GAS_OK
#define GAS_BAD PERMIT_GAS_OVER

#define GAS(said, came, verdict)                                             \
	{                                                                    \
		.action = ACT(GAS_TEST), .said_s = (said), .came_s = (came), \
		.gas = (verdict)                                             \
	}
#define STOP(said, came)                                                   \
	{                                                                  \
		.action = ACT(SUSPEND), .said_s = (said), .came_s = (came) \
	}
#define ALARM(at)                                                       \
	{                                                               \
		.action = ACT(SUSPEND), .said_s = (at), .came_s = (at), \
		.annex = "ALARM_SUSPENDS"                               \
	}
#define DO(name, at)                                                \
	{                                                           \
		.action = ACT(name), .said_s = (at), .came_s = (at) \
	}
#define LATER(name, at, us)                                          \
	{                                                            \
		.action = ACT(name), .said_s = (at), .came_s = (at), \
		.more_us = (us)                                      \
	}

/* All but the last must apply; of the last the code, NULL: it applies, too. */
struct story {
	const char *clause;
	uint8_t state; /* it begins in */
	Record__Permit__Level level;
	bool resume_test; /* of the pack */
	struct tell tells[7];
	const char *code;
};

#define L1 RECORD__PERMIT__LEVEL__LEVEL_1
#define L2 RECORD__PERMIT__LEVEL__LEVEL_2
#define SP RECORD__PERMIT__LEVEL__SPECIAL

static const struct story stories[] = {
    /* Sample to approval, sample to start. */
    {"5.3.1c", ROW_APPLIED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(APPROVE, 29 * MIN)}, NULL},
    {"5.3.1c", ROW_APPLIED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(APPROVE, 30 * MIN)}, NULL},
    {"5.3.1c", ROW_APPLIED, L1, false,
        {GAS(0, 0, GAS_GOOD), LATER(APPROVE, 30 * MIN, 1)}, "GAS_TOO_OLD"},
    {"5.3.1c", ROW_APPLIED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(APPROVE, 31 * MIN)}, "GAS_TOO_OLD"},
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, 29 * MIN)}, NULL},
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, 30 * MIN)}, NULL},
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), LATER(START, 30 * MIN, 1)}, "GAS_TOO_OLD"},
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, 31 * MIN)}, "GAS_TOO_OLD"},
    {"5.3.1c", ROW_ISSUED, L2, false,
        {GAS(0, 0, GAS_GOOD), DO(START, 31 * MIN)}, "GAS_TOO_OLD"},
    {"5.3.1c", ROW_ISSUED, L1, false, {DO(START, 0)}, "GAS_MISSING"},
    {"5.3.2", ROW_ISSUED, L1, false, {GAS(0, 0, GAS_BAD), DO(START, MIN)},
        "GAS_OVER_LIMIT"},
    /* Told late, the sample is as old as it is. */
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(-20 * MIN, 0, GAS_GOOD), DO(START, 10 * MIN)}, NULL},
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(-20 * MIN, 0, GAS_GOOD), DO(START, 11 * MIN)}, "GAS_TOO_OLD"},
    /* A clock ahead makes no sample fresher: it counts as of when it came. */
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(4 * MIN, 0, GAS_GOOD), DO(START, 30 * MIN)}, NULL},
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(4 * MIN, 0, GAS_GOOD), LATER(START, 30 * MIN, 1)}, "GAS_TOO_OLD"},
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(5 * MIN, 0, GAS_GOOD), DO(START, 34 * MIN)}, "GAS_TOO_OLD"},
    {"5.3.1c", ROW_ISSUED, L1, false,
        {GAS(1, 0, GAS_GOOD), DO(START, 30 * MIN)}, NULL},
    /* Nor does it hide the reading of another's clock. */
    {"5.3.2", ROW_ISSUED, L1, false,
        {GAS(4 * MIN, 0, GAS_GOOD), GAS(MIN, MIN, GAS_BAD), DO(START, 2 * MIN)},
        "GAS_OVER_LIMIT"},
    {"5.3.2", ROW_ISSUED, L1, false,
        {GAS(4 * MIN, 4 * MIN, GAS_GOOD), GAS(0, 5 * MIN, GAS_BAD),
            DO(START, 6 * MIN)},
        "GAS_OVER_LIMIT"},
    /* ... and nothing but a later sample makes that good. */
    {"5.3.2", ROW_ISSUED, L1, false,
        {GAS(4 * MIN, 4 * MIN, GAS_GOOD), GAS(0, 5 * MIN, GAS_BAD),
            GAS(4 * MIN, 6 * MIN, GAS_GOOD), DO(START, 7 * MIN)},
        "GAS_OVER_LIMIT"},
    {"5.3.2", ROW_ISSUED, L1, false,
        {GAS(4 * MIN, 4 * MIN, GAS_GOOD), GAS(0, 5 * MIN, GAS_BAD),
            GAS(6 * MIN, 6 * MIN, GAS_GOOD), DO(START, 7 * MIN)},
        NULL},
    /* Interruptions: more than 30 minutes, 60 at level 2. */
    {"5.3.1d", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(HOUR, HOUR),
            DO(RESUME, HOUR + 30 * MIN)},
        NULL},
    {"5.3.1d", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(HOUR, HOUR),
            LATER(RESUME, HOUR + 30 * MIN, 1)},
        "BREAK_TOO_LONG"},
    {"5.3.1d", ROW_ISSUED, SP, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(HOUR, HOUR),
            DO(RESUME, HOUR + 31 * MIN)},
        "BREAK_TOO_LONG"},
    {"5.3.1d", ROW_ISSUED, L2, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(HOUR, HOUR),
            DO(RESUME, 2 * HOUR)},
        NULL},
    {"5.3.1d", ROW_ISSUED, L2, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(HOUR, HOUR),
            DO(RESUME, HOUR + 61 * MIN)},
        "BREAK_TOO_LONG"},
    {"5.3.1d", ROW_ISSUED, L2, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(HOUR, HOUR),
            LATER(RESUME, 2 * HOUR, 1)},
        "BREAK_TOO_LONG"},
    {"5.3.1d", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(HOUR, HOUR),
            GAS(HOUR + 40 * MIN, HOUR + 40 * MIN, GAS_GOOD),
            DO(RESUME, HOUR + 41 * MIN)},
        NULL},
    {"5.3.1d", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(HOUR, HOUR),
            GAS(HOUR + MIN, HOUR + MIN, GAS_GOOD), DO(RESUME, HOUR + 32 * MIN)},
        "BREAK_TOO_LONG"},
    /* A stop that says a later time than it came makes no break shorter. */
    {"5.3.1d", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(HOUR + 4 * MIN, HOUR),
            DO(RESUME, HOUR + 31 * MIN)},
        "BREAK_TOO_LONG"},
    /* Before any resumption, however short the stop. */
    {"AQ 5.8.4", ROW_ISSUED, L1, true,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(2 * MIN, 2 * MIN),
            DO(RESUME, 3 * MIN)},
        "RESUME_NEEDS_TEST"},
    {"AQ 5.8.4", ROW_ISSUED, L2, true,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(2 * MIN, 2 * MIN),
            GAS(2 * MIN, 2 * MIN, GAS_GOOD), DO(RESUME, 3 * MIN)},
        "RESUME_NEEDS_TEST"}, /* not before the stop, nor with it */
    {"AQ 5.8.4", ROW_ISSUED, L1, true,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(2 * MIN, 2 * MIN),
            GAS(2 * MIN + 1, 2 * MIN + 1, GAS_GOOD), DO(RESUME, 3 * MIN)},
        NULL},
    {"AQ 5.8.4", ROW_ISSUED, L1, true,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(2 * MIN, 2 * MIN),
            GAS(3 * MIN, 3 * MIN, GAS_GOOD), LATER(RESUME, 33 * MIN, 1)},
        "BREAK_TOO_LONG"}, /* older than half an hour */
    {"AQ 5.8.4", ROW_ISSUED, L1, true,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), STOP(2 * MIN, 2 * MIN),
            GAS(3 * MIN, 3 * MIN, GAS_GOOD), DO(RESUME, 33 * MIN)},
        NULL},
    /* A sample that was told before the stop is none after it. */
    {"AQ 5.8.4", ROW_ISSUED, L1, true,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), GAS(6 * MIN, 2 * MIN, GAS_GOOD),
            STOP(3 * MIN, 3 * MIN), DO(RESUME, 7 * MIN)},
        "RESUME_NEEDS_TEST"},
    {"4.8", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), GAS(6 * MIN, 2 * MIN, GAS_GOOD),
            ALARM(3 * MIN), DO(RESUME, 7 * MIN)},
        "STOP_NEEDS_TEST"},
    {"4.8", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), ALARM(3 * MIN),
            GAS(3 * MIN, 4 * MIN, GAS_GOOD), DO(RESUME, 7 * MIN)},
        "STOP_NEEDS_TEST"},
    {"4.8", ROW_ISSUED, L1, false,
        {GAS(0, 0, GAS_GOOD), DO(START, MIN), ALARM(3 * MIN),
            GAS(4 * MIN, 4 * MIN, GAS_GOOD), DO(RESUME, 7 * MIN)},
        NULL},
    /* Eight hours, to the minute. */
    {"5.1.5", ROW_ISSUED, L1, false,
        {GAS(8 * HOUR - MIN, 8 * HOUR - MIN, GAS_GOOD),
            DO(START, 8 * HOUR - MIN)},
        NULL},
    {"5.1.5", ROW_ISSUED, L1, false,
        {GAS(8 * HOUR, 8 * HOUR, GAS_GOOD), DO(START, 8 * HOUR)}, NULL},
    {"4.16", ROW_ISSUED, L1, false,
        {GAS(8 * HOUR, 8 * HOUR, GAS_GOOD), LATER(START, 8 * HOUR, 1)},
        "PERMIT_EXPIRED"},
    {"4.16", ROW_ISSUED, L1, false,
        {GAS(8 * HOUR, 8 * HOUR, GAS_GOOD), DO(START, 8 * HOUR + MIN)},
        "PERMIT_EXPIRED"},
};

/* As the node does: what it finds out of an event, its annex, the fold. */
static struct rule_verdict
tell(struct row *r, const Pack__Work *w, const struct tell *t)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[] = {&g};
	int64_t said = T0 + t->said_s * SECOND + t->more_us;
	int64_t came = T0 + t->came_s * SECOND + t->more_us;
	struct permit_event e = {
	    .row = r,
	    .pack = w,
	    .msg = &m,
	    .occurred_us = said,
	    .came_us = came,
	    .gas = t->gas,
	    .allowed = true,
	};
	struct permit_facts f = {
	    .msg = &m,
	    .occurred_us = said,
	    .counted_us = said > came ? came : 0,
	};
	struct rule_verdict v;

	m.has_action = true;
	m.action = t->action;
	m.has_sampled_at = true;
	m.sampled_at = said;
	m.gas = list;
	m.n_gas = 1;
	v = permit_check(&e);
	if (v.refused || v.outcome != LEDGER__OUTCOME__APPLIED)
		return v;
	f.code = t->annex != NULL ? t->annex
	    : v.rule != NULL      ? v.rule->code
	                          : NULL;
	r->seq++;
	permit_fold(r, &f);
	return v;
}

Test(permit_gas, holds_around_every_limit)
{
	const Pack__Work *pack =
	    packs_version(packs, packs_id("hot-work@2022.1"));

	for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
		const struct story *s = &stories[i];
		Pack__Work w = *pack;
		struct row r = {
		    .kind = LEDGER__KIND__PERMIT,
		    .state = s->state,
		    .level = (uint8_t)s->level,
		    .from_us = T0,
		    .to_us = T0 + 8 * HOUR * SECOND,
		};

		w.resume_test = s->resume_test;
		for (size_t n = 0; n < 7 && s->tells[n].action != 0; n++) {
			struct rule_verdict v = tell(&r, &w, &s->tells[n]);
			bool last = n == 6 || s->tells[n + 1].action == 0;
			const char *code = last ? s->code : NULL;

			if (code == NULL) {
				cr_assert(!v.refused, "%zu, %s: event %zu: %s",
				    i, s->clause, n, v.rule->code);
				continue;
			}
			cr_assert(
			    v.refused, "%zu, %s: not %s", i, s->clause, code);
			cr_assert_str_eq(v.rule->code, code, "%zu, %s: %s", i,
			    s->clause, v.rule->code);
		}
	}
}

/* 5.2.7, 6.4, 11.10: what a test says under each pack. */
Test(permit_gas, judges_oxygen_by_the_work)
{
	static const struct {
		const char *pack;
		double oxygen; /* %vol; negative: not measured */
		bool toxic; /* measured, too */
		enum permit_gas want;
	} rows[] = {
	    {"hot-work@2022.2", -1, false, PERMIT_GAS_OK},
	    {"hot-work@2022.2", 23.5, false, PERMIT_GAS_OK},
	    {"hot-work@2022.2", 23.6, false, PERMIT_GAS_OVER},
	    {"confined-space@2022.1", 21, true, PERMIT_GAS_OK},
	    {"confined-space@2022.1", 21.1, true, PERMIT_GAS_OVER},
	    {"confined-space@2022.1", 19.4, true, PERMIT_GAS_OVER},
	    {"excavation@2022.1", 19.5, true, PERMIT_GAS_OK},
	    {"excavation@2022.1", 19.4, true, PERMIT_GAS_OVER},
	    {"excavation@2022.1", 21.1, true, PERMIT_GAS_OVER},
	    {"excavation@2022.1", 20.9, false, PERMIT_GAS_NONE},
	    {"excavation@2022.1", -1, true, PERMIT_GAS_NONE},
	};
	char names[4][24] = {
	    "methane", "oxygen", "hydrogen-sulfide", "carbon-monoxide"};
	char volume[] = "%vol";
	char mass[] = "mg/m3";

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		Record__GasReading g[4];
		Record__GasReading *list[4];
		size_t n = 0;

		for (size_t k = 0; k < 4; k++) {
			record__gas_reading__init(&g[k]);
			g[k].gas = names[k];
			g[k].has_value = true;
			g[k].unit = k < 2 ? volume : mass;
			g[k].value = k == 1 ? rows[i].oxygen : 0.1;
			g[k].has_lel = k == 0;
			g[k].lel = 5;
			if (k == 0 || (k == 1 && rows[i].oxygen >= 0) ||
			    (k > 1 && rows[i].toxic))
				list[n++] = &g[k];
		}
		cr_assert_eq(
		    permit_judge(
		        packs_version(packs, packs_id(rows[i].pack)), list, n),
		    rows[i].want, "row %zu", i);
	}
}
