/* spool_enter.c - kept alarms become entries, each once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "node/journal.h"
#include "node/spool_state.h"
#include "proto/mem.h"
#include "proto/text.h"

#define DRAIN_MAX 256

/* ---- what has become an entry ---- */

static enum err
mark_key(
    struct spool_key *out, const struct spool_row *row, struct err_why *why)
{
	const char *id = row->post->record_id;

	*out = (struct spool_key){.b = {'d'}, .len = 17};
	return text_uuid_get(out->b + 1, bytes_str(id != NULL ? id : ""), why);
}

enum err
spool_entered(
    struct commit_ctx *ctx, const struct spool_row *row, struct err_why *why)
{
	struct spool_key k;
	enum err e = mark_key(&k, row, why);

	ctx->writes++;
	return e == ERR_OK ? store_put(ctx->txn, ctx->site->spool->entered,
	                         spool_key_view(&k), bytes_str("1"), why)
	                   : e;
}

/* Of the rows from `from` on those that are no entries yet come first; how
 * many. */
static enum err
sort_fresh(
    struct site *s, struct spool_list *list, size_t *fresh, struct err_why *why)
{
	struct store_txn *txn = NULL;
	struct spool_row row;
	struct spool_key k;
	struct bytes value;
	enum err e = store_read(s->own.store, &txn, why);

	*fresh = 0;
	for (size_t i = 0; e == ERR_OK && i < list->len; i++) {
		e = mark_key(&k, &list->at[i], why);
		if (e != ERR_OK)
			break;
		e = store_get(
		    txn, s->spool->entered, spool_key_view(&k), &value, why);
		if (e == ERR_NOT_FOUND) {
			row = list->at[i];
			memmove(&list->at[*fresh + 1], &list->at[*fresh],
			    (i - *fresh) * sizeof row);
			list->at[(*fresh)++] = row;
			e = ERR_OK;
		}
	}
	store_abort(txn);
	return e;
}

/* ---- taking them out ---- */

enum err
spool_row_del(const struct site *s, struct store_txn *txn, uint64_t number,
    struct err_why *why)
{
	const struct spool_key k = spool_key_item(number);
	struct bytes value;
	struct spool_counts c;
	enum err e = spool_counts_get(s, txn, &c, why);

	if (e == ERR_OK)
		e = store_get(
		    txn, s->spool->rows, spool_key_view(&k), &value, why);
	if (e != ERR_OK)
		return e;
	c.kept--;
	c.bytes -= value.len < c.bytes ? value.len : c.bytes;
	/* With the last one all that is known of them goes; numbers go on. */
	if (c.kept == 0)
		e = store_drop(txn, s->spool->rows, why);
	else
		e = store_del(txn, s->spool->rows, spool_key_view(&k), why);
	return e == ERR_OK ? spool_counts_put(s, txn, &c, why) : e;
}

static enum err
take_out(struct site *s, const struct spool_list *list, size_t fresh,
    struct err_why *why)
{
	struct store *store = spool_store(s);
	struct store_txn *txn = NULL;
	enum err e = store_write(store, &txn, why);

	for (size_t i = fresh; e == ERR_OK && i < list->len; i++)
		e = spool_row_del(s, txn, list->at[i].number, why);
	for (size_t i = 0; e == ERR_OK && i < list->unreadable_len; i++)
		e = spool_row_del(s, txn, list->unreadable[i], why);
	if (e == ERR_OK)
		return store_commit(txn, why);
	store_abort(txn);
	return e == ERR_BUSY ? store_grow(store, why) : e;
}

/* The last of them has been taken out. */
static enum err
forget_entered(struct site *s, struct err_why *why)
{
	struct store_txn *txn = NULL;
	enum err e = store_write(s->own.store, &txn, why);

	if (e == ERR_OK)
		e = store_drop(txn, s->spool->entered, why);
	if (e == ERR_OK)
		return store_commit(txn, why);
	store_abort(txn);
	return e;
}

/* ---- entering ---- */

static enum err
enter(
    struct site *s, const struct spool_row *rows, size_t n, struct err_why *why)
{
	struct submit_who who = {.subject = "node", .role = "node"};
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = {
	    .site = s, .who = &who, .done = submit_wait_done, .arg = w};
	struct submit_result *r;
	enum err e;

	submit_spooled(&to, rows, n);
	r = submit_wait_for(w);
	e = r->error;
	if (e != ERR_OK && why != NULL)
		*why = r->why;
	submit_result_free(r);
	return e;
}

/* Enters those of the list that are no entries yet, and takes out what is one
 * and what nobody can open. */
static enum err
drain_list(struct site *s, struct spool_list *list, uint64_t *entered,
    struct err_why *why)
{
	size_t before = 0, fresh = 0;
	enum err e = sort_fresh(s, list, &before, why);

	if (list->unreadable_len > 0)
		journal_error("SPOOL-UNREADABLE",
		    "%zu kept alarms cannot be opened, their key is gone: they "
		    "are given up",
		    list->unreadable_len);
	if (e == ERR_OK && before > 0)
		e = enter(s, list->at, before, why);
	if (e == ERR_OK)
		e = sort_fresh(s, list, &fresh, why);
	if (e != ERR_OK)
		return e;
	*entered += before - fresh;
	return take_out(s, list, fresh, why);
}

enum err
spool_drain(struct site *s, struct err_why *why)
{
	struct spool_list list;
	uint64_t entered = 0, from = 0, kept;
	enum err e = spool_count_get(s, &kept, why);
	bool more = kept > 0;

	while (e == ERR_OK && more) {
		e = spool_read(&list, s, from, DRAIN_MAX, why);
		if (e != ERR_OK)
			break;
		more = list.len + list.unreadable_len > 0;
		/* What cannot be entered stays, and shows. */
		if (list.len > 0)
			from = list.at[list.len - 1].number + 1;
		e = more ? drain_list(s, &list, &entered, why) : ERR_OK;
		spool_free(&list);
	}
	if (entered > 0)
		journal_info("SPOOL-ENTERED",
		    "%llu alarms that were kept are in the log",
		    (unsigned long long)entered);
	if (e == ERR_OK)
		e = spool_count_get(s, &kept, why);
	if (e == ERR_OK && kept == 0 && entered > 0)
		e = forget_entered(s, why);
	return e == ERR_OK ? spool_drop_key(s, why) : e;
}
