/* case_test.c - from report to an accepted end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/case.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "node/packs_file.h"
#include "proto/mem.h"
#include "tests/support/chance.h"

#define NOW INT64_C(1795315800000000)
#define MINUTE INT64_C(60000000)
#define HOUR (60 * MINUTE)
#define ACT(name) RECORD__CASE__ACTION__##name

static char words[] = "words";
static char blanks[] = "  \t\n";

/* One case, driven by hand. */
struct drive {
	struct packs *packs;
	const Pack__CaseType *type;
	struct row row;
	bool begun;
	int64_t now;
	bool late;
};

static void
begin(struct drive *d, const char *type)
{
	struct err_why why = {.text = ""};

	*d = (struct drive){.now = NOW};
	cr_assert_eq(packs_open(&d->packs, NULL, &why), ERR_OK, "%s", why.text);
	d->type = case_policy_type(packs_cases(d->packs, NOW), type);
}

static struct rule_verdict
go(struct drive *d, const Record__Case *m, uint64_t signer)
{
	const struct case_event e = {
	    .row = d->begun ? &d->row : NULL,
	    .type = d->type,
	    .msg = m,
	    .now_us = d->now,
	    .signer = signer,
	    .late = d->late,
	};
	struct rule_verdict v = case_check(&e);
	struct case_facts f = {
	    .msg = m,
	    .recorded_us = d->now,
	    .due_us = case_due(&e),
	    .has_due = true,
	    .signer = signer,
	    .liable = m->liable != NULL ? (uint64_t)m->liable[0] : 0,
	};

	if (v.refused || v.outcome != LEDGER__OUTCOME__APPLIED)
		return v;
	if (!d->begun)
		d->row = (struct row){.kind = LEDGER__KIND__CASE};
	d->begun = true;
	d->row.seq++;
	case_fold(&d->row, &f);
	return v;
}

static Record__Case
message(Record__Case__Action action)
{
	Record__Case m = RECORD__CASE__INIT;

	m.has_action = true;
	m.action = action;
	return m;
}

static const char *
step(struct drive *d, Record__Case__Action action, uint64_t signer)
{
	Record__Case m = message(action);
	struct rule_verdict v;

	if (action == ACT(REPORT) || action == ACT(ACTION_UNSPECIFIED))
		m.type = words;
	m.measures = m.reason = words;
	v = go(d, &m, signer);
	return v.rule != NULL ? v.rule->code : "";
}

static void
report(struct drive *d, const char *type)
{
	begin(d, type);
	cr_assert_str_eq(step(d, ACT(REPORT), 0), "");
	cr_assert_eq(d->row.state, ROW_CASE_REPORTED);
}

static void
assign(struct drive *d, uint32_t level, char *liable)
{
	Record__Case m = message(ACT(ACCEPT));

	m.has_level = true;
	m.level = level;
	cr_assert_null(go(d, &m, 1).rule);
	m = message(ACT(ASSIGN));
	m.liable = liable;
	cr_assert_null(go(d, &m, 1).rule);
	cr_assert_eq(d->row.state, ROW_CASE_ASSIGNED);
}

Test(case_check, leads_a_hidden_danger_to_its_acceptance_by_another_person)
{
	struct drive d;
	char li[] = "li";

	report(&d, "hidden-danger");
	cr_assert_eq(d.row.to_us, NOW + 24 * HOUR);
	cr_assert_str_eq(step(&d, ACT(DONE), 2), "CASE_NOT_ASSIGNED");
	cr_assert_str_eq(step(&d, ACT(CLOSE), 3), "CASE_NOT_RECTIFIED");
	cr_assert_str_eq(step(&d, ACT(ACCEPT), 1), "CASE_FIELD", "no level");
	d.now += HOUR;
	assign(&d, 1, li);
	cr_assert_eq(d.row.level, 1);
	cr_assert_eq(d.row.mark_us, d.now, "first response");
	cr_assert_eq(d.row.to_us, d.now + 30 * 24 * HOUR);
	cr_assert_str_eq(step(&d, ACT(START), 2), "");
	cr_assert_str_eq(step(&d, ACT(DONE), 2), "");
	cr_assert_eq(d.row.state, ROW_CASE_TO_ACCEPT);
	cr_assert_str_eq(step(&d, ACT(CLOSE), 2), "CASE_SAME_PERSON");
	cr_assert_str_eq(step(&d, ACT(CLOSE), 'l'), "CASE_SAME_PERSON");
	cr_assert_str_eq(step(&d, ACT(RETURN), 3), "");
	cr_assert_eq(d.row.state, ROW_CASE_RECTIFYING);
	cr_assert_str_eq(step(&d, ACT(DONE), 2), "");
	cr_assert_str_eq(step(&d, ACT(CLOSE), 3), "");
	cr_assert_eq(d.row.state, ROW_CASE_CLOSED);
	cr_assert_eq(d.row.stop_us, d.now);
	cr_assert_str_eq(step(&d, ACT(ACCEPT), 1), "CASE_FINAL");
	packs_free(d.packs);
}

