/* outbox_list.h - notices that are due or were given up, as people see them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OUTBOX_LIST_H
#define NODE_OUTBOX_LIST_H

#include "node/outbox.h"
#include "node/outbox_state.h"
#include "node/query.h"

struct outbox_query {
	enum fold_notice_state state; /* 0: both */
	const char *target; /* NULL: all */
	const char *cursor; /* next_cursor of the page before, or NULL */
	size_t limit;
	const struct query_scope *scope; /* its areas */
};

/* Oldest first; release with api__outbox__free_unpacked.  Read-only, any
 * thread.  ERR_MALFORMED: cursor. */
ERR_CHECKED enum err outbox_list(struct outbox *o, const struct outbox_query *q,
    Api__Outbox **out, struct err_why *why);

/* The one with this id, or (id NULL) all that were given up.  ERR_NOT_FOUND:
 * none has that id. */
struct outbox_found {
	struct outbox_due *at;
	size_t most; /* room there */
	size_t len;
	size_t waiting; /* others, for their turn */
};
ERR_CHECKED enum err outbox_find(struct outbox *o, const char *id,
    struct outbox_found *out, struct err_why *why);

#endif
