/* query_action.h - what is to be done about an alarm, as people see it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_ACTION_H
#define NODE_QUERY_ACTION_H

#include "api.pb-c.h"
#include "pack.pb-c.h"

/* Adds to the state of a raised alarm what the policy says where the alarm
 * itself does not; once. */
void query_action(Api__AlarmState *out, const Pack__AlarmPolicy *p,
    const Record__Alarm *raised);

/* An owned copy. */
Record__Recommended *query_action_copy(const Record__Recommended *r);

#endif
