/* veil_item.h - what another member publishes: its form, what is signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_ITEM_H
#define NODE_VEIL_ITEM_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/crypto.h"
#include "proto/err.h"
#include "record.pb-c.h"

/* docs/wire.md 15.  All pure; thread-safe. */

/* Ring keys stand for a week, counted from 1970-01-01. */
#define VEIL_TERM_US (INT64_C(7) * 86400 * 1000000)
uint32_t veil_item_term(int64_t wall_us);

/* A copy; slice_free. */
Record__Intel *veil_item_copy(const Record__Intel *m);

/* What a ring signs: all of it but the signature. */
void veil_item_digest(const Record__Intel *m, struct hash *out);

/* May another publish it?  A release without anything of its source, or a
 * withdrawal.  ERR_MALFORMED names what is wrong. */
ERR_CHECKED enum err veil_item_form(
    const Record__Intel *m, struct err_why *why);

/*
 * veil_item_sign, veil_item_proven - by the item's own key: a withdrawal with
 * its reason, or (claim) the name of whoever claims it.
 */
enum veil_item_word {
	VEIL_ITEM_WITHDRAW,
	VEIL_ITEM_CLAIM
};
void veil_item_sign(uint8_t out[static CRYPTO_SIG_BYTES],
    const struct crypto_signer *key, enum veil_item_word word, const char *id,
    const char *what);
bool veil_item_proven(const Record__IntelVeil *item, struct bytes proof,
    enum veil_item_word word, const char *id, const char *what);

#endif
