/* exchange_relay.c - logs of third members, through whoever has them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange_relay.h"

#include <stdlib.h>

#include "federation/exchange_state.h"
#include "proto/mem.h"

/* Said when it has stood so long: by then the peer has said the same, unless
 * it lacks it. */
#define SAY_US INT64_C(700000)
/* Asked for when it has not come directly by then. */
#define GRACE_US INT64_C(300000)
#define AGAIN_US INT64_C(1000000) /* somebody else was asked */
/* Said again, ever more seldom, until the peer has said it too. */
#define REPEAT_US INT64_C(20000000)
#define REPEATS 8

static bool
of_either(const struct exchange *x, const char *origin)
{
	size_t k;

	for (k = 0; k < x->ours_len; k++)
		if (strcmp(x->ours[k].origin, origin) == 0)
			return true;
	for (k = 0; k < x->theirs_len; k++)
		if (strcmp(x->theirs[k].origin, origin) == 0)
			return true;
	return false;
}

/* Takes over what the host holds now. */
static void
look(struct exchange *x, int64_t now_us)
{
	const struct exchange_host *h = x->host;
	struct exchange_relay c;
	struct exchange_relayed *s;
	size_t i;

	for (i = 0; h->relayed(h->arg, i, &c) == ERR_OK; i++) {
		if (i == x->relayed_len) {
			x->relayed = mem_resize(
			    x->relayed, i + 1, sizeof(x->relayed[0]));
			memset(&x->relayed[i], 0, sizeof(x->relayed[0]));
			x->relayed_len++;
		}
		s = &x->relayed[i];
		/* What the two talk about directly travels directly. */
		s->origin = of_either(x, c.origin) ? NULL : c.origin;
		s->key = c.key;
		if (c.held == s->held)
			continue;
		s->held = c.held;
		s->grown_us = now_us;
		s->times = 0;
		s->asked = false;
	}
	x->relays = h->relays(h->arg);
}

static struct exchange_relayed *
find(struct exchange *x, struct bytes origin)
{
	size_t k;

	for (k = 0; k < x->relayed_len; k++)
		if (x->relayed[k].origin != NULL &&
		    bytes_equal(origin, bytes_str(x->relayed[k].origin)))
			return &x->relayed[k];
	return NULL;
}

void
exchange_relay_reset(struct exchange *x)
{
	struct exchange_relayed *s;
	size_t k;

	for (k = 0; k < x->relayed_len; k++) {
		s = &x->relayed[k];
		s->told = 0;
		s->times = 0;
		s->echo = false;
		s->heard = 0;
		s->wanted = false;
		s->asked = false;
		s->quiet_us = 0;
	}
	x->relay_dirty = true;
}

void
exchange_relay_take(struct exchange *x, const Fed__Turn *t, int64_t now_us)
{
	struct exchange_relayed *s;
	const Fed__Relayed *c;
	size_t i;

	if (x->host->relayed == NULL || t->n_relayed == 0)
		return;
	look(x, now_us);
	x->relay_dirty = true;
	for (i = 0; i < t->n_relayed; i++) {
		c = t->relayed[i];
		s = c->origin != NULL ? find(x, bytes_str(c->origin)) : NULL;
		if (s == NULL)
			continue;
		/* It says so again: it has not heard that we have it, too. */
		s->echo |= c->size <= s->heard && c->size <= s->held &&
		    s->times < REPEATS && now_us >= s->told_us + REPEAT_US / 2;
		if (c->size <= s->heard)
			continue;
		s->heard = c->size;
		s->heard_us = now_us;
	}
}

bool
exchange_relay_want(struct exchange *x, const Fed__Want *w)
{
	struct exchange_relayed *s =
	    w->origin != NULL ? find(x, bytes_str(w->origin)) : NULL;

	if (s == NULL)
		return false;
	s->wanted = true;
	s->want_from = w->from;
	s->want_max = w->max > 0 && w->max < EXCHANGE_ITEMS_MAX
	    ? w->max
	    : EXCHANGE_ITEMS_MAX;
	x->relay_dirty = true;
	return true;
}

/* What rests beside an entry, whole: who carries a log could keep back a vote,
 * or say that it was erased.  Only its owner is believed that. */
static bool
is_whole(const struct log_item *item)
{
	Ledger__Entry *leaf;
	Ledger__Sealed *s;
	bool whole;

	if (item->sealed.len == 0) {
		leaf =
		    ledger__entry__unpack(NULL, item->leaf.len, item->leaf.ptr);
		whole = leaf != NULL && !leaf->has_commitment;
		if (leaf != NULL)
			ledger__entry__free_unpacked(leaf, NULL);
		return whole;
	}
	if (item->sealed.len > LOG_SEALED_MAX)
		return false;
	s = ledger__sealed__unpack(NULL, item->sealed.len, item->sealed.ptr);
	whole = s != NULL && s->body != NULL && s->body->has_message;
	if (s != NULL)
		ledger__sealed__free_unpacked(s, NULL);
	return whole;
}

static enum err
check_whole(const struct turn_delivery *d, struct err_why *why)
{
	size_t i;

	for (i = 0; i < d->items_len; i++)
		if (!is_whole(&d->items[i]))
			return err_fail(why, ERR_REFUSED,
			    "entry %llu came without its body from somebody "
			    "who is not its owner",
			    (unsigned long long)(d->from + i));
	return ERR_OK;
}

bool
exchange_relay_settle(
    struct exchange *x, const struct turn_delivery *d, int64_t now_us)
{
	struct exchange_relayed *s = find(x, d->origin);
	struct err_why why = {.text = ""};
	struct exchange_piece p;
	uint64_t held = 0;
	enum err e;

