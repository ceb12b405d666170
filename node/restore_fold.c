/* restore_fold.c - the tables of a store whose logs were just put back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/restore_fold.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_erased.h"
#include "node/fold_kind.h"
#include "node/incarnation.h"
#include "node/site_fold.h"
#include "node/site_keys.h"
#include "proto/mem.h"

#define BATCH 16384 /* entries in one transaction */
#define GROW_TRIES 24

struct run {
	const struct restore_fold *f;
	struct site_db db;
	struct digest_hmac mac;
	struct fold_cache *cache;
	uint64_t done;
	uint64_t total;
	/* Of the transaction at hand. */
	struct fold fold;
	uint16_t slot;
	uint64_t from;
	uint64_t n;
};

static enum err
open_all(struct run *r, struct err_why *why)
{
	char path[4096];
	enum err e = site_keys_mac(&r->mac, r->f->dir, why);

	(void)snprintf(path, sizeof path, "%s/own", r->f->dir);
	if (e == ERR_OK)
		e = store_open(&r->db.store, path, STORE_CREATE, why);
	(void)snprintf(path, sizeof path, "%s/own-keys", r->f->dir);
	if (e == ERR_OK)
		e = vault_open(&r->db.vault, path, why);
	if (e == ERR_OK)
		e = log_book_open(
		    &r->db.book, r->db.store, r->db.vault, NULL, why);
	if (e == ERR_OK)
		e = store_table(
		    r->db.store, "incarnation", &r->db.incarnation, why);
	return e == ERR_OK ? fold_tables_open(&r->db.tables, r->db.store, why)
	                   : e;
}

static void
close_all(struct run *r)
{
	log_book_close(r->db.book);
	if (r->db.vault != NULL)
		vault_close(r->db.vault);
	if (r->db.store != NULL)
		store_close(r->db.store);
	digest_hmac_wipe(&r->mac);
	free(r->cache);
}

/* `work` in a transaction; again after a growth of the map. */
static enum err
in_transaction(struct run *r,
    enum err (*work)(struct run *r, struct err_why *why), struct err_why *why)
{
	enum err e = ERR_BUSY;

	for (int tries = 0; e == ERR_BUSY && tries < GROW_TRIES; tries++) {
		r->fold = (struct fold){
		    .t = &r->db.tables,
		    .book = r->db.book,
		    .mac = &r->mac,
		    .cache = r->cache,
		};
		memset(r->cache, 0, sizeof *r->cache);
		e = tries == 0 ? ERR_OK : store_grow(r->db.store, why);
		if (e != ERR_OK)
			return e;
		e = store_write(r->db.store, &r->fold.txn, why);
		if (e == ERR_OK)
			e = work(r, why);
		if (e == ERR_OK)
			return store_commit(r->fold.txn, why);
		store_abort(r->fold.txn);
	}
	return e;
}

/* Parts of an older version may hold what later entries say was erased. */
static enum err
erase_named(struct run *r, struct err_why *why)
{
	uint64_t n;

	return log_erased_again(r->db.book, r->fold.txn, &n, why);
}

static enum err
fold_batch(struct run *r, struct err_why *why)
{
	return fold_range(&r->fold, r->slot, r->from, r->n, why);
}

/* Sizes of all logs summed up, or all of them folded. */
static enum err
each_log(struct run *r, bool fold, struct err_why *why)
{
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct store_txn *txn = NULL;
	enum err e = ERR_OK;

	for (unsigned slot = 0; slot < UINT16_MAX && e == ERR_OK; slot++) {
		char origin[NOTE_NAME_MAX + 1];

		e = store_read(r->db.store, &txn, why);
		if (e == ERR_OK)
			e = log_origin(
			    r->db.book, txn, (uint16_t)slot, origin, why);
		if (e == ERR_OK)
			e = log_state(r->db.book, txn, (uint16_t)slot, st, why);
		store_abort(txn);
		txn = NULL;
		if (e == ERR_NOT_FOUND && slot == 0) {
			e = ERR_OK; /* slots may count from one */
			continue;
		}
		if (!fold)
			r->total += e == ERR_OK ? st->frontier.size : 0;
		r->slot = (uint16_t)slot;
		for (uint64_t at = 0;
		     fold && e == ERR_OK && at < st->frontier.size;
		     at += r->n) {
			const uint64_t left = st->frontier.size - at;

			r->from = at;
			r->n = left < BATCH ? left : BATCH;
			e = in_transaction(r, fold_batch, why);
			r->done += r->n;
			if (r->f->progress != NULL)
				r->f->progress(r->f->arg, r->done, r->total);
		}
	}
	free(st);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Numbers of messages that were erased: their feeds have counted them. */
static enum err
count_erased(struct run *r, struct err_why *why)
{
	struct store_txn *seen = NULL;
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_read(r->db.store, &seen, why);

	if (e == ERR_OK)
		e = store_cursor(seen, r->db.tables.source, &c, why);
	if (e == ERR_OK)
		e = store_seek(c, bytes_of(NULL, 0), &row);
	while (e == ERR_OK) {
		if (fold_source_erased(&r->fold, &row))
			e = fold_source_again(&r->fold, &row, why);
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	store_abort(seen);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
restore_fold(const struct restore_fold *f, struct err_why *why)
{
	struct run r = {.f = f};
	enum err e;

	r.cache = mem_alloc(1, sizeof *r.cache);
	e = open_all(&r, why);
	if (e == ERR_OK)
		e = each_log(&r, false, why);
	if (e == ERR_OK)
		e = in_transaction(&r, erase_named, why);
	if (e == ERR_OK)
		e = log_erase_done(r.db.book, why);
	if (e == ERR_OK)
		e = each_log(&r, true, why);
	if (e == ERR_OK)
		e = in_transaction(&r, count_erased, why);
	if (e == ERR_OK)
		e = site_fold_mark(&r.db, why);
	if (e == ERR_OK)
		e = incarnation_restored(&r.db, why);
	close_all(&r);
	return e;
}
