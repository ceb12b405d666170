/* positions.c - the operation that takes positions of people. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/positions.h"

#include "api.pb-c.h"
#include "node/ingest.h"
#include "node/submit_position.h"
#include "proto/slice.h"

static enum err
reply(struct ops_call *call, struct err_why *why)
{
	const struct submit_result *r = call->work;
	Api__PositionReply m = API__POSITION_REPLY__INIT;

	if (r->error != ERR_OK)
		return ingest_judge(call, why);
	m.has_taken = m.has_recorded = true;
	m.taken = (uint32_t)r->len;
	for (size_t i = 0; i < r->len; i++)
		m.recorded += r->items[i].event_seq != 0;
	ops_reply_message(call, &m.base);
	return ERR_OK;
}

enum err
positions_post(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, reply);
	submit_positions(&to, (const Api__PositionPost *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}
