/* submit_post.c - a person's event as it was posted, parsed and verified. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_post.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/actor_right.h"
#include "node/actor_role.h"
#include "node/submit_own.h"
#include "node/timekeep.h"
#include "proto/slice.h"
#include "proto/text.h"

_Static_assert(SUBMIT_ALARMS_MAX <= SIGNATURE_BATCH_MAX, "one array, one head");

static enum err
fails(struct submit_post_fault *f, enum rule_id id, const char *path,
    struct err_why *why)
{
	f->rule = rule_get(id);
	f->path = path;
	return rule_fail(why, submit_op_err(f->rule), f->rule, path);
}

struct choice {
	Ledger__Kind kind;
	const ProtobufCMessageDescriptor *type;
	const ProtobufCMessage *plain;
};

/* The plain body of the kind, and that there is no other. */
static enum err
choose(struct choice *c, const Api__EventPost *p,
    struct submit_post_fault *fault, struct err_why *why)
{
	const struct choice all[] = {
	    {LEDGER__KIND__ALARM, &record__alarm__descriptor,
	        (const ProtobufCMessage *)p->alarm},
	    {LEDGER__KIND__PERMIT, &record__permit__descriptor,
	        (const ProtobufCMessage *)p->permit},
	    {LEDGER__KIND__CERTIFICATE, &record__certificate__descriptor,
	        (const ProtobufCMessage *)p->certificate},
	    {LEDGER__KIND__CASE, &record__case__descriptor,
	        (const ProtobufCMessage *)p->case_event},
	    {LEDGER__KIND__ACTOR, &record__actor__descriptor,
	        (const ProtobufCMessage *)p->actor},
	    {LEDGER__KIND__INTEL, &record__intel__descriptor,
	        (const ProtobufCMessage *)p->intel},
	    {LEDGER__KIND__INCIDENT, &record__incident__descriptor,
	        (const ProtobufCMessage *)p->incident},
	    {LEDGER__KIND__RETENTION, &record__retention__descriptor,
	        (const ProtobufCMessage *)p->retention},
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (all[i].kind == c->kind)
			*c = all[i];
		else if (all[i].plain != NULL)
			return fails(fault, RULE_KIND_MISMATCH, NULL, why);
	}
	if (c->type == NULL || (c->plain != NULL) == (p->signed_ != NULL))
		return fails(fault, RULE_FIELD_MISSING, "signed", why);
	return ERR_OK;
}

static enum err
read_id(uint8_t out[static 16], const char *text, const char *path,
    struct submit_post_fault *fault, struct err_why *why)
{
	if (text_uuid_get(out, bytes_str(text), why) != ERR_OK)
		return fails(fault, RULE_FIELD_RANGE, path, why);
	return ERR_OK;
}

static enum err
read_ids(struct submit_post *out, const char *record_id,
    const Api__EventPost *post, int64_t now, struct submit_post_fault *fault,
    struct err_why *why)
{
	enum err e;

	out->later = record_id != NULL;
	if (record_id == NULL)
		record_id = post->record_id;
	else if (post->record_id != NULL &&
	    strcmp(record_id, post->record_id) != 0)
		return fails(fault, RULE_FIELD_RANGE, "recordId", why);
	if (record_id != NULL) {
		e = read_id(out->record_id, record_id, "recordId", fault, why);
		if (e != ERR_OK)
			return e;
	} else if (post->signed_ != NULL) {
		return fails(fault, RULE_FIELD_MISSING, "recordId", why);
	} else {
		crypto_uuid7(out->record_id, now);
	}
	if (post->event_id != NULL)
		return read_id(
		    out->event_id, post->event_id, "eventId", fault, why);
	if (post->signed_ != NULL)
		return fails(fault, RULE_FIELD_MISSING, "eventId", why);
	crypto_uuid7(out->event_id, now);
	return ERR_OK;
}

/* occurred_at of any body that has it; 0: absent.  False: it has no such
 * field. */
static bool
body_time(const ProtobufCMessage *b, int64_t *us)
{
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(
	        b->descriptor, "occurred_at");

	*us = 0;
	if (f != NULL && f->type == PROTOBUF_C_TYPE_INT64)
		memcpy(us, (const char *)b + f->offset, sizeof *us);
	return f != NULL;
}

