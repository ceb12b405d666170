/* permit_bound.c - between what stated facts must lie. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/field.h"
#include "node/domain/permit_guard.h"

static bool
applies_to(const Pack__Bound *b, const struct permit_guard *g)
{
	const struct row *r = g->e->row;
	const bool first =
	    r == NULL || g->action == RECORD__PERMIT__ACTION__APPLY;
	unsigned conditions =
	    first ? packs_conditions(g->e->msg) : r->work.conditions;
	bool when = b->n_when == 0;
	bool action =
	    b->n_actions == 0 && g->action == RECORD__PERMIT__ACTION__APPLY;

	for (size_t i = 0; i < b->n_actions; i++)
		action |= b->actions[i] == g->action;
	for (size_t i = 0; i < b->n_when; i++)
		when |= (packs_condition(b->when[i]) & conditions) != 0;
	return action && when;
}

/* False: it is not stated. */
static bool
value_of(const struct permit_guard *g, const char *path, double *out)
{
	struct field_value v;

	if (!field_get(&v, &g->e->msg->base, path) || !v.given)
		return false;
	*out = v.truth ? 1 : v.number;
	return true;
}

static void
ask(const struct permit_guard *g, const Pack__Bound *b)
{
	double with = 0;
	double v = 0;
	bool given;

	if (!applies_to(b, g))
		return;
	if (b->with != NULL &&
	    (!value_of(g, b->with, &with) || !(with >= b->with_min)))
		return;
	given = value_of(g, b->field, &v);
	if (!given && b->required)
		rule_miss(g->gaps,
		    (struct rule_gap){.rule = rule_get(RULE_FORM_INCOMPLETE),
		        .what = b->field,
		        .clause = b->clause});
	else if (given &&
	    ((b->has_min && !(v >= b->min)) || (b->has_max && !(v <= b->max))))
		rule_miss(g->gaps,
		    (struct rule_gap){.rule = rule_get(RULE_OUT_OF_BOUNDS),
		        .what = b->text,
		        .clause = b->clause});
}

/* 7.11: what was applied for is put, or removed; never both. */
static void
ask_blind(const struct permit_guard *g)
{
	const struct row *r = g->e->row;
	const Record__BlindForm *b = g->e->msg->blind;

	if (g->signing && r != NULL && b != NULL && b->has_operation &&
	    r->work.operation != 0 &&
	    g->action != RECORD__PERMIT__ACTION__APPLY &&
	    (uint8_t)b->operation != r->work.operation)
		rule_miss(g->gaps,
		    (struct rule_gap){.rule = rule_get(RULE_ONE_BLIND)});
}

void
permit_guard_bounds(const struct permit_guard *g)
{
	const Pack__Work *w = g->e->pack;

	ask_blind(g);

	for (size_t i = 0; w != NULL && g->signing && i < w->n_bounds; i++)
		ask(g, w->bounds[i]);
}
