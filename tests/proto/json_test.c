/* json_test.c - the transcoder's mapping, and everything it refuses. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "ledger.pb-c.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "record.pb-c.h"

static ProtobufCMessage *
decode(const ProtobufCMessageDescriptor *desc, const char *text)
{
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg;
	enum err e;

	msg = NULL;
	e = json_decode(&msg, desc, bytes_str(text), &why);
	cr_assert_eq(e, ERR_OK, "%s: %s", text, why.text);
	return msg;
}

static void
expect_text(const ProtobufCMessage *msg, unsigned flags, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	json_encode(&b, msg, flags);
	cr_assert_str_eq(buf_cstr(&b), want);
	buf_clear(&b);
}

Test(json_decode, reads_an_alarm_as_a_device_sends_it)
{
	Record__Alarm *a;

	a = (Record__Alarm *)decode(&record__alarm__descriptor,
	    "{\"source\":\"gds-01\",\"sourceSeq\":\"17\",\"level\":2,"
	    "\"kind\":\"gas\",\"area\":\"tank-farm-2\",\"title\":\"LEL high\","
	    "\"value\":12.5,\"unit\":\"%LEL\",\"action\":\"RAISE\","
	    "\"occurredAt\":\"2026-11-22T02:50:00Z\",\"exercise\":false}");
	cr_assert_str_eq(a->source, "gds-01");
	cr_assert(a->has_source_seq);
	cr_assert_eq(a->source_seq, 17);
	cr_assert_eq(a->level, 2);
	cr_assert_float_eq(a->value, 12.5, 0);
	cr_assert_eq(a->action, RECORD__ALARM__ACTION__RAISE);
	cr_assert_eq(a->occurred_at, INT64_C(1795315800000000));
	cr_assert(a->has_exercise);
	cr_assert_not(a->exercise);
	cr_assert_not(a->has_source_epoch);
	cr_assert_null(a->note);
	slice_free(&a->base);
}

Test(json_decode, keeps_absent_null_and_empty_apart)
{
	Record__Alarm *a;

	a = (Record__Alarm *)decode(&record__alarm__descriptor,
	    " { \"level\" : null , \"note\" : \"\", \"value\": 0 } \r\n\t");
	cr_assert_not(a->has_level);
	cr_assert_str_eq(a->note, "");
	cr_assert(a->has_value);
	slice_free(&a->base);
	a = (Record__Alarm *)decode(&record__alarm__descriptor, "{}");
	cr_assert_null(a->note);
	cr_assert_not(a->has_value);
	slice_free(&a->base);
}

Test(json_decode, keeps_every_64_bit_integer_exact)
{
	Record__Alarm *a;
	Record__TimeReset *t;

	a = (Record__Alarm *)decode(&record__alarm__descriptor,
	    "{\"sourceSeq\":9007199254740993,"
	    "\"source_epoch\":\"18446744073709551615\"}");
	cr_assert_eq(a->source_seq, UINT64_C(9007199254740993));
	cr_assert_eq(a->source_epoch, UINT64_MAX);
	slice_free(&a->base);
	t = (Record__TimeReset *)decode(&record__time_reset__descriptor,
	    "{\"fromUs\":\"-9223372036854775808\","
	    "\"toUs\":9223372036854775807}");
	cr_assert_eq(t->from_us, INT64_MIN);
	cr_assert_eq(t->to_us, INT64_MAX);
	slice_free(&t->base);
}

Test(json_decode, accepts_a_whole_number_with_an_exponent)
{
	Record__Alarm *a;

	a = (Record__Alarm *)decode(
	    &record__alarm__descriptor, "{\"level\":2.0,\"sourceSeq\":1e3}");
	cr_assert_eq(a->level, 2);
	cr_assert_eq(a->source_seq, 1000);
	slice_free(&a->base);
}

Test(json_decode, reads_lists_and_nested_messages)
{
	Record__Permit *p;

	p = (Record__Permit *)decode(&record__permit__descriptor,
	    "{\"gas\":[{\"gas\":\"methane\",\"value\":0.1,\"unit\":\"%vol\"},"
	    "{},{\"value\":\"20.9\"}],\"level\":\"LEVEL_1\",\"action\":2}");
	cr_assert_eq(p->n_gas, 3);
	cr_assert_str_eq(p->gas[0]->gas, "methane");
	cr_assert_not(p->gas[1]->has_value);
	cr_assert_float_eq(p->gas[2]->value, 20.9, 0);
	cr_assert_eq(p->level, RECORD__PERMIT__LEVEL__LEVEL_1);
	cr_assert_eq(p->action, RECORD__PERMIT__ACTION__GAS_TEST);
	slice_free(&p->base);
}

/* Text, the start of why, and the code. */
struct refusal {
	const char *text;
	const char *why;
	enum err e;
};

