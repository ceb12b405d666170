/* whole_file.h - small files: read whole, replaced whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WHOLE_FILE_H
#define NODE_WHOLE_FILE_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/* Appends the contents.  ERR_NOT_FOUND, ERR_IO, ERR_LIMIT (out's maximum). */
ERR_CHECKED enum err whole_file_read(
    struct buf *out, const char *path, struct err_why *why);

/* Replaces by rename; old or new, never half; durable on ERR_OK.  ERR_IO. */
ERR_CHECKED enum err whole_file_write(
    const char *path, struct bytes text, unsigned mode, struct err_why *why);

#endif
