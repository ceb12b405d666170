/* release_pack.c - what a site lets out, and what is known of the members. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/release_pack.h"

#include <stdio.h>
#include <string.h>

#include "node/domain/gate_k.h"

static bool
given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static bool
is_dim(const char *field)
{
	for (enum gate_dim d = 0; d < GATE_DIMS; d++) {
		if (strcmp(gate_dim_field(d), field) == 0)
			return true;
	}
	return false;
}

static enum err
check_trees(const Pack__Release *p, struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < p->n_trees && e == ERR_OK; i++) {
		const char *field = p->trees[i]->field;
		char path[48];

		(void)snprintf(path, sizeof path, "$.release.trees[%zu]", i);
		if (!given(field) || !is_dim(field))
			return err_fail(why, ERR_MALFORMED,
			    "%s: field is industry, region, capacity, "
			    "substance or equipment",
			    path);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(p->trees[k]->field, field) == 0)
				return err_fail(why, ERR_MALFORMED,
				    "%s: %.40s has a tree already", path,
				    field);
		}
		e = gate_tree_check(p->trees[i], path, why);
	}
	return e;
}

static enum err
check_budget(const Pack__Release *p, struct err_why *why)
{
	const Pack__ReleaseBudget *b = p->budget;

	if (b == NULL)
		return ERR_OK;
	if (!b->has_items || !b->has_period_days || b->period_days == 0 ||
	    b->period_days > 3650)
		return err_fail(why, ERR_MALFORMED,
		    "$.release.budget: items and periodDays (up to 3650) are "
		    "needed");
	for (size_t i = 0; i < b->n_recipients; i++) {
		if (!given(b->recipients[i]->owner) ||
		    !b->recipients[i]->has_items)
			return err_fail(why, ERR_MALFORMED,
			    "$.release.budget.recipients[%zu]: owner and items "
			    "are needed",
			    i);
	}
	return ERR_OK;
}

static enum err
check_lists(const Pack__Release *p, struct err_why *why)
{
	for (size_t i = 0; i < p->n_under; i++) {
		if (!given(p->under[i]->field))
			return err_fail(why, ERR_MALFORMED,
			    "$.release.under[%zu]: field is missing", i);
	}
	for (size_t i = 0; i < p->n_tag_forms; i++) {
		if (strlen(p->tag_forms[i]) < 3)
			return err_fail(why, ERR_MALFORMED,
			    "$.release.tagForms[%zu]: at least three "
			    "characters",
			    i);
	}
	return ERR_OK;
}

enum err
release_pack_check(const Pack__Release *p, struct err_why *why)
{
	enum err e;

	if (p->version == NULL || !p->has_effective_at ||
	    p->releaser_role == NULL || p->label == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "release: version, effectiveAt, label or releaserRole is "
		    "missing");
	if (p->has_k && (p->k < GATE_K_LEAST || p->k > 1000))
		return err_fail(why, ERR_MALFORMED,
		    "$.release.k: 3 companies at the least, 1000 at the most");
	if (p->time != NULL && gate_time_find(p->time) == 0)
		return err_fail(why, ERR_MALFORMED,
		    "$.release.time: day, week, month, quarter or year");
	if (p->link_days > 3650 || p->valid_days > 3650)
		return err_fail(why, ERR_MALFORMED,
		    "$.release: linkDays and validDays are up to 3650");
	if (p->veil != NULL &&
	    ((p->veil->has_slot_ms &&
	         (p->veil->slot_ms < 100 || p->veil->slot_ms > 3600000)) ||
	        p->veil->hold_minutes > 10080))
		return err_fail(why, ERR_MALFORMED,
		    "$.release.veil: slotMs is 100 to 3600000, holdMinutes up "
		    "to 10080");
	e = check_trees(p, why);
	if (e == ERR_OK)
		e = check_budget(p, why);
	return e == ERR_OK ? check_lists(p, why) : e;
}

enum err
release_pack_profiles(const Pack__Profiles *p, struct err_why *why)
{
	if (!given(p->version) || !p->has_effective_at)
		return err_fail(why, ERR_MALFORMED,
		    "$.profiles: version or effectiveAt is missing");
	for (size_t i = 0; i < p->n_members; i++) {
		const Pack__Profile *m = p->members[i];

		if (!given(m->member))
			return err_fail(why, ERR_MALFORMED,
			    "$.profiles.members[%zu]: member is missing", i);
		if (release_pack_profile(p, m->member) != m)
			return err_fail(why, ERR_MALFORMED,
			    "$.profiles.members[%zu]: %.60s is there twice", i,
			    m->member);
	}
	return ERR_OK;
}

const Pack__Profile *
release_pack_profile(const Pack__Profiles *p, const char *member)
{
	for (size_t i = 0; p != NULL && i < p->n_members; i++) {
		if (p->members[i]->member != NULL &&
		    strcmp(p->members[i]->member, member) == 0)
			return p->members[i];
	}
	return NULL;
}
