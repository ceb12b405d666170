/* signature.c - who signed an event: for itself alone, or with many others. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/signature.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/mem.h"

#define BATCH_TAG "lianfang/batch/v1\n"
#define ALG_BATCH_ED25519 (SIGNATURE_BATCH | CRYPTO_ALG_ED25519)
#define NUMBERS_BYTES (1 + 4 + 4) /* alg, index, size */
#define HEAD_TEXT_BYTES (sizeof(BATCH_TAG) - 1 + 4 + HASH_BYTES)
#define EVENT_TEXT_MAX 1024

static uint32_t
u32be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static bool
is_batch(struct bytes signature)
{
	return signature.len > 0 && signature.ptr[0] == ALG_BATCH_ED25519;
}

static enum err
batch_form(struct bytes sig, struct err_why *why)
{
	uint32_t index, size;

	if (sig.len < NUMBERS_BYTES + CRYPTO_SIG_BYTES)
		return err_fail(why, ERR_MALFORMED,
		    "a batch signature of %zu bytes is too short", sig.len);
	index = u32be(sig.ptr + 1);
	size = u32be(sig.ptr + 5);
	if (size > SIGNATURE_BATCH_MAX || index >= size)
		return err_fail(why, ERR_MALFORMED,
		    "no event %u in a batch of %u; at most %d are signed "
		    "at once",
		    index, size, SIGNATURE_BATCH_MAX);
	if (sig.len !=
	    NUMBERS_BYTES + tree_include_len(index, size) * HASH_BYTES +
	        CRYPTO_SIG_BYTES)
		return err_fail(why, ERR_MALFORMED,
		    "the path of event %u in a batch of %u has another length",
		    index, size);
	return ERR_OK;
}

enum err
signature_form(struct bytes key, struct bytes sig, struct err_why *why)
{
	if (key.len == 0 || sig.len == 0 ||
	    key.ptr[0] != (sig.ptr[0] & ~SIGNATURE_BATCH))
		return err_fail(why, ERR_MALFORMED,
		    "key and signature are not of one kind");
	if (key.ptr[0] != CRYPTO_ALG_ED25519)
		return err_fail(why, ERR_UNSUPPORTED,
		    "signatures of kind 0x%02x are not supported", key.ptr[0]);
	if (key.len != CRYPTO_ALG_PUB_BYTES)
		return err_fail(why, ERR_MALFORMED,
		    "Ed25519 key has %zu bytes instead of %d", key.len,
		    CRYPTO_ALG_PUB_BYTES);
	if (is_batch(sig))
		return batch_form(sig, why);
	if (sig.len != CRYPTO_ALG_SIG_BYTES)
		return err_fail(why, ERR_MALFORMED,
		    "Ed25519 signature has %zu bytes instead of %d", sig.len,
		    CRYPTO_ALG_SIG_BYTES);
	return ERR_OK;
}

/* What is signed for all of them. */
static struct bytes
head_text(uint8_t out[static HEAD_TEXT_BYTES], const struct tree_head *tree)
{
	uint8_t *p = out + sizeof(BATCH_TAG) - 1;

	memcpy(out, BATCH_TAG, sizeof(BATCH_TAG) - 1);
	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(tree->size >> shift);
	memcpy(p, tree->root.b, HASH_BYTES);
	return bytes_of(out, HEAD_TEXT_BYTES);
}

static bool
same_head(const struct signature_head *a, const struct signature_head *b)
{
	return a->good && a->tree.size == b->tree.size &&
	    memcmp(a->tree.root.b, b->tree.root.b, HASH_BYTES) == 0 &&
	    memcmp(a->key, b->key, sizeof(a->key)) == 0 &&
	    memcmp(a->signature, b->signature, sizeof(a->signature)) == 0;
}

