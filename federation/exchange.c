/* exchange.c - what a turn of the peer means, and storing it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange.h"

#include <assert.h>
#include <stdlib.h>

#include "federation/exchange_state.h"
#include "proto/mem.h"
#include "proto/squeeze.h"

struct exchange *
exchange_new(const struct roster *roster, const char *self, const char *peer,
    const struct exchange_host *host)
{
	const struct roster_member *me = roster_find(roster, self);
	struct exchange *x;

	x = mem_alloc(1, sizeof(*x));
	x->roster = roster;
	x->self = self;
	x->peer = roster_find(roster, peer);
	assert(me != NULL && x->peer != NULL && me != x->peer);
	x->host = host;
	exchange_sync(x);
	exchange_reset(x);
	return x;
}

static void
drop_turn(struct exchange *x, struct exchange_turn *q)
{
	size_t i;

	for (i = 0; i < q->turn.deliveries; i++)
		if (q->work[i] != NULL)
			x->host->drop(x->host->arg, q->work[i]);
	turn_clear(&q->turn);
	buf_clear(&q->bytes);
}

static void
drop_queue(struct exchange *x)
{
	size_t i;

	for (i = 0; i < x->queued; i++)
		drop_turn(x, &x->queue[i]);
	x->queued = 0;
}

void
exchange_free(struct exchange *x)
{
	size_t k;

	if (x == NULL)
		return;
	drop_queue(x);
	for (k = 0; k < x->ours_len; k++)
		buf_clear(&x->ours[k].told_note);
	for (k = 0; k < x->theirs_len; k++) {
		buf_clear(&x->theirs[k].ack_line);
		buf_clear(&x->theirs[k].ack_note);
	}
	free(x->gossip.told);
	free(x->gossip.fork);
	free(x->ours);
	free(x->theirs);
	exchange_drop_cells(x);
	free(x->relayed);
	free(x);
}

void
exchange_reset(struct exchange *x)
{
	struct exchange_ours *o;
	struct exchange_theirs *t;
	size_t k;

	drop_queue(x);
	skew_reset(&x->skew);
	exchange_relay_reset(x);
	x->batch = EXCHANGE_BATCH_MIN;
	x->refused.err = ERR_OK;
	exchange_gossip_reset(x);
	x->unpacks = false;
	for (k = 0; k < x->ours_len; k++) {
		o = &x->ours[k];
		o->introduced = o->opened.len == 0;
		o->intro_us = 0;
		o->sent_us = 0;
		o->acked = 0;
		o->told = 0;
		o->told_old = 0;
		o->prove = 0;
		o->tell = true;
		o->answered = false;
		o->wanted = false;
		o->want_next = 0;
		o->recalling = false;
	}
	for (k = 0; k < x->theirs_len; k++) {
		t = &x->theirs[k];
		t->placed = false;
		t->asked = false;
		t->ack = false;
		t->refused = false;
		t->recalled = false;
		t->receipts = t->right == ACCESS_BODIES;
		t->receipts_from = 0;
		t->prove = (struct exchange_prove){.from = 0};
	}
}

struct exchange_ours *
exchange_find_ours(struct exchange *x, struct bytes origin)
{
	size_t k;

	for (k = 0; k < x->ours_len; k++)
		if (bytes_equal(origin, bytes_str(x->ours[k].origin)))
			return &x->ours[k];
	return NULL;
}

struct exchange_ours *
exchange_named_ours(struct exchange *x, const char *origin)
{
	return origin == NULL ? NULL : exchange_find_ours(x, bytes_str(origin));
}

struct exchange_theirs *
exchange_find_theirs(struct exchange *x, struct bytes origin)
{
	size_t k;

	for (k = 0; k < x->theirs_len; k++)
		if (bytes_equal(origin, bytes_str(x->theirs[k].origin)))
			return &x->theirs[k];
	return NULL;
}

void
exchange_tell(struct exchange *x, struct exchange_event *e)
{
	e->peer = x->peer->name;
	e->made_us = x->made_us;
	if (x->host->event != NULL)
		x->host->event(x->host->arg, e);
}

void
exchange_tell_size(struct exchange *x, enum exchange_event_kind kind,
    const char *origin, uint64_t from, uint64_t size)
{
	struct exchange_event e = {0};

	e.kind = kind;
	e.origin = origin;
	e.from = from;
	e.size = size;
	exchange_tell(x, &e);
}

void
exchange_tell_refused(struct exchange *x, const char *origin, enum err code,
    const struct err_why *why)
{
	struct exchange_event e = {0};

	e.kind = EXCHANGE_REFUSED;
	e.origin = origin;
	e.err = code;
	e.text = bytes_str(why->text);
	exchange_tell(x, &e);
}

/* ---- judging a turn ---- */