/* Copies key and signature into place and builds the disclosure. */
static bool
take_auth(struct submit_post *out, const Api__SignedEvent *in)
{
	if (in->key.len != sizeof out->key || in->signature.len == 0 ||
	    in->signature.len > sizeof out->signature ||
	    in->record_key.len != sizeof out->record_key)
		return false;
	memcpy(out->key, in->key.data, sizeof out->key);
	memcpy(out->signature, in->signature.data, in->signature.len);
	memcpy(out->record_key, in->record_key.data, sizeof out->record_key);
	crypto_random(out->salt, sizeof out->salt);
	ledger__auth__init(&out->auth);
	out->auth.has_salt = true;
	out->auth.salt = (ProtobufCBinaryData){sizeof out->salt, out->salt};
	out->auth.has_key = true;
	out->auth.key = (ProtobufCBinaryData){sizeof out->key, out->key};
	out->auth.has_signature = true;
	out->auth.signature =
	    (ProtobufCBinaryData){in->signature.len, out->signature};
	out->auth.has_occurred_us = true;
	out->auth.occurred_us = in->occurred_at;
	out->auth.has_based_on_seq = true;
	out->auth.based_on_seq = in->based_on_seq;
	return true;
}

static enum err
verify(const struct submit_post *p, const struct site *s, struct err_why *why)
{
	const struct seal_event ev = {
	    .node_name = s->name,
	    .kind = (uint16_t)p->kind,
	    .record_id = p->record_id,
	    .event_id = p->event_id,
	    .occurred_us = p->occurred_us,
	    .based_on_seq = p->based_on,
	    .commitment = &p->commitment,
	};

	return signature_check(&ev, bytes_of(p->key, sizeof p->key),
	    bytes_of(p->auth.signature.data, p->auth.signature.len),
	    p->shared != NULL ? &p->shared->head : NULL, why);
}

/* Committed to first, which finds whether it is canonical; then decoded. */
static enum err
take_message(struct submit_post *out, const ProtobufCMessageDescriptor *type,
    const Api__SignedEvent *in, struct err_why *why)
{
	ProtobufCAllocator mem;
	struct bytes message;
	enum err e;

	buf_put(&out->message, in->message.data, in->message.len);
	e = buf_ok(&out->message, why);
	message = buf_view(&out->message);
	if (e == ERR_OK)
		e = seal_commit(
		    &out->commitment, type, message, out->record_key, why);
	if (e != ERR_OK)
		return e;
	if (out->shared == NULL)
		return slice_decode_in(&out->body, type, message, NULL, why);
	mem = arena_allocator(&out->shared->memory);
	return slice_decode_in(&out->body, type, message, &mem, why);
}

static enum err
read_signed(struct submit_post *out, const struct site *s,
    const struct choice *c, const Api__SignedEvent *in,
    struct submit_post_fault *fault, struct err_why *why)
{
	int64_t said;
	enum err e;

	if (!take_auth(out, in))
		return fails(fault, RULE_FIELD_RANGE, "signed", why);
	out->is_signed = true;
	out->occurred_us = in->occurred_at;
	out->based_on = in->based_on_seq;
	e = take_message(out, c->type, in, why);
	if (e != ERR_OK) {
		fault->path = "signed.message";
		return err_wrap(why, e, "signed.message");
	}
	/* One time, not two that can be played against each other. */
	if (in->occurred_at <= 0 ||
	    (body_time(out->body, &said) && said != in->occurred_at))
		return fails(fault, RULE_FIELD_RANGE, "signed.occurredAt", why);
	e = verify(out, s, why);
	if (e != ERR_OK) {
		fault->rule = rule_get(RULE_SIGNATURE_INVALID);
		fault->path = "signed.signature";
	}
	return e;
}

/* Whom a slip of the pen enrols cannot sign when it matters. */
static enum err
check_roles(const struct submit_post *p, const struct site *s,
    struct submit_post_fault *fault, struct err_why *why)
{
	const Record__Actor *a = (const Record__Actor *)p->body;
	enum err e;

	if (a->action != RECORD__ACTOR__ACTION__ENROL)
		return ERR_OK;
	e = actor_role_check(s->packs, a, why);
	if (e != ERR_OK)
		fault->path = "roles";
	return e;
}

