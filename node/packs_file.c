/* packs_file.c - rule packs, built in and from the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/packs_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/whole_file.h"
#include "proto/slice.h"
#include "proto/yaml.h"

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
	struct buf text;
	enum err e;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	buf_init(&text, FILE_MAX);
	e = whole_file_read(&text, path, why);
	if (e == ERR_OK)
		e = packs_add(p, name, buf_view(&text), why);
	buf_clear(&text);
	return e;
}

/* By figures nothing is decided: a set that a later version wants otherwise
 * keeps no node from starting, which has to take alarms. */
static bool
only_counts(const char *dir, const char *name)
{
	char path[1024];
	ProtobufCMessage *msg = NULL;
	struct buf text;
	bool counts = false;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	buf_init(&text, FILE_MAX);
	if (whole_file_read(&text, path, NULL) == ERR_OK &&
	    yaml_decode(&msg, &pack__pack__descriptor, buf_view(&text), NULL) ==
	        ERR_OK)
		counts =
		    ((const Pack__Pack *)(const void *)msg)->indicators != NULL;
	slice_free(msg);
	buf_clear(&text);
	return counts;
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
		if ((e == ERR_EXISTS || e == ERR_REFUSED ||
		        (e == ERR_MALFORMED &&
		            only_counts(dir, list[i]->d_name))) &&
		    refused != NULL) {
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
