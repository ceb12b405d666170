/* submit_intel_item.c - an item out of a record, sent through the gate. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/intel.h"
#include "node/domain/packs_force.h"
#include "node/fold_retain.h"
#include "node/intel_gate.h"
#include "node/submit_intel.h"
#include "node/veil_own.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

enum err
submit_item_event(struct commit_ctx *ctx, uint16_t slot,
    const uint8_t id[static 16], uint32_t seq, Record__Intel **out,
    struct err_why *why)
{
	ProtobufCMessage *m = NULL;
	struct row row;
	uint64_t place;
	enum err e = fold_get(&ctx->fold, slot, id, &row, why);

	if (e != ERR_OK)
		return e;
	place = row.first;
	if (seq > 1)
		e = fold_event(&ctx->fold, slot, id, seq, &place, why);
	if (e == ERR_OK)
		e = submit_op_body(
		    ctx, slot, place, &record__intel__descriptor, &m, why);
	*out = (Record__Intel *)m;
	return e;
}

/* ---- the record that it rests on ---- */

static enum err
open_basis(struct commit_ctx *ctx, const char *basis, ProtobufCMessage **out,
    struct row *row, struct err_why *why)
{
	const ProtobufCMessageDescriptor *type;
	uint8_t id[16];
	bool waits;
	enum err e = ERR_NOT_FOUND;

	if (basis != NULL &&
	    text_uuid_get(id, bytes_str(basis), NULL) == ERR_OK)
		e = fold_get(&ctx->fold, ctx->site->evidence, id, row, why);
	if (e != ERR_OK)
		return e;
	if (row->kind == LEDGER__KIND__ALARM)
		type = &record__alarm__descriptor;
	else if (row->kind == LEDGER__KIND__CASE)
		type = &record__case__descriptor;
	else
		return ERR_NOT_FOUND;
	e = fold_waits_any(
	    &ctx->fold, ctx->site->evidence, id, row, &waits, why);
	/* Storing is all that may be done with it (PIPL 47). */
	if (e != ERR_OK || waits)
		return e == ERR_OK ? ERR_NOT_FOUND : e;
	return submit_op_body(
	    ctx, ctx->site->evidence, row->first, type, out, why);
}

static bool
may_see(const struct submit_item *m, uint64_t area)
{
	for (size_t i = 0; i < m->areas_len; i++) {
		if (m->areas[i] == area)
			return true;
	}
	return m->areas_len == 0;
}

/* ---- what it takes the place of ---- */

/* One that others published is replaced by another such one only, or they
 * would see whose it was. */
static enum err
follow(struct commit_ctx *ctx, struct submit_item *m, struct err_why *why)
{
	const Pack__Release *policy =
	    packs_release(ctx->site->packs, ctx->now_us);
	const bool unseen =
	    policy != NULL && policy->veil != NULL && !m->author->named;
	const uint16_t slot =
	    unseen ? ctx->site->evidence : ctx->site->alliance;
	const char *old = m->author->supersedes;
	Record__Intel *was = NULL;
	uint8_t id[16];
	struct row row;
	enum err e = ERR_NOT_FOUND;

	m->item->has_item_version = true;
	m->item->item_version = 1;
	if (old == NULL)
		return ERR_OK;
	if (text_uuid_get(id, bytes_str(old), NULL) == ERR_OK)
		e = fold_get(&ctx->fold, slot, id, &row, why);
	if (e == ERR_NOT_FOUND ||
	    (e == ERR_OK &&
	        (row.kind != LEDGER__KIND__INTEL ||
	            row.state != ROW_RELEASED))) {
		m->rule = rule_get(RULE_INTEL_SUPERSEDES);
		return ERR_OK;
	}
	if (e == ERR_OK)
		e = unseen ? veil_own_get(ctx, id, &was, why)
		           : submit_item_event(ctx, slot, id, 1, &was, why);
	if (e == ERR_NOT_FOUND && unseen)
		m->rule = rule_get(RULE_INTEL_SUPERSEDES);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e == ERR_OK)
		m->item->item_version = was->item_version + 1;
	if (was != NULL)
		slice_free(&was->base);
	return e;
}

/* ---- the gate ---- */

static enum err
pass(struct commit_ctx *ctx, struct submit_item *m, int64_t occurred_us,
    struct err_why *why)
{
	struct gate_k *k = &m->answer.k;
	struct intel_gate g;
	enum err e = intel_gate_open(&g, ctx, why);

