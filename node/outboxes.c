/* outboxes.c - operations on notices to those outside. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outboxes.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/ingest.h"
#include "node/outbox_list.h"
#include "node/service.h"
#include "node/submit_delivery.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define LIMIT_DEFAULT 100
#define RETRY_MAX 1000 /* of one call; the rest by the next */

static enum err
state_of(
    const struct params *p, enum fold_notice_state *out, struct err_why *why)
{
	const char *v = params_get(p, "state");

	*out = (enum fold_notice_state)0;
	if (v == NULL)
		return ERR_OK;
	if (strcmp(v, "PENDING") == 0)
		*out = FOLD_NOTICE_PENDING;
	else if (strcmp(v, "GIVEN_UP") == 0)
		*out = FOLD_NOTICE_GIVEN_UP;
	else
		return err_fail(why, ERR_MALFORMED,
		    "state: expected PENDING or GIVEN_UP; what was delivered "
		    "is in /v1/deliveries");
	return ERR_OK;
}

enum err
outboxes_list(struct ops_call *call, struct err_why *why)
{
	const struct params *p = &call->params;
	const struct query_scope scope = {
	    .areas = call->who.areas, .areas_len = call->who.areas_len};
	struct outbox_query q = {.target = params_get(p, "target"),
	    .cursor = params_get(p, "cursor"),
	    .scope = &scope};
	uint64_t limit = LIMIT_DEFAULT;
	Api__Outbox *list = NULL;
	enum err e = state_of(p, &q.state, why);

	if (e == ERR_OK)
		e = params_u64(p, "limit", QUERY_LIMIT_MAX, &limit, why);
	if (e == ERR_OK && limit == 0)
		e = err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_LIMIT_MAX);
	q.limit = (size_t)limit;
	if (e == ERR_OK)
		e = outbox_list(call->service->outbox, &q, &list, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &list->base);
	api__outbox__free_unpacked(list, NULL);
	return ERR_OK;
}

/* What is due in one area is no reason to send what is due in another. */
static enum err
whole_node(const struct ops_call *call, struct err_why *why)
{
	return call->who.areas_len == 0
	    ? ERR_OK
	    : err_fail(
	          why, ERR_DENIED, "for tokens that are not bound to areas");
}

/* ---- retry ---- */

struct retry {
	struct ops_call *call;
	atomic_uint waiting;
	atomic_uint done;
	struct err_why why; /* of the last that failed */
	_Atomic enum err failed;
	size_t hurried;
	struct outbox_due due[RETRY_MAX];
};

static void
settle(struct retry *r)
{
	if (atomic_fetch_sub(&r->waiting, 1) > 1)
		return;
	outbox_hurry(r->call->service->outbox);
	ops_finish(r->call, ERR_OK, NULL);
}

static void
retried(void *arg, struct submit_result *res)
{
	struct retry *r = arg;

	if (res->error == ERR_OK) {
		atomic_fetch_add(&r->done, 1);
	} else if (res->rule == NULL || res->error == ERR_TIMEOUT) {
		/* All of one call answer on the committer's thread. */
		r->why = res->why;
		atomic_store(&r->failed, res->error);
	}
	submit_result_free(res);
	settle(r);
}

static enum err
reply_retried(struct ops_call *call, struct err_why *why)
{
	struct retry *r = call->work;
	Api__OutboxRetried m = API__OUTBOX_RETRIED__INIT;

	if (atomic_load(&r->failed) != ERR_OK) {
		*why = r->why;
		return atomic_load(&r->failed);
	}
	m.has_retried = m.has_hurried = true;
	m.retried = atomic_load(&r->done);
	m.hurried = (uint32_t)r->hurried;
	ops_reply_message(call, &m.base);
	return ERR_OK;
}

