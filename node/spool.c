/* spool.c - alarms that were taken while no log may be signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/spool.h"

#include <stdlib.h>

#include "ledger/seal.h"
#include "node/journal.h"
#include "node/site_keys.h"
#include "proto/mem.h"
#include "proto/slice.h"

/*
 * Table `spool`: 'c'                    -> u64be kept, bytes, next number
 *   'i' u64be number                    -> sealed: u64be received || EventPost
 *   'n' u64be source, epoch, sequence   -> u64be number || digest || record id
 *   'e' event id                        -> the same
 */
#define ITEM_KEY 9
#define SEEN_BYTES (8 + 16 + 16)
#define DRAIN_MAX 256

struct counts {
	uint64_t kept;
	uint64_t bytes;
	uint64_t next;
};

struct key {
	uint8_t b[25];
	size_t len;
};

static void
add_u64(struct key *k, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		k->b[k->len++] = (uint8_t)(v >> (56 - 8 * i));
}

static struct key
key_of(char kind)
{
	return (struct key){.b = {(uint8_t)kind}, .len = 1};
}

static struct key
item_key(uint64_t number)
{
	struct key k = key_of('i');

	add_u64(&k, number);
	return k;
}

static struct key
number_key(const struct fold_number *n)
{
	struct key k = key_of('n');

	add_u64(&k, n->source);
	add_u64(&k, n->epoch);
	add_u64(&k, n->seq);
	return k;
}

static struct key
event_key(const uint8_t id[static 16])
{
	struct key k = key_of('e');

	memcpy(k.b + 1, id, 16);
	k.len += 16;
	return k;
}

static struct bytes
view(const struct key *k)
{
	return bytes_of(k->b, k->len);
}

static enum err
read_counts(const struct site *s, struct store_txn *txn, struct counts *out,
    struct err_why *why)
{
	struct buf_reader r;
	struct bytes value;
	enum err e = store_get(txn, s->spool, bytes_str("c"), &value, why);

	*out = (struct counts){.next = 1};
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	r = (struct buf_reader){value, false};
	out->kept = buf_read_u64be(&r);
	out->bytes = buf_read_u64be(&r);
	out->next = buf_read_u64be(&r);
	return r.bad ? err_fail(why, ERR_CORRUPT, "spool counts") : ERR_OK;
}

static enum err
put_counts(struct commit_ctx *ctx, const struct counts *c, struct err_why *why)
{
	struct key v = {.len = 0};

	add_u64(&v, c->kept);
	add_u64(&v, c->bytes);
	add_u64(&v, c->next);
	return store_put(
	    ctx->txn, ctx->site->spool, bytes_str("c"), view(&v), why);
}

/* What cannot be counted is not taken for nothing: the key would go. */
static enum err
count(struct site *s, uint64_t *out, struct err_why *why)
{
	struct store_txn *txn = NULL;
	struct counts c = {.kept = 0};
	enum err e = store_read(s->own.store, &txn, why);

	if (e == ERR_OK)
		e = read_counts(s, txn, &c, why);
	store_abort(txn);
	*out = c.kept;
	return e;
}

uint64_t
spool_count(struct site *s)
{
	uint64_t kept;

	return count(s, &kept, NULL) == ERR_OK ? kept : 0;
}

/* With nothing kept it opens nothing that is of use. */
static enum err
drop_key(struct site *s, struct err_why *why)
{
	uint64_t kept;
	enum err e = count(s, &kept, why);

	return e == ERR_OK && kept == 0 ? site_keys_spool_destroy(s, why) : e;
}

enum err
spool_open(struct site *s, struct err_why *why)
{
	return s->doubt == 0 ? drop_key(s, why) : ERR_OK;
}

/* ---- keeping ---- */

/*
 * The key is durable before anything rests under it.  first: nothing is kept,
 * and what a power loss may have left of an earlier key is of no use.
 */
