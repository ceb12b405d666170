/* permit_world.c - what a permit's guards need to know of everything else. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/permit_world.h"

#include <math.h>
#include <string.h>

#include "node/domain/calendar.h"
#include "node/fold_key.h"
#include "node/permit_air.h"
#include "node/permit_chain.h"
#include "node/permit_open.h"
#include "node/site.h"
#include "proto/text.h"

#define EARTH_M 6371000.0
#define DEGREE (3.14159265358979323846 / 180)

struct looking {
	const struct permit_world_ask *ask;
	struct permit_world_ids *ids;
	struct permit_world *out;
	const Pack__Places *places;
	const Pack__Place *place; /* of the permit's area */
	const Pack__Place *there; /* of the area that is being looked at */
	double furthest;
	uint64_t area;
	uint64_t type;
};

/* Near enough on a plant: a plane that touches the sphere. */
static double
distance(double lon1, double lat1, double lon2, double lat2)
{
	double x = (lon2 - lon1) * DEGREE * cos((lat1 + lat2) / 2 * DEGREE);
	double y = (lat2 - lat1) * DEGREE;

	return EARTH_M * sqrt(x * x + y * y);
}

/* How far two places lie apart at least, in metres: centres less radii. */
static double
apart(const Pack__Place *a, const Pack__Place *b)
{
	double d =
	    distance(a->longitude, a->latitude, b->longitude, b->latitude);

	return fmax(0, d - a->radius_m - b->radius_m);
}

static const Pack__Place *
place_of(const struct looking *l, uint64_t area)
{
	for (size_t i = 0; l->places != NULL && i < l->places->n_places; i++) {
		Pack__Place *p = l->places->places[i];

		if (fold_hash(l->ask->fold->mac, FOLD_AREA, p->area) == area)
			return p;
	}
	return NULL;
}

/* All of the circle of uncertainty lies within the place. */
static void
look_at_place(struct looking *l)
{
	const Record__Permit *m = l->ask->msg;

	l->out->place_known = l->place != NULL;
	if (l->place == NULL || m == NULL || !m->has_longitude ||
	    !m->has_latitude || !m->has_accuracy_m)
		return;
	l->out->on_site = distance(m->longitude, m->latitude,
	                      l->place->longitude, l->place->latitude) +
	        m->accuracy_m <=
	    l->place->radius_m;
}

static bool
follows(const struct looking *l, const Pack__Work *w, uint64_t type)
{
	for (size_t i = 0; w != NULL && i < w->n_follows; i++) {
		if (fold_hash(l->ask->fold->mac, FOLD_TYPE, w->follows[i]) ==
		    type)
			return true;
	}
	return false;
}

static const struct rule *
judge_link(const struct looking *l, const struct row *other)
{
	Record__Permit__Action a = l->ask->action;
	uint8_t state = row_state(other, l->ask->at_us);
	bool going = state == ROW_ISSUED || state == ROW_IN_PROGRESS;
	bool parent = follows(l, l->ask->pack, other->type);
	int64_t to_us = l->ask->row != NULL ? l->ask->row->to_us
	    : l->ask->msg != NULL           ? l->ask->msg->planned_to_at
	                                    : 0;

	if (other->kind != LEDGER__KIND__PERMIT)
		return rule_get(RULE_LINK_UNKNOWN);
	/* Work that ended by its book leaves nothing to issue. */
	if (l->ask->links_only && !parent &&
	    (state == ROW_FINISHED || state == ROW_ACCEPTED ||
	        state == ROW_ARCHIVED))
		return NULL;
	if (state == 0 || state > ROW_SUSPENDED)
		return rule_get(RULE_LINK_NOT_ISSUED);
	if (parent && to_us > other->to_us)
		return rule_get(RULE_WINDOW_PAST_PARENT);
	if (a == RECORD__PERMIT__ACTION__RESUME && !parent)
		going |= state == ROW_SUSPENDED;
	if (going ||
	    (a != RECORD__PERMIT__ACTION__START &&
	        a != RECORD__PERMIT__ACTION__RESUME))
		return NULL;
	return rule_get(parent && state == ROW_SUSPENDED
	        ? RULE_PARENT_STOPPED
	        : RULE_LINK_NOT_ISSUED);
}

