/* submit_asker.c - who asked for an erasure, and why, once it is done. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_asker.h"

#include "ledger/log_read.h"
#include "node/draft.h"
#include "node/fold_place.h"
#include "node/retain_look.h"

/* Whoever asked, and why: the request has come to its end. */
static const uint32_t asker[] = {3, 15}; /* reason, requested_by */

enum err
submit_asker_forget(struct commit_ctx *ctx, uint16_t line,
    const struct fold_wait *w, struct log_erasure *what, struct err_why *why)
{
	Record__Erasure m = RECORD__ERASURE__INIT;
	char reason[] = "the request has come to its end";
	char origin[NOTE_NAME_MAX + 1];
	uint32_t fields[] = {asker[0], asker[1]};
	uint8_t ids[2][16];
	struct log_place place;
	struct fold_spot at;
	enum err e = fold_spot(&ctx->fold, line, w->by, &at, why);

	if (e == ERR_OK)
		e = log_origin(
		    ctx->site->own.book, ctx->txn, at.slot, origin, why);
	if (e != ERR_OK)
		return e;
	crypto_uuid7(ids[0], ctx->now_us);
	crypto_uuid7(ids[1], ctx->now_us);
	m.origin = origin;
	m.has_index = true;
	m.index = at.index;
	m.fields = fields;
	m.n_fields = 2;
	m.reason = reason;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ERASURE,
	    .body = &m.base,
	    .record_id = ids[0],
	    .event_id = ids[1],
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	*what = (struct log_erasure){.slot = at.slot,
	    .index = at.index,
	    .fields = asker,
	    .fields_len = 2};
	return draft_append(ctx, &spec, &place, why);
}

bool
submit_asker_left(
    struct commit_ctx *ctx, uint16_t line, const struct fold_wait *w)
{
	uint64_t opens = RETAIN_OPENS;
	const struct retain_ask ask = {.site = ctx->site,
	    .fold = &ctx->fold,
	    .line = line,
	    .opens = &opens,
	    .now_us = ctx->now_us};
	enum log_rest rest = LOG_REST_NONE;
	struct retain_look look;
	struct fold_spot at;

	return fold_spot(&ctx->fold, line, w->by, &at, NULL) == ERR_OK &&
	    log_rest(ctx->site->own.book, ctx->txn, at.slot, at.index, &rest,
	        NULL) == ERR_OK &&
	    rest == LOG_REST_HELD &&
	    retain_look(&look, &ask, w->request, NULL) == ERR_OK &&
	    !look.facts.held;
}
