/* submit_own.c - alarms of the node's own, each said once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_own.h"

#include <stdlib.h>

#include "node/fold_key.h"
#include "proto/mem.h"
#include "proto/text.h"

void
submit_own_id(uint8_t out[static 16], const char *text)
{
	struct hash h;

	digest_sha256(&h, bytes_str(text));
	digest_uuid8(out, h.b);
}

bool
submit_own_is(const uint8_t id[static 16])
{
	return id[6] >> 4 == 8;
}

enum err
submit_own_known_area(
    struct commit_ctx *ctx, uint64_t area, char **out, struct err_why *why)
{
	struct fold_key k = fold_key_slot(ctx->site->evidence);
	struct bytes text;
	enum err e;

	*out = NULL;
	fold_key_uint(&k, FOLD_AREA, 1);
	fold_key_uint(&k, area, 8);
	e = store_get(
	    ctx->txn, ctx->fold.t->name, fold_key_view(&k), &text, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	*out = mem_alloc(text.len + 1, 1);
	memcpy(*out, text.ptr, text.len);
	return ERR_OK;
}

enum err
submit_own_area(
    struct commit_ctx *ctx, uint64_t area, char **out, struct err_why *why)
{
	enum err e = submit_own_known_area(ctx, area, out, why);

	if (e == ERR_OK && *out == NULL)
		*out = mem_strdup("node");
	return e;
}

static enum err
append(struct commit_ctx *ctx, const uint8_t *id, const struct submit_own *a,
    struct err_why *why)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Record__WorkContext work = RECORD__WORK_CONTEXT__INIT;
	char *area = NULL;
	char *text[6] = {NULL};
	struct log_place place;
	enum err e = submit_own_area(ctx, a->area, &area, why);

	if (e != ERR_OK)
		return e;
	text[0] = mem_strdup(a->source);
	text[1] = mem_strdup(a->kind);
	text[2] = mem_strdup(a->title);
	text[3] = mem_strdup(a->detail);
	text_whole(text[2]);
	text_whole(text[3]);
	text[4] = mem_strdup(a->code);
	if (a->permit_id != NULL) {
		text[5] = mem_strdup(a->permit_id);
		work.permit_ids = &text[5];
		work.n_permit_ids = 1;
	} else if (a->about != NULL) {
		text[5] = mem_strdup(a->about);
		work.work_order = text[5];
	}
	m.has_action = true;
	m.action = RECORD__ALARM__ACTION__RAISE;
	m.source = text[0];
	m.has_occurred_at = true;
	m.occurred_at = a->at_us;
	m.has_level = true;
	m.level = a->level;
	m.kind = text[1];
	m.area = area;
	m.title = text[2];
	m.detail = text[3];
	m.std_code = text[4];
	m.work = text[5] != NULL ? &work : NULL;
	m.has_exercise = m.exercise = a->exercise;
	m.has_direction = a->lasts;
	m.direction = a->lasts
	    ? RECORD__ALARM__DIRECTION__STATE
	    : RECORD__ALARM__DIRECTION__DIRECTION_UNSPECIFIED;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ALARM,
	    .body = &m.base,
	    .record_id = id,
	    .event_id = id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	for (size_t i = 0; i < 6; i++)
		free(text[i]);
	free(area);
	return e;
}

enum err
submit_own(struct commit_ctx *ctx, const uint8_t id[static 16],
    const struct submit_own *a, struct err_why *why)
{
	struct row old;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &old, NULL);

	return e == ERR_NOT_FOUND ? append(ctx, id, a, why) : e;
}

enum err
submit_own_return(struct commit_ctx *ctx, const uint8_t id[static 16],
    const struct row *r, struct err_why *why)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	uint8_t event_id[16];
	struct log_place place;
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ALARM,
	    .body = &m.base,
	    .record_id = id,
	    .event_id = event_id,
	    .event_seq = r->seq + 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};

	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__ALARM__ACTION__RETURN;
	m.occurred_at = ctx->now_us;
	crypto_uuid7(event_id, ctx->now_us);
	return draft_append(ctx, &spec, &place, why);
}
