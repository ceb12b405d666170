/* roster_card.h - what a member says of itself, and signs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_ROSTER_CARD_H
#define FEDERATION_ROSTER_CARD_H

#include "fed.pb-c.h"
#include "proto/bytes.h"
#include "proto/crypto.h"
#include "proto/err.h"

#define ROSTER_NAME_MAX 200 /* leaves room for "/evidence/4294967295" */

enum roster_kind {
	ROSTER_EVIDENCE,
	ROSTER_ALLIANCE,
};
#define ROSTER_KINDS 2

/* What a member says of itself. */
struct roster_self {
	const char *name;
	Fed__Role role;
	const char *company;
	const char *endpoint; /* NULL or "": none */
	const struct crypto_signer *identity;
	const struct crypto_signer *log[ROSTER_KINDS];
	uint32_t generation[ROSTER_KINDS]; /* 0 means 1 */
	const struct crypto_signer *witness;
	const uint8_t *session; /* X25519 public key, 32 bytes */
	const struct hash *next_identity;
};

/* May it be a member's name; where it is dialled (tcp://host:port)? */
bool roster_card_name_ok(const char *name);
bool roster_card_endpoint_ok(const char *url);

/* A signed card; release with fed__card__free_unpacked(card, NULL). */
Fed__Card *roster_card(const struct roster_self *self);
/* Signs a card anew; its signature is its own memory. */
void roster_card_sign(Fed__Card *card, const struct crypto_signer *identity);
/* ERR_MALFORMED, ERR_UNVERIFIED, ERR_UNSUPPORTED. */
ERR_CHECKED enum err roster_card_check(
    const Fed__Card *card, struct err_why *why);

#endif
