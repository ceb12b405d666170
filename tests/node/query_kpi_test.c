/* query_kpi_test.c - figures of a window, out of the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_kpi.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/text.h"
#include "tests/support/chance.h"
#include "tests/support/folded.h"

#define SECOND INT64_C(1000000)
/* Whole ten minutes; all of it is told afterwards. */
#define DAYS_BEFORE (FOLDED_T0 - 400000 * SECOND)
#define T0 (DAYS_BEFORE - DAYS_BEFORE % (600 * SECOND))

static struct folded w;
static const struct query_scope all = {.own_only = true};

static void
set_up(void)
{
	folded_new(&w);
	w.now_us += 100000 * SECOND;
}

static void
tear_down(void)
{
	folded_end(&w);
}

TestSuite(query_kpi, .init = set_up, .fini = tear_down);

struct alarm {
	const char *area;
	const char *tag;
	int64_t at_us;
	int64_t acked_us;
	int64_t back_us;
	bool exercise;
	Record__Alarm__Verdict verdict;
};

static void
put_step(struct commit_ctx *ctx, const uint8_t *id, uint32_t *seq,
    Record__Alarm__Action action, int64_t at_us, const struct alarm *a)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	struct draft_spec spec =
	    folded_spec(&w, id, LEDGER__KIND__ALARM, ++*seq, &m.base);

	m.has_action = m.has_occurred_at = true;
	m.action = action;
	m.occurred_at = at_us;
	m.has_verdict = action == RECORD__ALARM__ACTION__JUDGE;
	m.verdict = a->verdict;
	(void)folded_put(&w, &w.site->own, ctx, &spec);
}

static void
put(unsigned n, const struct alarm *a)
{
	struct commit_ctx ctx;
	uint8_t id[16];
	uint32_t seq = 1;
	Record__Alarm m = folded_alarm(&w, a->area, 2);
	struct draft_spec spec;

	folded_id(id, n);
	spec = folded_spec(&w, id, LEDGER__KIND__ALARM, 1, &m.base);
	m.has_occurred_at = true;
	m.occurred_at = a->at_us;
	m.tag = folded_text(a->tag != NULL ? a->tag : "AT-1");
	m.has_exercise = m.exercise = a->exercise;
	folded_begin(&w, &w.site->own, &ctx);
	(void)folded_put(&w, &w.site->own, &ctx, &spec);
	if (a->acked_us != 0)
		put_step(
		    &ctx, id, &seq, RECORD__ALARM__ACTION__ACK, a->acked_us, a);
	if (a->back_us != 0)
		put_step(&ctx, id, &seq, RECORD__ALARM__ACTION__RETURN,
		    a->back_us, a);
	if (a->verdict != 0)
		put_step(&ctx, id, &seq, RECORD__ALARM__ACTION__JUDGE,
		    a->at_us + 60 * SECOND, a);
	folded_commit(&ctx);
}

static const struct query_kpi hour = {.area = "boiler",
    .from_us = T0,
    .to_us = T0 + 3600 * SECOND};

static Api__AlarmKpi *
ask(const struct query_kpi *q, const struct query_scope *scope)
{
	struct err_why why = {.text = ""};
	Api__AlarmKpi *v = NULL;

	cr_assert_eq(
	    query_kpi(w.site, q, scope, &v, &why), ERR_OK, "%s", why.text);
	return v;
}

static const Api__AlarmFigure *
figure(const Api__AlarmKpi *v, enum alarm_kpi_figure f)
{
	cr_assert_eq(v->n_figures, ALARM_KPI_FIGURES);
	return v->figures[f];
}