static enum err
look_at_link(
    struct looking *l, const uint8_t id[static 16], struct err_why *why)
{
	const struct rule *bad = rule_get(RULE_LINK_UNKNOWN);
	struct row other;
	enum err e =
	    fold_get(l->ask->fold, l->ask->site->evidence, id, &other, NULL);

	if (e != ERR_OK && !permit_open_is_lost(e))
		return err_fail(why, e, "a linked permit cannot be read");
	if (e == ERR_CORRUPT)
		bad = rule_get(RULE_PERMIT_DAMAGED);
	if (e == ERR_OK && memcmp(id, l->ask->record_id, 16) != 0)
		bad = judge_link(l, &other);
	if (bad != NULL && l->out->link == NULL) {
		l->out->link = bad;
		text_uuid_put(l->ids->link, id);
		l->out->link_id = l->ids->link;
	}
	return ERR_OK;
}

static enum err
look_at_links(struct looking *l, struct err_why *why)
{
	const struct row *r = l->ask->row;
	const Record__Permit *m = l->ask->msg;
	uint8_t id[16];
	enum err e = ERR_OK;

	/* An application names them; later they are the row's. */
	if (l->ask->action == RECORD__PERMIT__ACTION__APPLY && m != NULL)
		r = NULL;
	for (size_t i = 0; r != NULL && i < r->work.links_len && e == ERR_OK;
	     i++)
		e = look_at_link(l, r->work.links[i], why);
	for (size_t i = 0;
	     r == NULL && m != NULL && i < m->n_linked && e == ERR_OK; i++) {
		if (text_uuid_get(id, bytes_str(m->linked[i]), NULL) == ERR_OK)
			e = look_at_link(l, id, why);
		else
			l->out->link = rule_get(RULE_LINK_UNKNOWN);
	}
	return e;
}

/* What is not known to be far is near. */
static bool
near(const Pack__Place *a, const Pack__Place *b, double meters)
{
	return a == NULL || b == NULL || apart(a, b) < meters;
}

/* The rule by which `w` does not go on beside this type of work. */
static const Pack__Interference *
forbids(const struct looking *l, const Pack__Work *w, uint64_t type,
    const struct row *other)
{
	for (size_t i = 0; w != NULL && i < w->n_interference; i++) {
		Pack__Interference *x = w->interference[i];
		uint64_t asset = l->ask->row->work.asset;

		if (fold_hash(l->ask->fold->mac, FOLD_TYPE, x->work_type) !=
		    type)
			continue;
		if (x->same_asset) {
			if (asset != 0 && asset == other->work.asset)
				return x;
		} else if (other->area == l->area ||
		    (!x->same_area && near(l->place, l->there, x->meters))) {
			return x;
		}
	}
	return NULL;
}

static void
look_at_other(
    struct looking *l, const uint8_t id[static 16], const struct row *other)
{
	const Pack__Interference *x;

	if (other->state != ROW_IN_PROGRESS || l->out->conflict != NULL ||
	    memcmp(id, l->ask->record_id, 16) == 0)
		return;
	x = forbids(l, l->ask->pack, other->type, other);
	if (x == NULL)
		x = forbids(l, packs_version(l->ask->site->packs, other->pack),
		    l->type, other);
	if (x == NULL)
		return;
	l->out->conflict = x;
	text_uuid_put(l->ids->conflict, id);
	l->out->conflict_id = l->ids->conflict;
}

/* The furthest that any version of any work asks to stay away. */
static double
furthest(const struct packs *packs)
{
	const Pack__Work *w;
	double most = 0;

	for (size_t i = 0; (w = packs_each(packs, i)) != NULL; i++) {
		for (size_t k = 0; k < w->n_interference; k++)
			most = fmax(most, w->interference[k]->meters);
	}
	return most;
}

/* Too far for any rule?  The place of an area is found once for all of its
 * permits.  One pipe may run through many areas. */
static bool
is_far(void *arg, uint64_t area)
{
	struct looking *l = arg;

	l->there = place_of(l, area);
	return l->ask->row->work.asset == 0 && area != l->area &&
	    !near(l->place, l->there, l->furthest);
}

static void
other_in(void *arg, const uint8_t *id, const struct row *r)
{
	look_at_other(arg, id, r);
}

