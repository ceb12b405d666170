/* submit_crew.c - may those who work under a permit, and who guards it? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_crew.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/credential_pack.h"
#include "node/domain/permit.h"
#include "node/domain/person.h"
#include "node/submit_op.h"
#include "proto/mem.h"

/* The same for every question of one permit. */
struct crew {
	const struct submit_crew_of *in;
	struct submit_crew *out;
	const Record__Permit *applied;
};

/* seq: 0 is the first. */
static enum err
open_event(struct crew *c, uint32_t seq, const Record__Permit **out,
    struct err_why *why)
{
	const struct submit_crew_of *in = c->in;
	uint16_t slot = in->ctx->site->evidence;
	const uint32_t nth = seq > 1 ? seq : 1;
	ProtobufCMessage *m = NULL;
	uint64_t place = in->row->first;
	enum err e = ERR_OK;
	size_t at = 0;

	while (c->out->opened[at].event != NULL) {
		*out = c->out->opened[at].event;
		if (c->out->opened[at++].seq == nth)
			return ERR_OK;
	}
	if (nth > 1)
		e = fold_event(&in->ctx->fold, slot, in->id, nth, &place, why);
	if (e == ERR_OK)
		e = submit_op_body(
		    in->ctx, slot, place, &record__permit__descriptor, &m, why);
	if (e != ERR_OK)
		return e;
	c->out->opened[at].seq = nth;
	*out = c->out->opened[at].event = (Record__Permit *)m;
	return ERR_OK;
}

/* The event that named it last; of what no change named, the application. */
static enum err
open_named(struct crew *c, enum row_named what, const Record__Permit **out,
    struct err_why *why)
{
	const uint32_t seq = c->in->row->work.named_seq[what];

	*out = c->applied;
	return seq != 0 ? open_event(c, seq, out, why) : ERR_OK;
}

static bool
is_his_own(const struct decide_answer *a)
{
	static const enum rule_id own[] = {RULE_NO_CREDENTIAL,
	    RULE_CREDENTIAL_SUSPENDED, RULE_CREDENTIAL_REVOKED,
	    RULE_CREDENTIAL_CANCELLED, RULE_CREDENTIAL_EXPIRED,
	    RULE_PRESENTATION_EXPIRED, RULE_REVIEW_OVERDUE, RULE_IDLE_TOO_LONG,
	    RULE_CREDENTIAL_NOT_YET, RULE_CREDENTIAL_AREA,
	    RULE_ISSUER_UNTRUSTED, RULE_VIOLATION_OPEN, RULE_SCORE_HIGH};

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

/* A pack may say that a card is asked only where there is one: nobody starts
 * special work, or guards it, on no card at all. */
static void
want_card(struct decide_answer *a, const char *role)
{
	if (a->result != RECORD__DECISION__RESULT__ALLOW || a->used != NULL ||
	    credential_pack_is_thing(role))
		return;
	a->result = RECORD__DECISION__RESULT__DENY;
	a->expires_us = 0;
	rule_add(&a->reasons, rule_get(RULE_NO_CREDENTIAL));
}

/* Decides, and does not count it yet.  role: NULL for the work itself. */
static enum err
decide(struct crew *c, const char *who, const char *role, struct err_why *why)
{
	const struct submit_crew_of *in = c->in;
	struct submit_crew_asked *a = &c->out->asked[c->out->len];
	enum err e;

	a->question = (struct decide_question){
	    .holder = who,
	    .work_type = c->applied->work_type,
	    .level = (Record__Permit__Level)in->row->level,
	    .area = c->applied->area,
	    .now_us = in->at_us != 0 ? in->at_us : in->ctx->now_us,
	    .past = in->at_us != 0,
	    .role = role,
	    .permit = in->id,
	    .unit = c->applied->contractor ? c->applied->work_unit : NULL,
	};
	e = submit_decision_run(
	    in->ctx, &a->question, &a->facts, &a->answer, why);
	if (e == ERR_OK)
		want_card(&a->answer, role);
	a->his_own = e == ERR_OK && is_his_own(&a->answer);
	return e;
}

static bool
allows(const struct submit_crew_asked *a)
{
	return a->answer.result == RECORD__DECISION__RESULT__ALLOW;
}

static void
count(struct crew *c)
{
	if (!allows(&c->out->asked[c->out->len]))
		c->out->allowed = false;
	c->out->len++;
}

static enum err
ask(struct crew *c, const char *who, const char *role, struct err_why *why)
{
	enum err e;

	if (c->in->only != NULL && !person_same(who, c->in->only))
		return ERR_OK;
	e = decide(c, who, role, why);
	if (e == ERR_OK)
		count(c);
	return e;
}

/* ---- parts of the work beside it ---- */

struct part {
	const char *role;
	enum row_named what;
	size_t at; /* of its name in the form */
};

/* Parts that the form has a place for; NULL: none. */
static const struct part *
part_of(const char *role)
{
	static const struct part parts[] = {
	    {"work-lead", ROW_NAMED_LEAD, offsetof(Record__Permit, work_lead)},
	    {"commander", ROW_NAMED_COMMANDER,
	        offsetof(Record__Permit, commander)},
	    {"rigger", ROW_NAMED_RIGGER, offsetof(Record__Permit, rigger)},
	};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (strcmp(role, parts[i].role) == 0)
			return &parts[i];
	}
	return NULL;
}

