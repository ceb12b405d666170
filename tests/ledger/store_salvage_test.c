/* store_salvage_test.c - what is whole is taken, and nothing else. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_hole.h"
#include "ledger/store_salvage.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/store_walk.h"
#include "tests/support/chance.h"
#include "tests/support/temp.h"

#define TABLES 3
#define ROWS 700
#define LONG_VALUE 6000
#define PAGE 4096

static char dir[TEMP_PATH_BYTES];
static char from[TEMP_PATH_BYTES];
static char to[TEMP_PATH_BYTES];
static char file[TEMP_PATH_BYTES];
static struct store *store;
static struct store_table table[TABLES];
static const char *const names[TABLES] = {"small", "long", "marks"};
static unsigned faults;
static unsigned whole;
static uint64_t taken[TABLES];

static void
open_at(const char *path, unsigned flags)
{
	cr_assert_eq(store_open(&store, path, flags, NULL), ERR_OK);
	for (int t = 0; t < TABLES; t++)
		cr_assert_eq(
		    store_table(store, names[t], &table[t], NULL), ERR_OK);
}

static void
shut(void)
{
	store_close(store);
	store = NULL;
}

static size_t
make_key(uint8_t out[16], unsigned n)
{
	uint64_t spread = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	memcpy(out, &spread, 8);
	(void)snprintf((char *)out + 8, 8, "%05u", n);
	return 13;
}

static size_t
make_value(uint8_t *out, int t, unsigned n)
{
	const size_t len = t == 0 ? n % 90 : LONG_VALUE - n % 100 * 50;

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i * 7 + n * 13);
	return len;
}

static unsigned
rows_of(int t)
{
	return t == 0 ? ROWS : 60;
}

/* `stale` gives every value another last byte first, so that free pages hold
 * what is not true any more. */
