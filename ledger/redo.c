/* redo.c - changes of the tables, durable before LMDB has written them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/redo.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ledger/redo_part.h"
#include "proto/crypto.h"
#include "proto/digest.h"
#include "proto/mem.h"

#define VERSION 1
#define BOOT_FILE "/proc/sys/kernel/random/boot_id"
/* A file grows by this much at a time, with zeros that are really written:
 * a block that was only reserved is slow to write for the first time. */
#define GROW_BLOCKS 64u

static const uint8_t head_magic[8] = "LFREDOH\n";
static const uint8_t frame_magic[8] = "LFREDOF\n";
static const uint8_t zeros[REDO_BLOCK];

static enum err
from_errno(const char *doing, struct err_why *why)
{
	enum err e = ERR_IO;

	if (errno == ENOSPC || errno == EDQUOT)
		e = ERR_FULL;
	else if (errno == ENOENT)
		e = ERR_NOT_FOUND;
	else if (errno == EACCES || errno == EPERM || errno == EROFS)
		e = ERR_DENIED;
	return err_errno(why, e, errno, "%s", doing);
}

static enum err
write_at(int fd, const uint8_t *p, size_t len, uint64_t at, struct err_why *why)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return from_errno("write redo", why);
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

enum err
redo_read_at(int fd, uint8_t *p, size_t len, uint64_t at, struct err_why *why)
{
	while (len > 0) {
		ssize_t n = pread(fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return from_errno("read redo", why);
		if (n == 0)
			return ERR_NOT_FOUND;
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

static enum err
sync_fd(int fd, struct err_why *why)
{
	if (fdatasync(fd) == 0)
		return ERR_OK;
	/* Even for want of room: what is on the disk is unknown. */
	return err_errno(why, ERR_IO, errno, "sync redo");
}

/* ---- heads ---- */

static void
this_boot(uint8_t out[static BOOT_BYTES])
{
	int fd = open(BOOT_FILE, O_RDONLY | O_CLOEXEC);

	memset(out, 0, BOOT_BYTES);
	if (fd < 0)
		return;
	if (read(fd, out, BOOT_BYTES) != BOOT_BYTES)
		memset(out, 0, BOOT_BYTES);
	(void)close(fd);
}

static void
head_encode(struct buf *b, const struct redo *r, const struct redo_state *h)
{
	struct hash sum;
	size_t pad;

	buf_init(b, REDO_BLOCK);
	buf_put(b, head_magic, sizeof(head_magic));
	buf_u32be(b, VERSION);
	buf_u32be(b, h->base.direct ? 1 : 0);
	buf_put(b, r->id, ID_BYTES);
	buf_put(b, r->boot, BOOT_BYTES);
	buf_u64be(b, h->number);
	buf_u64be(b, h->serial);
	buf_bytes(b, bytes_hash(&h->chain));
	buf_u64be(b, h->base.txn);
	buf_u64be(b, h->base.map);
	buf_u32be(b, h->base.page);
	buf_put(b, h->base.meta, sizeof(h->base.meta));
	digest_sha256(&sum, buf_view(b));
	buf_bytes(b, bytes_hash(&sum));
	pad = REDO_BLOCK - b->len;
	buf_put(b, zeros, pad);
}

/* False: not a head, torn, or of a version that it does not say. */
static bool
head_decode(const uint8_t in[static REDO_BLOCK], struct redo_state *out,
    uint32_t *version)
{
	struct buf_reader r = {.left = bytes_of(in, REDO_BLOCK)};
	struct bytes part;
	struct hash sum;
	uint32_t flags;

	if (memcmp(buf_read(&r, 8).ptr, head_magic, 8) != 0)
		return false;
	*version = buf_read_u32be(&r);
	flags = buf_read_u32be(&r);
	memcpy(out->id, buf_read(&r, ID_BYTES).ptr, ID_BYTES);
	memcpy(out->boot, buf_read(&r, BOOT_BYTES).ptr, BOOT_BYTES);
	out->number = buf_read_u64be(&r);
	out->serial = buf_read_u64be(&r);
	memcpy(out->chain.b, buf_read(&r, HASH_BYTES).ptr, HASH_BYTES);
	out->base.direct = (flags & 1) != 0;
	out->base.txn = buf_read_u64be(&r);
	out->base.map = buf_read_u64be(&r);
	out->base.page = buf_read_u32be(&r);
	memcpy(out->base.meta, buf_read(&r, sizeof(out->base.meta)).ptr,
	    sizeof(out->base.meta));
	part = bytes_of(in, (size_t)(r.left.ptr - in));
	digest_sha256(&sum, part);
	return memcmp(buf_read(&r, HASH_BYTES).ptr, sum.b, HASH_BYTES) == 0;
}

static enum err
read_heads(struct redo *r, struct err_why *why)
{
	uint8_t block[REDO_BLOCK];
	uint32_t version = 0;
	struct redo_state h;
	enum err e;

	for (unsigned i = 0; i < 2; i++) {
		if (r->frames[i] < 0)
			continue;
		e = redo_read_at(r->frames[i], block, sizeof(block), 0, why);
		if (e == ERR_NOT_FOUND)
			continue;
		if (e != ERR_OK)
			return e;
		if (!head_decode(block, &h, &version))
			continue;
		if (version > VERSION)
			return err_fail(why, ERR_UNSUPPORTED,
			    "redo.%u was written by a newer version", i);
		if (r->valid && h.number < r->head.number)
			continue;
		r->valid = true;
		r->home = i;
		r->head = h;
	}
	memcpy(r->id, r->head.id, ID_BYTES);
	r->now = r->home;
	r->at = REDO_BLOCK;
	r->serial = r->head.serial;
	r->chain = r->head.chain;
	return ERR_OK;
}

/* ---- open and close ---- */

static enum err
open_files(struct redo *r, bool create, struct err_why *why)
{
	int flags = (r->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW;
	char name[] = "redo.0";
	struct stat st;

	for (unsigned i = 0; i < 2; i++) {
		name[5] = (char)('0' + i);
		r->frames[i] =
		    openat(r->dir, name, flags | (create ? O_CREAT : 0), 0600);
		if (r->frames[i] < 0 && errno == ENOENT)
			continue;
		if (r->frames[i] < 0 || fstat(r->frames[i], &st) != 0)
			return from_errno(name, why);
		r->size[i] = (uint64_t)st.st_size;
		if (!r->writable)
			continue;
		/* A descriptor of its own: each hears of a failed write. */
		r->heads[i] = openat(r->dir, name, flags);
		if (r->heads[i] < 0)
			return from_errno(name, why);
	}
	return ERR_OK;
}

enum err
redo_open(
    struct redo **out, const char *dir, bool writable, struct err_why *why)
{
	struct redo *r = mem_alloc(1, sizeof(*r));
	enum err e;

	r->writable = writable;
	for (unsigned i = 0; i < 2; i++)
		r->frames[i] = r->heads[i] = -1;
	this_boot(r->boot);
	r->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0)
		e = from_errno(dir, why);
	else
		e = open_files(r, false, why);
	if (e == ERR_OK)
		e = read_heads(r, why);
	if (e == ERR_OK) {
		*out = r;
		r = NULL;
	}
	redo_close(r);
	return e;
}

void
redo_close(struct redo *r)
{
	if (r == NULL)
		return;
	for (unsigned i = 0; i < 2; i++) {
		if (r->frames[i] >= 0)
			(void)close(r->frames[i]);
		if (r->heads[i] >= 0)
			(void)close(r->heads[i]);
	}
	if (r->dir >= 0)
		(void)close(r->dir);
	free(r);
}

enum err
redo_create(struct redo *r, const struct redo_base *base, struct err_why *why)
{
	enum err e;

	assert(r->writable);
	for (unsigned i = 0; i < 2; i++) {
		if (r->frames[i] >= 0)
			(void)close(r->frames[i]);
		if (r->heads[i] >= 0)
			(void)close(r->heads[i]);
		r->frames[i] = r->heads[i] = -1;
	}
	e = open_files(r, true, why);
	for (unsigned i = 0; e == ERR_OK && i < 2; i++) {
		if (ftruncate(r->frames[i], 0) != 0 || fsync(r->frames[i]) != 0)
			e = from_errno("create redo", why);
		r->size[i] = 0;
	}
	if (e != ERR_OK)
		return e;
	/* Frames of an earlier life must not fit this one. */
	crypto_random(r->id, sizeof(r->id));
	crypto_random(r->chain.b, sizeof(r->chain.b));
	r->home = 1;
	redo_turn(r, base);
	e = redo_head(r, why);
	if (e == ERR_OK && fsync(r->dir) != 0)
		e = from_errno("sync directory of redo", why);
	return e;
}

const struct redo_base *
redo_base(const struct redo *r)
{
	return r->valid ? &r->head.base : NULL;
}

bool
redo_this_boot(const struct redo *r)
{
	return r->valid && r->boot[0] != 0 &&
	    memcmp(r->boot, r->head.boot, BOOT_BYTES) == 0;
}

/* ---- frames ---- */

void
redo_frame_sum(struct hash *out, const uint8_t *frame, size_t len)
{
	const struct bytes parts[2] = {
	    bytes_of(frame, FRAME_SUM_AT),
	    bytes_of(frame + FRAME_HEAD_BYTES, len),
	};

	digest_sha256_parts(out, parts, 2);
}

bool
redo_frame_head(
    const struct redo *r, const uint8_t *in, struct redo_frame_head *out)
{
	struct buf_reader b = {.left = bytes_of(in, FRAME_HEAD_BYTES)};

	if (memcmp(buf_read(&b, 8).ptr, frame_magic, 8) != 0 ||
	    memcmp(buf_read(&b, ID_BYTES).ptr, r->id, ID_BYTES) != 0)
		return false;
	out->serial = buf_read_u64be(&b);
	out->txn = buf_read_u64be(&b);
	out->mark = buf_read_u32be(&b) != 0;
	out->len = buf_read_u32be(&b);
	memcpy(out->chain.b, buf_read(&b, HASH_BYTES).ptr, HASH_BYTES);
	memcpy(out->sum.b, buf_read(&b, HASH_BYTES).ptr, HASH_BYTES);
	return out->len <= REDO_FRAME_MAX - FRAME_HEAD_BYTES;
}

static void
frame_head_encode(
    struct redo *r, uint64_t txn, bool mark, uint8_t *frame, size_t len)
{
	struct buf b = {.ptr = frame, .cap = FRAME_SUM_AT, .max = FRAME_SUM_AT};
	struct hash sum;

	buf_put(&b, frame_magic, sizeof(frame_magic));
	buf_put(&b, r->id, ID_BYTES);
	buf_u64be(&b, r->serial + 1);
	buf_u64be(&b, txn);
	buf_u32be(&b, mark ? 1 : 0);
	buf_u32be(&b, (uint32_t)len);
	buf_bytes(&b, bytes_hash(&r->chain));
	assert(b.len == FRAME_SUM_AT);
	redo_frame_sum(&sum, frame, len);
	memcpy(frame + FRAME_SUM_AT, sum.b, HASH_BYTES);
	r->before = r->chain;
	r->chain = sum;
}

static enum err
extend(struct redo *r, uint64_t need, struct err_why *why)
{
	struct iovec iov[GROW_BLOCKS];
	uint64_t *size = &r->size[r->now];

	/* A torn last block counts as not there; the first is the head's. */
	*size -= *size % REDO_BLOCK;
	if (*size < REDO_BLOCK)
		*size = REDO_BLOCK;
	for (unsigned i = 0; i < GROW_BLOCKS; i++) {
		union {
			const uint8_t *in;
			void *out;
		} u = {.in = zeros};

		iov[i] = (struct iovec){u.out, sizeof(zeros)};
	}
	while (*size < need) {
		ssize_t n = pwritev(
		    r->frames[r->now], iov, (int)GROW_BLOCKS, (off_t)*size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return from_errno("extend redo", why);
		*size += (uint64_t)n - (uint64_t)n % REDO_BLOCK;
		if (n < (ssize_t)REDO_BLOCK) {
			errno = ENOSPC;
			return from_errno("extend redo", why);
		}
	}
	return ERR_OK;
}

static enum err
append(struct redo *r, uint64_t txn, bool mark, struct buf *frame,
    struct err_why *why)
{
	const struct hash chain = r->chain;
	size_t len = frame->len - FRAME_HEAD_BYTES;
	size_t pad = (REDO_BLOCK - frame->len % REDO_BLOCK) % REDO_BLOCK;
	int fd = r->frames[r->now];
	enum err e = ERR_OK;

	assert(!frame->over && redo_fits(r, frame));
	buf_put(frame, zeros, pad);
	frame_head_encode(r, txn, mark, frame->ptr, len);
	if (r->at + frame->len > r->size[r->now])
		e = extend(r, r->at + frame->len, why);
	if (e == ERR_OK)
		e = write_at(fd, frame->ptr, frame->len, r->at, why);
	if (e != ERR_OK)
		r->chain = chain;
	if (e == ERR_OK)
		e = sync_fd(fd, why);
	if (e != ERR_OK)
		return e;
	r->undo = r->at;
	r->at += frame->len;
	r->serial++;
	return ERR_OK;
}

void
redo_begin(struct buf *frame)
{
	buf_reset(frame);
	(void)buf_grow(frame, FRAME_HEAD_BYTES);
}

bool
redo_empty(const struct buf *frame)
{
	return !frame->over && frame->len == FRAME_HEAD_BYTES;
}

bool
redo_fits(const struct redo *r, const struct buf *frame)
{
	return frame->len + REDO_BLOCK <= REDO_FILE_MAX - r->at;
}

uint64_t
redo_length(const struct redo *r)
{
	return r->at - REDO_BLOCK;
}

enum err
redo_append(
    struct redo *r, uint64_t txn, struct buf *frame, struct err_why *why)
{
	return append(r, txn, false, frame, why);
}

enum err
redo_mark(struct redo *r, uint64_t txn, struct err_why *why)
{
	struct buf frame;
	enum err e;

	buf_init(&frame, REDO_BLOCK);
	redo_begin(&frame);
	e = append(r, txn, true, &frame, why);
	buf_clear(&frame);
	return e;
}

enum err
redo_cancel(struct redo *r, struct err_why *why)
{
	int fd = r->frames[r->now];
	enum err e;

	assert(r->undo != 0);
	e = write_at(fd, zeros, sizeof(zeros), r->undo, why);
	if (e == ERR_OK)
		e = sync_fd(fd, why);
	if (e != ERR_OK)
		return err_wrap(why, ERR_IO, "take back a frame");
	r->at = r->undo;
	r->undo = 0;
	r->chain = r->before;
	r->serial--;
	return ERR_OK;
}

void
redo_turn(struct redo *r, const struct redo_base *base)
{
	r->next = (struct redo_state){
	    .number = r->head.number + 1,
	    .serial = r->serial,
	    .chain = r->chain,
	    .base = *base,
	};
	r->now = r->home ^ 1u;
	r->at = REDO_BLOCK;
	r->undo = 0;
}

enum err
redo_head(struct redo *r, struct err_why *why)
{
	unsigned home = r->home ^ 1u;
	struct buf block;
	enum err e;

	head_encode(&block, r, &r->next);
	e = write_at(r->heads[home], block.ptr, block.len, 0, why);
	if (e == ERR_OK)
		e = sync_fd(r->heads[home], why);
	buf_clear(&block);
	if (e != ERR_OK)
		return err_wrap(why, ERR_IO, "head of redo");
	memcpy(r->next.boot, r->boot, BOOT_BYTES);
	memcpy(r->next.id, r->id, ID_BYTES);
	r->head = r->next;
	r->home = home;
	r->valid = true;
	return ERR_OK;
}
