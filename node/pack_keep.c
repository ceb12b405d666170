/* pack_keep.c - texts of packs in DIR/packs, durable before their entry. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_keep.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/journal.h"
#include "node/pack_store.h"
#include "node/whole_file.h"
#include "proto/digest.h"
#include "proto/text.h"

#define SUFFIX ".new"

bool
pack_keep_name(const char *s)
{
	return s[0] != '.' && s[0] != '\0' &&
	    strspn(s,
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	        "0123456789.-_@") == strlen(s);
}

static void
final_path(char out[static PACK_KEEP_PATH], const char *dir, const char *name)
{
	(void)snprintf(out, PACK_KEEP_PATH, "%s/packs/%.95s.yaml", dir, name);
}

enum err
pack_keep_begin(struct pack_keep *k, const char *dir, const char *name,
    struct bytes text, struct err_why *why)
{
	char packs[SITE_PATH_MAX + 16];
	uint8_t random[16];
	char unique[TEXT_UUID_CHARS + 1];
	enum err e;

	crypto_random(random, sizeof random);
	text_uuid_put(unique, random);
	final_path(k->path, dir, name);
	(void)snprintf(packs, sizeof packs, "%s/packs", dir);
	e = whole_file_make_dir(packs, why);
	if (e != ERR_OK)
		return e;
	(void)snprintf(k->temp, sizeof k->temp, "%s/packs/%.95s.%s" SUFFIX, dir,
	    name, unique);
	e = whole_file_write(k->temp, text, 0600, why);
	if (e != ERR_OK)
		k->temp[0] = '\0';
	return e;
}

static void
take_name(const char *temp, const char *path)
{
	if (rename(temp, path) != 0 ||
	    whole_file_sync_name(path, NULL) != ERR_OK)
		journal_error("PACK-FILE", "%s: in force, but not kept: %s",
		    path, strerror(errno));
}

void
pack_keep_done(struct pack_keep *k)
{
	if (k->temp[0] != '\0')
		take_name(k->temp, k->path);
	k->temp[0] = '\0';
}

void
pack_keep_drop(struct pack_keep *k)
{
	if (k->temp[0] != '\0')
		(void)remove(k->temp);
	k->temp[0] = '\0';
}

/* Files of DIR/packs that are still to get their name: NAME.<uuid>.new, as
 * pack_keep_begin makes them.  Another NAME.new is somebody's own. */
static int
waiting(const struct dirent *d)
{
	const size_t tail = 1 + TEXT_UUID_CHARS + strlen(SUFFIX);
	size_t n = strlen(d->d_name);
	const char *at = d->d_name + n - tail;
	uint8_t random[16];

	return n > tail && at[0] == '.' &&
	    strcmp(at + 1 + TEXT_UUID_CHARS, SUFFIX) == 0 &&
	    text_uuid_get(random, bytes_of(at + 1, TEXT_UUID_CHARS), NULL) ==
	    ERR_OK;
}

static bool
holds(const char *path, const struct hash *digest)
{
	struct hash got;
	struct buf text;
	bool same = false;

	buf_init(&text, PACK_STORE_TEXT_MAX);
	if (whole_file_read(&text, path, NULL) == ERR_OK) {
		digest_sha256(&got, buf_view(&text));
		same = memcmp(got.b, digest->b, sizeof got.b) == 0;
	}
	buf_clear(&text);
	return same;
}

/* Calls for each; `arg` as it came. */
static void
each_waiting(
    const char *dir, void (*call)(const char *path, void *arg), void *arg)
{
	char packs[SITE_PATH_MAX + 16];
	struct dirent **list = NULL;
	int n;

	(void)snprintf(packs, sizeof packs, "%s/packs", dir);
	n = scandir(packs, &list, waiting, alphasort);
	for (int i = 0; i < n; i++) {
		char path[SITE_PATH_MAX + 16 + sizeof list[i]->d_name];

		(void)snprintf(
		    path, sizeof path, "%s/%s", packs, list[i]->d_name);
		call(path, arg);
		free(list[i]);
	}
	free(list);
}

struct entered {
	const struct hash *digest;
	char path[PACK_KEEP_PATH];
};

static void
recall_one(const char *path, void *arg)
{
	const struct entered *e = arg;

	if (holds(path, e->digest))
		take_name(path, e->path);
}

void
pack_keep_recall(const char *dir, const char *name, const struct hash *digest)
{
	struct entered e = {.digest = digest};

	if (!pack_keep_name(name))
		return;
	final_path(e.path, dir, name);
	each_waiting(dir, recall_one, &e);
}

static void
remove_one(const char *path, void *arg)
{
	(void)arg;
	(void)remove(path);
}

void
pack_keep_clear(const char *dir)
{
	each_waiting(dir, remove_one, NULL);
}
