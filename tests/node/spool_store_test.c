/* spool_store_test.c - kept alarms outlive another own/, a kill, a version. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/spool_state.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/doubt.h"

static struct plant p;

static void
setup(void)
{
	plant_begin(&p, "plant-a.acme.example");
}

static void
teardown(void)
{
	plant_end(&p);
}

TestSuite(spool_store, .init = setup, .fini = teardown);

static Api__RecordView *
get(const struct submit_receipt *r)
{
	char id[TEXT_UUID_CHARS + 1];

	text_uuid_put(id, r->record_id);
	return plant_get(&p, LEDGER__KIND__ALARM, id);
}

static uint64_t
entries(void)
{
	struct query_counts n;

	cr_assert_eq(query_counts(p.site, &n, NULL), ERR_OK);
	return n.evidence_size;
}

static void
copy_own(bool back)
{
	static const char *const parts[][2] = {
	    {"own", "was-own"}, {"own-keys", "was-own-keys"}};

	for (size_t i = 0; i < 2; i++) {
		char here[TEMP_PATH_BYTES], there[TEMP_PATH_BYTES];

		temp_path(here, p.dir, parts[i][0]);
		temp_path(there, p.dir, parts[i][1]);
		if (back)
			temp_remove(here);
		temp_copy(back ? there : here, back ? here : there);
	}
}

/* A newer or an older own/ that turns up. */
Test(spool_store, is_not_lost_with_an_own_store_that_is_replaced)
{
	struct submit_receipt kept[2], again;
	uint64_t before;

	(void)doubt_raise(&p, 1, 2);
	site_close(p.site);
	copy_own(false);
	doubt_open(&p);
	doubt_begin(&p);
	kept[0] = doubt_raise(&p, 2, 2);
	kept[1] = doubt_raise(&p, 0, 1);
	site_close(p.site);
	copy_own(true);
	doubt_open(&p);
	cr_assert_eq(spool_count(p.site), 2);
	again = doubt_raise(&p, 2, 2);
	cr_assert(again.provisional && again.duplicate);
	cr_assert_arr_eq(again.record_id, kept[0].record_id, 16);
	before = entries();
	doubt_end(&p, NULL);
	cr_assert_eq(spool_count(p.site), 0);
	cr_assert_eq(entries(), before + 2);
	for (size_t i = 0; i < 2; i++)
		api__record_view__free_unpacked(get(&kept[i]), NULL);
}

/* Killed when they were entries and not yet taken out. */
static void
enter_only(struct plant *of)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(of, w);
	struct spool_list list;

	cr_assert_eq(spool_read(&list, of->site, 0, 10, NULL), ERR_OK);
	submit_spooled(&to, list.at, list.len);
	submit_result_free(submit_wait_for(w));
	cr_assert_eq(spool_count(of->site), list.len);
	spool_free(&list);
}

Test(spool_store, enters_each_once_whatever_a_kill_leaves)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	struct plant_person stranger;
	char one[TEXT_UUID_CHARS + 1] = "";
	struct plant_sign sign = {.who = &stranger,
	    .kind = LEDGER__KIND__ALARM,
	    .record = one,
	    .msg = &a.base,
	    .occurred_us = PLANT_START};
	char gas[] = "gas", area[] = "tank-farm-2", source[] = "gds-01";
	struct submit_receipt kept;
	struct submit_result *r;
	uint64_t before;

	a.source = source;
	a.has_level = true;
	a.level = 1;
	a.kind = gas;
	a.area = area;
	a.has_occurred_at = true;
	a.occurred_at = PLANT_START;
	doubt_begin(&p);
	kept = doubt_raise(&p, 0, 1);
	crypto_signer_new(&stranger.key);
	stranger.alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(stranger.alg_key + 1, stranger.key.pub, CRYPTO_PUB_BYTES);
	r = plant_signed(&p, &sign, NULL);
	cr_assert(r->error == ERR_OK && r->items[0].provisional);
	submit_result_free(r);
	before = entries();
	doubt_end(&p, enter_only);
	cr_assert_eq(spool_count(p.site), 0);
	cr_assert_eq(entries(), before + 2, "each is one entry");
	api__record_view__free_unpacked(get(&kept), NULL);
}

/* As versions before kept them. */
static void
into_own(void)
{
	struct store_txn *from = NULL, *to = NULL;
	struct store_cursor *c = NULL;
	struct store_row row;
	char path[TEMP_PATH_BYTES];

	cr_assert_eq(store_read(spool_store(p.site), &from, NULL), ERR_OK);
	cr_assert_eq(store_write(p.site->own.store, &to, NULL), ERR_OK);
	cr_assert_eq(store_cursor(from, p.site->spool->rows, &c, NULL), ERR_OK);
	for (enum err e = store_seek(c, bytes_of(NULL, 0), &row); e == ERR_OK;
	     e = store_next(c, &row))
		cr_assert_eq(store_put(to, p.site->spool->entered, row.key,
		                 row.value, NULL),
		    ERR_OK);
	store_cursor_close(c);
	store_abort(from);
	cr_assert_eq(store_commit(to, NULL), ERR_OK);
	site_close(p.site);
	temp_path(path, p.dir, "kept");
	temp_remove(path);
}

Test(spool_store, takes_over_what_versions_before_kept)
{
	struct submit_receipt kept[3], again;
	uint64_t before;

	doubt_begin(&p);
	for (uint64_t i = 0; i < 3; i++)
		kept[i] = doubt_raise(&p, i, 2);
	into_own();
	doubt_open(&p);
	cr_assert_eq(spool_count(p.site), 3);
	again = doubt_raise(&p, 2, 2);
	cr_assert(again.provisional && again.duplicate);
	cr_assert_arr_eq(again.record_id, kept[2].record_id, 16);
	plant_restart(&p);
	cr_assert_eq(spool_count(p.site), 3, "once");
	before = entries();
	doubt_end(&p, NULL);
	cr_assert_eq(entries(), before + 3);
	api__record_view__free_unpacked(get(&kept[2]), NULL);
}

Test(spool_store, begins_anew_where_it_was_killed_as_it_began)
{
	char path[TEMP_PATH_BYTES];

	doubt_begin(&p);
	temp_path(path, p.dir, "kept.new");
	cr_assert_eq(mkdir(path, 0700), 0);
	temp_path(path, p.dir, "kept.new/data.mdb");
	temp_write(path, "torn", 4);
	cr_assert(doubt_raise(&p, 1, 2).provisional);
	plant_restart(&p);
	cr_assert_eq(spool_count(p.site), 1);
}
