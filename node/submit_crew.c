/* submit_crew.c - may those who work under a permit, and who guards it? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_crew.h"

#include <stdlib.h>

#include "node/domain/credential_pack.h"
#include "node/domain/person.h"
#include "node/submit_op.h"
#include "proto/mem.h"

/* The same for every question of one permit. */
struct crew {
	const struct submit_crew_of *in;
	struct submit_crew *out;
	const Record__Permit *applied;
};

static enum err
open_event(struct crew *c, uint32_t seq, const Record__Permit **out,
    struct err_why *why)
{
	const struct submit_crew_of *in = c->in;
	uint16_t slot = in->ctx->site->evidence;
	ProtobufCMessage *m = NULL;
	uint64_t place = in->row->first;
	enum err e = ERR_OK;
	size_t at = 0;

	if (seq > 1)
		e = fold_event(&in->ctx->fold, slot, in->id, seq, &place, why);
	if (e == ERR_OK)
		e = submit_op_body(
		    in->ctx, slot, place, &record__permit__descriptor, &m, why);
	if (e != ERR_OK)
		return e;
	while (c->out->opened[at] != NULL)
		at++;
	*out = c->out->opened[at] = (Record__Permit *)m;
	return ERR_OK;
}

static bool
is_his_own(const struct decide_answer *a)
{
	static const enum rule_id own[] = {RULE_NO_CREDENTIAL,
	    RULE_CREDENTIAL_SUSPENDED, RULE_CREDENTIAL_REVOKED,
	    RULE_CREDENTIAL_CANCELLED, RULE_CREDENTIAL_EXPIRED,
	    RULE_PRESENTATION_EXPIRED, RULE_REVIEW_OVERDUE, RULE_IDLE_TOO_LONG,
	    RULE_VIOLATION_OPEN, RULE_SCORE_HIGH};

	if (a->result != RECORD__DECISION__RESULT__DENY)
		return false;
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		for (size_t k = 0; k < a->reasons.len; k++) {
			if (a->reasons.at[k] == rule_get(own[i]))
				return true;
		}
	}
	return false;
}

/* role: NULL for the work itself. */
static enum err
ask(struct crew *c, const char *who, const char *role, struct err_why *why)
{
	const struct submit_crew_of *in = c->in;
	struct submit_crew_asked *a = &c->out->asked[c->out->len];
	enum err e;

	if (in->only != NULL && !person_same(who, in->only))
		return ERR_OK;
	a->question = (struct decide_question){
	    .holder = who,
	    .work_type = c->applied->work_type,
	    .level = (Record__Permit__Level)in->row->level,
	    .area = c->applied->area,
	    .now_us = in->ctx->now_us,
	    .role = role,
	    .permit = in->id,
	};
	e = submit_decision_run(
	    in->ctx, &a->question, &a->facts, &a->answer, why);
	if (e != ERR_OK)
		return e;
	a->his_own = is_his_own(&a->answer);
	if (a->answer.result != RECORD__DECISION__RESULT__ALLOW)
		c->out->allowed = false;
	c->out->len++;
	return ERR_OK;
}

static enum err
ask_all(struct crew *c, struct err_why *why)
{
	const struct row_work *w = &c->in->row->work;
	const Record__Permit *crew = c->applied;
	const Record__Permit *guard = c->applied;
	enum err e = ERR_OK;

	if (w->crew_seq > 1)
		e = open_event(c, w->crew_seq, &crew, why);
	if (e == ERR_OK && w->guardian_seq > 1)
		e = open_event(c, w->guardian_seq, &guard, why);
	if (e != ERR_OK)
		return e;
	c->out->asked = mem_alloc(crew->n_workers + 2, sizeof *c->out->asked);
	c->out->allowed = true;
	e = ask(c, crew->worker, NULL, why);
	for (size_t i = 0; i < crew->n_workers && e == ERR_OK; i++)
		e = ask(c, crew->workers[i], NULL, why);
	if (e == ERR_OK)
		e = ask(c, guard->guardian, CREDENTIAL_GUARDIAN, why);
	return e;
}

enum err
submit_crew_ask(struct submit_crew *out, const struct submit_crew_of *in,
    struct err_why *why)
{
	struct crew c = {.in = in, .out = out};
	enum err e;

	*out = (struct submit_crew){.len = 0};
	e = open_event(&c, 1, &c.applied, why);
	if (e == ERR_OK && in->guardian != NULL) {
		out->asked = mem_alloc(1, sizeof *out->asked);
		out->allowed = true;
		e = ask(&c, in->guardian, CREDENTIAL_GUARDIAN, why);
	} else if (e == ERR_OK) {
		e = ask_all(&c, why);
	}
	if (e != ERR_OK)
		out->allowed = false;
	return e;
}

const struct submit_crew_asked *
submit_crew_first(const struct submit_crew *c)
{
	for (size_t i = 0; i < c->len; i++) {
		if (c->asked[i].answer.result !=
		    RECORD__DECISION__RESULT__ALLOW)
			return &c->asked[i];
	}
	return c->len > 0 ? &c->asked[0] : NULL;
}

enum err
submit_crew_append(
    struct commit_ctx *ctx, const struct submit_crew *c, struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < c->len && e == ERR_OK; i++)
		e = submit_decision_append(ctx, &c->asked[i].question,
		    &c->asked[i].facts, &c->asked[i].answer, NULL, why);
	return e;
}

void
submit_crew_clear(struct submit_crew *c)
{
	for (size_t i = 0; i < SUBMIT_CREW_EVENTS; i++) {
		if (c->opened[i] != NULL)
			record__permit__free_unpacked(c->opened[i], NULL);
	}
	free(c->asked);
	*c = (struct submit_crew){.len = 0};
}
