/* submit_rules_test.c - permits that break a rule raise its alarm, once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_rules.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/fold_ids.h"
#include "node/fold_kind.h"
#include "tests/support/cards.h"

static char area[] = "tank-farm-2";
static char work[] = "hot-work";
static char worker[] = "w-0017";
static char guardian[] = "g-0003";

struct shift {
	struct plant p;
	struct plant_person applicant, analyst, approver, guardian;
	char permit[TEXT_UUID_CHARS + 1];
	uint32_t seq;
};

static const struct plant_person *
who_of(const struct shift *s, Record__Permit__Action action)
{
	if (action == RECORD__PERMIT__ACTION__APPLY)
		return &s->applicant;
	if (action == RECORD__PERMIT__ACTION__GAS_TEST)
		return &s->analyst;
	if (action == RECORD__PERMIT__ACTION__APPROVE)
		return &s->approver;
	return &s->guardian;
}

static struct submit_result *
send(struct shift *s, Record__Permit *m, int64_t at)
{
	struct plant_sign sign = {
	    .who = who_of(s, m->action),
	    .kind = LEDGER__KIND__PERMIT,
	    .record = s->permit,
	    .based_on = s->seq,
	    .msg = &m->base,
	    .occurred_us = at,
	};
	bool later = s->permit[0] != '\0';
	struct submit_result *r;

	m->has_action = m->has_occurred_at = true;
	m->occurred_at = at;
	r = plant_signed(&s->p, &sign, later ? s->permit : NULL);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	s->seq = r->items[0].event_seq;
	return r;
}

static void
go(struct shift *s, Record__Permit__Action action)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	m.action = action;
	submit_result_free(send(s, &m, s->p.now));
}

static void
begin(struct shift *s)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[] = {&g};
	char unit[] = "%vol";

	*s = (struct shift){.seq = 0};
	plant_begin(&s->p, "plant-b.acme.example");
	plant_enrol(&s->p, &s->applicant, "Li", "applicant");
	plant_enrol(&s->p, &s->analyst, "Wang", "gas-analyst");
	plant_enrol(&s->p, &s->approver, "Zhao", "approver");
	plant_enrol(&s->p, &s->guardian, "Qian", "guardian");
	cards_begin(&s->p, worker, "welding", guardian, NULL);
	m.action = RECORD__PERMIT__ACTION__APPLY;
	m.work_type = work;
	m.has_level = true;
	m.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	m.area = area;
	m.worker = worker;
	m.guardian = guardian;
	m.has_planned_from_at = m.has_planned_to_at = true;
	m.planned_from_at = s->p.now;
	m.planned_to_at = s->p.now + 8 * 60 * PLANT_MINUTE;
	submit_result_free(send(s, &m, s->p.now));
	record__permit__init(&m);
	m.action = RECORD__PERMIT__ACTION__GAS_TEST;
	m.has_sampled_at = true;
	m.sampled_at = s->p.now;
	m.gas = list;
	m.n_gas = 1;
	g.has_value = g.has_lel = true;
	g.value = 0.1;
	g.lel = 5;
	g.unit = unit;
	submit_result_free(send(s, &m, s->p.now));
	go(s, RECORD__PERMIT__ACTION__APPROVE);
}

/* Alarms of the rules, and the newest one's code. */
static size_t
alarms(struct shift *s, char code[static 8])
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	char source[] = "permit-rules";
	Api__Records *list = NULL;
	size_t n;

	q.subject = source;
	cr_assert_eq(
	    query_list(s->p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	n = list->n_items;
	code[0] = '\0';
	if (n > 0) {
		const Record__Alarm *a = list->items[0]->events[0]->alarm;

		(void)snprintf(code, 8, "%s", a->std_code);
		cr_assert_str_eq(a->kind, "permit");
		cr_assert_str_eq(a->area, area);
		cr_assert_str_eq(a->work->permit_ids[0], s->permit);
	}
	api__records__free_unpacked(list, NULL);
	return n;
}

static void
look(struct shift *s)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&s->p, w);
	struct submit_result *r;

	submit_rules(&to);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* GB 30871-2022 4.16, code 10: nobody did anything, the clock did. */
