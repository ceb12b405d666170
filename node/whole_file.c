/* whole_file.c - small files: read whole, replaced whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_BYTES 4096

enum err
whole_file_read(struct buf *out, const char *path, struct err_why *why)
{
	uint8_t chunk[4096];
	enum err e = ERR_OK;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_fail(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    "%.150s: %s", path, strerror(errno));
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			e = err_fail(
			    why, ERR_IO, "%.150s: %s", path, strerror(errno));
		if (n <= 0)
			break;
		buf_put(out, chunk, (size_t)n);
	}
	(void)close(fd);
	return e == ERR_OK ? buf_ok(out, why) : e;
}

static bool
write_all(int fd, struct bytes text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text = bytes_of(text.ptr + n, text.len - (size_t)n);
	}
	return true;
}

static bool
sync_folder(const char *path)
{
	char copy[PATH_MAX_BYTES];

	(void)snprintf(copy, sizeof copy, "%s", path);
	int d = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d < 0)
		return false;
	bool ok = fsync(d) == 0;
	(void)close(d);
	return ok;
}

enum err
whole_file_write(
    const char *path, struct bytes text, unsigned mode, struct err_why *why)
{
	char temp[PATH_MAX_BYTES];
	int n = snprintf(temp, sizeof temp, "%s.XXXXXX", path);

	if (n < 0 || (size_t)n >= sizeof temp)
		return err_fail(why, ERR_LIMIT, "path too long");
	int fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return err_fail(
		    why, ERR_IO, "%.150s: %s", path, strerror(errno));
	bool ok = write_all(fd, text) && fchmod(fd, (mode_t)mode) == 0 &&
	    fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	ok = ok && rename(temp, path) == 0 && sync_folder(path);
	if (ok)
		return ERR_OK;
	(void)err_fail(why, ERR_IO, "%.150s: %s", path, strerror(errno));
	(void)unlink(temp);
	return ERR_IO;
}
