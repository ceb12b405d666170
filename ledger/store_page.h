/* store_page.h - LMDB's pages as they rest in the file, and what holds them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_PAGE_H
#define LEDGER_STORE_PAGE_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * LMDB has no page checksums and believes what it reads.  What a page must be
 * is fixed by the format, so damage to what leads to a row can be told; damage
 * within a value is told by the row's own sum (store_sum.h).  Private to
 * ledger/store*.c.  Source: LMDB 0.9, mdb.c, data version 1.
 */
#define STORE_PAGE_HEAD 16
#define STORE_PAGE_BRANCH 1u
#define STORE_PAGE_LEAF 2u
#define STORE_PAGE_OVERFLOW 4u
#define STORE_PAGE_BIG 1u /* node: the value rests on overflow pages */
#define STORE_PAGE_TABLE 2u /* node: the value is a struct store_page_tree */
#define STORE_PAGE_DEPTH 32 /* LMDB's own limit */

/* A B+tree: a table, the list of tables, or the list of free pages. */
struct store_page_tree {
	uint32_t pad;
	uint16_t flags;
	uint16_t depth;
	uint64_t branches;
	uint64_t leaves;
	uint64_t overflow;
	uint64_t rows;
	uint64_t root; /* UINT64_MAX: empty */
};

struct store_page_meta {
	uint64_t page_bytes;
	struct store_page_tree free;
	struct store_page_tree tables;
	uint64_t last; /* highest page in use */
	uint64_t txn;
};

/* A node of a page. */
struct store_page_node {
	struct bytes key;
	struct bytes value; /* of a leaf; BIG: 8 bytes, a page number */
	uint64_t size; /* of the value, wherever it rests */
	uint64_t child; /* of a branch */
	unsigned flags;
};

/*
 * store_page_metas - both meta pages of DIR/data.mdb: before LMDB opens it, so
 * that a flipped number makes it neither crash nor go back to an older state.
 * ERR_CORRUPT;  ERR_OK also when there is no file yet.
 */
ERR_CHECKED enum err store_page_metas(const char *dir, struct err_why *why);
/* The meta page at `page` says what was committed by `txn`; false: not this
 * one. */
bool store_page_meta(
    const uint8_t *page, uint64_t txn, struct store_page_meta *out);

/* The meta page that rests at `page` as page `number`; false: it is none, or
 * damaged. */
bool store_page_meta_whole(
    const uint8_t *page, unsigned number, struct store_page_meta *out);

/*
 * store_page_check - is this a whole branch or leaf page of that number: its
 * header, nodes that fill it without a gap, keys that ascend.
 * Returns NULL, or what is wrong.  numbers: keys are native 64 bit numbers.
 */
const char *store_page_check(
    const uint8_t *page, uint64_t number, size_t page_bytes, bool numbers);
unsigned store_page_flags(const uint8_t *page);
uint64_t store_page_number(const uint8_t *page);
size_t store_page_nodes(const uint8_t *page);
/* Node `i` of a page that store_page_check found whole. */
struct store_page_node store_page_node(const uint8_t *page, size_t i);
/*
 * store_page_maybe - the i-th row of what may be a damaged leaf: false when it
 * does not lie where the page's bounds say that rows are.  Only its sum can
 * tell whether it is a row.  What lies between the bounds may be older; as long
 * as one of the two is right, none of it is given.
 * store_page_slots: how many to ask for, 0 when the bounds make no sense.
 */
bool store_page_maybe(const uint8_t *page, size_t page_bytes, size_t i,
    struct store_page_node *out);
size_t store_page_slots(const uint8_t *page, size_t page_bytes);
/* Pages that an overflow run at `page` has; 0: it is none of that number. */
uint64_t store_page_run(const uint8_t *page, uint64_t number);
/* Order of keys in a table. */
int store_page_order(struct bytes a, struct bytes b, bool numbers);

#endif