static void
expect_refusals(const ProtobufCMessageDescriptor *desc,
    const struct refusal *table, size_t n)
{
	ProtobufCMessage *const untouched = (ProtobufCMessage *)&desc;
	struct err_why why;
	ProtobufCMessage *msg;
	size_t i;
	enum err e;

	for (i = 0; i < n; i++) {
		msg = untouched;
		memset(&why, 0, sizeof why);
		e = json_decode(&msg, desc, bytes_str(table[i].text), &why);
		cr_expect_eq(
		    e, table[i].e, "%s: %s", table[i].text, err_name(e));
		cr_expect_eq(
		    strncmp(why.text, table[i].why, strlen(table[i].why)), 0,
		    "%s: \"%s\" instead of \"%s\"", table[i].text, why.text,
		    table[i].why);
		cr_expect_eq(msg, untouched, "%s", table[i].text);
		cr_expect_eq(
		    json_decode(&msg, desc, bytes_str(table[i].text), NULL),
		    table[i].e);
	}
}

#define BAD ERR_MALFORMED

Test(json_decode, refuses_and_names_the_path)
{
	static const struct refusal table[] = {
	    {"{\"levle\":1}", "$.levle: unknown field", BAD},
	    {"{\"Level\":1}", "$.Level: unknown field", BAD},
	    {"{\"occurred_At\":null}", "$.occurred_At: unknown field", BAD},
	    {"{\"level\":1,\"level\":1}", "$.level: duplicate key", BAD},
	    {"{\"level\":1,\"l\\u0065vel\":1}", "$.l\\u0065vel: duplicate",
	        BAD},
	    {"{\"sourceSeq\":1,\"source_seq\":1}",
	        "$.source_seq: duplicate key", BAD},
	    {"{\"level\":null,\"level\":1}", "$.level: duplicate key", BAD},
	    {"{\"level\":\"x\"}", "$.level: expected a number", BAD},
	    {"{\"level\":\"\"}", "$.level: expected a number", BAD},
	    {"{\"level\":\" 1\"}", "$.level: expected a number", BAD},
	    {"{\"level\":\"+1\"}", "$.level: expected a number", BAD},
	    {"{\"level\":\"01\"}", "$.level: expected a number", BAD},
	    {"{\"level\":true}", "$.level: expected a number", BAD},
	    {"{\"level\":[1]}", "$.level: expected a number", BAD},
	    {"{\"level\":1.5}", "$.level: expected a whole number", BAD},
	    {"{\"level\":-1}", "$.level: number is out of range", BAD},
	    {"{\"level\":4294967296}", "$.level: number is out of range", BAD},
	    {"{\"sourceSeq\":9223372036854775808}",
	        "$.sourceSeq: number is out of range", BAD},
	    {"{\"level\":1,\"sourceSeq\":18446744073709551615}",
	        "$.sourceSeq: number is out of range", BAD},
	    {"{\"sourceSeq\":\"18446744073709551616\"}",
	        "$.sourceSeq: number is out of range", BAD},
	    {"{\"sourceSeq\":1e19}", "$.sourceSeq: expected a whole", BAD},
	    {"{\"value\":\"NaN\"}", "$.value: expected a number", BAD},
	    {"{\"value\":\"Infinity\"}", "$.value: expected a number", BAD},
	    {"{\"value\":\"0x10\"}", "$.value: expected a number", BAD},
	    {"{\"value\":\"1.\"}", "$.value: expected a number", BAD},
	    {"{\"value\":\".5\"}", "$.value: expected a number", BAD},
	    {"{\"value\":\"1e999\"}", "$.value: number is out of range", BAD},
	    {"{\"value\":1e999}", "$.value: number is out of range", BAD},
	    {"{\"value\":NaN}", "$.value: not JSON", BAD},
	    {"{\"source\":1}", "$.source: expected a string", BAD},
	    {"{\"source\":[\"a\"]}", "$.source: expected a string", BAD},
	    {"{\"source\":\"a\\u0000b\"}", "$.source: text contains a NUL",
	        BAD},
	    {"{\"source\":\"\xc0\xaf\"}", "$.source: text is not valid", BAD},
	    {"{\"source\":\"\xed\xa0\x80\"}", "$.source: text is not valid",
	        BAD},
	    {"{\"source\":\"\\ud800\"}", "$.source: not JSON", BAD},
	    {"{\"source\":\"a\nb\"}", "$.source: not JSON", BAD},
	    {"{\"exercise\":1}", "$.exercise: expected true or false", BAD},
	    {"{\"exercise\":\"true\"}", "$.exercise: expected true", BAD},
	    {"{\"action\":\"raise\"}", "$.action: unknown value", BAD},
	    {"{\"action\":\"1\"}", "$.action: unknown value", BAD},
	    {"{\"action\":99}", "$.action: unknown value", BAD},
	    {"{\"action\":true}", "$.action: expected a name of Action", BAD},
	    {"{\"occurredAt\":1795315800000000}",
	        "$.occurredAt: expected a time", BAD},
	    {"{\"occurredAt\":\"1795315800000000\"}",
	        "$.occurredAt: expected a time", BAD},
	    {"{\"occurredAt\":\"2026-02-30T00:00:00Z\"}",
	        "$.occurredAt: no such date", BAD},
	    {"[]", "$: expected an object", BAD},
	    {"", "$: not JSON", BAD},
	    {"{", "$: not JSON", BAD},
	    {"null", "$: not JSON", BAD},
	    {"{} {}", "$: not JSON", BAD},
	    {"{}x", "$: not JSON", BAD},
	    {"{\"level\":1,}", "$: not JSON", BAD},
	    {"{'level':1}", "$: not JSON", BAD},
	    {"{\"level\":01}", "$.level: not JSON", BAD},
	    {"\xef\xbb\xbf{}", "$: not JSON", BAD},
	};

	expect_refusals(
	    &record__alarm__descriptor, table, sizeof table / sizeof table[0]);
}

