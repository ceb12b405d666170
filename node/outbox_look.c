/* outbox_look.c - which notices are due, out of the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_look.h"

#include <stdio.h>

#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/outbox_held.h"

/* The best of one target: least tried, then oldest. */
struct best {
	struct fold_notice_row row[OUTBOX_FLIGHTS];
	uint32_t attempts[OUTBOX_FLIGHTS];
	size_t len;
	size_t room;
};

struct look {
	struct outbox *o;
	int64_t boot_us;
	struct best best[CONFIG_TARGETS_MAX + 1];
};

enum err
outbox_look_open(struct site *s, struct fold *out, struct err_why *why)
{
	*out = (struct fold){
	    .t = &s->own.tables, .book = s->own.book, .mac = &s->index_mac};
	return store_read(s->own.store, &out->txn, why);
}

void
outbox_look_name(struct fold *f, uint16_t slot, uint64_t name,
    char out[static NOTICE_NAME_MAX + 1])
{
	struct fold_key k = fold_key_slot(slot);
	struct bytes text = {NULL, 0};

	fold_key_uint(&k, FOLD_TARGET, 1);
	fold_key_uint(&k, name, 8);
	if (store_get(f->txn, f->t->name, fold_key_view(&k), &text, NULL) !=
	        ERR_OK ||
	    text.len > NOTICE_NAME_MAX)
		text.len = 0;
	(void)snprintf(out, NOTICE_NAME_MAX + 1, "%.*s", (int)text.len,
	    text.len > 0 ? (const char *)text.ptr : "");
}

enum err
outbox_look_at(
    struct fold *f, uint16_t slot, struct outbox_due *due, struct err_why *why)
{
	Ledger__Entry *leaf = NULL;
	struct fold_spot at;
	struct bytes bytes;
	enum err e = fold_spot(f, slot, due->row.place, &at, why);

	if (e == ERR_OK)
		e = log_entry(f->book, f->txn, at.slot, at.index, &bytes, why);
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	memcpy(due->about, leaf->record_id.data, 16);
	due->about_seq = leaf->event_seq != 0 ? leaf->event_seq : 1;
	ledger__entry__free_unpacked(leaf, NULL);
	outbox_look_name(f, slot, due->row.target, due->target);
	notice_id(due->id, due->about, due->about_seq, due->target);
	return ERR_OK;
}

size_t
outbox_look_target(const struct outbox *o, uint64_t name)
{
	for (size_t i = 0; i < o->targets; i++) {
		if (o->target[i].name == name)
			return i;
	}
	return OUTBOX_NONE;
}

static bool
under_way(const struct outbox *o, const struct fold_notice_row *n)
{
	for (size_t i = 0; i < OUTBOX_SLOTS; i++) {
		const struct outbox_slot *s = &o->slot[i];

		if (atomic_load(&s->step) != OUTBOX_FREE &&
		    s->due.row.place == n->place &&
		    s->due.row.target == n->target)
			return true;
	}
	return false;
}

static void
consider(struct best *b, const struct fold_notice_row *n, uint32_t attempts)
{
	size_t at = b->len;

	while (at > 0 && b->attempts[at - 1] > attempts)
		at--;
	if (at >= b->room)
		return;
	if (b->len < b->room)
		b->len++;
	for (size_t i = b->len - 1; i > at; i--) {
		b->row[i] = b->row[i - 1];
		b->attempts[i] = b->attempts[i - 1];
	}
	b->row[at] = *n;
	b->attempts[at] = attempts;
}

static void
look_at_row(struct look *l, size_t target, const struct fold_notice_row *n)
{
	const struct outbox_tried *t =
	    outbox_tried_find(l->o, n->place, n->target);

	if ((t != NULL && t->next_us > l->boot_us) || under_way(l->o, n))
		return;
	consider(&l->best[target], n, t != NULL ? t->attempts : 0);
}