/* sig has the form of a batch's. */
static enum err
check_batch(struct bytes text, struct bytes key, struct bytes sig,
    struct signature_head *last, struct err_why *why)
{
	const uint8_t *path = sig.ptr + NUMBERS_BYTES;
	const uint64_t index = u32be(sig.ptr + 1);
	struct signature_head head = {.tree.size = u32be(sig.ptr + 5)};
	uint8_t signed_text[HEAD_TEXT_BYTES];
	struct tree_proof proof;
	struct hash leaf;
	enum err e;

	proof.len = tree_include_len(index, head.tree.size);
	for (size_t i = 0; i < proof.len; i++, path += HASH_BYTES)
		memcpy(proof.path[i].b, path, HASH_BYTES);
	memcpy(head.signature, path, sizeof(head.signature));
	memcpy(head.key, key.ptr + 1, sizeof(head.key));
	tree_leaf(&leaf, text);
	e = tree_include_root(
	    &head.tree.root, &leaf, index, head.tree.size, &proof, why);
	if (e != ERR_OK || (last != NULL && same_head(last, &head)))
		return e;
	e = crypto_check(
	    head.key, head_text(signed_text, &head.tree), head.signature);
	if (e != ERR_OK)
		return err_fail(why, e,
		    "the signature of its batch does not verify, or the event "
		    "is not in it");
	head.good = true;
	if (last != NULL)
		*last = head;
	return ERR_OK;
}

enum err
signature_check(const struct seal_event *event, struct bytes key,
    struct bytes sig, struct signature_head *last, struct err_why *why)
{
	struct buf text;
	enum err e;

	e = signature_form(key, sig, why);
	if (e != ERR_OK)
		return e;
	buf_init(&text, EVENT_TEXT_MAX);
	seal_event_put(&text, event);
	e = buf_ok(&text, why);
	if (e == ERR_OK)
		e = is_batch(sig)
		    ? check_batch(buf_view(&text), key, sig, last, why)
		    : crypto_check_alg(key, buf_view(&text), sig, why);
	buf_clear(&text);
	return e;
}

/* ---- signing ---- */

static void
keep(void *arg, unsigned level, uint64_t index, const struct hash *node)
{
	struct signature_batch *b = arg;

	b->nodes[b->start[level] + index] = *node;
}

static enum err
kept(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	const struct signature_batch *b = arg;

	*out = b->nodes[b->start[level] + index];
	return ERR_OK;
}

void
signature_batch_sign(struct signature_batch *out,
    const struct crypto_signer *key, const struct hash *leaves, size_t n)
{
	struct tree_frontier f = {.size = 0};
	uint8_t text[HEAD_TEXT_BYTES];
	size_t at = 0;

	assert(n > 0 && n <= SIGNATURE_BATCH_MAX);
	*out = (struct signature_batch){.tree.size = n};
	for (unsigned level = 0; level <= SIGNATURE_PATH_MAX; level++) {
		out->start[level] = at;
		at += n >> level;
	}
	out->nodes = mem_alloc(at, sizeof(out->nodes[0]));
	for (size_t i = 0; i < n; i++)
		tree_push(&f, &leaves[i], keep, out);
	tree_root(&f, &out->tree.root);
	crypto_signer_sign(key, head_text(text, &out->tree), out->signature);
}

void
signature_batch_put(
    struct buf *out, const struct signature_batch *b, size_t index)
{
	union {
		const struct signature_batch *in;
		void *arg;
	} u = {.in = b};
	struct tree_proof proof = {.len = 0};
	enum err e;

	e = tree_include(&proof, index, b->tree.size, kept, u.arg, NULL);
	assert(e == ERR_OK);
	(void)e;
	buf_u8(out, ALG_BATCH_ED25519);
	buf_u32be(out, (uint32_t)index);
	buf_u32be(out, (uint32_t)b->tree.size);
	for (size_t i = 0; i < proof.len; i++)
		buf_bytes(out, bytes_hash(&proof.path[i]));
	buf_put(out, b->signature, sizeof(b->signature));
}

void
signature_batch_clear(struct signature_batch *b)
{
	free(b->nodes);
	b->nodes = NULL;
}
