/* decide_person.c - what a decision goes by of the person. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/decide_instrument.h"
#include "node/decide_load.h"
#include "node/decide_past.h"
#include "node/domain/certificate.h"
#include "node/domain/credential_pack.h"
#include "node/domain/person.h"
#include "node/fold_key.h"
#include "node/fold_person.h"
#include "node/fold_place.h"
#include "node/site.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define WORKS_LOOKED_AT 256 /* open works of one person; more: not checked */
#define STARTS_LOOKED_AT                                    \
	32 /* newest works, for when the person last worked \
	    */
#define ISSUERS_MAX 4
#define EXPIRED_MAX 8 /* presentations past their end that are reasons */

struct load {
	struct site *site;
	struct fold *own;
	struct fold *replica;
	const struct decide_question *q;
	struct decide_facts *out;
	const char *holder; /* whose credentials are looked for now */
	uint8_t company; /* which, from 1; 0: the person */
	size_t expired;
	int64_t worked_us; /* newest start of such work under our own permits */
	char *issuers[ISSUERS_MAX]; /* companies that sent this person */
	size_t issuers_len;
};

/* A hash found the row; only the sealed text says whose it is, or what is left
 * of it: without the name it is the same card. */
static enum err
open_body(
    struct load *l, uint64_t place, ProtobufCMessage **out, struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	enum log_rest rest = LOG_REST_NONE;
	struct fold_spot at;
	struct buf shown;
	enum err e;

	e = fold_spot(l->own, l->site->evidence, place, &at, why);
	if (e == ERR_OK)
		e = log_rest(
		    l->own->book, l->own->txn, at.slot, at.index, &rest, why);
	/* The tables were folded from a body that was here. */
	if (e == ERR_OK && rest == LOG_REST_NONE)
		return ERR_CORRUPT;
	if (e == ERR_OK)
		e = log_sealed(
		    l->own->book, l->own->txn, at.slot, at.index, &sealed, why);
	if (e != ERR_OK)
		return e;
	buf_init(&shown, LOG_SEALED_MAX);
	*out = fold_unpack(sealed->body, &shown);
	buf_wipe(&shown);
	buf_clear(&shown);
	ledger__sealed__free_unpacked(sealed, NULL);
	return *out != NULL ? ERR_OK : ERR_NOT_FOUND;
}

/* What cannot be read says nothing of him, and nothing is allowed on it. */
static enum err
lost(struct load *l, enum err e)
{
	if (e != ERR_CORRUPT)
		return e;
	l->out->in.person_lost = true;
	return ERR_OK;
}

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The pack's class of a need that this credential is of; NULL: of none. */
static const Pack__CredentialClass *
class_of(const struct decide_facts *f, uint64_t hash)
{
	for (size_t n = 0; n < f->in.needs_len; n++) {
		for (size_t i = 0; i < f->needs[n].classes_len; i++) {
			if (hash != 0 && f->needs[n].classes[i] == hash &&
			    f->class[n][i] != NULL)
				return f->class[n][i];
		}
	}
	return NULL;
}

static void
fill_terms(struct load *l, struct decide_credential *c, const struct row *r,
    int64_t worked_us)
{
	const Pack__CredentialClass *class = class_of(l->out, r->type);
	struct certificate_facts f = certificate_facts(r);
	struct certificate_terms t;

	/* A start counts only for the class that the work itself asks for. */
	for (size_t i = 0;
	     l->out->in.needs_len > 0 && i < l->out->needs[0].classes_len;
	     i++) {
		if (l->out->needs[0].classes[i] == r->type &&
		    l->worked_us > worked_us)
			worked_us = l->worked_us;
	}
	if (worked_us > f.worked_us)
		f.worked_us = worked_us;
	t = certificate_terms(class, l->out->pack->day_offset_minutes, &f);
	c->class_known = class != NULL;
	c->review_due_us = t.review_due_us;
	c->idle_until_us = t.idle_until_us;
	c->idle_unknown = t.idle_unknown;
}

/* c->slot and c->id are set: where the row stands. */
static enum err
fill_from_row(struct load *l, struct fold *f, struct decide_credential *c,
    struct row *r, int64_t worked_us, struct err_why *why)
{
	uint64_t loss;
	enum err e = fold_loss(f, c->slot, &loss, why);

	if (e == ERR_OK && l->q->past)
		e = decide_past(f, c->slot, c->id, l->q->now_us, r, why);
	if (e != ERR_OK)
		return e;
	c->class_hash = r->type;
	c->valid_from_us = r->from_us;
	c->valid_to_us = r->to_us;
	c->index = r->first;
	c->last = r->last;
	fill_terms(l, c, r, worked_us);
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
	else if (r->state == ROW_CERT_CANCELLED)
		c->status = DECIDE_CANCELLED;
	return ERR_OK;
}

