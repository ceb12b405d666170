/* site_keys.c - the node's keys as files of its directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/site_logs.h"
#include "node/site_next.h"
#include "node/whole_file.h"
#include "proto/text.h"

#define FILE_MAX 65536

enum err
site_keys_read(const char *path, struct buf *out, struct err_why *why)
{
	uint8_t block[4096];
	enum err e = ERR_OK;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    errno, "%s", path);
	do {
		n = read(fd, block, sizeof block);
		if (n > 0)
			buf_put(out, block, (size_t)n);
	} while ((n > 0 && !out->over) || (n < 0 && errno == EINTR));
	if (n < 0)
		e = err_errno(why, ERR_IO, errno, "%s", path);
	else
		e = buf_ok(out, why);
	crypto_wipe(block, sizeof block);
	(void)close(fd);
	return e;
}

static enum err
write_new(const char *path, struct buf *text, struct err_why *why)
{
	enum err e = buf_ok(text, why);

	if (e != ERR_OK)
		return e;
	e = whole_file_create(path, buf_view(text), 0600, why);
	if (e != ERR_EXISTS)
		return e;
	return err_fail(why, ERR_EXISTS,
	    "%s: there already; a key is never overwritten", path);
}

struct key_file {
	const char *file;
	const char *suffix; /* note name: <name><suffix> */
	uint8_t type;
};

static const struct key_file files[] = {
    {"witness.key", "/witness", NOTE_TYPE_COSIG},
    {"identity.key", "/identity", NOTE_TYPE_ED25519},
};
#define FILES (sizeof files / sizeof files[0])

/* "PRIVATE+KEY+name+hex8+base64(0x01 || seed)"; the file says by its name for
 * what the key is used, so that the type inside is always Ed25519. */
static enum err
put_skey(struct buf *out, const char *note_name,
    const struct crypto_signer *key, struct err_why *why)
{
	struct note_vkey vkey;
	uint8_t raw[1 + CRYPTO_SEED_BYTES];
	enum err e;

	e = note_vkey_make(&vkey, note_name, NOTE_TYPE_ED25519, key->pub, why);
	if (e != ERR_OK)
		return e;
	raw[0] = NOTE_TYPE_ED25519;
	memcpy(raw + 1, key->secret, CRYPTO_SEED_BYTES);
	buf_printf(out, "PRIVATE+KEY+%s+%08x+", note_name, vkey.id);
	text_b64_put(out, bytes_of(raw, sizeof raw));
	buf_str(out, "\n");
	crypto_wipe(raw, sizeof raw);
	return ERR_OK;
}

enum err
site_keys_signer_put(const char *dir, const char *file, const char *note_name,
    const struct crypto_signer *key, struct err_why *why)
{
	char path[SITE_PATH_MAX + 64];
	struct buf text;
	enum err e;

	buf_init(&text, FILE_MAX);
	(void)snprintf(path, sizeof path, "%s/keys/%s", dir, file);
	e = put_skey(&text, note_name, key, why);
	if (e == ERR_OK)
		e = write_new(path, &text, why);
	buf_wipe(&text);
	return e;
}

static enum err
make_signer(struct crypto_signer *out, const char *dir, const char *name,
    const struct key_file *f, struct err_why *why)
{
	char note_name[NOTE_NAME_MAX + 1];

	crypto_signer_new(out);
	(void)snprintf(note_name, sizeof note_name, "%s%s", name, f->suffix);
	return site_keys_signer_put(dir, f->file, note_name, out, why);
}

enum err
site_keys_raw_make(const char *dir, const char *file, struct err_why *why)
{
	char path[SITE_PATH_MAX + 64];
	uint8_t raw[32];
	struct buf text;
	enum err e;

	buf_init(&text, FILE_MAX);
	crypto_random(raw, sizeof raw);
	text_b64_put(&text, bytes_of(raw, sizeof raw));
	buf_str(&text, "\n");
	(void)snprintf(path, sizeof path, "%s/keys/%s", dir, file);
	e = write_new(path, &text, why);
	buf_wipe(&text);
	crypto_wipe(raw, sizeof raw);
	return e;
}

/* NAME-KIND.SUFFIX of one generation. */
static void
log_file(char out[static SITE_PATH_MAX + 32], const char *dir,
    enum site_kind kind, uint32_t number, const char *suffix)
{
	(void)snprintf(out, SITE_PATH_MAX + 32, "%s/keys/%s-%u.%s", dir,
	    site_kind_text(kind), number, suffix);
}

