/* permit.h - a special-work permit from application to acceptance. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PERMIT_H
#define NODE_DOMAIN_PERMIT_H

#include "node/domain/packs.h"
#include "node/domain/row.h"
#include "node/domain/rule.h"
#include "record.pb-c.h"

/* What a gas test says under a pack. */
enum permit_gas {
	PERMIT_GAS_NONE = 0, /* no combustible gas among the readings */
	PERMIT_GAS_OK,
	PERMIT_GAS_OVER,
	PERMIT_GAS_UNUSABLE, /* cannot be judged: counts as over */
};

/* The graver of all readings.  Source: GB 30871-2022 5.3.2. */
enum permit_gas permit_judge(
    const Pack__Work *w, Record__GasReading *const *gas, size_t n);

struct permit_event {
	const struct row *row; /* NULL: there is no record yet */
	const Pack__Work *pack; /* of the permit; NULL: none in force */
	const Record__Permit *msg;
	int64_t occurred_us; /* limits are computed on this */
	enum permit_gas gas; /* of GAS_TEST */
	bool allowed; /* START, RESUME: the decision is ALLOW */
	bool stale; /* the author had not seen the newest event */
	bool late; /* keep as evidence what cannot apply */
};

/*
 * permit_check - may this happen?  Pure: no store, no clock.
 *
 * Stops and measurements always take effect on the safe side: a SUSPEND needs
 * no more than a permit that could run, a gas test is never refused for its
 * result.  An applied GAS_TEST carries the verdict in `rule` (GAS_OK,
 * GAS_OVER_LIMIT, GAS_UNUSABLE, GAS_MISSING), which the annex must keep,
 * because permit_fold goes by it.
 *
 * Source: GB 30871-2022 4.6-4.16, 5.1.5, 5.3.1, 5.3.2.
 */
struct rule_verdict permit_check(const struct permit_event *e);

/* What the fold needs of an applied event. */
struct permit_facts {
	const Record__Permit *msg;
	int64_t occurred_us;
	const char *code; /* annex code; NULL: none */
};

/* permit_fold - the row after an applied event (first, last, seq, area, type
 * and hashes belong to the caller).  Total: any input gives a row. */
void permit_fold(struct row *r, const struct permit_facts *f);

/* True when this gas test must stop the work that is going on. */
bool permit_must_stop(const struct row *r, const struct permit_event *e);

#endif
