/* backup_part.c - one part of a backup, made beside a node that may run. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup_part.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/log_read.h"
#include "node/config.h"
#include "node/fold_kind.h"
#include "node/incarnation.h"
#include "node/whole_file.h"
#include "proto/slice.h"

const char *const backup_part_tables[] = {
    "token", "repeat", "name", "source", NULL};

static const char *const files[] = {"site", CONFIG_FILE, "alliance.json"};
static const char *const folders[] = {"packs", "import"};

bool
backup_part_file_ok(const char *name)
{
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		if (strcmp(files[i], name) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		const size_t n = strlen(folders[i]);

		if (strncmp(name, folders[i], n) == 0 && name[n] == '/')
			return name[n + 1] != '\0' && name[n + 1] != '.' &&
			    strchr(name + n + 1, '/') == NULL &&
			    strlen(name) < 200;
	}
	return false;
}

/* ---- files ---- */

static enum err
put_file(struct part_writer *to, const char *dir, const char *name,
    struct err_why *why)
{
	Backup__File file = BACKUP__FILE__INIT;
	Backup__Files m = BACKUP__FILES__INIT;
	Backup__File *one[1] = {&file};
	char path[4096];
	char copy[256];
	struct buf text;
	enum err e;

	buf_init(&text, BACKUP_PART_FILE_MAX);
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	(void)snprintf(copy, sizeof copy, "%s", name);
	e = whole_file_read(&text, path, why);
	if (e == ERR_OK) {
		file.name = copy;
		file.has_content = true;
		file.content = part_data(buf_view(&text));
		m.files = one;
		m.n_files = 1;
		e = part_put(to, PART_FILES, &m.base, why);
	} else if (e == ERR_NOT_FOUND) {
		e = ERR_OK;
	}
	buf_clear(&text);
	return e;
}

static enum err
put_folder(struct part_writer *to, const char *dir, const char *folder,
    struct err_why *why)
{
	char path[4096];
	char name[512];
	enum err e = ERR_OK;
	DIR *d;

	(void)snprintf(path, sizeof path, "%s/%s", dir, folder);
	d = opendir(path);
	if (d == NULL && errno == ENOENT)
		return ERR_OK;
	if (d == NULL)
		return err_errno(why, ERR_IO, errno, "%s", path);
	for (struct dirent *at = readdir(d); at != NULL && e == ERR_OK;
	     at = readdir(d)) {
		(void)snprintf(name, sizeof name, "%s/%s", folder, at->d_name);
		if (at->d_type == DT_REG && backup_part_file_ok(name))
			e = put_file(to, dir, name, why);
	}
	(void)closedir(d);
	return e;
}

static enum err
put_files(struct part_writer *to, const char *dir, struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof files / sizeof files[0] && e == ERR_OK;
	     i++)
		e = put_file(to, dir, files[i], why);
	for (size_t i = 0;
	     i < sizeof folders / sizeof folders[0] && e == ERR_OK; i++)
		e = put_folder(to, dir, folders[i], why);
	return e;
}

/* ---- tables ---- */

/* Was anything erased since the part before? */
static bool
erased_since(struct dump *d)
{
	for (size_t i = 0; i < d->head->n_logs; i++) {
		const Backup__Log *l = d->head->logs[i];
		uint64_t seq;
		uint64_t last;

		if (log_kind_head(d->book, d->txn, (uint16_t)l->slot,
		        LEDGER__KIND__ERASURE, &seq, &last, NULL) == ERR_OK &&
		    last >= l->from)
			return true;
	}
	return false;
}

/* Numbers of sources whose messages were erased since: no entry says them
 * again, and a message sent twice must be known. */
