/* courier.h - operations that make and take the courier's files. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_COURIER_H
#define NODE_COURIER_H

#include "node/ops.h"

/* As struct ops_entry's handle: a part of a file for a member; a frame of one
 * that came.  A frame may be sent again: it is taken once. */
enum err courier_export(struct ops_call *call, struct err_why *why);
enum err courier_import(struct ops_call *call, struct err_why *why);

#endif
