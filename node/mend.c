/* mend.c - ask members for what the own logs lost to damage. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/mend.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "ledger/log_hole.h"
#include "ledger/store_hole.h"
#include "node/commit.h"
#include "node/draft.h"
#include "node/journal.h"
#include "node/site.h"
#include "proto/mem.h"

#define SOON_US (INT64_C(60) * 1000000) /* it had nothing to say */
#define WAIT_US (INT64_C(2) * 1000000) /* for other parts */
#define LATER_US (INT64_C(600) * 1000000) /* it does not hold it */
#define ASK_MAX 1024 /* entries at once */

struct tried {
	char *peer;
	int64_t until_us;
	bool waits; /* only because its answer is being stored */
};

/* Neighbours of one kind in one log. */
struct range {
	uint16_t slot;
	enum log_hole_kind kind;
	uint64_t from;
	uint64_t to; /* excluded */
	char *origin;
	struct tried *tried;
	size_t tried_len;
};

/* Whose question a member was asked last about a log. */
struct asked {
	char *peer;
	char *origin;
	bool first; /* not ours */
};

struct mend {
	struct site *site;
	struct exchange_recaller recaller;
	const struct exchange_recaller *first; /* these two: the hub's thread */
	struct asked *asked;
	size_t asked_len;
	uint64_t met[2]; /* damage of own and replica, said already */
	pthread_mutex_t lock; /* of the rest */
	struct range *at;
	size_t len;
	uint64_t missing;
};

/* ---- what is missing ---- */

static void
clear(struct range *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		for (size_t k = 0; k < at[i].tried_len; k++)
			free(at[i].tried[k].peer);
		free(at[i].tried);
		free(at[i].origin);
	}
	free(at);
}

static bool
add_hole(void *arg, const struct log_hole *h)
{
	struct mend *next = arg;
	struct range *r = next->len > 0 ? &next->at[next->len - 1] : NULL;

	next->missing++;
	if (r != NULL && r->slot == h->slot && r->kind == h->kind &&
	    r->to == h->index) {
		r->to++;
		return true;
	}
	next->at = mem_resize(next->at, next->len + 1, sizeof *next->at);
	next->at[next->len++] = (struct range){.slot = h->slot,
	    .kind = h->kind,
	    .from = h->index,
	    .to = h->index + 1};
	return true;
}

/* Who could not help with a range cannot help with what is left of it. */
static void
inherit(struct range *r, struct range *was, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (was[i].slot != r->slot || was[i].kind != r->kind ||
		    was[i].from > r->from || was[i].to < r->to)
			continue;
		r->tried = was[i].tried;
		r->tried_len = was[i].tried_len;
		was[i].tried = NULL;
		was[i].tried_len = 0;
	}
}

static enum err
load(struct mend *m, struct err_why *why)
{
	struct log_book *book = m->site->own.book;
	char origin[NOTE_NAME_MAX + 1];
	struct mend next = {.len = 0};
	struct store_txn *txn = NULL;
	enum err e = store_read(m->site->own.store, &txn, why);

	if (e == ERR_OK)
		e = log_holes(book, txn, add_hole, &next, why);
	for (size_t i = 0; i < next.len && e == ERR_OK; i++) {
		e = log_origin(book, txn, next.at[i].slot, origin, why);
		if (e == ERR_OK)
			next.at[i].origin = mem_strdup(origin);
	}
	store_abort(txn);
	if (e != ERR_OK) {
		clear(next.at, next.len);
		return e;
	}
	(void)pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < next.len; i++)
		inherit(&next.at[i], m->at, m->len);
	clear(m->at, m->len);
	m->at = next.at;
	m->len = next.len;
	m->missing = next.missing;
	(void)pthread_mutex_unlock(&m->lock);
	return ERR_OK;
}

uint64_t
mend_missing(struct mend *m)
{
	uint64_t n;

	(void)pthread_mutex_lock(&m->lock);
	n = m->missing;
	(void)pthread_mutex_unlock(&m->lock);
	return n;
}

