/* spool.c - alarms that were taken while no log may be signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/spool.h"

#include <stdlib.h>

#include "ledger/seal.h"
#include "node/site_keys.h"
#include "node/spool_state.h"
#include "proto/mem.h"
#include "proto/slice.h"

void
spool_key_u64(struct spool_key *k, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		k->b[k->len++] = (uint8_t)(v >> (56 - 8 * i));
}

struct spool_key
spool_key_item(uint64_t number)
{
	struct spool_key k = {.b = {'i'}, .len = 1};

	spool_key_u64(&k, number);
	return k;
}

struct bytes
spool_key_view(const struct spool_key *k)
{
	return bytes_of(k->b, k->len);
}

static struct spool_key
number_key(const struct fold_number *n)
{
	struct spool_key k = {.b = {'n'}, .len = 1};

	spool_key_u64(&k, n->source);
	spool_key_u64(&k, n->epoch);
	spool_key_u64(&k, n->seq);
	return k;
}

static struct spool_key
event_key(const uint8_t id[static 16])
{
	struct spool_key k = {.b = {'e'}, .len = 1};

	memcpy(k.b + 1, id, 16);
	k.len += 16;
	return k;
}

enum err
spool_counts_get(const struct site *s, struct store_txn *txn,
    struct spool_counts *out, struct err_why *why)
{
	struct buf_reader r;
	struct bytes value;
	enum err e =
	    store_get(txn, s->spool->rows, bytes_str("c"), &value, why);

	*out = (struct spool_counts){.next = 1};
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

enum err
spool_counts_put(const struct site *s, struct store_txn *txn,
    const struct spool_counts *c, struct err_why *why)
{
	struct spool_key v = {.len = 0};

	spool_key_u64(&v, c->kept);
	spool_key_u64(&v, c->bytes);
	spool_key_u64(&v, c->next);
	return store_put(
	    txn, s->spool->rows, bytes_str("c"), spool_key_view(&v), why);
}

enum err
spool_count_get(struct site *s, uint64_t *out, struct err_why *why)
{
	struct store *store = spool_store(s);
	struct store_txn *txn = NULL;
	struct spool_counts c = {.kept = 0};
	enum err e;

	*out = 0;
	if (store == NULL)
		return ERR_OK;
	e = store_read(store, &txn, why);
	if (e == ERR_OK)
		e = spool_counts_get(s, txn, &c, why);
	store_abort(txn);
	*out = c.kept;
	return e;
}

uint64_t
spool_count(struct site *s)
{
	uint64_t kept;

	return spool_count_get(s, &kept, NULL) == ERR_OK ? kept : 0;
}

enum err
spool_drop_key(struct site *s, struct err_why *why)
{
	uint64_t kept;
	enum err e = spool_count_get(s, &kept, why);

	return e == ERR_OK && kept == 0 ? site_keys_spool_destroy(s, why) : e;
}

enum err
spool_open(struct site *s, struct err_why *why)
{
	enum err e = spool_store_open(s, why);

	return e == ERR_OK && s->doubt == 0 ? spool_drop_key(s, why) : e;
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

bool
spool_row_open(struct spool_row *out, const struct store_row *row,
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
	const struct spool_key k = spool_key_item(number);
	struct store_row row = {.key = spool_key_view(&k)};
	struct spool_row out;
	uint8_t secret[32] = {0};
	enum err e = store_get(
	    ctx->kept, ctx->site->spool->rows, row.key, &row.value, why);

	*opens = false;
	if (e == ERR_OK)
		e = site_keys_spool(secret, ctx->site, why);
	if (e == ERR_OK && spool_row_open(&out, &row, secret)) {
		api__event_post__free_unpacked(out.post, NULL);
		*opens = true;
	}
	crypto_wipe(secret, sizeof secret);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Is this very message kept, so that it will be entered?  Its record id. */
static enum err
find(struct commit_ctx *ctx, const struct spool_key *k, const uint8_t *digest,
    uint8_t record_id[static 16], bool *known, struct err_why *why)
{
	struct buf_reader r;
	struct bytes value;
	enum err e = store_get(
	    ctx->kept, ctx->site->spool->rows, spool_key_view(k), &value, why);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e == ERR_OK && value.len != SPOOL_SEEN_BYTES)
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
put_seen(struct commit_ctx *ctx, const struct spool_key *k, uint64_t number,
    const struct spool_item *item, struct err_why *why)
{
	uint8_t value[SPOOL_SEEN_BYTES];
	struct bytes had;
	struct spool_key n = {.len = 0};
	enum err e = store_get(
	    ctx->kept, ctx->site->spool->rows, spool_key_view(k), &had, why);

	if (e != ERR_NOT_FOUND)
		return e; /* the first one counts */
	spool_key_u64(&n, number);
	memcpy(value, n.b, 8);
	memcpy(value + 8, item->digest, 16);
	memcpy(value + 24, item->record_id, 16);
	return store_put(ctx->kept, ctx->site->spool->rows, spool_key_view(k),
	    bytes_of(value, sizeof value), why);
}

enum err
spool_row_put(const struct site *s, struct store_txn *txn,
    const struct spool_row *row, const uint8_t secret[static 32],
    struct spool_counts *c, struct err_why *why)
{
	const struct spool_key k = spool_key_item(c->next);
	struct buf plain, sealed;
	enum err e;

