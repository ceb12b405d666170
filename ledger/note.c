/* note.c - signed notes, verifier keys, checkpoints and cosignatures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/note.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "proto/digest.h"
#include "proto/text.h"

#define DASH "\xe2\x80\x94 " /* U+2014 and a space start a signature line */
#define ID_BYTES 4
#define TIME_BYTES 8
#define COSIG_BYTES (TIME_BYTES + CRYPTO_SIG_BYTES)
#define KEY_BYTES (1 + CRYPTO_PUB_BYTES)
#define KEY_TEXT_MAX 8192 /* room for keys of types unknown here */
#define SKEY_PREFIX "PRIVATE+KEY+"

_Static_assert(CRYPTO_SEED_BYTES == CRYPTO_PUB_BYTES, "one codec for both");

/* ---- keys ---- */

/* Length of the Unicode space that starts at p, else 0 (UTF-8 is valid). */
static size_t
space_at(const uint8_t *p, size_t left)
{
	if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		return 1;
	if (left >= 2 && p[0] == 0xc2 && (p[1] == 0x85 || p[1] == 0xa0))
		return 2;
	if (left < 3)
		return 0;
	if (p[0] == 0xe1 && p[1] == 0x9a && p[2] == 0x80)
		return 3; /* U+1680 */
	if (p[0] == 0xe2 && p[1] == 0x80 &&
	    (p[2] <= 0x8a || p[2] == 0xa8 || p[2] == 0xa9 || p[2] == 0xaf))
		return 3; /* U+2000 to U+200A, U+2028, U+2029, U+202F */
	if (p[0] == 0xe2 && p[1] == 0x81 && p[2] == 0x9f)
		return 3; /* U+205F */
	if (p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80)
		return 3; /* U+3000 */
	return 0;
}

static bool
name_ok(struct bytes name)
{
	if (name.len == 0 || name.len > NOTE_NAME_MAX || !text_utf8_ok(name))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] < 0x20 || name.ptr[i] == '+' ||
		    space_at(name.ptr + i, name.len - i) != 0)
			return false;
	}
	return true;
}

static uint32_t
key_id(struct bytes name, uint8_t type, const uint8_t pub[CRYPTO_PUB_BYTES])
{
	const struct bytes parts[] = {
	    name, bytes_str("\n"), {&type, 1}, {pub, CRYPTO_PUB_BYTES}};
	struct hash h;

	digest_sha256_parts(&h, parts, 4);
	return (uint32_t)h.b[0] << 24 | (uint32_t)h.b[1] << 16 |
	    (uint32_t)h.b[2] << 8 | h.b[3];
}

enum err
note_vkey_make(struct note_vkey *out, const char *name, uint8_t type,
    const uint8_t pub[static CRYPTO_PUB_BYTES], struct err_why *why)
{
	struct bytes text = bytes_str(name);
	struct note_vkey key = {.type = type};

	if (!name_ok(text))
		return err_fail(why, ERR_MALFORMED,
		    "a key name is 1 to %d bytes without space or '+'",
		    NOTE_NAME_MAX);
	memcpy(key.name, text.ptr, text.len);
	memcpy(key.pub, pub, CRYPTO_PUB_BYTES);
	key.id = key_id(text, type, pub);
	*out = key;
	return ERR_OK;
}

/* Cuts name '+' hex8 '+' base64; the base64 may hold '+' itself. */
static bool
cut_key(
    struct bytes in, struct bytes *name, struct bytes *id, struct bytes *b64)
{
	const uint8_t *plus = in.len == 0 ? NULL : memchr(in.ptr, '+', in.len);
	size_t at;

	if (plus == NULL)
		return false;
	at = (size_t)(plus - in.ptr);
	if (in.len - at < 10 || in.ptr[at + 9] != '+')
		return false;
	*name = bytes_of(in.ptr, at);
	*id = bytes_of(in.ptr + at + 1, 8);
	*b64 = bytes_of(in.ptr + at + 10, in.len - at - 10);
	return true;
}

