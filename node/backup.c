/* backup.c - a backup of a node's own records, hot, in parts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/generation.h"
#include "node/backup_keys.h"
#include "node/backup_part.h"
#include "node/backup_place.h"
#include "node/cli_keys.h"
#include "node/whole_file.h"
#include "proto/limits.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define PATH_BYTES 4096
#define TRIES 8 /* parts, while keys move on */

struct run {
	const struct backup_plan *p;
	struct backup_identity id;
	struct note_vkey *vkeys; /* of the logs */
	size_t vkeys_len;
	int lock;
	uint64_t files; /* the highest number of a part's file */
	struct dump_before end; /* of the newest part */
	Backup__Manifest *was; /* what a new base takes the place of */
	bool moved; /* keys of the newest part are gone already */
	struct backup_result *out;
};

/* ---- places ---- */

static enum err
take_lock(struct run *r, struct err_why *why)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof path, "%s/lock", r->p->to);
	r->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->lock < 0)
		return err_errno(why, errno == ENOSPC ? ERR_FULL : ERR_IO,
		    errno, "%s", path);
	if (flock(r->lock, LOCK_EX | LOCK_NB) != 0)
		return err_fail(why, ERR_BUSY,
		    "another backup is being written to %s", r->p->to);
	return ERR_OK;
}

/* Calls `each` for every file of a part. */
static enum err
each_file(struct run *r, void (*each)(struct run *r, const char *name),
    struct err_why *why)
{
	DIR *d = opendir(r->p->to);

	if (d == NULL)
		return err_errno(why, ERR_IO, errno, "%s", r->p->to);
	for (struct dirent *at = readdir(d); at != NULL; at = readdir(d)) {
		if (backup_manifest_number(at->d_name) > 0)
			each(r, at->d_name);
	}
	(void)closedir(d);
	return ERR_OK;
}

static void
note_number(struct run *r, const char *name)
{
	const uint64_t n = backup_manifest_number(name);

	if (n > r->files)
		r->files = n;
}

/* Of a run that was interrupted, or of the base before this one. */
static void
remove_unnamed(struct run *r, const char *name)
{
	const Backup__Manifest *m = r->out->manifest;
	char path[PATH_BYTES];

	for (size_t i = 0; i < m->n_parts; i++) {
		if (strcmp(m->parts[i]->file, name) == 0)
			return;
	}
	(void)snprintf(path, sizeof path, "%s/%s", r->p->to, name);
	(void)unlink(path);
}

/* ---- the manifest ---- */

static void
free_manifest(Backup__Manifest *m)
{
	if (m != NULL)
		slice_free(&m->base);
}

static Backup__Manifest *
new_manifest(const struct run *r)
{
	Backup__Manifest *m = mem_alloc(1, sizeof *m);

	backup__manifest__init(m);
	m->has_version = true;
	m->version = 1;
	m->node = mem_strdup(r->id.node);
	return m;
}

/* A base knows nothing of what was. */
static enum err
first_manifest(struct run *r, struct err_why *why)
{
	Backup__Manifest *m = NULL;
	enum err e;

	e = backup_manifest_read(&m, r->p->to, why);
	if (e == ERR_OK) {
		r->was = m;
		e = backup_place_owner(r->p, &r->id, m, why);
		if (e != ERR_OK)
			return e;
	}
	if (e == ERR_OK && !r->p->full && m->n_parts < BACKUP_MANIFEST_PARTS) {
		r->was = NULL; /* it goes on */
		r->out->manifest = m;
		r->out->first = m->n_parts;
		return ERR_OK;
	}
	if (e != ERR_OK && e != ERR_NOT_FOUND && !r->p->full)
		return err_wrap(why, e,
		    "the backup that is there is damaged; begin anew with "
		    "--full");
	r->out->manifest = new_manifest(r);
	return ERR_OK;
}

/* What the store was when the backup that is there was made, it is not any
 * more: all of it again, and then the old parts go. */
static void
begin_anew(struct run *r)
{
	free_manifest(r->was);
	r->was = r->out->manifest;
	r->out->manifest = new_manifest(r);
	r->out->first = 0;
}

