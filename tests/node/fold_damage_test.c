/* fold_damage_test.c - no damaged row beside it keeps an alarm out. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "node/fold_key.h"
#include "node/submit_incident.h"
#include "tests/support/plant.h"

static struct plant p;

static void
begin(void)
{
	plant_begin(&p, "plant-b.acme.example");
}

static void
end(void)
{
	plant_end(&p);
}

TestSuite(fold_damage, .init = begin, .fini = end);

static void
raise(uint64_t seq, char id[TEXT_UUID_CHARS + 1])
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	char source[] = "gds-01", kind[] = "gas", title[] = "LEL";
	char area[] = "tank-farm-2";
	struct submit_result *r;

	a.has_action = a.has_source_seq = a.has_occurred_at = a.has_level =
	    true;
	a.action = RECORD__ALARM__ACTION__RAISE;
	a.source = source;
	a.source_seq = seq;
	a.occurred_at = p.now;
	a.level = 1;
	a.kind = kind;
	a.area = area;
	a.title = title;
	r = plant_alarms(&p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->items[0].error, ERR_OK);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

static void
must_be(const char *id, const char *state)
{
	Api__RecordView *v = plant_get(&p, LEDGER__KIND__ALARM, id);

	cr_assert_str_eq(v->state, state);
	api__record_view__free_unpacked(v, NULL);
}

/* Every row of a table becomes one that cannot be read. */
static void
damage(struct store_table t, size_t least)
{
	struct fold_key keys[64];
	struct store_txn *txn = NULL;
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t n = 0;
	enum err e;

	cr_assert_eq(store_write(p.site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_cursor(txn, t, &c, NULL), ERR_OK);
	for (e = store_seek(c, bytes_of("", 0), &row); e == ERR_OK && n < 64;
	     e = store_next(c, &row)) {
		keys[n] = (struct fold_key){.len = 0};
		fold_key_put(&keys[n++], row.key.ptr, row.key.len);
	}
	store_cursor_close(c);
	cr_assert_geq(n, least);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(store_put(txn, t, fold_key_view(&keys[i]),
		                 bytes_of("x", 1), NULL),
		    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static void
serve(void)
{
	struct fold_key k = fold_key_slot(p.site->evidence);
	struct store_txn *txn = NULL;

	fold_key_uint(&k, 7, 8);
	cr_assert_eq(store_write(p.site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_put(txn, p.site->own.tables.target,
	                 fold_key_view(&k), bytes_of("x", 1), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

Test(fold_damage, of_a_source_or_of_who_is_told_keeps_no_alarm_out)
{
	char id[TEXT_UUID_CHARS + 1];

	raise(1, id);
	damage(p.site->own.tables.feed, 1);
	damage(p.site->own.tables.source, 1);
	/* Somebody outside is told of alarms: of which, cannot be read. */
	serve();
	raise(2, id);
	must_be(id, "RAISED");
	/* Sent again: rather twice than not at all. */
	raise(1, id);
	must_be(id, "RAISED");
}

/* Of alarms: an incident, or more of one. */
static void
join(char incident[TEXT_UUID_CHARS + 1], char *first, char *second)
{
	Record__Incident m = RECORD__INCIDENT__INIT;
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&p, w);
	char *ids[] = {first, second};
	char area[] = "tank-farm-2";
	struct submit_result *r;

	m.has_action = m.has_level = m.has_first_at = m.has_last_at = true;
	m.action = RECORD__INCIDENT__ACTION__OPEN;
	m.area = area;
	m.level = 1;
	m.alarm_ids = ids;
	m.n_alarm_ids = 2;
	m.first_at = m.last_at = p.now;
	submit_incident(&to, NULL, &m);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(incident, r->items[0].record_id);
	submit_result_free(r);
}

Test(fold_damage, of_an_incident_or_of_one_alarm_keeps_no_other_out)
{
	char one[TEXT_UUID_CHARS + 1], two[TEXT_UUID_CHARS + 1];
	char incident[TEXT_UUID_CHARS + 1];

	raise(1, one);
	raise(2, two);
	plant_damage(&p, two);
	join(incident, one, two);
	plant_damage(&p, incident);
	plant_clear(&p, one);
	must_be(one, "CLEARED");
}
