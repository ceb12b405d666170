/* disclosure.c - one opened record as a file people can read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/disclosure.h"

#include "ledger/seal.h"
#include "proto/json.h"
#include "proto/slice.h"

#define NAME_BYTES 128

static const ProtobufCMessageDescriptor *
message_of(const ProtobufCFieldDescriptor *f)
{
	return f->descriptor;
}

/* The member of ledger.Shown that holds messages of this type, or NULL. */
static const ProtobufCFieldDescriptor *
shown_member(const char *type)
{
	const ProtobufCMessageDescriptor *d = &ledger__shown__descriptor;

	for (unsigned i = 0; i < d->n_fields; i++) {
		if (strcmp(message_of(&d->fields[i])->name, type) == 0)
			return &d->fields[i];
	}
	return NULL;
}

static ProtobufCMessage **
shown_slot(Ledger__Shown *s, const ProtobufCFieldDescriptor *f)
{
	return (void *)((uint8_t *)s + f->offset);
}

static const ProtobufCMessage *
shown_at(const Ledger__Shown *s, const ProtobufCFieldDescriptor *f)
{
	const void *slot = (const uint8_t *)s + f->offset;

	return *(ProtobufCMessage *const *)slot;
}

/* ---- opening ---- */

static struct bytes
view(ProtobufCBinaryData d)
{
	return bytes_of(d.data, d.len);
}

/* A commitment field of the leaf; 32 bytes or ERR_MALFORMED. */
static enum err
commitment_of(struct hash *out, struct bytes field, struct err_why *why)
{
	if (field.len != HASH_BYTES)
		return err_fail(
		    why, ERR_MALFORMED, "commitment of %zu bytes", field.len);
	memcpy(out->b, field.ptr, HASH_BYTES);
	return ERR_OK;
}

static enum err
open_part(struct buf *out, const Ledger__Opening *part, bool committed,
    ProtobufCBinaryData field, struct err_why *why)
{
	struct hash want;
	enum err e;

	if (!part)
		return ERR_OK;
	if (!committed)
		return err_fail(why, ERR_UNVERIFIED,
		    "shows what the leaf does not commit to");
	e = commitment_of(&want, view(field), why);
	if (e != ERR_OK)
		return e;
	return seal_open(out, part, &want, why);
}

enum err
disclosure_open(struct buf *body, struct buf *annex,
    const Ledger__Sealed *sealed, const Ledger__Entry *leaf,
    struct err_why *why)
{
	struct hash want;
	enum err e;

	e = open_part(
	    body, sealed->body, leaf->has_commitment, leaf->commitment, why);
	if (e != ERR_OK)
		return e;
	e = open_part(annex, sealed->annex, leaf->has_annex_commitment,
	    leaf->annex_commitment, why);
	if (e != ERR_OK || !sealed->auth)
		return e;
	if (!leaf->has_auth_commitment)
		return err_fail(why, ERR_UNVERIFIED,
		    "shows a signature the leaf does not commit to");
	e = commitment_of(&want, view(leaf->auth_commitment), why);
	if (e != ERR_OK)
		return e;
	return seal_auth_open(sealed->auth, &want, why);
}

/* ---- the readable half ---- */

static bool
says(const ProtobufCMessage *msg, struct bytes bytes)
{
	struct buf packed = {0};
	bool same;

	if (!msg)
		return false;
	buf_init(&packed, SEAL_MESSAGE_MAX * 2);
	slice_pack(&packed, msg);
	same = buf_ok(&packed, NULL) == ERR_OK &&
	    bytes_equal(buf_view(&packed), bytes);
	buf_clear(&packed);
	return same;
}

/* Only the member for the body's type is there, and it says the same. */
static bool
body_says(const Ledger__Disclosure *d, struct bytes body)
{
	const Ledger__Opening *o = d->sealed->body;
	const ProtobufCMessageDescriptor *desc = &ledger__shown__descriptor;
	const ProtobufCFieldDescriptor *want = o ? shown_member(o->type) : NULL;

	if (!want)
		return !d->shown;
	if (!d->shown)
		return false;
	for (unsigned i = 0; i < desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &desc->fields[i];

		if (f != want && shown_at(d->shown, f))
			return false;
	}
	return says(shown_at(d->shown, want), body);
}

