/* decisions.c - operations that ask for decisions, and take them again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decisions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api.pb-c.h"
#include "node/domain/decide_replay.h"
#include "node/domain/decide_who.h"
#include "node/ingest.h"
#include "node/query.h"
#include "node/service.h"
#include "node/submit_gate.h"
#include "node/submit_roster.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

/* Static text of a rule as a field; protobuf-c's are not const. */
static char *
borrowed(const char *s)
{
	union {
		const char *in;
		char *out;
	} u = {.in = s};

	return s != NULL && s[0] != '\0' ? u.out : NULL;
}

static void
put_reason(Api__Reason *out, const struct rule *rule)
{
	api__reason__init(out);
	out->code = borrowed(rule->code);
	out->clause = borrowed(rule->clause);
	out->text = borrowed(rule->text);
	out->text_zh = borrowed(rule->text_zh);
	out->fix = borrowed(rule->fix);
	out->fix_zh = borrowed(rule->fix_zh);
	out->who = borrowed(decide_who(rule)->who);
	out->who_zh = borrowed(decide_who(rule)->who_zh);
}

static void
put_reasons(Api__Reason *reason, Api__Reason **list, const struct rule_list *r)
{
	for (size_t i = 0; i < r->len; i++) {
		put_reason(&reason[i], r->at[i]);
		list[i] = &reason[i];
	}
}

static enum err
reply_decision(struct ops_call *call, struct err_why *why)
{
	struct submit_result *r = call->work;
	Api__DecisionView v = API__DECISION_VIEW__INIT;
	Api__Reason reason[RULE_LIST_MAX];
	Api__Reason *list[RULE_LIST_MAX];

	if (r->error != ERR_OK)
		return ingest_judge(call, why);
	put_reasons(reason, list, &r->rules);
	v.has_result = true;
	v.result = r->decision;
	v.n_reasons = r->rules.len;
	v.reasons = list;
	v.has_as_of_at = true;
	v.as_of_at = service_now();
	v.has_status_seen_at = r->seen_us != 0;
	v.status_seen_at = r->seen_us;
	v.has_expires_at = r->expires_us != 0;
	v.expires_at = r->expires_us;
	v.credential_id = borrowed(r->credential_id);
	v.holder = borrowed(r->holder);
	v.receipt = r->len > 0 ? submit_receipt(r, 0) : NULL;
	ops_reply_message(call, &v.base);
	if (v.receipt != NULL)
		ledger__receipt__free_unpacked(v.receipt, NULL);
	return ERR_OK;
}

static enum err
level_of(const char *text, Api__DecisionQuery *q, struct err_why *why)
{
	const ProtobufCEnumDescriptor *d = &record__permit__level__descriptor;
	char name[24];

	if (text == NULL)
		return ERR_OK;
	/* As people say it, or as the schema does. */
	(void)snprintf(name, sizeof name, "LEVEL_%.16s", text);
	for (unsigned i = 0; i < d->n_values; i++) {
		const ProtobufCEnumValue *v = &d->values[i];

		if (v->value == 0 ||
		    (strcasecmp(v->name, text) != 0 &&
		        strcmp(v->name, name) != 0))
			continue;
		q->has_level = true;
		q->level = (Record__Permit__Level)v->value;
		return ERR_OK;
	}
	return err_fail(why, ERR_MALFORMED,
	    "level: expected special, 1 to 4 or unlevelled");
}

enum err
decisions_ask(struct ops_call *call, struct err_why *why)
{
	Api__DecisionQuery q = API__DECISION_QUERY__INIT;
	const struct params *p = &call->params;
	struct submit_who who;
	enum err e = level_of(params_get(p, "level"), &q, why);

	if (e != ERR_OK)
		return e;
	q.holder = borrowed(params_get(p, "holder"));
	q.work_type = borrowed(params_get(p, "work"));
	q.area = borrowed(params_get(p, "area"));
	q.role = borrowed(params_get(p, "role"));
	q.company = borrowed(params_get(p, "company"));
	if (q.work_type == NULL)
		return err_fail(
		    why, ERR_MALFORMED, "work: missing, for example hot-work");
	e = params_time(p, "identity", &q.identity_at, why);
	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, reply_decision);
	submit_decision(&to, &q);
	return ERR_OK;
}

/* ---- many at once ---- */