static enum err
make_key(
    uint8_t out[static 32], struct site *s, bool first, struct err_why *why)
{
	enum err e = first ? site_keys_spool_destroy(s, why)
	                   : site_keys_spool(out, s, why);

	if (first ? e == ERR_OK : e == ERR_NOT_FOUND)
		e = site_keys_spool_make(out, s, why);
	return e;
}

static bool
open_row(struct spool_row *out, const struct store_row *row,
    const uint8_t secret[static 32])
{
	struct buf_reader r = {
	    bytes_of(row->key.ptr + 1, row->key.len - 1), false};
	uint8_t *plain;
	size_t len;
	bool ok;

	out->number = buf_read_u64be(&r);
	if (r.bad || row->value.len < CRYPTO_WRAP_EXTRA + 8)
		return false;
	len = row->value.len - CRYPTO_WRAP_EXTRA;
	plain = mem_alloc(1, len);
	ok = crypto_wrap_open(plain, row->value, row->key, secret) == ERR_OK;
	if (ok) {
		r = (struct buf_reader){bytes_of(plain, len), false};
		out->received_us = (int64_t)buf_read_u64be(&r);
		out->post =
		    api__event_post__unpack(NULL, r.left.len, r.left.ptr);
		ok = out->post != NULL;
	}
	crypto_wipe(plain, len);
	free(plain);
	return ok;
}

/* A row of a copy that was put back may be under a key that is gone. */
static enum err
check_opens(
    struct commit_ctx *ctx, uint64_t number, bool *opens, struct err_why *why)
{
	const struct key k = item_key(number);
	struct store_row row = {.key = view(&k)};
	struct spool_row out;
	uint8_t secret[32] = {0};
	enum err e =
	    store_get(ctx->txn, ctx->site->spool, row.key, &row.value, why);

	*opens = false;
	if (e == ERR_OK)
		e = site_keys_spool(secret, ctx->site, why);
	if (e == ERR_OK && open_row(&out, &row, secret)) {
		api__event_post__free_unpacked(out.post, NULL);
		*opens = true;
	}
	crypto_wipe(secret, sizeof secret);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Is this very message kept, so that it will be entered?  Its record id. */
static enum err
find(struct commit_ctx *ctx, const struct key *k, const uint8_t *digest,
    uint8_t record_id[static 16], bool *known, struct err_why *why)
{
	struct buf_reader r;
	struct bytes value;
	enum err e =
	    store_get(ctx->txn, ctx->site->spool, view(k), &value, why);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e == ERR_OK && value.len != SEEN_BYTES)
		e = err_fail(why, ERR_CORRUPT, "spool row");
	if (e != ERR_OK || memcmp(value.ptr + 8, digest, 16) != 0)
		return e;
	r = (struct buf_reader){value, false};
	e = check_opens(ctx, buf_read_u64be(&r), known, why);
	if (e == ERR_OK && *known)
		memcpy(record_id, value.ptr + 24, 16);
	return e;
}

static enum err
put_seen(struct commit_ctx *ctx, const struct key *k, uint64_t number,
    const struct spool_item *item, struct err_why *why)
{
	uint8_t value[SEEN_BYTES];
	struct bytes had;
	struct key n = {.len = 0};
	enum err e = store_get(ctx->txn, ctx->site->spool, view(k), &had, why);

	if (e != ERR_NOT_FOUND)
		return e; /* the first one counts */
	add_u64(&n, number);
	memcpy(value, n.b, 8);
	memcpy(value + 8, item->digest, 16);
	memcpy(value + 24, item->record_id, 16);
	return store_put(ctx->txn, ctx->site->spool, view(k),
	    bytes_of(value, sizeof value), why);
}

static enum err
put_item(struct commit_ctx *ctx, const struct spool_item *item,
    struct counts *c, struct err_why *why)
{
	struct key k = item_key(c->next);
	uint8_t secret[32];
	struct buf plain, sealed;
	enum err e = make_key(secret, ctx->site, c->kept == 0, why);

