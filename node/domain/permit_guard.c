/* permit_guard.c - what a move of a permit needs, guard by guard. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/permit_guard.h"

#include <string.h>

#include "node/domain/field.h"

#define MINUTE_US INT64_C(60000000)

void
permit_guard_miss(
    const struct permit_guard *g, enum rule_id id, Record__Permit__Action by)
{
	permit_guard_miss_as(g, id, by, NULL);
}

void
permit_guard_miss_as(const struct permit_guard *g, enum rule_id id,
    Record__Permit__Action by, const char *what)
{
	const struct row *r = g->e->row;
	const Pack__Right *right = NULL;
	struct rule_gap gap = {.rule = rule_get(id), .what = what};

	if (g->e->pack != NULL)
		right = packs_right(g->e->pack, by,
		    r != NULL ? (Record__Permit__Level)r->level
		              : g->e->msg->level);
	if (right != NULL) {
		gap.who = right->roles;
		gap.who_len = right->n_roles;
	}
	rule_miss(g->gaps, gap);
}

const Pack__Level *
permit_guard_level(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;

	return e->pack != NULL
	    ? packs_level(e->pack, (Record__Permit__Level)e->row->level)
	    : NULL;
}

static const Pack__Right *
right_of(const struct permit_guard *g)
{
	const struct row *r = g->e->row;

	bool applies = g->action == RECORD__PERMIT__ACTION__APPLY || r == NULL;

	if (g->e->pack == NULL)
		return NULL;
	return packs_right(g->e->pack, g->action,
	    applies ? g->e->msg->level : (Record__Permit__Level)r->level);
}

void
permit_guard_going(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	unsigned flags = e->row->flags;
	bool gas;

	if ((flags & ROW_PARTIAL) != 0)
		permit_guard_miss(g, RULE_NOT_HELD, g->action);
	if (permit_guard_level(g) == NULL) {
		permit_guard_miss(g, RULE_PACK_MISSING, g->action);
		return;
	}
	if (e->occurred_us > e->row->to_us)
		permit_guard_miss(
		    g, RULE_PERMIT_EXPIRED, RECORD__PERMIT__ACTION__APPLY);
	gas = permit_needs_gas(e->pack, e->row) ||
	    (flags & (ROW_GAS_BAD | ROW_NEED_GAS)) != 0;
	if (!gas)
		return;
	if ((flags & ROW_GAS_BAD) != 0)
		permit_guard_miss(
		    g, RULE_GAS_OVER_LIMIT, RECORD__PERMIT__ACTION__GAS_TEST);
	else if ((flags & ROW_GAS_OK) == 0)
		permit_guard_miss(g,
		    (flags & ROW_NEED_GAS) != 0 ? RULE_STOP_NEEDS_TEST
		                                : RULE_GAS_MISSING,
		    RECORD__PERMIT__ACTION__GAS_TEST);
}

void
permit_guard_begun(const struct permit_guard *g)
{
	if (g->e->occurred_us < g->e->row->from_us)
		permit_guard_miss(g, RULE_NOT_YET_VALID, g->action);
}

/* ---- steps and persons ---- */

int64_t
permit_guard_done(const struct row *r, const char *name, size_t *persons)
{
	uint64_t id = packs_id(name);
	int64_t newest = 0;

	*persons = 0;
	for (size_t i = 0; i < r->work.steps_len; i++) {
		const struct row_step *s = &r->work.steps[i];

		if (s->name != id)
			continue;
		if (s->at_us > newest)
			newest = s->at_us;
		if (s->by != 0)
			(*persons)++;
	}
	return newest;
}

size_t
permit_guard_since(
    const struct row *r, const char *name, int64_t since_us, uint64_t who)
{
	const uint64_t id = packs_id(name);
	size_t n = 0;

	for (size_t i = 0; i < r->work.steps_len; i++) {
		const struct row_step *s = &r->work.steps[i];

		n += s->name == id && s->by != 0 && s->at_us > since_us &&
		    (who == 0 || s->by == who);
	}
	return n;
}

static bool
applies(const Pack__Step *s, const struct row *r)
{
	bool when = s->n_when == 0;

	for (size_t i = 0; i < s->n_when; i++)
		when |= (packs_condition(s->when[i]) & r->work.conditions) != 0;
	return when &&
	    packs_at_level(
	        s->levels, s->n_levels, (Record__Permit__Level)r->level);
}

void
permit_guard_miss_step(const struct permit_guard *g, enum rule_id id,
    const Pack__Step *s, const char *what)
{
	rule_miss(g->gaps,
	    (struct rule_gap){.rule = rule_get(id),
	        .what = what != NULL ? what : s->name,
	        .clause = s->clause,
	        .who = s->roles,
	        .who_len = s->n_roles});
}

