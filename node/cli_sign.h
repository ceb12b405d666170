/* cli_sign.h - people's keys in the node's directory, and their signatures. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_SIGN_H
#define NODE_CLI_SIGN_H

#include "api.pb-c.h"
#include "ledger.pb-c.h"
#include "node/cli.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * DIR/actors/NAME.key holds a person's Ed25519 key as a signed-note secret key
 * (custody NODE).  A name is 1 to 64 letters, digits, '-', '_', '.' or CJK.
 */

/* Makes a key, or reads it from the file `given`, and stores it (0600).
 * ERR_EXISTS: this name has one. */
ERR_CHECKED enum err cli_sign_enrol(const struct cli *cli, const char *name,
    const char *given, struct crypto_signer *out, struct err_why *why);

/* Removes the key of this name, if there is one here. */
void cli_sign_forget(const struct cli *cli, const char *name);

/*
 * cli_sign_event - a post with `msg` signed by the actor.
 *   actor       ERR_NOT_FOUND, with how to enrol: has no key here
 *   record_id   text, or NULL for a new record
 *   based_on    last event_seq seen, 0 for a new record
 *   out         release with api__event_post__free_unpacked
 * Source: docs/wire.md 2.
 */
struct cli_sign_what {
	const char *actor;
	Ledger__Kind kind;
	const char *record_id;
	uint32_t based_on;
	int64_t occurred_us;
	const ProtobufCMessage *msg;
};
ERR_CHECKED enum err cli_sign_event(const struct cli *cli,
    const struct cli_sign_what *what, Api__EventPost **out,
    struct err_why *why);
/* The same of n (1 to SIGNATURE_BATCH_MAX) events of the first one's actor:
 * more than one are signed at once.  out: n of them, for cli_sign_free. */
ERR_CHECKED enum err cli_sign_events(const struct cli *cli,
    const struct cli_sign_what *what, size_t n, Api__EventPost **out,
    struct err_why *why);
void cli_sign_free(Api__EventPost **posts, size_t n);

/* The key of a person, from the node's directory; wipe it. */
ERR_CHECKED enum err cli_sign_key(const struct cli *cli, const char *name,
    struct crypto_signer *out, struct err_why *why);

#endif
