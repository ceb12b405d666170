/* exchange_carry.c - the exchange without a connection: turns in files. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange.h"
#include "federation/exchange_state.h"
#include "proto/mem.h"
#include "proto/slice.h"

/* ---- what the peer said ---- */

void
exchange_said(struct exchange *x, struct buf *out)
{
	Fed__Turn *t = mem_alloc(1, sizeof(*t));
	struct exchange_ours *o;
	Fed__Ack *a;
	size_t k;

	fed__turn__init(t);
	t->has_epoch = 1;
	t->epoch = roster_epoch(x->roster);
	t->wants = mem_alloc(TURN_LISTED, sizeof(t->wants[0]));
	t->acks = mem_alloc(TURN_LISTED, sizeof(t->acks[0]));
	for (k = 0; k < x->ours_len && k < TURN_LISTED; k++) {
		o = &x->ours[k];
		if (o->reached)
			exchange_put_want(t, o->origin, o->reach, false);
		if (o->reach_acked > 0) {
			a = mem_alloc(1, sizeof(*a));
			fed__ack__init(a);
			a->origin = mem_strdup(o->origin);
			a->has_size = 1;
			a->size = o->reach_acked;
			t->acks[t->n_acks++] = a;
		}
	}
	if (t->n_wants + t->n_acks > 0)
		slice_pack(out, &t->base);
	fed__turn__free_unpacked(t, NULL);
}

void
exchange_learn(struct exchange *x, struct bytes said)
{
	struct exchange_ours *o;
	struct turn t;
	size_t i;

	if (said.len == 0 || turn_cut(&t, said, NULL) != ERR_OK)
		return;
	exchange_sync(x);
	for (i = 0; i < t.small->n_wants; i++) {
		o = exchange_named_ours(x, t.small->wants[i]->origin);
		if (o == NULL)
			continue;
		o->reached = true;
		o->reach = t.small->wants[i]->from;
	}
	for (i = 0; i < t.small->n_acks; i++) {
		o = exchange_named_ours(x, t.small->acks[i]->origin);
		if (o != NULL)
			o->reach_acked = t.small->acks[i]->size;
	}
	turn_clear(&t);
}

bool
exchange_reach(struct exchange *x, const char *origin, uint64_t *out)
{
	const struct exchange_ours *o = exchange_named_ours(x, origin);

	if (o == NULL || !o->reached)
		return false;
	*out = o->reach;
	return true;
}

/* ---- into a file ---- */

/* What we acknowledged is said again, with its cosignature. */
static void
acknowledge(struct exchange *x, struct exchange_theirs *t)
{
	const struct exchange_host *h = x->host;
	struct tree_proof none = {.len = 0};
	struct exchange_head req = {.peer = x->peer->name, .proof = &none};
	struct note_checkpoint head;
	struct buf note;
	enum err e;

	if (h->witnessed == NULL)
		return;
	buf_init(&note, NOTE_BYTES_MAX);
	e = h->witnessed(h->arg, t->origin, &note);
	if (e == ERR_OK && note.len > 0)
		e = note_checkpoint_open(&head, buf_view(&note), t->key, NULL);
	if (e == ERR_OK && note.len > 0) {
		req.head = &head;
		req.note = buf_view(&note);
		req.old = head.head.size;
		t->ack = true;
		t->ack_size = head.head.size;
		buf_reset(&t->ack_line);
		buf_reset(&t->ack_note);
		e = h->cosign(h->arg, &req, &t->ack_line, &t->ack_size, NULL);
		if (e != ERR_OK)
			buf_reset(&t->ack_line);
		if (e == ERR_REFUSED)
			exchange_show_held(x, t);
	}
	buf_clear(&note);
}

