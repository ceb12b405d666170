/* indicator_kpi.h - figures of alarm_kpi.h as indicators. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_INDICATOR_KPI_H
#define NODE_DOMAIN_INDICATOR_KPI_H

#include "node/domain/indicator.h"

/* Only for indicator.c: fills all of `out` but unreadable and newest_us.  What
 * alarms are is as they stood at the end of the period; figures of the same
 * facts, period and area are computed once. */
void indicator_kpi(struct facts *f, const struct indicator_ask *ask,
    struct indicator_result *out);

/* The greatest of all sites is that of all; a mere count. */
bool indicator_kpi_is_peak(const Pack__Formula *f);
bool indicator_kpi_is_count(const Pack__Formula *f);

#endif
