/* submit_work_test.c - what else stops with work that an alarm stops. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_op.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/submit_delivery.h"
#include "node/submit_own.h"
#include "tests/support/hotwork.h"
#include "tests/support/packed.h"

static char lamps[] = "lamps", shop[] = "shop-1", tanks[] = HOTWORK_AREA;
static char worker[] = "w-0001", guardian[] = HOTWORK_GUARDIAN;
static char unit[] = "%vol", gas[] = "gas";

/* Hot work, and the light for it. */
struct scene {
	struct plant p;
	struct hotwork w, light;
};

static void
sign(struct hotwork *w, const struct plant_person *who, Record__Permit *m)
{
	const struct plant_sign s = {.who = who,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = w->permit,
	    .based_on = w->seq,
	    .msg = &m->base,
	    .occurred_us = w->p->now};
	const bool later = w->permit[0] != '\0';
	struct submit_result *r;

	m->has_action = m->has_occurred_at = true;
	m->occurred_at = w->p->now;
	r = plant_signed(w->p, &s, later ? w->permit : NULL);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	w->seq = r->items[0].event_seq;
	submit_result_free(r);
}

static void
light(struct scene *s, char *area)
{
	Record__Permit m = RECORD__PERMIT__INIT, test = RECORD__PERMIT__INIT;
	Record__Permit yes = RECORD__PERMIT__INIT;
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[] = {&g};
	char *links[] = {s->w.permit};

	s->light = s->w;
	s->light.permit[0] = '\0';
	s->light.seq = 0;
	m.action = RECORD__PERMIT__ACTION__APPLY;
	m.work_type = lamps;
	m.has_level = m.has_planned_from_at = m.has_planned_to_at = true;
	m.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	m.area = area;
	m.worker = worker;
	m.guardian = guardian;
	m.planned_from_at = s->p.now;
	m.planned_to_at = s->p.now + 60 * PLANT_MINUTE;
	m.linked = links;
	m.n_linked = 1;
	sign(&s->light, &s->w.applicant, &m);
	test.action = RECORD__PERMIT__ACTION__GAS_TEST;
	test.has_sampled_at = g.has_value = g.has_lel = true;
	test.sampled_at = s->p.now;
	test.gas = list;
	test.n_gas = 1;
	g.value = 0.1;
	g.lel = 5;
	g.unit = unit;
	sign(&s->light, &s->w.analyst, &test);
	yes.action = RECORD__PERMIT__ACTION__APPROVE;
	sign(&s->light, &s->w.approver, &yes);
}

static void
begin(struct scene *s, char *area)
{
	char text[PACKED_TEXT];

	plant_begin(&s->p, "plant-a.acme.example");
	packed_edit(text, "1", "hot-work", "lamps\n  follows: [hot-work]");
	packed_activate(&s->p, NULL, text);
	cards_certify(&s->p, worker, "welding", NULL);
	hotwork_begin(&s->w, &s->p, worker);
	plant_turn(&s->p, PLANT_MINUTE); /* ids ascend with the time */
	light(s, area);
	hotwork_is(&s->light, "ISSUED");
}

