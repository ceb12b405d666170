/* query_kpi_view.c - figures of alarms, and the alarms behind one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_kpi.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/fold_key.h"
#include "node/query_hide.h"
#include "node/query_kpi_log.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define CURSOR_BYTES 24

static char *
id_text(const uint8_t *id)
{
	char *out = mem_alloc(TEXT_UUID_CHARS + 1, 1);

	text_uuid_put(out, id);
	return out;
}

static Api__AlarmSource *
source_view(struct query_kpi_log *l, const struct alarm_kpi_tag *tag)
{
	Api__AlarmSource *m = mem_alloc(1, sizeof *m);
	Record__Alarm *a;
	struct row r;

	api__alarm_source__init(m);
	m->has_alarms = true;
	m->alarms = tag->alarms;
	m->record_id = id_text(tag->id);
	if (fold_get(&l->v.fold, l->v.slot, tag->id, &r, NULL) != ERR_OK)
		return m;
	m->kind = query_view_text(&l->v, FOLD_TYPE, r.type);
	m->area = query_view_text(&l->v, FOLD_AREA, r.area);
	/* An instrument may be one that somebody wears. */
	if (!query_hide_found(&l->v, tag->id, &r))
		return m;
	a = query_kpi_log_alarm(l, &r);
	if (a != NULL) {
		m->source = mem_strdup_given(a->source);
		m->device = mem_strdup_given(a->device);
		m->tag = mem_strdup_given(
		    a->tag != NULL || a->device != NULL ? a->tag : a->asset);
		slice_free(&a->base);
	}
	return m;
}

static Api__AlarmFigure *
figure_view(const struct query_kpi_window *w, enum alarm_kpi_figure f)
{
	const struct alarm_kpi_ratio *r = &w->kpi.at[f];
	Api__AlarmFigure *m = mem_alloc(1, sizeof *m);

	api__alarm_figure__init(m);
	m->name = mem_strdup(alarm_kpi_name(f));
	m->has_numerator = m->has_denominator = true;
	m->numerator = r->num;
	m->denominator = r->den;
	m->has_value = r->den != 0;
	m->value = r->den != 0 ? (double)r->num / (double)r->den : 0;
	m->has_more = m->more = f == ALARM_KPI_STALES && w->stale_more;
	return m;
}

static Api__AlarmKpi *
view_of(struct query_kpi_log *l, const struct query_kpi *q,
    const struct query_kpi_window *w)
{
	const Pack__AlarmPolicy *p =
	    packs_alarm(l->v.site->packs, w->window.as_of_us);
	Api__AlarmKpi *m = mem_alloc(1, sizeof *m);
	char policy[64];

	api__alarm_kpi__init(m);
	m->site = mem_strdup(l->v.name);
	m->area = mem_strdup_given(q->area);
	m->has_from_at = m->has_to_at = m->has_as_of_at = true;
	m->from_at = w->window.from_us;
	m->to_at = w->window.to_us;
	m->as_of_at = w->window.as_of_us;
	m->has_window_seconds = true;
	m->window_seconds = w->limits.flood_seconds;
	(void)snprintf(
	    policy, sizeof policy, "alarm@%.50s", p != NULL ? p->version : "");
	m->policy = mem_strdup(policy);
	m->has_excluded = m->has_floods = true;
	m->excluded = w->kpi.excluded;
	m->floods = w->kpi.floods;
	m->figures = mem_alloc(ALARM_KPI_FIGURES, sizeof *m->figures);
	for (unsigned f = 0; f < ALARM_KPI_FIGURES; f++)
		m->figures[m->n_figures++] =
		    figure_view(w, (enum alarm_kpi_figure)f);
	m->top = mem_alloc(ALARM_KPI_TOP, sizeof *m->top);
	for (size_t i = 0; i < w->kpi.top_len; i++)
		m->top[m->n_top++] = source_view(l, &w->kpi.top[i]);
	return m;
}

