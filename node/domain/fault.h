/* fault.h - the same fault of an asset, again and again. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_FAULT_H
#define NODE_DOMAIN_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "pack.pb-c.h"
#include "proto/err.h"
#include "record.pb-c.h"

#define FAULT_TIMES_MAX 16
#define FAULT_RULES_MAX 16

/* Alarms of one asset with one code, under one rule, oldest first. */
struct fault_count {
	struct fault_seen {
		uint8_t id[16]; /* of the alarm */
		int64_t at_us;
	} at[FAULT_TIMES_MAX];
	size_t len;
	int64_t after_us; /* what was before was answered by a work order */
};

/* Its code: std_code, else tag, else kind; NULL: no asset is named, or it is of
 * an exercise. */
const char *fault_code(const Record__Alarm *raised);
/* Does the rule count alarms of this kind? */
bool fault_counts(const Pack__FaultRule *r, const char *kind);

/*
 * fault_take - count one alarm, whatever the order in which they come.  True:
 * the rule is broken, by the newest that it asks for (3 where it does not say);
 * after the work order c is to be emptied.
 */
bool fault_take(struct fault_count *c, const Pack__FaultRule *r,
    const struct fault_seen *alarm);

/* The work order's record: the same breach has the same id, always. */
void fault_id(uint8_t out[static 16], const Pack__FaultRule *r,
    const struct fault_count *c);

/* Names that differ, 2 to FAULT_TIMES_MAX times, a window.  ERR_MALFORMED,
 * ERR_LIMIT. */
ERR_CHECKED enum err fault_check(
    const Pack__AlarmPolicy *p, struct err_why *why);

#endif
