/* hub_carry.c - files for the courier, made and taken beside the links. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub_carry.h"

#include <stdio.h>
#include <stdlib.h>

#include "federation/hub_state.h"

#define SAID_MAX 65536

static struct parcel_ends
ends_of(const struct hub *h)
{
	return (struct parcel_ends){h->o.roster, h->o.self, &h->key};
}

/* ---- what members said of themselves ---- */

void
hub_carry_tell(struct hub *h, size_t at)
{
	struct buf said;

	if (h->o.host.remember == NULL)
		return;
	buf_init(&said, SAID_MAX);
	exchange_said(h->links[at].x, &said);
	if (said.len > 0 && !said.over)
		h->o.host.remember(
		    h->o.host.arg, h->shown[at].name, buf_view(&said));
	buf_clear(&said);
}

void
hub_carry_know(struct hub *h)
{
	struct buf said;
	size_t i;

	if (h->o.host.remembered == NULL)
		return;
	buf_init(&said, SAID_MAX);
	for (i = 0; i < h->len; i++) {
		buf_reset(&said);
		h->o.host.remembered(h->o.host.arg, h->shown[i].name, &said);
		exchange_learn(h->links[i].x, buf_view(&said));
	}
	buf_clear(&said);
}

/* ---- files that leave ---- */

static void
drop_file(struct hub_file *f)
{
	exchange_free(f->x);
	parcel_wipe(&f->parcel);
	f->x = NULL;
}

static enum err
begin(struct hub *h, struct hub_carry *c, struct err_why *why)
{
	const struct parcel_ends ends = ends_of(h);
	struct hub_file *f;
	struct buf said;
	size_t at;
	enum err e;

	if (hub_find_link(h, c->peer, &at) == NULL)
		return err_fail(why, ERR_NOT_FOUND,
		    "%s is no other member of the alliance", c->peer);
	f = &h->files[at];
	drop_file(f);
	depot_refresh(h->depot);
	e = parcel_begin(&f->parcel, &ends, h->links[at].peer,
	    clock_wall_us(h->o.clock), &c->out, why);
	if (e != ERR_OK)
		return e;
	f->x =
	    exchange_new(h->o.roster, h->o.self, c->peer, depot_host(h->depot));
	buf_init(&said, SAID_MAX);
	exchange_said(h->links[at].x, &said);
	exchange_learn(f->x, buf_view(&said));
	buf_clear(&said);
	exchange_carry(f->x);
	exchange_carried(f->x, &c->said, &c->all);
	crypto_random(&f->id, sizeof(f->id));
	c->id = f->id;
	return ERR_OK;
}

static enum err
next(struct hub *h, struct hub_carry *c, struct err_why *why)
{
	struct hub_file *f;
	struct buf turn;
	size_t at;
	enum err e;

	if (hub_find_link(h, c->peer, &at) == NULL)
		return err_fail(why, ERR_NOT_FOUND,
		    "%s is no other member of the alliance", c->peer);
	f = &h->files[at];
	if (f->x == NULL || f->id != c->id)
		return err_fail(why, ERR_CONFLICT,
		    "another file for %s was begun meanwhile, or the links "
		    "were: give the command again",
		    c->peer);
	buf_init(&turn, EXCHANGE_TURN_MAX);
	c->last = !exchange_carry_out(f->x, clock_boot_us(h->o.clock), &turn);
	e = parcel_put(&f->parcel, buf_view(&turn), c->last, &c->out);
	if (e != ERR_OK)
		e = err_fail(why, e, "a turn of %zu bytes", turn.len);
	exchange_carried(f->x, &c->said, &c->all);
	buf_clear(&turn);
	if (e != ERR_OK || c->last)
		drop_file(f);
	return e;
}

/* ---- files that came ---- */

/* A clock that is ahead would keep its owner from ever being silent. */
static void
hear(struct hub_peer_status *m, int64_t made_us, int64_t now_us)
{
	const int64_t at_us = made_us < now_us ? made_us : now_us;

	if (at_us > m->carried_us)
		m->carried_us = at_us;
}

static enum err
take_turn(
    struct hub *h, struct hub_carry *c, struct buf *turn, struct err_why *why)
{
	struct exchange *x =
	    exchange_new(h->o.roster, h->o.self, c->from, depot_host(h->depot));
	struct buf said;
	size_t at = 0;
	enum err e;

	h->carrying = c;
	e = exchange_carried_in(
	    x, turn, c->made_us, clock_boot_us(h->o.clock), why);
	h->carrying = NULL;
	if (e == ERR_OK && hub_find_link(h, c->from, &at) != NULL) {
		buf_init(&said, SAID_MAX);
		exchange_said(x, &said);
		exchange_learn(h->links[at].x, buf_view(&said));
		if (said.len > 0)
			hub_carry_tell(h, at);
		buf_clear(&said);
		hear(&h->shown[at], c->made_us, clock_wall_us(h->o.clock));
	}
	exchange_free(x);
	return e;
}

static enum err
take(struct hub *h, struct hub_carry *c, struct err_why *why)
{
	const struct parcel_ends ends = ends_of(h);
	struct parcel p;
	struct buf turn;
	enum err e;

	buf_init(&turn, EXCHANGE_TURN_MAX);
	e = parcel_open(&p, &ends, c->head, why);
	if (e == ERR_OK) {
		(void)snprintf(c->from, sizeof(c->from), "%s", p.from->name);
		c->made_us = p.made_us;
		e = parcel_take(&p, c->n, c->frame, &turn, &c->last, why);
	}
	if (e == ERR_OK)
		e = take_turn(h, c, &turn, why);
	parcel_wipe(&p);
	buf_clear(&turn);
	if (c->last) {
		h->published_us = 0;
		hub_publish(h, clock_boot_us(h->o.clock));
	}
	return e;
}

/* ---- one after the other ---- */

static struct hub_carry *
first(struct hub *h)
{
	struct hub_carry *c;

	(void)pthread_mutex_lock(&h->lock);
	c = h->carry;
	if (c != NULL)
		h->carry = c->next;
	(void)pthread_mutex_unlock(&h->lock);
	return c;
}

bool
hub_carry_one(struct hub *h)
{
	struct hub_carry *c = first(h);
	struct err_why why = {.text = ""};
	enum err e = ERR_UNSUPPORTED;

	if (c == NULL)
		return false;
	switch (c->kind) {
	case HUB_CARRY_BEGIN:
		e = begin(h, c, &why);
		break;
	case HUB_CARRY_NEXT:
		e = next(h, c, &why);
		break;
	case HUB_CARRY_TAKE:
		e = take(h, c, &why);
		break;
	}
	c->done(c, e, &why);
	return true;
}

void
hub_carry(struct hub *h, struct hub_carry *c)
{
	struct hub_carry **at;

	c->next = NULL;
	(void)pthread_mutex_lock(&h->lock);
	for (at = &h->carry; *at != NULL; at = &(*at)->next)
		;
	*at = c;
	(void)pthread_mutex_unlock(&h->lock);
	hub_wake(h);
}

void
hub_carry_end(struct hub *h)
{
	struct err_why why;
	struct hub_carry *c;
	enum err e;
	size_t i;

	while ((c = first(h)) != NULL) {
		e = err_fail(&why, ERR_BUSY,
		    "the links to the members begin anew: give the command "
		    "again");
		c->done(c, e, &why);
	}
	for (i = 0; i < h->len; i++) {
		if (h->links[i].up)
			hub_carry_tell(h, i);
		drop_file(&h->files[i]);
	}
}
