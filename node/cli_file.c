/* cli_file.c - whole files in and out, safely. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err
from_errno(const char *path, struct err_why *why)
{
	enum err e = errno == ENOENT ? ERR_NOT_FOUND
	    : errno == EEXIST        ? ERR_EXISTS
	    : errno == ENOSPC        ? ERR_FULL
	                             : ERR_IO;

	return err_fail(why, e, "%s: %s", path, strerror(errno));
}

enum err
cli_file_read(struct buf *out, const char *path, struct err_why *why)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
	                                : open(path, O_RDONLY | O_CLOEXEC);
	uint8_t chunk[65536];
	ssize_t n;
	enum err e = ERR_OK;

	if (fd < 0)
		return from_errno(path, why);
	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n <= 0 && !(n < 0 && errno == EINTR))
			break;
		if (n > 0)
			buf_put(out, chunk, (size_t)n);
		if (out->over)
			break;
	}
	if (n < 0)
		e = from_errno(path, why);
	else if (out->over)
		e = err_fail(why, ERR_LIMIT, "%s is larger than %zu bytes",
		    path, out->max);
	(void)close(fd);
	return e;
}

static enum err
write_all(int fd, struct bytes text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		text.ptr += n;
		text.len -= (size_t)n;
	}
	return ERR_OK;
}

enum err
cli_file_write(
    const char *path, struct bytes text, unsigned flags, struct err_why *why)
{
	char beside[4096];
	mode_t mode = (flags & CLI_FILE_SECRET) != 0 ? 0600 : 0644;
	enum err e = ERR_OK;
	int fd;

	if (strcmp(path, "-") == 0) {
		if (write_all(STDOUT_FILENO, text) != ERR_OK)
			return from_errno("standard output", why);
		return ERR_OK;
	}
	if ((flags & CLI_FILE_NEW) != 0 && access(path, F_OK) == 0)
		return err_fail(why, ERR_EXISTS, "%s exists already", path);
	(void)snprintf(
	    beside, sizeof(beside), "%s.%ld.tmp", path, (long)getpid());
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return from_errno(path, why);
	if (write_all(fd, text) != ERR_OK || fsync(fd) != 0)
		e = from_errno(path, why);
	(void)close(fd);
	if (e == ERR_OK && rename(beside, path) != 0)
		e = from_errno(path, why);
	if (e != ERR_OK)
		(void)unlink(beside);
	return e;
}