enum err
disclosure_readable(const Ledger__Disclosure *d, struct bytes body,
    struct bytes annex, struct err_why *why)
{
	if (!body_says(d, body))
		return err_fail(why, ERR_UNVERIFIED,
		    "\"shown\" is not what the slices say");
	if (!d->sealed->annex)
		return d->shown_annex
		    ? err_fail(why, ERR_UNVERIFIED,
		          "\"shownAnnex\" without a disclosed annex")
		    : ERR_OK;
	if (strcmp(d->sealed->annex->type, "record.Annex") != 0)
		return err_fail(why, ERR_UNSUPPORTED, "annex of type %.100s",
		    d->sealed->annex->type);
	if (!d->shown_annex || !says(&d->shown_annex->base, annex))
		return err_fail(why, ERR_UNVERIFIED,
		    "\"shownAnnex\" is not what the slices say");
	return ERR_OK;
}

/* ---- files ---- */

static enum err
fill_shown(Ledger__Disclosure *d, struct bytes body, struct bytes annex,
    struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	enum err e;

	if (d->sealed->body) {
		const ProtobufCFieldDescriptor *f =
		    shown_member(d->sealed->body->type);
		if (f) {
			e = slice_unpack(&msg, message_of(f), body, why);
			if (e != ERR_OK)
				return e;
			*shown_slot(d->shown, f) = msg;
		} else {
			d->shown = NULL;
		}
	} else {
		d->shown = NULL;
	}
	if (!d->sealed->annex)
		return ERR_OK;
	e = slice_unpack(&msg, &record__annex__descriptor, annex, why);
	if (e == ERR_OK)
		d->shown_annex = (void *)msg;
	return e;
}

enum err
disclosure_put(struct buf *out, uint64_t index, const Ledger__Entry *leaf,
    const Ledger__Sealed *sealed, struct err_why *why)
{
	Ledger__Disclosure d = LEDGER__DISCLOSURE__INIT;
	Ledger__Shown shown = LEDGER__SHOWN__INIT;
	Ledger__Sealed copy = *sealed;
	const ProtobufCFieldDescriptor *f;
	struct buf body = {0}, annex = {0};
	enum err e;

	buf_init(&body, SEAL_MESSAGE_MAX);
	buf_init(&annex, SEAL_MESSAGE_MAX);
	e = disclosure_open(&body, &annex, sealed, leaf, why);
	if (e != ERR_OK)
		goto out;
	d.has_index = 1;
	d.index = index;
	d.sealed = &copy;
	d.shown = &shown;
	e = fill_shown(&d, buf_view(&body), buf_view(&annex), why);
	if (e != ERR_OK)
		goto out;
	json_encode(out, &d.base, JSON_PRETTY);
	e = buf_ok(out, why);
out:
	f = sealed->body ? shown_member(sealed->body->type) : NULL;
	if (f)
		slice_free(*shown_slot(&shown, f));
	if (d.shown_annex)
		slice_free(&d.shown_annex->base);
	buf_clear(&annex);
	buf_clear(&body);
	return e;
}

enum err
disclosure_get(Ledger__Disclosure **out, struct bytes json, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Ledger__Disclosure *d;
	enum err e;

	e = json_decode(&msg, &ledger__disclosure__descriptor, json, why);
	if (e != ERR_OK)
		return e;
	d = (void *)msg;
	if (!d->has_index || !d->sealed ||
	    (d->sealed->body && !d->sealed->body->type) ||
	    (d->sealed->annex && !d->sealed->annex->type)) {
		slice_free(msg);
		return err_fail(
		    why, ERR_MALFORMED, "index, sealed or a type missing");
	}
	*out = d;
	return ERR_OK;
}

/* ---- field names ---- */

static bool
named(const ProtobufCFieldDescriptor *f, const char *name)
{
	char json[NAME_BYTES];

	json_name(json, sizeof(json), f->name);
	return strcmp(json, name) == 0;
}

size_t
disclosure_fields(
    uint32_t *out, const char *type, const char *const *names, size_t names_len)
{
	const ProtobufCMessageDescriptor *d = seal_type(type);
	size_t len = 0;

	for (unsigned i = 0; d && i < d->n_fields && len < SLICE_MAX; i++) {
		for (size_t n = 0; n < names_len; n++) {
			if (named(&d->fields[i], names[n])) {
				out[len++] = d->fields[i].id;
				break;
			}
		}
	}
	return len;
}

bool
disclosure_knows(const char *name)
{
	const ProtobufCMessageDescriptor *d = &ledger__shown__descriptor;

	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCMessageDescriptor *m = message_of(&d->fields[i]);
		for (unsigned f = 0; f < m->n_fields; f++) {
			if (named(&m->fields[f], name))
				return true;
		}
	}
	return false;
}
