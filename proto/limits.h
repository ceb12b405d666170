/* limits.h - limits that several floors share, each with reason. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

/* Levels of nested messages, in protobuf, JSON and YAML: the schemas have
 * four, and recursion stays small. */
#define LIMITS_DEPTH 16

/* Bytes of one document or request body: a thousand records of ordinary size,
 * and what parsing them costs in memory. */
#define LIMITS_BODY_BYTES (8u << 20)

#endif
