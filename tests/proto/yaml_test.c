/* yaml_test.c - YAML by the transcoder's rules, with line numbers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/slice.h"
#include "proto/yaml.h"
#include "record.pb-c.h"

static Record__Permit *
permit(const char *text)
{
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg;
	enum err e;

	msg = NULL;
	e = yaml_decode(
	    &msg, &record__permit__descriptor, bytes_str(text), &why);
	cr_assert_eq(e, ERR_OK, "%s", why.text);
	return (Record__Permit *)msg;
}

Test(yaml_decode, reads_scalars_as_the_field_wants_them)
{
	Record__Permit *p;

	p = permit("# a permit\n"
	           "action: APPLY\n"
	           "occurredAt: 2026-11-22T02:50:00Z\n"
	           "work_type: yes\n"
	           "area: 007\n"
	           "level: LEVEL_1\n"
	           "exercise: true\n"
	           "content: |\n  two\n  lines\n"
	           "note: \"null\"\n"
	           "reason: ~\n"
	           "unit:\n"
	           "gas:\n"
	           "  - gas: methane\n"
	           "    value: 0.20\n"
	           "  - {gas: oxygen, value: \"20.9\"}\n");
	cr_assert_eq(p->action, RECORD__PERMIT__ACTION__APPLY);
	cr_assert_eq(p->occurred_at, INT64_C(1795315800000000));
	cr_assert_str_eq(p->work_type, "yes");
	cr_assert_str_eq(p->area, "007");
	cr_assert(p->exercise);
	cr_assert_str_eq(p->content, "two\nlines\n");
	cr_assert_str_eq(p->note, "null");
	cr_assert_null(p->reason);
	cr_assert_null(p->unit);
	cr_assert_eq(p->n_gas, 2);
	cr_assert_float_eq(p->gas[0]->value, 0.2, 0);
	cr_assert_float_eq(p->gas[1]->value, 20.9, 0);
	slice_free(&p->base);
}

Test(yaml_decode, reads_json_and_a_byte_order_mark)
{
	Record__Permit *p;

	p = permit("\xef\xbb\xbf{\"note\": \"\xe5\x8a\xa8\xe7\x81\xab\", "
	           "\"area\": null, \"gas\": []}\n");
	cr_assert_str_eq(p->note, "\xe5\x8a\xa8\xe7\x81\xab");
	cr_assert_null(p->area);
	cr_assert_eq(p->n_gas, 0);
	slice_free(&p->base);
}

Test(yaml_decode, refuses_and_names_line_and_path)
{
	static const struct {
		const char *text;
		const char *why;
		enum err e;
	} table[] = {
	    {"note: a\ngas:\n  - value: 1\n  - value: high\n",
	        "line 4: $.gas[1].value: expected a number", ERR_MALFORMED},
	    {"note: a\nnote: b\n", "line 2: $.note: duplicate key",
	        ERR_MALFORMED},
	    {"workType: a\nwork_type: b\n", "line 2: $.work_type: duplicate",
	        ERR_MALFORMED},
	    {"notes: a\n", "line 1: $.notes: unknown field", ERR_MALFORMED},
	    {"<<: {note: a}\n", "line 1: $.<<: unknown field", ERR_MALFORMED},
	    {"exercise: yes\n", "line 1: $.exercise: expected true or false",
	        ERR_MALFORMED},
	    {"exercise: \"true\"\n", "line 1: $.exercise: expected true",
	        ERR_MALFORMED},
	    {"gas: 1\n", "line 1: $.gas: expected an array", ERR_MALFORMED},
	    {"note: [a]\n", "line 1: $.note: expected a string", ERR_MALFORMED},
	    {"note: &x a\n", "line 1: anchors", ERR_MALFORMED},
	    {"gas: &x []\n", "line 1: anchors", ERR_MALFORMED},
	    {"note: *x\n", "line 1: aliases", ERR_MALFORMED},
	    {"note: !!str a\n", "line 1: tags", ERR_MALFORMED},
	    {"note: ! a\n", "line 1: tags", ERR_MALFORMED},
	    {"!x {}\n", "line 1: tags", ERR_MALFORMED},
	    {"%YAML 1.1\n---\nnote: a\n", "line 1: directives", ERR_MALFORMED},
	    {"note: a\n---\nnote: b\n", "line 2: more than one document",
	        ERR_MALFORMED},
	    {"[a, b]: c\n", "line 1: a key must be", ERR_MALFORMED},
	    {"note: \"a\\0b\"\n", "line 1: text is not", ERR_MALFORMED},
	    {"action: \"APPLY\\0\"\n", "line 1: text is not", ERR_MALFORMED},
	    {"note: \"\xc0\xaf\"\n", "$: not YAML", ERR_MALFORMED},
	    {"note: \"open\n", "line 2: not YAML", ERR_MALFORMED},
	    {"\tnote: a\n", "line 1: not YAML", ERR_MALFORMED},
	    {"", "$: nothing there", ERR_MALFORMED},
	    {"# only a comment\n", "$: nothing there", ERR_MALFORMED},
	    {"word\n", "line 1: $: expected an object", ERR_MALFORMED},
	    {"- a\n", "line 1: $: expected an object", ERR_MALFORMED},
	    {"[[[[[[[[[[[[[[[[[[", "line 1: more than 16 levels", ERR_LIMIT},
	};
	struct err_why why;
	ProtobufCMessage *msg;
	size_t i;
	enum err e;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		msg = NULL;
		memset(&why, 0, sizeof why);
		e = yaml_decode(&msg, &record__permit__descriptor,
		    bytes_str(table[i].text), &why);
		cr_expect_eq(e, table[i].e, "%s", table[i].text);
		cr_expect_null(msg);
		cr_expect_eq(
		    strncmp(why.text, table[i].why, strlen(table[i].why)), 0,
		    "%s: \"%s\" instead of \"%s\"", table[i].text, why.text,
		    table[i].why);
	}
}

Test(yaml_decode, does_not_take_utf_16)
{
	static const uint8_t text[] = {0xff, 0xfe, '{', 0, '}', 0};
	ProtobufCMessage *msg;

	cr_assert_eq(yaml_decode(&msg, &record__permit__descriptor,
	                 bytes_of(text, sizeof text), NULL),
	    ERR_MALFORMED);
}

Test(yaml_decode, caps_size_and_number_of_values)
{
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg;
	char *text;
	size_t i;

	text = malloc(YAML_BYTES_MAX + 1);
	cr_assert_not_null(text);
	memset(text, '#', YAML_BYTES_MAX + 1);
	cr_assert_eq(yaml_decode(&msg, &record__permit__descriptor,
	                 bytes_of(text, YAML_BYTES_MAX + 1), &why),
	    ERR_LIMIT);
	cr_assert_str_eq(why.text, "$: larger than 1048576 bytes");
	for (i = 0; i + 1 < YAML_BYTES_MAX; i += 2)
		memcpy(text + i, "-\n", 2);
	cr_assert_eq(yaml_decode(&msg, &record__permit__descriptor,
	                 bytes_of(text, YAML_BYTES_MAX), &why),
	    ERR_LIMIT);
	cr_assert_str_eq(why.text, "line 100000: more than 100000 values");
	free(text);
}
