/* reports.h - reports without a token: taken, answered, never traced. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_REPORTS_H
#define NODE_REPORTS_H

#include "node/ops.h"

/* How many may come: all together, since nobody is told from another.  A
 * bucket, refilled by the boot clock, full at a start. */
struct reports_gate;
struct reports_gate *reports_gate_new(void);
void reports_gate_free(struct reports_gate *g); /* NULL allowed */
/* reports_gate_take - one more at this time; burst at once, then per_hour.
 * 0: it may come in; else seconds until one may.  Thread-safe. */
unsigned reports_gate_take(
    struct reports_gate *g, int64_t boot_us, uint32_t burst, uint32_t per_hour);

/* Handlers of report.make and report.read: open to everybody; a token that is
 * sent is not looked at. */
enum err reports_make(struct ops_call *call, struct err_why *why);
enum err reports_read(struct ops_call *call, struct err_why *why);

#endif
