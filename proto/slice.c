/* slice.c - the canonical protobuf form and its top-level slices. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/slice.h"

#include <assert.h>
#include <math.h>

#include "proto/limits.h"
#include "proto/text.h"
#include "proto/zh.h"

/* Wire types of protobuf; 3 and 4 (groups) are refused. */
enum wire {
	WIRE_VARINT = 0,
	WIRE_64 = 1,
	WIRE_LEN = 2,
	WIRE_32 = 5
};

#define FIELD_NUMBER_MAX ((1u << 29) - 1)

static enum err check_message(struct slice_list *out,
    const ProtobufCMessageDescriptor *desc, struct bytes in, unsigned depth,
    struct err_why *why);

static enum wire
wire_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return WIRE_32;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return WIRE_64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_LEN;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_ENUM:
		return WIRE_VARINT;
	}
	assert(false && "a type that protobuf has");
	return WIRE_VARINT;
}

static bool
take_long_varint(struct bytes *in, uint64_t *out)
{
	uint64_t v;
	uint8_t c;
	size_t i;

	v = 0;
	for (i = 0; i < 10 && i < in->len; i++) {
		c = in->ptr[i];
		if (i == 9 && c > 1)
			return false;
		v |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c < 0x80) {
			if (i > 0 && c == 0)
				return false;
			in->ptr += i + 1;
			in->len -= i + 1;
			*out = v;
			return true;
		}
	}
	return false;
}

/* A varint in its only accepted, shortest spelling.  Most tags, lengths and
 * enum values have one byte. */
static inline bool
take_varint(struct bytes *in, uint64_t *out)
{
	if (in->len == 0 || in->ptr[0] >= 0x80)
		return take_long_varint(in, out);
	*out = in->ptr[0];
	in->ptr++;
	in->len--;
	return true;
}

static bool
take(struct bytes *in, size_t len, struct bytes *out)
{
	if (len > in->len)
		return false;
	*out = bytes_of(in->ptr, len);
	in->ptr += len;
	in->len -= len;
	return true;
}

static uint64_t
little_endian(struct bytes v)
{
	uint64_t out;
	size_t i;

	out = 0;
	for (i = v.len; i > 0; i--)
		out = out << 8 | v.ptr[i - 1];
	return out;
}

static bool
enum_known(const ProtobufCEnumDescriptor *desc, int value)
{
	return protobuf_c_enum_descriptor_get_value(desc, value) != NULL;
}

bool
slice_is_time(const ProtobufCFieldDescriptor *f)
{
	size_t len;

	len = strlen(f->name);
	return f->type == PROTOBUF_C_TYPE_INT64 && len > 3 &&
	    strcmp(f->name + len - 3, "_at") == 0;
}

/* NULL when the value is in the range of its type, else the rule. */
static const char *
varint_fault(const ProtobufCFieldDescriptor *f, uint64_t v)
{
	int64_t s;

	memcpy(&s, &v, sizeof s);
	switch ((int)f->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return v <= 1 ? NULL : ZH("is no boolean");
	case PROTOBUF_C_TYPE_INT64:
		return (s >= 0 && s < TEXT_TIME_END_US) || !slice_is_time(f)
		    ? NULL
		    : ZH("is a time outside the years 1970 to 9999");
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SINT32:
		return v <= UINT32_MAX ? NULL : ZH("is out of range");
	case PROTOBUF_C_TYPE_INT32:
		return s >= INT32_MIN && s <= INT32_MAX ? NULL
		                                        : ZH("is out of range");
	case PROTOBUF_C_TYPE_ENUM:
		if (s < INT32_MIN || s > INT32_MAX ||
		    !enum_known(f->descriptor, (int)s))
			return ZH("has an unknown enum value");
		return NULL;
	default:
		return NULL;
	}
}

