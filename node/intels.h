/* intels.h - operations about intelligence: asked before, said afterwards. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INTELS_H
#define NODE_INTELS_H

#include "node/ops.h"

/* What the gate would say to a draft that nobody has signed. */
enum err intels_check(struct ops_call *call, struct err_why *why);
/* A releaser takes an item back. */
enum err intels_withdraw(struct ops_call *call, struct err_why *why);
/* What this member makes of another's item, for its publisher alone. */
enum err intels_feedback(struct ops_call *call, struct err_why *why);
/* Who has an own item as it stands now, and what companies made of it. */
enum err intels_use(struct ops_call *call, struct err_why *why);

#endif
