/* log_walk_test.c - walking a log gives what reading it gives. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "tests/support/book.h"

static struct book book;
static struct store_txn *txn;

static void
setup(void)
{
	book_new(&book, false);
	book_fill(&book, 100);
}

static void
teardown(void)
{
	book_end(&book);
}

TestSuite(log_walk_next, .init = setup, .fini = teardown);

/* Entry by entry the same as log_entry and log_sealed_bytes; how many. */
static size_t
same_from(uint16_t slot, uint64_t from)
{
	struct log_walk *w = NULL;
	struct buf walked, read;
	struct bytes leaf, want;
	uint64_t i = from;
	size_t len = 1;
	enum err e;

	buf_init(&walked, LOG_SEALED_MAX);
	buf_init(&read, LOG_SEALED_MAX);
	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_walk_open(&w, book.log, txn, slot, from, NULL), ERR_OK);
	for (;; i++) {
		e = log_walk_next(w, &leaf, &len, NULL);
		if (e != ERR_OK)
			break;
		cr_assert_eq(
		    log_entry(book.log, txn, slot, i, &want, NULL), ERR_OK);
		cr_assert(bytes_equal(leaf, want));
		buf_reset(&walked);
		buf_reset(&read);
		e = log_sealed_bytes(book.log, txn, slot, i, &read, NULL);
		cr_assert_eq(e == ERR_OK, len > 0, "entry %" PRIu64, i);
		if (len == 0)
			continue;
		cr_assert_eq(log_walk_sealed(w, &walked, NULL), ERR_OK);
		cr_assert_eq(walked.len, len);
		cr_assert(bytes_equal(buf_view(&walked), buf_view(&read)));
	}
	cr_assert_eq(e, ERR_NOT_FOUND);
	cr_assert_eq(log_entry(book.log, txn, slot, i, &want, NULL),
	    ERR_NOT_FOUND, "the walk ends where the log does");
	log_walk_close(w);
	store_abort(txn);
	buf_clear(&walked);
	buf_clear(&read);
	return (size_t)(i - from);
}

Test(log_walk_next, gives_what_reading_gives)
{
	cr_assert_eq(same_from(book.slot, 0), 101u);
	cr_assert_eq(same_from(book.slot, 57), 44u);
	cr_assert_eq(same_from(book.slot, 101), 0u);
	cr_assert_eq(same_from(book.slot, UINT64_MAX), 0u);
}

Test(log_walk_next, passes_over_what_was_erased)
{
	const struct log_erasure gone[] = {
	    {.slot = book.slot, .index = 1}, {.slot = book.slot, .index = 50}};

	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_erase(book.log, txn, gone, 2, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
	cr_assert_eq(same_from(book.slot, 0), 101u);
	cr_assert_eq(same_from(book.slot, 50), 51u);
}

/* Rows of the next slot follow in the same tables. */
Test(log_walk_next, stays_in_its_log)
{
	struct log_draft d = {.kind = LEDGER__KIND__LOG_START};
	struct log_place at;
	uint16_t other;

	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_slot_add(book.log, txn,
	                 "plant-b.acme.example/evidence/1", &other, NULL),
	    ERR_OK);
	cr_assert_gt(other, book.slot);
	cr_assert_eq(log_append(book.log, txn, other, &d, &at, NULL), ERR_OK);
	d.kind = LEDGER__KIND__ALARM;
	d.plain = bytes_str("a body");
	cr_assert_eq(log_append(book.log, txn, other, &d, &at, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(same_from(book.slot, 0), 101u);
	cr_assert_eq(same_from(book.slot, 101), 0u);
	cr_assert_eq(same_from(other, 0), 2u);
}