static enum err
put_kept(struct dump *d, const struct fold_tables *t, struct err_why *why)
{
	struct fold f = {.txn = d->txn, .t = t, .book = d->book};
	struct dump_rows r = {.to = d->to, .table = "source", .add = true};
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	if (!erased_since(d))
		return ERR_OK;
	e = store_cursor(d->txn, t->source, &c, why);
	if (e != ERR_OK)
		return e;
	dump_rows_begin(&r, bytes_of(NULL, 0));
	e = store_seek(c, bytes_of(NULL, 0), &row);
	while (e == ERR_OK) {
		if (fold_source_erased(&f, &row))
			e = dump_rows_put(&r, &row, why);
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	if (e == ERR_NOT_FOUND)
		return dump_rows_end(&r, bytes_of(NULL, 0), why);
	dump_rows_drop(&r);
	return err_wrap(why, e, "table %s", "source");
}

static enum err
put_tables(struct dump *d, const struct fold_tables *t, struct err_why *why)
{
	enum err e = dump_table(d, "token", t->token, why);

	if (e == ERR_OK)
		e = dump_table(d, "repeat", t->repeat, why);
	if (e == ERR_OK)
		e = dump_table(d, "name", t->name, why);
	return e == ERR_OK ? put_kept(d, t, why) : e;
}

/* ---- the whole ---- */

/* The store beside its node, read only. */
struct opened {
	struct store *store;
	struct vault *vault;
	struct log_book *book;
	struct fold_tables tables;
	struct store_table incarnation;
	struct store_txn *txn;
};

static enum err
open_own(struct opened *o, const char *dir, struct err_why *why)
{
	char path[4096];
	enum err e;

	(void)snprintf(path, sizeof path, "%s/own", dir);
	e = store_open(&o->store, path, STORE_READ_ONLY, why);
	(void)snprintf(path, sizeof path, "%s/own-keys", dir);
	if (e == ERR_OK)
		e = vault_open(&o->vault, path, why);
	if (e == ERR_OK)
		e = log_book_open(&o->book, o->store, o->vault, NULL, why);
	if (e == ERR_OK)
		e = fold_tables_open(&o->tables, o->store, why);
	if (e == ERR_OK)
		e = store_table(o->store, "incarnation", &o->incarnation, why);
	if (e == ERR_OK)
		e = store_read(o->store, &o->txn, why);
	return e;
}

static void
close_own(struct opened *o)
{
	store_abort(o->txn);
	log_book_close(o->book);
	if (o->vault != NULL)
		vault_close(o->vault);
	if (o->store != NULL)
		store_close(o->store);
}

/* Borrowed of the transaction. */
static enum err
read_life(struct opened *o, struct bytes *out, struct err_why *why)
{
	enum err e = store_get(
	    o->txn, o->incarnation, bytes_str(INCARNATION_LIFE), out, why);

	if (e == ERR_NOT_FOUND)
		*out = bytes_of(NULL, 0);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
write_part(const struct backup_part *p, const struct dump_before *before,
    struct backup_made *out, struct err_why *why)
{
	struct dump_name name = {
	    .number = p->number,
	    .before = p->before == NULL ? NULL : &p->before_sum,
	    .made_at = p->made_at,
	};
	struct opened o = {0};
	struct dump d = {.before = before,
	    .over = p->over,
	    .over_len = p->over_len,
	    .arg = p->arg,
	    .progress = p->progress};
	enum err e = open_own(&o, p->dir, why);

	d.book = o.book;
	d.txn = o.txn;
	if (e == ERR_OK)
		e = read_life(&o, &name.life, why);
	if (e == ERR_OK)
		e = part_create(&d.to, p->path, why);
	if (e == ERR_OK)
		e = dump_head(&d, &name, why);
	if (e == ERR_OK)
		e = dump_logs(&d, why);
	if (e == ERR_OK)
		e = put_tables(&d, &o.tables, why);
	if (e == ERR_OK)
		e = put_files(d.to, p->dir, why);
	if (e == ERR_OK)
		e = part_finish(d.to, &out->sum, why);
	else
		part_drop(d.to);
	out->head = d.head;
	out->put_back = d.put_back;
	close_own(&o);
	return e;
}

enum err
backup_part_make(
    const struct backup_part *p, struct backup_made *out, struct err_why *why)
{
	struct dump_before before = {0};
	enum err e = ERR_OK;

	*out = (struct backup_made){0};
	if (p->before != NULL)
		e = dump_before_read(&before, p->before, why);
	if (e == ERR_OK)
		e = write_part(p, &before, out, why);
	if (e == ERR_OK)
		e = dump_before_read(&out->end, p->path, why);
	dump_before_clear(&before);
	if (e != ERR_OK)
		backup_part_clear(out);
	return e;
}

void
backup_part_clear(struct backup_made *m)
{
	if (m->head != NULL)
		slice_free(&m->head->base);
	m->head = NULL;
	dump_before_clear(&m->end);
}
