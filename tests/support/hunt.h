/* hunt.h - look for secrets in files, in every form that they may have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_HUNT_H
#define TESTS_SUPPORT_HUNT_H

#include "proto/bytes.h"
#include "proto/crypto.h"

/*
 * What an erasure must leave nowhere: texts, record keys, salts, data keys.
 * Any failure of the hunt itself aborts: nothing found must mean that all was
 * looked at.  One thread.
 */
struct hunt;
struct hunt *hunt_new(void);
void hunt_free(struct hunt *h);

/* Bytes to look for, at least HUNT_LEAST: as they are, in hexadecimal of either
 * case, in base64 of either alphabet at any of its three alignments. */
#define HUNT_LEAST 7
void hunt_add(struct hunt *h, const char *name, struct bytes what);
/* The same for the key of a body, which must not be unwrapped either. */
void hunt_add_data_key(struct hunt *h, const char *name,
    const uint8_t key[static CRYPTO_KEY_BYTES]);

/* Looks at a file, or at every file below a directory and at its name; says on
 * stdout what is where.  Returns how often something was found. */
unsigned hunt_look(struct hunt *h, const char *path);
/* Tries every place of these files as a key row under every wrapping key in
 * `vault`.  Returns how many give one of the data keys. */
unsigned hunt_unwrap(struct hunt *h, const char *path, const char *vault);

/* The data key of a key row, by a wrapping key in `vault`; aborts if none. */
void hunt_data_key(struct hunt *h, uint8_t out[static CRYPTO_KEY_BYTES],
    struct bytes row, const char *vault);

/* What was looked at since hunt_new. */
unsigned hunt_files(const struct hunt *h);
unsigned long long hunt_bytes(const struct hunt *h);

#endif
