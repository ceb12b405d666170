/* site_fold_test.c - a node of another version brings its tables along. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_fold.h"

#include <criterion/criterion.h>

#include "ledger/log_read.h"
#include "node/refold.h"
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

/* ---- generations that come in the wrong order ---- */

static uint16_t
second_generation(void)
{
	Record__LogStart body = RECORD__LOG_START__INIT;
	struct draft_spec spec = {.kind = LEDGER__KIND__LOG_START,
	    .body = &body.base,
	    .outcome = LEDGER__OUTCOME__APPLIED};
	struct site_db *db = &f.site->replica;
	struct commit_ctx ctx;
	uint16_t slot;

	body.reason = folded_text("test");
	folded_begin(&f, db, &ctx);
	cr_assert_eq(log_slot_add(db->book, ctx.txn, FOLDED_OTHER "/evidence/2",
	                 &slot, NULL),
	    ERR_OK);
	log_key(db->book, slot, &f.key);
	spec.slot = slot;
	(void)folded_put(&f, db, &ctx, &spec);
	folded_commit(&ctx);
	return slot;
}

/* Appended and folded as the exchange does it. */
static void
arrive(uint16_t slot, uint32_t seq, Record__Incident__Action action)
{
	struct site_db *db = &f.site->replica;
	Record__Incident m = RECORD__INCIDENT__INIT;
	struct log_opened at = {.entry = NULL};
	struct log_stretch s = {.slot = slot, .at = &at, .len = 1};
	struct err_why why = {.text = ""};
	struct commit_ctx ctx;
	struct draft_spec spec;
	struct log_place place;
	struct bytes leaf;
	struct draft d;
	uint8_t id[16];

	folded_id(id, 1);
	m.has_action = true;
	m.action = action;
	spec = folded_spec(&f, id, LEDGER__KIND__INCIDENT, seq, &m.base);
	spec.slot = slot;
	folded_begin(&f, db, &ctx);
	cr_assert_eq(draft_make(&d, &spec, NULL, f.now_us, &why), ERR_OK);
	cr_assert_eq(
	    log_append(db->book, ctx.txn, slot, &d.event.draft, &place, &why),
	    ERR_OK, "%s", why.text);
	draft_clear(&d);
	s.from = place.index;
	cr_assert_eq(
	    log_entry(db->book, ctx.txn, slot, s.from, &leaf, &why), ERR_OK);
	cr_assert_eq(log_decode(&at.entry, leaf, &why), ERR_OK);
	cr_assert_eq(
	    log_sealed(db->book, ctx.txn, slot, s.from, &at.sealed, &why),
	    ERR_OK);
	cr_assert_eq(site_fold_replica(f.site, ctx.txn, &s, &why), ERR_OK);
	folded_commit(&ctx);
	ledger__entry__free_unpacked(at.entry, NULL);
	ledger__sealed__free_unpacked(at.sealed, NULL);
}

static void
count(void *arg, const struct refold_table *t)
{
	*(uint64_t *)arg += t->missing + t->extra + t->changed;
}

/* Rows that are not as a fresh fold gives them. */
static uint64_t
wrong(void)
{
	char scratch[TEMP_PATH_BYTES];
	struct err_why why = {.text = ""};
	uint64_t n = 0;
	const struct refold r = {.book = f.site->replica.book,
	    .mac = &f.site->index_mac,
	    .scratch = scratch,
	    .arg = &n,
	    .table = count};

	temp_path(scratch, f.folder, "scratch");
	cr_assert_eq(refold(&r, &why), ERR_OK, "%s", why.text);
	return n;
}

/* An incident goes on in the next generation; in order all is as it should be,
 * and nothing is folded twice. */
Test(site_fold, generations_in_order_need_no_other_fold)
{
	uint16_t next;

	arrive(f.other_evidence, 1, RECORD__INCIDENT__ACTION__OPEN);
	next = second_generation();
	arrive(next, 2, RECORD__INCIDENT__ACTION__CLOSE);
	cr_assert_eq(wrong(), 0u);
	cr_assert_eq(site_fold_same(f.site->replica.store, NULL), ERR_OK);
}

/* The copy of the first generation was damaged and cut: it is fetched again
 * behind the second, whose event was taken for the incident's beginning. */
Test(site_fold, folds_anew_when_an_earlier_generation_came_later)
{
	struct err_why why = {.text = ""};
	uint16_t next = second_generation();

	arrive(next, 2, RECORD__INCIDENT__ACTION__CLOSE);
	cr_assert_eq(site_fold_same(f.site->replica.store, NULL), ERR_OK);
	arrive(f.other_evidence, 1, RECORD__INCIDENT__ACTION__OPEN);
	cr_assert_neq(wrong(), 0u, "then no other fold would be needed");
	cr_assert_eq(
	    site_fold_same(f.site->replica.store, &why), ERR_UNSUPPORTED);
	cr_assert_eq(reopen(&why), ERR_OK, "%s", why.text);
	cr_assert_eq(wrong(), 0u);
	cr_assert_eq(site_fold_same(f.site->replica.store, NULL), ERR_OK);
}