enum err
submit_post_read(struct submit_post *out, struct site *s, const char *record_id,
    const Api__EventPost *post, struct submit_post_fault *fault,
    struct err_why *why)
{
	struct choice c = {.kind = out->kind};
	int64_t now = site_now(s);
	enum err e;

	buf_init(&out->message, SEAL_MESSAGE_MAX);
	e = choose(&c, post, fault, why);
	if (e != ERR_OK)
		return e;
	e = read_ids(out, record_id, post, now, fault, why);
	if (e != ERR_OK)
		return e;
	if (post->signed_ != NULL)
		e = read_signed(out, s, &c, post->signed_, fault, why);
	else
		e = submit_op_copy(c.plain, &out->message, &out->body, why);
	if (e == ERR_OK) {
		e = submit_op_check(out->body, &fault->path, why);
		if (e != ERR_OK)
			fault->rule = rule_get(RULE_FIELD_RANGE);
	}
	if (e == ERR_OK && out->kind == LEDGER__KIND__ACTOR)
		e = check_roles(out, s, fault, why);
	/* A new alarm is never lost over a wrong clock (submit_alarm.c). */
	bool alarm = out->kind == LEDGER__KIND__ALARM && !out->later;
	if (e == ERR_OK && !alarm &&
	    submit_post_occurred(out, now) >
	        timekeep_span(s, now).to_us + SUBMIT_FUTURE_US)
		e = fails(fault, RULE_TIME_FUTURE, "occurredAt", why);
	return e;
}

void
submit_post_clear(struct submit_post *p)
{
	/* Only what was signed lies in the shared memory (take_message). */
	if (p->shared == NULL || !p->is_signed)
		slice_free(p->body);
	p->body = NULL;
	buf_wipe(&p->message);
	crypto_wipe(p->record_key, sizeof p->record_key);
}

int64_t
submit_post_occurred(const struct submit_post *p, int64_t now_us)
{
	int64_t us = p->occurred_us;

	if (!p->is_signed)
		(void)body_time(p->body, &us);
	return us != 0 ? us : now_us;
}

const struct rule *
submit_post_right(const struct submit_post *p, struct commit_ctx *ctx,
    const struct actor_right *right, enum err *e)
{
	const struct rule *rule = NULL;
	Record__Actor *actor = NULL;

	*e = fold_actor(&ctx->fold, ctx->site->evidence,
	    bytes_of(p->key, sizeof p->key), &actor, NULL);
	if (*e == ERR_NOT_FOUND) {
		*e = ERR_OK;
		return rule_get(RULE_ACTOR_UNKNOWN);
	}
	if (*e != ERR_OK)
		return NULL;
	rule = actor_right_missing(ctx, actor, right, e);
	slice_free(&actor->base);
	return rule;
}

const struct rule *
submit_post_signer(const struct submit_post *p, struct commit_ctx *ctx,
    char *const *roles, size_t roles_len, uint64_t area, enum err *e)
{
	const struct actor_right right = {.roles = roles,
	    .roles_len = roles_len,
	    .area = area,
	    .at_us = submit_post_occurred(p, ctx->now_us)};

	return submit_post_right(p, ctx, &right, e);
}

const struct rule *
submit_post_giver(const struct submit_post *p, struct commit_ctx *ctx,
    char *const *roles, size_t roles_len, uint64_t area, enum err *e)
{
	const struct actor_right right = {.roles = roles,
	    .roles_len = roles_len,
	    .area = area,
	    .at_us = timekeep_span(ctx->site, ctx->now_us).to_us};
	const struct rule *rule =
	    submit_post_signer(p, ctx, roles, roles_len, area, e);

	if (rule != NULL || *e != ERR_OK)
		return rule;
	return submit_post_right(p, ctx, &right, e);
}

