/* gate_tree.h - hierarchies by which a field is made coarser. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_GATE_TREE_H
#define NODE_DOMAIN_GATE_TREE_H

#include "pack.pb-c.h"
#include "proto/err.h"

#include <stdbool.h>
#include <stdint.h>

#define GATE_NODE_MAX 64 /* bytes of a value's name */
#define GATE_DEPTH_MAX 8

/* The root, which says nothing, is "". */
struct gate_node {
	char name[GATE_NODE_MAX];
};

/* Is the tree whole: parents known, no circle, levels named?
 * ERR_MALFORMED names the place; field: "$.release.trees[0]". */
ERR_CHECKED enum err gate_tree_check(
    const Pack__ReleaseTree *t, const char *field, struct err_why *why);

/* The value that a text means: its name, an alias, a number of a band, a code.
 * False: the hierarchy does not know it. */
bool gate_tree_find(
    const Pack__ReleaseTree *t, const char *text, struct gate_node *out);
/* 0 of the root, 1 of the coarsest level. */
unsigned gate_tree_depth(const Pack__ReleaseTree *t, const char *node);
/* The value at this depth that `node` belongs to; node itself where it is no
 * deeper. */
void gate_tree_up(const Pack__ReleaseTree *t, const char *node, unsigned depth,
    struct gate_node *out);
/* Does `node` belong to `above`, or is it the same? */
bool gate_tree_within(
    const Pack__ReleaseTree *t, const char *node, const char *above);

/* ---- time, whose hierarchy is the calendar's ---- */
enum gate_time {
	GATE_YEAR = 1,
	GATE_QUARTER,
	GATE_MONTH,
	GATE_WEEK, /* ISO 8601 */
	GATE_DAY,
};
const char *gate_time_text(enum gate_time t);
/* 0: no such level. */
enum gate_time gate_time_find(const char *text);
/* "2026-Q4", and its bounds in microseconds, UTC.  False: no such time. */
bool gate_time_period(enum gate_time level, int64_t us, char out[static 16],
    int64_t span[static 2]);

#endif
