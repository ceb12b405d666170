/* backup_keys.c - the keys of a node in a place apart from its backup. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup_keys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/generation.h"
#include "ledger/vault_mirror.h"
#include "node/cli_keys.h"
#include "node/site_keys.h"
#include "node/whole_file.h"

#define PATH_BYTES 4096
#define FILE_MAX 65536
#define WITNESS_FILE "witness.key"
#define RETIRED_FILE "witness.retired" /* its verifier key */
#define SPOOL_FILE "spool.key" /* of alarms that no log has yet */

static void
path_in(char out[static PATH_BYTES], const char *dir, const char *part,
    const char *name)
{
	(void)snprintf(out, PATH_BYTES, "%s/%s/%s", dir, part, name);
}

/* A file of keys/ that belongs to a node, and not a witness key. */
static bool
is_ours(const char *name)
{
	static const char *const ends[] = {".key", ".note", ".ahead"};
	const size_t len = strlen(name);

	if (strcmp(name, WITNESS_FILE) == 0 || strcmp(name, SPOOL_FILE) == 0)
		return false;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		const size_t n = strlen(ends[i]);

		if (len > n && name[0] != '.' &&
		    strcmp(name + len - n, ends[i]) == 0)
			return true;
	}
	return false;
}

/* keys/ of one folder into that of another. */
struct two {
	const char *from;
	const char *to;
	const struct backup_keys_needed *needed;
	const char *node;
	size_t gone;
};

static enum err
copy_one(struct two *t, const char *name, struct err_why *why)
{
	char path[PATH_BYTES];
	struct buf text;
	struct buf have;
	enum err e;

	buf_init(&text, FILE_MAX);
	buf_init(&have, FILE_MAX);
	path_in(path, t->from, "keys", name);
	e = site_keys_read(path, &text, why);
	if (e != ERR_OK) {
		/* A retired key, destroyed while we looked. */
		e = e == ERR_NOT_FOUND ? ERR_OK : e;
		goto out;
	}
	path_in(path, t->to, "keys", name);
	if (site_keys_read(path, &have, NULL) != ERR_OK ||
	    !bytes_equal(buf_view(&text), buf_view(&have)))
		e = whole_file_write(path, buf_view(&text), 0600, why);
out:
	buf_wipe(&text);
	buf_wipe(&have);
	return e;
}

/* KIND-NUMBER.key of a log that goes on in the newest part. */
static bool
log_needed(const struct two *t, const char *name)
{
	char origin[NOTE_NAME_MAX + 32];
	char kind[16] = "";
	unsigned number = 0;

	if (sscanf(name, "%15[a-z]-%u.key", kind, &number) != 2)
		return false;
	(void)snprintf(
	    origin, sizeof origin, "%s/%s/%u", t->node, kind, number);
	return t->needed->log(t->needed->arg, origin);
}

static enum err
drop_one(struct two *t, const char *name, struct err_why *why)
{
	char path[PATH_BYTES];
	enum err e;

	path_in(path, t->from, "keys", name);
	if (access(path, F_OK) == 0 || log_needed(t, name))
		return ERR_OK;
	path_in(path, t->to, "keys", name);
	e = site_keys_destroy(path, why);
	t->gone += e == ERR_OK;
	return e;
}

static enum err
each_key(struct two *t, const char *of,
    enum err (*one)(struct two *t, const char *name, struct err_why *why),
    struct err_why *why)
{
	char path[PATH_BYTES];
	enum err e = ERR_OK;
	DIR *d;

	(void)snprintf(path, sizeof path, "%s/keys", of);
	d = opendir(path);
	if (d == NULL)
		return err_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    errno, "%s", path);
	for (struct dirent *at = readdir(d); at != NULL && e == ERR_OK;
	     at = readdir(d)) {
		if (is_ours(at->d_name))
			e = one(t, at->d_name, why);
	}
	(void)closedir(d);
	return e;
}

enum err
backup_keys_identity(
    struct backup_identity *out, const char *folder, struct err_why *why)
{
	static const char tail[] = "/identity";
	char name[NOTE_NAME_MAX + 1];
	char path[PATH_BYTES];
	struct buf text;
	size_t len;
	enum err e;

	buf_init(&text, FILE_MAX);
	path_in(path, folder, "keys", "identity.key");
	e = site_keys_read(path, &text, why);
	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (e == ERR_OK) {
		e = note_skey_get(&out->key, name, buf_view(&text), why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "%s", path);
	}
	buf_wipe(&text);
	if (e != ERR_OK)
		return e;
	len = strlen(name);
	if (len < sizeof tail ||
	    strcmp(name + len - (sizeof tail - 1), tail) != 0)
		return err_fail(
		    why, ERR_MALFORMED, "%s: no identity key", path);
	memcpy(out->node, name, len + 1);
	out->node[len - (sizeof tail - 1)] = '\0';
	return note_vkey_make(
	    &out->vkey, name, NOTE_TYPE_ED25519, out->key.pub, why);
}

