/* veil_keys.h - this node's secrets of one term of the veil. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_KEYS_H
#define NODE_VEIL_KEYS_H

#include "federation/ring.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * DIR/veil/TERM, 64 bytes: secret of the ring, seed of the hop's key.  In no
 * backup, in no log; overwritten and removed when the term is over, so that
 * nobody can be made to show whose a tag was.  One thread.
 */
struct veil_keys {
	uint32_t term;
	struct ring_key ring;
	struct crypto_signer hop;
};

/* Read, or made and durable.  ERR_IO, ERR_FULL; ERR_MALFORMED: not 64 bytes of
 * that form.  Wipe with veil_keys_wipe. */
ERR_CHECKED enum err veil_keys_open(
    struct veil_keys *out, const char *dir, uint32_t term, struct err_why *why);
void veil_keys_wipe(struct veil_keys *k);

/* Those of terms before this one are gone on ERR_OK, and so is what a crash
 * left while one was made. */
ERR_CHECKED enum err veil_keys_erase(
    const char *dir, uint32_t before, struct err_why *why);

#endif
