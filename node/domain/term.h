/* term.h - terms in calendar months, as laws count them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_TERM_H
#define NODE_DOMAIN_TERM_H

#include <stdint.h>

#define TERM_DAY_US INT64_C(86400000000)

/*
 * term_after - the same time of day, `months` calendar months later (or
 * earlier), of a local clock that is `offset_minutes` ahead of UTC.  A day that
 * the month has not becomes its last: 31 August + 6 months is 28 February.
 * Pure; years 1900 to 2200, what lies outside is taken to their ends.
 */
int64_t term_after(int64_t us, int months, int offset_minutes);

/* The first of its month, at midnight of that clock.  Likewise. */
int64_t term_month(int64_t us, int offset_minutes);

#endif
