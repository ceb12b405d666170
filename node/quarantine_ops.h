/* quarantine_ops.h - operations on what is kept in quarantine. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUARANTINE_OPS_H
#define NODE_QUARANTINE_OPS_H

#include "node/ops.h"

/* A token bound to areas sees what it sent itself. */
enum err quarantine_ops_list(struct ops_call *call, struct err_why *why);
enum err quarantine_ops_get(struct ops_call *call, struct err_why *why);
/* The corrected message becomes a record, an ADMIN entry says of which message
 * and by whom; then the message is destroyed.  When it is refused, or the entry
 * is not recorded, the message stays. */
enum err quarantine_ops_release(struct ops_call *call, struct err_why *why);
/* An ADMIN entry says by whom and why; then the message is destroyed. */
enum err quarantine_ops_discard(struct ops_call *call, struct err_why *why);

#endif
