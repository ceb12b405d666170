/* permit_oracle.c - what must have been so of an event that applied. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/permit_oracle.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/domain/field.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name
#define DAY_US (INT64_C(24) * 60 * WALK_MIN)
#define CHINA_US (INT64_C(480) * WALK_MIN)

struct seen {
	const Pack__Work *w;
	const struct row *r; /* before it */
	const struct permit_event *e;
	const Pack__Level *level;
	Record__Permit__Action action;
};

size_t
oracle_done(const struct row *r, const char *name, int64_t *at)
{
	size_t persons = 0;

	*at = 0;
	for (size_t i = 0; i < r->work.steps_len; i++) {
		const struct row_step *s = &r->work.steps[i];

		if (s->name != packs_id(name))
			continue;
		persons += s->by != 0;
		if (s->at_us > *at)
			*at = s->at_us;
	}
	return persons;
}

static bool
did(const struct row *r, const char *name, uint64_t who)
{
	for (size_t i = 0; i < r->work.steps_len; i++) {
		if (r->work.steps[i].name == packs_id(name) &&
		    r->work.steps[i].by == who)
			return true;
	}
	return false;
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

static bool
works(const struct row *r, uint64_t who)
{
	for (size_t i = 0; i < r->work.crew_len; i++) {
		if (r->work.crew[i] == who)
			return true;
	}
	return r->subject == who;
}

/* ---- who, where, with which form ---- */

static void
is_another(const struct seen *s, char *const *names, size_t n)
{
	const uint64_t who = s->e->world.signer;

	if (n > 0)
		cr_assert_neq(who, 0, "somebody unknown signed");
	if (lists(names, n, "guardian"))
		cr_assert_neq(s->r->other, who, "the guardian signed");
	if (lists(names, n, "worker"))
		cr_assert(!works(s->r, who), "a worker signed");
	for (size_t i = 0; i < n; i++)
		cr_assert(!did(s->r, names[i], who), "%s: himself", names[i]);
}

static void
is_filled(const struct seen *s, char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct field_value v;

		cr_assert(field_get(&v, &s->e->msg->base, paths[i]) && v.given,
		    "%s is not filled in", paths[i]);
	}
}

static void
is_on_site(const struct seen *s, bool asked)
{
	const Record__Permit *m = s->e->msg;

	if (!asked)
		return;
	cr_assert(m->has_longitude && m->has_latitude && m->has_accuracy_m);
	cr_assert_leq(m->accuracy_m, 30.0);
	cr_assert(s->e->world.place_known && s->e->world.on_site);
}

static void
is_by_right(const struct seen *s)
{
	const Pack__Right *x =
	    packs_right(s->w, s->action, (Record__Permit__Level)s->r->level);
	bool signs = s->action != ACT(FINISH) && s->action != ACT(REJECT) &&
	    s->action != ACT(CANCEL) && s->action != ACT(VOID);

	if (x == NULL || s->action == ACT(SUSPEND))
		return;
	is_filled(s, x->requires, x->n_requires);
	if (!signs)
		return;
	if (x->named != NULL)
		cr_assert_eq(s->e->world.signer, s->r->other);
	is_another(s, x->unlike, x->n_unlike);
	is_on_site(s, x->on_site);
}

/* ---- steps ---- */

static bool
asked_for(const struct seen *s, const Pack__Step *step)
{
	bool when = step->n_when == 0;

	for (size_t i = 0; i < step->n_when; i++)
		when |= (packs_condition(step->when[i]) &
		            s->r->work.conditions) != 0;
	return when &&
	    packs_at_level(step->levels, step->n_levels,
	        (Record__Permit__Level)s->r->level);
}

/* Every worker by himself, every measure by somebody. */
static void
must_be_signed(const struct seen *s, const Pack__Step *step)
{
	bool worker = !step->crew;

	for (size_t i = 0; i < s->r->work.steps_len; i++)
		worker |= s->r->work.steps[i].name == packs_id(step->name) &&
		    s->r->work.steps[i].by == s->r->subject;
	cr_assert(worker, "%s", step->name);
	if (step->one_by_one)
		cr_assert_eq(s->r->work.measures,
		    (UINT64_C(1) << s->w->n_measures) - 1, "%s", step->name);
}

static void
are_done(const struct seen *s)
{
	for (size_t i = 0; i < s->w->n_steps; i++) {
		const Pack__Step *step = s->w->steps[i];
		int64_t at;
		size_t persons = oracle_done(s->r, step->name, &at);

		if (!asked_for(s, step) ||
		    (s->action == ACT(APPROVE) && step->before == ACT(START)))
			continue;
		cr_assert_neq(at, 0, "%s", step->name);
		cr_assert_leq(at, s->e->occurred_us, "%s", step->name);
		cr_assert_geq(persons, step->signers, "%s", step->name);
		must_be_signed(s, step);
		if (s->action == ACT(RESUME) && step->on_resume)
			cr_assert_gt(at, s->r->stop_us, "%s", step->name);
	}
}