enum err
site_keys_log_make(struct crypto_signer *out, const char *dir, const char *name,
    enum site_kind kind, uint32_t number, struct err_why *why)
{
	char file[32];
	char suffix[48];
	const struct key_file f = {file, suffix, NOTE_TYPE_ED25519};

	(void)snprintf(
	    file, sizeof file, "%s-%u.key", site_kind_text(kind), number);
	(void)snprintf(
	    suffix, sizeof suffix, "/%s/%u", site_kind_text(kind), number);
	return make_signer(out, dir, name, &f, why);
}

enum err
site_keys_make(const char *dir, const char *name, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];
	struct crypto_signer key;
	enum err e = ERR_OK;

	(void)snprintf(path, sizeof path, "%s/keys", dir);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_errno(why, ERR_IO, errno, "%s", path);
	for (int k = 0; k < SITE_LOGS && e == ERR_OK; k++)
		e = site_keys_log_make(
		    &key, dir, name, (enum site_kind)k, 1, why);
	for (size_t i = 0; i < FILES && e == ERR_OK; i++)
		e = make_signer(&key, dir, name, &files[i], why);
	crypto_wipe(&key, sizeof key);
	if (e == ERR_OK)
		e = site_keys_raw_make(dir, "session.key", why);
	if (e == ERR_OK)
		e = site_keys_raw_make(dir, "index.key", why);
	return e;
}

static enum err
load_text(const char *dir, const char *file, struct buf *text,
    struct bytes *line, struct err_why *why)
{
	char path[SITE_PATH_MAX + 64];
	struct bytes rest;
	enum err e;

	(void)snprintf(path, sizeof path, "%s/keys/%s", dir, file);
	e = site_keys_read(path, text, why);
	if (e != ERR_OK)
		return e;
	rest = buf_view(text);
	if (!text_line(&rest, line) || rest.len != 0)
		return err_fail(
		    why, ERR_MALFORMED, "%s: expected one line", path);
	return ERR_OK;
}

enum err
site_keys_signer(struct crypto_signer *out, const char *dir, const char *file,
    const char *want, struct err_why *why)
{
	char got[NOTE_NAME_MAX + 1];
	struct bytes line;
	struct buf text;
	enum err e;

	buf_init(&text, FILE_MAX);
	e = load_text(dir, file, &text, &line, why);
	if (e == ERR_OK)
		e = note_skey_get(out, got, line, why);
	if (e == ERR_OK && strcmp(want, got) != 0)
		e = err_fail(why, ERR_MALFORMED,
		    "keys/%s is the key of %s, not of %s", file, got, want);
	buf_wipe(&text);
	return e;
}

static enum err
load_signer(struct crypto_signer *out, const char *dir, const char *name,
    const struct key_file *f, struct err_why *why)
{
	char want[NOTE_NAME_MAX + 1];

	(void)snprintf(want, sizeof want, "%s%s", name, f->suffix);
	return site_keys_signer(out, dir, f->file, want, why);
}

enum err
site_keys_raw(uint8_t out[static 32], const char *dir, const char *file,
    struct err_why *why)
{
	struct bytes line;
	struct buf text;
	enum err e;

	buf_init(&text, FILE_MAX);
	e = load_text(dir, file, &text, &line, why);
	if (e == ERR_OK)
		e = text_b64_fixed(out, 32, line, why);
	buf_wipe(&text);
	return e;
}

/* The members gave it another one since, and a stop came before the old one's
 * note went (site_next.c, put_witness). */
static bool
is_replaced(const char *dir, const char *name, const uint8_t *retired)
{
	struct crypto_signer key = {0};
	const bool is =
	    load_signer(&key, dir, name, &files[0], NULL) == ERR_OK &&
	    memcmp(key.pub, retired, CRYPTO_PUB_BYTES) != 0;

	crypto_wipe(&key, sizeof key);
	return is;
}

