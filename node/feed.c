/* feed.c - live events: server-sent, resumable from the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/feed.h"

#include "node/feed_item.h"
#include "node/feed_kept.h"
#include "node/service.h"
#include "node/site.h"
#include "node/token.h"
#include "proto/mem.h"
#include "proto/text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_MAX 65536
#define TOKEN_ASK_US INT64_C(1000000)
/* Looked at in one read, shown or not: the thread that reads for a stream also
 * takes alarms. */
#define STEP_ENTRIES 64

struct feed_stream {
	struct feed *feed;
	struct feed_filter filter;
	struct feed_cursor cursor;
	uint64_t kept; /* the next row of the spool */
	struct buf chunk; /* rendered, not yet taken */
	size_t taken;
	uint64_t seen_kick;
	int64_t beat_us;
	int64_t asked_us; /* when the token was last looked at */
	char token[OPS_ID_BYTES]; /* its id; "" on the node's own socket */
	void (*wake)(void *); /* under feed->lock, as wake_arg */
	void *wake_arg;
	struct feed_stream *prev, *next;
};

struct feed {
	struct service *service;
	pthread_mutex_t lock;
	struct feed_stream *first;
	size_t len;
	_Atomic uint64_t kicks;
	atomic_bool ended;
};

struct feed *
feed_new(struct service *service)
{
	struct feed *f = mem_alloc(1, sizeof *f);

	f->service = service;
	(void)pthread_mutex_init(&f->lock, NULL);
	return f;
}

void
feed_free(struct feed *f)
{
	if (f == NULL)
		return;
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

static void
wake_all(struct feed *f)
{
	(void)pthread_mutex_lock(&f->lock);
	for (struct feed_stream *s = f->first; s != NULL; s = s->next)
		if (s->wake != NULL)
			s->wake(s->wake_arg);
	(void)pthread_mutex_unlock(&f->lock);
}

void
feed_kick(struct feed *f)
{
	atomic_fetch_add(&f->kicks, 1);
	wake_all(f);
}

void
feed_tick(struct feed *f)
{
	wake_all(f);
}

void
feed_end(struct feed *f)
{
	atomic_store(&f->ended, true);
	wake_all(f);
}

/* ---- a stream ---- */

/* Entries of one log from the cursor on; true: stopped before its end. */
static bool
render_log(struct feed_stream *s, struct feed_mark *mark, size_t *budget)
{
	struct site *site = s->feed->service->site;
	struct site_db *db = mark->own ? &site->own : &site->replica;
	struct store_txn *txn = NULL;
	struct log_state state;
	bool more = false;

	if (store_read(db->store, &txn, NULL) != ERR_OK)
		return false;
	if (log_state(db->book, txn, mark->slot, &state, NULL) != ERR_OK)
		state.frontier.size = mark->next;
	while (mark->next < state.frontier.size) {
		if (*budget == 0 || s->chunk.len > CHUNK_MAX / 2) {
			more = true;
			break;
		}
		uint64_t index = mark->next++;
		(*budget)--;
		struct feed_item item = {site, db, txn, mark->slot, index};
		feed_item_put(&s->chunk, &item, &s->filter, &s->cursor);
	}
	store_abort(txn);
	return more;
}

static void
render(struct feed_stream *s)
{
	size_t budget = STEP_ENTRIES;
	uint64_t kicks = atomic_load(&s->feed->kicks);
	bool more = feed_kept_put(
	    &s->chunk, s->feed->service->site, &s->filter, &s->kept);

	feed_cursor_grow(&s->cursor, s->feed->service->site, &s->filter);
	for (size_t i = 0; i < s->cursor.len; i++)
		more |= render_log(s, &s->cursor.at[i], &budget);
	/* What is left is looked at again without waiting for a kick. */
	s->seen_kick = more ? kicks - 1 : kicks;
	if (s->chunk.len == 0 && more)
		buf_str(&s->chunk, ":\n\n");
}

/* A token that ends, ends its streams. */
static bool
may_go_on(struct feed_stream *s, int64_t now)
{
	if (s->token[0] == '\0' || now - s->asked_us < TOKEN_ASK_US)
		return true;
	s->asked_us = now;
	return token_alive(s->feed->service->tokens, s->token, now);
}

static size_t
stream_read(void *arg, uint8_t *out, size_t cap)
{
	struct feed_stream *s = arg;
	int64_t now = service_now();

	if (atomic_load(&s->feed->ended) || !may_go_on(s, now))
		return OPS_STREAM_END;
	if (s->taken == s->chunk.len) {
		buf_reset(&s->chunk);
		s->taken = 0;
		if (s->seen_kick != atomic_load(&s->feed->kicks))
			render(s);
	}
	if (s->chunk.len == 0) {
		if (now - s->beat_us < FEED_HEARTBEAT_US)
			return 0;
		buf_str(&s->chunk, ": heartbeat\n\n");
	}
	s->beat_us = now;
	size_t n = s->chunk.len - s->taken;
	n = n < cap ? n : cap;
	memcpy(out, s->chunk.ptr + s->taken, n);
	s->taken += n;
	return n;
}

static void
stream_on_wake(void *arg, void (*wake)(void *), void *wake_arg)
{
	struct feed_stream *s = arg;

	(void)pthread_mutex_lock(&s->feed->lock);
	s->wake = wake;
	s->wake_arg = wake_arg;
	(void)pthread_mutex_unlock(&s->feed->lock);
}

static void
stream_close(void *arg)
{
	struct feed_stream *s = arg;
	struct feed *f = s->feed;

	(void)pthread_mutex_lock(&f->lock);
	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		f->first = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	f->len--;
	(void)pthread_mutex_unlock(&f->lock);
	buf_clear(&s->chunk);
	free(s);
}

static enum err
enter(struct feed *f, struct feed_stream *s, struct err_why *why)
{
	enum err e = ERR_OK;

	(void)pthread_mutex_lock(&f->lock);
	if (f->len >= FEED_STREAMS_MAX) {
		e = err_fail(why, ERR_BUSY, "at most %d streams at a time",
		    FEED_STREAMS_MAX);
	} else {
		s->next = f->first;
		if (f->first != NULL)
			f->first->prev = s;
		f->first = s;
		f->len++;
	}
	(void)pthread_mutex_unlock(&f->lock);
	return e;
}

enum err
feed_open(struct ops_call *call, struct err_why *why)
{
	struct feed *f = call->service->feed;
	struct feed_stream *s = mem_alloc(1, sizeof *s);
	enum err e;

	s->feed = f;
	s->beat_us = service_now();
	s->asked_us = s->beat_us;
	if (!call->local)
		memcpy(s->token, call->who.id, sizeof s->token);
	s->seen_kick = atomic_load(&f->kicks) - 1;
	buf_init(&s->chunk, CHUNK_MAX);
	e = feed_filter_init(&s->filter, call, why);
	if (e == ERR_OK)
		e = feed_cursor_init(&s->cursor, f->service->site, &s->filter,
		    call->last_event_id, why);
	if (e == ERR_OK)
		e = enter(f, s, why);
	if (e != ERR_OK) {
		buf_clear(&s->chunk);
		free(s);
		return e;
	}
	buf_str(&s->chunk, "retry: 3000\n\n");
	call->stream =
	    (struct ops_stream){stream_read, stream_on_wake, stream_close, s};
	ops_reply_type(call, "text/event-stream");
	return ERR_OK;
}
