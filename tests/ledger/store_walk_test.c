/* store_walk_test.c - no flipped bit of a store becomes a wrong answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/store_walk.h"
#include "tests/support/temp.h"

#define TABLES 3
#define ROWS 900
#define LONG_VALUE 6000
#define FLIPS 300

static char dir[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES];
static char file[TEMP_PATH_BYTES];
static struct store *store;
static struct store_table table[TABLES];
static const char *const names[TABLES] = {"small", "long", "empty"};
static uint64_t state;

static uint64_t
roll(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void
reopen(unsigned flags)
{
	store_close(store);
	store = NULL;
	cr_assert_eq(store_open(&store, path, flags, NULL), ERR_OK);
	for (int t = 0; t < TABLES; t++)
		cr_assert_eq(
		    store_table(store, names[t], &table[t], NULL), ERR_OK);
}

/* Rows are a function of table, number and `age`. */
static size_t
make_key(uint8_t out[16], unsigned n)
{
	uint64_t spread = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	memcpy(out, &spread, 8);
	(void)snprintf((char *)out + 8, 8, "%05u", n);
	return 13;
}

static size_t
make_value(uint8_t *out, int t, unsigned n, unsigned age)
{
	const size_t len = t == 0 ? n % 90 : LONG_VALUE - n % 100 * 50;

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i * 7 + n * 13 + age);
	return len;
}

static void
put_rows(int t, unsigned n, unsigned step, unsigned age)
{
	static uint8_t value[LONG_VALUE];
	struct store_txn *txn;
	uint8_t key[16];

	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	for (unsigned i = 0; i < n; i += step) {
		size_t len = make_value(value, t, i, age);
		size_t k = make_key(key, i);

		cr_assert_eq(store_put(txn, table[t], bytes_of(key, k),
		                 bytes_of(value, len), NULL),
		    ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static void
setup(void)
{
	temp_make(dir);
	temp_path(path, dir, "db");
	temp_path(file, path, "data.mdb");
	reopen(STORE_CREATE);
	/* Several commits: pages move, old ones become free. */
	put_rows(0, ROWS, 1, 0);
	put_rows(1, 120, 1, 0);
	put_rows(0, ROWS, 1, 1);
	put_rows(1, 120, 3, 0);
	put_rows(2, 50, 1, 0);
	struct store_txn *txn;
	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_drop(txn, table[2], NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static void
teardown(void)
{
	store_close(store);
	store = NULL;
	temp_remove(dir);
}

TestSuite(store_walk, .init = setup, .fini = teardown, .timeout = 300);

Test(store_walk, finds_a_whole_store_whole)
{
	struct store_walk plan = {.shallow = false};
	struct store_walk_counts counts;
	struct err_why why = {.text = ""};

	cr_assert_eq(
	    store_walk(store, &plan, &counts, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(counts.seen + 2, counts.pages);
	cr_assert_geq(counts.rows, ROWS + 120);
	plan.shallow = true;
	cr_assert_eq(
	    store_walk(store, &plan, &counts, &why), ERR_OK, "%s", why.text);
}

/* LMDB's way to take back a meta page that it could not write. */
Test(store_walk, a_store_whose_next_meta_page_was_not_written_opens)
{
	const size_t last = 16 + 120; /* of a meta page: its last page */
	uint64_t txn[2];
	const uint64_t two = 2;
	size_t len;
	char *whole;

	store_close(store);
	store = NULL;
	whole = temp_read(file, &len);
	cr_assert_not_null(whole);
	for (size_t i = 0; i < 2; i++)
		memcpy(&txn[i], whole + i * 4096 + last + 8, sizeof(txn[i]));
	/* Of the older one: its trees end behind its last page. */
	memcpy(whole + (txn[0] > txn[1] ? 4096 : 0) + last, &two, sizeof(two));
	temp_write(file, whole, len);
	cr_assert_eq(store_open(&store, path, 0, NULL), ERR_OK);
	store_close(store);
	store = NULL;
	memcpy(whole + (txn[0] > txn[1] ? 0 : 4096) + last, &two, sizeof(two));
	temp_write(file, whole, len);
	cr_assert_neq(store_open(&store, path, 0, NULL), ERR_OK);
	free(whole);
}

/* Rows of the branches on top, numbers of pages, pages in use. */
Test(store_walk, a_store_with_a_changed_head_of_a_page_does_not_open)
{
	unsigned refused = 0;
	size_t len;
	char *whole;

	store_close(store);
	store = NULL;
	whole = temp_read(file, &len);
	cr_assert_not_null(whole);
	state = UINT64_C(0x5eed0001);
	for (unsigned i = 0; i < FLIPS; i++) {
		size_t at = roll() % (len / 4096) * 4096 + roll() % 8;

		temp_flip(file, at);
		if (store_open(&store, path, 0, NULL) != ERR_OK)
			refused++;
		store_close(store);
		store = NULL;
		temp_write(file, whole, len);
	}
	free(whole);
	/* The others hit free pages, which nobody reads. */
	cr_assert_gt(refused, FLIPS / 3);
}
