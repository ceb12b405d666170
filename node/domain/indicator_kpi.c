/* indicator_kpi.c - figures of alarm_kpi.h as indicators. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/indicator_kpi.h"

#include <stdlib.h>
#include <string.h>

#include "node/domain/facts_part.h"
#include "proto/mem.h"

#define F(name) PACK__FACT__FIELD__##name
#define SECOND_US INT64_C(1000000)

static enum alarm_kpi_figure
figure_of(const Pack__Formula *f)
{
	return f->aggregate == PACK__FORMULA__AGGREGATE__KPI
	    ? alarm_kpi_find(f->figure)
	    : ALARM_KPI_FIGURES;
}

bool
indicator_kpi_is_peak(const Pack__Formula *f)
{
	return figure_of(f) == ALARM_KPI_MOST;
}

bool
indicator_kpi_is_count(const Pack__Formula *f)
{
	return figure_of(f) == ALARM_KPI_STALES || indicator_kpi_is_peak(f);
}

static int64_t
time_of(const struct fact *x, Pack__Fact__Field field, int64_t horizon_us)
{
	const int32_t s = facts_number(x, field, horizon_us);

	return s == FACTS_NONE ? 0 : x->at_us + s * SECOND_US;
}

static void
fill(struct alarm_kpi_item *it, const struct facts *f, const struct fact *x,
    int64_t to_us)
{
	const int64_t horizon_us = to_us - x->at_us;
	const int32_t level = facts_number(x, F(LEVEL), horizon_us);

	memcpy(it->id, x->id, sizeof it->id);
	it->at_us = x->at_us;
	it->acked_us = time_of(x, F(ANSWERED), horizon_us);
	it->back_us = time_of(x, F(RETURNED), horizon_us);
	it->tag = x->text[FACTS_INSTRUMENT];
	it->level = level > 0 && level < 4 ? (uint8_t)level : 0;
	it->exercise = facts_is_test(f, x, horizon_us);
}

static void
make(struct facts *f, const struct indicator_ask *ask, uint32_t area,
    int64_t back_us)
{
	struct alarm_kpi_window w = {ask->from_us, ask->to_us, ask->to_us};
	size_t n = 0;

	free(f->kpi);
	f->kpi = mem_alloc(facts_len(f) + 1, sizeof *f->kpi);
	for (size_t i = 0; i < facts_len(f); i++) {
		const struct fact *x = facts_at(f, i);

		if (x->kind == PACK__FACT__KIND__ALARM &&
		    x->at_us < ask->to_us &&
		    x->at_us >= ask->from_us - back_us &&
		    (area == 0 || x->text[F(AREA)] == area))
			fill(&f->kpi[n++], f, x, ask->to_us);
	}
	f->kpi_from_us = ask->from_us;
	f->kpi_to_us = ask->to_us;
	f->kpi_area = area;
	f->kpi_back_us = back_us;
	f->kpi_sum = (struct alarm_kpi){.excluded = 0};
	f->kpi_len = 0;
	if (alarm_kpi_align(&w, ask->limits, NULL) == ERR_OK)
		f->kpi_len = alarm_kpi(&f->kpi_sum, &w, ask->limits, f->kpi, n);
}

static void
show(struct facts *f, const struct indicator_ask *ask,
    enum alarm_kpi_figure figure)
{
	for (size_t i = 0; i < f->kpi_len; i++) {
		const struct alarm_kpi_item *it = &f->kpi[i];
		const struct fact *x = facts_find(f, it->id);
		const bool top =
		    alarm_kpi_behind(figure, false, it, ask->limits);

		if (x == NULL)
			continue;
		if (it->exercise && it->at_us >= ask->from_us)
			ask->see(ask->arg, INDICATOR_EXCLUDED, x);
		else if (top)
			ask->see(ask->arg, INDICATOR_NUMERATOR, x);
		else if (alarm_kpi_behind(figure, true, it, ask->limits))
			ask->see(ask->arg, INDICATOR_DENOMINATOR, x);
	}
}

static uint64_t
alarms_of(const struct alarm_kpi *sum)
{
	return sum->at[ALARM_KPI_ACKED].den;
}

void
indicator_kpi(struct facts *f, const struct indicator_ask *ask,
    struct indicator_result *out)
{
	const Pack__Formula *p = ask->what->formula;
	const enum alarm_kpi_figure figure = figure_of(p);
	const uint32_t area = facts_word(f, ask->area);
	const int64_t back_us = p->within_seconds * SECOND_US;

	out->lack = INDICATOR_NONE_DUE;
	if (ask->limits == NULL || figure == ALARM_KPI_FIGURES)
		return;
	if (f->kpi == NULL || f->kpi_from_us != ask->from_us ||
	    f->kpi_to_us != ask->to_us || f->kpi_area != area ||
	    f->kpi_back_us != back_us)
		make(f, ask, area, back_us);
	out->numerator = f->kpi_sum.at[figure].num;
	out->denominator = indicator_kpi_is_count(p)
	    ? alarms_of(&f->kpi_sum)
	    : f->kpi_sum.at[figure].den;
	out->excluded = f->kpi_sum.excluded;
	if (ask->see != NULL)
		show(f, ask, figure);
	/* No alarm at all: nothing rings there, or nobody records it.  Or none
	 * of those that it is about: nobody judged any. */
	if (alarms_of(&f->kpi_sum) > 0 && out->denominator > 0)
		out->lack = INDICATOR_WHOLE;
}