Test(json_decode, names_the_path_inside_lists)
{
	static const struct refusal table[] = {
	    {"{\"gas\":[{},{\"value\":1},{\"value\":\"x\"}]}",
	        "$.gas[2].value: expected a number", BAD},
	    {"{\"gas\":[{},{\"value\":1},{\"value\":99999999999999999999}]}",
	        "$.gas[2].value: number is out of range", BAD},
	    {"{\"gas\":[{\"lel\":1,\"lel\":1}]}", "$.gas[0].lel: duplicate",
	        BAD},
	    {"{\"gas\":{}}", "$.gas: expected an array", BAD},
	    {"{\"gas\":[null]}", "$.gas[0]: expected an object", BAD},
	    {"{\"gas\":[[]]}", "$.gas[0]: expected an object", BAD},
	    {"{\"gas\":[{\"unit\":\"\\u0000\"}]}", "$.gas[0].unit: text", BAD},
	    {"{\"gas\":[{\"\\u001b[2J\":1}]}", "$.gas[0].?[2J: unknown", BAD},
	    {"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}",
	        "$.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...: unknown", BAD},
	};

	expect_refusals(
	    &record__permit__descriptor, table, sizeof table / sizeof table[0]);
}

Test(json_decode, refuses_base64_of_a_second_spelling)
{
	static const struct refusal table[] = {
	    {"{\"root\":\"Zh==\"}", "$.root: base64 has unused bits", BAD},
	    {"{\"root\":\"Zg\"}", "$.root: base64 length", BAD},
	    {"{\"root\":\"Zm-_\"}", "$.root: no base64 character", BAD},
	    {"{\"root\":5}", "$.root: expected base64", BAD},
	};
	Record__LogStart *s;

	expect_refusals(&record__log_start__descriptor, table,
	    sizeof table / sizeof table[0]);
	s = (Record__LogStart *)decode(
	    &record__log_start__descriptor, "{\"root\":\"AAH/\"}");
	cr_assert(s->has_root);
	cr_assert_eq(s->root.len, 3);
	cr_assert_arr_eq(s->root.data, "\x00\x01\xff", 3);
	slice_free(&s->base);
}