/* An hour late: its record's id is put into `id`. */
static void
raise_late(struct scene *s, char id[TEXT_UUID_CHARS + 1])
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	struct submit_result *r;

	a.has_level = a.has_occurred_at = true;
	a.level = 1;
	a.kind = gas;
	a.area = tanks;
	a.occurred_at = s->p.now - 60 * PLANT_MINUTE;
	r = plant_alarms(&s->p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

Test(submit_work, what_follows_stops_for_the_same_alarm_and_no_earlier)
{
	struct scene s;
	char alarm[TEXT_UUID_CHARS + 1];

	begin(&s, shop);
	plant_turn(&s.p, 5 * PLANT_MINUTE);
	raise_late(&s, alarm);
	hotwork_is(&s.w, "SUSPENDED");
	hotwork_is(&s.light, "SUSPENDED");
	Api__RecordView *v =
	    plant_get(&s.p, LEDGER__KIND__PERMIT, s.light.permit);
	const Api__EventView *last = v->events[v->n_events - 1];
	cr_assert_str_eq(last->annex->code, "PARENT_STOPPED");
	/* By which the notice of it is due. */
	cr_assert_not_null(last->annex->alarm_id);
	cr_assert_str_eq(last->annex->alarm_id, alarm);
	/* Else it could go on by what was known before the alarm came. */
	cr_assert_eq(last->permit->occurred_at, s.p.now);
	api__record_view__free_unpacked(v, NULL);
	plant_end(&s.p);
}

Test(submit_work, what_follows_in_the_same_area_stops_once)
{
	struct scene s;
	char alarm[TEXT_UUID_CHARS + 1];
	uint32_t before;

	begin(&s, tanks);
	before = s.light.seq;
	plant_turn(&s.p, 5 * PLANT_MINUTE);
	raise_late(&s, alarm);
	hotwork_is(&s.w, "SUSPENDED");
	hotwork_is(&s.light, "SUSPENDED");
	cr_assert_eq(s.light.seq, before + 1);
	plant_end(&s.p);
}

/* A record that cannot be read: the alarm is taken, all other work stops, and
 * people are told, once, to stop that one. */
Test(submit_work, a_damaged_permit_costs_neither_the_alarm_nor_the_others)
{
	struct scene s;
	char alarm[TEXT_UUID_CHARS + 1];
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;
	char source[] = "permit-rules", text[80];
	uint8_t id[16];

	begin(&s, tanks);
	plant_turn(&s.p, 5 * PLANT_MINUTE);
	plant_damage(&s.p, s.light.permit);
	raise_late(&s, alarm);
	hotwork_is(&s.w, "SUSPENDED");
	raise_late(&s, alarm);
	q.subject = source;
	cr_assert_eq(
	    query_list(s.p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	cr_assert_eq(list->n_items, 1u);
	const Record__Alarm *a = list->items[0]->events[0]->alarm;
	cr_assert_str_eq(a->std_code, "L-00");
	cr_assert_eq(a->level, 1u);
	cr_assert_str_eq(a->area, tanks);
	cr_assert_str_eq(a->work->permit_ids[0], s.light.permit);
	/* What said it is damaged in turn. */
	plant_damage(&s.p, list->items[0]->record_id);
	api__records__free_unpacked(list, NULL);
	raise_late(&s, alarm);
	(void)snprintf(
	    text, sizeof text, "lianfang/damage/%s/1", s.light.permit);
	submit_own_id(id, text);
	text_uuid_put(alarm, id);
	api__record_view__free_unpacked(
	    plant_get(&s.p, LEDGER__KIND__ALARM, alarm), NULL);
	plant_end(&s.p);
}

/* Notices that are due, of any kind. */
static size_t
due(struct scene *s)
{
	struct store_txn *txn = NULL;
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t n = 0;
	enum err e = store_read(s->p.site->own.store, &txn, NULL);

	if (e == ERR_OK)
		e = store_cursor(txn, s->p.site->own.tables.notice, &c, NULL);
	cr_assert_eq(e, ERR_OK);
	for (e = store_seek(c, bytes_of("", 0), &row); e == ERR_OK;
	     e = store_next(c, &row))
		n++;
	store_cursor_close(c);
	store_abort(txn);
	return n;
}

static void
serve(struct scene *s)
{
	Record__Delivery m = RECORD__DELIVERY__INIT;
	static char target[] = "office";
	static char kind[] = "permit-stopped";
	char *kinds[] = {kind};
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&s->p, w);
	struct submit_result *r;

	m.has_action = true;
	m.action = RECORD__DELIVERY__ACTION__SERVE;
	m.target = target;
	m.kinds = kinds;
	m.n_kinds = 1;
	submit_delivery(&to, &m);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* A person stops the one by hand: of the other, which the node stops, those
 * outside are told as of any. */
Test(submit_work, a_notice_of_what_follows_is_due)
{
	struct scene s;

	begin(&s, shop);
	serve(&s);
	submit_result_free(
	    hotwork_step(&s.w, &s.w.guardian, RECORD__PERMIT__ACTION__SUSPEND));
	hotwork_is(&s.light, "SUSPENDED");
	cr_assert_eq(due(&s), 1u);
	plant_end(&s.p);
}
