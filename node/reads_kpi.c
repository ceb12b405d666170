/* reads_kpi.c - operations that show figures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/reads_kpi.h"

#include <stdlib.h>
#include <string.h>

#include "node/quarantine.h"
#include "node/quarantine_part.h"
#include "node/query_kpi.h"
#include "node/query_quality.h"
#include "node/service.h"
#include "proto/mem.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define LIMIT 100

/* The day before now, unless it is said. */
static enum err
window_of(
    const struct ops_call *call, struct query_kpi *out, struct err_why *why)
{
	const struct params *p = &call->params;
	enum err e;

	*out = (struct query_kpi){.area = params_get(p, "area"),
	    .site = params_get(p, "site"),
	    .to_us = service_now()};
	e = params_time(p, "to", &out->to_us, why);
	out->from_us = out->to_us - DAY_US;
	if (e == ERR_OK)
		e = params_time(p, "from", &out->from_us, why);
	return e;
}

enum err
reads_kpi_alarms(struct ops_call *call, struct err_why *why)
{
	const struct query_scope scope = {
	    .areas = call->who.areas, .areas_len = call->who.areas_len};
	struct query_kpi q;
	Api__AlarmKpi *view = NULL;
	enum err e = window_of(call, &q, why);

	if (e == ERR_OK)
		e = query_kpi(call->service->site, &q, &scope, &view, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &view->base);
	api__alarm_kpi__free_unpacked(view, NULL);
	return ERR_OK;
}

enum err
reads_kpi_records(struct ops_call *call, struct err_why *why)
{
	const struct query_scope scope = {
	    .areas = call->who.areas, .areas_len = call->who.areas_len};
	const char *part = params_get(&call->params, "part");
	struct query_kpi_page page = {
	    .cursor = params_get(&call->params, "cursor")};
	char figure[64] = "";
	uint64_t limit = LIMIT;
	Api__KpiRecords *view = NULL;
	struct query_kpi q;
	enum err e = window_of(call, &q, why);

	if (e == ERR_OK)
		e = params_u64(
		    &call->params, "limit", QUERY_LIMIT_MAX, &limit, why);
	if (e == ERR_OK && limit == 0)
		e = err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_LIMIT_MAX);
	if (e == ERR_OK && part != NULL && strcmp(part, "numerator") != 0 &&
	    strcmp(part, "denominator") != 0)
		e = err_fail(why, ERR_MALFORMED,
		    "part: expected numerator or denominator");
	if (e != ERR_OK)
		return e;
	if (call->arg[0].len < sizeof figure)
		memcpy(figure, call->arg[0].ptr, call->arg[0].len);
	page.figure = figure;
	page.denominator = part != NULL && part[0] == 'd';
	page.limit = (size_t)limit;
	e = query_kpi_records(
	    call->service->site, &q, &page, &scope, &view, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &view->base);
	api__kpi_records__free_unpacked(view, NULL);
	return ERR_OK;
}

/* Messages in quarantine whose text names the source. */
static uint64_t
refused_of(struct ops_call *call, const char *source)
{
	struct quarantine *q = call->service->quarantine;
	uint8_t(*ids)[16] = mem_alloc(QUARANTINE_ITEMS, sizeof *ids);
	const size_t n = quarantine_ids(q, NULL, NULL, ids, QUARANTINE_ITEMS);
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++) {
		Api__Quarantined *m = NULL;

		if (quarantine_get(q, ids[i], &m, NULL) != ERR_OK)
			continue;
		count += quarantine_part_source(
		    bytes_of(m->body.data, m->body.len), source);
		api__quarantined__free_unpacked(m, NULL);
	}
	free(ids);
	return count;
}

enum err
reads_kpi_source(struct ops_call *call, struct err_why *why)
{
	const struct params *p = &call->params;
	const struct query_scope scope = {
	    .areas = call->who.areas, .areas_len = call->who.areas_len};
	struct query_quality q = {
	    .source = params_get(p, "source"), .site = params_get(p, "site")};
	uint64_t numbers = QUERY_QUALITY_NUMBERS;
	Api__SourceQuality *view = NULL;
	enum err e =
	    params_u64(p, "numbers", QUERY_QUALITY_NUMBERS_MAX, &numbers, why);

	if (e != ERR_OK)
		return e;
	q.numbers = (size_t)numbers;
	if (q.source != NULL)
		q.refused = refused_of(call, q.source);
	e = query_quality(call->service->site, &q, &scope, &view, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &view->base);
	api__source_quality__free_unpacked(view, NULL);
	return ERR_OK;
}