static Api__RosterItem *
put_item(const struct submit_result *r, size_t i)
{
	const struct submit_answer *a = &r->answers[i];
	Api__RosterItem *m = mem_alloc(1, sizeof *m);

	api__roster_item__init(m);
	m->holder = mem_strdup(a->holder);
	m->has_result = true;
	m->result = a->result;
	m->reason_codes = mem_alloc(a->rules.len + 1, sizeof(char *));
	for (size_t k = 0; k < a->rules.len; k++)
		m->reason_codes[m->n_reason_codes++] =
		    mem_strdup(a->rules.at[k]->code);
	m->has_expires_at = a->expires_us != 0;
	m->expires_at = a->expires_us;
	if (a->credential_id[0] != '\0')
		m->credential_id = mem_strdup(a->credential_id);
	m->record_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(m->record_id, r->items[i].record_id);
	m->has_index = true;
	m->index = r->items[i].index;
	return m;
}

static void
count(Api__Roster *m, Record__Decision__Result result)
{
	m->has_allowed = m->has_denied = m->has_indeterminate = true;
	if (result == RECORD__DECISION__RESULT__ALLOW)
		m->allowed++;
	else if (result == RECORD__DECISION__RESULT__DENY)
		m->denied++;
	else
		m->indeterminate++;
}

static enum err
reply_roster(struct ops_call *call, struct err_why *why)
{
	const struct submit_result *r = call->work;
	struct rule_list rules = {.len = 0};
	Api__Reason reason[RULE_LIST_MAX];
	Api__Reason *list[RULE_LIST_MAX];
	Api__Roster m = API__ROSTER__INIT;

	if (r->error != ERR_OK)
		return ingest_judge(call, why);
	m.items = mem_alloc(r->len + 1, sizeof(void *));
	for (size_t i = 0; i < r->len; i++) {
		m.items[m.n_items++] = put_item(r, i);
		count(&m, r->answers[i].result);
		for (size_t k = 0; k < r->answers[i].rules.len; k++)
			rule_add(&rules, r->answers[i].rules.at[k]);
	}
	put_reasons(reason, list, &rules);
	m.n_reasons = rules.len;
	m.reasons = list;
	m.has_as_of_at = true;
	m.as_of_at = r->as_of_us;
	m.pack_version = borrowed(r->pack_version);
	m.origin = borrowed(r->evidence_origin);
	m.checkpoint = borrowed(r->checkpoint);
	ops_reply_message(call, &m.base);
	for (size_t i = 0; i < m.n_items; i++)
		api__roster_item__free_unpacked(m.items[i], NULL);
	free(m.items);
	return ERR_OK;
}

enum err
decisions_gate(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, reply_decision);
	submit_gate(&to, (const Api__GatePost *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}

enum err
decisions_code(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Api__Code *code = NULL;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	e = submit_gate_issue(call->service->site,
	    (const Api__CodePost *)(const void *)msg, &code, why);
	slice_free(msg);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &code->base);
	slice_free(&code->base);
	return ERR_OK;
}

enum err
decisions_roster(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, reply_roster);
	submit_roster(&to, (const Api__RosterPost *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}

/* ---- again ---- */

static void
put_replay(struct ops_call *call, const Api__RecordView *view,
    const struct decide_replay *again)
{
	Api__Replay m = API__REPLAY__INIT;
	Api__Reason reason[RULE_LIST_MAX];
	Api__Reason *list[RULE_LIST_MAX];

	put_reasons(reason, list, &again->answer.reasons);
	m.record_id = view->record_id;
	m.recorded = view->events[0]->decision;
	m.has_result = true;
	m.result = again->answer.result;
	m.n_reasons = again->answer.reasons.len;
	m.reasons = list;
	m.has_expires_at = again->answer.expires_us != 0;
	m.expires_at = again->answer.expires_us;
	m.has_same = true;
	m.same = again->same;
	ops_reply_message(call, &m.base);
}

enum err
decisions_replay(struct ops_call *call, struct err_why *why)
{
	const struct query_scope scope = {
	    .areas = call->who.areas, .areas_len = call->who.areas_len};
	struct decide_replay again;
	Api__RecordView *view = NULL;
	char id[TEXT_UUID_CHARS + 1];
	struct query_key key = {.kind = LEDGER__KIND__DECISION,
	    .record_id = id,
	    .site = borrowed(params_get(&call->params, "site"))};
	enum err e = ingest_path_id(call, id, why);

	if (e != ERR_OK)
		return e;
	e = query_get(call->service->site, &key, &scope, &view, why);
	if (e != ERR_OK)
		return e;
	if (view->n_events == 0 || view->events[0]->decision == NULL)
		e = rule_fail(
		    why, ERR_NOT_FOUND, rule_get(RULE_NOT_HELD), NULL);
	if (e == ERR_OK)
		e = decide_replay(&again, view->events[0]->decision, why);
	if (e == ERR_OK)
		put_replay(call, view, &again);
	api__record_view__free_unpacked(view, NULL);
	return e;
}
