/* spool_store.c - the store of kept alarms, beside the own one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/journal.h"
#include "node/site_keys.h"
#include "node/spool_state.h"
#include "node/whole_file.h"
#include "proto/mem.h"

#define PATH_BYTES (SITE_PATH_MAX + 32)

static void
path_of(const struct site *s, const char *name, char out[static PATH_BYTES])
{
	(void)snprintf(out, PATH_BYTES, "%s/%s", s->dir, name);
}

struct store *
spool_store(const struct site *s)
{
	return atomic_load(&s->spool->store);
}

/* ---- its life ---- */

/* One that was not finished. */
static void
sweep(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;

	if (d == NULL)
		return;
	for (entry = readdir(d); entry != NULL; entry = readdir(d))
		(void)unlinkat(dirfd(d), entry->d_name, 0);
	(void)closedir(d);
	(void)rmdir(path);
}

static enum err
open_at(struct store **out, struct store_table *rows, const char *path,
    unsigned flags, struct err_why *why)
{
	enum err e = store_open(out, path, flags, why);

	if (e == ERR_OK)
		e = store_table(*out, "spool", rows, why);
	if (e != ERR_OK && *out != NULL) {
		store_close(*out);
		*out = NULL;
	}
	return e;
}

/* Whole or not at all: a node that was killed while it began one starts. */
static enum err
make(struct site *s, struct err_why *why)
{
	char begun[PATH_BYTES], path[PATH_BYTES];
	struct store *store = NULL;
	enum err e;

	path_of(s, "kept.new", begun);
	path_of(s, "kept", path);
	sweep(begun);
	e = open_at(&store, &s->spool->rows, begun, STORE_CREATE, why);
	if (e != ERR_OK)
		return e;
	store_close(store);
	if (rename(begun, path) != 0)
		return err_errno(why, ERR_IO, errno, "%s", path);
	return whole_file_sync_name(path, why);
}

static enum err
open_made(struct site *s, struct err_why *why)
{
	struct store *store = NULL;
	char path[PATH_BYTES];
	enum err e;

	path_of(s, "kept", path);
	e = open_at(&store, &s->spool->rows, path, 0, why);
	if (e == ERR_OK)
		atomic_store(&s->spool->store, store);
	return e;
}

enum err
spool_store_make(struct site *s, struct store **out, struct err_why *why)
{
	enum err e = ERR_OK;

	*out = spool_store(s);
	if (*out != NULL)
		return ERR_OK;
	e = make(s, why);
	if (e == ERR_OK)
		e = open_made(s, why);
	*out = spool_store(s);
	return e;
}

enum err
spool_attach(struct site *s, struct err_why *why)
{
	s->spool = mem_alloc(1, sizeof *s->spool);
	return store_table(s->own.store, "spool", &s->spool->entered, why);
}

void
spool_detach(struct site *s)
{
	if (s->spool == NULL)
		return;
	if (spool_store(s) != NULL)
		store_close(spool_store(s));
	free(s->spool);
	s->spool = NULL;
}

/* ---- what versions before kept in the own store ---- */

struct moved {
	uint64_t from, to;
};

struct moving {
	struct site *s;
	struct store_txn *own, *kept;
	struct spool_counts counts;
	uint8_t secret[32];
	struct moved *moved;
	size_t len;
	size_t lost;
};

static enum err
move_row(struct moving *m, const struct store_row *row, struct err_why *why)
{
	struct spool_row opened;
	enum err e;

	if (!spool_row_open(&opened, row, m->secret)) {
		m->lost++;
		return ERR_OK;
	}
	m->moved = mem_resize(m->moved, m->len + 1, sizeof *m->moved);
	m->moved[m->len++] = (struct moved){opened.number, m->counts.next};
	e = spool_row_put(m->s, m->kept, &opened, m->secret, &m->counts, why);
	api__event_post__free_unpacked(opened.post, NULL);
	return e;
}