	if (e == ERR_OK) {
		g.ask.occurred_us = occurred_us;
		gate_pass(&g.ask, &m->item, &m->answer);
		m->spent = g.past.spent;
		m->item->companies =
		    mem_alloc(k->companies + 1, sizeof *m->item->companies);
		for (size_t i = 0; k->owners != NULL && i < k->companies; i++)
			m->item->companies[m->item->n_companies++] =
			    mem_strdup(k->owners[i]);
		gate_k_clear(k);
	}
	intel_gate_close(&g);
	return e;
}

enum err
submit_item_make(
    struct commit_ctx *ctx, struct submit_item *out, struct err_why *why)
{
	const Pack__Release *policy =
	    packs_release(ctx->site->packs, ctx->now_us);
	struct intel_source source = {.area = NULL};
	ProtobufCMessage *basis = NULL;
	struct row row = {.area = 0};
	enum err e = open_basis(ctx, out->author->basis, &basis, &row, why);

	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (basis != NULL && basis->descriptor == &record__alarm__descriptor) {
		source.alarm = (const Record__Alarm *)basis;
		source.area = source.alarm->area;
	} else if (basis != NULL) {
		source.basis_case = (const Record__Case *)basis;
		source.area = source.basis_case->area;
	}
	source.occurred_us = row.opened_us;
	out->area = row.area;
	if (basis != NULL && !may_see(out, row.area))
		out->rule = rule_get(RULE_INTEL_BASIS);
	else
		out->rule =
		    intel_draft(policy, &source, out->author, &out->item);
	slice_free(basis);
	e = out->rule == NULL ? follow(ctx, out, why) : ERR_OK;
	if (e != ERR_OK || out->rule != NULL)
		return e;
	return pass(ctx, out, source.occurred_us, why);
}

void
submit_item_clear(struct submit_item *m)
{
	if (m->item != NULL)
		slice_free(&m->item->base);
	m->item = NULL;
}

const struct rule *
submit_item_rule(struct submit_op *op, const struct submit_item *m)
{
	struct rule_said *said = &op->result->said;

	if (m->rule != NULL)
		return m->rule;
	if (m->answer.len == 0)
		return NULL;
	gate_answer_say(&m->answer, false, said->what, sizeof said->what);
	return m->answer.at[0].rule;
}

enum err
submit_intel_check(struct site *s, const struct submit_who *who,
    const Record__Intel *author, struct submit_item *out, struct err_why *why)
{
	uint64_t *areas = mem_alloc(who->areas_len + 1, sizeof *areas);
	struct commit_ctx ctx;
	enum err e = intel_gate_reader(&ctx, s, why);

	for (size_t i = 0; i < who->areas_len; i++)
		areas[i] = fold_hash(&s->index_mac, FOLD_AREA, who->areas[i]);
	*out = (struct submit_item){
	    .author = author, .areas = areas, .areas_len = who->areas_len};
	if (e == ERR_OK) {
		e = submit_item_make(&ctx, out, why);
		store_abort(ctx.txn);
	}
	out->areas = NULL;
	free(areas);
	return e;
}

/* ---- what stands no longer ---- */

static enum err
append(struct commit_ctx *ctx, const struct submit_withdrawal *w, uint16_t slot,
    struct log_place *out, uint8_t event_id[static 16], struct err_why *why)
{
	Record__Intel m = RECORD__INTEL__INIT;
	char id[TEXT_UUID_CHARS + 1];
	struct row row;
	struct draft_spec spec = {
	    .slot = slot,
	    .kind = LEDGER__KIND__INTEL,
	    .body = &m.base,
	    .record_id = w->id,
	    .event_id = event_id,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	enum err e = fold_get(&ctx->fold, slot, w->id, &row, why);

	if (e != ERR_OK)
		return e;
	text_uuid_put(id, w->id);
	m.has_action = true;
	m.action = RECORD__INTEL__ACTION__WITHDRAW;
	m.intel_id = id;
	m.reason = w->reason;
	m.superseded_by = w->superseded_by;
	spec.event_seq = row.seq + 1;
	crypto_uuid7(event_id, ctx->now_us);
	return draft_append(ctx, &spec, out, why);
}

enum err
submit_item_withdraw(struct commit_ctx *ctx, const struct submit_withdrawal *w,
    struct log_place *out, uint8_t event_id[static 16], struct err_why *why)
{
	enum err e = ERR_OK;

	if (w->by_node)
		e = append(ctx, w, ctx->site->evidence, out, event_id, why);
	if (e != ERR_OK)
		return e;
	/* What others published they take back: veil_plan.c. */
	e = append(ctx, w, ctx->site->alliance, out, event_id, why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
