/* field.c - a field of a message by its path, as rule packs name it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/field.h"

#include <string.h>

/* The field that `path` begins with; *rest: after its dot, or NULL. */
static const ProtobufCFieldDescriptor *
first_of(
    const ProtobufCMessageDescriptor *d, const char *path, const char **rest)
{
	char name[FIELD_PATH_MAX];
	const char *dot = strchr(path, '.');
	size_t n = dot != NULL ? (size_t)(dot - path) : strlen(path);

	*rest = dot != NULL ? dot + 1 : NULL;
	if (n == 0 || n >= sizeof name)
		return NULL;
	memcpy(name, path, n);
	name[n] = '\0';
	return protobuf_c_message_descriptor_get_field_by_name(d, name);
}

bool
field_known(const ProtobufCMessageDescriptor *d, const char *path)
{
	const char *rest;
	const ProtobufCFieldDescriptor *f = first_of(d, path, &rest);

	if (f == NULL || rest == NULL)
		return f != NULL;
	return f->type == PROTOBUF_C_TYPE_MESSAGE &&
	    f->label != PROTOBUF_C_LABEL_REPEATED &&
	    strchr(rest, '.') == NULL && field_known(f->descriptor, rest);
}

static void
number_of(
    struct field_value *out, const ProtobufCFieldDescriptor *f, const char *at)
{
	union {
		double d;
		int64_t i;
		uint32_t u;
		protobuf_c_boolean b;
	} v;

	switch ((int)f->type) {
	case PROTOBUF_C_TYPE_DOUBLE:
		memcpy(&v.d, at, sizeof v.d);
		out->number = v.d;
		break;
	case PROTOBUF_C_TYPE_INT64:
		memcpy(&v.i, at, sizeof v.i);
		out->number = (double)v.i;
		break;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_ENUM:
		memcpy(&v.u, at, sizeof v.u);
		out->number = (double)v.u;
		break;
	case PROTOBUF_C_TYPE_BOOL:
		memcpy(&v.b, at, sizeof v.b);
		out->truth = v.b != 0;
		break;
	default:
		break;
	}
}

static bool
is_pointer(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_STRING ||
	    f->type == PROTOBUF_C_TYPE_MESSAGE;
}

bool
field_get(
    struct field_value *out, const ProtobufCMessage *msg, const char *path)
{
	const char *rest;
	const ProtobufCFieldDescriptor *f =
	    first_of(msg->descriptor, path, &rest);
	const char *at;
	const void *ptr = NULL;
	size_t count = 0;
	protobuf_c_boolean has = 0;

	*out = (struct field_value){.given = false};
	if (f == NULL)
		return false;
	at = (const char *)msg + f->offset;
	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		memcpy(&count, (const char *)msg + f->quantifier_offset,
		    sizeof count);
		out->given = count > 0;
		out->number = (double)count;
		return rest == NULL;
	}
	if (is_pointer(f)) {
		memcpy(&ptr, at, sizeof ptr);
		if (rest != NULL && f->type == PROTOBUF_C_TYPE_MESSAGE)
			return ptr != NULL ? field_get(out, ptr, rest)
			                   : field_known(f->descriptor, rest);
		out->given = ptr != NULL &&
		    (f->type == PROTOBUF_C_TYPE_MESSAGE ||
		        ((const char *)ptr)[0] != '\0');
		return rest == NULL;
	}
	memcpy(&has, (const char *)msg + f->quantifier_offset, sizeof has);
	out->given = has != 0;
	if (has)
		number_of(out, f, at);
	return rest == NULL;
}

struct texts {
	bool (*each)(void *arg, const char *text);
	void *arg;
};

static bool
see_value(
    const struct texts *t, const ProtobufCFieldDescriptor *d, const char *at)
{
	const void *p;

	memcpy(&p, at, sizeof p);
	if (p == NULL)
		return true;
	return d->type == PROTOBUF_C_TYPE_STRING
	    ? t->each(t->arg, p)
	    : field_texts(p, t->each, t->arg);
}

bool
field_texts(const ProtobufCMessage *msg,
    bool (*each)(void *arg, const char *text), void *arg)
{
	const struct texts t = {each, arg};
	bool go_on = true;

	for (unsigned i = 0; i < msg->descriptor->n_fields && go_on; i++) {
		const ProtobufCFieldDescriptor *d = &msg->descriptor->fields[i];
		const char *at = (const char *)msg + d->offset;
		const char *list;
		size_t n;

		if (d->type != PROTOBUF_C_TYPE_STRING &&
		    d->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		if (d->label != PROTOBUF_C_LABEL_REPEATED) {
			go_on = see_value(&t, d, at);
			continue;
		}
		memcpy(&n, (const char *)msg + d->quantifier_offset, sizeof n);
		memcpy((void *)&list, at, sizeof(void *));
		for (size_t k = 0; k < n && go_on; k++)
			go_on = see_value(&t, d, list + k * sizeof(void *));
	}
	return go_on;
}
