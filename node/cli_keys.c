/* cli_keys.c - the node's own keys, read from its directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_keys.h"

#include "federation/council.h"
#include "ledger/generation.h"
#include "ledger/succession.h"
#include "node/whole_file.h"
#include "proto/buf.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEY_FILE_MAX 4096
#define GENESIS_MAX (4u << 20)

/* Text of DIR/keys/`file` without the white space at its end. */
static enum err
read_text(
    const char *dir, const char *file, struct buf *out, struct err_why *why)
{
	char path[4096];
	enum err e;

	(void)snprintf(path, sizeof(path), "%s/keys/%s", dir, file);
	e = whole_file_read(out, path, why);
	while (e == ERR_OK && out->len > 0 && isspace(out->ptr[out->len - 1]))
		out->len--;
	return e;
}

static enum err
read_signer(const char *dir, const char *file, uint8_t type,
    struct crypto_signer *out, struct note_vkey *vkey, struct err_why *why)
{
	char name[NOTE_NAME_MAX + 1];
	struct buf b;
	enum err e;

	buf_init(&b, KEY_FILE_MAX);
	e = read_text(dir, file, &b, why);
	if (e == ERR_OK) {
		e = note_skey_get(out, name, buf_view(&b), why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "%s", file);
	}
	if (e == ERR_OK && vkey != NULL)
		e = note_vkey_make(vkey, name, type, out->pub, why);
	buf_wipe(&b);
	return e;
}

enum err
cli_keys_log(const char *dir, const char *kind, struct crypto_signer *out,
    struct note_vkey *vkey, struct err_why *why)
{
	char path[4096];
	char file[64];
	unsigned g = 1;

	/* The keys of closed generations are gone; one above the oldest that
	 * is left never began. */
	for (unsigned i = 1; i <= GENERATION_MAX; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/keys/%s-%u.key", dir, kind, i);
		if (access(path, F_OK) != 0)
			continue;
		g = i;
		break;
	}
	(void)snprintf(file, sizeof(file), "%s-%u.key", kind, g);
	return read_signer(dir, file, NOTE_TYPE_ED25519, out, vkey, why);
}

/* The log that generation `g` followed, as its signed note says. */
static enum err
read_before(const char *dir, const char *kind, unsigned g,
    struct note_vkey *out, struct err_why *why)
{
	struct succession s;
	char file[4096];
	struct buf b;
	enum err e;

	buf_init(&b, SUCCESSION_BYTES_MAX);
	(void)snprintf(file, sizeof(file), "%s/keys/%s-%u.note", dir, kind, g);
	e = whole_file_read(&b, file, why);
	if (e == ERR_OK)
		e = succession_kept(&s, buf_view(&b), why);
	buf_clear(&b);
	if (e == ERR_OK)
		*out = s.before;
	return e;
}

enum err
cli_keys_logs(const char *dir, const char *kind, struct note_vkey **out,
    size_t *len, struct err_why *why)
{
	struct crypto_signer key = {0};
	struct generation now;
	struct note_vkey newest;
	enum err e = cli_keys_log(dir, kind, &key, &newest, why);

	if (e == ERR_OK)
		e = generation_get(&now, newest.name, why);
	if (e != ERR_OK)
		goto out;
	*out = mem_alloc(now.number, sizeof(**out));
	*len = now.number;
	(*out)[now.number - 1] = newest;
	for (unsigned g = now.number; e == ERR_OK && g > 1; g--)
		e = read_before(dir, kind, g, &(*out)[g - 2], why);
	if (e != ERR_OK) {
		free(*out);
		*out = NULL;
	}
out:
	crypto_wipe(&key, sizeof(key));
	return e;
}

enum err
cli_keys_witness_vkey(
    const char *dir, struct note_vkey *out, struct err_why *why)
{
	struct crypto_signer key = {0};
	struct buf b;
	enum err e =
	    read_signer(dir, "witness.key", NOTE_TYPE_COSIG, &key, out, why);

	crypto_wipe(&key, sizeof(key));
	if (e != ERR_NOT_FOUND)
		return e;
	buf_init(&b, KEY_FILE_MAX);
	e = read_text(dir, "witness.retired", &b, why);
	if (e == ERR_OK)
		e = note_vkey_get(out, buf_view(&b), why);
	buf_clear(&b);
	return e;
}

/* The first since the last one was retired. */
static enum err
make_witness(const char *dir, struct err_why *why)
{
	struct crypto_signer key = {0};
	struct note_vkey evidence;
	struct generation g;
	char path[4096];
	char name[NOTE_NAME_MAX + 1];
	enum err e = cli_keys_vkey(dir, "evidence", &evidence, why);

	if (e == ERR_OK)
		e = generation_get(&g, evidence.name, why);
	if (e != ERR_OK)
		return e;
	crypto_signer_new(&key);
	(void)snprintf(path, sizeof(path), "%s/keys/witness.key", dir);
	(void)snprintf(name, sizeof(name), "%.200s/witness", g.name);
	e = cli_keys_write(path, name, &key, why);
	crypto_wipe(&key, sizeof(key));
	return e;
}

enum err
cli_keys_witness(const char *dir, struct crypto_signer *out,
    struct note_vkey *vkey, struct err_why *why)
{
	struct note_vkey retired;
	enum err e =
	    read_signer(dir, "witness.key", NOTE_TYPE_COSIG, out, vkey, why);