static void
note_issuer(struct load *l, const char *issuer)
{
	for (size_t i = 0; i < l->issuers_len; i++) {
		if (same(l->issuers[i], issuer))
			return;
	}
	if (l->issuers_len == ISSUERS_MAX)
		l->out->in.creds_cut = true;
	else
		l->issuers[l->issuers_len++] = mem_strdup(issuer);
}

static bool
is_trusted(const struct load *l, const char *issuer, uint64_t class_hash)
{
	const struct site_peers *peers = &l->site->peers;
	const Fed__Role role = peers->role != NULL
	    ? peers->role(peers->arg, issuer)
	    : FED__ROLE__ROLE_UNSPECIFIED;

	return credential_pack_trusts(
	    l->out->pack, class_of(l->out, class_hash), issuer, role);
}

/* A credential that the holder has shown: its state stands in the issuer's
 * alliance log, as far as we hold it. */
static enum err
load_presented(struct load *l, struct decide_credential *c,
    const Record__Presentation *p, const struct row *r, struct err_why *why)
{
	int64_t worked = p->last_worked_at;
	struct row cred;
	uint16_t slot;
	enum err e;

	memcpy(c->id, r->ref, sizeof c->id);
	c->presented_to_us = r->to_us;
	/* Of the class asked: an unknown credential is a reason, not nothing.
	 */
	c->class_hash = l->out->needs[0].classes[0];
	if (p->issuer == NULL || strlen(p->issuer) > SITE_NAME_MAX)
		return ERR_OK;
	if (strcmp(p->issuer, l->site->name) == 0) {
		c->slot = l->site->alliance;
		c->local = true;
		c->status_seen_us = l->q->now_us;
		e = fold_get(l->own, c->slot, r->ref, &cred, why);
		if (e == ERR_OK)
			e = fill_from_row(l, l->own, c, &cred, worked, why);
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	}
	if (l->company == 0)
		note_issuer(l, p->issuer);
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
		e = fill_from_row(l, l->replica, c, &cred, worked, why);
	c->untrusted = e == ERR_OK && !is_trusted(l, p->issuer, c->class_hash);
	return e;
}

/* Is it for other areas only? */
static bool
is_elsewhere(const struct load *l, const Record__Certificate *m)
{
	uint64_t here = fold_hash(l->own->mac, FOLD_AREA, l->q->area);

	for (size_t i = 0; i < m->n_areas; i++) {
		if (fold_hash(l->own->mac, FOLD_AREA, m->areas[i]) == here)
			return false;
	}
	return m->n_areas > 0;
}

/* Was the same credential shown again since? */
static bool
is_shown_since(const struct load *l, const struct decide_credential *c)
{
	const struct decide_facts *f = l->out;

	for (size_t i = 0; i < f->in.creds_len; i++) {
		const struct decide_credential *o = &f->creds[i];

		if (!o->own && o->slot == c->slot && o->company == c->company &&
		    memcmp(o->id, c->id, sizeof c->id) == 0)
			return true;
	}
	return false;
}

static void
keep(struct load *l, const struct decide_credential *c)
{
	struct decide_facts *f = l->out;
	bool expired = !c->own && c->presented_to_us <= l->q->now_us;

	/* Nothing rests on what was shown long ago; what is suspended forbids,
	 * however many were shown since, and once is enough. */
	if (expired &&
	    (c->status == DECIDE_SUSPENDED ? is_shown_since(l, c)
	                                   : l->expired++ >= EXPIRED_MAX))
		return;
	if (f->in.creds_len == DECIDE_CREDENTIALS_MAX)
		f->in.creds_cut = true;
	else
		f->creds[f->in.creds_len++] = *c;
}

