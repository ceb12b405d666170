/* peers_log.h - what members are told of the own logs, and tell of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PEERS_LOG_H
#define NODE_PEERS_LOG_H

#include "federation/roster.h"
#include "node/site_logs.h"

/* Signed notes by which own logs followed those of our card. */
struct peers_log_list {
	struct buf *note;
	struct bytes *view; /* of the notes */
	size_t len;
};
/* ERR_NOT_FOUND: not a member, or a note is missing.  End with the other. */
ERR_CHECKED enum err peers_log_list(struct peers_log_list *out,
    const struct site *s, const struct site_logs *logs, const struct roster *r,
    struct err_why *why);
void peers_log_clear(struct peers_log_list *l);

#endif