static const char *
what_text(enum log_hole_kind kind)
{
	switch (kind) {
	case LOG_HOLE_ENTRY:
		return "entries";
	case LOG_HOLE_BODY:
		return "bodies";
	case LOG_HOLE_NODES:
		break;
	}
	return "nodes";
}

void
mend_status(struct mend *m, Config__Status *out)
{
	out->has_tables_missing = store_distrusted(m->site->own.store) > 0;
	out->tables_missing = store_distrusted(m->site->own.store);
	(void)pthread_mutex_lock(&m->lock);
	out->missing =
	    m->len > 0 ? mem_alloc(m->len, sizeof *out->missing) : NULL;
	for (size_t i = 0; i < m->len; i++) {
		const struct range *r = &m->at[i];
		Config__Missing *x = mem_alloc(1, sizeof *x);

		config__missing__init(x);
		x->origin = mem_strdup(r->origin);
		x->what = mem_strdup(what_text(r->kind));
		x->has_from_index = x->has_to_index = true;
		x->from_index = r->from;
		x->to_index = r->to - 1;
		x->asked = r->tried_len > 0
		    ? mem_alloc(r->tried_len, sizeof *x->asked)
		    : NULL;
		for (size_t k = 0; k < r->tried_len; k++) {
			if (!r->tried[k].waits)
				x->asked[x->n_asked++] =
				    mem_strdup(r->tried[k].peer);
		}
		out->missing[out->n_missing++] = x;
	}
	(void)pthread_mutex_unlock(&m->lock);
}

/* ---- asking ---- */

static struct tried *
find_tried(const struct range *r, const char *peer)
{
	for (size_t i = 0; i < r->tried_len; i++) {
		if (strcmp(r->tried[i].peer, peer) == 0)
			return &r->tried[i];
	}
	return NULL;
}

/* lock held. */
static struct tried *
not_before(struct range *r, const char *peer, int64_t until_us)
{
	struct tried *t = find_tried(r, peer);

	if (t == NULL) {
		r->tried =
		    mem_resize(r->tried, r->tried_len + 1, sizeof *r->tried);
		t = &r->tried[r->tried_len++];
		t->peer = mem_strdup(peer);
	}
	t->until_us = until_us;
	t->waits = false;
	return t;
}

static struct asked *
asked_of(struct mend *m, const char *peer, const char *origin)
{
	struct asked *a;

	for (size_t i = 0; i < m->asked_len; i++) {
		a = &m->asked[i];
		if (strcmp(a->peer, peer) == 0 &&
		    strcmp(a->origin, origin) == 0)
			return a;
	}
	m->asked = mem_resize(m->asked, m->asked_len + 1, sizeof *m->asked);
	a = &m->asked[m->asked_len++];
	*a = (struct asked){
	    .peer = mem_strdup(peer), .origin = mem_strdup(origin)};
	return a;
}

static bool
lacks_rows(struct mend *m, const char *peer, const char *origin,
    struct exchange_span *out)
{
	const int64_t now = site_now(m->site);
	bool any = false;

	(void)pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->len && !any; i++) {
		const struct range *r = &m->at[i];
		const struct tried *t = find_tried(r, peer);

		if (r->kind == LOG_HOLE_NODES ||
		    strcmp(r->origin, origin) != 0 ||
		    (t != NULL && now < t->until_us))
			continue;
		*out = (struct exchange_span){
		    .from = r->from, .max_items = ASK_MAX, .bodies = true};
		if (r->to - r->from < ASK_MAX)
			out->max_items = r->to - r->from;
		any = true;
	}
	(void)pthread_mutex_unlock(&m->lock);
	return any;
}

static bool
lacks(
    void *arg, const char *peer, const char *origin, struct exchange_span *out)
{
	struct mend *m = arg;
	struct asked *a = asked_of(m, peer, origin);

	a->first = m->first != NULL &&
	    m->first->lacks(m->first->arg, peer, origin, out);
	return a->first || lacks_rows(m, peer, origin, out);
}

