/* exchange_out.c - when to speak and what to say. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "federation/exchange.h"
#include "federation/exchange_state.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/squeeze.h"

static int64_t
due_ours(struct exchange *x, struct exchange_ours *o, int64_t now_us)
{
	struct note_checkpoint head;
	struct bytes note;
	enum err e;

	e = x->host->head(x->host->arg, o->origin, &head, &note);
	if (e != ERR_OK)
		return INT64_MAX;
	if (!o->introduced)
		return o->intro_us;
	if (o->wanted && head.head.size > o->want_from)
		return now_us;
	if (o->tell)
		return now_us;
	if (head.head.size > o->told)
		return o->told_us + EXCHANGE_HEAD_US;
	return o->answered ? INT64_MAX : o->told_us + EXCHANGE_RETRY_US;
}

/* Is there anything of it to ask for? */
static bool
lacks(struct exchange *x, const struct exchange_theirs *t)
{
	uint64_t held;

	if (t->right < ACCESS_LEAVES || !exchange_follows(x, t))
		return false;
	if (t->closed == NULL)
		return true;
	return x->host->held(x->host->arg, t->origin, &held) != ERR_OK ||
	    held < t->closed->held;
}

static int64_t
due_want(struct exchange *x, const struct exchange_theirs *t)
{
	if (!lacks(x, t))
		return INT64_MAX;
	if (t->asked && t->asked_us + EXCHANGE_RETRY_US > t->quiet_us)
		return t->asked_us + EXCHANGE_RETRY_US;
	return t->quiet_us;
}

static int64_t
due_theirs(struct exchange *x, const struct exchange_theirs *t, int64_t now_us)
{
	int64_t want, proof;

	if (t->ack || t->refused || t->receipts || t->recalled)
		return now_us;
	want = due_want(x, t);
	proof = exchange_unproved_due(x, t, now_us);
	return proof < want ? proof : want;
}

int64_t
exchange_due(struct exchange *x, int64_t now_us)
{
	int64_t due, d;
	size_t k;

	exchange_sync(x);
	if (x->refused.err != ERR_OK || x->cells.len > 0)
		return now_us;
	due = exchange_gossip_due(x, now_us);
	for (k = 0; k < x->ours_len; k++) {
		d = due_ours(x, &x->ours[k], now_us);
		if (d < due)
			due = d;
		d = exchange_recall_due(x, &x->ours[k], now_us);
		if (d < due)
			due = d;
	}
	for (k = 0; k < x->theirs_len; k++) {
		d = due_theirs(x, &x->theirs[k], now_us);
		if (d < due)
			due = d;
	}
	d = exchange_relay_due(x, now_us);
	return d < due ? d : due;
}

static void
set_bytes(protobuf_c_boolean *has, ProtobufCBinaryData *out, struct bytes v)
{
	out->data = mem_alloc(1, v.len);
	memcpy(out->data, v.ptr, v.len);
	out->len = v.len;
	if (has != NULL)
		*has = 1;
}

static ProtobufCBinaryData *
proof_fields(const struct tree_proof *proof)
{
	ProtobufCBinaryData *out;
	size_t i;

	out = mem_alloc(proof->len + 1, sizeof(out[0]));
	for (i = 0; i < proof->len; i++)
		set_bytes(NULL, &out[i], bytes_hash(&proof->path[i]));
	return out;
}

/* With the proof from `old`, and the root there where that lacks it. */
static bool
put_proof(struct exchange *x, const char *origin, uint64_t old, uint64_t size,
    Fed__Head *h)
{
	struct tree_proof proof = {.len = 0};
	struct hash was;

	h->has_old = 1;
	h->old = old;
	if (old > 0 && old < size &&
	    x->host->prove(x->host->arg, origin, old, size, &proof) != ERR_OK)
		return false;
	h->n_proof = proof.len;
	h->proof = proof_fields(&proof);
	if (proof.len > 0 && (old & (old - 1)) == 0 && x->host->root != NULL &&
	    x->host->root(x->host->arg, origin, old, &was) == ERR_OK)
		set_bytes(&h->has_root, &h->root, bytes_hash(&was));
	return true;
}

