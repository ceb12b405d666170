/* whole_file.h - small files: read whole, replaced whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WHOLE_FILE_H
#define NODE_WHOLE_FILE_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/* Appends the contents; "-" is standard input.  `why` names the file.
 * ERR_NOT_FOUND, ERR_IO, ERR_LIMIT (more than out's maximum). */
ERR_CHECKED enum err whole_file_read(
    struct buf *out, const char *path, struct err_why *why);

/*
 * whole_file_write - replace by rename: old or new, never half; durable on
 * ERR_OK.  "-" (standard output) and what is no regular file, such as a pipe
 * or a device, are written as they are.  ERR_IO, ERR_FULL.
 */
ERR_CHECKED enum err whole_file_write(
    const char *path, struct bytes text, unsigned mode, struct err_why *why);

/* The same for a file that must not be there yet: ERR_EXISTS. */
ERR_CHECKED enum err whole_file_create(
    const char *path, struct bytes text, unsigned mode, struct err_why *why);

/* A directory, 0700, durable by its name; one that is there already is left as
 * it is.  ERR_NOT_FOUND: the one above it is missing; ERR_IO, ERR_FULL. */
ERR_CHECKED enum err whole_file_make_dir(const char *path, struct err_why *why);

/* Makes the name itself durable: syncs the folder that it is in. */
ERR_CHECKED enum err whole_file_sync_name(
    const char *path, struct err_why *why);

#endif