/* Who rectified is not known: then nobody can say that it was another. */
Test(case_check, lets_nobody_accept_what_an_unknown_person_did)
{
	struct drive d;
	char li[] = "li";

	report(&d, "hazard");
	assign(&d, 2, li);
	cr_assert_str_eq(step(&d, ACT(DONE), 0), "CASE_SIGNATURE");
	cr_assert_str_eq(step(&d, ACT(DONE), 2), "");
	for (size_t i = 0; i < d.row.work.steps_len; i++)
		d.row.work.steps[i].by = 0; /* erased */
	cr_assert_str_eq(step(&d, ACT(CLOSE), 3), "CASE_SAME_PERSON");
	packs_free(d.packs);
}

Test(case_check, wants_no_assignment_of_what_is_put_right_at_once)
{
	struct drive d;
	Record__Case m = message(ACT(REPORT));

	begin(&d, "hazard");
	m.type = words;
	m.has_way = true;
	m.way = RECORD__CASE__WAY__IMMEDIATE;
	cr_assert_null(go(&d, &m, 1).rule);
	cr_assert_str_eq(step(&d, ACT(DONE), 2), "");
	cr_assert_str_eq(step(&d, ACT(CLOSE), 3), "");
	packs_free(d.packs);
}

Test(case_check, moves_no_deadline_out)
{
	struct drive d;
	Record__Case m = message(ACT(ACCEPT));
	char li[] = "li";
	int64_t due;

	report(&d, "hazard");
	m.has_level = m.has_due_at = true;
	m.level = 2;
	m.due_at = NOW + 7 * 24 * HOUR + 1;
	cr_assert_str_eq(go(&d, &m, 1).rule->code, "CASE_DUE");
	m.due_at = NOW - 1;
	cr_assert_str_eq(go(&d, &m, 1).rule->code, "CASE_DUE");
	m.due_at = due = NOW + 7 * 24 * HOUR;
	cr_assert_null(go(&d, &m, 1).rule);
	m = message(ACT(ASSIGN));
	m.liable = li;
	d.now += 24 * HOUR;
	m.has_due_at = true;
	m.due_at = due + 1;
	cr_assert_str_eq(go(&d, &m, 1).rule->code, "CASE_DUE");
	m.due_at = due - HOUR;
	cr_assert_null(go(&d, &m, 1).rule);
	m.has_due_at = false;
	cr_assert_null(go(&d, &m, 1).rule, "given to another");
	cr_assert_eq(d.row.to_us, due - HOUR);
	packs_free(d.packs);
}

Test(case_check, ends_no_suggestion_without_feedback_in_words)
{
	struct drive d;
	Record__Case m = message(ACT(REJECT));

	report(&d, "suggestion");
	m.reason = words;
	cr_assert_str_eq(go(&d, &m, 1).rule->code, "FEEDBACK_MISSING");
	m.feedback = blanks;
	cr_assert_str_eq(go(&d, &m, 1).rule->code, "FEEDBACK_MISSING");
	/* What an acceptance says is no answer. */
	m = message(ACT(ACCEPT));
	m.feedback = words;
	cr_assert_null(go(&d, &m, 1).rule);
	m = message(ACT(ASSIGN));
	m.liable = words;
	cr_assert_null(go(&d, &m, 1).rule);
	cr_assert_str_eq(step(&d, ACT(DONE), 2), "");
	cr_assert_str_eq(step(&d, ACT(CLOSE), 3), "FEEDBACK_MISSING");
	m = message(ACT(CLOSE));
	m.feedback = words;
	cr_assert_null(go(&d, &m, 3).rule);
	packs_free(d.packs);
}

