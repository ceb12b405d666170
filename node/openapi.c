/* openapi.c - the OpenAPI document, from table and descriptors. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/openapi.h"

#include "api.pb-c.h"
#include "node/openapi_param.h"
#include "node/ops.h"
#include "node/service.h"
#include "proto/json.h"

#include <stdio.h>
#include <string.h>

#define TYPES_MAX 256
#define NAME_CAP 256

/* Message types that the document mentions, in order of first mention. */
struct types {
	const ProtobufCMessageDescriptor *at[TYPES_MAX];
	size_t len;
};

static void
mention(struct types *t, const ProtobufCMessageDescriptor *d)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->at[i] == d)
			return;
	if (t->len < TYPES_MAX)
		t->at[t->len++] = d;
}

static void
put_ref(struct buf *out, const ProtobufCMessageDescriptor *d)
{
	buf_printf(out, "{\"$ref\":\"#/components/schemas/%s\"}", d->name);
}

static void
put_enum(struct buf *out, const ProtobufCEnumDescriptor *d)
{
	buf_str(out, "{\"type\":\"string\",\"enum\":[");
	bool first = true;
	for (unsigned i = 0; i < d->n_values; i++) {
		if (d->values[i].value == 0)
			continue;
		buf_printf(
		    out, "%s\"%s\"", first ? "" : ",", d->values[i].name);
		first = false;
	}
	buf_str(out, "]}");
}

static bool
is_time(const ProtobufCFieldDescriptor *f)
{
	size_t n = strlen(f->name);

	return f->type == PROTOBUF_C_TYPE_INT64 && n > 3 &&
	    strcmp(f->name + n - 3, "_at") == 0;
}

/* Schema of one value of the field, as proto/json.h writes it. */
static void
put_value(struct buf *out, const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		put_ref(out, f->descriptor);
		return;
	case PROTOBUF_C_TYPE_ENUM:
		put_enum(out, f->descriptor);
		return;
	case PROTOBUF_C_TYPE_BOOL:
		buf_str(out, "{\"type\":\"boolean\"}");
		return;
	case PROTOBUF_C_TYPE_STRING:
		buf_str(out, "{\"type\":\"string\"}");
		return;
	case PROTOBUF_C_TYPE_BYTES:
		buf_str(out, "{\"type\":\"string\",\"format\":\"byte\"}");
		return;
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		buf_str(out, "{\"type\":\"number\"}");
		return;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		buf_str(out, "{\"type\":\"integer\",\"format\":\"int32\"}");
		return;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		buf_str(out,
		    "{\"type\":\"integer\",\"minimum\":0,"
		    "\"maximum\":4294967295}");
		return;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		buf_str(out,
		    is_time(f)
		        ? "{\"type\":\"string\",\"format\":\"date-time\"}"
		        : "{\"type\":\"string\",\"format\":\"int64\"}");
		return;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		buf_str(out, "{\"type\":\"string\",\"format\":\"uint64\"}");
		return;
	}
}

static void
put_schema(
    struct buf *out, struct types *types, const ProtobufCMessageDescriptor *d)
{
	char name[NAME_CAP];

	buf_str(out,
	    "{\"type\":\"object\",\"additionalProperties\":false,"
	    "\"properties\":{");
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		bool many = f->label == PROTOBUF_C_LABEL_REPEATED;
		json_name(name, sizeof name, f->name);
		buf_printf(out, "%s\"%s\":", i > 0 ? "," : "", name);
		if (many)
			buf_str(out, "{\"type\":\"array\",\"items\":");
		put_value(out, f);
		if (many)
			buf_str(out, "}");
		if (f->type == PROTOBUF_C_TYPE_MESSAGE)
			mention(types, f->descriptor);
	}
	buf_str(out, "}}");
}

/* ---- paths ---- */

static void
put_parameter(struct buf *out, const struct ops_entry *op, struct bytes name,
    const char *in, bool *first)
{
	if (!*first)
		buf_str(out, ",");
	*first = !openapi_param_put(out, op, name, in) && *first;
}

static void
put_parameters(struct buf *out, const struct ops_entry *op)
{
	bool first = true;

	buf_str(out, "\"parameters\":[");
	for (const char *p = strchr(op->path, '{'); p != NULL;
	     p = strchr(p, '{')) {
		p++;
		put_parameter(
		    out, op, bytes_of(p, strcspn(p, "*}")), "path", &first);
	}
	for (const char *p = op->params; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, " ");
		size_t bare = n > 0 && p[n - 1] == '+' ? n - 1 : n;
		put_parameter(out, op, bytes_of(p, bare), "query", &first);
		p += n;
		p += strspn(p, " ");
	}
	buf_str(out, "],");
}

