/* json_scan.h - limits and paths of JSON text, before parsing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_JSON_SCAN_H
#define PROTO_JSON_SCAN_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/*
 * json_scan_limits - refuse what would cost too much to parse: depth, array
 * elements, members (proto/json.h).  Looks at brackets, commas and strings
 * only; whether it is JSON at all is for the parser to say.  ERR_LIMIT with the
 * path.  Pure, no allocation on success.
 */
ERR_CHECKED enum err json_scan_limits(struct bytes in, struct err_why *why);

/* Appends the path of the value at byte `at`: "$.gas[2].value".  Everything
 * before `at` must be a beginning of valid JSON within the limits. */
void json_scan_path(struct buf *out, struct bytes in, size_t at);

/* Appends ".key"; what a terminal or a log could trip over becomes '?', and
 * long keys are cut. */
void json_scan_key(struct buf *out, struct bytes key);

#endif
