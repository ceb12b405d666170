/* case.h - hazards, reports, suggestions: from report to an accepted end. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_CASE_H
#define NODE_DOMAIN_CASE_H

#include "node/domain/case_policy.h"
#include "node/domain/row.h"
#include "node/domain/rule.h"

/* An event against the state before it. */
struct case_event {
	const struct row *row; /* NULL: there is no record yet */
	const Pack__CaseType *type; /* NULL: the policy does not know it */
	const Record__Case *msg;
	const Pack__Calendar *calendar; /* NULL: none is in force */
	int64_t now_us; /* recorded: deadlines count on this */
	uint64_t signer; /* keyed hash of the name; 0: unsigned or unknown */
	bool stale; /* the author had not seen the newest event */
	bool late; /* keep as evidence what cannot apply */
};

/*
 * case_check - may this happen?  Pure: no store, no clock.  A table of moves,
 * each with the states that it leads from, and guards; what a guard asks for
 * (roles, fields, other persons, limits) stands in the type's steps.  A type
 * that no policy knows is reported and closed, by anybody.
 *
 * A figure that somebody states (record.proto, Stated) is whole, named and
 * signed, and over with that: it stands as it was said.
 *
 * Nothing leaves CLOSED or REJECTED.  What is rectified is closed only from
 * TO_ACCEPT; what wants feedback ends only with it.
 */
struct rule_verdict case_check(const struct case_event *e);

/* By whom the step is done: the policy's row for it, or NULL, nobody: *out says
 * why. */
const Pack__CaseStep *case_right(
    const struct case_event *e, struct rule_gap *out);

/*
 * case_missing - the step that would be next, and what it asks for: the
 * signature of whom, which fields.  ACTION_UNSPECIFIED: it is over.
 *   e->msg   not read
 */
Record__Case__Action case_missing(
    const struct case_event *e, struct rule_gaps *out);

/* Until when what comes after this (applied) event is due; 0: nothing is. */
int64_t case_due(const struct case_event *e);

/* How far a case is into its deadline: what the node says of it, once each. */
enum case_stage {
	CASE_STAGE_NONE = 0,
	CASE_STAGE_WARN,
	CASE_STAGE_BREACH,
};
enum case_stage case_stage(const Pack__CaseType *t, const struct row *r,
    int64_t now_us, const Pack__Calendar *calendar);

/* What the fold needs of an applied event; hashes are fold_hash. */
struct case_facts {
	const Record__Case *msg;
	int64_t recorded_us;
	int64_t due_us; /* of the annex */
	bool has_due;
	uint64_t signer; /* of the annex; 0: none */
	uint64_t liable; /* 0: not named */
};
/* The row after an applied event (first, last, seq, area, type, subject, other
 * belong to the caller, seq being this event's).  Total. */
void case_fold(struct row *r, const struct case_facts *f);

/* When the step was done last, by the record; 0: never. */
int64_t case_done(const struct row *r, Record__Case__Action action);

#endif
