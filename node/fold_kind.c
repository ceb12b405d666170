/* fold_kind.c - what one event does to its record, kind by kind. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/domain/alarm.h"
#include "node/domain/certificate.h"
#include "node/domain/packs.h"
#include "node/domain/permit.h"
#include "node/fold_case.h"
#include "node/fold_incident.h"
#include "node/fold_key.h"
#include "node/fold_notice.h"
#include "node/fold_retain.h"
#include "proto/slice.h"
#include "proto/text.h"

#define NAME_MAX 255 /* longer texts are hashed, not remembered */

int64_t
fold_kind_occurred(const struct fold_item *item)
{
	const ProtobufCMessage *b = item->body;
	int64_t us = 0;

	if (b == NULL)
		return item->leaf->recorded_us;
	if (b->descriptor == &record__alarm__descriptor)
		us = ((const Record__Alarm *)b)->occurred_at;
	else if (b->descriptor == &record__permit__descriptor)
		us = ((const Record__Permit *)b)->occurred_at;
	else if (b->descriptor == &record__certificate__descriptor)
		us = ((const Record__Certificate *)b)->occurred_at;
	else if (b->descriptor == &record__case__descriptor)
		us = ((const Record__Case *)b)->occurred_at;
	else if (b->descriptor == &record__incident__descriptor)
		us = ((const Record__Incident *)b)->occurred_at;
	else if (b->descriptor == &record__delivery__descriptor)
		us = ((const Record__Delivery *)b)->occurred_at;
	else if (b->descriptor == &record__checklist__descriptor)
		us = ((const Record__Checklist *)b)->occurred_at;
	else if (b->descriptor == &record__points__descriptor)
		us = ((const Record__Points *)b)->occurred_at;
	else if (b->descriptor == &record__decision__descriptor)
		us = ((const Record__Decision *)b)->as_of_at;
	return us != 0 ? us : item->leaf->recorded_us;
}

int64_t
fold_kind_listed(const struct fold_item *item)
{
	const int64_t us = fold_kind_occurred(item);
	const int64_t recorded = item->leaf->recorded_us;

	return us - recorded > FOLD_KIND_FUTURE_US ? recorded : us;
}

enum err
fold_kind_name(struct fold *f, uint16_t slot, enum fold_class c,
    const char *text, uint64_t *hash, struct err_why *why)
{
	uint64_t h = fold_hash_name(f, c, text);
	struct fold_key k = fold_key_slot(slot);
	uint64_t mark = h ^ (uint64_t)slot << 48 ^ (uint64_t)c << 44;
	struct bytes old;
	enum err e;

	*hash = h;
	if (h == 0 || strlen(text) > NAME_MAX)
		return ERR_OK;
	if (f->cache != NULL && f->cache->seen[h % FOLD_CACHE] == mark)
		return ERR_OK;
	fold_key_uint(&k, (uint64_t)c, 1);
	fold_key_uint(&k, h, 8);
	e = store_get(f->txn, f->t->name, fold_key_view(&k), &old, NULL);
	if (e == ERR_NOT_FOUND)
		e = store_put(f->txn, f->t->name, fold_key_view(&k),
		    bytes_str(text), why);
	if (e == ERR_OK && f->cache != NULL)
		f->cache->seen[h % FOLD_CACHE] = mark;
	return e;
}

bool
fold_kind_named(const struct fold *f, const struct store_row *row)
{
	char text[NAME_MAX + 1];

	if (row->key.len != 11 || row->value.len > NAME_MAX)
		return false;
	memcpy(text, row->value.ptr, row->value.len);
	text[row->value.len] = '\0';
	return fold_hash(f->mac, (enum fold_class)row->key.ptr[2], text) ==
	    fold_key_u64(bytes_of(row->key.ptr + 3, 8));
}

/* What a machine source says of where, what and from whom. */
struct names {
	const char *area;
	const char *type;
	const char *source;
};

static enum err
name_all(struct fold *f, uint16_t slot, const struct names *n, struct row *r,
    struct err_why *why)
{
	enum err e = fold_kind_name(f, slot, FOLD_AREA, n->area, &r->area, why);

