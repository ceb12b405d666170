/* permit_guard.c - what a move of a permit needs, guard by guard. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/permit_guard.h"

#include <string.h>

#include "node/domain/field.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_US (24 * 60 * MINUTE_US)

/* Roles that a gap names are those of the action or step that mends it. */
static void
miss(const struct permit_guard *g, enum rule_id id, Record__Permit__Action by)
{
	const struct row *r = g->e->row;
	const Pack__Right *right = NULL;
	struct rule_gap gap = {.rule = rule_get(id)};

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

static const Pack__Right *
right_of(const struct permit_guard *g)
{
	const struct row *r = g->e->row;

	if (g->e->pack == NULL)
		return NULL;
	return packs_right(g->e->pack, g->action,
	    r != NULL ? (Record__Permit__Level)r->level : g->e->msg->level);
}

static const Pack__Level *
level_of(const struct permit_guard *g)
{
	return packs_level(g->e->pack, (Record__Permit__Level)g->e->row->level);
}

void
permit_guard_going(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	unsigned flags = e->row->flags;
	bool gas;

	if ((flags & ROW_PARTIAL) != 0)
		miss(g, RULE_NOT_HELD, g->action);
	if (e->pack == NULL || level_of(g) == NULL) {
		miss(g, RULE_PACK_MISSING, g->action);
		return;
	}
	if (e->occurred_us > e->row->to_us)
		miss(g, RULE_PERMIT_EXPIRED, RECORD__PERMIT__ACTION__APPLY);
	gas = permit_needs_gas(e->pack, e->row) ||
	    (flags & (ROW_GAS_BAD | ROW_NEED_GAS)) != 0;
	if (!gas)
		return;
	if ((flags & ROW_GAS_BAD) != 0)
		miss(g, RULE_GAS_OVER_LIMIT, RECORD__PERMIT__ACTION__GAS_TEST);
	else if ((flags & ROW_GAS_OK) == 0)
		miss(g,
		    (flags & ROW_NEED_GAS) != 0 ? RULE_STOP_NEEDS_TEST
		                                : RULE_GAS_MISSING,
		    RECORD__PERMIT__ACTION__GAS_TEST);
}

void
permit_guard_begun(const struct permit_guard *g)
{
	if (g->e->occurred_us < g->e->row->from_us)
		miss(g, RULE_NOT_YET_VALID, g->action);
}

/* 5.3.1c on the event's own time; a sample after the event proves nothing. */
static bool
sample_is_fresh(const struct permit_event *e)
{
	int64_t age = e->occurred_us - e->row->mark_us;

	return age >= 0 && age <= e->pack->sample_minutes * MINUTE_US;
}

void
permit_guard_sample(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;

	if (e->pack == NULL || !permit_needs_gas(e->pack, e->row))
		return;
	if (!sample_is_fresh(e))
		miss(g, RULE_GAS_TOO_OLD, RECORD__PERMIT__ACTION__GAS_TEST);
}

void
permit_guard_break(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	const Pack__Level *level = e->pack != NULL ? level_of(g) : NULL;
	int64_t gap = e->occurred_us - e->row->stop_us;
	bool again;

	if (level == NULL)
		return;
	again = e->row->mark_us > e->row->stop_us && sample_is_fresh(e);
	if (gap > level->break_minutes * MINUTE_US && !again &&
	    permit_needs_gas(e->pack, e->row))
		miss(g, RULE_BREAK_TOO_LONG, RECORD__PERMIT__ACTION__GAS_TEST);
	if ((e->row->flags & ROW_NEED_GAS) != 0 && !again)
		miss(g, RULE_STOP_NEEDS_TEST, RECORD__PERMIT__ACTION__GAS_TEST);
}

void
permit_guard_daily(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	const Pack__Level *level = e->pack != NULL ? level_of(g) : NULL;
	int64_t offset;

	if (level == NULL || !level->daily_test ||
	    !permit_needs_gas(e->pack, e->row))
		return;
	offset = e->pack->day_offset_minutes * MINUTE_US;
	if ((e->occurred_us + offset) / DAY_US !=
	    (e->row->mark_us + offset) / DAY_US)
		miss(g, RULE_DAILY_TEST, RECORD__PERMIT__ACTION__GAS_TEST);
}

void
permit_guard_decision(const struct permit_guard *g)
{
	if (g->signing && !g->e->allowed)
		miss(g, RULE_DECISION_DENY,
		    RECORD__PERMIT__ACTION__CHANGE_WORKERS);
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

static void
miss_step(const struct permit_guard *g, enum rule_id id, const Pack__Step *s,
    const char *what)
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
	bool resume = g->action == RECORD__PERMIT__ACTION__RESUME;

	if (at == 0 || at > e->occurred_us ||
	    (resume && s->on_resume && at <= e->row->stop_us)) {
		miss_step(g, RULE_STEP_MISSING, s, NULL);
		return;
	}
	if (s->signers > 1 && persons < s->signers)
		miss_step(g, RULE_STEP_SIGNERS, s, NULL);
	if (s->max_age_minutes != 0 &&
	    e->occurred_us - at > s->max_age_minutes * MINUTE_US)
		miss_step(g, RULE_STEP_TOO_OLD, s, NULL);
}

void
permit_guard_steps(const struct permit_guard *g)
{
	const Pack__Work *w = g->e->pack;
	bool approve = g->action == RECORD__PERMIT__ACTION__APPROVE;

	for (size_t i = 0; w != NULL && i < w->n_steps; i++) {
		const Pack__Step *s = w->steps[i];

		if (!applies(s, g->e->row) ||
		    (approve && s->before != RECORD__PERMIT__ACTION__APPROVE))
			continue;
		ask_step(g, s);
	}
}

/* Did he do this step or action?  unknown: perhaps; where the list is full, one
 * that it does not have may have been forgotten. */
static bool
has_done(const struct row *r, const char *name, uint64_t who, bool *unknown)
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
	*unknown |= !found && r->work.steps_len == ROW_STEPS_MAX;
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
	return has_done(r, name, who, unknown);
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
		miss(g, RULE_POSITION_MISSING, g->action);
	else if (!e->world.place_known)
		miss(g, RULE_PLACE_UNKNOWN, g->action);
	else if (!e->world.on_site)
		miss(g, RULE_POSITION_AWAY, g->action);
}

