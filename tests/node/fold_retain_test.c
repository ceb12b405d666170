/* fold_retain_test.c - a request to erase that cannot be read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_retain.h"

#include <criterion/criterion.h>

#include "ledger/log_book.h"
#include "ledger/log_read.h"
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
