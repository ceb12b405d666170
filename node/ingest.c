/* ingest.c - operations that write: from a body to receipts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ingest.h"

#include "api.pb-c.h"
#include "config.pb-c.h"
#include "node/pack_store.h"
#include "node/quarantine_hold.h"
#include "node/service.h"
#include "node/showing.h"
#include "node/site.h"
#include "node/submit.h"
#include "node/submit_cross.h"
#include "node/submit_score.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

void
ingest_who(const struct ops_call *call, struct submit_who *out)
{
	out->subject = call->who.id;
	out->role = ops_role_name(call->who.role);
	out->areas = call->who.areas_len > 0 ? call->who.areas : NULL;
	out->areas_len = call->who.areas_len;
}

/* ---- what comes back from the committer ---- */

static void
free_result(void *work)
{
	submit_result_free(work);
}

static void
submitted(void *arg, struct submit_result *r)
{
	struct ops_call *call = arg;

	call->work = r;
	call->work_free = free_result;
	ops_finish(call, ERR_OK, NULL);
}

struct submit_to
ingest_towards(struct ops_call *call, struct submit_who *who,
    enum err (*complete)(struct ops_call *, struct err_why *))
{
	ingest_who(call, who);
	call->complete = complete;
	call->waiting = true;
	return (struct submit_to){.site = call->service->site,
	    .who = who,
	    .done = submitted,
	    .arg = call};
}

static enum err
refused(struct ops_call *call, enum err e, const struct rule *rule,
    const char *path, size_t item)
{
	const struct submit_result *r = call->work;

	call->rule = rule;
	call->said = r->said;
	if (rule != NULL &&
	    (r->rules.len > 1 || (r->rules.len == 1 && r->rules.at[0] != rule)))
		call->rules = r->rules;
	if (path != NULL && call->complete == ingest_reply_many)
		(void)snprintf(call->fault, sizeof call->fault, "$[%zu].%.60s",
		    item, path);
	else if (path != NULL)
		(void)snprintf(
		    call->fault, sizeof call->fault, "$.%.60s", path);
	return e;
}

/* The failure of the whole, or of its only item; ERR_OK: something is
 * durable. */
enum err
ingest_judge(struct ops_call *call, struct err_why *why)
{
	const struct submit_result *r = call->work;
	size_t bad = 0;

	if (r->error != ERR_OK) {
		if (why != NULL)
			*why = r->why;
		const char *path = r->len > 0 ? r->items[0].path : NULL;
		return refused(call, r->error, r->rule, path, 0);
	}
	while (bad < r->len && r->items[bad].error != ERR_OK)
		bad++;
	if (r->len == 0 || bad < r->len)
		return ERR_OK;
	if (why != NULL)
		*why = r->why;
	return refused(
	    call, r->items[0].error, r->items[0].rule, r->items[0].path, 0);
}

enum err
ingest_reply_one(struct ops_call *call, struct err_why *why)
{
	const struct submit_result *r = call->work;
	enum err e = ingest_judge(call, why);

	if (e != ERR_OK)
		return quarantine_hold(call, e, why);
	if (r->len == 0)
		return err_fail(why, ERR_CORRUPT, "no receipt");
	/* Kept, and not yet what was asked for. */
	if (r->items[0].provisional ||
	    r->items[0].rule == rule_get(RULE_ERASE_WAITS))
		call->status = 202;
	Ledger__Receipt *msg = submit_receipt(r, 0);
	if (msg->record_id != NULL && strlen(msg->record_id) < 40 &&
	    strncmp(call->op->path, "/v1/", 4) == 0) {
		const char *kind = call->op->path + 4;
		(void)snprintf(call->location, sizeof call->location,
		    "/v1/%.*s/%s", (int)strcspn(kind, "/"), kind,
		    msg->record_id);
	}
	ops_reply_message(call, &msg->base);
	ledger__receipt__free_unpacked(msg, NULL);
	return ERR_OK;
}

enum err
ingest_reply_many(struct ops_call *call, struct err_why *why)
{
	const struct submit_result *r = call->work;
	enum err e = ingest_judge(call, why);

	if (e != ERR_OK)
		return quarantine_hold_all(call, r, e, why);
	for (size_t i = 0; i < r->len; i++)
		if (r->items[i].provisional)
			call->status = 202;
	Api__Receipts *msg = submit_receipts(r);
	quarantine_hold_some(call, r, msg);
	ops_reply_message(call, &msg->base);
	api__receipts__free_unpacked(msg, NULL);
	return ERR_OK;
}

/* ---- arrays ---- */

/* The messages of a request: JSON object or array, or protobuf list. */
struct batch {
	struct json_list json;
	ProtobufCMessage *list; /* protobuf */
	struct arena memory; /* of the list */
};

static void
batch_free(struct batch *b)
{
	json_list_free(&b->json);
	arena_clear(&b->memory);
}

