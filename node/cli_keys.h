/* cli_keys.h - the node's own keys, read from its directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_KEYS_H
#define NODE_CLI_KEYS_H

#include "federation/roster.h"
#include "ledger/note.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * All read files in DIR and need no running node.  `kind` is "evidence" or
 * "alliance": its newest generation's key.  Wipe secrets after use.
 * ERR_NOT_FOUND, ERR_MALFORMED; `why` names the file.
 */
ERR_CHECKED enum err cli_keys_log(const char *dir, const char *kind,
    struct crypto_signer *out, struct note_vkey *vkey, struct err_why *why);
/* Verifier keys of both logs, of every generation; free(*out). */
ERR_CHECKED enum err cli_keys_all(
    const char *dir, struct note_vkey **out, size_t *len, struct err_why *why);
/* Only its verifier key. */
ERR_CHECKED enum err cli_keys_vkey(const char *dir, const char *kind,
    struct note_vkey *out, struct err_why *why);
/* Only its verifier key, also when it was retired. */
ERR_CHECKED enum err cli_keys_witness_vkey(
    const char *dir, struct note_vkey *out, struct err_why *why);
/* A new one is made when there is none and none was retired (ERR_REFUSED). */
ERR_CHECKED enum err cli_keys_witness(const char *dir,
    struct crypto_signer *out, struct note_vkey *vkey, struct err_why *why);
ERR_CHECKED enum err cli_keys_identity(
    const char *dir, struct crypto_signer *out, struct err_why *why);
ERR_CHECKED enum err cli_keys_session(
    const char *dir, struct crypto_dh *out, struct err_why *why);

/*
 * cli_keys_next_identity - digest of the identity key that will follow this
 * one (docs/wire.md 3): SHA-256(u8 alg || key).  The key is made at the first
 * call and rests in DIR/keys/next-identity.key.
 */
ERR_CHECKED enum err cli_keys_next_identity(
    const char *dir, struct hash *out, struct err_why *why);

/* Writes a new key file (0600) in the signed-note secret key form.
 * ERR_EXISTS, ERR_MALFORMED (name), ERR_IO. */
ERR_CHECKED enum err cli_keys_write(const char *path, const char *name,
    const struct crypto_signer *key, struct err_why *why);

/* The node's alliance, from DIR/alliance.json.
 * ERR_NOT_FOUND: it is in none. */
ERR_CHECKED enum err cli_keys_roster(
    const char *dir, struct roster **out, struct err_why *why);

/* Verifier keys of all generations of a log, oldest first; free(*out). */
ERR_CHECKED enum err cli_keys_logs(const char *dir, const char *kind,
    struct note_vkey **out, size_t *len, struct err_why *why);

#endif
