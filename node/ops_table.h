/* ops_table.h - the operations themselves, as constant data. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OPS_TABLE_H
#define NODE_OPS_TABLE_H

#include "node/ops.h"

/* Static; the order is that of the OpenAPI document. */
const struct ops_entry *ops_table_all(size_t *len);

#endif