Test(submit_rules, says_once_that_a_permit_ran_out_under_way)
{
	struct shift s;
	char code[8];

	begin(&s);
	go(&s, RECORD__PERMIT__ACTION__START);
	look(&s);
	cr_assert_eq(alarms(&s, code), 0);
	plant_turn(&s.p, 8 * 60 * PLANT_MINUTE);
	look(&s);
	cr_assert_eq(alarms(&s, code), 0, "8 h to the microsecond");
	plant_turn(&s.p, PLANT_MINUTE);
	look(&s);
	cr_assert_eq(alarms(&s, code), 1);
	cr_assert_str_eq(code, "10");
	look(&s);
	cr_assert_eq(alarms(&s, code), 1, "the same breach is said once");
	plant_end(&s.p);
}

/* However many alarms name a permit, what each look reads are its own that
 * last.
 */
static size_t
lasting(struct shift *s)
{
	struct fold f = {.t = &s->p.site->own.tables,
	    .book = s->p.site->own.book,
	    .mac = &s->p.site->index_mac};
	struct fold_key k = fold_key_holder(s->p.site->evidence,
	    fold_hash(f.mac, FOLD_ABOUT, s->permit),
	    LEDGER__KIND__ALARM | FOLD_KIND_LASTS, NULL);
	struct fold_ids ids = {.at = NULL};
	size_t n;

	cr_assert_eq(store_read(s->p.site->own.store, &f.txn, NULL), ERR_OK);
	cr_assert_eq(fold_ids_collect(&f, f.t->holder, &k, &ids, NULL), ERR_OK);
	store_abort(f.txn);
	n = ids.len;
	fold_ids_clear(&ids);
	return n;
}

static void
name_it(struct shift *s, uint64_t seq)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__WorkContext w = RECORD__WORK_CONTEXT__INIT;
	Record__Alarm *list[] = {&a};
	char *permits[] = {s->permit};
	char source[] = "permit-rules", kind[] = "data", title[] = "x";
	char detail[] = "R06: 4.16";
	struct submit_result *r;

	a.has_action = a.has_occurred_at = a.has_level = a.has_direction = true;
	a.action = RECORD__ALARM__ACTION__RAISE;
	a.direction = RECORD__ALARM__DIRECTION__STATE;
	a.source = source;
	a.has_source_seq = true;
	a.source_seq = seq;
	a.occurred_at = s->p.now;
	a.level = 3;
	a.kind = kind;
	a.area = area;
	a.title = title;
	a.detail = detail;
	a.work = &w;
	w.permit_ids = permits;
	w.n_permit_ids = 1;
	r = plant_alarms(&s->p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

Test(submit_rules, reads_none_of_the_others_that_name_a_permit)
{
	struct shift s;

	begin(&s);
	go(&s, RECORD__PERMIT__ACTION__START);
	for (uint64_t n = 1; n <= 20; n++)
		name_it(&s, n);
	look(&s);
	cr_assert_eq(lasting(&s), 0u);
	plant_turn(&s.p, 8 * 60 * PLANT_MINUTE + 1);
	look(&s);
	look(&s);
	cr_assert_eq(lasting(&s), 1u, "R06");
	go(&s, RECORD__PERMIT__ACTION__FINISH);
	look(&s);
	cr_assert_eq(lasting(&s), 0u, "it has returned");
	plant_end(&s.p);
}

/* 5.3.1c, code 02: a start that was signed offline on a sample of 31 minutes
 * comes late.  It is kept, moves nothing, and raises its alarm. */
Test(submit_rules, says_what_a_late_event_tells_of)
{
	struct shift s;
	struct submit_result *r;
	Record__Permit m = RECORD__PERMIT__INIT;
	int64_t at;
	char code[8];

	begin(&s);
	at = s.p.now + 31 * PLANT_MINUTE;
	plant_turn(&s.p, 60 * PLANT_MINUTE);
	m.action = RECORD__PERMIT__ACTION__START;
	r = send(&s, &m, at);
	cr_assert_eq(r->items[0].outcome, LEDGER__OUTCOME__NOT_APPLIED);
	submit_result_free(r);
	cr_assert_eq(alarms(&s, code), 1);
	cr_assert_str_eq(code, "02");
	plant_end(&s.p);
}
