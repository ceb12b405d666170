/* repair_test.c - a damaged site is, after repair, the site it was. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/repair.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/audit.h"
#include "ledger/log_hole.h"
#include "ledger/log_read.h"
#include "ledger/store_hole.h"
#include "ledger/store_page.h"
#include "ledger/store_walk.h"
#include "node/draft.h"
#include "node/refold.h"
#include "node/site_logs.h"
#include "proto/mem.h"
#include "tests/support/chance.h"
#include "tests/support/folded.h"

/* The n-th exchange of two names fails so; 0: none. */
static unsigned exchange_at;
static int exchange_errno;

int __wrap_renameat2(
    int a, const char *b, int c, const char *d, unsigned flags);
int __real_renameat2(
    int a, const char *b, int c, const char *d, unsigned flags);

int
__wrap_renameat2(int a, const char *b, int c, const char *d, unsigned flags)
{
	if (exchange_at > 0 && --exchange_at == 0) {
		errno = exchange_errno;
		return -1;
	}
	return __real_renameat2(a, b, c, d, flags);
}

#define ALARMS 90
#define PAGE 4096
#define BITS_PER_ROW 6
#define ENTRIES_MAX 512

/* A row as it rests in the file. */
struct resting {
	char table[32];
	uint8_t key[STORE_KEY_MAX];
	size_t key_len;
	size_t key_at; /* offsets in the file */
	size_t value_at;
	size_t value_len; /* with its sum */
};

static struct folded f;
static char file[TEMP_PATH_BYTES], kept[TEMP_PATH_BYTES];
static uint8_t *bytes; /* own/data.mdb, whole */
static size_t len;
static struct resting *rows;
static size_t rows_len;
/* What a member holds of the evidence log. */
static struct log_item items[ENTRIES_MAX];
static uint64_t size;
static char origin[NOTE_NAME_MAX + 1];
static uint16_t slot;
static unsigned words[REPAIR_WORDS], refused;

static struct bytes
copy(struct bytes b)
{
	uint8_t *p = mem_alloc(b.len + 1, 1);

	if (b.len > 0)
		memcpy(p, b.ptr, b.len);
	return bytes_of(p, b.len);
}

