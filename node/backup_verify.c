/* backup_verify.c - a backup read from its disk and held against its keys. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup_verify.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "node/backup_keys.h"
#include "node/backup_part.h"
#include "proto/slice.h"

struct run {
	const struct backup_verify *v;
	uint64_t done; /* bytes of whole parts */
	uint64_t total;
	size_t logs; /* of the last head */
	bool differs;
};

static bool
vkey_of(void *arg, const char *origin, struct note_vkey *out)
{
	const struct run *r = arg;

	return backup_manifest_vkey(r->v->manifest, origin, out);
}

static void
on_bytes(void *arg, uint64_t bytes)
{
	const struct run *r = arg;

	if (r->v->progress != NULL)
		r->v->progress(r->v->arg, r->done + bytes, r->total);
}

/* Does the last part end as the manifest says? */
static void
compare_end(struct run *r, const Backup__Head *h)
{
	const Backup__Manifest *m = r->v->manifest;

	r->differs = h->n_logs != m->n_logs;
	for (size_t i = 0; i < h->n_logs && !r->differs; i++)
		r->differs =
		    strcmp(h->logs[i]->origin, m->logs[i]->origin) != 0 ||
		    h->logs[i]->size != m->logs[i]->size ||
		    !bytes_equal(part_bytes(&h->logs[i]->root),
		        part_bytes(&m->logs[i]->root));
}

static enum err
on_frame(void *arg, const struct part_frame *f, struct err_why *why)
{
	struct run *r = arg;

	if (f->kind == PART_END)
		compare_end(r, (const Backup__Head *)f->msg);
	return r->v->frame == NULL ? ERR_OK : r->v->frame(r->v->arg, f, why);
}

static void
path_of(char out[static 4096], const struct backup_verify *v, size_t i)
{
	(void)snprintf(
	    out, 4096, "%s/%s", v->folder, v->manifest->parts[i]->file);
}

static enum err
check_sizes(struct run *r, struct err_why *why)
{
	const Backup__Manifest *m = r->v->manifest;
	char path[4096];
	struct stat st;

	for (size_t i = 0; i < m->n_parts; i++) {
		path_of(path, r->v, i);
		if (stat(path, &st) != 0)
			return err_errno(why,
			    errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno,
			    "%s", path);
		if ((uint64_t)st.st_size != m->parts[i]->size)
			return err_fail(why, ERR_CORRUPT,
			    "%s: its bytes are not those that were written",
			    path);
		if (i >= r->v->from)
			r->total += m->parts[i]->size;
	}
	return ERR_OK;
}

/* Only: are these the bytes that were written? */
static enum err
read_part(struct run *r, const char *path, const struct part_sum *want,
    struct err_why *why)
{
	struct part_reader *p = NULL;
	struct part_frame f;
	struct part_sum sum;
	enum err e = part_open(&p, path, why);

	if (e != ERR_OK)
		return e;
	while ((e = part_next(p, &f, why)) == ERR_OK) {
		part_read_sum(p, &sum);
		on_bytes(r, sum.size);
	}
	part_read_sum(p, &sum);
	part_close(p);
	if (e != ERR_NOT_FOUND)
		return e;
	if (memcmp(&sum.sha256, &want->sha256, HASH_BYTES) == 0)
		return ERR_OK;
	return err_fail(why, ERR_CORRUPT,
	    "%s: its bytes are not those that were written", path);
}

static enum err
each_part(struct run *r, struct part_check *c, struct err_why *why)
{
	const Backup__Manifest *m = r->v->manifest;
	struct part_sum sum;
	char path[4096];
	enum err e = ERR_OK;

	for (size_t i = r->v->from; i < m->n_parts && e == ERR_OK; i++) {
		path_of(path, r->v, i);
		e = backup_manifest_sum(&sum, m->parts[i], why);
		if (e == ERR_OK && r->v->from > 0)
			e = read_part(r, path, &sum, why);
		else if (e == ERR_OK)
			e = part_check_file(c, path, &sum, why);
		r->done += m->parts[i]->size;
	}
	return e;
}

static enum err
open_vault(struct vault **out, const char *keydir, struct err_why *why)
{
	char path[4096];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/own-keys", keydir);
	/* vault_open would make it. */
	if (stat(path, &st) != 0)
		return err_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    errno, "%s", path);
	return vault_open(out, path, why);
}

enum err
backup_verify(const struct backup_verify *v, struct part_check_counts *out,
    struct err_why *why)
{
	struct run r = {.v = v};
	struct part_check_plan plan = {
	    .vkey = vkey_of,
	    .tables = backup_part_tables,
	    .arg = &r,
	    .progress = on_bytes,
	    .frame = on_frame,
	};
	struct part_check *c = NULL;
	enum err e = check_sizes(&r, why);

	*out = (struct part_check_counts){0};
	if (e == ERR_OK && v->keydir != NULL)
		e = open_vault(&plan.vault, v->keydir, why);
	if (e != ERR_OK)
		return e;
	c = part_check_new(&plan);
	e = each_part(&r, c, why);
	if (e == ERR_OK && v->from == 0)
		e = part_check_end(c, out, why);
	if (e == ERR_OK && r.differs)
		e = err_fail(why, ERR_CORRUPT,
		    "%s: the parts end otherwise than its manifest says",
		    v->folder);
	part_check_free(c);
	if (plan.vault != NULL)
		vault_close(plan.vault);
	return e;
}

enum err
backup_verify_open(Backup__Manifest **out, const char *folder,
    const char *keydir, struct err_why *why)
{
	struct backup_identity id = {.node = ""};
	Backup__Manifest *m = NULL;
	struct buf vkey;
	enum err e = backup_manifest_read(&m, folder, why);

	if (e == ERR_OK && keydir != NULL)
		e = backup_keys_identity(&id, keydir, why);
	crypto_wipe(&id.key, sizeof id.key);
	buf_init(&vkey, 1024);
	if (e == ERR_OK && keydir != NULL) {
		note_vkey_put(&vkey, &id.vkey);
		if (strcmp(buf_cstr(&vkey), m->identity) != 0)
			e = err_fail(why, ERR_UNVERIFIED,
			    "%s is not signed by the identity key in %s: it is "
			    "of %s, or of another time of this node",
			    folder, keydir, m->node);
	}
	buf_clear(&vkey);
	if (e == ERR_OK)
		*out = m;
	else if (m != NULL)
		slice_free(&m->base);
	return e;
}