static Fed__Head *
make_head(struct exchange *x, struct exchange_ours *o, int64_t now_us)
{
	struct note_checkpoint head;
	struct bytes note;
	Fed__Head *h;
	enum err e;

	e = x->host->head(x->host->arg, o->origin, &head, &note);
	if (e != ERR_OK)
		return NULL;
	/* Said even if the proof fails below: tried again, but not at once. */
	o->tell = false;
	o->answered = false;
	o->told = head.head.size;
	o->told_old =
	    o->prove > 0 && o->prove <= head.head.size ? o->prove : o->acked;
	o->prove = 0;
	o->told_us = now_us;
	buf_reset(&o->told_note);
	buf_bytes(&o->told_note, note);
	h = mem_alloc(1, sizeof(*h));
	fed__head__init(h);
	if (!put_proof(x, o->origin, o->told_old, head.head.size, h)) {
		fed__head__free_unpacked(h, NULL);
		return NULL;
	}
	h->origin = mem_strdup(o->origin);
	set_bytes(&h->has_note, &h->note, buf_view(&o->told_note));
	return h;
}

static bool
head_due(struct exchange *x, struct exchange_ours *o, int64_t now_us)
{
	struct note_checkpoint head;
	struct bytes note;
	enum err e;

	e = x->host->head(x->host->arg, o->origin, &head, &note);
	if (e != ERR_OK || !o->introduced)
		return false;
	if (o->tell)
		return true;
	if (head.head.size > o->told)
		return now_us >= o->told_us + EXCHANGE_HEAD_US;
	return !o->answered && now_us >= o->told_us + EXCHANGE_RETRY_US;
}

static void
put_heads(struct exchange *x, Fed__Turn *t, int64_t now_us)
{
	Fed__Head *h;
	size_t k;

	t->heads = mem_alloc(TURN_LISTED, sizeof(t->heads[0]));
	for (k = 0; k < x->ours_len && t->n_heads < TURN_LISTED; k++) {
		if (!head_due(x, &x->ours[k], now_us))
			continue;
		h = make_head(x, &x->ours[k], now_us);
		if (h != NULL)
			t->heads[t->n_heads++] = h;
	}
}

static void
put_acks(struct exchange *x, Fed__Turn *t)
{
	struct exchange_theirs *s;
	Fed__Ack *a;
	size_t k;

	t->acks = mem_alloc(TURN_LISTED, sizeof(t->acks[0]));
	for (k = 0; k < x->theirs_len && t->n_acks < TURN_LISTED; k++) {
		s = &x->theirs[k];
		if (!s->ack)
			continue;
		s->ack = false;
		a = mem_alloc(1, sizeof(*a));
		fed__ack__init(a);
		a->origin = mem_strdup(s->origin);
		a->has_size = 1;
		a->size = s->ack_size;
		if (s->ack_line.len > 0)
			set_bytes(
			    &a->has_line, &a->line, buf_view(&s->ack_line));
		if (s->ack_note.len > 0)
			set_bytes(
			    &a->has_note, &a->note, buf_view(&s->ack_note));
		t->acks[t->n_acks++] = a;
	}
}

void
exchange_put_want(Fed__Turn *t, const char *origin, uint64_t from, bool bodies)
{
	Fed__Want *w = mem_alloc(1, sizeof(*w));

	fed__want__init(w);
	w->origin = mem_strdup(origin);
	w->has_from = 1;
	w->from = from;
	w->has_bodies = 1;
	w->bodies = bodies;
	w->has_max = 1;
	w->max = EXCHANGE_ITEMS_MAX;
	t->wants[t->n_wants++] = w;
}

