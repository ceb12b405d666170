/* witness_test.c - compare and swap, and what counts as a fork. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/witness.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/temp.h"

#define ORIGIN "plant-a.acme.example/evidence/1"

static char dir[TEMP_PATH_BYTES];
static struct store *store;
static struct witness w;
static struct crypto_signer key;
static struct note_vkey vkey;
static struct buf text, note;
static struct note_checkpoint head;
static struct tree_proof proof;
static uint64_t size;

static void
begin(void)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {3};

	crypto_start();
	temp_make(dir);
	cr_assert_eq(store_open(&store, dir, STORE_CREATE, NULL), ERR_OK);
	cr_assert_eq(witness_open(&w, store, NULL), ERR_OK);
	crypto_signer_seed(&key, seed);
	cr_assert_eq(
	    note_vkey_make(&vkey, ORIGIN, NOTE_TYPE_ED25519, key.pub, NULL),
	    ERR_OK);
	buf_init(&text, NOTE_BYTES_MAX);
	buf_init(&note, NOTE_BYTES_MAX);
}

static void
end(void)
{
	store_close(store);
	temp_remove(dir);
	buf_clear(&text);
	buf_clear(&note);
}

/* Leaves "<salt>0", "<salt>1" ...: a checkpoint of n and the proof from old. */
struct nodes {
	struct hash at[8][64];
};

static void
keep(void *arg, unsigned level, uint64_t index, const struct hash *node)
{
	struct nodes *n = arg;

	n->at[level][index] = *node;
}

static enum err
give(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	struct nodes *n = arg;

	*out = n->at[level][index];
	return ERR_OK;
}

static void
sign(const char *salt, unsigned n, uint64_t old)
{
	static struct nodes nodes;
	struct tree_frontier f = {0};
	struct hash leaf;
	char entry[32];
	unsigned i;

	for (i = 0; i < n; i++) {
		(void)snprintf(entry, sizeof(entry), "%s%u", salt, i);
		tree_leaf(&leaf, bytes_str(entry));
		tree_push(&f, &leaf, keep, &nodes);
	}
	memcpy(head.origin, ORIGIN, sizeof(ORIGIN));
	head.head.size = n;
	tree_root(&f, &head.head.root);
	cr_assert_eq(tree_extend(&proof, old, n, give, &nodes, NULL), ERR_OK);
	buf_reset(&text);
	buf_reset(&note);
	note_checkpoint_put(&text, &head);
	note_sign(&note, buf_view(&text), ORIGIN, &key);
}

static enum err
advance(uint64_t old)
{
	struct witness_request r = {.head = &head,
	    .note = buf_view(&note),
	    .old = old,
	    .proof = &proof,
	    .log = &vkey};
	struct store_txn *txn;
	enum err e;

	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	e = witness_advance(&w, txn, &r, &size, NULL);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	return e;
}

static bool
count(void *arg, const char *origin, const struct fork *f, struct bytes file)
{
	unsigned *n = arg;

	cr_assert_str_eq(origin, ORIGIN);
	cr_assert_eq(fork_check(f, &vkey, NULL, NULL), ERR_OK);
	cr_assert_gt(file.len, 0);
	(*n)++;
	return true;
}

static unsigned
forks(void)
{
	struct store_txn *txn;
	unsigned n = 0;

	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	cr_assert_eq(witness_list(&w, txn, count, &n, NULL), ERR_OK);
	store_abort(txn);
	return n;
}

Test(witness_advance, follows_a_growing_log)
{
	begin();
	sign("x", 3, 0);
	cr_assert_eq(advance(0), ERR_OK);
	cr_assert_eq(size, 3);
	sign("x", 7, 3);
	cr_assert_eq(advance(3), ERR_OK);
	cr_assert_eq(size, 7);
	sign("x", 7, 7);
	cr_assert_eq(advance(7), ERR_OK);
	cr_assert_eq(forks(), 0);
	end();
}

Test(witness_advance, tells_its_size_when_the_old_one_differs)
{
	begin();
	sign("x", 5, 0);
	cr_assert_eq(advance(0), ERR_OK);
	sign("x", 9, 3);
	cr_assert_eq(advance(3), ERR_CONFLICT);
	cr_assert_eq(size, 5);
	sign("x", 4, 0);
	cr_assert_eq(advance(0), ERR_CONFLICT);
	cr_assert_eq(size, 5);
	end();
}

