/* permits.c - three hundred permits, each led through what its pack asks for.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/packs.h"
#include "proto/mem.h"
#include "tests/day/day.h"
#include "tests/support/permit_form.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name
#define ACTS_MAX 64
#define WORK_MINUTES 30

struct act {
	unsigned minute;
	Record__Permit__Action action;
	const char *step; /* of STEP */
	bool refused;
};

struct day_permit {
	unsigned k;
	const Pack__Work *pack;
	struct act acts[ACTS_MAX];
	size_t acts_len;
	size_t next;
	unsigned minute; /* of the act that is added next */
	unsigned start; /* when it is planned to begin */
	unsigned alarm_minute; /* of the gas alarm; 0: none */
	uint64_t alarm_seq;
	char alarm[TEXT_UUID_CHARS + 1];
	char id[TEXT_UUID_CHARS + 1];
	uint32_t seq;
	char area[16];
	char worker[16];
	char guardian[24];
	char pipe[16]; /* no two blinds on one */
};

static void
add(struct day_permit *p, Record__Permit__Action action, const char *step)
{
	if (p->acts_len == ACTS_MAX)
		day_die("a permit has too many steps", p->pack->work_type);
	p->acts[p->acts_len++] =
	    (struct act){.minute = p->minute++, .action = action, .step = step};
}

static void
add_steps(struct day_permit *p, Record__Permit__Action before, bool again)
{
	const Record__Permit__Level level = plan_work(p->k)->level;

	for (size_t i = 0; i < p->pack->n_steps; i++) {
		const Pack__Step *s = p->pack->steps[i];

		if (s->before == before && (!again || s->on_resume) &&
		    packs_at_level(s->levels, s->n_levels, level))
			add(p, ACT(STEP), s->name);
	}
}

/* Stopped by gas, answered, tested again, resumed. */
static void
add_stop(struct day_permit *p)
{
	p->alarm_minute = p->minute + PLAN_GAS_AFTER_START;
	p->minute += PLAN_GAS_AFTER_START + 6;
	add(p, ACT(GAS_TEST), NULL);
	add_steps(p, ACT(START), true);
	add(p, ACT(RESUME), NULL);
}

static void
begin(const struct day *d, struct day_permit *p, unsigned k)
{
	p->k = k;
	p->pack = packs_work(
	    d->plant.site->packs, plan_work(k)->work_type, d->plant.now);
	if (p->pack == NULL)
		day_die("no pack in force", plan_work(k)->work_type);
	(void)snprintf(
	    p->area, sizeof p->area, "area-%02u", plan_permit_area(k));
	(void)snprintf(p->worker, sizeof p->worker, "w-%04u", plan_worker(k));
	(void)snprintf(p->guardian, sizeof p->guardian, "guardian-%02u",
	    plan_permit_area(k));
	(void)snprintf(p->pipe, sizeof p->pipe, "P-%03u", k);
	p->minute = plan_permit_minute(k);
	add(p, ACT(APPLY), NULL);
	add_steps(p, ACT(APPROVE), false);
	add(p, ACT(GAS_TEST), NULL);
	add(p, ACT(APPROVE), NULL);
	add_steps(p, ACT(START), false);
	p->start = p->minute;
	add(p, ACT(START), NULL);
	if (plan_denied(k)) {
		p->acts[p->acts_len - 1].refused = true;
		add(p, ACT(CANCEL), NULL);
		return;
	}
	if (plan_stopped(k))
		add_stop(p);
	p->minute += WORK_MINUTES;
	add(p, ACT(FINISH), NULL);
	add(p, ACT(ACCEPT), NULL);
}

void
day_permits_begin(struct day *d)
{
	uint64_t stops = 0;

	d->permits = mem_alloc(PLAN_PERMITS, sizeof *d->permits);
	for (unsigned k = 0; k < PLAN_PERMITS; k++) {
		begin(d, &d->permits[k], k);
		if (plan_stopped(k))
			d->permits[k].alarm_seq = ++stops;
	}
}

void
day_permits_end(struct day *d)
{
	for (unsigned k = 0; k < PLAN_PERMITS; k++) {
		if (d->permits[k].next != d->permits[k].acts_len)
			day_die("a permit is not at its end",
			    d->permits[k].pack->work_type);
	}
	free(d->permits);
}

/* ---- one event ---- */

static void
keep(void *arg, const struct submit_result *r)
{
	struct day_permit *p = arg;

	if (r->error != ERR_OK)
		return;
	if (r->items[0].outcome != LEDGER__OUTCOME__APPLIED)
		day_die(p->pack->work_type, "kept, but not applied");
	p->seq = r->items[0].event_seq;
}

static const struct plant_person *
signer(const struct day *d, const struct day_permit *p, const struct act *a)
{
	const Pack__Right *r;

	if (a->action == ACT(STEP))
		return day_role(d, packs_step(p->pack, a->step)->roles[0]);
	r = packs_right(p->pack, a->action, plan_work(p->k)->level);
	if (r->named != NULL || strcmp(r->roles[0], "guardian") == 0)
		return &d->guardians[plan_permit_area(p->k)];
	return day_role(d, r->roles[0]);
}

static void
fill_application(
    const struct day *d, const struct day_permit *p, struct permit_form *f)
{
	const unsigned k = p->k;

	permit_form_level(f, plan_work(k)->level);
	f->m.work_type = day_text(plan_work(k)->work_type);
	f->m.content = day_text(plan_work(k)->content);
	f->m.location = day_text("north side, ground level");
	f->m.unit = day_text("production");
	f->m.work_unit = day_text("maintenance");
	f->m.has_planned_from_at = f->m.has_planned_to_at = true;
	f->m.planned_from_at = d->midnight + p->start * PLANT_MINUTE;
	f->m.planned_to_at = f->m.planned_from_at + 120 * PLANT_MINUTE;
}

