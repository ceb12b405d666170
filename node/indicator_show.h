/* indicator_show.h - indicators and their figures as messages. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INDICATOR_SHOW_H
#define NODE_INDICATOR_SHOW_H

#include "api.pb-c.h"
#include "node/indicator_run.h"

/* What it is; release with the message. */
Api__IndicatorView *indicator_show(
    const struct indicator_set *set, const Pack__Indicator *what);
/* Adds its figure; `until_us`: when it is judged for freshness. */
void indicator_show_figure(Api__IndicatorView *v, const Pack__Indicator *what,
    const struct indicator_result *r, int64_t until_us);
/* The indexes of all weighted sets among the figures, added to a list. */
void indicator_show_indexes(Api__IndexView ***list, size_t *len,
    const struct indicator_figures *figures,
    const struct indicator_rules *rules);

#endif