static const struct note_vkey *
vkey_of(const struct run *r, const char *origin)
{
	for (size_t i = 0; i < r->vkeys_len; i++) {
		if (strcmp(r->vkeys[i].name, origin) == 0)
			return &r->vkeys[i];
	}
	return NULL;
}

static char *
text_of(struct buf *b)
{
	char *out = mem_strdup(buf_cstr(b));

	buf_clear(b);
	return out;
}

static char *
hex_of(struct bytes in)
{
	struct buf b;

	buf_init(&b, 1024);
	text_hex_put(&b, in);
	return text_of(&b);
}

static Backup__Log *
new_log(const Backup__Log *from)
{
	Backup__Log *l = mem_alloc(1, sizeof *l);

	backup__log__init(l);
	l->origin = mem_strdup(from->origin);
	l->has_size = true;
	l->size = from->size;
	return l;
}

/* What the newest part's head says of the logs, and their keys. */
static enum err
set_logs(struct run *r, const Backup__Head *h, struct err_why *why)
{
	Backup__Manifest *m = r->out->manifest;

	for (size_t i = 0; i < m->n_logs; i++)
		protobuf_c_message_free_unpacked(&m->logs[i]->base, NULL);
	free(m->logs);
	m->logs = mem_alloc(h->n_logs + 1, sizeof *m->logs);
	m->n_logs = 0;
	for (size_t i = 0; i < h->n_logs; i++) {
		const Backup__Log *from = h->logs[i];
		const struct note_vkey *key = vkey_of(r, from->origin);
		Backup__Log *l;
		struct buf b;

		if (key == NULL)
			return err_fail(why, ERR_NOT_FOUND,
			    "%s: its verifier key is not known", from->origin);
		l = new_log(from);
		buf_init(&b, 1024);
		note_vkey_put(&b, key);
		l->vkey = text_of(&b);
		l->checkpoint = mem_strdup(from->checkpoint);
		l->has_root = true;
		l->root.len = from->root.len;
		l->root.data = mem_alloc(1, from->root.len + 1);
		memcpy(l->root.data, from->root.data, from->root.len);
		m->logs[m->n_logs++] = l;
	}
	free(m->store_id);
	m->store_id = hex_of(part_bytes(&h->store_id));
	return ERR_OK;
}

static void
add_part(struct run *r, const struct backup_made *made, const char *file)
{
	Backup__Manifest *m = r->out->manifest;
	Backup__Part *p = mem_alloc(1, sizeof *p);

	backup__part__init(p);
	p->file = mem_strdup(file);
	p->has_size = p->has_made_at = true;
	p->size = made->sum.size;
	p->sha256 = hex_of(bytes_hash(&made->sum.sha256));
	p->made_at = r->p->now_us;
	p->logs = mem_alloc(made->head->n_logs + 1, sizeof *p->logs);
	for (size_t i = 0; i < made->head->n_logs; i++) {
		const Backup__Log *from = made->head->logs[i];
		Backup__Log *l = new_log(from);

		l->has_from = l->has_bytes = true;
		l->from = from->from;
		l->bytes = from->bytes;
		p->logs[p->n_logs++] = l;
	}
	m->parts = mem_resize(m->parts, m->n_parts + 1, sizeof *m->parts);
	m->parts[m->n_parts++] = p;
}

static enum err
write_manifest(struct run *r, struct err_why *why)
{
	Backup__Manifest *m = r->out->manifest;
	char path[PATH_BYTES];
	struct buf text;
	struct buf vkey;
	enum err e;

	m->has_made_at = true;
	m->made_at = r->p->now_us;
	buf_init(&vkey, 1024);
	note_vkey_put(&vkey, &r->id.vkey);
	free(m->identity);
	m->identity = text_of(&vkey);
	buf_init(&text, LIMITS_BODY_BYTES);
	e = backup_manifest_put(&text, m, &r->id.key, why);
	(void)snprintf(path, sizeof path, "%s/" BACKUP_MANIFEST_FILE, r->p->to);
	/* The names of the parts, before what names them. */
	if (e == ERR_OK)
		e = whole_file_sync_name(path, why);
	if (e == ERR_OK)
		e = whole_file_write(path, buf_view(&text), 0600, why);
	buf_clear(&text);
	return e;
}

