/* json_value_test.c - every protobuf type, also those no schema uses yet. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "proto/json.h"
#include "proto/slice.h"

/* A message as protoc-c would make it. */
struct every {
	ProtobufCMessage base;
	protobuf_c_boolean has_i32, has_s32, has_f32, has_x32, has_s64, has_x64;
	int32_t i32;
	int32_t s32;
	float f32;
	uint32_t x32;
	int64_t s64;
	int64_t x64;
	char *must;
	uint32_t choice_case;
	union {
		char *name;
		uint32_t number;
	} choice;
	size_t n_reals;
	double *reals;
	size_t n_blobs;
	ProtobufCBinaryData *blobs;
	size_t n_flags;
	protobuf_c_boolean *flags;
};

#define FIELD(id, name, label, type, quantifier, member, flags)              \
	{                                                                    \
#name, id, PROTOBUF_C_LABEL_##label, PROTOBUF_C_TYPE_##type, \
		    quantifier, offsetof(struct every, member), NULL, NULL,  \
		    flags, 0, NULL, NULL                                     \
	}
#define OPTIONAL(id, name, type)                                            \
	FIELD(id, name, OPTIONAL, type, offsetof(struct every, has_##name), \
	    name, 0)
#define REPEATED(id, name, type)                                          \
	FIELD(id, name, REPEATED, type, offsetof(struct every, n_##name), \
	    name, 0)
#define ONEOF(id, name, type)                                                \
	FIELD(id, name, OPTIONAL, type, offsetof(struct every, choice_case), \
	    choice.name, PROTOBUF_C_FIELD_FLAG_ONEOF)

static const ProtobufCFieldDescriptor fields[] = {
    OPTIONAL(1, i32, INT32),
    OPTIONAL(2, s32, SINT32),
    OPTIONAL(3, f32, FLOAT),
    OPTIONAL(4, x32, FIXED32),
    OPTIONAL(5, s64, SINT64),
    OPTIONAL(6, x64, SFIXED64),
    FIELD(7, must, REQUIRED, STRING, 0, must, 0),
    ONEOF(8, name, STRING),
    ONEOF(9, number, UINT32),
    REPEATED(10, reals, DOUBLE),
    REPEATED(11, blobs, BYTES),
    REPEATED(12, flags, BOOL),
};

static const ProtobufCIntRange ranges[] = {{1, 0}, {0, 12}};

static void every_init(ProtobufCMessage *msg);

static const ProtobufCMessageDescriptor every = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "test.Every",
    .short_name = "Every",
    .c_name = "Every",
    .package_name = "test",
    .sizeof_message = sizeof(struct every),
    .n_fields = 12,
    .fields = fields,
    .n_field_ranges = 1,
    .field_ranges = ranges,
    .message_init = every_init,
};

static void
every_init(ProtobufCMessage *msg)
{
	memset(msg, 0, sizeof(struct every));
	msg->descriptor = &every;
}

static void
expect_same(const char *text, const char *want)
{
	struct slice_list slices;
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg, *again;
	struct buf json, packed;
	enum err e;

	e = json_decode(&msg, &every, bytes_str(text), &why);
	cr_assert_eq(e, ERR_OK, "%s: %s", text, why.text);
	buf_init(&json, 10000);
	json_encode(&json, msg, 0);
	cr_assert_str_eq(buf_cstr(&json), want);
	buf_init(&packed, 10000);
	slice_pack(&packed, msg);
	e = slice_split(&slices, &every, buf_view(&packed), &why);
	cr_assert_eq(e, ERR_OK, "%s: %s", text, why.text);
	e = slice_unpack(&again, &every, buf_view(&packed), &why);
	cr_assert_eq(e, ERR_OK, "%s: %s", text, why.text);
	buf_reset(&json);
	json_encode(&json, again, 0);
	cr_assert_str_eq(buf_cstr(&json), want);
	buf_clear(&json);
	buf_clear(&packed);
	slice_free(msg);
	slice_free(again);
}

Test(json_value_get, brings_the_extremes_of_each_type_back)
{
	expect_same("{\"must\":\"\",\"i32\":-2147483648,\"s32\":2147483647,"
	            "\"x32\":4294967295,\"s64\":\"-9223372036854775808\","
	            "\"x64\":\"9223372036854775807\",\"f32\":0.1}",
	    "{\"i32\":-2147483648,\"s32\":2147483647,\"f32\":0.1,"
	    "\"x32\":4294967295,\"s64\":\"-9223372036854775808\","
	    "\"x64\":\"9223372036854775807\",\"must\":\"\"}");
	expect_same("{\"must\":\"m\",\"f32\":3.4028235e38,\"s32\":-1}",
	    "{\"s32\":-1,\"f32\":3.4028235e+38,\"must\":\"m\"}");
	expect_same("{\"must\":\"m\",\"f32\":-0.0,\"i32\":\"-7\"}",
	    "{\"i32\":-7,\"f32\":-0.0,\"must\":\"m\"}");
}

Test(json_value_get, fills_lists_of_scalars)
{
	expect_same("{\"must\":\"m\",\"reals\":[1,0.25,\"-3e2\"],"
	            "\"blobs\":[\"\",\"Zm9v\"],\"flags\":[true,false]}",
	    "{\"must\":\"m\",\"reals\":[1,0.25,-300],"
	    "\"blobs\":[\"\",\"Zm9v\"],\"flags\":[true,false]}");
}

Test(json_value_get, sets_one_of_a_oneof)
{
	expect_same("{\"must\":\"m\",\"name\":\"n\"}",
	    "{\"must\":\"m\",\"name\":\"n\"}");
	expect_same("{\"must\":\"m\",\"name\":null,\"number\":0}",
	    "{\"must\":\"m\",\"number\":0}");
}

Test(json_value_get, refuses_with_the_path)
{
	static const char *const table[][2] = {
	    {"{}", "$: needs field must"},
	    {"{\"must\":null}", "$.must: expected a string"},
	    {"{\"must\":\"\",\"i32\":2147483648}", "$.i32: number is out"},
	    {"{\"must\":\"\",\"i32\":-2147483649}", "$.i32: number is out"},
	    {"{\"must\":\"\",\"s32\":\"99999999999999999999\"}",
	        "$.s32: number is out"},
	    {"{\"must\":\"\",\"s64\":\"9223372036854775808\"}",
	        "$.s64: number is out"},
	    {"{\"must\":\"\",\"s64\":\"-9223372036854775809\"}",
	        "$.s64: number is out"},
	    {"{\"must\":\"\",\"s64\":\"--1\"}", "$.s64: expected a number"},
	    {"{\"must\":\"\",\"s64\":\"-\"}", "$.s64: expected a number"},
	    {"{\"must\":\"\",\"x32\":-1}", "$.x32: number is out"},
	    {"{\"must\":\"\",\"f32\":3.5e38}", "$.f32: number is out"},
	    {"{\"must\":\"\",\"name\":\"n\",\"number\":1}",
	        "$.number: excludes a field before it"},
	    {"{\"must\":\"\",\"reals\":[1,null]}",
	        "$.reals[1]: expected a number"},
	    {"{\"must\":\"\",\"blobs\":[\"Zm9v\",\"Z\"]}",
	        "$.blobs[1]: base64 length"},
	    {"{\"must\":\"\",\"flags\":[true,1]}",
	        "$.flags[1]: expected true or false"},
	};
	struct err_why why;
	ProtobufCMessage *msg;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		memset(&why, 0, sizeof why);
		cr_expect_eq(
		    json_decode(&msg, &every, bytes_str(table[i][0]), &why),
		    ERR_MALFORMED, "%s", table[i][0]);
		cr_expect_eq(
		    strncmp(why.text, table[i][1], strlen(table[i][1])), 0,
		    "%s: \"%s\" instead of \"%s\"", table[i][0], why.text,
		    table[i][1]);
	}
}

Test(slice_split, refuses_two_of_a_oneof_and_infinite_floats)
{
	static const struct {
		const char *raw;
		size_t len;
	} bad[] = {
	    {"\x3a\x00\x42\x01n\x48\x01", 7},
	    {"\x1d\x00\x00\x80\x7f", 5},
	    {"\x08\xff\xff\xff\xff\x0f", 6},
	    {"\x10\xff\xff\xff\xff\x1f", 6},
	    {"\x25\x00\x00\x00", 4},
	};
	struct slice_list list;
	ProtobufCMessage *msg;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_eq(slice_split(&list, &every,
		                 bytes_of(bad[i].raw, bad[i].len), NULL),
		    ERR_MALFORMED, "%zu", i);
	/* Canonical, but without the required field. */
	cr_assert_eq(
	    slice_split(&list, &every, bytes_of("\x10\x01", 2), NULL), ERR_OK);
	cr_assert_eq(slice_unpack(&msg, &every, bytes_of("\x10\x01", 2), NULL),
	    ERR_MALFORMED);
}
