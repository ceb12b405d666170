/* submit_activity.c - what goes on nearby stops other work. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_activity.h"

#include "node/permit_world.h"
#include "node/submit_op.h"

enum err
submit_activity(
    struct commit_ctx *ctx, const ProtobufCMessage *msg, struct err_why *why)
{
	const struct row now = ctx->fold.row; /* appending moves it */
	const struct submit_stop stop = {.occurred_us = ctx->now_us};
	struct fold_ids list = {.at = NULL};
	enum err e;

	if (msg->descriptor != &record__case__descriptor || !row_is_open(&now))
		return ERR_OK;
	e = permit_world_disturbed(
	    ctx->site, &ctx->fold, &now, ctx->now_us, &list, why);
	for (size_t i = 0; i < list.len && e == ERR_OK; i++)
		e = submit_work_stop(ctx, list.at[i], &stop,
		    rule_get(RULE_ACTIVITY_SUSPENDS), why);
	fold_ids_clear(&list);
	return e;
}
