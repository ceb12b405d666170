/* chance.h - seeded cases for tests of laws, and messages at random. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_CHANCE_H
#define TESTS_SUPPORT_CHANCE_H

#include "proto/buf.h"

#include <protobuf-c/protobuf-c.h>

/* One seed, one case. */
struct chance {
	uint64_t seed;
	uint64_t state;
};

/*
 * chance_each - the law for `cases` seeds from CHANCE_SEED (default 1) on.
 * A case that fails says its seed: CHANCE_SEED=<seed> CHANCE_CASES=1 runs it
 * alone; a larger CHANCE_CASES looks further.
 */
void chance_each(unsigned cases, void (*law)(struct chance *c));

/* 0 to below - 1; below is not 0. */
uint64_t chance_below(struct chance *c, uint64_t below);

/* chance_holds - aborts with seed, place and text unless it does. */
#define chance_holds(c, ok) chance_must(c, ok, __FILE__, __LINE__, #ok)
void chance_must(const struct chance *c, bool ok, const char *file, int line,
    const char *text);

/* A message whose canonical form slice_unpack takes; release with
 * slice_free.  Nested messages to a depth of three. */
ProtobufCMessage *chance_message(
    struct chance *c, const ProtobufCMessageDescriptor *desc);

#endif
