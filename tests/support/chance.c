/* chance.c - seeded cases for tests of laws, and messages at random. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/chance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define DEPTH 3

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

void
chance_each(unsigned cases, void (*law)(struct chance *c))
{
	uint64_t first = setting("CHANCE_SEED", 1);
	uint64_t n = setting("CHANCE_CASES", cases);

	for (uint64_t seed = first; seed < first + n; seed++) {
		struct chance c = {seed,
		    UINT64_C(88172645463325252) ^
		        seed * UINT64_C(0x9e3779b97f4a7c15)};

		law(&c);
	}
}

uint64_t
chance_below(struct chance *c, uint64_t below)
{
	c->state ^= c->state << 13;
	c->state ^= c->state >> 7;
	c->state ^= c->state << 17;
	return (c->state >> 11) % below;
}

void
chance_must(const struct chance *c, bool ok, const char *file, int line,
    const char *text)
{
	if (ok)
		return;
	fprintf(stderr, "%s:%d: CHANCE_SEED=%" PRIu64 ": not so: %s\n", file,
	    line, c->seed, text);
	abort();
}

/* ---- messages ---- */

static uint64_t
number(struct chance *c)
{
	uint64_t v = c->state * UINT64_C(0x2545f4914f6cdd1d);

	return v >> chance_below(c, 64);
}

static char *
text(struct chance *c)
{
	static const char *const bits[] = {"a", "Z", "0", " ", "\"", "\\", "\n",
	    "\t", "/", "\x01", "\x7f", "\xc2\x85", "\xe2\x80\xa8",
	    "\xe7\x94\xb2", "\xf0\x9f\x94\xa5", "\xef\xbb\xbf", ":", "#", "-",
	    "null", "~", "yes", "1e3", "'", "{", "]"};
	struct buf b;
	char *out;

	buf_init(&b, 4096);
	for (uint64_t n = chance_below(c, 9); n > 0; n--)
		buf_str(
		    &b, bits[chance_below(c, sizeof(bits) / sizeof(bits[0]))]);
	out = mem_strdup(buf_cstr(&b));
	buf_clear(&b);
	return out;
}

static double
real(struct chance *c)
{
	static const double some[] = {0, -0.0, 0.1, 1.0 / 3, 1e300, -1e-300,
	    5e-324, 9007199254740993.0, 20.9, 1e21};

	if (chance_below(c, 2) == 0)
		return some[chance_below(c, sizeof(some) / sizeof(some[0]))];
	return (double)(int64_t)number(c) / 1000;
}

static ProtobufCBinaryData
binary(struct chance *c)
{
	ProtobufCBinaryData b = {chance_below(c, 70), NULL};

	b.data = mem_alloc(b.len + 1, 1);
	for (size_t i = 0; i < b.len; i++)
		b.data[i] = (uint8_t)chance_below(c, 256);
	return b;
}

static ProtobufCMessage *make(
    struct chance *c, const ProtobufCMessageDescriptor *desc, unsigned depth);

static void
put_value(struct chance *c, const ProtobufCFieldDescriptor *f, void *at,
    unsigned depth)
{
	const ProtobufCEnumDescriptor *e = f->descriptor;
	ProtobufCBinaryData b;
	uint64_t v = number(c);
	uint32_t low = (uint32_t)v;
	char *s;
	double d;
	int known;

	if (f->type == PROTOBUF_C_TYPE_STRING) {
		s = text(c);
		memcpy(at, &s, sizeof(s));
	} else if (f->type == PROTOBUF_C_TYPE_BYTES) {
		b = binary(c);
		memcpy(at, &b, sizeof(b));
	} else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		*(ProtobufCMessage **)at = make(c, f->descriptor, depth + 1);
	} else if (f->type == PROTOBUF_C_TYPE_DOUBLE) {
		d = real(c);
		memcpy(at, &d, sizeof(d));
	} else if (f->type == PROTOBUF_C_TYPE_ENUM) {
		known = e->values[chance_below(c, e->n_values)].value;
		memcpy(at, &known, sizeof(known));
	} else if (f->type == PROTOBUF_C_TYPE_BOOL) {
		*(protobuf_c_boolean *)at = (int)chance_below(c, 2);
	} else if (f->type == PROTOBUF_C_TYPE_INT32 ||
	    f->type == PROTOBUF_C_TYPE_SINT32 ||
	    f->type == PROTOBUF_C_TYPE_UINT32) {
		memcpy(at, &low, sizeof(low));
	} else {
		if (slice_is_time(f))
			v %= (uint64_t)TEXT_TIME_END_US;
		memcpy(at, &v, sizeof(v));
	}
}

static size_t
value_bytes(ProtobufCType type)
{
	if (type == PROTOBUF_C_TYPE_BYTES)
		return sizeof(ProtobufCBinaryData);
	if (type == PROTOBUF_C_TYPE_ENUM || type == PROTOBUF_C_TYPE_BOOL ||
	    type == PROTOBUF_C_TYPE_INT32 || type == PROTOBUF_C_TYPE_SINT32 ||
	    type == PROTOBUF_C_TYPE_UINT32)
		return 4;
	return 8;
}

static ProtobufCMessage *
make(struct chance *c, const ProtobufCMessageDescriptor *desc, unsigned depth)
{
	ProtobufCMessage *m = mem_alloc(1, desc->sizeof_message);

	protobuf_c_message_init(desc, m);
	for (unsigned i = 0; i < desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &desc->fields[i];
		uint8_t *at = (uint8_t *)m + f->offset, *all;
		uint8_t *has = (uint8_t *)m + f->quantifier_offset;
		size_t n, each = value_bytes(f->type);
		protobuf_c_boolean yes = 1;

		if (chance_below(c, 2) == 0 ||
		    (f->type == PROTOBUF_C_TYPE_MESSAGE && depth >= DEPTH))
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			n = 1 + chance_below(c, 3);
			all = mem_alloc(n, each);
			for (size_t k = 0; k < n; k++)
				put_value(c, f, all + k * each, depth);
			memcpy(has, &n, sizeof(n));
			memcpy(at, &all, sizeof(all));
			continue;
		}
		put_value(c, f, at, depth);
		if (f->type != PROTOBUF_C_TYPE_STRING &&
		    f->type != PROTOBUF_C_TYPE_MESSAGE)
			memcpy(has, &yes, sizeof(yes));
	}
	return m;
}

ProtobufCMessage *
chance_message(struct chance *c, const ProtobufCMessageDescriptor *desc)
{
	return make(c, desc, 0);
}