/* ---- what comes ---- */

struct filling {
	struct commit_cmd cmd;
	struct mend *mend;
	char *peer;
	char *origin;
	struct buf bytes; /* of the items */
	struct log_item *items;
	struct note_checkpoint head;
	struct tree_proof proof;
	struct log_fill x;
	struct log_filled filled;
};

static void
free_filling(struct filling *f)
{
	buf_wipe(&f->bytes);
	free(f->items);
	free(f->peer);
	free(f->origin);
	free(f);
}

static enum err
fill_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct filling *f = (struct filling *)cmd;
	struct log_book *book = ctx->site->own.book;
	uint16_t slot = 0;
	enum err e = log_slot(book, ctx->txn, f->origin, &slot, why);

	if (e != ERR_OK)
		return e;
	/* Whatever it has written by then goes if it fails. */
	ctx->writes++;
	return log_fill(book, ctx->txn, slot, &f->x, &f->filled, why);
}

static void
report(const struct filling *f)
{
	const struct log_filled *d = &f->filled;

	if (d->entries + d->bodies + d->erased > 0)
		journal_info("MEND-FILLED",
		    "origin=%s from=%" PRIu64 " to=%" PRIu64 " entries=%" PRIu64
		    " bodies=%" PRIu64 " erased=%" PRIu64 " nodes=%" PRIu64
		    " by=%s",
		    f->origin, f->x.from, f->x.from + f->x.len - 1, d->entries,
		    d->bodies, d->erased, d->nodes, f->peer);
	if (d->refused > 0)
		journal_error("MEND-REFUSED",
		    "origin=%s by=%s items=%" PRIu64 ": %s", f->origin, f->peer,
		    d->refused, d->first.text);
}

/*
 * What it could not fill this member does not hold, or not as it was; or it has
 * to wait for other parts, such as what ERASURE entries say.
 */
static void
note_left(struct mend *m, const struct filling *f)
{
	const struct log_filled *d = &f->filled;
	const int64_t until =
	    site_now(m->site) + (d->waiting > 0 ? WAIT_US : LATER_US);

	(void)pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->len; i++) {
		struct range *r = &m->at[i];
		struct tried *t = find_tried(r, f->peer);

		if (strcmp(r->origin, f->origin) != 0)
			continue;
		if (r->from >= f->x.from && r->from < f->x.from + f->x.len)
			(void)not_before(r, f->peer, until);
		else if (t != NULL && t->waits)
			t->until_us = 0;
	}
	(void)pthread_mutex_unlock(&m->lock);
}

static void
fill_done(struct commit_cmd *cmd, enum err e, const struct commit_heads *heads,
    const struct err_why *why)
{
	struct filling *f = (struct filling *)cmd;
	struct mend *m = f->mend;
	struct err_why unread;

	(void)heads;
	if (e == ERR_OK) {
		report(f);
		if (load(m, &unread) != ERR_OK)
			journal_error("MEND-LIST", "%s", unread.text);
		else if (mend_missing(m) == 0)
			journal_info("MEND-DONE",
			    "all that was lost is back; lianfang audit%s",
			    store_distrusted(m->site->own.store) > 0
			        ? "; stop the node and run lianfang repair "
			          "for the tables"
			        : "");
	} else {
		journal_error("MEND-FAILED", "origin=%s by=%s: %s", f->origin,
		    f->peer, why->text);
	}
	note_left(m, f);
	free_filling(f);
}

static void
copy_items(struct filling *f, const struct log_extension *x)
{
	size_t total = 1;
	size_t at;

	for (size_t i = 0; i < x->len; i++)
		total += x->items[i].leaf.len + x->items[i].sealed.len;
	buf_init(&f->bytes, total);
	(void)buf_grow(&f->bytes, total); /* so that it does not move */
	buf_reset(&f->bytes);
	f->items = mem_alloc(x->len + 1, sizeof *f->items);
	for (size_t i = 0; i < x->len; i++) {
		at = f->bytes.len;
		buf_bytes(&f->bytes, x->items[i].leaf);
		f->items[i].leaf =
		    bytes_of(f->bytes.ptr + at, x->items[i].leaf.len);
		at = f->bytes.len;
		buf_bytes(&f->bytes, x->items[i].sealed);
		f->items[i].sealed =
		    bytes_of(f->bytes.ptr + at, x->items[i].sealed.len);
	}
}