/* ---- one part ---- */

static void
on_entries(void *arg, uint64_t done, uint64_t total)
{
	const struct run *r = arg;

	if (r->p->progress != NULL)
		r->p->progress(r->p->arg, "backup", done, total);
}

/* The newest generation of its line that the manifest names. */
static bool
is_newest(const struct run *r, const char *origin)
{
	const Backup__Manifest *m = r->out->manifest;
	struct generation mine;
	struct generation g;

	if (generation_get(&mine, origin, NULL) != ERR_OK)
		return false;
	for (size_t i = 0; i < m->n_logs; i++) {
		if (generation_get(&g, m->logs[i]->origin, NULL) == ERR_OK &&
		    strcmp(g.kind, mine.kind) == 0 && g.number > mine.number)
			return false;
	}
	return true;
}

/* Keys that the newest part needs and KEYDIR does not have: they were
 * destroyed after its transaction and before they could be copied. */
static enum err
look_for_keys(struct run *r, struct err_why *why)
{
	const Backup__Manifest *m = r->out->manifest;
	char path[PATH_BYTES];
	struct vault *vault = NULL;
	enum err e;

	(void)snprintf(path, sizeof path, "%s/own-keys", r->p->keydir);
	e = vault_open(&vault, path, why);
	if (e != ERR_OK)
		return e;
	r->moved = false;
	for (size_t i = 0; i < r->end.spans && !r->moved; i++)
		r->moved = !vault_live(vault, r->end.span[i].key_id);
	vault_close(vault);
	for (size_t i = 0; i < m->n_logs && !r->moved; i++)
		r->moved = is_newest(r, m->logs[i]->origin) &&
		    !backup_keys_log(r->p->keydir, m->logs[i]->origin);
	return ERR_OK;
}

static enum err
read_vkeys(struct run *r, struct err_why *why)
{
	free(r->vkeys);
	r->vkeys = NULL;
	r->vkeys_len = 0;
	return cli_keys_all(r->p->dir, &r->vkeys, &r->vkeys_len, why);
}

static enum err
make_part(struct run *r, struct err_why *why)
{
	const Backup__Manifest *m = r->out->manifest;
	struct backup_part part = {
	    .dir = r->p->dir,
	    .number = m->n_parts + 1,
	    .made_at = r->p->now_us,
	    .arg = r,
	    .progress = on_entries,
	};
	char file[BACKUP_MANIFEST_NAME];
	char before[PATH_BYTES];
	char path[PATH_BYTES];
	struct backup_made made = {0};
	struct part_sum sum;
	enum err e = ERR_OK;

	backup_manifest_part(file, r->files + 1);
	(void)snprintf(path, sizeof path, "%s/%s", r->p->to, file);
	part.path = path;
	if (r->was != NULL) {
		part.over = r->was->logs;
		part.over_len = r->was->n_logs;
	}
	if (m->n_parts > 0) {
		const Backup__Part *last = m->parts[m->n_parts - 1];

		(void)snprintf(
		    before, sizeof before, "%s/%s", r->p->to, last->file);
		part.before = before;
		e = backup_manifest_sum(&sum, last, why);
		part.before_sum = sum.sha256;
	}
	if (e == ERR_OK)
		e = backup_part_make(&part, &made, why);
	if (e == ERR_CONFLICT && part.before != NULL && made.put_back) {
		begin_anew(r);
		return make_part(r, why);
	}
	if (e != ERR_OK)
		return e;
	r->files++;
	add_part(r, &made, file);
	e = read_vkeys(r, why);
	if (e == ERR_OK)
		e = set_logs(r, made.head, why);
	dump_before_clear(&r->end);
	r->end = made.end;
	made.end = (struct dump_before){0};
	backup_part_clear(&made);
	return e;
}

/* ---- the whole ---- */

static void
on_bytes(void *arg, uint64_t done, uint64_t total)
{
	const struct run *r = arg;

	if (r->p->progress != NULL)
		r->p->progress(r->p->arg, "verify", done, total);
}

