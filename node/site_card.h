/* site_card.h - what a member's card says of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SITE_CARD_H
#define NODE_SITE_CARD_H

#include "proto/crypto.h"

/* Borrowed for as long as the site. */
struct site_card {
	const char *company; /* NULL: the card names none */
	uint8_t identity[CRYPTO_PUB_BYTES]; /* Ed25519 */
};

#endif
