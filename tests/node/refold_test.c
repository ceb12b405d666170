/* refold_test.c - tables that differ from their logs are named and mended. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/refold.h"

#include <criterion/criterion.h>
#include <unistd.h>

#include "tests/support/folded.h"

#define ALARMS 20

static struct folded f;
static char scratch[TEMP_PATH_BYTES];
static struct refold_table sum;
static unsigned tables;

static void
setup(void)
{
	folded_new(&f);
	temp_path(scratch, f.folder, "scratch");
	for (unsigned i = 1; i <= ALARMS; i++)
		(void)folded_raise(&f, i, "tank-farm-2", 2);
	(void)folded_clear(&f, 3, 2);
}

static void
teardown(void)
{
	folded_end(&f);
}

TestSuite(refold, .init = setup, .fini = teardown);

static void
add(void *arg, const struct refold_table *t)
{
	(void)arg;
	tables++;
	sum.rows += t->rows;
	sum.missing += t->missing;
	sum.extra += t->extra;
	sum.changed += t->changed;
	if (t->first.text[0] != '\0')
		sum.first = t->first;
}

static void
run(bool repair)
{
	const struct refold r = {
	    .book = f.site->own.book,
	    .mac = &f.site->index_mac,
	    .scratch = scratch,
	    .repair = repair,
	    .table = add,
	};
	struct err_why why = {.text = ""};

	sum = (struct refold_table){0};
	tables = 0;
	cr_assert_eq(refold(&r, &why), ERR_OK, "%s", why.text);
	cr_assert_neq(access(scratch, F_OK), 0, "nothing is left behind");
}

/* Changes the first row, takes the second away, adds a last one. */
static void
spoil(struct store_table t, uint64_t n[3])
{
	uint8_t key[2][64];
	size_t len[2] = {0};
	struct store_cursor *c;
	struct store_txn *txn;
	struct store_row row;
	enum err e;

	cr_assert_eq(store_write(f.site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_cursor(txn, t, &c, NULL), ERR_OK);
	e = store_seek(c, bytes_of(NULL, 0), &row);
	for (int i = 0; i < 2 && e == ERR_OK; i++) {
		memcpy(key[i], row.key.ptr, row.key.len);
		len[i] = row.key.len;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	if (len[0] > 0) {
		n[0]++;
		cr_assert_eq(store_put(txn, t, bytes_of(key[0], len[0]),
		                 bytes_str("no"), NULL),
		    ERR_OK);
	}
	if (len[1] > 0) {
		n[1]++;
		cr_assert_eq(
		    store_del(txn, t, bytes_of(key[1], len[1]), NULL), ERR_OK);
	}
	n[2]++;
	cr_assert_eq(store_put(txn, t, bytes_str("\xff\xff\xffnot"),
	                 bytes_str("x"), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

Test(refold, a_node_that_ran_has_the_tables_of_its_logs)
{
	run(false);
	cr_assert_eq(tables, 16u);
	cr_assert_gt(sum.rows, 3 * ALARMS);
	cr_assert_eq(
	    sum.missing + sum.extra + sum.changed, 0u, "%s", sum.first.text);
}

Test(refold, every_table_that_differs_is_named_and_mended)
{
	const struct fold_tables *t = &f.site->own.tables;
	const struct store_table all[] = {t->record, t->bykind, t->open,
	    t->source, t->feed, t->event, t->name, t->actor, t->holder, t->span,
	    t->loss};
	uint64_t n[3] = {0};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		spoil(all[i], n);
	for (int i = 0; i < 2; i++) {
		run(i == 1);
		cr_assert_eq(sum.changed, n[0]);
		cr_assert_eq(sum.missing, n[1]);
		cr_assert_eq(sum.extra, n[2]);
		cr_assert_neq(sum.first.text[0], '\0');
	}
	run(false);
	cr_assert_eq(
	    sum.missing + sum.extra + sum.changed, 0u, "%s", sum.first.text);
}
