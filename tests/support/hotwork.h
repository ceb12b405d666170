/* hotwork.h - one permit for hot work, led to where it is wanted. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_HOTWORK_H
#define TESTS_SUPPORT_HOTWORK_H

#include "tests/support/cards.h"

#define HOTWORK_AREA "tank-farm-2"
#define HOTWORK_GUARDIAN "g-0003"

struct hotwork {
	struct plant *p;
	struct plant_person applicant, analyst, approver, guardian;
	char permit[TEXT_UUID_CHARS + 1];
	uint32_t seq;
};

/* A plain event of a certificate; release with submit_result_free. */
struct submit_result *hotwork_certificate(
    struct plant *p, char *id, Record__Certificate__Action action);
/* Enrols four persons, one of them a guardian who may guard, and leads a permit
 * of `worker` to IN_PROGRESS; aborts when a step is refused. */
void hotwork_begin(struct hotwork *w, struct plant *p, const char *worker);
/* One signed step; release with submit_result_free. */
struct submit_result *hotwork_step(struct hotwork *w,
    const struct plant_person *who, Record__Permit__Action action);
/* "IN_PROGRESS"; fails the test unless the permit is in it. */
void hotwork_is(struct hotwork *w, const char *state);

#endif
