/* restore.c - a node's directory out of a backup. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/restore.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/part_load.h"
#include "node/backup_keys.h"
#include "node/backup_part.h"
#include "node/backup_verify.h"
#include "node/fold.h"
#include "node/restore_fold.h"
#include "node/whole_file.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define PATH_BYTES 4096
#define SITE_FILE "site"

struct run {
	const struct restore_plan *p;
	const Backup__Manifest *m;
	const char *doing; /* for the progress */
	struct store *store;
	struct log_book *book;
	struct fold_tables tables;
	struct part_load load;
	struct buf site; /* comes last */
};

static void
progress(void *arg, uint64_t done, uint64_t total)
{
	const struct run *r = arg;

	if (r->p->progress != NULL)
		r->p->progress(r->p->arg, r->doing, done, total);
}

/* ---- the directory ---- */

static enum err
check_empty(const char *dir, struct err_why *why)
{
	DIR *d = opendir(dir);
	bool empty = true;

	if (d == NULL && errno == ENOENT)
		return ERR_OK;
	if (d == NULL)
		return err_errno(why, ERR_IO, errno, "%s", dir);
	for (struct dirent *at = readdir(d); at != NULL; at = readdir(d)) {
		if (strcmp(at->d_name, ".") != 0 &&
		    strcmp(at->d_name, "..") != 0)
			empty = false;
	}
	(void)closedir(d);
	if (empty)
		return ERR_OK;
	return err_fail(why, ERR_EXISTS,
	    "%s is not empty: a restore makes a directory of its own; one that "
	    "was interrupted is removed first",
	    dir);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	/* The directory itself may have been there before. */
	if (where->level > 0)
		(void)remove(path);
	return 0;
}

/* It was empty or not there: all that is in it is ours. */
static void
remove_made(const char *dir)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	(void)rmdir(dir);
}

/* ---- files ---- */

static enum err
put_file(struct run *r, const Backup__File *f, struct err_why *why)
{
	char path[PATH_BYTES];
	char *slash;
	enum err e = ERR_OK;

	if (f->name == NULL || !backup_part_file_ok(f->name))
		return err_fail(why, ERR_CORRUPT, "a file named \"%s\"",
		    f->name == NULL ? "" : f->name);
	if (strcmp(f->name, SITE_FILE) == 0) {
		buf_reset(&r->site);
		buf_bytes(&r->site, part_bytes(&f->content));
		return buf_ok(&r->site, why);
	}
	(void)snprintf(path, sizeof path, "%s/%s", r->p->dir, f->name);
	slash = strrchr(path, '/');
	*slash = '\0';
	e = whole_file_make_dir(path, why);
	*slash = '/';
	return e == ERR_OK
	    ? whole_file_write(path, part_bytes(&f->content), 0600, why)
	    : e;
}

static enum err
put_files(struct run *r, const Backup__Files *m, struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < m->n_files && e == ERR_OK; i++)
		e = put_file(r, m->files[i], why);
	return e;
}

static enum err
take_frame(void *arg, const struct part_frame *f, struct err_why *why)
{
	struct run *r = arg;

	if (f->kind == PART_FILES)
		return put_files(r, (const Backup__Files *)f->msg, why);
	return part_load_frame(&r->load, f, why);
}

/* ---- the store ---- */

static enum err
open_store(struct run *r, struct err_why *why)
{
	char path[PATH_BYTES];
	enum err e;

	(void)snprintf(path, sizeof path, "%s/own", r->p->dir);
	e = store_open(&r->store, path, STORE_CREATE, why);
	if (e == ERR_OK)
		e = log_book_open(&r->book, r->store, NULL, NULL, why);
	return e == ERR_OK ? fold_tables_open(&r->tables, r->store, why) : e;
}

static void
close_store(struct run *r)
{
	log_book_close(r->book);
	if (r->store != NULL)
		store_close(r->store);
	r->book = NULL;
	r->store = NULL;
}

static enum err
load_all(struct run *r, struct err_why *why)
{
	const struct part_load_table tables[] = {
	    {"token", r->tables.token},
	    {"repeat", r->tables.repeat},
	    {"name", r->tables.name},
	    {"source", r->tables.source},
	};
	const struct backup_verify v = {
	    .folder = r->p->from,
	    .manifest = r->m,
	    .arg = r,
	    .progress = progress,
	    .frame = take_frame,
	};
	struct part_check_counts unused;

	r->doing = "restore";
	r->load = (struct part_load){
	    .book = r->book,
	    .tables = tables,
	    .tables_len = sizeof tables / sizeof tables[0],
	};
	return backup_verify(&v, &unused, why);
}

/* Tables need bodies: the book gets its vault now. */
static enum err
fold_all(struct run *r, struct err_why *why)
{
	const struct restore_fold f = {
	    .dir = r->p->dir,
	    .arg = r,
	    .progress = progress,
	};

	r->doing = "fold";
	return restore_fold(&f, why);
}

static enum err
put_site(struct run *r, struct err_why *why)
{
	char path[PATH_BYTES];

	if (r->site.len == 0)
		return err_fail(why, ERR_CORRUPT,
		    "the backup does not say whose it is: no file \"site\"");
	(void)snprintf(path, sizeof path, "%s/" SITE_FILE, r->p->dir);
	return whole_file_write(path, buf_view(&r->site), 0600, why);
}

static enum err
verify(struct run *r, struct err_why *why)
{
	const struct backup_verify v = {
	    .folder = r->p->from,
	    .keydir = r->p->keydir,
	    .manifest = r->m,
	    .arg = r,
	    .progress = progress,
	};
	struct part_check_counts unused;

	r->doing = "verify";
	return backup_verify(&v, &unused, why);
}

static enum err
build(struct run *r, struct err_why *why)
{
	enum err e = whole_file_make_dir(r->p->dir, why);

	if (e == ERR_OK)
		e = backup_keys_restore(
		    r->p->keydir, r->p->dir, r->m->node, why);
	if (e == ERR_OK)
		e = open_store(r, why);
	if (e == ERR_OK)
		e = load_all(r, why);
	close_store(r);
	if (e == ERR_OK)
		e = fold_all(r, why);
	if (e == ERR_OK && r->p->judge != NULL)
		e = r->p->judge(r->p->arg, why);
	return e == ERR_OK ? put_site(r, why) : e;
}

enum err
restore_run(
    const struct restore_plan *p, Backup__Manifest **out, struct err_why *why)
{
	struct run r = {.p = p};
	Backup__Manifest *m = NULL;
	enum err e = check_empty(p->dir, why);

	buf_init(&r.site, BACKUP_PART_FILE_MAX);
	if (e == ERR_OK)
		e = backup_verify_open(&m, p->from, p->keydir, why);
	r.m = m;
	if (e == ERR_OK)
		e = verify(&r, why);
	if (e == ERR_OK) {
		e = build(&r, why);
		if (e != ERR_OK)
			remove_made(p->dir);
	}
	buf_clear(&r.site);
	if (e == ERR_OK)
		*out = m;
	else if (m != NULL)
		slice_free(&m->base);
	return e;
}
