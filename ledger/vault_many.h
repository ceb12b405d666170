/* vault_many.h - many resting bodies opened together. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_VAULT_MANY_H
#define LEDGER_VAULT_MANY_H

#include "ledger/vault.h"
#include "ledger/vault_file.h"

struct vault_many {
	struct vault_item item;
	uint8_t *out; /* item.body.len - CRYPTO_TAG_BYTES; apart from `item` */
	bool good; /* out: the body is in `out`; else out is not to be read */
};

/*
 * vault_many_open - vault_open_item of up to VAULT_MANY, for less
 * (proto/crypto_many.h).  Of those that are not good vault_open_item has the
 * word, and tells why.  Thread-safe.
 */
#define VAULT_MANY 16
void vault_many_open(struct vault *v, struct vault_many *m, size_t n);

/* vault.c: a copy of a wrapping key, to be wiped.  ERR_NOT_FOUND. */
ERR_CHECKED enum err vault_key_get(
    struct vault *v, uint32_t id, struct vault_key *out, struct err_why *why);

#endif
