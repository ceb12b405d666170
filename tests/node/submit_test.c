/* submit_test.c - commands from request to receipt, on a real store. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_logs.h"
#include "node/submit.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "ledger/proof.h"
#include "node/commit.h"
#include "proto/arena.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "tests/support/plant.h"

static char source[] = "gds-01";
static char gas[] = "gas";
static char area[] = "tank-farm-2";
static char title[] = "LEL high";
static char unit[] = "%LEL";

static Record__Alarm
alarm_of(uint64_t seq)
{
	Record__Alarm a = RECORD__ALARM__INIT;

	a.source = source;
	a.has_source_seq = true;
	a.source_seq = seq;
	a.has_level = true;
	a.level = 2;
	a.kind = gas;
	a.area = area;
	a.title = title;
	a.has_value = true;
	a.value = 12.5;
	a.unit = unit;
	a.has_occurred_at = true;
	a.occurred_at = PLANT_START;
	return a;
}

static struct submit_result *
post_one(struct plant *p, Record__Alarm *a)
{
	return plant_alarms(p, (Record__Alarm *[]){a}, 1);
}

static uint64_t
evidence_size(struct plant *p)
{
	struct query_counts n;

	cr_assert_eq(query_counts(p->site, &n, NULL), ERR_OK);
	return n.evidence_size;
}

Test(submit_alarms, answers_with_a_receipt_that_is_provable_at_once)
{
	struct plant p;
	Record__Alarm a = alarm_of(17);
	struct submit_result *r;
	struct note_checkpoint head;
	struct note_vkey vkey;
	struct proof proof;
	struct buf out;
	struct err_why why;

	plant_begin(&p, "plant-a.acme.example");
	r = post_one(&p, &a);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->len, 1);
	cr_assert_eq(r->items[0].index, 1); /* after LOG_START */
	cr_assert_eq(r->items[0].outcome, LEDGER__OUTCOME__APPLIED);
	cr_assert_not_null(r->checkpoint);
	buf_init(&out, PROOF_FILE_MAX);
	struct query_proof q = {
	    .origin = site_log(p.site, SITE_EVIDENCE)->key.name, .index = 1};
	cr_assert_eq(query_proof(p.site, &q, &out, &why), ERR_OK);
	cr_assert_eq(proof_get(&proof, NULL, buf_view(&out), &why), ERR_OK);
	cr_assert_eq(site_vkey(p.site, "evidence", &vkey, &why), ERR_OK);
	cr_assert_eq(
	    note_checkpoint_open(&head, proof.note, &vkey, &why), ERR_OK);
	cr_assert_eq(tree_check_include(&r->items[0].leaf, 1, head.head.size,
	                 &proof.hashes, &head.head.root, &why),
	    ERR_OK);
	buf_clear(&out);
	submit_result_free(r);
	plant_end(&p);
}

Test(submit_alarms, gives_the_first_receipt_for_a_repetition)
{
	struct plant p;
	Record__Alarm a = alarm_of(17);
	struct submit_result *first;
	struct submit_result *again;
	struct query_counts n;

	plant_begin(&p, "plant-a.acme.example");
	first = post_one(&p, &a);
	again = post_one(&p, &a);
	cr_assert_eq(again->error, ERR_OK);
	cr_assert(again->items[0].duplicate);
	cr_assert_eq(
	    memcmp(again->items[0].record_id, first->items[0].record_id, 16),
	    0);
	cr_assert_eq(again->items[0].index, first->items[0].index);
	cr_assert_eq(
	    memcmp(&again->items[0].leaf, &first->items[0].leaf, 32), 0);
	cr_assert_eq(query_counts(p.site, &n, NULL), ERR_OK);
	cr_assert_eq(n.evidence_size, 2);
	cr_assert_eq(n.duplicates, 1);
	submit_result_free(first);
	submit_result_free(again);
	plant_end(&p);
}

Test(submit_alarms, keeps_other_content_under_the_same_number_as_conflict)
{
	struct plant p;
	Record__Alarm a = alarm_of(17);
	struct submit_result *r;
	struct query_counts n;

	uint64_t first[2];

	plant_begin(&p, "plant-a.acme.example");
	r = post_one(&p, &a);
	first[0] = r->items[0].index;
	submit_result_free(r);
	a.value = 99;
	r = post_one(&p, &a);
	cr_assert_eq(r->error, ERR_OK);
	cr_assert_eq(r->items[0].outcome, LEDGER__OUTCOME__SEQ_CONFLICT);
	first[1] = r->items[0].index;
	cr_assert_eq(query_counts(p.site, &n, NULL), ERR_OK);
	cr_assert_eq(n.conflicts, 1);
	cr_assert_eq(n.open_alarms, 2, "neither alarm is lost");
	submit_result_free(r);
	/* Either of them again has its own first receipt. */
	for (int i = 0; i < 2; i++) {
		a.value = i == 0 ? 99 : 12.5;
		r = post_one(&p, &a);
		cr_assert_eq(r->error, ERR_OK);
		cr_assert(r->items[0].duplicate);
		cr_assert_eq(r->items[0].index, first[1 - i]);
		submit_result_free(r);
	}
	plant_end(&p);
}