	if (e != ERR_NOT_FOUND)
		return e;
	if (cli_keys_witness_vkey(dir, &retired, NULL) == ERR_OK)
		return err_fail(why, ERR_REFUSED,
		    "the witness key was retired; for a new one stop the node, "
		    "remove %s/keys/witness.retired and ask again",
		    dir);
	e = make_witness(dir, why);
	return e == ERR_OK
	    ? read_signer(dir, "witness.key", NOTE_TYPE_COSIG, out, vkey, why)
	    : e;
}

enum err
cli_keys_identity(
    const char *dir, struct crypto_signer *out, struct err_why *why)
{
	return read_signer(
	    dir, "identity.key", NOTE_TYPE_ED25519, out, NULL, why);
}

enum err
cli_keys_session(const char *dir, struct crypto_dh *out, struct err_why *why)
{
	uint8_t secret[CRYPTO_KEY_BYTES];
	struct buf b;
	enum err e;

	buf_init(&b, KEY_FILE_MAX);
	e = read_text(dir, "session.key", &b, why);
	if (e == ERR_OK)
		e = text_b64_fixed(secret, sizeof(secret), buf_view(&b), why);
	if (e == ERR_OK)
		crypto_dh_secret(out, secret);
	crypto_wipe(secret, sizeof(secret));
	buf_wipe(&b);
	return e;
}

enum err
cli_keys_write(const char *path, const char *name,
    const struct crypto_signer *key, struct err_why *why)
{
	uint8_t raw[1 + CRYPTO_SEED_BYTES];
	struct note_vkey vkey;
	struct buf b;
	enum err e;

	e = note_vkey_make(&vkey, name, NOTE_TYPE_ED25519, key->pub, why);
	if (e != ERR_OK)
		return e;
	raw[0] = NOTE_TYPE_ED25519;
	memcpy(raw + 1, key->secret, CRYPTO_SEED_BYTES);
	buf_init(&b, KEY_FILE_MAX);
	buf_printf(&b, "PRIVATE+KEY+%s+%08x+", name, (unsigned)vkey.id);
	text_b64_put(&b, bytes_of(raw, sizeof(raw)));
	buf_str(&b, "\n");
	crypto_wipe(raw, sizeof(raw));
	e = whole_file_create(path, buf_view(&b), 0600, why);
	buf_wipe(&b);
	return e;
}

enum err
cli_keys_next_identity(const char *dir, struct hash *out, struct err_why *why)
{
	uint8_t pub[CRYPTO_ALG_PUB_BYTES];
	struct crypto_signer key = {0};
	char path[4096];
	enum err e;

	e = read_signer(
	    dir, "next-identity.key", NOTE_TYPE_ED25519, &key, NULL, why);
	if (e == ERR_NOT_FOUND) {
		crypto_signer_new(&key);
		(void)snprintf(
		    path, sizeof(path), "%s/keys/next-identity.key", dir);
		e = cli_keys_write(path, "next-identity", &key, why);
	}
	if (e == ERR_OK) {
		pub[0] = CRYPTO_ALG_ED25519;
		memcpy(pub + 1, key.pub, CRYPTO_PUB_BYTES);
		digest_sha256(out, bytes_of(pub, sizeof(pub)));
	}
	crypto_wipe(&key, sizeof(key));
	return e;
}

enum err
cli_keys_roster(const char *dir, struct roster **out, struct err_why *why)
{
	struct council_epoch epoch;
	struct hash alliance;
	Fed__Epoch *m = NULL;
	char path[4096];
	struct buf b;
	enum err e;

	/* What the node last saw in force; before it ran, where it begins. */
	buf_init(&b, GENESIS_MAX);
	(void)snprintf(path, sizeof(path), "%s/epoch.json", dir);
	e = whole_file_read(&b, path, why);
	if (e == ERR_NOT_FOUND) {
		(void)snprintf(path, sizeof(path), "%s/alliance.json", dir);
		e = whole_file_read(&b, path, why);
	}
	if (e == ERR_OK)
		e = council_epoch_decode(&m, buf_view(&b), why);
	if (e == ERR_OK)
		e = council_epoch_check(&epoch, &alliance, m, why);
	if (e == ERR_OK)
		e = roster_later(
		    out, epoch.state, epoch.number, &alliance, why);
	if (m != NULL)
		slice_free(&m->base);
	buf_clear(&b);
	return e;
}

enum err
cli_keys_vkey(const char *dir, const char *kind, struct note_vkey *out,
    struct err_why *why)
{
	struct crypto_signer key = {0};
	enum err e = cli_keys_log(dir, kind, &key, out, why);

	crypto_wipe(&key, sizeof(key));
	return e;
}

enum err
cli_keys_all(
    const char *dir, struct note_vkey **out, size_t *len, struct err_why *why)
{
	static const char *const kinds[] = {"evidence", "alliance"};
	enum err e = ERR_OK;

	*out = NULL;
	*len = 0;
	for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
		struct note_vkey *some = NULL;
		size_t n = 0;

		e = cli_keys_logs(dir, kinds[i], &some, &n, why);
		if (e != ERR_OK)
			break;
		*out = mem_resize(*out, *len + n, sizeof(**out));
		memcpy(*out + *len, some, n * sizeof(*some));
		*len += n;
		free(some);
	}
	return e;
}