Test(witness_advance, refuses_a_proof_that_leads_elsewhere)
{
	begin();
	sign("x", 5, 0);
	cr_assert_eq(advance(0), ERR_OK);
	sign("x", 9, 5);
	proof.path[0].b[0] ^= 1;
	cr_assert_eq(advance(5), ERR_UNVERIFIED);
	proof.path[0].b[0] ^= 1;
	proof.len--;
	cr_assert_eq(advance(5), ERR_UNVERIFIED);
	cr_assert_eq(advance(10), ERR_MALFORMED);
	cr_assert_eq(forks(), 0);
	sign("x", 9, 5);
	cr_assert_eq(advance(5), ERR_OK);
	end();
}

Test(witness_advance, shows_a_longer_fork_by_the_proof_that_comes_with_it)
{
	begin();
	sign("x", 5, 0);
	cr_assert_eq(advance(0), ERR_OK);
	sign("y", 9, 5);
	cr_assert_eq(advance(5), ERR_REFUSED);
	cr_assert_eq(size, 5, "last agreed");
	cr_assert_eq(forks(), 1);
	end();
}

/* The root of a power of two is not in a proof: it may be anybody's error. */
Test(witness_advance, accuses_nobody_whom_nothing_convicts)
{
	begin();
	sign("x", 4, 0);
	cr_assert_eq(advance(0), ERR_OK);
	sign("y", 9, 4);
	cr_assert_eq(advance(4), ERR_UNVERIFIED);
	cr_assert_eq(forks(), 0);
	sign("x", 9, 4);
	cr_assert_eq(advance(4), ERR_OK);
	end();
}

Test(witness_advance, convicts_whoever_signs_a_root_of_nothing)
{
	begin();
	sign("x", 0, 0);
	head.head.root.b[3] ^= 1;
	buf_reset(&text);
	buf_reset(&note);
	note_checkpoint_put(&text, &head);
	note_sign(&note, buf_view(&text), ORIGIN, &key);
	cr_assert_eq(advance(0), ERR_REFUSED);
	cr_assert_eq(size, 0);
	sign("x", 3, 0);
	cr_assert_eq(advance(0), ERR_REFUSED);
	end();
}

/* Under one name another key: what the first signed convicts not the second. */
Test(witness_advance, accuses_no_key_of_what_another_signed)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {4};

	begin();
	sign("x", 5, 0);
	cr_assert_eq(advance(0), ERR_OK);
	crypto_signer_seed(&key, seed);
	cr_assert_eq(
	    note_vkey_make(&vkey, ORIGIN, NOTE_TYPE_ED25519, key.pub, NULL),
	    ERR_OK);
	sign("y", 5, 0);
	cr_assert_eq(advance(0), ERR_UNVERIFIED);
	sign("y", 9, 5);
	cr_assert_eq(advance(5), ERR_UNVERIFIED);
	cr_assert_eq(forks(), 0);
	sign("x", 9, 5);
	cr_assert_eq(advance(5), ERR_OK, "what follows is acknowledged");
	end();
}

Test(witness_advance, keeps_two_roots_of_one_size_and_trusts_no_more)
{
	begin();
	sign("x", 5, 0);
	cr_assert_eq(advance(0), ERR_OK);
	sign("y", 5, 0);
	cr_assert_eq(advance(0), ERR_REFUSED);
	cr_assert_eq(forks(), 1);
	cr_assert_eq(advance(0), ERR_REFUSED);
	cr_assert_eq(forks(), 1, "the same evidence is kept once");
	sign("z", 5, 5);
	cr_assert_eq(advance(5), ERR_REFUSED);
	cr_assert_eq(forks(), 2);
	sign("x", 9, 5);
	cr_assert_eq(advance(5), ERR_REFUSED, "a forked log stays forked");
	end();
}

Test(witness_state, survives_a_restart)
{
	struct witness_state st;
	struct store_txn *txn;

	begin();
	sign("x", 6, 0);
	cr_assert_eq(advance(0), ERR_OK);
	store_close(store);
	cr_assert_eq(store_open(&store, dir, 0, NULL), ERR_OK);
	cr_assert_eq(witness_open(&w, store, NULL), ERR_OK);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	cr_assert_eq(witness_state(&w, txn, ORIGIN, &st, NULL), ERR_OK);
	cr_assert_eq(st.head.size, 6);
	cr_assert(bytes_equal(st.note, buf_view(&note)));
	cr_assert_eq(witness_state(&w, txn, "other", &st, NULL), ERR_OK);
	cr_assert_eq(st.head.size, 0);
	store_abort(txn);
	end();
}
