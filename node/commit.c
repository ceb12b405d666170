/* commit.c - the committer: the one writer of the own logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/commit.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "ledger/store_later.h"
#include "node/domain/rule.h"
#include "node/fold_place.h"
#include "node/incarnation.h"
#include "node/journal.h"
#include "node/room.h"
#include "node/site_logs.h"
#include "node/spool.h"
#include "proto/mem.h"

/* Something to do between two batches. */
struct task {
	void (*run)(void *arg);
	void *arg;
	struct task *next;
};

struct commit {
	struct site *site;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct queue {
		struct commit_cmd *head;
		struct commit_cmd **tail;
		size_t len;
	} queue[COMMIT_CLASSES];
	struct task *tasks;
	struct task **tasks_tail;
	bool held; /* commands wait */
	bool stopping;
	struct commit_stats stats;
	/* The thread's own from here on. */
	struct fold_cache cache;
	uint8_t newest[16];
	struct buf evidence; /* newest checkpoints */
	struct buf alliance;
	unsigned stale; /* COMMIT_*: which of them to read again */
	bool kept_full; /* it was the spool's store that has to grow */
	struct err_why batch_why;
	bool unerased; /* a wrapping key that was to be destroyed is left */
	struct err_why erase_why;
};

/* Whose thread this is, between two batches; NULL: none's. */
static _Thread_local struct commit *inside;

/* Where entries of a line go now. */
static const struct site_log_now *
log_of(const struct commit_ctx *ctx, uint16_t line)
{
	const struct site_log_now *log = ctx->logs->log;

	return log[SITE_EVIDENCE].line == line ? &log[SITE_EVIDENCE]
	                                       : &log[SITE_ALLIANCE];
}

enum err
commit_append(struct commit_ctx *ctx, const struct commit_event *ev,
    struct log_place *out, struct err_why *why)
{
	const struct log_draft *d = &ev->draft;
	Ledger__Entry leaf = LEDGER__ENTRY__INIT;
	struct fold_item item = {
	    .slot = ev->slot,
	    .leaf = &leaf,
	    .body = ev->body,
	    .annex = ev->annex,
	    .message = ev->message,
	    .digest = ev->digest,
	};
	const struct site_log_now *log = log_of(ctx, ev->slot);
	const unsigned bit =
	    ev->slot == ctx->site->evidence ? COMMIT_EVIDENCE : COMMIT_ALLIANCE;
	uint8_t ids[32];
	enum err e;

	if ((ctx->unsure & bit) != 0)
		return rule_fail(
		    why, ERR_TIMEOUT, rule_get(RULE_HEADS_UNKNOWN), NULL);
	ctx->writes++;
	ctx->touched |= bit;
	ctx->appended |= bit;
	if (d->kind == LEDGER__KIND__PERMIT)
		ctx->calm = 0;
	e = log_append(ctx->site->own.book, ctx->txn, log->slot, d, out, why);
	if (e != ERR_OK)
		return e;
	leaf.kind = d->kind;
	leaf.event_seq = d->event_seq;
	leaf.outcome = d->outcome;
	leaf.recorded_us = out->recorded_us;
	if (d->record_id != NULL) {
		memcpy(ids, d->record_id, 16);
		leaf.record_id = (ProtobufCBinaryData){16, ids};
	}
	if (d->event_id != NULL) {
		memcpy(ids + 16, d->event_id, 16);
		leaf.event_id = (ProtobufCBinaryData){16, ids + 16};
	}
	item.index = generation_place(log->number, out->index);
	return fold_entry(&ctx->fold, &item, why);
}

/* Gives one command its turn.  ERR_BUSY: grow and do the batch again;
 * ERR_CONFLICT: it failed half-way, do the batch without it (cost 0). */
static enum err
turn(struct commit_ctx *ctx, struct commit_cmd *cmd)
{
	bool erased = ctx->erased;

	ctx->writes = 0;
	ctx->calm = 0;
	if (cmd->cost == 0)
		return ERR_OK;
	cmd->why.text[0] = '\0';
	cmd->why.zh[0] = '\0';
	ctx->erased = false;
	cmd->result = cmd->run(cmd, ctx, &cmd->why);
	cmd->erased = ctx->erased;
	ctx->erased |= erased;
	if (cmd->result == ERR_OK)
		return ERR_OK;
	if (cmd->result == ERR_BUSY)
		return ERR_BUSY;
	if (ctx->writes == 0)
		return ERR_OK;
	cmd->cost = 0;
	return ERR_CONFLICT;
}

