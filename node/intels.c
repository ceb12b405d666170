/* intels.c - operations about intelligence: asked before, said afterwards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/intels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/ingest.h"
#include "node/intel_use.h"
#include "node/query.h"
#include "node/service.h"
#include "node/submit.h"
#include "node/submit_intel.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

/* ---- asked before ---- */

static Api__IntelReason *
reason_of(const struct rule *rule, const struct gate_reason *r)
{
	Api__IntelReason *m = mem_alloc(1, sizeof *m);

	api__intel_reason__init(m);
	m->code = mem_strdup(rule->code);
	m->text = mem_strdup(rule->text);
	m->text_zh = mem_strdup(rule->text_zh);
	m->fix = mem_strdup_given(rule->fix);
	m->fix_zh = mem_strdup_given(rule->fix_zh);
	if (r == NULL)
		return m;
	m->what = mem_strdup_given(r->what);
	m->has_position = r->position > 0;
	m->position = r->position;
	if (r->position > 0) {
		m->kind = mem_strdup(scrub_kind_text(r->kind, false));
		m->kind_zh = mem_strdup(scrub_kind_text(r->kind, true));
	}
	return m;
}

static void
put_level(Api__IntelCheck *m, const char *field, const struct gate_level *l)
{
	Api__IntelLevel *v;

	if (l->level == NULL || (l->given[0] == '\0' && l->value[0] == '\0'))
		return;
	v = mem_alloc(1, sizeof *v);
	api__intel_level__init(v);
	v->field = mem_strdup(field);
	v->level = mem_strdup(l->level);
	v->value = mem_strdup_given(l->value);
	v->given = mem_strdup_given(l->given);
	m->levels[m->n_levels++] = v;
}

static Api__IntelCheck *
check_of(struct submit_item *i)
{
	const struct gate_answer *a = &i->answer;
	Api__IntelCheck *m = mem_alloc(1, sizeof *m);

	api__intel_check__init(m);
	m->has_passes = true;
	m->passes = i->rule == NULL && a->len == 0;
	m->reasons = mem_alloc(a->len + 1, sizeof *m->reasons);
	if (i->rule != NULL)
		m->reasons[m->n_reasons++] = reason_of(i->rule, NULL);
	for (size_t k = 0; k < a->len; k++)
		m->reasons[m->n_reasons++] =
		    reason_of(a->at[k].rule, &a->at[k]);
	if (i->rule != NULL)
		return m;
	m->levels = mem_alloc(GATE_DIMS + 1, sizeof *m->levels);
	for (enum gate_dim d = 0; d < GATE_DIMS; d++)
		put_level(m, gate_dim_field(d), &a->k.at[d]);
	put_level(m, "period", &a->k.time);
	m->has_companies = m->has_k = m->has_needed = a->k.needed > 0;
	m->companies = (uint32_t)a->k.companies;
	m->k = (uint32_t)a->k.k;
	m->needed = (uint32_t)a->k.needed;
	m->has_spent = m->has_budget = true;
	m->spent = i->spent;
	m->budget = a->budget;
	/* Which companies is nobody's to read. */
	for (size_t k = 0; k < i->item->n_companies; k++)
		free(i->item->companies[k]);
	i->item->n_companies = 0;
	m->item = i->item;
	i->item = NULL;
	return m;
}

enum err
intels_check(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Api__IntelCheck *reply;
	struct submit_item item = {.item = NULL};
	struct submit_who who;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	ingest_who(call, &who);
	e = submit_intel_check(call->service->site, &who,
	    (const Record__Intel *)(const void *)msg, &item, why);
	if (e == ERR_OK) {
		reply = check_of(&item);
		ops_reply_message(call, &reply->base);
		slice_free(&reply->base);
	}
	submit_item_clear(&item);
	slice_free(msg);
	return e;
}

/* ---- said afterwards ---- */

enum err
intels_withdraw(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	char id[TEXT_UUID_CHARS + 1];
	struct submit_who who;
	enum err e = ingest_about(call, id, &msg, why);

	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	submit_intel_withdraw(
	    &to, id, (const Api__EventPost *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}

enum err
intels_feedback(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Record__Intel *letter = NULL;
	const struct rule *rule = NULL;
	char id[TEXT_UUID_CHARS + 1];
	struct submit_who who;
	enum err e = ingest_about(call, id, &msg, why);

	if (e != ERR_OK)
		return e;
	e = intel_use_letter(call->service->site, id,
	    ((const Api__IntelFeedbackPost *)(const void *)msg)->verdict,
	    &letter, &rule, why);
	slice_free(msg);
	if (e == ERR_OK && rule != NULL) {
		call->rule = rule;
		e = rule_fail(why, submit_op_err(rule), rule, NULL);
	}
	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	const struct submit_plain plain = {.kind = LEDGER__KIND__INTEL,
	    .alliance = true,
	    .message = &letter->base};
	submit_plain(&to, &plain);
	slice_free(&letter->base);
	return ERR_OK;
}

enum err
intels_use(struct ops_call *call, struct err_why *why)
{
	Api__IntelUse *m = NULL;
	char id[TEXT_UUID_CHARS + 1];
	enum err e = ingest_path_id(call, id, why);

	if (e == ERR_OK)
		e = intel_use(
		    call->service->site, call->service->peers, id, &m, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &m->base);
	slice_free(&m->base);
	return ERR_OK;
}