	buf_init(&plain, 2 * SEAL_MESSAGE_MAX);
	buf_init(&sealed, 2 * SEAL_MESSAGE_MAX + CRYPTO_WRAP_EXTRA);
	buf_u64be(&plain, (uint64_t)item->received_us);
	slice_pack(&plain, &item->post->base);
	if (e == ERR_OK)
		e = buf_ok(&plain, why);
	if (e == ERR_OK) {
		crypto_wrap_seal(
		    buf_grow(&sealed, plain.len + CRYPTO_WRAP_EXTRA),
		    buf_view(&plain), view(&k), secret);
		e = store_put(ctx->txn, ctx->site->spool, view(&k),
		    buf_view(&sealed), why);
	}
	c->bytes += sealed.len;
	crypto_wipe(secret, sizeof secret);
	buf_wipe(&plain);
	buf_clear(&plain);
	buf_clear(&sealed);
	return e;
}

enum err
spool_put(struct commit_ctx *ctx, const struct spool_item *item,
    uint8_t record_id[static 16], bool *known, struct err_why *why)
{
	struct key by_number = {.len = 0}, by_event = {.len = 0};
	struct counts c;
	enum err e = ERR_OK;

	*known = false;
	if (item->number != NULL)
		by_number = number_key(item->number);
	if (item->event_id != NULL)
		by_event = event_key(item->event_id);
	if (by_number.len > 0)
		e = find(ctx, &by_number, item->digest, record_id, known, why);
	if (e == ERR_OK && !*known && by_event.len > 0)
		e = find(ctx, &by_event, item->digest, record_id, known, why);
	if (e != ERR_OK || *known)
		return e;
	e = read_counts(ctx->site, ctx->txn, &c, why);
	if (e != ERR_OK)
		return e;
	if (c.kept >= SPOOL_ITEMS_MAX || c.bytes >= SPOOL_BYTES_MAX)
		return err_fail(
		    why, ERR_LIMIT, "as many alarms are kept as may be");
	ctx->writes++;
	e = put_item(ctx, item, &c, why);
	if (e == ERR_OK && by_number.len > 0)
		e = put_seen(ctx, &by_number, c.next, item, why);
	if (e == ERR_OK && by_event.len > 0)
		e = put_seen(ctx, &by_event, c.next, item, why);
	c.kept++;
	c.next++;
	return e == ERR_OK ? put_counts(ctx, &c, why) : e;
}

/* ---- reading ---- */

static void
add_row(struct spool_list *l, const struct store_row *row,
    const uint8_t secret[static 32])
{
	struct spool_row out = {.number = 0};

	if (open_row(&out, row, secret))
		l->at[l->len++] = out;
	else
		l->unreadable[l->unreadable_len++] = out.number;
}

enum err
spool_read(struct spool_list *out, struct site *s, uint64_t from, size_t max,
    struct err_why *why)
{
	struct key k = item_key(from);
	struct store_cursor *c = NULL;
	struct store_txn *txn = NULL;
	uint8_t secret[32] = {0};
	struct store_row row;
	enum err e;

