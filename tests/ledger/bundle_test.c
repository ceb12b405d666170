/* bundle_test.c - answers that are written, and what is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "ledger/disclosure.h"
#include "tests/support/answer.h"
#include "tests/support/kit.h"

static struct answer a;
static struct buf out, lines;

static void
begin(void)
{
	answer_new(&a);
	buf_init(&out, BUNDLE_BYTES_MAX);
	buf_init(&lines, 1 << 20);
}

static void
end(void)
{
	buf_clear(&lines);
	buf_clear(&out);
	answer_end(&a);
}

TestSuite(bundle_write, .init = begin, .fini = end);

/* Writes and judges under the reader's policy. */
static struct verify_result
ask(void)
{
	struct err_why why = {.text = ""};
	enum err e = answer_write(&a, &out, &why);

	cr_assert_eq(e, ERR_OK, "%s: %s", err_name(e), why.text);
	return answer_judge(buf_view(&out), buf_view(&a.policy), &lines);
}

static bool
says(const char *text)
{
	return strstr(buf_cstr(&lines), text) != NULL;
}

Test(bundle_write, window_with_right_neighbour_is_complete)
{
	struct verify_result r = ask();

	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert_eq(r.complete, VERIFY_COMPLETE);
	cr_assert(says("entries 3 to 10: all are in the tree"));
	cr_assert(
	    says("李伟: enrolled by entry 1, key on the person's DEVICE"));
}

Test(bundle_write, window_beyond_the_last_entry_ends_with_heads)
{
	struct verify_result r;

	a.question.to_us = INT64_C(1890000000000000);
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert_eq(r.complete, VERIFY_COMPLETE);
	cr_assert(says("entries 3 to 11: all"));
	cr_assert(says("the window asked for ends later"));
}

Test(bundle_write, windows_without_any_entry_are_complete_too)
{
	static const int64_t windows[][2] = {
	    {0, 1},
	    {INT64_C(1790000000000001), INT64_C(1790000000000002)},
	};

	for (size_t i = 0; i < 2; i++) {
		struct verify_result r;

		a.question.from_us = windows[i][0];
		a.question.to_us = windows[i][1];
		a.actors_len = 0;
		buf_reset(&out);
		buf_reset(&lines);
		r = ask();
		cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
		cr_assert_eq(r.complete, VERIFY_COMPLETE);
		cr_assert_not(says("records/4.json"));
	}
}

/* Kept until later, it would look like proof that nothing happened then. */
Test(bundle_write, windows_that_had_not_begun_are_not_complete)
{
	struct verify_result r;

	a.question.from_us = INT64_C(1890000000000000);
	a.question.to_us = INT64_C(1890000000000001);
	a.actors_len = 0;
	r = ask();
	cr_assert_eq(r.worst, VERIFY_UNTRUSTED, "%s", buf_cstr(&lines));
	cr_assert_eq(r.complete, VERIFY_ASSERTED);
}

/* The log itself calls it a permit and seals something else. */
Test(bundle_write, record_of_another_type_than_its_leaf_fails)
{
	static const char *const show[] = {"worker"};
	Record__Alarm alarm = RECORD__ALARM__INIT;
	struct verify_result r;

	alarm.has_level = 1;
	alarm.level = 1;
	(void)answer_append(&a,
	    &(struct answer_event){
	        .kind = LEDGER__KIND__PERMIT,
	        .body = &alarm.base,
	        .id = a.ids[0],
	        .seq = 4,
	    });
	a.question.to_us = INT64_C(1890000000000000);
	a.question.show = show;
	a.question.show_len = 1;
	r = ask();
	cr_assert_eq(r.worst, VERIFY_FAIL, "%s", buf_cstr(&lines));
	cr_assert(says("a record.Alarm under a leaf of kind PERMIT"));
}

