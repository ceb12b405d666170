/* packs_file.c - rule packs, built in and from the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/packs_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"

#define FILE_MAX (256u << 10)

static const struct {
	const char *name;
	const uint8_t *ptr;
	size_t len;
} built_in[] = {
#include "packs.inc"
};

static enum err
add_file(
    struct packs *p, const char *dir, const char *name, struct err_why *why)
{
	char path[1024];
	uint8_t *text = NULL;
	size_t len;
	FILE *f = NULL;
	enum err e;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "re");
	if (f == NULL)
		return err_errno(why, ERR_IO, errno, "%s", path);
	text = mem_alloc(FILE_MAX + 1, 1);
	len = fread(text, 1, FILE_MAX + 1, f);
	if (ferror(f))
		e = err_fail(why, ERR_IO, "%s: cannot be read", path);
	else if (len > FILE_MAX)
		e = err_fail(why, ERR_LIMIT, "%s: too big", path);
	else
		e = packs_add(p, name, bytes_of(text, len), why);
	(void)fclose(f);
	free(text);
	return e;
}

enum err
packs_file_add(struct packs *p, const char *dir, packs_file_refused refused,
    void *arg, struct err_why *why)
{
	struct dirent **list = NULL;
	enum err e = ERR_OK;
	int n;

	n = scandir(dir, &list, NULL, alphasort);
	if (n < 0 && errno == ENOENT)
		return ERR_OK;
	if (n < 0)
		return err_errno(why, ERR_IO, errno, "%s", dir);
	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(list[i]->d_name, '.');

		if (e == ERR_OK && dot != NULL && strcmp(dot, ".yaml") == 0)
			e = add_file(p, dir, list[i]->d_name, why);
		if ((e == ERR_EXISTS || e == ERR_REFUSED) && refused != NULL) {
			refused(arg, why);
			e = ERR_OK;
		}
		free(list[i]);
	}
	free(list);
	return e;
}

enum err
packs_open(struct packs **out, const char *dir, struct err_why *why)
{
	struct packs *p = packs_new();
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
		e = packs_add(p, built_in[i].name,
		    bytes_of(built_in[i].ptr, built_in[i].len), why);
		if (e != ERR_OK)
			goto out;
	}
	packs_seal(p);
	if (dir != NULL) {
		e = packs_file_add(p, dir, NULL, NULL, why);
		if (e != ERR_OK)
			goto out;
	}
	*out = p;
	p = NULL;
out:
	packs_free(p);
	return e;
}
