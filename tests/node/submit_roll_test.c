/* submit_roll_test.c - a log goes on in its next generation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "node/query.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "node/submit_roll.h"
#include "proto/text.h"
#include "tests/support/plant.h"

#define NAME "plant-a.acme.example"

static struct plant p;

static void
setup(void)
{
	plant_begin(&p, NAME);
}

static void
teardown(void)
{
	plant_end(&p);
}

static struct submit_result *
roll(bool alliance, bool loss, struct bytes known)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&p, w);
	struct submit_roll r = {
	    .origin = site_log(p.site, alliance ? SITE_ALLIANCE : SITE_EVIDENCE)
	                  ->key.name,
	    .loss = loss,
	    .reason = "test",
	    .known = known};

	submit_roll(&to, &r);
	return submit_wait_for(w);
}

static void
roll_ok(bool alliance, bool loss)
{
	struct submit_result *r = roll(alliance, loss, bytes_of(NULL, 0));

	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* The newest checkpoint of an own log, opened with the key given. */
static struct note_checkpoint
head_of(const char *origin, const struct note_vkey *key)
{
	struct site_log at;
	struct store_txn *txn = NULL;
	struct note_checkpoint c;
	struct err_why why = {.text = ""};
	struct buf note;

	buf_init(&note, NOTE_BYTES_MAX);
	cr_assert_eq(
	    site_find_log(p.site, origin, &at, &why), ERR_OK, "%s", why.text);
	cr_assert(at.own);
	cr_assert_eq(store_read(at.db->store, &txn, &why), ERR_OK);
	cr_assert_eq(
	    log_checkpoint(at.db->book, txn, at.slot, 0, &note, NULL, &why),
	    ERR_OK, "%s", why.text);
	store_abort(txn);
	cr_assert_eq(note_checkpoint_open(&c, buf_view(&note), key, &why),
	    ERR_OK, "%s", why.text);
	buf_clear(&note);
	return c;
}

static bool
key_there(const char *file)
{
	char path[TEMP_PATH_BYTES + 64];

	(void)snprintf(path, sizeof path, "%s/keys/%s", p.dir, file);
	return access(path, F_OK) == 0;
}

static struct succession
succession_of(enum site_kind kind, uint32_t number)
{
	struct err_why why = {.text = ""};
	struct succession s;
	struct buf note;

	buf_init(&note, SUCCESSION_BYTES_MAX);
	cr_assert_eq(
	    site_logs_succession(p.site, kind, number, &note, &why), ERR_OK);
	cr_assert_eq(succession_open(
	                 &s, buf_view(&note), p.site->keys.identity.pub, &why),
	    ERR_OK, "%s", why.text);
	buf_clear(&note);
	return s;
}

Test(submit_roll, closes_one_generation_and_opens_the_next, .init = setup,
    .fini = teardown)
{
	struct note_vkey old = site_log(p.site, SITE_EVIDENCE)->key;
	struct note_checkpoint last;
	struct succession s;
	struct note_vkey again;
	struct err_why why = {.text = ""};

	roll_ok(false, false);
	const struct site_log_now *now = site_log(p.site, SITE_EVIDENCE);
	cr_assert_eq(now->number, 2);
	cr_assert_str_eq(now->key.name, NAME "/evidence/2");
	cr_assert_neq(now->slot, now->line);
	cr_assert_eq(now->line, p.site->evidence);
	last = head_of(NAME "/evidence/1", &old);
	s = succession_of(SITE_EVIDENCE, 2);
	cr_assert_eq(s.size, last.head.size);
	cr_assert_eq(s.held, s.size);
	cr_assert_eq(memcmp(s.root.b, last.head.root.b, HASH_BYTES), 0);
	cr_assert_eq(memcmp(s.after.pub, now->key.pub, CRYPTO_PUB_BYTES), 0);
	/* LOG_START is proved under the new key. */
	cr_assert_eq(head_of(NAME "/evidence/2", &now->key).head.size, 1);
	/* The old key is only for checking now. */
	cr_assert_not(key_there("evidence-1.key"));
	cr_assert(key_there("evidence-2.key"));
	cr_assert_eq(
	    site_logs_vkey(p.site, SITE_EVIDENCE, 1, &again, &why), ERR_OK);
	cr_assert_eq(memcmp(again.pub, old.pub, CRYPTO_PUB_BYTES), 0);
	cr_assert_eq(site_log(p.site, SITE_ALLIANCE)->number, 1);
	plant_restart(&p);
	cr_assert_eq(site_log(p.site, SITE_EVIDENCE)->number, 2);
	roll_ok(true, false);
	cr_assert_eq(site_log(p.site, SITE_ALLIANCE)->number, 2);
}

