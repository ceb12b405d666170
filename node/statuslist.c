/* statuslist.c - the published status list of this node's credentials. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/statuslist.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/commit.h"
#include "node/fold_key.h"
#include "node/fold_term.h"
#include "node/service.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "node/status_kept.h"
#include "node/status_past.h"
#include "node/status_token.h"
#include "node/timekeep.h"
#include "proto/mem.h"
#include "proto/text.h"

#define SECOND_US INT64_C(1000000)
#define TTL_S 60 /* how long a reader may keep it */
#define LIFE_S 900 /* shortest status life of the built-in packs */
#define CACHE "public, max-age=60"
#define CACHE_THEN "public, max-age=86400, immutable"
#define MINUTE_US (60 * SECOND_US)
#define UNDER_WAY_S 60 /* an entry may have its time and not be written yet */
#define TYPE "application/statuslist+jwt"
#define TRIES 256 /* half of the list is free */

struct statuslist {
	pthread_mutex_t lock; /* the following */
	struct buf token;
	uint64_t size; /* of the alliance log that it says */
	uint32_t generation;
	int64_t made_us;
	int64_t until_us; /* the next term ends */
	/* Lists of the past. */
	struct status_kept *kept;
	bool telling; /* one is being made */
	struct {
		int64_t since_us;
		uint64_t read;
	} minute;
	_Atomic uint64_t read; /* rows and events, since the start */
};

struct statuslist *
statuslist_new(void)
{
	struct statuslist *s = mem_alloc(1, sizeof *s);

	(void)pthread_mutex_init(&s->lock, NULL);
	buf_init(&s->token, STATUS_TOKEN_BYTES);
	s->kept = status_kept_new();
	return s;
}

void
statuslist_free(struct statuslist *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_destroy(&s->lock);
	buf_clear(&s->token);
	status_kept_free(s->kept);
	free(s);
}

uint64_t
statuslist_read(const struct statuslist *s)
{
	return atomic_load(&s->read);
}

/* ---- an index ---- */

