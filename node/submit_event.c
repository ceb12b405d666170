/* submit_event.c - one event of a record, judged by its state machine. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "node/actor_right.h"
#include "node/actor_role.h"
#include "node/domain/certificate.h"
#include "node/domain/credential_pack.h"
#include "node/submit_case.h"
#include "node/submit_due.h"
#include "node/submit_hold.h"
#include "node/submit_holder.h"
#include "node/submit_op.h"
#include "node/submit_permit.h"
#include "node/submit_person.h"
#include "node/submit_post.h"
#include "node/submit_step.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define MINUTE_US INT64_C(60000000)
#define SIGNER_BYTES 8
#define LATE_MINUTES 10 /* where no pack says otherwise */

struct event {
	struct submit_op op;
	struct submit_post post;
};

/* One attempt: everything found out inside the transaction. */
struct turn {
	struct commit_ctx *ctx;
	struct event *ev;
	struct row row;
	bool found;
	uint64_t area;
	int64_t occurred_us;
	struct timeline_span span; /* when it may be now */
	const Pack__Work *pack; /* of a permit */
	struct rule_verdict verdict;
	char until[TEXT_TIME_CHARS + 1]; /* what the verdict's gap names */
	struct submit_permit *permit; /* NULL: it is none */
	struct submit_case kase; /* of a case */
};

static bool
is_late(const struct turn *t)
{
	uint32_t minutes =
	    t->pack != NULL ? t->pack->late_minutes : LATE_MINUTES;

	return t->ev->post.is_signed &&
	    t->ctx->now_us - t->occurred_us > minutes * MINUTE_US;
}

static const char *
body_area(const ProtobufCMessage *b)
{
	if (b->descriptor == &record__permit__descriptor)
		return ((const Record__Permit *)b)->area;
	if (b->descriptor == &record__case__descriptor)
		return ((const Record__Case *)b)->area;
	if (b->descriptor == &record__alarm__descriptor)
		return ((const Record__Alarm *)b)->area;
	if (b->descriptor == &record__retention__descriptor)
		return ((const Record__Retention *)b)->area;
	return NULL;
}

/* Who may sign what, outside permits. */
static char role_any[] = "any";
static char role_issuer[] = ACTOR_ROLE_ISSUER;
static char role_admin[] = ACTOR_ROLE_ADMIN;

static struct submit_step
alarm_step(const struct turn *t)
{
	return (struct submit_step){
	    .ctx = t->ctx,
	    .post = &t->ev->post,
	    .row = t->found ? &t->row : NULL,
	    .area = t->area,
	    .late = is_late(t),
	};
}

static bool
takes(Record__Certificate__Action action)
{
	return action == RECORD__CERTIFICATE__ACTION__SUSPEND ||
	    action == RECORD__CERTIFICATE__ACTION__REVOKE ||
	    action == RECORD__CERTIFICATE__ACTION__CANCEL;
}

/* The pack says who; where it does not, only an issuer who signs. */
static const struct rule *
check_certifier(const struct turn *t, enum err *e)
{
	const struct submit_post *p = &t->ev->post;
	const Record__Certificate *m = (const Record__Certificate *)p->body;
	const Pack__CredentialRight *r = credential_pack_right(
	    packs_credentials(t->ctx->site->packs, t->ctx->now_us), m->action);
	char *issuer = role_issuer;

	/* Neither is anybody's to post. */
	if (m->action == RECORD__CERTIFICATE__ACTION__PUBLISH ||
	    m->action == RECORD__CERTIFICATE__ACTION__ACTION_UNSPECIFIED)
		return NULL;
	if (!p->is_signed)
		return r == NULL || r->signed_
		    ? rule_get(RULE_SIGNATURE_MISSING)
		    : NULL;
	if (r == NULL)
		return submit_post_giver(p, t->ctx, &issuer, 1, t->area, e);
	return takes(m->action)
	    ? submit_post_signer(p, t->ctx, r->roles, r->n_roles, t->area, e)
	    : submit_post_giver(p, t->ctx, r->roles, r->n_roles, t->area, e);
}

