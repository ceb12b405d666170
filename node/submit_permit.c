/* submit_permit.c - one event of a permit, inside its transaction. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_permit.h"

#include <stdlib.h>

#include "node/actor_right.h"
#include "node/domain/credential_pack.h"
#include "node/domain/permit_rules.h"
#include "node/submit_card.h"
#include "node/submit_rules.h"
#include "node/timekeep.h"
#include "proto/mem.h"

static const Record__Permit *
body_of(const struct submit_permit *p)
{
	return (const Record__Permit *)p->post->body;
}

/* ---- rights ---- */

struct asked_right {
	char *const *roles;
	size_t roles_len;
	bool signed_;
};

/* A step's right is its own, and it is always signed. */
static bool
right_of(const struct submit_permit *p, const Pack__Work *pack,
    struct asked_right *out)
{
	const Record__Permit *m = body_of(p);
	bool applies =
	    p->row == NULL || m->action == RECORD__PERMIT__ACTION__APPLY;
	Record__Permit__Level level =
	    applies ? m->level : (Record__Permit__Level)p->row->level;
	const Pack__Right *r = packs_right(pack, m->action, level);
	const Pack__Step *s = packs_step(pack, m->step);

	if (m->action == RECORD__PERMIT__ACTION__STEP) {
		if (s == NULL)
			return false;
		*out = (struct asked_right){.roles = s->roles,
		    .roles_len = s->n_roles,
		    .signed_ = true};
		return true;
	}
	if (r == NULL)
		return false;
	*out = (struct asked_right){.roles = r->roles,
	    .roles_len = r->n_roles,
	    .signed_ = r->signed_ != 0};
	return true;
}

static const struct rule *
check_right(
    struct submit_permit *p, const Pack__Work *pack, int64_t at_us, enum err *e)
{
	bool step = body_of(p)->action == RECORD__PERMIT__ACTION__STEP;
	struct asked_right r;

	if (!right_of(p, pack, &r))
		return rule_get(step ? RULE_STEP_UNKNOWN : RULE_ROLE_MISSING);
	if (!p->post->is_signed)
		return r.signed_ ? rule_get(RULE_SIGNATURE_MISSING) : NULL;
	return submit_post_right(p->post, p->ctx,
	    &(struct actor_right){.roles = r.roles,
	        .roles_len = r.roles_len,
	        .area = p->area,
	        .at_us = at_us},
	    e);
}

/* The permit's pack is gone: what must be signed under any pack still must,
 * by somebody whom a pack entitles.  To stop is open to everybody. */
static const struct rule *
check_packless(struct submit_permit *p, int64_t at_us, enum err *e)
{
	const struct rule *worst = rule_get(RULE_PACK_MISSING);
	const struct packs *packs = p->ctx->site->packs;
	const Pack__Work *w;

	if (body_of(p)->action == RECORD__PERMIT__ACTION__SUSPEND)
		return NULL;
	for (size_t i = 0; (w = packs_each(packs, i)) != NULL; i++) {
		const struct rule *rule = check_right(p, w, at_us, e);

		if (*e != ERR_OK)
			return NULL;
		if (rule == NULL && p->post->is_signed)
			return NULL;
		if (rule == rule_get(RULE_SIGNATURE_MISSING))
			return rule;
		worst = rule;
	}
	return worst;
}

static const struct rule *
right_at(struct submit_permit *p, int64_t at_us, enum err *e)
{
	return p->pack != NULL ? check_right(p, p->pack, at_us, e)
	                       : check_packless(p, at_us, e);
}

const struct rule *
submit_permit_right(struct submit_permit *p, enum err *e)
{
	return right_at(p, p->occurred_us, e);
}

/* Which of the measures that this event names may its signer confirm?  Where a
 * measure names nobody, whoever signs the step may. */
static uint64_t
confirms(struct submit_permit *p, enum err *e)
{
	const Record__Permit *m = body_of(p);
	uint64_t out = 0;
	uint64_t seen = 0; /* however often it is named */

	for (size_t i = 0; p->pack != NULL && i < m->n_measures && *e == ERR_OK;
	     i++) {
		uint32_t no = m->measures[i]->no;
		const Pack__Measure *one;
		struct actor_right right = {
		    .area = p->area, .at_us = p->occurred_us};

		if (no < 1 || no > p->pack->n_measures ||
		    (seen >> (no - 1) & 1) != 0)
			continue;
		seen |= UINT64_C(1) << (no - 1);
		one = p->pack->measures[no - 1];
		right.roles = one->roles;
		right.roles_len = one->n_roles;
		if (one->n_roles == 0 ||
		    (p->post->is_signed &&
		        submit_post_right(p->post, p->ctx, &right, e) == NULL))
			out |= UINT64_C(1) << (no - 1);
	}
	return out;
}