/* Trap 19: 72 hours by the wall clock, over holidays, too. */
Test(case_due, gives_a_report_72_hours_that_only_an_answer_ends)
{
	struct drive d;
	Record__Case m = message(ACT(REPLY));

	report(&d, "report");
	cr_assert_eq(d.row.to_us, NOW + 72 * HOUR);
	cr_assert_str_eq(step(&d, ACT(ACCEPT), 1), "");
	cr_assert_eq(d.row.to_us, NOW + 72 * HOUR, "taken on is not answered");
	cr_assert_eq(case_stage(d.type, &d.row, NOW + 48 * HOUR - 1, NULL),
	    CASE_STAGE_NONE);
	cr_assert_eq(
	    case_stage(d.type, &d.row, NOW + 48 * HOUR, NULL), CASE_STAGE_WARN);
	cr_assert_eq(
	    case_stage(d.type, &d.row, NOW + 72 * HOUR, NULL), CASE_STAGE_WARN);
	cr_assert_eq(case_stage(d.type, &d.row, NOW + 72 * HOUR + 1, NULL),
	    CASE_STAGE_BREACH);
	cr_assert_str_eq(go(&d, &m, 1).rule->code, "FEEDBACK_MISSING");
	m.feedback = words;
	cr_assert_null(go(&d, &m, 1).rule);
	cr_assert_eq(d.row.state, ROW_CASE_REPLIED);
	cr_assert_eq(d.row.to_us, 0);
	cr_assert_eq(case_stage(d.type, &d.row, NOW + 900 * HOUR, NULL),
	    CASE_STAGE_NONE);
	cr_assert_str_eq(step(&d, ACT(CLOSE), 1), "");
	packs_free(d.packs);
}

static const char rest[] =
    "calendar:\n"
    "  version: \"1\"\n"
    "  effectiveAt: \"2020-01-01T00:00:00Z\"\n"
    "  dayOffsetMinutes: 0\n"
    "  from: \"2026-11-01\"\n"
    "  to: \"2026-12-31\"\n"
    "  nightFrom: \"22:00\"\n"
    "  nightTo: \"06:00\"\n"
    "  restWeekdays: [6, 7]\n"
    "  holidays:\n"
    "    - {from: \"2026-11-25\", to: \"2026-11-25\", name: h}\n";

/* 2026-11-22 is a Sunday, its 02:50; Wednesday is a holiday. */
Test(case_due, stands_still_on_rest_days_where_the_policy_says_so)
{
	struct packs *p = packs_new();
	struct err_why why = {.text = ""};
	const Pack__Calendar *c;
	const int64_t monday = NOW - 170 * MINUTE + 24 * HOUR;

	cr_assert_eq(
	    packs_add(p, "t", bytes_str(rest), &why), ERR_OK, "%s", why.text);
	c = packs_calendar(p, NOW);
	cr_assert_eq(case_policy_after(NOW, 60, NULL), NOW + HOUR);
	cr_assert_eq(case_policy_after(NOW, 60, c), monday + HOUR);
	cr_assert_eq(case_policy_after(NOW, 48 * 60, c), monday + 48 * HOUR);
	cr_assert_eq(case_policy_after(NOW, 48 * 60 + 1, c),
	    monday + 72 * HOUR + MINUTE, "over the holiday");
	/* A warning so long before it is over them, too. */
	cr_assert_eq(case_policy_before(monday + HOUR, 60, c), monday);
	cr_assert_eq(case_policy_before(monday + 72 * HOUR + MINUTE, 2, c),
	    monday + 48 * HOUR - MINUTE);
	cr_assert_eq(case_policy_before(NOW, 60, NULL), NOW - HOUR);
	for (uint32_t m = 1; m < 5000; m += 37)
		cr_assert_eq(case_policy_before(
		                 case_policy_after(monday + 1, m, c), m, c),
		    monday + 1, "%u minutes", m);
	/* What the calendar does not cover counts. */
	cr_assert_eq(case_policy_after(NOW + 100 * 24 * HOUR, 60, c),
	    NOW + 100 * 24 * HOUR + HOUR);
	packs_free(p);
}

