/* shapes.h - the messages that come from outside, by number. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_SHAPES_H
#define TESTS_FUZZ_SHAPES_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/* The first byte of an input picks one; new ones go to the end, so that
 * corpora keep their meaning. */
const ProtobufCMessageDescriptor *shapes_at(unsigned pick);
size_t shapes_len(void);

#endif
