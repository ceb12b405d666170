/* decisions.h - operations that ask for decisions, and take them again. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DECISIONS_H
#define NODE_DECISIONS_H

#include "node/ops.h"

/* Handlers of the operations table; the first two wait for the commit. */
enum err decisions_ask(struct ops_call *call, struct err_why *why);
enum err decisions_gate(struct ops_call *call, struct err_why *why);
enum err decisions_code(struct ops_call *call, struct err_why *why);
enum err decisions_roster(struct ops_call *call, struct err_why *why);
enum err decisions_replay(struct ops_call *call, struct err_why *why);

#endif