/* Done, by enough persons, not in the future, and not too long ago. */
static void
ask_step(const struct permit_guard *g, const Pack__Step *s)
{
	const struct permit_event *e = g->e;
	size_t persons;
	int64_t at = permit_guard_done(e->row, s->name, &persons);
	const int64_t age = s->max_age_minutes * MINUTE_US;
	/* Each of several signs anew, and none of them too long ago. */
	int64_t since = permit_guard_anew(g, s) ? e->row->stop_us : 0;

	if (age != 0 && e->occurred_us - age - 1 > since)
		since = e->occurred_us - age - 1;
	if (at == 0 || at > e->occurred_us ||
	    (permit_guard_anew(g, s) && at <= e->row->stop_us)) {
		permit_guard_miss_step(g, RULE_STEP_MISSING, s, NULL);
		permit_guard_whole(g, s);
		return;
	}
	if (s->signers > 1 &&
	    permit_guard_since(e->row, s->name, since, 0) < s->signers)
		permit_guard_miss_step(g, RULE_STEP_SIGNERS, s, NULL);
	permit_guard_whole(g, s);
	if (age != 0 && e->occurred_us - at > age)
		permit_guard_miss_step(g, RULE_STEP_TOO_OLD, s, NULL);
}

void
permit_guard_steps(const struct permit_guard *g)
{
	const Pack__Work *w = g->e->pack;
	bool apply = g->action == RECORD__PERMIT__ACTION__APPLY;
	bool approve = g->action == RECORD__PERMIT__ACTION__APPROVE;

	for (size_t i = 0; w != NULL && i < w->n_steps; i++) {
		const Pack__Step *s = w->steps[i];
		bool booking = s->before == RECORD__PERMIT__ACTION__APPLY;

		if (!applies(s, g->e->row) || (apply && !booking) ||
		    (approve && s->before == RECORD__PERMIT__ACTION__START))
			continue;
		ask_step(g, s);
	}
}

bool
permit_guard_signed(
    const struct row *r, const char *name, uint64_t who, bool *unknown)
{
	uint64_t id = packs_id(name);
	bool found = false;

	for (size_t i = 0; i < r->work.steps_len; i++) {
		const struct row_step *s = &r->work.steps[i];

		if (s->name != id)
			continue;
		found = true;
		if (s->by == 0)
			*unknown = true;
		else if (s->by == who)
			return true;
	}
	if (r->work.steps_len >= PERMIT_SIGNED_MAX &&
	    (!found || permit_is_heard(name)))
		*unknown = true;
	return false;
}

/* Is the signer one of those whom this name stands for?  unknown: perhaps. */
static bool
is_signer(const struct permit_event *e, const char *name, bool *unknown)
{
	const struct row *r = e->row;
	uint64_t who = e->world.signer;

	if (strcmp(name, "guardian") == 0)
		return r->other == who;
	if (strcmp(name, "worker") == 0) {
		for (size_t i = 0; i < r->work.crew_len; i++) {
			if (r->work.crew[i] == who)
				return true;
		}
		return r->subject == who;
	}
	return permit_guard_signed(r, name, who, unknown);
}

static void
ask_unlike(const struct permit_guard *g, char *const *names, size_t n)
{
	bool unknown = n > 0 && g->e->world.signer == 0;

	for (size_t i = 0; i < n && !unknown; i++) {
		if (!is_signer(g->e, names[i], &unknown))
			continue;
		rule_miss(g->gaps,
		    (struct rule_gap){
		        .rule = rule_get(RULE_SAME_PERSON), .what = names[i]});
	}
	if (unknown)
		rule_miss(g->gaps,
		    (struct rule_gap){.rule = rule_get(RULE_SIGNER_UNKNOWN)});
}

static void
ask_fields(const struct permit_guard *g, char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct field_value v;

		if (!field_get(&v, &g->e->msg->base, paths[i]) || !v.given)
			rule_miss(g->gaps,
			    (struct rule_gap){
			        .rule = rule_get(RULE_FORM_INCOMPLETE),
			        .what = paths[i]});
	}
}

static void
ask_place(const struct permit_guard *g, bool on_site)
{
	const struct permit_event *e = g->e;
	const Record__Permit *m = e->msg;
	bool fine = m->has_longitude && m->has_latitude && m->has_accuracy_m &&
	    m->accuracy_m >= 0 && e->pack->has_accuracy_m &&
	    m->accuracy_m <= e->pack->accuracy_m;

	if (!on_site)
		return;
	if (!fine)
		permit_guard_miss(g, RULE_POSITION_MISSING, g->action);
	else if (!e->world.place_known)
		permit_guard_miss(g, RULE_PLACE_UNKNOWN, g->action);
	else if (!e->world.on_site)
		permit_guard_miss(g, RULE_POSITION_AWAY, g->action);
}

