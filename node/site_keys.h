/* site_keys.h - the node's keys as files of its directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SITE_KEYS_H
#define NODE_SITE_KEYS_H

#include "node/site.h"

/*
 * DIR/keys, 0700: evidence-1.key, alliance-1.key, witness.key, identity.key as
 * Go's note tools write a signing key (one line), session.key and index.key as
 * base64 of 32 bytes.
 */
/* ERR_EXISTS: a key file is there; ERR_IO. */
ERR_CHECKED enum err site_keys_make(
    const char *dir, const char *name, struct err_why *why);
/* ERR_NOT_FOUND, ERR_MALFORMED (also: a key of another node), ERR_IO. */
ERR_CHECKED enum err site_keys_load(struct site_keys *out, const char *dir,
    const char *name, struct err_why *why);

/* A small file written durably (0600, fsync, rename) and read whole. */
ERR_CHECKED enum err site_keys_write(
    const char *path, struct bytes text, struct err_why *why);
ERR_CHECKED enum err site_keys_read(
    const char *path, struct buf *out, struct err_why *why);

#endif
