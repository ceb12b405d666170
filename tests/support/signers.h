/* signers.h - people of a shift who sign the steps of one permit. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_SIGNERS_H
#define TESTS_SUPPORT_SIGNERS_H

#include "tests/support/cards.h"

#define SIGNERS_WORKER "w-0017"
#define SIGNERS_GUARDIAN "g-0003"

struct signers {
	struct plant p;
	struct plant_person li, wang, zhao, qian;
	char permit[TEXT_UUID_CHARS + 1]; /* "": not applied for yet */
	uint32_t seq;
};

/* A step signed with a time written back; `code` NULL: it must apply, else it
 * must be refused, or kept without effect, by this rule. */
void signers_step(struct signers *c, const struct plant_person *who,
    Record__Permit *m, int64_t back_us, const char *code);
/* The same with nothing but an action. */
void signers_go(struct signers *c, const struct plant_person *who,
    Record__Permit__Action action, int64_t back_us, const char *code);
/* Wang tells now of a good sample that was taken then, perhaps by a clock that
 * runs ahead. */
void signers_gas(struct signers *c, int64_t sampled_us);
/* All certificates that SIGNERS_WORKER and SIGNERS_GUARDIAN need to weld. */
void signers_certify(struct signers *c);

#endif
