/* json_encode.c - messages to JSON text, straight from their descriptors. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/json.h"
#include "proto/json_value.h"
#include "proto/slice.h"
#include "proto/text.h"

/* Decimals up to here have at most 15 digits, and one spelling as a double. */
#define SHORT_MAX 1e15
#define SHORT_PLACES 6
#define NUMBER_BYTES 40

struct writer {
	struct buf *out;
	unsigned flags;
	unsigned depth;
};

static void put_message(struct writer *w, const ProtobufCMessage *msg);

static void
put_u64(struct buf *out, uint64_t v)
{
	char text[20];
	size_t at;

	at = sizeof text;
	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	buf_put(out, text + at, sizeof text - at);
}

static void
put_i64(struct buf *out, int64_t v)
{
	if (v < 0)
		buf_u8(out, '-');
	put_u64(out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* whole / 10^places without the zeroes behind. */
static void
put_decimal(struct buf *out, int64_t whole, int places)
{
	uint64_t scale, v;
	char tail[SHORT_PLACES];
	int i;

	scale = 1;
	for (i = 0; i < places; i++)
		scale *= 10;
	v = whole < 0 ? (uint64_t)-whole : (uint64_t)whole;
	if (whole < 0)
		buf_u8(out, '-');
	put_u64(out, v / scale);
	if (places == 0)
		return;
	v %= scale;
	for (i = places - 1; i >= 0; i--) {
		tail[i] = (char)('0' + v % 10);
		v /= 10;
	}
	buf_u8(out, '.');
	buf_put(out, tail, (size_t)places);
}

/*
 * Measurements have few decimals.  k and 10^p are exact as doubles and their
 * quotient is rounded once, so equality proves that reading "k/10^p" gives v.
 */
static bool
put_short(struct buf *out, double v)
{
	static const double powers[SHORT_PLACES + 1] = {
	    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
	double scaled;
	int p;

	if (v == 0.0 && signbit(v))
		return false;
	for (p = 0; p <= SHORT_PLACES; p++) {
		scaled = nearbyint(v * powers[p]);
		if (!(fabs(scaled) < SHORT_MAX))
			return false;
		if (scaled / powers[p] == v) {
			put_decimal(out, (int64_t)scaled, p);
			return true;
		}
	}
	return false;
}

static void
put_double(struct buf *out, double v)
{
	char text[NUMBER_BYTES];
	int digits;

	if (!isfinite(v)) {
		buf_str(out,
		    isnan(v)    ? "\"NaN\""
		        : v > 0 ? "\"Infinity\""
		                : "\"-Infinity\"");
		return;
	}
	if (put_short(out, v))
		return;
	for (digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, v);
		if (digits == 17 || strtod(text, NULL) == v)
			break;
	}
	buf_str(out, text);
	/* "-0" would come back as the integer 0. */
	if (v == 0.0)
		buf_str(out, ".0");
}

static void
put_float(struct buf *out, float v)
{
	char text[NUMBER_BYTES];
	int digits;

	if (!isfinite(v)) {
		put_double(out, (double)v);
		return;
	}
	for (digits = 6; digits <= 9; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, (double)v);
		if (digits == 9 || strtof(text, NULL) == v)
			break;
	}
	buf_str(out, text);
	if (v == 0.0f && signbit(v))
		buf_str(out, ".0");
}

static void
put_quoted_i64(struct buf *out, const ProtobufCFieldDescriptor *f, int64_t v)
{
	char time[TEXT_TIME_CHARS + 1];

	buf_u8(out, '"');
	if (slice_is_time(f)) {
		text_time_put(time, v);
		buf_str(out, time);
	} else {
		put_i64(out, v);
	}
	buf_u8(out, '"');
}

static void
put_enum(struct buf *out, const ProtobufCEnumDescriptor *desc, int v)
{
	const ProtobufCEnumValue *known;

	known = protobuf_c_enum_descriptor_get_value(desc, v);
	if (known == NULL) {
		put_i64(out, v);
		return;
	}
	buf_u8(out, '"');
	buf_str(out, known->name);
	buf_u8(out, '"');
}

static void
put_base64(struct buf *out, const ProtobufCBinaryData *v)
{
	buf_u8(out, '"');
	text_b64_put(out, bytes_of(v->data, v->len));
	buf_u8(out, '"');
}

static void
put_value(struct writer *w, const ProtobufCFieldDescriptor *f, const void *v)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		put_i64(w->out, *(const int32_t *)v);
		break;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		put_u64(w->out, *(const uint32_t *)v);
		break;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		put_quoted_i64(w->out, f, *(const int64_t *)v);
		break;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		buf_u8(w->out, '"');
		put_u64(w->out, *(const uint64_t *)v);
		buf_u8(w->out, '"');
		break;
	case PROTOBUF_C_TYPE_FLOAT:
		put_float(w->out, *(const float *)v);
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		put_double(w->out, *(const double *)v);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		buf_str(
		    w->out, *(const protobuf_c_boolean *)v ? "true" : "false");
		break;
	case PROTOBUF_C_TYPE_ENUM:
		put_enum(w->out, f->descriptor, *(const int *)v);
		break;
	case PROTOBUF_C_TYPE_STRING:
		json_quote(w->out, bytes_str(*(const char *const *)v));
		break;
	case PROTOBUF_C_TYPE_BYTES:
		put_base64(w->out, v);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		put_message(w, *(const ProtobufCMessage *const *)v);
		break;
	}
}

