/* coarse.c - dates that many certificates have. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/coarse.h"

#include "node/domain/term.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define MONTHS 24

/* The last multiple that is not later. */
static int64_t
whole(int64_t us, int64_t unit)
{
	int64_t rest = us % unit;

	return us - (rest < 0 ? rest + unit : rest);
}

int64_t
coarse_end(int64_t end_us, int64_t now_us, int offset_minutes)
{
	static const int64_t units[] = {TERM_DAY_US, HOUR_US, MINUTE_US};
	const int64_t offset = offset_minutes * MINUTE_US;

	for (int i = 0; i < 3; i++) {
		/* A day that ends at 23:59:59 is a whole one. */
		int64_t end =
		    whole(end_us + SECOND_US + offset, units[i]) - offset;

		if (end > end_us)
			end -= SECOND_US;
		if (end - now_us >= units[i])
			return end;
	}
	return end_us;
}

int64_t
coarse_start(int64_t start_us, int64_t now_us, int offset_minutes)
{
	int64_t least = term_month(
	    term_after(now_us, -MONTHS, offset_minutes), offset_minutes);
	int64_t start = term_month(start_us, offset_minutes);

	if (start_us > now_us)
		return start_us;
	return start > least ? start : least;
}

int64_t
coarse_day(int64_t us, int offset_minutes)
{
	const int64_t offset = offset_minutes * MINUTE_US;

	return whole(us + offset, TERM_DAY_US) - offset;
}
