/* json_value.c - one value of a document as a field wants it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/json_value.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/buf.h"
#include "proto/json_scan.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

/* Largest double that rounds to a finite float. */
#define FLOAT_REACH 0x1.fffffefffffffp127
#define EXACT_REAL                                                \
	9007199254740992.0 /* 2^53: integers up to here are exact \
	                    */

static void
put_path(struct buf *out, const struct json_value *s)
{
	if (s->up == NULL) {
		buf_str(out, "$");
		return;
	}
	put_path(out, s->up);
	if (s->up->node->kind == JSON_KIND_LIST)
		buf_printf(out, "[%zu]", s->index);
	else
		json_scan_key(out, s->node->key);
}

/* Puts "line N: path: " before what is said already. */
static enum err
wrap(const struct json_value *s, enum err e)
{
	struct buf b;

	if (s->why == NULL)
		return e;
	buf_init(&b, 4096);
	put_path(&b, s);
	(void)err_wrap(s->why, e, "%s", buf_cstr(&b));
	buf_clear(&b);
	return s->node->line > 0 ? err_wrap(s->why, e, "line %u", s->node->line)
	                         : e;
}

enum err
json_value_fail(const struct json_value *s, enum err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)err_vfail(s->why, e, fmt, ap);
	va_end(ap);
	return wrap(s, e);
}

static bool
is_text(const struct json_node *n)
{
	return n->kind == JSON_KIND_STRING || n->kind == JSON_KIND_PLAIN;
}

/* Sign and size of an integer, so that one reader serves all eight types. */
static enum err
get_integer(const struct json_value *s, bool *minus, uint64_t *size)
{
	const struct json_node *n = s->node;
	struct bytes digits;
	enum err e;

	if (n->kind == JSON_KIND_INT) {
		*minus = n->num.integer < 0;
		*size = *minus ? 0 - (uint64_t)n->num.integer
		               : (uint64_t)n->num.integer;
		return ERR_OK;
	}
	if (n->kind == JSON_KIND_REAL) {
		if (trunc(n->num.real) != n->num.real ||
		    fabs(n->num.real) > EXACT_REAL)
			return json_value_fail(
			    s, ERR_MALFORMED, "expected a whole number");
		*minus = n->num.real < 0;
		*size = (uint64_t)fabs(n->num.real);
		return ERR_OK;
	}
	if (!is_text(n))
		return json_value_fail(s, ERR_MALFORMED, "expected a number");
	digits = n->text;
	*minus = text_skip(&digits, "-");
	e = text_u64_get(size, digits, UINT64_MAX, NULL);
	if (e == ERR_LIMIT)
		return json_value_fail(
		    s, ERR_MALFORMED, "number is out of range");
	if (e != ERR_OK)
		return json_value_fail(s, ERR_MALFORMED, "expected a number");
	return ERR_OK;
}

static enum err
get_signed(const struct json_value *s, int64_t min, int64_t max, int64_t *out)
{
	uint64_t size = 0;
	int64_t v;
	bool minus = false;
	enum err e;

	e = get_integer(s, &minus, &size);
	if (e != ERR_OK)
		return e;
	if (size > (uint64_t)INT64_MAX + (minus ? 1 : 0))
		return json_value_fail(
		    s, ERR_MALFORMED, "number is out of range");
	/* -(2^63) has no positive counterpart. */
	v = minus ? (size == 0 ? 0 : -(int64_t)(size - 1) - 1) : (int64_t)size;
	if (v < min || v > max)
		return json_value_fail(
		    s, ERR_MALFORMED, "number is out of range");
	*out = v;
	return ERR_OK;
}

static enum err
get_unsigned(const struct json_value *s, uint64_t max, uint64_t *out)
{
	uint64_t size = 0;
	bool minus = false;
	enum err e;

	e = get_integer(s, &minus, &size);
	if (e != ERR_OK)
		return e;
	if (size > max || (minus && size != 0))
		return json_value_fail(
		    s, ERR_MALFORMED, "number is out of range");
	*out = size;
	return ERR_OK;
}

/* The number grammar of JSON; strtod alone takes hex, "inf" and spaces. */
static bool
is_number(struct bytes in)
{
	const uint8_t *p = in.ptr;
	size_t i, start;

	i = in.len > 0 && p[0] == '-' ? 1 : 0;
	start = i;
	while (i < in.len && p[i] >= '0' && p[i] <= '9')
		i++;
	if (i == start || (p[start] == '0' && i > start + 1))
		return false;
	if (i < in.len && p[i] == '.') {
		start = ++i;
		while (i < in.len && p[i] >= '0' && p[i] <= '9')
			i++;
		if (i == start)
			return false;
	}
	if (i < in.len && (p[i] == 'e' || p[i] == 'E')) {
		i++;
		if (i < in.len && (p[i] == '+' || p[i] == '-'))
			i++;
		start = i;
		while (i < in.len && p[i] >= '0' && p[i] <= '9')
			i++;
		if (i == start)
			return false;
	}
	return i == in.len;
}

static enum err
get_real(const struct json_value *s, double max, double *out)
{
	const struct json_node *n = s->node;
	double v;

	if (n->kind == JSON_KIND_INT)
		v = (double)n->num.integer;
	else if (n->kind == JSON_KIND_REAL)
		v = n->num.real;
	else if (is_text(n) && is_number(n->text))
		v = strtod((const char *)n->text.ptr, NULL);
	else
		return json_value_fail(s, ERR_MALFORMED, "expected a number");
	if (!isfinite(v) || fabs(v) > max)
		return json_value_fail(
		    s, ERR_MALFORMED, "number is out of range");
	*out = v;
	return ERR_OK;
}

