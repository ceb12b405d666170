/* sealed_view.c - packed leaves and bodies as nodes write them, in place. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/sealed_view.h"

#include <stddef.h>

#define TAG_LEN(number) ((uint8_t)((number) << 3 | 2))
#define TAG_VARINT(number) ((uint8_t)((number) << 3))

static bool
next_is(const struct bytes *in, uint8_t tag)
{
	return in->len > 0 && in->ptr[0] == tag;
}

/* In its shortest spelling. */
static bool
take_varint(struct bytes *in, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 10 && i < in->len; i++) {
		const uint8_t c = in->ptr[i];

		if (i == 9 && c > 1)
			return false;
		v |= (uint64_t)(c & 0x7f) << 7 * i;
		if (c >= 0x80)
			continue;
		if (i > 0 && c == 0)
			return false;
		in->ptr += i + 1;
		in->len -= i + 1;
		*out = v;
		return true;
	}
	return false;
}

static bool
take_bytes(struct bytes *in, uint8_t tag, struct bytes *out)
{
	uint64_t len;

	if (!next_is(in, tag))
		return false;
	in->ptr++;
	in->len--;
	if (!take_varint(in, &len) || len > in->len)
		return false;
	*out = bytes_of(in->ptr, (size_t)len);
	in->ptr += len;
	in->len -= (size_t)len;
	return true;
}

static bool
take_number(struct bytes *in, uint8_t tag, uint64_t *out)
{
	if (!next_is(in, tag))
		return false;
	in->ptr++;
	in->len--;
	return take_varint(in, out);
}

/* The library takes mutable pointers for data that it only reads. */
static ProtobufCBinaryData
data_of(struct bytes b)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} u = {.in = b.ptr};

	return (ProtobufCBinaryData){b.len, u.out};
}

static bool
view_opening(struct sealed_view_opening *out, struct bytes in)
{
	Ledger__Opening *o = &out->opening;
	struct bytes type;
	struct bytes key;
	struct bytes message;
	uint64_t version;

	if (!take_bytes(&in, TAG_LEN(1), &type) ||
	    !take_number(&in, TAG_VARINT(2), &version) ||
	    !take_bytes(&in, TAG_LEN(3), &key) ||
	    !take_bytes(&in, TAG_LEN(4), &message) || in.len > 0)
		return false;
	if (type.len == 0 || type.len >= sizeof(out->type) ||
	    memchr(type.ptr, '\0', type.len) != NULL || version > UINT32_MAX)
		return false;
	memcpy(out->type, type.ptr, type.len);
	out->type[type.len] = '\0';
	ledger__opening__init(o);
	o->type = out->type;
	o->has_schema_version = true;
	o->schema_version = (uint32_t)version;
	o->has_record_key = true;
	o->record_key = data_of(key);
	o->has_message = true;
	o->message = data_of(message);
	return true;
}

static bool
view_auth(Ledger__Auth *out, struct bytes in)
{
	struct bytes salt;
	struct bytes key;
	struct bytes signature;
	uint64_t at;
	uint64_t seq;

	if (!take_bytes(&in, TAG_LEN(1), &salt) ||
	    !take_bytes(&in, TAG_LEN(2), &key) ||
	    !take_bytes(&in, TAG_LEN(3), &signature) ||
	    !take_number(&in, TAG_VARINT(4), &at) ||
	    !take_number(&in, TAG_VARINT(5), &seq) || in.len > 0 ||
	    at > INT64_MAX || seq > UINT32_MAX)
		return false;
	ledger__auth__init(out);
	out->has_salt = true;
	out->salt = data_of(salt);
	out->has_key = true;
	out->key = data_of(key);
	out->has_signature = true;
	out->signature = data_of(signature);
	out->has_occurred_us = true;
	out->occurred_us = (int64_t)at;
	out->has_based_on_seq = true;
	out->based_on_seq = (uint32_t)seq;
	return true;
}