/* How fast the last batch was asked to be followed sets the next one's size. */
static void
adapt(struct exchange *x, struct exchange_ours *o, int64_t now_us)
{
	if (o->sent_us == 0)
		return;
	if (now_us - o->sent_us <= EXCHANGE_BRISK_US)
		x->batch *= 2;
	else
		x->batch /= 2;
	if (x->batch > EXCHANGE_BATCH_BYTES)
		x->batch = EXCHANGE_BATCH_BYTES;
	if (x->batch < EXCHANGE_BATCH_MIN)
		x->batch = EXCHANGE_BATCH_MIN;
	o->sent_us = 0;
}

static void
take_want(struct exchange *x, const Fed__Want *w, int64_t now_us)
{
	struct exchange_ours *o = exchange_named_ours(x, w->origin);
	struct err_why why;

	if (o == NULL) {
		(void)exchange_relay_want(x, w);
		return;
	}
	if (o->right < ACCESS_LEAVES ||
	    (w->bodies && o->right < ACCESS_BODIES)) {
		exchange_tell_refused(x, o->origin,
		    err_fail(
		        &why, ERR_DENIED, "asked for what it may not have"),
		    &why);
		return;
	}
	adapt(x, o, now_us);
	o->introduced = true;
	/* An older want may come late, and must not end the one that stands. */
	if (!o->wanted || w->from >= o->want_next)
		o->want_next = 0;
	if (o->wanted && o->want_from > w->from)
		o->want_next = o->want_from;
	o->wanted = true;
	o->want_from = w->from;
	o->reached = true;
	o->reach = w->from;
	o->want_bodies = w->bodies;
	o->want_max = w->max > 0 && w->max < EXCHANGE_ITEMS_MAX
	    ? w->max
	    : EXCHANGE_ITEMS_MAX;
}

/*
 * Ask for what follows a batch before the batch is stored, and let the host
 * begin with it.  Only with what was asked for: a peer that sends unasked
 * makes us begin nothing, and what is refused is not asked for again soon.
 */
static struct exchange_work *
advance(struct exchange *x, const struct turn_delivery *d)
{
	struct exchange_theirs *t = exchange_find_theirs(x, d->origin);
	bool asked;

	if (t == NULL || !t->placed || d->from != t->next || d->items_len == 0)
		return NULL;
	asked = t->asked;
	t->next += d->items_len;
	t->asked = false;
	if (!asked || x->host->begin == NULL || t->right < ACCESS_LEAVES)
		return NULL;
	if (t->right < ACCESS_BODIES)
		exchange_drop_bodies(d);
	return x->host->begin(x->host->arg, d->items, d->items_len);
}

static void
take_small_parts(struct exchange *x, const Fed__Turn *t, int64_t now_us)
{
	struct exchange_event ev;
	struct exchange_ours *o;
	const Fed__Refusal *r;
	const Fed__Erased *d;
	size_t i;

	x->unpacks = t->unpacks;
	for (i = 0; i < t->n_wants; i++)
		take_want(x, t->wants[i], now_us);
	for (i = 0; i < t->n_acks; i++)
		exchange_take_ack(x, t->acks[i]);
	exchange_take_recalls(x, t);
	exchange_relay_take(x, t, now_us);
	exchange_take_cells(x, t);
	for (i = 0; i < t->n_erased; i++) {
		d = t->erased[i];
		if (exchange_named_ours(x, d->origin) != NULL)
			exchange_tell_size(
			    x, EXCHANGE_ERASED, d->origin, d->index, 0);
	}
	for (i = 0; i < t->n_refusals; i++) {
		r = t->refusals[i];
		o = exchange_named_ours(x, r->origin);
		if (o == NULL)
			continue;
		o->intro_us = now_us + EXCHANGE_BACKOFF_US;
		ev = (struct exchange_event){.kind = EXCHANGE_REJECTED};
		ev.origin = r->origin;
		ev.text = bytes_str(r->text != NULL ? r->text : "");
		exchange_tell(x, &ev);
	}
}

