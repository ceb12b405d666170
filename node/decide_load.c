/* decide_load.c - what a decision goes by, gathered from the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decide_load.h"

#include <string.h>

#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/site.h"
#include "node/site_logs.h"
#include "proto/slice.h"

#define MINUTE_US INT64_C(60000000)
#define ALARMS_LOOKED_AT 100000 /* more open alarms than this: not checked */

struct load {
	struct site *site;
	struct fold *own;
	struct fold *replica;
	const struct decide_question *q;
	const Pack__Work *pack;
	struct decide_facts *out;
};

void
decide_quiet(struct decide_quiet *out, const struct digest_hmac *mac,
    const Pack__Work *pack)
{
	static const char *const known[DECIDE_KINDS_MAX] = {"gas", "process",
	    "fire", "behaviour", "position", "permit", "credential",
	    "equipment", "data", "security", "system", "personnel"};

	out->len = 0;
	for (size_t i = 0; i < DECIDE_KINDS_MAX; i++) {
		uint64_t kind = fold_hash(mac, FOLD_TYPE, known[i]);
		bool stops = false;

		for (size_t k = 0; k < pack->n_alarm_kinds; k++) {
			if (fold_hash(mac, FOLD_TYPE, pack->alarm_kinds[k]) ==
			    kind)
				stops = true;
		}
		if (!stops)
			out->kind[out->len++] = kind;
	}
}

bool
decide_stops(const struct decide_quiet *q, uint64_t kind)
{
	for (size_t i = 0; i < q->len; i++) {
		if (q->kind[i] == kind)
			return false;
	}
	return true;
}