/* What goes on nearby and is no special work is a case of that type. */
static void
activity_in(void *arg, const uint8_t *id, const struct row *r)
{
	struct looking *l = arg;
	const Pack__Interference *x;
	bool only_there = (r->flags & ROW_EXERCISE) != 0 &&
	    (l->ask->row->flags & ROW_EXERCISE) == 0;

	if (only_there || l->out->conflict != NULL)
		return;
	x = forbids(l, l->ask->pack, r->type, r);
	if (x == NULL)
		return;
	l->out->conflict = x;
	text_uuid_put(l->ids->conflict, id);
	l->out->conflict_id = l->ids->conflict;
}

static enum err
look_nearby(struct looking *l, bool *all, struct err_why *why)
{
	struct permit_open o = {.site = l->ask->site,
	    .fold = l->ask->fold,
	    .skip = is_far,
	    .in = other_in,
	    .arg = l};
	bool cases = true;
	enum err e;

	l->furthest = furthest(l->ask->site->packs);
	e = permit_open_each(&o, all, why);
	o.kind = LEDGER__KIND__CASE;
	o.in = activity_in;
	if (e == ERR_OK && l->ask->pack->n_interference > 0)
		e = permit_open_each(&o, &cases, why);
	*all = *all && cases;
	return e;
}

static void
look_at_persons(struct looking *l)
{
	const struct permit_world_ask *a = l->ask;
	const struct digest_hmac *mac = a->fold->mac;
	struct permit_world *w = l->out;

	w->signer = a->signer;
	if (a->msg == NULL)
		return;
	if (a->action == RECORD__PERMIT__ACTION__CHANGE_GUARDIAN)
		w->coming[w->coming_len++] =
		    fold_hash(mac, FOLD_SUBJECT, a->msg->guardian);
	if (a->action != RECORD__PERMIT__ACTION__CHANGE_WORKERS)
		return;
	w->coming[w->coming_len++] =
	    fold_hash(mac, FOLD_SUBJECT, a->msg->worker);
	for (size_t i = 0; i < a->msg->n_workers && i < ROW_CREW_MAX; i++)
		w->coming[w->coming_len++] =
		    fold_hash(mac, FOLD_SUBJECT, a->msg->workers[i]);
}

enum err
permit_world(const struct permit_world_ask *ask, struct permit_world_ids *ids,
    struct permit_world *out, struct err_why *why)
{
	const struct packs *packs = ask->site->packs;
	struct looking l = {.ask = ask, .ids = ids, .out = out};
	bool apply = ask->action == RECORD__PERMIT__ACTION__APPLY;
	bool all = true;
	enum err e = ERR_OK;

	*out = (struct permit_world){.signer = 0};
	look_at_persons(&l);
	if (ask->pack == NULL || (ask->row == NULL && ask->msg == NULL))
		return ERR_OK;
	l.places = packs_places_then(packs, ask->at_us);
	l.area = ask->row != NULL
	    ? ask->row->area
	    : fold_hash(ask->fold->mac, FOLD_AREA, ask->msg->area);
	l.type = ask->row != NULL
	    ? ask->row->type
	    : fold_hash(ask->fold->mac, FOLD_TYPE, ask->msg->work_type);
	l.place = place_of(&l, l.area);
	look_at_place(&l);
	out->days_known = calendar_at(
	    &out->days, packs_calendar_then(packs, ask->at_us), ask->at_us);
	e = permit_chain(ask, out, why);
	if (e == ERR_OK && (apply || permit_lets_go(ask->action)))
		e = look_at_links(&l, why);
	if (e == ERR_OK && permit_lets_go(ask->action) && ask->row != NULL &&
	    !ask->links_only)
		e = look_nearby(&l, &all, why);
	if (e == ERR_OK && permit_lets_go(ask->action) && ask->row != NULL &&
	    !ask->links_only && ask->row->mark_us != 0)
		e = permit_air(ask, &out->alarmed, why);
	if (!all)
		out->link = rule_get(RULE_PERMIT_DAMAGED);
	return e;
}