enum err
submit_post_name(const struct submit_post *p, struct commit_ctx *ctx,
    uint64_t *out, struct err_why *why)
{
	Record__Actor *actor = NULL;
	enum err e;

	*out = 0;
	if (!p->is_signed)
		return ERR_OK;
	e = fold_actor(&ctx->fold, ctx->site->evidence,
	    bytes_of(p->key, sizeof p->key), &actor, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	*out = actor->name != NULL ? strtoull(actor->name, NULL, 16) : 0;
	slice_free(&actor->base);
	return ERR_OK;
}

enum err
submit_post_source(const struct submit_post *p, struct commit_ctx *ctx,
    const char *source, uint64_t area, const struct rule **rule,
    struct err_why *why)
{
	static char role_source[] = ACTOR_ROLE_SOURCE;
	char *roles[] = {role_source};
	Record__Actor *actor = NULL;
	char name[17];
	enum err e;

	*rule = NULL;
	e = fold_actor(&ctx->fold, ctx->site->evidence,
	    bytes_of(p->key, sizeof p->key), &actor, why);
	if (e == ERR_NOT_FOUND) {
		*rule = rule_get(RULE_SOURCE_KEY);
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	(void)snprintf(name, sizeof name, "%016" PRIx64,
	    fold_hash(ctx->fold.mac, FOLD_SUBJECT, source));
	*rule = actor_right_missing(ctx, actor,
	    &(struct actor_right){.roles = roles,
	        .roles_len = 1,
	        .area = area,
	        .at_us = submit_post_occurred(p, ctx->now_us)},
	    &e);
	if (actor->name == NULL || strcmp(actor->name, name) != 0 ||
	    *rule == rule_get(RULE_ROLE_MISSING))
		*rule = rule_get(RULE_SOURCE_KEY);
	slice_free(&actor->base);
	return e;
}

bool
submit_post_takes_own(const struct submit_post *p)
{
	return !p->later && submit_own_is(p->record_id);
}

struct draft_spec
submit_post_spec(const struct submit_post *p, struct commit_ctx *ctx,
    uint32_t event_seq, unsigned outcome, const Record__Annex *annex)
{
	return (struct draft_spec){
	    .slot = ctx->site->evidence,
	    .kind = p->kind,
	    .body = p->body,
	    .message = buf_view(&p->message),
	    .record_key = p->is_signed ? p->record_key : NULL,
	    .commitment = p->is_signed ? &p->commitment : NULL,
	    .annex = annex,
	    .auth = p->is_signed ? &p->auth : NULL,
	    .record_id = p->record_id,
	    .event_id = p->event_id,
	    .event_seq = event_seq,
	    .outcome = (Ledger__Outcome)outcome,
	};
}

enum err
submit_post_known(const struct submit_post *p, struct commit_ctx *ctx,
    struct submit_receipt *out, const struct rule **rule, struct err_why *why)
{
	uint16_t slot = ctx->site->evidence;
	struct submit_receipt found = {0};
	ProtobufCMessage *body = NULL;
	struct buf bytes;
	uint64_t index;
	enum err e;

	e = fold_by_event_id(&ctx->fold, slot, p->event_id, &index, why);
	if (e != ERR_OK)
		return e;
	e = submit_op_found(ctx, slot, index, &found, why);
	if (e != ERR_OK)
		return e;
	*rule = rule_get(RULE_EVENT_EXISTS);
	e = submit_op_body(ctx, slot, index, p->body->descriptor, &body, why);
	if (e != ERR_OK) {
		submit_op_forget(&found);
		/* Erased or of another type. */
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	}
	buf_init(&bytes, SEAL_MESSAGE_MAX);
	slice_pack(&bytes, body);
	if ((!p->later || memcmp(found.record_id, p->record_id, 16) == 0) &&
	    bytes_equal(buf_view(&bytes), buf_view(&p->message))) {
		*rule = NULL;
		submit_op_forget(out);
		*out = found;
		found.earlier = NULL;
	}
	submit_op_forget(&found);
	buf_clear(&bytes);
	slice_free(body);
	return ERR_OK;
}

void
submit_post_signed(Api__SignedEvent *out, struct submit_post *p)
{
	api__signed_event__init(out);
	out->has_message = true;
	out->message = (ProtobufCBinaryData){p->message.len, p->message.ptr};
	out->has_record_key = true;
	out->record_key =
	    (ProtobufCBinaryData){sizeof p->record_key, p->record_key};
	out->has_occurred_at = true;
	out->occurred_at = p->occurred_us;
	out->has_based_on_seq = true;
	out->based_on_seq = p->based_on;
	out->has_key = true;
	out->key = (ProtobufCBinaryData){sizeof p->key, p->key};
	out->has_signature = true;
	out->signature = p->auth.signature;
}
