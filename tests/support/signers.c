/* signers.c - people of a shift who sign the steps of one permit. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/signers.h"

#include <criterion/criterion.h>

void
signers_step(struct signers *c, const struct plant_person *who,
    Record__Permit *m, int64_t back_us, const char *code)
{
	struct plant_sign sign = {
	    .who = who,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = c->permit,
	    .based_on = c->seq,
	    .msg = &m->base,
	    .occurred_us = c->p.now - back_us,
	};
	bool later = c->permit[0] != '\0';
	struct submit_result *r;

	m->has_action = m->has_occurred_at = true;
	m->occurred_at = sign.occurred_us;
	r = plant_signed(&c->p, &sign, later ? c->permit : NULL);
	if (code != NULL) {
		const struct rule *rule =
		    r->error != ERR_OK ? r->rule : r->items[0].rule;
		cr_assert_not_null(rule, "%s", r->why.text);
		cr_assert_str_eq(rule->code, code);
		cr_assert(r->error != ERR_OK ||
		    r->items[0].outcome != LEDGER__OUTCOME__APPLIED);
	} else {
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		cr_assert_eq(r->items[0].outcome, LEDGER__OUTCOME__APPLIED);
	}
	if (r->error == ERR_OK)
		c->seq = r->items[0].event_seq;
	submit_result_free(r);
}

void
signers_go(struct signers *c, const struct plant_person *who,
    Record__Permit__Action action, int64_t back_us, const char *code)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	m.action = action;
	signers_step(c, who, &m, back_us, code);
}

void
signers_gas(struct signers *c, int64_t sampled_us)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[] = {&g};
	char unit[] = "%vol";

	m.action = RECORD__PERMIT__ACTION__GAS_TEST;
	m.has_sampled_at = true;
	m.sampled_at = sampled_us;
	m.gas = list;
	m.n_gas = 1;
	g.has_value = g.has_lel = true;
	g.value = 0.1;
	g.lel = 5;
	g.unit = unit;
	/* A clock ahead is so with all that it says. */
	signers_step(c, &c->wang, &m,
	    sampled_us > c->p.now ? c->p.now - sampled_us : 0, NULL);
}

void
signers_certify(struct signers *c)
{
	cards_begin(&c->p, SIGNERS_WORKER, "welding", SIGNERS_GUARDIAN, NULL);
}
