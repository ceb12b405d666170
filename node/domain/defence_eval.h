/* defence_eval.h - which rules of joint defence fire, entry by entry. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_DEFENCE_EVAL_H
#define NODE_DOMAIN_DEFENCE_EVAL_H

#include "node/domain/defence_rule.h"

/*
 * A pure function of the rules and of a log's entries in their order: fed with
 * the past it says how often a rule would have fired, fed with what is new it
 * says what fires, and both say the same of the same entries.  It only ever
 * names a rule that fired; there is nothing else that could come of one.
 *
 * Bounds of each rule: areas it keeps at a time, steps of one entry (permits
 * and areas looked at), firings of one hour.  A rule that goes over one of them
 * is stopped; the others go on.  Memory: some 1.1 KiB of an area and rule.
 */
#define DEFENCE_EVAL_RULES 32
#define DEFENCE_EVAL_AREA 257 /* with NUL: the longest name of one */
#define DEFENCE_EVAL_AREAS 512
#define DEFENCE_EVAL_PERMITS 4096 /* open at a time, of all rules */
#define DEFENCE_EVAL_STEPS 16384
#define DEFENCE_EVAL_FIRES 60
/* Told later than this it is history, and counts by its own time. */
#define DEFENCE_EVAL_LATE_US (INT64_C(3600) * 1000000)

enum defence_what {
	DEFENCE_OTHER, /* none of these: time passes */
	DEFENCE_ALARM, /* raised */
	DEFENCE_PERMIT,
	DEFENCE_CERTIFICATE, /* suspended or revoked */
	DEFENCE_FIRED, /* an alarm that a rule raised */
};

/* One entry, as far as rules can see it.  Strings borrowed for the call. */
struct defence_event {
	enum defence_what what;
	uint64_t place; /* ascending */
	int64_t at_us; /* recorded */
	int64_t said_us; /* ALARM: when it happened, says its source */
	const char *area; /* NULL: none */
	const char *kind; /* ALARM: its kind; PERMIT: work type; CERTIFICATE:
	                     class */
	const char *code; /* ALARM */
	unsigned level; /* ALARM: 1 .. 3; PERMIT: record.Permit.Level */
	unsigned wind; /* Beaufort; 0: not told */
	bool exercise;
	uint8_t id[16]; /* PERMIT: its record */
	Record__Permit__Action action; /* PERMIT: what was done and counts */
	int64_t until_us; /* PERMIT: planned end; 0: not told */
	const char *rule; /* FIRED: "id@version" */
};

struct defence_fire {
	const struct defence_rule *rule;
	uint64_t place; /* of the entry that made it fire */
	int64_t at_us; /* when that was recorded */
	const char *area; /* where; NULL: unknown; until the next entry */
};

enum defence_over {
	DEFENCE_WITHIN,
	DEFENCE_OVER_AREAS,
	DEFENCE_OVER_PERMITS,
	DEFENCE_OVER_STEPS,
	DEFENCE_OVER_FIRES,
};

struct defence_eval;

/* rules: borrowed, up to DEFENCE_EVAL_RULES; more are left out. */
struct defence_eval *defence_eval_new(
    const struct defence_rule *const *rules, size_t len);
void defence_eval_free(struct defence_eval *d); /* NULL allowed */

/* From `place` on rules fire; what is fed before only fills their windows, and
 * what fired of it is told by FIRED alone. */
void defence_eval_from(struct defence_eval *d, uint64_t place);
/* The i-th rule was not in force before. */
void defence_eval_since(struct defence_eval *d, size_t i, int64_t at_us);

/* The next entry.  Returns how many fired. */
size_t defence_eval_feed(struct defence_eval *d, const struct defence_event *e,
    struct defence_fire out[static DEFENCE_EVAL_RULES]);

/* Is the i-th rule stopped, and by which bound?  Why, in English. */
enum defence_over defence_eval_over(const struct defence_eval *d, size_t i);
const char *defence_eval_why(enum defence_over over, bool zh);
/* Steps of all rules so far: the work that was done. */
uint64_t defence_eval_steps(const struct defence_eval *d);

/* How far back entries matter to these rules: windows, quiet and lateness. */
int64_t defence_eval_reach_us(
    const struct defence_rule *const *rules, size_t len);

#endif
