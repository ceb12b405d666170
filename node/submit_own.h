/* submit_own.h - alarms of the node's own, each said once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_OWN_H
#define NODE_SUBMIT_OWN_H

#include "node/submit_op.h"

struct submit_own {
	const char *source; /* a name of the node's: "permit-rules" */
	const char *kind; /* one that stops no work */
	const char *title;
	const char *detail;
	const char *code; /* AQ 3064.2 A.4, or local */
	const char *permit_id; /* NULL: it is about none */
	const char *about; /* any other record's id; NULL likewise */
	uint32_t level;
	uint64_t area; /* keyed hash */
	int64_t at_us;
	bool exercise;
	bool lasts; /* as long as what it says is so; then it returns */
};

/* The id that follows from a text: the same finding has the same alarm, also
 * after a restart. */
void submit_own_id(uint8_t out[static 16], const char *text);
/* An id that no device, person or program can give to a record of this node
 * (submit_post_takes_own). */
bool submit_own_is(const uint8_t id[static 16]);

/* As submit_alarms, with such an id: kept and answered like any alarm while
 * the log may not be signed. */
void submit_own_alarm(const struct submit_to *to, const uint8_t id[static 16],
    const Record__Alarm *a);

/* Raises it, unless it was raised before. */
ERR_CHECKED enum err submit_own(struct commit_ctx *ctx,
    const uint8_t id[static 16], const struct submit_own *a,
    struct err_why *why);

/* What it said is over: as if its source had said so (RETURN), once. */
ERR_CHECKED enum err submit_own_return(struct commit_ctx *ctx,
    const uint8_t id[static 16], const struct row *r, struct err_why *why);

/* The name of an area, to be freed; NULL where none is known. */
ERR_CHECKED enum err submit_own_known_area(
    struct commit_ctx *ctx, uint64_t area, char **out, struct err_why *why);
/* The same; "node" where none is known. */
ERR_CHECKED enum err submit_own_area(
    struct commit_ctx *ctx, uint64_t area, char **out, struct err_why *why);

#endif
