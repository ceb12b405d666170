/* term.c - terms in calendar months, as laws count them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/term.h"

#define MINUTE_US INT64_C(60000000)
#define FIRST_US INT64_C(-2208988800000000) /* 1900-01-01 */
#define LAST_US INT64_C(7258118400000000) /* 2200-01-01 */

struct date {
	int64_t year;
	int64_t month; /* 1 .. 12 */
	int64_t day;
};

/* Days since 1970-01-01 in the proleptic Gregorian calendar, by eras of 400
 * years that begin in March. */
static int64_t
days_of(const struct date *d)
{
	int64_t y = d->month <= 2 ? d->year - 1 : d->year;
	int64_t era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t month = d->month > 2 ? d->month - 3 : d->month + 9;
	int64_t of_year = (153 * month + 2) / 5 + d->day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

static struct date
date_of(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = z / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	struct date d = {
	    .year = yoe + era * 400,
	    .month = mp < 10 ? mp + 3 : mp - 9,
	    .day = doy - (153 * mp + 2) / 5 + 1,
	};

	if (d.month <= 2)
		d.year++;
	return d;
}

static int64_t
days_in(int64_t year, int64_t month)
{
	struct date first = {year, month, 1};
	struct date next = {
	    month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1};

	return days_of(&next) - days_of(&first);
}

/* By the local clock; what is left of the day in `rest`. */
static struct date
local_date(int64_t us, int64_t offset, int64_t *rest)
{
	int64_t local;
	int64_t days;

	if (us < FIRST_US)
		us = FIRST_US;
	if (us > LAST_US)
		us = LAST_US;
	local = us + offset;
	days = local / TERM_DAY_US;
	if (local % TERM_DAY_US < 0)
		days--;
	*rest = local - days * TERM_DAY_US;
	return date_of(days);
}

int64_t
term_after(int64_t us, int months, int offset_minutes)
{
	int64_t offset = offset_minutes * MINUTE_US;
	int64_t rest;
	struct date d = local_date(us, offset, &rest);
	int64_t all = d.year * 12 + d.month - 1 + months;

	d.year = all / 12;
	d.month = all % 12 + 1;
	if (d.day > days_in(d.year, d.month))
		d.day = days_in(d.year, d.month);
	return days_of(&d) * TERM_DAY_US + rest - offset;
}

int64_t
term_month(int64_t us, int offset_minutes)
{
	int64_t offset = offset_minutes * MINUTE_US;
	int64_t rest;
	struct date d = local_date(us, offset, &rest);

	d.day = 1;
	return days_of(&d) * TERM_DAY_US - offset;
}
