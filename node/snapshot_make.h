/* snapshot_make.h - what a snapshot says. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SNAPSHOT_MAKE_H
#define NODE_SNAPSHOT_MAKE_H

#include "node/indicator_run.h"
#include "node/snapshot_read.h"

/* All figures of a period from the log's prefix, by the given rules; `want`
 * has `after` set and gives back oldest_us. */
ERR_CHECKED enum err snapshot_figures(struct indicator_figures *out,
    const struct indicator_log *log, const struct indicator_rules *rules,
    const struct indicator_span *span, struct indicator_want *want,
    struct err_why *why);

/*
 * snapshot_make - the snapshot of a month.
 *   known   what the log holds already; `note` its signed checkpoint
 * Corrections are looked for in the two months before, when an entry that is
 * newer than the last snapshot's prefix tells of them.  Release with
 * slice_free.
 */
struct snapshot_plan {
	const struct indicator_log *log;
	const struct packs *packs;
	const struct period *period;
	int offset_minutes;
	const struct snapshot_list *known;
	const char *note;
};
ERR_CHECKED enum err snapshot_make(Record__Snapshot **out,
    const struct snapshot_plan *plan, struct err_why *why);

#endif
