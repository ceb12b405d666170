/* status_token.h - the status of many credentials in few bytes, signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STATUS_TOKEN_H
#define NODE_STATUS_TOKEN_H

#include "api.pb-c.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * IETF Token Status List (draft-ietf-oauth-status-list) in its JWT form: an
 * array of values of 2 bits, the first in the lowest bits of the first byte,
 * as a zlib stream.  Pure.  docs/wire.md 9.
 */
enum status_value {
	STATUS_VALID = 0,
	STATUS_INVALID = 1, /* revoked, cancelled, or not readable */
	STATUS_SUSPENDED = 2,
	STATUS_LAPSED = 3, /* application specific: a term has ended */
};

#define STATUS_LIST_BITS 2u
#define STATUS_LIST_LEAST (UINT32_C(1) << 17) /* entries: one hides in them */
#define STATUS_LIST_MOST (UINT32_C(1) << 24)
#define STATUS_TOKEN_BYTES (12u << 20)

/* Entries of a list for so many credentials: at least half of them are free,
 * so that a random index is soon found.  0: more than STATUS_LIST_MOST. */
uint32_t status_token_capacity(uint64_t credentials);

/* bits: 1, 2, 4 or 8; the caller keeps to the array. */
void status_token_put(uint8_t *list, unsigned bits, uint32_t index, unsigned v);
unsigned status_token_at(const uint8_t *list, unsigned bits, uint32_t index);

struct status_token {
	const char *issuer; /* node name */
	const char *kid; /* verifier key's name and id, as in its card */
	uint32_t iat, exp, ttl; /* seconds */
	struct bytes list; /* plain */
};

/* Appends the compact JWS; too long: out->over. */
void status_token_sign(struct buf *out, const struct status_token *t,
    const struct crypto_signer *key);
/* Appends the URI that a token of this issuer is about. */
void status_token_uri(struct buf *out, const char *issuer);

/* A token whose signature is good. */
struct status_opened {
	Api__StatusHeader *header;
	Api__StatusClaims *claims;
	struct buf list; /* plain */
};

/*
 * status_token_open - parse and verify a token.  Whether it is still in force,
 * and about whom, is for the caller to ask: claims.
 *   in    from outside
 *   out   release with status_token_clear, also after a failure
 *
 * ERR_MALFORMED; ERR_UNSUPPORTED: another algorithm or type; ERR_UNVERIFIED;
 * ERR_LIMIT: over STATUS_LIST_MOST entries.
 */
ERR_CHECKED enum err status_token_open(struct status_opened *out,
    struct bytes in, const uint8_t pub[static CRYPTO_PUB_BYTES],
    struct err_why *why);
void status_token_clear(struct status_opened *o);

/* Value at an index.  ERR_LIMIT: the list has no such entry. */
ERR_CHECKED enum err status_token_value(const struct status_opened *o,
    uint32_t index, unsigned *value, struct err_why *why);
/* "VALID"; never NULL. */
const char *status_token_text(unsigned value);

#endif
