/* timekeep.c - the keeper of a node's time: the logs', and what to believe. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/timekeep.h"

#include "node/journal.h"
#include "node/service.h"
#include "node/timekeep_state.h"
#include "proto/mem.h"
#include "proto/zh.h"

#include <stdio.h>
#include <stdlib.h>

#define LEVEL 2 /* of the alarm */

/* enum timeline_fault, in order. */
static const char *const faults[TIMELINE_FAULTS] = {
    ZH("ahead of the confirmed time, recorded time is held"),
    ZH("behind the confirmed time"),
    ZH("standing still"),
    ZH("not what most members' clocks say"),
    ZH("not what the only member that answers says"),
};

const char *
timekeep_fault(unsigned set, size_t i)
{
	return (set >> i & 1u) != 0 ? faults[i] : NULL;
}

double
timekeep_seconds(int64_t us)
{
	return (double)us / 1000000;
}

void
timekeep_read(const struct site *s, struct timeline_reading *out)
{
	out->boot_us = clock_boot_us(s->clock);
	out->wall_us = clock_wall_us(s->clock);
	clock_quality(s->clock, &out->synchronised, &out->error_ms);
}

int64_t
timekeep_ahead(const struct skew_member *c, int64_t wall_us, int64_t boot_us)
{
	return wall_us - boot_us - c->clock.offset_us;
}

void
timekeep_peers(struct timekeep_peers *out, const struct site *s,
    int64_t wall_us, int64_t boot_us)
{
	const struct site_peers *p = &s->peers;

	*out = (struct timekeep_peers){.len = 0};
	if (p->clocks == NULL)
		return;
	out->len = p->clocks(p->arg, out->at, SKEW_CLAIMS_MAX);
	out->quorum = out->len > 0 ? 2 * out->len / 3 + 1 : 0;
	for (size_t i = 0; i < out->len; i++)
		if (out->at[i].clock.error_us > 0)
			out->claim[out->claims++] = (struct skew_claim){
			    timekeep_ahead(&out->at[i], wall_us, boot_us),
			    out->at[i].clock.error_us};
}

struct timekeep *
timekeep_new(struct site *s, const struct timeline_policy *policy)
{
	struct timekeep *k = mem_alloc(1, sizeof *k);

	k->site = s;
	k->policy = *policy;
	k->alarm = (struct own_alarm){
	    .site = s, .source = TIMEKEEP_SOURCE, .level = LEVEL};
	(void)pthread_mutex_init(&k->lock, NULL);
	s->time = k;
	return k;
}

void
timekeep_free(struct timekeep *k)
{
	if (k == NULL)
		return;
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}

struct timeline_span
timekeep_span(const struct site *s, int64_t now_us)
{
	struct timeline_span span = {now_us, now_us, now_us, 0};
	struct timekeep *k = s->time;

	if (k == NULL)
		return span;
	(void)pthread_mutex_lock(&k->lock);
	if (k->started)
		span = timeline_now(&k->line, now_us, clock_boot_us(s->clock));
	(void)pthread_mutex_unlock(&k->lock);
	return span;
}

/* ---- the start ---- */

/* Of the generations as they are: what a reset said of earlier ones holds. */
enum err
timekeep_newest(
    struct site *s, int64_t out[static SITE_LOGS], struct err_why *why)
{
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct store_txn *txn = NULL;
	enum err e = store_read(s->own.store, &txn, why);

	for (int i = 0; i < SITE_LOGS && e == ERR_OK; i++) {
		e = log_state(s->own.book, txn,
		    site_log(s, (enum site_kind)i)->slot, st, why);
		out[i] = st->recorded_us;
	}
	store_abort(txn);
	free(st);
	return e;
}

static void
say_start(char *out, size_t cap, const char *program,
    const struct timeline_reading *r, enum timeline_start how, int64_t gap_us)
{
	int n = snprintf(out, cap, "%s " SERVICE_VERSION "; clock %s; ",
	    program, r->synchronised ? "synchronised" : "not synchronised");
	char *at = out + n;

	cap -= (size_t)n;
	if (how == TIMELINE_FOLLOWS)
		(void)snprintf(at, cap, "recorded time follows it");
	else if (how == TIMELINE_HOLDS)
		(void)snprintf(at, cap,
		    "it is %.0f s ahead of the log and nobody vouches for it: "
		    "recorded time is held until members or an operator do",
		    timekeep_seconds(gap_us));
	else
		(void)snprintf(at, cap,
		    "it is %.0f s behind the log: recorded time stands still",
		    timekeep_seconds(-gap_us));
}

