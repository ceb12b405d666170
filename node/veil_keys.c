/* veil_keys.c - this node's secrets of one term of the veil. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_keys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/site_keys.h"
#include "node/whole_file.h"
#include "proto/buf.h"

#define PATH_BYTES 4200
#define FILE_BYTES (GROUP_BYTES + CRYPTO_SEED_BYTES)

static void
draw(uint8_t out[static FILE_BYTES])
{
	struct ring_key k;

	ring_key_new(&k);
	memcpy(out, k.secret.b, GROUP_BYTES);
	crypto_random(out + GROUP_BYTES, CRYPTO_SEED_BYTES);
	ring_key_wipe(&k);
}

static enum err
read_or_make(
    const char *dir, const char *path, struct buf *out, struct err_why *why)
{
	uint8_t fresh[FILE_BYTES];
	char above[PATH_BYTES];
	enum err e = whole_file_read(out, path, why);

	if (e != ERR_NOT_FOUND)
		return e;
	(void)snprintf(above, sizeof above, "%s/veil", dir);
	draw(fresh);
	e = whole_file_make_dir(above, why);
	if (e == ERR_OK)
		e = whole_file_create(
		    path, bytes_of(fresh, sizeof fresh), 0600, why);
	if (e == ERR_OK)
		buf_put(out, fresh, sizeof fresh);
	crypto_wipe(fresh, sizeof fresh);
	return e;
}

enum err
veil_keys_open(
    struct veil_keys *out, const char *dir, uint32_t term, struct err_why *why)
{
	char path[PATH_BYTES];
	struct scalar secret;
	struct buf text;
	enum err e;

	(void)snprintf(path, sizeof path, "%s/veil/%u", dir, (unsigned)term);
	buf_init(&text, FILE_BYTES);
	e = read_or_make(dir, path, &text, why);
	if (e == ERR_OK && text.len != FILE_BYTES)
		e = err_fail(why, ERR_MALFORMED, "%s: not a key", path);
	if (e == ERR_OK) {
		out->term = term;
		memcpy(secret.b, text.ptr, GROUP_BYTES);
		e = ring_key_open(&out->ring, &secret, why);
		crypto_signer_seed(&out->hop, text.ptr + GROUP_BYTES);
		crypto_wipe(&secret, sizeof secret);
	}
	buf_wipe(&text);
	return e;
}

void
veil_keys_wipe(struct veil_keys *k)
{
	crypto_wipe(k, sizeof *k);
}

/* Is it to go?  What a crash left beside a key (left) is of no term. */
static bool
is_key(const char *name, uint32_t before, bool *left)
{
	char *end;
	const unsigned long term = strtoul(name, &end, 10);

	if (end == name || (*end != '\0' && *end != '.'))
		return false;
	*left = *end == '.';
	return *left || term < before;
}

static enum err
erase(const char *path, bool left, struct err_why *why)
{
	struct stat st;

	/* Two names of one file: a crash between them, and the key is in use.
	 */
	if (left && lstat(path, &st) == 0 && st.st_nlink > 1)
		return unlink(path) == 0
		    ? whole_file_sync_name(path, why)
		    : err_fail(why, ERR_IO, "%s: %s", path, strerror(errno));
	const enum err e = site_keys_destroy(path, why);
	return e == ERR_OK ? whole_file_sync_name(path, why) : e;
}

enum err
veil_keys_erase(const char *dir, uint32_t before, struct err_why *why)
{
	char path[PATH_BYTES];
	struct dirent *d;
	enum err e = ERR_OK;
	bool left;
	DIR *all;

	(void)snprintf(path, sizeof path, "%s/veil", dir);
	all = opendir(path);
	if (all == NULL)
		return errno == ENOENT
		    ? ERR_OK
		    : err_fail(why, ERR_IO, "%s: %s", path, strerror(errno));
	while (e == ERR_OK) {
		errno = 0;
		d = readdir(all);
		if (d == NULL)
			break;
		if (!is_key(d->d_name, before, &left))
			continue;
		(void)snprintf(
		    path, sizeof path, "%s/veil/%.200s", dir, d->d_name);
		e = erase(path, left, why);
	}
	(void)closedir(all);
	return e;
}