void
permit_guard_fields(const struct permit_guard *g)
{
	const Pack__Right *r = right_of(g);

	if (g->signing && r != NULL)
		ask_fields(g, r->requires, r->n_requires);
	permit_guard_bounds(g);
}

void
permit_guard_signer(const struct permit_guard *g)
{
	const Pack__Right *r = right_of(g);

	if (!g->signing || r == NULL)
		return;
	/* The guardian: the only one whom a pack can name. */
	if (r->named != NULL &&
	    (g->e->world.signer == 0 || g->e->world.signer != g->e->row->other))
		permit_guard_miss(g, RULE_NOT_NAMED, g->action);
	ask_unlike(g, r->unlike, r->n_unlike);
	ask_place(g, r->on_site);
}

void
permit_guard_step(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	const Pack__Step *s;

	if ((e->row->flags & ROW_PARTIAL) != 0)
		permit_guard_miss(g, RULE_NOT_HELD, g->action);
	if (e->pack == NULL) {
		permit_guard_miss(g, RULE_PACK_MISSING, g->action);
		return;
	}
	s = packs_step(e->pack, e->msg->step);
	if (s == NULL || !applies(s, e->row)) {
		permit_guard_miss(g, RULE_STEP_UNKNOWN, g->action);
		return;
	}
	if (e->row->state == ROW_BOOKED &&
	    s->before != RECORD__PERMIT__ACTION__APPLY)
		permit_guard_miss(
		    g, RULE_STATE_FORBIDS, RECORD__PERMIT__ACTION__APPLY);
	if (e->occurred_us > e->row->to_us)
		permit_guard_miss(
		    g, RULE_PERMIT_EXPIRED, RECORD__PERMIT__ACTION__APPLY);
	for (size_t i = 0; i < s->n_after; i++) {
		const Pack__Step *first = packs_step(e->pack, s->after[i]);
		size_t persons;
		int64_t at = permit_guard_done(e->row, s->after[i], &persons);

		if (first != NULL && !applies(first, e->row))
			continue;
		if (at == 0 || at > e->occurred_us)
			permit_guard_miss_step(
			    g, RULE_STEP_MISSING, s, s->after[i]);
		else if (first != NULL)
			permit_guard_whole(g, first);
	}
	ask_fields(g, s->requires, s->n_requires);
	ask_unlike(g, s->unlike, s->n_unlike);
	ask_place(g, s->on_site);
	permit_guard_part(g, s);
}

/* ---- other work, days, weather ---- */

static void
ask_days(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	const Pack__Level *base = packs_level(
	    e->pack, (Record__Permit__Level)e->row->work.base_level);
	bool raised = base != NULL &&
	    (!base->has_upgraded || e->row->work.base_level != e->row->level);

	if (e->pack->n_upgrades == 0)
		return;
	if (!e->world.days_known) {
		permit_guard_miss(g, RULE_CALENDAR_UNKNOWN, g->action);
		return;
	}
	for (size_t i = 0; i < e->pack->n_upgrades; i++) {
		const Pack__Upgrade *u = e->pack->upgrades[i];

		if ((e->world.days >> u->when & 1u) == 0 || raised)
			continue;
		rule_miss(g->gaps,
		    (struct rule_gap){.rule = rule_get(RULE_UPGRADE_MISSING),
		        .what = protobuf_c_enum_descriptor_get_value(
		            &pack__upgrade__when__descriptor, (int)u->when)
		                    ->name,
		        .clause = u->clause});
	}
}

static void
ask_wind(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;

	if (!g->signing || !e->pack->has_wind_below ||
	    (e->row->work.conditions & PACKS_OUTDOOR) == 0)
		return;
	if (!e->msg->has_wind_grade)
		permit_guard_miss(g, RULE_WIND_UNKNOWN, g->action);
	else if (e->msg->wind_grade >= e->pack->wind_below)
		permit_guard_miss(g, RULE_WIND_TOO_STRONG, g->action);
}

void
permit_guard_world(const struct permit_guard *g)
{
	const struct permit_world *w = &g->e->world;
	bool approve = g->action == RECORD__PERMIT__ACTION__APPROVE;

	if (g->e->pack == NULL)
		return;
	if (w->link != NULL)
		rule_miss(g->gaps,
		    (struct rule_gap){.rule = w->link, .what = w->link_id});
	if (w->conflict != NULL)
		rule_miss(g->gaps,
		    (struct rule_gap){.rule = rule_get(RULE_INTERFERES),
		        .what = w->conflict->text,
		        .clause = w->conflict->clause});
	if (approve)
		return;
	ask_days(g);
	ask_wind(g);
}