/* ---- decisions ---- */

/* What the site asks of gas instruments; NULL: it says nothing of them. */
static const Pack__CredentialNeed *
instrument_need(const struct submit_permit *p)
{
	return credential_pack_part(
	    packs_credentials(p->ctx->site->packs, p->ctx->now_us),
	    p->pack != NULL ? p->pack->work_type : NULL, CREDENTIAL_INSTRUMENT);
}

/* Does a good sample by these count?  Whether the site keeps its instruments
 * is what its credential pack says of their lack. */
static void
judge_instruments(struct submit_permit *p)
{
	const bool kept = credential_pack_lacking(instrument_need(p)) !=
	    RECORD__DECISION_FACTS__NEED__LACK__WARN;

	if (kept && body_of(p)->n_instruments == 0)
		p->event.instrument = rule_get(RULE_INSTRUMENT_MISSING);
	else if (!p->event.allowed)
		p->event.instrument = rule_get(RULE_INSTRUMENT_DENIED);
}

/* Those whom a move is decided about; false: nobody. */
static bool
crew_of(const struct submit_permit *p, struct submit_crew_of *of)
{
	const Record__Permit *m = body_of(p);

	*of = (struct submit_crew_of){.ctx = p->ctx,
	    .id = p->post->record_id,
	    .row = p->row,
	    .instruments = m->instruments,
	    .instruments_len = m->n_instruments};
	switch ((int)m->action) {
	case RECORD__PERMIT__ACTION__GAS_TEST:
		of->only_instruments = true;
		return instrument_need(p) != NULL;
	case RECORD__PERMIT__ACTION__CHANGE_GUARDIAN:
		of->guardian = m->guardian != NULL ? m->guardian : "";
		return true;
	case RECORD__PERMIT__ACTION__START:
	case RECORD__PERMIT__ACTION__RESUME:
		return true;
	default:
		return false;
	}
}

static enum err
ask_crew(struct submit_crew *out, const struct submit_crew_of *of,
    struct err_why *why)
{
	enum err e = submit_crew_ask(out, of, why);

	if (e == ERR_OK)
		e = submit_card_check(out, of, why);
	if (e != ERR_OK)
		out->allowed = false;
	return e;
}

/* What comes late must not have been forbidden when it was done, either.  What
 * nobody knows of then does not count: what is so now was asked. */