	*out = (struct spool_list){.len = 0};
	e = site_keys_spool(secret, s, why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	out->at = mem_alloc(max + 1, sizeof *out->at);
	out->unreadable = mem_alloc(max + 1, sizeof *out->unreadable);
	e = store_read(s->own.store, &txn, why);
	if (e == ERR_OK)
		e = store_cursor(txn, s->spool, &c, why);
	if (e == ERR_OK)
		e = store_seek(c, view(&k), &row);
	while (e == ERR_OK && out->len + out->unreadable_len < max &&
	    row.key.len == ITEM_KEY && row.key.ptr[0] == 'i') {
		add_row(out, &row, secret);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	store_abort(txn);
	crypto_wipe(secret, sizeof secret);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		return ERR_OK;
	spool_free(out);
	return e;
}

void
spool_free(struct spool_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		api__event_post__free_unpacked(l->at[i].post, NULL);
	free(l->at);
	free(l->unreadable);
	*l = (struct spool_list){.len = 0};
}

/* ---- entering ---- */

/* Takes one out; with the last one all that is known of them goes. */
static enum err
take_out(struct commit_ctx *ctx, uint64_t number, struct err_why *why)
{
	struct key k = item_key(number);
	struct bytes value;
	struct counts c;
	enum err e = read_counts(ctx->site, ctx->txn, &c, why);

	if (e == ERR_OK)
		e = store_get(
		    ctx->txn, ctx->site->spool, view(&k), &value, why);
	if (e != ERR_OK)
		return e;
	c.kept--;
	c.bytes -= value.len < c.bytes ? value.len : c.bytes;
	ctx->writes++;
	if (c.kept == 0)
		return store_drop(ctx->txn, ctx->site->spool, why);
	e = store_del(ctx->txn, ctx->site->spool, view(&k), why);
	return e == ERR_OK ? put_counts(ctx, &c, why) : e;
}

enum err
spool_remove(
    struct commit_ctx *ctx, const struct spool_row *row, struct err_why *why)
{
	return take_out(ctx, row->number, why);
}

/* Rows that nobody can open: of a copy of the store that is older than when
 * they became entries. */
struct discard {
	struct commit_cmd cmd;
	const struct spool_list *list;
	enum err result;
	struct err_why why;
};

static enum err
run_discard(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	const struct discard *d = (const struct discard *)cmd;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < d->list->unreadable_len; i++)
		e = take_out(ctx, d->list->unreadable[i], why);
	return e;
}

static void
end_discard(struct commit_cmd *cmd, enum err e,
    const struct commit_heads *heads, const struct err_why *why)
{
	struct discard *d = (struct discard *)cmd;

	(void)heads;
	d->result = e;
	d->why = *why;
}

static enum err
discard(struct site *s, const struct spool_list *list, struct err_why *why)
{
	struct discard d = {
	    .cmd = {.run = run_discard, .done = end_discard}, .list = list};
	enum err e;

	if (list->unreadable_len == 0)
		return ERR_OK;
	journal_error("SPOOL-UNREADABLE",
	    "%zu kept alarms cannot be opened, their key is gone: they were "
	    "entered before this copy of own/ was put back",
	    list->unreadable_len);
	e = commit_put(s->commit, &d.cmd, why);
	if (e == ERR_OK && d.result != ERR_OK && why != NULL)
		*why = d.why;
	return e == ERR_OK ? d.result : e;
}

static enum err
enter(struct site *s, const struct spool_list *list, struct err_why *why)
{
	struct submit_who who = {.subject = "node", .role = "node"};
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = {
	    .site = s, .who = &who, .done = submit_wait_done, .arg = w};
	struct submit_result *r;
	enum err e;

	submit_spooled(&to, list->at, list->len);
	r = submit_wait_for(w);
	e = r->error;
	if (e != ERR_OK && why != NULL)
		*why = r->why;
	submit_result_free(r);
	return e;
}

enum err
spool_drain(struct site *s, struct err_why *why)
{
	struct spool_list list;
	uint64_t entered = 0, from = 0, kept;
	enum err e = count(s, &kept, why);
	bool more = kept > 0;

	while (e == ERR_OK && more) {
		e = spool_read(&list, s, from, DRAIN_MAX, why);
		if (e != ERR_OK)
			break;
		more = list.len + list.unreadable_len > 0;
		/* What cannot be entered stays, and shows. */
		if (list.len > 0)
			from = list.at[list.len - 1].number + 1;
		e = discard(s, &list, why);
		if (e == ERR_OK && list.len > 0)
			e = enter(s, &list, why);
		entered += e == ERR_OK ? list.len : 0;
		spool_free(&list);
	}
	if (entered > 0)
		journal_info("SPOOL-ENTERED",
		    "%llu alarms that were kept are in the log",
		    (unsigned long long)entered);
	return e == ERR_OK ? drop_key(s, why) : e;
}
