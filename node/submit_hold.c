/* submit_hold.c - legal holds: who may say what. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_hold.h"

#include <string.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "node/actor_role.h"
#include "node/domain/retention.h"
#include "node/fold_place.h"
#include "node/fold_retain.h"
#include "proto/text.h"

const struct rule *
submit_hold_right(const struct submit_post *p, struct commit_ctx *ctx,
    uint64_t area, enum err *e)
{
	static char legal[] = ACTOR_ROLE_LEGAL;
	static char admin[] = ACTOR_ROLE_ADMIN;
	char *roles[] = {legal, admin};
	const Record__Retention *m = (const Record__Retention *)p->body;

	if (!p->is_signed)
		return rule_get(RULE_SIGNATURE_MISSING);
	/* Nobody lets something end by a time from before his own right was
	 * over; what he asks to be kept is. */
	return m->action == RECORD__RETENTION__ACTION__HOLD
	    ? submit_post_signer(p, ctx, roles, 2, area, e)
	    : submit_post_giver(p, ctx, roles, 2, area, e);
}

static bool
said(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static bool
scope_ok(const Record__Retention *m)
{
	uint8_t id[16];

	if (m->record_id != NULL &&
	    (text_uuid_get(id, bytes_str(m->record_id), NULL) != ERR_OK ||
	        m->subject != NULL || m->kind != NULL || m->area != NULL))
		return false;
	if (m->kind != NULL && retention_type(m->kind) == NULL)
		return false;
	if (m->has_from_at && m->has_to_at && m->from_at >= m->to_at)
		return false;
	return m->record_id != NULL || said(m->subject) || said(m->kind) ||
	    said(m->area);
}

/* What only the node itself says. */
static bool
says_more(const Record__Retention *m)
{
	return m->origin != NULL || m->n_index > 0 || m->n_fields > 0 ||
	    m->n_hidden > 0 || m->requested_by != NULL || m->has_until_at ||
	    m->clause != NULL || m->retention != NULL;
}

/* A record that is here: a hold of another would keep nothing. */
static bool
is_ours(struct commit_ctx *ctx, const char *text)
{
	struct row r;
	uint8_t id[16];

	return text == NULL ||
	    (text_uuid_get(id, bytes_str(text), NULL) == ERR_OK &&
	        fold_get(&ctx->fold, ctx->site->evidence, id, &r, NULL) !=
	            ERR_NOT_FOUND);
}

static bool
room_for_one(struct commit_ctx *ctx)
{
	struct fold_holds all;
	bool room;

	if (fold_holds(&ctx->fold, ctx->site->evidence, &all, NULL) != ERR_OK)
		return false;
	room = all.len < FOLD_HOLDS_MAX;
	fold_holds_free(&all);
	return room;
}

/* Not a request, which would seem done while it waits. */
static bool
is_hold(struct commit_ctx *ctx, const uint8_t id[static 16])
{
	struct fold_holds all;
	bool found = false;

	if (fold_holds(&ctx->fold, ctx->site->evidence, &all, NULL) != ERR_OK)
		return false;
	for (size_t i = 0; i < all.len && !found; i++)
		found = memcmp(all.at[i].id, id, 16) == 0;
	fold_holds_free(&all);
	return found;
}

/* Whoever releases a request that cannot be read says which record it was for.
 * An entry of that one is asked for once more, as a whole, or gone.  That it
 * was this record is the word of whoever signs: nobody can hold it against a
 * request that is lost. */
static bool
is_told(
    struct commit_ctx *ctx, const Record__Retention *m, const struct row *row)
{
	const uint16_t line = ctx->site->evidence;
	enum log_rest rest = LOG_REST_NONE;
	struct fold_wait wait;
	struct fold_spot at;
	struct row r;
	uint8_t id[16];
	bool told = false;

	if (m->record_id == NULL ||
	    text_uuid_get(id, bytes_str(m->record_id), NULL) != ERR_OK ||
	    fold_get(&ctx->fold, line, id, &r, NULL) != ERR_OK)
		return false;
	for (uint32_t seq = 1; seq <= r.seq && !told; seq++) {
		uint64_t place;

		if (fold_event(&ctx->fold, line, id, seq, &place, NULL) !=
		        ERR_OK ||
		    place > row->first)
			break;
		told =
		    fold_wait(&ctx->fold, line, place, &wait, NULL) == ERR_OK &&
		    wait.whole;
		if (!told &&
		    fold_spot(&ctx->fold, line, place, &at, NULL) == ERR_OK &&
		    log_rest(ctx->site->own.book, ctx->txn, at.slot, at.index,
		        &rest, NULL) == ERR_OK)
			told = rest == LOG_REST_ERASED;
	}
	return told;
}

static const struct rule *
refusal(
    const struct submit_post *p, struct commit_ctx *ctx, const struct row *row)
{
	const Record__Retention *m = (const Record__Retention *)p->body;
	bool hold = m->action == RECORD__RETENTION__ACTION__HOLD;

	if ((!hold && m->action != RECORD__RETENTION__ACTION__RELEASE) ||
	    says_more(m))
		return rule_get(RULE_HOLD_NODE);
	if (hold && row != NULL)
		return rule_get(RULE_RECORD_EXISTS);
	if (!hold && row == NULL)
		return rule_get(RULE_RECORD_UNKNOWN);
	if (!hold &&
	    fold_wait_lost(&ctx->fold, ctx->site->evidence, row->first))
		return said(m->reason) && is_told(ctx, m, row)
		    ? NULL
		    : rule_get(RULE_REQUEST_LOST);
	if (row != NULL && row->state != ROW_OPEN)
		return rule_get(RULE_STATE_FINAL);
	if (!hold && (m->record_id != NULL || !is_hold(ctx, p->record_id)))
		return rule_get(RULE_HOLD_NODE);
	if (!said(m->reason) || (hold && !scope_ok(m)))
		return rule_get(RULE_HOLD_SCOPE);
	if (hold && !is_ours(ctx, m->record_id))
		return rule_get(RULE_HOLD_ELSEWHERE);
	if (hold && !room_for_one(ctx))
		return rule_get(RULE_HOLD_LIMIT);
	return NULL;
}

struct rule_verdict
submit_hold_judge(
    const struct submit_post *p, struct commit_ctx *ctx, const struct row *row)
{
	const struct rule *rule = refusal(p, ctx, row);

	return (struct rule_verdict){.refused = rule != NULL,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	    .rule = rule};
}
