/* decide_load.c - what a decision goes by, gathered from the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decide_load.h"

#include <string.h>

#include "node/domain/credential_pack.h"
#include "node/fold_key.h"
#include "node/permit_open.h"
#include "node/site.h"
#include "node/site_logs.h"

#define MINUTE_US INT64_C(60000000)
#define ALARMS_LOOKED_AT 100000 /* more open alarms than this: not checked */

struct load {
	struct site *site;
	struct fold *own;
	const struct decide_question *q;
	struct decide_facts *out;
	unsigned conditions; /* of the permit; else what the question says */
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

	if (area == 0 || l->out->work == NULL)
		return ERR_OK;
	decide_quiet(&quiet, l->own->mac, l->out->work);
	e = store_cursor(l->own->txn, l->own->t->open, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && n++ < ALARMS_LOOKED_AT &&
	    row.key.len >= k.len + 16 && memcmp(row.key.ptr, k.b, k.len) == 0) {
		struct row r;

		e = fold_get(l->own, l->site->evidence,
		    row.key.ptr + row.key.len - 16, &r, why);
		/* It may be the one that forbids it. */
		if (permit_open_is_lost(e)) {
			l->out->in.area_lost = true;
			e = store_next(c, &row);
			continue;
		}
		if (e != ERR_OK)
			break;
		if (r.level <= l->out->work->alarm_level &&
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

const Pack__CredentialClass *
decide_class(
    const struct digest_hmac *mac, const Pack__Credentials *pack, uint64_t type)
{
	for (size_t i = 0; pack != NULL && i < pack->n_classes; i++) {
		if (fold_hash(mac, FOLD_TYPE, pack->classes[i]->name) == type)
			return pack->classes[i];
	}
	return NULL;
}

/* Does the permit that asks say so?  Where none asks, nobody knows. */
static bool
holds(const struct load *l, const Pack__CredentialNeed *n)
{
	bool when = n->n_when == 0;

	for (size_t i = 0; i < n->n_when; i++)
		when |= (packs_condition(n->when[i]) & l->conditions) != 0;
	return when;
}

static void
set_lack(const struct load *l, struct decide_need *need,
    const Pack__CredentialNeed *n, const Pack__CredentialClass *class)
{
	need->lack = credential_pack_lacking(n);
	if (!holds(l, n))
		need->lack = l->q->permit != NULL
		    ? RECORD__DECISION_FACTS__NEED__LACK__NOTHING
		    : RECORD__DECISION_FACTS__NEED__LACK__WARN;
	/* Our own staff have no company to be admitted. */
	else if (need->of_company && l->q->company == NULL &&
	    l->q->unit == NULL &&
	    need->lack == RECORD__DECISION_FACTS__NEED__LACK__WARN)
		need->lack = RECORD__DECISION_FACTS__NEED__LACK__NOTHING;
	need->lack_rule = credential_pack_lack(class, need->lack);
}

/* One more need, of classes by their names; too many leave none, for then
 * nobody knows all that is needed. */
static void
add_need(struct load *l, char *const *names, size_t n,
    const Pack__CredentialNeed *as)
{
	struct decide_facts *out = l->out;
	struct decide_need *need = &out->needs[out->in.needs_len];
	size_t at = out->in.needs_len;

	if (at == DECIDE_NEEDS_MAX || n > DECIDE_CLASSES_MAX) {
		out->in.pack_found = false;
		return;
	}
	*need = (struct decide_need){
	    .classes_len = n,
	    .of_company = as != NULL && as->of_company,
	};
	for (size_t i = 0; i < n; i++) {
		need->classes[i] = fold_hash(l->own->mac, FOLD_TYPE, names[i]);
		out->class[at][i] = credential_pack_class(out->pack, names[i]);
		out->name[at][i] = names[i];
	}
	if (as != NULL)
		set_lack(l, need, as, out->class[at][0]);
	out->in.needs_len++;
}

static void
load_needs(struct load *l)
{
	const Pack__Work *w = l->out->work;
	const Pack__Credentials *p = l->out->pack;
	const char *role = l->q->role != NULL ? l->q->role : CREDENTIAL_WORKER;

	if (strcmp(role, CREDENTIAL_WORKER) == 0 && w->n_classes > 0)
		add_need(l, w->classes, w->n_classes, NULL);
	for (size_t i = 0; i < p->n_needs; i++) {
		const Pack__CredentialNeed *n = p->needs[i];

		if (credential_pack_needs(n, w->work_type, role))
			add_need(l, n->classes, n->n_classes, n);
	}
}

/* A permit ends under the version it began with, so what starts it and what
 * stops it go by the same one; without it nothing starts. */
static const Pack__Work *
work_of(struct load *l)
{
	const struct packs *packs = l->site->packs;
	const struct decide_question *q = l->q;
	struct row r;

	l->conditions = q->company != NULL ? PACKS_CONTRACTOR : 0;
	if (q->permit == NULL)
		return q->work_type != NULL
		    ? packs_work(packs, q->work_type, q->now_us)
		    : NULL;
	if (fold_get(l->own, l->site->evidence, q->permit, &r, NULL) != ERR_OK)
		return NULL;
	l->conditions = r.work.conditions;
	return packs_version(packs, r.pack);
}

static void
load_packs(struct load *l)
{
	const struct packs *packs = l->site->packs;
	const struct decide_question *q = l->q;
	struct decide_facts *out = l->out;
	const Pack__Work *w = work_of(l);

	out->work = w;
	out->pack = q->past ? packs_credentials_then(packs, q->now_us)
	                    : packs_credentials(packs, q->now_us);
	if (w == NULL || out->pack == NULL)
		return;
	packs_name(out->pack_version, w);
	out->in.pack_found = true;
	out->in.level_known =
	    w->n_levels == 0 || packs_level(w, q->level) != NULL;
	out->in.status_ttl_us = w->status_minutes * MINUTE_US;
	out->in.decision_us = w->decision_minutes * MINUTE_US;
	out->in.identity_ttl_us = out->pack->identity_minutes * MINUTE_US;
	load_needs(l);
}

enum err
decide_load_place(struct site *s, struct fold *own,
    const struct decide_question *q, struct decide_facts *out,
    struct err_why *why)
{
	struct load l = {.site = s, .own = own, .q = q, .out = out};
	enum err e;

	*out = (struct decide_facts){0};
	out->in.now_us = q->now_us;
	out->in.identity_us = q->identity_us;
	out->in.creds = out->creds;
	out->in.needs = out->needs;
	e = site_logs_recorded(
	    s, site_log(s, SITE_EVIDENCE), own->txn, &out->in.recorded_us, why);
	if (e != ERR_OK)
		return e;
	load_packs(&l);
	return load_area(&l, why);
}

enum err
decide_load(struct site *s, struct fold *own, struct fold *replica,
    const struct decide_question *q, struct decide_facts *out,
    struct err_why *why)
{
	enum err e = decide_load_place(s, own, q, out, why);

	if (e != ERR_OK)
		return e;
	return decide_load_person(s, own, replica, q, out, why);
}
