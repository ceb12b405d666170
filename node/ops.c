/* ops.c - finding, authorising and running an operation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ops.h"

#include "node/metrics.h"
#include "node/ops_table.h"
#include "node/problem.h"
#include "node/read_log.h"
#include "node/room.h"
#include "node/service.h"
#include "node/site.h"
#include "node/token.h"
#include "proto/digest.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATH_MAX_BYTES 1024
#define PROBLEM_MAX 65536

const struct ops_entry *
ops_table(size_t *len)
{
	return ops_table_all(len);
}

const struct ops_entry *
ops_find(const char *name)
{
	size_t n;
	const struct ops_entry *t = ops_table_all(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(t[i].name, name) == 0)
			return &t[i];
	return NULL;
}

void
ops_call_init(struct ops_call *call, struct service *service)
{
	memset(call, 0, sizeof *call);
	call->service = service;
	buf_init(&call->out, OPS_REPLY_MAX);
}

void
ops_call_clear(struct ops_call *call)
{
	if (call->stream.close != NULL)
		call->stream.close(call->stream.arg);
	call->stream = (struct ops_stream){NULL, NULL, NULL, NULL};
	if (call->work_free != NULL)
		call->work_free(call->work);
	call->work = NULL;
	call->work_free = NULL;
	buf_clear(&call->out);
}

/* ---- routing ---- */

/* Takes the text up to the next slash off the front. */
static struct bytes
next_segment(struct bytes *rest)
{
	const uint8_t *slash = memchr(rest->ptr, '/', rest->len);
	size_t n = slash != NULL ? (size_t)(slash - rest->ptr) : rest->len;
	struct bytes seg = bytes_of(rest->ptr, n);
	size_t skip = slash != NULL ? n + 1 : n;

	*rest = bytes_of(rest->ptr + skip, rest->len - skip);
	return seg;
}

/* Does the path fit the template?  Captures into arg. */
static bool
path_fits(const char *template, struct bytes path, struct bytes *arg)
{
	struct bytes t = bytes_str(template);
	size_t args = 0;

	/* Both start with a slash. */
	t = bytes_of(t.ptr + 1, t.len - 1);
	path = bytes_of(path.ptr + 1, path.len - 1);
	while (t.len > 0) {
		bool last = memchr(t.ptr, '/', t.len) == NULL;
		struct bytes want = next_segment(&t);
		if (want.ptr[0] == '{' && want.ptr[want.len - 2] == '*') {
			arg[args] = path;
			return path.len > 0;
		}
		bool path_last =
		    path.len == 0 || memchr(path.ptr, '/', path.len) == NULL;
		struct bytes have = next_segment(&path);
		if (last != path_last)
			return false;
		if (want.ptr[0] == '{') {
			if (have.len == 0)
				return false;
			arg[args++] = have;
		} else if (!bytes_equal(want, have)) {
			return false;
		}
	}
	return true;
}

static void
add_allow(char *allow, size_t cap, const char *method)
{
	size_t used = strlen(allow);

	if (strstr(allow, method) != NULL)
		return;
	(void)snprintf(
	    allow + used, cap - used, "%s%s", used > 0 ? ", " : "", method);
}

static enum err
find_entry(struct ops_call *call, struct err_why *why)
{
	size_t n;
	const struct ops_entry *t = ops_table_all(&n);
	const char *method =
	    strcmp(call->method, "HEAD") == 0 ? "GET" : call->method;
	struct bytes arg[OPS_ARGS_MAX];

	if (call->path.len == 0 || call->path.ptr[0] != '/' ||
	    call->path.len > PATH_MAX_BYTES)
		return err_fail(why, ERR_NOT_FOUND, "no such path");
	for (size_t i = 0; i < n; i++) {
		memset(arg, 0, sizeof arg);
		if (!path_fits(t[i].path, call->path, arg))
			continue;
		if (strcmp(t[i].method, method) != 0) {
			add_allow(call->allow, sizeof call->allow, t[i].method);
			continue;
		}
		memcpy(call->arg, arg, sizeof arg);
		call->allow[0] = '\0';
		call->op = &t[i];
		return ERR_OK;
	}
	if (call->allow[0] == '\0')
		return err_fail(
		    why, ERR_NOT_FOUND, "no such path; see /openapi.json");
	call->code = "method_not_allowed";
	call->status = 405;
	return err_fail(why, ERR_REFUSED, "this path takes %s", call->allow);
}

/* ---- who ---- */

static bool
needs_token(const struct ops_call *call)
{
	if ((call->op->flags & OPS_TILES) != 0)
		return !service_public_tiles(call->service);
	return call->op->roles != OPS_OPEN;
}

