/* heads_tail_test.c - what came back from a member can be erased for good. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/heads_tail.h"

#include <criterion/criterion.h>
#include <unistd.h>

#include "ledger/log_read.h"
#include "tests/support/doubt.h"
#include "tests/support/hunt.h"
#include "tests/support/keeper.h"

static struct keeper k;

static void
setup(void)
{
	keeper_begin(&k);
}

static void
teardown(void)
{
	keeper_end(&k);
}

TestSuite(heads_tail, .init = setup, .fini = teardown);

static void
back_up(unsigned parts)
{
	struct err_why why = {.text = ""};
	struct backup_result r;

	keeper_close(&k);
	cr_assert_eq(
	    keeper_backup(&k, false, &r, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(r.manifest->n_parts, parts);
	backup_clear(&r);
	keeper_open(&k);
}

/* ---- a member ---- */

#define ITEMS 16

/* What it holds of the evidence log from an entry on. */
static struct member {
	struct log_item item[ITEMS];
	struct buf bytes[2 * ITEMS];
	struct buf note;
	struct note_checkpoint head;
	struct tree_proof proof;
	struct log_extension x;
	struct heads_tail_gaps gaps;
	bool stored;
} hq;

static void
member_takes(uint64_t from)
{
	struct site *s = k.p.site;
	struct store_txn *txn = NULL;
	struct log_walk *w = NULL;
	struct bytes leaf;
	size_t len, n = 0;

	cr_assert_eq(store_read(s->own.store, &txn, NULL), ERR_OK);
	buf_init(&hq.note, NOTE_BYTES_MAX);
	cr_assert_eq(log_checkpoint(s->own.book, txn, s->evidence, 0, &hq.note,
	                 &hq.head, NULL),
	    ERR_OK);
	cr_assert_eq(
	    log_walk_open(&w, s->own.book, txn, s->evidence, from, NULL),
	    ERR_OK);
	for (; log_walk_next(w, &leaf, &len, NULL) == ERR_OK; n++) {
		struct buf *b = &hq.bytes[2 * n];

		cr_assert_lt(n, ITEMS);
		buf_init(&b[0], 65536);
		buf_init(&b[1], 1 << 20);
		buf_bytes(&b[0], leaf);
		cr_assert_eq(log_walk_sealed(w, &b[1], NULL), ERR_OK);
		hq.item[n] =
		    (struct log_item){buf_view(&b[0]), buf_view(&b[1])};
	}
	log_walk_close(w);
	store_abort(txn);
	cr_assert_gt(n, 0);
	hq.x = (struct log_extension){.from = from,
	    .items = hq.item,
	    .len = n,
	    .note = buf_view(&hq.note),
	    .head = &hq.head,
	    .proof = &hq.proof};
}

static void
on_stored(void *arg, int kind, const char *peer, enum err e,
    const struct err_why *why)
{
	(void)arg;
	(void)kind;
	(void)peer;
	cr_assert_eq(e, ERR_OK, "%s", why->text);
	hq.stored = true;
}

/* And then the logs are signed on. */
static void
member_gives(void)
{
	heads_tail_store(&(struct heads_tail){.site = k.p.site,
	                     .kind = SITE_EVIDENCE,
	                     .peer = "hq",
	                     .gaps = &hq.gaps,
	                     .done = on_stored},
	    &hq.x);
	doubt_end(&k.p, NULL);
	cr_assert(hq.stored);
	for (size_t i = 0; i < 2 * hq.x.len; i++)
		buf_clear(&hq.bytes[i]);
	buf_clear(&hq.note);
}

/* ---- copies ---- */

static void
own_parts(bool back)
{
	static const char *const parts[] = {"own", "own-keys"};

	for (size_t i = 0; i < 2; i++) {
		char here[TEMP_PATH_BYTES], there[TEMP_PATH_BYTES];

		temp_path(here, k.p.dir, parts[i]);
		temp_path(there, k.folder, parts[i]);
		if (back)
			temp_remove(here);
		temp_copy(back ? there : here, back ? here : there);
	}
}

/* The key row of an alarm, the last but one of the newest part. */
struct planted {
	uint64_t index;
	uint8_t key[VAULT_KEY_ROW_BYTES];
};

static void
read_row(struct planted *out, const char *path)
{
	struct part_reader *r = NULL;
	struct part_frame f;

	cr_assert_eq(part_open(&r, path, NULL), ERR_OK);
	while (part_next(r, &f, NULL) == ERR_OK) {
		const Backup__Entries *m = (const Backup__Entries *)f.msg;
		const Backup__Entry *e;

		if (f.kind != PART_ENTRIES || out->index < m->first ||
		    out->index >= m->first + m->n_entries)
			continue;
		e = m->entries[out->index - m->first];
		cr_assert_eq(e->key.len, sizeof out->key);
		memcpy(out->key, e->key.data, sizeof out->key);
	}
	part_close(r);
}

/*
 * A copy of own/ is put back, a member gives back what came after it, one of
 * those is erased: what was copied before the loss, with that one under its old
 * wrapping key, does not open it, and the backup is begun anew.
 */
Test(heads_tail, can_be_erased_for_good)
{
	static const char marker[] = "PLANTED-MARKER-9134";
	char vault[TEMP_PATH_BYTES], part[TEMP_PATH_BYTES];
	char copy[TEMP_PATH_BYTES];
	uint8_t key[CRYPTO_KEY_BYTES];
	struct hunt *h = hunt_new();
	struct err_why why = {.text = ""};
	struct planted row;
	uint64_t held;

	held = keeper_alarm(&k, "stays") + 2;
	back_up(1);
	keeper_close(&k);
	own_parts(false);
	keeper_open(&k);
	row.index = keeper_alarm(&k, marker);
	back_up(2);
	member_takes(held);
	temp_path(vault, k.keys, "own-keys");
	temp_path(part, k.to, "part-00000002.lfp");
	temp_path(copy, k.folder, "copy");
	temp_copy(k.to, copy);
	temp_path(copy, k.folder, "copy/part-00000002.lfp");
	read_row(&row, copy);
	hunt_data_key(h, key, bytes_of(row.key, sizeof row.key), vault);
	hunt_add(h, "title", bytes_str(marker));
	hunt_add_data_key(h, "data key", key);
	cr_assert_eq(hunt_unwrap(h, copy, vault), 1, "it is found so");

	keeper_close(&k);
	own_parts(true);
	keeper_open(&k);
	cr_assert_neq(k.p.site->doubt, 0);
	member_gives();
	keeper_erase(&k, row.index, 0);
	back_up(1);
	cr_assert_neq(access(part, F_OK), 0, "the parts before are gone");
	cr_assert_eq(hunt_unwrap(h, copy, vault), 0, "nor does a copy open it");
	cr_assert_eq(hunt_look(h, k.to), 0);
	back_up(2);
	hunt_free(h);
	keeper_close(&k);
	cr_assert_eq(keeper_verify(&k, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(keeper_restore(&k, &why), ERR_OK, "%s", why.text);
	cr_assert_str_eq(keeper_differs(&k), "");
}
