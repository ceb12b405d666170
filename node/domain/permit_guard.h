/* permit_guard.h - what a move of a permit needs, guard by guard. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PERMIT_GUARD_H
#define NODE_DOMAIN_PERMIT_GUARD_H

#include "node/domain/permit.h"

/* In the order of the table in permit.c, each of them adds what is missing.
 * `action` is the move; `signing` is false for a view without an event. */
struct permit_guard {
	const struct permit_event *e;
	Record__Permit__Action action;
	bool signing;
	struct rule_gaps *gaps;
};

/* Adds a rule; the roles that it names are those of the action that mends it.
 * _as: with what is missing in the gap. */
void permit_guard_miss(
    const struct permit_guard *g, enum rule_id id, Record__Permit__Action by);
void permit_guard_miss_as(const struct permit_guard *g, enum rule_id id,
    Record__Permit__Action by, const char *what);
/* The same of a step of the pack: its clause, its roles. */
void permit_guard_miss_step(const struct permit_guard *g, enum rule_id id,
    const Pack__Step *s, const char *what);
/* Limits of the permit's level; NULL: no pack, or it has none. */
const Pack__Level *permit_guard_level(const struct permit_guard *g);
/* Did he do this step or action?  unknown: perhaps; where the list is full, one
 * that it does not have may have been forgotten. */
bool permit_guard_signed(
    const struct row *r, const char *name, uint64_t who, bool *unknown);

/* How many persons did it after this time, or whether this one did (who: 0 for
 * anybody). */
size_t permit_guard_since(
    const struct row *r, const char *name, int64_t since_us, uint64_t who);

void permit_guard_application(const struct permit_guard *g);
void permit_guard_going(const struct permit_guard *g); /* pack, time, gas */
void permit_guard_begun(const struct permit_guard *g); /* the window */
void permit_guard_sample(const struct permit_guard *g); /* 5.3.1c */
void permit_guard_break(const struct permit_guard *g);
void permit_guard_daily(const struct permit_guard *g);
void permit_guard_monitors(const struct permit_guard *g); /* 5.3.1d, 6.5 */
void permit_guard_decision(const struct permit_guard *g);
void permit_guard_signer(const struct permit_guard *g); /* who, where */
void permit_guard_fields(const struct permit_guard *g);
void permit_guard_steps(const struct permit_guard *g);
void permit_guard_step(const struct permit_guard *g); /* of STEP itself */
/* permit_sign.c: has everybody who has to signed this step, every measure?  And
 * is what this event adds to the step its signer's to add? */
/* After a stop, once more? */
bool permit_guard_anew(const struct permit_guard *g, const Pack__Step *s);
void permit_guard_whole(const struct permit_guard *g, const Pack__Step *s);
void permit_guard_part(const struct permit_guard *g, const Pack__Step *s);
void permit_guard_world(const struct permit_guard *g); /* others, days, wind */
void permit_guard_change(const struct permit_guard *g); /* CHANGE_* */
void permit_guard_booking(const struct permit_guard *g); /* BOOK */
void permit_guard_booked(const struct permit_guard *g); /* APPLY after it */
void permit_guard_chain(const struct permit_guard *g); /* supersedes */
void permit_guard_bounds(const struct permit_guard *g); /* facts */
void permit_guard_number(const struct permit_guard *g);
void permit_guard_right(const struct permit_guard *g); /* somebody may */

/* Does the pack say who closes an accepted permit? */
bool permit_guard_archives(const struct permit_event *e);

/* Has somebody done this (a step's or an action's name)?  The newest time;
 * 0: nobody.  persons: how many different, unknown ones not counted. */
int64_t permit_guard_done(
    const struct row *r, const char *name, size_t *persons);

#endif
