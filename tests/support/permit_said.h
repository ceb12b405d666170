/* permit_said.h - one event of a permit after another, each as it should be. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PERMIT_SAID_H
#define TESTS_SUPPORT_PERMIT_SAID_H

#include "tests/support/permit_walk.h"

/* One event; how it differs from a good one is the caller's, between begin and
 * ends.  Points into itself: not to be copied. */
struct said {
	struct permit_form f;
	struct permit_event e;
	char step[40];
	Record__GasReading gas;
	Record__GasReading *list[1];
};

void said_begin(struct said *s, struct walk *k, Record__Permit__Action action);
/* The code of its refusal; NULL: it applies. */
void said_ends(struct said *s, struct walk *k, uint64_t who, const char *code);
void said_goes(struct walk *k, Record__Permit__Action action, uint64_t who);
void said_stops(struct walk *k, Record__Permit__Action action, uint64_t who,
    const char *code);
void said_sample(struct walk *k, int64_t at_us); /* a good one */
/* Every step that this action asks for. */
void said_steps(struct walk *k, Record__Permit__Action before);

/* Applied for; approved with a sample of now; started. */
struct walk said_permit(const struct packs *packs, const char *version,
    Record__Permit__Level level);
struct walk said_approved(const struct packs *packs, const char *version,
    Record__Permit__Level level);
struct walk said_started(const struct packs *packs, const char *version,
    Record__Permit__Level level);

#endif
