/* submit_defence.c - what a rule of joint defence does, what is said of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_defence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/defence_log.h"
#include "node/domain/defence_match.h"
#include "node/fold_ids.h"
#include "node/fold_key.h"
#include "node/permit_open.h"
#include "node/submit_damage.h"
#include "node/submit_op.h"
#include "node/submit_own.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define TITLE_MAX 256
#define DETAIL_MAX 1536

/* ---- firing ---- */

struct fire {
	struct submit_op op;
	uint8_t id[16];
	char tag[DEFENCE_RULE_NAME];
	char title[TITLE_MAX];
	char detail[DETAIL_MAX];
	char area[DEFENCE_EVAL_AREA];
	uint32_t level;
	int64_t at_us;
	bool notifies;
	Record__DefenceRule *rule; /* NULL: stops nothing */
};

static void
fire_clear(struct submit_op *op)
{
	struct fire *f = (struct fire *)op;

	if (f->rule != NULL)
		slice_free(&f->rule->base);
}

static enum err
raise_it(struct commit_ctx *ctx, struct fire *f, struct err_why *why)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Record__Annex annex = RECORD__ANNEX__INIT;
	char source[] = DEFENCE_LOG_SOURCE;
	char kind[] = "system";
	char code[] = "L-00";
	char *why_told = mem_strdup(rule_get(RULE_DEFENCE_NOTIFIES)->code);
	struct log_place place;
	enum err e;

	m.has_action = m.has_occurred_at = m.has_level = true;
	m.action = RECORD__ALARM__ACTION__RAISE;
	m.occurred_at = f->at_us;
	m.level = f->level;
	m.source = source;
	m.kind = kind;
	m.std_code = code;
	m.area = f->area;
	m.title = f->title;
	m.detail = f->detail;
	m.tag = f->tag;
	annex.code = why_told;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ALARM,
	    .body = &m.base,
	    .annex = f->notifies ? &annex : NULL,
	    .record_id = f->id,
	    .event_id = f->id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&f->op.result->items[0], &spec, &place);
	free(why_told);
	return e;
}

/* The type of a permit's work: a name that the node remembers. */
static bool
is_work(struct commit_ctx *ctx, const struct fire *f, const struct row *r)
{
	const struct digest_hmac *mac = ctx->fold.mac;
	const Record__DefenceSuspend *s = f->rule->suspend;

	if (r->state != ROW_ISSUED && r->state != ROW_IN_PROGRESS)
		return false;
	for (size_t i = 0; i < s->n_types; i++)
		if (r->type == fold_hash(mac, FOLD_TYPE, s->types[i]))
			return defence_match_work(s, s->types[i], r->level);
	return false;
}

/* Where the rule holds; a place whose name is not known, or cannot be read, may
 * be there. */
static bool
is_there(struct commit_ctx *ctx, const struct fire *f, const struct row *r)
{
	char name[DEFENCE_EVAL_AREA];
	char *area = NULL;
	bool there = true;

	if (f->rule->n_areas > 0 &&
	    submit_own_known_area(ctx, r->area, &area, NULL) != ERR_OK)
		area = NULL;
	if (area != NULL) {
		defence_rule_fold(name, sizeof name, area);
		there = defence_match_area(f->rule, name);
	}
	free(area);
	return there;
}

static enum err
stop_work(struct commit_ctx *ctx, const struct fire *f, struct err_why *why)
{
	const uint64_t area = fold_hash(ctx->fold.mac, FOLD_AREA, f->area);
	const struct submit_stop stop = {
	    .alarm_id = f->id, .area = area, .occurred_us = ctx->now_us};
	struct fold_key k = fold_key_slot(ctx->site->evidence);
	struct fold_ids ids = {.at = NULL};
	struct row r;
	enum err e;

	fold_key_uint(&k, LEDGER__KIND__PERMIT, 2);
	if (f->rule->scope != RECORD__DEFENCE_RULE__SCOPE__SITE)
		fold_key_uint(&k, area, 8);
	e = fold_ids_collect(&ctx->fold, ctx->fold.t->open, &k, &ids, why);
	/* The youngest first, as submit_work_alarm does. */
	for (size_t i = ids.len; i-- > 0 && e == ERR_OK;) {
		e = fold_get(
		    &ctx->fold, ctx->site->evidence, ids.at[i], &r, why);
		if (permit_open_is_lost(e))
			e = submit_damage(ctx, ids.at[i], area, why);
		else if (e == ERR_OK && is_work(ctx, f, &r) &&
		    is_there(ctx, f, &r))
			e = submit_work_stop(ctx, ids.at[i], &stop,
			    rule_get(RULE_DEFENCE_SUSPENDS), why);
	}
	fold_ids_clear(&ids);
	return e;
}

static enum err
fire_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct fire *f = (struct fire *)cmd;
	struct row row;
	enum err e =
	    fold_get(&ctx->fold, ctx->site->evidence, f->id, &row, why);

	f->op.result->items[0].duplicate = e == ERR_OK;
	if (e != ERR_NOT_FOUND)
		return e;
	e = raise_it(ctx, f, why);
	return e == ERR_OK && f->rule != NULL ? stop_work(ctx, f, why) : e;
}