Test(query_kpi, counts_open_and_closed_alarms_of_the_area_and_window)
{
	Api__AlarmKpi *v;

	put(1, &(struct alarm){"boiler", .at_us = T0});
	put(2,
	    &(struct alarm){"boiler", .at_us = T0 + SECOND,
	        .acked_us = T0 + 3 * SECOND, .back_us = T0 + 9 * SECOND,
	        .verdict = RECORD__ALARM__VERDICT__TRUE_ALARM});
	put(3,
	    &(struct alarm){"boiler", .at_us = T0 + 2 * SECOND,
	        .back_us = T0 + 3 * SECOND,
	        .verdict = RECORD__ALARM__VERDICT__FALSE_ALARM});
	put(4, &(struct alarm){"yard", .at_us = T0});
	put(5, &(struct alarm){"boiler", .at_us = T0 - 1});
	put(6, &(struct alarm){"boiler", .at_us = T0 + 3600 * SECOND});
	put(7, &(struct alarm){"boiler", .at_us = T0, .exercise = true});
	put(8,
	    &(struct alarm){"boiler", .at_us = T0 + 300 * SECOND,
	        .verdict = RECORD__ALARM__VERDICT__TEST});
	put(9,
	    &(struct alarm){"boiler", "AT-2", .at_us = T0 - 100000 * SECOND});
	v = ask(&hour, &all);
	cr_assert_eq(figure(v, ALARM_KPI_RATE)->numerator, 3u);
	cr_assert_eq(figure(v, ALARM_KPI_RATE)->denominator, 6u);
	cr_assert_eq(figure(v, ALARM_KPI_CHATTERING)->numerator, 3u);
	cr_assert_eq(figure(v, ALARM_KPI_FLEETS)->numerator, 0u);
	cr_assert_eq(figure(v, ALARM_KPI_STALES)->numerator, 1u);
	cr_assert_eq(figure(v, ALARM_KPI_ACCURACY)->numerator, 1u);
	cr_assert_eq(figure(v, ALARM_KPI_ACCURACY)->denominator, 2u);
	cr_assert_eq(figure(v, ALARM_KPI_ACK_P95)->numerator, 2000u);
	cr_assert_eq(v->excluded, 2u);
	cr_assert_eq(v->n_top, 1u);
	cr_assert_str_eq(v->top[0]->tag, "AT-1");
	cr_assert_str_eq(v->top[0]->source, "gds-01");
	cr_assert_eq(v->top[0]->alarms, 3u);
	cr_assert_str_eq(v->policy, "alarm@2026.1");
	api__alarm_kpi__free_unpacked(v, NULL);
	/* All areas as one position. */
	v = ask(&(struct query_kpi){.from_us = T0, .to_us = T0 + SECOND}, &all);
	cr_assert_eq(figure(v, ALARM_KPI_RATE)->numerator, 4u);
	api__alarm_kpi__free_unpacked(v, NULL);
}

/* Its source may be the tag of a person. */
Test(query_kpi, names_no_source_of_an_alarm_that_is_stored_only)
{
	uint32_t source = 2;
	Api__AlarmKpi *v;

	put(1, &(struct alarm){"boiler", .at_us = T0});
	folded_only_stored(&w, folded_clear(&w, 1, 2).index - 1, &source, 1);
	v = ask(&hour, &all);
	cr_assert_eq(v->n_top, 1u);
	cr_assert_null(v->top[0]->source);
	cr_assert_str_eq(v->top[0]->area, "boiler");
	api__alarm_kpi__free_unpacked(v, NULL);
}

Test(query_kpi, an_asker_bound_to_areas_sees_those_alone)
{
	static const char *const mine[] = {"yard"};
	const struct query_scope scope = {
	    .areas = mine, .areas_len = 1, .own_only = true};
	const struct query_kpi site = {.from_us = T0, .to_us = T0 + SECOND};
	Api__AlarmKpi *v;

	put(1, &(struct alarm){"boiler", .at_us = T0});
	put(2, &(struct alarm){"yard", .at_us = T0});
	v = ask(&site, &scope);
	cr_assert_eq(figure(v, ALARM_KPI_RATE)->numerator, 1u);
	api__alarm_kpi__free_unpacked(v, NULL);
	v = NULL;
	cr_assert_eq(query_kpi(w.site, &hour, &scope, &v, NULL), ERR_NOT_FOUND);
}

Test(query_kpi, a_flood_of_the_nodes_own_word_is_in_no_figure)
{
	struct commit_ctx ctx;
	uint8_t id[16];
	Record__Alarm m = folded_alarm(&w, "boiler", 3);
	Api__AlarmKpi *v;

	m.source = folded_text(QUERY_KPI_FLOOD_SOURCE);
	m.occurred_at = T0;
	for (unsigned n = 1; n <= 2; n++) {
		struct draft_spec spec;

		folded_id(id, n);
		/* A machine that calls itself so gets version 7: it counts. */
		id[6] = n == 1 ? 0x80 : 0x70;
		spec = folded_spec(&w, id, LEDGER__KIND__ALARM, 1, &m.base);
		folded_begin(&w, &w.site->own, &ctx);
		(void)folded_put(&w, &w.site->own, &ctx, &spec);
		folded_commit(&ctx);
	}
	v = ask(&hour, &all);
	cr_assert_eq(figure(v, ALARM_KPI_RATE)->numerator, 1u);
	api__alarm_kpi__free_unpacked(v, NULL);
}

