/* log_mend_test.c - a damaged log and a member's copy make the log it was. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_mend.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/audit.h"
#include "ledger/log_book.h"
#include "ledger/log_hole.h"
#include "ledger/log_read.h"
#include "ledger/store_salvage.h"
#include "ledger/store_walk.h"
#include "tests/support/book.h"
#include "tests/support/chance.h"

#define PAGE 4096
#define PIECE 100 /* entries that a member gives at once */
#define PIECES 8

static struct book b;
static uint64_t size;
static struct book_parcel piece[PIECES]; /* a member's copy of all */
static char file[TEMP_PATH_BYTES];
static char from[TEMP_PATH_BYTES];
static char to[TEMP_PATH_BYTES];
static uint8_t *bytes;
static size_t len;
static struct store_salvage_table found[32];
static size_t found_len;
static unsigned faults;
static unsigned told[LOG_MENDED_KINDS];
static unsigned refused;
static uint32_t under[PIECE * PIECES]; /* wrapping keys; 0: none */

static const char *const names[] = {"log_origin", "log_state", "log_entry",
    "log_node", "log_key", "log_body", "log_note", "log_cosig", "log_span",
    "log_hole"};

/* Of each entry's key row. */
static void
read_under(uint32_t *out)
{
	struct store_txn *txn;

	memset(out, 0, sizeof(under));
	cr_assert_eq(store_read(b.store, &txn, NULL), ERR_OK);
	for (uint64_t i = 0; i < size; i++) {
		uint8_t key[LOG_ROW_KEY_BYTES];
		struct bytes row;

		log_book_key(key, b.slot, i);
		if (store_get(txn, b.log->keys, bytes_of(key, sizeof(key)),
		        &row, NULL) == ERR_OK &&
		    row.len > 0)
			cr_assert_eq(vault_row_id(row, &out[i], NULL), ERR_OK);
	}
	store_abort(txn);
}

static void
setup(void)
{
	book_new(&b, false);
	for (int i = 0; i < 6; i++)
		book_fill(&b, 90);
	book_erase(&b, 77);
	book_erase(&b, 300);
	book_fill(&b, 40);
	size = book_size(&b);
	cr_assert_leq(size, PIECE * PIECES);
	read_under(under);
	for (int i = 0; i < PIECES; i++) {
		const uint64_t at = (uint64_t)i * PIECE;

		if (at < size)
			book_pack(&b, &piece[i], at,
			    size - at < PIECE ? (size_t)(size - at) : PIECE,
			    true);
	}
	book_close(&b);
	temp_path(from, b.dir, "db");
	temp_path(file, from, "data.mdb");
	temp_path(to, b.dir, "fixed");
	bytes = (uint8_t *)temp_read(file, &len);
}

static void
teardown(void)
{
	for (int i = 0; i < PIECES; i++)
		book_parcel_clear(&piece[i]);
	free(bytes);
	book_end(&b);
}

TestSuite(log_mend, .init = setup, .fini = teardown, .timeout = 300);

static void
count_fault(void *arg, const struct err_why *why)
{
	(void)arg;
	(void)why;
	faults++;
}

static void
keep_table(void *arg, const struct store_salvage_table *t)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], t->name) != 0)
			continue;
		found[found_len] = *t;
		found[found_len++].name = names[i];
	}
}

static bool
whole(const char *name)
{
	for (size_t i = 0; i < found_len; i++) {
		if (strcmp(found[i].name, name) == 0)
			return found[i].whole;
	}
	return false;
}

static void
count_told(void *arg, const char *origin, enum log_mended what, uint64_t lo,
    uint64_t hi)
{
	(void)arg;
	cr_assert_str_eq(origin, BOOK_ORIGIN);
	cr_assert_leq(lo, hi);
	cr_assert_lt(what, LOG_MENDED_KINDS);
	told[what]++;
}

/* Opens `to` as the book's store. */
static enum err
open_fixed(bool vault, struct err_why *why)
{
	char path[TEMP_PATH_BYTES];
	enum err e = store_open(&b.store, to, STORE_CREATE, why);

	temp_path(path, b.dir, "vault");
	if (e == ERR_OK && vault)
		e = vault_open(&b.vault, path, why);
	if (e == ERR_OK)
		e = log_book_open(&b.log, b.store, b.vault, &b.clock, why);
	if (e == ERR_OK)
		log_key(b.log, b.slot, &b.key);
	return e;
}