static enum err
load_area(struct load *l, struct err_why *why)
{
	uint64_t area = fold_hash(l->own->mac, FOLD_AREA, l->q->area);
	struct fold_key k =
	    fold_key_open(l->site->evidence, LEDGER__KIND__ALARM, area, NULL);
	struct store_cursor *c = NULL;
	struct decide_quiet quiet;
	struct store_row row;
	size_t n = 0;
	enum err e;

	if (area == 0 || l->pack == NULL)
		return ERR_OK;
	decide_quiet(&quiet, l->own->mac, l->pack);
	e = store_cursor(l->own->txn, l->own->t->open, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && n++ < ALARMS_LOOKED_AT &&
	    row.key.len == k.len + 16 && memcmp(row.key.ptr, k.b, k.len) == 0) {
		struct row r;

		e = fold_get(
		    l->own, l->site->evidence, row.key.ptr + k.len, &r, why);
		if (e != ERR_OK)
			break;
		if (r.level <= l->pack->alarm_level &&
		    (r.flags & ROW_EXERCISE) == 0 &&
		    decide_stops(&quiet, r.type))
			l->out->in.area_alarm = true;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	l->out->in.area_checked = n < ALARMS_LOOKED_AT;
	return ERR_OK;
}

/* A hash found the row; only the sealed text says whose it is. */
static enum err
open_body(
    struct load *l, uint64_t place, ProtobufCMessage **out, struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	const Ledger__Opening *o;
	const ProtobufCMessageDescriptor *d;
	struct fold_spot at;
	enum err e;

	e = fold_spot(l->own, l->site->evidence, place, &at, why);
	if (e == ERR_OK)
		e = log_sealed(
		    l->own->book, l->own->txn, at.slot, at.index, &sealed, why);
	if (e != ERR_OK)
		return e;
	o = sealed->body;
	d = o != NULL && o->type != NULL ? seal_type(o->type) : NULL;
	if (d == NULL || !o->has_message)
		e = ERR_NOT_FOUND;
	else
		e = slice_unpack(
		    out, d, bytes_of(o->message.data, o->message.len), why);
	ledger__sealed__free_unpacked(sealed, NULL);
	return e;
}

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* c->slot is set: the line in whose tables the row stands. */
static enum err
fill_from_row(const struct fold *f, struct decide_credential *c,
    const struct row *r, struct err_why *why)
{
	uint64_t loss;
	enum err e = fold_loss(f, c->slot, &loss, why);

	if (e != ERR_OK)
		return e;
	c->class_hash = r->type;
	c->valid_from_us = r->from_us;
	c->valid_to_us = r->to_us;
	c->review_due_us = r->mark_us;
	c->index = r->first;
	c->status = DECIDE_UNKNOWN;
	/* What an event without body did, nobody here knows; and after the
	 * newest of its events some were lost, one of them may have ended it.
	 */
	if ((r->flags & ROW_PARTIAL) != 0 || r->last < loss)
		return ERR_OK;
	if (r->state == ROW_VALID)
		c->status = DECIDE_VALID;
	else if (r->state == ROW_CERT_SUSPENDED)
		c->status = DECIDE_SUSPENDED;
	else if (r->state == ROW_REVOKED)
		c->status = DECIDE_REVOKED;
	else if (r->state == ROW_LAPSED)
		c->status = DECIDE_LAPSED;
	return ERR_OK;
}

/* A credential that the holder has shown: its state stands in the issuer's
 * alliance log, as far as we hold it. */
static enum err
load_presented(struct load *l, struct decide_credential *c,
    const Record__Presentation *p, const struct row *r, struct err_why *why)
{
	struct row cred;
	uint16_t slot;
	enum err e;

	memcpy(c->id, r->ref, sizeof c->id);
	c->presented_to_us = r->to_us;
	/* Of the class asked: an unknown credential is a reason, not nothing.
	 */
	c->class_hash = l->out->classes[0];
	if (p->issuer == NULL || strlen(p->issuer) > SITE_NAME_MAX)
		return ERR_OK;
	if (strcmp(p->issuer, l->site->name) == 0) {
		c->slot = l->site->alliance;
		c->local = true;
		c->status_seen_us = l->q->now_us;
		e = fold_get(l->own, c->slot, r->ref, &cred, why);
		if (e == ERR_OK)
			e = fill_from_row(l->own, c, &cred, why);
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	}
	e = fold_line_find(l->replica, p->issuer, "alliance", &slot, why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	c->slot = slot;
	if (l->site->peers.seen_us != NULL)
		c->status_seen_us =
		    l->site->peers.seen_us(l->site->peers.arg, p->issuer);
	e = fold_get(l->replica, slot, r->ref, &cred, why);
	if (e == ERR_NOT_FOUND ||
	    (e == ERR_OK && cred.kind != LEDGER__KIND__CREDENTIAL))
		return ERR_OK;
	if (e == ERR_OK)
		e = fill_from_row(l->replica, c, &cred, why);
	return e;
}

static enum err
load_one(struct load *l, const uint8_t *record_id, struct err_why *why)
{
	struct decide_credential c = {.own = false};
	ProtobufCMessage *body = NULL;
	struct row r;
	bool his = false;
	enum err e;

	e = fold_get(l->own, l->site->evidence, record_id, &r, why);
	if (e == ERR_OK)
		e = open_body(l, r.first, &body, why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK; /* erased: no longer a credential */
	if (e != ERR_OK)
		return e;
	if (body->descriptor == &record__certificate__descriptor) {
		his = same(((Record__Certificate *)body)->holder, l->q->holder);
		c.own = true;
		memcpy(c.id, record_id, sizeof c.id);
		c.slot = l->site->evidence;
		e = fill_from_row(l->own, &c, &r, why);
	} else if (body->descriptor == &record__presentation__descriptor) {
		const Record__Presentation *p = (Record__Presentation *)body;

		his = same(p->holder, l->q->holder) ||
		    same(p->holder_ref, l->q->holder);
		if (his)
			e = load_presented(l, &c, p, &r, why);
	}
	slice_free(body);
	if (e == ERR_OK && his)
		l->out->creds[l->out->in.creds_len++] = c;
	return e;
}

/* Newest first: of many presentations the latest matter. */
static enum err
load_credentials(struct load *l, struct err_why *why)
{
	uint64_t holder = fold_hash(l->own->mac, FOLD_SUBJECT, l->q->holder);
	struct fold_key k = fold_key_holder(l->site->evidence, holder, 0, NULL);
	struct fold_key end = k;
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	if (holder == 0 || l->pack == NULL)
		return ERR_OK;
	fold_key_uint(&end, UINT64_MAX, 8);
	e = store_cursor(l->own->txn, l->own->t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&end), &row);
	while (e == ERR_OK && l->out->in.creds_len < DECIDE_CREDENTIALS_MAX &&
	    row.key.len == k.len + 18 && memcmp(row.key.ptr, k.b, k.len) == 0) {
		e = load_one(l, row.key.ptr + k.len + 2, why);
		if (e == ERR_OK)
			e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
decide_load(struct site *s, struct fold *own, struct fold *replica,
    const struct decide_question *q, struct decide_facts *out,
    struct err_why *why)
{
	struct load l = {
	    .site = s,
	    .own = own,
	    .replica = replica,
	    .q = q,
	    .out = out,
	};
	enum err e;

	*out = (struct decide_facts){0};
	out->in.now_us = q->now_us;
	e = site_logs_recorded(
	    s, site_log(s, SITE_EVIDENCE), own->txn, &out->in.recorded_us, why);
	if (e != ERR_OK)
		return e;
	out->in.holder_given = q->holder != NULL && q->holder[0] != '\0';
	out->in.creds = out->creds;
	out->in.classes = out->classes;
	if (q->work_type != NULL)
		l.pack = packs_work(s->packs, q->work_type, q->now_us);
	if (l.pack != NULL) {
		packs_name(out->pack_version, l.pack);
		out->in.pack_found = true;
		out->in.status_ttl_us = l.pack->status_minutes * MINUTE_US;
		out->in.decision_us = l.pack->decision_minutes * MINUTE_US;
		out->in.classes_len = l.pack->n_classes;
		for (size_t i = 0; i < l.pack->n_classes; i++)
			out->classes[i] =
			    fold_hash(own->mac, FOLD_TYPE, l.pack->classes[i]);
	}
	e = load_area(&l, why);
	if (e == ERR_OK)
		e = load_credentials(&l, why);
	return e;
}
