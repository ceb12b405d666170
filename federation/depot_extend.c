/* depot_extend.c - replicas: batches verified beside others, stored in turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/depot.h"
#include "federation/depot_state.h"
#include "federation/depot_unproved.h"
#include "ledger/seal.h"
#include "proto/mem.h"

/* ---- verifying beside storing ---- */

static void
run_part(void *arg, size_t part)
{
	log_ready_run(arg, part);
}

struct exchange_work *
depot_begin(void *arg, const struct log_item *items, size_t len)
{
	struct depot *d = arg;
	struct exchange_work *w;

	if (d->crew == NULL)
		return NULL;
	w = d->spare;
	if (w != NULL) {
		d->spare = w->next;
		log_ready_again(w->ready, items, len);
	} else {
		w = mem_alloc(1, sizeof(*w));
		w->ready = log_ready_new(d->o.replicas, items, len);
	}
	w->job.run = run_part;
	w->job.arg = w->ready;
	w->job.parts = log_ready_parts(w->ready);
	crew_put(d->crew, &w->job);
	return w;
}

bool
depot_done(void *arg, const struct exchange_work *w)
{
	struct depot *d = arg;

	return crew_done(d->crew, &w->job);
}

void
depot_drop(void *arg, struct exchange_work *w)
{
	struct depot *d = arg;

	crew_drop(d->crew, &w->job);
	/* Its memory is warm; the next batch is on its way. */
	w->next = d->spare;
	d->spare = w;
}

void
depot_rest(struct depot *d)
{
	struct exchange_work *w;

	while (d->spare != NULL) {
		w = d->spare;
		d->spare = w->next;
		log_ready_free(w->ready);
		free(w);
	}
}

bool
depot_help(struct depot *d)
{
	return d->crew != NULL && crew_help(d->crew);
}

/* ---- storing ---- */

/* Refused, and what shows why is durable. */
static enum err
keep_evidence(struct depot *d, struct store_txn *txn, const char *origin,
    struct err_why *why)
{
	struct err_why later;
	enum err e = store_commit(txn, &later);

	if (e == ERR_OK) {
		depot_later_tell(d, origin);
		return ERR_REFUSED;
	}
	if (why != NULL)
		*why = later;
	return e;
}

/* Nothing follows what was agreed last. */
static enum err
frozen(struct depot *d, struct store_txn *txn, const char *origin,
    struct err_why *why)
{
	bool forked;
	enum err e = witness_forked(d->o.witness, txn, origin, &forked, why);

	if (e == ERR_OK && forked)
		e = err_fail(why, ERR_REFUSED,
		    "%.100s has forked: nothing more of it is taken", origin);
	return e;
}

static enum err
extend_once(struct depot *d, struct depot_place *p, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	struct log_stretch s = {
	    p->slot, x->from, log_ready_opened(x->ready), x->len, false};
	struct store_txn *txn = NULL;
	enum err e;

	e = store_write(log_book_store(d->o.replicas), &txn, why);
	if (e != ERR_OK)
		return e;
	e = frozen(d, txn, origin, why);
	if (e != ERR_OK) {
		store_abort(txn);
		return e;
	}
	e = depot_later_check(d, txn, x->head, x->note, why);
	if (e == ERR_REFUSED)
		return keep_evidence(d, txn, origin, why);
	if (e == ERR_OK && !p->exists)
		e = log_slot_add(d->o.replicas, txn, origin, &s.slot, why);
	if (e == ERR_OK) {
		p->slot = s.slot;
		e = log_extend(d->o.replicas, txn, s.slot, x, why);
	}
	if (e == ERR_OK && x->from == 0 && x->len > 0)
		e = depot_later_start(p, &s.at[0], why);
	if (e == ERR_OK)
		e = depot_reach(d, txn, origin, x, why);
	if (e == ERR_OK)
		e = depot_erase_note(d, txn, p, x->from, why);
	if (e == ERR_OK && d->o.fold != NULL)
		e = d->o.fold(d->o.arg, txn, &s, why);
	if (e != ERR_OK) {
		store_abort(txn);
		return e;
	}
	e = store_commit(txn, why);
	if (e != ERR_OK)
		return e;
	p->exists = true;
	p->held = x->from + x->len;
	d->grown++;
	return ERR_OK;
}

/* Every part is verified, by the crew or here. */
static enum err
extend_growing(struct depot *d, struct depot_place *p, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	size_t pending = d->pending_len;
	enum err e = ERR_BUSY;
	int tries;

	for (tries = 0; e == ERR_BUSY && tries < DEPOT_GROW_TRIES; tries++) {
		if (tries > 0) {
			e = store_grow(log_book_store(d->o.replicas), why);
			if (e != ERR_OK)
				break;
		}
		e = extend_once(d, p, origin, x, why);
		if (e != ERR_OK)
			depot_erase_forget(d, pending);
	}
	return e;
}

static enum err
extend_alone(struct depot *d, struct depot_place *p, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	struct log_ready *ready =
	    log_ready_new(d->o.replicas, x->items, x->len);
	struct log_extension ext = *x;
	enum err e;
	size_t i;

	for (i = 0; i < log_ready_parts(ready); i++)
		log_ready_run(ready, i);
	ext.ready = ready;
	e = extend_growing(d, p, origin, &ext, why);
	log_ready_free(ready);
	return e;
}

/* A member may run a newer version: its leaves are still good, and bodies of
 * types unknown here are left out rather than stopping the replica. */
static enum err
extend_without_unknown(struct depot *d, struct depot_place *p,
    const char *origin, const struct log_extension *x, struct err_why *why)
{
	struct exchange_event ev = {0};
	struct log_extension less = *x;
	struct log_item *items;
	enum err e;
	size_t i;

	items = mem_alloc(x->len, sizeof(items[0]));
	for (i = 0; i < x->len; i++) {
		items[i] = x->items[i];
		if (!log_sealed_known(items[i].sealed))
			items[i].sealed = bytes_of(NULL, 0);
	}
	less.items = items;
	e = extend_alone(d, p, origin, &less, why);
	free(items);
	if (e != ERR_OK)
		return e;
	ev.kind = EXCHANGE_REFUSED;
	ev.peer = p->member->name;
	ev.origin = origin;
	ev.err = ERR_UNSUPPORTED;
	ev.text = bytes_str("bodies of unknown types were left out: "
	                    "this node is older than the one that wrote them");
	depot_tell(d, &ev);
	return ERR_OK;
}

enum err
depot_extend(void *arg, const char *origin, const struct log_extension *x,
    struct exchange_work *work, struct err_why *why)
{
	struct depot *d = arg;
	struct depot_place *p = depot_place(d, origin);
	struct log_extension ext = *x;
	enum err e;

	if (p == NULL || !p->known)
		return err_fail(why, ERR_IO, "%s: no replica", origin);
	if (work == NULL) {
		e = extend_alone(d, p, origin, x, why);
	} else {
		crew_finish(d->crew, &work->job);
		ext.ready = work->ready;
		e = extend_growing(d, p, origin, &ext, why);
	}
	if (e == ERR_UNSUPPORTED)
		e = extend_without_unknown(d, p, origin, x, why);
	if (e == ERR_OK)
		depot_erase_run(d);
	if (e == ERR_OK && strstr(origin, "/alliance/") != NULL)
		depot_unproved_grown(d, p);
	/* Whatever is wrong with the entries: are the signed trees one? */
	else if (e == ERR_UNVERIFIED || e == ERR_MALFORMED)
		depot_unproved_entries(d, p, x);
	return e;
}
