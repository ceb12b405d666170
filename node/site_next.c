/* site_next.c - new keys of the node, until the members have voted for them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_next.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/journal.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "node/whole_file.h"
#include "proto/mem.h"

#define PATH_BYTES (SITE_PATH_MAX + 96)
#define TEXT_MAX 65536
#define NEXT(file) "next/" file

static void
path_of(char out[static PATH_BYTES], const char *dir, const char *file)
{
	(void)snprintf(out, PATH_BYTES, "%s/keys/%s", dir, file);
}

static bool
is_there(const char *dir, const char *file)
{
	char path[PATH_BYTES];

	path_of(path, dir, file);
	return access(path, F_OK) == 0;
}

static void
note_of(char out[static NOTE_NAME_MAX + 1], const char *name, const char *what)
{
	(void)snprintf(out, NOTE_NAME_MAX + 1, "%s/%s", name, what);
}

static void
digest_of(struct hash *out, const struct crypto_signer *key)
{
	uint8_t pub[CRYPTO_ALG_PUB_BYTES];

	pub[0] = CRYPTO_ALG_ED25519;
	memcpy(pub + 1, key->pub, CRYPTO_PUB_BYTES);
	digest_sha256(out, bytes_of(pub, sizeof pub));
}

/* ---- making ---- */

static enum err
make_signer(const char *dir, const char *file, const char *note_name,
    struct err_why *why)
{
	struct crypto_signer key;
	enum err e;

	if (is_there(dir, file))
		return ERR_OK;
	crypto_signer_new(&key);
	e = site_keys_signer_put(dir, file, note_name, &key, why);
	crypto_wipe(&key, sizeof key);
	return e;
}

/* The one that the card committed to, under the name that it will have. */
static enum err
make_foretold(const char *dir, const char *note_name,
    const struct hash *foretold, struct err_why *why)
{
	struct crypto_signer key = {0};
	struct hash h;
	enum err e;

	if (is_there(dir, NEXT("identity.key")))
		e = site_keys_signer(
		    &key, dir, NEXT("identity.key"), note_name, why);
	else
		e = site_keys_signer(
		    &key, dir, "next-identity.key", "next-identity", why);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		digest_of(&h, &key);
	if (e == ERR_NOT_FOUND ||
	    (e == ERR_OK && memcmp(h.b, foretold->b, HASH_BYTES) != 0))
		e = err_fail(why, ERR_REFUSED,
		    "the identity key that the card committed to is not in "
		    "keys/: only the members can give this node another one "
		    "(lianfang alliance card --new-keys)");
	else if (e == ERR_OK && !is_there(dir, NEXT("identity.key")))
		e = site_keys_signer_put(
		    dir, NEXT("identity.key"), note_name, &key, why);
	crypto_wipe(&key, sizeof key);
	return e;
}

enum err
site_next_make(const char *dir, const char *name, unsigned which,
    const struct hash *foretold, struct err_why *why)
{
	char note_name[NOTE_NAME_MAX + 1];
	char path[PATH_BYTES];
	enum err e;

	path_of(path, dir, "next");
	e = whole_file_make_dir(path, why);
	note_of(note_name, name, "identity");
	if (e == ERR_OK && (which & SITE_NEXT_IDENTITY) != 0)
		e = foretold != NULL
		    ? make_foretold(dir, note_name, foretold, why)
		    : make_signer(dir, NEXT("identity.key"), note_name, why);
	if (e == ERR_OK && (which & SITE_NEXT_IDENTITY) != 0)
		e = make_signer(
		    dir, NEXT("next-identity.key"), "next-identity", why);
	note_of(note_name, name, "witness");
	if (e == ERR_OK && (which & SITE_NEXT_WITNESS) != 0)
		e = make_signer(dir, NEXT("witness.key"), note_name, why);
	if (e == ERR_OK && (which & SITE_NEXT_SESSION) != 0 &&
	    !is_there(dir, NEXT("session.key")))
		e = site_keys_raw_make(dir, NEXT("session.key"), why);
	return e;
}

/* ---- reading ---- */

