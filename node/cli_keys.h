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
ERR_CHECKED enum err cli_keys_witness(const char *dir,
    struct crypto_signer *out, struct note_vkey *vkey, struct err_why *why);
ERR_CHECKED enum err cli_keys_identity(
    const char *dir, struct crypto_signer *out, struct err_why *why);
ERR_CHECKED enum err cli_keys_session(
    const char *dir, struct crypto_dh *out, struct err_why *why);

/* The node's alliance, from DIR/alliance.json.
 * ERR_NOT_FOUND: it is in none. */
ERR_CHECKED enum err cli_keys_roster(
    const char *dir, struct roster **out, struct err_why *why);

#endif
