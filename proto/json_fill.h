/* json_fill.h - a tree of values to a protobuf message. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_JSON_FILL_H
#define PROTO_JSON_FILL_H

#include "proto/json_value.h"

/*
 * json_fill_message - the object at `s` as a message, by the rules of
 * proto/json.h.  Release with slice_free; untouched on failure.
 * ERR_MALFORMED.
 */
ERR_CHECKED enum err json_fill_message(ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *desc, const struct json_value *s);

#endif