/* What one member adds in front of itself. */
static void
put_break(struct writer *w)
{
	unsigned i;

	if ((w->flags & JSON_PRETTY) == 0)
		return;
	buf_u8(w->out, '\n');
	for (i = 0; i < w->depth; i++)
		buf_put(w->out, "  ", 2);
}

static void
put_key(struct writer *w, const char *name)
{
	const char *p, *run;

	buf_u8(w->out, '"');
	run = name;
	for (p = name; *p != '\0'; p++) {
		if (*p != '_')
			continue;
		buf_put(w->out, run, (size_t)(p - run));
		if (p[1] >= 'a' && p[1] <= 'z') {
			p++;
			buf_u8(w->out, (uint8_t)(*p - 'a' + 'A'));
		}
		run = p + 1;
	}
	buf_put(w->out, run, (size_t)(p - run));
	buf_put(w->out, "\": ", (w->flags & JSON_PRETTY) != 0 ? 3 : 2);
}

static void
put_list(struct writer *w, const ProtobufCFieldDescriptor *f, const void *slot,
    size_t n)
{
	const char *at = *(const char *const *)slot;
	size_t i, size;

	size = json_value_size(f->type);
	buf_u8(w->out, '[');
	w->depth++;
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_u8(w->out, ',');
		put_break(w);
		put_value(w, f, at + i * size);
	}
	w->depth--;
	put_break(w);
	buf_u8(w->out, ']');
}

/* Number of values; a pointer that is the default is not set either. */
static size_t
count_of(const ProtobufCFieldDescriptor *f, const char *msg)
{
	const void *quantifier = msg + f->quantifier_offset;
	const void *p;

	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)quantifier;
	if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
	    *(const uint32_t *)quantifier != f->id)
		return 0;
	if (f->type == PROTOBUF_C_TYPE_STRING ||
	    f->type == PROTOBUF_C_TYPE_MESSAGE) {
		p = *(const void *const *)(const void *)(msg + f->offset);
		return p != NULL && p != f->default_value ? 1 : 0;
	}
	if (f->label == PROTOBUF_C_LABEL_OPTIONAL &&
	    (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return *(const protobuf_c_boolean *)quantifier ? 1 : 0;
	return 1;
}

static void
put_message(struct writer *w, const ProtobufCMessage *msg)
{
	const ProtobufCFieldDescriptor *f;
	const char *base = (const char *)msg;
	unsigned i;
	size_t n;
	bool first;

	buf_u8(w->out, '{');
	w->depth++;
	first = true;
	for (i = 0; i < msg->descriptor->n_fields; i++) {
		f = &msg->descriptor->fields[i];
		n = count_of(f, base);
		if (n == 0)
			continue;
		if (!first)
			buf_u8(w->out, ',');
		first = false;
		put_break(w);
		put_key(w, f->name);
		if (f->label == PROTOBUF_C_LABEL_REPEATED)
			put_list(w, f, base + f->offset, n);
		else
			put_value(w, f, base + f->offset);
	}
	w->depth--;
	if (!first)
		put_break(w);
	buf_u8(w->out, '}');
}

void
json_encode(struct buf *out, const ProtobufCMessage *msg, unsigned flags)
{
	struct writer w = {.out = out, .flags = flags};

	put_message(&w, msg);
	if ((flags & JSON_PRETTY) != 0)
		buf_u8(out, '\n');
}
