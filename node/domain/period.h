/* period.h - days and months of a site's own clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PERIOD_H
#define NODE_DOMAIN_PERIOD_H

#include "proto/err.h"

#include <stdbool.h>
#include <stdint.h>

#define PERIOD_CHARS 10

/* Half-open, microseconds. */
struct period {
	char name[PERIOD_CHARS + 1]; /* 2026-11, 2026-11-30 */
	bool month; /* else a day */
	int64_t from_us;
	int64_t to_us;
};

/* A month or a day of the years 1970 to 2199, where days begin `offset_minutes`
 * ahead of UTC.  ERR_MALFORMED. */
ERR_CHECKED enum err period_get(struct period *out, const char *text,
    int offset_minutes, struct err_why *why);
/* The month that holds a time; `months` later, when not 0. */
void period_month(
    struct period *out, int64_t us, int months, int offset_minutes);

#endif
