/* statuslist.h - the published status list of this node's credentials. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_STATUSLIST_H
#define NODE_STATUSLIST_H

#include "node/ops.h"

/*
 * The token is made when somebody asks, from one row a credential, and kept
 * until the alliance log grows, a term ends, or it is a minute old; never in a
 * commit.  Memory: the list, 2 bits an entry, and the token.
 */
struct statuslist;
struct statuslist *statuslist_new(void);
void statuslist_free(struct statuslist *s);
/* Rows and events read for lists of the past, since the start.  Any thread. */
uint64_t statuslist_read(const struct statuslist *s);

/* GET /statuslists/{n}.  503 while the node may not sign or its clock is in
 * doubt.  ?time=: the list as it was at that second (status_past.h), iat and
 * exp around it alone; 404: what the log cannot answer.  Such a list is kept
 * (status_kept.h), one is made at a time, and in a minute no more is read for
 * them than STATUS_PAST_EVENTS beyond a list that was begun: 503 above. */
enum err statuslist_get(struct ops_call *call, struct err_why *why);

/* A random index that no credential of this node has.  Inside a command.
 * ERR_LIMIT: the list is full. */
struct commit_ctx;
ERR_CHECKED enum err statuslist_index(
    struct commit_ctx *ctx, uint32_t *out, struct err_why *why);

#endif