static enum err
too_many(size_t n, struct err_why *why)
{
	if (n == 0)
		return err_fail(why, ERR_MALFORMED, "$: the list is empty");
	if (n > OPS_LIST_MAX)
		return err_fail(
		    why, ERR_LIMIT, "$: at most %d items", OPS_LIST_MAX);
	return ERR_OK;
}

/* The items of a protobuf list, as messages that may be taken out of it. */
struct items {
	ProtobufCMessage **at;
	size_t len;
};

static struct items
items_of(const struct batch *b)
{
	const ProtobufCFieldDescriptor *f;
	const char *base = (const char *)b->list;
	struct items all = {b->json.at, b->json.len};

	if (b->list == NULL)
		return all;
	f = &b->list->descriptor->fields[0];
	memcpy(&all.len, base + f->quantifier_offset, sizeof all.len);
	memcpy(&all.at, base + f->offset, sizeof all.at);
	return all;
}

enum err
ingest_list(
    struct ops_call *call, const struct ingest_list *l, struct err_why *why)
{
	const ProtobufCMessageDescriptor *list = l->list;
	struct batch b = {.list = NULL};
	ProtobufCAllocator mem = arena_allocator(&b.memory);
	struct submit_who who;
	enum err e;

	assert(list->n_fields == 1 &&
	    list->fields[0].label == PROTOBUF_C_LABEL_REPEATED);
	if (ops_protobuf(call->content_type))
		e = slice_unpack_in(&b.list, list, call->body, &mem, why);
	else
		e = json_decode_list(&b.json, list->fields[0].descriptor,
		    call->body, OPS_LIST_MAX, why);
	if (e != ERR_OK)
		return quarantine_hold(call, e, why);
	struct items all = items_of(&b);
	e = too_many(all.len, why);
	if (e == ERR_OK) {
		struct submit_to to = ingest_towards(call, &who,
		    b.json.single ? ingest_reply_one : ingest_reply_many);
		l->put(&to, all.at, all.len,
		    b.list != NULL && !l->borrows ? &b.memory : NULL);
	}
	batch_free(&b);
	return e;
}

static void
put_alarms(const struct submit_to *to, ProtobufCMessage **at, size_t n,
    struct arena *memory)
{
	submit_given(to, LEDGER__KIND__ALARM, at, n, memory);
}

static void
put_signed(const struct submit_to *to, ProtobufCMessage **at, size_t n,
    struct arena *memory)
{
	(void)memory;
	submit_signed(to, (Api__EventPost *const *)(void *)at, n);
}

static void
put_cases(const struct submit_to *to, ProtobufCMessage **at, size_t n,
    struct arena *memory)
{
	submit_given(to, LEDGER__KIND__CASE, at, n, memory);
}

enum err
ingest_alarms(struct ops_call *call, struct err_why *why)
{
	static const struct ingest_list l = {
	    &config__alarm_list__descriptor, put_alarms, false};

	return ingest_list(call, &l, why);
}

enum err
ingest_signed(struct ops_call *call, struct err_why *why)
{
	static const struct ingest_list l = {
	    &api__signed_alarm_list__descriptor, put_signed, true};

	return ingest_list(call, &l, why);
}

enum err
ingest_cases(struct ops_call *call, struct err_why *why)
{
	static const struct ingest_list l = {
	    &config__case_list__descriptor, put_cases, false};

	return ingest_list(call, &l, why);
}

/* ---- single events ---- */

enum err
ingest_path_id(const struct ops_call *call,
    char out[static TEXT_UUID_CHARS + 1], struct err_why *why)
{
	uint8_t uuid[16];

	out[0] = '\0';
	if (call->arg[0].len == 0)
		return ERR_OK;
	enum err e = text_uuid_get(uuid, call->arg[0], why);
	if (e != ERR_OK)
		return err_fail(
		    why, ERR_MALFORMED, "id: expected a UUID in the path");
	text_uuid_put(out, uuid);
	return ERR_OK;
}

enum err
ingest_about(struct ops_call *call, char id[static TEXT_UUID_CHARS + 1],
    ProtobufCMessage **body, struct err_why *why)
{
	enum err e = ingest_path_id(call, id, why);

	return e == ERR_OK ? ops_body(call, body, why) : e;
}

