/* log_prove_test.c - proofs that share what they know are those of RFC 6962. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "ledger/log_read.h"
#include "tests/support/book.h"

#define LEAVES 2600 /* more than two perfect trees high enough to remember */
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
