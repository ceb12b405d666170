/* vault_file.h - wrapping keys as files: names, contents, durable changes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_VAULT_FILE_H
#define LEDGER_VAULT_FILE_H

#include "proto/crypto.h"
#include "proto/err.h"

#define VAULT_FILE_NAME_MAX 64

/* One wrapping key. */
struct vault_key {
	uint32_t id;
	uint32_t period;
	uint8_t retention_class;
	bool retired; /* it has a successor made in this process */
	uint8_t key[CRYPTO_KEY_BYTES];
};

/*
 * All take the directory's file descriptor and are durable on ERR_OK (file and
 * directory fsynced).  ERR_IO, ERR_FULL.
 */
ERR_CHECKED enum err vault_file_make(
    int dir, const struct vault_key *k, struct err_why *why);
/* ERR_CORRUPT: not as it was written. */
ERR_CHECKED enum err vault_file_load(
    int dir, struct vault_key *k, struct err_why *why);
/*
 * vault_file_destroy - overwrite and unlink.  An empty "<id>.gone" stays behind
 * when `mark`, so that the highest id is never given twice.
 */
ERR_CHECKED enum err vault_file_destroy(
    int dir, const struct vault_key *k, bool mark, struct err_why *why);

/* "064-00684-00000007.key" <-> class, period, id; false for other names. */
void vault_file_name(
    char out[static VAULT_FILE_NAME_MAX], const struct vault_key *k);
bool vault_file_parse(const char *name, struct vault_key *k);
bool vault_file_gone(const char *name, uint32_t *id);
/* A destruction that was interrupted; vault_file_wipe finishes it. */
bool vault_file_dying(const char *name);
ERR_CHECKED enum err vault_file_wipe(
    int dir, const char *name, struct err_why *why);

/* Whole small files; write refuses to replace (ERR_EXISTS). */
ERR_CHECKED enum err vault_file_write(
    int dir, const char *name, struct bytes in, struct err_why *why);
ERR_CHECKED enum err vault_file_read(
    int dir, const char *name, uint8_t *out, size_t len, struct err_why *why);

#endif
