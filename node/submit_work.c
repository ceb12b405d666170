/* submit_work.c - stopping work: alarms and gas tests suspend permits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "node/decide_load.h"
#include "node/fold_ids.h"
#include "node/fold_key.h"
#include "node/permit_open.h"
#include "node/permit_world.h"
#include "node/submit_damage.h"
#include "node/submit_op.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/text.h"

#define AGAIN_US INT64_C(1000000)

/* A clock that runs ahead must not stop the work in the future; and an alarm
 * that comes late stops it now, else a sample of the time between would do.
 * While ours is uncertain it stops at the latest time that it may be now: what
 * lets work go on again must be later than that. */
static int64_t
stop_time(const struct commit_ctx *ctx, const struct submit_stop *stop,
    const struct timeline_span *span)
{
	if (span->faults != 0)
		return span->to_us;
	bool late = stop->alarm_id != NULL &&
	    ctx->now_us - stop->occurred_us > SUBMIT_FUTURE_US;

	return late || stop->occurred_us > ctx->now_us ? ctx->now_us
	                                               : stop->occurred_us;
}

enum err
submit_work_stop(struct commit_ctx *ctx, const uint8_t permit_id[static 16],
    const struct submit_stop *stop, const struct rule *rule,
    struct err_why *why)
{
	Record__Permit body = RECORD__PERMIT__INIT;
	Record__Annex annex = RECORD__ANNEX__INIT;
	struct site *s = ctx->site;
	char alarm[TEXT_UUID_CHARS + 1];
	char *text[3] = {mem_strdup(rule->code), mem_strdup(rule->clause),
	    mem_strdup(rule->text)};
	struct timeline_span span = timekeep_span(s, ctx->now_us);
	uint8_t event_id[16];
	struct log_place place;
	struct row r;
	enum err e;

	e = fold_get(&ctx->fold, s->evidence, permit_id, &r, why);
	if (e != ERR_OK)
		goto out;
	body.has_action = true;
	body.action = RECORD__PERMIT__ACTION__SUSPEND;
	body.has_occurred_at = true;
	body.occurred_at = stop_time(ctx, stop, &span);
	annex.has_time_uncertain = annex.time_uncertain = span.faults != 0;
	annex.code = text[0];
	annex.clause = text[1];
	annex.text = text[2];
	if (stop->alarm_id != NULL) {
		text_uuid_put(alarm, stop->alarm_id);
		body.alarm_id = alarm;
		annex.alarm_id = alarm;
	}
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = s->evidence,
	    .kind = LEDGER__KIND__PERMIT,
	    .body = &body.base,
	    .annex = &annex,
	    .record_id = permit_id,
	    .event_id = event_id,
	    .event_seq = r.seq + 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	const struct row now = ctx->fold.row;
	if (e == ERR_OK)
		e = submit_work_followers(ctx, permit_id, &now, stop, why);
out:
	for (size_t i = 0; i < 3; i++)
		free(text[i]);
	return e;
}

/* A permit is linked only to such as were there before it: this ends. */
enum err
submit_work_followers(struct commit_ctx *ctx,
    const uint8_t permit_id[static 16], const struct row *now,
    const struct submit_stop *stop, struct err_why *why)
{
	struct fold_ids all;
	enum err e;

	if (now->state <= ROW_IN_PROGRESS && now->state != 0)
		return ERR_OK;
	e = permit_world_followers(
	    ctx->site, &ctx->fold, permit_id, now, &all, why);
	for (size_t i = 0; i < all.len && e == ERR_OK; i++)
		e = submit_work_stop(
		    ctx, all.at[i], stop, rule_get(RULE_PARENT_STOPPED), why);
	fold_ids_clear(&all);
	return e;
}

/* A sample from before this alarm says nothing of the air after it, so the stop
 * moves on with the alarms; in a flood of them once a second. */
static bool
stops_again(const struct commit_ctx *ctx, const struct row *r,
    const struct submit_stop *stop)
{
	const struct timeline_span span = timekeep_span(ctx->site, ctx->now_us);

	return (r->flags & (ROW_NEED_GAS | ROW_GAS_OK)) != ROW_NEED_GAS ||
	    stop_time(ctx, stop, &span) - r->stop_us > AGAIN_US;
}

/* Does the pack of this permit say that this alarm stops it?  An unknown pack
 * version stops on everything. */
static bool
must_stop(
    struct commit_ctx *ctx, const struct row *r, const struct submit_stop *stop)
{
	const Record__Alarm *a = stop->alarm;
	const Pack__Work *w = packs_version(ctx->site->packs, r->pack);
	bool can = r->state == ROW_ISSUED || r->state == ROW_IN_PROGRESS ||
	    (r->state == ROW_SUSPENDED && stops_again(ctx, r, stop));

	if (!can || (a->exercise && (r->flags & ROW_EXERCISE) == 0))
		return false;
	if (w == NULL)
		return true;
	if (a->level > w->alarm_level)
		return false;
	/* By the names that a decision goes by: what keeps work from starting
	 * also stops it. */
	const struct digest_hmac *mac = &ctx->site->index_mac;
	struct decide_quiet quiet;

	decide_quiet(&quiet, mac, w);
	return decide_stops(&quiet, fold_hash(mac, FOLD_TYPE, a->kind));
}

enum err
submit_work_alarm(
    struct commit_ctx *ctx, const struct submit_stop *stop, struct err_why *why)
{
	struct fold_key k = fold_key_open(
	    ctx->site->evidence, LEDGER__KIND__PERMIT, stop->area, NULL);
	struct fold_ids ids = {.at = NULL};
	struct row r;
	enum err e;

	if (stop->area == 0 || stop->area == ctx->calm)
		return ERR_OK;
	e = fold_ids_collect(&ctx->fold, ctx->fold.t->open, &k, &ids, why);
	/* The youngest first: what follows is younger, and is stopped by the
	 * alarm itself where it can be, once. */
	for (size_t i = ids.len; i-- > 0 && e == ERR_OK;) {
		e = fold_get(
		    &ctx->fold, ctx->site->evidence, ids.at[i], &r, why);
		/* The alarm and the other works matter more than this row. */
		if (permit_open_is_lost(e))
			e = submit_damage(ctx, ids.at[i], stop->area, why);
		else if (e == ERR_OK && must_stop(ctx, &r, stop))
			e = submit_work_stop(ctx, ids.at[i], stop,
			    rule_get(RULE_ALARM_SUSPENDS), why);
	}
	if (e == ERR_OK && ids.len == 0)
		ctx->calm = stop->area;
	fold_ids_clear(&ids);
	return e;
}