static void
put_wants(struct exchange *x, Fed__Turn *t, int64_t now_us)
{
	struct exchange_theirs *s;
	enum err e;
	size_t k;

	t->wants = mem_alloc(TURN_LISTED, sizeof(t->wants[0]));
	for (k = 0; k < x->theirs_len && t->n_wants < TURN_LISTED; k++) {
		s = &x->theirs[k];
		if (!lacks(x, s) || now_us < s->quiet_us ||
		    (s->asked && now_us < s->asked_us + EXCHANGE_RETRY_US))
			continue;
		/* An unanswered want starts again from what is stored. */
		if (s->asked || !s->placed) {
			e = x->host->held(x->host->arg, s->origin, &s->next);
			if (e != ERR_OK) {
				s->quiet_us = now_us + EXCHANGE_TROUBLE_US;
				continue;
			}
			s->placed = true;
		}
		s->asked = true;
		s->asked_us = now_us;
		exchange_put_want(
		    t, s->origin, s->next, s->right == ACCESS_BODIES);
	}
}

static void
put_erased(struct exchange *x, Fed__Turn *t)
{
	struct exchange_theirs *s;
	uint64_t index, cursor;
	Fed__Erased *d;
	enum err e;
	size_t k;

	t->erased = mem_alloc(TURN_ERASED_MAX, sizeof(t->erased[0]));
	for (k = 0; k < x->theirs_len; k++) {
		s = &x->theirs[k];
		while (s->receipts && t->n_erased < TURN_ERASED_MAX) {
			cursor = s->receipts_from;
			e = x->host->erased(
			    x->host->arg, s->origin, &cursor, &index);
			if (e != ERR_OK) {
				s->receipts = false;
				break;
			}
			d = mem_alloc(1, sizeof(*d));
			fed__erased__init(d);
			d->origin = mem_strdup(s->origin);
			d->has_index = 1;
			d->index = index;
			d->has_erasure_index = 1;
			d->erasure_index = cursor;
			t->erased[t->n_erased++] = d;
			s->receipts_from = cursor + 1;
		}
	}
}

static void
put_refusal(
    Fed__Turn *t, const char *origin, enum err code, const struct err_why *why)
{
	Fed__Refusal *r = mem_alloc(1, sizeof(*r));

	fed__refusal__init(r);
	r->origin = mem_strdup(origin);
	r->code = mem_strdup(err_name(code));
	r->text = mem_strdup(why->text);
	t->refusals[t->n_refusals++] = r;
}

static void
put_refusals(struct exchange *x, Fed__Turn *t)
{
	struct exchange_theirs *s;
	size_t k;

	t->refusals = mem_alloc(TURN_LISTED, sizeof(t->refusals[0]));
	if (x->refused.err != ERR_OK)
		put_refusal(
		    t, x->refused.origin, x->refused.err, &x->refused.why);
	x->refused.err = ERR_OK;
	for (k = 0; k < x->theirs_len && t->n_refusals < TURN_LISTED; k++) {
		s = &x->theirs[k];
		if (!s->refused)
			continue;
		s->refused = false;
		put_refusal(t, s->origin, s->refused_err, &s->refused_why);
	}
}

/* ---- deliveries, written straight into the turn ---- */

/*
 * One Delivery (turn field 6): its items come encoded from the host, so that
 * bodies are copied as seldom as possible.
 */
static void
put_delivery(struct exchange *x, struct exchange_ours *o, struct buf *turn,
    int64_t now_us, size_t *room)
{
	struct exchange_span span = {0};
	const size_t before = turn->len;
	struct note_checkpoint head;
	struct tree_proof proof;
	struct bytes note;
	size_t begun, items;
	uint64_t n = 0;
	enum err e;

	e = x->host->head(x->host->arg, o->origin, &head, &note);
	if (e != ERR_OK || head.head.size <= o->want_from)
		return;
	span.from = o->want_from;
	span.max_items = head.head.size - o->want_from;
	if (span.max_items > o->want_max)
		span.max_items = o->want_max;
	span.max_bytes = *room;
	span.bodies = o->want_bodies;
	begun = exchange_piece_begin(turn, 6, o->origin, span.from);
	items = turn->len;
	e = x->host->read(x->host->arg, o->origin, &span, turn, &n);
	items = turn->len - items;
	if (e == ERR_OK && n > 0)
		e = x->host->prove(x->host->arg, o->origin, span.from + n,
		    head.head.size, &proof);
	/* The same note; it was borrowed only until the next call. */
	if (e == ERR_OK && n > 0)
		e = x->host->head(x->host->arg, o->origin, &head, &note);
	/* A want that cannot be served now is repeated by the peer. */
	o->wanted = false;
	if (e != ERR_OK || n == 0) {
		turn->len = before;
		return;
	}
	exchange_piece_end(turn, begun, note, &proof);
	o->want_from += n;
	if (o->want_next >= o->want_from) {
		o->wanted = true;
		o->want_from = o->want_next;
	}
	o->want_next = 0;
	*room -= items < *room ? items : *room;
	o->sent_us = now_us;
}

