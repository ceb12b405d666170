/* field.h - a field of a message by its path, as rule packs name it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_FIELD_H
#define NODE_DOMAIN_FIELD_H

#include "record.pb-c.h"

#include <stdbool.h>

#define FIELD_PATH_MAX 64

/*
 * A path is a field's name as in the .proto file, or "height.height_m": a field
 * of a message that is a field.  Repeated fields have a count, no value.
 */
struct field_value {
	bool given; /* present; a string that is not empty */
	bool truth; /* of a bool */
	double number; /* of a number or an enum; 0 otherwise */
};

/* field_get - false: there is no such field. */
bool field_get(
    struct field_value *out, const ProtobufCMessage *msg, const char *path);
/* Is there such a field in messages of this type? */
bool field_known(const ProtobufCMessageDescriptor *d, const char *path);
/* Calls `each` for every text of a message and of those in it, until it says
 * false; as deep as the decoder let it be.  False: one did. */
bool field_texts(const ProtobufCMessage *msg,
    bool (*each)(void *arg, const char *text), void *arg);

#endif