Test(json_decode, counts_before_it_parses)
{
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg;
	struct buf b;
	int i;

	buf_init(&b, 2 * JSON_BYTES_MAX);
	buf_str(&b, "{\"recordIds\":[\"\"");
	for (i = 1; i < JSON_ITEMS_MAX; i++)
		buf_str(&b, ",\"\"");
	buf_str(&b, "]}");
	cr_assert_eq(json_decode(&msg, &ledger__manifest__descriptor,
	                 buf_view(&b), &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(((Ledger__Manifest *)msg)->n_record_ids, JSON_ITEMS_MAX);
	slice_free(msg);
	b.len -= 2;
	buf_str(&b, ",\"\"]}");
	cr_assert_eq(json_decode(&msg, &ledger__manifest__descriptor,
	                 buf_view(&b), &why),
	    ERR_LIMIT);
	cr_assert_str_eq(
	    why.text, "$.recordIds[100000]: more than 100000 array elements");
	buf_reset(&b);
	buf_str(&b, "{");
	for (i = 0; i < JSON_MEMBERS_MAX; i++)
		buf_str(&b, "\"a\":1,");
	cr_assert_eq(json_decode(&msg, &ledger__manifest__descriptor,
	                 buf_view(&b), NULL),
	    ERR_LIMIT);
	buf_reset(&b);
	memset(buf_grow(&b, JSON_BYTES_MAX + 1), ' ', JSON_BYTES_MAX + 1);
	cr_assert_eq(json_decode(&msg, &ledger__manifest__descriptor,
	                 buf_view(&b), &why),
	    ERR_LIMIT);
	cr_assert_str_eq(why.text, "$: larger than 8388608 bytes");
	buf_clear(&b);
}

Test(json_decode, stops_at_the_depth_limit)
{
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg;
	char text[2 * JSON_DEPTH_MAX + 3];

	memset(text, '[', sizeof text);
	cr_assert_eq(json_decode(&msg, &record__alarm__descriptor,
	                 bytes_of(text, JSON_DEPTH_MAX + 1), &why),
	    ERR_LIMIT);
	cr_assert_not_null(strstr(why.text, "more than 16 levels"));
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	cr_assert_eq(json_decode(&msg, &record__alarm__descriptor,
	                 bytes_of(text, 2 * JSON_DEPTH_MAX), &why),
	    ERR_MALFORMED);
}

Test(json_decode_list, takes_one_object_or_an_array)
{
	struct err_why why = {.text = ""};
	struct json_list list;

	cr_assert_eq(json_decode_list(&list, &record__alarm__descriptor,
	                 bytes_str("{\"level\":1}"), 2, &why),
	    ERR_OK);
	cr_assert(list.single);
	cr_assert_eq(list.len, 1);
	json_list_free(&list);
	cr_assert_eq(json_decode_list(&list, &record__alarm__descriptor,
	                 bytes_str("[{\"level\":1},{\"level\":3}]"), 2, &why),
	    ERR_OK);
	cr_assert_not(list.single);
	cr_assert_eq(list.len, 2);
	cr_assert_eq(((Record__Alarm *)list.at[1])->level, 3);
	json_list_free(&list);
	json_list_free(&list);
	cr_assert_eq(json_decode_list(&list, &record__alarm__descriptor,
	                 bytes_str("[]"), 2, &why),
	    ERR_OK);
	cr_assert_eq(list.len, 0);
	json_list_free(&list);
}

Test(json_decode_list, names_the_element_and_frees_the_others)
{
	struct err_why why = {.text = ""};
	struct json_list list = {.len = 77};

	cr_assert_eq(
	    json_decode_list(&list, &record__alarm__descriptor,
	        bytes_str("[{\"note\":\"a\"},{\"level\":\"b\"}]"), 9, &why),
	    ERR_MALFORMED);
	cr_assert_str_eq(why.text, "$[1].level: expected a number");
	cr_assert_eq(json_decode_list(&list, &record__alarm__descriptor,
	                 bytes_str("[{},{},{}]"), 2, &why),
	    ERR_LIMIT);
	cr_assert_str_eq(why.text, "$: more than 2 elements");
	cr_assert_eq(json_decode_list(&list, &record__alarm__descriptor,
	                 bytes_str("[{},null]"), 2, &why),
	    ERR_MALFORMED);
	cr_assert_str_eq(why.text, "$[1]: expected an object");
	cr_assert_eq(list.len, 77);
}

Test(json_encode, writes_the_canonical_form)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	char note[] = "a\"b\\c\n\t\x01 \xe8\x81\x94";

	expect_text(&a.base, 0, "{}");
	expect_text(&a.base, JSON_PRETTY, "{}\n");
	a.has_action = 1;
	a.action = RECORD__ALARM__ACTION__ACK;
	a.has_source_seq = 1;
	a.source_seq = UINT64_MAX;
	a.has_occurred_at = 1;
	a.occurred_at = INT64_C(1795315800500000);
	a.has_level = 1;
	a.level = 3;
	a.has_value = 1;
	a.value = 0.1;
	a.has_exercise = 1;
	a.note = note;
	expect_text(&a.base, 0,
	    "{\"action\":\"ACK\",\"sourceSeq\":\"18446744073709551615\","
	    "\"occurredAt\":\"2026-11-22T02:50:00.500Z\",\"level\":3,"
	    "\"value\":0.1,"
	    "\"note\":\"a\\\"b\\\\c\\n\\t\\u0001 \xe8\x81\x94\","
	    "\"exercise\":false}");
}

Test(json_encode, indents_by_two)
{
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[1] = {&g};
	Record__Permit p = RECORD__PERMIT__INIT;

	g.has_value = 1;
	g.value = -2;
	p.n_gas = 1;
	p.gas = list;
	p.has_level = 1;
	p.level = RECORD__PERMIT__LEVEL__SPECIAL;
	expect_text(&p.base, JSON_PRETTY,
	    "{\n  \"level\": \"SPECIAL\",\n  \"gas\": [\n    {\n"
	    "      \"value\": -2\n    }\n  ]\n}\n");
}

static void
expect_double(double v, const char *want)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	char text[64];

	a.has_value = 1;
	a.value = v;
	snprintf(text, sizeof text, "{\"value\":%s}", want);
	expect_text(&a.base, 0, text);
}

