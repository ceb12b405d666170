/* log_erased_test.c - what an ERASURE entry names is gone, or it is told. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_erased.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "tests/support/book.h"

#define TITLE 9 /* a field that book_alarm sets */

static struct book book;

static void
setup(void)
{
	book_new(&book, false);
	book_fill(&book, 20);
}

static void
teardown(void)
{
	book_end(&book);
}

TestSuite(log_erased, .init = setup, .fini = teardown);

static void
say(uint64_t index, uint32_t field)
{
	struct store_txn *txn;

	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	book_say_erased(&book, txn, index, field);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static uint64_t
again(void)
{
	struct err_why why = {.text = ""};
	struct store_txn *txn;
	uint64_t n;

	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_erased_again(book.log, txn, &n, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
	return n;
}

static enum log_rest
rest(uint64_t index)
{
	enum log_rest out;
	struct store_txn *txn;

	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_rest(book.log, txn, book.slot, index, &out, NULL), ERR_OK);
	store_abort(txn);
	return out;
}

static void
wants(const char *fault)
{
	struct err_why why = {.text = ""};
	enum err e = book_audit(&book, &why);

	cr_assert_eq(e, fault == NULL ? ERR_OK : ERR_CORRUPT, "%s", why.text);
	if (fault != NULL)
		cr_assert_not_null(strstr(why.text, fault), "%s", why.text);
}

Test(log_erased, is_what_the_audit_looks_for)
{
	book_erase(&book, 3);
	wants(NULL);
	say(5, 0);
	wants("leaf 22: it erased leaf 5 of " BOOK_ORIGIN
	      ", which rests here all the same");
	cr_assert_eq(again(), 1);
	cr_assert_eq(rest(5), LOG_REST_ERASED);
	cr_assert_eq(rest(6), LOG_REST_HELD);
	wants(NULL);
	cr_assert_eq(again(), 0);
}

Test(log_erased, knows_a_field_from_the_whole)
{
	say(7, TITLE);
	wants("leaf 21: it erased leaf 7");
	cr_assert_eq(again(), 1);
	wants(NULL);
	cr_assert_eq(rest(7), LOG_REST_HELD, "the rest of it");
	cr_assert_eq(again(), 0);
	say(7, 0);
	wants("leaf 22: it erased leaf 7");
	cr_assert_eq(again(), 1);
	cr_assert_eq(rest(7), LOG_REST_ERASED);
	wants(NULL);
}

Test(log_erased, is_no_fault_of_what_was_never_there)
{
	say(1000, 0);
	wants(NULL);
	cr_assert_eq(again(), 0);
}

Test(log_erased, folds_each_record_of_a_log_once)
{
	struct log_erased_records seen = {.len = 0};
	Ledger__Entry leaf = LEDGER__ENTRY__INIT;
	uint8_t id[16] = {0};

	cr_assert(log_erased_first(&seen, 1, &leaf), "of no record");
	cr_assert(log_erased_first(&seen, 1, &leaf));
	leaf.record_id = (ProtobufCBinaryData){sizeof id, id};
	for (int turn = 0; turn < 2; turn++) {
		for (id[15] = 0; id[15] < 9; id[15]++)
			cr_assert_eq(
			    log_erased_first(&seen, 1, &leaf), turn == 0);
	}
	id[15] = 3;
	cr_assert(log_erased_first(&seen, 2, &leaf), "another log's");
	cr_assert_eq(seen.len, 10u);
	free(seen.at);
}
