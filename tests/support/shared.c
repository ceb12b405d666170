/* shared.c - material that lies beside the checkout, or not. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/shared.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void
join(char out[static SHARED_PATH_BYTES], const char *dir, const char *name)
{
	int n = snprintf(out, SHARED_PATH_BYTES, "%s/%s", dir, name);

	if (n < 0 || n >= SHARED_PATH_BYTES)
		abort();
}

bool
shared_path(char out[static SHARED_PATH_BYTES], const char *name)
{
	const char *root = getenv("LIANFANG_SHARED");
	struct stat st;

	join(out, root == NULL ? "../shared" : root, name);
	return stat(out, &st) == 0;
}

static bool
ends_with(const char *path, const char *suffix)
{
	size_t len = strlen(path);
	size_t end = strlen(suffix);

	return len >= end && strcmp(path + len - end, suffix) == 0;
}

static size_t
visit(const char *path, const char *suffix, shared_case each, void *arg)
{
	struct dirent **names = NULL;
	size_t count = 0;
	struct stat st;
	int n;

	if (stat(path, &st) != 0)
		return 0;
	if (!S_ISDIR(st.st_mode)) {
		if (!ends_with(path, suffix))
			return 0;
		each(arg, path);
		return 1;
	}
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char below[SHARED_PATH_BYTES];

		if (names[i]->d_name[0] != '.') {
			join(below, path, names[i]->d_name);
			count += visit(below, suffix, each, arg);
		}
		free(names[i]);
	}
	free(names);
	return count;
}

size_t
shared_each(const char *name, const char *suffix, shared_case each, void *arg)
{
	char path[SHARED_PATH_BYTES];

	if (!shared_path(path, name))
		return 0;
	return visit(path, suffix, each, arg);
}
