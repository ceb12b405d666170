/* depot_unproved.h - checkpoints not shown yet to be continued. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_DEPOT_UNPROVED_H
#define FEDERATION_DEPOT_UNPROVED_H

#include "federation/depot_state.h"

/* Signed checkpoints of a log that the owner's newest one
 * must be shown to continue: what the replica rests on and what came with
 * entries, when these do not follow each other; a smaller one that somebody
 * else acknowledged of a log whose entries are not here.  In memory only: each
 * comes again from where it came. */
void depot_unproved_entries(
    struct depot *d, struct depot_place *p, const struct log_extension *x);
/* Relayed entries reach what its owner had us acknowledge: is it the same? */
void depot_unproved_grown(struct depot *d, struct depot_place *p);
void depot_unproved_sight(struct depot *d, struct depot_place *p,
    struct bytes note, const struct note_checkpoint *head);
/* Judges those that a checkpoint with a proof speaks of.  ERR_OK: none of them
 * excludes it; else as cosign_continues. */
ERR_CHECKED enum err depot_unproved_judge(struct depot *d,
    struct depot_place *p, const struct cosign_request *r,
    struct cosign_answer *out, struct err_why *why);
void depot_unproved_clear(struct depot *d, struct depot_place *p);
bool depot_unproved(void *arg, const char *origin, uint64_t *size);

#endif