/* How many more posts a target may have now. */
static size_t
room_of(const struct outbox *o, size_t i, int64_t boot_us)
{
	const struct outbox_target *t = &o->target[i];
	const size_t which = i < o->targets ? i : OUTBOX_NONE;
	const size_t most = t->failures > 0 ? 1 : OUTBOX_FLIGHTS;
	size_t taken = 0;

	for (size_t k = 0; k < OUTBOX_SLOTS; k++)
		taken += atomic_load(&o->slot[k].step) != OUTBOX_FREE &&
		    o->slot[k].target == which;
	return t->next_us > boot_us || taken >= most ? 0 : most - taken;
}

/* What metrics, status and alarms go by. */
static void
keep_counts(struct look *l)
{
	struct outbox *o = l->o;

	(void)pthread_mutex_lock(&o->lock);
	o->stats.pending = o->stats.given_up = 0;
	o->stats.oldest_us = 0;
	o->stats.targets = o->targets;
	o->stats.rows = o->rows;
	o->stats.failing = 0;
	for (size_t i = 0; i <= o->targets; i++) {
		struct outbox_target *t = &o->target[i];

		t->failing = t->failures > 0;
		t->pending = t->held.len + t->held.more;
		t->given_up = t->held.given_up;
		t->oldest_us = t->held.len > 0 ? t->held.row[0].since_us : 0;
		o->stats.pending += t->pending;
		o->stats.given_up += t->given_up;
		o->stats.failing += t->failures > 0;
		if (t->oldest_us != 0 &&
		    (o->stats.oldest_us == 0 ||
		        t->oldest_us < o->stats.oldest_us))
			o->stats.oldest_us = t->oldest_us;
	}
	(void)pthread_mutex_unlock(&o->lock);
}

/* An entry that is damaged keeps the others waiting no longer than once. */
static void
put_off(
    struct look *l, const struct fold_notice_row *n, const struct err_why *why)
{
	struct outbox_tried *t;

	(void)pthread_mutex_lock(&l->o->lock);
	t = outbox_tried_get(l->o, n->place, n->target);
	t->attempts++;
	t->next_us = l->boot_us + NOTICE_BACKOFF_MAX_US;
	(void)snprintf(t->error, sizeof t->error, "%.*s",
	    (int)sizeof t->error - 1, why->text);
	(void)pthread_mutex_unlock(&l->o->lock);
}

static void
fill(struct look *l, struct fold *f, struct outbox_due *out, size_t most,
    size_t *len)
{
	const uint16_t slot = l->o->site->evidence;

	for (size_t i = 0; i <= l->o->targets; i++) {
		for (size_t k = 0; k < l->best[i].len && *len < most; k++) {
			struct err_why why = {.text = ""};
			enum err e = outbox_held_still(
			    f, slot, &l->best[i].row[k], &why);

			/* Somebody else changed it: all are read again. */
			if (e == ERR_NOT_FOUND) {
				l->o->held_known = false;
				continue;
			}
			out[*len].row = l->best[i].row[k];
			if (e == ERR_OK)
				e = outbox_look_at(f, slot, &out[*len], &why);
			if (e == ERR_OK)
				(*len)++;
			else
				put_off(l, &l->best[i].row[k], &why);
		}
	}
}

enum err
outbox_look(struct outbox *o, int64_t boot_us, struct outbox_due *out,
    size_t most, size_t *len, struct err_why *why)
{
	struct look l = {.o = o, .boot_us = boot_us};
	struct fold f;
	enum err e = outbox_look_open(o->site, &f, why);

	*len = 0;
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i <= o->targets; i++)
		l.best[i].room = room_of(o, i, boot_us);
	e = outbox_held_read(o, &f, boot_us, why);
	for (size_t i = 0; e == ERR_OK && i <= o->targets; i++) {
		const struct outbox_held *h = &o->target[i].held;

		for (size_t k = 0; l.best[i].room > 0 && k < h->len; k++)
			look_at_row(&l, i, &h->row[k]);
	}
	if (e == ERR_OK)
		fill(&l, &f, out, most, len);
	store_abort(f.txn);
	if (e == ERR_OK)
		keep_counts(&l);
	return e;
}
