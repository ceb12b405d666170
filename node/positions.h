/* positions.h - the operation that takes positions of people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_POSITIONS_H
#define NODE_POSITIONS_H

#include "node/ops.h"

ERR_CHECKED enum err positions_post(struct ops_call *call, struct err_why *why);

#endif