/* By which number or event id it is known; the first one counts. */
static enum err
move_seen(struct moving *m, const struct store_row *row, struct err_why *why)
{
	struct buf_reader r = {row->value, false};
	uint64_t from = buf_read_u64be(&r);
	uint8_t value[SPOOL_SEEN_BYTES];
	struct spool_key to = {.len = 0};
	struct bytes had;
	size_t i = 0;

	if (row->value.len != SPOOL_SEEN_BYTES)
		return err_fail(why, ERR_CORRUPT, "spool row");
	while (i < m->len && m->moved[i].from != from)
		i++;
	if (i == m->len ||
	    store_get(m->kept, m->s->spool->rows, row->key, &had, NULL) ==
	        ERR_OK)
		return ERR_OK;
	spool_key_u64(&to, m->moved[i].to);
	memcpy(value, to.b, 8);
	memcpy(value + 8, row->value.ptr + 8, sizeof value - 8);
	return store_put(m->kept, m->s->spool->rows, row->key,
	    bytes_of(value, sizeof value), why);
}

static enum err
move_kind(struct moving *m, uint8_t kind,
    enum err (*move)(
        struct moving *, const struct store_row *, struct err_why *),
    struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(m->own, m->s->spool->entered, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of(&kind, 1), &row);
	while (e == ERR_OK && row.key.ptr[0] == kind) {
		e = move(m, &row, why);
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
move_all(struct moving *m, struct err_why *why)
{
	enum err e = spool_counts_get(m->s, m->kept, &m->counts, why);

	if (e == ERR_OK)
		e = move_kind(m, 'i', move_row, why);
	if (e == ERR_OK)
		e = move_kind(m, 'n', move_seen, why);
	if (e == ERR_OK)
		e = move_kind(m, 'e', move_seen, why);
	return e == ERR_OK ? spool_counts_put(m->s, m->kept, &m->counts, why)
	                   : e;
}

/* In both stores for a moment: then it is moved once more, and entered once. */
static enum err
move_out(struct site *s, struct err_why *why)
{
	struct moving m = {.s = s};
	struct store *store = NULL;
	enum err e = spool_store_make(s, &store, why);

	if (e == ERR_OK)
		e = site_keys_spool(m.secret, s, why);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK; /* none of them opens */
	if (e == ERR_OK)
		e = store_read(s->own.store, &m.own, why);
	if (e == ERR_OK)
		e = store_write(store, &m.kept, why);
	if (e == ERR_OK)
		e = move_all(&m, why);
	store_abort(m.own);
	if (e == ERR_OK)
		e = store_commit(m.kept, why);
	else
		store_abort(m.kept);
	crypto_wipe(m.secret, sizeof m.secret);
	free(m.moved);
	if (e != ERR_OK)
		return e;
	if (m.lost > 0)
		journal_error("SPOOL-UNREADABLE",
		    "%zu kept alarms cannot be opened, their key is gone: they "
		    "were entered before this copy of own/ was put back",
		    m.lost);
	e = store_write(s->own.store, &m.own, why);
	if (e != ERR_OK)
		return e;
	e = store_drop(m.own, s->spool->entered, why);
	if (e == ERR_OK)
		return store_commit(m.own, why);
	store_abort(m.own);
	return e;
}

static bool
holds_some(struct site *s)
{
	struct store_txn *txn = NULL;
	struct bytes value;
	enum err e = store_read(s->own.store, &txn, NULL);

	if (e == ERR_OK)
		e = store_get(
		    txn, s->spool->entered, bytes_str("c"), &value, NULL);
	store_abort(txn);
	return e == ERR_OK;
}

enum err
spool_store_open(struct site *s, struct err_why *why)
{
	char path[PATH_BYTES];
	enum err e = ERR_OK;

	path_of(s, "kept", path);
	if (access(path, F_OK) == 0 && spool_store(s) == NULL)
		e = open_made(s, why);
	if (e != ERR_OK)
		return err_wrap(why, e,
		    "%s, which holds alarms that are in no log; moved away, "
		    "the node starts without them",
		    path);
	return holds_some(s) ? move_out(s, why) : ERR_OK;
}