Test(query_kpi, pages_name_every_alarm_behind_a_figure_once)
{
	struct query_kpi_page page = {.figure = "rate", .limit = 3};
	size_t seen = 0;
	char last[TEXT_UUID_CHARS + 1] = "";
	char cursor[64] = "";

	for (unsigned n = 1; n <= 10; n++)
		put(n,
		    &(struct alarm){"boiler", .at_us = T0 + (n / 2) * SECOND});
	do {
		Api__KpiRecords *v = NULL;
		struct err_why why = {.text = ""};

		page.cursor = cursor;
		cr_assert_eq(
		    query_kpi_records(w.site, &hour, &page, &all, &v, &why),
		    ERR_OK, "%s", why.text);
		for (size_t i = 0; i < v->n_items; i++) {
			cr_assert_gt(strcmp(v->items[i]->record_id, last), 0);
			(void)snprintf(
			    last, sizeof last, "%s", v->items[i]->record_id);
			seen++;
		}
		cursor[0] = '\0';
		if (v->next_cursor != NULL)
			(void)snprintf(
			    cursor, sizeof cursor, "%s", v->next_cursor);
		api__kpi_records__free_unpacked(v, NULL);
	} while (cursor[0] != '\0');
	cr_assert_eq(seen, 10u);
}

Test(query_kpi, refuses_what_it_cannot_answer)
{
	struct query_kpi_page page = {.figure = "none", .limit = 3};
	struct query_kpi q = hour;
	Api__KpiRecords *r = NULL;
	Api__AlarmKpi *v = NULL;

	cr_assert_eq(query_kpi_records(w.site, &q, &page, &all, &r, NULL),
	    ERR_NOT_FOUND);
	page.figure = "rate";
	page.cursor = "zz";
	cr_assert_eq(query_kpi_records(w.site, &q, &page, &all, &r, NULL),
	    ERR_MALFORMED);
	q.to_us = q.from_us;
	cr_assert_eq(query_kpi(w.site, &q, &all, &v, NULL), ERR_MALFORMED);
	q.to_us = q.from_us + INT64_C(100000) * 600 * SECOND;
	cr_assert_eq(query_kpi(w.site, &q, &all, &v, NULL), ERR_LIMIT);
	q = hour;
	q.site = "nobody.example";
	cr_assert_eq(query_kpi(w.site, &q, &all, &v, NULL), ERR_NOT_FOUND);
}

/* Random lives, counted by a plain loop. */
static void
one_week(struct chance *c)
{
	static unsigned base = 1;
	struct query_kpi q = {.area = "boiler"};
	struct commit_ctx ctx;
	Api__AlarmKpi *v;
	uint64_t want = 0;

	folded_begin(&w, &w.site->own, &ctx);
	cr_assert_eq(fold_clear(&ctx.fold, NULL), ERR_OK);
	folded_commit(&ctx);
	q.from_us = T0 + (int64_t)chance_below(c, 100) * 600 * SECOND;
	q.to_us = q.from_us + (1 + (int64_t)chance_below(c, 40)) * 600 * SECOND;
	for (unsigned i = 0; i < 30; i++) {
		struct alarm a = {chance_below(c, 3) > 0 ? "boiler" : "yard",
		    .at_us = T0 + (int64_t)chance_below(c, 80000) * SECOND};

		if (chance_below(c, 2) == 0)
			a.back_us = a.at_us +
			    (INT64_C(1) << chance_below(c, 20)) * SECOND;
		if (chance_below(c, 2) == 0)
			a.acked_us = a.at_us + 5 * SECOND;
		a.exercise = chance_below(c, 8) == 0;
		put(base++, &a);
		want += strcmp(a.area, "boiler") == 0 && !a.exercise &&
		    a.at_us >= q.from_us && a.at_us < q.to_us;
	}
	v = ask(&q, &all);
	chance_holds(c, figure(v, ALARM_KPI_RATE)->numerator == want);
	api__alarm_kpi__free_unpacked(v, NULL);
}

Test(query_kpi, agrees_with_a_plain_list)
{
	chance_each(10, one_week);
}