	if (s == NULL || s->key == NULL)
		return false;
	/* Late, or never asked for: not news. */
	if (!s->asked || d->items_len == 0)
		return true;
	s->asked = false;
	x->relay_dirty = true;
	e = x->host->held(x->host->arg, s->origin, &held);
	/* Another way was quicker. */
	if (e == ERR_OK && d->from != held)
		return true;
	if (e == ERR_OK)
		e = check_whole(d, &why);
	if (e == ERR_OK)
		e = exchange_piece(&p, d, s->key, &why);
	if (e == ERR_OK)
		e = x->host->extend(
		    x->host->arg, s->origin, &p.ext, NULL, &why);
	if (e == ERR_OK) {
		exchange_tell_size(x, EXCHANGE_STORED, s->origin, d->from,
		    d->from + d->items_len);
		return true;
	}
	s->quiet_us = now_us +
	    (exchange_their_fault(e) ? EXCHANGE_BACKOFF_US
	                             : EXCHANGE_TROUBLE_US);
	exchange_tell_refused(x, s->origin, e, &why);
	return true;
}

static int64_t
ask_due(const struct exchange_relayed *s)
{
	int64_t due = s->heard_us + GRACE_US;

	if (s->key == NULL || s->heard <= s->held)
		return INT64_MAX;
	if (s->asked && s->asked_us + EXCHANGE_RETRY_US > due)
		due = s->asked_us + EXCHANGE_RETRY_US;
	return s->quiet_us > due ? s->quiet_us : due;
}

static int64_t
tell_due(const struct exchange_relayed *s)
{
	if (s->echo)
		return 0;
	if (s->held <= s->heard)
		return INT64_MAX;
	if (s->held > s->told)
		return s->grown_us + SAY_US;
	return s->times < REPEATS ? s->told_us + (REPEAT_US << s->times)
	                          : INT64_MAX;
}

static bool
give_due(const struct exchange_relayed *s)
{
	return s->wanted && s->held > s->want_from;
}

int64_t
exchange_relay_due(struct exchange *x, int64_t now_us)
{
	const struct exchange_host *h = x->host;
	const struct exchange_relayed *s;
	int64_t due = INT64_MAX, d;
	size_t k;

	if (h->relayed == NULL)
		return INT64_MAX;
	/* Hundreds of logs, and asked very often. */
	if (!x->relay_dirty && h->relays(h->arg) == x->relays)
		return x->relay_due_us;
	look(x, now_us);
	for (k = 0; k < x->relayed_len; k++) {
		s = &x->relayed[k];
		if (s->origin == NULL)
			continue;
		d = give_due(s) ? now_us : ask_due(s);
		if (tell_due(s) < d)
			d = tell_due(s);
		if (d < due)
			due = d;
	}
	x->relay_dirty = false;
	x->relay_due_us = due;
	return due;
}

static void
put_size(Fed__Turn *t, struct exchange_relayed *s, int64_t now_us)
{
	Fed__Relayed *c = mem_alloc(1, sizeof(*c));

	fed__relayed__init(c);
	c->origin = mem_strdup(s->origin);
	c->has_size = 1;
	c->size = s->held;
	s->times += s->told == s->held;
	s->told = s->held;
	s->told_us = now_us;
	s->echo = false;
	t->relayed[t->n_relayed++] = c;
}

void
exchange_relay_put(struct exchange *x, Fed__Turn *t, int64_t now_us)
{
	const struct exchange_host *h = x->host;
	struct exchange_relayed *s;
	size_t k;

	if (h->relayed == NULL)
		return;
	look(x, now_us);
	x->relay_dirty = true;
	t->relayed = mem_alloc(TURN_LISTED, sizeof(t->relayed[0]));
	for (k = 0; k < x->relayed_len; k++) {
		s = &x->relayed[k];
		if (s->origin == NULL)
			continue;
		if (tell_due(s) <= now_us && t->n_relayed < TURN_LISTED)
			put_size(t, s, now_us);
		if (ask_due(s) > now_us || t->n_wants >= TURN_LISTED)
			continue;
		if (!h->claim(h->arg, s->origin, now_us)) {
			s->quiet_us = now_us + AGAIN_US;
			continue;
		}
		s->asked = true;
		s->asked_us = now_us;
		exchange_put_want(t, s->origin, s->held, true);
	}
}

bool
exchange_relay_give(struct exchange *x, struct buf *turn, size_t *room)
{
	struct exchange_given given = {.n = 0};
	struct exchange_span span = {.bodies = true};
	const size_t before = turn->len;
	struct exchange_relayed *s = NULL;
	size_t begun, items, k;
	enum err e;

	for (k = 0; k < x->relayed_len && s == NULL; k++)
		if (x->relayed[k].origin != NULL && give_due(&x->relayed[k]))
			s = &x->relayed[k];
	if (s == NULL)
		return false;
	/* What cannot be read now is asked for again. */
	s->wanted = false;
	span.from = s->want_from;
	span.max_items = s->want_max;
	span.max_bytes = *room;
	span.undivided = EXCHANGE_BATCH_BYTES - (x->batch - *room);
	begun = exchange_piece_begin(turn, 6, s->origin, span.from);
	items = turn->len;
	e = x->host->give(x->host->arg, s->origin, &span, turn, &given);
	if (e != ERR_OK || given.n == 0) {
		turn->len = before;
		return false;
	}
	items = turn->len - items;
	*room -= items < *room ? items : *room;
	exchange_piece_end(turn, begun, given.note, &given.proof);
	return true;
}