static void
put_rows(int t, unsigned step, bool stale)
{
	static uint8_t value[LONG_VALUE + 1];
	struct store_txn *txn;
	uint8_t key[16];

	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	for (unsigned i = 0; i < rows_of(t); i += step) {
		const size_t k = make_key(key, i);
		const size_t len = make_value(value, t, i);

		if (stale)
			value[len] = 1;
		cr_assert_eq(t == 2
		        ? store_hole(txn, table[t], bytes_of(key, k), NULL)
		        : store_put(txn, table[t], bytes_of(key, k),
		              bytes_of(value, len + stale), NULL),
		    ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static void
setup(void)
{
	temp_make(dir);
	temp_path(from, dir, "from");
	temp_path(to, dir, "to");
	temp_path(file, from, "data.mdb");
	open_at(from, STORE_CREATE);
	for (int t = 0; t < TABLES; t++)
		put_rows(t, 1, true);
	put_rows(0, 1, false);
	put_rows(1, 1, false);
	put_rows(0, 7, false);
}

static void
teardown(void)
{
	shut();
	temp_remove(dir);
}

TestSuite(store_salvage, .init = setup, .fini = teardown, .timeout = 300);

static void
count_fault(void *arg, const struct err_why *why)
{
	(void)arg;
	cr_assert_neq(why->text[0], '\0');
	faults++;
}

static void
count_table(void *arg, const struct store_salvage_table *t)
{
	(void)arg;
	whole += t->whole;
	for (int i = 0; i < TABLES; i++) {
		if (strcmp(t->name, names[i]) == 0)
			taken[i] = t->taken;
	}
}

static enum err
run(struct err_why *why)
{
	const struct store_salvage plan = {
	    .names = names,
	    .names_len = TABLES,
	    .fault = count_fault,
	    .table = count_table,
	};
	struct store *out = NULL;
	enum err e;

	faults = whole = 0;
	memset(taken, 0, sizeof(taken));
	temp_remove(to);
	cr_assert_eq(store_open(&out, to, STORE_CREATE, NULL), ERR_OK);
	e = store_salvage(from, out, &plan, why);
	store_close(out);
	return e;
}

/* Every row of `to` is one that was written last; returns how many. */
static uint64_t
check_rows(int t)
{
	static uint8_t value[LONG_VALUE];
	struct store_walk_counts counts;
	const struct store_walk plan = {.shallow = false};
	struct store_txn *txn;
	uint64_t n = 0;
	uint8_t key[16];
	struct bytes have;

	cr_assert_eq(store_walk(store, &plan, &counts, NULL), ERR_OK);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	for (unsigned i = 0; i < rows_of(t); i++) {
		const size_t k = make_key(key, i);
		const size_t len = make_value(value, t, i);
		const enum err e =
		    store_get(txn, table[t], bytes_of(key, k), &have, NULL);

		if (t == 2) {
			cr_assert_eq(
			    store_is_hole(txn, table[t], bytes_of(key, k)),
			    e == ERR_CORRUPT);
			n += e == ERR_CORRUPT;
			continue;
		}
		cr_assert(e == ERR_NOT_FOUND ||
		        (e == ERR_OK &&
		            bytes_equal(have, bytes_of(value, len))),
		    "table %d row %u: a row was made up: %d", t, i, (int)e);
		n += e == ERR_OK;
	}
	cr_assert_eq(n, store_rows(txn, table[t]));
	store_abort(txn);
	return n;
}

static uint64_t
check_all(void)
{
	uint64_t n = 0;

	open_at(to, 0);
	for (int t = 0; t < TABLES; t++) {
		uint64_t rows = check_rows(t);

		cr_assert_eq(rows, taken[t]);
		n += rows;
	}
	shut();
	return n;
}

Test(store_salvage, a_whole_store_is_copied_whole)
{
	struct err_why why = {.text = ""};

	shut();
	cr_assert_eq(run(&why), ERR_OK, "%s", why.text);
	cr_assert_eq(faults, 0u);
	cr_assert_eq(whole, TABLES + 1);
	cr_assert_eq(check_all(), ROWS + 120u);
}

Test(store_salvage, takes_what_only_the_journal_holds)
{
	struct err_why why = {.text = ""};
	struct store_txn *txn;
	uint8_t key[16];
	const size_t k = make_key(key, 3);

	shut();
	open_at(from, 0);
	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_del(txn, table[0], bytes_of(key, k), NULL), ERR_OK);
	cr_assert_eq(store_hole(txn, table[1], bytes_of(key, k), NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	/* As a kill leaves it: taken while it is open. */
	cr_assert_eq(run(&why), ERR_OK, "%s", why.text);
	shut();
	open_at(to, 0);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_rows(txn, table[0]), ROWS - 1u);
	cr_assert(store_is_hole(txn, table[1], bytes_of(key, k)));
	store_abort(txn);
}

/* One page, damaged in one of the ways that pages get damaged. */
static void
damage(struct chance *c, uint8_t *bytes, size_t pages)
{
	uint8_t *page = bytes + (2 + chance_below(c, pages - 2)) * PAGE;
	const uint64_t how = chance_below(c, 4);

	if (how == 0)
		memset(page, 0, PAGE);
	else if (how == 1)
		page[chance_below(c, 16 + 2 * 30)] ^=
		    (uint8_t)(1u << chance_below(c, 8));
	else
		page[chance_below(c, PAGE)] ^=
		    (uint8_t)(1u << chance_below(c, 8));
}

static void
lose_and_take(struct chance *c)
{
	struct err_why why = {.text = ""};
	const uint64_t n = 1 + chance_below(c, 3);
	size_t len = 0;
	uint8_t *bytes = (uint8_t *)temp_read(file, &len);
	uint8_t *spoilt = (uint8_t *)temp_read(file, NULL);
	uint64_t got;

	for (uint64_t i = 0; i < n; i++)
		damage(c, spoilt, len / PAGE);
	temp_write(file, spoilt, len);
	chance_holds(c, run(&why) == ERR_OK);
	got = check_all();
	/* A page of the shortest rows holds some 90. */
	chance_holds(c, got + 90 * n >= ROWS + 120u);
	chance_holds(c, got == ROWS + 120u || faults > 0);
	temp_write(file, bytes, len);
	free(bytes);
	free(spoilt);
}

Test(store_salvage, loses_only_rows_that_rest_on_what_is_damaged)
{
	shut();
	chance_each(60, lose_and_take);
}