bool
sealed_view(struct sealed_view *out, struct bytes packed)
{
	Ledger__Sealed *s = &out->sealed;
	struct bytes part;

	ledger__sealed__init(s);
	if (next_is(&packed, TAG_LEN(1))) {
		if (!take_bytes(&packed, TAG_LEN(1), &part) ||
		    !view_opening(&out->body, part))
			return false;
		s->body = &out->body.opening;
	}
	if (next_is(&packed, TAG_LEN(2))) {
		if (!take_bytes(&packed, TAG_LEN(2), &part) ||
		    !view_opening(&out->annex, part))
			return false;
		s->annex = &out->annex.opening;
	}
	if (next_is(&packed, TAG_LEN(3))) {
		if (!take_bytes(&packed, TAG_LEN(3), &part) ||
		    !view_auth(&out->auth, part))
			return false;
		s->auth = &out->auth;
	}
	return packed.len == 0;
}

/* ---- leaves ---- */

/* A field of an entry: of which type, and where it goes. */
struct entry_field {
	enum {
		WORD32,
		WORD64,
		ENUM,
		DATA
	} type;
	size_t has;
	size_t at;
	const ProtobufCEnumDescriptor *values;
};

#define FIELD(t, name)                                  \
	{                                               \
		t, offsetof(Ledger__Entry, has_##name), \
		    offsetof(Ledger__Entry, name), NULL \
	}
#define CHOICE(name, desc)                                 \
	{                                                  \
		ENUM, offsetof(Ledger__Entry, has_##name), \
		    offsetof(Ledger__Entry, name), &(desc) \
	}

/* By number, from 1. */
static const struct entry_field ENTRY[] = {
    FIELD(WORD32, version),
    CHOICE(kind, ledger__kind__descriptor),
    FIELD(WORD64, kind_seq),
    FIELD(WORD64, previous_of_kind),
    FIELD(WORD32, time_epoch),
    FIELD(WORD64, recorded_us),
    FIELD(WORD64, clock_us),
    FIELD(WORD32, clock_error_ms),
    CHOICE(clock_source, ledger__clock_source__descriptor),
    FIELD(DATA, record_id),
    FIELD(DATA, event_id),
    FIELD(WORD32, event_seq),
    CHOICE(outcome, ledger__outcome__descriptor),
    FIELD(DATA, commitment),
    FIELD(DATA, annex_commitment),
    FIELD(DATA, auth_commitment),
    FIELD(DATA, commitment_alt),
};
#define ENTRY_FIELDS (sizeof(ENTRY) / sizeof(ENTRY[0]))

static bool
take_field(uint8_t *out, const struct entry_field *f, struct bytes *in)
{
	const protobuf_c_boolean has = true;
	ProtobufCBinaryData data;
	uint64_t v;
	uint32_t word;

	if (!take_varint(in, &v))
		return false;
	word = (uint32_t)v;
	switch (f->type) {
	case WORD64:
		memcpy(out + f->at, &v, sizeof(v));
		break;
	case ENUM:
		if (v > INT32_MAX ||
		    protobuf_c_enum_descriptor_get_value(f->values, (int)v) ==
		        NULL)
			return false;
		memcpy(out + f->at, &word, sizeof(word));
		break;
	case WORD32:
		if (v > UINT32_MAX)
			return false;
		memcpy(out + f->at, &word, sizeof(word));
		break;
	case DATA:
		if (v > in->len)
			return false;
		data = data_of(bytes_of(in->ptr, (size_t)v));
		memcpy(out + f->at, &data, sizeof(data));
		in->ptr += v;
		in->len -= (size_t)v;
		break;
	}
	memcpy(out + f->has, &has, sizeof(has));
	return true;
}

bool
sealed_view_entry(Ledger__Entry *out, struct bytes leaf)
{
	uint64_t before = 0;

	ledger__entry__init(out);
	while (leaf.len > 0) {
		const struct entry_field *f;
		uint64_t tag;

		if (!take_varint(&leaf, &tag) || tag >> 3 <= before ||
		    tag >> 3 > ENTRY_FIELDS)
			return false;
		before = tag >> 3;
		f = &ENTRY[before - 1];
		if ((tag & 7) != (f->type == DATA ? 2 : 0) ||
		    !take_field((uint8_t *)out, f, &leaf))
			return false;
	}
	return true;
}
