/* incident.h - alarms of one place and time, and who must hear of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_INCIDENT_H
#define NODE_DOMAIN_INCIDENT_H

#include "node/domain/row.h"
#include "node/domain/rule.h"
#include "pack.pb-c.h"
#include "record.pb-c.h"

/* Alarms that one incident lists; those beyond wait until it is acknowledged,
 * then they open the next one. */
#define INCIDENT_ALARMS_MAX 256

/* Does an alarm of this level call for somebody by itself?  Without a policy,
 * or of a level that it does not know: yes. */
bool incident_calls(const Pack__AlarmPolicy *p, uint32_t level);

/* Nobody has acknowledged: neither it nor every alarm of it that calls. */
bool incident_called(const struct row *incident);

/*
 * incident_takes - does an alarm of the incident's area belong to it?  It does
 * when it is closer to the others than the policy's window.
 */
bool incident_takes(const struct row *incident, const struct row *alarm,
    const Pack__AlarmPolicy *p);

/* The step of its chain that is due; NULL: none, or somebody acknowledged.
 * waited_us: since then by a clock that cannot be set; 0: not known. */
struct incident_step {
	uint32_t number; /* from 1 */
	const Pack__AlarmStep *step;
	int64_t due_us;
};
bool incident_due(struct incident_step *out, const struct row *incident,
    const Pack__AlarmPolicy *p, int64_t now_us, int64_t waited_us);

/* All its alarms are closed and none can join it any more. */
bool incident_over(
    const struct row *incident, const Pack__AlarmPolicy *p, int64_t now_us);

/* An event against the state before it; row NULL: there is no record yet. */
struct incident_event {
	const struct row *row;
	const Record__Incident *msg;
	int64_t now_us;
	bool late; /* old news: keep it if it fails */
};

/*
 * incident_check - may this happen?  Pure.  One ACK while it is open; ESCALATE
 * to the next step only, while nobody has acknowledged; CLOSE only when no
 * alarm of it is open; nothing after CLOSE.
 */
struct rule_verdict incident_check(const struct incident_event *e);

/* The row after an applied event, but for the counters of its alarms.  An
 * acknowledgement covers what was known: an alarm that joins later, or a graver
 * one, starts the chain again. */
void incident_fold(
    struct row *r, const Record__Incident *m, int64_t occurred_us);

/* What an alarm counts for in its incident. */
struct incident_share {
	uint32_t alive;
	uint32_t unseen;
};
struct incident_share incident_share(const struct row *alarm);

#endif
