/* reads_kpi.h - operations that show figures. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_READS_KPI_H
#define NODE_READS_KPI_H

#include "node/ops.h"

/* How the alarms of a window behaved; and the alarms behind one figure. */
#define READS_KPI_WINDOW "area from to site"
enum err reads_kpi_alarms(struct ops_call *call, struct err_why *why);
enum err reads_kpi_records(struct ops_call *call, struct err_why *why);
/* The quality of what a source sent. */
enum err reads_kpi_source(struct ops_call *call, struct err_why *why);

#endif
