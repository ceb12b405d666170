/* openapi.h - the OpenAPI document, from table and descriptors. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OPENAPI_H
#define NODE_OPENAPI_H

#include "proto/buf.h"

/* Appends the OpenAPI 3.1 document as JSON.  Pure. */
void openapi_put(struct buf *out);

#endif