	buf_init(&plain, 2 * SEAL_MESSAGE_MAX);
	buf_init(&sealed, 2 * SEAL_MESSAGE_MAX + CRYPTO_WRAP_EXTRA);
	buf_u64be(&plain, (uint64_t)row->received_us);
	slice_pack(&plain, &row->post->base);
	e = buf_ok(&plain, why);
	if (e == ERR_OK) {
		crypto_wrap_seal(
		    buf_grow(&sealed, plain.len + CRYPTO_WRAP_EXTRA),
		    buf_view(&plain), spool_key_view(&k), secret);
		e = store_put(txn, s->spool->rows, spool_key_view(&k),
		    buf_view(&sealed), why);
	}
	c->bytes += sealed.len;
	c->kept++;
	c->next++;
	buf_wipe(&plain);
	buf_clear(&plain);
	buf_clear(&sealed);
	return e;
}

static enum err
put_item(struct commit_ctx *ctx, const struct spool_item *item,
    struct spool_counts *c, struct err_why *why)
{
	uint8_t secret[32];
	enum err e = make_key(secret, ctx->site, c->kept == 0, why);

	if (e == ERR_OK)
		e = spool_row_put(ctx->site, ctx->kept,
		    &(struct spool_row){
		        .post = item->post, .received_us = item->received_us},
		    secret, c, why);
	crypto_wipe(secret, sizeof secret);
	return e;
}

/* One transaction for the whole batch. */
static enum err
begin_batch(struct commit_ctx *ctx, struct err_why *why)
{
	struct store *store = NULL;
	enum err e;

	if (ctx->kept != NULL)
		return ERR_OK;
	e = spool_store_make(ctx->site, &store, why);
	return e == ERR_OK ? store_write(store, &ctx->kept, why) : e;
}

static enum err
put(struct commit_ctx *ctx, const struct spool_item *item,
    uint8_t record_id[static 16], bool *known, struct err_why *why)
{
	struct spool_key by_number = {.len = 0}, by_event = {.len = 0};
	struct spool_counts c;
	uint64_t number;
	enum err e = ERR_OK;

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
	e = spool_counts_get(ctx->site, ctx->kept, &c, why);
	if (e != ERR_OK)
		return e;
	if (c.kept >= SPOOL_ITEMS_MAX || c.bytes >= SPOOL_BYTES_MAX)
		return err_fail(
		    why, ERR_LIMIT, "as many alarms are kept as may be");
	ctx->writes++;
	number = c.next;
	e = put_item(ctx, item, &c, why);
	if (e == ERR_OK && by_number.len > 0)
		e = put_seen(ctx, &by_number, number, item, why);
	if (e == ERR_OK && by_event.len > 0)
		e = put_seen(ctx, &by_event, number, item, why);
	return e == ERR_OK ? spool_counts_put(ctx->site, ctx->kept, &c, why)
	                   : e;
}

enum err
spool_put(struct commit_ctx *ctx, const struct spool_item *item,
    uint8_t record_id[static 16], bool *known, struct err_why *why)
{
	enum err e = begin_batch(ctx, why);

	*known = false;
	if (e == ERR_OK)
		e = put(ctx, item, record_id, known, why);
	ctx->kept_full |= e == ERR_BUSY;
	return e;
}

enum err
spool_grow(struct site *s, struct err_why *why)
{
	return store_grow(spool_store(s), why);
}

/* ---- reading ---- */

static void
add_row(struct spool_list *l, const struct store_row *row,
    const uint8_t secret[static 32])
{
	struct spool_row out = {.number = 0};

	if (spool_row_open(&out, row, secret))
		l->at[l->len++] = out;
	else
		l->unreadable[l->unreadable_len++] = out.number;
}

enum err
spool_read(struct spool_list *out, struct site *s, uint64_t from, size_t max,
    struct err_why *why)
{
	struct spool_key k = spool_key_item(from);
	struct store *store = spool_store(s);
	struct store_cursor *c = NULL;
	struct store_txn *txn = NULL;
	uint8_t secret[32] = {0};
	struct store_row row;
	enum err e;

	*out = (struct spool_list){.len = 0};
	if (store == NULL)
		return ERR_OK;
	e = site_keys_spool(secret, s, why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	out->at = mem_alloc(max + 1, sizeof *out->at);
	out->unreadable = mem_alloc(max + 1, sizeof *out->unreadable);
	e = store_read(store, &txn, why);
	if (e == ERR_OK)
		e = store_cursor(txn, s->spool->rows, &c, why);
	if (e == ERR_OK)
		e = store_seek(c, spool_key_view(&k), &row);
	while (e == ERR_OK && out->len + out->unreadable_len < max &&
	    row.key.len == SPOOL_ITEM_KEY && row.key.ptr[0] == 'i') {
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

Record__Alarm *
spool_alarm(const struct spool_row *row)
{
	const Api__SignedEvent *e = row->post->signed_;
	Record__Alarm *alarm = row->post->alarm;

	if (e != NULL)
		return record__alarm__unpack(
		    NULL, e->message.len, e->message.data);
	row->post->alarm = NULL;
	return alarm;
}
