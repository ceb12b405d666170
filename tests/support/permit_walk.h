/* permit_walk.h - a permit on its way, as the node would see it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PERMIT_WALK_H
#define TESTS_SUPPORT_PERMIT_WALK_H

#include "node/domain/permit.h"
#include "tests/support/permit_form.h"

#define WALK_MIN INT64_C(60000000)
#define WALK_T0 INT64_C(1795315800000000) /* 10:50 in China */

/* Eight work types, each in all its versions; from WALK_PLAIN on they are
 * booked and archived (pack_text_booked). */
#define WALK_TYPES 33
#define WALK_PLAIN 17
extern const char *const walk_types[WALK_TYPES];
struct packs *walk_packs(void); /* with all of them; packs_free */

/* People, by keyed hashes. */
enum who {
	NOBODY = 0,
	WORKER = 0x11,
	GUARDIAN = 0x22,
	OTHER = 0x33,
	CHIEF = 0x44,
};

struct walk {
	uint64_t random;
	const Pack__Work *w;
	struct row row;
	int64_t now;
	bool deep; /* one that says what it does */
};

uint64_t walk_draw(struct walk *k, uint64_t n);
/* What the node would find out of an event, then row and fold as it does. */
struct rule_verdict walk_try(
    struct walk *k, struct permit_event *e, uint64_t signer);
/* Nothing stands against it. */
extern const struct permit_world walk_calm;
/* Level, window and conditions of an application. */
void walk_plan(
    struct permit_form *f, struct walk *k, Record__Permit__Level level);
/* Applies, or books for today where the pack wants that first; it must do. */
void walk_apply(struct walk *k, Record__Permit__Level level);

#endif
