/* fork_test.c - what convicts a log, what does not, and the file. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fork.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "ledger/succession.h"
#include "proto/digest.h"

#define ORIGIN "plant-a.acme.example/evidence/1"
#define NEXT "plant-a.acme.example/evidence/2"

static struct crypto_signer key, other, owner;
static struct note_vkey vkey, next;

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
begin(void)
{
	static const uint8_t seed[3][CRYPTO_SEED_BYTES] = {{1}, {2}, {3}};

	crypto_start();
	crypto_signer_seed(&key, seed[0]);
	crypto_signer_seed(&other, seed[1]);
	crypto_signer_seed(&owner, seed[2]);
	cr_assert_eq(
	    note_vkey_make(&vkey, ORIGIN, NOTE_TYPE_ED25519, key.pub, NULL),
	    ERR_OK);
	cr_assert_eq(
	    note_vkey_make(&next, NEXT, NOTE_TYPE_ED25519, other.pub, NULL),
	    ERR_OK);
}

/* A tree of leaves "<salt>0" .., its nodes and head. */
static void
grow(const char *salt, unsigned n, struct nodes *nodes, struct tree_head *head)
{
	struct tree_frontier f = {0};
	struct hash leaf;
	char entry[32];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(entry, sizeof entry, "%s%u", salt, i);
		tree_leaf(&leaf, bytes_str(entry));
		tree_push(&f, &leaf, keep, nodes);
	}
	head->size = n;
	tree_root(&f, &head->root);
}

static void
sign(struct buf *out, const struct tree_head *head,
    const struct crypto_signer *k)
{
	struct note_checkpoint c = {.origin = ORIGIN, .head = *head};
	struct buf text;

	buf_init(&text, 1024);
	buf_init(out, FORK_NOTE_MAX);
	note_checkpoint_put(&text, &c);
	note_sign(out, buf_view(&text), ORIGIN, k);
	buf_clear(&text);
}

/* A checkpoint of m leaves of `a` against one of n leaves of `b`, with what
 * the second's tree was at the size of the first. */
static enum err
against(const char *a, unsigned m, const char *b, unsigned n, bool bound)
{
	struct nodes one, two;
	struct tree_head first, second, was;
	struct fork f = {.bound = bound}, back;
	struct buf x, y, file;
	enum err e;

	grow(a, m, &one, &first);
	grow(b, m, &two, &was);
	grow(b, n, &two, &second);
	sign(&x, &first, &key);
	sign(&y, &second, &key);
	f.first = buf_view(&x);
	f.second = buf_view(&y);
	f.root = was.root;
	f.has_log = true;
	f.log = vkey;
	if (bound)
		cr_assert_eq(
		    tree_extend(&f.proof, m, n, give, &two, NULL), ERR_OK);
	buf_init(&file, FORK_BYTES_MAX);
	fork_put(&file, &f);
	cr_assert_eq(fork_get(&back, buf_view(&file), NULL), ERR_OK);
	e = fork_check(&back, &vkey, NULL, NULL);
	cr_assert_eq(fork_check(&f, &vkey, NULL, NULL), e);
	buf_clear(&x);
	buf_clear(&y);
	buf_clear(&file);
	return e;
}

Test(fork_check, convicts_by_two_roots_of_one_size)
{
	begin();
	cr_assert_eq(against("x", 5, "y", 5, false), ERR_OK);
	cr_assert_eq(against("x", 5, "x", 5, false), ERR_REFUSED);
}

Test(fork_check, convicts_by_what_the_larger_tree_was_at_the_smaller_size)
{
	begin();
	for (unsigned m = 1; m < 12; m++) {
		cr_assert_eq(against("x", m, "y", m + 5, true), ERR_OK);
		cr_assert_eq(against("x", m, "x", m + 5, true), ERR_REFUSED,
		    "an honest log of %u", m);
		cr_assert_eq(against("x", m, "y", m + 5, false), ERR_REFUSED,
		    "sizes alone show nothing");
	}
}

