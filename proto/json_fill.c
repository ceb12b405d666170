/* json_fill.c - a tree of values to a protobuf message. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/json_fill.h"

#include <assert.h>

#include "proto/mem.h"
#include "proto/slice.h"

#define FIELDS_MAX 256

/* Which fields of one message the document has named. */
struct seen {
	uint64_t bits[FIELDS_MAX / 64];
};

static bool
has(const struct seen *s, size_t i)
{
	return (s->bits[i / 64] >> (i % 64) & 1) != 0;
}

static void
mark(struct seen *s, size_t i)
{
	s->bits[i / 64] |= UINT64_C(1) << (i % 64);
}

/* `key` is the proto name, or its lowerCamelCase. */
static bool
named(struct bytes key, const char *name)
{
	const char *p;
	size_t i;
	char c;

	/* Both spellings begin with the same letter: most fields end here. */
	if (name[0] != '_' && (key.len == 0 || key.ptr[0] != (uint8_t)name[0]))
		return false;
	if (bytes_equal(key, bytes_str(name)))
		return true;
	i = 0;
	for (p = name; *p != '\0'; p++) {
		c = *p;
		if (c == '_' && p[1] >= 'a' && p[1] <= 'z') {
			p++;
			c = (char)(*p - 'a' + 'A');
		} else if (c == '_') {
			continue;
		}
		if (i == key.len || key.ptr[i] != (uint8_t)c)
			return false;
		i++;
	}
	return i == key.len;
}

static const ProtobufCFieldDescriptor *
find_field(const ProtobufCMessageDescriptor *desc, struct bytes key)
{
	unsigned i;

	for (i = 0; i < desc->n_fields; i++)
		if (named(key, desc->fields[i].name))
			return &desc->fields[i];
	return NULL;
}

static enum err
fill_slot(
    const struct json_value *s, const ProtobufCFieldDescriptor *f, void *slot)
{
	ProtobufCMessage *msg = NULL;
	enum err e;

	if (f->type != PROTOBUF_C_TYPE_MESSAGE)
		return json_value_get(s, f, slot);
	e = json_fill_message(&msg, f->descriptor, s);
	if (e == ERR_OK)
		*(ProtobufCMessage **)slot = msg;
	return e;
}

/* The count grows with each value, so that a failure frees just those. */
static enum err
fill_list(
    const struct json_value *s, const ProtobufCFieldDescriptor *f, char *msg)
{
	struct json_value item = {.up = s, .tree = s->tree, .why = s->why};
	size_t *count = (size_t *)(void *)(msg + f->quantifier_offset);
	size_t size;
	uint32_t i;
	char *slots;
	enum err e;

	if (s->node->kind != JSON_KIND_LIST)
		return json_value_fail(s, ERR_MALFORMED, "expected an array");
	if (s->node->count == 0)
		return ERR_OK;
	size = json_value_size(f->type);
	slots = mem_alloc(s->node->count, size);
	*(void **)(void *)(msg + f->offset) = slots;
	for (i = s->node->first; i != 0; i = item.node->next) {
		item.node = &s->tree->at[i];
		item.index = *count;
		e = fill_slot(&item, f, slots + *count * size);
		if (e != ERR_OK)
			return e;
		(*count)++;
	}
	return ERR_OK;
}

static enum err
fill_single(
    const struct json_value *s, const ProtobufCFieldDescriptor *f, char *msg)
{
	void *quantifier = msg + f->quantifier_offset;
	bool oneof, counted;
	enum err e;

	oneof = (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
	if (oneof && *(uint32_t *)quantifier != 0)
		return json_value_fail(
		    s, ERR_MALFORMED, "excludes a field before it");
	e = fill_slot(s, f, msg + f->offset);
	if (e != ERR_OK)
		return e;
	/* Pointers say by themselves whether they are there. */
	counted = f->type != PROTOBUF_C_TYPE_STRING &&
	    f->type != PROTOBUF_C_TYPE_MESSAGE;
	if (oneof)
		*(uint32_t *)quantifier = f->id;
	else if (counted && f->label == PROTOBUF_C_LABEL_OPTIONAL)
		*(protobuf_c_boolean *)quantifier = 1;
	return ERR_OK;
}

static enum err
fill_member(
    const struct json_value *s, ProtobufCMessage *msg, struct seen *seen)
{
	const ProtobufCFieldDescriptor *f;
	size_t i;

	f = find_field(msg->descriptor, s->node->key);
	if (f == NULL)
		return json_value_fail(s, ERR_MALFORMED, "unknown field");
	i = (size_t)(f - msg->descriptor->fields);
	if (has(seen, i))
		return json_value_fail(s, ERR_MALFORMED, "duplicate key");
	mark(seen, i);
	if (json_value_absent(s->node) && f->label != PROTOBUF_C_LABEL_REQUIRED)
		return ERR_OK;
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return fill_list(s, f, (char *)msg);
	return fill_single(s, f, (char *)msg);
}

/* A required field that is missing would be a NULL that nobody expects. */
static enum err
check_required(const struct json_value *s,
    const ProtobufCMessageDescriptor *desc, const struct seen *seen)
{
	unsigned i;

	for (i = 0; i < desc->n_fields; i++)
		if (desc->fields[i].label == PROTOBUF_C_LABEL_REQUIRED &&
		    !has(seen, i))
			return json_value_fail(s, ERR_MALFORMED,
			    "needs field %s", desc->fields[i].name);
	return ERR_OK;
}

enum err
json_fill_message(ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *desc, const struct json_value *s)
{
	struct json_value member = {.up = s, .tree = s->tree, .why = s->why};
	struct seen seen = {{0}};
	ProtobufCMessage *msg;
	uint32_t i;
	enum err e;

	assert(desc->n_fields <= FIELDS_MAX);
	if (s->node->kind != JSON_KIND_OBJECT)
		return json_value_fail(s, ERR_MALFORMED, "expected an object");
	msg = mem_alloc(1, desc->sizeof_message);
	protobuf_c_message_init(desc, msg);
	e = ERR_OK;
	for (i = s->node->first; e == ERR_OK && i != 0; i = member.node->next) {
		member.node = &s->tree->at[i];
		e = fill_member(&member, msg, &seen);
	}
	if (e == ERR_OK)
		e = check_required(s, desc, &seen);
	if (e == ERR_OK) {
		*out = msg;
		msg = NULL;
	}
	slice_free(msg);
	return e;
}