Test(submit_alarms, counts_gaps_and_takes_late_numbers_out_of_them)
{
	struct plant p;
	const uint64_t seqs[] = {1, 2, 5, 4, 9};
	struct query_counts n;

	plant_begin(&p, "plant-a.acme.example");
	for (size_t i = 0; i < 5; i++) {
		Record__Alarm a = alarm_of(seqs[i]);

		submit_result_free(post_one(&p, &a));
	}
	cr_assert_eq(query_counts(p.site, &n, NULL), ERR_OK);
	cr_assert_eq(n.missing, 4); /* 3, 6, 7, 8 */
	plant_end(&p);
}

Test(submit_alarms, stores_the_good_items_of_an_array_and_names_the_bad)
{
	struct plant p;
	Record__Alarm a = alarm_of(1);
	Record__Alarm b = alarm_of(2);
	Record__Alarm c = alarm_of(3);
	Record__Alarm *list[] = {&a, &b, &c};
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	b.level = 4;
	r = plant_alarms(&p, list, 3);
	cr_assert_eq(r->error, ERR_OK);
	cr_assert_eq(r->items[0].error, ERR_OK);
	cr_assert_eq(r->items[1].error, ERR_MALFORMED);
	cr_assert_str_eq(r->items[1].path, "level");
	cr_assert_eq(r->items[2].error, ERR_OK);
	cr_assert_eq(evidence_size(&p), 3);
	submit_result_free(r);
	plant_end(&p);
}

/* A message as a decoder makes it. */
static ProtobufCMessage *
decoded(const Record__Alarm *a)
{
	ProtobufCMessage *out = NULL;
	struct buf bytes;

	buf_init(&bytes, 4096);
	slice_pack(&bytes, &a->base);
	cr_assert_eq(slice_unpack(&out, &record__alarm__descriptor,
	                 buf_view(&bytes), NULL),
	    ERR_OK);
	buf_clear(&bytes);
	return out;
}

Test(submit_given, takes_what_it_stores_and_leaves_what_it_refuses)
{
	struct submit_wait *w = submit_wait_new();
	struct plant p;
	Record__Alarm a = alarm_of(1);
	Record__Alarm b = alarm_of(2);
	ProtobufCMessage *list[3] = {decoded(&a), NULL, decoded(&b)};
	struct submit_result *given;
	struct submit_result *again;

	plant_begin(&p, "plant-a.acme.example");
	b.level = 4;
	list[1] = decoded(&b);
	b.level = 2;
	struct submit_to to = plant_to(&p, w);
	submit_given(&to, LEDGER__KIND__ALARM, list, 3, NULL);
	given = submit_wait_for(w);
	cr_assert_eq(given->error, ERR_OK);
	cr_assert_null(list[0]);
	cr_assert_not_null(list[1]);
	cr_assert_null(list[2]);
	cr_assert_eq(given->items[1].error, ERR_MALFORMED);
	/* The same bytes as those of a copied message: a repetition. */
	again = post_one(&p, &b);
	cr_assert(again->items[0].duplicate);
	cr_assert_eq(again->items[0].index, given->items[2].index);
	cr_assert_eq(evidence_size(&p), 3);
	slice_free(list[1]);
	submit_result_free(given);
	submit_result_free(again);
	plant_end(&p);
}

