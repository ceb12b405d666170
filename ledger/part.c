/* part.c - one file of a backup: frames, counted and hashed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/part.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"

static const uint8_t magic[8] = "LFPART1\n";

#define HEAD_BYTES 5
#define SYNC_BYTES ((uint64_t)8 << 20)
/* What decoding a frame may take: a row costs its message and a pointer. */
#define DECODED_MAX ((size_t)32 << 20)

struct part_writer {
	char *path;
	int fd;
	uint64_t size;
	uint64_t synced;
	struct digest sum;
	struct buf frame;
};

struct part_reader {
	char *path;
	int fd;
	bool ended;
	uint64_t size;
	struct digest sum;
	struct buf frame;
	struct arena mem;
};

static enum err
from_errno(int code, const char *path, struct err_why *why)
{
	enum err e = ERR_IO;

	if (code == ENOENT)
		e = ERR_NOT_FOUND;
	else if (code == EEXIST)
		e = ERR_EXISTS;
	else if (code == ENOSPC || code == EDQUOT)
		e = ERR_FULL;
	return err_errno(why, e, code, "%s", path);
}

/* ---- writing ---- */

static enum err
write_all(struct part_writer *w, struct bytes in, struct err_why *why)
{
	digest_add(&w->sum, in);
	w->size += in.len;
	while (in.len > 0) {
		ssize_t n = write(w->fd, in.ptr, in.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return from_errno(n < 0 ? errno : EIO, w->path, why);
		in = bytes_of(in.ptr + n, in.len - (size_t)n);
	}
	if (w->size - w->synced < SYNC_BYTES)
		return ERR_OK;
	if (fdatasync(w->fd) != 0)
		return from_errno(errno, w->path, why);
	w->synced = w->size;
	return ERR_OK;
}

enum err
part_create(struct part_writer **out, const char *path, struct err_why *why)
{
	struct part_writer *w;
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum err e;

	if (fd < 0)
		return from_errno(errno, path, why);
	w = mem_alloc(1, sizeof(*w));
	w->fd = fd;
	w->path = mem_strdup(path);
	digest_init(&w->sum);
	buf_init(&w->frame, HEAD_BYTES + PART_FRAME_MAX);
	e = write_all(w, bytes_of(magic, sizeof(magic)), why);
	if (e != ERR_OK) {
		part_drop(w);
		return e;
	}
	*out = w;
	return ERR_OK;
}

static void
put_head(uint8_t *p, enum part_kind kind, size_t len)
{
	p[0] = (uint8_t)kind;
	for (int i = 0; i < 4; i++)
		p[1 + i] = (uint8_t)(len >> (24 - 8 * i));
}

enum err
part_put(struct part_writer *w, enum part_kind kind,
    const ProtobufCMessage *msg, struct err_why *why)
{
	uint8_t *p;

	buf_reset(&w->frame);
	p = buf_grow(&w->frame, HEAD_BYTES);
	assert(p != NULL);
	put_head(p, kind, 0);
	if (msg != NULL)
		slice_pack(&w->frame, msg);
	if (w->frame.over)
		return err_fail(
		    why, ERR_LIMIT, "%s: a frame is too long", w->path);
	put_head(w->frame.ptr, kind, w->frame.len - HEAD_BYTES);
	return write_all(w, buf_view(&w->frame), why);
}

uint64_t
part_written(const struct part_writer *w)
{
	return w->size;
}

static void
writer_free(struct part_writer *w)
{
	buf_clear(&w->frame);
	free(w->path);
	free(w);
}

enum err
part_finish(struct part_writer *w, struct part_sum *out, struct err_why *why)
{
	enum err e = part_put(w, PART_END, NULL, why);
	int fd = w->fd;

	if (e == ERR_OK && fsync(fd) != 0)
		e = from_errno(errno, w->path, why);
	if (e != ERR_OK) {
		part_drop(w);
		return e;
	}
	if (close(fd) != 0) {
		e = from_errno(errno, w->path, why);
		(void)unlink(w->path);
	}
	out->size = w->size;
	digest_done(&w->sum, &out->sha256);
	writer_free(w);
	return e;
}

void
part_drop(struct part_writer *w)
{
	if (w == NULL)
		return;
	(void)close(w->fd);
	(void)unlink(w->path);
	writer_free(w);
}

/* ---- reading ---- */

/* Exactly `len` bytes; ERR_NOT_FOUND: the file ends where they would begin. */
static enum err
read_all(struct part_reader *r, uint8_t *out, size_t len, struct err_why *why)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(r->fd, out + have, len - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return from_errno(errno, r->path, why);
		if (n == 0 && have == 0)
			return ERR_NOT_FOUND;
		if (n == 0)
			return err_fail(why, ERR_CORRUPT,
			    "%s: ends within a frame", r->path);
		have += (size_t)n;
	}
	digest_add(&r->sum, bytes_of(out, len));
	r->size += len;
	return ERR_OK;
}

