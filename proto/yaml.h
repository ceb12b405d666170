/* yaml.h - YAML documents to messages, on the JSON transcoder's rules. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_YAML_H
#define PROTO_YAML_H

#include "proto/bytes.h"
#include "proto/err.h"

#include <protobuf-c/protobuf-c.h>

#define YAML_BYTES_MAX (1u << 20)

/*
 * yaml_decode - one YAML document (block or flow; no anchors, aliases, tags or
 * duplicate keys) to a message.  Plain scalars are read as the field's type
 * wants them, so `on: yes` stays a string in a string field; unquoted null, ~
 * and nothing at all count as absent.
 *
 *   why   "line 7: $.rules[0].maxAge: expected a number"
 *
 * ERR_MALFORMED, ERR_LIMIT.  Release with slice_free.  Thread-safe.
 */
ERR_CHECKED enum err yaml_decode(ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *desc, struct bytes in,
    struct err_why *why);

/* The line of the value at a path ("$.rules[0].maxAge"; what follows it does
 * not count); 0: not there.  As far as the path goes. */
unsigned yaml_line(struct bytes in, const char *path);

#endif