/* As a list of a request: the batch keeps its memory as long as it needs it. */
Test(submit_given, takes_over_the_memory_of_a_list)
{
	struct submit_wait *w = submit_wait_new();
	struct arena memory = {.max = 1 << 20};
	ProtobufCAllocator mem = arena_allocator(&memory);
	ProtobufCMessage *list[2] = {NULL, NULL};
	struct submit_result *given;
	struct plant p;

	plant_begin(&p, "plant-a.acme.example");
	struct submit_to to = plant_to(&p, w);
	for (unsigned i = 0; i < 2; i++) {
		Record__Alarm a = alarm_of(i + 1);
		struct buf bytes;

		/* The second is refused: it goes with the memory. */
		a.level = i == 0 ? 2 : 4;
		buf_init(&bytes, 4096);
		slice_pack(&bytes, &a.base);
		cr_assert_eq(
		    slice_unpack_in(&list[i], &record__alarm__descriptor,
		        buf_view(&bytes), &mem, NULL),
		    ERR_OK);
		buf_clear(&bytes);
	}
	submit_given(&to, LEDGER__KIND__ALARM, list, 2, &memory);
	given = submit_wait_for(w);
	cr_assert_null(memory.used);
	cr_assert_eq(given->items[0].error, ERR_OK);
	cr_assert_eq(given->items[1].error, ERR_MALFORMED);
	submit_result_free(given);
	cr_assert_eq(evidence_size(&p), 2);
	plant_end(&p);
}

Test(submit_alarms, refuses_a_single_bad_alarm_and_changes_nothing)
{
	struct plant p;
	Record__Alarm a = alarm_of(1);
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	a.kind = NULL;
	r = post_one(&p, &a);
	cr_assert_eq(r->error, ERR_MALFORMED);
	cr_assert_eq(evidence_size(&p), 1);
	submit_result_free(r);
	plant_end(&p);
}

Test(submit_alarms, respects_the_areas_of_the_token)
{
	struct plant p;
	Record__Alarm a = alarm_of(1);
	Record__Alarm *list[] = {&a};
	const char *const areas[] = {"unit-7"};
	struct submit_who who = {.areas = areas, .areas_len = 1};
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	struct submit_to to = plant_to(&p, w);
	to.who = &who;
	submit_alarms(&to, list, 1);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_DENIED);
	cr_assert_eq(evidence_size(&p), 1);
	submit_result_free(r);
	plant_end(&p);
}

struct poster {
	struct plant *p;
	uint64_t from;
	size_t stored;
};

static void *
post_many(void *arg)
{
	struct poster *t = arg;

	for (uint64_t i = 0; i < 50; i++) {
		Record__Alarm a = alarm_of(t->from + i);
		struct submit_result *r;

		if (i % 5 == 4)
			a.level = 9; /* refused amid others */
		r = post_one(t->p, &a);
		t->stored += r->error == ERR_OK;
		submit_result_free(r);
	}
	return NULL;
}

Test(submit_alarms, takes_many_submitters_at_once_and_loses_none)
{
	struct plant p;
	struct poster posters[8];
	pthread_t threads[8];
	size_t stored = 0;

	plant_begin(&p, "plant-a.acme.example");
	for (size_t i = 0; i < 8; i++) {
		posters[i] = (struct poster){&p, i * 1000, 0};
		cr_assert_eq(
		    pthread_create(&threads[i], NULL, post_many, &posters[i]),
		    0);
	}
	for (size_t i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		stored += posters[i].stored;
	}
	cr_assert_eq(stored, 8 * 40);
	cr_assert_eq(evidence_size(&p), 1 + stored);
	plant_restart(&p);
	cr_assert_eq(evidence_size(&p), 1 + stored);
	plant_end(&p);
}

Test(submit_event, acknowledges_and_clears_an_alarm_once)
{
	struct plant p;
	Record__Alarm a = alarm_of(1);
	Record__Alarm ev = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;
	Api__RecordView *v;
	char id[TEXT_UUID_CHARS + 1];

	plant_begin(&p, "plant-a.acme.example");
	r = post_one(&p, &a);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	post.alarm = &ev;
	ev.has_action = true;
	ev.action = RECORD__ALARM__ACTION__ACK;
	r = plant_event(&p, LEDGER__KIND__ALARM, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->items[0].event_seq, 2);
	submit_result_free(r);
	r = plant_event(&p, LEDGER__KIND__ALARM, id, &post);
	cr_assert_eq(r->error, ERR_CONFLICT);
	submit_result_free(r);
	ev.action = RECORD__ALARM__ACTION__CLEAR;
	submit_result_free(plant_event(&p, LEDGER__KIND__ALARM, id, &post));
	v = plant_get(&p, LEDGER__KIND__ALARM, id);
	cr_assert_str_eq(v->state, "CLEARED");
	cr_assert_eq(v->n_events, 3);
	cr_assert_str_eq(v->events[0]->alarm->title, "LEL high");
	api__record_view__free_unpacked(v, NULL);
	plant_end(&p);
}

