/* whole_file.c - small files: read whole, replaced whole. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/whole_file.h"
#include "node/site_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_BYTES 4096

static enum err
from_errno(const char *path, struct err_why *why)
{
	enum err e = errno == ENOENT ? ERR_NOT_FOUND
	    : errno == EEXIST        ? ERR_EXISTS
	    : errno == ENOSPC        ? ERR_FULL
	                             : ERR_IO;

	return err_errno(why, e, errno, "%.150s", path);
}

enum err
whole_file_read(struct buf *out, const char *path, struct err_why *why)
{
	uint8_t chunk[65536];
	enum err e = ERR_OK;
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
	                                : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return from_errno(path, why);
	while (!out->over) {
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			e = from_errno(path, why);
		if (n <= 0)
			break;
		buf_put(out, chunk, (size_t)n);
	}
	(void)close(fd);
	if (e == ERR_OK && out->over)
		e = err_fail(
		    why, ERR_LIMIT, "%.150s is over %zu bytes", path, out->max);
	return e;
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
whole_file_sync_name(const char *path, struct err_why *why)
{
	return sync_folder(path) ? ERR_OK : from_errno(path, why);
}

/* It may be a key; nobody else has its name yet. */
static void
discard(const char *temp)
{
	(void)!site_keys_destroy(temp, NULL);
}

/* Writes and syncs a new file beside `path`; its name goes to `temp`. */
static enum err
write_beside(char temp[static PATH_MAX_BYTES], const char *path,
    struct bytes text, unsigned mode, struct err_why *why)
{
	int n = snprintf(temp, PATH_MAX_BYTES, "%s.XXXXXX", path);

	if (n < 0 || n >= PATH_MAX_BYTES)
		return err_fail(why, ERR_LIMIT, "path too long");
	int fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return from_errno(path, why);
	bool ok = write_all(fd, text) && fchmod(fd, (mode_t)mode) == 0 &&
	    fsync(fd) == 0;
	enum err e = ok ? ERR_OK : from_errno(path, why);
	if (close(fd) != 0 && e == ERR_OK)
		e = from_errno(path, why);
	if (e != ERR_OK)
		discard(temp);
	return e;
}

/* True for a pipe, a device and the like, which rename would replace. */
static bool
is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISDIR(st.st_mode);
}

static enum err
write_stream(const char *path, struct bytes text, struct err_why *why)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO)
	                                : open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return from_errno(path, why);
	enum err e = write_all(fd, text) ? ERR_OK : from_errno(path, why);
	(void)close(fd);
	return e;
}

enum err
whole_file_write(
    const char *path, struct bytes text, unsigned mode, struct err_why *why)
{
	char temp[PATH_MAX_BYTES];
	enum err e;

	if (strcmp(path, "-") == 0 || is_stream(path))
		return write_stream(path, text, why);
	e = write_beside(temp, path, text, mode, why);
	if (e != ERR_OK)
		return e;
	if (rename(temp, path) == 0 && sync_folder(path))
		return ERR_OK;
	e = from_errno(path, why);
	discard(temp);
	return e;
}

enum err
whole_file_create(
    const char *path, struct bytes text, unsigned mode, struct err_why *why)
{
	char temp[PATH_MAX_BYTES];
	enum err e = write_beside(temp, path, text, mode, why);

	if (e != ERR_OK)
		return e;
	/* Unlike rename, link fails when the name is taken. */
	if (link(temp, path) != 0) {
		e = from_errno(path, why);
		discard(temp);
	} else {
		(void)unlink(temp);
	}
	if (e == ERR_OK && !sync_folder(path))
		e = from_errno(path, why);
	return e;
}

enum err
whole_file_make_dir(const char *path, struct err_why *why)
{
	if (mkdir(path, 0700) == 0)
		return whole_file_sync_name(path, why);
	return errno == EEXIST ? ERR_OK : from_errno(path, why);
}
