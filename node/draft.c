/* draft.c - from a message to a sealed, committed draft entry. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/draft.h"

#include "proto/slice.h"

/* What is erased together is wrapped together: persons apart from devices. */
enum retention {
	RETAIN_LOG = 1,
	RETAIN_DEVICE,
	RETAIN_WORK,
	RETAIN_PERSON,
	RETAIN_SHARED,
};

uint8_t
draft_retention_class(Ledger__Kind kind)
{
	unsigned k = (unsigned)kind;

	if (k < LEDGER__KIND__CREDENTIAL || k == LEDGER__KIND__RETENTION)
		return RETAIN_LOG;
	if (k < LEDGER__KIND__ALARM || k == LEDGER__KIND__SIGHTING ||
	    k == LEDGER__KIND__VEIL)
		return RETAIN_SHARED;
	if (k == LEDGER__KIND__ALARM)
		return RETAIN_DEVICE;
	if (k == LEDGER__KIND__PERMIT || k == LEDGER__KIND__CASE ||
	    k == LEDGER__KIND__DECISION || k == LEDGER__KIND__INCIDENT ||
	    k == LEDGER__KIND__DELIVERY || k == LEDGER__KIND__CHECKLIST ||
	    k == LEDGER__KIND__SNAPSHOT)
		return RETAIN_WORK;
	return RETAIN_PERSON;
}

static void
fill_opening(Ledger__Opening *o, const ProtobufCMessage *msg,
    struct bytes message, const uint8_t *key)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} m = {message.ptr}, k = {key};
	union {
		const char *in;
		char *out;
	} type = {msg->descriptor->name};

	ledger__opening__init(o);
	o->type = type.out;
	o->has_schema_version = true;
	o->schema_version = SEAL_SCHEMA_VERSION;
	o->has_record_key = true;
	o->record_key = (ProtobufCBinaryData){SEAL_KEY_BYTES, k.out};
	o->has_message = true;
	o->message = (ProtobufCBinaryData){message.len, m.out};
}

/* Opens, commits to and packs the parts into d->plain. */
static enum err
pack_sealed(struct draft *d, const struct draft_spec *spec, const uint8_t *key,
    struct err_why *why)
{
	Ledger__Sealed sealed = LEDGER__SEALED__INIT;
	Ledger__Opening body;
	Ledger__Opening annex;
	uint8_t annex_key[SEAL_KEY_BYTES];
	struct buf annex_bytes;
	Ledger__Auth auth;
	enum err e = ERR_OK;

	buf_init(&annex_bytes, SEAL_MESSAGE_MAX);
	if (spec->commitment != NULL)
		d->commitment = *spec->commitment;
	else
		e = seal_commit(&d->commitment, spec->body->descriptor,
		    d->event.message, key, why);
	if (e != ERR_OK)
		goto out;
	fill_opening(&body, spec->body, d->event.message, key);
	sealed.body = &body;
	d->event.draft.commitment = &d->commitment;
	if (spec->annex != NULL) {
		slice_pack(&annex_bytes, &spec->annex->base);
		crypto_random(annex_key, sizeof annex_key);
		e = seal_commit(&d->annex, spec->annex->base.descriptor,
		    buf_view(&annex_bytes), annex_key, why);
		if (e != ERR_OK)
			goto out;
		fill_opening(&annex, &spec->annex->base, buf_view(&annex_bytes),
		    annex_key);
		sealed.annex = &annex;
		d->event.draft.annex = &d->annex;
	}
	if (spec->auth != NULL) {
		auth = *spec->auth;
		seal_auth(&d->auth, bytes_of(auth.salt.data, auth.salt.len),
		    bytes_of(auth.key.data, auth.key.len),
		    bytes_of(auth.signature.data, auth.signature.len));
		sealed.auth = &auth;
		d->event.draft.auth = &d->auth;
	}
	slice_pack(&d->plain, &sealed.base);
	e = buf_ok(&d->plain, why);
out:
	buf_clear(&annex_bytes);
	crypto_wipe(annex_key, sizeof annex_key);
	return e;
}

enum err
draft_make(struct draft *out, const struct draft_spec *spec,
    struct vault *vault, int64_t now_us, struct err_why *why)
{
	struct log_draft *l = &out->event.draft;
	uint8_t key[SEAL_KEY_BYTES];
	enum err e;

	*out = (struct draft){0};
	buf_init(&out->message, SEAL_MESSAGE_MAX);
	buf_init(&out->plain, LOG_SEALED_MAX);
	buf_init(&out->arena, LOG_SEALED_MAX + 4096);
	out->event.slot = spec->slot;
	out->event.body = spec->body;
	out->event.annex = spec->annex;
	out->event.message = spec->message;
	if (spec->message.len == 0) {
		slice_pack(&out->message, spec->body);
		e = buf_ok(&out->message, why);
		if (e != ERR_OK)
			return e;
		out->event.message = buf_view(&out->message);
	}
	l->kind = spec->kind;
	l->event_seq = spec->event_seq;
	l->outcome = spec->outcome;
	l->retention_class = draft_retention_class(spec->kind);
	if (spec->record_id != NULL) {
		memcpy(out->record_id, spec->record_id, 16);
		l->record_id = out->record_id;
	}
	if (spec->event_id != NULL) {
		memcpy(out->event_id, spec->event_id, 16);
		l->event_id = out->event_id;
	}
	if (spec->record_key != NULL)
		memcpy(key, spec->record_key, sizeof key);
	else
		crypto_random(key, sizeof key);
	e = pack_sealed(out, spec, key, why);
	crypto_wipe(key, sizeof key);
	if (e != ERR_OK)
		return e;
	l->plain = buf_view(&out->plain);
	if (vault == NULL)
		return ERR_OK;
	return vault_seal(vault, l->plain, l->retention_class, now_us,
	    &out->arena, &l->sealed, why);
}

void
draft_clear(struct draft *d)
{
	buf_wipe(&d->message);
	buf_wipe(&d->plain);
	buf_clear(&d->arena);
}

enum err
draft_append(struct commit_ctx *ctx, const struct draft_spec *spec,
    struct log_place *out, struct err_why *why)
{
	struct draft d = {0};
	enum err e;

	e = draft_make(&d, spec, NULL, ctx->now_us, why);
	if (e == ERR_OK)
		e = commit_append(ctx, &d.event, out, why);
	draft_clear(&d);
	return e;
}
