/* parcel.h - turns in a file, for one member alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_PARCEL_H
#define FEDERATION_PARCEL_H

#include "federation/exchange.h"
#include "federation/roster.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * A file of the offline courier (docs/wire.md 8.7):
 *
 *   head    "lianfang/courier/v1\n" || salt[16] || alliance[16] || to[16]
 *           || message 1 of Noise_IK, payload key[32] || u64be made_us
 *   frames  u32be length || sealed(u8 last || turn)
 *
 * alliance and to are salted hashes: a member of the alliance finds whom the
 * file is for, nobody else.  Frame i is ChaCha20-Poly1305 under key with nonce
 * i; the last one says so, nothing follows it.
 * Sans-IO; not thread-safe.
 */
#define PARCEL_MAGIC "lianfang/courier/v1\n"
#define PARCEL_TAG_BYTES 16
#define PARCEL_HEAD_BYTES (20 + 3 * PARCEL_TAG_BYTES + 96 + 40)
#define PARCEL_LENGTH_BYTES 4
#define PARCEL_EXTRA (1 + CRYPTO_TAG_BYTES) /* a frame beyond its turn */
#define PARCEL_FRAME_MAX (EXCHANGE_TURN_MAX + PARCEL_EXTRA)

/* Who we are.  Borrowed. */
struct parcel_ends {
	const struct roster *roster;
	const char *self;
	const struct crypto_dh *key; /* our session key */
};

struct parcel {
	uint8_t key[CRYPTO_KEY_BYTES];
	const struct roster_member *from; /* opened: its sender */
	int64_t made_us; /* by the sender's wall clock */
	uint64_t frames; /* written so far */
};

/* parcel_begin - append the head of a file for `to`.
 * ERR_UNVERIFIED: the session key on its card is unusable. */
ERR_CHECKED enum err parcel_begin(struct parcel *out,
    const struct parcel_ends *ends, const struct roster_member *to,
    int64_t made_us, struct buf *file, struct err_why *why);
/* Appends length and frame.  ERR_LIMIT: the turn is too large. */
ERR_CHECKED enum err parcel_put(
    struct parcel *p, struct bytes turn, bool last, struct buf *file);

/* Do so many first bytes look like such a file?  ERR_MALFORMED,
 * ERR_UNSUPPORTED. */
ERR_CHECKED enum err parcel_known(struct bytes head, struct err_why *why);
/*
 * parcel_open - judge the PARCEL_HEAD_BYTES of a file.
 * ERR_MALFORMED no such file, ERR_UNSUPPORTED of another version, ERR_CONFLICT
 * of another alliance, ERR_DENIED for another member, ERR_UNVERIFIED altered,
 * or its sender is no member.
 */
ERR_CHECKED enum err parcel_open(struct parcel *out,
    const struct parcel_ends *ends, struct bytes head, struct err_why *why);
/* What the length before a frame says.  ERR_LIMIT, ERR_MALFORMED. */
ERR_CHECKED enum err parcel_length(
    size_t *out, struct bytes at, struct err_why *why);
/* parcel_take - append the turn of frame n (without its length).
 * ERR_UNVERIFIED: altered, or not the n-th of this file; nothing appended. */
ERR_CHECKED enum err parcel_take(const struct parcel *p, uint64_t n,
    struct bytes frame, struct buf *turn, bool *last, struct err_why *why);

void parcel_wipe(struct parcel *p);

#endif
