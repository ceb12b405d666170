/* squeeze.h - bytes made smaller for a line, by zstd (RFC 8878). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_SQUEEZE_H
#define PROTO_SQUEEZE_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define SQUEEZE_MIN 4096 /* shorter ones are not worth it */

/* Appends `in` as one frame that says how long it was.  False: nothing was
 * appended, it would not be an eighth shorter. */
bool squeeze_put(struct buf *out, struct bytes in);

/* Does it begin as such a frame does? */
bool squeeze_is(struct bytes in);

/*
 * squeeze_get - appended; no memory is taken for more than `max` bytes.
 * ERR_MALFORMED: not one whole frame that says its length; ERR_LIMIT: longer.
 */
ERR_CHECKED enum err squeeze_get(
    struct buf *out, struct bytes in, size_t max, struct err_why *why);

#endif