void
exchange_carry(struct exchange *x)
{
	struct note_checkpoint head;
	struct exchange_ours *o;
	struct bytes note;
	size_t k;

	exchange_sync(x);
	exchange_reset(x);
	x->carries = true;
	x->batch = EXCHANGE_BATCH_BYTES;
	for (k = 0; k < x->ours_len; k++) {
		o = &x->ours[k];
		o->goal = 0;
		o->want_from = o->reached ? o->reach : 0;
		o->want_max = EXCHANGE_ITEMS_MAX;
		o->want_bodies = o->right == ACCESS_BODIES;
		if (x->host->head(x->host->arg, o->origin, &head, &note) ==
		        ERR_OK &&
		    o->right >= ACCESS_LEAVES)
			o->goal = head.head.size;
		if (o->reach_acked <= o->goal)
			o->acked = o->reach_acked;
		o->begin = o->want_from;
	}
	for (k = 0; k < x->theirs_len; k++)
		acknowledge(x, &x->theirs[k]);
}

/*
 * Of each kind the oldest generation that is not yet said is said next: the
 * reader takes none before the one before it is whole.
 */
static bool
aim(struct exchange *x)
{
	bool busy[ROSTER_KINDS] = {false};
	struct exchange_ours *o;
	bool more = false;
	size_t k;

	for (k = 0; k < x->ours_len; k++) {
		o = &x->ours[k];
		o->wanted = o->want_from < o->goal && !busy[o->kind];
		busy[o->kind] = busy[o->kind] || o->wanted;
		more = more || o->wanted;
	}
	return more;
}

bool
exchange_carry_out(struct exchange *x, int64_t now_us, struct buf *turn)
{
	uint64_t from[ROSTER_KINDS];
	struct exchange_ours *aimed[ROSTER_KINDS] = {NULL};
	struct exchange_ours *o;
	bool more;
	size_t k;

	(void)aim(x);
	for (k = 0; k < x->ours_len; k++)
		if (x->ours[k].wanted) {
			aimed[x->ours[k].kind] = &x->ours[k];
			from[x->ours[k].kind] = x->ours[k].want_from;
		}
	exchange_out(x, now_us, 0, turn);
	for (k = 0; k < ROSTER_KINDS; k++) {
		o = aimed[k];
		/* Tried, and nothing came of it: it cannot be read. */
		if (o != NULL && !o->wanted && o->want_from == from[k])
			o->goal = o->want_from;
	}
	more = aim(x);
	for (k = 0; k < x->ours_len; k++) {
		o = &x->ours[k];
		/* Its succession stands in this turn, before its head. */
		more = more || !o->introduced;
		o->introduced = true;
	}
	for (k = 0; k < x->theirs_len; k++)
		more = more || x->theirs[k].receipts;
	return more || exchange_gossip_due(x, now_us) <= now_us;
}

void
exchange_carried(const struct exchange *x, uint64_t *said, uint64_t *all)
{
	const struct exchange_ours *o;
	size_t k;

	*said = 0;
	*all = 0;
	for (k = 0; k < x->ours_len; k++) {
		o = &x->ours[k];
		*said += o->want_from - o->begin;
		if (o->goal > o->begin)
			*all += o->goal - o->begin;
	}
}

/* ---- out of a file ---- */

enum err
exchange_carried_in(struct exchange *x, struct buf *turn, int64_t made_us,
    int64_t now_us, struct err_why *why)
{
	enum err e;

	/* 0 would mean now. */
	x->made_us = made_us > 0 ? made_us : 1;
	exchange_sync(x);
	e = exchange_in(x, turn, now_us, NULL, why);
	if (e == ERR_OK)
		exchange_settle(x, now_us);
	return e;
}

void
exchange_find_told(struct exchange *x, struct exchange_ours *o, uint64_t size)
{
	const struct exchange_host *h = x->host;

	buf_reset(&o->told_note);
	o->told = 0;
	if (h->told != NULL &&
	    h->told(h->arg, o->origin, size, &o->told_note) == ERR_OK)
		o->told = size;
}

void
exchange_miss(struct exchange *x, const struct exchange_theirs *t,
    uint64_t from, uint64_t held)
{
	struct err_why why;
	enum err e;

	/* On the wire the rest of what was refused, which comes again. */
	if (x->made_us == 0 || from <= held)
		return;
	e = err_fail(&why, ERR_NOT_FOUND,
	    "the file goes on at entry %llu, and %llu are held here: export "
	    "for its sender, import it there, and have it exported anew",
	    (unsigned long long)from, (unsigned long long)held);
	exchange_tell_refused(x, t->origin, e, &why);
}
