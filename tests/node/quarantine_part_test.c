/* quarantine_part_test.c - one message out of an array, byte for byte. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/quarantine_part.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/chance.h"

static void
is_part(const char *text, size_t i, const char *want)
{
	struct bytes got = {NULL, 0};
	const bool found = quarantine_part_json(&got, bytes_str(text), i);

	cr_assert_eq(found, want != NULL, "%s %zu", text, i);
	if (found)
		cr_assert(bytes_equal(got, bytes_str(want)), "%s: %.*s", text,
		    (int)got.len, (const char *)got.ptr);
}

Test(quarantine_part_json, finds_elements_by_brackets_and_quotes)
{
	const char *list = " [ {\"a\":\"],\\\"{\"} ,\n[1,[2]],3, \"x\" ] ";

	is_part(list, 0, "{\"a\":\"],\\\"{\"}");
	is_part(list, 1, "[1,[2]]");
	is_part(list, 2, "3");
	is_part(list, 3, "\"x\"");
	is_part(list, 4, NULL);
	is_part(" {\"a\":[1,2]} ", 0, "{\"a\":[1,2]}");
	is_part(" {\"a\":[1,2]} ", 1, NULL);
	is_part("", 0, NULL);
	is_part("[]", 0, NULL);
	is_part("[1", 0, NULL);
	is_part("[\"a", 0, NULL);
	is_part("[\"a\\", 0, NULL);
	is_part("[{1}}", 0, NULL);
	is_part("[1,,2]", 1, NULL);
}

Test(quarantine_part_protobuf, finds_the_records_of_field_one)
{
	static const uint8_t list[] = {10, 2, 'a', 'b', 10, 0, 10, 1, 'c'};
	static const uint8_t cut[] = {10, 2, 'a'};
	static const uint8_t other[] = {18, 1, 'a'};
	static const uint8_t endless[] = {
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct bytes got;

	cr_assert(
	    quarantine_part_protobuf(&got, bytes_of(list, sizeof list), 2));
	cr_assert(bytes_equal(got, bytes_str("c")));
	cr_assert(
	    quarantine_part_protobuf(&got, bytes_of(list, sizeof list), 1));
	cr_assert_eq(got.len, 0u);
	cr_assert_not(
	    quarantine_part_protobuf(&got, bytes_of(list, sizeof list), 3));
	cr_assert_not(
	    quarantine_part_protobuf(&got, bytes_of(cut, sizeof cut), 0));
	cr_assert_not(
	    quarantine_part_protobuf(&got, bytes_of(other, sizeof other), 0));
	cr_assert_not(quarantine_part_protobuf(
	    &got, bytes_of(endless, sizeof endless), 0));
}

Test(quarantine_part_index, reads_the_element_that_a_path_names)
{
	size_t i = 0;

	cr_assert(quarantine_part_index(&i, "$[12].level: out of range"));
	cr_assert_eq(i, 12u);
	cr_assert_not(quarantine_part_index(&i, "$.level"));
	cr_assert_not(quarantine_part_index(&i, "$[]"));
	cr_assert_not(quarantine_part_index(&i, "$[1"));
	cr_assert_not(quarantine_part_index(&i, "$[99999999999999]"));
	cr_assert_not(quarantine_part_index(&i, ""));
}

Test(quarantine_part_single, counts_what_it_cannot_read_as_several)
{
	static const uint8_t two[] = {10, 1, 'a', 10, 1, 'b'};
	static const uint8_t one[] = {10, 1, 'a', 16, 1};

	cr_assert(quarantine_part_single(bytes_str("{\"a\":[1,2]}"), false));
	cr_assert(quarantine_part_single(bytes_str(" [ {\"a\":1} ]"), false));
	cr_assert_not(quarantine_part_single(bytes_str("[{},{}]"), false));
	cr_assert_not(quarantine_part_single(bytes_str("[{},{"), false));
	cr_assert_not(quarantine_part_single(bytes_str("[{"), false));
	cr_assert(quarantine_part_single(bytes_of(one, sizeof one), true));
	cr_assert_not(quarantine_part_single(bytes_of(two, sizeof two), true));
}

/* Whatever comes: no byte is read beyond it. */
static void
any_text(struct chance *c)
{
	static const char some[] = "[]{},\"\\ 1a\n";
	char text[40];
	size_t len = chance_below(c, sizeof text);
	struct bytes got;

	for (size_t k = 0; k < len; k++)
		text[k] = some[chance_below(c, sizeof some - 1)];
	for (size_t i = 0; i < 4; i++) {
		if (!quarantine_part_json(&got, bytes_of(text, len), i))
			continue;
		chance_holds(c, (const char *)got.ptr >= text);
		chance_holds(c, (const char *)got.ptr + got.len <= text + len);
	}
	(void)quarantine_part_protobuf(&got, bytes_of(text, len), 1);
}

Test(quarantine_part_json, stays_inside_whatever_comes)
{
	chance_each(3000, any_text);
}