Test(json_encode, writes_doubles_shortest)
{
	expect_double(0, "0");
	expect_double(-0.0, "-0.0");
	expect_double(1, "1");
	expect_double(-1.5, "-1.5");
	expect_double(0.1, "0.1");
	expect_double(0.1 + 0.2, "0.30000000000000004");
	expect_double(20.9, "20.9");
	expect_double(-0.000001, "-0.000001");
	expect_double(1.0 / 3, "0.3333333333333333");
	expect_double(1e15, "1e+15");
	expect_double(999999999999999.0, "999999999999999");
	expect_double(9007199254740993.0, "9007199254740992");
	expect_double(1.7976931348623157e308, "1.7976931348623157e+308");
	expect_double(5e-324, "4.94065645841247e-324");
	expect_double(1e-7, "1e-07");
}

Test(json_encode, brings_every_double_back)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *back;
	struct buf b;
	uint64_t x;
	int i;

	buf_init(&b, 1000);
	x = 88172645463325252u;
	a.has_value = 1;
	for (i = 0; i < 20000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if (i % 2 == 0)
			memcpy(&a.value, &x, sizeof x);
		else
			a.value = (double)(int32_t)x / 1000;
		if (a.value - a.value != 0)
			continue;
		buf_reset(&b);
		json_encode(&b, &a.base, 0);
		back = (Record__Alarm *)decode(
		    &record__alarm__descriptor, buf_cstr(&b));
		cr_assert_arr_eq(&back->value, &a.value, sizeof a.value);
		slice_free(&back->base);
	}
	buf_clear(&b);
}

Test(json_encode, round_trips_through_text)
{
	static const char text[] =
	    "{\"action\":\"GAS_TEST\",\"occurredAt\":\"2026-11-22T02:50:00Z\","
	    "\"workType\":\"hot-work\",\"level\":\"LEVEL_2\","
	    "\"content\":\"\xe5\x8a\xa8\xe7\x81\xab \xf0\x9f\x94\xa5\","
	    "\"gas\":[{\"gas\":\"methane\",\"value\":0.2,\"lel\":5},"
	    "{\"gas\":\"oxygen\",\"value\":20.9}],\"exercise\":true}";
	ProtobufCMessage *msg;

	msg = decode(&record__permit__descriptor, text);
	expect_text(msg, 0, text);
	slice_free(msg);
}

Test(json_quote, replaces_what_is_no_utf8)
{
	struct buf b;

	buf_init(&b, 100);
	json_quote(&b, bytes_of("a\xff\x00\xe8\x81z\xed\xa0\x80", 9));
	cr_assert_str_eq(buf_cstr(&b),
	    "\"a\xef\xbf\xbd\\u0000\xef\xbf\xbd\xef\xbf\xbdz"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_reset(&b);
	json_quote(&b, bytes_of(NULL, 0));
	cr_assert_str_eq(buf_cstr(&b), "\"\"");
	buf_clear(&b);
}

Test(json_name, is_lower_camel_case)
{
	char out[32];

	json_name(out, sizeof out, "source_seq");
	cr_assert_str_eq(out, "sourceSeq");
	json_name(out, sizeof out, "as_of_at");
	cr_assert_str_eq(out, "asOfAt");
	json_name(out, sizeof out, "level_1");
	cr_assert_str_eq(out, "level1");
	json_name(out, 4, "source_seq");
	cr_assert_str_eq(out, "sou");
}
