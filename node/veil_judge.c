/* veil_judge.c - may what was handed over be published here? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_judge.h"

#include <stdlib.h>
#include <string.h>

#include "federation/mix.h"
#include "node/domain/gate_k.h"
#include "node/fold_key.h"
#include "node/intel_gate.h"
#include "node/submit_intel.h"
#include "node/submit_veil.h"
#include "node/veil_item.h"
#include "node/veil_own.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define ROWS_MAX 65536 /* of the own alliance log, newest first */
#define LATE_US (INT64_C(3600) * 1000000) /* by which recorded time may lag */

struct veil_passed {
	struct point tag;
	uint8_t id[16];
};

void
veil_judge_clear(struct veil_judge *j)
{
	free(j->at);
	*j = (struct veil_judge){.len = 0};
}

/* The same item again is one: it may have been lost on its way. */
static enum err
pass(struct veil_judge *j, const struct point *tag, const uint8_t id[static 16],
    struct err_why *why)
{
	unsigned n = 0;

	for (size_t i = 0; i < j->len; i++) {
		if (memcmp(j->at[i].tag.b, tag->b, GROUP_BYTES) != 0)
			continue;
		if (memcmp(j->at[i].id, id, 16) == 0)
			return ERR_OK;
		n++;
	}
	if (n >= VEIL_JUDGE_ITEMS)
		return err_fail(why, ERR_BUSY,
		    "item: its source has sent %d in this term",
		    VEIL_JUDGE_ITEMS);
	if (j->len == VEIL_JUDGE_MAX)
		return err_fail(why, ERR_BUSY,
		    "item: %d were published here in this term",
		    VEIL_JUDGE_MAX);
	j->at = mem_resize(j->at, j->len + 1, sizeof *j->at);
	j->at[j->len].tag = *tag;
	memcpy(j->at[j->len++].id, id, 16);
	return ERR_OK;
}

/* ---- what was published before the start ---- */

static enum err
add_row(struct veil_judge *j, struct commit_ctx *ctx,
    const uint8_t id[static 16], bool *older, struct err_why *why)
{
	Record__Intel *m = NULL;
	struct point tag;
	struct row row;
	enum err e = fold_get(&ctx->fold, ctx->site->alliance, id, &row, why);

	if (e != ERR_OK)
		return e;
	*older = row.opened_us < (int64_t)j->term * VEIL_TERM_US - LATE_US;
	if (*older || row.state == ROW_CLOSED)
		return ERR_OK;
	e = submit_item_event(ctx, ctx->site->alliance, id, 1, &m, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (m->veil != NULL && m->veil->has_term && m->veil->term == j->term &&
	    m->veil->signature.len >= GROUP_BYTES) {
		memcpy(tag.b, m->veil->signature.data, GROUP_BYTES);
		/* One that is full already can be no fuller. */
		e = pass(j, &tag, id, why);
	}
	slice_free(&m->base);
	return e == ERR_BUSY ? ERR_OK : e;
}

static enum err
add_all(struct veil_judge *j, struct commit_ctx *ctx, struct err_why *why)
{
	const struct fold_key k =
	    fold_key_bykind(ctx->site->alliance, LEDGER__KIND__INTEL, 0);
	const struct fold_key end = fold_key_bykind(
	    ctx->site->alliance, LEDGER__KIND__INTEL, UINT64_MAX);
	struct store_cursor *c = NULL;
	struct store_row row;
	bool older = false;
	size_t n = 0;
	enum err e = store_cursor(ctx->txn, ctx->fold.t->bykind, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&end), &row);
	while (e == ERR_OK && !older && row.key.len == k.len &&
	    row.value.len == 16 && memcmp(row.key.ptr, k.b, k.len - 8) == 0) {
		uint8_t id[16];

		memcpy(id, row.value.ptr, sizeof id);
		e = n++ == ROWS_MAX
		    ? err_fail(why, ERR_LIMIT,
		          "item: %d were published here in this term", ROWS_MAX)
		    : add_row(j, ctx, id, &older, why);
		if (e == ERR_OK && !older)
			e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
veil_judge_begin(
    struct veil_judge *j, struct site *s, uint32_t term, struct err_why *why)
{
	struct commit_ctx ctx;
	enum err e;

	if (j->term != term)
		veil_judge_clear(j);
	j->term = term;
	e = intel_gate_reader(&ctx, s, why);
	if (e != ERR_OK)
		return e;
	e = add_all(j, &ctx, why);
	store_abort(ctx.txn);
	return e;
}

/* ---- judging ---- */

static enum err
judge_withdrawal(struct site *s, const Record__Intel *m,
    const uint8_t id[static 16], uint32_t *origin, struct err_why *why)
{
	struct commit_ctx ctx;
	struct hash h;
	uint32_t seq;
	enum err e = intel_gate_reader(&ctx, s, why);

	if (e != ERR_OK)
		return e;
	e = submit_veil_check(&ctx, m, id, &seq, why);
	store_abort(ctx.txn);
	digest_sha256(&h, bytes_of(id, 16));
	memcpy(origin, h.b, sizeof *origin);
	*origin |= MIX_SILENT;
	return e;
}

enum err
veil_judge(struct veil_judge *j, const struct veil_book *b, struct site *s,
    const Record__Intel *m, uint32_t *origin, struct err_why *why)
{
	struct veil_place place[VEIL_PLACES_MAX];
	struct veil_vouched v;
	uint8_t id[16];
	enum err e = veil_item_form(m, why);

	if (e == ERR_OK)
		e = text_uuid_get(id, bytes_str(m->intel_id), why);
	if (e != ERR_OK)
		return e;
	if (m->action == RECORD__INTEL__ACTION__WITHDRAW)
		return judge_withdrawal(s, m, id, origin, why);
	if (veil_own_places(s, m->intel_id, place) > 0)
		return err_fail(why, ERR_EXISTS, "the item stands so already");
	e = veil_book_check(b, s, m, &v, why);
	if (e != ERR_OK)
		return e;
	if (v.owners < GATE_K_LEAST + 1)
		return err_fail(why, ERR_LIMIT,
		    "item: its ring is of %zu companies, %d at the least",
		    v.owners, GATE_K_LEAST + 1);
	memcpy(origin, v.tag.b, sizeof *origin);
	*origin &= ~MIX_SILENT;
	return pass(j, &v.tag, id, why);
}
