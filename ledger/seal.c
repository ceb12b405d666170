/* seal.c - sealed records: salts, commitments, disclosures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/seal.h"

#include <assert.h>

#include "council.pb-c.h"
#include "defence.pb-c.h"
#include "ledger/seal_part.h"
#include "ledger/signature.h"
#include "proto/digest.h"
#include "proto/digest_batch.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "record.pb-c.h"

#define RECORD_TAG "lianfang/record/v1"
#define AUTH_TAG "lianfang/auth/v1"
#define EVENT_TAG "lianfang/event/v1\n"
#define UUID_BYTES 16

/* Every message that stands under a commitment. */
static const ProtobufCMessageDescriptor *const TYPES[] = {
    &record__alarm__descriptor,
    &record__permit__descriptor,
    &record__certificate__descriptor,
    &record__case__descriptor,
    &record__decision__descriptor,
    &record__actor__descriptor,
    &record__access__descriptor,
    &record__erasure__descriptor,
    &record__heads__descriptor,
    &record__log_start__descriptor,
    &record__time_reset__descriptor,
    &record__admin__descriptor,
    &record__credential__descriptor,
    &record__status__descriptor,
    &record__intel__descriptor,
    &record__presentation__descriptor,
    &record__pairing__descriptor,
    &record__cross_check__descriptor,
    &record__incident__descriptor,
    &record__snapshot__descriptor,
    &record__delivery__descriptor,
    &record__points__descriptor,
    &record__checklist__descriptor,
    &record__retention__descriptor,
    &record__proposal__descriptor,
    &record__vote__descriptor,
    &record__sighting__descriptor,
    &record__veil__descriptor,
    &record__defence_receipt__descriptor,
    &record__annex__descriptor,
};

const ProtobufCMessageDescriptor *
seal_type(const char *name)
{
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		if (strcmp(TYPES[i]->name, name) == 0)
			return TYPES[i];
	}
	return NULL;
}

static void
put_u32be(uint8_t out[static 4], uint32_t v)
{
	out[0] = (uint8_t)(v >> 24);
	out[1] = (uint8_t)(v >> 16);
	out[2] = (uint8_t)(v >> 8);
	out[3] = (uint8_t)v;
}

static void
field_digest(struct seal_field *f)
{
	const struct bytes parts[] = {
	    bytes_str(SEAL_PART_FIELD_TAG), bytes_hash(&f->salt), f->slice};

	digest_sha256_parts(&f->digest, parts, 3);
}

size_t
seal_part_text(
    uint8_t in[static SEAL_PART_TEXT_MAX], const struct seal_fields *fs)
{
	size_t name_len = strlen(fs->desc->name);
	size_t at = sizeof(RECORD_TAG) - 1;

	assert(name_len <= SEAL_PART_NAME_MAX);
	memcpy(in, RECORD_TAG, at);
	in[at++] = (uint8_t)name_len;
	memcpy(in + at, fs->desc->name, name_len);
	at += name_len;
	put_u32be(in + at, SEAL_SCHEMA_VERSION);
	at += 4;
	in[at++] = (uint8_t)(fs->len >> 8);
	in[at++] = (uint8_t)fs->len;
	for (size_t i = 0; i < fs->len; i++) {
		put_u32be(in + at, fs->at[i].number);
		memcpy(in + at + 4, fs->at[i].digest.b, HASH_BYTES);
		at += 4 + HASH_BYTES;
	}
	return at;
}

static void
commitment(struct hash *out, const struct seal_fields *fs)
{
	uint8_t in[SEAL_PART_TEXT_MAX];

	digest_sha256(out, bytes_of(in, seal_part_text(in, fs)));
}

/* The salts of all fields; no two depend on each other. */
static void
salt_fields(struct seal_fields *fs, const uint8_t key[static SEAL_KEY_BYTES])
{
	static const uint8_t tag[DIGEST_TAG_BYTES + 1] = SEAL_PART_SALT_TAG;
	uint32_t number[SLICE_MAX];
	struct hash salt[SLICE_MAX];
	struct digest_hmac hmac;

	for (size_t i = 0; i < fs->len; i++)
		number[i] = fs->at[i].number;
	digest_hmac_key(&hmac, bytes_of(key, SEAL_KEY_BYTES));
	digest_hmac_numbers(&hmac, tag, number, salt, fs->len);
	digest_hmac_wipe(&hmac);
	for (size_t i = 0; i < fs->len; i++)
		fs->at[i].salt = salt[i];
	crypto_wipe(salt, fs->len * sizeof(salt[0]));
}

