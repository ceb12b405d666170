/* site_fold_test.c - a node of another version brings its tables along. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_fold.h"

#include <criterion/criterion.h>

#include "tests/support/folded.h"

#define ALARMS 20

static struct folded f;

static void
setup(void)
{
	folded_new(&f);
	for (unsigned i = 1; i <= ALARMS; i++)
		(void)folded_raise(&f, i, "tank-farm-2", 2);
}

static void
teardown(void)
{
	folded_end(&f);
}

TestSuite(site_fold, .init = setup, .fini = teardown);

/* As a node left it that knew no such row: version 0, no row. */
static void
set_version(uint8_t version)
{
	const uint8_t value[8] = {[7] = version};
	struct store_table t = f.site->own.tables.folded;
	struct store_txn *txn;
	enum err e;

	cr_assert_eq(store_write(f.site->own.store, &txn, NULL), ERR_OK);
	if (version == 0)
		e = store_del(txn, t, bytes_str("version"), NULL);
	else
		e = store_put(txn, t, bytes_str("version"),
		    bytes_of(value, sizeof value), NULL);
	cr_assert_eq(e, ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static void
drop_records(void)
{
	struct store_txn *txn;

	cr_assert_eq(store_write(f.site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_drop(txn, f.site->own.tables.record, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static enum err
reopen(struct err_why *why)
{
	site_close(f.site);
	f.site = NULL;
	return site_open(&f.site, f.dir, &f.clock, why);
}

static uint64_t
open_alarms(void)
{
	struct query_counts n;

	cr_assert_eq(query_counts(f.site, &n, NULL), ERR_OK);
	return n.open_alarms;
}

Test(site_fold, leaves_tables_of_its_own_version_alone)
{
	struct err_why why = {.text = ""};
	const struct query_scope scope = {.areas = NULL};

	drop_records();
	cr_assert_eq(reopen(&why), ERR_OK, "%s", why.text);
	cr_assert_not(folded_can_get(&f, LEDGER__KIND__ALARM, 1, &scope));
}

Test(site_fold, folds_anew_what_an_older_version_folded)
{
	struct err_why why = {.text = ""};
	const struct query_scope scope = {.areas = NULL};

	drop_records();
	set_version(0);
	cr_assert_eq(reopen(&why), ERR_OK, "%s", why.text);
	for (unsigned i = 1; i <= ALARMS; i++)
		cr_assert(folded_can_get(&f, LEDGER__KIND__ALARM, i, &scope));
	cr_assert_eq(open_alarms(), ALARMS);
	/* Once: the next start finds them of its own version. */
	drop_records();
	cr_assert_eq(reopen(&why), ERR_OK, "%s", why.text);
	cr_assert_not(folded_can_get(&f, LEDGER__KIND__ALARM, 1, &scope));
}

Test(site_fold, refuses_tables_of_a_newer_version)
{
	struct err_why why = {.text = ""};

	set_version(SITE_FOLD_VERSION + 1);
	cr_assert_eq(reopen(&why), ERR_UNSUPPORTED);
	cr_assert(strstr(why.text, "own/") != NULL, "%s", why.text);
}
