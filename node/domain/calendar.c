/* calendar.c - is it a holiday, a rest day, night, a special period? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/calendar.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_US INT64_C(60000000)
#define DAY_MINUTES 1440

struct local {
	char date[11];
	char hour[6];
	unsigned weekday; /* 1 Monday .. 7 Sunday */
};

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days since 1970-01-01 to a civil date: eras of 400 years from 1 March. */
static void
to_local(struct local *out, int64_t at_us, int32_t offset_minutes)
{
	int64_t minutes = floor_div(at_us, MINUTE_US) + offset_minutes;
	int64_t days = floor_div(minutes, DAY_MINUTES);
	unsigned minute = (unsigned)(minutes - days * DAY_MINUTES);
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	unsigned day = (unsigned)(z - era * 146097);
	unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	unsigned of_year = day - (365 * year + year / 4 - year / 100);
	unsigned part = (5 * of_year + 2) / 153;
	unsigned month = part < 10 ? part + 3 : part - 9;
	unsigned y = (unsigned)(year + (unsigned)(era * 400)) + (month <= 2);

	(void)snprintf(out->date, sizeof out->date, "%04u-%02u-%02u", y % 10000,
	    month % 100, (of_year - (153 * part + 2) / 5 + 1) % 100);
	(void)snprintf(out->hour, sizeof out->hour, "%02u:%02u",
	    minute / 60 % 100, minute % 60);
	out->weekday = (unsigned)((days % 7 + 7 + 3) % 7) + 1;
}

static bool
within(Pack__Days *const *d, size_t n, const char *date)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(d[i]->from, date) <= 0 &&
		    strcmp(date, d[i]->to) <= 0)
			return true;
	}
	return false;
}

static bool
is_rest_day(const Pack__Calendar *c, const struct local *t)
{
	for (size_t i = 0; i < c->n_workdays; i++) {
		if (strcmp(c->workdays[i], t->date) == 0)
			return false;
	}
	for (size_t i = 0; i < c->n_rest_weekdays; i++) {
		if (c->rest_weekdays[i] == t->weekday)
			return true;
	}
	return false;
}

/* From 22:00 to 06:00 goes over midnight; the same twice is never. */
static bool
is_night(const Pack__Calendar *c, const struct local *t)
{
	bool after = strcmp(t->hour, c->night_from) >= 0;
	bool before = strcmp(t->hour, c->night_to) < 0;

	return strcmp(c->night_from, c->night_to) < 0 ? after && before
	    : strcmp(c->night_from, c->night_to) > 0  ? after || before
	                                              : false;
}

bool
calendar_at(unsigned *out, const Pack__Calendar *c, int64_t at_us)
{
	struct local t;

	*out = 0;
	if (c == NULL)
		return false;
	to_local(&t, at_us, c->day_offset_minutes);
	if (strcmp(t.date, c->from) < 0 || strcmp(t.date, c->to) > 0)
		return false;
	if (within(c->holidays, c->n_holidays, t.date))
		*out |= 1u << PACK__UPGRADE__WHEN__HOLIDAY;
	if (is_rest_day(c, &t))
		*out |= 1u << PACK__UPGRADE__WHEN__REST_DAY;
	if (is_night(c, &t))
		*out |= 1u << PACK__UPGRADE__WHEN__NIGHT;
	if (within(c->special, c->n_special, t.date))
		*out |= 1u << PACK__UPGRADE__WHEN__SPECIAL_PERIOD;
	return true;
}

int64_t
calendar_next_day(const Pack__Calendar *c, int64_t at_us)
{
	const int64_t offset = c->day_offset_minutes * MINUTE_US;
	const int64_t day = DAY_MINUTES * MINUTE_US;

	return (floor_div(at_us + offset, day) + 1) * day - offset;
}