Test(bundle_write, does_not_disclose_the_neighbours)
{
	struct verify_result r;

	/* Entries 4 and 9 are permits just outside. */
	a.question.from_us = answer_time(&a, 5);
	a.question.to_us = answer_time(&a, 9);
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert(says("entries 4 to 9: all"));
	cr_assert(says("records/6.json"));
	cr_assert_not(says("records/4.json"));
	cr_assert_not(says("records/9.json"));
}

Test(bundle_write, shows_only_the_fields_that_were_asked_for)
{
	static const char *const show[] = {"area", "action"};
	struct verify_result r;

	a.question.show = show;
	a.question.show_len = 2;
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert(says("records/4.json: 2 of 4 fields shown"));
}

Test(bundle_write, refuses_a_field_that_no_record_has)
{
	static const char *const show[] = {"tankArea"};

	a.question.show = show;
	a.question.show_len = 1;
	cr_assert_eq(answer_write(&a, &out, NULL), ERR_MALFORMED);
	cr_assert_eq(out.len, 0);
}

/* Whatever a node is asked for can be read in the answer. */
Test(bundle_write, knows_the_fields_of_every_kind_that_is_asked_for)
{
	static const char *const of[] = {"alarm", "permit", "certificate",
	    "case", "checklist", "points", "incident", "decision", "delivery",
	    "snapshot", "access", "erasure", "actor"};

	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++)
		cr_assert(protobuf_c_message_descriptor_get_field_by_name(
		              &ledger__shown__descriptor, of[i]),
		    "%s", of[i]);
	cr_assert(disclosure_knows("cycleUnit"));
	cr_assert(disclosure_knows("account"));
}

static void
ask_by_id(void)
{
	static const uint64_t entries[] = {ANSWER_A1, ANSWER_A2, ANSWER_A3};

	a.question.timed = false;
	a.question.from_us = a.question.to_us = 0;
	a.question.time_epoch = 0;
	a.question.ids = (const uint8_t(*)[16])a.ids;
	a.question.ids_len = 1;
	memcpy(a.entries, entries, sizeof(entries));
	a.entries_len = 3;
}

Test(bundle_write, by_id_is_only_asserted)
{
	struct verify_result r;

	ask_by_id();
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert_eq(r.complete, VERIFY_ASSERTED);
	cr_assert(says("3 entries without a gap"));
}

Test(bundle_write, by_id_with_an_event_left_out_fails)
{
	struct verify_result r;

	ask_by_id();
	a.entries[1] = ANSWER_A3;
	a.entries_len = 2;
	r = ask();
	cr_assert_eq(r.worst, VERIFY_FAIL);
	cr_assert(says("event 2 of the record is missing"));
}

Test(bundle_write, by_id_refuses_entries_of_another_record)
{
	ask_by_id();
	a.entries[1] = ANSWER_B1;
	cr_assert_eq(answer_write(&a, &out, NULL), ERR_NOT_FOUND);
}

Test(bundle_write, ids_within_a_window_are_complete)
{
	struct verify_result r;

	a.question.ids = (const uint8_t(*)[16])(a.ids + 1);
	a.question.ids_len = 1;
	a.actors_len = 0;
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert_eq(r.complete, VERIFY_COMPLETE);
	cr_assert(says("records/7.json"));
	cr_assert_not(says("records/4.json"));
}

Test(bundle_write, erased_record_passes_with_the_entry_that_erased_it)
{
	struct verify_result r;

	(void)answer_erase(&a, ANSWER_A2, NULL, 0);
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert_eq(r.complete, VERIFY_COMPLETE);
	cr_assert(says("the record erased, as entry 11 records"));
	cr_assert_not(says("records/6.json"));
	cr_assert(says("records/11.json: 2 of 3 fields shown"),
	    "not who asked for it, nor why: %s", buf_cstr(&lines));
}

Test(bundle_write, erased_field_passes_with_the_entry_that_erased_it)
{
	static const uint32_t applicant = 9;
	struct verify_result r;

	(void)answer_erase(&a, ANSWER_A2, &applicant, 1);
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert(says("fields erased, as entry 11 records"));
	cr_assert(says("records/6.json: 3 of 4 fields shown"));
}