/* The verifier key of a witness key that is gone. */
static enum err
load_retired(struct site_keys *out, const char *dir, const char *name,
    struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];
	struct note_vkey key;
	struct bytes line;
	struct buf text;
	enum err e;

	buf_init(&text, FILE_MAX);
	e = load_text(dir, "witness.retired", &text, &line, why);
	if (e == ERR_OK)
		e = note_vkey_get(&key, line, why);
	if (e == ERR_OK && is_replaced(dir, name, key.pub)) {
		(void)snprintf(
		    path, sizeof path, "%s/keys/witness.retired", dir);
		if (unlink(path) != 0)
			e = err_errno(why, ERR_IO, errno, "%s", path);
	} else if (e == ERR_OK) {
		out->witness_gone = true;
		memcpy(out->witness.pub, key.pub, CRYPTO_PUB_BYTES);
	}
	buf_clear(&text);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
site_keys_mac(struct digest_hmac *out, const char *dir, struct err_why *why)
{
	uint8_t raw[32];
	enum err e = site_keys_raw(raw, dir, "index.key", why);

	if (e == ERR_OK)
		digest_hmac_key(out, bytes_of(raw, sizeof raw));
	crypto_wipe(raw, sizeof raw);
	return e;
}

enum err
site_keys_load(struct site_keys *out, const char *dir, const char *name,
    struct err_why *why)
{
	struct crypto_signer *const signers[FILES] = {
	    &out->witness, &out->identity};
	uint8_t secret[32];
	enum err e = ERR_OK;

	out->witness_gone = false;
	e = site_next_rescue(dir, why);
	if (e == ERR_OK)
		e = load_retired(out, dir, name, why);
	for (size_t i = out->witness_gone ? 1 : 0; i < FILES && e == ERR_OK;
	     i++)
		e = load_signer(signers[i], dir, name, &files[i], why);
	if (e == ERR_OK)
		e = site_keys_raw(secret, dir, "session.key", why);
	if (e == ERR_OK)
		crypto_dh_secret(&out->session, secret);
	if (e == ERR_OK)
		e = site_keys_raw(out->index, dir, "index.key", why);
	crypto_wipe(secret, sizeof secret);
	return e;
}

const struct site_keys *
site_keys(const struct site *s)
{
	const struct site_renewed *r = atomic_load(&s->renewed);

	return r != NULL ? &r->keys : &s->keys;
}

void
site_keys_free(struct site *s)
{
	struct site_renewed *r = atomic_exchange(&s->renewed, NULL), *before;

	for (; r != NULL; r = before) {
		before = r->before;
		crypto_wipe(r, sizeof *r);
		free(r);
	}
}

enum err
site_keys_log(struct crypto_signer *out, struct note_vkey *vkey,
    const struct site *s, enum site_kind kind, uint32_t number,
    struct err_why *why)
{
	char file[32];
	char suffix[48];
	const struct key_file f = {file, suffix, NOTE_TYPE_ED25519};
	char origin[NOTE_NAME_MAX + 1];
	enum err e;

	(void)snprintf(
	    file, sizeof file, "%s-%u.key", site_kind_text(kind), number);
	(void)snprintf(
	    suffix, sizeof suffix, "/%s/%u", site_kind_text(kind), number);
	e = load_signer(out, s->dir, s->name, &f, why);
	if (e != ERR_OK)
		return e;
	site_logs_origin(s, kind, number, origin);
	return note_vkey_make(vkey, origin, NOTE_TYPE_ED25519, out->pub, why);
}

/* What a disk really keeps is not ours to say. */
enum err
site_keys_destroy(const char *path, struct err_why *why)
{
	static const uint8_t zero[512];
	struct stat st;
	enum err e = ERR_OK;
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT
		    ? ERR_OK
		    : err_errno(why, ERR_IO, errno, "%s", path);
	if (fstat(fd, &st) != 0)
		e = ERR_IO;
	for (off_t at = 0; e == ERR_OK && at < st.st_size;) {
		ssize_t n = pwrite(fd, zero, sizeof zero, at);

		if (n <= 0)
			e = ERR_IO;
		else
			at += n;
	}
	if (e == ERR_OK && fsync(fd) != 0)
		e = ERR_IO;
	if (close(fd) != 0 || unlink(path) != 0)
		e = ERR_IO;
	if (e != ERR_OK)
		return err_errno(why, e, errno, "%s", path);
	return ERR_OK;
}

enum err
site_keys_retire(const struct site *s, enum site_kind kind, uint32_t number,
    struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];
	enum err e = ERR_OK;

	for (uint32_t g = number; e == ERR_OK && g > 1; g--) {
		log_file(path, s->dir, kind, g - 1, "key");
		if (access(path, F_OK) != 0)
			break;
		e = site_keys_destroy(path, why);
	}
	return e;
}