static enum err
read_head(
    struct commit_ctx *ctx, uint16_t slot, struct buf *out, struct err_why *why)
{
	enum err e;

	buf_reset(out);
	e = log_checkpoint(
	    ctx->site->own.book, ctx->txn, slot, 0, out, NULL, why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Signs what has grown and reads the checkpoints that are new. */
static enum err
read_heads(struct commit *c, struct commit_ctx *ctx, struct err_why *why)
{
	const struct site_log_now *log = ctx->logs->log;
	enum err e = log_sign(c->site->own.book, ctx->txn, why);

	c->stale |= ctx->touched;
	if (e == ERR_OK && (c->stale & COMMIT_EVIDENCE) != 0)
		e = read_head(ctx, log[SITE_EVIDENCE].slot, &c->evidence, why);
	if (e == ERR_OK && (c->stale & COMMIT_ALLIANCE) != 0)
		e = read_head(ctx, log[SITE_ALLIANCE].slot, &c->alliance, why);
	return e;
}

/* The entries are durable: only who asked for an erasure has to hear when its
 * key is not gone.  It is tried again after each commit and at the start. */
static void
destroy_keys(struct commit *c, struct commit_cmd *batch)
{
	enum err e = log_erase_done(c->site->own.book, &c->erase_why);

	if (e != ERR_OK && !c->unerased)
		journal_error("ERASE-LEFT",
		    "a wrapping key could not be destroyed, it is tried "
		    "again: %s",
		    c->erase_why.text);
	c->unerased = e != ERR_OK;
	for (struct commit_cmd *cmd = batch; cmd != NULL; cmd = cmd->next) {
		if (!cmd->erased || e == ERR_OK)
			continue;
		cmd->result = e;
		cmd->why = c->erase_why;
	}
}

/* One try at the batch.  ERR_BUSY and ERR_CONFLICT as turn(). */
static enum err
attempt(struct commit *c, struct commit_cmd *batch, uint64_t *entries,
    struct err_why *why)
{
	struct site *s = c->site;
	struct commit_ctx ctx = {.site = s,
	    .logs = site_logs(s),
	    .newest = c->newest,
	    .unsure = atomic_load(&s->unsure)};
	enum err e;

	*entries = 0;
	e = store_write(s->own.store, &ctx.txn, why);
	if (e != ERR_OK)
		return e == ERR_BUSY ? ERR_IO : e;
	ctx.now_us = site_now(s);
	ctx.fold = (struct fold){
	    .txn = ctx.txn,
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac,
	    .cache = &c->cache,
	};
	for (struct commit_cmd *cmd = batch; cmd != NULL; cmd = cmd->next) {
		e = turn(&ctx, cmd);
		if (e != ERR_OK)
			goto out;
		*entries += ctx.writes;
	}
	if (*entries == 0) {
		/* The first since the start: repeats need a checkpoint too. */
		if (c->evidence.len == 0)
			e = read_head(&ctx, ctx.logs->log[SITE_EVIDENCE].slot,
			    &c->evidence, why);
		goto out;
	}
	e = read_heads(c, &ctx, why);
	if (e != ERR_OK)
		goto out;
	if ((ctx.appended & COMMIT_ALLIANCE) != 0)
		e = incarnation_touch(s, why);
	if (e != ERR_OK)
		goto out;
	if (ctx.kept != NULL) {
		e = store_commit(ctx.kept, why);
		ctx.kept = NULL;
		ctx.kept_full = e == ERR_BUSY;
	}
	if (e == ERR_OK) {
		e = store_commit_later(ctx.txn, why);
		ctx.txn = NULL;
	}
	if (e == ERR_CONFLICT)
		e = ERR_IO;
	if (e == ERR_OK && ctx.next != NULL) {
		atomic_store(&s->unsure, ctx.unsure);
		site_logs_adopt(s, ctx.next);
		ctx.next = NULL;
	}
	if (e == ERR_OK && (ctx.erased || c->unerased))
		destroy_keys(c, batch);
out:
	free(ctx.next);
	store_abort(ctx.kept);
	store_abort(ctx.txn);
	c->kept_full = ctx.kept_full;
	if (e != ERR_OK || *entries == 0)
		memset(&c->cache, 0, sizeof c->cache);
	c->stale =
	    e == ERR_OK && *entries > 0 ? 0 : COMMIT_EVIDENCE | COMMIT_ALLIANCE;
	return e;
}

static void
finish(struct commit *c, struct commit_cmd *batch, enum err e)
{
	struct commit_heads heads = {
	    .logs = site_logs(c->site),
	    .evidence = buf_view(&c->evidence),
	    .alliance = buf_view(&c->alliance),
	};
	struct commit_cmd *next;

	for (struct commit_cmd *cmd = batch; cmd != NULL; cmd = next) {
		next = cmd->next;
		if (e != ERR_OK)
			cmd->done(cmd, e, &heads, &c->batch_why);
		else
			cmd->done(cmd, cmd->result, &heads, &cmd->why);
	}
}

/* What the disk holds is unknown: nothing is signed until a restart has looked
 * at it. */
static void
halt(struct site *s, const struct err_why *why)
{
	atomic_store(&s->halted, true);
	journal_error("NODE-HALTED",
	    "nothing is recorded any more: %s; look at the disk, restart, then "
	    "run lianfang audit",
	    why->text);
}

static void
run_batch(struct commit *c, struct commit_cmd *batch)
{
	struct site *s = c->site;
	struct err_why *why = &c->batch_why;
	uint64_t entries = 0;
	int64_t began = clock_boot_us(s->clock);
	enum err e = ERR_BUSY;

	while (!atomic_load(&s->halted)) {
		e = attempt(c, batch, &entries, why);
		if (e == ERR_BUSY &&
		    (c->kept_full ? spool_grow(s, why)
		                  : store_grow(s->own.store, why)) == ERR_OK)
			continue;
		if (e != ERR_CONFLICT)
			break;
	}
	if (atomic_load(&s->halted))
		e = err_fail(why, ERR_IO,
		    "the node has stopped writing after "
		    "a failed commit; look at the disk, then restart it");
	else if (e == ERR_FULL)
		room_gone(s, why->text);
	else if (e != ERR_OK && e != ERR_BUSY)
		halt(s, why);
	pthread_mutex_lock(&c->lock);
	if (e == ERR_OK && entries > 0) {
		c->stats.commits++;
		c->stats.entries += entries;
		c->stats.last_commit_us =
		    (uint64_t)(clock_boot_us(s->clock) - began);
	}
	for (struct commit_cmd *cmd = batch; cmd != NULL; cmd = cmd->next)
		c->stats.refused += e != ERR_OK || cmd->result != ERR_OK;
	pthread_mutex_unlock(&c->lock);
	finish(c, batch, e);
	/* Whoever waited goes first. */
	if (entries == 0)
		return;
	if (e == ERR_OK && s->hooks.grown != NULL)
		s->hooks.grown(s->hooks.arg);
	store_answered(s->own.store);
}

static bool
nothing_queued(const struct commit *c)
{
	for (size_t i = 0; i < COMMIT_CLASSES; i++)
		if (c->queue[i].head != NULL)
			return false;
	return true;
}

/* The first of a queue, up to about `most` entries in the batch, and one in
 * any case; returns where the batch ends now. */
static struct commit_cmd **
take_class(
    struct queue *q, unsigned most, unsigned *cost, struct commit_cmd **end)
{
	bool first = true;

	while (q->head != NULL && (first || *cost + q->head->cost <= most)) {
		struct commit_cmd *cmd = q->head;

		q->head = cmd->next;
		q->len--;
		cmd->next = NULL;
		*end = cmd;
		end = &cmd->next;
		*cost += cmd->cost;
		first = false;
	}
	if (q->head == NULL)
		q->tail = &q->head;
	return end;
}

/* Takes what is queued, up to about COMMIT_BATCH_MAX entries, or a task, which
 * goes first; neither: stop. */
static struct commit_cmd *
take(struct commit *c, struct task **task)
{
	static const unsigned most[COMMIT_CLASSES] = {
	    [COMMIT_URGENT] = COMMIT_BATCH_MAX,
	    [COMMIT_BULK] = COMMIT_BULK_MAX,
	    [COMMIT_LATER] = COMMIT_BULK_MAX,
	};
	struct commit_cmd *batch = NULL;
	struct commit_cmd **end = &batch;
	unsigned cost = 0;

	pthread_mutex_lock(&c->lock);
	while (
	    c->tasks == NULL && !c->stopping && (c->held || nothing_queued(c)))
		pthread_cond_wait(&c->wake, &c->lock);
	*task = c->tasks;
	if (c->tasks != NULL) {
		c->tasks = c->tasks->next;
		if (c->tasks == NULL)
			c->tasks_tail = &c->tasks;
	}
	for (size_t i = 0; *task == NULL && i < COMMIT_CLASSES; i++)
		end = take_class(&c->queue[i], most[i], &cost, end);
	pthread_mutex_unlock(&c->lock);
	return batch;
}

static void
run_task(struct commit *c, struct task *task)
{
	inside = c;
	task->run(task->arg);
	inside = NULL;
	free(task);
}

/* Before the first batch, when nobody else is to be asked. */
static bool
begun(struct commit *c, struct commit_cmd *batch)
{
	struct site *s = c->site;
	enum err e = ERR_OK;

	if (atomic_load(&s->unsure) == 0 || s->asks || s->doubt != 0 ||
	    atomic_load(&s->halted))
		return true;
	inside = c;
	e = site_begin(s, SITE_BOTH, &c->batch_why);
	if (e == ERR_OK)
		e = spool_drain(s, &c->batch_why);
	inside = NULL;
	if (e == ERR_OK)
		return true;
	/* A kept alarm may be what a decision would go by. */
	atomic_store(&s->unsure, SITE_BOTH);
	if (e == ERR_FULL)
		room_gone(s, c->batch_why.text);
	finish(c, batch, e);
	return false;
}

static void *
commit_main(void *arg)
{
	struct commit *c = arg;
	struct commit_cmd *batch;
	struct task *task;

	for (;;) {
		batch = take(c, &task);
		if (task != NULL)
			run_task(c, task);
		else if (batch == NULL)
			break;
		else if (begun(c, batch))
			run_batch(c, batch);
	}
	return NULL;
}

void
commit_between(struct commit *c, void (*run)(void *arg), void *arg)
{
	struct task *t = mem_alloc(1, sizeof *t);

	*t = (struct task){.run = run, .arg = arg};
	pthread_mutex_lock(&c->lock);
	*c->tasks_tail = t;
	c->tasks_tail = &t->next;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

static void
set_held(struct commit *c, bool held)
{
	pthread_mutex_lock(&c->lock);
	c->held = held;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

void
commit_hold(struct commit *c)
{
	set_held(c, true);
}

void
commit_go(struct commit *c)
{
	set_held(c, false);
}

enum err
commit_start(struct commit **out, struct site *s, struct err_why *why)
{
	struct commit *c = mem_alloc(1, sizeof *c);

	c->site = s;
	c->tasks_tail = &c->tasks;
	for (size_t i = 0; i < COMMIT_CLASSES; i++)
		c->queue[i].tail = &c->queue[i].head;
	c->stale = COMMIT_EVIDENCE | COMMIT_ALLIANCE;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->wake, NULL);
	buf_init(&c->evidence, NOTE_BYTES_MAX);
	buf_init(&c->alliance, NOTE_BYTES_MAX);
	if (pthread_create(&c->thread, NULL, commit_main, c) != 0) {
		free(c);
		return err_fail(why, ERR_IO, "cannot start a thread");
	}
	*out = c;
	return ERR_OK;
}

void
commit_stop(struct commit *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	buf_clear(&c->evidence);
	buf_clear(&c->alliance);
	free(c);
}

enum err
commit_put(struct commit *c, struct commit_cmd *cmd, struct err_why *why)
{
	struct queue *q;
	enum err e = ERR_OK;

	if (c == NULL || atomic_load(&c->site->halted))
		return err_fail(why, ERR_IO,
		    "the node does not write now; look at its log");
	cmd->next = NULL;
	cmd->result = ERR_OK;
	if (cmd->cost == 0)
		cmd->cost = 1;
	cmd->since_us = clock_boot_us(c->site->clock);
	if (inside == c) {
		run_batch(c, cmd);
		return ERR_OK;
	}
	q = &c->queue[cmd->class];
	pthread_mutex_lock(&c->lock);
	if (c->stopping)
		e = err_fail(why, ERR_BUSY, "the node is stopping");
	else if (q->len >= COMMIT_QUEUE_MAX)
		e = err_fail(why, ERR_BUSY, "too many requests are waiting");
	if (e == ERR_OK) {
		*q->tail = cmd;
		q->tail = &cmd->next;
		q->len++;
		pthread_cond_signal(&c->wake);
	}
	pthread_mutex_unlock(&c->lock);
	return e;
}

void
commit_stats(struct commit *c, struct commit_stats *out)
{
	int64_t now_us = clock_boot_us(c->site->clock);

	pthread_mutex_lock(&c->lock);
	*out = c->stats;
	for (size_t i = 0; i < COMMIT_CLASSES; i++) {
		const struct queue *q = &c->queue[i];

		out->queued[i] = q->len;
		if (q->head != NULL)
			out->lag_us[i] = now_us - q->head->since_us;
	}
	pthread_mutex_unlock(&c->lock);
}
