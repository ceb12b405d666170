/* openapi_param.h - what a parameter of an operation may be, as a schema. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OPENAPI_PARAM_H
#define NODE_OPENAPI_PARAM_H

#include "node/ops.h"

/*
 * openapi_param_put - the parameter `name` of a path or query string, as an
 * object of the OpenAPI document; `in` is "path" or "query".  False, and
 * nothing is appended: it is in no table, which a test forbids.
 */
bool openapi_param_put(struct buf *out, const struct ops_entry *op,
    struct bytes name, const char *in);

#endif
