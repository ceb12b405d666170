/* exchange_recall.c - owners ask for their own log, members give it back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange_state.h"
#include "proto/mem.h"

/* ---- asking ---- */

static bool
may_ask(const struct exchange *x, const struct exchange_ours *o, int64_t now_us)
{
	return x->host->recall != NULL && o->introduced && !x->carries &&
	    (!o->recalling || now_us >= o->recall_us + EXCHANGE_RETRY_US);
}

int64_t
exchange_recall_due(
    struct exchange *x, const struct exchange_ours *o, int64_t now_us)
{
	struct exchange_span span;

	if (x->host->recall == NULL || !o->introduced)
		return INT64_MAX;
	if (!may_ask(x, o, now_us))
		return o->recall_us + EXCHANGE_RETRY_US;
	return x->host->recall->lacks(
	           x->host->recall->arg, x->peer->name, o->origin, &span)
	    ? now_us
	    : INT64_MAX;
}

void
exchange_put_recalls(struct exchange *x, Fed__Turn *t, int64_t now_us)
{
	struct exchange_ours *o;
	Fed__Recall *r;
	size_t k;

	t->recalls = mem_alloc(TURN_LISTED, sizeof(t->recalls[0]));
	for (k = 0; k < x->ours_len && t->n_recalls < TURN_LISTED; k++) {
		o = &x->ours[k];
		if (!may_ask(x, o, now_us))
			continue;
		o->recalling = x->host->recall->lacks(
		    x->host->recall->arg, x->peer->name, o->origin, &o->recall);
		if (!o->recalling)
			continue;
		o->recall_us = now_us;
		if (o->recall.max_items > EXCHANGE_ITEMS_MAX)
			o->recall.max_items = EXCHANGE_ITEMS_MAX;
		r = mem_alloc(1, sizeof(*r));
		fed__recall__init(r);
		r->origin = mem_strdup(o->origin);
		r->has_from = 1;
		r->from = o->recall.from;
		r->has_bodies = 1;
		r->bodies = o->recall.bodies;
		r->has_max = 1;
		r->max = (uint32_t)o->recall.max_items;
		t->recalls[t->n_recalls++] = r;
	}
}

static void
take_one(struct exchange *x, const struct turn_delivery *d)
{
	struct exchange_ours *o = exchange_find_ours(x, d->origin);
	struct exchange_piece p;
	struct err_why why = {.text = ""};
	enum err e;

	/* Late, twice, or never asked for: it is not news. */
	if (o == NULL || !o->recalling || d->from != o->recall.from ||
	    d->items_len > o->recall.max_items)
		return;
	if (!o->recall.bodies)
		exchange_drop_bodies(d);
	if (d->note.len == 0 && d->items_len == 0) {
		p.ext = (struct log_extension){.from = d->from};
		e = ERR_OK;
	} else {
		e = exchange_piece(&p, d, o->key, &why);
	}
	if (e == ERR_OK)
		e = x->host->recall->returned(x->host->recall->arg,
		    x->peer->name, o->origin, &p.ext, &why);
	/* After a bad answer it is asked again, but not at once. */
	if (e == ERR_OK)
		o->recalling = false;
	else
		exchange_tell_refused(x, o->origin, e, &why);
}

void
exchange_take_returned(struct exchange *x, const struct turn *t)
{
	size_t i;

	for (i = 0; x->host->recall != NULL && i < t->returns; i++)
		take_one(x, &t->returned[i]);
}

/* ---- answering ---- */

void
exchange_take_recalls(struct exchange *x, const Fed__Turn *t)
{
	struct exchange_theirs *s;
	const Fed__Recall *r;
	struct err_why why;
	size_t i;

	for (i = 0; i < t->n_recalls; i++) {
		r = t->recalls[i];
		s = r->origin == NULL
		    ? NULL
		    : exchange_find_theirs(x, bytes_str(r->origin));
		if (s == NULL) {
			exchange_tell_refused(x, NULL,
			    err_fail(&why, ERR_DENIED,
			        "asked for a log that is not its own"),
			    &why);
			continue;
		}
		s->recalled = true;
		s->recall = (struct exchange_span){.from = r->from,
		    .bodies = r->bodies,
		    .max_items = r->max < EXCHANGE_ITEMS_MAX
		        ? r->max
		        : EXCHANGE_ITEMS_MAX};
	}
}

static void
put_one(struct exchange *x, struct exchange_theirs *s, struct buf *turn,
    size_t *room)
{
	struct exchange_given given = {.n = 0};
	const size_t before = turn->len;
	size_t begun, items;
	enum err e;

	/* What cannot be read now is asked for again. */
	s->recalled = false;
	s->recall.max_bytes = *room;
	s->recall.undivided = EXCHANGE_BATCH_BYTES - (x->batch - *room);
	begun = exchange_piece_begin(turn, 11, s->origin, s->recall.from);
	items = turn->len;
	e = x->host->give(x->host->arg, s->origin, &s->recall, turn, &given);
	if (e != ERR_OK) {
		turn->len = before;
		return;
	}
	items = turn->len - items;
	*room -= items < *room ? items : *room;
	exchange_piece_end(turn, begun, given.note, &given.proof);
}

void
exchange_put_returned(struct exchange *x, struct buf *turn, size_t *room)
{
	size_t sent = 0, k;

	for (k = 0; k < x->theirs_len && sent < ROSTER_KINDS; k++) {
		if (!x->theirs[k].recalled || *room < x->batch / 4)
			continue;
		if (x->host->give == NULL)
			x->theirs[k].recalled = false;
		else
			put_one(x, &x->theirs[k], turn, room);
		sent++;
	}
}
