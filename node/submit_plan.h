/* submit_plan.h - what one command ends, found before it.  Only for terms. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_PLAN_H
#define NODE_SUBMIT_PLAN_H

#include "node/retain_look.h"

#define SUBMIT_PLAN_RECORDS 128 /* of one command, which runs alone */
#define SUBMIT_PLAN_ENTRIES 512 /* of them; the rest with the next */
#define SUBMIT_PLAN_FOLD 4096 /* events of one, folded with each part of it */
#define SUBMIT_PLAN_NAMING 1024 /* records that name them, likewise */

struct submit_expiry;

/*
 * Alarms wait while a command runs: events are opened before it, in a read
 * transaction.  The command goes by what was found where it is told by the same
 * number of events, no hold, release, request or erasure came since, and the
 * same records name it, as long as they were.
 */
struct submit_plan {
	uint16_t slot; /* of all entries */
	struct retain_said said;
	struct {
		uint8_t id[16];
		uint32_t seq;
		struct hash naming; /* retain_naming */
		bool more; /* the next command ends more of it */
		bool ends; /* set by the check */
	} record[SUBMIT_PLAN_RECORDS];
	size_t records;
	struct {
		uint64_t place;
		uint64_t index;
		size_t record; /* of the above */
	} at[SUBMIT_PLAN_ENTRIES]; /* records in their order, oldest first */
	size_t len;
	const Pack__RetentionClass *class; /* set by the check */
	bool cut; /* there was more than one command takes */
};

/* Any thread.  Release with free; or submit_expiry takes it over. */
ERR_CHECKED enum err submit_plan_make(struct submit_plan **out, struct site *s,
    const struct submit_expiry *x, struct err_why *why);
/* In the command: which of its entries still end, by confirmed time, ascending;
 * and the class of all. */
ERR_CHECKED enum err submit_plan_check(struct submit_plan *p,
    const struct submit_expiry *x, const struct retain_ask *ask,
    uint64_t at[static SUBMIT_PLAN_ENTRIES], size_t *len, struct err_why *why);

/* Is there something of this entry that this would end? */
bool submit_plan_left(
    struct fold *f, uint16_t line, uint64_t place, bool media);

#endif