/* A submission that is waited for. */
struct wait {
	pthread_mutex_t lock;
	pthread_cond_t said;
	bool done;
	enum err e;
	struct err_why why;
};

static void
wake(void *arg, enum err e, const struct err_why *why)
{
	struct wait *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	w->e = e;
	if (e != ERR_OK && why != NULL)
		w->why = *why;
	w->done = true;
	(void)pthread_cond_signal(&w->said);
	(void)pthread_mutex_unlock(&w->lock);
}

static enum err
order_and_wait(
    struct timekeep *k, struct timekeep_order *o, struct err_why *why)
{
	struct wait w = {.done = false};

	(void)pthread_mutex_init(&w.lock, NULL);
	(void)pthread_cond_init(&w.said, NULL);
	o->done = wake;
	o->arg = &w;
	timekeep_order(k, o);
	(void)pthread_mutex_lock(&w.lock);
	while (!w.done)
		(void)pthread_cond_wait(&w.said, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
	(void)pthread_cond_destroy(&w.said);
	(void)pthread_mutex_destroy(&w.lock);
	if (w.e != ERR_OK && why != NULL)
		*why = w.why;
	return w.e;
}

enum err
timekeep_start(struct timekeep *k, const char *program, struct err_why *why)
{
	struct timeline_reading r;
	struct timekeep_order o = {.action = "start"};
	char detail[TIMEKEEP_TEXT];
	enum timeline_start how;
	int64_t newest[SITE_LOGS];
	int64_t newest_us;
	enum err e = timekeep_newest(k->site, newest, why);

	if (e != ERR_OK)
		return e;
	newest_us = newest[SITE_EVIDENCE] > newest[SITE_ALLIANCE]
	    ? newest[SITE_EVIDENCE]
	    : newest[SITE_ALLIANCE];
	timekeep_read(k->site, &r);
	(void)pthread_mutex_lock(&k->lock);
	how = timeline_start(&k->line, &k->policy, &r, newest_us);
	k->started = true;
	o.line = k->beat.told = k->line.line;
	o.error_ms = timeline_error_ms(&k->line);
	(void)pthread_mutex_unlock(&k->lock);
	o.synchronised = r.synchronised;
	say_start(
	    detail, sizeof detail, program, &r, how, r.wall_us - newest_us);
	o.detail = detail;
	if (how != TIMELINE_FOLLOWS)
		journal_warn(
		    "CLOCK-START", "%s; lianfang clock shows more", detail);
	return order_and_wait(k, &o, why);
}

/* ---- an operator's word ---- */

struct admission {
	struct timekeep *k;
	struct timekeep_word word;
	struct timeline_reading reading;
};

/* Only what stands in the log is believed. */
static void
admitted(void *arg, enum err e, const struct err_why *why)
{
	struct admission *a = arg;

	if (e == ERR_OK) {
		(void)pthread_mutex_lock(&a->k->lock);
		timeline_confirm(&a->k->line, &a->reading);
		(void)pthread_mutex_unlock(&a->k->lock);
	}
	a->word.done(a->word.arg, e, why);
	free(a);
}

void
timekeep_admit(struct timekeep *k, const struct timekeep_word *w)
{
	struct admission *a = mem_alloc(1, sizeof *a);
	struct timekeep_order o = {
	    .action = w->reset ? "clock-reset" : "clock-admit",
	    .reset = w->reset ? w->reason : NULL,
	    .by = w->by,
	    .done = admitted,
	    .arg = a};
	struct timeline_reading *r = &a->reading;
	char detail[TIMEKEEP_TEXT];
	int64_t jump_us;

	a->k = k;
	a->word = *w;
	timekeep_read(k->site, r);
	o.line = (struct stamp_line){true, r->wall_us, r->boot_us};
	o.error_ms = r->error_ms;
	o.synchronised = r->synchronised;
	(void)pthread_mutex_lock(&k->lock);
	jump_us = r->wall_us - stamp_line_at(k->line.line, r->boot_us);
	(void)pthread_mutex_unlock(&k->lock);
	(void)snprintf(detail, sizeof detail,
	    "the wall clock is right, %.0f s %s what was confirmed before: %s",
	    timekeep_seconds(llabs(jump_us)),
	    jump_us < 0 ? "behind" : "ahead of", w->reason);
	o.detail = detail;
	journal_warn("CLOCK-ADMIT", "%s", detail);
	timekeep_order(k, &o);
}