/* A measurement that is no number passes every comparison with a limit. */
static const char *
fixed_fault(const ProtobufCFieldDescriptor *f, struct bytes raw)
{
	uint64_t bits;
	uint32_t bits32;
	double d;
	float x;

	bits = little_endian(raw);
	if (f->type == PROTOBUF_C_TYPE_DOUBLE) {
		memcpy(&d, &bits, sizeof d);
		return isfinite(d) ? NULL : ZH("is not a finite number");
	}
	if (f->type == PROTOBUF_C_TYPE_FLOAT) {
		bits32 = (uint32_t)bits;
		memcpy(&x, &bits32, sizeof x);
		return isfinite(x) ? NULL : ZH("is not a finite number");
	}
	return NULL;
}

static enum err
field_fail(
    const ProtobufCFieldDescriptor *f, const char *rule, struct err_why *why)
{
	(void)err_plain(why, ERR_MALFORMED, rule);
	return err_wrap(why, ERR_MALFORMED, "field %u (%s)", f->id, f->name);
}

static enum err
check_len(const ProtobufCFieldDescriptor *f, struct bytes raw, unsigned depth,
    struct err_why *why)
{
	enum err e;

	if (f->type == PROTOBUF_C_TYPE_STRING && !text_utf8_ok(raw))
		return field_fail(f, ZH("is not UTF-8 text without NUL"), why);
	if (f->type != PROTOBUF_C_TYPE_MESSAGE)
		return ERR_OK;
	e = check_message(NULL, f->descriptor, raw, depth + 1, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "%s", f->name);
	return ERR_OK;
}

/* One value behind its tag; moves `in` past it. */
static enum err
check_value(const ProtobufCFieldDescriptor *f, struct bytes *in, unsigned depth,
    struct err_why *why)
{
	const char *fault;
	struct bytes raw;
	uint64_t v;

	fault = NULL;
	switch (wire_of(f->type)) {
	case WIRE_VARINT:
		if (!take_varint(in, &v))
			return field_fail(f, ZH("is no minimal varint"), why);
		fault = varint_fault(f, v);
		break;
	case WIRE_64:
		if (!take(in, 8, &raw))
			return field_fail(f, ZH("is cut short"), why);
		fault = fixed_fault(f, raw);
		break;
	case WIRE_32:
		if (!take(in, 4, &raw))
			return field_fail(f, ZH("is cut short"), why);
		fault = fixed_fault(f, raw);
		break;
	case WIRE_LEN:
		if (!take_varint(in, &v))
			return field_fail(
			    f, ZH("has no minimal varint as length"), why);
		if (v > in->len || !take(in, (size_t)v, &raw))
			return field_fail(f, ZH("is cut short"), why);
		return check_len(f, raw, depth, why);
	}
	return fault == NULL ? ERR_OK : field_fail(f, fault, why);
}

/* Where the walk through one message stands. */
struct walk {
	const ProtobufCMessageDescriptor *desc;
	const ProtobufCFieldDescriptor *last; /* NULL before the first */
	uint32_t oneofs[8]; /* quantifier offsets of oneofs that are taken */
	size_t oneofs_len;
};

/* Fields stand in the order of their numbers, in messages as in descriptors:
 * mostly it is the one after the last. */
static const ProtobufCFieldDescriptor *
find_field(const struct walk *w, unsigned number)
{
	const ProtobufCFieldDescriptor *end =
	    w->desc->fields + w->desc->n_fields;
	const ProtobufCFieldDescriptor *next =
	    w->last == NULL ? w->desc->fields : w->last + 1;

	if (next < end && next->id == number)
		return next;
	return protobuf_c_message_descriptor_get_field(w->desc, number);
}

static enum err
take_tag(struct walk *w, struct bytes *in, struct err_why *why)
{
	const ProtobufCFieldDescriptor *f;
	uint64_t tag, number;
	size_t i;

	if (!take_varint(in, &tag))
		return err_fail(
		    why, ERR_MALFORMED, "a field tag is no minimal varint");
	number = tag >> 3;
	if (number == 0 || number > FIELD_NUMBER_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "a field number is out "
		    "of range");
	f = find_field(w, (unsigned)number);
	if (f == NULL)
		return err_fail(why, ERR_MALFORMED, "field %u is unknown",
		    (unsigned)number);
	if ((tag & 7) != (uint64_t)wire_of(f->type))
		return field_fail(f, ZH("has the wrong wire type"), why);
	if (w->last != NULL && f->id < w->last->id)
		return field_fail(f, ZH("is out of order"), why);
	if (f == w->last && f->label != PROTOBUF_C_LABEL_REPEATED)
		return field_fail(f, ZH("stands there twice"), why);
	w->last = f;
	if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return ERR_OK;
	for (i = 0; i < w->oneofs_len; i++)
		if (w->oneofs[i] == f->quantifier_offset)
			return field_fail(
			    f, ZH("excludes a field before it"), why);
	assert(w->oneofs_len < sizeof w->oneofs / sizeof w->oneofs[0]);
	w->oneofs[w->oneofs_len++] = f->quantifier_offset;
	return ERR_OK;
}