Test(case_missing, says_what_comes_next_and_who_may)
{
	struct drive d;
	Record__Case none = RECORD__CASE__INIT;
	struct rule_gaps gaps;
	struct case_event e = {.msg = &none, .now_us = NOW};

	report(&d, "hazard");
	e.row = &d.row;
	e.type = d.type;
	cr_assert_eq(case_missing(&e, &gaps), ACT(ACCEPT));
	cr_assert_eq(gaps.len, 2);
	cr_assert_str_eq(gaps.at[0].rule->code, "CASE_SIGNATURE");
	cr_assert_str_eq(gaps.at[0].who[0], "safety-officer");
	cr_assert_str_eq(gaps.at[1].what, "level");
	packs_free(d.packs);
	report(&d, "report");
	e.row = &d.row;
	e.type = d.type;
	cr_assert_eq(case_missing(&e, &gaps), ACT(REPLY));
	d.row.state = ROW_CASE_REJECTED;
	cr_assert_eq(case_missing(&e, &gaps), ACT(ACTION_UNSPECIFIED));
	packs_free(d.packs);
}

Test(case_check, closes_what_no_policy_knows_as_ever)
{
	struct drive d;

	report(&d, "odd");
	cr_assert_null(d.type);
	cr_assert_str_eq(step(&d, ACT(ACCEPT), 1), "CASE_STEP");
	cr_assert_str_eq(step(&d, ACT(CLOSE), 0), "");
	cr_assert_eq(d.row.state, ROW_CASE_CLOSED);
	packs_free(d.packs);
}

/* ---- laws ---- */

static struct packs *packs;

/* Any sequence of any steps of any type by any persons, live or late. */
static void
law_of_ends(struct chance *c)
{
	static const char *const types[] = {"hidden-danger", "near-miss",
	    "suggestion", "report", "violation", "work-order", "odd"};
	const char *type = types[chance_below(c, 7)];
	struct drive d = {.packs = packs, .now = NOW};
	struct row was;

	d.type = case_policy_type(packs_cases(packs, NOW), type);
	for (int i = 0; i < 60; i++) {
		Record__Case m = message(
		    (Record__Case__Action)chance_below(c, ACT(REPLY) + 2));
		uint64_t signer = chance_below(c, 4);
		struct rule_verdict v;
		bool open;

		m.type = words;
		m.has_level = chance_below(c, 2) != 0;
		m.level = 1 + (uint32_t)chance_below(c, 2);
		m.has_way = chance_below(c, 3) == 0;
		m.way = (Record__Case__Way)(1 + chance_below(c, 2));
		m.liable = chance_below(c, 2) != 0 ? words : NULL;
		m.feedback = chance_below(c, 3) == 0 ? words : blanks;
		m.measures = m.reason = words;
		d.late = chance_below(c, 4) == 0;
		d.now += (int64_t)chance_below(c, 9) * HOUR;
		was = d.row;
		open = d.begun && row_is_open(&was);
		v = go(&d, &m, signer);
		if (!d.begun || i == 0)
			continue;
		/* Nothing leaves an end. */
		if (was.kind != 0 && !open)
			chance_holds(c,
			    d.row.state == was.state && d.row.seq == was.seq);
		if (!open || row_is_open(&d.row))
			continue;
		chance_holds(c, v.rule == NULL);
		if (d.type != NULL && d.type->feedback)
			chance_holds(c, (d.row.flags & ROW_FEEDBACK) != 0);
		if (d.row.state == ROW_CASE_CLOSED &&
		    case_policy_step(d.type, ACT(DONE)) != NULL) {
			chance_holds(c, was.state == ROW_CASE_TO_ACCEPT);
			chance_holds(c, signer != 0);
		}
	}
}

Test(case_law, leaves_no_end_and_ends_nothing_that_is_owed)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(packs_open(&packs, NULL, &why), ERR_OK, "%s", why.text);
	chance_each(2000, law_of_ends);
	packs_free(packs);
}