static bool
nobody(void *arg, uint64_t index, const Ledger__Entry *e)
{
	(void)arg;
	(void)e;
	return index != ANSWER_B1;
}

Test(bundle_write, what_the_asker_may_not_see_is_untrusted)
{
	struct verify_result r;

	a.entitled = nobody;
	r = ask();
	cr_assert_eq(r.worst, VERIFY_UNTRUSTED, "%s", buf_cstr(&lines));
	cr_assert_eq(r.complete, VERIFY_ASSERTED);
	cr_assert(says("NOT_ENTITLED"));
	cr_assert_not(says("records/7.json"));
}

Test(bundle_write, signer_who_is_not_included_is_untrusted)
{
	struct verify_result r;

	a.actors_len = 0;
	r = ask();
	cr_assert_eq(r.worst, VERIFY_UNTRUSTED, "%s", buf_cstr(&lines));
	cr_assert(says("nothing here says whose key it is"));
}

Test(bundle_write, key_revoked_afterwards_still_signed_before)
{
	struct verify_result r;

	(void)answer_revoke(&a, &a.person);
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
}

Test(bundle_write, key_revoked_before_does_not_sign)
{
	Record__Permit permit = RECORD__PERMIT__INIT;
	struct verify_result r;

	(void)answer_revoke(&a, &a.person);
	permit.has_action = 1;
	permit.action = RECORD__PERMIT__ACTION__ACCEPT;
	(void)answer_append(&a,
	    &(struct answer_event){
	        .kind = LEDGER__KIND__PERMIT,
	        .body = &permit.base,
	        .id = a.ids[0],
	        .seq = 4,
	        .signer = &a.person,
	    });
	a.question.to_us = INT64_C(1890000000000000);
	r = ask();
	cr_assert_eq(r.worst, VERIFY_FAIL);
	cr_assert(says("the key was revoked by entry 11"));
}

/* The key was revoked after HEADS and signed after that; an answer to a later
 * question lends its proofs, for the tree is the same. */
Test(bundle_write, entry_smuggled_in_from_after_heads_fails)
{
	Record__Permit permit = RECORD__PERMIT__INIT;
	struct kit kit = {.len = 0}, later = {.len = 0};
	struct verify_result r;
	uint64_t heads;

	ask_by_id();
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	heads = a.heads;
	(void)answer_revoke(&a, &a.person);
	permit.has_action = 1;
	permit.action = RECORD__PERMIT__ACTION__ACCEPT;
	a.entries[a.entries_len++] = answer_append(&a,
	    &(struct answer_event){
	        .kind = LEDGER__KIND__PERMIT,
	        .body = &permit.base,
	        .id = a.ids[0],
	        .seq = 4,
	        .signer = &a.person,
	    });
	buf_reset(&out);
	r = ask();
	kit_open(&later, buf_view(&out));
	a.entries_len--;
	a.again = true;
	a.heads = heads;
	buf_reset(&out);
	buf_reset(&lines);
	r = ask();
	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	kit_open(&kit, buf_view(&out));
	for (size_t i = 0; i < later.len; i++) {
		struct kit_member *m = &kit.at[kit.len];

		if (!strstr(later.at[i].name, "/13.") &&
		    !strstr(later.at[i].name, "/entries/13"))
			continue;
		kit.len++;
		memcpy(m->name, later.at[i].name, sizeof(m->name));
		buf_init(&m->data, BUNDLE_BYTES_MAX);
		buf_bytes(&m->data, buf_view(&later.at[i].data));
	}
	kit_pack(&kit, SIZE_MAX, &out);
	buf_reset(&lines);
	r = answer_judge(buf_view(&out), buf_view(&a.policy), &lines);
	kit_clear(&kit);
	kit_clear(&later);
	cr_assert_eq(r.worst, VERIFY_FAIL, "%s", buf_cstr(&lines));
	cr_assert(says("records/13.json: was recorded after the answer"), "%s",
	    buf_cstr(&lines));
}

