/* parts.h - a backup of a book, in parts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PARTS_H
#define TESTS_SUPPORT_PARTS_H

#include "ledger/part_check.h"
#include "ledger/part_load.h"
#include "tests/support/book.h"

#define PARTS_MAX 64

/* All calls abort when what they need fails, unless they return an error. */
struct parts {
	char dir[TEMP_PATH_BYTES];
	struct part_sum sum[PARTS_MAX];
	unsigned len;
	struct note_vkey key[4];
	unsigned keys;
};

void parts_new(struct parts *p);
void parts_end(struct parts *p);
/* The key that a log's checkpoints are checked with. */
void parts_key(struct parts *p, const struct note_vkey *key);
void parts_path(const struct parts *p, unsigned i, char out[TEMP_PATH_BYTES]);

/* The next part, of the book as it is now. */
enum err parts_add(struct parts *p, struct book *b, struct err_why *why);
/* All parts, in order; vault and counts may be NULL. */
enum err parts_check(const struct parts *p, struct vault *vault,
    struct part_check_counts *counts, struct err_why *why);
/* The same, and each frame goes into this book, which has no vault. */
enum err parts_load(
    const struct parts *p, struct log_book *into, struct err_why *why);

#endif
