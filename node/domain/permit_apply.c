/* permit_apply.c - what an application for a permit must say. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "node/domain/field.h"
#include "node/domain/permit_guard.h"

#define MINUTE_US INT64_C(60000000)

static void
miss(const struct permit_guard *g, enum rule_id id, const char *what)
{
	rule_miss(
	    g->gaps, (struct rule_gap){.rule = rule_get(id), .what = what});
}

/* Length of what nobody sees at `s`, a blank among it; 0: none. */
static size_t
blank(const char *s)
{
	static const char *const all[] = {
	    "\xc2\xa0", /* U+00A0 no-break space */
	    "\xc2\xad", /* U+00AD soft hyphen */
	    "\xe3\x80\x80", /* U+3000 ideographic space */
	    "\xef\xbb\xbf", /* U+FEFF zero-width no-break space */
	    "\xe2\x81\xa0", /* U+2060 word joiner */
	};

	if (isspace((unsigned char)*s))
		return 1;
	/* U+2000 to U+200F: spaces and joiners of all widths. */
	if (strncmp(s, "\xe2\x80", 2) == 0 && (unsigned char)s[2] >= 0x80 &&
	    (unsigned char)s[2] <= 0x8f)
		return 3;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (strncmp(s, all[i], strlen(all[i])) == 0)
			return strlen(all[i]);
	}
	return 0;
}

/* The next byte of a name that counts, small and narrow (U+FF01 to U+FF5E are
 * wide forms of 0x21 to 0x7e); 0 at its end. */
static int
letter(const char **at)
{
	const char *s = *at;
	size_t n;
	int c;

	while ((n = blank(s)) != 0)
		s += n;
	c = (unsigned char)*s;
	if (c == 0xef && (unsigned char)s[1] >= 0xbc &&
	    (unsigned char)s[1] <= 0xbd && s[2] != '\0') {
		int wide = ((unsigned char)s[1] - 0xbc) * 64 +
		    ((unsigned char)s[2] - 0x80);

		if (wide >= 0x01 && wide <= 0x5e) {
			c = wide + 0x20;
			s += 2;
		}
	}
	*at = *s != '\0' ? s + 1 : s;
	return tolower(c);
}

/* One person stays one, however the name is spaced, capitalised or widened. */
static bool
same_person(const char *a, const char *b)
{
	for (;;) {
		int one = letter(&a);
		int two = letter(&b);

		if (one != two)
			return false;
		if (one == 0)
			return true;
	}
}

static bool
given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static void
ask_people(const struct permit_guard *g)
{
	const Record__Permit *m = g->e->msg;

	if (!given(m->worker))
		miss(g, RULE_WORKER_MISSING, NULL);
	if (!given(m->guardian))
		miss(g, RULE_GUARDIAN_MISSING, NULL);
	if (!given(m->worker) || !given(m->guardian))
		return;
	if (same_person(m->worker, m->guardian))
		miss(g, RULE_GUARDIAN_IS_WORKER, NULL);
	if (m->n_workers > ROW_CREW_MAX)
		miss(g, RULE_CREW_TOO_MANY, NULL);
	for (size_t i = 0; i < m->n_workers; i++) {
		if (!given(m->workers[i]))
			miss(g, RULE_WORKER_MISSING, "workers");
		else if (same_person(m->workers[i], m->guardian))
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

	if (!field_get(&v, &m->base, w->measure) || !v.given)
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

void
permit_guard_application(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	const Record__Permit *m = e->msg;
	const Pack__Level *level = packs_level(e->pack, m->level);

	if (!m->has_level || level == NULL) {
		miss(g, RULE_LEVEL_UNKNOWN, NULL);
		return;
	}
	if (!given(m->area))
		miss(g, RULE_AREA_UNKNOWN, NULL);
	ask_people(g);
	ask_window(g, level);
	permit_guard_fields(g);
	ask_level(g);
	if (m->blind != NULL &&
	    m->blind->operation != RECORD__BLIND_FORM__OPERATION__PUT &&
	    m->blind->operation != RECORD__BLIND_FORM__OPERATION__REMOVE)
		miss(g, RULE_ONE_BLIND, NULL);
	if (m->n_linked > ROW_LINKS_MAX)
		miss(g, RULE_LINK_UNKNOWN, NULL);
	else if (e->world.link != NULL)
		rule_miss(g->gaps,
		    (struct rule_gap){
		        .rule = e->world.link, .what = e->world.link_id});
}
