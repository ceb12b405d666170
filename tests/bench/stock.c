/* stock.c - what a plant has after a month, as fast as it can be written. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/stock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/domain/packs.h"
#include "node/journal.h"
#include "proto/mem.h"
#include "tests/bench/bench.h"
#include "tests/support/permit_form.h"
#include "tests/support/plant.h"

#define BATCH 1000
#define CLEAR_AFTER (3 * PLANT_MINUTE)

struct fill {
	struct plant plant;
	struct stock *s;
	struct plant_person applicant;
	struct plant_person canceller;
	const Pack__Work *work;
	struct submit_wait *waits[BATCH];
	size_t len;
	char ids[BATCH][TEXT_UUID_CHARS + 1]; /* of the batch before */
};

static struct submit_to
call(struct fill *f)
{
	struct submit_wait *w = submit_wait_new();

	f->waits[f->len++] = w;
	return plant_to(&f->plant, w);
}

/* Waits for all; their ids when they are first events. */
static void
finish(struct fill *f, bool first)
{
	for (size_t i = 0; i < f->len; i++) {
		struct submit_result *r = submit_wait_for(f->waits[i]);

		if (r->error != ERR_OK)
			bench_fail("stock: %s", r->why.text);
		for (size_t k = 0; first && k < r->len && i + k < BATCH; k++)
			text_uuid_put(f->ids[i + k], r->items[k].record_id);
		submit_result_free(r);
	}
	f->len = 0;
}

static char *
loose(const char *s)
{
	union {
		const char *in;
		char *out;
	} u = {.in = s};

	return u.out;
}

/* ---- alarms ---- */

struct made {
	Record__Alarm m;
	char area[16];
};

/* Evenly over the month. */
static int64_t
at_us(const struct fill *f, unsigned i)
{
	return f->s->from_us +
	    STOCK_DAYS * INT64_C(1440) * PLANT_MINUTE / f->s->alarms * i;
}

static void
raise_some(struct fill *f, unsigned from, unsigned n)
{
	static struct made made[BATCH];
	static Record__Alarm *list[BATCH];
	struct submit_to to = call(f);

	for (unsigned i = 0; i < n; i++) {
		Record__Alarm *m = &made[i].m;

		record__alarm__init(m);
		(void)snprintf(made[i].area, sizeof made[i].area, "area-%02u",
		    (from + i) % STOCK_AREAS);
		m->area = made[i].area;
		m->source = loose("dcs-1");
		m->kind = loose("process");
		m->title = loose("value out of its band");
		m->detail = loose(bench_detail());
		m->has_source_seq = m->has_level = m->has_occurred_at = true;
		m->source_seq = from + i + 1;
		m->level = 3;
		m->occurred_at = at_us(f, from + i);
		list[i] = m;
	}
	submit_alarms(&to, list, n);
	finish(f, true);
}

static void
clear_some(struct fill *f, unsigned from, unsigned n)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;

	m.has_action = true;
	m.action = RECORD__ALARM__ACTION__CLEAR;
	m.has_occurred_at = true;
	post.alarm = &m;
	for (unsigned i = 0; i < n; i++) {
		struct submit_to to = call(f);

		m.occurred_at = at_us(f, from + i) + CLEAR_AFTER;
		submit_event(&to, LEDGER__KIND__ALARM, f->ids[i], &post);
	}
	finish(f, false);
}

static void
alarms(struct fill *f)
{
	for (unsigned i = 0; i < f->s->alarms; i += BATCH) {
		unsigned n =
		    f->s->alarms - i < BATCH ? f->s->alarms - i : BATCH;

		f->plant.now = at_us(f, i + n);
		raise_some(f, i, n);
		f->plant.now += CLEAR_AFTER;
		clear_some(f, i, n);
	}
}

/* ---- permits ---- */

