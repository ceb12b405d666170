/* csvmap_test.c - maps: columns to fields, times, refusals by name. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/csvmap.h"

#include "proto/slice.h"
#include "record.pb-c.h"

#include <criterion/criterion.h>

static Import__Map *map;
static struct csvmap bound;
static struct csv csv;
static struct buf json;
static struct err_why why;

static void
setup(void)
{
	buf_init(&json, 65536);
}

static void
teardown(void)
{
	if (map != NULL)
		slice_free(&map->base);
	map = NULL;
	csv_clear(&csv);
	buf_clear(&json);
}

static void
use(const char *yaml, const char *table)
{
	cr_assert_eq(
	    csvmap_read(&map, bytes_str(yaml), &why), ERR_OK, "%s", why.text);
	csv_init(&csv, bytes_str(table), ',');
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
}

static enum err
bind(void)
{
	return csvmap_bind(&bound, map, &record__alarm__descriptor, &csv, &why);
}

#define MAP                                          \
	"source: s\n"                                \
	"time_format: \"%d-%m-%Y %H:%M\"\n"          \
	"utc_offset: \"+08:00\"\n"                   \
	"columns:\n"                                 \
	"  - {field: sourceSeq, row_number: true}\n" \
	"  - {field: occurredAt, title: when}\n"     \
	"  - {field: value, title: v}\n"             \
	"  - {field: level, place: 3, values: [{from: hi, to: \"1\"}]}\n"

Test(csvmap_json, turns_a_row_into_a_record, .init = setup, .fini = teardown)
{
	use(MAP, "when,v,l\n02-01-2026 08:00,1.50,hi\n");
	cr_assert_eq(bind(), ERR_OK, "%s", why.text);
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csvmap_json(&bound, &csv, 7, &json, &why), ERR_OK);
	cr_assert_str_eq(buf_cstr(&json),
	    "{\"sourceEpoch\":\"0\",\"source\":\"s\",\"sourceSeq\":\"7\","
	    "\"occurredAt\":\"2026-01-02T00:00:00Z\",\"value\":1.5,"
	    "\"level\":1}");
}

Test(csvmap_json, names_the_field_it_refuses, .init = setup, .fini = teardown)
{
	use(MAP, "when,v,l\nyesterday,1,hi\n02-01-2026 08:00,many,hi\nx\n");
	cr_assert_eq(bind(), ERR_OK);
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csvmap_json(&bound, &csv, 1, &json, &why), ERR_MALFORMED);
	cr_assert(strncmp(why.text, "occurredAt: ", 12) == 0, "%s", why.text);
	cr_assert_eq(json.len, 0);
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csvmap_json(&bound, &csv, 2, &json, &why), ERR_MALFORMED);
	cr_assert_str_eq(why.text, "value: \"many\" is not a number");
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csvmap_json(&bound, &csv, 3, &json, &why), ERR_MALFORMED);
}

Test(csvmap_json, refuses_a_row_that_holds_more_than_the_titles_say,
    .init = setup, .fini = teardown)
{
	use(MAP,
	    "when,v,l\n02-01-2026 08:00,1,50,hi\n"
	    "02-01-2026 08:00,1,hi,,\n");
	cr_assert_eq(bind(), ERR_OK);
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csvmap_json(&bound, &csv, 1, &json, &why), ERR_MALFORMED);
	cr_assert_str_eq(why.text, "the row has 4 fields, the titles are 3");
	cr_assert_eq(json.len, 0);
	/* Spreadsheets end rows in empty cells. */
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csvmap_json(&bound, &csv, 2, &json, &why), ERR_OK);
}

Test(csvmap_json, refuses_a_day_that_is_in_no_calendar, .init = setup,
    .fini = teardown)
{
	use(MAP, "when,v,l\n30-02-2026 08:00,1,hi\n29-02-2028 08:00,1,hi\n");
	cr_assert_eq(bind(), ERR_OK);
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csvmap_json(&bound, &csv, 1, &json, &why), ERR_MALFORMED);
	cr_assert_eq(csv_next(&csv, &why), ERR_OK);
	cr_assert_eq(csvmap_json(&bound, &csv, 2, &json, &why), ERR_OK);
}

Test(csvmap_bind, refuses_titles_and_fields_that_are_not_there, .init = setup,
    .fini = teardown)
{
	use("columns: [{field: title, title: absent}]", "a,b\n");
	cr_assert_eq(bind(), ERR_MALFORMED);
	cr_assert_str_eq(why.text, "the file has no column \"absent\"");
	teardown();
	setup();
	use("columns: [{field: nosuch, place: 1}]", "a,b\n");
	cr_assert_eq(bind(), ERR_MALFORMED);
	teardown();
	setup();
	use("utc_offset: east\ncolumns: []", "a\n");
	cr_assert_eq(bind(), ERR_MALFORMED);
}

Test(csvmap_bind, refuses_a_field_that_is_fed_twice, .init = setup,
    .fini = teardown)
{
	use("source: s\ncolumns:\n  - {field: title, place: 1}\n"
	    "  - {field: title, place: 2}\n",
	    "a,b\nx,y\n");
	cr_assert_eq(bind(), ERR_MALFORMED);
	cr_assert_not_null(strstr(why.text, "title twice"), "%s", why.text);
	slice_free(&map->base);
	csv_clear(&csv);
	use("source: s\nconstants:\n  - {field: source, value: t}\n", "a\nx\n");
	cr_assert_eq(bind(), ERR_MALFORMED);
	cr_assert_not_null(strstr(why.text, "source twice"), "%s", why.text);
}