void
permit_guard_fields(const struct permit_guard *g)
{
	const Pack__Right *r = right_of(g);

	if (g->signing && r != NULL)
		ask_fields(g, r->requires, r->n_requires);
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
		miss(g, RULE_NOT_NAMED, g->action);
	ask_unlike(g, r->unlike, r->n_unlike);
	ask_place(g, r->on_site);
}

/* Every measure of the pack, once, done where it applies. */
static void
ask_measures(const struct permit_guard *g, const Pack__Step *s)
{
	const Pack__Work *w = g->e->pack;
	const Record__Permit *m = g->e->msg;

	for (size_t i = 0; i < w->n_measures; i++) {
		const Pack__Measure *one = w->measures[i];
		bool ok = false;

		for (size_t k = 0; k < m->n_measures; k++) {
			const Record__MeasureCheck *c = m->measures[k];

			if (!c->has_no || c->no != one->no)
				continue;
			ok = c->has_applies &&
			    (c->applies ? c->done : !one->always);
			if (!ok)
				break;
		}
		if (!ok)
			miss_step(g, RULE_MEASURES_OPEN, s, one->text);
	}
}

void
permit_guard_step(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	const Pack__Step *s;

	if ((e->row->flags & ROW_PARTIAL) != 0)
		miss(g, RULE_NOT_HELD, g->action);
	if (e->pack == NULL) {
		miss(g, RULE_PACK_MISSING, g->action);
		return;
	}
	s = packs_step(e->pack, e->msg->step);
	if (s == NULL || !applies(s, e->row)) {
		miss(g, RULE_STEP_UNKNOWN, g->action);
		return;
	}
	if (e->occurred_us > e->row->to_us)
		miss(g, RULE_PERMIT_EXPIRED, RECORD__PERMIT__ACTION__APPLY);
	for (size_t i = 0; i < s->n_after; i++) {
		const Pack__Step *first = packs_step(e->pack, s->after[i]);
		size_t persons;
		int64_t at = permit_guard_done(e->row, s->after[i], &persons);

		if (first != NULL && !applies(first, e->row))
			continue;
		if (at == 0 || at > e->occurred_us)
			miss_step(g, RULE_STEP_MISSING, s, s->after[i]);
	}
	ask_fields(g, s->requires, s->n_requires);
	ask_unlike(g, s->unlike, s->n_unlike);
	ask_place(g, s->on_site);
	if (s->measures)
		ask_measures(g, s);
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
		miss(g, RULE_CALENDAR_UNKNOWN, g->action);
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
		miss(g, RULE_WIND_UNKNOWN, g->action);
	else if (e->msg->wind_grade >= e->pack->wind_below)
		miss(g, RULE_WIND_TOO_STRONG, g->action);
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

/* Is he the guardian, or (else) one of the workers? */
static bool
one_of(const struct row *r, uint64_t who, bool guardian)
{
	bool is = guardian ? r->other == who : r->subject == who;

	for (size_t i = 0; i < r->work.crew_len && !guardian; i++)
		is |= r->work.crew[i] == who;
	return who != 0 && is;
}

static bool
lists(char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* Who comes has signed nothing that whoever is that may not sign. */
static void
ask_coming(const struct permit_guard *g, uint64_t who, const char *as)
{
	const struct row *r = g->e->row;
	const Pack__Work *w = g->e->pack;
	bool unknown = false;
	bool signed_ = false;

	if (w == NULL || who == 0)
		return;
	for (size_t i = 0; i < w->n_steps; i++) {
		const Pack__Step *s = w->steps[i];

		if (lists(s->unlike, s->n_unlike, as))
			signed_ |= has_done(r, s->name, who, &unknown);
	}
	for (size_t i = 0; i < w->n_rights; i++) {
		const Pack__Right *x = w->rights[i];
		const ProtobufCEnumValue *v =
		    protobuf_c_enum_descriptor_get_value(
		        &record__permit__action__descriptor, (int)x->action);

		if (v != NULL && lists(x->unlike, x->n_unlike, as))
			signed_ |= has_done(r, v->name, who, &unknown);
	}
	if (signed_)
		miss(g, RULE_SAME_PERSON, g->action);
}

void
permit_guard_change(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	bool issued = e->row->state >= ROW_ISSUED;

	if (g->action == RECORD__PERMIT__ACTION__CHANGE_WORKERS) {
		if (e->row->state == ROW_IN_PROGRESS)
			miss(
			    g, RULE_WORK_RUNS, RECORD__PERMIT__ACTION__SUSPEND);
		if (e->msg->worker == NULL || e->msg->worker[0] == '\0')
			miss(g, RULE_WORKER_MISSING, g->action);
		if (e->msg->n_workers > ROW_CREW_MAX)
			miss(g, RULE_CREW_TOO_MANY, g->action);
	} else if (e->msg->guardian == NULL || e->msg->guardian[0] == '\0') {
		miss(g, RULE_GUARDIAN_MISSING, g->action);
	}
	for (size_t i = 0; i < e->world.coming_len; i++) {
		ask_coming(g, e->world.coming[i],
		    g->action == RECORD__PERMIT__ACTION__CHANGE_WORKERS
		        ? "worker"
		        : "guardian");
		if (one_of(e->row, e->world.coming[i],
		        g->action == RECORD__PERMIT__ACTION__CHANGE_WORKERS))
			miss(g, RULE_GUARDIAN_IS_WORKER, g->action);
	}
	if (issued && !(e->msg->has_handed_over && e->msg->handed_over))
		miss(g, RULE_HAND_OVER, g->action);
}
