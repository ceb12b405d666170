/* mutate.c - change the fields of a message, or its wire form, at random. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/mutate.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096 /* bytes of one text or byte string */
#define ELEMENTS_MAX 64 /* of one repeated field */
#define RECORDS_MAX 256 /* fields of one wire form that are moved about */

uint64_t
mutate_random(uint64_t *state, uint64_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state >> 11) % below;
}

static void *
grown(void *p, size_t n, size_t each)
{
	p = realloc(p, n * each > 0 ? n * each : 1);
	if (p == NULL)
		abort();
	return p;
}

static size_t
element_bytes(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_ENUM:
	default:
		return 4;
	}
}

/* ---- values ---- */

static uint64_t
some_number(uint64_t old, uint64_t *state)
{
	static const uint64_t edges[] = {0, 1, 2, 127, 128, 255, 256, 65535,
	    65536, INT32_MAX, (uint64_t)INT32_MAX + 1, UINT32_MAX,
	    (uint64_t)UINT32_MAX + 1, INT64_MAX, (uint64_t)INT64_MAX + 1,
	    UINT64_MAX - 1, UINT64_MAX};

	switch (mutate_random(state, 5)) {
	case 0:
		return old + 1;
	case 1:
		return old - 1;
	case 2:
		return old ^ UINT64_C(1) << mutate_random(state, 64);
	case 3:
		return mutate_random(state, 32);
	default:
		return edges[mutate_random(
		    state, sizeof(edges) / sizeof(edges[0]))];
	}
}

static void
change_enum(const ProtobufCFieldDescriptor *f, void *at, uint64_t *state)
{
	const ProtobufCEnumDescriptor *d = f->descriptor;
	int v = (int)mutate_random(state, 200) - 20;

	if (mutate_random(state, 8) != 0)
		v = d->values[mutate_random(state, d->n_values)].value;
	memcpy(at, &v, sizeof(v));
}

static void
change_real(void *at, uint64_t *state)
{
	static const double some[] = {0, -0.0, 1, -1, 0.1, 4, 19.5, 23.5, 1e300,
	    -1e-300, 9007199254740993.0, 1.0 / 0.0, 0.0 / 0.0};
	double v = some[mutate_random(state, sizeof(some) / sizeof(some[0]))];

	memcpy(at, &v, sizeof(v));
}

/* New contents into a heap block of its own; *len is its length. */
static uint8_t *
some_bytes(const void *old, size_t *len, uint64_t *state)
{
	static const char *const known[] = {"plant-a.acme.example",
	    "plant-a.acme.example/evidence/1", "hq.acme.example", "hot-work",
	    "record.Alarm", "record.Permit", "tank-farm-2", "gas", "DENY", "",
	    "01930000-0000-7000-8000-000000000001", "\xe7\x94\xb2\xe7\x83\xb7",
	    "\xed\xa0\x80", "a\nb", "tcp://127.0.0.1:1", "../x"};
	const char *word;
	uint8_t *p;

	if (mutate_random(state, 3) == 0) {
		word = known[mutate_random(
		    state, sizeof(known) / sizeof(known[0]))];
		*len = strlen(word);
		p = grown(NULL, *len + 1, 1);
		memcpy(p, word, *len + 1);
		return p;
	}
	*len = *len < TEXT_MAX ? *len : TEXT_MAX;
	p = grown(NULL, TEXT_MAX + 1, 1);
	if (*len > 0)
		memcpy(p, old, *len);
	*len = LLVMFuzzerMutate(p, *len, TEXT_MAX);
	p[*len] = '\0';
	return p;
}

static void
change_text(char **at, uint64_t *state)
{
	char *old = *at;
	size_t len = old != NULL ? strlen(old) : 0;

	*at = (char *)some_bytes(old, &len, state);
	free(old);
}

static void
change_bytes(ProtobufCBinaryData *at, uint64_t *state)
{
	uint8_t *old = at->data;

	at->data = some_bytes(old, &at->len, state);
	free(old);
}

static ProtobufCMessage *
fresh(const ProtobufCMessageDescriptor *desc)
{
	ProtobufCMessage *m = grown(NULL, 1, desc->sizeof_message);

	protobuf_c_message_init(desc, m);
	return m;
}

/* One value of the field's type, at `at`. */
static void
change_value(const ProtobufCFieldDescriptor *f, void *at, uint64_t *state)
{
	uint64_t wide = 0;
	size_t n = element_bytes(f->type);

	switch (f->type) {
	case PROTOBUF_C_TYPE_ENUM:
		change_enum(f, at, state);
		break;
	case PROTOBUF_C_TYPE_STRING:
		change_text(at, state);
		break;
	case PROTOBUF_C_TYPE_BYTES:
		change_bytes(at, state);
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		change_real(at, state);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		mutate_fields(*(ProtobufCMessage **)at, state);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)at = (int)mutate_random(state, 2);
		break;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_FLOAT:
	default:
		memcpy(&wide, at, n);
		wide = some_number(wide, state);
		memcpy(at, &wide, n);
		break;
	}
}

