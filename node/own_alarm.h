/* own_alarm.h - one alarm of the node itself: raised, and returned by it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OWN_ALARM_H
#define NODE_OWN_ALARM_H

#include "proto/text.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct site;

enum own_alarm_state {
	OWN_ALARM_NONE,
	OWN_ALARM_UNDER_WAY, /* the committer has it */
	OWN_ALARM_RAISED,
};

/* All functions: one thread.  Lives until the site is closed. */
struct own_alarm {
	struct site *site;
	const char *source;
	const char *asset; /* what it is about; NULL: the source says it */
	uint32_t level; /* 1 to 4 */
	_Atomic int state;
	char id[TEXT_UUID_CHARS + 1]; /* while it is raised */
	bool said; /* that it could not be raised the last time */
};

/* What was measured, where something was. */
struct own_alarm_value {
	double value;
	double limit;
	const char *unit;
};

/* Kind system, area node; v: or NULL.  What cannot be done now is done when it
 * is asked for again; both are asked for as often as one likes. */
void own_alarm_raise(struct own_alarm *a, const char *title, const char *detail,
    const struct own_alarm_value *v);
void own_alarm_clear(struct own_alarm *a);
/* Somebody may have closed it by hand: then it can be raised anew. */
void own_alarm_check(struct own_alarm *a);

/* What these raise has ids that nobody else can give (submit_own_is); only such
 * count here, whatever others call their sources.
 *
 * After a start, before the first of these is raised: calls `of` for the asset
 * (NULL: it has none) of each alarm of that source that stands open; what it
 * gives is raised already, NULL: none.  false: cannot be read now, ask again.
 */
bool own_alarm_find(struct site *site, const char *source,
    struct own_alarm *(*of)(void *arg, const char *asset), void *arg);

#endif