static enum err
make_parts(struct run *r, struct err_why *why)
{
	enum err e;
	int tries = 0;

	do {
		e = make_part(r, why);
		if (e == ERR_OK)
			e = backup_place_ahead(r->was, r->out->manifest, why);
		if (e == ERR_OK && r->p->keydir != NULL)
			e = backup_keys_copy(r->p->dir, r->p->keydir, why);
		if (e == ERR_OK && r->p->keydir != NULL)
			e = look_for_keys(r, why);
	} while (e == ERR_OK && r->moved && ++tries < TRIES);
	if (e == ERR_OK && r->moved)
		e = err_fail(why, ERR_BUSY,
		    "keys changed during each of %d attempts: run it again "
		    "when nothing is being erased",
		    tries);
	return e;
}

static enum err
verify(struct run *r, struct err_why *why)
{
	const struct backup_verify v = {
	    .folder = r->p->to,
	    .keydir = r->p->keydir,
	    .manifest = r->out->manifest,
	    .from = r->p->quick ? r->out->first : 0,
	    .arg = r,
	    .progress = on_bytes,
	};
	enum err e = backup_verify(&v, &r->out->counts, why);

	return e == ERR_OK ? e : err_wrap(why, e, "re-read");
}

static bool
needed_id(void *arg, uint32_t id)
{
	const struct run *r = arg;

	for (size_t i = 0; i < r->end.spans; i++) {
		if (r->end.span[i].key_id == id)
			return true;
	}
	return false;
}

static bool
needed_log(void *arg, const char *origin)
{
	return is_newest(arg, origin);
}

/* What was destroyed after the newest part was made goes with the next. */
static enum err
drop_keys(struct run *r, struct err_why *why)
{
	const struct backup_keys_needed needed = {
	    .arg = r, .id = needed_id, .log = needed_log};

	return backup_keys_drop(
	    r->p->dir, r->p->keydir, &needed, &r->out->gone, why);
}

static enum err
steps(struct run *r, struct err_why *why)
{
	enum err e = backup_keys_identity(&r->id, r->p->dir, why);

	if (e == ERR_OK)
		e = whole_file_make_dir(r->p->to, why);
	if (e == ERR_OK)
		e = backup_place_apart(r->p, why);
	if (e == ERR_OK)
		e = take_lock(r, why);
	if (e == ERR_OK)
		e = first_manifest(r, why);
	if (e == ERR_OK)
		e = each_file(r, note_number, why);
	if (e == ERR_OK)
		e = make_parts(r, why);
	if (e == ERR_OK)
		e = verify(r, why);
	if (e == ERR_OK)
		e = write_manifest(r, why);
	if (e == ERR_OK && r->p->keydir != NULL)
		e = drop_keys(r, why);
	return e == ERR_OK ? each_file(r, remove_unnamed, why) : e;
}

/* What this run has written and nothing names. */
static void
remove_written(struct run *r)
{
	const Backup__Manifest *m = r->out->manifest;
	char path[PATH_BYTES];

	for (size_t i = r->out->first; m != NULL && i < m->n_parts; i++) {
		(void)snprintf(
		    path, sizeof path, "%s/%s", r->p->to, m->parts[i]->file);
		(void)unlink(path);
	}
}

enum err
backup_run(
    const struct backup_plan *p, struct backup_result *out, struct err_why *why)
{
	struct run r = {.p = p, .lock = -1, .out = out};
	enum err e;

	*out = (struct backup_result){0};
	e = steps(&r, why);
	if (e != ERR_OK) {
		Backup__Manifest *now = NULL;

		/* Unless it is what the manifest names by now. */
		if (out->manifest != NULL &&
		    (backup_manifest_read(&now, p->to, NULL) != ERR_OK ||
		        out->manifest->signature == NULL ||
		        strcmp(now->signature, out->manifest->signature) != 0))
			remove_written(&r);
		free_manifest(now);
		backup_clear(out);
	}
	crypto_wipe(&r.id.key, sizeof r.id.key);
	free_manifest(r.was);
	free(r.vkeys);
	dump_before_clear(&r.end);
	if (r.lock >= 0)
		(void)close(r.lock);
	return e;
}

void
backup_clear(struct backup_result *r)
{
	free_manifest(r->manifest);
	r->manifest = NULL;
}
