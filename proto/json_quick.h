/* json_quick.h - the common kind of JSON text, parsed fast. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_JSON_QUICK_H
#define PROTO_JSON_QUICK_H

#include "proto/json_tree.h"

/*
 * json_quick_parse - JSON text without escapes to `t`, which must be zeroed.
 * True: the tree is the one that json_tree_parse makes.  False: it is not JSON,
 * or not of the plain kind (escapes, large integers, objects of many members):
 * json_tree_parse decides, after json_tree_clear.  Limits must have been
 * checked.  Pure.
 */
bool json_quick_parse(struct json_tree *t, struct bytes in);

#endif
