/* deflate.h - zlib streams (RFC 1950), by zlib. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_DEFLATE_H
#define PROTO_DEFLATE_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/* Appends `in` at the highest level.  out->over: there was no room for what it
 * may take at worst, a little more than `in`. */
void deflate_put(struct buf *out, struct bytes in);

/* CRC-32 as gzip and PNG have it. */
uint32_t deflate_crc(struct bytes in);

/*
 * deflate_get - appended; never more than `out` may grow to.  The stream is
 * whole and nothing follows it.
 * ERR_MALFORMED; ERR_LIMIT: it says more than fits.
 */
ERR_CHECKED enum err deflate_get(
    struct buf *out, struct bytes in, struct err_why *why);

#endif
