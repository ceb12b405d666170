/* spool_test.c - alarms that are taken while no log may be signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/spool.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/spool_state.h"
#include "proto/text.h"
#include "tests/support/doubt.h"

static struct plant p;
static char gas[] = "gas";
static char area[] = "tank-farm-2";
static char source[] = "gds-01";

static void
doubt(void)
{
	doubt_begin(&p);
}

static void
begin(void)
{
	doubt_end(&p, NULL);
}

static void
setup(void)
{
	plant_begin(&p, "plant-a.acme.example");
}

static void
teardown(void)
{
	plant_end(&p);
}

TestSuite(spool, .init = setup, .fini = teardown);

static Record__Alarm
alarm_of(uint64_t seq, uint32_t level)
{
	Record__Alarm a = RECORD__ALARM__INIT;

	a.source = source;
	a.has_source_seq = seq != 0;
	a.source_seq = seq;
	a.has_level = true;
	a.level = level;
	a.kind = gas;
	a.area = area;
	a.has_occurred_at = true;
	a.occurred_at = PLANT_START;
	return a;
}

static struct submit_receipt
raise(uint64_t seq, uint32_t level)
{
	return doubt_raise(&p, seq, level);
}

static Api__RecordView *
get(const struct submit_receipt *r)
{
	char id[TEXT_UUID_CHARS + 1];

	text_uuid_put(id, r->record_id);
	return plant_get(&p, LEDGER__KIND__ALARM, id);
}

static bool
key_there(void)
{
	char path[TEMP_PATH_BYTES];

	temp_path(path, p.dir, "keys/spool.key");
	return access(path, F_OK) == 0;
}

static uint64_t
entries(void)
{
	struct query_counts n;

	cr_assert_eq(query_counts(p.site, &n, NULL), ERR_OK);
	return n.evidence_size;
}

Test(spool, keeps_alarms_once_and_enters_them_in_order)
{
	struct submit_receipt at[4], again;
	uint64_t before, index = 0;

	doubt();
	before = entries();
	for (uint64_t i = 0; i < 3; i++) {
		at[i] = raise(i + 1, 2);
		cr_assert(at[i].provisional);
		cr_assert_not(at[i].duplicate);
	}
	at[3] = raise(0, 1); /* its source does not number */
	again = raise(2, 2);
	cr_assert(again.provisional && again.duplicate);
	cr_assert_arr_eq(again.record_id, at[1].record_id, 16);
	cr_assert_eq(spool_count(p.site), 4);
	cr_assert(key_there());
	cr_assert_eq(entries(), before, "nothing is signed");
	/* Also after another start. */
	plant_restart(&p);
	again = raise(2, 2);
	cr_assert_arr_eq(again.record_id, at[1].record_id, 16);
	begin();
	cr_assert_eq(spool_count(p.site), 0);
	cr_assert_not(key_there());
	cr_assert_eq(entries(), before + 4);
	for (size_t i = 0; i < 4; i++) {
		Api__RecordView *v = get(&at[i]);

		cr_assert_eq(v->n_events, 1);
		cr_assert_str_eq(v->events[0]->annex->code, "SPOOLED");
		cr_assert_eq(v->events[0]->alarm->occurred_at, PLANT_START);
		cr_assert_gt(v->events[0]->place->index, index);
		index = v->events[0]->place->index;
		api__record_view__free_unpacked(v, NULL);
	}
	again = raise(2, 2);
	cr_assert(again.duplicate && !again.provisional);
	cr_assert_arr_eq(again.record_id, at[1].record_id, 16);
	cr_assert_not(raise(9, 2).provisional);
}

Test(spool, keeps_other_content_under_the_same_number)
{
	struct submit_receipt first, other;

	doubt();
	first = raise(1, 2);
	other = raise(1, 3);
	cr_assert(other.provisional && !other.duplicate);
	begin();
	Api__RecordView *v = get(&other);
	cr_assert_eq(v->events[0]->outcome, LEDGER__OUTCOME__SEQ_CONFLICT);
	api__record_view__free_unpacked(v, NULL);
	v = get(&first);
	cr_assert_eq(v->events[0]->outcome, LEDGER__OUTCOME__APPLIED);
	api__record_view__free_unpacked(v, NULL);
}

Test(spool, answers_what_is_in_the_log_with_its_receipt)
{
	struct submit_receipt before = raise(1, 2), now;

	doubt();
	now = raise(1, 2);
	cr_assert(now.duplicate && !now.provisional);
	cr_assert_eq(now.index, before.index);
	cr_assert_eq(spool_count(p.site), 0);
}

