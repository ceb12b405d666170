/* snapshot_read.h - the snapshots that a log holds. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SNAPSHOT_READ_H
#define NODE_SNAPSHOT_READ_H

#include "node/indicator_read.h"
#include "record.pb-c.h"

#define SNAPSHOT_READ_MAX 120 /* months looked back */

struct snapshot_entry {
	Record__Snapshot *body; /* NULL: says nothing any more */
	char origin[NOTE_NAME_MAX + 1]; /* where it stands */
	uint64_t index;
	uint64_t place;
	int64_t recorded_us;
};

struct snapshot_list {
	struct snapshot_entry at[SNAPSHOT_READ_MAX]; /* newest first */
	size_t len;
};

/* Those recorded since `from_us`, over the generations of a log.  Release with
 * snapshot_list_clear, also on failure.  Short read transactions. */
ERR_CHECKED enum err snapshot_list(struct snapshot_list *out,
    const struct indicator_log *log, int64_t from_us, struct err_why *why);
void snapshot_list_clear(struct snapshot_list *l);

/* The one of a period; NULL: there is none. */
const struct snapshot_entry *snapshot_find(
    const struct snapshot_list *l, const char *period);
/* A value of a period as the snapshots say it last: its own, or as later ones
 * correct it.  *corrected: by a later one. */
const Record__Snapshot__Value *snapshot_value(const struct snapshot_list *l,
    const struct snapshot_entry *of, size_t i, bool *corrected);

#endif