/* The slices of a whole message; neither salts nor digests yet. */
static enum err
cut_message(struct seal_fields *out, const ProtobufCMessageDescriptor *desc,
    struct bytes message, struct err_why *why)
{
	struct slice_list slices;
	enum err e;

	if (message.len > SEAL_MESSAGE_MAX)
		return err_fail(why, ERR_LIMIT,
		    "a record of %zu bytes; at most %d", message.len,
		    SEAL_MESSAGE_MAX);
	e = slice_split(&slices, desc, message, why);
	if (e != ERR_OK)
		return e;
	out->desc = desc;
	out->len = slices.len;
	for (size_t i = 0; i < slices.len; i++) {
		out->at[i].number = slices.at[i].number;
		out->at[i].slice = slices.at[i].bytes;
		out->at[i].shown = true;
	}
	return ERR_OK;
}

/* Salts and digests of what was cut. */
static void
hash_fields(struct seal_fields *fs, const uint8_t key[static SEAL_KEY_BYTES])
{
	struct digest_batch batch;

	salt_fields(fs, key);
	digest_batch_init(&batch);
	for (size_t i = 0; i < fs->len; i++)
		seal_part_digest(&batch, &fs->at[i]);
	digest_batch_run(&batch);
}

enum err
seal_commit(struct hash *out, const ProtobufCMessageDescriptor *desc,
    struct bytes message, const uint8_t key[static SEAL_KEY_BYTES],
    struct err_why *why)
{
	struct seal_fields fs;
	enum err e;

	e = cut_message(&fs, desc, message, why);
	if (e != ERR_OK)
		return e;
	hash_fields(&fs, key);
	commitment(out, &fs);
	for (size_t i = 0; i < fs.len; i++)
		crypto_wipe(&fs.at[i].salt, HASH_BYTES);
	return ERR_OK;
}

void
seal_auth(struct hash *out, struct bytes salt, struct bytes key,
    struct bytes signature)
{
	const struct bytes parts[] = {
	    bytes_str(AUTH_TAG), salt, key, signature};

	assert(salt.len == SEAL_KEY_BYTES);
	digest_sha256_parts(out, parts, 4);
}

static struct bytes
view(bool has, ProtobufCBinaryData data)
{
	return bytes_of(data.data, has ? data.len : 0);
}

enum err
seal_auth_open(
    const Ledger__Auth *auth, const struct hash *want, struct err_why *why)
{
	struct bytes salt = view(auth->has_salt, auth->salt);
	struct bytes key = view(auth->has_key, auth->key);
	struct bytes sig = view(auth->has_signature, auth->signature);
	struct hash got;
	enum err e;

	if (salt.len != SEAL_KEY_BYTES)
		return err_fail(why, ERR_MALFORMED,
		    "auth has a salt of %zu bytes instead of %d", salt.len,
		    SEAL_KEY_BYTES);
	e = signature_form(key, sig, why);
	if (e != ERR_OK)
		return e;
	seal_auth(&got, salt, key, sig);
	if (memcmp(got.b, want->b, HASH_BYTES) != 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "auth does not belong to its commitment");
	return ERR_OK;
}

void
seal_event_put(struct buf *out, const struct seal_event *e)
{
	buf_str(out, EVENT_TAG);
	buf_str(out, e->node_name);
	buf_str(out, "\n");
	buf_u16be(out, e->kind);
	buf_put(out, e->record_id, UUID_BYTES);
	buf_put(out, e->event_id, UUID_BYTES);
	buf_u64be(out, (uint64_t)e->occurred_us);
	buf_u32be(out, e->based_on_seq);
	buf_bytes(out, bytes_hash(e->commitment));
}

/* ---- openings ---- */

