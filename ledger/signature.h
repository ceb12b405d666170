/* signature.h - who signed an event: for itself alone, or with many others. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_SIGNATURE_H
#define LEDGER_SIGNATURE_H

#include "ledger/seal.h"
#include "ledger/tree.h"

/*
 * A signature of an event is one of (docs/wire.md 2, 2.1)
 *
 *   0x01 || Ed25519 over the event's text
 *   0x81 || u32be index || u32be size || hashes of the path || Ed25519
 *
 * the second over the head of a tree whose leaf `index` is the event's text:
 * one signature for many events, each of which stays provable alone.  The key
 * is 0x01 || public key either way.
 */
#define SIGNATURE_BATCH 0x80 /* beside the alg that signed the head */
#define SIGNATURE_BATCH_MAX 1000 /* events under one head */
#define SIGNATURE_PATH_MAX 10
#define SIGNATURE_BYTES_MAX \
	(1 + 4 + 4 + SIGNATURE_PATH_MAX * HASH_BYTES + CRYPTO_SIG_BYTES)

/*
 * signature_form - lengths and numbers are those of their kind.  What passes
 * has one spelling: no two signatures of this form mean the same.
 * ERR_MALFORMED; ERR_UNSUPPORTED an algorithm that is not known here.
 */
ERR_CHECKED enum err signature_form(
    struct bytes key, struct bytes signature, struct err_why *why);

/*
 * The head of a batch whose Ed25519 signature was good: the next event under
 * the same head costs its path alone.  Zeroed: none.  It lives as long as one
 * request, never longer; a head that failed is never kept.
 */
struct signature_head {
	bool good;
	uint8_t key[CRYPTO_PUB_BYTES];
	struct tree_head tree;
	uint8_t signature[CRYPTO_SIG_BYTES];
};

/*
 * signature_check - form, path and signature of an event.
 *   last    NULL, or the head that was good last: read and replaced
 * ERR_UNVERIFIED; else as signature_form.  Pure but for *last.
 */
ERR_CHECKED enum err signature_check(const struct seal_event *event,
    struct bytes key, struct bytes signature, struct signature_head *last,
    struct err_why *why);

/*
 * Signing many events at once.  n is 1 to SIGNATURE_BATCH_MAX (asserted); each
 * event's text is its leaf (seal_event_put, tree_leaf).  End with
 * signature_batch_clear.
 */
struct signature_batch {
	struct hash *nodes; /* by level, from start[level] */
	size_t start[SIGNATURE_PATH_MAX + 1];
	struct tree_head tree;
	uint8_t signature[CRYPTO_SIG_BYTES];
};
void signature_batch_sign(struct signature_batch *out,
    const struct crypto_signer *key, const struct hash *leaves, size_t n);
/* Appends the signature of one of them. */
void signature_batch_put(
    struct buf *out, const struct signature_batch *b, size_t index);
void signature_batch_clear(struct signature_batch *b);

#endif
