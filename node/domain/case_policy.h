/* case_policy.h - what a site's case policy says, and whether it is whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_CASE_POLICY_H
#define NODE_DOMAIN_CASE_POLICY_H

#include "pack.pb-c.h"
#include "proto/err.h"
#include "record.pb-c.h"

#include <stdbool.h>

#define CASE_POLICY_TYPES 32
#define CASE_POLICY_TYPE_MAX 64 /* bytes of a name */
#define CASE_POLICY_STEPS 16 /* of one type */
#define CASE_POLICY_LIMITS 8
#define CASE_POLICY_POINTS 32
#define CASE_POLICY_REPORT "report" /* type of reports in confidence */

/*
 * case_policy_check - every type has what its steps rest on.  Whoever accepts
 * a rectification is somebody else than who did it, and both sign; nobody ends
 * a suggestion or a report without feedback: a policy that does not say so is
 * refused.  ERR_MALFORMED names the field.
 * Source: GB/T 33000-2025 6.3 (timely reply); GB 30871-2022 has none of this.
 */
ERR_CHECKED enum err case_policy_check(
    const Pack__CasePolicy *p, struct err_why *why);

/* NULL: p is NULL or does not know it. */
const Pack__CaseType *case_policy_type(
    const Pack__CasePolicy *p, const char *type);
const Pack__CaseStep *case_policy_step(
    const Pack__CaseType *t, Record__Case__Action action);
const Pack__CaseLimit *case_policy_limit(
    const Pack__CaseType *t, uint32_t level, Record__Case__Way way);
const Pack__PointsRule *case_policy_points(
    const Pack__CasePolicy *p, const char *name);

/*
 * case_policy_after - so many minutes after a time; with a calendar not
 * counting rest days and holidays.  A day that it does not cover counts: a
 * deadline never moves out for want of knowledge.
 */
int64_t case_policy_after(
    int64_t from_us, uint32_t minutes, const Pack__Calendar *rest);
/* The same, backwards: when a warning so long before an end is due. */
int64_t case_policy_before(
    int64_t to_us, uint32_t minutes, const Pack__Calendar *rest);

/* "DONE"; never NULL. */
const char *case_policy_action(Record__Case__Action action);

#endif