static enum err
post_event(struct ops_call *call, Ledger__Kind kind, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	char id[TEXT_UUID_CHARS + 1];
	struct submit_who who;
	enum err e = ingest_about(call, id, &msg, why);

	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	submit_event(&to, kind, id[0] != '\0' ? id : NULL,
	    (const Api__EventPost *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}

enum err
ingest_alarm_event(struct ops_call *call, struct err_why *why)
{
	return post_event(call, LEDGER__KIND__ALARM, why);
}

enum err
ingest_incident(struct ops_call *call, struct err_why *why)
{
	return post_event(call, LEDGER__KIND__INCIDENT, why);
}

enum err
ingest_case_event(struct ops_call *call, struct err_why *why)
{
	return post_event(call, LEDGER__KIND__CASE, why);
}

enum err
ingest_hold(struct ops_call *call, struct err_why *why)
{
	return post_event(call, LEDGER__KIND__RETENTION, why);
}

enum err
ingest_permit(struct ops_call *call, struct err_why *why)
{
	return post_event(call, LEDGER__KIND__PERMIT, why);
}

enum err
ingest_certificate(struct ops_call *call, struct err_why *why)
{
	return post_event(call, LEDGER__KIND__CERTIFICATE, why);
}

enum err
ingest_actor(struct ops_call *call, struct err_why *why)
{
	return post_event(call, LEDGER__KIND__ACTOR, why);
}

/* ---- credentials ---- */

/* A certificate stands in no area: a token bound to some may not use it. */
enum err
ingest_whole_site(struct ops_call *call, struct err_why *why)
{
	if (call->who.areas_len == 0)
		return ERR_OK;
	call->code = "area_denied";
	return err_fail(why, ERR_DENIED, "a token bound to areas may not do %s",
	    call->op->name);
}

enum err
ingest_publish(struct ops_call *call, struct err_why *why)
{
	char id[TEXT_UUID_CHARS + 1];
	struct submit_who who;
	enum err e = ingest_whole_site(call, why);

	if (e == ERR_OK)
		e = ingest_path_id(call, id, why);
	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	submit_publish(&to, id);
	return ERR_OK;
}

enum err
ingest_present(struct ops_call *call, struct err_why *why)
{
	Api__PresentPost *post;
	ProtobufCMessage *msg = NULL;
	Record__Presentation *made = NULL;
	char id[TEXT_UUID_CHARS + 1];
	enum err e = ingest_whole_site(call, why);

	if (e == ERR_OK)
		e = ingest_about(call, id, &msg, why);
	if (e != ERR_OK)
		return e;
	post = (Api__PresentPost *)(void *)msg;
	if (post->record_id != NULL && strcmp(post->record_id, id) != 0) {
		e = err_fail(why, ERR_MALFORMED,
		    "$.recordId: differs from the id in the path");
		goto out;
	}
	free(post->record_id);
	post->record_id = mem_strdup(id);
	e = submit_present(call->service->site, post, &made, why);
	if (e != ERR_OK)
		goto out;
	ops_reply_message(call, &made->base);
	record__presentation__free_unpacked(made, NULL);
out:
	slice_free(msg);
	return e;
}

enum err
ingest_cross_check(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Record__CrossCheck *out = NULL;
	enum err e = ingest_whole_site(call, why);

	if (e == ERR_OK)
		e = ops_body(call, &msg, why);
	if (e != ERR_OK)
		return e;
	e = submit_cross(call->service->site,
	    (const Record__CrossCheck *)(const void *)msg, &out, &call->rule,
	    why);
	slice_free(msg);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &out->base);
	slice_free(&out->base);
	return ERR_OK;
}

enum err
ingest_challenge(struct ops_call *call, struct err_why *why)
{
	const struct site *s = call->service->site;
	Api__Challenge m = API__CHALLENGE__INIT;
	uint8_t c[SHOWING_CHALLENGE_BYTES];
	const int64_t now = site_now(call->service->site);
	struct buf hex;

	(void)why;
	showing_challenge(c, &s->index_mac, s->name, now);
	buf_init(&hex, 128);
	text_hex_put(&hex, bytes_of(c, sizeof c));
	m.challenge = mem_strdup(buf_cstr(&hex));
	m.has_expires_at = true;
	m.expires_at = now + SHOWING_CHALLENGE_S * INT64_C(1000000);
	ops_reply_message(call, &m.base);
	free(m.challenge);
	buf_clear(&hex);
	return ERR_OK;
}

enum err
ingest_presentation(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	/* Who that is here, only this node's own people may say. */
	const Record__Presentation *p =
	    (const Record__Presentation *)(void *)msg;
	if (call->who.role == OPS_PARTNER && p->holder != NULL) {
		(void)snprintf(call->fault, sizeof call->fault, "$.holder");
		slice_free(msg);
		return err_fail(why, ERR_DENIED,
		    "$.holder: a partner presents by holderRef alone");
	}
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	submit_presentation(
	    &to, (const Record__Presentation *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}

enum err
ingest_score(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	submit_score(&to, (const Record__Case *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}

/* ---- intelligence, erasure ---- */

enum err
ingest_intel(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	submit_intel_draft(&to, (const Api__EventPost *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}

enum err
ingest_intel_approve(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	char id[TEXT_UUID_CHARS + 1];
	struct submit_who who;
	enum err e = ingest_about(call, id, &msg, why);

	if (e != ERR_OK)
		return e;
	/* Two receipts: the approval and, on the alliance log, the release. */
	struct submit_to to = ingest_towards(call, &who, ingest_reply_many);
	submit_intel_approve(
	    &to, id, (const Api__EventPost *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}

enum err
ingest_erasure(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	submit_erasure(&to, (const Api__ErasurePost *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}

enum err
ingest_pack(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	pack_store_activate(&to, (const Api__PackPost *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}
