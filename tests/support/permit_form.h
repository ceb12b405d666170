/* permit_form.h - the form of any special work, filled in. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PERMIT_FORM_H
#define TESTS_SUPPORT_PERMIT_FORM_H

#include "node/domain/packs.h"
#include "record.pb-c.h"

/* Points into itself: not to be copied. */
struct permit_form {
	Record__Permit m;
	char step[40];
	Record__HotForm hot;
	Record__ConfinedForm confined;
	Record__BlindForm blind;
	Record__HeightForm height;
	Record__LiftForm lift;
	Record__PowerForm power;
	Record__EarthForm earth;
	Record__RoadForm road;
	Record__Weather weather;
	Record__MeasureCheck check[32];
	Record__MeasureCheck *checks[32];
	char *one[1];
};

/* Everything that any event of this work could ask for, all of it good. */
void permit_form_fill(
    struct permit_form *f, const Pack__Work *w, Record__Permit__Action action);
/* A height or mass of this level, which is what is applied for. */
void permit_form_level(struct permit_form *f, Record__Permit__Level level);

/* A step by its name; only the step of measures names them. */
void permit_form_step(
    struct permit_form *f, const Pack__Work *w, const char *name);

#endif
