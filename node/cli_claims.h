/* cli_claims.h - what a verifier found, gathered for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_CLAIMS_H
#define NODE_CLI_CLAIMS_H

#include "ledger/verify.h"
#include "node/cli.h"

struct cli_claims {
	const struct cli *cli;
	struct cli_claims_line *lines;
	size_t len;
};

/* A verify_sink: prints JSON at once (--json), else keeps the claim; those
 * that pass, or rest on a mere word, and say the same become one line. */
void cli_claims_add(void *claims, const struct verify_claim *c);

/* Prints what passed by topic, then what did not, and releases all. */
void cli_claims_print(struct cli_claims *claims);

#endif
