/* outbox_held_test.c - what a look at waiting notices reads. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_held.h"

#include <criterion/criterion.h>

#include "node/config.h"
#include "node/fold_key.h"
#include "tests/support/plant.h"

#define SECOND INT64_C(1000000)
#define MANY 9000 /* more than are held of a target */
#define HELD 8192u

static struct plant p;
static struct config *config;
static struct outbox *outbox;
static int64_t now;

static void
begin(void)
{
	plant_begin(&p, "plant-a.acme.example");
	cr_assert_eq(
	    config_parse(&config,
	        bytes_str("name: plant-a.acme.example\nrole: PLANT\n"
	                  "targets:\n  - {name: office, url: "
	                  "\"http://127.0.0.1:9/h\", secretFile: h}\n"),
	        NULL),
	    ERR_OK);
	outbox = outbox_new(p.site, config->node);
	/* Nothing is sent: the place of a row is none of the log. */
	outbox->target[0].next_us = INT64_MAX;
	now = SECOND;
}

static void
end(void)
{
	outbox_free(outbox);
	plant_end(&p);
	config_free(config);
}

TestSuite(outbox_held, .init = begin, .fini = end);

/* Rows of places [from, to); state 0: taken away. */
static void
rows(uint64_t from, uint64_t to, uint8_t state)
{
	const uint8_t value[10] = {state, 0, 0, 0, 0, 0, 0, 0, 0, 7};
	struct site_db *db = &p.site->own;
	struct store_txn *txn = NULL;

	cr_assert_eq(store_write(db->store, &txn, NULL), ERR_OK);
	for (uint64_t at = from; at < to; at++) {
		struct fold_key k = fold_notice_key(
		    p.site->evidence, at, outbox->target[0].name);
		enum err e = state != 0
		    ? store_put(txn, db->tables.notice, fold_key_view(&k),
		          bytes_of(value, sizeof value), NULL)
		    : store_del(
		          txn, db->tables.notice, fold_key_view(&k), NULL);

		cr_assert_eq(e, ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

/* Rows that one look reads. */
static uint64_t
look(void)
{
	struct outbox_due due[OUTBOX_SLOTS];
	const uint64_t was = outbox->rows;
	size_t len = 0;

	now += SECOND / 4;
	cr_assert_eq(
	    outbox_look(outbox, now, due, OUTBOX_SLOTS, &len, NULL), ERR_OK);
	cr_assert_eq(len, 0u);
	return outbox->rows - was;
}

static void
expect(uint64_t pending, uint64_t given_up)
{
	struct outbox_stats s;

	outbox_stats(outbox, &s);
	cr_expect_eq(
	    s.pending, pending, "%llu pending", (unsigned long long)s.pending);
	cr_expect_eq(s.given_up, given_up);
	cr_expect_eq(s.oldest_us, pending > 0 ? 7 : 0);
}

Test(outbox_held, a_look_reads_what_came_since_the_last_one)
{
	rows(1000, 1100, FOLD_NOTICE_PENDING);
	rows(1100, 1110, FOLD_NOTICE_GIVEN_UP);
	cr_expect_eq(look(), 110u);
	for (int i = 0; i < 100; i++)
		cr_expect_eq(look(), 0u);
	expect(100, 10);
	rows(1110, 1112, FOLD_NOTICE_PENDING);
	cr_expect_eq(look(), 2u);
	expect(102, 10);
	now += 60 * SECOND;
	cr_expect_eq(look(), 112u, "all, once a minute");
	expect(102, 10);
}

Test(outbox_held, what_is_settled_waits_no_more)
{
	struct fold_notice_row n = {
	    .place = 1001, .target = outbox->target[0].name};

	rows(1000, 1010, FOLD_NOTICE_PENDING);
	(void)look();
	outbox_held_drop(outbox, &n, false);
	n.place = 1002;
	outbox_held_drop(outbox, &n, true);
	cr_expect_eq(look(), 0u);
	expect(8, 1);
}

/* Of many only the oldest are held; when they are used up the next are read. */
Test(outbox_held, holds_the_oldest_of_many)
{
	struct fold_notice_row n = {.target = outbox->target[0].name};

	rows(1000, 1000 + MANY, FOLD_NOTICE_PENDING);
	cr_expect_eq(look(), (uint64_t)MANY);
	cr_expect_eq(outbox->target[0].held.len, HELD);
	expect(MANY, 0);
	for (n.place = 1000; n.place < 1000 + HELD / 2 + 1; n.place++)
		outbox_held_drop(outbox, &n, false);
	rows(1000, 1000 + HELD / 2 + 1, 0);
	cr_expect_eq(look(), MANY - HELD / 2 - 1);
	expect(MANY - HELD / 2 - 1, 0);
	cr_expect_eq(look(), 0u);
}

/* Somebody else settled a row that is held: it is not sent, all are read. */
Test(outbox_held, asks_the_table_before_it_sends)
{
	rows(1000, 1002, FOLD_NOTICE_PENDING);
	cr_expect_eq(look(), 2u);
	rows(1000, 1001, FOLD_NOTICE_GIVEN_UP);
	rows(1001, 1002, 0);
	outbox->target[0].next_us = 0;
	cr_expect_eq(look(), 0u);
	cr_expect_eq(look(), 1u);
	expect(0, 1);
}