static enum err
mend(bool replica, struct err_why *why)
{
	const struct store_salvage take = {
	    .names = names,
	    .names_len = sizeof(names) / sizeof(names[0]),
	    .fault = count_fault,
	    .table = keep_table,
	};
	uint8_t id[16];
	char path[TEMP_PATH_BYTES];
	struct log_mend plan = {
	    .replica = replica,
	    .store_id = id,
	    .tell = count_told,
	};
	char *owner;
	enum err e;

	faults = 0;
	found_len = 0;
	memset(told, 0, sizeof(told));
	temp_remove(to);
	temp_path(path, b.dir, "vault/owner");
	owner = temp_read(path, NULL);
	cr_assert_not_null(owner);
	memcpy(id, owner, sizeof(id));
	free(owner);
	cr_assert_eq(store_open(&b.store, to, STORE_CREATE, NULL), ERR_OK);
	e = store_salvage(from, b.store, &take, why);
	store_close(b.store);
	b.store = NULL;
	if (e != ERR_OK)
		return e;
	plan.rests = whole("log_key") && whole("log_body");
	plan.spans = whole("log_span");
	plan.ends = whole("log_entry") || whole("log_note");
	e = open_fixed(false, why);
	if (e == ERR_OK)
		e = log_mend(b.log, &plan, why);
	book_close(&b);
	return e;
}

/* As book.h seals. */
static uint8_t
class_of(Ledger__Kind kind)
{
	return kind == LEDGER__KIND__ALARM ? 64 : 0;
}

/* All that a member holds, piece by piece. */
static enum err
fill(struct log_filled *sum, struct err_why *why)
{
	enum err e = ERR_OK;

	*sum = (struct log_filled){0};
	for (int i = 0; i < PIECES && e == ERR_OK; i++) {
		const struct log_fill x = {
		    .from = (uint64_t)i * PIECE,
		    .items = piece[i].items,
		    .len = piece[i].x.len,
		    .head = &piece[i].head,
		    .proof = &piece[i].proof,
		    .retention_class = class_of,
		};
		struct log_filled one;
		struct store_txn *txn;

		if (piece[i].items == NULL)
			break;
		cr_assert_eq(store_write(b.store, &txn, NULL), ERR_OK);
		e = log_fill(b.log, txn, b.slot, &x, &one, why);
		cr_assert_eq(one.refused, 0u, "%s", one.first.text);
		sum->entries += one.entries;
		sum->bodies += one.bodies;
		sum->erased += one.erased;
		sum->nodes += one.nodes;
		if (e == ERR_OK)
			e = store_commit(txn, why);
		else
			store_abort(txn);
	}
	return e;
}

/* Rows are as they were, or holes. */
static uint64_t
check_rows(struct chance *c)
{
	struct store_txn *txn;
	struct buf body;
	uint64_t missing = 0;

	buf_init(&body, LOG_SEALED_MAX);
	cr_assert_eq(store_read(b.store, &txn, NULL), ERR_OK);
	for (uint64_t i = 0; i < size; i++) {
		const struct log_item *was = &piece[i / PIECE].items[i % PIECE];
		struct bytes leaf;
		enum err e = log_entry(b.log, txn, b.slot, i, &leaf, NULL);

		chance_holds(c,
		    e == ERR_CORRUPT ||
		        (e == ERR_OK && bytes_equal(leaf, was->leaf)));
		missing += e != ERR_OK;
		buf_reset(&body);
		e = log_sealed_bytes(b.log, txn, b.slot, i, &body, NULL);
		missing += e == ERR_CORRUPT;
		if (e == ERR_OK)
			chance_holds(
			    c, bytes_equal(buf_view(&body), was->sealed));
		else if (e == ERR_NOT_FOUND)
			chance_holds(c, was->sealed.len == 0);
		else
			chance_holds(c, e == ERR_CORRUPT);
	}
	store_abort(txn);
	buf_clear(&body);
	return missing;
}

static uint64_t
holes(void)
{
	struct store_txn *txn;
	uint64_t n;

	cr_assert_eq(store_read(b.store, &txn, NULL), ERR_OK);
	n = log_holes_count(b.log, txn);
	store_abort(txn);
	return n;
}

static void
damage(struct chance *c, uint8_t *to_bytes)
{
	uint8_t *page = to_bytes + (2 + chance_below(c, len / PAGE - 2)) * PAGE;
	const uint64_t how = chance_below(c, 4);

	if (how == 0)
		memset(page, 0, PAGE);
	else
		page[chance_below(c, how == 1 ? 16 + 2 * 30 : PAGE)] ^=
		    (uint8_t)(1u << chance_below(c, 8));
}

