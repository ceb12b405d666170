/* permit_apply.c - what an application for a permit must say. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "node/domain/field.h"
#include "node/domain/permit_guard.h"
#include "node/domain/person.h"

#define MINUTE_US INT64_C(60000000)

static void
miss(const struct permit_guard *g, enum rule_id id, const char *what)
{
	rule_miss(
	    g->gaps, (struct rule_gap){.rule = rule_get(id), .what = what});
}

static void
ask_people(const struct permit_guard *g)
{
	const Record__Permit *m = g->e->msg;

	if (!person_given(m->worker))
		miss(g, RULE_WORKER_MISSING, NULL);
	if (!person_given(m->guardian))
		miss(g, RULE_GUARDIAN_MISSING, NULL);
	if (person_same(m->worker, m->guardian))
		miss(g, RULE_GUARDIAN_IS_WORKER, NULL);
	if (m->n_workers > ROW_CREW_MAX)
		miss(g, RULE_CREW_TOO_MANY, NULL);
	for (size_t i = 0; i < m->n_workers; i++) {
		if (!person_given(m->workers[i]))
			miss(g, RULE_WORKER_MISSING, "workers");
		else if (person_same(m->workers[i], m->guardian))
			miss(g, RULE_GUARDIAN_IS_WORKER, "workers");
	}
}

static void
ask_window(const struct permit_guard *g, const Pack__Level *level)
{
	const Record__Permit *m = g->e->msg;

	if (!m->has_planned_from_at || !m->has_planned_to_at ||
	    m->planned_from_at <= 0 || m->planned_from_at >= m->planned_to_at) {
		miss(g, RULE_WINDOW_INVALID, NULL);
		return;
	}
	if (m->planned_to_at - m->planned_from_at >
	    level->validity_minutes * MINUTE_US)
		miss(g, RULE_WINDOW_TOO_LONG, NULL);
	if (g->e->occurred_us > m->planned_to_at)
		miss(g, RULE_PERMIT_EXPIRED, NULL);
}

/* Is `level` this one or above it by way of upgrades? */
static bool
at_least(const Pack__Work *w, Record__Permit__Level base,
    Record__Permit__Level level)
{
	for (size_t i = 0; i <= w->n_levels; i++) {
		const Pack__Level *l = packs_level(w, base);

		if (base == level)
			return true;
		if (l == NULL || !l->has_upgraded)
			return false;
		base = l->upgraded;
	}
	return false;
}

/* The level that the form's measure asks for; NULL: none fits. */
static const Pack__Level *
by_measure(const Pack__Work *w, const Record__Permit *m)
{
	struct field_value v;
	struct field_value b = {.given = true};

	if (!field_get(&v, &m->base, w->measure) || !v.given ||
	    !isfinite(v.number))
		return NULL;
	if (w->factors != NULL &&
	    (!field_get(&b, &m->base, w->factors) || !b.given))
		return NULL;
	for (size_t i = 0; i < w->n_levels; i++) {
		const Pack__Level *l = w->levels[i];

		if ((l->has_from && v.number < l->from) ||
		    (l->has_to && v.number >= l->to))
			continue;
		if (b.truth && l->has_with_factors)
			return packs_level(w, l->with_factors);
		return l;
	}
	return NULL;
}

static void
ask_level(const struct permit_guard *g)
{
	const Pack__Work *w = g->e->pack;
	const Record__Permit *m = g->e->msg;
	const Pack__Level *base;

	if (w->measure != NULL) {
		base = by_measure(w, m);
		if (base == NULL)
			miss(g, RULE_FORM_INCOMPLETE,
			    w->factors != NULL ? w->factors : w->measure);
		else if (base->level != m->level)
			miss(g, RULE_LEVEL_TOO_LOW, w->measure);
	}
	if (w->n_upgrades == 0)
		return;
	if (!m->has_base_level || packs_level(w, m->base_level) == NULL)
		miss(g, RULE_FORM_INCOMPLETE, "base_level");
	else if (!at_least(w, m->base_level, m->level))
		miss(g, RULE_LEVEL_TOO_LOW, "base_level");
}

/* A drawing lies elsewhere; its digest alone ties it to the permit. */
static void
ask_drawing(const struct permit_guard *g, const char *digest, const char *where)
{
	if (digest == NULL || digest[0] == '\0')
		return;
	if (strlen(digest) != 64 || strspn(digest, "0123456789abcdef") != 64)
		miss(g, RULE_DRAWING_DIGEST, where);
}

static void
ask_drawings(const struct permit_guard *g)
{
	const Record__Permit *m = g->e->msg;

	if (m->blind != NULL)
		ask_drawing(g, m->blind->drawing, "blind.drawing");
	if (m->earth != NULL)
		ask_drawing(g, m->earth->drawing, "earth.drawing");
	if (m->road != NULL)
		ask_drawing(g, m->road->drawing, "road.drawing");
}

void
permit_guard_application(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	const Record__Permit *m = e->msg;
	const Pack__Level *level;

	if (!g->signing)
		return;
	if (e->pack == NULL) {
		miss(g, RULE_PACK_MISSING, NULL);
		return;
	}
	level = packs_level(e->pack, m->level);
	if (!m->has_level || level == NULL) {
		miss(g, RULE_LEVEL_UNKNOWN, NULL);
		return;
	}
	if (m->area == NULL || m->area[0] == '\0')
		miss(g, RULE_AREA_UNKNOWN, NULL);
	ask_people(g);
	ask_window(g, level);
	permit_guard_fields(g);
	ask_level(g);
	permit_guard_number(g);
	permit_guard_chain(g);
	if (m->blind != NULL &&
	    m->blind->operation != RECORD__BLIND_FORM__OPERATION__PUT &&
	    m->blind->operation != RECORD__BLIND_FORM__OPERATION__REMOVE)
		miss(g, RULE_ONE_BLIND, NULL);
	ask_drawings(g);
	if (m->n_linked > ROW_LINKS_MAX)
		miss(g, RULE_LINK_UNKNOWN, NULL);
	else if (e->world.link != NULL)
		rule_miss(g->gaps,
		    (struct rule_gap){
		        .rule = e->world.link, .what = e->world.link_id});
}