static bool
id_is(struct bytes hex, uint32_t id)
{
	char want[9];

	(void)snprintf(want, sizeof(want), "%08" PRIx32, id);
	return bytes_equal(hex, bytes_str(want));
}

static enum err
key_bytes(uint8_t out[static KEY_BYTES], struct bytes b64, struct err_why *why)
{
	struct buf raw;
	enum err e;

	buf_init(&raw, KEY_TEXT_MAX);
	e = text_b64_get(&raw, b64, why);
	if (e != ERR_OK)
		goto out;
	if (raw.len == 0) {
		e = err_fail(why, ERR_MALFORMED, "a key without bytes");
		goto out;
	}
	if (raw.ptr[0] != NOTE_TYPE_ED25519 && raw.ptr[0] != NOTE_TYPE_COSIG) {
		e = err_fail(why, ERR_UNSUPPORTED,
		    "keys of type 0x%02x are not supported", raw.ptr[0]);
		goto out;
	}
	if (raw.len != KEY_BYTES) {
		e = err_fail(why, ERR_MALFORMED,
		    "an Ed25519 key has %d bytes, not %zu", CRYPTO_PUB_BYTES,
		    raw.len - 1);
		goto out;
	}
	memcpy(out, raw.ptr, KEY_BYTES);
out:
	buf_wipe(&raw);
	return e;
}

enum err
note_vkey_get(struct note_vkey *out, struct bytes text, struct err_why *why)
{
	struct note_vkey key = {.type = 0};
	uint8_t raw[KEY_BYTES];
	struct bytes name;
	struct bytes id;
	struct bytes b64;
	enum err e;

	if (text.len > KEY_TEXT_MAX || !cut_key(text, &name, &id, &b64) ||
	    !name_ok(name))
		return err_fail(why, ERR_MALFORMED,
		    "a verifier key reads name+hex8+base64");
	e = key_bytes(raw, b64, why);
	if (e != ERR_OK)
		return e;
	memcpy(key.name, name.ptr, name.len);
	key.type = raw[0];
	memcpy(key.pub, raw + 1, CRYPTO_PUB_BYTES);
	key.id = key_id(name, key.type, key.pub);
	if (!id_is(id, key.id))
		return err_fail(why, ERR_MALFORMED,
		    "the key id of '%s' is %08" PRIx32, key.name, key.id);
	*out = key;
	return ERR_OK;
}

void
note_vkey_put(struct buf *out, const struct note_vkey *key)
{
	uint8_t raw[KEY_BYTES];

	raw[0] = key->type;
	memcpy(raw + 1, key->pub, CRYPTO_PUB_BYTES);
	buf_printf(out, "%s+%08" PRIx32 "+", key->name, key->id);
	text_b64_put(out, bytes_of(raw, sizeof(raw)));
}

enum err
note_skey_get(struct crypto_signer *out, char name[static NOTE_NAME_MAX + 1],
    struct bytes text, struct err_why *why)
{
	struct crypto_signer key;
	uint8_t raw[KEY_BYTES] = {0};
	struct bytes who;
	struct bytes id;
	struct bytes b64;
	enum err e;

	if (text.len > KEY_TEXT_MAX || !text_skip(&text, SKEY_PREFIX) ||
	    !cut_key(text, &who, &id, &b64) || !name_ok(who))
		return err_fail(why, ERR_MALFORMED,
		    "a signing key reads %sname+hex8+base64", SKEY_PREFIX);
	e = key_bytes(raw, b64, why);
	if (e != ERR_OK)
		goto out;
	if (raw[0] != NOTE_TYPE_ED25519) {
		e = err_fail(why, ERR_UNSUPPORTED,
		    "signing keys of type 0x%02x are not supported", raw[0]);
		goto out;
	}
	crypto_signer_seed(&key, raw + 1);
	if (!id_is(id, key_id(who, raw[0], key.pub))) {
		e = err_fail(why, ERR_MALFORMED,
		    "the key id does not belong to this name and key");
		goto out;
	}
	memcpy(name, who.ptr, who.len);
	name[who.len] = '\0';
	*out = key;
out:
	crypto_wipe(raw, sizeof(raw));
	crypto_wipe(&key, sizeof(key));
	return e;
}

