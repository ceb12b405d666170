/* fold_retain_test.c - a request to erase that cannot be read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_retain.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ledger/generation.h"
#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/retains.h"
#include "node/service.h"
#include "node/submit_duties.h"
#include "tests/support/aged.h"

static struct aged s;

static void
setup(void)
{
	aged_begin(&s);
}

static void
teardown(void)
{
	aged_end(&s);
}

TestSuite(fold_retain, .init = setup, .fini = teardown);

/* Where the newest RETENTION entry is. */
static uint64_t
newest(void)
{
	struct site *at = s.k.p.site;
	struct store_txn *txn = NULL;
	uint64_t seq, index;

	cr_assert_eq(store_read(at->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_kind_head(at->own.book, txn, at->evidence,
	                 LEDGER__KIND__RETENTION, &seq, &index, NULL),
	    ERR_OK);
	store_abort(txn);
	return index;
}

/* What rests beside an entry: [0] its key, [1] its body. */
struct rest {
	struct buf at[2];
};

/* Loses it, or puts it back. */
static void
lose(uint64_t index, struct rest *was, bool back)
{
	struct log_book *b = s.k.p.site->own.book;
	const struct store_table table[] = {b->keys, b->bodies};
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_txn *txn = NULL;
	struct bytes v;

	log_book_key(key, s.k.p.site->evidence, index);
	const struct bytes at = bytes_of(key, sizeof key);
	cr_assert_eq(store_write(s.k.p.site->own.store, &txn, NULL), ERR_OK);
	for (size_t i = 0; i < 2; i++) {
		enum err e = store_get(txn, table[i], at, &v, NULL);

		if (!back) {
			cr_assert_eq(e, ERR_OK);
			buf_init(&was->at[i], LOG_SEALED_MAX);
			buf_put(&was->at[i], v.ptr, v.len);
			e = store_del(txn, table[i], at, NULL);
		} else {
			e = store_put(
			    txn, table[i], at, buf_view(&was->at[i]), NULL);
			buf_clear(&was->at[i]);
		}
		cr_assert_eq(e, ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	aged_fold_anew(&s);
}

static void
record_of(uint64_t index, char out[TEXT_UUID_CHARS + 1])
{
	struct site *at = s.k.p.site;
	struct store_txn *txn = NULL;
	Ledger__Entry *leaf = NULL;
	struct bytes bytes;

	cr_assert_eq(store_read(at->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_entry(at->own.book, txn, at->evidence, index, &bytes, NULL),
	    ERR_OK);
	cr_assert_eq(log_decode(&leaf, bytes, NULL), ERR_OK);
	text_uuid_put(out, leaf->record_id.data);
	ledger__entry__free_unpacked(leaf, NULL);
	store_abort(txn);
}

static const char *
release(char *id, Record__Retention *m)
{
	return aged_hold(&s, RECORD__RETENTION__ACTION__RELEASE, id, m, 1);
}

/* Do people see which request it is? */
static bool
is_listed(const char *request)
{
	struct service service = {.site = s.k.p.site, .dir = ""};
	struct err_why why = {.text = ""};
	struct ops_call call;
	char text[16 + TEXT_UUID_CHARS];
	bool found;

	(void)snprintf(text, sizeof text, "{\"recordId\":\"%s\"}", request);
	ops_call_init(&call, &service);
	cr_assert_eq(retains_get(&call, &why), ERR_OK, "%s", why.text);
	buf_u8(&call.out, 0);
	found = strstr((const char *)call.out.ptr, text) != NULL;
	ops_call_clear(&call);
	return found;
}

/* Each field of its first event, for any may be what was asked for. */
static void
hides_all(const char *id)
{
	Api__RecordView *v = plant_get(&s.k.p, LEDGER__KIND__ALARM, id);

	cr_assert_null(v->events[0]->alarm->kind);
	cr_assert_null(v->events[0]->alarm->source);
	cr_assert_eq(v->events[0]->alarm->n_people, 0u);
	api__record_view__free_unpacked(v, NULL);
}

/* Its leaf says when it was made, not what it asked for. */
Test(fold_retain, hides_all_before_a_request_that_cannot_be_read)
{
	char id[4][TEXT_UUID_CHARS + 1];
	const uint64_t index = aged_alarm(&s, aged_position, false, id[0]);
	Api__RecordView *v;
	struct rest was;
	uint64_t at;

	(void)aged_alarm(&s, aged_position, false, id[1]);
	(void)aged_alarm(&s, aged_position, true, id[2]);
	cr_assert_str_eq(aged_erase(&s, index, 37, false), "ERASE_WAITS");
	at = newest();
	(void)aged_alarm(&s, aged_position, false, id[3]);
	lose(at, &was, false);
	cr_assert(aged_withheld(&s, id[0], "STORAGE_ONLY"));
	cr_assert(aged_withheld(&s, id[1], "STORAGE_ONLY"));
	cr_assert(aged_withheld(&s, id[2], NULL), "it is in force");
	cr_assert(aged_withheld(&s, id[3], NULL), "it came later");
	v = plant_get(&s.k.p, LEDGER__KIND__ALARM, id[1]);
	cr_assert_null(v->events[0]->alarm->kind);
	cr_assert_eq(v->events[0]->alarm->n_evidence, 0u);
	api__record_view__free_unpacked(v, NULL);
	lose(at, &was, true);
	cr_assert(aged_withheld(&s, id[0], "STORAGE_ONLY"));
	cr_assert(aged_withheld(&s, id[1], NULL));
	/* What it asked for was done since. */
	plant_turn(&s.k.p, AGED_YEAR);
	(void)aged_run(&s);
	cr_assert(!aged_waiting(&s));
	lose(at, &was, false);
	cr_assert(aged_withheld(&s, id[1], NULL));
	lose(at, &was, true);
}

/* Neither a member nor a backup has it: who knows what it was for asks once
 * more for all of that, and says so. */
Test(fold_retain, shows_what_is_before_a_lost_request_once_that_is_told)
{
	char id[3][TEXT_UUID_CHARS + 1];
	char lost[TEXT_UUID_CHARS + 1];
	const uint64_t index = aged_alarm(&s, aged_position, false, id[0]);
	const uint64_t other = aged_alarm(&s, aged_position, false, id[1]);
	Record__Retention m = RECORD__RETENTION__INIT;
	struct rest was;
	uint64_t at;

	cr_assert_str_eq(aged_erase(&s, other, 37, false), "ERASE_WAITS");
	at = newest();
	record_of(at, lost);
	(void)aged_alarm(&s, aged_position, false, id[2]);
	cr_assert_not(is_listed(lost));
	lose(at, &was, false);
	cr_assert(is_listed(lost));
	/* A part of it may be less than what was asked for. */
	cr_assert_str_eq(aged_erase(&s, index, 37, false), "REQUEST_LOST");
	for (int i = 0; i < 3; i++) {
		m.record_id = i == 0 ? NULL : id[i];
		cr_assert_str_eq(release(lost, &m), "REQUEST_LOST");
	}
	m.record_id = id[0];
	cr_assert_str_eq(release(lost, &m), "REQUEST_LOST");
	cr_assert_str_eq(aged_erase(&s, index, 0, false), "ERASE_WAITS");
	cr_assert(aged_withheld(&s, id[1], "STORAGE_ONLY"));
	cr_assert_str_empty(release(lost, &m));
	cr_assert_not(is_listed(lost));
	for (int i = 0; i < 2; i++) {
		cr_assert(aged_withheld(&s, id[0], "STORAGE_ONLY"));
		cr_assert(aged_withheld(&s, id[1], NULL));
		aged_fold_anew(&s);
	}
	hides_all(id[0]);
	/* It turns up after all, and was for another: both wait. */
	lose(at, &was, true);
	cr_assert(aged_withheld(&s, id[0], "STORAGE_ONLY"));
	cr_assert(aged_withheld(&s, id[1], "STORAGE_ONLY"));
	plant_turn(&s.k.p, AGED_YEAR);
	(void)aged_run(&s);
	cr_assert(aged_withheld(&s, id[0], "ERASED"));
}

/* What the node says of media is told from a request by its leaf. */
Test(fold_retain, hides_nothing_for_media_and_holds_that_cannot_be_read)
{
	char id[TEXT_UUID_CHARS + 1];
	struct rest was;
	uint64_t at;

	(void)aged_alarm(&s, aged_gas, false, id);
	plant_turn(&s.k.p, 100 * AGED_DAY);
	cr_assert_eq(aged_run(&s), 1u, "its media");
	for (int i = 0; i < 2; i++) {
		at = newest();
		lose(at, &was, false);
		cr_assert(aged_withheld(&s, id, NULL));
		lose(at, &was, true);
		aged_hold_record(&s, id);
	}
}

/* A photograph of a check, by a policy of a company's own. */
static uint64_t
checked(char id[TEXT_UUID_CHARS + 1])
{
	static char name[] = "D1", hour[] = "hour", uri[] = "https://v.example";
	static uint8_t digest[33] = {1};
	Record__Evidence photo = RECORD__EVIDENCE__INIT;
	Record__Evidence *photos[] = {&photo};
	Record__Checklist m = RECORD__CHECKLIST__INIT;
	Record__Checklist *list[] = {&m};
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&s.k.p, w);
	struct submit_result *r;
	uint64_t index;

	photo.has_digest = true;
	photo.digest = (ProtobufCBinaryData){sizeof digest, digest};
	photo.uri = uri;
	m.has_action = m.has_tier = m.has_cycle = m.has_start_at = true;
	m.action = RECORD__CHECKLIST__ACTION__DEFINE;
	m.tier = RECORD__CHECKLIST__TIER__TASK;
	m.id = m.name = m.post = name;
	m.cycle = 8;
	m.cycle_unit = hour;
	m.start_at = s.k.p.now;
	m.evidence = photos;
	m.n_evidence = 1;
	submit_duties(&to, list, 1);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	index = r->items[0].index;
	submit_result_free(r);
	return index;
}

static bool
says_where(const char *id)
{
	Api__RecordView *v = plant_get(&s.k.p, LEDGER__KIND__CHECKLIST, id);
	const Record__Checklist *m = v->events[0]->checklist;
	bool says;

	cr_assert_eq(m->n_evidence, 1u);
	cr_assert(m->evidence[0]->has_digest);
	says = m->evidence[0]->uri != NULL;
	api__record_view__free_unpacked(v, NULL);
	return says;
}

Test(fold_retain, shows_no_uri_of_media_that_ended_of_a_check_either)
{
	struct site *at = s.k.p.site;
	char id[TEXT_UUID_CHARS + 1];
	const uint64_t index = checked(id);
	struct fold_key k = fold_key_slot(at->evidence);
	struct fold_key v = {.len = 0};
	struct store_txn *txn = NULL;

	cr_assert(says_where(id));
	fold_key_uint(&k, FOLD_EXPIRED_MEDIA, 1);
	fold_key_uint(&k, generation_place(1, index), 8);
	fold_key_uint(&v, index + 1, 8);
	cr_assert_eq(store_write(at->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_put(txn, at->own.tables.retain, fold_key_view(&k),
	                 fold_key_view(&v), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_not(says_where(id));
}