Test(bundle_write, answers_other_kinds_as_well)
{
	static const Ledger__Kind kinds[] = {LEDGER__KIND__ALARM,
	    LEDGER__KIND__ACTOR, LEDGER__KIND__LOG_START, LEDGER__KIND__HEADS,
	    LEDGER__KIND__ERASURE};

	(void)answer_erase(&a, 2, NULL, 0);
	a.question.from_us = 0;
	a.question.to_us = INT64_C(1890000000000000);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct verify_result r;

		a.question.kind = kinds[i];
		buf_reset(&out);
		buf_reset(&lines);
		r = ask();
		cr_assert_eq(r.worst, VERIFY_PASS, "kind %d: %s", (int)kinds[i],
		    buf_cstr(&lines));
		cr_assert_eq(r.complete, VERIFY_COMPLETE);
	}
}

/* bundle_write for the HEADS of the last answer_write. */
static enum err
write_again(struct bytes checkpoint, uint64_t heads)
{
	struct bundle_request r = {
	    .book = a.book.log,
	    .slot = a.book.slot,
	    .question = &a.question,
	    .heads_index = heads,
	    .checkpoint = checkpoint,
	};
	enum err e = store_read(a.book.store, &r.txn, NULL);

	cr_assert_eq(e, ERR_OK);
	buf_reset(&out);
	e = bundle_write(&out, &r, NULL);
	store_abort(r.txn);
	return e;
}

Test(bundle_write, refuses_heads_of_another_question)
{
	struct buf note;

	(void)ask();
	buf_init(&note, NOTE_BYTES_MAX);
	answer_checkpoint(&a, &note);
	cr_assert_eq(write_again(buf_view(&note), a.heads), ERR_OK);
	cr_assert_eq(write_again(buf_view(&note), a.heads - 1), ERR_NOT_FOUND);
	a.question.purpose = "something else";
	cr_assert_eq(write_again(buf_view(&note), a.heads), ERR_NOT_FOUND);
	buf_clear(&note);
}

Test(bundle_write, refuses_a_checkpoint_that_does_not_cover_heads)
{
	struct buf note;

	buf_init(&note, NOTE_BYTES_MAX);
	answer_checkpoint(&a, &note);
	(void)ask();
	cr_assert_eq(write_again(buf_view(&note), a.heads), ERR_CONFLICT);
	buf_clear(&note);
}

Test(bundle_write, refuses_questions_that_are_none)
{
	a.question.to_us = a.question.from_us;
	(void)buf_grow(&out, 1);
	cr_assert_eq(write_again(bytes_str(""), 1), ERR_MALFORMED);
}

Test(bundle_write_file, writes_a_new_file_or_nothing)
{
	char path[TEMP_PATH_BYTES];
	struct verify_options o = {.now_us = INT64_C(1800000000000000)};
	struct verify_result r;
	struct bundle_request req = {0};
	struct buf note;

	begin();
	o.policy = buf_view(&a.policy);
	(void)ask();
	buf_init(&note, NOTE_BYTES_MAX);
	answer_checkpoint(&a, &note);
	temp_path(path, a.book.dir, "answer.lfb");
	req.book = a.book.log;
	req.slot = a.book.slot;
	req.question = &a.question;
	req.heads_index = a.heads;
	req.checkpoint = buf_view(&note);
	req.actors = a.actors;
	req.actors_len = a.actors_len;
	cr_assert_eq(store_read(a.book.store, &req.txn, NULL), ERR_OK);
	cr_assert_eq(verify_file(path, &o, &r, NULL), ERR_NOT_FOUND);
	cr_assert_eq(bundle_write_file(path, &req, NULL), ERR_OK);
	cr_assert_eq(bundle_write_file(path, &req, NULL), ERR_EXISTS);
	store_abort(req.txn);
	cr_assert_eq(verify_file(path, &o, &r, NULL), ERR_OK);
	cr_assert_eq(r.worst, VERIFY_PASS);
	cr_assert_eq(r.complete, VERIFY_COMPLETE);
	buf_clear(&note);
	end();
}
