/* permit_walk.c - a permit on its way, as the node would see it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/permit_walk.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "node/packs_file.h"
#include "tests/support/pack_text.h"

const char *const walk_types[WALK_TYPES] = {"hot-work@2022.1",
    "hot-work@2022.2", "hot-work@2022.3", "confined-space@2022.1",
    "blind-plate@2022.1", "height@2022.1", "lifting@2022.1",
    "temporary-electricity@2022.1", "excavation@2022.1", "road-breaking@2022.1",
    "confined-space@2022.2", "blind-plate@2022.2", "height@2022.2",
    "lifting@2022.2", "temporary-electricity@2022.2", "excavation@2022.2",
    "road-breaking@2022.2", "hot-work@b022.2", "hot-work@b022.3",
    "confined-space@b022.1", "blind-plate@b022.1", "height@b022.1",
    "lifting@b022.1", "temporary-electricity@b022.1", "excavation@b022.1",
    "road-breaking@b022.1", "confined-space@b022.2", "blind-plate@b022.2",
    "height@b022.2", "lifting@b022.2", "temporary-electricity@b022.2",
    "excavation@b022.2", "road-breaking@b022.2"};

struct packs *
walk_packs(void)
{
	struct packs *packs = NULL;
	struct err_why why = {.text = ""};

	cr_assert_eq(packs_open(&packs, NULL, &why), ERR_OK, "%s", why.text);
	for (size_t i = 0; i < WALK_PLAIN; i++) {
		char *text = pack_text_booked(packs, walk_types[i]);

		if (text == NULL)
			continue;
		cr_assert_eq(packs_add(packs, "booked", bytes_str(text), &why),
		    ERR_OK, "%s", why.text);
		free(text);
	}
	return packs;
}

uint64_t
walk_draw(struct walk *k, uint64_t n)
{
	k->random ^= k->random << 13;
	k->random ^= k->random >> 7;
	k->random ^= k->random << 17;
	return k->random % n;
}

struct rule_verdict
walk_try(struct walk *k, struct permit_event *e, uint64_t signer)
{
	struct rule_verdict v;
	struct permit_facts f = {
	    .msg = e->msg,
	    .occurred_us = e->occurred_us,
	    .signer = k->w->n_steps > 0 ? signer : 0,
	    .worker = WORKER,
	    .guardian = GUARDIAN,
	};
	bool begun = k->row.kind != 0;

	e->row = begun ? &k->row : NULL;
	e->pack = k->w;
	e->world.signer = signer;
	e->came_us = k->now;
	v = permit_check(e);
	if (v.refused || v.outcome != LEDGER__OUTCOME__APPLIED)
		return v;
	f.code = v.rule != NULL ? v.rule->code : NULL;
	k->row.kind = LEDGER__KIND__PERMIT;
	k->row.seq++;
	permit_fold(&k->row, &f);
	return v;
}

const struct permit_world walk_calm = {.place_known = true,
    .on_site = true,
    .days_known = true,
    .confirms = UINT64_MAX};

void
walk_plan(struct permit_form *f, struct walk *k, Record__Permit__Level level)
{
	permit_form_level(f, level);
	f->m.explosive_area = f->m.hazardous_media = f->m.outdoor =
	    walk_draw(k, 2) != 0;
	f->m.has_planned_from_at = f->m.has_planned_to_at = true;
	f->m.planned_from_at = k->now;
	f->m.planned_to_at = k->now + 8 * 60 * WALK_MIN;
}

void
walk_apply(struct walk *k, Record__Permit__Level level)
{
	struct permit_form f;
	struct permit_event e = {
	    .msg = &f.m, .occurred_us = k->now, .world = walk_calm};
	struct rule_verdict v;

	permit_form_fill(&f, k->w,
	    k->w->booking != NULL ? RECORD__PERMIT__ACTION__BOOK
	                          : RECORD__PERMIT__ACTION__APPLY);
	walk_plan(&f, k, level);
	f.m.has_urgent = f.m.urgent = true;
	v = walk_try(k, &e, OTHER);
	cr_assert(!v.refused, "%s: %s %s", k->w->work_type, v.rule->code,
	    v.gap.what != NULL ? v.gap.what : "");
}