/* ---- repeated fields ---- */

static void
drop_element(const ProtobufCFieldDescriptor *f, void *at)
{
	if (f->type == PROTOBUF_C_TYPE_STRING)
		free(*(char **)at);
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		free(((ProtobufCBinaryData *)at)->data);
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		protobuf_c_message_free_unpacked(
		    *(ProtobufCMessage **)at, NULL);
}

/* A copy of `from`, owned by the place `at`. */
static void
copy_element(const ProtobufCFieldDescriptor *f, void *at, const void *from)
{
	const ProtobufCBinaryData *b = from;
	const ProtobufCMessage *m;
	ProtobufCBinaryData packed;
	uint8_t *raw;

	memcpy(at, from, element_bytes(f->type));
	if (f->type == PROTOBUF_C_TYPE_STRING) {
		*(char **)at = strdup(*(char *const *)from);
	} else if (f->type == PROTOBUF_C_TYPE_BYTES) {
		packed.len = b->len;
		packed.data = grown(NULL, b->len + 1, 1);
		if (b->len > 0)
			memcpy(packed.data, b->data, b->len);
		memcpy(at, &packed, sizeof(packed));
	} else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		m = *(ProtobufCMessage *const *)from;
		raw = grown(NULL, protobuf_c_message_get_packed_size(m) + 1, 1);
		packed.len = protobuf_c_message_pack(m, raw);
		*(ProtobufCMessage **)at = protobuf_c_message_unpack(
		    m->descriptor, NULL, packed.len, raw);
		free(raw);
		if (*(ProtobufCMessage **)at == NULL)
			*(ProtobufCMessage **)at = fresh(f->descriptor);
	}
}

static void
add_element(
    const ProtobufCFieldDescriptor *f, size_t *n, uint8_t **at, uint64_t *state)
{
	size_t each = element_bytes(f->type);
	size_t like = *n > 0 ? (size_t)mutate_random(state, *n) : 0;
	bool copy = *n > 0 && mutate_random(state, 3) != 0;

	if (*n >= ELEMENTS_MAX)
		return;
	*at = grown(*at, *n + 1, each);
	if (copy) {
		copy_element(f, *at + *n * each, *at + like * each);
	} else {
		memset(*at + *n * each, 0, each);
		if (f->type == PROTOBUF_C_TYPE_MESSAGE)
			((ProtobufCMessage **)(void *)*at)[*n] =
			    fresh(f->descriptor);
		change_value(f, *at + *n * each, state);
	}
	(*n)++;
}

static void
change_repeated(
    const ProtobufCFieldDescriptor *f, size_t *n, uint8_t **at, uint64_t *state)
{
	size_t each = element_bytes(f->type), i, j;
	uint8_t spare[sizeof(ProtobufCBinaryData)];

	if (*n == 0) {
		add_element(f, n, at, state);
		return;
	}
	i = (size_t)mutate_random(state, *n);
	switch (mutate_random(state, 6)) {
	case 0:
		add_element(f, n, at, state);
		break;
	case 1:
		drop_element(f, *at + i * each);
		(*n)--;
		memmove(*at + i * each, *at + (i + 1) * each, (*n - i) * each);
		break;
	case 2:
		j = (size_t)mutate_random(state, *n);
		memcpy(spare, *at + i * each, each);
		memmove(*at + i * each, *at + j * each, each);
		memcpy(*at + j * each, spare, each);
		break;
	default:
		change_value(f, *at + i * each, state);
	}
}

/* ---- messages ---- */

static void
change_field(
    ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, uint64_t *state)
{
	uint8_t *at = (uint8_t *)msg + f->offset;
	uint8_t *has = (uint8_t *)msg + f->quantifier_offset;
	ProtobufCMessage **sub = (ProtobufCMessage **)(void *)at;
	bool clear = mutate_random(state, 6) == 0;

	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		change_repeated(
		    f, (size_t *)(void *)has, (uint8_t **)(void *)at, state);
		return;
	}
	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		if (*sub != NULL && clear) {
			protobuf_c_message_free_unpacked(*sub, NULL);
			*sub = NULL;
			return;
		}
		if (*sub == NULL)
			*sub = fresh(f->descriptor);
		mutate_fields(*sub, state);
		return;
	}
	if (f->type == PROTOBUF_C_TYPE_STRING && clear) {
		free(*(char **)(void *)at);
		*(char **)(void *)at = NULL;
		return;
	}
	change_value(f, at, state);
	if (f->type != PROTOBUF_C_TYPE_STRING)
		*(protobuf_c_boolean *)(void *)has = !clear;
}

