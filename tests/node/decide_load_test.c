/* decide_load_test.c - what a decision makes of rows that cannot be read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decide_load.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/domain/decide_replay.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "tests/support/cards.h"

static char worker[] = "w-0017";
static char area[] = "tank-farm-2";

/* Raised in the area, too weak to stop work. */
static void
alarm(struct plant *p, uint64_t seq, char id[TEXT_UUID_CHARS + 1])
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	char source[] = "gds-01", kind[] = "gas", title[] = "LEL";
	struct submit_result *r;

	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__RAISE;
	a.source = source;
	a.has_source_seq = true;
	a.source_seq = seq;
	a.has_occurred_at = true;
	a.occurred_at = p->now;
	a.has_level = true;
	a.level = 3;
	a.kind = kind;
	a.area = area;
	a.title = title;
	r = plant_alarms(p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

/* Asked, answered, entered, and the entry tells the same again. */
static void
decide(struct plant *p, Record__Decision__Result want, const char *code)
{
	Api__DecisionQuery q = API__DECISION_QUERY__INIT;
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(p, w);
	char work[] = "hot-work";
	char id[TEXT_UUID_CHARS + 1];
	struct decide_replay again;
	struct submit_result *r;
	Api__RecordView *v;

	q.holder = worker;
	q.work_type = work;
	q.has_level = true;
	q.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	q.area = area;
	submit_decision(&to, &q);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->decision, want);
	cr_assert(code == NULL || strcmp(r->rules.at[0]->code, code) == 0, "%s",
	    r->rules.at[0]->code);
	text_uuid_put(id, r->items[0].record_id);
	v = plant_get(p, LEDGER__KIND__DECISION, id);
	cr_assert_eq(
	    decide_replay(&again, v->events[0]->decision, NULL), ERR_OK);
	cr_assert(again.same);
	api__record_view__free_unpacked(v, NULL);
	submit_result_free(r);
}

/* What another node's log says of its decision is counted with here. */
Test(decide_replay, counts_with_no_span_that_is_none)
{
	static const int64_t bad[] = {INT64_MIN, -1, INT64_MAX};
	struct decide_replay out;

	for (size_t i = 0; i < 4 * sizeof bad / sizeof bad[0]; i++) {
		Record__Decision m = RECORD__DECISION__INIT;
		Record__DecisionFacts f = RECORD__DECISION_FACTS__INIT;
		int64_t *const at[] = {&f.status_ttl_us, &f.decision_us,
		    &f.identity_ttl_us, &f.silent_us};

		m.facts = &f;
		m.as_of_at = PLANT_START;
		f.version = DECIDE_VERSION;
		cr_assert_eq(decide_replay(&out, &m, NULL), ERR_OK);
		*at[i % 4] = bad[i / 4];
		cr_assert_eq(decide_replay(&out, &m, NULL), ERR_LIMIT);
	}
}

#define ALLOW RECORD__DECISION__RESULT__ALLOW
#define DENY RECORD__DECISION__RESULT__DENY
#define UNSURE RECORD__DECISION__RESULT__INDETERMINATE

Test(decide_load, allows_nothing_beside_an_alarm_that_cannot_be_read)
{
	char id[TEXT_UUID_CHARS + 1];
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	cards_certify(&p, worker, "welding", NULL);
	alarm(&p, 1, id);
	alarm(&p, 2, id);
	decide(&p, ALLOW, NULL);
	plant_damage(&p, id);
	decide(&p, UNSURE, "ALARM_LOST");
	plant_end(&p);
}

/* The row of a record is there no more; what points at it is. */
static void
lose(struct plant *p, const char *record_id)
{
	struct site_db *db = &p->site->own;
	struct store_txn *txn = NULL;
	struct fold_key k;
	uint8_t raw[16];

	cr_assert_eq(text_uuid_get(raw, bytes_str(record_id), NULL), ERR_OK);
	k = fold_key_record(p->site->evidence, raw, 0);
	cr_assert_eq(store_write(db->store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_del(txn, db->tables.record, fold_key_view(&k), NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

/* The key of its first body is there no more, and nobody erased it. */
static void
lose_key(struct plant *p, const char *record_id)
{
	struct site_db *db = &p->site->own;
	struct fold f = {
	    .t = &db->tables, .book = db->book, .mac = &p->site->index_mac};
	struct store_table keys;
	struct fold_spot at;
	struct fold_key k;
	uint8_t raw[16];
	struct row r;

	cr_assert_eq(text_uuid_get(raw, bytes_str(record_id), NULL), ERR_OK);
	cr_assert_eq(store_table(db->store, "log_key", &keys, NULL), ERR_OK);
	cr_assert_eq(store_write(db->store, &f.txn, NULL), ERR_OK);
	cr_assert_eq(fold_get(&f, p->site->evidence, raw, &r, NULL), ERR_OK);
	cr_assert_eq(
	    fold_spot(&f, p->site->evidence, r.first, &at, NULL), ERR_OK);
	k = fold_key_slot(at.slot);
	fold_key_uint(&k, at.index, 8);
	cr_assert_eq(store_del(f.txn, keys, fold_key_view(&k), NULL), ERR_OK);
	cr_assert_eq(store_commit(f.txn, NULL), ERR_OK);
}

/* Of the worker's two certificates one comes to harm: it may be the one that
 * is suspended. */
static void
unsure_after(void (*harm)(struct plant *, const char *))
{
	char id[TEXT_UUID_CHARS + 1];
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	cards_certify(&p, worker, "welding", NULL);
	cards_certify(&p, worker, "welding", id);
	decide(&p, ALLOW, NULL);
	harm(&p, id);
	decide(&p, UNSURE, "PERSON_LOST");
	plant_end(&p);
}

Test(decide_load_person, allows_nothing_on_records_that_cannot_be_read)
{
	unsure_after(plant_damage);
}

Test(decide_load_person, allows_nothing_beside_a_body_that_nobody_erased)
{
	unsure_after(lose_key);
}

Test(decide_load_person, allows_nothing_beside_a_row_that_is_gone)
{
	unsure_after(lose);
}

Test(decide_load_person, allows_nothing_beside_a_case_that_is_gone)
{
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char type[] = "violation";
	char id[TEXT_UUID_CHARS + 1];
	struct submit_result *r;
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	cards_certify(&p, worker, "welding", NULL);
	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.area = area;
	c.holder = worker;
	post.case_event = &c;
	r = plant_event(&p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	decide(&p, DENY, "VIOLATION_OPEN");
	lose(&p, id);
	decide(&p, UNSURE, "PERSON_LOST");
	plant_end(&p);
}
