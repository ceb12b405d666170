/* log_prove_test.c - proofs that share what they know are those of RFC 6962. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "ledger/log_book.h"
#include "ledger/log_known.h"
#include "ledger/log_read.h"
#include "tests/support/book.h"

#define LEAVES 2600 /* two perfect trees above one block each */
#define BLOCK 4096 /* leaves below a block that is remembered */
#define STEP 7 /* coprime to the sizes: neighbours do not follow each other */

static struct book book;

static void
setup(void)
{
	book_new(&book, false);
}

static void
teardown(void)
{
	book_end(&book);
}

TestSuite(log_prove, .init = setup, .fini = teardown);

/* The newest signed tree, as a reader sees it. */
static void
look(struct log_nodes *nodes, struct note_checkpoint *head)
{
	struct buf note;

	*nodes = (struct log_nodes){.book = book.log, .slot = book.slot};
	cr_assert_eq(store_read(book.store, &nodes->txn, NULL), ERR_OK);
	buf_init(&note, NOTE_BYTES_MAX);
	cr_assert_eq(log_checkpoint(
	                 book.log, nodes->txn, book.slot, 0, &note, head, NULL),
	    ERR_OK);
	buf_clear(&note);
}

static void
prove_one(
    struct log_nodes *nodes, const struct note_checkpoint *head, uint64_t index)
{
	struct tree_proof want;
	struct tree_proof got;
	struct bytes leaf;
	struct hash hash;

	cr_assert_eq(
	    tree_include(&want, index, head->head.size, log_node, nodes, NULL),
	    ERR_OK);
	cr_assert_eq(log_prove(nodes, index, head, &got, &leaf, NULL), ERR_OK);
	cr_assert_eq(got.len, want.len, "leaf %" PRIu64, index);
	cr_assert_arr_eq(got.path, want.path, got.len * sizeof(got.path[0]));
	tree_leaf(&hash, leaf);
	cr_assert_eq(tree_check_include(&hash, index, head->head.size, &got,
	                 &head->head.root, NULL),
	    ERR_OK);
}

/* Twice: the second time round most of the way is known. */
static void
prove_all(void)
{
	struct note_checkpoint head;
	struct log_nodes nodes;

	look(&nodes, &head);
	for (uint64_t i = 0; i < 2 * head.head.size; i++)
		prove_one(&nodes, &head, i * STEP % head.head.size);
	store_abort(nodes.txn);
}

Test(log_prove, each_leaf_has_the_proof_of_rfc_6962)
{
	prove_all();
	for (unsigned n = 1; n < 40; n++) {
		book_fill(&book, 1);
		prove_all();
	}
	book_fill(&book, LEAVES);
	prove_all();
}

Test(log_prove, a_grown_tree_and_an_older_one_do_not_mix)
{
	struct note_checkpoint old;
	struct note_checkpoint head;
	struct log_nodes before;
	struct log_nodes after;

	book_fill(&book, LEAVES);
	look(&before, &old);
	book_fill(&book, LEAVES);
	look(&after, &head);
	cr_assert_gt(head.head.size, old.head.size);
	for (uint64_t i = 0; i < old.head.size; i += STEP) {
		prove_one(&before, &old, i);
		prove_one(&after, &head, i);
	}
	store_abort(before.txn);
	store_abort(after.txn);
}

/* The checkpoint is remembered as well, but only for one state of the store. */
Test(log_prove, a_checkpoint_is_the_newest_one_after_each_commit)
{
	struct note_checkpoint head;
	struct log_nodes nodes;

	for (unsigned n = 0; n < 5; n++) {
		look(&nodes, &head);
		store_abort(nodes.txn);
		cr_assert_eq(head.head.size, book_size(&book));
		book_fill(&book, 1);
	}
	book_reopen(&book);
	look(&nodes, &head);
	store_abort(nodes.txn);
	cr_assert_eq(head.head.size, book_size(&book));
}

Test(log_prove, a_root_that_the_nodes_do_not_make_is_refused)
{
	struct note_checkpoint head;
	struct log_nodes nodes;
	struct tree_proof got;
	struct bytes leaf;

	book_fill(&book, LEAVES);
	look(&nodes, &head);
	head.head.root.b[7] ^= 1;
	cr_assert_eq(
	    log_prove(&nodes, 5, &head, &got, &leaf, NULL), ERR_CORRUPT);
	head.head.root.b[7] ^= 1;
	cr_assert_eq(log_prove(&nodes, 5, &head, &got, &leaf, NULL), ERR_OK);
	cr_assert_eq(
	    log_prove(&nodes, head.head.size, &head, &got, &leaf, NULL),
	    ERR_MALFORMED);
	store_abort(nodes.txn);
}