static enum err
load_one(struct load *l, const uint8_t *record_id, struct err_why *why)
{
	struct decide_credential c = {
	    .of_company = l->company != 0, .company = l->company};
	ProtobufCMessage *body = NULL;
	struct row r;
	bool his = false;
	enum err e;

	/* Erasing takes the body and leaves the row. */
	e = fold_get(l->own, l->site->evidence, record_id, &r, why);
	if (e == ERR_NOT_FOUND)
		return lost(l, ERR_CORRUPT);
	if (e == ERR_OK)
		e = open_body(l, r.first, &body, why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK; /* erased: no longer a credential */
	if (e != ERR_OK)
		return lost(l, e);
	if (body->descriptor == &record__certificate__descriptor) {
		const Record__Certificate *m = (Record__Certificate *)body;

		his = person_same(m->holder, l->holder);
		c.own = true;
		c.elsewhere = is_elsewhere(l, m);
		memcpy(c.id, record_id, sizeof c.id);
		c.slot = l->site->evidence;
		e = fill_from_row(l, l->own, &c, &r, 0, why);
	} else if (body->descriptor == &record__presentation__descriptor) {
		const Record__Presentation *p = (Record__Presentation *)body;

		his = person_same(p->holder, l->holder) ||
		    person_same(p->holder_ref, l->holder);
		if (his)
			e = load_presented(l, &c, p, &r, why);
	}
	slice_free(body);
	if (e == ERR_OK && his)
		keep(l, &c);
	return lost(l, e);
}

static bool
is_credential(const struct store_row *row, const struct fold_key *k)
{
	struct bytes at = bytes_of(row->key.ptr + k->len, 2);
	uint64_t kind = at.ptr[0] * UINT64_C(256) + at.ptr[1];

	return kind == LEDGER__KIND__CERTIFICATE ||
	    kind == LEDGER__KIND__PRESENTATION;
}

/* Rows of the holder table: slot, whose, kind, record. */
static bool
is_his(const struct store_row *row, const struct fold_key *k)
{
	return row->key.len == k->len + 18 &&
	    memcmp(row->key.ptr, k->b, k->len) == 0;
}

/* Newest first: of many presentations the latest matter. */
static enum err
load_credentials(struct load *l, const char *holder, struct err_why *why)
{
	uint64_t whose = fold_hash(l->own->mac, FOLD_SUBJECT, holder);
	struct fold_key k = fold_key_holder(l->site->evidence, whose, 0, NULL);
	struct fold_key end = k;
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	if (whose == 0)
		return ERR_OK;
	l->holder = holder;
	fold_key_uint(&end, LEDGER__KIND__PRESENTATION + 1, 2);
	e = store_cursor(l->own->txn, l->own->t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&end), &row);
	while (e == ERR_OK && is_his(&row, &k)) {
		if (is_credential(&row, &k))
			e = load_one(l, row.key.ptr + k.len + 2, why);
		if (e == ERR_OK)
			e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- work and violations ---- */

static bool
guards(const struct load *l)
{
	return l->q->role != NULL &&
	    strcmp(l->q->role, CREDENTIAL_GUARDIAN) == 0;
}

/* One row of what the person has open; of another kind: nothing.  Who guards
 * does nothing else, in the same area neither (4.10f). */
static enum err
load_open(
    struct load *l, const uint8_t *id, uint64_t whose, struct err_why *why)
{
	uint64_t here = fold_hash(l->own->mac, FOLD_AREA, l->q->area);
	struct decide_input *in = &l->out->in;
	const uint8_t *asks = l->q->permit;
	uint64_t violation = fold_hash(l->own->mac, FOLD_TYPE, "violation");
	uint64_t score = fold_hash(l->own->mac, FOLD_TYPE, "risk-score");
	struct row r;
	enum err e = fold_get(l->own, l->site->evidence, id, &r, why);

	/* What stands open has a row. */
	if (e != ERR_OK)
		return lost(l, e == ERR_NOT_FOUND ? ERR_CORRUPT : e);
	if (r.kind == LEDGER__KIND__CASE && r.type == violation)
		in->violation_open = true;
	if (r.kind == LEDGER__KIND__CASE && r.type == score)
		in->score_open = true;
	if (r.kind == LEDGER__KIND__PERMIT &&
	    (r.area != here || (r.other == whose) != guards(l)) &&
	    row_state(&r, l->q->now_us) == ROW_IN_PROGRESS &&
	    (asks == NULL || memcmp(asks, id, 16) != 0))
		in->working_elsewhere = true;
	return ERR_OK;
}

static enum err
load_work(struct load *l, uint64_t whose, struct err_why *why)
{
	struct fold_key k = fold_key_holder(l->site->evidence, whose, 0, NULL);
	struct fold_key from = k;
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t n = 0;
	enum err e;

	fold_key_uint(&from, FOLD_PERSON_OPEN, 2);
	e = store_cursor(l->own->txn, l->own->t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&from), &row);
	while (e == ERR_OK && is_his(&row, &k) && n++ < WORKS_LOOKED_AT) {
		e = load_open(l, row.key.ptr + k.len + 2, whose, why);
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	l->out->in.person_checked =
	    (e == ERR_OK || e == ERR_NOT_FOUND) && n < WORKS_LOOKED_AT;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* When the person last began such work here: of the newest permits alone, for
 * missing an older start can only ask for a re-test too early. */
static enum err
load_starts(struct load *l, uint64_t whose, struct err_why *why)
{
	uint64_t type = fold_hash(l->own->mac, FOLD_TYPE, l->q->work_type);
	struct fold_key k = fold_key_holder(l->site->evidence, whose, 0, NULL);
	struct fold_key end;
	struct store_cursor *c = NULL;
	struct store_row row;
	struct row r;
	size_t n = 0;
	enum err e;

	fold_key_uint(&k, LEDGER__KIND__PERMIT, 2);
	end = k;
	fold_key_uint(&end, UINT64_MAX, 8);
	e = store_cursor(l->own->txn, l->own->t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&end), &row);
	while (e == ERR_OK && row.key.len == k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0 && n++ < STARTS_LOOKED_AT) {
		e = fold_get(
		    l->own, l->site->evidence, row.key.ptr + k.len, &r, why);
		if (e == ERR_OK && r.type == type && r.other != whose &&
		    (r.flags & ROW_EXERCISE) == 0 && r.start_us > l->worked_us)
			l->worked_us = r.start_us;
		/* An older start can only ask for a re-test too early. */
		if (e == ERR_OK || e == ERR_CORRUPT)
			e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static bool
asks_company(const struct decide_facts *f)
{
	for (size_t i = 0; i < f->in.needs_len; i++) {
		if (f->needs[i].of_company)
			return true;
	}
	return false;
}

/* One company more whose certificates are asked.  stated: somebody has said
 * that he is another's, so that only what is known against this one counts. */
static enum err
load_company(struct load *l, const char *name, bool stated, struct err_why *why)
{
	struct decide_facts *f = l->out;
	const size_t n = f->in.needs_len;

	l->company++;
	for (size_t i = 0; i < n; i++) {
		const size_t to = f->in.needs_len;

		if (!f->needs[i].of_company || f->needs[i].company > 1)
			continue;
		f->needs[i].company = 1;
		if (l->company == 1)
			continue;
		if (to == DECIDE_NEEDS_MAX) {
			f->in.creds_cut = true;
			return ERR_OK;
		}
		f->needs[to] = f->needs[i];
		f->needs[to].company = l->company;
		memcpy(f->class[to], f -> class[i], sizeof f->class[i]);
		memcpy(f->name[to], f->name[i], sizeof f->name[i]);
		if (stated) {
			f->needs[to].lack =
			    RECORD__DECISION_FACTS__NEED__LACK__NOTHING;
			f->needs[to].lack_rule = NULL;
		}
		f->in.needs_len++;
	}
	return load_credentials(l, name, why);
}

/* The one that is named for him, and each that issued what he shows: the
 * admission of one is not another's. */
static enum err
load_companies(struct load *l, struct err_why *why)
{
	const char *named = l->q->company != NULL ? l->q->company : l->q->unit;
	enum err e = ERR_OK;

	if (named != NULL)
		e = load_company(l, named, false, why);
	for (size_t i = 0; i < l->issuers_len && e == ERR_OK; i++) {
		if (!same(l->issuers[i], named))
			e = load_company(l, l->issuers[i], named != NULL, why);
	}
	return e;
}

enum err
decide_load_person(struct site *s, struct fold *own, struct fold *replica,
    const struct decide_question *q, struct decide_facts *out,
    struct err_why *why)
{
	struct load l = {
	    .site = s, .own = own, .replica = replica, .q = q, .out = out};
	uint64_t whose = fold_hash(own->mac, FOLD_SUBJECT, q->holder);
	enum err e;

	out->in.creds = out->creds;
	out->in.needs = out->needs;
	out->in.holder_given = whose != 0;
	if (whose == 0 || !out->in.pack_found || out->in.needs_len == 0)
		return ERR_OK;
	e = load_starts(&l, whose, why);
	if (e == ERR_OK)
		e = load_work(&l, whose, why);
	if (e == ERR_OK)
		e = load_credentials(&l, q->holder, why);
	if (e == ERR_OK && q->role != NULL &&
	    strcmp(q->role, CREDENTIAL_INSTRUMENT) == 0)
		e = decide_instrument(s, own, q, out, why);
	if (e == ERR_OK && asks_company(out))
		e = load_companies(&l, why);
	for (size_t i = 0; i < l.issuers_len; i++)
		free(l.issuers[i]);
	return e;
}
