/* invitation.h - the text by which one new node may ask to become a member. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_INVITATION_H
#define FEDERATION_INVITATION_H

#include "fed.pb-c.h"
#include "federation/roster_card.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/*
 * "lfi_" and base64url of
 *
 *   u8 1 || epoch[32] || session key[32] || secret[16] || u32be expires ||
 *   u8 role || name || inviter || address || check[4]
 *
 * where each of the three texts follows its length (u8), and check begins
 * SHA-256("lianfang/invitation/v1\n" || all before it).  The id of the epoch
 * is the fingerprint that the new node holds what it is given against.
 */
#define INVITATION_PREFIX "lfi_"
#define INVITATION_SECRET_BYTES 16
#define INVITATION_ADDRESS_MAX 200
#define INVITATION_CHARS_MAX 1024 /* of the text */
#define INVITATION_ID_CHARS 15 /* "iv_" and 12 of hex */

struct invitation {
	struct hash epoch; /* of 0 the fingerprint of the genesis */
	uint8_t key[CRYPTO_KEY_BYTES]; /* session key of who invites */
	uint8_t secret[INVITATION_SECRET_BYTES];
	uint32_t expires; /* Unix time, seconds */
	Fed__Role role;
	char name[ROSTER_NAME_MAX + 1]; /* who is invited */
	char inviter[ROSTER_NAME_MAX + 1];
	char address[INVITATION_ADDRESS_MAX + 1]; /* tcp://host:port */
};

/* Appends the text; the texts of `v` fit by their types. */
void invitation_put(struct buf *out, const struct invitation *v);

/*
 * invitation_get - blanks and line ends anywhere in the text are passed over:
 * mail puts them there.
 * ERR_MALFORMED    none, or cut off, or mistyped; ERR_UNSUPPORTED: newer
 */
ERR_CHECKED enum err invitation_get(
    struct invitation *out, struct bytes text, struct err_why *why);

/* What is kept of the secret, and the name that both sides know it by: the
 * beginning of that, which gives nothing away. */
void invitation_hash(struct hash *out, struct bytes secret);
void invitation_id(
    char out[static INVITATION_ID_CHARS + 1], const struct hash *secret);

#endif