static void
fire_id(uint8_t out[static 16], const struct submit_fire *in)
{
	char text[128];
	char hex[2 * HASH_BYTES + 1];

	for (size_t i = 0; i < HASH_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", in->rule->digest.b[i]);
	(void)snprintf(text, sizeof text, "lianfang/defence/%s/%llx", hex,
	    (unsigned long long)in->place);
	submit_own_id(out, text);
}

static void
say_why(struct fire *f, const struct submit_fire *in)
{
	const Record__DefenceRule *r = in->rule->said;
	const struct hash *h = &in->rule->digest;

	(void)snprintf(f->tag, sizeof f->tag, "%s", in->rule->name);
	(void)snprintf(
	    f->title, sizeof f->title, "%s / %s", r->title, r->title_zh);
	(void)snprintf(f->detail, sizeof f->detail,
	    "%s / %s; joint-defence rule / 联防规则 %s, epoch %u, "
	    "sha256=%02x%02x%02x%02x%02x%02x; %s",
	    r->text, r->text_zh, in->rule->name, (unsigned)in->epoch, h->b[0],
	    h->b[1], h->b[2], h->b[3], h->b[4], h->b[5],
	    r->clause != NULL ? r->clause : r->incident);
	text_whole(f->title);
	text_whole(f->detail);
}

void
submit_defence_fire(const struct submit_to *to, const struct submit_fire *in)
{
	struct fire *f = submit_op_new(to, sizeof *f, 1);
	const Record__DefenceRule *r = in->rule->said;
	ProtobufCMessage *copy = NULL;
	struct err_why why = {.text = ""};
	struct buf bytes;
	enum err e = ERR_OK;

	f->op.cmd.run = fire_run;
	f->op.cmd.cost = 1;
	f->op.clear = fire_clear;
	fire_id(f->id, in);
	say_why(f, in);
	(void)snprintf(f->area, sizeof f->area, "%s",
	    in->area != NULL && in->area[0] != '\0' ? in->area : "node");
	f->level = r->raise->level;
	f->at_us = in->at_us;
	f->notifies = r->notify;
	if (in->suspends && r->suspend != NULL) {
		e = submit_op_copy(&r->base, &bytes, &copy, &why);
		buf_clear(&bytes);
		f->rule = (Record__DefenceRule *)(void *)copy;
	}
	if (e != ERR_OK)
		submit_op_fail(&f->op, e, &why);
	else
		submit_op_put(&f->op);
}

/* ---- saying ---- */

struct say {
	struct submit_op op;
	struct buf message;
	ProtobufCMessage *receipt;
	Record__Admin admin;
	char action[40];
	uint8_t id[16];
};

static void
say_clear(struct submit_op *op)
{
	struct say *s = (struct say *)op;

	slice_free(s->receipt);
	buf_clear(&s->message);
	free(s->admin.operator_);
	free(s->admin.detail);
}

static enum err
note_it(struct commit_ctx *ctx, struct say *s, struct err_why *why)
{
	uint8_t record_id[16], event_id[16];
	struct log_place place;
	const struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ADMIN,
	    .body = &s->admin.base,
	    .record_id = record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};

	crypto_uuid7(record_id, ctx->now_us);
	crypto_uuid7(event_id, ctx->now_us);
	return draft_append(ctx, &spec, &place, why);
}

static enum err
say_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct say *s = (struct say *)cmd;
	uint8_t event_id[16];
	struct log_place place;
	struct row row = {.seq = 0};
	enum err e =
	    fold_get(&ctx->fold, ctx->site->alliance, s->id, &row, why);

	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (ctx->unsure != 0)
		return err_fail(why, ERR_TIMEOUT,
		    "the alliance log may not be signed yet; try again when "
		    "the node is ready (lianfang status)");
	crypto_uuid7(event_id, ctx->now_us);
	const struct draft_spec spec = {
	    .slot = ctx->site->alliance,
	    .kind = LEDGER__KIND__APPLY_RECEIPT,
	    .body = s->receipt,
	    .message = buf_view(&s->message),
	    .record_id = s->id,
	    .event_id = event_id,
	    .event_seq = row.seq + 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = note_it(ctx, s, why);
	if (e == ERR_OK)
		e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK) {
		submit_op_place(&s->op.result->items[0], &spec, &place);
		s->op.result->items[0].alliance = true;
	}
	return e;
}

void
submit_defence_id(uint8_t out[static 16], const char *name)
{
	struct buf text;

	buf_init(&text, strlen(name) + 64);
	buf_printf(&text, "lianfang/defence/receipt/%s", name);
	submit_own_id(out, buf_cstr(&text));
	buf_clear(&text);
}

static const char *
word_of(Record__DefenceReceipt__Outcome o)
{
	static const char *const words[] = {
	    "?", "applied", "held", "refused", "stopped", "ended"};

	return (size_t)o < sizeof words / sizeof words[0] ? words[o] : "?";
}

void
submit_defence_say(const struct submit_to *to, const struct submit_said *in)
{
	struct say *s = submit_op_new(to, sizeof *s, 1);
	struct err_why why = {.text = ""};
	enum err e;

	s->op.cmd.run = say_run;
	s->op.cmd.cost = 2;
	s->op.clear = say_clear;
	submit_defence_id(s->id, in->receipt->name);
	record__admin__init(&s->admin);
	(void)snprintf(s->action, sizeof s->action, "defence.%s",
	    word_of(in->receipt->outcome));
	s->admin.action = s->action;
	s->admin.detail = mem_strdup(in->detail);
	s->admin.operator_ = mem_strdup(in->operator_);
	e = submit_op_copy(&in->receipt->base, &s->message, &s->receipt, &why);
	if (e != ERR_OK)
		submit_op_fail(&s->op, e, &why);
	else
		submit_op_put(&s->op);
}
