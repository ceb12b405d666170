/* shim_size.c - sizes, syncs and mappings, as the shim sees them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/fault/shim_call.h"

#define FDS 1024 /* descriptors looked at */

/* What fsync would say once on every other descriptor of the same file. */
static struct {
	ino_t inode;
	int code;
} lost[FDS];

/* ---- sizes ---- */

static int
size_to(int fd, const struct shim_target *t, off_t size, int mode, off_t from)
{
	struct shim_record r = {.op = SHIM_DO_SIZE};
	struct stat st;
	uint64_t number;
	long rc;
	int code = shim_begin(SHIM_SIZE, t->path, &number);

	if (code != 0 && code != (int)SHIM_SHORT)
		return (int)shim_fail(number, code);
	rc = mode < 0 ? syscall(SYS_ftruncate, fd, size)
	              : syscall(SYS_fallocate, fd, mode, from, size);
	code = errno;
	if (rc == 0 && fstat(fd, &st) == 0) {
		r.inode = st.st_ino;
		r.offset = (uint64_t)st.st_size;
		r.call = number;
		shim_put(&r, NULL, NULL, NULL, 0);
		/* Holes and the like change contents. */
		if (mode > FALLOC_FL_KEEP_SIZE)
			atomic_store(&shim_share->unknown, 1);
	}
	shim_end(number);
	errno = code;
	return (int)rc;
}

int
ftruncate(int fd, off_t size)
{
	struct shim_target t;

	if (!shim_fd(fd, &t))
		return (int)syscall(SYS_ftruncate, fd, size);
	return size_to(fd, &t, size, -1, 0);
}

int
ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

int
fallocate(int fd, int mode, off_t from, off_t len)
{
	struct shim_target t;

	if (!shim_fd(fd, &t))
		return (int)syscall(SYS_fallocate, fd, mode, from, len);
	return size_to(fd, &t, len, mode, from);
}

int
fallocate64(int fd, int mode, off64_t from, off64_t len)
{
	return fallocate(fd, mode, from, len);
}

int
posix_fallocate(int fd, off_t from, off_t len)
{
	return fallocate(fd, 0, from, len) == 0 ? 0 : errno;
}

int
posix_fallocate64(int fd, off64_t from, off64_t len)
{
	return posix_fallocate(fd, from, len);
}

/* ---- syncing ---- */

/* Linux reports a failed write-back once on each descriptor. */
static int
sync_fd(int fd, long call)
{
	struct shim_record r = {.op = SHIM_DO_SYNC};
	struct shim_target t;
	uint64_t number;
	long rc;
	int code;

	if (!shim_fd(fd, &t))
		return (int)syscall(call, fd);
	code = shim_begin(SHIM_SYNC, t.path, &number);
	if (code == (int)SHIM_SHORT)
		code = EIO;
	for (int i = 0; code != 0 && i < FDS; i++) {
		struct stat st;
		if (i == fd || fstat(i, &st) != 0 || st.st_ino != t.st.st_ino)
			continue;
		lost[i].inode = st.st_ino;
		lost[i].code = code;
	}
	if (code == 0 && fd < FDS && lost[fd].inode == t.st.st_ino) {
		code = lost[fd].code;
		lost[fd].inode = 0;
	}
	if (code != 0)
		return (int)shim_fail(number, code);
	rc = syscall(call, fd);
	code = errno;
	if (rc == 0) {
		r.inode = t.st.st_ino;
		r.call = number;
		shim_put(
		    &r, S_ISDIR(t.st.st_mode) ? t.path : NULL, NULL, NULL, 0);
	}
	shim_end(number);
	errno = code;
	return (int)rc;
}

int
fsync(int fd)
{
	return sync_fd(fd, SYS_fsync);
}

int
fdatasync(int fd)
{
	return sync_fd(fd, SYS_fdatasync);
}

/* ---- what goes past the shim ---- */

/* LMDB's lock file holds nothing that has to last. */
void *
mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	struct shim_target t;

	if ((prot & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0 && fd >= 0 &&
	    shim_fd(fd, &t) && strcmp(strrchr(t.path, '/'), "/lock.mdb") != 0)
		atomic_store(&shim_share->unknown, 1);
	union {
		long in;
		void *out;
	} u = {.in = syscall(SYS_mmap, at, len, prot, flags, fd, offset)};
	return u.out;
}

void *
mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t offset)
{
	return mmap(at, len, prot, flags, fd, offset);
}