static struct submit_result *
signed_alarm(const struct plant_person *who, char *record, uint64_t seq)
{
	Record__Alarm a = alarm_of(seq, 1);
	struct plant_sign sign = {.who = who,
	    .kind = LEDGER__KIND__ALARM,
	    .record = record,
	    .msg = &a.base,
	    .occurred_us = PLANT_START};

	return plant_signed(&p, &sign, NULL);
}

Test(spool, takes_signed_alarms_and_drops_none_over_a_key)
{
	struct plant_person device, stranger;
	char one[TEXT_UUID_CHARS + 1] = "", two[TEXT_UUID_CHARS + 1] = "";
	struct submit_result *r;
	Api__RecordView *v;

	plant_enrol(&p, &device, source, "source");
	doubt();
	crypto_signer_new(&stranger.key);
	stranger.alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(stranger.alg_key + 1, stranger.key.pub, CRYPTO_PUB_BYTES);
	r = signed_alarm(&device, one, 1);
	cr_assert(r->error == ERR_OK && r->items[0].provisional);
	submit_result_free(r);
	r = signed_alarm(&stranger, two, 2);
	cr_assert(r->error == ERR_OK && r->items[0].provisional);
	submit_result_free(r);
	begin();
	cr_assert_eq(spool_count(p.site), 0);
	v = plant_get(&p, LEDGER__KIND__ALARM, one);
	cr_assert_not_null(v->events[0]->signer);
	api__record_view__free_unpacked(v, NULL);
	v = plant_get(&p, LEDGER__KIND__ALARM, two);
	cr_assert_null(v->events[0]->signer, "its key proves nothing");
	api__record_view__free_unpacked(v, NULL);
}

Test(spool, keeps_what_was_signed_with_others_with_its_path)
{
	struct plant_person device;
	char ids[3][TEXT_UUID_CHARS + 1] = {"", "", ""};
	struct plant_post made[3];
	Api__EventPost *list[3];
	struct submit_wait *w = submit_wait_new();
	struct submit_to to;

	plant_enrol(&p, &device, source, "source");
	doubt();
	to = plant_to(&p, w);
	for (size_t i = 0; i < 3; i++) {
		Record__Alarm a = alarm_of(i + 1, 1);
		struct plant_sign sign = {.who = &device,
		    .kind = LEDGER__KIND__ALARM,
		    .record = ids[i],
		    .msg = &a.base,
		    .occurred_us = PLANT_START};

		plant_post(&p, &sign, &made[i]);
		list[i] = &made[i].post;
	}
	plant_batch(&device, made, 3);
	submit_signed(&to, list, 3);
	struct submit_result *r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK);
	submit_result_free(r);
	cr_assert_eq(spool_count(p.site), 3);
	begin();
	for (size_t i = 0; i < 3; i++) {
		Api__RecordView *v = plant_get(&p, LEDGER__KIND__ALARM, ids[i]);

		cr_assert_not_null(v->events[0]->signer);
		api__record_view__free_unpacked(v, NULL);
		buf_clear(&made[i].msg);
	}
}

Test(spool, refuses_all_else_that_writes)
{
	Record__Admin a = RECORD__ADMIN__INIT;
	Api__DecisionQuery q = API__DECISION_QUERY__INIT;
	char work[] = "hot-work", what[] = "test";
	struct submit_wait *w;
	struct submit_to to;
	struct submit_result *r;

	doubt();
	a.action = what;
	w = submit_wait_new();
	to = plant_to(&p, w);
	submit_admin(&to, &a);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_TIMEOUT);
	submit_result_free(r);
	q.work_type = work;
	q.area = area;
	w = submit_wait_new();
	to = plant_to(&p, w);
	submit_decision(&to, &q);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_TIMEOUT);
	cr_assert_neq(r->decision, RECORD__DECISION__RESULT__ALLOW);
	submit_result_free(r);
}

/* The store knows the rows, but nobody can open them any more: they were
 * entered before an older copy was put back. */
Test(spool, goes_on_without_rows_whose_key_is_gone)
{
	char path[TEMP_PATH_BYTES];
	uint64_t before;

	doubt();
	(void)raise(1, 2);
	before = entries();
	temp_path(path, p.dir, "keys/spool.key");
	cr_assert_eq(unlink(path), 0);
	begin();
	cr_assert_eq(spool_count(p.site), 0);
	cr_assert_eq(entries(), before);
	cr_assert_not(raise(2, 2).provisional);
}