static void
enter_retry(struct retry *r, const struct outbox_due *due)
{
	Record__Delivery m = RECORD__DELIVERY__INIT;
	struct submit_who who;
	const struct submit_to to = {.site = r->call->service->site,
	    .who = &who,
	    .done = retried,
	    .arg = r};
	char about[TEXT_UUID_CHARS + 1];
	char target[NOTICE_NAME_MAX + 1];
	char by[sizeof r->call->who.id];

	ingest_who(r->call, &who);
	(void)snprintf(by, sizeof by, "%s", r->call->who.id);
	text_uuid_put(about, due->about);
	memcpy(target, due->target, sizeof target);
	m.has_action = true;
	m.action = RECORD__DELIVERY__ACTION__RETRY;
	m.target = target;
	m.by = by;
	m.about_id = about;
	m.has_about_seq = true;
	m.about_seq = due->about_seq;
	atomic_fetch_add(&r->waiting, 1);
	submit_delivery(&to, &m);
}

enum err
outboxes_retry(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	const Api__OutboxRetry *m;
	struct outbox_found found;
	struct retry *r;
	enum err e = whole_node(call, why);

	if (e == ERR_OK)
		e = ops_body(call, &msg, why);
	if (e != ERR_OK)
		return e;
	m = (const Api__OutboxRetry *)(const void *)msg;
	r = mem_alloc(1, sizeof *r);
	r->call = call;
	call->work = r;
	call->work_free = free;
	found = (struct outbox_found){.at = r->due, .most = RETRY_MAX};
	if ((m->notice_id != NULL) == (m->has_all && m->all))
		e = err_fail(
		    why, ERR_MALFORMED, "$: give either noticeId or all");
	if (e == ERR_OK)
		e = outbox_find(
		    call->service->outbox, m->notice_id, &found, why);
	slice_free(msg);
	if (e != ERR_OK)
		return e;
	call->complete = reply_retried;
	call->waiting = true;
	atomic_store(&r->waiting, 1);
	r->hurried = found.waiting;
	for (size_t i = 0; i < found.len; i++) {
		if (r->due[i].row.state == FOLD_NOTICE_GIVEN_UP)
			enter_retry(r, &r->due[i]);
		else
			r->hurried++;
	}
	settle(r);
	return ERR_OK;
}

/* ---- test ---- */

struct tested {
	struct ops_call *call;
	char target[NOTICE_NAME_MAX + 1];
	struct webhook_answer answer;
};

static void
was_tested(void *arg, const struct webhook_answer *a)
{
	struct tested *t = arg;

	t->answer = *a;
	ops_finish(t->call, ERR_OK, NULL);
}

static enum err
reply_tested(struct ops_call *call, struct err_why *why)
{
	struct tested *t = call->work;
	Api__OutboxTested m = API__OUTBOX_TESTED__INIT;

	(void)why;
	m.target = t->target;
	m.has_taken = true;
	m.taken = notice_answer(t->answer.status) == NOTICE_TAKEN;
	m.has_status = m.has_answer = t->answer.status > 0;
	m.status = (uint32_t)t->answer.status;
	m.answer = (ProtobufCBinaryData){HASH_BYTES, t->answer.body.b};
	if (t->answer.error[0] != '\0')
		m.error = t->answer.error;
	ops_reply_message(call, &m.base);
	return ERR_OK;
}

enum err
outboxes_test(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	const Api__OutboxTest *m;
	struct tested *t;
	enum err e = whole_node(call, why);

	if (e == ERR_OK)
		e = ops_body(call, &msg, why);
	if (e != ERR_OK)
		return e;
	m = (const Api__OutboxTest *)(const void *)msg;
	t = mem_alloc(1, sizeof *t);
	t->call = call;
	call->work = t;
	call->work_free = free;
	if (m->target == NULL)
		e = err_fail(why, ERR_MALFORMED, "$.target: missing");
	else
		(void)snprintf(t->target, sizeof t->target, "%.*s",
		    NOTICE_NAME_MAX, m->target);
	slice_free(msg);
	if (e != ERR_OK)
		return e;
	call->complete = reply_tested;
	call->waiting = true;
	e = outbox_test(call->service->outbox, t->target, was_tested, t, why);
	if (e != ERR_OK)
		call->waiting = false;
	return e;
}