/* Extends the last slice or begins the next one. */
static enum err
note_slice(struct slice_list *out, uint32_t number, struct bytes piece,
    struct err_why *why)
{
	if (out->len > 0 && out->at[out->len - 1].number == number) {
		out->at[out->len - 1].bytes.len += piece.len;
		return ERR_OK;
	}
	if (out->len == SLICE_MAX)
		return err_fail(
		    why, ERR_LIMIT, "more than %d fields", SLICE_MAX);
	out->at[out->len++] = (struct slice){number, piece};
	return ERR_OK;
}

/* out: NULL for nested messages, which are not cut. */
static enum err
check_message(struct slice_list *out, const ProtobufCMessageDescriptor *desc,
    struct bytes in, unsigned depth, struct err_why *why)
{
	struct walk w = {.desc = desc};
	const uint8_t *start;
	enum err e;

	if (depth > LIMITS_DEPTH)
		return err_fail(
		    why, ERR_LIMIT, "nested deeper than %d", LIMITS_DEPTH);
	while (in.len > 0) {
		start = in.ptr;
		e = take_tag(&w, &in, why);
		if (e != ERR_OK)
			return e;
		e = check_value(w.last, &in, depth, why);
		if (e != ERR_OK)
			return e;
		if (out == NULL)
			continue;
		e = note_slice(out, w.last->id,
		    bytes_of(start, (size_t)(in.ptr - start)), why);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

enum err
slice_split(struct slice_list *out, const ProtobufCMessageDescriptor *desc,
    struct bytes in, struct err_why *why)
{
	struct slice_list list;
	enum err e;

	list.len = 0;
	e = check_message(&list, desc, in, 1, why);
	if (e != ERR_OK)
		return e;
	memcpy(out->at, list.at, list.len * sizeof list.at[0]);
	out->len = list.len;
	return ERR_OK;
}

void
slice_pack(struct buf *out, const ProtobufCMessage *msg)
{
	size_t len;
	uint8_t *to;

	len = protobuf_c_message_get_packed_size(msg);
	to = buf_grow(out, len);
	if (to != NULL)
		(void)protobuf_c_message_pack(msg, to);
}

enum err
slice_decode_in(ProtobufCMessage **out, const ProtobufCMessageDescriptor *desc,
    struct bytes in, ProtobufCAllocator *mem, struct err_why *why)
{
	ProtobufCMessage *msg =
	    protobuf_c_message_unpack(desc, mem, in.len, in.ptr);

	if (msg == NULL)
		return err_fail(
		    why, ERR_MALFORMED, "%s does not decode", desc->short_name);
	*out = msg;
	return ERR_OK;
}

enum err
slice_unpack_in(ProtobufCMessage **out, const ProtobufCMessageDescriptor *desc,
    struct bytes in, ProtobufCAllocator *mem, struct err_why *why)
{
	enum err e = check_message(NULL, desc, in, 1, why);

	return e == ERR_OK ? slice_decode_in(out, desc, in, mem, why) : e;
}

enum err
slice_unpack(ProtobufCMessage **out, const ProtobufCMessageDescriptor *desc,
    struct bytes in, struct err_why *why)
{
	return slice_unpack_in(out, desc, in, NULL, why);
}

void
slice_free(ProtobufCMessage *msg)
{
	if (msg != NULL)
		protobuf_c_message_free_unpacked(msg, NULL);
}