/* ---- notes ---- */

static bool
text_ok(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < 0x20 && text.ptr[i] != '\n')
			return false;
	}
	return text_utf8_ok(text);
}

/* Bytes that well-formed base64 stands for, 0 if it is not; unused bits are
 * not looked at. */
static size_t
b64_len(struct bytes in)
{
	size_t pad = 0;

	if (in.len == 0 || in.len % 4 != 0)
		return 0;
	while (pad < 2 && in.ptr[in.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < in.len - pad; i++) {
		uint8_t c = in.ptr[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9') && c != '+' && c != '/')
			return 0;
	}
	return in.len / 4 * 3 - pad;
}

static bool
parse_sig(struct note_sig *out, struct bytes b64)
{
	uint8_t raw[ID_BYTES + COSIG_BYTES];
	size_t len = b64_len(b64);
	size_t sig_len = len - ID_BYTES;

	if (len <= ID_BYTES)
		return false;
	if (text_b64_fixed(raw, len == 5 ? 5 : 6, bytes_of(b64.ptr, 8), NULL) !=
	    ERR_OK)
		return false;
	out->id = (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 |
	    (uint32_t)raw[2] << 8 | raw[3];
	out->sig_len = 0;
	if (sig_len != CRYPTO_SIG_BYTES && sig_len != COSIG_BYTES)
		return true;
	if (text_b64_fixed(raw, len, b64, NULL) != ERR_OK)
		return true;
	memcpy(out->sig, raw + ID_BYTES, sig_len);
	out->sig_len = sig_len;
	return true;
}

static enum err
parse_line(struct note_sig *out, struct bytes line, struct err_why *why)
{
	const uint8_t *space;

	if (!text_skip(&line, DASH))
		return err_fail(why, ERR_MALFORMED,
		    "a signature line starts with a dash and a space");
	space = line.len == 0 ? NULL : memchr(line.ptr, ' ', line.len);
	if (space == NULL)
		return err_fail(
		    why, ERR_MALFORMED, "a signature line without signature");
	out->name = bytes_of(line.ptr, (size_t)(space - line.ptr));
	if (!name_ok(out->name))
		return err_fail(why, ERR_MALFORMED,
		    "a signature line with a forbidden name");
	line = bytes_of(space + 1, line.len - out->name.len - 1);
	if (!parse_sig(out, line))
		return err_fail(why, ERR_MALFORMED,
		    "a signature that is not base64 of key id and bytes");
	return ERR_OK;
}

/* Offset of the last blank line's LF, 0 if there is none. */
static size_t
find_blank(struct bytes in)
{
	for (size_t i = in.len; i > 1; i--) {
		if (in.ptr[i - 1] == '\n' && in.ptr[i - 2] == '\n')
			return i - 1;
	}
	return 0;
}

enum err
note_parse(struct note *out, struct bytes in, struct err_why *why)
{
	struct bytes rest;
	struct bytes line;
	size_t blank;

	if (in.len > NOTE_BYTES_MAX)
		return err_fail(why, ERR_LIMIT,
		    "a note of %zu bytes; at most %d", in.len, NOTE_BYTES_MAX);
	if (!text_ok(in))
		return err_fail(why, ERR_MALFORMED,
		    "a note is UTF-8 without control characters");
	blank = find_blank(in);
	if (blank == 0 || blank + 1 == in.len || in.ptr[in.len - 1] != '\n')
		return err_fail(why, ERR_MALFORMED,
		    "a note is text, a blank line and signature lines");
	rest = bytes_of(in.ptr + blank + 1, in.len - blank - 1);
	for (size_t n = 0; text_line(&rest, &line); n++) {
		struct note_sig sig;
		enum err e;

		if (n == NOTE_SIGS_MAX)
			return err_fail(why, ERR_LIMIT,
			    "a note with more than %d signatures",
			    NOTE_SIGS_MAX);
		e = parse_line(&sig, line, why);
		if (e != ERR_OK)
			return e;
	}
	out->text = bytes_of(in.ptr, blank);
	out->sig_lines = bytes_of(in.ptr + blank + 1, in.len - blank - 1);
	out->sigs_len = 0;
	rest = out->sig_lines;
	while (text_line(&rest, &line)) {
		enum err e = parse_line(&out->sigs[out->sigs_len++], line, why);

		assert(e == ERR_OK); /* the first pass has seen it */
	}
	return ERR_OK;
}

static void
cosign_text(struct buf *out, struct bytes text, uint64_t when)
{
	buf_init(out, text.len + 64);
	buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", when);
	buf_bytes(out, text);
}

static uint64_t
read_time(const uint8_t p[static TIME_BYTES])
{
	struct buf_reader r = {.left = bytes_of(p, TIME_BYTES)};

	return buf_read_u64be(&r);
}

static enum err
check_sig(const struct note *n, const struct note_sig *sig,
    const struct note_vkey *key, uint64_t *when)
{
	struct buf msg;
	enum err e;

	if (key->type == NOTE_TYPE_ED25519) {
		if (sig->sig_len != CRYPTO_SIG_BYTES)
			return ERR_UNVERIFIED;
		*when = 0;
		return crypto_check(key->pub, n->text, sig->sig);
	}
	if (sig->sig_len != COSIG_BYTES)
		return ERR_UNVERIFIED;
	*when = read_time(sig->sig);
	if (*when > INT64_MAX)
		return ERR_UNVERIFIED;
	cosign_text(&msg, n->text, *when);
	e = crypto_check(key->pub, buf_view(&msg), sig->sig + TIME_BYTES);
	buf_clear(&msg);
	return e;
}

enum err
note_check(const struct note *n, const struct note_vkey *key, uint64_t *when,
    struct err_why *why)
{
	struct bytes name = bytes_str(key->name);
	uint64_t first = UINT64_MAX;
	bool found = false;

	if (key->type != NOTE_TYPE_ED25519 && key->type != NOTE_TYPE_COSIG)
		return err_fail(why, ERR_UNSUPPORTED,
		    "keys of type 0x%02x are not supported", key->type);
	for (size_t i = 0; i < n->sigs_len; i++) {
		const struct note_sig *sig = &n->sigs[i];
		uint64_t at;
		enum err e;

		if (sig->id != key->id || !bytes_equal(sig->name, name))
			continue;
		e = check_sig(n, sig, key, &at);
		if (e != ERR_OK)
			return err_fail(why, ERR_UNVERIFIED,
			    "the signature by '%s' does not verify", key->name);
		found = true;
		if (at < first)
			first = at;
	}
	if (!found)
		return err_fail(
		    why, ERR_NOT_FOUND, "not signed by '%s'", key->name);
	if (when != NULL)
		*when = first;
	return ERR_OK;
}

static void
put_line(struct buf *out, const char *name, uint32_t id, struct bytes sig)
{
	uint8_t raw[ID_BYTES + COSIG_BYTES];

	assert(sig.len <= COSIG_BYTES && name_ok(bytes_str(name)));
	raw[0] = (uint8_t)(id >> 24);
	raw[1] = (uint8_t)(id >> 16);
	raw[2] = (uint8_t)(id >> 8);
	raw[3] = (uint8_t)id;
	memcpy(raw + ID_BYTES, sig.ptr, sig.len);
	buf_printf(out, DASH "%s ", name);
	text_b64_put(out, bytes_of(raw, ID_BYTES + sig.len));
	buf_str(out, "\n");
}

void
note_sign(struct buf *out, struct bytes text, const char *name,
    const struct crypto_signer *key)
{
	uint8_t sig[CRYPTO_SIG_BYTES];

	assert(text.len > 0 && text.ptr[text.len - 1] == '\n');
	crypto_signer_sign(key, text, sig);
	buf_bytes(out, text);
	buf_str(out, "\n");
	put_line(out, name,
	    key_id(bytes_str(name), NOTE_TYPE_ED25519, key->pub),
	    bytes_of(sig, sizeof(sig)));
}

void
note_cosign(struct buf *out, struct bytes text, const char *name,
    const struct crypto_signer *key, uint64_t when)
{
	uint8_t sig[COSIG_BYTES];
	struct buf msg;

	assert(when <= INT64_MAX);
	for (size_t i = 0; i < TIME_BYTES; i++)
		sig[i] = (uint8_t)(when >> (8 * (TIME_BYTES - 1 - i)));
	cosign_text(&msg, text, when);
	crypto_signer_sign(key, buf_view(&msg), sig + TIME_BYTES);
	buf_clear(&msg);
	put_line(out, name, key_id(bytes_str(name), NOTE_TYPE_COSIG, key->pub),
	    bytes_of(sig, sizeof(sig)));
}

/* ---- checkpoints ---- */

void
note_checkpoint_put(struct buf *out, const struct note_checkpoint *c)
{
	buf_printf(out, "%s\n%" PRIu64 "\n", c->origin, c->head.size);
	text_b64_put(out, bytes_hash(&c->head.root));
	buf_str(out, "\n");
}

enum err
note_checkpoint_get(
    struct note_checkpoint *out, struct bytes text, struct err_why *why)
{
	struct note_checkpoint c = {.head = {.size = 0}};
	struct bytes origin;
	struct bytes size;
	struct bytes root;
	struct bytes line;

	if (!text_ok(text) || !text_line(&text, &origin) ||
	    !text_line(&text, &size) || !text_line(&text, &root))
		return err_fail(why, ERR_MALFORMED,
		    "a checkpoint has lines for origin, size and root");
	if (origin.len == 0 || origin.len > NOTE_NAME_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "an origin has 1 to %d bytes", NOTE_NAME_MAX);
	if (text_u64_get(&c.head.size, size, TREE_SIZE_MAX, NULL) != ERR_OK)
		return err_fail(why, ERR_MALFORMED,
		    "the size of a checkpoint is a decimal below 2^63");
	if (text_b64_fixed(c.head.root.b, HASH_BYTES, root, NULL) != ERR_OK)
		return err_fail(why, ERR_MALFORMED,
		    "the root of a checkpoint is base64 of 32 bytes");
	while (text_line(&text, &line)) {
		if (line.len == 0)
			return err_fail(
			    why, ERR_MALFORMED, "an empty extension line");
	}
	if (text.len != 0)
		return err_fail(why, ERR_MALFORMED,
		    "the last line of a checkpoint has no end");
	memcpy(c.origin, origin.ptr, origin.len);
	*out = c;
	return ERR_OK;
}

enum err
note_checkpoint_open(struct note_checkpoint *out, struct bytes in,
    const struct note_vkey *log, struct err_why *why)
{
	struct note_checkpoint c;
	struct note n;
	enum err e;

	if (log->type != NOTE_TYPE_ED25519)
		return err_fail(why, ERR_UNVERIFIED,
		    "'%s' is a cosigner's key, not a log's", log->name);
	e = note_parse(&n, in, why);
	if (e != ERR_OK)
		return e;
	e = note_check(&n, log, NULL, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_UNVERIFIED : e;
	e = note_checkpoint_get(&c, n.text, why);
	if (e != ERR_OK)
		return e;
	if (strcmp(c.origin, log->name) != 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "a checkpoint of '%s' signed by '%s'", c.origin, log->name);
	*out = c;
	return ERR_OK;
}
