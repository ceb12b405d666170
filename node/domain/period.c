/* period.c - days and months of a site's own clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/period.h"

#include <stdio.h>
#include <string.h>

#include "node/domain/term.h"
#include "proto/text.h"

#define MINUTE_US INT64_C(60000000)

static int64_t
first_of(int64_t us, int offset_minutes)
{
	char text[TEXT_TIME_CHARS + 1];
	int64_t local = us + offset_minutes * MINUTE_US;
	int64_t day = local / TERM_DAY_US - (local % TERM_DAY_US < 0);

	text_time_put(text, day * TERM_DAY_US);
	day -= (text[8] - '0') * 10 + text[9] - '0' - 1;
	return day * TERM_DAY_US - offset_minutes * MINUTE_US;
}

void
period_month(struct period *out, int64_t us, int months, int offset_minutes)
{
	char text[TEXT_TIME_CHARS + 1];

	*out = (struct period){.month = true};
	out->from_us =
	    term_after(first_of(us, offset_minutes), months, offset_minutes);
	out->to_us = term_after(out->from_us, 1, offset_minutes);
	text_time_put(text, out->from_us + offset_minutes * MINUTE_US);
	(void)snprintf(out->name, sizeof out->name, "%.7s", text);
}

enum err
period_get(struct period *out, const char *text, int offset_minutes,
    struct err_why *why)
{
	char whole[TEXT_TIME_CHARS + 1];
	char again[TEXT_TIME_CHARS + 1];
	size_t n = strlen(text);
	int64_t us;

	if (n != 7 && n != 10)
		goto wrong;
	(void)snprintf(
	    whole, sizeof whole, "%s%sT00:00:00Z", text, n == 7 ? "-01" : "");
	if (text_time_get(&us, bytes_str(whole), NULL) != ERR_OK)
		goto wrong;
	text_time_put(again, us);
	if (us < 0 || strncmp(again, whole, 10) != 0 ||
	    strncmp(text, "2200", 4) >= 0)
		goto wrong;
	*out = (struct period){.month = n == 7};
	(void)snprintf(out->name, sizeof out->name, "%s", text);
	out->from_us = us - offset_minutes * MINUTE_US;
	out->to_us = out->month ? term_after(out->from_us, 1, offset_minutes)
	                        : out->from_us + TERM_DAY_US;
	return ERR_OK;
wrong:
	return err_fail(why, ERR_MALFORMED,
	    "period: expected a month or a day, as 2026-11 or 2026-11-30");
}
