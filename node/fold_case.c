/* fold_case.c - tables of cases, checks and points. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_case.h"

#include "node/domain/case.h"
#include "node/domain/checklist.h"
#include "node/domain/points.h"
#include "node/domain/rule.h"
#include "node/fold_key.h"
#include "proto/text.h"

/* A score that the node noted and nobody need see to. */
static bool
holds_nobody(const Record__Annex *a)
{
	return a != NULL && a->code != NULL &&
	    (strcmp(a->code, rule_get(RULE_SCORE_BELOW)->code) == 0 ||
	        strcmp(a->code, rule_get(RULE_SCORE_AGAIN)->code) == 0);
}

static enum err
name_case(struct fold *f, const struct fold_event *e, struct row *r,
    struct err_why *why)
{
	const Record__Case *m = (const Record__Case *)e->item->body;
	const uint16_t slot = e->item->slot;
	enum err err =
	    fold_kind_name(f, slot, FOLD_AREA, m->area, &r->area, why);

	if (err == ERR_OK)
		err =
		    fold_kind_name(f, slot, FOLD_TYPE, m->type, &r->type, why);
	r->subject = fold_hash_name(f, FOLD_SOURCE, m->source);
	return err;
}

enum err
fold_case_apply(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Case *m = (const Record__Case *)e->item->body;
	const Record__Annex *annex = e->item->annex;
	struct case_facts facts = {
	    .msg = m,
	    .recorded_us = e->item->leaf->recorded_us,
	    .has_due = annex != NULL && annex->has_due_at,
	    .due_us = annex != NULL ? annex->due_at : 0,
	    .liable = fold_hash(f->mac, FOLD_SUBJECT, m->liable),
	};

	if (annex != NULL && annex->has_signer && annex->signer.len == 8)
		facts.signer = fold_key_u64(
		    bytes_of(annex->signer.data, annex->signer.len));
	if (e->applied || e->first)
		case_fold(r, &facts);
	if (!e->first)
		return ERR_OK;
	if (holds_nobody(annex))
		r->state = ROW_CASE_CLOSED;
	r->other = fold_hash(f->mac, FOLD_SUBJECT, m->holder);
	if (m->check_id != NULL &&
	    text_uuid_get(r->ref, bytes_str(m->check_id), NULL) != ERR_OK)
		memset(r->ref, 0, sizeof r->ref);
	return name_case(f, e, r, why);
}

/* By what it is told that the same is defined again; 0: it is not whole. */
static uint64_t
definition(const struct fold *f, const struct fold_item *item)
{
	uint8_t digest[16];

	if (item->message.len == 0)
		return 0;
	fold_digest(f->mac, digest, item->message);
	return fold_key_u64(bytes_of(digest, 8)) | 1;
}

enum err
fold_case_check(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Checklist *m = (const Record__Checklist *)e->item->body;
	const Record__Annex *annex = e->item->annex;
	const struct checklist_facts facts = {
	    .msg = m,
	    .occurred_us = fold_kind_occurred(e->item),
	    .has_due = annex != NULL && annex->has_due_at,
	    .due_us = annex != NULL ? annex->due_at : 0,
	};
	enum err err;

	if (!e->applied && !e->first)
		return ERR_OK;
	checklist_fold(r, &facts);
	if (m->action != RECORD__CHECKLIST__ACTION__DEFINE)
		return ERR_OK;
	r->pack = definition(f, e->item);
	if (m->parent != NULL && m->tier > RECORD__CHECKLIST__TIER__UNIT)
		checklist_id(r->ref, f->mac,
		    (Record__Checklist__Tier)(m->tier - 1), m->parent);
	else
		memset(r->ref, 0, sizeof r->ref);
	err =
	    fold_kind_name(f, e->item->slot, FOLD_TYPE, m->post, &r->type, why);
	/* Where it stands is a key of other tables: as it was at first. */
	return err == ERR_OK && e->first
	    ? fold_kind_name(
	          f, e->item->slot, FOLD_AREA, m->area, &r->area, why)
	    : err;
}

enum err
fold_case_points(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Points *m = (const Record__Points *)e->item->body;

	if (e->applied || e->first)
		points_fold(r, m);
	if (!e->first)
		return ERR_OK;
	r->state = ROW_OPEN;
	r->subject = fold_hash(f->mac, FOLD_SUBJECT, m->account);
	return fold_kind_holder(f, e->item, m->account, why);
}
