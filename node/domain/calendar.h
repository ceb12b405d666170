/* calendar.h - is it a holiday, a rest day, night, a special period? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_CALENDAR_H
#define NODE_DOMAIN_CALENDAR_H

#include "pack.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * calendar_at - what holds at a time: 1 << Pack__Upgrade__When each.
 * False: the calendar does not cover that day (NULL: none is in force), and
 * nobody knows.  A day that is worked instead of a holiday's is no rest day.
 * Source: what is a holiday and what is night is the company's, in the pack.
 */
bool calendar_at(unsigned *out, const Pack__Calendar *c, int64_t at_us);

/* Where the calendar's next day begins. */
int64_t calendar_next_day(const Pack__Calendar *c, int64_t at_us);

#endif
