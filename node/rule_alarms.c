/* rule_alarms.c - the alarms of one permit's rules: said, returned. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/rule_alarms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/alarm.h"
#include "node/fold_ids.h"
#include "node/fold_key.h"
#include "node/fold_kind.h"
#include "node/submit_op.h"
#include "node/submit_own.h"
#include "proto/slice.h"
#include "proto/text.h"

#define AGAIN_MAX 1024 /* of one breach that comes and goes */
#define DAMAGED_MAX 8

static const Pack__Code *
code_of(const struct rule_alarms *a, unsigned rule)
{
	const Pack__Codes *codes =
	    packs_codes(a->ctx->site->packs, a->ctx->now_us);
	char name[8];

	(void)snprintf(name, sizeof name, "R%02u", rule);
	for (size_t i = 0; codes != NULL && i < codes->n_codes; i++) {
		if (strcmp(codes->codes[i]->rule, name) == 0)
			return codes->codes[i];
	}
	return NULL;
}

struct breach {
	uint8_t id[16];
	const Pack__Code *code;
	int64_t at_us;
	bool lasts;
};

static enum err
say(const struct rule_alarms *a, const struct breach *b, struct err_why *why)
{
	const Pack__Code *code = b->code;
	char uuid[TEXT_UUID_CHARS + 1];
	char title[400];
	char detail[160];
	const struct submit_own own = {
	    .source = RULE_ALARMS_SOURCE,
	    .kind = "permit",
	    .title = title,
	    .detail = detail,
	    .code = code->code,
	    .permit_id = uuid,
	    .level = code->level,
	    .area = a->row->area,
	    .at_us = b->at_us,
	    .exercise = (a->row->flags & ROW_EXERCISE) != 0,
	    .lasts = b->lasts,
	};

	text_uuid_put(uuid, a->permit);
	(void)snprintf(
	    title, sizeof title, "%s / %s", code->title, code->title_zh);
	(void)snprintf(
	    detail, sizeof detail, "%s: %s", code->rule, code->clause);
	return submit_own(a->ctx, b->id, &own, why);
}

/* ---- what happened ---- */

/* Said once.  What said it may be damaged: then once more, for the work that it
 * tells of has to stop. */
static enum err
say_once(const struct rule_alarms *a, struct breach *b, struct err_why *why)
{
	char uuid[TEXT_UUID_CHARS + 1];
	char text[96];
	struct row old;
	enum err e = ERR_CORRUPT;

	text_uuid_put(uuid, a->permit);
	for (unsigned n = 0; n < DAMAGED_MAX && e == ERR_CORRUPT; n++) {
		const size_t len = (size_t)snprintf(text, sizeof text,
		    "lianfang/rule/%s/%s/at/%lld", uuid, b->code->rule,
		    (long long)b->at_us);

		if (n > 0)
			(void)snprintf(text + len, sizeof text - len, "/%u", n);
		submit_own_id(b->id, text);
		e = fold_get(
		    &a->ctx->fold, a->ctx->site->evidence, b->id, &old, why);
	}
	if (e == ERR_NOT_FOUND)
		return say(a, b, why);
	return e == ERR_CORRUPT ? ERR_OK : e;
}

enum err
rule_alarms_happened(const struct rule_alarms *a, uint32_t rules, int64_t at_us,
    struct err_why *why)
{
	enum err e = ERR_OK;

	for (unsigned n = 1; n <= PERMIT_RULES && e == ERR_OK; n++) {
		struct breach b = {.code = code_of(a, n), .at_us = at_us};

		if ((rules & PERMIT_RULE(n)) != 0 && b.code != NULL)
			e = say_once(a, &b, why);
	}
	return e;
}

/* ---- what is so ---- */

/* The same breach has the same id, wherever it is found; each time that it
 * comes again, the next one. */
static void
id_of(uint8_t out[static 16], const struct rule_alarms *a, const char *rule,
    uint64_t turn, unsigned again)
{
	char text[96];
	char uuid[TEXT_UUID_CHARS + 1];
	size_t n;

	text_uuid_put(uuid, a->permit);
	n = (size_t)snprintf(text, sizeof text, "lianfang/rule/%s/%s/%llu",
	    uuid, rule, (unsigned long long)turn);
	if (again > 0)
		(void)snprintf(text + n, sizeof text - n, "/%u", again);
	submit_own_id(out, text);
}

/* Also of one that people closed while it was so: else the next time would be
 * taken for the same. */
