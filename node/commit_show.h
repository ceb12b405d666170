/* commit_show.h - what live streams are told after a commit. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_COMMIT_SHOW_H
#define NODE_COMMIT_SHOW_H

#include "node/commit.h"
#include "node/site.h"

/* Events of one batch; free().  NULL allowed below: nobody listens. */
struct commit_shown *commit_show_new(void);
void commit_show_none(struct commit_shown *list);
/* Remembers an entry just folded (ctx->fold.row is its row). */
void commit_show(struct commit_ctx *ctx, const struct commit_event *ev,
    const struct log_place *place, const char *origin);
/* After the commit, while the commands still hold their bodies. */
void commit_show_all(struct commit_shown *list, const struct site_hooks *hooks);

#endif
