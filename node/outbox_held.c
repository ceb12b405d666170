/* outbox_held.c - what waits for each target, as read so far. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_held.h"

#include <stdlib.h>
#include <string.h>

#include "node/fold_key.h"
#include "proto/mem.h"

#define HELD 8192 /* rows of one target; the oldest */
#define WHOLE_US INT64_C(60000000) /* all are read again so often */

static struct outbox_held *
held_of(struct outbox *o, const struct fold_notice_row *n)
{
	const size_t i = outbox_look_target(o, n->target);

	return &o->target[i != OUTBOX_NONE ? i : o->targets].held;
}

static void
take(struct outbox *o, const struct fold_notice_row *n)
{
	struct outbox_held *h = held_of(o, n);

	o->rows++;
	if (n->state == FOLD_NOTICE_GIVEN_UP) {
		h->given_up++;
		return;
	}
	/* What is held are the oldest, without a gap. */
	if (h->more > 0 || h->len == HELD) {
		h->more++;
		return;
	}
	if (h->len == h->cap) {
		h->cap = h->cap == 0 ? 64 : 2 * h->cap;
		h->row = mem_resize(h->row, h->cap, sizeof *h->row);
	}
	h->row[h->len++] = *n;
}

/* Must all be read again?  At first, when somebody says so, when what is held
 * is used up, and now and then. */
static bool
must_begin(const struct outbox *o, int64_t boot_us)
{
	if (!o->held_known || boot_us < o->whole_us ||
	    boot_us - o->whole_us >= WHOLE_US)
		return true;
	for (size_t i = 0; i <= o->targets; i++) {
		const struct outbox_held *h = &o->target[i].held;

		if (h->more > 0 && h->len < HELD / 2)
			return true;
	}
	return false;
}

static void
begin(struct outbox *o, int64_t boot_us)
{
	for (size_t i = 0; i <= o->targets; i++) {
		struct outbox_held *h = &o->target[i].held;

		h->len = 0;
		h->more = h->given_up = 0;
	}
	o->next_place = 0;
	o->whole_us = boot_us;
	o->held_known = true;
}

enum err
outbox_held_read(
    struct outbox *o, struct fold *f, int64_t boot_us, struct err_why *why)
{
	const uint16_t slot = o->site->evidence;
	struct store_cursor *c = NULL;
	struct fold_notice_row n;
	struct store_row row;
	struct fold_key k;
	enum err e = store_cursor(f->txn, f->t->notice, &c, why);

	if (e != ERR_OK)
		return e;
	if (must_begin(o, boot_us))
		begin(o, boot_us);
	k = fold_notice_key(slot, o->next_place, 0);
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len > 2 &&
	    memcmp(row.key.ptr, k.b, 2) == 0) {
		if (fold_notice_get(&n, &row)) {
			take(o, &n);
			o->next_place = n.place + 1;
		}
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		return ERR_OK;
	o->held_known = false;
	return e;
}

enum err
outbox_held_still(struct fold *f, uint16_t slot,
    const struct fold_notice_row *n, struct err_why *why)
{
	struct fold_key k = fold_notice_key(slot, n->place, n->target);
	struct store_row row = {.key = fold_key_view(&k)};
	struct fold_notice_row now;
	enum err e = store_get(f->txn, f->t->notice, row.key, &row.value, why);

	if (e == ERR_OK &&
	    (!fold_notice_get(&now, &row) || now.state != n->state))
		e = ERR_NOT_FOUND;
	return e;
}

void
outbox_held_drop(
    struct outbox *o, const struct fold_notice_row *n, bool given_up)
{
	struct outbox_held *h = held_of(o, n);

	for (size_t i = 0; i < h->len; i++) {
		if (h->row[i].place != n->place ||
		    h->row[i].target != n->target)
			continue;
		h->len--;
		memmove(
		    &h->row[i], &h->row[i + 1], (h->len - i) * sizeof *h->row);
		h->given_up += given_up;
		return;
	}
}

void
outbox_held_free(struct outbox *o)
{
	for (size_t i = 0; i <= o->targets; i++)
		free(o->target[i].held.row);
}
