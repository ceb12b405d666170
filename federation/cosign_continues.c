/* cosign_continues.c - what one signed checkpoint says of another. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/cosign.h"

/* ERR_OK: it continues it. */
static enum err
continues(const struct cosign_request *r, const struct tree_head *first,
    struct fork *f, struct err_why *why)
{
	const struct tree_head *head = &r->head->head;
	const struct hash *was = &head->root;

	if (first->size < head->size) {
		if (r->old != first->size ||
		    !witness_root_at(
		        &f->root, first->size, head, r->proof, r->was))
			return err_fail(why, ERR_UNVERIFIED,
			    "%s: no proof that %llu extends %llu",
			    r->head->origin, (unsigned long long)head->size,
			    (unsigned long long)first->size);
		f->bound = true;
		f->proof = *r->proof;
		was = &f->root;
	}
	if (memcmp(was->b, first->root.b, HASH_BYTES) == 0)
		return ERR_OK;
	return err_fail(why, ERR_REFUSED,
	    "%s signed two trees of size %llu: it has forked", r->head->origin,
	    (unsigned long long)first->size);
}

static enum err
accuse_once(const struct cosign *c, const struct cosign_request *r,
    const struct fork *f, struct cosign_answer *out, struct err_why *why)
{
	struct store_txn *txn = NULL;
	bool forked = false;
	enum err e = store_write(log_book_store(c->replicas), &txn, why);

	if (e == ERR_OK)
		e = witness_forked(
		    c->witness, txn, r->head->origin, &forked, why);
	if (e == ERR_OK && !forked)
		e = witness_accuse(
		    c->witness, txn, r->head->origin, f, NULL, why);
	if (e == ERR_OK && !forked)
		return cosign_keep(c, txn, r->head->origin, out, why);
	store_abort(txn);
	return e == ERR_OK ? ERR_REFUSED : e;
}

enum err
cosign_continues(const struct cosign *c, const struct cosign_request *r,
    struct bytes first, const struct tree_head *head, struct cosign_answer *out,
    struct err_why *why)
{
	struct fork f = {.first = first};
	struct err_why later;
	struct buf kept;
	int tries = 0;
	enum err e, done;

	buf_init(&out->line, 1024);
	buf_init(&out->fork, FORK_BYTES_MAX);
	buf_init(&kept, FORK_NOTE_MAX);
	e = cosign_strip(&kept, r->note, r->log, why);
	if (e == ERR_OK)
		e = continues(r, head, &f, why);
	if (e == ERR_REFUSED) {
		f.second = buf_view(&kept);
		cosign_keys(&f, c, r->log);
		do
			done = accuse_once(c, r, &f, out, &later);
		while (cosign_grown(c, &done, &tries, &later));
		if (done != ERR_REFUSED && why != NULL)
			*why = later;
		e = done;
	}
	buf_clear(&kept);
	return e;
}