enum err
permit_world_each(struct site *s, struct fold *f, permit_world_in each,
    permit_world_lost lost, void *arg, struct err_why *why)
{
	const struct permit_open o = {
	    .site = s, .fold = f, .in = each, .lost = lost, .arg = arg};
	bool all;

	return permit_open_each(&o, &all, why);
}

struct following {
	struct looking l;
	const uint8_t *parent;
	const struct row *row;
	struct fold_ids *out;
};

static void
follower_in(void *arg, const uint8_t *id, const struct row *r)
{
	struct following *f = arg;
	bool linked = false;

	if (r->state != ROW_ISSUED && r->state != ROW_IN_PROGRESS)
		return;
	for (size_t i = 0; i < r->work.links_len; i++)
		linked |= memcmp(r->work.links[i], f->parent, 16) == 0;
	if (!linked ||
	    !follows(&f->l, packs_version(f->l.ask->site->packs, r->pack),
	        f->row->type))
		return;
	fold_ids_add(f->out, id);
}

enum err
permit_world_followers(struct site *s, struct fold *f,
    const uint8_t parent[static 16], const struct row *row,
    struct fold_ids *out, struct err_why *why)
{
	const struct permit_world_ask ask = {.site = s, .fold = f};
	struct following all = {
	    .l = {.ask = &ask}, .parent = parent, .row = row, .out = out};

	*out = (struct fold_ids){.at = NULL};
	return permit_world_each(s, f, follower_in, NULL, &all, why);
}

struct disturbing {
	struct looking l;
	const Pack__Place *from; /* of the activity */
	const struct row *row;
	struct fold_ids *out;
};

static void
disturbed_in(void *arg, const uint8_t *id, const struct row *r)
{
	struct disturbing *d = arg;
	struct permit_world_ask ask = *d->l.ask;
	bool only_there = (d->row->flags & ROW_EXERCISE) != 0 &&
	    (r->flags & ROW_EXERCISE) == 0;

	if (r->state != ROW_IN_PROGRESS || only_there)
		return;
	struct looking l = d->l;
	ask.row = r;
	l.ask = &ask;
	l.area = r->area;
	l.place = place_of(&l, r->area);
	l.there = d->from;
	if (forbids(&l, packs_version(ask.site->packs, r->pack), d->row->type,
	        d->row) == NULL)
		return;
	fold_ids_add(d->out, id);
}

/* Does any pack know of such an activity? */
static bool
is_known(const struct permit_world_ask *ask, uint64_t type)
{
	const Pack__Work *w;

	for (size_t i = 0; (w = packs_each(ask->site->packs, i)) != NULL; i++) {
		for (size_t k = 0; k < w->n_interference; k++) {
			if (fold_hash(ask->fold->mac, FOLD_TYPE,
			        w->interference[k]->work_type) == type)
				return true;
		}
	}
	return false;
}

enum err
permit_world_disturbed(struct site *s, struct fold *f, const struct row *row,
    int64_t at_us, struct fold_ids *out, struct err_why *why)
{
	const struct permit_world_ask ask = {.site = s, .fold = f};
	struct disturbing d = {
	    .l = {.ask = &ask, .places = packs_places(s->packs, at_us)},
	    .row = row,
	    .out = out};
	enum err e = ERR_OK;

	*out = (struct fold_ids){.at = NULL};
	d.from = place_of(&d.l, row->area);
	if (is_known(&ask, row->type))
		e = permit_world_each(s, f, disturbed_in, NULL, &d, why);
	return e;
}

enum permit_world_where
permit_world_where(struct site *s, uint64_t area,
    const struct permit_world_point *at, int64_t at_us)
{
	struct fold f = {.mac = &s->index_mac};
	const struct permit_world_ask ask = {.site = s, .fold = &f};
	const struct looking l = {
	    .ask = &ask, .places = packs_places(s->packs, at_us)};
	const Pack__Place *p = place_of(&l, area);
	double d;

	if (p == NULL)
		return PERMIT_WORLD_UNSURE;
	d = distance(at->longitude, at->latitude, p->longitude, p->latitude);
	if (d + at->accuracy_m <= p->radius_m)
		return PERMIT_WORLD_INSIDE;
	return d - at->accuracy_m > p->radius_m ? PERMIT_WORLD_OUTSIDE
	                                        : PERMIT_WORLD_UNSURE;
}
