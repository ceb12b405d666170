/* packs_force.h - which version of a pack is in force when. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PACKS_FORCE_H
#define NODE_DOMAIN_PACKS_FORCE_H

#include "node/domain/alarm_kpi.h"
#include "pack.pb-c.h"

struct packs;

/*
 * In force is what was activated last by the order of entries, not by the
 * clock's word; a date counts from when the ledger's time has come to it, also
 * if that goes back.  packs_X: now, whatever `now_us` is beside the entries'
 * times.  packs_X_then: as it was known at a past moment.
 */
bool packs_in_force(const struct packs *p, size_t i, int64_t now_us);
bool packs_in_force_then(const struct packs *p, size_t i, int64_t at_us);

/* The version of a work type that is in force; NULL: none.  One on standby
 * comes into force by its activation; so does a file, once the ledger names any
 * version of its kind. */
const Pack__Work *packs_work(
    const struct packs *p, const char *work_type, int64_t now_us);

/* The policy for releasing intelligence; NULL: none, nothing may leave. */
const Pack__Release *packs_release(const struct packs *p, int64_t now_us);
/* What is known of the members; NULL: nothing. */
const Pack__Profiles *packs_profiles(const struct packs *p, int64_t now_us);
/* Days, places and alarm codes in force; NULL: none. */
const Pack__Calendar *packs_calendar(const struct packs *p, int64_t now_us);
const Pack__Calendar *packs_calendar_then(const struct packs *p, int64_t at_us);
const Pack__Places *packs_places(const struct packs *p, int64_t now_us);
const Pack__Places *packs_places_then(const struct packs *p, int64_t at_us);
const Pack__Codes *packs_codes(const struct packs *p, int64_t now_us);

/* The alarm and case policies in force; NULL: none. */
const Pack__AlarmPolicy *packs_alarm(const struct packs *p, int64_t now_us);
const Pack__AlarmPolicy *packs_alarm_then(const struct packs *p, int64_t at_us);
/* How alarms are counted: each limit of the newest policy that states it, at
 * last the standard's; what is looser hands none on.  False: none in force. */
bool packs_alarm_limits(
    const struct packs *p, int64_t now_us, struct alarm_kpi_limits *out);
bool packs_alarm_limits_then(
    const struct packs *p, int64_t at_us, struct alarm_kpi_limits *out);
const Pack__CasePolicy *packs_cases(const struct packs *p, int64_t now_us);
const Pack__CasePolicy *packs_cases_then(const struct packs *p, int64_t at_us);
const Pack__Accidents *packs_accidents(const struct packs *p, int64_t now_us);
const Pack__Accidents *packs_accidents_then(
    const struct packs *p, int64_t at_us);

/* How long records are kept; NULL: none, nothing ends. */
const Pack__Retention *packs_retention(const struct packs *p, int64_t now_us);

/* Certificate classes and who needs which; NULL: none, nobody may work. */
const Pack__Credentials *packs_credentials(
    const struct packs *p, int64_t now_us);
const Pack__Credentials *packs_credentials_then(
    const struct packs *p, int64_t at_us);

#endif
