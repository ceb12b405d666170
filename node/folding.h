/* folding.h - tables of another version, folded while alarms are taken. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLDING_H
#define NODE_FOLDING_H

#include "proto/err.h"

#include <stdbool.h>

/*
 * After an upgrade a start may have to fold all entries once (site_fold.h),
 * for minutes when they are millions.  Meanwhile nothing is signed and no table
 * is read: alarms are kept (spool.h) and answered 202, what is not marked
 * OPS_FOLDING is answered 503.  Afterwards the start goes on as if it began,
 * and heads.h enters what was kept.
 */
struct folding;
struct service;

/* Before the doors open.  The site was opened early and s->folding is set. */
ERR_CHECKED enum err folding_start(
    struct folding **out, struct service *s, struct err_why *why);
bool folding_done(const struct folding *f);
/* Waits for the end and frees it; ERR_OK: the tables are of this version, and
 * s->folding may be cleared as soon as heads.h asks. */
ERR_CHECKED enum err folding_end(struct folding *f, struct err_why *why);

#endif