Test(submit_roll, answers_a_repeat_with_the_first_receipt, .init = setup,
    .fini = teardown)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[1] = {&a};
	struct submit_result *first;
	struct submit_result *second;
	struct note_vkey old = site_log(p.site, SITE_EVIDENCE)->key;
	struct note_checkpoint c;
	Ledger__Receipt *m;
	char source[] = "gds-01";
	char kind[] = "gas";
	char area[] = "tank-farm-2";

	a.source = source;
	a.has_source_seq = true;
	a.source_seq = 7;
	a.has_level = true;
	a.level = 2;
	a.kind = kind;
	a.area = area;
	a.has_occurred_at = true;
	a.occurred_at = p.now;
	first = plant_alarms(&p, list, 1);
	cr_assert_eq(first->error, ERR_OK);
	roll_ok(false, false);
	second = plant_alarms(&p, list, 1);
	cr_assert_eq(second->error, ERR_OK);
	cr_assert(second->items[0].duplicate);
	cr_assert_eq(second->items[0].index, first->items[0].index);
	m = submit_receipt(second, 0);
	cr_assert_str_eq(m->origin, NAME "/evidence/1");
	cr_assert_eq(
	    note_checkpoint_open(&c, bytes_str(m->checkpoint), &old, NULL),
	    ERR_OK);
	cr_assert_gt(c.head.size, m->leaf_index);
	ledger__receipt__free_unpacked(m, NULL);
	submit_result_free(first);
	submit_result_free(second);
	/* A new number goes to the new generation. */
	a.source_seq = 8;
	second = plant_alarms(&p, list, 1);
	m = submit_receipt(second, 0);
	cr_assert_str_eq(m->origin, NAME "/evidence/2");
	ledger__receipt__free_unpacked(m, NULL);
	submit_result_free(second);
}

Test(submit_roll, takes_the_most_that_anybody_knows, .init = setup,
    .fini = teardown)
{
	struct note_vkey key = site_log(p.site, SITE_EVIDENCE)->key;
	struct note_checkpoint c = {.head = {.size = 90}};
	struct crypto_signer signer;
	struct note_vkey vkey;
	struct err_why why = {.text = ""};
	struct submit_result *r;
	struct succession s;
	struct buf text;
	struct buf note;

	cr_assert_eq(
	    site_keys_log(&signer, &vkey, p.site, SITE_EVIDENCE, 1, &why),
	    ERR_OK);
	(void)snprintf(c.origin, sizeof c.origin, "%s", key.name);
	memset(c.head.root.b, 7, HASH_BYTES);
	buf_init(&text, NOTE_BYTES_MAX);
	buf_init(&note, NOTE_BYTES_MAX);
	note_checkpoint_put(&text, &c);
	note_sign(&note, buf_view(&text), key.name, &signer);
	/* More was signed than is held: no mere roll-over. */
	r = roll(false, false, buf_view(&note));
	cr_assert_eq(r->error, ERR_CONFLICT, "%s", r->why.text);
	submit_result_free(r);
	cr_assert_eq(site_log(p.site, SITE_EVIDENCE)->number, 1);
	r = roll(false, true, buf_view(&note));
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	s = succession_of(SITE_EVIDENCE, 2);
	cr_assert_eq(s.size, 90);
	cr_assert_eq(s.held, 1);
	cr_assert_eq(s.root.b[0], 7);
	/* Signed by another key: nobody's word. */
	r = roll(false, true, buf_view(&note));
	cr_assert_eq(r->error, ERR_UNVERIFIED, "%s", r->why.text);
	submit_result_free(r);
	buf_clear(&text);
	buf_clear(&note);
}

static Record__Permit *
applied(void)
{
	static Record__Permit m;
	static char type[] = "hot_work";
	static char area[] = "tank-farm-2";
	static char worker[] = "li";
	static char guardian[] = "wu";

	record__permit__init(&m);
	m.has_action = true;
	m.action = RECORD__PERMIT__ACTION__APPLY;
	m.work_type = type;
	m.has_level = true;
	m.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	m.area = area;
	m.worker = worker;
	m.guardian = guardian;
	m.has_planned_from_at = true;
	m.planned_from_at = p.now;
	m.has_planned_to_at = true;
	m.planned_to_at = p.now + INT64_C(8) * 3600 * 1000000;
	return &m;
}

