/* pack_text.h - small rule packs that tests edit. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PACK_TEXT_H
#define TESTS_SUPPORT_PACK_TEXT_H

#include "node/domain/packs.h"

/* Work "drilling" with steps risk and brief, a measure, gas where explosive. */
extern const char pack_text_work[];
/* 2026: the National Day week, a worked Sunday, nights from 22:00 to 06:00. */
extern const char pack_text_calendar[];

/* pack_text_work with the first `was` replaced; aborts without one.  Free. */
char *pack_text_edit(const char *was, const char *now);

/* A text with one passage replaced, and what its refusal says. */
struct pack_text_row {
	const char *from, *to, *says;
};
/* Checks that a text may be loaded, and with each edit alone may not. */
void pack_text_refused(
    const char *whole, const struct pack_text_row *rows, size_t n);

/* A built-in version of a work with steps, to be booked a day before and to be
 * closed: "height@2022.1" as "height@b022.1".  NULL: it has no steps.  Free. */
char *pack_text_booked(const struct packs *built_in, const char *name);

#endif
