/* audit_test.c - no byte of a log changes unnoticed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/audit.h"
#include "ledger/audit_part.h"
#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "proto/mem.h"
#include "tests/support/book.h"

#define ORIGIN_IN_WHY BOOK_ORIGIN ": "

static struct book book;

static void
setup(void)
{
	const struct log_erasure gone = {.index = 9};
	struct store_txn *txn;

	book_new(&book, false);
	book_fill(&book, 66);
	book_fill(&book, 63);
	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_erase(book.log, txn, &gone, 1, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
}

static void
teardown(void)
{
	book_end(&book);
}

TestSuite(audit, .init = setup, .fini = teardown);
TestSuite(log_check, .init = setup, .fini = teardown);

/* All rows of a table, copied. */
struct row {
	uint8_t key[STORE_KEY_MAX];
	size_t key_len;
	uint8_t *value;
	size_t value_len;
};

struct rows {
	struct store_table table;
	struct row *at;
	size_t len;
};

static void
load_rows(struct rows *r, const char *name)
{
	struct store_cursor *c;
	struct store_txn *txn;
	struct store_row row;
	enum err e;

	*r = (struct rows){0};
	cr_assert_eq(store_table(book.store, name, &r->table, NULL), ERR_OK);
	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_cursor(txn, r->table, &c, NULL), ERR_OK);
	e = store_seek(c, bytes_of(NULL, 0), &row);
	for (; e == ERR_OK; e = store_next(c, &row)) {
		struct row *to;

		r->at = mem_resize(r->at, r->len + 1, sizeof(*r->at));
		to = &r->at[r->len++];
		memcpy(to->key, row.key.ptr, row.key.len);
		to->key_len = row.key.len;
		to->value = mem_alloc(row.value.len + 1, 1);
		to->value_len = row.value.len;
		if (row.value.len > 0)
			memcpy(to->value, row.value.ptr, row.value.len);
	}
	store_cursor_close(c);
	store_abort(txn);
	cr_assert_gt(r->len, 0u, "%s has rows", name);
}

static void
free_rows(struct rows *r)
{
	for (size_t i = 0; i < r->len; i++)
		free(r->at[i].value);
	free(r->at);
}