static enum err
ask_named(struct crew *c, const struct part *p, struct err_why *why)
{
	const Record__Permit *m;
	const char *who;
	enum err e = open_named(c, p->what, &m, why);

	if (e != ERR_OK)
		return e;
	memcpy(&who, (const char *)m + p->at, sizeof who);
	return ask(c, who, p->role, why);
}

static bool
works(const struct crew *c, const Record__Permit *crew)
{
	bool found =
	    c->in->only == NULL || person_same(crew->worker, c->in->only);

	for (size_t i = 0; i < crew->n_workers && !found; i++)
		found = person_same(crew->workers[i], c->in->only);
	return found;
}

/* Any one of the crew; lost when each of them is for what he is himself. */
static enum err
ask_crew(struct crew *c, const Record__Permit *crew, const char *role,
    struct err_why *why)
{
	struct submit_crew_asked *a = &c->out->asked[c->out->len];
	bool his_own = true;
	enum err e = ERR_OK;

	if (!works(c, crew))
		return ERR_OK;
	for (size_t i = 0; i <= crew->n_workers && e == ERR_OK; i++) {
		e = decide(
		    c, i == 0 ? crew->worker : crew->workers[i - 1], role, why);
		his_own &= a->his_own;
		if (e == ERR_OK && allows(a))
			break;
	}
	a->his_own = his_own;
	if (e == ERR_OK)
		count(c);
	return e;
}

/* A role of the credential pack that this work asks for by name: of whom the
 * form names in it, else of anybody in the crew. */
static bool
is_part(const struct crew *c, const Pack__Credentials *p, size_t at)
{
	const Pack__CredentialNeed *n = p->needs[at];

	if (n->role == NULL || n->n_work_types == 0 ||
	    c->applied->work_type == NULL ||
	    !credential_pack_needs(n, c->applied->work_type, n->role) ||
	    credential_pack_is_thing(n->role) ||
	    strcmp(n->role, CREDENTIAL_WORKER) == 0 ||
	    strcmp(n->role, CREDENTIAL_GUARDIAN) == 0)
		return false;
	for (size_t i = 0; i < at; i++) {
		const Pack__CredentialNeed *o = p->needs[i];

		if (o->role != NULL && strcmp(o->role, n->role) == 0 &&
		    is_part(c, p, i))
			return false;
	}
	return true;
}

static enum err
ask_parts(struct crew *c, const Pack__Credentials *p,
    const Record__Permit *crew, struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; p != NULL && i < p->n_needs && e == ERR_OK; i++) {
		const char *role = p->needs[i]->role;
		const struct part *part;

		if (!is_part(c, p, i))
			continue;
		part = part_of(role);
		e = part != NULL ? ask_named(c, part, why)
		                 : ask_crew(c, crew, role, why);
	}
	return e;
}