static void
send(struct fill *f, unsigned k, Record__Permit__Action action, char *id)
{
	struct permit_form form;
	struct plant_sign sign = {.who = action == RECORD__PERMIT__ACTION__APPLY
	        ? &f->applicant
	        : &f->canceller,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = id,
	    .based_on = action == RECORD__PERMIT__ACTION__APPLY ? 0 : 1,
	    .msg = &form.m.base,
	    .occurred_us = f->plant.now};
	struct plant_post made;
	struct submit_to to;
	char area[16];
	char worker[16];

	(void)snprintf(area, sizeof area, "area-%02u", k % STOCK_AREAS);
	(void)snprintf(worker, sizeof worker, "w-%03u", k % STOCK_WORKERS);
	permit_form_fill(&form, f->work, action);
	permit_form_level(&form, RECORD__PERMIT__LEVEL__LEVEL_2);
	form.m.work_type = loose("hot-work");
	form.m.area = area;
	form.m.worker = worker;
	form.m.has_occurred_at = true;
	form.m.occurred_at = f->plant.now;
	form.m.has_planned_from_at = form.m.has_planned_to_at = true;
	form.m.planned_from_at = f->plant.now;
	form.m.planned_to_at = f->plant.now + 480 * PLANT_MINUTE;
	plant_post(&f->plant, &sign, &made);
	to = call(f);
	submit_event(&to, LEDGER__KIND__PERMIT,
	    action == RECORD__PERMIT__ACTION__APPLY ? NULL : id, &made.post);
	buf_clear(&made.msg);
}

static void
permits(struct fill *f)
{
	const unsigned cancelled = f->s->permits - STOCK_OPEN;

	for (unsigned k = 0; k < f->s->permits; k += BATCH) {
		f->plant.now += PLANT_MINUTE;
		for (unsigned i = 0; i < BATCH && k + i < f->s->permits; i++) {
			f->ids[i][0] = '\0';
			send(
			    f, k + i, RECORD__PERMIT__ACTION__APPLY, f->ids[i]);
		}
		finish(f, false);
		f->plant.now += PLANT_MINUTE;
		for (unsigned i = 0; i < BATCH && k + i < cancelled; i++)
			send(f, k + i, RECORD__PERMIT__ACTION__CANCEL,
			    f->ids[i]);
		finish(f, false);
	}
}

static void
certify(struct fill *f)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char holder[16];

	c.has_action = true;
	c.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	c.holder = holder;
	c.class_ = loose("welding");
	c.has_valid_from_at = c.has_valid_to_at = true;
	c.valid_from_at = f->plant.now - 1440 * PLANT_MINUTE;
	c.valid_to_at = f->plant.now + 500 * 1440 * PLANT_MINUTE;
	post.certificate = &c;
	for (unsigned i = 0; i < STOCK_WORKERS; i++) {
		struct submit_to to = call(f);

		(void)snprintf(holder, sizeof holder, "w-%03u", i);
		submit_event(&to, LEDGER__KIND__CERTIFICATE, NULL, &post);
	}
	finish(f, false);
}

int64_t
stock_from(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * INT64_C(1000000) -
	    (STOCK_DAYS + 1) * INT64_C(1440) * PLANT_MINUTE;
}

void
stock_fill(struct stock *s, const char *dir, const char *name)
{
	struct fill *f = mem_alloc(1, sizeof *f);
	const Pack__Right *cancel;

	f->s = s;
	plant_begin_at(&f->plant, dir, name, s->from_us - PLANT_MINUTE);
	f->work = packs_work(f->plant.site->packs, "hot-work", f->plant.now);
	cancel = packs_right(f->work, RECORD__PERMIT__ACTION__CANCEL,
	    RECORD__PERMIT__LEVEL__LEVEL_2);
	plant_enrol(&f->plant, &f->applicant, "Li", "applicant");
	plant_enrol(&f->plant, &f->canceller, "Zhao", cancel->roles[0]);
	certify(f);
	alarms(f);
	permits(f);
	plant_close(&f->plant);
	free(f);
}
