/* submit_snapshot.h - the entry of a month's figures. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_SNAPSHOT_H
#define NODE_SUBMIT_SNAPSHOT_H

#include "node/submit.h"

/*
 * submit_snapshot - append it, if the newest snapshot of the log is still the
 * one that it was made after.
 *   last   entries of the kind that the newest generation had then
 * ERR_CONFLICT: somebody was quicker.
 */
void submit_snapshot(
    const struct submit_to *to, const Record__Snapshot *m, uint64_t last);

#endif
