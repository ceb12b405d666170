/* quarantine_part.h - one message out of an array, byte for byte. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUARANTINE_PART_H
#define NODE_QUARANTINE_PART_H

#include "proto/bytes.h"

#include <stdbool.h>

/*
 * Element i (from 0) of a JSON array, without the blanks around it; an object
 * is its own element 0.  False: there is none, or it cannot be told where it
 * ends.  Pure; the text may be anything.
 */
bool quarantine_part_json(struct bytes *out, struct bytes text, size_t i);
/* The same of a protobuf message whose only field, number 1, is repeated. */
bool quarantine_part_protobuf(struct bytes *out, struct bytes list, size_t i);

/* Is it one message: no list, or one with a single element?  What cannot be
 * told may be several. */
bool quarantine_part_single(struct bytes text, bool protobuf);

/* Does a JSON text name this source?  By its letters: whatever the text is. */
bool quarantine_part_source(struct bytes text, const char *source);

/* "$[12].level: ..." names 12.  False: no element. */
bool quarantine_part_index(size_t *out, const char *path);

#endif
