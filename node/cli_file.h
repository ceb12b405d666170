/* cli_file.h - whole files in and out, safely. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_FILE_H
#define NODE_CLI_FILE_H

#include "proto/buf.h"
#include "proto/err.h"

/* Appends the file to `out`, whose maximum bounds it; "-" is stdin.
 * ERR_NOT_FOUND, ERR_IO, ERR_LIMIT; `why` names the file. */
ERR_CHECKED enum err cli_file_read(
    struct buf *out, const char *path, struct err_why *why);

#define CLI_FILE_SECRET 1u /* mode 0600 */
#define CLI_FILE_NEW 2u /* must not exist: ERR_EXISTS */

/* Writes beside it, fsyncs and renames: there is never half a file.
 * "-" is stdout. */
ERR_CHECKED enum err cli_file_write(
    const char *path, struct bytes text, unsigned flags, struct err_why *why);

#endif