/* The turn as it was before it was squeezed; `whole` holds it then. */
static enum err
unsqueeze(const struct buf *in, struct buf *whole, struct bytes *out,
    struct err_why *why)
{
	*out = buf_view(in);
	if (in->len > EXCHANGE_TURN_MAX)
		return err_fail(why, ERR_LIMIT, "turn of %zu bytes", in->len);
	if (!squeeze_is(*out))
		return ERR_OK;
	enum err e = squeeze_get(whole, *out, EXCHANGE_TURN_MAX, why);
	*out = buf_view(whole);
	return e;
}

enum err
exchange_in(struct exchange *x, struct buf *in, int64_t now_us,
    int64_t *hold_us, struct err_why *why)
{
	struct exchange_turn q = {0};
	struct bytes turn;
	struct buf whole;
	size_t i;
	enum err e;

	buf_init(&whole, EXCHANGE_TURN_MAX);
	e = unsqueeze(in, &whole, &turn, why);
	if (e == ERR_OK)
		e = turn_cut(&q.turn, turn, why);
	if (e != ERR_OK) {
		buf_clear(&whole);
		return e;
	}
	if (x->queued == EXCHANGE_QUEUE)
		exchange_settle(x, now_us);
	x->gossip.heard_us = now_us;
	if (q.turn.small->clock != NULL)
		(void)skew_hear(&x->skew, q.turn.small->clock, now_us);
	take_small_parts(x, q.turn.small, now_us);
	for (i = 0; i < q.turn.deliveries; i++)
		q.work[i] = advance(x, &q.turn.delivery[i]);
	if (hold_us != NULL)
		*hold_us = (int64_t)q.turn.small->hold_ms * 1000;
	/* Whichever of the two the turn lies in. */
	q.bytes = whole.len > 0 ? whole : *in;
	if (whole.len > 0)
		buf_reset(in);
	else
		buf_init(in, q.bytes.max);
	/* Room was made for the nothing in an empty frame, too. */
	if (whole.len == 0)
		buf_clear(&whole);
	x->queue[x->queued++] = q;
	return ERR_OK;
}

/* ---- storing ---- */

/* Verified and stored, or not: the host's extend does both. */
static enum err
extend(struct exchange *x, const struct exchange_theirs *t,
    const struct turn_delivery *d, struct exchange_work *work,
    struct err_why *why)
{
	struct exchange_piece p;
	enum err e = exchange_piece(&p, d, t->key, why);

	if (e != ERR_OK)
		return e;
	if (t->right < ACCESS_BODIES)
		exchange_drop_bodies(d);
	e = x->host->extend(x->host->arg, t->origin, &p.ext, work, why);
	if (e == ERR_OK)
		exchange_tell_size(
		    x, EXCHANGE_HEARD, t->origin, d->from, p.head.head.size);
	return e;
}

bool
exchange_their_fault(enum err e)
{
	return e == ERR_UNVERIFIED || e == ERR_MALFORMED || e == ERR_LIMIT ||
	    e == ERR_REFUSED || e == ERR_UNSUPPORTED || e == ERR_NOT_FOUND;
}

/* Leaves out what is held already.  False: none of it follows that. */
static bool
cut_held(struct turn_delivery *d, uint64_t held, struct exchange_work **work)
{
	const size_t skip = (size_t)(held - d->from);

	if (d->from > held || d->from + d->items_len <= held)
		return false;
	if (skip == 0)
		return true;
	d->items += skip;
	d->items_len -= skip;
	d->from = held;
	*work = NULL; /* it was begun for all of them */
	return true;
}

static void
settle_delivery(struct exchange *x, struct turn_delivery *d,
    struct exchange_work *work, int64_t now_us)
{
	struct exchange_theirs *t = exchange_find_theirs(x, d->origin);
	struct err_why why = {.text = ""};
	uint64_t held = 0;
	enum err e;

	if (t == NULL && exchange_relay_settle(x, d, now_us))
		return;
	if (t == NULL || t->right < ACCESS_LEAVES || d->items_len == 0 ||
	    !exchange_follows(x, t)) {
		exchange_tell_refused(x, t == NULL ? NULL : t->origin,
		    err_fail(&why, ERR_DENIED, "delivery nobody asked for"),
		    &why);
		return;
	}
	e = x->host->held(x->host->arg, t->origin, &held);
	/* A duplicate, or the rest of what was refused: neither is news. */
	if (e == ERR_OK && !cut_held(d, held, &work)) {
		exchange_miss(x, t, d->from, held);
		return;
	}
	if (e == ERR_OK)
		e = extend(x, t, d, work, &why);
	if (e == ERR_OK) {
		exchange_tell_size(x, EXCHANGE_STORED, t->origin, d->from,
		    d->from + d->items_len);
		t->receipts = t->right == ACCESS_BODIES;
		if (!t->placed || t->next < d->from + d->items_len) {
			t->placed = true;
			t->next = d->from + d->items_len;
			t->asked = false;
		}
		return;
	}
	t->placed = false;
	t->asked = false;
	if (!exchange_their_fault(e)) {
		t->quiet_us = now_us + EXCHANGE_TROUBLE_US;
		exchange_tell_refused(x, t->origin, e, &why);
		return;
	}
	t->quiet_us = now_us + EXCHANGE_BACKOFF_US;
	t->refused = true;
	t->refused_err = e;
	t->refused_why = why;
	exchange_tell_refused(x, t->origin, e, &why);
}