enum err
query_kpi(struct site *s, const struct query_kpi *q,
    const struct query_scope *scope, Api__AlarmKpi **out, struct err_why *why)
{
	struct query_kpi_window w;
	struct query_kpi_log l;
	enum err e = query_kpi_items(s, q, scope, &w, why);

	if (e != ERR_OK)
		return e;
	e = query_kpi_log_open(&l, s, q->site, scope, why);
	if (e == ERR_OK)
		*out = view_of(&l, q, &w);
	query_kpi_log_close(&l);
	free(w.items);
	return e;
}

/* ---- behind one figure ---- */

/* u64be time || record id of the one that was shown last. */
static enum err
read_cursor(
    const char *text, uint8_t out[static CURSOR_BYTES], struct err_why *why)
{
	struct buf key;
	enum err e;

	memset(out, 0, CURSOR_BYTES);
	if (text == NULL || text[0] == '\0')
		return ERR_OK;
	buf_init(&key, CURSOR_BYTES);
	e = text_hex_get(&key, bytes_str(text), why);
	if (e != ERR_OK || key.len != CURSOR_BYTES)
		e = err_fail(why, ERR_MALFORMED, "cursor: not one of ours");
	else
		memcpy(out, key.ptr, CURSOR_BYTES);
	buf_clear(&key);
	return e;
}

static struct fold_key
cursor_of(const struct alarm_kpi_item *it)
{
	struct fold_key k = {.len = 0};

	fold_key_uint(&k, (uint64_t)it->at_us, 8);
	fold_key_put(&k, it->id, sizeof it->id);
	return k;
}

static void
set_cursor(Api__KpiRecords *m, const struct alarm_kpi_item *it)
{
	struct fold_key k = cursor_of(it);
	struct buf text;

	buf_init(&text, 2 * CURSOR_BYTES + 1);
	text_hex_put(&text, fold_key_view(&k));
	m->next_cursor = mem_strdup(buf_cstr(&text));
	buf_clear(&text);
}

static Api__KpiRecords *
records_of(const struct query_kpi_window *w, enum alarm_kpi_figure f,
    const struct query_kpi_page *page, const uint8_t *after)
{
	Api__KpiRecords *m = mem_alloc(1, sizeof *m);
	const struct alarm_kpi_item *last = NULL;

	api__kpi_records__init(m);
	m->figure = mem_strdup(alarm_kpi_name(f));
	m->has_denominator = true;
	m->denominator = page->denominator;
	m->items = mem_alloc(page->limit, sizeof *m->items);
	for (size_t i = 0; i < w->len; i++) {
		const struct alarm_kpi_item *it = &w->items[i];
		const struct fold_key key = cursor_of(it);
		Api__KpiRecord *r;

		if (memcmp(key.b, after, CURSOR_BYTES) <= 0 ||
		    !alarm_kpi_behind(f, page->denominator, it, &w->limits))
			continue;
		if (last != NULL && m->n_items == page->limit) {
			set_cursor(m, last);
			break;
		}
		r = mem_alloc(1, sizeof *r);
		api__kpi_record__init(r);
		r->record_id = id_text(it->id);
		r->has_opened_at = true;
		r->opened_at = it->at_us;
		m->items[m->n_items++] = r;
		last = it;
	}
	return m;
}

enum err
query_kpi_records(struct site *s, const struct query_kpi *q,
    const struct query_kpi_page *page, const struct query_scope *scope,
    Api__KpiRecords **out, struct err_why *why)
{
	const enum alarm_kpi_figure f = alarm_kpi_find(page->figure);
	struct query_kpi_window w;
	uint8_t after[CURSOR_BYTES];
	enum err e = read_cursor(page->cursor, after, why);

	if (e == ERR_OK && f == ALARM_KPI_FIGURES)
		e = err_fail(
		    why, ERR_NOT_FOUND, "no figure \"%.40s\"", page->figure);
	if (e == ERR_OK && (page->limit < 1 || page->limit > QUERY_LIMIT_MAX))
		e = err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_LIMIT_MAX);
	if (e == ERR_OK)
		e = query_kpi_items(s, q, scope, &w, why);
	if (e != ERR_OK)
		return e;
	*out = records_of(&w, f, page, after);
	free(w.items);
	return ERR_OK;
}