	if (e == ERR_OK)
		e = fold_kind_name(f, slot, FOLD_TYPE, n->type, &r->type, why);
	/* Its text is kept in no table: it may be somebody's tag. */
	r->subject = fold_hash_name(f, FOLD_SOURCE, n->source);
	return e;
}

/* Told once, with nothing that could return: it never stands open. */
static bool
is_said(const Record__Annex *a)
{
	return a != NULL && a->code != NULL &&
	    strcmp(a->code, rule_get(RULE_TERM_WARNING)->code) == 0;
}

/* By the first permit that it names, its view finds it. */
static enum err
about_permit(struct fold *f, struct row *r, const struct fold_item *item,
    struct err_why *why)
{
	const Record__Alarm *m = (const Record__Alarm *)item->body;
	const uint8_t *id = item->leaf->record_id.data;
	struct fold_key k;
	enum err e;

	if (m->work == NULL || m->work->n_permit_ids == 0)
		return ERR_OK;
	r->pack = fold_hash(f->mac, FOLD_ABOUT, m->work->permit_ids[0]);
	if (r->pack == 0)
		return ERR_OK;
	k = fold_key_holder(item->slot, r->pack, LEDGER__KIND__ALARM, id);
	e = store_put(
	    f->txn, f->t->holder, fold_key_view(&k), bytes_of("", 0), why);
	/* Ids of the node's own nobody else gives (submit_post.h). */
	if (e != ERR_OK || id[6] >> 4 != 8 ||
	    m->direction != RECORD__ALARM__DIRECTION__STATE)
		return e;
	k = fold_key_holder(
	    item->slot, r->pack, LEDGER__KIND__ALARM | FOLD_KIND_LASTS, id);
	return store_put(
	    f->txn, f->t->holder, fold_key_view(&k), bytes_of("", 0), why);
}

