/* mutate.h - change the fields of a message, or its wire form, at random. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include "proto/buf.h"

#include <protobuf-c/protobuf-c.h>

/* Of libFuzzer, or replay.c: changes data in place, returns its new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
/* A target that defines it replaces libFuzzer's own changes. */
size_t LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* The generator's state; never 0.  Below `below`, which is not 0. */
uint64_t mutate_random(uint64_t *state, uint64_t below);

/*
 * mutate_wire - change packed bytes of a message of type `desc`.
 *
 * Mostly decodes, changes some fields anywhere in the message (values at the
 * edges of their types, texts and bytes, elements doubled, moved or removed,
 * messages made or dropped) and packs again; sometimes rearranges the fields
 * of the wire form or leaves it all to LLVMFuzzerMutate.
 */
size_t mutate_wire(uint8_t *data, size_t size, size_t max_size,
    const ProtobufCMessageDescriptor *desc, unsigned seed);

/* Changes some fields of msg in place; it stays what free_unpacked frees. */
void mutate_fields(ProtobufCMessage *msg, uint64_t *state);

/* A message of this type with a few fields set at random; release with
 * protobuf_c_message_free_unpacked. */
ProtobufCMessage *mutate_new(
    const ProtobufCMessageDescriptor *desc, uint64_t *state);

#endif