void
exchange_nothing(const struct exchange *x, struct buf *turn)
{
	Fed__Turn t = FED__TURN__INIT;

	t.has_epoch = t.has_unpacks = 1;
	t.epoch = roster_epoch(x->roster);
	t.unpacks = 1;
	slice_pack(turn, &t.base);
}

void
exchange_skew(const struct exchange *x, int64_t now_us, struct skew_sample *out)
{
	skew_best(&x->skew, now_us, out);
}

static void
put_clock(struct exchange *x, Fed__Turn *t, int64_t now_us)
{
	if (x->host->wall_us == NULL || x->carries)
		return;
	t->clock = mem_alloc(1, sizeof(*t->clock));
	fed__clock__init(t->clock);
	skew_say(&x->skew, x->host->wall_us(x->host->arg), now_us, t->clock);
}

/* What stands in the turn from `begun` on, if whoever reads it can and it gets
 * shorter. */
static void
squeeze(struct exchange *x, struct buf *turn, size_t begun)
{
	struct buf less;

	if (!x->unpacks && !x->carries)
		return;
	buf_init(&less, EXCHANGE_TURN_MAX);
	if (squeeze_put(
	        &less, bytes_of(turn->ptr + begun, turn->len - begun))) {
		turn->len = begun;
		buf_bytes(turn, buf_view(&less));
	}
	buf_clear(&less);
}

void
exchange_out(
    struct exchange *x, int64_t now_us, int64_t hold_us, struct buf *turn)
{
	const size_t begun = turn->len;
	size_t room = x->batch, sent = 0, before, k;
	Fed__Turn *t;
	int kind;

	exchange_sync(x);
	t = mem_alloc(1, sizeof(*t));
	fed__turn__init(t);
	t->has_epoch = 1;
	t->epoch = roster_epoch(x->roster);
	t->has_unpacks = 1;
	t->unpacks = 1;
	if (hold_us > 0) {
		t->has_hold_ms = 1;
		t->hold_ms = (uint32_t)(hold_us / 1000);
	}
	put_heads(x, t, now_us);
	put_acks(x, t);
	exchange_put_unproved(x, t, now_us);
	put_wants(x, t, now_us);
	exchange_relay_put(x, t, now_us);
	put_erased(x, t);
	put_refusals(x, t);
	exchange_put_successions(x, t, now_us);
	exchange_put_gossip(x, t, now_us);
	exchange_put_recalls(x, t, now_us);
	exchange_put_cells(x, t);
	put_clock(x, t, now_us);
	slice_pack(turn, &t->base);
	fed__turn__free_unpacked(t, NULL);
	/* The small logs first: votes and intelligence must not wait for bulk.
	 */
	for (kind = ROSTER_KINDS - 1; kind >= 0; kind--) {
		if (kind == ROSTER_EVIDENCE && room >= x->batch / 4 &&
		    sent < ROSTER_KINDS)
			sent += exchange_relay_give(x, turn, &room);
		for (k = 0; k < x->ours_len && sent < ROSTER_KINDS; k++) {
			if ((int)x->ours[k].kind != kind ||
			    !x->ours[k].wanted || room < x->batch / 4)
				continue;
			before = turn->len;
			put_delivery(x, &x->ours[k], turn, now_us, &room);
			sent += turn->len > before;
		}
	}
	exchange_put_returned(x, turn, &room);
	squeeze(x, turn, begun);
	assert(!turn->over);
}