/* From here on nothing stands against signing. */
static void
no_doubt(void)
{
	char path[TEMP_PATH_BYTES];
	static const char text[] = "lianfang-incarnation/1\nnow 0 0\n"
	                           "open plant-a.acme.example/evidence/1\n"
	                           "open plant-a.acme.example/alliance/1\n";

	site_close(p.site);
	temp_path(path, p.dir, "incarnation");
	temp_write(path, text, strlen(text));
	doubt_open(&p);
	cr_assert_eq(p.site->doubt, 0);
}

static void
put_spool_row(const char *key, const char *value)
{
	struct store_txn *txn = NULL;

	cr_assert_eq(store_write(spool_store(p.site), &txn, NULL), ERR_OK);
	cr_assert_eq(store_put(txn, p.site->spool->rows, bytes_str(key),
	                 bytes_str(value), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

Test(spool, keeps_the_key_while_it_cannot_be_counted)
{
	struct err_why why = {.text = ""};

	doubt();
	(void)raise(1, 2);
	put_spool_row("c", "torn");
	p.site->doubt = 0;
	cr_assert_neq(spool_open(p.site, &why), ERR_OK);
	cr_assert(key_there(), "it opens what is kept");
	cr_assert_neq(spool_drain(p.site, &why), ERR_OK);
	cr_assert(key_there());
}

/* A copy that was put back holds the message too, but nobody can open it. */
Test(spool, keeps_again_what_no_key_opens)
{
	struct submit_receipt first, again;
	char path[TEMP_PATH_BYTES];
	Api__RecordView *v;

	doubt();
	first = raise(1, 2);
	temp_path(path, p.dir, "keys/spool.key");
	cr_assert_eq(unlink(path), 0);
	again = raise(1, 2);
	cr_assert(again.provisional && !again.duplicate);
	cr_assert_neq(memcmp(again.record_id, first.record_id, 16), 0);
	begin();
	cr_assert_eq(spool_count(p.site), 0);
	v = get(&again);
	cr_assert_eq(v->n_events, 1);
	api__record_view__free_unpacked(v, NULL);
}

/* Zeros are what a power loss can leave of a key that was destroyed. */
Test(spool, makes_a_key_beside_what_is_left_of_one)
{
	static const char zeros[512];
	char path[TEMP_PATH_BYTES];

	doubt();
	temp_path(path, p.dir, "keys/spool.key");
	temp_write(path, zeros, sizeof zeros);
	cr_assert(raise(1, 2).provisional);
	begin();
	cr_assert_eq(spool_count(p.site), 0);
}

/* What it would stop is not known yet: nothing else is written before it. */
Test(spool, signs_nothing_while_what_is_kept_cannot_be_entered)
{
	struct submit_receipt kept, next;
	char path[TEMP_PATH_BYTES];
	size_t len;
	char *key;

	doubt();
	kept = raise(1, 2);
	temp_path(path, p.dir, "keys/spool.key");
	key = temp_read(path, &len);
	cr_assert_not_null(key);
	temp_write(path, "torn", 4);
	no_doubt();
	for (int i = 0; i < 2; i++) {
		Record__Alarm a = alarm_of(2, 1);
		Record__Alarm *list[] = {&a};
		struct submit_result *r = plant_alarms(&p, list, 1);

		cr_assert_neq(r->error, ERR_OK, "signed at try %d", i);
		submit_result_free(r);
	}
	temp_write(path, key, len);
	free(key);
	next = raise(2, 1);
	cr_assert_not(next.provisional);
	Api__RecordView *v = get(&kept);
	cr_assert_lt(v->events[0]->place->index, next.index);
	api__record_view__free_unpacked(v, NULL);
}

/* No row of the table shows what an alarm says. */
Test(spool, rests_encrypted)
{
	struct store_cursor *c = NULL;
	struct store_txn *txn = NULL;
	struct store_row row;
	size_t rows = 0;
	enum err e;

	doubt();
	(void)raise(1, 2);
	cr_assert_eq(store_read(spool_store(p.site), &txn, NULL), ERR_OK);
	cr_assert_eq(store_cursor(txn, p.site->spool->rows, &c, NULL), ERR_OK);
	for (e = store_seek(c, bytes_of("", 0), &row); e == ERR_OK;
	     e = store_next(c, &row)) {
		rows++;
		cr_assert_null(
		    memmem(row.value.ptr, row.value.len, area, strlen(area)));
		cr_assert_null(memmem(row.value.ptr, row.value.len, source, 6));
	}
	store_cursor_close(c);
	store_abort(txn);
	cr_assert_eq(rows, 3);
}
