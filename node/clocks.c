/* clocks.c - operations about the node's clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/clocks.h"

#include "config.pb-c.h"
#include "node/service.h"
#include "node/timekeep.h"
#include "proto/slice.h"

#define REASON_MAX 256

Config__Clock *
clocks_status(struct service *s)
{
	Config__Clock *c = timekeep_status(s->time);
	int64_t newest[SITE_LOGS];

	c->has_evidence_at = c->has_alliance_at =
	    timekeep_newest(s->site, newest, NULL) == ERR_OK;
	if (c->has_evidence_at) {
		c->evidence_at = newest[SITE_EVIDENCE];
		c->alliance_at = newest[SITE_ALLIANCE];
	}
	return c;
}

enum err
clocks_get(struct ops_call *call, struct err_why *why)
{
	Config__Clock *c = clocks_status(call->service);

	(void)why;
	ops_reply_message(call, &c->base);
	config__clock__free_unpacked(c, NULL);
	return ERR_OK;
}

static void
admitted(void *arg, enum err e, const struct err_why *why)
{
	ops_finish(arg, e, why);
}

enum err
clocks_admit(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	const Config__ClockAdmit *m;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	m = (const Config__ClockAdmit *)(const void *)msg;
	if (m->reason == NULL || m->reason[0] == '\0' ||
	    strlen(m->reason) > REASON_MAX) {
		e = err_fail(why, ERR_MALFORMED,
		    "$.reason: say in at most %d bytes how you know",
		    REASON_MAX);
	} else {
		struct timekeep_word w = {.reason = m->reason,
		    .reset = m->reset,
		    .by = call->who.id,
		    .done = admitted,
		    .arg = call};

		call->complete = clocks_get;
		call->waiting = true;
		timekeep_admit(call->service->time, &w);
	}
	slice_free(msg);
	return e;
}
