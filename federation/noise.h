/* noise.h - the Noise_IK_25519_ChaChaPoly_BLAKE2b handshake. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_NOISE_H
#define FEDERATION_NOISE_H

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

#define NOISE_MESSAGE_MAX 65535
#define NOISE_HELLO_BYTES 96 /* e, s + tag, tag of an empty payload */
#define NOISE_REPLY_BYTES 48 /* e, tag of an empty payload */

enum noise_role {
	NOISE_INITIATOR,
	NOISE_RESPONDER,
};

/* Handshake state; wiped by noise_split. */
struct noise {
	enum noise_role role;
	unsigned step; /* messages written or read so far */
	bool has_key;
	uint64_t n;
	uint8_t ck[CRYPTO_BLAKE_BYTES];
	uint8_t h[CRYPTO_BLAKE_BYTES];
	uint8_t k[CRYPTO_KEY_BYTES];
	struct crypto_dh own;
	struct crypto_dh ephemeral;
	uint8_t peer[CRYPTO_KEY_BYTES];
	uint8_t peer_ephemeral[CRYPTO_KEY_BYTES];
};

struct noise_setup {
	enum noise_role role;
	struct bytes prologue;
	const struct crypto_dh *own;
	const uint8_t *peer; /* initiator: responder's key */
	const struct crypto_dh *ephemeral; /* NULL: random; set by tests only */
};

/* Begins a handshake; what `setup` points to is copied.  End with noise_split,
 * or wipe it. */
void noise_start(struct noise *n, const struct noise_setup *setup);

/* Appends the next message, with `payload` inside; it must be our turn.
 * ERR_UNVERIFIED: the peer's key is of small order. */
ERR_CHECKED enum err noise_write(struct noise *n, struct bytes payload,
    struct buf *out, struct err_why *why);

/* Reads the peer's next message and appends its payload to `out`.
 * ERR_MALFORMED, ERR_UNVERIFIED: the handshake is over, wipe it. */
ERR_CHECKED enum err noise_read(struct noise *n, struct bytes message,
    struct buf *out, struct err_why *why);

/* Transport keys after the second message. */
struct noise_keys {
	uint8_t send[CRYPTO_KEY_BYTES];
	uint8_t recv[CRYPTO_KEY_BYTES];
	uint8_t hash[CRYPTO_BLAKE_BYTES]; /* of the handshake, for binding */
};
void noise_split(struct noise *n, struct noise_keys *out);

#endif
