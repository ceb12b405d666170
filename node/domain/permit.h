/* permit.h - a special-work permit from application to acceptance. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PERMIT_H
#define NODE_DOMAIN_PERMIT_H

#include "node/domain/packs.h"
#include "node/domain/row.h"
#include "node/domain/rule.h"
#include "record.pb-c.h"

/* Devices of two people differ by as much: a bad reading that says to be older
 * than a good one by less than this may be the newer. */
#define PERMIT_SKEW_US INT64_C(300000000)

/* Numbers of equipment, of instruments, that one event may name. */
#define PERMIT_THINGS_MAX 8

/* What a gas test says under a pack. */
enum permit_gas {
	PERMIT_GAS_NONE = 0, /* what the pack asks for is not all there */
	PERMIT_GAS_OK,
	PERMIT_GAS_OVER,
	PERMIT_GAS_UNUSABLE, /* cannot be judged: counts as over */
};

/* The graver of all readings.  Source: GB 30871-2022 5.3.2, 6.4. */
enum permit_gas permit_judge(
    const Pack__Work *w, Record__GasReading *const *gas, size_t n);

/* What the pure machine cannot know; zeroed means nothing is known, and that
 * refuses whatever asks. */
struct permit_world {
	uint64_t signer; /* keyed hash of the name; 0: unsigned or unknown */
	bool place_known; /* a places pack has the permit's area */
	bool on_site; /* the signer stands in it, as far as accuracy goes */
	bool days_known; /* a calendar covers the day */
	unsigned days; /* calendar_at */
	const struct rule *link; /* what is wrong with a linked permit */
	const char *link_id; /* which */
	const Pack__Interference *conflict; /* with an open permit nearby */
	const char *conflict_id;
	const struct rule *chain; /* what is wrong with whom it supersedes, or
	                             who supersedes it */
	const struct rule *number; /* with the number it was given */
	bool alarmed; /* in its area, since its newest sample */
	bool other_booking; /* other work, or another area, was booked */
	uint64_t confirms; /* measures that the signer may confirm, as bits */
	uint64_t coming[ROW_CREW_MAX + 1]; /* whom a CHANGE_* names */
	size_t coming_len;
};

struct permit_event {
	const struct row *row; /* NULL: there is no record yet */
	const Pack__Work *pack; /* of the permit; NULL: none in force */
	const Record__Permit *msg;
	int64_t occurred_us; /* limits are computed on this */
	int64_t came_us; /* nothing that it tells of counts as later */
	enum permit_gas gas; /* of GAS_TEST */
	/* START, RESUME, CHANGE_GUARDIAN: every decision is ALLOW; else about
	 * whom the first is that is not.  NULL: a worker. */
	bool allowed;
	const char *denied;
	const char *denied_name; /* of a thing: which */
	/* GAS_TEST: why its instruments do not show that the air is good;
	 * NULL: they do. */
	const struct rule *instrument;
	bool stale; /* the author had not seen the newest event */
	bool late; /* keep as evidence what cannot apply */
	struct permit_world world;
};

/*
 * permit_check - may this happen?  Pure: no store, no clock.  A table of moves,
 * each with the states that it leads from and the guards that it needs; what a
 * guard asks for (steps, fields, persons, limits) stands in the pack.
 *
 * Stops and measurements always take effect on the safe side: a SUSPEND needs
 * no more than a permit that could run, a gas test is never refused for its
 * result.  An applied GAS_TEST carries the verdict in `rule` (GAS_OK,
 * GAS_OVER_LIMIT, GAS_UNUSABLE, GAS_MISSING, INSTRUMENT_*: a good sample that
 * does not count), which the annex must keep,
 * because permit_fold goes by it.
 *
 * Work that its pack wants booked begins with BOOK.  Out of ACCEPTED leads
 * CLOSE alone, out of any other end nothing.
 *
 * Source: GB 30871-2022 4.6-4.17, 5.1.5, 5.3.1, 5.3.2; AQ 3064.2-2025 5.
 */
struct rule_verdict permit_check(const struct permit_event *e);

/*
 * permit_missing - what stands between a permit and its next step, without what
 * only its signer brings (signature, position, fields of that event).
 *   e->msg   not read; e->occurred_us: now
 * The action that would be next; ACTION_UNSPECIFIED: none, it is over.
 */
Record__Permit__Action permit_missing(
    const struct permit_event *e, struct rule_gaps *out);

/* permit_gaps - all that an event lacks; permit_check says the first of it.
 * Nothing where the state does not allow its move at all. */
void permit_gaps(const struct permit_event *e, struct rule_gaps *out);

/* Does this work need a gas test before it starts? */
bool permit_needs_gas(const Pack__Work *w, const struct row *r);

/* Does a number that an applicant gives fit the pack's form?  One that looks
 * like those of nodes (20261130-ABCDEFGHJK) never does. */
bool permit_number_fits(const char *form, const char *number);

/* What the fold needs of an applied event; hashes are fold_hash. */
struct permit_facts {
	const Record__Permit *msg;
	int64_t occurred_us;
	int64_t
	    counted_us; /* of the annex: it counts as no later; 0: as said */
	const char *code; /* annex code; NULL: none */
	uint64_t signer; /* of the annex; 0: none */
	uint64_t worker;
	uint64_t guardian;
	uint64_t asset;
	uint64_t number;
	uint8_t supersedes[16];
	uint64_t crew[ROW_CREW_MAX];
	size_t crew_len;
	uint8_t links[ROW_LINKS_MAX][16];
	size_t links_len;
};

/* What a permit remembers of who did what is never forgotten: its last places
 * are for what ends it, and where there is no room for one more signature only
 * what stops or measures is taken, without remembering who. */
#define PERMIT_SIGNED_MAX (ROW_STEPS_MAX - 3)
bool permit_has_room(
    const struct row *r, const Record__Permit *m, uint64_t signer);
/* SUSPEND, GAS_TEST: by their names. */
bool permit_is_heard(const char *name);

/* permit_fold - the row after an applied event (first, last, seq, area, type
 * belong to the caller, seq being this event's).  Total: any input gives a
 * row. */
void permit_fold(struct row *r, const struct permit_facts *f);

/* APPROVE, START, RESUME: what must hold by every clock. */
bool permit_lets_go(Record__Permit__Action action);

/* True when this gas test must stop the work that is going on. */
bool permit_must_stop(const struct row *r, const struct permit_event *e);

#endif