static enum err
get_bool(const struct json_value *s, protobuf_c_boolean *out)
{
	const struct json_node *n = s->node;
	bool plain;

	plain = n->kind == JSON_KIND_PLAIN;
	if (n->kind == JSON_KIND_TRUE ||
	    (plain && bytes_equal(n->text, bytes_str("true"))))
		*out = 1;
	else if (n->kind == JSON_KIND_FALSE ||
	    (plain && bytes_equal(n->text, bytes_str("false"))))
		*out = 0;
	else
		return json_value_fail(
		    s, ERR_MALFORMED, "expected true or false");
	return ERR_OK;
}

static enum err
get_enum(
    const struct json_value *s, const ProtobufCEnumDescriptor *desc, int *out)
{
	const struct json_node *n = s->node;
	const ProtobufCEnumValue *v;
	int64_t number = 0;
	enum err e;

	v = NULL;
	if (is_text(n))
		v = protobuf_c_enum_descriptor_get_value_by_name(
		    desc, (const char *)n->text.ptr);
	if (v == NULL && n->kind != JSON_KIND_STRING) {
		e = get_signed(s, INT32_MIN, INT32_MAX, &number);
		if (e != ERR_OK)
			return json_value_fail(s, ERR_MALFORMED,
			    "expected a name of %s", desc->short_name);
		v = protobuf_c_enum_descriptor_get_value(desc, (int)number);
	}
	if (v == NULL)
		return json_value_fail(s, ERR_MALFORMED,
		    "unknown value, expected a name of %s", desc->short_name);
	*out = v->value;
	return ERR_OK;
}

static enum err
get_string(const struct json_value *s, char **out)
{
	const struct json_node *n = s->node;
	char *copy;

	if (!is_text(n))
		return json_value_fail(s, ERR_MALFORMED, "expected a string");
	if (!text_utf8_ok(n->text))
		return json_value_fail(
		    s, ERR_MALFORMED, "expected UTF-8 text without NUL");
	copy = mem_alloc(n->text.len + 1, 1);
	memcpy(copy, n->text.ptr, n->text.len);
	*out = copy;
	return ERR_OK;
}

static enum err
get_bytes(const struct json_value *s, ProtobufCBinaryData *out)
{
	struct buf b;
	enum err e;

	if (!is_text(s->node))
		return json_value_fail(
		    s, ERR_MALFORMED, "expected base64 text");
	buf_init(&b, s->node->text.len);
	e = text_b64_get(&b, s->node->text, s->why);
	if (e != ERR_OK) {
		buf_clear(&b);
		return wrap(s, ERR_MALFORMED);
	}
	/* The message owns the memory from here on. */
	out->len = b.len;
	out->data = b.ptr;
	return ERR_OK;
}

static enum err
get_time(const struct json_value *s, int64_t *out)
{
	enum err e;

	if (!is_text(s->node))
		return json_value_fail(s, ERR_MALFORMED,
		    "expected a time such as \"2026-11-22T02:50:00Z\"");
	e = text_time_get(out, s->node->text, s->why);
	if (e != ERR_OK)
		return wrap(s, ERR_MALFORMED);
	return ERR_OK;
}

/* Signed and unsigned integers of 32 bits in their slots. */
static enum err
fill_32(const struct json_value *s, bool is_signed, void *slot)
{
	int64_t i = 0;
	uint64_t u = 0;
	enum err e;

	if (is_signed) {
		e = get_signed(s, INT32_MIN, INT32_MAX, &i);
		if (e == ERR_OK)
			*(int32_t *)slot = (int32_t)i;
		return e;
	}
	e = get_unsigned(s, UINT32_MAX, &u);
	if (e == ERR_OK)
		*(uint32_t *)slot = (uint32_t)u;
	return e;
}

static enum err
fill_float(const struct json_value *s, float *slot)
{
	double d = 0;
	enum err e;

	e = get_real(s, FLOAT_REACH, &d);
	if (e == ERR_OK)
		*slot = (float)d;
	return e;
}

size_t
json_value_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return sizeof(uint32_t);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return sizeof(uint64_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(int);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	}
	assert(false && "a type that protobuf has");
	return 0;
}

bool
json_value_absent(const struct json_node *n)
{
	return n->kind == JSON_KIND_NULL ||
	    (n->kind == JSON_KIND_PLAIN &&
	        (n->text.len == 0 || bytes_equal(n->text, bytes_str("~")) ||
	            bytes_equal(n->text, bytes_str("null"))));
}

enum err
json_value_get(
    const struct json_value *s, const ProtobufCFieldDescriptor *f, void *slot)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return fill_32(s, true, slot);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return fill_32(s, false, slot);
	case PROTOBUF_C_TYPE_INT64:
		if (slice_is_time(f))
			return get_time(s, slot);
		return get_signed(s, INT64_MIN, INT64_MAX, slot);
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return get_signed(s, INT64_MIN, INT64_MAX, slot);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return get_unsigned(s, UINT64_MAX, slot);
	case PROTOBUF_C_TYPE_FLOAT:
		return fill_float(s, slot);
	case PROTOBUF_C_TYPE_DOUBLE:
		return get_real(s, DBL_MAX, slot);
	case PROTOBUF_C_TYPE_BOOL:
		return get_bool(s, slot);
	case PROTOBUF_C_TYPE_ENUM:
		return get_enum(s, f->descriptor, slot);
	case PROTOBUF_C_TYPE_STRING:
		return get_string(s, slot);
	case PROTOBUF_C_TYPE_BYTES:
		return get_bytes(s, slot);
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	assert(false && "a type that has one value");
	return ERR_MALFORMED;
}
