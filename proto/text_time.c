/* text_time.c - RFC 3339 to microseconds and back, strictly. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "proto/text.h"

#define SECOND_US INT64_C(1000000)
#define DAY_S INT64_C(86400)
#define EPOCH_DAYS 719468 /* 0000-03-01 to 1970-01-01 */
#define ERA_DAYS 146097 /* 400 years */

/* A reader of fixed-width digits; a miss sets bad, judged once. */
struct scan {
	struct bytes left;
	bool bad;
};

static int
digits(struct scan *s, size_t n)
{
	size_t i;
	int v;

	v = 0;
	if (s->left.len < n) {
		s->bad = true;
		return 0;
	}
	for (i = 0; i < n; i++) {
		if (s->left.ptr[i] < '0' || s->left.ptr[i] > '9') {
			s->bad = true;
			return 0;
		}
		v = v * 10 + (s->left.ptr[i] - '0');
	}
	s->left.ptr += n;
	s->left.len -= n;
	return v;
}

static bool
took(struct scan *s, const char *c)
{
	return text_skip(&s->left, c);
}

static void
want(struct scan *s, const char *c)
{
	if (!took(s, c))
		s->bad = true;
}

/* Days since 1970-01-01 of a proleptic Gregorian date; the year starts in
 * March, so that the leap day is the last one. */
static int64_t
days_of(int year, int month, int day)
{
	int y, m, era, of_era, of_year;

	y = month <= 2 ? year - 1 : year;
	m = month <= 2 ? month + 9 : month - 3;
	era = y / 400;
	of_year = (153 * m + 2) / 5 + day - 1;
	of_era = y % 400 * 365 + y % 400 / 4 - y % 400 / 100 + of_year;
	return (int64_t)era * ERA_DAYS + of_era - EPOCH_DAYS;
}

static int
month_days(int year, int month)
{
	static const int days[12] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* Microseconds of ".123456"; nothing there is zero. */
static int64_t
fraction(struct scan *s)
{
	int64_t us, unit;
	int n;

	if (!took(s, "."))
		return 0;
	us = 0;
	unit = SECOND_US;
	n = 0;
	while (n < 6 && s->left.len > 0 && s->left.ptr[0] >= '0' &&
	    s->left.ptr[0] <= '9') {
		unit /= 10;
		us += digits(s, 1) * unit;
		n++;
	}
	if (n == 0)
		s->bad = true;
	return us;
}

/* Seconds to subtract to reach UTC. */
static int64_t
offset(struct scan *s)
{
	int sign, hour, minute;

	if (took(s, "Z"))
		return 0;
	sign = 1;
	if (took(s, "-"))
		sign = -1;
	else
		want(s, "+");
	hour = digits(s, 2);
	want(s, ":");
	minute = digits(s, 2);
	if (hour > 23 || minute > 59)
		s->bad = true;
	return sign * ((int64_t)hour * 3600 + (int64_t)minute * 60);
}

enum err
text_time_get(int64_t *out_us, struct bytes in, struct err_why *why)
{
	struct scan s = {in, false};
	int year, month, day, hour, minute, second;
	int64_t t, us;

	year = digits(&s, 4);
	want(&s, "-");
	month = digits(&s, 2);
	want(&s, "-");
	day = digits(&s, 2);
	want(&s, "T");
	hour = digits(&s, 2);
	want(&s, ":");
	minute = digits(&s, 2);
	want(&s, ":");
	second = digits(&s, 2);
	us = fraction(&s);
	t = -offset(&s);
	if (s.bad || s.left.len != 0)
		return err_fail(why, ERR_MALFORMED,
		    "expected a time such as 2026-11-22T02:50:00Z");
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return err_fail(why, ERR_MALFORMED, "no such date");
	if (hour > 23 || minute > 59 || second > 59)
		return err_fail(why, ERR_MALFORMED, "no such time of day");
	t += days_of(year, month, day) * DAY_S + hour * 3600 + minute * 60 +
	    second;
	if (t < 0 || t >= TEXT_TIME_END_US / SECOND_US)
		return err_fail(why, ERR_MALFORMED,
		    "time is outside the years 1970 to 9999");
	*out_us = t * SECOND_US + us;
	return ERR_OK;
}

static char *
put_digits(char *to, int64_t v, int n)
{
	int i;

	for (i = n - 1; i >= 0; i--) {
		to[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return to + n;
}

static char *
put_date(char *to, int64_t days)
{
	int64_t of_era, year_of_era, of_year, m, year, month, day, shifted;

	shifted = days + EPOCH_DAYS;
	of_era = shifted % ERA_DAYS;
	year_of_era =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year =
	    of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	m = (5 * of_year + 2) / 153;
	day = of_year - (153 * m + 2) / 5 + 1;
	month = m < 10 ? m + 3 : m - 9;
	year = year_of_era + shifted / ERA_DAYS * 400 + (month <= 2 ? 1 : 0);
	to = put_digits(to, year, 4);
	*to++ = '-';
	to = put_digits(to, month, 2);
	*to++ = '-';
	return put_digits(to, day, 2);
}

void
text_time_put(char out[static TEXT_TIME_CHARS + 1], int64_t us)
{
	int64_t t, part;
	char *to;

	if (us < 0 || us >= TEXT_TIME_END_US) {
		(void)snprintf(out, TEXT_TIME_CHARS + 1, "%lld", (long long)us);
		return;
	}
	t = us / SECOND_US;
	part = us % SECOND_US;
	to = put_date(out, t / DAY_S);
	*to++ = 'T';
	to = put_digits(to, t % DAY_S / 3600, 2);
	*to++ = ':';
	to = put_digits(to, t % 3600 / 60, 2);
	*to++ = ':';
	to = put_digits(to, t % 60, 2);
	if (part != 0) {
		*to++ = '.';
		to = part % 1000 == 0 ? put_digits(to, part / 1000, 3)
		                      : put_digits(to, part, 6);
	}
	*to++ = 'Z';
	*to = '\0';
}
