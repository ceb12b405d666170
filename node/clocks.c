/* clocks.c - operations about the node's clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/clocks.h"

#include "config.pb-c.h"
#include "node/service.h"
#include "node/site_logs.h"
#include "node/timekeep.h"
#include "proto/slice.h"

#define REASON_MAX 256

/* False: not known. */
static bool
newest(struct site *s, enum site_kind kind, int64_t *out)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(s->own.store, &txn, NULL);

	if (e == ERR_OK)
		e = site_logs_recorded(s, site_log(s, kind), txn, out, NULL);
	store_abort(txn);
	return e == ERR_OK;
}

Config__Clock *
clocks_status(struct service *s)
{
	Config__Clock *c = timekeep_status(s->time);

	c->has_evidence_at = newest(s->site, SITE_EVIDENCE, &c->evidence_at);
	c->has_alliance_at = newest(s->site, SITE_ALLIANCE, &c->alliance_at);
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
