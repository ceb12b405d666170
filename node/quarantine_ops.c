/* quarantine_ops.c - operations on what is kept in quarantine. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/quarantine_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/ingest.h"
#include "node/quarantine.h"
#include "node/quarantine_part.h"
#include "node/service.h"
#include "node/submit_note.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define LIMIT 100
#define NAME_MAX_BYTES 128
#define REASON_MAX 1000

/* Whose messages the asker may see; NULL: all. */
static const char *
whose(const struct ops_call *call)
{
	return call->who.areas_len > 0 ? call->who.id : NULL;
}

static enum err
fetch(struct ops_call *call, uint8_t id[static 16], Api__Quarantined **out,
    struct err_why *why)
{
	enum err e = text_uuid_get(id, call->arg[0], NULL);

	if (e != ERR_OK)
		return err_fail(
		    why, ERR_MALFORMED, "id: expected a UUID in the path");
	e = quarantine_get(call->service->quarantine, id, out, why);
	if (e != ERR_OK)
		return e;
	if (whose(call) == NULL || strcmp((*out)->token, whose(call)) == 0)
		return ERR_OK;
	api__quarantined__free_unpacked(*out, NULL);
	*out = NULL;
	return err_fail(why, ERR_NOT_FOUND, "no such message in quarantine");
}

/* ---- reading ---- */

static void
set_id(Api__Quarantined *m, const uint8_t *id)
{
	free(m->quarantine_id);
	m->quarantine_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(m->quarantine_id, id);
}

static void
hide_body(Api__Quarantined *m)
{
	free(m->body.data);
	m->body = (ProtobufCBinaryData){0, NULL};
	m->has_body = false;
}

static enum err
page_of(struct ops_call *call, size_t *limit, uint8_t after[static 16],
    bool *resumed, struct err_why *why)
{
	const char *cursor = params_get(&call->params, "cursor");
	uint64_t n = LIMIT;
	enum err e = params_u64(&call->params, "limit", OPS_LIST_MAX, &n, why);

	if (e == ERR_OK && n == 0)
		e = err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    OPS_LIST_MAX);
	*limit = (size_t)n;
	*resumed = cursor != NULL;
	if (e == ERR_OK && cursor != NULL &&
	    text_uuid_get(after, bytes_str(cursor), NULL) != ERR_OK)
		e = err_fail(why, ERR_MALFORMED, "cursor: not one of ours");
	return e;
}

enum err
quarantine_ops_list(struct ops_call *call, struct err_why *why)
{
	struct quarantine *q = call->service->quarantine;
	uint8_t(*ids)[16] = NULL;
	uint8_t after[16];
	Api__QuarantineList *all;
	size_t limit, n;
	bool resumed;
	enum err e = page_of(call, &limit, after, &resumed, why);

	if (e != ERR_OK)
		return e;
	ids = mem_alloc(limit + 1, sizeof *ids);
	n = quarantine_ids(
	    q, resumed ? after : NULL, whose(call), ids, limit + 1);
	all = mem_alloc(1, sizeof *all);
	api__quarantine_list__init(all);
	all->items = mem_alloc(limit, sizeof *all->items);
	all->has_kept = all->has_kept_bytes = true;
	quarantine_count(q, &all->kept, &all->kept_bytes);
	for (size_t i = 0; i < n && i < limit; i++) {
		Api__Quarantined *m = NULL;

		/* One that somebody has just decided on is passed over. */
		if (quarantine_get(q, ids[i], &m, NULL) != ERR_OK)
			continue;
		set_id(m, ids[i]);
		hide_body(m);
		all->items[all->n_items++] = m;
	}
	if (n > limit) {
		all->next_cursor = mem_alloc(TEXT_UUID_CHARS + 1, 1);
		text_uuid_put(all->next_cursor, ids[limit - 1]);
	}
	free(ids);
	ops_reply_message(call, &all->base);
	api__quarantine_list__free_unpacked(all, NULL);
	return ERR_OK;
}

