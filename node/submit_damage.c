/* submit_damage.c - an open permit that cannot be looked at is said, once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_damage.h"

#include <stdio.h>

#include "node/journal.h"
#include "node/submit_own.h"
#include "proto/text.h"

#define TITLE                                               \
	"an open permit cannot be read or looked at: stop " \
	"its work by hand / 作业票记录损坏或无法检查，请人工停止该作业"

#define TIMES_MAX 8

enum err
submit_damage(struct commit_ctx *ctx, const uint8_t permit_id[static 16],
    uint64_t area, struct err_why *why)
{
	char uuid[TEXT_UUID_CHARS + 1];
	char text[80];
	uint8_t id[16];
	struct row old;
	enum err e = ERR_CORRUPT;
	const struct submit_own a = {
	    .source = "permit-rules",
	    .kind = "system",
	    .title = TITLE,
	    .detail = "lianfang audit, then lianfang repair",
	    .code = "L-00",
	    .permit_id = uuid,
	    .level = 1,
	    .area = area,
	    .at_us = ctx->now_us,
	};

	text_uuid_put(uuid, permit_id);
	/* What said it before may be damaged as well: then once more. */
	for (unsigned n = 0; n < TIMES_MAX && e == ERR_CORRUPT; n++) {
		const size_t len = (size_t)snprintf(
		    text, sizeof text, "lianfang/damage/%s", uuid);

		if (n > 0)
			(void)snprintf(text + len, sizeof text - len, "/%u", n);
		submit_own_id(id, text);
		e = fold_get(&ctx->fold, ctx->site->evidence, id, &old, NULL);
	}
	if (e != ERR_NOT_FOUND)
		return e == ERR_CORRUPT ? ERR_OK : e;
	journal_error("PERMIT-DAMAGED",
	    "permit=%s cannot be read or looked at: lianfang audit", uuid);
	return submit_own(ctx, id, &a, why);
}
