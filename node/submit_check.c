/* submit_check.c - limits of what any message may say. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "node/submit_op.h"

#define TEXT_MAX 16384 /* bytes of one string field */
#define ID_MAX 256 /* of one that is a name or an id */
#define LIST_MAX 1000 /* of one field */

static bool
is_name(const char *field)
{
	static const char *const names[] = {"source", "kind", "area", "unit",
	    "asset", "work_type", "worker", "guardian", "holder", "class",
	    "item", "type", "region", "tlp", "credential_id", "issuer",
	    "verifier", "holder_ref", "permit_no", "alarm_id", "device", "tag",
	    "company_code", "park_code", "vendor_event_id", "std_code",
	    "clock_source", "drill_id", "supersedes"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i], field) == 0)
			return true;
	}
	return false;
}

/* Few are long: their fields need not be looked up. */
static bool
text_ok(const ProtobufCFieldDescriptor *f, size_t len)
{
	return len <= ID_MAX || (len <= TEXT_MAX && !is_name(f->name));
}

static bool message_ok(const ProtobufCMessage *msg, const char **path);

static bool
value_ok(const ProtobufCFieldDescriptor *f, const char *at)
{
	union {
		const char *text;
		const ProtobufCMessage *msg;
		double number;
		int64_t whole;
	} v;
	const char *below;

	switch ((int)f->type) {
	case PROTOBUF_C_TYPE_STRING:
		memcpy(&v.text, at, sizeof v.text);
		return v.text == NULL || text_ok(f, strlen(v.text));
	case PROTOBUF_C_TYPE_MESSAGE:
		memcpy(&v.msg, at, sizeof v.msg);
		return v.msg == NULL || message_ok(v.msg, &below);
	case PROTOBUF_C_TYPE_DOUBLE:
		memcpy(&v.number, at, sizeof v.number);
		return isfinite(v.number);
	case PROTOBUF_C_TYPE_INT64:
		memcpy(&v.whole, at, sizeof v.whole);
		return v.whole >= 0;
	default:
		return true;
	}
}

/* Lists hold texts, messages or numbers that have no range of their own. */
static bool
list_ok(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *msg)
{
	const char *base = (const char *)msg;
	const char *items;
	size_t n;

	memcpy(&n, base + f->quantifier_offset, sizeof n);
	memcpy(&items, base + f->offset, sizeof items);
	if (n > LIST_MAX)
		return false;
	if (f->type != PROTOBUF_C_TYPE_STRING &&
	    f->type != PROTOBUF_C_TYPE_MESSAGE)
		return true;
	for (size_t i = 0; i < n; i++) {
		if (!value_ok(f, items + i * sizeof(void *)))
			return false;
	}
	return true;
}

static bool
message_ok(const ProtobufCMessage *msg, const char **path)
{
	const ProtobufCMessageDescriptor *d = msg->descriptor;

	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		bool ok = f->label == PROTOBUF_C_LABEL_REPEATED
		    ? list_ok(f, msg)
		    : value_ok(f, (const char *)msg + f->offset);

		if (ok)
			continue;
		*path = f->name;
		return false;
	}
	return true;
}

enum err
submit_op_check(
    const ProtobufCMessage *msg, const char **path, struct err_why *why)
{
	if (message_ok(msg, path))
		return ERR_OK;
	return err_fail(
	    why, ERR_MALFORMED, "%s: out of range or too long", *path);
}
