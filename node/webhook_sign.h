/* webhook_sign.h - secrets of receivers, and what is signed with them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WEBHOOK_SIGN_H
#define NODE_WEBHOOK_SIGN_H

#include "proto/buf.h"
#include "proto/digest.h"
#include "proto/err.h"

#define WEBHOOK_SIGN_KEYS                                  \
	2 /* the new one and, while it is changed, the old \
	   */
#define WEBHOOK_SIGN_CHARS 128 /* of a header's value */

/* Zeroed: none.  End with webhook_sign_wipe. */
struct webhook_sign {
	struct digest_hmac key[WEBHOOK_SIGN_KEYS];
	size_t len;
};

/*
 * webhook_sign_read - a secret file: a line `whsec_` and base64 of 24 to 64
 * bytes, or two of them, the newer one first.  ERR_MALFORMED.
 */
ERR_CHECKED enum err webhook_sign_read(
    struct webhook_sign *out, struct bytes text, struct err_why *why);
/* The same of a file that nobody but its owner may read (ERR_REFUSED). */
ERR_CHECKED enum err webhook_sign_load(
    struct webhook_sign *out, const char *path, struct err_why *why);
void webhook_sign_wipe(struct webhook_sign *s);

/*
 * webhook_sign_put - "v1," and base64 of HMAC-SHA-256(secret, id "." timestamp
 * "." body), for each secret, with a blank between.  docs/wire.md 10; Standard
 * Webhooks 1.0.
 */
void webhook_sign_put(char out[static WEBHOOK_SIGN_CHARS],
    const struct webhook_sign *s, const char *id, int64_t seconds,
    struct bytes body);

#endif
