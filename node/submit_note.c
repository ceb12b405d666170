/* submit_note.c - what a person decided of a message in quarantine. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_note.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/mem.h"
#include "proto/text.h"

enum err
submit_note_new(
    struct commit_ctx *ctx, const struct submit_note *n, struct err_why *why)
{
	struct row row;
	enum err e =
	    fold_get(&ctx->fold, ctx->site->evidence, n->record_id, &row, why);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	return e != ERR_OK ? e
	                   : err_fail(why, ERR_EXISTS,
	                         "this message was decided on already, by an "
	                         "entry of the ledger");
}

enum err
submit_note_append(struct commit_ctx *ctx, const struct submit_note *n,
    const uint8_t *released, struct submit_receipt *out, struct err_why *why)
{
	Record__Admin m = RECORD__ADMIN__INIT;
	char uuid[TEXT_UUID_CHARS + 1] = "";
	uint8_t event_id[16];
	struct log_place place;
	struct buf detail;
	enum err e;

	buf_init(&detail, SEAL_MESSAGE_MAX);
	buf_str(&detail, n->detail);
	if (released != NULL) {
		text_uuid_put(uuid, released);
		buf_printf(&detail, "; released as record %s", uuid);
	}
	m.action = mem_strdup(n->action);
	m.detail = mem_strdup(buf_cstr(&detail));
	text_whole(m.detail);
	m.operator_ = mem_strdup(n->operator_);
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ADMIN,
	    .body = &m.base,
	    .record_id = n->record_id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK && out != NULL)
		submit_op_place(out, &spec, &place);
	free(m.action);
	free(m.detail);
	free(m.operator_);
	buf_clear(&detail);
	return e;
}

struct alone {
	struct submit_op op;
	const struct submit_note *note;
};

static enum err
alone_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct alone *a = (struct alone *)cmd;
	enum err e = submit_note_new(ctx, a->note, why);

	return e == ERR_OK ? submit_note_append(ctx, a->note, NULL,
	                         &a->op.result->items[0], why)
	                   : e;
}

void
submit_note(const struct submit_to *to, const struct submit_note *n)
{
	struct alone *a = submit_op_new(to, sizeof *a, 1);

	a->op.cmd.run = alone_run;
	a->note = n;
	submit_op_put(&a->op);
}
