/* packs_force_test.c - which version holds, whatever the clock does. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/packs.h"
#include "proto/err.h"
#include "proto/text.h"

/* Times count in seconds from here. */
#define T0 INT64_C(1795315800000000)
#define AT(s) (T0 + (s)*INT64_C(1000000))

/* Calendars: any number of versions, no measure to keep to.  "a" is built in;
 * the others are files, dated by the second. */
static const struct {
	const char *version;
	int64_t from; /* seconds */
} versions[] = {{"a", -1000}, {"b", -900}, {"c", -800}, {"dated", 90}};
#define VERSIONS (sizeof versions / sizeof versions[0])

static struct packs *packs;

static void
add(const char *version, int64_t from)
{
	struct err_why why = {.text = ""};
	char text[256];
	char time[TEXT_TIME_CHARS + 1];

	text_time_put(time, AT(from));
	(void)snprintf(text, sizeof text,
	    "calendar:\n  version: \"%s\"\n  effectiveAt: \"%s\"\n"
	    "  from: \"2026-01-01\"\n  to: \"2026-12-31\"\n"
	    "  dayOffsetMinutes: 480\n  nightFrom: \"22:00\"\n  nightTo: "
	    "\"06:00\"\n",
	    version, time);
	cr_assert_eq(packs_add(packs, version, bytes_str(text), &why), ERR_OK,
	    "%s", why.text);
}

static void
begin(void)
{
	packs = packs_new();
	add(versions[0].version, versions[0].from);
	packs_seal(packs);
	for (size_t i = 1; i < VERSIONS; i++)
		add(versions[i].version, versions[i].from);
}

static void
end(void)
{
	packs_free(packs);
}

TestSuite(packs_force, .init = begin, .fini = end);

static void
activate(const char *version, int64_t at)
{
	struct packs_fact f;
	char name[64];

	(void)snprintf(name, sizeof name, "calendar@%s", version);
	for (size_t i = 0; packs_at(packs, i, &f) != NULL; i++) {
		if (strcmp(f.name, name) != 0)
			continue;
		cr_assert(packs_activate(packs, name, &f.digest, AT(at)));
		return;
	}
	cr_assert_fail("%s", name);
}

#define NOW_IS(at, want)  \
	cr_expect_str_eq( \
	    packs_calendar(packs, AT(at))->version, want, "now, at %d", at)
#define WAS(at, want)                                                       \
	cr_expect_str_eq(packs_calendar_then(packs, AT(at))->version, want, \
	    "then, at %d", at)

/* Entered at 100; then the wall clock reads 50. */
Test(packs_force, a_clock_set_back_brings_no_version_back)
{
	activate("b", 10);
	activate("c", 100);
	NOW_IS(100, "c");
	NOW_IS(50, "c");
	NOW_IS(5, "c");
	WAS(50, "b");
	WAS(5, "a");
}

/* The clock ran ahead, "c" was entered at 100; it is set right, "b" at 50. */
Test(packs_force, the_later_entry_holds_also_when_the_earlier_time_comes)
{
	activate("c", 100);
	packs_time_reset(packs, AT(100), AT(40));
	NOW_IS(45, "c");
	WAS(45, "c");
	activate("b", 50);
	NOW_IS(60, "b");
	NOW_IS(101, "b");
	NOW_IS(1000, "b");
	WAS(101, "b");
	WAS(45, "c");
	WAS(39, "a");
}

/* The same without a word of the reset, as in a log from before. */
Test(packs_force, goes_by_entries_where_nobody_says_that_time_went_back)
{
	activate("c", 100);
	activate("b", 50);
	NOW_IS(60, "b");
	NOW_IS(101, "b");
	WAS(101, "b");
}

/* "c" is of a later date than "b". */
Test(packs_force, the_later_entry_of_one_instant_holds)
{
	activate("c", 100);
	activate("b", 100);
	NOW_IS(100, "b");
	WAS(100, "b");
}

/* A date counts by its time, before and after. */
Test(packs_force, a_date_comes_when_it_comes)
{
	activate("dated", 10);
	activate("b", 20);
	NOW_IS(89, "b");
	NOW_IS(90, "dated");
	WAS(89, "b");
	WAS(90, "dated");
	activate("c", 95);
	NOW_IS(96, "c");
	WAS(92, "dated");
}

/* Its date had come, the log went back behind it: it stays; and what is
 * activated then is not undone when the date comes once more. */
Test(packs_force, a_date_that_had_come_stays_so_and_comes_once)
{
	activate("b", 5);
	activate("dated", 10);
	packs_time_reset(packs, AT(100), AT(40));
	NOW_IS(45, "dated");
	WAS(45, "dated");
	activate("c", 50);
	NOW_IS(60, "c");
	NOW_IS(91, "c");
	WAS(91, "c");
	/* And one that is activated anew holds at once. */
	activate("dated", 60);
	NOW_IS(61, "dated");
}

/* An entry that cannot be read may have named any version. */
Test(packs_force, a_file_that_no_entry_names_waits_for_what_cannot_be_read)
{
	NOW_IS(0, "c");
	packs_unread(packs, AT(0));
	NOW_IS(0, "a");
	NOW_IS(91, "a");
	cr_expect_null(packs_absent(packs, 0), "it has no name");
	activate("b", 10);
	NOW_IS(11, "b");
}