static enum err
take_field(struct seal_field *out, const Ledger__FieldOpening *in,
    const ProtobufCMessageDescriptor *desc, struct err_why *why)
{
	struct bytes salt = view(in->has_salt, in->salt);
	struct bytes slice = view(in->has_slice, in->slice);
	struct bytes digest = view(in->has_digest, in->digest);

	if (!in->has_number ||
	    protobuf_c_message_descriptor_get_field(desc, in->number) == NULL)
		return err_fail(why, ERR_MALFORMED, "%s has no field %u",
		    desc->name, in->number);
	out->number = in->number;
	out->shown = in->has_slice;
	out->slice = slice;
	if (in->has_slice && !in->has_digest && slice.len > 0 &&
	    salt.len == HASH_BYTES) {
		memcpy(out->salt.b, salt.ptr, HASH_BYTES);
		field_digest(out);
		return ERR_OK;
	}
	if (!in->has_slice && !in->has_salt && digest.len == HASH_BYTES) {
		memcpy(out->digest.b, digest.ptr, HASH_BYTES);
		return ERR_OK;
	}
	return err_fail(why, ERR_MALFORMED,
	    "field %u is neither salt and slice nor a digest", in->number);
}

/* The shown slices together must be canonical, and each one its own field:
 * a slice that holds two fields would show what nobody counted. */
static enum err
check_shown(const struct seal_fields *fs, struct err_why *why)
{
	struct slice_list slices;
	struct buf all;
	size_t at = 0;
	enum err e;

	buf_init(&all, SEAL_MESSAGE_MAX);
	for (size_t i = 0; i < fs->len; i++) {
		if (fs->at[i].shown)
			buf_bytes(&all, fs->at[i].slice);
	}
	e = buf_ok(&all, why);
	if (e != ERR_OK)
		goto out;
	e = slice_split(&slices, fs->desc, buf_view(&all), why);
	if (e != ERR_OK)
		goto out;
	for (size_t i = 0; i < fs->len; i++) {
		const struct seal_field *f = &fs->at[i];

		if (!f->shown)
			continue;
		if (at == slices.len || slices.at[at].number != f->number ||
		    slices.at[at].bytes.len != f->slice.len) {
			e = err_fail(why, ERR_MALFORMED,
			    "the slice of field %u holds something else",
			    f->number);
			goto out;
		}
		at++;
	}
	if (at != slices.len)
		e = err_fail(
		    why, ERR_MALFORMED, "a slice holds more than one field");
out:
	buf_wipe(&all);
	return e;
}

static enum err
take_fields(struct seal_fields *out, const Ledger__Opening *in,
    const ProtobufCMessageDescriptor *desc, struct err_why *why)
{
	enum err e;

	if (in->n_fields > SLICE_MAX)
		return err_fail(why, ERR_LIMIT,
		    "an opening of %zu fields; at most %d", in->n_fields,
		    SLICE_MAX);
	out->desc = desc;
	out->len = in->n_fields;
	for (size_t i = 0; i < in->n_fields; i++) {
		e = take_field(&out->at[i], in->fields[i], desc, why);
		if (e != ERR_OK)
			return e;
		if (i > 0 && out->at[i].number <= out->at[i - 1].number)
			return err_fail(why, ERR_MALFORMED,
			    "field %u out of order", out->at[i].number);
	}
	return check_shown(out, why);
}

/* Of a type and version that are known here. */
static enum err
take_type(const ProtobufCMessageDescriptor **out, const Ledger__Opening *in,
    struct err_why *why)
{
	const ProtobufCMessageDescriptor *desc;

	desc = in->type == NULL ? NULL : seal_type(in->type);
	if (desc == NULL)
		return err_fail(why, ERR_UNSUPPORTED,
		    "records of type '%.100s' are not known",
		    in->type == NULL ? "" : in->type);
	if (!in->has_schema_version ||
	    in->schema_version != SEAL_SCHEMA_VERSION)
		return err_fail(why, ERR_UNSUPPORTED,
		    "schema version %u of %s is not known", in->schema_version,
		    desc->name);
	*out = desc;
	return ERR_OK;
}

enum err
seal_part_cut(
    struct seal_fields *out, const Ledger__Opening *in, struct err_why *why)
{
	const ProtobufCMessageDescriptor *desc = NULL;
	enum err e = take_type(&desc, in, why);