static const struct log_known_key first = {.slot = 0, .group = 1, .block = 0};

/* The complete block above the first leaves, and the node above it. */
static struct bytes
first_block(struct log_nodes *nodes, struct hash *top)
{
	const struct log_known_key key = {nodes->slot, first.group, 0};
	uint8_t at[LOG_BLOCK_KEY_BYTES];
	struct bytes row;

	log_node_key(at, nodes->slot, key.group, key.block);
	cr_assert_eq(store_get(nodes->txn, book.log->nodes,
	                 bytes_of(at, sizeof(at)), &row, NULL),
	    ERR_OK);
	cr_assert_eq(log_node(nodes, 12, 0, top), ERR_OK);
	return row;
}

/* What is known is of use in every later tree. */
Test(log_prove, a_block_that_led_to_a_root_is_known)
{
	struct log_known_way way;
	struct note_checkpoint head;
	struct log_nodes nodes;
	struct log_known_key key = first;

	book_fill(&book, BLOCK);
	look(&nodes, &head);
	key.slot = nodes.slot;
	cr_assert(!log_known_way(book.log->known, &key, 0, &way));
	prove_one(&nodes, &head, 5);
	cr_assert(log_known_way(book.log->known, &key, 0, &way));
	store_abort(nodes.txn);
	book_fill(&book, STEP);
	look(&nodes, &head);
	for (uint64_t i = 0; i < BLOCK; i += STEP)
		prove_one(&nodes, &head, i);
	store_abort(nodes.txn);
}

Test(log_prove, a_block_with_another_node_in_it_is_not_learnt)
{
	struct hash node[LOG_BLOCK_NODES];
	struct log_known *known = log_known_new();
	const struct bytes row = bytes_of(node[0].b, sizeof(node));
	struct log_known_way way;
	struct note_checkpoint head;
	struct log_nodes nodes;
	struct hash top;

	book_fill(&book, BLOCK);
	look(&nodes, &head);
	memcpy(node, first_block(&nodes, &top).ptr, sizeof(node));
	for (size_t i = 0; i < LOG_BLOCK_NODES; i++) {
		node[i].b[i % HASH_BYTES] ^= 1;
		cr_assert(!log_known_learn(known, &first, row, &top));
		node[i].b[i % HASH_BYTES] ^= 1;
	}
	top.b[0] ^= 1;
	cr_assert(!log_known_learn(known, &first, row, &top));
	top.b[0] ^= 1;
	cr_assert(!log_known_way(known, &first, 0, &way));
	cr_assert(log_known_learn(known, &first, row, &top));
	cr_assert(log_known_way(known, &first, 63, &way));
	cr_assert_eq(memcmp(way.top.b, top.b, HASH_BYTES), 0);
	log_known_free(known);
	store_abort(nodes.txn);
}

/* Whatever is held to be known, a proof leads from its leaf to the root. */
Test(log_prove, what_is_known_of_another_log_proves_nothing)
{
	struct hash node[LOG_BLOCK_NODES];
	struct hash leaf[LOG_BLOCK_LEAVES];
	struct note_checkpoint head;
	struct log_known_key key;
	struct log_nodes nodes;
	struct hash top;

	book_fill(&book, BLOCK);
	look(&nodes, &head);
	key = (struct log_known_key){nodes.slot, 1, 0};
	for (unsigned i = 0; i < LOG_BLOCK_LEAVES; i++)
		memset(leaf[i].b, (int)i, HASH_BYTES);
	(void)log_node_row(node, &top, leaf, LOG_BLOCK_LEAVES);
	cr_assert(log_known_learn(
	    book.log->known, &key, bytes_of(node[0].b, sizeof(node)), &top));
	for (uint64_t i = 0; i < BLOCK; i += STEP)
		prove_one(&nodes, &head, i);
	store_abort(nodes.txn);
}

/* Rows that were changed with their sums: only the hashes tell. */
Test(log_prove, a_changed_entry_below_a_known_block_is_refused)
{
	uint8_t at[LOG_ROW_KEY_BYTES];
	struct note_checkpoint head;
	struct log_nodes nodes;
	struct store_txn *txn;
	struct tree_proof got;
	struct bytes leaf;

	book_fill(&book, BLOCK);
	look(&nodes, &head);
	prove_one(&nodes, &head, 5);
	store_abort(nodes.txn);
	log_book_key(at, book.slot, 5);
	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_put(txn, book.log->entries, bytes_of(at, sizeof(at)),
	                 bytes_str("another"), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	look(&nodes, &head);
	cr_assert_eq(
	    log_prove(&nodes, 5, &head, &got, &leaf, NULL), ERR_CORRUPT);
	prove_one(&nodes, &head, 7);
	store_abort(nodes.txn);
}
