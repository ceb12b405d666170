/* backup_place.h - may a backup of this node go to this place? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_BACKUP_PLACE_H
#define NODE_BACKUP_PLACE_H

#include "node/backup.h"
#include "node/backup_keys.h"

/*
 * Source: docs/decisions/0017.  Nothing here is kept; may be called anywhere.
 *
 * Whoever gets hold of the backup must not have its keys with it.  p->to is
 * there; p->keydir may not be yet.  ERR_REFUSED.
 */
ERR_CHECKED enum err backup_place_apart(
    const struct backup_plan *p, struct err_why *why);
/*
 * Is what is there of this node?  Else nothing goes on from it, which would
 * sign it, or takes its place.  ERR_CONFLICT of another node, ERR_UNVERIFIED
 * signed by another key.
 */
ERR_CHECKED enum err backup_place_owner(const struct backup_plan *p,
    const struct backup_identity *id, const Backup__Manifest *m,
    struct err_why *why);
/*
 * A new base takes the place of `was` (NULL: of nothing): does it hold all that
 * was there?  What this node lost may be nowhere else.  ERR_CONFLICT.
 */
ERR_CHECKED enum err backup_place_ahead(const Backup__Manifest *was,
    const Backup__Manifest *now, struct err_why *why);

#endif