/* Things that are named, where the pack knows what they need. */
static enum err
ask_things(struct crew *c, const char *role, char *const *names, size_t n,
    struct err_why *why)
{
	const struct commit_ctx *ctx = c->in->ctx;
	const Pack__Credentials *p =
	    packs_credentials(ctx->site->packs, ctx->now_us);
	enum err e = ERR_OK;

	if (credential_pack_part(p, c->applied->work_type, role) == NULL)
		return ERR_OK;
	for (size_t i = 0; i < n && i < PERMIT_THINGS_MAX && e == ERR_OK; i++)
		e = ask(c, names[i], role, why);
	return e;
}

static enum err
ask_instruments(struct crew *c, struct err_why *why)
{
	return ask_things(c, CREDENTIAL_INSTRUMENT, c->in->instruments,
	    c->in->instruments_len, why);
}

static enum err
ask_all(struct crew *c, struct err_why *why)
{
	const struct row_work *w = &c->in->row->work;
	const Record__Permit *crew = c->applied;
	const Record__Permit *guard = c->applied;
	const Record__Permit *things = c->applied;
	const struct commit_ctx *ctx = c->in->ctx;
	const Pack__Credentials *pack =
	    packs_credentials(ctx->site->packs, ctx->now_us);
	size_t parts = pack != NULL ? pack->n_needs : 0;
	enum err e = ERR_OK;

	if (w->crew_seq > 1)
		e = open_event(c, w->crew_seq, &crew, why);
	if (e == ERR_OK && w->guardian_seq > 1)
		e = open_event(c, w->guardian_seq, &guard, why);
	if (e == ERR_OK)
		e = open_named(c, ROW_NAMED_EQUIPMENT, &things, why);
	if (e != ERR_OK)
		return e;
	c->out->workers = crew;
	c->out->asked =
	    mem_alloc(crew->n_workers + 2 + parts + 2 * PERMIT_THINGS_MAX,
	        sizeof *c->out->asked);
	c->out->allowed = true;
	e = ask(c, crew->worker, NULL, why);
	for (size_t i = 0; i < crew->n_workers && e == ERR_OK; i++)
		e = ask(c, crew->workers[i], NULL, why);
	if (e == ERR_OK)
		e = ask(c, guard->guardian, CREDENTIAL_GUARDIAN, why);
	if (e == ERR_OK)
		e = ask_parts(c, pack, crew, why);
	if (e == ERR_OK)
		e = ask_things(c, CREDENTIAL_EQUIPMENT, things->equipment,
		    things->n_equipment, why);
	return e == ERR_OK ? ask_instruments(c, why) : e;
}

enum err
submit_crew_ask(struct submit_crew *out, const struct submit_crew_of *in,
    struct err_why *why)
{
	struct crew c = {.in = in, .out = out};
	enum err e;

	*out = (struct submit_crew){.len = 0};
	e = open_event(&c, in->row->work.apply_seq, &c.applied, why);
	if (e == ERR_OK && in->guardian != NULL) {
		out->asked = mem_alloc(1, sizeof *out->asked);
		out->allowed = true;
		e = ask(&c, in->guardian, CREDENTIAL_GUARDIAN, why);
	} else if (e == ERR_OK && in->only_instruments) {
		out->asked = mem_alloc(PERMIT_THINGS_MAX, sizeof *out->asked);
		out->allowed = true;
		e = ask_instruments(&c, why);
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
	submit_crew_until(ctx->site, c);
	return e;
}

void
submit_crew_until(struct site *s, const struct submit_crew *c)
{
	for (size_t i = 0; i < c->len; i++) {
		const int64_t end = c->asked[i].answer.expires_us;
		int64_t due = atomic_load(&s->persons_due_us);

		/* A look that takes it away asks again. */
		if (allows(&c->asked[i]) && (due == 0 || end < due))
			atomic_compare_exchange_strong(
			    &s->persons_due_us, &due, end);
	}
}

void
submit_crew_clear(struct submit_crew *c)
{
	for (size_t i = 0; i < SUBMIT_CREW_EVENTS; i++) {
		if (c->opened[i].event != NULL)
			record__permit__free_unpacked(c->opened[i].event, NULL);
	}
	free(c->asked);
	*c = (struct submit_crew){.len = 0};
}