enum err
site_keys_discard(const struct site *s, enum site_kind kind, uint32_t number,
    struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];
	enum err e;

	log_file(path, s->dir, kind, number, "key");
	e = site_keys_destroy(path, why);
	log_file(path, s->dir, kind, number, "note");
	return e == ERR_OK ? site_keys_destroy(path, why) : e;
}

enum err
site_keys_succession(struct buf *out, const struct site *s, enum site_kind kind,
    uint32_t number, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];

	log_file(path, s->dir, kind, number, "note");
	return site_keys_read(path, out, why);
}

enum err
site_keys_succession_put(const struct site *s, enum site_kind kind,
    uint32_t number, struct bytes note, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];

	log_file(path, s->dir, kind, number, "note");
	return whole_file_write(path, note, 0600, why);
}

enum err
site_keys_ahead(struct buf *out, const struct site *s, enum site_kind kind,
    uint32_t number, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];

	log_file(path, s->dir, kind, number, "ahead");
	return site_keys_read(path, out, why);
}

enum err
site_keys_ahead_put(const struct site *s, enum site_kind kind, uint32_t number,
    struct bytes note, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];

	log_file(path, s->dir, kind, number, "ahead");
	return whole_file_write(path, note, 0600, why);
}

/* The same key may wait to be in force, where it stood in for a lost one: it
 * has cosigned, and goes too.  One that cannot be read was being destroyed. */
static enum err
destroy_next_witness(struct site *s, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32], name[NOTE_NAME_MAX + 1];
	struct crypto_signer next = {0};
	enum err e;

	(void)snprintf(name, sizeof name, "%s%s", s->name, files[0].suffix);
	e = site_keys_signer(&next, s->dir, "next/witness.key", name, why);
	const bool goes = e == ERR_MALFORMED ||
	    (e == ERR_OK &&
	        memcmp(next.pub, site_keys(s)->witness.pub, CRYPTO_PUB_BYTES) ==
	            0);
	crypto_wipe(&next, sizeof next);
	if (!goes)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	(void)snprintf(path, sizeof path, "%s/keys/next/witness.key", s->dir);
	return site_keys_destroy(path, why);
}

enum err
site_keys_retire_witness(struct site *s, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];
	struct note_vkey key;
	struct buf text;
	enum err e = site_vkey(s, "witness", &key, why);

	buf_init(&text, FILE_MAX);
	/* Else stopped before the secret was gone. */
	if (e == ERR_OK && !site_keys(s)->witness_gone) {
		note_vkey_put(&text, &key);
		buf_u8(&text, '\n');
		(void)snprintf(
		    path, sizeof path, "%s/keys/witness.retired", s->dir);
		e = whole_file_write(path, buf_view(&text), 0600, why);
	}
	buf_clear(&text);
	if (e == ERR_OK)
		e = destroy_next_witness(s, why);
	(void)snprintf(path, sizeof path, "%s/keys/witness.key", s->dir);
	if (e == ERR_OK)
		e = site_keys_destroy(path, why);
	if (e != ERR_OK)
		return e;
	if (atomic_load(&s->renewed) != NULL)
		atomic_load(&s->renewed)->keys.witness_gone = true;
	s->keys.witness_gone = true;
	atomic_store(&s->witness_retired, true);
	return ERR_OK;
}

void
site_keys_forget_witness(struct site *s)
{
	struct site_renewed *r = atomic_load(&s->renewed);
	struct site_keys *k = r != NULL ? &r->keys : &s->keys;

	crypto_wipe(k->witness.secret, sizeof k->witness.secret);
}

/* ---- the spool ---- */

enum err
site_keys_spool_make(
    uint8_t out[static 32], const struct site *s, struct err_why *why)
{
	enum err e = site_keys_raw_make(s->dir, "spool.key", why);

	return e == ERR_OK ? site_keys_spool(out, s, why) : e;
}

enum err
site_keys_spool(
    uint8_t out[static 32], const struct site *s, struct err_why *why)
{
	return site_keys_raw(out, s->dir, "spool.key", why);
}

enum err
site_keys_spool_destroy(const struct site *s, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];

	(void)snprintf(path, sizeof path, "%s/keys/spool.key", s->dir);
	return site_keys_destroy(path, why);
}