static enum err
authorise(struct ops_call *call, struct err_why *why)
{
	const struct ops_entry *op = call->op;

	if (call->local) {
		call->who.role = OPS_ADMIN;
		(void)snprintf(call->who.id, sizeof call->who.id, "local");
		return ERR_OK;
	}
	if (!needs_token(call))
		return ERR_OK;
	if (call->authorization == NULL) {
		call->status = 401;
		call->code = "token_missing";
		return err_fail(why, ERR_DENIED,
		    "send Authorization: Bearer TOKEN; make one with "
		    "lianfang token create");
	}
	const char *bearer = call->authorization;
	enum err e = ERR_DENIED;
	if (strncasecmp(bearer, "Bearer ", 7) == 0)
		e = token_check(call->service->tokens, bearer + 7,
		    service_now(), &call->who, why);
	if (e != ERR_OK) {
		call->status = 401;
		call->code = "token_invalid";
		return err_fail(why, ERR_DENIED,
		    "this token is not, or no longer, valid here");
	}
	unsigned allowed = op->roles != OPS_OPEN ? op->roles : OPS_ANY;
	if ((call->who.role & allowed) == 0) {
		call->code = "role_denied";
		return err_fail(why, ERR_DENIED,
		    "a token with role %s may not do %s",
		    ops_role_name(call->who.role), op->name);
	}
	/* Else it could make itself a token without the bound. */
	if (op->roles == OPS_ADMIN && call->who.areas_len > 0) {
		call->code = "area_denied";
		return err_fail(why, ERR_DENIED,
		    "a token bound to areas may not do %s", op->name);
	}
	return ERR_OK;
}

/* ---- what was sent ---- */

/* Does the media type (before any parameter) equal `want`? */
static bool
media_is(const char *header, const char *want)
{
	size_t n = strlen(want);

	return header != NULL && strncasecmp(header, want, n) == 0 &&
	    (header[n] == '\0' || header[n] == ';' || header[n] == ' ');
}

bool
ops_protobuf(const char *header)
{
	return media_is(header, "application/x-protobuf") ||
	    media_is(header, "application/protobuf");
}

static enum err
check_type(struct ops_call *call, struct err_why *why)
{
	const char *type = call->content_type;

	if (call->op->request == NULL || type == NULL)
		return ERR_OK;
	/* curl -d says form-urlencoded whatever it sends. */
	if (media_is(type, "application/json") || media_is(type, "text/json") ||
	    media_is(type, "application/x-www-form-urlencoded"))
		return ERR_OK;
	if (ops_protobuf(type))
		return ERR_OK;
	call->status = 415;
	call->code = "media_type";
	return err_fail(why, ERR_UNSUPPORTED,
	    "send application/json or application/x-protobuf");
}

bool
ops_admit(struct ops_call *call)
{
	struct err_why why = {.text = ""};
	enum err e = find_entry(call, &why);

	if (e == ERR_OK)
		e = authorise(call, &why);
	if (e == ERR_OK)
		e = params_parse(
		    &call->params, call->query, call->op->params, &why);
	if (e == ERR_OK)
		e = check_type(call, &why);
	if (e == ERR_OK)
		return true;
	ops_fail(call, e, &why);
	return false;
}

enum err
ops_body(
    const struct ops_call *call, ProtobufCMessage **out, struct err_why *why)
{
	const ProtobufCMessageDescriptor *desc = call->op->request;

	if (!ops_protobuf(call->content_type))
		return json_decode(out, desc, call->body, why);
	return slice_unpack(out, desc, call->body, why);
}

/* ---- replies ---- */

/* What befalls any write, in words that say what to do. */
static const struct rule *
rule_of(const struct ops_call *call, enum err e)
{
	if (call->rule != NULL)
		return call->rule;
	if (e == ERR_FULL)
		return rule_get(RULE_STORAGE_FULL);
	if (e == ERR_IO && atomic_load(&call->service->site->halted))
		return rule_get(RULE_NODE_HALTED);
	if (e == ERR_TIMEOUT && atomic_load(&call->service->site->unsure) != 0)
		return rule_get(RULE_HEADS_UNKNOWN);
	return NULL;
}

/* Whoever sends it again later is served. */
static bool
later(const struct rule *rule)
{
	return rule == rule_get(RULE_NODE_HALTED) ||
	    rule == rule_get(RULE_HEADS_UNKNOWN) ||
	    rule == rule_get(RULE_SPOOL_FULL);
}

void
ops_fail(struct ops_call *call, enum err e, const struct err_why *why)
{
	const struct rule *rule = rule_of(call, e);
	struct problem p = {
	    .err = e,
	    .status = call->status >= 400 ? call->status : 0,
	    .code = call->code,
	    .path = call->fault,
	    .why = why,
	    .rule = rule,
	    .rules = &call->rules,
	    .said = &call->said,
	    .quarantine = call->quarantine,
	    .chinese = problem_chinese(call->language),
	};

	if (rule != NULL && e == ERR_FULL)
		room_gone(call->service->site, why != NULL ? why->text : "");
	if (later(rule))
		p.status = 503;
	if (p.status == 503 && rule != rule_get(RULE_NODE_HALTED))
		call->retry_s = call->retry_s > 0 ? call->retry_s : 5;
	/* What would have answered a success must not. */
	call->complete = NULL;
	if (call->stream.close != NULL)
		call->stream.close(call->stream.arg);
	call->stream = (struct ops_stream){NULL, NULL, NULL, NULL};
	buf_reset(&call->out);
	problem_put(&call->out, &p);
	call->status = p.status != 0 ? p.status : problem_status(e);
	call->type = PROBLEM_TYPE;
	call->cache = NULL;
	call->location[0] = '\0';
	call->tag[0] = '\0';
}