static void
spoil(struct chance *c)
{
	uint8_t *spoilt = (uint8_t *)malloc(len);

	memcpy(spoilt, bytes, len);
	for (uint64_t n = 1 + chance_below(c, 3); n > 0; n--)
		damage(c, spoilt);
	temp_write(file, spoilt, len);
	free(spoilt);
}

static void
law(struct chance *c)
{
	struct err_why why = {.text = ""};
	static uint32_t now[PIECE * PIECES];
	struct log_filled sum;
	uint64_t missing;
	enum err e;

	spoil(c);
	e = mend(false, &why);
	/* Where the log ends cannot be told any more: nothing is made up. */
	if (e == ERR_REFUSED) {
		refused++;
		return;
	}
	if (e != ERR_OK)
		fprintf(stderr, "%s\n", why.text);
	chance_holds(c, e == ERR_OK);
	chance_holds(c, open_fixed(true, &why) == ERR_OK);
	missing = check_rows(c);
	chance_holds(c, missing == 0 || holes() > 0);
	chance_holds(c, missing == 0 || faults > 0);
	/* It goes on being written, in another period of wrapping keys. */
	b.wall_us += VAULT_PERIOD_US;
	b.boot_us += VAULT_PERIOD_US;
	if (chance_below(c, 2) == 0)
		book_fill(&b, 3);
	/* Twice: what was erased may have been among what was lost. */
	e = fill(&sum, &why);
	if (e == ERR_OK)
		e = fill(&sum, &why);
	if (e != ERR_OK)
		fprintf(stderr, "%s\n", why.text);
	chance_holds(c, e == ERR_OK);
	chance_holds(c, holes() == 0);
	chance_holds(c, check_rows(c) == 0);
	/* Else an erasure would not end copies made before. */
	read_under(now);
	chance_holds(c, memcmp(now, under, sizeof(under)) == 0);
	e = book_audit(&b, &why);
	if (e != ERR_OK)
		fprintf(stderr, "%s\n", why.text);
	chance_holds(c, e == ERR_OK);
	book_close(&b);
}

Test(log_mend, a_damaged_log_and_a_copy_make_the_log_it_was)
{
	chance_each(40, law);
	cr_assert_lt(refused, 8u, "%u", refused);
}

/* ---- a replica ---- */

/* What the exchange does from where it was cut. */
static void
extend_again(struct chance *c)
{
	struct err_why why = {.text = ""};
	uint64_t held = book_size(&b);

	while (held < size) {
		const size_t skip = held % PIECE;
		const struct book_parcel *p = &piece[held / PIECE];
		struct log_extension x = p->x;
		enum err e;

		x.from = held;
		x.items = p->items + skip;
		x.len = p->x.len - skip;
		e = book_extend(&b, &x, &why);
		if (e != ERR_OK)
			fprintf(stderr, "%s\n", why.text);
		chance_holds(c, e == ERR_OK);
		held += x.len;
	}
}

static void
law_replica(struct chance *c)
{
	struct err_why why = {.text = ""};
	enum err e;

	spoil(c);
	e = mend(true, &why);
	if (e != ERR_OK)
		fprintf(stderr, "%s\n", why.text);
	/* Its name and all its checkpoints on one page: fetch it anew. */
	if (e == ERR_REFUSED) {
		refused++;
		return;
	}
	chance_holds(c, e == ERR_OK);
	chance_holds(c, open_fixed(true, &why) == ERR_OK);
	chance_holds(c, holes() == 0);
	chance_holds(c, told[LOG_MENDED_CUT] <= 1);
	extend_again(c);
	chance_holds(c, check_rows(c) == 0);
	e = book_audit(&b, &why);
	if (e != ERR_OK)
		fprintf(stderr, "%s\n", why.text);
	chance_holds(c, e == ERR_OK);
	book_close(&b);
}

/* The same log as another member holds it; after the suite's own setup. */
static void
setup_replica(void)
{
	struct err_why why = {.text = ""};

	book_end(&b);
	free(bytes);
	book_new(&b, true);
	for (int i = 0; i < PIECES && piece[i].items != NULL; i++)
		cr_assert_eq(
		    book_extend(&b, &piece[i].x, &why), ERR_OK, "%s", why.text);
	book_close(&b);
	temp_path(from, b.dir, "db");
	temp_path(file, from, "data.mdb");
	temp_path(to, b.dir, "fixed");
	bytes = (uint8_t *)temp_read(file, &len);
}

Test(log_mend, a_damaged_replica_is_cut_and_goes_on_from_there,
    .init = setup_replica)
{
	chance_each(20, law_replica);
	cr_assert_lt(refused, 8u, "%u", refused);
}
