/* redo_replay.c - read the frames behind a head; tell torn from damaged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/redo_part.h"
#include "proto/mem.h"

struct replay {
	struct redo *redo;
	redo_visit visit;
	void *arg;
	uint8_t *frame; /* REDO_FRAME_MAX */
	struct redo_frame last;
};

/* The frame at `at`, whatever its place in the chain; ERR_NOT_FOUND: none. */
static enum err
read_frame(struct replay *p, unsigned file, uint64_t at,
    struct redo_frame_head *h, struct err_why *why)
{
	struct redo *r = p->redo;
	struct hash sum;
	enum err e;

	if (r->frames[file] < 0 || at + REDO_BLOCK > r->size[file])
		return ERR_NOT_FOUND;
	e = redo_read_at(r->frames[file], p->frame, REDO_BLOCK, at, why);
	if (e != ERR_OK)
		return e;
	if (!redo_frame_head(r, p->frame, h))
		return ERR_NOT_FOUND;
	if (FRAME_HEAD_BYTES + h->len > REDO_BLOCK)
		e = redo_read_at(r->frames[file], p->frame,
		    FRAME_HEAD_BYTES + h->len, at, why);
	if (e != ERR_OK)
		return e;
	redo_frame_sum(&sum, p->frame, h->len);
	return memcmp(sum.b, h->sum.b, HASH_BYTES) == 0 ? ERR_OK
	                                                : ERR_NOT_FOUND;
}

/* Frames from r->now, r->at on, as far as the chain goes in this file. */
static enum err
follow(struct replay *p, struct err_why *why)
{
	struct redo *r = p->redo;
	struct redo_frame_head h;
	enum err e;

	for (;;) {
		e = read_frame(p, r->now, r->at, &h, why);
		if (e == ERR_OK &&
		    (h.serial != r->serial + 1 ||
		        memcmp(h.chain.b, r->chain.b, HASH_BYTES) != 0))
			e = ERR_NOT_FOUND;
		if (e != ERR_OK)
			return e == ERR_NOT_FOUND ? ERR_OK : e;
		p->last = (struct redo_frame){.txn = h.txn, .mark = h.mark};
		if (p->visit != NULL) {
			struct redo_frame f = p->last;

			f.rows = bytes_of(p->frame + FRAME_HEAD_BYTES, h.len);
			e = p->visit(p->arg, &f, why);
			if (e != ERR_OK)
				return e;
		}
		r->serial = h.serial;
		r->chain = h.sum;
		r->at += (FRAME_HEAD_BYTES + h.len + REDO_BLOCK - 1) /
		    REDO_BLOCK * REDO_BLOCK;
	}
}

/* A later frame can only be there if the one that is missing was too. */
static enum err
look_behind(struct replay *p, struct err_why *why)
{
	struct redo *r = p->redo;
	struct redo_frame_head h;
	enum err e;

	for (unsigned i = 0; i < 2; i++) {
		for (uint64_t at = REDO_BLOCK; at < r->size[i];
		     at += REDO_BLOCK) {
			e = read_frame(p, i, at, &h, why);
			if (e == ERR_NOT_FOUND)
				continue;
			if (e != ERR_OK)
				return e;
			if (h.serial > r->serial)
				return err_fail(why, ERR_CORRUPT,
				    "redo.%u: the frame at byte %" PRIu64
				    " is damaged, later ones are whole: "
				    "restore the directory from a backup",
				    r->now, r->at);
		}
	}
	return ERR_OK;
}

enum err
redo_replay(struct redo *r, redo_visit visit, void *arg,
    struct redo_frame *last, struct err_why *why)
{
	struct replay p = {.redo = r, .visit = visit, .arg = arg};
	enum err e;

	p.last.txn = r->head.base.txn;
	p.frame = mem_alloc(1, REDO_FRAME_MAX);
	r->now = r->home;
	r->at = REDO_BLOCK;
	r->serial = r->head.serial;
	r->chain = r->head.chain;
	e = follow(&p, why);
	/* A turn may have been under way: the chain goes on over there. */
	if (e == ERR_OK) {
		uint64_t at = r->at;
		uint64_t serial = r->serial;

		r->now ^= 1u;
		r->at = REDO_BLOCK;
		e = follow(&p, why);
		if (r->serial == serial) {
			r->now ^= 1u;
			r->at = at;
		}
	}
	if (e == ERR_OK)
		e = look_behind(&p, why);
	if (e == ERR_OK)
		*last = p.last;
	free(p.frame);
	return e;
}
