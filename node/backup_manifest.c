/* backup_manifest.c - manifest.json of a backup: signed, read strictly. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup_manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/whole_file.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define CONTEXT "lianfang/backup/v1\n"
#define ALG_ED25519 0x01

void
backup_manifest_part(char out[static BACKUP_MANIFEST_NAME], uint64_t n)
{
	(void)snprintf(out, BACKUP_MANIFEST_NAME, "part-%08" PRIu64 ".lfp", n);
}

uint64_t
backup_manifest_number(const char *name)
{
	char again[BACKUP_MANIFEST_NAME];
	uint64_t n = 0;

	if (sscanf(name, "part-%12" SCNu64 ".lfp", &n) != 1)
		return 0;
	backup_manifest_part(again, n);
	return strcmp(again, name) == 0 ? n : 0;
}

static enum err
full(const Backup__Manifest *m, struct err_why *why)
{
	return err_fail(why, ERR_LIMIT,
	    "the manifest is full with %zu parts; begin anew with a whole "
	    "backup (--full)",
	    m->n_parts);
}

/* What the signature is over: the message without it. */
static enum err
signed_bytes(struct buf *out, Backup__Manifest *m, struct err_why *why)
{
	char *signature = m->signature;

	buf_init(out, LIMITS_BODY_BYTES);
	buf_str(out, CONTEXT);
	m->signature = NULL;
	slice_pack(out, &m->base);
	m->signature = signature;
	return out->over ? full(m, why) : ERR_OK;
}

enum err
backup_manifest_put(struct buf *out, Backup__Manifest *m,
    const struct crypto_signer *identity, struct err_why *why)
{
	uint8_t raw[CRYPTO_ALG_SIG_BYTES] = {ALG_ED25519};
	struct buf text;
	struct buf b;
	enum err e = signed_bytes(&b, m, why);

	buf_init(&text, 1024);
	if (e != ERR_OK)
		goto out;
	crypto_signer_sign(identity, buf_view(&b), raw + 1);
	text_b64_put(&text, bytes_of(raw, sizeof raw));
	free(m->signature);
	m->signature = mem_strdup(buf_cstr(&text));
	json_encode(out, &m->base, JSON_PRETTY);
	if (out->over)
		e = full(m, why);
out:
	buf_clear(&text);
	buf_clear(&b);
	return e;
}

static enum err
check_signature(Backup__Manifest *m, struct err_why *why)
{
	uint8_t raw[CRYPTO_ALG_SIG_BYTES];
	uint8_t pub[CRYPTO_ALG_PUB_BYTES] = {ALG_ED25519};
	struct note_vkey key;
	struct buf b;
	enum err e;

	e = note_vkey_get(&key, bytes_str(m->identity), why);
	if (e == ERR_OK && key.type != NOTE_TYPE_ED25519)
		e = err_fail(why, ERR_UNSUPPORTED, "$.identity: its type");
	if (e == ERR_OK)
		e = text_b64_fixed(
		    raw, sizeof raw, bytes_str(m->signature), why);
	if (e != ERR_OK)
		return e;
	memcpy(pub + 1, key.pub, sizeof key.pub);
	e = signed_bytes(&b, m, why);
	if (e == ERR_OK)
		e = crypto_check_alg(bytes_of(pub, sizeof pub), buf_view(&b),
		    bytes_of(raw, sizeof raw), why);
	buf_clear(&b);
	if (e == ERR_UNVERIFIED)
		return err_fail(why, e, "its signature does not verify");
	return e;
}

enum err
backup_manifest_sum(
    struct part_sum *out, const Backup__Part *p, struct err_why *why)
{
	struct buf raw = {
	    .ptr = out->sha256.b, .cap = HASH_BYTES, .max = HASH_BYTES};
	enum err e = text_hex_get(&raw, bytes_str(p->sha256), why);

	out->size = p->size;
	if (e == ERR_OK && raw.len != HASH_BYTES)
		e = err_fail(why, ERR_MALFORMED, "SHA-256 of %s", p->file);
	return e;
}

bool
backup_manifest_vkey(
    const Backup__Manifest *m, const char *origin, struct note_vkey *out)
{
	for (size_t i = 0; i < m->n_logs; i++) {
		if (strcmp(m->logs[i]->origin, origin) == 0)
			return note_vkey_get(out, bytes_str(m->logs[i]->vkey),
			           NULL) == ERR_OK &&
			    strcmp(out->name, origin) == 0;
	}
	return false;
}

static bool
part_ok(const Backup__Part *p)
{
	struct part_sum sum;

	if (p->file == NULL || backup_manifest_number(p->file) == 0 ||
	    !p->has_size || p->sha256 == NULL ||
	    backup_manifest_sum(&sum, p, NULL) != ERR_OK)
		return false;
	for (size_t i = 0; i < p->n_logs; i++) {
		if (p->logs[i]->origin == NULL)
			return false;
	}
	return true;
}

static enum err
check_parts(const Backup__Manifest *m, struct err_why *why)
{
	if (m->version != 1)
		return err_fail(why, ERR_UNSUPPORTED,
		    "written by a newer version: version %u", m->version);
	if (m->node == NULL || m->store_id == NULL || m->identity == NULL ||
	    m->signature == NULL || m->n_parts == 0 ||
	    m->n_parts > BACKUP_MANIFEST_PARTS)
		return err_fail(why, ERR_MALFORMED, "something is missing");
	for (size_t i = 0; i < m->n_parts; i++) {
		if (!part_ok(m->parts[i]))
			return err_fail(
			    why, ERR_MALFORMED, "$.parts[%zu]: damaged", i);
	}
	for (size_t i = 0; i < m->n_logs; i++) {
		const Backup__Log *l = m->logs[i];

		if (l->origin == NULL || l->vkey == NULL || !l->has_size)
			return err_fail(
			    why, ERR_MALFORMED, "$.logs[%zu]: damaged", i);
	}
	return ERR_OK;
}

enum err
backup_manifest_get(
    Backup__Manifest **out, struct bytes text, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Backup__Manifest *m;
	struct buf again;
	enum err e;

	e = json_decode(&msg, &backup__manifest__descriptor, text, why);
	if (e != ERR_OK)
		return e;
	m = (Backup__Manifest *)msg;
	/* One manifest, one text: every byte of it counts. */
	buf_init(&again, LIMITS_BODY_BYTES);
	json_encode(&again, msg, JSON_PRETTY);
	if (!bytes_equal(buf_view(&again), text))
		e = err_fail(
		    why, ERR_MALFORMED, "it was changed after it was written");
	buf_clear(&again);
	if (e == ERR_OK)
		e = check_parts(m, why);
	if (e == ERR_OK)
		e = check_signature(m, why);
	if (e == ERR_OK)
		*out = m;
	else
		slice_free(msg);
	return e;
}

enum err
backup_manifest_read(
    Backup__Manifest **out, const char *folder, struct err_why *why)
{
	char path[4096];
	struct buf text;
	enum err e;

	buf_init(&text, LIMITS_BODY_BYTES);
	(void)snprintf(path, sizeof path, "%s/" BACKUP_MANIFEST_FILE, folder);
	e = whole_file_read(&text, path, why);
	if (e == ERR_OK) {
		e = backup_manifest_get(out, buf_view(&text), why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "%s", path);
	}
	buf_clear(&text);
	return e;
}
