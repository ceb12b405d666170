/* temp.c - a directory of its own for each test. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/temp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_FDS 16 /* nftw keeps this many directories open */

static void
give_up(const char *doing, const char *path)
{
	fprintf(
	    stderr, "temp: cannot %s %s: %s\n", doing, path, strerror(errno));
	abort();
}

void
temp_make(char out[static TEMP_PATH_BYTES])
{
	const char *base = getenv("TMPDIR");

	if (base == NULL || base[0] == '\0')
		base = "/tmp";
	temp_path(out, base, "lianfang.XXXXXX");
	if (mkdtemp(out) == NULL)
		give_up("make", out);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	if (remove(path) != 0 && errno != ENOENT)
		give_up("remove", path);
	return 0;
}

void
temp_remove(const char *dir)
{
	if (dir == NULL || dir[0] == '\0')
		return;
	if (nftw(dir, remove_one, TEMP_FDS, FTW_DEPTH | FTW_PHYS) != 0 &&
	    errno != ENOENT)
		give_up("remove", dir);
}

static void
copy_file(const char *from, const char *to)
{
	size_t len;
	char *text = temp_read(from, &len);

	if (text == NULL)
		give_up("read", from);
	temp_write(to, text, len);
	free(text);
}

void
temp_copy(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *at;

	if (d == NULL || mkdir(to, 0700) != 0)
		give_up("copy", from);
	while ((at = readdir(d)) != NULL) {
		char a[TEMP_PATH_BYTES];
		char b[TEMP_PATH_BYTES];

		if (strcmp(at->d_name, ".") == 0 ||
		    strcmp(at->d_name, "..") == 0)
			continue;
		temp_path(a, from, at->d_name);
		temp_path(b, to, at->d_name);
		if (at->d_type == DT_DIR)
			temp_copy(a, b);
		else
			copy_file(a, b);
	}
	(void)closedir(d);
}

void
temp_path(char out[static TEMP_PATH_BYTES], const char *dir, const char *name)
{
	int n = snprintf(out, TEMP_PATH_BYTES, "%s/%s", dir, name);

	if (n < 0 || n >= TEMP_PATH_BYTES) {
		errno = ENAMETOOLONG;
		give_up("name", name);
	}
}

void
temp_write(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0)
		give_up("write", path);
}

char *
temp_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	char *data = NULL;
	size_t size;

	if (f == NULL && errno == ENOENT)
		return NULL;
	if (f == NULL || fstat(fileno(f), &st) != 0)
		give_up("read", path);
	size = (size_t)st.st_size;
	data = malloc(size + 1);
	if (data == NULL || fread(data, 1, size, f) != size)
		give_up("read", path);
	(void)fclose(f);
	data[size] = '\0';
	if (len != NULL)
		*len = size;
	return data;
}

void
temp_flip(const char *path, size_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	unsigned char byte = 0;

	if (fd < 0 || pread(fd, &byte, 1, (off_t)at) != 1)
		give_up("read", path);
	byte ^= 1;
	if (pwrite(fd, &byte, 1, (off_t)at) != 1 || close(fd) != 0)
		give_up("write", path);
}