enum err
quarantine_ops_get(struct ops_call *call, struct err_why *why)
{
	Api__Quarantined *m = NULL;
	uint8_t id[16];
	enum err e = fetch(call, id, &m, why);

	if (e != ERR_OK)
		return e;
	set_id(m, id);
	if (text_utf8_ok(bytes_of(m->body.data, m->body.len)) &&
	    memchr(m->body.data, 0, m->body.len) == NULL) {
		m->body_text = mem_alloc(m->body.len + 1, 1);
		memcpy(m->body_text, m->body.data, m->body.len);
	}
	ops_reply_message(call, &m->base);
	api__quarantined__free_unpacked(m, NULL);
	return ERR_OK;
}

/* ---- deciding ---- */

struct decision {
	struct ops_call *call;
	struct submit_result *result;
	struct submit_note note; /* views into this */
	char action[32];
	char operator[NAME_MAX_BYTES + 1];
	char detail[REASON_MAX + 512];
};

static void
decision_free(void *work)
{
	struct decision *d = work;

	if (d->result != NULL)
		submit_result_free(d->result);
	free(d);
}

static bool
is_text(const char *s, size_t max)
{
	return s != NULL && s[0] != '\0' && strlen(s) <= max;
}

/* Which message, what was wrong with it, and why it goes. */
static void
describe(struct decision *d, const Api__Quarantined *m, const char *reason)
{
	char uuid[TEXT_UUID_CHARS + 1];
	char hex[65] = "";
	struct hash h;
	struct buf text;

	text_uuid_put(uuid, d->note.record_id);
	digest_sha256(&h, bytes_of(m->body.data, m->body.len));
	buf_init(&text, sizeof hex);
	text_hex_put(&text, bytes_of(h.b, sizeof h.b));
	(void)snprintf(hex, sizeof hex, "%s", buf_cstr(&text));
	buf_clear(&text);
	(void)snprintf(d->detail, sizeof d->detail,
	    "quarantine %s: %s of %s, %s, sha256 %s%s%s", uuid, m->operation,
	    m->token, m->code != NULL ? m->code : "", hex,
	    reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

/* Made on the transport's thread: files are destroyed there. */
static enum err
reply_decided(struct ops_call *call, struct err_why *why)
{
	struct quarantine *q = call->service->quarantine;
	struct decision *d = call->work;
	const struct submit_result *r = d->result;
	Ledger__Receipt *msg;
	enum err e = r->error != ERR_OK ? r->error : r->items[0].error;

	if (e != ERR_OK) {
		if (why != NULL)
			*why = r->why;
		call->rule = r->rule != NULL ? r->rule : r->items[0].rule;
		if (r->items[0].path != NULL)
			(void)snprintf(call->fault, sizeof call->fault,
			    "$.%.60s", r->items[0].path);
		/* Decided before, by an entry that is durable: it goes. */
		if (e == ERR_EXISTS && call->rule == NULL)
			(void)!quarantine_drop(q, d->note.record_id, NULL);
		return e;
	}
	e = quarantine_drop(q, d->note.record_id, why);
	/* Somebody else has decided on it, too. */
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	msg = submit_receipt(r, 0);
	ops_reply_message(call, &msg->base);
	ledger__receipt__free_unpacked(msg, NULL);
	return ERR_OK;
}

static void
decided(void *arg, struct submit_result *r)
{
	struct decision *d = arg;

	d->result = r;
	ops_finish(d->call, ERR_OK, NULL);
}

static struct decision *
decision_new(struct ops_call *call, const Api__QuarantinePost *post,
    const char *action, const uint8_t id[static 16])
{
	struct decision *d = mem_alloc(1, sizeof *d);

	d->call = call;
	(void)snprintf(d->action, sizeof d->action, "%s", action);
	(void)snprintf(d->operator, sizeof d->operator, "%s", post->operator_);
	memcpy(d->note.record_id, id, sizeof d->note.record_id);
	d->note.action = d->action;
	d->note.detail = d->detail;
	d->note.operator_ = d->operator;
	call->work = d;
	call->work_free = decision_free;
	call->complete = reply_decided;
	call->waiting = true;
	return d;
}

static enum err
read_post(struct ops_call *call, Api__QuarantinePost **out, bool reason,
    struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	*out = (Api__QuarantinePost *)(void *)msg;
	if (!is_text((*out)->operator_, NAME_MAX_BYTES))
		e = err_fail(why, ERR_MALFORMED,
		    "$.operator: the name of who decides is missing, or over "
		    "%d bytes",
		    NAME_MAX_BYTES);
	else if ((reason || (*out)->reason != NULL) &&
	    !is_text((*out)->reason, REASON_MAX))
		e = err_fail(why, ERR_MALFORMED,
		    "$.reason: missing, or over %d bytes", REASON_MAX);
	return e;
}

enum err
quarantine_ops_discard(struct ops_call *call, struct err_why *why)
{
	Api__QuarantinePost *post = NULL;
	Api__Quarantined *m = NULL;
	struct decision *d;
	uint8_t id[16];
	enum err e = read_post(call, &post, true, why);

	if (e == ERR_OK)
		e = fetch(call, id, &m, why);
	if (e == ERR_OK) {
		static const struct submit_who node = {
		    .subject = "node", .role = "node"};

		d = decision_new(call, post, "quarantine-discard", id);
		describe(d, m, post->reason);
		const struct submit_to to = {.site = call->service->site,
		    .who = &node,
		    .done = decided,
		    .arg = d};
		submit_note(&to, &d->note);
	}
	if (m != NULL)
		api__quarantined__free_unpacked(m, NULL);
	slice_free(post != NULL ? &post->base : NULL);
	return e;
}

/* The corrected message, of the kind that was refused. */
static enum err
corrected(const Api__QuarantinePost *post, const Api__Quarantined *m,
    ProtobufCMessage **out, Ledger__Kind *kind, struct err_why *why)
{
	const bool is_case = strcmp(m->operation, "case.report") == 0;
	const bool is_check = strcmp(m->operation, "checklist.put") == 0;

	*kind = is_case ? LEDGER__KIND__CASE : LEDGER__KIND__ALARM;
	/* One message does not stand for all that would be destroyed. */
	if (is_check ||
	    !quarantine_part_single(bytes_of(m->body.data, m->body.len),
	        ops_protobuf(m->content_type)))
		return err_fail(why, ERR_REFUSED,
		    "only a single alarm or case is released: send all of it "
		    "again, corrected, then discard this");
	if (is_case)
		*out =
		    post->case_event != NULL ? &post->case_event->base : NULL;
	else
		*out = post->alarm != NULL ? &post->alarm->base : NULL;
	if (*out == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "$.%s: the corrected message is missing",
		    is_case ? "caseEvent" : "alarm");
	return ERR_OK;
}

enum err
quarantine_ops_release(struct ops_call *call, struct err_why *why)
{
	Api__QuarantinePost *post = NULL;
	Api__Quarantined *m = NULL;
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	Ledger__Kind kind;
	struct decision *d;
	uint8_t id[16];
	enum err e = read_post(call, &post, false, why);

	if (e == ERR_OK)
		e = fetch(call, id, &m, why);
	if (e == ERR_OK)
		e = corrected(post, m, &msg, &kind, why);
	if (e == ERR_OK) {
		d = decision_new(call, post, "quarantine-release", id);
		describe(d, m, post->reason);
		ingest_who(call, &who);
		const struct submit_to to = {.site = call->service->site,
		    .who = &who,
		    .done = decided,
		    .arg = d};
		/* Taken over, if it is: the post has it no more. */
		submit_released(&to, kind, &msg, &d->note);
		if (msg == NULL && kind == LEDGER__KIND__CASE)
			post->case_event = NULL;
		else if (msg == NULL)
			post->alarm = NULL;
	}
	if (m != NULL)
		api__quarantined__free_unpacked(m, NULL);
	slice_free(post != NULL ? &post->base : NULL);
	return e;
}
