/* tokens.h - operations that make, list and revoke tokens. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TOKENS_H
#define NODE_TOKENS_H

#include "node/ops.h"

/* All are writes of the committer; the answer follows the commit. */
enum err tokens_create(struct ops_call *call, struct err_why *why);
enum err tokens_invite(struct ops_call *call, struct err_why *why);
enum err tokens_list(struct ops_call *call, struct err_why *why);
/* {id} */
enum err tokens_revoke(struct ops_call *call, struct err_why *why);

#endif
