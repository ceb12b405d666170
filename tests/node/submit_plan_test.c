/* submit_plan_test.c - what came between a look and its command. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_plan.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "node/submit_expire.h"
#include "proto/mem.h"
#include "tests/support/aged.h"
#include "tests/support/folded.h"

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

TestSuite(submit_plan, .init = setup, .fini = teardown);

/* Alarms wait while a command runs: it opens nothing, and goes by what was
 * found only where that is so still. */
Test(submit_plan, ends_what_was_found_only_while_nothing_was_said_of_it)
{
	char id[4][TEXT_UUID_CHARS + 1];
	char other[TEXT_UUID_CHARS + 1];
	struct submit_plan *plan[4];

	for (size_t i = 0; i < 4; i++)
		(void)aged_alarm(&s, aged_gas, false, id[i]);
	plant_turn(&s.k.p, AGED_AGES);
	plan[0] = aged_look(&s, id[0]);
	aged_name(&s, id[0], other);
	cr_assert_eq(aged_end_as(&s, plan[0]), 0u, "an open one names it");
	for (size_t i = 1; i < 4; i++)
		plan[i] = aged_look(&s, id[i]);
	(void)aged_alarm(&s, aged_gas, false, other);
	cr_assert_eq(aged_end_as(&s, plan[1]), 2u, "of others it is free");
	cr_assert_eq(aged_end_as(&s, plan[2]), 0u, "an erasure came between");
	plan[2] = aged_look(&s, id[2]);
	aged_hold_record(&s, id[3]);
	cr_assert_eq(aged_end_as(&s, plan[2]), 0u, "a hold came between");
	cr_assert_eq(aged_end_as(&s, plan[3]), 0u);
	cr_assert_eq(aged_end_now(&s, id[2]), 2u);
	cr_assert(aged_withheld(&s, id[3], NULL));
}

/* One that ends in parts is looked at before each command. */
Test(submit_plan, opens_a_record_once_for_all_looks_and_holds_of_one_run)
{
	enum {
		EVENTS = 5
	};
	struct retain_seen *seen = mem_alloc(1, sizeof *seen);
	char id[TEXT_UUID_CHARS + 1];
	uint8_t raw[1][16];
	struct submit_expiry x = {.term = aged_term,
	    .id = (const uint8_t(*)[16])raw,
	    .len = 1,
	    .seen = seen};
	Record__Alarm m = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char who[] = "wu";
	Record__Retention hold = RECORD__RETENTION__INIT;
	struct submit_plan *plan;

	(void)aged_alarm(&s, aged_gas, true, id);
	m.has_action = true;
	post.alarm = &m;
	for (unsigned i = 1; i < EVENTS; i++) {
		struct submit_result *r;

		m.action = i + 1 < EVENTS ? RECORD__ALARM__ACTION__HANDLE
		                          : RECORD__ALARM__ACTION__CLEAR;
		r = plant_event(&s.k.p, LEDGER__KIND__ALARM, id, &post);
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		submit_result_free(r);
	}
	hold.subject = who;
	aged_place(&s, &hold);
	hold.subject = aged_position;
	aged_place(&s, &hold);
	plant_turn(&s.k.p, AGED_AGES);
	x.now_us = s.k.p.now;
	cr_assert_eq(text_uuid_get(raw[0], bytes_str(id), NULL), ERR_OK);
	cr_assert_eq(submit_plan_make(&plan, s.k.p.site, &x, NULL), ERR_OK);
	free(plan);
	cr_assert_eq(submit_plan_make(&plan, s.k.p.site, &x, NULL), ERR_OK);
	cr_assert_eq(aged_end_as(&s, plan), (uint64_t)EVENTS);
	cr_assert_eq(seen->opened, (uint64_t)EVENTS, "also for two holds");
	free(seen);
}

/* What one command, one answer, may open of it: behind that it is held. */
Test(submit_plan, opens_no_more_than_it_may)
{
	const struct fold_hold wu = {.id = {7}, .person = 7, .source = 7};
	const struct fold_hold *const holds[] = {&wu};
	struct site *at = s.k.p.site;
	struct fold f = {
	    .t = &at->own.tables, .book = at->own.book, .mac = &at->index_mac};
	struct retain_seen *seen = mem_alloc(1, sizeof *seen);
	char id[TEXT_UUID_CHARS + 1];
	uint64_t opens = 2;
	struct retain_ask ask = {.site = at,
	    .fold = &f,
	    .line = at->evidence,
	    .seen = seen,
	    .opens = &opens};
	struct row row;
	uint8_t raw[16];

	(void)aged_alarm(&s, aged_gas, false, id);
	cr_assert_eq(text_uuid_get(raw, bytes_str(id), NULL), ERR_OK);
	cr_assert_eq(store_read(at->own.store, &f.txn, NULL), ERR_OK);
	cr_assert_eq(fold_get(&f, at->evidence, raw, &row, NULL), ERR_OK);
	cr_assert_null(retain_names(&ask, raw, &row, holds, 1));
	*seen = (struct retain_seen){.opened = 0};
	cr_assert_eq(opens, 0u);
	cr_assert_eq(retain_names(&ask, raw, &row, holds, 1), &wu);
	cr_assert_eq(seen->opened, 0u);
	ask.opens = NULL;
	row.seq = RETAIN_EVENTS_MAX + 1;
	cr_assert_eq(retain_names(&ask, raw, &row, holds, 1), &wu);
	cr_assert_eq(seen->opened, 0u);
	store_abort(f.txn);
	free(seen);
}

/* Its numbers would take other fields, which nobody looked at. */
Test(submit_plan_fields, are_those_of_the_message_that_its_class_knows)
{
	Record__Points points = RECORD__POINTS__INIT;
	Record__Case other = RECORD__CASE__INIT;
	const ProtobufCMessage *body[] = {&points.base, &other.base};
	struct submit_plan *plan;
	struct folded f;
	uint8_t id[1][16];
	struct submit_expiry x = {
	    .term = "points@2026.1", .id = (const uint8_t(*)[16])id, .len = 1};

	folded_new(&f);
	folded_id(id[0], 1);
	points.operator_ = folded_text("zhang");
	other.operator_ = folded_text("zhang");
	for (uint32_t seq = 1; seq <= 2; seq++) {
		struct draft_spec spec = folded_spec(
		    &f, id[0], LEDGER__KIND__POINTS, seq, body[seq - 1]);
		(void)folded_put_one(&f, &f.site->own, &spec);
	}
	x.now_us = f.now_us + AGED_AGES;
	cr_assert_eq(submit_plan_make(&plan, f.site, &x, NULL), ERR_OK);
	cr_expect_eq(plan->len, 1u);
	free(plan);
	folded_end(&f);
}

/* One of 256 hashes begins with a zero byte: an entry all the same. */
Test(submit_made, is_told_by_its_event_and_not_by_its_hash)
{
	struct submit_receipt item = {.event_seq = 1};
	struct submit_result r = {.items = &item, .len = 1, .error = ERR_OK};

	cr_assert(submit_made(&r));
	item.event_seq = 0;
	item.leaf.b[0] = 1;
	cr_assert_not(submit_made(&r));
	item.event_seq = 1;
	r.error = ERR_CONFLICT;
	cr_assert_not(submit_made(&r));
}