/* The toxic ones are absent, the air is good. */
static void
fill_gas(const struct day *d, struct permit_form *f, const Pack__Work *w,
    Record__GasReading *g, Record__GasReading **list)
{
	size_t n = 0;

	record__gas_reading__init(&g[n]);
	g[n].has_value = g[n].has_lel = true;
	g[n].gas = day_text("methane");
	g[n].value = 0.05;
	g[n].lel = 5;
	g[n].unit = day_text("%vol");
	n++;
	for (size_t i = 0; i < w->n_gases; i++, n++) {
		record__gas_reading__init(&g[n]);
		g[n].gas = w->gases[i]->gas;
		g[n].unit = w->gases[i]->unit;
		g[n].has_value = true;
		g[n].value = strcmp(g[n].gas, "oxygen") == 0 ? 20.9 : 0.5;
	}
	for (size_t i = 0; i < n; i++)
		list[i] = &g[i];
	f->m.gas = list;
	f->m.n_gas = n;
	f->m.has_sampled_at = true;
	f->m.sampled_at = d->plant.now;
}

static void
send(struct day *d, struct day_permit *p, const struct act *a)
{
	struct permit_form f;
	Record__GasReading gas[16];
	Record__GasReading *list[16];
	struct plant_sign sign = {.who = signer(d, p, a),
	    .kind = LEDGER__KIND__PERMIT,
	    .record = p->id,
	    .based_on = p->seq,
	    .msg = &f.m.base,
	    .occurred_us = d->plant.now};
	struct day_call *call;
	struct submit_to to;
	struct plant_post made;
	bool first = p->id[0] == '\0';

	permit_form_fill(&f, p->pack, a->action);
	f.m.area = p->area;
	f.m.worker = p->worker;
	f.m.guardian = p->guardian;
	f.blind.equipment = p->pipe;
	f.m.has_occurred_at = true;
	f.m.occurred_at = d->plant.now;
	f.m.longitude = 121.0 + 0.02 * plan_permit_area(p->k);
	f.m.latitude = 31.2;
	f.m.step = a->step != NULL ? day_text(a->step) : NULL;
	if (a->action == ACT(APPLY))
		fill_application(d, p, &f);
	if (a->action == ACT(GAS_TEST))
		fill_gas(d, &f, p->pack, gas, list);
	plant_post(&d->plant, &sign, &made);
	call = day_call_new(d, p->pack->work_type);
	call->then = keep;
	call->arg = p;
	call->refused = a->refused;
	to = plant_to(&d->plant, call->wait);
	submit_event(
	    &to, LEDGER__KIND__PERMIT, first ? NULL : p->id, &made.post);
	buf_clear(&made.msg);
}

/* ---- the gas alarm that stops it ---- */

static void
keep_alarm(void *arg, const struct submit_result *r)
{
	struct day_permit *p = arg;

	text_uuid_put(p->alarm, r->items[0].record_id);
}

static void
raise_gas(struct day *d, struct day_permit *p)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&m};
	struct day_call *call = day_call_new(d, "gas alarm");
	struct submit_to to = plant_to(&d->plant, call->wait);

	m.source = day_text("gas-00");
	m.area = p->area;
	m.kind = day_text("gas");
	m.title = day_text("LEL high");
	m.has_source_seq = m.has_level = m.has_occurred_at = true;
	m.source_seq = p->alarm_seq;
	m.level = 1;
	m.occurred_at = d->plant.now;
	m.has_value = m.has_limit = true;
	m.value = 25;
	m.limit = 20;
	m.unit = day_text("%LEL");
	call->then = keep_alarm;
	call->arg = p;
	submit_alarms(&to, list, 1);
}

static void
answer_gas(struct day *d, struct day_permit *p, Record__Alarm__Action action)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct day_call *call = day_call_new(d, "answer to a gas alarm");
	struct submit_to to = plant_to(&d->plant, call->wait);

	m.has_action = true;
	m.action = action;
	m.operator_ = day_text("control room");
	m.has_verdict = action == RECORD__ALARM__ACTION__JUDGE;
	m.verdict = RECORD__ALARM__VERDICT__TRUE_ALARM;
	post.alarm = &m;
	submit_event(&to, LEDGER__KIND__ALARM, p->alarm, &post);
}

static void
gas(struct day *d, struct day_permit *p)
{
	Api__RecordView *v;

	if (p->alarm_minute == 0 || d->minute < p->alarm_minute)
		return;
	switch (d->minute - p->alarm_minute) {
	case 0:
		raise_gas(d, p);
		break;
	case 1:
		v = plant_get(&d->plant, LEDGER__KIND__PERMIT, p->id);
		if (strcmp(v->state, "SUSPENDED") != 0)
			day_die("gas did not stop", p->pack->work_type);
		p->seq = v->event_seq;
		api__record_view__free_unpacked(v, NULL);
		answer_gas(d, p, RECORD__ALARM__ACTION__ACK);
		break;
	case 3:
		answer_gas(d, p, RECORD__ALARM__ACTION__CLEAR);
		break;
	case 5:
		answer_gas(d, p, RECORD__ALARM__ACTION__JUDGE);
		break;
	default:
		break;
	}
}

void
day_permits(struct day *d)
{
	for (unsigned k = 0; k < PLAN_PERMITS; k++) {
		struct day_permit *p = &d->permits[k];

		gas(d, p);
		if (p->next < p->acts_len &&
		    p->acts[p->next].minute == d->minute)
			send(d, p, &p->acts[p->next++]);
	}
}