static void
put_body(struct buf *out, const struct ops_entry *op, struct types *types)
{
	if (op->request == NULL)
		return;
	mention(types, op->request);
	buf_str(out,
	    "\"requestBody\":{\"required\":true,\"content\":{"
	    "\"application/json\":{\"schema\":");
	if ((op->flags & OPS_LIST) != 0) {
		buf_str(out, "{\"oneOf\":[");
		put_ref(out, op->request);
		buf_printf(out,
		    ",{\"type\":\"array\",\"maxItems\":%d,\"items\":",
		    OPS_LIST_MAX);
		put_ref(out, op->request);
		buf_str(out, "}]}");
	} else {
		put_ref(out, op->request);
	}
	buf_str(out, "},\"application/x-protobuf\":{}}},");
}

static void
put_answers(struct buf *out, const struct ops_entry *op, struct types *types)
{
	const char *created = (op->flags & OPS_CREATES) != 0 ? "201" : "200";

	buf_printf(
	    out, "\"responses\":{\"%s\":{\"description\":\"done\"", created);
	if ((op->flags & OPS_STREAM) != 0)
		buf_str(out, ",\"content\":{\"text/event-stream\":{}}");
	if (op->response != NULL) {
		mention(types, op->response);
		buf_str(out, ",\"content\":{\"application/json\":{\"schema\":");
		if ((op->flags & OPS_LIST) != 0) {
			mention(types, &api__receipts__descriptor);
			buf_str(out, "{\"oneOf\":[");
			put_ref(out, op->response);
			buf_str(out, ",");
			put_ref(out, &api__receipts__descriptor);
			buf_str(out, "]}");
		} else {
			put_ref(out, op->response);
		}
		buf_str(out, "}}");
	}
	buf_str(out,
	    "},\"default\":{\"description\":\"problem\",\"content\":{"
	    "\"application/problem+json\":{\"schema\":");
	put_ref(out, &api__problem__descriptor);
	buf_str(out, "}}}}");
}

static void
put_roles(struct buf *out, const struct ops_entry *op)
{
	bool first = true;

	buf_str(out, ",\"x-roles\":[");
	for (unsigned bit = 1; bit <= OPS_ADMIN; bit <<= 1)
		if ((op->roles & bit) != 0) {
			buf_printf(out, "%s\"%s\"", first ? "" : ",",
			    ops_role_name(bit));
			first = false;
		}
	buf_str(out, "]");
	bool open = op->roles == OPS_OPEN || (op->flags & OPS_TILES) != 0;
	buf_str(
	    out, open ? ",\"security\":[]" : ",\"security\":[{\"token\":[]}]");
}

static void
put_operation(struct buf *out, const struct ops_entry *op, struct types *types)
{
	char method[8];
	size_t n = strlen(op->method);

	for (size_t i = 0; i <= n && i < sizeof method; i++)
		method[i] = op->method[i] >= 'A' && op->method[i] <= 'Z'
		    ? (char)(op->method[i] + 32)
		    : op->method[i];
	buf_printf(out, "\"%s\":{\"operationId\":\"%s\",\"summary\":", method,
	    op->name);
	json_quote(out, bytes_str(op->help));
	buf_str(out, ",\"x-summary-zh\":");
	json_quote(out, bytes_str(op->help_zh));
	buf_str(out, ",");
	put_parameters(out, op);
	put_body(out, op, types);
	put_answers(out, op, types);
	put_roles(out, op);
	buf_str(out, "}");
}

/* "{rest*}" is our notation; OpenAPI has "{rest}". */
static void
put_path(struct buf *out, const char *path)
{
	buf_str(out, "\"");
	for (; *path != '\0'; path++)
		if (*path != '*')
			buf_u8(out, (uint8_t)*path);
	buf_str(out, "\":{");
}

static void
put_paths(struct buf *out, struct types *types)
{
	size_t n;
	const struct ops_entry *t = ops_table(&n);
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		bool seen = false;
		for (size_t k = 0; k < i; k++)
			seen |= strcmp(t[k].path, t[i].path) == 0;
		if (seen)
			continue;
		buf_str(out, first ? "" : ",");
		first = false;
		put_path(out, t[i].path);
		bool comma = false;
		for (size_t k = i; k < n; k++) {
			if (strcmp(t[k].path, t[i].path) != 0)
				continue;
			buf_str(out, comma ? "," : "");
			put_operation(out, &t[k], types);
			comma = true;
		}
		buf_str(out, "}");
	}
}

void
openapi_put(struct buf *out)
{
	struct types types = {.len = 0};

	buf_printf(out,
	    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Lianfang\","
	    "\"version\":\"%s\",\"description\":\"One node of an "
	    "industrial-safety alliance. 64-bit integers are strings, times "
	    "are RFC 3339, errors are RFC 9457.\"},\"paths\":{",
	    SERVICE_VERSION);
	put_paths(out, &types);
	buf_str(out,
	    "},\"components\":{\"securitySchemes\":{\"token\":{"
	    "\"type\":\"http\",\"scheme\":\"bearer\"}},\"schemas\":{");
	mention(&types, &api__problem__descriptor);
	/* The list grows while schemas mention others. */
	for (size_t i = 0; i < types.len; i++) {
		buf_printf(
		    out, "%s\"%s\":", i > 0 ? "," : "", types.at[i]->name);
		put_schema(out, &types, types.at[i]);
	}
	buf_str(out, "}}}\n");
}