static void
all_measures(const struct seen *s)
{
	const Record__Permit *m = s->e->msg;
	const Pack__Step *step = packs_step(s->w, m->step);

	for (size_t i = 0; i < s->w->n_measures; i++) {
		bool named = false;
		bool fine = false;

		for (size_t n = 0; n < m->n_measures; n++) {
			if (m->measures[n]->no != s->w->measures[i]->no)
				continue;
			named = true;
			fine |=
			    m->measures[n]->done || !m->measures[n]->applies;
		}
		/* One by one: whatever is not named is left to others. */
		fine |= !named && step->one_by_one;
		cr_assert(fine, "measure %u", s->w->measures[i]->no);
	}
}

static void
is_step(const struct seen *s)
{
	const Pack__Step *step = packs_step(s->w, s->e->msg->step);

	cr_assert_not_null(step);
	cr_assert(asked_for(s, step), "%s", step->name);
	cr_assert_leq(s->e->occurred_us, s->r->to_us);
	if (s->r->state == ROW_BOOKED)
		cr_assert_eq(step->before, ACT(APPLY));
	for (size_t i = 0; i < step->n_after; i++) {
		const Pack__Step *first = packs_step(s->w, step->after[i]);
		int64_t at;

		(void)oracle_done(s->r, step->after[i], &at);
		if (first != NULL && !asked_for(s, first))
			continue;
		cr_assert_neq(at, 0, "%s after %s", step->name, step->after[i]);
		cr_assert_leq(at, s->e->occurred_us);
	}
	is_filled(s, step->requires, step->n_requires);
	is_another(s, step->unlike, step->n_unlike);
	is_on_site(s, step->on_site);
	if (step->measures)
		all_measures(s);
}

/* ---- time, air, weather, others ---- */

static bool
is_fresh(const struct seen *s)
{
	int64_t age = s->e->occurred_us - s->r->mark_us;

	return age >= 0 && age <= 30 * WALK_MIN;
}

static bool
wants_gas(const struct seen *s)
{
	bool wants = s->w->n_gas_when == 0;

	for (size_t i = 0; i < s->w->n_gas_when; i++)
		wants |= (packs_condition(s->w->gas_when[i]) &
		             s->r->work.conditions) != 0;
	return wants;
}

static void
is_tested(const struct seen *s)
{
	const int64_t gap = s->e->occurred_us - s->r->stop_us;
	const int64_t break_us = s->level->break_minutes * WALK_MIN;
	bool again = s->r->mark_us > s->r->stop_us && is_fresh(s);

	cr_assert_eq(s->r->flags & ROW_GAS_BAD, 0);
	if ((s->r->flags & ROW_NEED_GAS) != 0 && s->action == ACT(RESUME))
		cr_assert(again, "an alarm stopped it");
	if (!wants_gas(s))
		return;
	cr_assert_neq(s->r->flags & ROW_GAS_OK, 0);
	if (s->action == ACT(RESUME))
		cr_assert(again || (!s->w->resume_test && gap <= break_us));
	else
		cr_assert(is_fresh(s));
	if (s->level->daily_test && s->action != ACT(APPROVE))
		cr_assert_eq((s->e->occurred_us + CHINA_US) / DAY_US,
		    (s->r->mark_us + CHINA_US) / DAY_US);
	if (s->level->monitored && s->action != ACT(APPROVE))
		cr_assert_gt(s->e->msg->n_instruments, 0u);
}

static void
is_graver_on_such_days(const struct seen *s)
{
	const Pack__Level *base =
	    packs_level(s->w, (Record__Permit__Level)s->r->work.base_level);
	bool raised = s->r->work.base_level != s->r->level ||
	    (base != NULL && !base->has_upgraded);

	if (s->w->n_upgrades == 0)
		return;
	cr_assert(s->e->world.days_known);
	for (size_t i = 0; i < s->w->n_upgrades; i++)
		cr_assert(raised ||
		    (s->e->world.days >> s->w->upgrades[i]->when & 1u) == 0);
}

/* 5.2.15, 8.2.6, 9.2.4 */
static void
is_good_weather(const struct seen *s)
{
	const Record__Permit *m = s->e->msg;
	bool lifts = strcmp(s->w->work_type, "lifting") == 0;
	bool height = strcmp(s->w->work_type, "height") == 0;

	if ((s->r->work.conditions & PACKS_OUTDOOR) == 0)
		return;
	if (s->w->has_wind_below) {
		cr_assert(m->has_wind_grade);
		cr_assert_lt(m->wind_grade, s->w->wind_below);
	}
	if (lifts || height)
		cr_assert(m->weather != NULL && m->weather->has_fog &&
		    !m->weather->fog);
	if (lifts)
		cr_assert(!m->weather->heavy_rain && !m->weather->heavy_snow);
}

/* 5.2.13, where the whole of the chapter is in force and somebody says. */
static void
are_apart(const struct seen *s)
{
	const Record__HotForm *hot = s->e->msg->hot;

	if (strcmp(s->w->work_type, "hot-work") == 0 && s->w->n_bounds > 0 &&
	    hot != NULL && hot->has_bottles_apart_m)
		cr_assert_geq(hot->bottles_apart_m, 5.0);
}