Test(submit_event, answers_the_same_event_id_with_the_first_receipt)
{
	struct plant p;
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char event_id[] = "0193a1b2-0000-7000-8000-000000000001";
	char type[] = "near-miss";
	char other[] = "hazard";
	struct submit_result *first;
	struct submit_result *again;

	plant_begin(&p, "plant-a.acme.example");
	c.type = type;
	post.event_id = event_id;
	post.case_event = &c;
	first = plant_event(&p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(first->error, ERR_OK, "%s", first->why.text);
	again = plant_event(&p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(again->error, ERR_OK);
	cr_assert(again->items[0].duplicate);
	cr_assert_eq(again->items[0].index, first->items[0].index);
	submit_result_free(again);
	c.type = other;
	again = plant_event(&p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(again->error, ERR_CONFLICT);
	cr_assert_str_eq(again->rule->code, "EVENT_EXISTS");
	cr_assert_eq(evidence_size(&p), 2);
	submit_result_free(again);
	submit_result_free(first);
	plant_end(&p);
}

Test(submit_erasure, leaves_the_leaf_and_takes_the_words)
{
	struct plant p;
	Record__Alarm a = alarm_of(1);
	Record__Alarm clear = RECORD__ALARM__INIT;
	Api__EventPost closing = API__EVENT_POST__INIT;
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	char reason[] = "art. 47";
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;
	Api__RecordView *v;
	char id[TEXT_UUID_CHARS + 1];

	plant_begin(&p, "plant-a.acme.example");
	r = post_one(&p, &a);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	clear.has_action = true;
	clear.action = RECORD__ALARM__ACTION__CLEAR;
	closing.alarm = &clear;
	submit_result_free(plant_event(&p, LEDGER__KIND__ALARM, id, &closing));
	post.has_index = true;
	post.index = 1;
	post.reason = reason;
	struct submit_to to = plant_to(&p, w);
	plant_turn(&p, PLANT_LAW);
	submit_erasure(&to, &post);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	v = plant_get(&p, LEDGER__KIND__ALARM, id);
	cr_assert_str_eq(v->events[0]->withheld, "ERASED");
	cr_assert_null(v->events[0]->alarm);
	cr_assert_null(v->area);
	api__record_view__free_unpacked(v, NULL);
	w = submit_wait_new();
	to.arg = w;
	submit_erasure(&to, &post);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_NOT_FOUND);
	cr_assert_eq(evidence_size(&p), 4);
	submit_result_free(r);
	plant_end(&p);
}

static enum err
erase(struct plant *p, uint64_t index, uint32_t *field, const char **code)
{
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);
	char reason[] = "art. 47";

	post.has_index = true;
	post.index = index;
	post.reason = reason;
	post.fields = field;
	post.n_fields = field != NULL;
	submit_erasure(&to, &post);
	struct submit_result *r = submit_wait_for(w);
	enum err e = r->error;
	*code = r->rule != NULL ? r->rule->code : "";
	submit_result_free(r);
	return e;
}

Test(submit_erasure, keeps_who_read_and_what_was_erased)
{
	struct plant p;
	Record__Access a = RECORD__ACCESS__INIT;
	struct submit_wait *w = submit_wait_new();
	char text[] = "holder=chen";
	uint32_t subject = 1;
	uint32_t query = 3;
	const char *code;

	plant_begin(&p, "plant-a.acme.example");
	struct submit_to to = plant_to(&p, w);
	a.subject = text;
	a.query = text;
	submit_access(&to, &a);
	struct submit_result *r = submit_wait_for(w);
	uint64_t index = r->items[0].index;
	submit_result_free(r);
	cr_assert_eq(erase(&p, 0, NULL, &code), ERR_CONFLICT);
	cr_assert_str_eq(code, "ERASE_KEPT");
	cr_assert_eq(erase(&p, index, NULL, &code), ERR_CONFLICT);
	cr_assert_eq(erase(&p, index, &subject, &code), ERR_CONFLICT);
	cr_assert_str_eq(code, "ERASE_KEPT");
	cr_assert_eq(erase(&p, index, &query, &code), ERR_OK);
	cr_assert_eq(erase(&p, index + 1, NULL, &code), ERR_CONFLICT,
	    "the erasure itself stays");
	plant_end(&p);
}

Test(submit_heads, states_the_head_of_every_kind_seen)
{
	struct plant p;
	Record__Alarm a = alarm_of(1);
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	submit_result_free(post_one(&p, &a));
	struct submit_to to = plant_to(&p, w);
	submit_heads(&to, "alarms of November");
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->items[0].index, 2);
	submit_result_free(r);
	plant_end(&p);
}