static enum err
same_node(const char *dir, const char *keydir,
    char node[static NOTE_NAME_MAX + 1], struct err_why *why)
{
	struct backup_identity a = {.node = ""};
	struct backup_identity b = {.node = ""};
	enum err e = backup_keys_identity(&a, dir, why);
	enum err have = ERR_OK;

	if (e == ERR_OK)
		have = backup_keys_identity(&b, keydir, why);
	if (e == ERR_OK && have != ERR_NOT_FOUND)
		e = have;
	if (e == ERR_OK && have == ERR_OK && strcmp(a.node, b.node) != 0)
		e = err_fail(why, ERR_CONFLICT,
		    "%s holds the keys of %s, not of %s", keydir, b.node,
		    a.node);
	memcpy(node, a.node, sizeof a.node);
	crypto_wipe(&a.key, sizeof a.key);
	crypto_wipe(&b.key, sizeof b.key);
	return e;
}

/* The verifier key of a witness key: the alliance knows this node by it. */
static enum err
witness_text(struct buf *out, const char *folder, struct err_why *why)
{
	char name[NOTE_NAME_MAX + 1];
	struct crypto_signer key;
	char path[PATH_BYTES];
	struct note_vkey vkey;
	struct buf text;
	enum err e;

	path_in(path, folder, "keys", RETIRED_FILE);
	e = site_keys_read(path, out, why);
	if (e != ERR_NOT_FOUND)
		return e;
	buf_init(&text, FILE_MAX);
	path_in(path, folder, "keys", WITNESS_FILE);
	e = site_keys_read(path, &text, why);
	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (e == ERR_OK)
		e = note_skey_get(&key, name, buf_view(&text), why);
	if (e == ERR_OK)
		e = note_vkey_make(&vkey, name, NOTE_TYPE_COSIG, key.pub, why);
	if (e == ERR_OK) {
		note_vkey_put(out, &vkey);
		buf_u8(out, '\n');
	}
	crypto_wipe(&key, sizeof key);
	buf_wipe(&text);
	return e;
}

/* The other folder gets it as one that is retired. */
static enum err
copy_witness(const struct two *t, struct err_why *why)
{
	char path[PATH_BYTES];
	struct buf text;
	struct buf have;
	enum err e;

	buf_init(&text, FILE_MAX);
	buf_init(&have, FILE_MAX);
	e = witness_text(&text, t->from, why);
	path_in(path, t->to, "keys", RETIRED_FILE);
	if (e == ERR_OK &&
	    (site_keys_read(path, &have, NULL) != ERR_OK ||
	        !bytes_equal(buf_view(&text), buf_view(&have))))
		e = whole_file_write(path, buf_view(&text), 0600, why);
	buf_clear(&text);
	buf_clear(&have);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
backup_keys_copy(const char *dir, const char *keydir, struct err_why *why)
{
	struct two t = {.from = dir, .to = keydir};
	char node[NOTE_NAME_MAX + 1];
	char from[PATH_BYTES];
	char to[PATH_BYTES];
	enum err e = whole_file_make_dir(keydir, why);

	if (e == ERR_OK)
		e = same_node(dir, keydir, node, why);
	(void)snprintf(to, sizeof to, "%s/keys", keydir);
	if (e == ERR_OK)
		e = whole_file_make_dir(to, why);
	(void)snprintf(from, sizeof from, "%s/own-keys", dir);
	(void)snprintf(to, sizeof to, "%s/own-keys", keydir);
	if (e == ERR_OK)
		e = vault_mirror_copy(from, to, why);
	if (e == ERR_OK)
		e = copy_witness(&t, why);
	return e == ERR_OK ? each_key(&t, dir, copy_one, why) : e;
}

enum err
backup_keys_drop(const char *dir, const char *keydir,
    const struct backup_keys_needed *needed, size_t *gone, struct err_why *why)
{
	char node[NOTE_NAME_MAX + 1];
	struct two t = {
	    .from = dir, .to = keydir, .needed = needed, .node = node};
	struct vault_mirror_keep keep = {
	    .arg = needed->arg, .needed = needed->id};
	char from[PATH_BYTES];
	char to[PATH_BYTES];
	enum err e = same_node(dir, keydir, node, why);

	(void)snprintf(from, sizeof from, "%s/own-keys", dir);
	(void)snprintf(to, sizeof to, "%s/own-keys", keydir);
	if (e == ERR_OK)
		e = vault_mirror_drop(from, to, &keep, gone, why);
	if (e == ERR_OK)
		e = each_key(&t, keydir, drop_one, why);
	*gone += t.gone;
	return e;
}

bool
backup_keys_log(const char *keydir, const char *origin)
{
	char path[PATH_BYTES];
	char name[64];
	struct generation g;

	if (generation_get(&g, origin, NULL) != ERR_OK)
		return false;
	(void)snprintf(name, sizeof name, "%s-%u.key", g.kind, g.number);
	path_in(path, keydir, "keys", name);
	return access(path, F_OK) == 0;
}

enum err
backup_keys_restore(
    const char *keydir, const char *dir, const char *node, struct err_why *why)
{
	char name[NOTE_NAME_MAX + 16];
	struct crypto_signer witness;
	char path[PATH_BYTES];
	enum err e = backup_keys_copy(keydir, dir, why);

	if (e != ERR_OK)
		return e;
	path_in(path, dir, "keys", RETIRED_FILE);
	if (access(path, F_OK) == 0)
		return ERR_OK;
	crypto_signer_new(&witness);
	(void)snprintf(name, sizeof name, "%s/witness", node);
	path_in(path, dir, "keys", WITNESS_FILE);
	e = cli_keys_write(path, name, &witness, why);
	crypto_wipe(&witness, sizeof witness);
	return e;
}