/* What was so about a permit is so no more. */
static enum err
about_over(struct fold *f, const struct row *r, const struct fold_item *item,
    struct err_why *why)
{
	struct fold_key k = fold_key_holder(item->slot, r->pack,
	    LEDGER__KIND__ALARM | FOLD_KIND_LASTS, item->leaf->record_id.data);
	enum err e = store_del(f->txn, f->t->holder, fold_key_view(&k), why);

	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
apply_alarm(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Alarm *m = (const Record__Alarm *)e->item->body;
	enum err err;

	if (!e->first) {
		if (!e->applied)
			return ERR_OK;
		alarm_fold(r, m, fold_kind_occurred(e->item));
		return r->pack != 0 && r->start_us != 0
		    ? about_over(f, r, e->item, why)
		    : ERR_OK;
	}
	r->state = ROW_RAISED;
	if (is_said(e->item->annex)) {
		r->state = ROW_CLEARED;
		r->stop_us = fold_kind_occurred(e->item);
	}
	r->level = (uint8_t)m->level;
	if (m->exercise)
		r->flags |= ROW_EXERCISE;
	if (m->latching)
		r->flags |= ROW_LATCHING;
	err = about_permit(f, r, e->item, why);
	if (err != ERR_OK)
		return err;
	return name_all(f, e->item->slot,
	    &(struct names){m->area, m->kind, m->source}, r, why);
}

static void
fill_facts(const struct fold *f, struct permit_facts *facts,
    const Record__Annex *annex)
{
	const Record__Permit *m = facts->msg;

	if (annex != NULL && annex->has_signer && annex->signer.len == 8)
		facts->signer = fold_key_u64(
		    bytes_of(annex->signer.data, annex->signer.len));
	facts->worker = fold_hash(f->mac, FOLD_SUBJECT, m->worker);
	facts->guardian = fold_hash(f->mac, FOLD_SUBJECT, m->guardian);
	if (m->blind != NULL)
		facts->asset =
		    fold_hash(f->mac, FOLD_TYPE, m->blind->equipment);
	if (m->supersedes != NULL &&
	    text_uuid_get(facts->supersedes, bytes_str(m->supersedes), NULL) !=
	        ERR_OK)
		memset(facts->supersedes, 0, 16);
	for (size_t i = 0; i < m->n_workers && i < ROW_CREW_MAX; i++)
		facts->crew[facts->crew_len++] =
		    fold_hash(f->mac, FOLD_SUBJECT, m->workers[i]);
	/* One that is no id stays as zeros: a permit that is not there. */
	for (size_t i = 0; i < m->n_linked && i < ROW_LINKS_MAX; i++) {
		uint8_t *id = facts->links[facts->links_len++];

		if (text_uuid_get(id, bytes_str(m->linked[i]), NULL) != ERR_OK)
			memset(id, 0, 16);
	}
}

static uint64_t
pack_of(const Record__Annex *annex)
{
	struct hash digest;

	if (!annex->has_pack_digest ||
	    annex->pack_digest.len != sizeof digest.b)
		return packs_id(annex->pack_version);
	memcpy(digest.b, annex->pack_digest.data, sizeof digest.b);
	return packs_text_id(annex->pack_version, &digest);
}

static enum err
apply_permit(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Permit *m = (const Record__Permit *)e->item->body;
	const Record__Annex *annex = e->item->annex;
	struct permit_facts facts = {
	    .msg = m,
	    .occurred_us = fold_kind_occurred(e->item),
	    .counted_us = annex != NULL ? annex->counted_at : 0,
	    .code = annex != NULL ? annex->code : NULL,
	};
	enum err err;

	fill_facts(f, &facts, annex);
	err = fold_kind_name(
	    f, e->item->slot, FOLD_NUMBER, m->permit_no, &facts.number, why);
	if (err != ERR_OK)
		return err;
	if (e->applied)
		permit_fold(r, &facts);
	if (e->applied && annex != NULL && annex->alarm_id != NULL &&
	    text_uuid_get(r->ref, bytes_str(annex->alarm_id), NULL) != ERR_OK)
		memset(r->ref, 0, sizeof r->ref);
	if (!e->first)
		return ERR_OK;
	if (m->exercise)
		r->flags |= ROW_EXERCISE;
	if (annex != NULL && annex->pack_version != NULL)
		r->pack = pack_of(annex);
	r->subject = fold_hash(f->mac, FOLD_SUBJECT, m->worker);
	r->other = fold_hash(f->mac, FOLD_SUBJECT, m->guardian);
	err = fold_kind_name(
	    f, e->item->slot, FOLD_TYPE, m->work_type, &r->type, why);
	if (err != ERR_OK)
		return err;
	return fold_kind_name(
	    f, e->item->slot, FOLD_AREA, m->area, &r->area, why);
}

enum err
fold_kind_holder(struct fold *f, const struct fold_item *item,
    const char *holder, struct err_why *why)
{
	uint64_t h = fold_hash(f->mac, FOLD_SUBJECT, holder);
	struct fold_key k;

	if (h == 0)
		return ERR_OK;
	k = fold_key_holder(item->slot, h, (uint16_t)item->leaf->kind,
	    item->leaf->record_id.data);
	return store_put(
	    f->txn, f->t->holder, fold_key_view(&k), bytes_of("", 0), why);
}

static enum err
apply_certificate(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Certificate *m =
	    (const Record__Certificate *)e->item->body;
	enum err err;

	if (e->applied)
		certificate_fold(r, m, fold_kind_occurred(e->item));
	if (e->applied && m->action == RECORD__CERTIFICATE__ACTION__REVOKE)
		r->other = fold_hash(f->mac, FOLD_TYPE, m->reason_code);
	/* Its public credential ended with the review: publish it anew. */
	if (e->applied && m->action == RECORD__CERTIFICATE__ACTION__REVIEW)
		memset(r->ref, 0, sizeof r->ref);
	if (e->applied && m->credential_id != NULL &&
	    text_uuid_get(r->ref, bytes_str(m->credential_id), NULL) != ERR_OK)
		memset(r->ref, 0, sizeof r->ref);
	if (!e->first)
		return ERR_OK;
	r->from_us = m->valid_from_at;
	r->subject = fold_hash(f->mac, FOLD_SUBJECT, m->holder);
	r->pack = fold_hash(f->mac, FOLD_SUBJECT, m->holder_number);
	r->work.number = fold_hash(f->mac, FOLD_NUMBER, m->number);
	err = fold_kind_holder(f, e->item, m->holder, why);
	if (err == ERR_OK)
		err = fold_kind_holder(f, e->item, m->holder_number, why);
	if (err != ERR_OK)
		return err;
	return fold_kind_name(
	    f, e->item->slot, FOLD_TYPE, m->class_, &r->type, why);
}

static enum err
apply_credential(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Credential *m = (const Record__Credential *)e->item->body;

	r->state = ROW_VALID;
	r->from_us = m->valid_from_at;
	r->to_us = m->valid_to_at;
	r->mark_us = m->review_due_at;
	if (m->has_status_index)
		r->other = m->status_index + UINT64_C(1);
	return fold_kind_name(
	    f, e->item->slot, FOLD_TYPE, m->class_, &r->type, why);
}

/* Ends the key that this record enrolled. */
static enum err
end_key(struct fold *f, const struct row *r, uint16_t slot, struct err_why *why)
{
	static const uint8_t none[16];
	struct fold_key k = fold_key_slot(slot);
	enum err e;

	if (memcmp(r->ref, none, sizeof none) == 0)
		return ERR_OK;
	fold_key_put(&k, r->ref, sizeof r->ref);
	e = store_del(f->txn, f->t->actor, fold_key_view(&k), why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
apply_actor(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	Record__Actor a = *(const Record__Actor *)e->item->body;
	struct fold_key k = fold_key_slot(e->item->slot);
	struct hash h;
	struct buf value;
	char name[17];
	enum err err;

	r->state =
	    a.action == RECORD__ACTOR__ACTION__REVOKE ? ROW_CLOSED : ROW_OPEN;
	/* A revocation holds without the key in it, too. */
	if (!e->first && a.action != RECORD__ACTOR__ACTION__ENROL) {
		err = end_key(f, r, e->item->slot, why);
		if (err != ERR_OK)
			return err;
	}
	if (a.key.len == 0)
		return ERR_OK;
	digest_sha256(&h, bytes_of(a.key.data, a.key.len));
	fold_key_put(&k, h.b, 16);
	memcpy(r->ref, h.b, sizeof r->ref);
	(void)snprintf(name, sizeof name, "%016" PRIx64,
	    fold_hash(f->mac, FOLD_SUBJECT, a.name));
	a.name = name;
	a.unit = NULL;
	buf_init(&value, 65536);
	slice_pack(&value, &a.base);
	err = store_put(
	    f->txn, f->t->actor, fold_key_view(&k), buf_view(&value), why);
	buf_clear(&value);
	return err;
}

static enum err
apply_decision(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Decision *m = (const Record__Decision *)e->item->body;
	enum err err;

	r->state = (uint8_t)m->result;
	r->level = (uint8_t)m->level;
	r->to_us = m->expires_at;
	r->subject = fold_hash(f->mac, FOLD_SUBJECT, m->holder);
	err = fold_kind_name(
	    f, e->item->slot, FOLD_TYPE, m->work_type, &r->type, why);
	if (err != ERR_OK)
		return err;
	return fold_kind_name(
	    f, e->item->slot, FOLD_AREA, m->area, &r->area, why);
}

static enum err
apply_intel(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Intel *m = (const Record__Intel *)e->item->body;

	if (e->first)
		r->other = fold_hash(f->mac, FOLD_SUBJECT, m->drafted_by);
	switch (m->action) {
	case RECORD__INTEL__ACTION__RELEASE:
	case RECORD__INTEL__ACTION__APPROVE:
		r->state = ROW_RELEASED;
		break;
	case RECORD__INTEL__ACTION__WITHDRAW:
		r->state = ROW_WITHDRAWN;
		break;
	case RECORD__INTEL__ACTION__FEEDBACK:
	case RECORD__INTEL__ACTION__CLAIM:
		r->state = ROW_CLOSED;
		break;
	case RECORD__INTEL__ACTION__VEIL:
		break;
	case RECORD__INTEL__ACTION__DRAFT:
	case RECORD__INTEL__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__INTEL__ACTION_IS_INT_SIZE:
		r->state = ROW_OPEN;
		break;
	}
	if (m->type == NULL)
		return ERR_OK;
	return fold_kind_name(
	    f, e->item->slot, FOLD_TYPE, m->type, &r->type, why);
}

static enum err
apply_presentation(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Presentation *m =
	    (const Record__Presentation *)e->item->body;
	enum err err;

	r->state = ROW_OPEN;
	r->from_us = m->issued_at;
	r->to_us = m->expires_at;
	r->subject = fold_hash(f->mac, FOLD_SUBJECT, m->holder_ref);
	if (m->credential_id == NULL ||
	    text_uuid_get(r->ref, bytes_str(m->credential_id), NULL) != ERR_OK)
		memset(r->ref, 0, sizeof r->ref);
	err = fold_kind_holder(f, e->item, m->holder_ref, why);
	if (err != ERR_OK)
		return err;
	return fold_kind_holder(f, e->item, m->holder, why);
}

/* Found by its certificate, for what is said of that; and by whom it is for. */
static enum err
apply_pairing(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Pairing *m = (const Record__Pairing *)e->item->body;

	r->state = ROW_OPEN;
	r->other = fold_hash(f->mac, FOLD_SUBJECT, m->verifier);
	if (m->credential_id == NULL ||
	    text_uuid_get(r->ref, bytes_str(m->credential_id), NULL) != ERR_OK)
		memset(r->ref, 0, sizeof r->ref);
	return fold_kind_holder(f, e->item, m->certificate_id, why);
}

/* Does it still say what happened?  Erasing may have taken that. */
static bool
readable(const ProtobufCMessage *b)
{
	if (b == NULL)
		return false;
	if (b->descriptor == &record__permit__descriptor)
		return ((const Record__Permit *)b)->has_action;
	if (b->descriptor == &record__certificate__descriptor)
		return ((const Record__Certificate *)b)->has_action;
	if (b->descriptor == &record__actor__descriptor)
		return ((const Record__Actor *)b)->has_action;
	return true;
}

/* An event that nobody can read may have been the stop, the revocation: what
 * lets people work does not outlive it. */
static enum err
apply_unknown(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	r->flags |= ROW_PARTIAL;
	if (r->kind == LEDGER__KIND__RETENTION)
		return fold_retain_unknown(f, r, e, why);
	if (e->first)
		return ERR_OK;
	if (r->kind == LEDGER__KIND__PERMIT &&
	    (r->state == ROW_ISSUED || r->state == ROW_IN_PROGRESS))
		r->state = ROW_SUSPENDED;
	if (r->kind == LEDGER__KIND__ACTOR)
		return end_key(f, r, e->item->slot, why);
	return ERR_OK;
}

enum err
fold_kind_apply(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const ProtobufCMessage *b = e->item->body;

	if (!readable(b))
		return apply_unknown(f, r, e, why);
	if (b->descriptor == &record__alarm__descriptor)
		return apply_alarm(f, r, e, why);
	if (b->descriptor == &record__permit__descriptor)
		return apply_permit(f, r, e, why);
	if (b->descriptor == &record__certificate__descriptor)
		return apply_certificate(f, r, e, why);
	if (b->descriptor == &record__case__descriptor)
		return fold_case_apply(f, r, e, why);
	if (b->descriptor == &record__checklist__descriptor)
		return fold_case_check(f, r, e, why);
	if (b->descriptor == &record__points__descriptor)
		return fold_case_points(f, r, e, why);
	if (b->descriptor == &record__incident__descriptor)
		return fold_incident_apply(f, r, e, why);
	if (b->descriptor == &record__delivery__descriptor)
		return fold_notice_apply(f, r, e, why);
	if (b->descriptor == &record__decision__descriptor)
		return apply_decision(f, r, e, why);
	if (b->descriptor == &record__actor__descriptor)
		return apply_actor(f, r, e, why);
	if (b->descriptor == &record__intel__descriptor)
		return apply_intel(f, r, e, why);
	if (b->descriptor == &record__presentation__descriptor)
		return apply_presentation(f, r, e, why);
	if (b->descriptor == &record__pairing__descriptor)
		return apply_pairing(f, r, e, why);
	if (b->descriptor == &record__credential__descriptor)
		return apply_credential(f, r, e, why);
	if (b->descriptor == &record__retention__descriptor)
		return fold_retain_apply(f, r, e, why);
	if (b->descriptor == &record__erasure__descriptor) {
		r->state = ROW_OPEN;
		return fold_retain_erasure(f, e->item, why);
	}
	if (b->descriptor == &record__status__descriptor)
		certificate_status_fold(r, (const Record__Status *)b);
	else if (r->state == 0)
		r->state = ROW_OPEN;
	return ERR_OK;
}