static enum err
ask_then(struct submit_permit *p, struct submit_crew_of of, struct err_why *why)
{
	enum err e;

	of.at_us = p->occurred_us;
	e = ask_crew(&p->then, &of, why);
	for (size_t i = 0; i < p->then.len && p->event.allowed; i++) {
		const struct submit_crew_asked *a = &p->then.asked[i];

		if (a->answer.result != RECORD__DECISION__RESULT__DENY)
			continue;
		p->event.allowed = false;
		p->event.denied = a->question.role;
		p->event.denied_name = a->question.holder;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Anything that is not read leaves the answer at "no". */
static enum err
ask_decisions(struct submit_permit *p, struct err_why *why)
{
	const struct submit_crew_asked *first;
	struct submit_crew_of of;
	enum err e;

	if (!crew_of(p, &of))
		return ERR_OK;
	e = ask_crew(&p->crew, &of, why);
	p->event.allowed = e == ERR_OK && p->crew.allowed;
	first = submit_crew_first(&p->crew);
	if (first != NULL) {
		p->event.denied = first->question.role;
		p->event.denied_name = first->question.holder;
	}
	e = e == ERR_NOT_FOUND ? ERR_OK : e;
	if (e == ERR_OK && p->late)
		e = ask_then(p, of, why);
	if (of.only_instruments)
		judge_instruments(p);
	return e;
}

const struct decide_answer *
submit_permit_answer(const struct submit_permit *p)
{
	const struct submit_crew_asked *a = submit_crew_first(&p->crew);

	return a != NULL ? &a->answer : NULL;
}

enum err
submit_permit_decided(struct submit_permit *p, struct err_why *why)
{
	const bool goes =
	    body_of(p)->action != RECORD__PERMIT__ACTION__GAS_TEST;

	return goes && p->event.allowed
	    ? submit_crew_append(p->ctx, &p->crew, why)
	    : ERR_OK;
}

/* ---- the machine ---- */

static bool
goes(const struct rule_verdict *v)
{
	return v->outcome == LEDGER__OUTCOME__APPLIED && !v->refused;
}

/* What lets work go on must hold by the author's clock and by ours: a time
 * written back cannot make an old sample fresh or a long break short.  And at
 * every time that it may be while our clock is uncertain. */
static struct rule_verdict
check_permit(const struct submit_permit *p)
{
	const int64_t times[] = {
	    p->span.now_us, p->span.from_us, p->span.to_us};
	struct permit_event then = p->event;
	struct rule_verdict v = permit_check(&p->event);

	if (!goes(&v) || !permit_lets_go(p->event.msg->action))
		return v;
	for (size_t i = 0; i < 3; i++) {
		then.occurred_us = times[i];
		struct rule_verdict again = permit_check(&then);
		if (goes(&again))
			continue;
		if (i > 0) {
			again.rule = rule_get(RULE_CLOCK_UNCERTAIN);
			again.gap = (struct rule_gap){.rule = again.rule};
		}
		return again;
	}
	return v;
}

/* What stops work, or measures, counts whoever brings it late. */
static bool
is_safe_side(Record__Permit__Action action)
{
	return action == RECORD__PERMIT__ACTION__SUSPEND ||
	    action == RECORD__PERMIT__ACTION__GAS_TEST ||
	    action == RECORD__PERMIT__ACTION__CANCEL ||
	    action == RECORD__PERMIT__ACTION__REJECT ||
	    action == RECORD__PERMIT__ACTION__VOID;
}

/* So must the right of whoever signs it: one that is over by our clock moves
 * nothing on, whenever it was written.  That it was signed stays known. */
static enum err
check_term(struct submit_permit *p, struct rule_verdict *v)
{
	const struct rule *rule;
	enum err e = ERR_OK;

	if (!goes(v) || is_safe_side(p->event.msg->action) ||
	    !p->post->is_signed)
		return ERR_OK;
	rule = right_at(p, p->span.to_us, &e);
	if (rule != NULL)
		*v = (struct rule_verdict){.refused = !p->event.late,
		    .outcome = LEDGER__OUTCOME__NOT_APPLIED,
		    .rule = rule,
		    .gap = {.rule = rule}};
	return e;
}

/* Looked at for the author's time; what lets work go on, also for ours. */
static enum err
look_around(struct submit_permit *p, int64_t at_us, struct permit_world *out,
    struct err_why *why)
{
	const struct permit_world_ask ask = {
	    .site = p->ctx->site,
	    .fold = &p->ctx->fold,
	    .record_id = p->post->record_id,
	    .row = p->row,
	    .pack = p->pack,
	    .msg = body_of(p),
	    .action = body_of(p)->action,
	    .signer = p->signer,
	    .at_us = at_us,
	};

	return permit_world(&ask, &p->ids, out, why);
}

/* All that was found against any of them. */
static struct rule_list
reasons_of(const struct submit_crew *c)
{
	struct rule_list out = {.len = 0};

	for (size_t i = 0; i < c->len; i++) {
		const struct decide_answer *a = &c->asked[i].answer;

		for (size_t k = 0; k < a->reasons.len &&
		     a->result != RECORD__DECISION__RESULT__ALLOW;
		     k++)
			rule_add(&out, a->reasons.at[k]);
	}
	return out;
}

/* An event that came late and is kept as evidence: which rules were broken when
 * it happened.  What merely does not do any more broke none. */
static enum err
look_back(
    struct submit_permit *p, const struct rule_verdict *v, struct err_why *why)
{
	/* The permit has moved on, perhaps for that very card. */
	const struct rule_verdict cards = {
	    .outcome = LEDGER__OUTCOME__NOT_APPLIED,
	    .rule = rule_get(RULE_DECISION_DENY)};
	struct permit_event then = p->event;
	const struct rule_list denied = reasons_of(&p->then);
	const struct submit_crew_asked *first = submit_crew_first(&p->then);
	struct rule_gaps gaps;
	enum err e;

	p->broken = permit_rules_begun(&p->event, v);
	if (p->row != NULL && !v->refused &&
	    v->outcome == LEDGER__OUTCOME__LATE &&
	    permit_lets_go(p->event.msg->action))
		p->broken |= permit_rules_kept(p->pack, &cards, &denied);
	if (v->refused || v->outcome != LEDGER__OUTCOME__NOT_APPLIED ||
	    p->row == NULL)
		return ERR_OK;
	e = look_around(p, p->occurred_us, &then.world, why);
	then.allowed = p->then.allowed;
	then.denied = first != NULL ? first->question.role : NULL;
	permit_gaps(&then, &gaps);
	for (size_t i = 0; i < gaps.len && e == ERR_OK; i++) {
		const struct rule_verdict one = {.outcome = v->outcome,
		    .rule = gaps.at[i].rule,
		    .gap = gaps.at[i]};

		p->broken |= permit_rules_kept(p->pack, &one, &denied);
	}
	/* No sample at all is none that was too old. */
	if ((p->broken & PERMIT_RULE(1)) != 0)
		p->broken &= ~PERMIT_RULE(2);
	return e;
}

/* What shows that something was done counts from the earliest time that it may
 * be here now, what stops from the latest. */
static int64_t
came(const struct submit_permit *p)
{
	return body_of(p)->action == RECORD__PERMIT__ACTION__SUSPEND
	    ? p->span.to_us
	    : p->span.from_us;
}

int64_t
submit_permit_counted(const struct submit_permit *p)
{
	const Record__Permit *m = body_of(p);
	bool gas = m->action == RECORD__PERMIT__ACTION__GAS_TEST;
	int64_t said = gas ? m->sampled_at : p->occurred_us;

	return said > came(p) ? came(p) : 0;
}

enum err
submit_permit_judge(
    struct submit_permit *p, struct rule_verdict *out, struct err_why *why)
{
	const Record__Permit *m = body_of(p);
	uint32_t seq = p->row != NULL ? p->row->seq : 0;
	enum err e;

	p->event = (struct permit_event){
	    .row = p->row,
	    .pack = p->pack,
	    .msg = m,
	    .occurred_us = p->occurred_us,
	    .came_us = came(p),
	    .late = p->late,
	    .stale = p->post->is_signed && p->post->based_on != seq,
	};
	if (m->action == RECORD__PERMIT__ACTION__GAS_TEST)
		p->event.gas = p->pack != NULL
		    ? permit_judge(p->pack, m->gas, m->n_gas)
		    : PERMIT_GAS_UNUSABLE;
	e = submit_post_name(p->post, p->ctx, &p->signer, why);
	if (e == ERR_OK)
		e = look_around(p, p->ctx->now_us, &p->event.world, why);
	if (e == ERR_OK)
		p->event.world.confirms = confirms(p, &e);
	if (e == ERR_OK && p->row != NULL)
		e = ask_decisions(p, why);
	if (e == ERR_OK)
		*out = check_permit(p);
	if (e == ERR_OK)
		e = check_term(p, out);
	if (e == ERR_OK)
		e = look_back(p, out, why);
	/* Applied on the author's time, long after: let the entry say so. */
	if (!out->refused && out->rule == NULL && p->event.late)
		out->rule = rule_get(RULE_LATE_EVENT);
	return e;
}

/* Work stops for what this event says, or follows the work that it stopped. */
static enum err
follow_stop(
    struct submit_permit *p, const struct rule_verdict *v, struct err_why *why)
{
	const struct rule *gas = rule_get(RULE_GAS_SUSPENDS);
	struct submit_stop stop = {.occurred_us = p->occurred_us};
	const struct row now = p->ctx->fold.row;

	if (permit_must_stop(p->row, &p->event))
		return submit_work_stop(
		    p->ctx, p->post->record_id, &stop, gas, why);
	if (!goes(v) || p->row->state == now.state)
		return ERR_OK;
	return submit_work_followers(
	    p->ctx, p->post->record_id, &now, &stop, why);
}

enum err
submit_permit_follow(
    struct submit_permit *p, const struct rule_verdict *v, struct err_why *why)
{
	struct commit_ctx *ctx = p->ctx;
	struct row now = ctx->fold.row;
	enum err e;

	if (p->row == NULL)
		return ERR_OK;
	if (p->broken != 0)
		return submit_rules_raise(ctx, p->post->record_id, &now,
		    p->broken, p->occurred_us, why);
	e = follow_stop(p, v, why);
	if (e == ERR_OK)
		e = fold_get(&ctx->fold, ctx->site->evidence,
		    p->post->record_id, &now, why);
	return e != ERR_OK ? e
	                   : submit_rules_look(ctx, p->post->record_id, &now,
	                         SUBMIT_RULES_NOT_ASKED, why);
}

void
submit_permit_clear(struct submit_permit *p)
{
	submit_crew_clear(&p->crew);
	submit_crew_clear(&p->then);
}