static bool
may_return(const struct row *r, int64_t now_us)
{
	return r->state == ROW_CLEARED
	    ? r->start_us == 0
	    : (alarm_bits(r, now_us) & ALARM_ACTIVE) != 0;
}

/* Its alarm, raised where it has to be: `out` is that which stands for it. */
static enum err
hold(const struct rule_alarms *a, unsigned rule, uint8_t out[static 16],
    struct err_why *why)
{
	struct breach b = {
	    .code = code_of(a, rule), .at_us = a->ctx->now_us, .lasts = true};
	const uint64_t turn = permit_rules_turn(a->view, rule);
	struct row old;
	enum err e = ERR_OK;

	memset(out, 0, 16);
	for (unsigned again = 0; b.code != NULL && again < AGAIN_MAX; again++) {
		id_of(b.id, a, b.code->rule, turn, again);
		e = fold_get(
		    &a->ctx->fold, a->ctx->site->evidence, b.id, &old, why);
		if (e == ERR_NOT_FOUND)
			e = say(a, &b, why);
		else if (e == ERR_CORRUPT || (e == ERR_OK && old.start_us != 0))
			continue; /* damaged, or it had returned */
		memcpy(out, b.id, 16);
		return e;
	}
	return ERR_OK;
}

/* Those that have not returned: however many a permit had, and however many
 * others name it, few. */
static enum err
collect(const struct rule_alarms *a, struct fold_ids *out, struct err_why *why)
{
	const struct fold *f = &a->ctx->fold;
	char uuid[TEXT_UUID_CHARS + 1];
	struct fold_key k;

	text_uuid_put(uuid, a->permit);
	k = fold_key_holder(a->ctx->site->evidence,
	    fold_hash(f->mac, FOLD_ABOUT, uuid),
	    LEDGER__KIND__ALARM | FOLD_KIND_LASTS, NULL);
	return fold_ids_collect(f, f->t->holder, &k, out, why);
}

/* Did it say what was so, by a rule that was judged?  What cannot be read any
 * more stays as it is. */
static bool
is_over(const struct rule_alarms *a, const struct row *r, uint32_t judged)
{
	ProtobufCMessage *body = NULL;
	const Record__Alarm *m;
	unsigned rule = 0;
	enum err e = submit_op_body(a->ctx, a->ctx->site->evidence, r->first,
	    &record__alarm__descriptor, &body, NULL);

	if (e != ERR_OK)
		return false;
	m = (const Record__Alarm *)body;
	if (m->direction == RECORD__ALARM__DIRECTION__STATE &&
	    m->detail != NULL && m->detail[0] == 'R')
		rule = (unsigned)strtoul(m->detail + 1, NULL, 10);
	slice_free(body);
	return rule >= 1 && rule <= PERMIT_RULES &&
	    (judged & PERMIT_RULE(rule)) != 0;
}

static enum err
look_at_old(const struct rule_alarms *a, const uint8_t *id, uint32_t judged,
    struct err_why *why)
{
	struct commit_ctx *ctx = a->ctx;
	struct row r;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &r, why);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
	if (r.subject !=
	        fold_hash(ctx->fold.mac, FOLD_SOURCE, RULE_ALARMS_SOURCE) ||
	    !may_return(&r, ctx->now_us) || !is_over(a, &r, judged))
		return ERR_OK;
	return submit_own_return(ctx, id, &r, why);
}

static bool
among(uint8_t (*ids)[16], size_t n, const uint8_t *id)
{
	for (size_t i = 0; i < n; i++) {
		if (memcmp(ids[i], id, 16) == 0)
			return true;
	}
	return false;
}

enum err
rule_alarms_hold(const struct rule_alarms *a, uint32_t rules, uint32_t judged,
    struct err_why *why)
{
	uint8_t now[PERMIT_RULES][16];
	size_t len = 0;
	struct fold_ids old = {.at = NULL};
	enum err e = ERR_OK;

	for (unsigned n = 1; n <= PERMIT_RULES && e == ERR_OK; n++) {
		if ((rules & judged & PERMIT_RULE(n)) != 0)
			e = hold(a, n, now[len++], why);
	}
	if (e == ERR_OK)
		e = collect(a, &old, why);
	for (size_t i = 0; i < old.len && e == ERR_OK; i++) {
		if (!among(now, len, old.at[i]))
			e = look_at_old(a, old.at[i], judged, why);
	}
	fold_ids_clear(&old);
	return e;
}
