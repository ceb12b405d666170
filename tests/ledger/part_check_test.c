/* part_check_test.c - no bit of a part can change. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/part_check.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/log_erase.h"
#include "proto/digest.h"
#include "tests/support/parts.h"

static struct parts parts;
static struct book book;

/* A base and an increment with an erasure in it. */
static void
setup(void)
{
	struct log_erasure x = {.index = 1};
	struct store_txn *txn;

	parts_new(&parts);
	book_new(&book, false);
	parts_key(&parts, &book.vkey);
	book_fill(&book, 2);
	cr_assert_eq(parts_add(&parts, &book, NULL), ERR_OK);
	book_fill(&book, 1);
	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_erase(book.log, txn, &x, 1, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
	cr_assert_eq(parts_add(&parts, &book, NULL), ERR_OK);
}

static void
teardown(void)
{
	book_end(&book);
	parts_end(&parts);
}

TestSuite(part_check, .init = setup, .fini = teardown);

static size_t
size_of(unsigned part)
{
	return (size_t)parts.sum[part].size;
}

Test(part_check, counts_what_it_opened)
{
	struct part_check_counts n;

	cr_assert_eq(parts_check(&parts, book.vault, &n, NULL), ERR_OK);
	cr_assert_eq(n.entries, 4);
	/* The increment's own; those of the base were wrapped anew. */
	cr_assert_eq(n.bodies, 1);
	cr_assert_eq(n.shut, 2);
	cr_assert_eq(n.erased, 1);
}

Test(part_check, refuses_every_flipped_bit)
{
	char path[TEMP_PATH_BYTES];

	for (unsigned i = 0; i < parts.len; i++) {
		size_t len;
		char *good;
		int fd;

		parts_path(&parts, i, path);
		good = temp_read(path, &len);
		cr_assert(good != NULL && len == size_of(i));
		fd = open(path, O_WRONLY);
		for (size_t bit = 0; bit < 8 * len; bit++) {
			struct err_why why = {.text = ""};
			const off_t at = (off_t)(bit / 8);
			char bad = (char)(good[at] ^ 1 << bit % 8);
			enum err e;

			cr_assert_eq(pwrite(fd, &bad, 1, at), 1);
			e = parts_check(&parts, NULL, NULL, &why);
			cr_assert_eq(pwrite(fd, &good[at], 1, at), 1);
			cr_assert_neq(e, ERR_OK, "bit %zu", bit);
			cr_assert(strstr(why.text, path) != NULL, "bit %zu: %s",
			    bit, why.text);
		}
		(void)close(fd);
		free(good);
	}
	cr_assert_eq(parts_check(&parts, NULL, NULL, NULL), ERR_OK);
}

/* Whoever can write the backup can make sums that fit, but sign nothing. */
Test(part_check, finds_a_changed_leaf_or_body_without_its_sum)
{
	struct part_check_counts n;
	char path[TEMP_PATH_BYTES];
	struct part_reader *r;
	struct part_frame f;
	unsigned caught = 0;
	uint64_t from = 0;
	uint64_t to = 0;
	size_t len;
	char *good;

	parts_path(&parts, 1, path);
	cr_assert_eq(part_open(&r, path, NULL), ERR_OK);
	do {
		struct part_sum at;

		part_read_sum(r, &at);
		from = at.size;
		cr_assert_eq(part_next(r, &f, NULL), ERR_OK);
		part_read_sum(r, &at);
		to = at.size;
	} while (f.kind != PART_ENTRIES);
	part_close(r);
	good = temp_read(path, &len);
	for (uint64_t at = from; at < to; at++) {
		const struct part_sum kept = parts.sum[1];
		const struct bytes all = bytes_of((uint8_t *)good, len);

		good[at] ^= 1;
		digest_sha256(&parts.sum[1].sha256, all);
		temp_write(path, good, len);
		/* A wrapping key that is gone may have been destroyed. */
		if (parts_check(&parts, book.vault, &n, NULL) != ERR_OK ||
		    n.bodies == 0)
			caught++;
		good[at] ^= 1;
		parts.sum[1] = kept;
	}
	free(good);
	cr_assert_eq(caught, to - from);
}

Test(part_check, wants_every_part_in_its_order)
{
	const struct parts all = parts;

	parts.sum[0] = all.sum[1];
	parts.len = 1;
	cr_assert_neq(parts_check(&parts, NULL, NULL, NULL), ERR_OK);
	parts = all;
	parts.len = 1;
	cr_assert_eq(parts_check(&parts, NULL, NULL, NULL), ERR_OK,
	    "what it was before the increment");
}

Test(part_check, wants_the_logs_key_and_the_wrapping_keys)
{
	const struct note_vkey key = parts.key[0];
	struct err_why why = {.text = ""};
	struct vault *other;
	char path[TEMP_PATH_BYTES];

	parts.key[0].pub[0] ^= 1;
	cr_assert_eq(parts_check(&parts, NULL, NULL, &why), ERR_UNVERIFIED);
	parts.key[0] = key;
	temp_path(path, parts.dir, "empty");
	cr_assert_eq(vault_open(&other, path, NULL), ERR_OK);
	cr_assert_eq(parts_check(&parts, other, NULL, &why), ERR_NOT_FOUND);
	cr_assert(strstr(why.text, "wrapping key") != NULL, "%s", why.text);
	vault_close(other);
}
