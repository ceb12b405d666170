/* backup_keys.h - the keys of a node in a place apart from its backup. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_BACKUP_KEYS_H
#define NODE_BACKUP_KEYS_H

#include <stddef.h>

#include "ledger/note.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * KEYDIR/keys has the files of DIR/keys but the witness key, which no restore
 * may use again; KEYDIR/own-keys the wrapping keys.  What a node destroyed goes
 * from KEYDIR too, overwritten, when its next backup is whole.
 * `why` names the file.  ERR_IO, ERR_FULL; ERR_CONFLICT: KEYDIR is of another
 * node.
 */
ERR_CHECKED enum err backup_keys_copy(
    const char *dir, const char *keydir, struct err_why *why);
/* What the newest part still needs stays. */
struct backup_keys_needed {
	void *arg;
	bool (*id)(void *arg, uint32_t id); /* a wrapping key */
	bool (*log)(void *arg, const char *origin); /* a signing key */
};
ERR_CHECKED enum err backup_keys_drop(const char *dir, const char *keydir,
    const struct backup_keys_needed *needed, size_t *gone, struct err_why *why);

/* The identity key in folder/keys and the node's name that it says.
 * ERR_NOT_FOUND, ERR_MALFORMED. */
struct backup_identity {
	struct crypto_signer key;
	struct note_vkey vkey;
	char node[NOTE_NAME_MAX + 1];
};
ERR_CHECKED enum err backup_keys_identity(
    struct backup_identity *out, const char *folder, struct err_why *why);

/* The signing key of a log, by its origin, is there. */
bool backup_keys_log(const char *keydir, const char *origin);
/* KEYDIR back into a new directory, with a new witness key. */
ERR_CHECKED enum err backup_keys_restore(
    const char *keydir, const char *dir, const char *node, struct err_why *why);

#endif