/* Writes a row as it stands in memory, or takes it away. */
static void
set_row(const struct rows *r, const struct row *row, bool there)
{
	struct bytes key = bytes_of(row->key, row->key_len);
	struct store_txn *txn;

	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	if (there)
		cr_assert_eq(store_put(txn, r->table, key,
		                 bytes_of(row->value, row->value_len), NULL),
		    ERR_OK);
	else
		cr_assert_eq(store_del(txn, r->table, key, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static void
fails(const char *name, size_t row, size_t byte)
{
	struct err_why why = {.text = ""};
	enum err e = book_audit(&book, &why);

	cr_assert_neq(e, ERR_OK, "%s row %zu byte %zu", name, row, byte);
	cr_assert_eq(strncmp(why.text, ORIGIN_IN_WHY, strlen(ORIGIN_IN_WHY)), 0,
	    "%s row %zu byte %zu: %s", name, row, byte, why.text);
}

/* Changes bytes of every row, some of each, and takes every row away. */
static void
spoil_table(const char *name, size_t step)
{
	struct rows r;

	load_rows(&r, name);
	for (size_t i = 0; i < r.len; i++) {
		for (size_t at = i % step; at < r.at[i].value_len; at += step) {
			r.at[i].value[at] ^= 0x80;
			set_row(&r, &r.at[i], true);
			fails(name, i, at);
			r.at[i].value[at] ^= 0x80;
			set_row(&r, &r.at[i], true);
		}
		set_row(&r, &r.at[i], false);
		fails(name, i, SIZE_MAX);
		set_row(&r, &r.at[i], true);
	}
	free_rows(&r);
	cr_assert_eq(book_audit(&book, NULL), ERR_OK, "all is put back");
}

/* What rests under the one key under the other, and the other way round. */
static void
swap_rows(const char *name, size_t a, size_t b)
{
	struct rows r;
	struct row x;
	struct row y;
	size_t at[2] = {SIZE_MAX, SIZE_MAX};

	load_rows(&r, name);
	for (size_t i = 0; i < r.len; i++) {
		const uint8_t leaf = r.at[i].key[r.at[i].key_len - 1];

		if (leaf == a)
			at[0] = i;
		if (leaf == b)
			at[1] = i;
	}
	cr_assert(at[0] < r.len && at[1] < r.len);
	x = r.at[at[0]];
	y = r.at[at[1]];
	memcpy(x.key, r.at[at[1]].key, sizeof x.key);
	memcpy(y.key, r.at[at[0]].key, sizeof y.key);
	set_row(&r, &x, true);
	set_row(&r, &y, true);
	free_rows(&r);
}

static struct audit_counts counts;
static unsigned called;

static void
progress(void *arg, const struct audit_counts *so_far)
{
	(void)arg;
	called++;
	counts = *so_far;
}

Test(audit, counts_what_a_sound_log_holds)
{
	struct audit_plan plan = {
	    .slot = book.slot, .key = &book.vkey, .progress = progress};
	struct audit_counts got;
	struct store_txn *txn;

	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(audit_log(book.log, txn, &plan, &got, NULL), ERR_OK);
	store_abort(txn);
	cr_assert_eq(got.size, 130u);
	cr_assert_eq(got.leaves, 130u);
	cr_assert_eq(got.nodes, 130u + 65 + 32 + 16 + 8 + 4 + 2 + 1);
	cr_assert_eq(got.checkpoints, 3u);
	cr_assert_eq(got.bodies, 128u);
	cr_assert_eq(got.erased, 1u);
	cr_assert_eq(got.withheld, 1u);
	cr_assert_gt(called, 0u);
	cr_assert_eq(counts.leaves, 130u);
}

Test(audit, notices_every_leaf_that_changes)
{
	spoil_table("log_entry", 41);
}

Test(audit, notices_every_node_that_changes)
{
	spoil_table("log_node", 67);
}

Test(audit, notices_a_changed_state_row)
{
	spoil_table("log_state", 3);
}

Test(audit, notices_every_key_row_that_changes)
{
	struct rows r;

	load_rows(&r, "log_key");
	for (size_t i = 0; i < r.len; i++) {
		if (r.at[i].value_len == 0)
			continue;
		r.at[i].value[i % r.at[i].value_len] ^= 1;
		set_row(&r, &r.at[i], true);
		fails("log_key", i, i % r.at[i].value_len);
		r.at[i].value[i % r.at[i].value_len] ^= 1;
		set_row(&r, &r.at[i], true);
	}
	free_rows(&r);
}

Test(audit, notices_every_body_that_changes)
{
	spoil_table("log_body", 97);
}

/* Both open under their keys, but neither is what its leaf commits to. */
Test(audit, notices_bodies_that_change_places)
{
	static const size_t pairs[][2] = {{3, 4}, {14, 20}, {31, 33}};
	struct err_why why;

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		for (unsigned there_and_back = 0; there_and_back < 2;
		     there_and_back++) {
			swap_rows("log_key", pairs[i][0], pairs[i][1]);
			swap_rows("log_body", pairs[i][0], pairs[i][1]);
			if (there_and_back == 1)
				continue;
			cr_assert_eq(book_audit(&book, &why), ERR_CORRUPT);
			cr_assert(
			    strstr(why.text,
			        "does not belong to its commitment") != NULL,
			    "%s", why.text);
		}
		cr_assert_eq(book_audit(&book, NULL), ERR_OK);
	}
}

Test(audit, notices_a_changed_checkpoint)
{
	struct rows r;

	load_rows(&r, "log_note");
	for (size_t i = 0; i < r.len; i++) {
		for (size_t at = 0; at < r.at[i].value_len; at += 3) {
			r.at[i].value[at] ^= 1;
			set_row(&r, &r.at[i], true);
			fails("log_note", i, at);
			r.at[i].value[at] ^= 1;
			set_row(&r, &r.at[i], true);
		}
	}
	free_rows(&r);
}

Test(audit, notices_a_span_that_is_too_narrow)
{
	struct rows r;

	load_rows(&r, "log_span");
	r.at[0].value[15]--;
	set_row(&r, &r.at[0], true);
	fails("log_span", 0, 15);
	free_rows(&r);
}

static void
spoil_one(const char *name, size_t row, size_t byte)
{
	struct rows r;

	load_rows(&r, name);
	r.at[row].value[byte] ^= 1;
	set_row(&r, &r.at[row], true);
	free_rows(&r);
}

static void
says(const char *want)
{
	struct err_why why = {.text = ""};

	cr_assert_neq(book_audit(&book, &why), ERR_OK);
	cr_assert_str_eq(why.text, want);
}

Test(audit, names_the_first_fault)
{
	spoil_one("log_entry", 100, 20);
	says(BOOK_ORIGIN ": leaf 100: hash differs from stored node");
	spoil_one("log_body", 50, 60);
	/* LOG_START has no body and that of leaf 9 is erased. */
	says(BOOK_ORIGIN ": leaf 52: resting body does not open");
	spoil_one("log_node", 0, 0);
	says(BOOK_ORIGIN ": leaf 0: hash differs from stored node");
}

Test(audit, names_an_inner_node_by_level)
{
	/* Third in its block: the join of leaves 0 and 1. */
	spoil_one("log_node", 0, 2 * HASH_BYTES);
	says(BOOK_ORIGIN ": leaf 1: stored node 0 of level 1 differs from "
	                 "what is below it");
}

Test(audit, works_on_a_store_opened_read_only)
{
	struct audit_plan plan = {.slot = book.slot, .key = &book.vkey};
	char path[TEMP_PATH_BYTES];
	struct audit_counts got;
	struct store_txn *txn;

	book_close(&book);
	temp_path(path, book.dir, "db");
	cr_assert_eq(
	    store_open(&book.store, path, STORE_READ_ONLY, NULL), ERR_OK);
	temp_path(path, book.dir, "vault");
	cr_assert_eq(vault_open(&book.vault, path, NULL), ERR_OK);
	cr_assert_eq(
	    log_book_open(&book.log, book.store, book.vault, NULL, NULL),
	    ERR_OK);
	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(audit_log(book.log, txn, &plan, &got, NULL), ERR_OK);
	store_abort(txn);
	cr_assert_eq(got.bodies, 128u);
}

/* More than two parts, which threads take. */
#define PARTS_LEAVES (2 * AUDIT_PART + 700)

static uint64_t faults;
static struct err_why last_fault;

static void
each_fault(void *arg, const struct err_why *why)
{
	(void)arg;
	faults++;
	last_fault = *why;
}

Test(audit, looks_at_every_part_of_a_long_log)
{
	static const uint64_t bad[] = {
	    200, AUDIT_PART, 2 * AUDIT_PART - 1, PARTS_LEAVES - 1};
	struct audit_plan plan = {.slot = book.slot, .key = &book.vkey};
	struct audit_counts got;
	struct store_txn *txn;
	char want[128];

	for (uint64_t n = book_size(&book); n < PARTS_LEAVES;
	     n = book_size(&book))
		book_fill(&book,
		    (unsigned)(PARTS_LEAVES - n < 333 ? PARTS_LEAVES - n
		                                      : 333));
	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(audit_log(book.log, txn, &plan, &got, NULL), ERR_OK);
	store_abort(txn);
	cr_assert_eq(got.leaves, PARTS_LEAVES);
	cr_assert_eq(got.bodies, PARTS_LEAVES - 2u);
	cr_assert_eq(got.erased, 1u);
	cr_assert_eq(got.nodes,
	    2u * PARTS_LEAVES - (unsigned)__builtin_popcountll(PARTS_LEAVES));
	/* Last first: the first one in the log is named. */
	for (size_t i = sizeof(bad) / sizeof(bad[0]); i-- > 0;) {
		spoil_one("log_entry", bad[i], 20);
		(void)snprintf(want, sizeof(want),
		    BOOK_ORIGIN ": leaf %u: hash differs from stored node",
		    (unsigned)bad[i]);
		says(want);
	}
	plan.fault = each_fault;
	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_neq(audit_log(book.log, txn, &plan, &got, NULL), ERR_OK);
	store_abort(txn);
	cr_assert_eq(faults, sizeof(bad) / sizeof(bad[0]));
	cr_assert_eq(got.faults, faults);
	cr_assert_eq(got.leaves, PARTS_LEAVES);
	cr_assert_neq(strstr(last_fault.text, "leaf 4795: "), NULL);
}

Test(audit, finds_a_node_above_a_part_that_changed)
{
	/* The row of level 6 to 11 that covers the first part. */
	while (book_size(&book) < AUDIT_PART + 70)
		book_fill(&book, 500);
	for (int i = 0; i < 2; i++) {
		struct rows r;
		size_t at = 0;

		load_rows(&r, "log_node");
		while (r.at[at].key[2] != 1)
			at++;
		r.at[at].value[r.at[at].value_len - 1] ^= 1;
		set_row(&r, &r.at[at], true);
		if (i == 0)
			fails("log_node", at, r.at[at].value_len - 1);
		free_rows(&r);
	}
	cr_assert_eq(book_audit(&book, NULL), ERR_OK);
}

Test(audit, refuses_a_log_signed_with_another_key)
{
	book.vkey.pub[3] ^= 1;
	cr_assert_eq(note_vkey_make(&book.vkey, BOOK_ORIGIN, NOTE_TYPE_ED25519,
	                 book.vkey.pub, NULL),
	    ERR_OK);
	cr_assert_neq(book_audit(&book, NULL), ERR_OK);
}

/* A store whose row of a table was changed at `byte`; closed and opened. */
static void
damage(const char *name, size_t row, size_t byte)
{
	struct rows r;

	load_rows(&r, name);
	cr_assert_lt(row, r.len);
	cr_assert_lt(byte, r.at[row].value_len);
	r.at[row].value[byte] ^= 1;
	set_row(&r, &r.at[row], true);
	free_rows(&r);
	book_reopen(&book);
}

static enum err
prove(uint64_t index)
{
	struct tree_proof *proof = mem_alloc(1, sizeof(*proof));
	struct log_nodes nodes = {.book = book.log, .slot = book.slot};
	struct note_checkpoint head;
	struct bytes leaf;
	struct buf note;
	enum err e;

	buf_init(&note, NOTE_BYTES_MAX);
	cr_assert_eq(store_read(book.store, &nodes.txn, NULL), ERR_OK);
	cr_assert_eq(log_checkpoint(
	                 book.log, nodes.txn, book.slot, 0, &note, &head, NULL),
	    ERR_OK);
	e = log_prove(&nodes, index, &head, proof, &leaf, NULL);
	store_abort(nodes.txn);
	buf_clear(&note);
	free(proof);
	return e;
}

static enum err
tile(bool entries)
{
	struct tile t = {.width = 128, .entries = entries};
	struct store_txn *txn;
	struct buf out;
	enum err e;

	buf_init(&out, 1u << 20);
	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	e = log_tile(book.log, txn, book.slot, &t, &out, NULL);
	store_abort(txn);
	buf_clear(&out);
	return e;
}

static enum err
append(void)
{
	struct log_draft d = {
	    .kind = LEDGER__KIND__ADMIN, .outcome = LEDGER__OUTCOME__APPLIED};
	struct log_place place;
	struct store_txn *txn;
	enum err e;

	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	e = log_append(book.log, txn, book.slot, &d, &place, NULL);
	store_abort(txn);
	return e;
}

Test(log_check, no_proof_and_no_tile_leaves_with_a_damaged_entry)
{
	cr_assert_eq(prove(5), ERR_OK);
	cr_assert_eq(tile(false), ERR_OK);
	cr_assert_eq(tile(true), ERR_OK);
	damage("log_entry", 5, 20);
	cr_assert_eq(prove(5), ERR_CORRUPT);
	cr_assert_eq(tile(true), ERR_CORRUPT);
	cr_assert_eq(prove(6), ERR_OK, "its hash is whole");
}

Test(log_check, no_proof_and_no_tile_leaves_with_a_damaged_node)
{
	damage("log_node", 0, 7 * HASH_BYTES);
	cr_assert_eq(prove(5), ERR_CORRUPT, "leaf 4 is beside it");
	cr_assert_eq(tile(false), ERR_CORRUPT);
}

Test(log_check, nothing_is_signed_over_a_damaged_state)
{
	struct rows r;

	cr_assert_eq(append(), ERR_OK);
	load_rows(&r, "log_state");
	/* From the tree's size to the last kind: all of it decides. */
	for (size_t i = 1; i < r.at[0].value_len; i++) {
		/* Numbers of checkpoints: bounds of pruning, not of signing. */
		if (i >= 21 && i < 37)
			continue;
		r.at[0].value[i] ^= 4;
		set_row(&r, &r.at[0], true);
		book_reopen(&book);
		cr_assert_neq(append(), ERR_OK, "byte %zu", i);
		r.at[0].value[i] ^= 4;
		set_row(&r, &r.at[0], true);
	}
	book_reopen(&book);
	cr_assert_eq(append(), ERR_OK);
	free_rows(&r);
}
