/* shim_name.c - names made, moved and removed, as the shim sees it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/fault/shim_call.h"

static int
name(unsigned op, const char *path, const char *other, long rc_of[static 5])
{
	struct shim_record r = {.op = op};
	struct stat st;
	uint64_t number;
	long rc;
	int code = shim_begin(SHIM_NAME, path, &number);

	if (code != 0 && code != (int)SHIM_SHORT)
		return (int)shim_fail(number, code);
	if (lstat(path, &st) == 0)
		r.inode = st.st_ino;
	rc = syscall(rc_of[0], rc_of[1], rc_of[2], rc_of[3], rc_of[4], 0);
	code = errno;
	/* Sockets are not on the disk. */
	if (rc == 0 && !(r.inode != 0 && S_ISSOCK(st.st_mode))) {
		r.call = number;
		shim_put(&r, path, other, NULL, 0);
	}
	shim_end(number);
	errno = code;
	return (int)rc;
}

static int
one_name(unsigned op, int dirfd, const char *path, long call, long arg)
{
	char full[SHIM_PATH];
	long args[5] = {call, dirfd, (long)(intptr_t)path, arg, 0};

	if (!shim_path(dirfd, path, full))
		return (int)syscall(call, dirfd, path, arg);
	return name(op, full, NULL, args);
}

static int
two_names(unsigned op, int dir, const char *path, int to, const char *other)
{
	char full[SHIM_PATH];
	char full_other[SHIM_PATH];
	long call = op == SHIM_DO_RENAME ? SYS_renameat : SYS_linkat;
	long args[5] = {
	    call, dir, (long)(intptr_t)path, to, (long)(intptr_t)other};

	if (!shim_path(dir, path, full) || !shim_path(to, other, full_other))
		return (int)syscall(call, dir, path, to, other, 0);
	return name(op, full, full_other, args);
}

int
unlink(const char *path)
{
	return one_name(SHIM_DO_UNLINK, AT_FDCWD, path, SYS_unlinkat, 0);
}

int
unlinkat(int dirfd, const char *path, int flags)
{
	return one_name(SHIM_DO_UNLINK, dirfd, path, SYS_unlinkat, flags);
}

int
rmdir(const char *path)
{
	return one_name(
	    SHIM_DO_UNLINK, AT_FDCWD, path, SYS_unlinkat, AT_REMOVEDIR);
}

int
mkdir(const char *path, mode_t mode)
{
	return one_name(SHIM_DO_MKDIR, AT_FDCWD, path, SYS_mkdirat, (long)mode);
}

int
mkdirat(int dirfd, const char *path, mode_t mode)
{
	return one_name(SHIM_DO_MKDIR, dirfd, path, SYS_mkdirat, (long)mode);
}

int
rename(const char *path, const char *other)
{
	return two_names(SHIM_DO_RENAME, AT_FDCWD, path, AT_FDCWD, other);
}

int
renameat(int dir, const char *path, int to, const char *other)
{
	return two_names(SHIM_DO_RENAME, dir, path, to, other);
}

/* An exchange moves two names in one step; the record has no word for it. */
int
renameat2(int dir, const char *path, int to, const char *other, unsigned flags)
{
	char full[SHIM_PATH];
	uint64_t number;
	long rc;
	int code;

	if (!shim_path(dir, path, full))
		return (int)syscall(SYS_renameat2, dir, path, to, other, flags);
	code = shim_begin(SHIM_NAME, full, &number);
	if (code != 0 && code != (int)SHIM_SHORT)
		return (int)shim_fail(number, code);
	rc = syscall(SYS_renameat2, dir, path, to, other, flags);
	code = errno;
	if (rc == 0)
		atomic_store(&shim_share->unknown, 1);
	shim_end(number);
	errno = code;
	return (int)rc;
}

int
link(const char *path, const char *other)
{
	return two_names(SHIM_DO_LINK, AT_FDCWD, path, AT_FDCWD, other);
}

int
linkat(int dir, const char *path, int to, const char *other, int flags)
{
	(void)flags;
	return two_names(SHIM_DO_LINK, dir, path, to, other);
}
