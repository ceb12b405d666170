/* json_value.h - one value of a document as a field wants it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_JSON_VALUE_H
#define PROTO_JSON_VALUE_H

#include <protobuf-c/protobuf-c.h>

#include "proto/err.h"
#include "proto/json_tree.h"

/* Where in the document we stand; chained upward for the path of an error. */
struct json_value {
	const struct json_value *up; /* NULL at "$" */
	const struct json_tree *tree;
	const struct json_node *node;
	size_t index; /* when up->node is a list */
	struct err_why *why;
};

/* Records "line N: path: message" and returns e. */
enum err json_value_fail(const struct json_value *s, enum err e,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The value counts as not there: null; in YAML also ~ and nothing at all. */
bool json_value_absent(const struct json_node *n);

/* Bytes of one value of this type in a C structure. */
size_t json_value_size(ProtobufCType type);

/*
 * json_value_get - the value at `s` as one value of field `f`, which is no
 * message, into its slot of the C structure; strings and bytes on the heap.
 * ERR_MALFORMED, the slot untouched.
 */
ERR_CHECKED enum err json_value_get(
    const struct json_value *s, const ProtobufCFieldDescriptor *f, void *slot);

#endif