/*
 * It may hold some of it later: it may be new, or behind.  waits: it did bring
 * something, which is not stored yet.
 */
static void
note_nothing(struct mend *m, const char *peer, const char *origin,
    uint64_t from, bool waits)
{
	const int64_t until = site_now(m->site) + SOON_US;

	(void)pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->len; i++) {
		if (strcmp(m->at[i].origin, origin) == 0 &&
		    m->at[i].from == from)
			not_before(&m->at[i], peer, until)->waits = waits;
	}
	(void)pthread_mutex_unlock(&m->lock);
}

static enum err
returned(void *arg, const char *peer, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	struct mend *m = arg;
	struct filling *f;
	enum err e;

	if (asked_of(m, peer, origin)->first)
		return m->first->returned(m->first->arg, peer, origin, x, why);
	if (x->len == 0 || x->head == NULL) {
		note_nothing(m, peer, origin, x->from, false);
		return ERR_OK;
	}
	f = mem_alloc(1, sizeof *f);
	f->mend = m;
	f->peer = mem_strdup(peer);
	f->origin = mem_strdup(origin);
	copy_items(f, x);
	f->head = *x->head;
	f->proof = *x->proof;
	f->x = (struct log_fill){
	    .from = x->from,
	    .items = f->items,
	    .len = x->len,
	    .head = &f->head,
	    .proof = &f->proof,
	    .retention_class = draft_retention_class,
	};
	f->cmd.run = fill_run;
	f->cmd.done = fill_done;
	f->cmd.cost = (unsigned)x->len + 1;
	f->cmd.class = COMMIT_LATER;
	/* Not this range from this member again while it waits. */
	note_nothing(m, peer, origin, x->from, true);
	e = commit_put(m->site->commit, &f->cmd, why);
	if (e != ERR_OK)
		free_filling(f);
	return e;
}

/* ---- damage that is met while running ---- */

void
mend_look(struct mend *m)
{
	struct store *const stores[2] = {
	    m->site->own.store, m->site->replica.store};

	for (int i = 0; i < 2; i++) {
		struct err_why why = {.text = ""};
		const uint64_t n = store_damage(stores[i], &why);

		if (n > m->met[i])
			journal_error("STORE-DAMAGED",
			    "%s: %s (%" PRIu64
			    " so far); run lianfang audit, then stop the node "
			    "and run lianfang repair",
			    i == 0 ? "own" : "replica", why.text, n);
		m->met[i] = n;
	}
}

/* ---- open and close ---- */

enum err
mend_open(struct mend **out, struct site *site, struct err_why *why)
{
	struct mend *m = mem_alloc(1, sizeof *m);
	enum err e;

	m->site = site;
	m->recaller = (struct exchange_recaller){m, lacks, returned};
	(void)pthread_mutex_init(&m->lock, NULL);
	e = load(m, why);
	if (e != ERR_OK) {
		mend_close(m);
		return e;
	}
	if (m->missing > 0)
		journal_warn("MEND-MISSING",
		    "%" PRIu64 " rows of own logs are lost and asked of the "
		    "members: lianfang repair --status",
		    m->missing);
	*out = m;
	return ERR_OK;
}

void
mend_close(struct mend *m)
{
	if (m == NULL)
		return;
	clear(m->at, m->len);
	for (size_t i = 0; i < m->asked_len; i++) {
		free(m->asked[i].peer);
		free(m->asked[i].origin);
	}
	free(m->asked);
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

const struct exchange_recaller *
mend_recaller(struct mend *m, const struct exchange_recaller *first)
{
	m->first = first;
	return &m->recaller;
}
