/* zip.h - small, strict zip archives in memory.  Only libzip user. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ZIP_H
#define LEDGER_ZIP_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define ZIP_BYTES_MAX ((size_t)256 << 20) /* of an archive */
#define ZIP_MEMBER_MAX ((size_t)96 << 20) /* of one member, inflated */
#define ZIP_TOTAL_MAX ((size_t)512 << 20) /* of all members, inflated */
#define ZIP_MEMBERS_MAX 65000 /* below what needs zip64 */
#define ZIP_NAME_MAX 255

/*
 * struct zip_reader - an archive that came from outside.
 *
 * Accepted is only the plainest form, so that nothing rides along unseen:
 * stored or deflated members, no directories, comments, extra fields,
 * encryption or data descriptors, fixed host and attributes, no byte that
 * belongs to no header or member, members in ascending order of their names,
 * none twice, names of [A-Za-z0-9._-] parts joined by single '/', no part
 * "." or "..", numbers within the limits above.
 *
 * Not thread-safe.
 */
struct zip_reader;

/* in: borrowed until close.  ERR_MALFORMED, ERR_LIMIT, ERR_UNSUPPORTED. */
ERR_CHECKED enum err zip_reader_open(
    struct zip_reader **out, struct bytes in, struct err_why *why);
void zip_reader_close(struct zip_reader *z);

/* Number of members. */
size_t zip_reader_count(const struct zip_reader *z);
/* Members in ascending name (bytewise); i < count. */
const char *zip_reader_name(const struct zip_reader *z, size_t i);
/* Stated size, already capped. */
size_t zip_reader_size(const struct zip_reader *z, size_t i);
/* Position of a name; ERR_NOT_FOUND. */
ERR_CHECKED enum err zip_reader_find(
    const struct zip_reader *z, const char *name, size_t *out);

/* Contents of member i, appended to `out`; the checksum is checked.
 * ERR_MALFORMED: does not inflate to its stated size and checksum. */
ERR_CHECKED enum err zip_reader_get(
    struct zip_reader *z, size_t i, struct buf *out, struct err_why *why);

/*
 * struct zip_writer - makes an archive that zip_reader accepts; the same
 * members, in whatever order they were added, give the same bytes.
 */
struct zip_writer;

/* An archive without members. */
struct zip_writer *zip_writer_new(void);
void zip_writer_free(struct zip_writer *w); /* NULL allowed */

/* Adds a member, copying `data`.  ERR_MALFORMED name, ERR_LIMIT. */
ERR_CHECKED enum err zip_writer_add(struct zip_writer *w, const char *name,
    struct bytes data, struct err_why *why);

/* Appends the archive to `out`; the writer is empty afterwards in any case.
 * ERR_EXISTS a name twice, ERR_LIMIT; then `out` is as before. */
ERR_CHECKED enum err zip_writer_done(
    struct zip_writer *w, struct buf *out, struct err_why *why);

#endif
