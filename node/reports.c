/* reports.c - reports without a token: taken, answered, never traced. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/reports.h"

#include <pthread.h>
#include <stdlib.h>

#include "node/ingest.h"
#include "node/query_report.h"
#include "node/service.h"
#include "node/submit_report.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define HOUR_US INT64_C(3600000000)

struct reports_gate {
	pthread_mutex_t lock;
	bool begun;
	int64_t at_us; /* boot clock */
	int64_t level_us; /* in time that one of them takes to be refilled */
};

struct reports_gate *
reports_gate_new(void)
{
	struct reports_gate *g = mem_alloc(1, sizeof *g);

	(void)pthread_mutex_init(&g->lock, NULL);
	return g;
}

void
reports_gate_free(struct reports_gate *g)
{
	if (g == NULL)
		return;
	(void)pthread_mutex_destroy(&g->lock);
	free(g);
}

unsigned
reports_gate_take(
    struct reports_gate *g, int64_t boot_us, uint32_t burst, uint32_t per_hour)
{
	const int64_t one = HOUR_US / (per_hour > 0 ? per_hour : 1);
	const int64_t full = one * burst;
	unsigned wait = 0;

	(void)pthread_mutex_lock(&g->lock);
	if (!g->begun)
		g->level_us = full;
	else if (boot_us > g->at_us)
		g->level_us += boot_us - g->at_us;
	if (g->level_us > full)
		g->level_us = full;
	g->begun = true;
	g->at_us = boot_us;
	if (g->level_us >= one)
		g->level_us -= one;
	else
		wait = (unsigned)((one - g->level_us) / 1000000) + 1;
	(void)pthread_mutex_unlock(&g->lock);
	return wait;
}

/* ---- handlers ---- */

static enum err
reply_receipt(struct ops_call *call, struct err_why *why)
{
	struct submit_result *r = call->work;
	Api__ReportReceipt m = API__REPORT_RECEIPT__INIT;
	enum err e = ingest_judge(call, why);

	if (e != ERR_OK)
		return e;
	m.code = r->report_code;
	m.has_received_at = true;
	m.received_at = r->as_of_us;
	m.has_reply_due_at = r->expires_us != 0;
	m.reply_due_at = r->expires_us;
	ops_reply_message(call, &m.base);
	return ERR_OK;
}

static enum err
enter(struct ops_call *call, struct err_why *why)
{
	struct site *s = call->service->site;
	const Pack__CasePolicy *p = packs_cases(s->packs, site_now(s));
	unsigned wait = p == NULL
	    ? 60
	    : reports_gate_take(call->service->reports, clock_boot_us(s->clock),
	          p->anonymous_burst, p->anonymous_per_hour);

	if (wait == 0)
		return ERR_OK;
	call->status = 429;
	call->code = "reports_many";
	call->retry_s = wait;
	return err_fail(why, ERR_BUSY,
	    "more reports than this node takes at once; send it again later");
}

enum err
reports_make(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	const struct submit_who nobody = {.subject = "", .role = ""};
	struct report_code code;
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e == ERR_OK)
		e = enter(call, why);
	if (e != ERR_OK) {
		slice_free(msg);
		return e;
	}
	report_code_new(&code);
	struct submit_to to = ingest_towards(call, &who, reply_receipt);
	/* Whoever it is: by the node's own socket it is somebody. */
	to.who = &nobody;
	submit_report(&to, (const Api__ReportPost *)(const void *)msg, &code);
	crypto_wipe(&code, sizeof code);
	slice_free(msg);
	return ERR_OK;
}

enum err
reports_read(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Api__ReportState *state = NULL;
	struct report_code code;
	const char *text;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	text = ((Api__ReportQuestion *)(void *)msg)->code;
	e = report_code_get(&code, text != NULL ? text : "", why);
	slice_free(msg);
	if (e == ERR_OK)
		e = query_report(call->service->site, &code, &state, why);
	crypto_wipe(&code, sizeof code);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &state->base);
	api__report_state__free_unpacked(state, NULL);
	return ERR_OK;
}
