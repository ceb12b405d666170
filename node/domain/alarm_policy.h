/* alarm_policy.h - what a site's alarm policy says, and whether it is whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_ALARM_POLICY_H
#define NODE_DOMAIN_ALARM_POLICY_H

#include "pack.pb-c.h"
#include "proto/err.h"
#include "record.pb-c.h"

#define ALARM_POLICY_LEVELS 3
#define ALARM_POLICY_STEPS 16 /* of one chain */
#define ALARM_POLICY_TARGETS 8 /* of one step */

/* alarm_policy_check - every limit is there and makes sense.  ERR_MALFORMED
 * names the field. */
ERR_CHECKED enum err alarm_policy_check(
    const Pack__AlarmPolicy *p, struct err_why *why);

/* What holds for a level; NULL: p is NULL, or the level is none of 1 to 3. */
const Pack__AlarmLevel *alarm_policy_level(
    const Pack__AlarmPolicy *p, uint32_t level);
/* Who may do this; NULL: the policy does not say. */
const Pack__AlarmRight *alarm_policy_right(
    const Pack__AlarmPolicy *p, Record__Alarm__Action action);

#endif