void
mutate_fields(ProtobufCMessage *msg, uint64_t *state)
{
	const ProtobufCMessageDescriptor *d = msg->descriptor;
	uint64_t times = 1 + mutate_random(state, 3);

	for (uint64_t i = 0; i < times && d->n_fields > 0; i++)
		change_field(
		    msg, &d->fields[mutate_random(state, d->n_fields)], state);
}

ProtobufCMessage *
mutate_new(const ProtobufCMessageDescriptor *desc, uint64_t *state)
{
	ProtobufCMessage *m = fresh(desc);
	uint64_t times = 1 + mutate_random(state, 6);

	for (uint64_t i = 0; i < times; i++)
		mutate_fields(m, state);
	return m;
}

/* ---- the wire form ---- */

/* Length of the field that stands first; 0: not well formed. */
static size_t
record_bytes(const uint8_t *p, size_t left)
{
	uint64_t tag = 0, n = 0;
	size_t i = 0, k;

	do {
		if (i >= left || i > 4)
			return 0;
		tag |= (uint64_t)(p[i] & 0x7f) << 7 * i;
	} while (p[i++] & 0x80);
	k = i;
	switch (tag & 7) {
	case 0:
	case 2:
		do {
			if (k >= left || k - i > 9)
				return 0;
			n |= (uint64_t)(p[k] & 0x7f) << 7 * (k - i);
		} while (p[k++] & 0x80);
		if ((tag & 7) == 0)
			return k;
		return n <= left - k ? k + (size_t)n : 0;
	case 1:
		return left - k >= 8 ? k + 8 : 0;
	case 5:
		return left - k >= 4 ? k + 4 : 0;
	default:
		return 0;
	}
}

/* Doubles, removes, swaps or stretches fields without understanding them. */
static size_t
rearrange(uint8_t *data, size_t size, size_t max, uint64_t *state)
{
	size_t at[RECORDS_MAX + 1], n = 0, len, i, j, a;
	uint8_t *copy = grown(NULL, size + 1, 1);

	memcpy(copy, data, size);
	for (at[0] = 0; n < RECORDS_MAX && at[n] < size; n++) {
		len = record_bytes(data + at[n], size - at[n]);
		if (len == 0)
			break;
		at[n + 1] = at[n] + len;
	}
	if (n == 0) {
		free(copy);
		return LLVMFuzzerMutate(data, size, max);
	}
	i = (size_t)mutate_random(state, n);
	j = (size_t)mutate_random(state, n);
	len = at[i + 1] - at[i];
	a = at[j];
	switch (mutate_random(state, 4)) {
	case 0: /* field i again, before field j */
		if (size + len > max)
			break;
		memmove(data + a + len, data + a, size - a);
		memcpy(data + a, copy + at[i], len);
		size += len;
		break;
	case 1: /* without field i */
		memmove(data + at[i], data + at[i + 1], size - at[i + 1]);
		size -= len;
		break;
	case 2: /* its tag of another number or type */
		data[at[i]] = (uint8_t)mutate_random(state, 256);
		break;
	default: /* its last byte goes on: a longer varint, or nonsense */
		if (size + 1 > max)
			break;
		a = at[i + 1];
		memmove(data + a + 1, data + a, size - a);
		data[a - 1] |= 0x80;
		data[a] = 0;
		size++;
	}
	free(copy);
	return size;
}

size_t
mutate_wire(uint8_t *data, size_t size, size_t max_size,
    const ProtobufCMessageDescriptor *desc, unsigned seed)
{
	uint64_t state = UINT64_C(88172645463325252) ^
	    ((uint64_t)seed + 1) * UINT64_C(2654435761);
	uint64_t how = mutate_random(&state, 16);
	ProtobufCMessage *m;
	uint8_t *packed;
	size_t len;

	if (how == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	if (how < 3)
		return rearrange(data, size, max_size, &state);
	m = protobuf_c_message_unpack(desc, NULL, size, data);
	if (m == NULL)
		m = mutate_new(desc, &state);
	else
		mutate_fields(m, &state);
	len = protobuf_c_message_get_packed_size(m);
	if (len <= max_size) {
		packed = grown(NULL, len + 1, 1);
		size = protobuf_c_message_pack(m, packed);
		memcpy(data, packed, size);
		free(packed);
	}
	protobuf_c_message_free_unpacked(m, NULL);
	return size;
}
