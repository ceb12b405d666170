/* depot_unproved.c - checkpoints not shown yet to be continued. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/depot_unproved.h"

#include <stdlib.h>

#include "federation/depot.h"
#include "proto/mem.h"

#define KEPT_MAX 4 /* of one log */

struct depot_unproved {
	struct depot_unproved *next;
	struct tree_head head;
	struct buf note; /* its first line alone, as evidence has it */
};

static void
drop(struct depot *d, struct depot_unproved **at)
{
	struct depot_unproved *u = *at;

	*at = u->next;
	buf_clear(&u->note);
	free(u);
	d->unproved--;
}

void
depot_unproved_clear(struct depot *d, struct depot_place *p)
{
	while (p->unproved != NULL)
		drop(d, &p->unproved);
}

static void
add(struct depot *d, struct depot_place *p, struct bytes note,
    const struct tree_head *head)
{
	struct depot_unproved **at = &p->unproved, *u;
	size_t n = 0;

	for (; *at != NULL; at = &(*at)->next, n++)
		if ((*at)->head.size == head->size &&
		    memcmp((*at)->head.root.b, head->root.b, HASH_BYTES) == 0)
			return;
	/* A log that was closed says no more; what is of no entries convicts by
	 * itself or says nothing. */
	if (n == KEPT_MAX || head->size == 0 || p->closed != NULL)
		return;
	u = mem_alloc(1, sizeof(*u));
	u->head = *head;
	buf_init(&u->note, FORK_NOTE_MAX);
	*at = u;
	d->unproved++;
	if (cosign_strip(&u->note, note, p->key, NULL) != ERR_OK)
		drop(d, at);
}

void
depot_unproved_entries(
    struct depot *d, struct depot_place *p, const struct log_extension *x)
{
	struct store_txn *txn = NULL;
	struct note_checkpoint ours;
	struct buf note;
	enum err e;

	if (!p->exists)
		return;
	buf_init(&note, 2 * NOTE_BYTES_MAX);
	e = store_read(log_book_store(d->o.replicas), &txn, NULL);
	if (e == ERR_OK)
		e = log_checkpoint(
		    d->o.replicas, txn, p->slot, 0, &note, &ours, NULL);
	store_abort(txn);
	if (e == ERR_OK && ours.head.size < x->head->head.size) {
		add(d, p, buf_view(&note), &ours.head);
		add(d, p, x->note, &x->head->head);
	}
	buf_clear(&note);
}

void
depot_unproved_sight(struct depot *d, struct depot_place *p, struct bytes note,
    const struct note_checkpoint *head)
{
	const int64_t now_us = clock_boot_us(d->o.clock);
	const int64_t some = (int64_t)roster_len(d->o.roster) * 1000000;
	struct store_txn *txn = NULL;
	struct witness_state st;
	enum err e;

	if (now_us < p->sight_us)
		return;
	e = store_read(log_book_store(d->o.replicas), &txn, NULL);
	if (e == ERR_OK)
		e = witness_state(d->o.witness, txn, head->origin, &st, NULL);
	/* Where the replica has all that was acknowledged, it was compared. */
	if (e == ERR_OK && st.head.size > head->head.size &&
	    st.head.size > p->held) {
		p->sight_us =
		    now_us + (some > GOSSIP_SIGHT_US ? some : GOSSIP_SIGHT_US);
		add(d, p, note, &head->head);
	}
	store_abort(txn);
}

void
depot_unproved_grown(struct depot *d, struct depot_place *p)
{
	struct cosign_answer a = {.size = 0};
	struct store_txn *txn = NULL;
	struct note_checkpoint head;
	struct witness_state st;
	struct err_why why;
	struct buf note;
	enum err e;

	buf_init(&note, 2 * NOTE_BYTES_MAX);
	e = store_read(log_book_store(d->o.replicas), &txn, NULL);
	if (e == ERR_OK)
		e = witness_state(d->o.witness, txn, p->key->name, &st, NULL);
	if (e == ERR_OK && st.note.len > 0 && st.head.size <= p->held)
		buf_bytes(&note, st.note);
	store_abort(txn);
	if (note.len > 0 &&
	    note_checkpoint_open(&head, buf_view(&note), p->key, NULL) ==
	        ERR_OK) {
		struct cosign_request r = {
		    p->key, &head, buf_view(&note), 0, NULL, NULL};

		e = cosign_compare(&d->cosign, &r, &a, &why);
	}
	if (e == ERR_REFUSED)
		depot_later_tell(d, p->key->name);
	cosign_clear(&a);
	buf_clear(&note);
}

bool
depot_unproved(void *arg, const char *origin, uint64_t *size)
{
	const struct depot *d = arg;
	const struct depot_place *p;

	if (d->unproved == 0)
		return false;
	p = depot_place_find(d, origin);
	if (p == NULL || p->unproved == NULL)
		return false;
	*size = p->unproved->head.size;
	return true;
}

enum err
depot_unproved_judge(struct depot *d, struct depot_place *p,
    const struct cosign_request *r, struct cosign_answer *out,
    struct err_why *why)
{
	struct depot_unproved **at = &p->unproved;
	const uint64_t size = r->head->head.size;
	enum err e = ERR_OK;

	while (*at != NULL && e == ERR_OK) {
		const struct depot_unproved *u = *at;

		if (u->head.size != size &&
		    (u->head.size != r->old || u->head.size > size)) {
			at = &(*at)->next;
			continue;
		}
		cosign_clear(out);
		e = cosign_continues(
		    &d->cosign, r, buf_view(&u->note), &u->head, out, why);
		if (e == ERR_OK)
			drop(d, at);
	}
	if (e == ERR_REFUSED)
		depot_unproved_clear(d, p);
	return e;
}
