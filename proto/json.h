/* json.h - canonical proto3 JSON <-> protobuf messages, by descriptor. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_JSON_H
#define PROTO_JSON_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/limits.h"

#include <protobuf-c/protobuf-c.h>

/*
 * Mapping (protobuf.dev "ProtoJSON"): lowerCamelCase names (the original name
 * is accepted too), 64-bit integers as strings (numbers accepted), bytes as
 * base64, enums by name (numbers accepted), NaN and infinities refused.
 * One rule of our own: an int64 field named *_at is microseconds since the
 * epoch and appears as RFC 3339; numbers are refused there.
 * null counts as absent.  LC_NUMERIC must be one with a decimal point.
 */
#define JSON_DEPTH_MAX LIMITS_DEPTH
#define JSON_BYTES_MAX LIMITS_BODY_BYTES
#define JSON_ITEMS_MAX 100000 /* array elements in one document */
#define JSON_MEMBERS_MAX 400000 /* object members in one document */

/*
 * json_decode - text to message.  Strict: unknown or duplicate key, wrong
 * type, out of range, invalid UTF-8 or NUL, trailing text, too deep, too big.
 *
 *   out   release with slice_free; untouched on failure
 *   why   starts with the path: "$.gas[2].value: expected a number"
 *
 * ERR_MALFORMED, ERR_LIMIT.  Thread-safe.
 */
ERR_CHECKED enum err json_decode(ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *desc, struct bytes in,
    struct err_why *why);

/*
 * json_decode_list - a JSON array of messages, or one object as a list of one.
 *   out    array of *n messages; release with json_list_free
 *   max    at most so many; ERR_LIMIT
 *   single set when the text was one object
 */
struct json_list {
	ProtobufCMessage **at;
	size_t len;
	bool single;
};
ERR_CHECKED enum err json_decode_list(struct json_list *out,
    const ProtobufCMessageDescriptor *desc, struct bytes in, size_t max,
    struct err_why *why);
void json_list_free(struct json_list *list);

/* json_encode - append `msg` as JSON; unset fields are left out. */
#define JSON_PRETTY 1u /* two-space indent and a final LF */
void json_encode(struct buf *out, const ProtobufCMessage *msg, unsigned flags);

/* A quoted, escaped JSON string of valid UTF-8 (else U+FFFD), appended. */
void json_quote(struct buf *out, struct bytes text);

/* lowerCamelCase of a proto field name; out: 2 * strlen(name) + 1 at most. */
void json_name(char *out, size_t cap, const char *proto_name);

#endif
