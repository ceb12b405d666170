/* permit_said.c - one event of a permit after another, each as it should be. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/permit_said.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ACT(name) RECORD__PERMIT__ACTION__##name

void
said_begin(struct said *s, struct walk *k, Record__Permit__Action action)
{
	memset(s, 0, sizeof *s);
	s->e = (struct permit_event){.msg = &s->f.m,
	    .occurred_us = k->now,
	    .allowed = true,
	    .gas = PERMIT_GAS_OK,
	    .world = walk_calm};
	permit_form_fill(&s->f, k->w, action);
	record__gas_reading__init(&s->gas);
	s->list[0] = &s->gas;
	s->f.m.gas = s->list;
	s->f.m.n_gas = 1;
	s->f.m.has_sampled_at = true;
	s->f.m.sampled_at = k->now;
}

void
said_ends(struct said *s, struct walk *k, uint64_t who, const char *code)
{
	struct rule_verdict v = walk_try(k, &s->e, who);

	if (code == NULL) {
		cr_assert(!v.refused, "%s %s", v.rule->code,
		    v.gap.what != NULL ? v.gap.what : "");
		return;
	}
	cr_assert(v.refused, "expected %s", code);
	cr_assert_str_eq(v.rule->code, code);
}

void
said_goes(struct walk *k, Record__Permit__Action action, uint64_t who)
{
	struct said s;

	said_begin(&s, k, action);
	said_ends(&s, k, who, NULL);
}

void
said_stops(struct walk *k, Record__Permit__Action action, uint64_t who,
    const char *code)
{
	struct said s;

	said_begin(&s, k, action);
	said_ends(&s, k, who, code);
}

void
said_sample(struct walk *k, int64_t at_us)
{
	struct said s;

	said_begin(&s, k, ACT(GAS_TEST));
	s.f.m.sampled_at = at_us;
	said_ends(&s, k, OTHER, NULL);
}

void
said_steps(struct walk *k, Record__Permit__Action before)
{
	for (size_t i = 0; i < k->w->n_steps; i++) {
		const Pack__Step *step = k->w->steps[i];
		struct said s;

		if (step->before != before ||
		    !packs_at_level(step->levels, step->n_levels,
		        (Record__Permit__Level)k->row.level))
			continue;
		said_begin(&s, k, ACT(STEP));
		(void)snprintf(s.step, sizeof s.step, "%s", step->name);
		s.f.m.step = s.step;
		said_ends(&s, k, 0x100 + i, NULL);
	}
}

struct walk
said_permit(
    const struct packs *packs, const char *version, Record__Permit__Level level)
{
	struct walk k = {
	    .random = 1, .w = packs_version(packs, packs_id(version))};

	k.now = WALK_T0;
	cr_assert_not_null(k.w, "%s", version);
	walk_apply(&k, level);
	return k;
}

/* To APPROVE, with a sample of now. */
struct walk
said_approved(
    const struct packs *packs, const char *version, Record__Permit__Level level)
{
	struct walk k = said_permit(packs, version, level);

	said_steps(&k, ACT(APPROVE));
	said_sample(&k, k.now);
	said_goes(&k, ACT(APPROVE), CHIEF);
	said_steps(&k, ACT(START));
	return k;
}

struct walk
said_started(
    const struct packs *packs, const char *version, Record__Permit__Level level)
{
	struct walk k = said_approved(packs, version, level);

	said_goes(&k, ACT(START), GUARDIAN);
	return k;
}