Test(submit_roll, lets_a_record_go_on, .init = setup, .fini = teardown)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Case c = RECORD__CASE__INIT;
	struct query_scope scope = {.proof = true};
	struct query_key key = {.kind = LEDGER__KIND__CASE};
	Api__RecordView *v = NULL;
	struct err_why why = {.text = ""};
	struct submit_result *r;
	char type[] = "remark";
	char id[64];

	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	post.case_event = &c;
	r = plant_event(&p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	roll_ok(false, false);
	c.action = RECORD__CASE__ACTION__CLOSE;
	r = plant_event(&p, LEDGER__KIND__CASE, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->items[0].event_seq, 2);
	submit_result_free(r);
	for (int i = 0; i < 2; i++) {
		key.record_id = id;
		cr_assert_eq(query_get(p.site, &key, &scope, &v, &why), ERR_OK,
		    "%s", why.text);
		cr_assert_str_eq(v->state, "CLOSED");
		cr_assert_eq(v->n_events, 2);
		cr_assert_str_eq(
		    v->events[0]->place->origin, NAME "/evidence/1");
		cr_assert_str_eq(
		    v->events[1]->place->origin, NAME "/evidence/2");
		cr_assert_not_null(v->events[0]->proof);
		cr_assert_not_null(v->events[1]->proof);
		api__record_view__free_unpacked(v, NULL);
		/* And the same when the tables are made anew. */
		site_close(p.site);
		cr_assert_eq(site_open(&p.site, p.dir, &p.clock, &why), ERR_OK);
		cr_assert_eq(
		    site_rebuild(p.site, &why), ERR_OK, "%s", why.text);
		cr_assert_eq(site_start(p.site, &why), ERR_OK);
	}
}

Test(submit_roll, carries_enrolled_keys_over, .init = setup, .fini = teardown)
{
	struct plant_person wang;
	struct store_txn *txn = NULL;
	struct err_why why = {.text = ""};
	uint64_t seq = 0;
	uint64_t last;

	plant_enrol(&p, &wang, "wang", "approver");
	roll_ok(false, false);
	cr_assert_eq(store_read(p.site->own.store, &txn, &why), ERR_OK);
	cr_assert_eq(log_kind_head(p.site->own.book, txn,
	                 site_log(p.site, SITE_EVIDENCE)->slot,
	                 LEDGER__KIND__ACTOR, &seq, &last, &why),
	    ERR_OK);
	store_abort(txn);
	cr_assert_eq(seq, 1);
}

Test(submit_roll, erases_what_stands_in_a_closed_generation, .init = setup,
    .fini = teardown)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Api__ErasurePost erase = API__ERASURE_POST__INIT;
	Record__Case c = RECORD__CASE__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to;
	struct submit_result *r;
	struct site_log at;
	struct store_txn *txn = NULL;
	struct err_why why = {.text = ""};
	enum log_rest rest = LOG_REST_HELD;
	char type[] = "suggestion";
	char origin[] = NAME "/evidence/1";
	char reason[] = "PIPL 47";
	uint64_t index;

	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	post.case_event = &c;
	r = plant_event(&p, LEDGER__KIND__CASE, NULL, &post);
	index = r->items[0].index;
	submit_result_free(r);
	roll_ok(false, false);
	erase.origin = origin;
	erase.has_index = true;
	erase.index = index;
	erase.reason = reason;
	to = plant_to(&p, w);
	submit_erasure(&to, &erase);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_str_eq(r->evidence_origin, NAME "/evidence/2");
	submit_result_free(r);
	cr_assert_eq(site_find_log(p.site, origin, &at, &why), ERR_OK);
	cr_assert_eq(store_read(at.db->store, &txn, &why), ERR_OK);
	cr_assert_eq(
	    log_rest(at.db->book, txn, at.slot, index, &rest, &why), ERR_OK);
	store_abort(txn);
	cr_assert_eq(rest, LOG_REST_ERASED);
}

Test(submit_roll, loss_suspends_what_runs, .init = setup, .fini = teardown)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;
	struct fold f = {.t = &p.site->own.tables, .book = p.site->own.book};
	struct err_why why = {.text = ""};
	uint64_t loss = 0;

	post.permit = applied();
	r = plant_event(&p, LEDGER__KIND__PERMIT, NULL, &post);
	submit_result_free(r);
	roll_ok(false, true);
	cr_assert_eq(store_read(p.site->own.store, &f.txn, &why), ERR_OK);
	cr_assert_eq(fold_loss(&f, p.site->evidence, &loss, &why), ERR_OK);
	store_abort(f.txn);
	cr_assert_eq(loss, generation_place(2, 0));
}