static enum err
check_signer(struct turn *t, const struct rule **rule)
{
	const struct submit_post *p = &t->ev->post;
	char *role = role_any;
	enum err e = ERR_OK;

	*rule = NULL;
	if (p->kind == LEDGER__KIND__PERMIT) {
		t->permit->area = t->area;
		*rule = submit_permit_right(t->permit, &e);
		return e;
	}
	if (p->kind == LEDGER__KIND__ALARM ||
	    p->kind == LEDGER__KIND__INCIDENT) {
		const struct submit_step step = alarm_step(t);

		*rule = submit_step_right(&step, &e);
		return e;
	}
	if (p->kind == LEDGER__KIND__CERTIFICATE) {
		*rule = check_certifier(t, &e);
		return e;
	}
	if (p->kind == LEDGER__KIND__RETENTION) {
		*rule = submit_hold_right(p, t->ctx, t->area, &e);
		return e;
	}
	if (p->kind == LEDGER__KIND__CASE) {
		t->kase = (struct submit_case){.ctx = t->ctx,
		    .post = &t->ev->post,
		    .row = t->found ? &t->row : NULL,
		    .area = t->area,
		    .late = is_late(t)};
		*rule = submit_case_right(&t->kase, &t->verdict.gap, &e);
		return e;
	}
	if (!p->is_signed)
		return ERR_OK;
	if (p->kind == LEDGER__KIND__ACTOR) {
		role = role_admin;
		*rule = submit_post_giver(p, t->ctx, &role, 1, t->area, &e);
		return e;
	}
	*rule = submit_post_signer(p, t->ctx, &role, 1, t->area, &e);
	return e;
}

static enum err
judge_certificate(struct turn *t, struct err_why *why)
{
	const struct submit_post *p = &t->ev->post;
	const Record__Certificate *m = (const Record__Certificate *)p->body;
	const Pack__Credentials *pack =
	    packs_credentials(t->ctx->site->packs, t->ctx->now_us);
	struct certificate_event e = {
	    .row = t->found ? &t->row : NULL,
	    .msg = m,
	    .pack = pack,
	    .class = t->found
	        ? decide_class(&t->ctx->site->index_mac, pack, t->row.type)
	        : credential_pack_class(pack, m->class_),
	    .occurred_us = t->occurred_us,
	    .late = is_late(t),
	    .stale = p->is_signed && p->based_on != t->row.seq,
	};
	int64_t until = 0;
	enum err err = ERR_OK;

	if (!t->found && m->action == RECORD__CERTIFICATE__ACTION__ISSUE)
		err = submit_holder_barred(t->ctx, m, e.class, &until, why);
	e.barred = until != 0;
	t->verdict = certificate_check(&e);
	if (t->verdict.rule != rule_get(RULE_CERT_BARRED))
		return err;
	text_time_put(t->until, until);
	t->verdict.gap =
	    (struct rule_gap){.rule = t->verdict.rule, .what = t->until};
	return err;
}

/* After judge_actor: does the right that is given exist? */
static enum err
judge_enrolment(struct turn *t)
{
	const struct submit_post *p = &t->ev->post;
	const Record__Actor *a = (const Record__Actor *)p->body;
	const struct rule *rule;
	enum err e;

	if (t->verdict.refused || a->action != RECORD__ACTOR__ACTION__ENROL)
		return ERR_OK;
	rule = actor_right_enrol(t->ctx, a, p->is_signed ? p->key : NULL, &e);
	if (rule != NULL)
		t->verdict =
		    (struct rule_verdict){.refused = true, .rule = rule};
	return e;
}

static struct rule_verdict
judge_actor(const struct turn *t)
{
	const Record__Actor *a = (const Record__Actor *)t->ev->post.body;
	bool enrol = a->action == RECORD__ACTOR__ACTION__ENROL;
	bool revoke = a->action == RECORD__ACTOR__ACTION__REVOKE;
	struct rule_verdict v = {.outcome = LEDGER__OUTCOME__APPLIED};

	if ((!enrol && !revoke) || a->key.len != CRYPTO_ALG_PUB_BYTES ||
	    (enrol && (a->n_roles == 0 || a->name == NULL)))
		v.rule = rule_get(RULE_FIELD_MISSING);
	else if (enrol == t->found)
		v.rule = rule_get(
		    t->found ? RULE_RECORD_EXISTS : RULE_RECORD_UNKNOWN);
	v.refused = v.rule != NULL;
	return v;
}