static void
settle_head(struct exchange *x, const Fed__Head *h)
{
	struct exchange_theirs *t = exchange_find_theirs(
	    x, h->origin != NULL ? bytes_str(h->origin) : bytes_of("", 0));
	struct exchange_head req = {0};
	struct note_checkpoint head;
	struct err_why why = {.text = ""};
	struct tree_proof proof = {.len = 0};
	struct hash was;
	uint64_t size = 0;
	enum err e;
	size_t i;

	if (t == NULL) {
		e = err_fail(&why, ERR_DENIED, "head of a log of others");
		exchange_tell_refused(x, NULL, e, &why);
		return;
	}
	req.note = bytes_of(h->note.data, h->note.len);
	e = note_checkpoint_open(&head, req.note, t->key, &why);
	for (i = 0; e == ERR_OK && i < h->n_proof; i++)
		e = exchange_add_hash(
		    &proof, bytes_of(h->proof[i].data, h->proof[i].len), &why);
	if (e != ERR_OK) {
		exchange_tell_refused(x, t->origin, e, &why);
		return;
	}
	exchange_tell_size(x, EXCHANGE_HEARD, t->origin, 0, head.head.size);
	req.peer = x->peer->name;
	req.head = &head;
	req.old = h->old;
	req.proof = &proof;
	if (h->root.len == HASH_BYTES) {
		memcpy(was.b, h->root.data, HASH_BYTES);
		req.was = &was;
	}
	buf_reset(&t->ack_line);
	buf_reset(&t->ack_note);
	e = x->host->cosign(x->host->arg, &req, &t->ack_line, &size, &why);
	if (e != ERR_OK && e != ERR_CONFLICT) {
		buf_reset(&t->ack_line);
		exchange_tell_refused(x, t->origin, e, &why);
		/* A broken proof learns our size, a fork what it forked
		 * from: a restored copy must know that it is one. */
		if (e == ERR_REFUSED) {
			exchange_show_held(x, t);
			return;
		}
		if (e != ERR_UNVERIFIED)
			return;
	}
	t->ack = true;
	t->ack_size = size;
	/* It seems to have lost what we acknowledged, or to come from
	 * elsewhere: show it. */
	if ((size > head.head.size || e == ERR_UNVERIFIED) &&
	    x->host->witnessed != NULL &&
	    x->host->witnessed(x->host->arg, t->origin, &t->ack_note) != ERR_OK)
		buf_reset(&t->ack_note);
}

void
exchange_settle_first(struct exchange *x, int64_t now_us)
{
	struct exchange_turn q;
	size_t k;

	if (x->queued == 0)
		return;
	q = x->queue[0];
	x->queued--;
	memmove(x->queue, x->queue + 1, x->queued * sizeof(x->queue[0]));
	exchange_take_successions(x, q.turn.small);
	exchange_take_gossip(x, q.turn.small);
	for (k = 0; k < q.turn.deliveries; k++)
		settle_delivery(x, &q.turn.delivery[k], q.work[k], now_us);
	exchange_take_returned(x, &q.turn);
	for (k = 0; k < q.turn.small->n_heads; k++)
		settle_head(x, q.turn.small->heads[k]);
	drop_turn(x, &q);
}

void
exchange_settle(struct exchange *x, int64_t now_us)
{
	while (x->queued > 0)
		exchange_settle_first(x, now_us);
}

size_t
exchange_queued(const struct exchange *x)
{
	return x->queued;
}

bool
exchange_ready(const struct exchange *x)
{
	const struct exchange_turn *q = &x->queue[0];
	size_t k;

	if (x->queued == 0)
		return false;
	for (k = 0; k < q->turn.deliveries; k++)
		if (q->work[k] != NULL &&
		    !x->host->done(x->host->arg, q->work[k]))
			return false;
	return true;
}
