/* gate_code.h - one person, one code: what a gate reads from a QR. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_GATE_CODE_H
#define NODE_GATE_CODE_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * docs/wire.md 11.  The text is "LF1:" and base45 of
 *
 *   u8 1 || u8 flags || ref[32] || u32be issued || u32be expires ||
 *   nonce[8] || Ed25519 signature[64]
 *
 * 175 characters of a QR's alphanumeric set: version 7 at level M, 45 modules,
 * which prints well from 25 mm on.  It names nobody: ref is the reference under
 * which one verifier, and nobody else, knows the holder of a credential.
 */
#define GATE_CODE_PREFIX "LF1:"
#define GATE_CODE_BYTES 114
#define GATE_CODE_CHARS 175
#define GATE_CODE_NONCE 8
#define GATE_CODE_BADGE 1u /* may be shown again until it expires */

struct gate_code {
	uint8_t flags;
	uint8_t ref[32];
	uint32_t issued_s; /* seconds since the Unix epoch */
	uint32_t expires_s;
	uint8_t nonce[GATE_CODE_NONCE];
	uint8_t signature[CRYPTO_SIG_BYTES];
};

/* Signs with the issuer's identity key, for this verifier. */
void gate_code_sign(struct gate_code *c, const char *issuer,
    const char *verifier, const struct crypto_signer *key);
/* ERR_UNVERIFIED. */
ERR_CHECKED enum err gate_code_check(const struct gate_code *c,
    const char *issuer, const char *verifier,
    const uint8_t pub[static CRYPTO_PUB_BYTES]);

/* The text of a code, appended; and back.  ERR_MALFORMED: no code of ours;
 * ERR_UNSUPPORTED: of another version. */
void gate_code_put(struct buf *out, const struct gate_code *c);
ERR_CHECKED enum err gate_code_get(
    struct gate_code *out, struct bytes text, struct err_why *why);

#endif