/* A revocation ends the key that this record enrolled, not another. */
static enum err
check_revoked_key(struct turn *t, struct err_why *why)
{
	const Record__Actor *a = (const Record__Actor *)t->ev->post.body;
	ProtobufCMessage *first = NULL;
	const Record__Actor *was;
	enum err e;

	if (t->verdict.refused || !t->found)
		return ERR_OK;
	e = submit_op_body(t->ctx, t->ctx->site->evidence, t->row.first,
	    &record__actor__descriptor, &first, why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK; /* erased: nothing left to compare with */
	if (e != ERR_OK)
		return e;
	was = (const Record__Actor *)first;
	if (!bytes_equal(bytes_of(a->key.data, a->key.len),
	        bytes_of(was->key.data, was->key.len)))
		t->verdict = (struct rule_verdict){
		    .refused = true, .rule = rule_get(RULE_FIELD_RANGE)};
	slice_free(first);
	return ERR_OK;
}

static enum err
judge(struct turn *t, struct err_why *why)
{
	struct submit_step step;
	enum err e;

	switch ((int)t->ev->post.kind) {
	case LEDGER__KIND__PERMIT:
		return submit_permit_judge(t->permit, &t->verdict, why);
	case LEDGER__KIND__CERTIFICATE:
		return judge_certificate(t, why);
	case LEDGER__KIND__ALARM:
	case LEDGER__KIND__INCIDENT:
		step = alarm_step(t);
		t->verdict = submit_step_judge(&step);
		return ERR_OK;
	case LEDGER__KIND__RETENTION:
		t->verdict = submit_hold_judge(
		    &t->ev->post, t->ctx, t->found ? &t->row : NULL);
		return ERR_OK;
	case LEDGER__KIND__ACTOR:
		t->verdict = judge_actor(t);
		e = judge_enrolment(t);
		return e != ERR_OK ? e : check_revoked_key(t, why);
	default:
		t->verdict = submit_case_judge(&t->kase);
		return ERR_OK;
	}
}

/* Loads the record and settles area and pack. */
static enum err
look_up(struct turn *t, const struct rule **rule, struct err_why *why)
{
	const struct submit_post *p = &t->ev->post;
	struct site *s = t->ctx->site;
	enum err e;

	*rule = NULL;
	e = fold_get(&t->ctx->fold, s->evidence, p->record_id, &t->row, why);
	t->found = e == ERR_OK;
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (!t->found && p->later)
		*rule = rule_get(RULE_RECORD_UNKNOWN);
	else if (!t->found && submit_post_takes_own(p))
		*rule = rule_get(RULE_FIELD_RANGE);
	else if (t->found && t->row.kind != p->kind)
		*rule = rule_get(RULE_KIND_MISMATCH);
	t->area = t->found
	    ? t->row.area
	    : fold_hash(t->ctx->fold.mac, FOLD_AREA, body_area(p->body));
	if (*rule == NULL && !submit_op_area(&t->ev->op, t->area))
		*rule =
		    rule_get(t->found ? RULE_RECORD_UNKNOWN : RULE_AREA_DENIED);
	t->occurred_us = submit_post_occurred(p, t->ctx->now_us);
	if (p->kind != LEDGER__KIND__PERMIT)
		return ERR_OK;
	const Record__Permit *m = (const Record__Permit *)p->body;
	if (t->found)
		t->pack = packs_version(s->packs, t->row.pack);
	else if (m->work_type != NULL)
		t->pack = packs_work(s->packs, m->work_type, t->ctx->now_us);
	if (!t->found && t->pack == NULL && *rule == NULL)
		*rule = rule_get(RULE_PACK_MISSING);
	t->permit = mem_alloc(1, sizeof *t->permit);
	*t->permit = (struct submit_permit){
	    .ctx = t->ctx,
	    .post = &t->ev->post,
	    .row = t->found ? &t->row : NULL,
	    .pack = t->pack,
	    .occurred_us = t->occurred_us,
	    .late = is_late(t),
	    .span = t->span,
	};
	return ERR_OK;
}

/* A permit ends under the very text that it began with. */
static void
fill_digest(const struct turn *t, Record__Annex *a)
{
	struct hash digest;

	if (!packs_digest(t->ctx->site->packs, t->pack, &digest))
		return;
	a->has_pack_digest = true;
	a->pack_digest.data = mem_alloc(sizeof digest.b, 1);
	a->pack_digest.len = sizeof digest.b;
	memcpy(a->pack_digest.data, digest.b, sizeof digest.b);
}

static bool
put_signer(Record__Annex *a, uint64_t signer)
{
	if (signer == 0)
		return false;
	a->has_signer = true;
	a->signer.data = mem_alloc(SIGNER_BYTES, 1);
	a->signer.len = SIGNER_BYTES;
	for (size_t i = 0; i < SIGNER_BYTES; i++)
		a->signer.data[i] = (uint8_t)(signer >> (56 - 8 * i));
	return true;
}

/* The node's own words beside the event; false: there is nothing to say. */
static bool
fill_annex(const struct turn *t, Record__Annex *a, char version[static 64])
{
	const struct rule *r = t->verdict.rule;
	bool some = false;

	record__annex__init(a);
	if (r != NULL) {
		a->code = mem_strdup(r->code);
		a->clause = mem_strdup(r->clause);
		a->text = mem_strdup(r->text);
		some = true;
	}
	if (!t->found && t->pack != NULL) {
		packs_name(version, t->pack);
		a->pack_version = mem_strdup(version);
		fill_digest(t, a);
		some = true;
	}
	/* Only a pack with a workflow tells persons apart. */
	if (t->permit != NULL && t->pack != NULL && t->pack->n_steps > 0)
		some |= put_signer(a, t->permit->signer);
	if (t->ev->post.kind == LEDGER__KIND__CASE) {
		some |= put_signer(a, t->kase.event.signer);
		a->due_at = case_due(&t->kase.event);
		/* Said where it changes, also that nothing is due any more. */
		a->has_due_at =
		    t->verdict.outcome == LEDGER__OUTCOME__APPLIED &&
		    a->due_at != t->row.to_us;
		some |= a->has_due_at;
	}
	if (t->permit != NULL)
		a->counted_at = submit_permit_counted(t->permit);
	a->has_counted_at = a->counted_at != 0;
	a->has_time_uncertain = a->time_uncertain = t->span.faults != 0;
	return some || a->has_counted_at || t->span.faults != 0;
}

static void
clear_annex(Record__Annex *a)
{
	free(a->code);
	free(a->clause);
	free(a->text);
	free(a->pack_version);
	free(a->signer.data);
	free(a->pack_digest.data);
}

/* Members learn of it, and who may no longer work stops here and now. */
static enum err
follow_certificate(struct turn *t, struct err_why *why)
{
	bool ends = t->ctx->fold.row.state != ROW_VALID;
	ProtobufCMessage *first = NULL;
	enum err e = submit_status_append(t->ctx,
	    &(struct status_of){
	        .certificate = t->ev->post.record_id,
	        .before = &t->row,
	        .effective_us = t->occurred_us,
	    },
	    why);

	if (e != ERR_OK || !ends)
		return e;
	e = submit_op_rest(t->ctx, t->ctx->site->evidence, t->row.first,
	    &record__certificate__descriptor, &first, why);
	if (e == ERR_OK)
		e = submit_person_stop(
		    t->ctx, ((const Record__Certificate *)first)->holder, why);
	slice_free(first);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* What an applied event brings with it, in the same transaction. */
static enum err
follow_up(struct turn *t, struct err_why *why)
{
	const struct submit_post *p = &t->ev->post;

	if (t->permit != NULL)
		return submit_permit_follow(t->permit, &t->verdict, why);
	if (t->verdict.outcome != LEDGER__OUTCOME__APPLIED)
		return ERR_OK;
	if (p->kind == LEDGER__KIND__CERTIFICATE && t->found)
		return follow_certificate(t, why);
	if (p->kind == LEDGER__KIND__CASE && t->found) {
		const struct row now = t->ctx->fold.row;

		return submit_due_over(
		    t->ctx, p->record_id, &t->row, &now, why);
	}
	/* A violation holds its person at once. */
	if (p->kind == LEDGER__KIND__CASE && !t->found)
		return submit_holder_case(t->ctx, p->body, why);
	return ERR_OK;
}

static enum err
append(struct turn *t, struct err_why *why)
{
	struct submit_result *r = t->ev->op.result;
	Record__Annex annex;
	char version[64];
	bool some = fill_annex(t, &annex, version);
	struct draft_spec spec = submit_post_spec(&t->ev->post, t->ctx,
	    t->row.seq + 1, t->verdict.outcome, some ? &annex : NULL);
	struct log_place place;
	enum err e = ERR_OK;

	if (t->permit != NULL && t->verdict.outcome == LEDGER__OUTCOME__APPLIED)
		e = submit_permit_decided(t->permit, why);
	if (e == ERR_OK)
		e = draft_append(t->ctx, &spec, &place, why);
	if (e == ERR_OK) {
		submit_op_place(&r->items[0], &spec, &place);
		r->items[0].rule = t->verdict.rule;
		e = follow_up(t, why);
	}
	clear_annex(&annex);
	return e;
}

static enum err
event_turn(struct turn *t, struct err_why *why)
{
	struct submit_op *op = &t->ev->op;
	const struct decide_answer *answer;
	const struct rule *rule = NULL;
	enum err e;

	op->result->items[0].duplicate = false;
	e = submit_post_known(
	    &t->ev->post, t->ctx, &op->result->items[0], &rule, why);
	if (e == ERR_OK)
		return rule != NULL ? submit_op_rule(op, rule, why) : ERR_OK;
	if (e != ERR_NOT_FOUND)
		return e;
	e = look_up(t, &rule, why);
	if (e == ERR_OK && rule == NULL)
		e = check_signer(t, &rule);
	if (e != ERR_OK)
		return e;
	rule_say(&op->result->said, &t->verdict.gap);
	if (rule != NULL)
		return submit_op_rule(op, rule, why);
	e = judge(t, why);
	if (e != ERR_OK)
		return e;
	answer = t->permit != NULL ? submit_permit_answer(t->permit) : NULL;
	if (answer != NULL) {
		op->result->decision = answer->result;
		op->result->rules = answer->reasons;
	}
	rule_say(&op->result->said, &t->verdict.gap);
	if (t->verdict.refused)
		return submit_op_rule(op, t->verdict.rule, why);
	return append(t, why);
}

static enum err
event_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct turn t = {.ctx = ctx,
	    .ev = (struct event *)cmd,
	    .span = timekeep_span(ctx->site, ctx->now_us)};
	enum err e = event_turn(&t, why);

	if (t.permit != NULL)
		submit_permit_clear(t.permit);
	free(t.permit);
	return e;
}

static void
event_clear(struct submit_op *op)
{
	submit_post_clear(&((struct event *)op)->post);
}

void
submit_event(const struct submit_to *to, Ledger__Kind kind,
    const char *record_id, const Api__EventPost *post)
{
	struct event *ev = submit_op_new(to, sizeof *ev, 1);
	struct submit_post_fault fault = {0};
	struct err_why why = {.text = ""};
	enum err e;

	ev->op.cmd.run = event_run;
	ev->op.cmd.cost = 4;
	ev->op.clear = event_clear;
	ev->post.kind = kind;
	e = submit_post_read(
	    &ev->post, to->site, record_id, post, &fault, &why);
	if (e == ERR_OK) {
		submit_op_put(&ev->op);
		return;
	}
	ev->op.result->rule = fault.rule;
	ev->op.result->items[0].path = fault.path;
	submit_op_fail(&ev->op, e, &why);
}
