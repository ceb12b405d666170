/* checklist.h - what is to be checked, how often, and is it missing? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_CHECKLIST_H
#define NODE_DOMAIN_CHECKLIST_H

#include "node/domain/row.h"
#include "node/domain/rule.h"
#include "pack.pb-c.h"
#include "proto/digest.h"
#include "record.pb-c.h"

/* The record of an item: from its tier and its author's number, under the
 * index key, so that whoever reads a leaf learns neither. */
void checklist_id(uint8_t out[static 16], const struct digest_hmac *mac,
    Record__Checklist__Tier tier, const char *id);

/* When a task is due: periods follow one another without gaps. */
struct checklist_schedule {
	int64_t from_us;
	int64_t cycle; /* microseconds; negative: months; 0: it has none */
	int64_t offset_us; /* where its days begin */
	bool work_days;
};
struct checklist_schedule checklist_schedule(const Record__Checklist *m);
/* Beginning and end of the period that holds a time, which is the first one
 * before it began.  The schedule has a cycle. */
int64_t checklist_start(const struct checklist_schedule *s, int64_t at_us);
int64_t checklist_end(const struct checklist_schedule *s, int64_t at_us);

struct checklist_event {
	const struct row *row; /* NULL: there is no record yet */
	const struct row *parent; /* NULL: none is there */
	const Record__Checklist *msg;
	const Pack__Calendar *calendar; /* NULL: none is in force */
	int64_t occurred_us;
	int64_t now_us;
};

/*
 * checklist_check - may this be?  Pure.  A unit stands alone, everything else
 * under one of the tier above; a task may stand alone as the duty of a post.
 * Submitted are tasks, while they are not retired.
 * Source: MEM dual-prevention tables risk_unit, risk_events, control_measures,
 * check_mission, check_record.
 */
struct rule_verdict checklist_check(const struct checklist_event *e);

/*
 * checklist_due - the end of the first period, after this event, in which no
 * check is known; 0: it has no periods.  With work_days a period whose first
 * day is a rest day or holiday by the calendar is passed over; a day that it
 * does not cover is not.
 */
int64_t checklist_due(const struct checklist_event *e);

struct checklist_facts {
	const Record__Checklist *msg;
	int64_t occurred_us;
	int64_t due_us; /* of the annex */
	bool has_due;
};
/* The row after an applied event (as case_fold).  Total. */
void checklist_fold(struct row *r, const struct checklist_facts *f);

#endif
