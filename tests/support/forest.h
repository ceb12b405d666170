/* forest.h - the nodes of one Merkle tree, kept in memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FOREST_H
#define TESTS_SUPPORT_FOREST_H

#include "ledger/tree.h"

#define FOREST_LEVELS 20 /* trees below 2^20 leaves */

/* Zeroed: empty.  forest_emit and forest_read take it as their arg. */
struct forest {
	struct hash *node[FOREST_LEVELS];
	size_t len[FOREST_LEVELS];
	size_t cap[FOREST_LEVELS];
};

/* Aborts when nodes do not come from the left, one by one. */
void forest_emit(
    void *arg, unsigned level, uint64_t index, const struct hash *node);
enum err forest_read(
    void *arg, unsigned level, uint64_t index, struct hash *out);
void forest_clear(struct forest *f);

#endif
