/* hotwork.c - one permit for hot work, led to where it is wanted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/hotwork.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
loose(const char *s)
{
	union {
		const char *in;
		char *out;
	} u = {.in = s};

	return u.out;
}

static void
must(struct submit_result *r)
{
	if (r->error != ERR_OK) {
		fprintf(stderr, "hotwork: %s\n", r->why.text);
		abort();
	}
	submit_result_free(r);
}

struct submit_result *
hotwork_certificate(
    struct plant *p, char *id, Record__Certificate__Action action)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;

	c.has_action = true;
	c.action = action;
	post.certificate = &c;
	return plant_event(p, LEDGER__KIND__CERTIFICATE, id, &post);
}

static struct submit_result *
send(struct hotwork *w, const struct plant_person *who, Record__Permit *m)
{
	const struct plant_sign sign = {
	    .who = who,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = w->permit,
	    .based_on = w->seq,
	    .msg = &m->base,
	    .occurred_us = w->p->now,
	};
	struct submit_result *r;
	bool later = w->permit[0] != '\0';

	m->has_occurred_at = true;
	m->occurred_at = w->p->now;
	r = plant_signed(w->p, &sign, later ? w->permit : NULL);
	if (r->error == ERR_OK)
		w->seq = r->items[0].event_seq;
	return r;
}

struct submit_result *
hotwork_step(struct hotwork *w, const struct plant_person *who,
    Record__Permit__Action action)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	m.has_action = true;
	m.action = action;
	return send(w, who, &m);
}

static void
apply(struct hotwork *w, const char *worker)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	m.has_action = true;
	m.action = RECORD__PERMIT__ACTION__APPLY;
	m.work_type = loose("hot-work");
	m.has_level = true;
	m.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	m.area = loose(HOTWORK_AREA);
	m.worker = loose(worker);
	m.guardian = loose(HOTWORK_GUARDIAN);
	m.has_planned_from_at = m.has_planned_to_at = true;
	m.planned_from_at = w->p->now;
	m.planned_to_at = w->p->now + 8 * 60 * PLANT_MINUTE;
	must(send(w, &w->applicant, &m));
}

static void
test_gas(struct hotwork *w)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[] = {&g};

	m.has_action = true;
	m.action = RECORD__PERMIT__ACTION__GAS_TEST;
	m.has_sampled_at = true;
	m.sampled_at = w->p->now;
	m.gas = list;
	m.n_gas = 1;
	g.has_value = g.has_lel = true;
	g.value = 0.1;
	g.lel = 5;
	g.unit = loose("%vol");
	must(send(w, &w->analyst, &m));
}

void
hotwork_begin(struct hotwork *w, struct plant *p, const char *worker)
{
	*w = (struct hotwork){.p = p};
	plant_enrol(p, &w->applicant, "Li", "applicant");
	plant_enrol(p, &w->analyst, "Wang", "gas-analyst");
	plant_enrol(p, &w->approver, "Zhao", "approver");
	plant_enrol(p, &w->guardian, "Qian", "guardian");
	cards_guardian(p, HOTWORK_GUARDIAN);
	apply(w, worker);
	test_gas(w);
	must(hotwork_step(w, &w->approver, RECORD__PERMIT__ACTION__APPROVE));
	must(hotwork_step(w, &w->guardian, RECORD__PERMIT__ACTION__START));
}

void
hotwork_is(struct hotwork *w, const char *state)
{
	Api__RecordView *v = plant_get(w->p, LEDGER__KIND__PERMIT, w->permit);

	if (strcmp(v->state, state) != 0) {
		fprintf(stderr, "hotwork: %s, not %s\n", v->state, state);
		abort();
	}
	w->seq = v->event_seq;
	api__record_view__free_unpacked(v, NULL);
}