/* ERR_OK also when it is not there. */
static enum err
read_signer(struct crypto_signer *out, bool *has, const char *dir,
    const char *file, const char *note_name, struct err_why *why)
{
	enum err e = site_keys_signer(out, dir, file, note_name, why);

	*has = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
read_session(struct crypto_dh *out, bool *has, const char *dir,
    const char *file, struct err_why *why)
{
	uint8_t secret[CRYPTO_KEY_BYTES];
	enum err e = site_keys_raw(secret, dir, file, why);

	*has = e == ERR_OK;
	if (*has)
		crypto_dh_secret(out, secret);
	crypto_wipe(secret, sizeof secret);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
site_next_read(struct site_next *out, const char *dir, const char *name,
    struct err_why *why)
{
	char note_name[NOTE_NAME_MAX + 1];
	struct crypto_signer after = {0};
	bool identity = false, follows = false, witness = false;
	bool session = false;
	enum err e;

	memset(out, 0, sizeof *out);
	note_of(note_name, name, "identity");
	e = read_signer(&out->identity, &identity, dir, NEXT("identity.key"),
	    note_name, why);
	if (e == ERR_OK)
		e = read_signer(&after, &follows, dir,
		    NEXT("next-identity.key"), "next-identity", why);
	note_of(note_name, name, "witness");
	if (e == ERR_OK)
		e = read_signer(&out->witness, &witness, dir,
		    NEXT("witness.key"), note_name, why);
	if (e == ERR_OK)
		e = read_session(
		    &out->session, &session, dir, NEXT("session.key"), why);
	digest_of(&out->after, &after);
	crypto_wipe(&after, sizeof after);
	out->has |= identity && follows ? SITE_NEXT_IDENTITY : 0;
	out->has |= witness ? SITE_NEXT_WITNESS : 0;
	out->has |= session ? SITE_NEXT_SESSION : 0;
	return e;
}

/* Who was cut off for longer hears of the change from the others. */
static void
forget_before(const struct site *s)
{
	char path[PATH_BYTES];
	struct err_why why;
	struct stat st;

	path_of(path, s->dir, "session.before");
	if (stat(path, &st) != 0 ||
	    site_now(s) - (int64_t)st.st_mtime * 1000000 < SITE_NEXT_KEPT_US)
		return;
	if (site_keys_destroy(path, &why) != ERR_OK)
		journal_error("NODE-KEY-KEPT", "%s", why.text);
}

bool
site_next_session(const struct site *s, struct crypto_dh *out, bool *waits)
{
	bool has = false;

	*waits = read_session(out, &has, s->dir, NEXT("session.key"), NULL) ==
	        ERR_OK &&
	    has;
	if (*waits)
		return true;
	forget_before(s);
	return read_session(out, &has, s->dir, "session.before", NULL) ==
	    ERR_OK &&
	    has;
}

/* Never two names of one file: what destroys a key would destroy both. */
static enum err
copy_key(const char *dir, const char *from, const char *to, struct err_why *why)
{
	char path[PATH_BYTES];
	struct buf text;
	enum err e;

	path_of(path, dir, from);
	buf_init(&text, TEXT_MAX);
	e = site_keys_read(path, &text, why);
	path_of(path, dir, to);
	if (e == ERR_OK)
		e = whole_file_write(path, buf_view(&text), 0600, why);
	buf_wipe(&text);
	return e;
}

enum err
site_next_rescue(const char *dir, struct err_why *why)
{
	static const char *const files[] = {
	    "identity.key", "witness.key", "session.key"};
	char file[64];
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < 3; i++) {
		(void)snprintf(file, sizeof file, "next/%s", files[i]);
		if (is_there(dir, files[i]) || !is_there(dir, file) ||
		    (i == 1 && is_there(dir, "witness.retired")))
			continue;
		e = copy_key(dir, file, files[i], why);
	}
	return e;
}

/* ---- putting in force ---- */

/* What a disk really keeps is not ours to say. */
static void
overwrite(int fd)
{
	static const uint8_t zero[512];
	off_t end = lseek(fd, 0, SEEK_END);
	off_t at = 0;

	while (at < end) {
		ssize_t n = pwrite(fd, zero, sizeof zero, at);

		if (n <= 0)
			return;
		at += n;
	}
	(void)fsync(fd);
}

/* One rename; the old file is overwritten when it has no name any more. */
static enum err
put_in_force(const char *dir, const char *file, struct err_why *why)
{
	char from[PATH_BYTES], to[PATH_BYTES], next[64];
	enum err e = ERR_OK;
	int old;

	(void)snprintf(next, sizeof next, "next/%s", file);
	path_of(from, dir, next);
	path_of(to, dir, file);
	old = open(to, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (rename(from, to) != 0)
		e = err_errno(why, ERR_IO, errno, "%s", to);
	if (e == ERR_OK)
		e = whole_file_sync_name(to, why);
	if (e == ERR_OK)
		e = whole_file_sync_name(from, why);
	if (old >= 0 && e == ERR_OK)
		overwrite(old);
	if (old >= 0)
		(void)close(old);
	return e;
}

static bool
is(ProtobufCBinaryData of_card, const uint8_t *pub, size_t skip)
{
	return of_card.len == CRYPTO_PUB_BYTES + skip &&
	    memcmp(of_card.data + skip, pub, CRYPTO_PUB_BYTES) == 0;
}

/* A next key that is in use already: it was rescued, or its rename was all that
 * a crash left to be done. */
static enum err
put(struct site *s, const char *file, bool same, bool *moved,
    struct err_why *why)
{
	char path[PATH_BYTES], next[64];

	if (!same) {
		*moved = true;
		return put_in_force(s->dir, file, why);
	}
	(void)snprintf(next, sizeof next, "next/%s", file);
	path_of(path, s->dir, next);
	if (unlink(path) != 0 && errno != ENOENT)
		return err_errno(why, ERR_IO, errno, "%s", path);
	return ERR_OK;
}

static enum err
put_identity(struct site *s, const Fed__Card *card,
    const struct site_next *next, bool *moved, struct err_why *why)
{
	const struct crypto_signer *now = &site_keys(s)->identity;
	enum err e = ERR_OK;

	if (is(card->identity_key, next->identity.pub, 1))
		e = put(s, "identity.key",
		    memcmp(now->pub, next->identity.pub, CRYPTO_PUB_BYTES) == 0,
		    moved, why);
	/* Before the first rename it commits to the key that goes. */
	if (e == ERR_OK && is_there(s->dir, NEXT("next-identity.key")) &&
	    !is_there(s->dir, NEXT("identity.key")) &&
	    card->next_identity.len == HASH_BYTES &&
	    memcmp(card->next_identity.data, next->after.b, HASH_BYTES) == 0)
		e = put_in_force(s->dir, "next-identity.key", why);
	return e;
}

static enum err
put_witness(struct site *s, const struct site_next *next, bool *moved,
    struct err_why *why)
{
	const struct crypto_signer *now = &site_keys(s)->witness;
	char path[PATH_BYTES];
	enum err e = put(s, "witness.key",
	    memcmp(now->pub, next->witness.pub, CRYPTO_PUB_BYTES) == 0, moved,
	    why);

	/* Stopped before that, the next start sees whose note it is. */
	path_of(path, s->dir, "witness.retired");
	if (e == ERR_OK && unlink(path) != 0 && errno != ENOENT)
		e = err_errno(why, ERR_IO, errno, "%s", path);
	return e;
}

static enum err
put_all(struct site *s, const Fed__Card *card, const struct site_next *next,
    bool *moved, struct err_why *why)
{
	const struct site_keys *now = site_keys(s);
	const bool known =
	    memcmp(now->session.pub, next->session.pub, CRYPTO_KEY_BYTES) == 0;
	enum err e = ERR_OK;

	if (is(card->session_key, next->session.pub, 0)) {
		/* Members that have not heard of the votes know us by it. */
		if (!known)
			e = copy_key(
			    s->dir, "session.key", "session.before", why);
		if (e == ERR_OK)
			e = put(s, "session.key", known, moved, why);
	}
	if (e == ERR_OK && is(card->witness_key, next->witness.pub, 1))
		e = put_witness(s, next, moved, why);
	if (e == ERR_OK)
		e = put_identity(s, card, next, moved, why);
	return e;
}

static enum err
renew_note(
    struct site *s, enum site_kind kind, uint32_t number, struct err_why *why)
{
	const struct crypto_signer *key = &site_keys(s)->identity;
	struct succession x;
	struct buf was, now;
	enum err e;

	buf_init(&was, SUCCESSION_BYTES_MAX);
	buf_init(&now, SUCCESSION_BYTES_MAX);
	e = site_keys_succession(&was, s, kind, number, why);
	if (e == ERR_OK)
		e = succession_kept(&x, buf_view(&was), why);
	if (e == ERR_OK)
		e = succession_sign(&now, &x, key, why);
	if (e == ERR_OK && !bytes_equal(buf_view(&was), buf_view(&now)))
		e = site_keys_succession_put(
		    s, kind, number, buf_view(&now), why);
	buf_clear(&was);
	buf_clear(&now);
	return e;
}

/* Whoever joins from now on knows the new identity key alone. */
static enum err
renew_notes(struct site *s, struct err_why *why)
{
	enum err e = ERR_OK;

	for (int k = 0; k < SITE_LOGS; k++)
		for (uint32_t g = 2;
		     e == ERR_OK && g <= site_log(s, (enum site_kind)k)->number;
		     g++)
			e = renew_note(s, (enum site_kind)k, g, why);
	return e;
}

static enum err
load(struct site *s, struct err_why *why)
{
	struct site_renewed *r = mem_alloc(1, sizeof *r);
	enum err e = site_keys_load(&r->keys, s->dir, s->name, why);

	if (e != ERR_OK) {
		crypto_wipe(r, sizeof *r);
		free(r);
		return e;
	}
	r->before = atomic_load(&s->renewed);
	atomic_store(&s->renewed, r);
	atomic_store(&s->witness_retired, r->keys.witness_gone);
	return ERR_OK;
}

enum err
site_next_adopt(
    struct site *s, const Fed__Card *card, bool *changed, struct err_why *why)
{
	struct site_next next;
	bool moved = false;
	enum err e, done;

	*changed = false;
	e = site_next_read(&next, s->dir, s->name, why);
	if (e == ERR_OK)
		e = put_all(s, card, &next, &moved, why);
	crypto_wipe(&next, sizeof next);
	/* Also when a later one failed: what was moved is in force. */
	if (moved) {
		done = load(s, why);
		*changed = done == ERR_OK;
		e = e == ERR_OK ? done : e;
	}
	return e == ERR_OK ? renew_notes(s, why) : e;
}
