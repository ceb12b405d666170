/* limits.h - limits that several floors share, each with reason. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

/* Levels of nested messages: the schemas have four; recursion stays small. */
#define LIMITS_DEPTH 16

/* Bytes of one sealed message: a record is text of a person or a device; a
 * larger thing belongs beside it, by digest.  Fits one bundle entry (u16). */
#define LIMITS_MESSAGE_BYTES 65535

/* Events in one array request: bounds the time of one transaction. */
#define LIMITS_EVENTS 1000

/* Bytes of one request body: LIMITS_EVENTS records of ordinary size. */
#define LIMITS_BODY_BYTES (8u << 20)

/* Bytes of a node's or a log's name: fits u8 and a note line. */
#define LIMITS_NAME_BYTES 255

#endif
