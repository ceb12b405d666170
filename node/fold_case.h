/* fold_case.h - tables of cases, checks and points. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_CASE_H
#define NODE_FOLD_CASE_H

#include "node/fold_kind.h"

/* One event of a CASE, a CHECKLIST, a POINTS: as fold_kind_apply.  Deadlines
 * are those that the node wrote beside the event; no policy is asked, so
 * replicas have the same rows. */
ERR_CHECKED enum err fold_case_apply(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);
ERR_CHECKED enum err fold_case_check(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);
ERR_CHECKED enum err fold_case_points(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);

#endif
