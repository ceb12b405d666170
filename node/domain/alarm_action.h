/* alarm_action.h - what is to be done about an alarm, and who says so. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_ALARM_ACTION_H
#define NODE_DOMAIN_ALARM_ACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "pack.pb-c.h"
#include "proto/err.h"
#include "record.pb-c.h"

/* Borrowed from the alarm or the policy. */
struct alarm_action {
	Record__Recommended *const *at;
	size_t len;
	bool by_policy; /* not said by the alarm itself */
	bool missing; /* somebody has to act, and nobody says how */
};

/*
 * alarm_action - the alarm's own recommendation; where it has none, and it or
 * its class is actionable, that of the first class of the policy (NULL: none)
 * which holds it.  Pure.
 */
struct alarm_action alarm_action(
    const Pack__AlarmPolicy *p, const Record__Alarm *raised);

/* Classes have names, known levels, and what is actionable has an action.
 * ERR_MALFORMED, ERR_LIMIT. */
ERR_CHECKED enum err alarm_action_check(
    const Pack__AlarmPolicy *p, struct err_why *why);

#endif