/* APPROVE, START, RESUME */
static void
is_let_go(const struct seen *s)
{
	const bool begins = s->action != ACT(APPROVE);

	cr_assert_leq(s->e->occurred_us, s->r->to_us);
	is_tested(s);
	are_done(s);
	are_apart(s);
	cr_assert(s->e->world.link == NULL && s->e->world.conflict == NULL);
	if (!begins)
		return;
	cr_assert(s->e->allowed);
	is_graver_on_such_days(s);
	is_good_weather(s);
	if (s->e->msg->blind != NULL && s->r->work.operation != 0)
		cr_assert_eq(s->e->msg->blind->operation,
		    (Record__BlindForm__Operation)s->r->work.operation);
	if (s->action == ACT(RESUME)) {
		cr_assert_geq(s->e->occurred_us, s->r->stop_us);
		return;
	}
	cr_assert_geq(s->e->occurred_us, s->r->from_us);
	cr_assert_null(s->e->world.chain);
}

/* ---- who comes ---- */

static void
is_a_good_change(const struct seen *s)
{
	const bool workers = s->action == ACT(CHANGE_WORKERS);
	const char *as = workers ? "worker" : "guardian";

	if (!workers)
		cr_assert(s->e->allowed);
	if (s->r->state >= ROW_ISSUED)
		cr_assert(s->e->msg->handed_over);
	for (size_t i = 0; i < s->e->world.coming_len; i++) {
		const uint64_t who = s->e->world.coming[i];

		cr_assert(workers ? s->r->other != who : !works(s->r, who));
		for (size_t n = 0; n < s->w->n_steps; n++)
			cr_assert(!lists(s->w->steps[n]->unlike,
			              s->w->steps[n]->n_unlike, as) ||
			    !did(s->r, s->w->steps[n]->name, who));
	}
}

#define IN(state) (1u << (state))
#define WAITS (IN(ROW_APPLIED) | IN(ROW_TESTED))
#define GOES (IN(ROW_IN_PROGRESS) | IN(ROW_SUSPENDED))
#define OPEN (WAITS | IN(ROW_ISSUED) | GOES)

/* GB 30871-2022 chapter 4 and AQ 3064.2-2025 5, as a table of its own. */
static void
leads_out_of(const struct seen *s)
{
	static const unsigned from[] = {
	    [ACT(APPLY)] = IN(ROW_BOOKED),
	    [ACT(GAS_TEST)] = OPEN,
	    [ACT(APPROVE)] = WAITS,
	    [ACT(START)] = IN(ROW_ISSUED),
	    [ACT(SUSPEND)] = IN(ROW_ISSUED) | GOES,
	    [ACT(RESUME)] = IN(ROW_SUSPENDED),
	    [ACT(FINISH)] = GOES,
	    [ACT(ACCEPT)] = IN(ROW_FINISHED),
	    [ACT(CLOSE)] = IN(ROW_ACCEPTED),
	    [ACT(REJECT)] = IN(ROW_BOOKED) | WAITS,
	    [ACT(CANCEL)] =
	        IN(ROW_BOOKED) | WAITS | IN(ROW_ISSUED) | IN(ROW_SUSPENDED),
	    [ACT(VOID)] = OPEN,
	    [ACT(STEP)] = IN(ROW_BOOKED) | OPEN,
	    [ACT(CHANGE_GUARDIAN)] = OPEN,
	    [ACT(CHANGE_WORKERS)] = OPEN & ~IN(ROW_IN_PROGRESS),
	};

	cr_assert_lt((size_t)s->action, sizeof from / sizeof from[0]);
	cr_assert_neq(from[s->action] >> s->r->state & 1u, 0u,
	    "action %d out of state %u", (int)s->action, s->r->state);
}

void
oracle_of_applied(const struct walk *k, const struct row *before,
    const struct permit_event *e)
{
	const struct seen s = {.w = k->w,
	    .r = before,
	    .e = e,
	    .level = packs_level(k->w, (Record__Permit__Level)before->level),
	    .action = e->msg->action};
	const bool goes = s.action == ACT(APPROVE) || s.action == ACT(START) ||
	    s.action == ACT(RESUME);
	const bool changes =
	    s.action == ACT(CHANGE_GUARDIAN) || s.action == ACT(CHANGE_WORKERS);

	leads_out_of(&s);
	if (s.action == ACT(GAS_TEST) || s.action == ACT(APPLY))
		return;
	if (goes || changes)
		cr_assert_not(e->stale);
	if (s.action == ACT(STEP)) {
		is_step(&s);
		return;
	}
	is_by_right(&s);
	if (goes)
		is_let_go(&s);
	if (changes)
		is_a_good_change(&s);
	if (s.action == ACT(VOID))
		cr_assert(e->msg->successor != NULL && e->world.chain == NULL);
}
