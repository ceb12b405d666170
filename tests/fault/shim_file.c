/* shim_file.c - opening and writing, as the shim sees it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/fault/shim_call.h"

/* ---- opening ---- */

static int
open_at(int dirfd, const char *path, int flags, mode_t mode)
{
	char full[SHIM_PATH];
	struct stat before;
	struct stat after;
	uint64_t number;
	bool writes = (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0;
	bool was;
	int fd;
	int code;

	if (!shim_path(dirfd, path, full))
		return (int)syscall(SYS_openat, dirfd, path, flags, mode);
	code = shim_begin(writes ? SHIM_OPEN : SHIM_LOOK, full, &number);
	if (code != 0 && code != (int)SHIM_SHORT)
		return (int)shim_fail(number, code);
	was = stat(full, &before) == 0;
	fd = (int)syscall(SYS_openat, dirfd, path, flags, mode);
	code = errno;
	if (fd >= 0 && writes && fstat(fd, &after) == 0) {
		struct shim_record r = {.inode = after.st_ino, .call = number};

		if (!was) {
			r.op = SHIM_DO_CREATE;
			shim_put(&r, full, NULL, NULL, 0);
		} else if ((flags & O_TRUNC) != 0 && before.st_size > 0) {
			r.op = SHIM_DO_SIZE;
			shim_put(&r, NULL, NULL, NULL, 0);
		}
	}
	shim_end(number);
	errno = code;
	return fd;
}

static mode_t
mode_of(int flags, va_list ap)
{
	if ((flags & (O_CREAT | O_TMPFILE)) != 0)
		return va_arg(ap, mode_t);
	return 0;
}

int
open(const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return open_at(AT_FDCWD, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return open_at(AT_FDCWD, path, flags, mode);
}

int
openat(int dirfd, const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return open_at(dirfd, path, flags, mode);
}

int
openat64(int dirfd, const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return open_at(dirfd, path, flags, mode);
}

/* The fortified spellings. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dirfd, const char *path, int flags);
int __openat64_2(int dirfd, const char *path, int flags);

int
__open_2(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0);
}

int
__open64_2(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0);
}

int
__openat_2(int dirfd, const char *path, int flags)
{
	return open_at(dirfd, path, flags, 0);
}

int
__openat64_2(int dirfd, const char *path, int flags)
{
	return open_at(dirfd, path, flags, 0);
}

int
mkostemp(char *template, int flags)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strlen(template);

	for (int tries = 0; tries < 100; tries++) {
		uint8_t noise[6];

		if (syscall(SYS_getrandom, noise, sizeof noise, 0) != 6)
			return -1;
		for (size_t i = 0; i < 6; i++)
			template[n - 6 + i] = set[noise[i] % 36];
		int fd = open_at(AT_FDCWD, template,
		    flags | O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int
mkstemp(char *template)
{
	return mkostemp(template, 0);
}

/* ---- writing ---- */

/* The first `want` bytes of the parts. */
static int
first(struct iovec *out, const struct iovec *in, int parts, size_t want)
{
	int n = 0;

	for (int i = 0; i < parts && want > 0; i++) {
		out[n] = in[i];
		if (out[n].iov_len > want)
			out[n].iov_len = want;
		want -= out[n++].iov_len;
	}
	return n;
}

static ssize_t
write_at(int fd, const struct iovec *v, int parts, off_t offset)
{
	struct shim_target t;
	struct iovec cut[IOV_MAX];
	struct shim_record r = {.op = SHIM_DO_WRITE};
	uint64_t number;
	size_t all = 0;
	ssize_t n;
	int code;

	code = shim_begin(SHIM_WRITE, shim_fd(fd, &t) ? t.path : "", &number);
	if (code != 0 && code != (int)SHIM_SHORT)
		return shim_fail(number, code);
	for (int i = 0; i < parts; i++)
		all += v[i].iov_len;
	if (number == atomic_load(&shim_share->die_torn) ||
	    code == (int)SHIM_SHORT)
		parts = first(cut, v, parts, all / 2);
	else
		parts = first(cut, v, parts, all);
	if (offset < 0)
		r.offset = (uint64_t)lseek(fd, 0, SEEK_CUR);
	else
		r.offset = (uint64_t)offset;
	if ((fcntl(fd, F_GETFL) & O_APPEND) != 0)
		r.offset = (uint64_t)t.st.st_size;
	n = offset < 0 ? syscall(SYS_writev, fd, cut, parts)
	               : syscall(SYS_pwritev, fd, cut, parts, offset, 0);
	code = errno;
	if (n >= 0) {
		r.inode = t.st.st_ino;
		r.durable = t.durable;
		r.call = number;
		parts = first(cut, cut, parts, (size_t)n);
		shim_put(&r, NULL, NULL, cut, parts);
	}
	if (number == atomic_load(&shim_share->die_torn))
		shim_die();
	shim_end(number);
	errno = code;
	return n;
}

ssize_t
write(int fd, const void *p, size_t len)
{
	struct iovec v = shim_part(p, len);

	if (!shim_fd(fd, NULL))
		return syscall(SYS_write, fd, p, len);
	return write_at(fd, &v, 1, -1);
}

ssize_t
pwrite(int fd, const void *p, size_t len, off_t offset)
{
	struct iovec v = shim_part(p, len);

	if (!shim_fd(fd, NULL))
		return syscall(SYS_pwrite64, fd, p, len, offset);
	return write_at(fd, &v, 1, offset);
}

ssize_t
pwrite64(int fd, const void *p, size_t len, off64_t offset)
{
	return pwrite(fd, p, len, offset);
}

ssize_t
writev(int fd, const struct iovec *v, int parts)
{
	if (!shim_fd(fd, NULL))
		return syscall(SYS_writev, fd, v, parts);
	return write_at(fd, v, parts, -1);
}

ssize_t
pwritev(int fd, const struct iovec *v, int parts, off_t offset)
{
	if (!shim_fd(fd, NULL))
		return syscall(SYS_pwritev, fd, v, parts, offset, 0);
	return write_at(fd, v, parts, offset);
}

ssize_t
pwritev64(int fd, const struct iovec *v, int parts, off64_t offset)
{
	return pwritev(fd, v, parts, offset);
}