void
ops_reply_tag(struct ops_call *call)
{
	const char *had = call->none_match;
	struct hash h;

	digest_sha256(&h, buf_view(&call->out));
	call->tag[0] = '"';
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(call->tag + 1 + 2 * i, 3, "%02x", h.b[i]);
	(void)snprintf(call->tag + 33, 2, "\"");
	if (had == NULL ||
	    (strstr(had, call->tag) == NULL && strcmp(had, "*") != 0))
		return;
	buf_reset(&call->out);
	call->status = 304;
}

void
ops_reply_type(struct ops_call *call, const char *type)
{
	call->type = type;
}

void
ops_reply_message(struct ops_call *call, const ProtobufCMessage *msg)
{
	buf_reset(&call->out);
	if (ops_protobuf(call->accept)) {
		slice_pack(&call->out, msg);
		call->type = "application/x-protobuf";
		return;
	}
	json_encode(&call->out, msg, 0);
	buf_u8(&call->out, '\n');
	call->type = "application/json";
}

void
ops_settle(struct ops_call *call)
{
	struct err_why why = {.text = ""};

	if (call->complete != NULL) {
		enum err e = call->complete(call, &why);
		call->complete = NULL;
		if (e != ERR_OK)
			ops_fail(call, e, &why);
	}
	/* A reply that did not fit is not a reply. */
	if (buf_ok(&call->out, &why) == ERR_OK)
		return;
	call->code = "reply_too_large";
	call->status = 0;
	(void)err_fail(&why, ERR_LIMIT,
	    "the reply is larger than %u bytes; narrow the question",
	    OPS_REPLY_MAX);
	ops_fail(call, ERR_LIMIT, &why);
}

void
ops_finish(struct ops_call *call, enum err e, const struct err_why *why)
{
	if (e != ERR_OK)
		ops_fail(call, e, why);
	call->done(call);
}

/* Tables that another version folded say nothing, or something else. */
static enum err
folding(struct ops_call *call, struct err_why *why)
{
	struct site *s = call->service->site;

	if (!atomic_load(&s->folding) || call->op->roles == OPS_OPEN ||
	    (call->op->flags & OPS_FOLDING) != 0)
		return ERR_OK;
	call->status = 503;
	call->code = "folding";
	return err_fail(why, ERR_BUSY,
	    "tables are folded anew after an upgrade, %llu of %llu entries so "
	    "far; alarms are kept meanwhile, all else waits",
	    (unsigned long long)atomic_load(&s->folded),
	    (unsigned long long)atomic_load(&s->to_fold));
}

void
ops_dispatch(struct ops_call *call)
{
	struct err_why why = {.text = ""};

	if (call->op == NULL && !ops_admit(call))
		return;
	const struct ops_entry *op = call->op;
	call->status = (op->flags & OPS_CREATES) != 0 ? 201 : 200;
	call->type = "application/json";
	enum err e;
	if (op->roles != OPS_OPEN && !atomic_load(&call->service->serving)) {
		call->status = 503;
		call->code = "stopping";
		e = err_fail(&why, ERR_BUSY, "the node is stopping");
	} else {
		e = folding(call, &why);
		if (e == ERR_OK)
			e = op->handle(call, &why);
	}
	if (call->waiting)
		return; /* may be answered, but not freed, by now */
	if (e != ERR_OK) {
		ops_fail(call, e, &why);
		return;
	}
	bool watched = (call->who.role & (OPS_HQ | OPS_REGULATOR)) != 0;
	if (watched && (op->flags & OPS_LOGGED) != 0)
		read_log_note(call);
}

/* ---- waiting in place ---- */

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t ready;
	bool done;
};

static void
wake_waiter(struct ops_call *call)
{
	struct waiter *w = call->transport;

	(void)pthread_mutex_lock(&w->lock);
	w->done = true;
	(void)pthread_cond_signal(&w->ready);
	(void)pthread_mutex_unlock(&w->lock);
}

void
ops_call_wait(struct ops_call *call)
{
	struct waiter w = {.done = false};

	(void)pthread_mutex_init(&w.lock, NULL);
	(void)pthread_cond_init(&w.ready, NULL);
	call->done = wake_waiter;
	call->transport = &w;
	ops_dispatch(call);
	(void)pthread_mutex_lock(&w.lock);
	while (call->waiting && !w.done)
		(void)pthread_cond_wait(&w.ready, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
	ops_settle(call);
	call->transport = NULL;
	(void)pthread_cond_destroy(&w.ready);
	(void)pthread_mutex_destroy(&w.lock);
}