/* Everything of the evidence log, while it is whole. */
static void
keep_log(void)
{
	struct site_db *db = &f.site->own;
	struct log_state st;
	struct store_txn *txn;
	struct buf body;

	slot = site_log(f.site, SITE_EVIDENCE)->slot;
	buf_init(&body, LOG_SEALED_MAX);
	cr_assert_eq(store_read(db->store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_origin(db->book, txn, slot, origin, NULL), ERR_OK);
	cr_assert_eq(log_state(db->book, txn, slot, &st, NULL), ERR_OK);
	size = st.frontier.size;
	cr_assert_leq(size, ENTRIES_MAX);
	for (uint64_t i = 0; i < size; i++) {
		struct bytes leaf;

		cr_assert_eq(
		    log_entry(db->book, txn, slot, i, &leaf, NULL), ERR_OK);
		items[i].leaf = copy(leaf);
		buf_reset(&body);
		if (log_sealed_bytes(db->book, txn, slot, i, &body, NULL) ==
		    ERR_OK)
			items[i].sealed = copy(buf_view(&body));
	}
	store_abort(txn);
	buf_clear(&body);
}

static void
add_row(void *arg, const char *table, const struct store_row *row)
{
	struct resting *r;

	(void)arg;
	cr_assert_lt(row->key.len, sizeof(r->key));
	rows = mem_resize(rows, rows_len + 1, sizeof *rows);
	r = &rows[rows_len++];
	*r = (struct resting){.key_len = row->key.len,
	    .key_at = (size_t)(row->key.ptr - bytes),
	    .value_at = (size_t)(row->value.ptr - bytes),
	    .value_len = row->value.len + 8};
	(void)snprintf(r->table, sizeof r->table, "%s", table);
	memcpy(r->key, row->key.ptr, row->key.len);
}

static enum err
walk(bool collect, struct err_why *why)
{
	struct store_page_meta m[2];
	struct store_walk_counts counts;
	const struct store_walk plan = {
	    .sums = true, .row = collect ? add_row : NULL};
	bool ok[2];

	for (unsigned i = 0; i < 2; i++)
		ok[i] = store_page_meta_whole(bytes + i * PAGE, i, &m[i]);
	cr_assert(ok[0] && ok[1]);
	return store_walk_file(bytes_of(bytes, len),
	    m[0].txn > m[1].txn ? &m[0] : &m[1], &plan, NULL, &counts, why);
}

static void
setup(void)
{
	char path[TEMP_PATH_BYTES];
	struct err_why why = {.text = ""};

	folded_new(&f);
	for (unsigned i = 1; i <= ALARMS; i++)
		(void)folded_raise(
		    &f, i, i % 3 == 0 ? "yard" : "tank-farm-2", 1 + i % 3);
	for (unsigned i = 1; i <= 20; i++)
		(void)folded_clear(&f, i, 2);
	folded_certificate(&f, 200);
	keep_log();
	site_close(f.site);
	f.site = NULL;
	temp_path(path, f.dir, "own");
	temp_path(file, path, "data.mdb");
	temp_path(kept, f.dir, "own.damaged-1");
	bytes = (uint8_t *)temp_read(file, &len);
	cr_assert_eq(walk(true, &why), ERR_OK, "%s", why.text);
}

static void
teardown(void)
{
	for (size_t i = 0; i < size; i++) {
		free((void *)(uintptr_t)items[i].leaf.ptr);
		free((void *)(uintptr_t)items[i].sealed.ptr);
	}
	free(bytes);
	free(rows);
	folded_end(&f);
}

TestSuite(repair, .init = setup, .fini = teardown, .timeout = 300);

static bool
begins(const char *text, const char *table, const char *rest)
{
	const size_t n = strlen(table);

	return strncmp(text, table, n) == 0 &&
	    strncmp(text + n, rest, strlen(rest)) == 0;
}

static void
want_row(const struct resting *r, const struct err_why *why)
{
	char want[128];
	size_t at = (size_t)snprintf(want, sizeof want, ": row ");

	for (size_t i = 0; i < r->key_len && i < 40; i++)
		at += (size_t)snprintf(
		    want + at, sizeof want - at, "%02x", r->key[i]);
	(void)snprintf(want + at, sizeof want - at, ": ");
	cr_assert(begins(why->text, r->table, want), "%s, not %s%s", why->text,
	    r->table, want);
}

/* Entries, node hashes, bodies, keys, checkpoints, states and every table. */
Test(repair, a_flipped_bit_of_any_row_is_named_by_table_and_row)
{
	static const char *const must[] = {"log_entry", "log_node", "log_body",
	    "log_key", "log_note", "log_state", "log_span", "log_origin",
	    "record", "bykind", "open", "holder"};
	struct err_why why;

	for (size_t i = 0; i < rows_len; i++) {
		const struct resting *r = &rows[i];

		for (size_t k = 0; k < BITS_PER_ROW; k++) {
			const size_t at =
			    r->value_at + (k * 7919 + i * 31) % r->value_len;
			const uint8_t bit = (uint8_t)(1u << (k + i) % 8);

			bytes[at] ^= bit;
			cr_assert_eq(walk(false, &why), ERR_CORRUPT);
			want_row(r, &why);
			bytes[at] ^= bit;
		}
		/* A changed key is out of order, or its sum is wrong. */
		bytes[r->key_at + r->key_len / 2] ^= 1;
		cr_assert_eq(walk(false, &why), ERR_CORRUPT);
		cr_assert(begins(why.text, r->table, ": "), "%s", why.text);
		bytes[r->key_at + r->key_len / 2] ^= 1;
	}
	for (size_t k = 0; k < sizeof must / sizeof must[0]; k++) {
		bool seen = false;

		for (size_t i = 0; i < rows_len && !seen; i++)
			seen = strcmp(rows[i].table, must[k]) == 0;
		cr_assert(seen, "no row of %s", must[k]);
	}
}

/* Each bit of the head of each page that rows rest on. */
Test(repair, a_flipped_bit_of_any_page_is_named_by_table_and_page)
{
	struct err_why why;
	size_t last = 0;

	for (size_t i = 0; i < rows_len; i++) {
		const size_t page = rows[i].key_at / PAGE;
		char want[32];

		if (page == last)
			continue;
		last = page;
		(void)snprintf(want, sizeof want, ": page %zu: ", page);
		for (unsigned bit = 0; bit < 8 * STORE_PAGE_HEAD; bit++) {
			const size_t at = page * PAGE + bit / 8;

			if (bit / 8 == 8 || bit / 8 == 9)
				continue; /* LMDB's unused field */
			bytes[at] ^= (uint8_t)(1u << bit % 8);
			cr_assert_eq(walk(false, &why), ERR_CORRUPT);
			cr_assert(begins(why.text, rows[i].table, want),
			    "%s, not %s%s", why.text, rows[i].table, want);
			bytes[at] ^= (uint8_t)(1u << bit % 8);
		}
	}
	cr_assert_gt(last, 10u);
}

/* ---- repairing ---- */

static void
count_word(void *arg, const char *store, enum repair_word word,
    const struct err_why *text)
{
	(void)arg;
	(void)store;
	cr_assert_neq(text->text[0], '\0');
	words[word]++;
}

static void
no_progress(void *arg, const char *what, uint64_t done, uint64_t total)
{
	(void)arg;
	(void)what;
	(void)done;
	(void)total;
}

static enum err
run(uint64_t *lost, struct err_why *why)
{
	struct repair r = {.tell = count_word, .progress = no_progress};
	enum err e = site_stopped(&r.site, f.dir, why);

	memset(words, 0, sizeof words);
	if (e == ERR_OK)
		e = repair_store(&r, true, lost, why);
	site_close(r.site);
	return e;
}

static void
fill(struct chance *c)
{
	const struct log_fill x = {.items = items,
	    .len = (size_t)size,
	    .retention_class = draft_retention_class};
	struct log_filled filled;
	struct store_txn *txn;
	struct err_why why = {.text = ""};
	enum err e;

	chance_holds(c, site_open(&f.site, f.dir, &f.clock, &why) == ERR_OK);
	chance_holds(c, store_write(f.site->own.store, &txn, &why) == ERR_OK);
	e = log_fill(f.site->own.book, txn, slot, &x, &filled, &why);
	if (e != ERR_OK)
		fprintf(stderr, "%s\n", why.text);
	chance_holds(c, e == ERR_OK);
	chance_holds(c, store_commit(txn, &why) == ERR_OK);
	site_close(f.site);
	f.site = NULL;
}

static unsigned differing;

static void
add_table(void *arg, const struct refold_table *t)
{
	(void)arg;
	differing += t->first.text[0] != '\0';
}

/* Rows of folded tables are as they were; the logs pass. */
static void
check_site(struct chance *c)
{
	const char *scratch = kept; /* removed by now */
	struct err_why why = {.text = ""};
	struct audit_counts counts;
	struct store_txn *txn;
	struct store_table t;
	struct bytes have;
	enum err e;

	chance_holds(c, site_open(&f.site, f.dir, &f.clock, &why) == ERR_OK);
	chance_holds(c, store_distrusted(f.site->own.store) == 0);
	const struct audit_plan plan = {.slot = slot};
	const struct refold fold = {
	    .book = f.site->own.book,
	    .mac = &f.site->index_mac,
	    .scratch = scratch,
	    .table = add_table,
	};
	chance_holds(c, store_read(f.site->own.store, &txn, &why) == ERR_OK);
	chance_holds(c, log_holes_count(f.site->own.book, txn) == 0);
	e = audit_log(f.site->own.book, txn, &plan, &counts, &why);
	if (e != ERR_OK)
		fprintf(stderr, "%s\n", why.text);
	chance_holds(c, e == ERR_OK);
	store_abort(txn);
	differing = 0;
	chance_holds(c, refold(&fold, &why) == ERR_OK);
	chance_holds(c, differing == 0);
	site_close(f.site);
	f.site = NULL;

	char own[TEMP_PATH_BYTES];
	struct store *store = NULL;
	temp_path(own, f.dir, "own");
	chance_holds(c, store_open(&store, own, 0, &why) == ERR_OK);
	for (size_t k = 0; refold_name(k) != NULL; k++)
		chance_holds(
		    c, store_table(store, refold_name(k), &t, &why) == ERR_OK);
	chance_holds(c, store_read(store, &txn, &why) == ERR_OK);
	for (size_t i = 0; i < rows_len; i++) {
		const struct resting *r = &rows[i];
		bool folded = false;

		for (size_t k = 0; refold_name(k) != NULL; k++)
			folded |= strcmp(refold_name(k), r->table) == 0;
		if (!folded)
			continue;
		store_abort(txn);
		chance_holds(
		    c, store_table(store, r->table, &t, &why) == ERR_OK);
		chance_holds(c, store_read(store, &txn, &why) == ERR_OK);
		e = store_get(
		    txn, t, bytes_of(r->key, r->key_len), &have, &why);
		chance_holds(c,
		    e == ERR_OK &&
		        bytes_equal(have,
		            bytes_of(bytes + r->value_at, r->value_len - 8)));
	}
	store_abort(txn);
	store_close(store);
}

static void
law(struct chance *c)
{
	uint8_t *spoilt = (uint8_t *)malloc(len);
	struct err_why why = {.text = ""};
	uint64_t lost = 0;
	enum err e;

	memcpy(spoilt, bytes, len);
	for (uint64_t n = 1 + chance_below(c, 3); n > 0; n--) {
		uint8_t *page =
		    spoilt + (2 + chance_below(c, len / PAGE - 2)) * PAGE;

		if (chance_below(c, 3) == 0)
			memset(page, 0, PAGE);
		else
			page[chance_below(c, PAGE)] ^=
			    (uint8_t)(1u << chance_below(c, 8));
	}
	temp_write(file, spoilt, len);
	free(spoilt);
	e = run(&lost, &why);
	if (e == ERR_REFUSED) {
		refused++;
		temp_write(file, bytes, len);
		return;
	}
	if (e != ERR_OK)
		fprintf(stderr, "%s\n", why.text);
	chance_holds(c, e == ERR_OK);
	chance_holds(c, words[REPAIR_WHOLE] == 0 || words[REPAIR_DAMAGED] == 0);
	chance_holds(c, (access(kept, F_OK) == 0) == (words[REPAIR_KEPT] == 1));
	temp_remove(kept);
	if (lost > 0) {
		chance_holds(c, words[REPAIR_LOST] > 0);
		fill(c);
		chance_holds(c, run(&lost, &why) == ERR_OK);
	}
	check_site(c);
	temp_write(file, bytes, len);
}

Test(repair, a_damaged_site_and_a_members_copy_make_the_site_it_was)
{
	chance_each(12, law);
	cr_assert_lt(refused, 4u, "%u", refused);
}

/* Breaks rows of the evidence log in a table: all of them, or the last. */
static void
spoil(uint8_t *spoilt, const char *table, bool all)
{
	const struct resting *last = NULL;

	for (size_t i = 0; i < rows_len; i++) {
		const struct resting *r = &rows[i];

		if (strcmp(r->table, table) != 0 ||
		    (r->key[0] << 8 | r->key[1]) != slot)
			continue;
		if (all)
			spoilt[r->value_at] ^= 1;
		else if (last == NULL ||
		    memcmp(last->key, r->key, r->key_len) < 0)
			last = r;
	}
	if (last != NULL)
		spoilt[last->value_at] ^= 1;
}

static uint64_t
size_now(void)
{
	struct log_state st;
	struct err_why why;
	struct store_txn *txn;

	cr_assert_eq(
	    site_open(&f.site, f.dir, &f.clock, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(store_read(f.site->own.store, &txn, &why), ERR_OK);
	cr_assert_eq(log_state(f.site->own.book, txn, slot, &st, &why), ERR_OK);
	store_abort(txn);
	site_close(f.site);
	f.site = NULL;
	return st.frontier.size;
}

/* One kind of row of a small log may be in one page, and that page be lost:
 * every kind alone and with every other. */
static unsigned mended;

static void
lose(struct chance *c, unsigned which)
{
	static const char *const tables[] = {
	    "log_state", "log_entry", "log_node", "log_note", "log_span"};
	uint8_t *spoilt = mem_alloc(1, len);
	struct err_why why = {.text = ""};
	uint64_t lost = 0;
	enum err e;

	memcpy(spoilt, bytes, len);
	for (unsigned i = 0; i < 5; i++)
		if ((which >> i & 1) != 0)
			spoil(spoilt, tables[i], (which >> 5 & 1) != 0);
	temp_write(file, spoilt, len);
	e = run(&lost, &why);
	if (e == ERR_OK) {
		mended++;
		temp_remove(kept);
		cr_expect_eq(size_now(), size, "%x: another end", which);
		if (lost > 0) {
			cr_expect_gt(words[REPAIR_LOST], 0u, "%x", which);
			fill(c);
			cr_expect_eq(run(&lost, &why), ERR_OK, "%x: %s", which,
			    why.text);
		}
		cr_expect_eq(lost, 0u, "%x", which);
		check_site(c);
	} else {
		cr_expect_eq(e, ERR_REFUSED, "%x: %s", which, why.text);
		cr_expect_neq(access(kept, F_OK), 0, "%x: replaced", which);
		cr_expect_not_null(
		    strstr(why.text, "backup"), "%x: %s", which, why.text);
	}
	free(spoilt);
	temp_write(file, bytes, len);
}

static void
known_losses(struct chance *c)
{
	/* By bits, tables of lose().  Nothing proves an end: state, last entry
	 * and last checkpoint; all of these; entries and nodes. */
	static const unsigned refuses[4] = {0x0b, 0x0f, 0x2b, 0x26};
	/* All entries, which a member has; all but these and the state. */
	static const unsigned mends[4] = {0x05, 0x06, 0x22, 0x3c};

	for (size_t i = 0; i < 8; i++) {
		lose(c, i < 4 ? refuses[i] : mends[i - 4]);
		cr_expect_eq(mended, i < 4 ? 0u : i - 3);
	}
}

Test(repair, of_a_small_log_never_ends_it_elsewhere_whatever_is_lost_of_it)
{
	chance_each(1, known_losses);
}

/* A run that was killed after its exchange left what it had replaced. */
Test(repair, removes_no_store_that_it_cannot_keep)
{
	struct err_why why = {.text = ""};
	char aside[TEMP_PATH_BYTES], path[TEMP_PATH_BYTES], name[32];
	uint64_t lost = 0;

	bytes[rows[0].value_at] ^= 1;
	temp_write(file, bytes, len);
	temp_path(aside, f.dir, "own.repair");
	cr_assert_eq(mkdir(aside, 0700), 0);
	for (unsigned n = 1; n < 1000; n++) {
		(void)snprintf(name, sizeof name, "own.damaged-%u", n);
		temp_path(path, f.dir, name);
		cr_assert_eq(mkdir(path, 0700), 0);
	}
	temp_path(path, aside, "data.mdb");
	temp_write(path, bytes, len);
	cr_assert_eq(run(&lost, &why), ERR_LIMIT, "%s", why.text);
	cr_assert_eq(access(path, F_OK), 0, "it was removed");
}

Test(repair, says_before_any_work_what_the_file_system_lacks)
{
	char aside[TEMP_PATH_BYTES];
	struct err_why why;
	uint64_t lost;

	spoil(bytes, "log_state", true);
	temp_write(file, bytes, len);
	temp_path(aside, f.dir, "own.repair");
	exchange_at = 1;
	exchange_errno = EINVAL;
	cr_expect_eq(run(&lost, &why), ERR_UNSUPPORTED, "%s", why.text);
	cr_expect(
	    strstr(why.text, "RENAME_EXCHANGE") && strstr(why.text, "ext4"));
	cr_expect_eq(words[REPAIR_TAKEN] + words[REPAIR_MADE], 0u);
	cr_expect_neq(access(aside, F_OK), 0, "it is left over");
	/* Whole, but not in its place: it must not pass for the old one. */
	exchange_at = 2;
	exchange_errno = EIO;
	cr_expect_eq(run(&lost, &why), ERR_IO, "%s", why.text);
	cr_expect_neq(access(aside, F_OK), 0, "it is left over");
	cr_expect_eq(run(&lost, &why), ERR_OK, "%s", why.text);
	cr_expect_eq(words[REPAIR_KEPT], 1u);
	/* Killed after the exchange: the store in its place is whole. */
	cr_assert_eq(rename(kept, aside), 0);
	cr_expect_eq(run(&lost, &why), ERR_OK, "%s", why.text);
	cr_expect(access(aside, F_OK) != 0 && access(kept, F_OK) == 0);
}
