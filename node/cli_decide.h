/* cli_decide.h - a decision shown.  Only for cli_*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_DECIDE_H
#define NODE_CLI_DECIDE_H

#include "node/cli.h"

#include <protobuf-c/protobuf-c.h>

/* Prints an api.DecisionView and frees it; CLI_OK for ALLOW alone. */
int cli_decide_show(const struct cli *cli, ProtobufCMessage *msg);

#endif