enum err
part_open(struct part_reader **out, const char *path, struct err_why *why)
{
	uint8_t begin[sizeof(magic)];
	struct part_reader *r;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum err e;

	if (fd < 0)
		return from_errno(errno, path, why);
	r = mem_alloc(1, sizeof(*r));
	r->fd = fd;
	r->path = mem_strdup(path);
	r->mem.max = DECODED_MAX;
	digest_init(&r->sum);
	buf_init(&r->frame, PART_FRAME_MAX);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	e = read_all(r, begin, sizeof(begin), why);
	if (e == ERR_NOT_FOUND ||
	    (e == ERR_OK && memcmp(begin, magic, sizeof(magic)) != 0))
		e = err_fail(
		    why, ERR_CORRUPT, "%s: not a part of a backup", path);
	if (e != ERR_OK) {
		part_close(r);
		return e;
	}
	*out = r;
	return ERR_OK;
}

const ProtobufCMessageDescriptor *
part_shape(uint8_t kind)
{
	static const ProtobufCMessageDescriptor *const shapes[] = {
	    [PART_HEAD] = &backup__head__descriptor,
	    [PART_ROWS] = &backup__rows__descriptor,
	    [PART_ENTRIES] = &backup__entries__descriptor,
	    [PART_CHANGES] = &backup__changes__descriptor,
	    [PART_FILES] = &backup__files__descriptor,
	};

	return kind < sizeof(shapes) / sizeof(shapes[0]) ? shapes[kind] : NULL;
}

enum err
part_decode(struct part_frame *out, uint8_t kind, struct bytes payload,
    struct arena *mem, struct err_why *why)
{
	const ProtobufCMessageDescriptor *desc = part_shape(kind);
	ProtobufCAllocator in = arena_allocator(mem);
	ProtobufCMessage *msg = NULL;
	enum err e;

	if (desc == NULL)
		return err_fail(why, ERR_UNSUPPORTED,
		    "frames of kind %u are not known here", (unsigned)kind);
	e = slice_unpack_in(&msg, desc, payload, &in, why);
	if (e != ERR_OK)
		return e;
	out->kind = (enum part_kind)kind;
	out->msg = msg;
	return ERR_OK;
}

static enum err
read_frame(struct part_reader *r, uint8_t *kind, struct err_why *why)
{
	uint8_t head[HEAD_BYTES];
	uint32_t len = 0;
	uint8_t *p;
	enum err e = read_all(r, head, sizeof(head), why);

	if (e == ERR_NOT_FOUND)
		return err_fail(
		    why, ERR_CORRUPT, "%s: its end is missing", r->path);
	if (e != ERR_OK)
		return e;
	for (int i = 0; i < 4; i++)
		len = len << 8 | head[1 + i];
	buf_reset(&r->frame);
	p = len <= PART_FRAME_MAX ? buf_grow(&r->frame, len) : NULL;
	if (len > PART_FRAME_MAX || (len > 0 && p == NULL))
		return err_fail(why, ERR_CORRUPT,
		    "%s: a frame of %" PRIu32 " bytes at byte %" PRIu64,
		    r->path, len, r->size - HEAD_BYTES);
	*kind = head[0];
	e = len == 0 ? ERR_OK : read_all(r, p, len, why);
	if (e == ERR_NOT_FOUND)
		e = err_fail(
		    why, ERR_CORRUPT, "%s: ends within a frame", r->path);
	return e;
}

/* Nothing follows PART_END, and it says nothing. */
static enum err
check_end(struct part_reader *r, struct err_why *why)
{
	uint8_t more;
	ssize_t n = r->frame.len > 0 ? 1 : read(r->fd, &more, 1);

	if (n < 0)
		return from_errno(errno, r->path, why);
	if (n > 0)
		return err_fail(
		    why, ERR_CORRUPT, "%s: goes on after its end", r->path);
	r->ended = true;
	return ERR_NOT_FOUND;
}

enum err
part_next(struct part_reader *r, struct part_frame *out, struct err_why *why)
{
	uint64_t at = r->size;
	uint8_t kind = 0;
	enum err e;

	if (r->ended)
		return ERR_NOT_FOUND;
	e = read_frame(r, &kind, why);
	if (e != ERR_OK)
		return e;
	if (kind == PART_END)
		return check_end(r, why);
	arena_reset(&r->mem);
	e = part_decode(out, kind, buf_view(&r->frame), &r->mem, why);
	if (e == ERR_OK)
		return ERR_OK;
	return err_wrap(why, e == ERR_UNSUPPORTED ? e : ERR_CORRUPT,
	    "%s: frame at byte %" PRIu64, r->path, at);
}

void
part_read_sum(const struct part_reader *r, struct part_sum *out)
{
	struct digest sum = r->sum;

	out->size = r->size;
	digest_done(&sum, &out->sha256);
}

void
part_close(struct part_reader *r)
{
	if (r == NULL)
		return;
	(void)close(r->fd);
	arena_clear(&r->mem);
	buf_clear(&r->frame);
	free(r->path);
	free(r);
}