Test(fork_check, believes_no_root_that_the_proof_does_not_lead_from)
{
	struct nodes nodes;
	struct tree_head first, second;
	struct fork f = {.bound = true};
	struct buf x, y;

	begin();
	grow("x", 5, &nodes, &first);
	grow("x", 9, &nodes, &second);
	sign(&x, &first, &key);
	sign(&y, &second, &key);
	f.first = buf_view(&x);
	f.second = buf_view(&y);
	cr_assert_eq(tree_extend(&f.proof, 5, 9, give, &nodes, NULL), ERR_OK);
	for (unsigned i = 0; i < 32 * f.proof.len; i++) {
		f.root = first.root;
		f.proof.path[i / 32].b[i % 32] ^= 1;
		cr_assert_eq(fork_check(&f, &vkey, NULL, NULL), ERR_REFUSED);
		f.proof.path[i / 32].b[i % 32] ^= 1;
		f.root.b[i % 32] ^= 1;
		cr_assert_eq(fork_check(&f, &vkey, NULL, NULL), ERR_REFUSED);
	}
	buf_clear(&x);
	buf_clear(&y);
}

Test(fork_check, wants_both_signed_by_the_log_itself)
{
	struct nodes nodes;
	struct tree_head first, second;
	struct fork f = {.bound = false};
	struct buf x, y;

	begin();
	grow("x", 5, &nodes, &first);
	grow("y", 5, &nodes, &second);
	sign(&x, &first, &key);
	sign(&y, &second, &other);
	f.first = buf_view(&x);
	f.second = buf_view(&y);
	cr_assert_eq(fork_check(&f, &vkey, NULL, NULL), ERR_UNVERIFIED);
	buf_clear(&x);
	buf_clear(&y);
}

/* A succession that closes the log at five, and what came after it. */
static enum err
after_end(const char *salt, unsigned n)
{
	struct succession s = {.before = vkey, .after = next, .held = 5};
	struct nodes nodes;
	struct tree_head end, head;
	struct fork f = {.bound = false};
	struct buf x, y;
	enum err e;

	grow("x", 5, &nodes, &end);
	grow(salt, n, &nodes, &head);
	s.size = end.size;
	s.root = end.root;
	buf_init(&x, SUCCESSION_BYTES_MAX);
	cr_assert_eq(succession_sign(&x, &s, &owner, NULL), ERR_OK);
	sign(&y, &head, &key);
	f.first = buf_view(&x);
	f.second = buf_view(&y);
	cr_assert_neq(fork_check(&f, &vkey, NULL, NULL), ERR_OK);
	cr_assert_neq(fork_check(&f, &vkey, other.pub, NULL), ERR_OK);
	e = fork_check(&f, &vkey, owner.pub, NULL);
	buf_clear(&x);
	buf_clear(&y);
	return e;
}

Test(fork_check, convicts_an_old_key_that_signs_beyond_the_end_of_its_log)
{
	begin();
	cr_assert_eq(after_end("x", 6), ERR_OK);
	cr_assert_eq(after_end("y", 5), ERR_OK);
	cr_assert_eq(after_end("x", 5), ERR_REFUSED);
	cr_assert_eq(after_end("x", 4), ERR_REFUSED);
}

Test(fork_get, takes_nothing_that_is_cut_altered_or_longer)
{
	struct nodes nodes;
	struct tree_head head;
	struct fork f = {.bound = true}, back;
	struct buf x, file;
	char origin[NOTE_NAME_MAX + 1];

	begin();
	grow("x", 5, &nodes, &head);
	sign(&x, &head, &key);
	f.first = buf_view(&x);
	f.second = buf_view(&x);
	buf_init(&file, 2 * FORK_BYTES_MAX);
	fork_put(&file, &f);
	cr_assert_eq(fork_get(&back, buf_view(&file), NULL), ERR_OK);
	cr_assert_eq(fork_origin(origin, &back, NULL), ERR_OK);
	cr_assert_str_eq(origin, ORIGIN);
	for (size_t n = 0; n < file.len; n++)
		cr_assert_neq(fork_get(&back, bytes_of(file.ptr, n), NULL),
		    ERR_OK, "%zu of %zu bytes", n, file.len);
	buf_u8(&file, 'x');
	cr_assert_eq(fork_get(&back, buf_view(&file), NULL), ERR_MALFORMED);
	while (file.len <= FORK_BYTES_MAX)
		buf_u8(&file, 'x');
	cr_assert_eq(fork_get(&back, buf_view(&file), NULL), ERR_LIMIT);
	buf_clear(&x);
	buf_clear(&file);
}
