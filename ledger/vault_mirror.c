/* vault_mirror.c - wrapping keys in a second place, and gone from there too. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/vault_mirror.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/vault_file.h"
#include "proto/mem.h"

#define OWNER_FILE "owner"
#define OWNER_BYTES 16

struct pair {
	int from;
	int to;
	const struct vault_mirror_keep *keep;
	size_t gone;
	struct vault_key *there; /* ids and names of `to`, as copying began */
	size_t there_len;
};

static enum err
open_dir(const char *path, int *out, struct err_why *why)
{
	*out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out >= 0)
		return ERR_OK;
	return err_errno(
	    why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "%s", path);
}

static void
close_pair(struct pair *p)
{
	if (p->from >= 0)
		(void)close(p->from);
	if (p->to >= 0)
		(void)close(p->to);
}

static bool
has(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Both belong to one store.  A vault without an owner is none. */
static enum err
same_owner(const struct pair *p, struct err_why *why)
{
	uint8_t from[OWNER_BYTES];
	uint8_t to[OWNER_BYTES];
	enum err e =
	    vault_file_read(p->from, OWNER_FILE, from, sizeof(from), why);

	if (e == ERR_OK && !has(p->to, OWNER_FILE))
		e = vault_file_write(
		    p->to, OWNER_FILE, bytes_of(from, sizeof(from)), why);
	if (e == ERR_OK)
		e = vault_file_read(p->to, OWNER_FILE, to, sizeof(to), why);
	if (e == ERR_OK && memcmp(from, to, sizeof(from)) != 0)
		e = err_fail(why, ERR_CONFLICT,
		    "the wrapping keys there are those of another store");
	return e;
}

static enum err
note_one(struct pair *p, const char *name, struct err_why *why)
{
	struct vault_key k = {0};

	(void)why;
	if (!vault_file_parse(name, &k))
		return ERR_OK;
	p->there = mem_resize(p->there, p->there_len + 1, sizeof(*p->there));
	p->there[p->there_len++] = k;
	return ERR_OK;
}

/*
 * An id is given once, unless both folders of a store were put back: then two
 * keys have it, and what rests under the one is not opened by the other.
 */
static enum err
same_key(struct pair *p, const char *name, struct err_why *why)
{
	struct vault_key mine = {0};
	struct vault_key have = {0};
	bool same = true;
	enum err e = ERR_OK;

	if (!vault_file_parse(name, &mine))
		return ERR_OK;
	have = mine;
	if (has(p->to, name)) {
		e = vault_file_load(p->from, &mine, why);
		if (e == ERR_OK)
			e = vault_file_load(p->to, &have, why);
		same = memcmp(mine.key, have.key, sizeof(mine.key)) == 0;
	} else {
		for (size_t i = 0; i < p->there_len; i++)
			same = same && p->there[i].id != mine.id;
	}
	crypto_wipe(&mine, sizeof(mine));
	crypto_wipe(&have, sizeof(have));
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (!same)
		return err_fail(why, ERR_CONFLICT,
		    "wrapping key %s there is of another time of this node: "
		    "its store was put back; keep these keys with their backup "
		    "and begin anew in another place",
		    name);
	return ERR_OK;
}

static enum err
copy_one(struct pair *p, const char *name, struct err_why *why)
{
	struct vault_key k = {0};
	uint32_t id;
	enum err e = same_key(p, name, why);

	if (e != ERR_OK || has(p->to, name))
		return e;
	if (vault_file_gone(name, &id)) {
		e = vault_file_write(p->to, name, bytes_of("", 0), why);
	} else if (vault_file_parse(name, &k)) {
		e = vault_file_load(p->from, &k, why);
		if (e == ERR_OK)
			e = vault_file_make(p->to, &k, why);
		/* Destroyed while we looked. */
		else if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	crypto_wipe(&k, sizeof(k));
	return e;
}

static enum err
drop_one(struct pair *p, const char *name, struct err_why *why)
{
	struct vault_key k = {0};
	enum err e = ERR_OK;

	if (vault_file_dying(name)) {
		e = vault_file_wipe(p->to, name, why);
	} else if (vault_file_parse(name, &k) && !has(p->from, name) &&
	    !p->keep->needed(p->keep->arg, k.id)) {
		e = vault_file_destroy(p->to, &k, false, why);
		p->gone += e == ERR_OK;
	}
	return e;
}

static enum err
each_name(struct pair *p, int dir,
    enum err (*one)(struct pair *p, const char *name, struct err_why *why),
    struct err_why *why)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	enum err e = ERR_OK;

	if (d == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return err_errno(why, ERR_IO, errno, "vault");
	}
	for (struct dirent *at = readdir(d); at != NULL && e == ERR_OK;
	     at = readdir(d))
		e = one(p, at->d_name, why);
	(void)closedir(d);
	return e;
}

static enum err
open_pair(struct pair *p, const char *from, const char *to, struct err_why *why)
{
	enum err e = open_dir(from, &p->from, why);

	if (e == ERR_OK)
		e = open_dir(to, &p->to, why);
	return e == ERR_OK ? same_owner(p, why) : e;
}

enum err
vault_mirror_copy(const char *from, const char *to, struct err_why *why)
{
	struct pair p = {.from = -1, .to = -1};
	enum err e = ERR_OK;

	if (mkdir(to, 0700) != 0 && errno != EEXIST)
		e = err_errno(
		    why, errno == ENOSPC ? ERR_FULL : ERR_IO, errno, "%s", to);
	if (e == ERR_OK)
		e = open_pair(&p, from, to, why);
	if (e == ERR_OK)
		e = each_name(&p, p.to, note_one, why);
	if (e == ERR_OK)
		e = each_name(&p, p.from, copy_one, why);
	free(p.there);
	if (e == ERR_OK && fsync(p.to) != 0)
		e = err_errno(why, ERR_IO, errno, "%s", to);
	close_pair(&p);
	return e;
}

enum err
vault_mirror_drop(const char *from, const char *to,
    const struct vault_mirror_keep *keep, size_t *gone, struct err_why *why)
{
	struct pair p = {.from = -1, .to = -1, .keep = keep};
	enum err e = open_pair(&p, from, to, why);

	if (e == ERR_OK)
		e = each_name(&p, p.to, drop_one, why);
	close_pair(&p);
	*gone = p.gone;
	return e;
}