	if (e != ERR_OK)
		return e;
	if (in->n_fields != 0 || !in->has_message ||
	    view(in->has_record_key, in->record_key).len != SEAL_KEY_BYTES)
		return err_fail(why, ERR_MALFORMED,
		    "an opening has record key and message, or fields");
	return cut_message(
	    out, desc, bytes_of(in->message.data, in->message.len), why);
}

/* Either form of an opening; slices are views into it. */
static enum err
take_opening(
    struct seal_fields *out, const Ledger__Opening *in, struct err_why *why)
{
	const ProtobufCMessageDescriptor *desc = NULL;
	enum err e;

	if (!in->has_record_key && !in->has_message) {
		e = take_type(&desc, in, why);
		return e == ERR_OK ? take_fields(out, in, desc, why) : e;
	}
	e = seal_part_cut(out, in, why);
	if (e == ERR_OK)
		hash_fields(out, in->record_key.data);
	return e;
}

enum err
seal_open(struct buf *shown, const Ledger__Opening *opening,
    const struct hash *want, struct err_why *why)
{
	struct seal_fields fs;
	struct hash got;
	enum err e;

	e = take_opening(&fs, opening, why);
	if (e != ERR_OK)
		return e;
	commitment(&got, &fs);
	if (memcmp(got.b, want->b, HASH_BYTES) != 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "the opening of %s does not belong to its commitment",
		    fs.desc->name);
	for (size_t i = 0; i < fs.len && shown != NULL; i++) {
		if (fs.at[i].shown)
			buf_bytes(shown, fs.at[i].slice);
	}
	return shown == NULL ? ERR_OK : buf_ok(shown, why);
}

static ProtobufCBinaryData
copy(struct bytes in)
{
	ProtobufCBinaryData out = {in.len, mem_alloc(in.len, 1)};

	memcpy(out.data, in.ptr, in.len);
	return out;
}

static Ledger__FieldOpening *
make_field(const struct seal_field *f, bool shown)
{
	Ledger__FieldOpening *out = mem_alloc(1, sizeof(*out));

	ledger__field_opening__init(out);
	out->has_number = true;
	out->number = f->number;
	if (shown) {
		out->has_salt = true;
		out->salt = copy(bytes_hash(&f->salt));
		out->has_slice = true;
		out->slice = copy(f->slice);
	} else {
		out->has_digest = true;
		out->digest = copy(bytes_hash(&f->digest));
	}
	return out;
}

/* The fields on the list are shown, or (show false) all but these. */
struct choice {
	const uint32_t *list;
	size_t len;
	bool show;
};

static bool
chosen(const struct choice *c, uint32_t number)
{
	for (size_t i = 0; i < c->len; i++) {
		if (c->list[i] == number)
			return c->show;
	}
	return !c->show;
}

static enum err
choose(Ledger__Opening **out, const Ledger__Opening *whole,
    const struct choice *c, struct err_why *why)
{
	Ledger__Opening *o;
	struct seal_fields fs;
	enum err e;

	e = take_opening(&fs, whole, why);
	if (e != ERR_OK)
		return e;
	o = mem_alloc(1, sizeof(*o));
	ledger__opening__init(o);
	o->type = mem_strdup(fs.desc->name);
	o->has_schema_version = true;
	o->schema_version = SEAL_SCHEMA_VERSION;
	o->n_fields = fs.len;
	o->fields = mem_alloc(fs.len, sizeof(o->fields[0]));
	for (size_t i = 0; i < fs.len; i++) {
		const struct seal_field *f = &fs.at[i];

		o->fields[i] = make_field(f, f->shown && chosen(c, f->number));
	}
	for (size_t i = 0; i < fs.len; i++)
		crypto_wipe(&fs.at[i].salt, HASH_BYTES);
	*out = o;
	return ERR_OK;
}

enum err
seal_disclose(Ledger__Opening **out, const Ledger__Opening *whole,
    const uint32_t *show, size_t show_len, struct err_why *why)
{
	const struct choice c = {show, show_len, true};

	return choose(out, whole, &c, why);
}

enum err
seal_withhold(Ledger__Opening **out, const Ledger__Opening *whole,
    const uint32_t *hide, size_t hide_len, struct err_why *why)
{
	const struct choice c = {hide, hide_len, false};

	return choose(out, whole, &c, why);
}
