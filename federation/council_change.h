/* council_change.h - what one proposal makes of the members' agreement. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_COUNCIL_CHANGE_H
#define FEDERATION_COUNCIL_CHANGE_H

#include "council.pb-c.h"
#include "fed.pb-c.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/crypto.h"
#include "proto/err.h"

#define COUNCIL_CHANGE_BYTES_MAX 65536 /* a proposal, packed */
#define COUNCIL_CHANGE_NAME_MAX 200

/* What votes are for: SHA-256("lianfang/proposal/v1\n" || canonical form). */
ERR_CHECKED enum err council_change_hash(
    struct hash *out, const Record__Proposal *p, struct err_why *why);

/* Signs as `by`; the signature is p's own memory (slice_free). */
void council_change_sign(Record__Proposal *p, const struct crypto_signer *key);

/*
 * council_change_apply - the agreement after this change, to be released with
 * slice_free; that before it is not touched.  Whether it may be made at all is
 * decided here and is the same on every node:
 *
 *   signed by `by`, a member; fields of other changes absent
 *   nobody's card changes without a signature by its own identity key, but a
 *     member may be expelled, and a quorum may give it another identity key
 *   JOIN     a name that was never used
 *   KEYS     a log key only with the next generation, and with what the old
 *            key signed last; no key again, whatever for
 *   QUORUM   never below floor(2n/3) + 1; raised with n by itself
 *   GRANTS   only of the own evidence log: no majority gives away what is
 *            somebody else's
 *
 * ERR_MALFORMED, ERR_UNVERIFIED, ERR_REFUSED, ERR_LIMIT.  Pure.
 */
ERR_CHECKED enum err council_change_apply(Fed__Genesis **out,
    const Fed__Genesis *now, const Record__Proposal *p, struct err_why *why);

/*
 * council_change_routine - does it need nobody's judgement?  Leaving, an
 * endpoint, grants, and keys under the identity key or the one that the card
 * committed to, each of `by` itself.  A node may vote for these by itself.
 */
bool council_change_routine(const Fed__Genesis *now, const Record__Proposal *p);

/* An agreement in its canonical form; buf_clear, also after an error.  A copy,
 * in memory of its own: slice_free.  ERR_LIMIT, ERR_MALFORMED. */
ERR_CHECKED enum err council_change_pack(
    struct buf *out, const Fed__Genesis *g, struct err_why *why);
ERR_CHECKED enum err council_change_copy(
    Fed__Genesis **out, const Fed__Genesis *g, struct err_why *why);

/* Votes that a change needs. */
size_t council_change_quorum(const Fed__Genesis *now);

#endif
