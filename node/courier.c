/* courier.c - operations that make and take the courier's files. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/courier.h"

#include "config.pb-c.h"
#include "federation/hub_carry.h"
#include "federation/parcel.h"
#include "node/journal.h"
#include "node/peers.h"
#include "node/service.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <stdlib.h>

/* What the hub does, and the call that waits for it; freed with the call. */
struct job {
	struct hub_carry carry; /* first: the hub knows only this */
	struct ops_call *call;
	ProtobufCMessage *asked;
};

static void
job_free(void *work)
{
	struct job *j = work;

	buf_clear(&j->carry.out);
	slice_free(j->asked);
	free(j);
}

static void
done(struct hub_carry *c, enum err e, const struct err_why *why)
{
	struct job *j = (struct job *)(void *)c;

	ops_finish(j->call, e, why);
}

/* Queues; the call owns the job from here on. */
static enum err
queue(struct ops_call *call, struct job *j, struct err_why *why)
{
	enum err e;

	j->call = call;
	j->carry.done = done;
	buf_init(&j->carry.out, PARCEL_LENGTH_BYTES + PARCEL_FRAME_MAX);
	call->work = j;
	call->work_free = job_free;
	call->waiting = true;
	e = peers_carry(call->service->peers, &j->carry, why);
	if (e != ERR_OK)
		call->waiting = false;
	return e;
}

static enum err
reply_part(struct ops_call *call, struct err_why *why)
{
	Config__CourierPart part = CONFIG__COURIER_PART__INIT;
	struct job *j = call->work;
	struct hub_carry *c = &j->carry;

	(void)why;
	part.has_id = part.has_data = part.has_last = true;
	part.has_said = part.has_all = true;
	part.id = c->id;
	part.data.data = c->out.ptr;
	part.data.len = c->out.len;
	part.last = c->last;
	part.said = c->said;
	part.all = c->all;
	if (c->kind == HUB_CARRY_BEGIN)
		journal_info("COURIER-EXPORT", "to=%s entries=%llu", c->peer,
		    (unsigned long long)c->all);
	ops_reply_message(call, &part.base);
	return ERR_OK;
}

enum err
courier_export(struct ops_call *call, struct err_why *why)
{
	struct job *j = mem_alloc(1, sizeof *j);
	const Config__CourierAsk *m;
	enum err e = ops_body(call, &j->asked, why);

	m = (const Config__CourierAsk *)(const void *)j->asked;
	if (e == ERR_OK && (m->to == NULL || m->to[0] == '\0'))
		e = err_fail(
		    why, ERR_MALFORMED, "$.to: which member is it for?");
	if (e != ERR_OK) {
		job_free(j);
		return e;
	}
	j->carry.kind = m->has_id ? HUB_CARRY_NEXT : HUB_CARRY_BEGIN;
	j->carry.peer = m->to;
	j->carry.id = m->id;
	call->complete = reply_part;
	return queue(call, j, why);
}

static enum err
reply_taken(struct ops_call *call, struct err_why *why)
{
	Config__CourierTaken *t = mem_alloc(1, sizeof *t);
	struct job *j = call->work;
	const struct hub_carry *c = &j->carry;

	(void)why;
	config__courier_taken__init(t);
	t->has_made_at = t->has_last = t->has_stored = true;
	t->sender = mem_strdup(c->from);
	t->made_at = c->made_us;
	t->last = c->last;
	t->stored = c->stored;
	if (c->trouble[0] != '\0')
		t->trouble = mem_strdup(c->trouble);
	if (c->last) {
		peers_compare(call->service->peers, c->from, t);
		journal_info("COURIER-IMPORT", "from=%s frames=%llu", c->from,
		    (unsigned long long)c->n + 1);
	}
	ops_reply_message(call, &t->base);
	config__courier_taken__free_unpacked(t, NULL);
	return ERR_OK;
}

enum err
courier_import(struct ops_call *call, struct err_why *why)
{
	struct job *j = mem_alloc(1, sizeof *j);
	const Config__CourierFrame *m;
	enum err e = ops_body(call, &j->asked, why);

	m = (const Config__CourierFrame *)(const void *)j->asked;
	if (e == ERR_OK && m->head.len != PARCEL_HEAD_BYTES)
		e = err_fail(why, ERR_MALFORMED,
		    "$.head: the first %d bytes of the file",
		    PARCEL_HEAD_BYTES);
	if (e != ERR_OK) {
		job_free(j);
		return e;
	}
	j->carry.kind = HUB_CARRY_TAKE;
	j->carry.head = bytes_of(m->head.data, m->head.len);
	j->carry.frame = bytes_of(m->frame.data, m->frame.len);
	j->carry.n = m->number;
	call->complete = reply_taken;
	return queue(call, j, why);
}