static enum err
is_free(struct commit_ctx *ctx, uint32_t index, bool *out, struct err_why *why)
{
	struct fold_key k = fold_key_slot(ctx->site->alliance);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	fold_key_uint(&k, index, 4);
	e = store_cursor(ctx->txn, ctx->fold.t->status, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	*out = e == ERR_NOT_FOUND || row.key.len < k.len ||
	    memcmp(row.key.ptr, k.b, k.len) != 0;
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
statuslist_index(struct commit_ctx *ctx, uint32_t *out, struct err_why *why)
{
	struct site *s = ctx->site;
	uint64_t population = 0;
	uint32_t capacity;
	bool free_one = false;
	enum err e = site_logs_count(s, &ctx->logs->log[SITE_ALLIANCE],
	    ctx->txn, LEDGER__KIND__CREDENTIAL, &population, why);

	if (e != ERR_OK)
		return e;
	capacity = status_token_capacity(population + 1);
	for (int i = 0; i < TRIES && capacity != 0 && !free_one; i++) {
		/* A power of two, so that every entry is as likely. */
		crypto_random(out, sizeof *out);
		*out &= capacity - 1;
		e = is_free(ctx, *out, &free_one, why);
		if (e != ERR_OK)
			return e;
	}
	return free_one
	    ? ERR_OK
	    : err_fail(why, ERR_LIMIT, "the status list has no entry left");
}

/* ---- the list ---- */

struct work {
	struct site *site;
	struct store_txn *txn;
	uint16_t line;
	int64_t now_us; /* of what it says */
	uint32_t life_s;
	uint32_t ttl_s;
	struct status_past *past; /* NULL: it is of now */
	int64_t until_us; /* the next term that ends */
	uint64_t credentials;
	uint32_t highest;
	uint8_t *list; /* NULL: only counting */
};

static enum status_value
value_of(const struct fold_term_status *s, int64_t now_us)
{
	switch (s->state) {
	case ROW_VALID:
		return now_us < s->end_us ? STATUS_VALID : STATUS_LAPSED;
	case ROW_CERT_SUSPENDED:
		return STATUS_SUSPENDED;
	case ROW_LAPSED:
		return STATUS_LAPSED;
	default:
		return STATUS_INVALID;
	}
}

/* Of two under one index, which must not be, the worse counts. */
static bool
worse(unsigned was, unsigned is)
{
	static const uint8_t rank[] = {0, 3, 2, 1};

	return rank[is] > rank[was];
}

static void
take(struct work *w, const struct fold_term_status *s)
{
	enum status_value v = value_of(s, w->now_us);

	w->credentials++;
	if (s->index > w->highest)
		w->highest = s->index;
	if (v == STATUS_VALID && s->end_us < w->until_us)
		w->until_us = s->end_us;
	if (w->list != NULL &&
	    worse(status_token_at(w->list, STATUS_LIST_BITS, s->index), v))
		status_token_put(w->list, STATUS_LIST_BITS, s->index, v);
}

static enum err
each(struct work *w, struct err_why *why)
{
	struct fold_key k = fold_key_slot(w->line);
	struct store_cursor *c = NULL;
	struct fold_term_status s;
	struct store_row row;
	enum err e = store_cursor(w->txn, w->site->own.tables.status, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len > k.len &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		bool there = true;

		if (!fold_term_status(&s, &row) || s.index >= STATUS_LIST_MOST)
			e = err_fail(why, ERR_CORRUPT, "a row of `status`");
		else if (w->past != NULL && w->list != NULL)
			e = status_past_turn(w->past, &s, &there, why);
		if (e == ERR_OK && there)
			take(w, &s);
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Entries, for credentials that were lost as well: never fewer than before. */
static uint32_t
entries(const struct work *w, uint64_t population)
{
	uint32_t n = status_token_capacity(
	    population > w->credentials ? population : w->credentials);

	if (n == 0)
		n = STATUS_LIST_MOST;
	while (n <= w->highest)
		n *= 2;
	return n;
}

static enum err
sign(struct buf *out, const struct work *w, uint32_t n, struct err_why *why)
{
	struct note_vkey key;
	char kid[NOTE_NAME_MAX + 16];
	uint32_t now_s = (uint32_t)(w->now_us / SECOND_US);
	struct status_token t = {
	    .issuer = w->site->name,
	    .kid = kid,
	    .iat = now_s,
	    .exp = now_s + w->life_s,
	    .ttl = w->ttl_s,
	    .list = bytes_of(w->list, n / (8 / STATUS_LIST_BITS)),
	};

	enum err e = site_vkey(w->site, "identity", &key, why);

	if (e != ERR_OK)
		return e;
	(void)snprintf(kid, sizeof kid, "%s+%08" PRIx32, key.name, key.id);
	status_token_sign(out, &t, &site_keys(w->site)->identity);
	return buf_ok(out, why);
}

static enum err
make(struct buf *out, struct work *w, uint64_t population, struct err_why *why)
{
	enum err e = each(w, why);
	uint32_t n;

	if (e != ERR_OK)
		return e;
	n = entries(w, population);
	w->list = mem_alloc(n / (8 / STATUS_LIST_BITS), 1);
	e = each(w, why);
	buf_reset(out);
	if (e == ERR_OK)
		e = sign(out, w, n, why);
	free(w->list);
	return e;
}

/* Is what is kept still what the node would say? */
static bool
fresh(const struct statuslist *s, const struct site_log_now *log, uint64_t size,
    int64_t now_us)
{
	return s->token.len > 0 && s->size == size &&
	    s->generation == log->number && now_us < s->until_us &&
	    now_us >= s->made_us && now_us - s->made_us < TTL_S * SECOND_US;
}

static enum err
renew(struct statuslist *s, struct site *site, struct err_why *why)
{
	const struct site_log_now *log = site_log(site, SITE_ALLIANCE);
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct work w = {.site = site,
	    .line = log->line,
	    .now_us = site_now(site),
	    .life_s = LIFE_S,
	    .ttl_s = TTL_S,
	    .until_us = INT64_MAX};
	uint64_t population = 0;
	enum err e = store_read(site->own.store, &w.txn, why);

	if (e == ERR_OK)
		e = log_state(site->own.book, w.txn, log->slot, st, why);
	if (e == ERR_OK && !fresh(s, log, st->frontier.size, w.now_us)) {
		e = site_logs_count(site, log, w.txn, LEDGER__KIND__CREDENTIAL,
		    &population, why);
		if (e == ERR_OK)
			e = make(&s->token, &w, population, why);
		if (e != ERR_OK)
			buf_reset(&s->token);
		s->size = st->frontier.size;
		s->generation = log->number;
		s->made_us = w.now_us;
		s->until_us = w.until_us;
	}
	store_abort(w.txn);
	free(st);
	return e;
}

/* What was revoked may be among what is lost, or what can no longer be
 * recorded: then nothing is said. */
static enum err
may_sign(struct ops_call *call, struct err_why *why)
{
	const struct site *s = call->service->site;
	const struct rule *r = NULL;

	if (atomic_load(&s->halted))
		r = rule_get(RULE_NODE_HALTED);
	else if (atomic_load(&s->unsure) != 0)
		r = rule_get(RULE_HEADS_UNKNOWN);
	else if (timekeep_span(s, site_now(s)).faults != 0)
		r = rule_get(RULE_CLOCK_UNCERTAIN);
	if (r == NULL)
		return ERR_OK;
	call->rule = r;
	return rule_fail(why, ERR_BUSY, r, NULL);
}

/* A list of then, for that second alone: nothing in it changes any more, so
 * that anybody may keep it.  Whatever was recorded in the second counts. */
static enum err
of_then(struct site *site, uint64_t at_s, struct buf *out, uint64_t *read,
    struct err_why *why)
{
	const struct site_log_now *log = site_log(site, SITE_ALLIANCE);
	struct status_past past = {.events = 0};
	struct work w = {.site = site,
	    .line = log->line,
	    .now_us = (int64_t)at_s * SECOND_US + SECOND_US - 1,
	    .life_s = 1,
	    .ttl_s = 1,
	    .past = &past,
	    .until_us = INT64_MAX};
	uint64_t population = 0;
	enum err e;

	e = store_read(site->own.store, &w.txn, why);
	if (e != ERR_OK)
		return e;
	e = status_past_begin(&past, site, w.txn, w.now_us, why);
	if (e == ERR_OK)
		e = site_logs_count(site, log, w.txn, LEDGER__KIND__CREDENTIAL,
		    &population, why);
	if (e == ERR_OK)
		e = make(out, &w, population, why);
	store_abort(w.txn);
	*read = past.events + w.credentials;
	return e;
}

/* Can nothing be recorded any more that belongs to it?  Recorded time does not
 * go back within an epoch, so a later entry says so; else a minute does. */
static bool
is_over(const struct site *site, const struct log_state *st, int64_t at_s)
{
	const int64_t now_s = site_now(site) / SECOND_US;

	return at_s < now_s &&
	    (st->recorded_us / SECOND_US > at_s || at_s + UNDER_WAY_S < now_s);
}

/* Which list that second means. */
static enum err
key_of(struct status_kept_key *out, struct site *site, uint64_t at_s,
    struct err_why *why)
{
	const struct site_log_now *log = site_log(site, SITE_ALLIANCE);
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct store_txn *txn = NULL;
	enum err e = store_read(site->own.store, &txn, why);

	if (e == ERR_OK)
		e = log_state(site->own.book, txn, log->slot, st, why);
	if (e == ERR_OK && !is_over(site, st, (int64_t)at_s))
		e = err_fail(why, ERR_NOT_FOUND,
		    "time: that second is not told yet; ask again when it is "
		    "more than a minute old");
	*out = (struct status_kept_key){at_s, log->number, st->time_epoch};
	store_abort(txn);
	free(st);
	return e;
}

/* Anybody may ask, for any second: one list at a time is made, and no more is
 * read for them in a minute than one may take. */
static bool
may_tell(struct statuslist *s, int64_t now_us)
{
	int64_t age_us = now_us - s->minute.since_us;

	if (age_us < 0 || age_us >= MINUTE_US) {
		s->minute.since_us = now_us;
		s->minute.read = 0;
	}
	if (s->telling || s->minute.read >= STATUS_PAST_EVENTS)
		return false;
	s->telling = true;
	return true;
}

static enum err
tell_then(struct statuslist *s, struct site *site,
    const struct status_kept_key *key, struct buf *out, struct err_why *why)
{
	uint64_t read = 0;
	bool kept;
	bool may;
	enum err e;

	(void)pthread_mutex_lock(&s->lock);
	kept = status_kept_get(s->kept, key, out);
	may = kept || may_tell(s, site_now(site));
	(void)pthread_mutex_unlock(&s->lock);
	if (kept)
		return ERR_OK;
	if (!may)
		return err_fail(why, ERR_BUSY,
		    "time: lists of other seconds are being made; ask again "
		    "in a minute");
	e = of_then(site, key->second, out, &read, why);
	(void)pthread_mutex_lock(&s->lock);
	s->telling = false;
	s->minute.read += read;
	atomic_fetch_add(&s->read, read);
	if (e == ERR_OK)
		status_kept_put(s->kept, key, buf_view(out));
	(void)pthread_mutex_unlock(&s->lock);
	return e;
}

static enum err
reply_then(struct ops_call *call, struct err_why *why)
{
	struct status_kept_key key;
	uint64_t at_s = 0;
	struct buf token;
	enum err e =
	    params_u64(&call->params, "time", UINT32_MAX - 1, &at_s, why);

	buf_init(&token, STATUS_TOKEN_BYTES);
	if (e == ERR_OK)
		e = key_of(&key, call->service->site, at_s, why);
	if (e == ERR_OK)
		e = tell_then(call->service->statuslist, call->service->site,
		    &key, &token, why);
	if (e == ERR_BUSY)
		call->retry_s = 60;
	/* The draft's word for a time that is not there. */
	if (e == ERR_LIMIT)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK) {
		buf_bytes(&call->out, buf_view(&token));
		ops_reply_tag(call);
		call->cache = CACHE_THEN;
	}
	buf_clear(&token);
	return e;
}

static enum err
reply_now(struct ops_call *call, struct err_why *why)
{
	struct statuslist *s = call->service->statuslist;
	enum err e;

	(void)pthread_mutex_lock(&s->lock);
	e = renew(s, call->service->site, why);
	if (e == ERR_OK) {
		buf_bytes(&call->out, buf_view(&s->token));
		ops_reply_tag(call);
		call->cache = CACHE;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return e;
}

enum err
statuslist_get(struct ops_call *call, struct err_why *why)
{
	enum err e;

	if (!bytes_equal(call->arg[0], bytes_str("1")))
		return err_fail(
		    why, ERR_NOT_FOUND, "this node has status list 1 alone");
	e = may_sign(call, why);
	if (e == ERR_OK)
		e = params_get(&call->params, "time") != NULL
		    ? reply_then(call, why)
		    : reply_now(call, why);
	if (e != ERR_OK)
		return e;
	ops_reply_type(call, TYPE);
	return ERR_OK;
}
