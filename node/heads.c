/* heads.c - how far the own logs are known, and so whether they are signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/heads.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/generation.h"
#include "node/commit.h"
#include "node/config.h"
#include "node/heads_state.h"
#include "node/incarnation.h"
#include "node/journal.h"
#include "node/peers.h"
#include "node/proved.h"
#include "node/service.h"
#include "node/site.h"
#include "node/spool.h"
#include "node/timekeep.h"
#include "proto/mem.h"

#define RANGE_ITEMS 4096
#define RETRY_US INT64_C(2000000) /* after beginning failed */
#define ANSWER_US INT64_C(10000000) /* for entries; then another is asked */

/* Also of one that joined since. */
static struct asked *
find_asked(struct heads *h, const char *peer)
{
	for (size_t i = 0; i < h->len; i++)
		if (strcmp(h->asked[i].name, peer) == 0)
			return &h->asked[i];
	h->asked = mem_resize(h->asked, h->len + 1, sizeof *h->asked);
	h->asked[h->len] = (struct asked){.up = false};
	(void)snprintf(
	    h->asked[h->len].name, sizeof h->asked[h->len].name, "%s", peer);
	return &h->asked[h->len++];
}

static void
add_member(void *arg, const char *name)
{
	struct heads *h = arg;

	if (strcmp(name, h->site->name) != 0)
		(void)find_asked(h, name);
}

/* ---- deciding; lock held ---- */

static void
tell_operator(struct heads *h, int k)
{
	struct known *l = &h->log[k];
	const char *origin = site_log(h->site, (enum site_kind)k)->key.name;

	if (l->told)
		return;
	l->told = true;
	journal_error("HEADS-UNKNOWN",
	    "origin=%s held=%llu known=%llu: nothing is signed, alarms are "
	    "kept; see lianfang log list",
	    origin, (unsigned long long)l->held.size,
	    (unsigned long long)(l->most > l->held.size ? l->most
	                                                : l->held.size));
}

static void begin_task(void *arg);

/* Looks whether it is time, and sends the committer on its way. */
static void
decide(struct heads *h)
{
	bool due = heads_boot_us(h) >= h->until_us;
	bool busy = false;
	unsigned sure = 0;

	if (!h->on || h->beginning || heads_unsure(h) == 0 ||
	    heads_boot_us(h) < h->retry_us)
		return;
	sure = heads_unsure(h) & h->decided;
	for (int k = 0; k < SITE_LOGS; k++)
		if (heads_waits(h, k) &&
		    (h->log[k].storing || heads_may_fetch(h, k)))
			busy = true;
	for (int k = 0; !busy && (due || heads_all_heard(h)) && k < SITE_LOGS;
	     k++) {
		if (!heads_waits(h, k))
			continue;
		if (heads_whole(h, k))
			sure |= 1u << k;
		else
			tell_operator(h, k);
	}
	/* The alliance log alone is of no use to anybody. */
	if ((sure & COMMIT_EVIDENCE) != 0 ||
	    (sure != 0 && (heads_unsure(h) & COMMIT_EVIDENCE) == 0)) {
		h->beginning = true;
		commit_between(h->site->commit, begin_task, h);
		return;
	}
	if (!h->released && (due || (!busy && heads_all_heard(h)))) {
		h->released = true;
		commit_go(h->site->commit);
	}
}

/* ---- beginning; on the committer's thread, between two batches ---- */

static enum err
begin(struct heads *h, unsigned sure, struct err_why *why)
{
	struct site *s = h->site;
	enum err e = site_begin(s, sure, why);

	/* Signed from here on, also when what follows must be tried again:
	 * members' words about it are no news. */
	(void)pthread_mutex_lock(&h->lock);
	h->decided |= e == ERR_OK ? sure : 0;
	(void)pthread_mutex_unlock(&h->lock);
	if (e == ERR_OK && !h->started &&
	    (heads_unsure(h) & COMMIT_EVIDENCE) == 0)
		e = timekeep_start(
		    h->service->time, h->on ? "lianfangd" : "lianfang", why);
	if (e == ERR_OK)
		h->started = true;
	if (e == ERR_OK && (heads_unsure(h) & COMMIT_EVIDENCE) == 0)
		e = spool_drain(s, why);
	if (e != ERR_OK)
		(void)atomic_fetch_or(&s->unsure, sure);
	return e;
}

static void
begin_task(void *arg)
{
	struct heads *h = arg;
	struct err_why why = {.text = ""};
	unsigned sure = 0;
	enum err e = ERR_OK;

	(void)pthread_mutex_lock(&h->lock);
	sure = heads_unsure(h) & h->decided;
	for (int k = 0; k < SITE_LOGS; k++)
		if (heads_waits(h, k) && !h->log[k].storing &&
		    heads_whole(h, k))
			sure |= 1u << k;
	(void)pthread_mutex_unlock(&h->lock);
	if (sure != 0)
		e = begin(h, sure, &why);
	if (e != ERR_OK)
		journal_error("HEADS-NOT-BEGUN", "tried again: %s", why.text);
	else if (sure != 0)
		journal_info("HEADS-KNOWN", "the logs are whole and signed on");
	(void)pthread_mutex_lock(&h->lock);
	h->beginning = false;
	if (e != ERR_OK)
		h->retry_us = heads_boot_us(h) + RETRY_US;
	if (!h->released) {
		h->released = true;
		commit_go(h->site->commit);
	}
	(void)pthread_mutex_unlock(&h->lock);
}

/* A generation was opened while nothing was signed. */
static void
opened_task(void *arg)
{
	struct heads *h = arg;
	struct err_why why = {.text = ""};
	unsigned sure = ~heads_unsure(h) & SITE_BOTH;
	enum err e;

	(void)pthread_mutex_lock(&h->lock);
	for (int k = 0; h->on && k < SITE_LOGS; k++)
		if (!h->log[k].storing && heads_whole(h, k))
			sure |= 1u << k;
	(void)pthread_mutex_unlock(&h->lock);
	if ((sure & COMMIT_EVIDENCE) == 0 ||
	    (h->site->signs && (sure & heads_unsure(h)) == 0 && h->started))
		return;
	e = begin(h, sure, &why);
	if (e != ERR_OK)
		journal_error("HEADS-NOT-BEGUN", "tried again: %s", why.text);
}

void
heads_opened(struct heads *h)
{
	if (!h->on) /* of a node that does not run */
		h->site = h->service->site;
	if (h->on || h->site->doubt != 0)
		commit_between(h->site->commit, opened_task, h);
}

/* This directory did not know that it was put back: it shall not forget it. */
static void
lost_task(void *arg)
{
	struct heads *h = arg;
	struct err_why why = {.text = ""};
	unsigned lost = 0;

	(void)pthread_mutex_lock(&h->lock);
	for (int k = 0; k < SITE_LOGS; k++)
		if (h->log[k].behind && (h->site->doubt & 1u << k) == 0)
			lost |= 1u << k;
	(void)pthread_mutex_unlock(&h->lock);
	if (incarnation_lost(h->site, lost & heads_unsure(h), &why) != ERR_OK)
		journal_error("HEADS-NOT-KEPT", "%s", why.text);
}

/* ---- what members say ---- */

/* Nobody waits for it any more; yet it is known what this directory is. */
static void
take_late(struct site *s, const struct note_checkpoint *c)
{
	enum proved_word word;

	if (proved_look(s, c->origin, &c->head, &word, NULL) != ERR_OK ||
	    word == PROVED_HELD)
		return;
	if (word == PROVED_OTHER)
		journal_error("NODE-TWO-HISTORIES",
		    "origin=%s: another tree of size %llu is signed by the "
		    "same "
		    "key; nobody follows this one any more",
		    c->origin, (unsigned long long)c->head.size);
	proved_retire(s);
}

/* Lock held. */
static void
take_head(struct heads *h, int k, const char *peer,
    const struct note_checkpoint *c, struct bytes note)
{
	struct known *l = &h->log[k];
	enum proved_word word;

	if (proved_look(h->site, c->origin, &c->head, &word, NULL) != ERR_OK ||
	    word == PROVED_HELD)
		return;
	proved_keep(h->site, c, note);
	if (word == PROVED_OTHER) {
		l->two = true;
	} else if (!l->behind) {
		l->behind = true;
		commit_between(h->site->commit, lost_task, h);
	}
	if (word == PROVED_OTHER || c->head.size > l->knew)
		proved_retire(h->site);
	if (c->head.size > l->most) {
		l->most = c->head.size;
		(void)snprintf(l->by, sizeof l->by, "%s", peer);
	}
}

void
heads_proved(
    struct heads *h, const char *peer, const char *origin, struct bytes note)
{
	struct site *s = h->service->site;
	struct note_checkpoint c;
	struct generation g;
	struct note_vkey key;
	enum site_kind kind;

	if (generation_get(&g, origin, NULL) != ERR_OK)
		return;
	kind = strcmp(g.kind, "alliance") == 0 ? SITE_ALLIANCE : SITE_EVIDENCE;
	if (site_logs_vkey(s, kind, g.number, &key, NULL) != ERR_OK ||
	    note_checkpoint_open(&c, note, &key, NULL) != ERR_OK)
		return;
	(void)pthread_mutex_lock(&h->lock);
	if (heads_kind(h, origin) >= 0 && heads_waits(h, (int)kind)) {
		take_head(h, (int)kind, peer, &c, note);
		decide(h);
	} else {
		proved_keep(s, &c, note);
		if (strcmp(site_log(s, kind)->key.name, origin) == 0)
			take_late(s, &c);
	}
	(void)pthread_mutex_unlock(&h->lock);
}

static bool
lacks(
    void *arg, const char *peer, const char *origin, struct exchange_span *out)
{
	struct heads *h = arg;
	int k = heads_kind(h, origin);
	struct asked *a;
	struct known *l;
	bool ask = false;

	if (!h->on || k < 0 || (heads_unsure(h) & 1u << k) == 0)
		return false;
	(void)pthread_mutex_lock(&h->lock);
	a = find_asked(h, peer);
	l = &h->log[k];
	*out = (struct exchange_span){.from = l->held.size, .bodies = true};
	if (heads_waits(h, k) && !l->storing && !a->log[k].heard)
		ask = true;
	if (heads_waits(h, k) && !l->storing && a->log[k].heard &&
	    heads_has_more(h, a, k) &&
	    (!a->log[k].bare || heads_takes_bare(h, k)) &&
	    (l->from[0] == '\0' || strcmp(l->from, peer) == 0)) {
		if (l->from[0] == '\0')
			l->asked_us = heads_boot_us(h);
		(void)snprintf(l->from, sizeof l->from, "%s", peer);
		out->max_items = RANGE_ITEMS;
		ask = true;
	}
	(void)pthread_mutex_unlock(&h->lock);
	return ask;
}

/* On the committer's thread: the entries are stored, or were not good. */
static void
stored(
    void *arg, int k, const char *peer, enum err e, const struct err_why *why)
{
	struct heads *h = arg;
	struct known *l = &h->log[k];
	struct asked *a;

	if (e != ERR_OK)
		journal_warn(
		    "HEADS-NOT-FETCHED", "peer=%s: %s", peer, why->text);
	(void)pthread_mutex_lock(&h->lock);
	a = find_asked(h, peer);
	if (e != ERR_OK)
		a->log[k].dry = l->held.size + 1;
	l->storing = false;
	l->from[0] = '\0';
	if (heads_tail_held(h->site, (enum site_kind)k, &l->held) != ERR_OK)
		l->held.size = 0;
	if (e == ERR_OK)
		journal_info("HEADS-FETCHED", "peer=%s origin=%s held=%llu",
		    peer, site_log(h->site, (enum site_kind)k)->key.name,
		    (unsigned long long)l->held.size);
	decide(h);
	(void)pthread_mutex_unlock(&h->lock);
	peers_wake(h->service->peers);
}

/* Lock held. */
static void
take_items(
    struct heads *h, int k, struct asked *a, const struct log_extension *x)
{
	struct known *l = &h->log[k];

	if (heads_is_bare(x)) {
		a->log[k].bare = true;
		if (!heads_takes_bare(h, k)) {
			l->from[0] = '\0';
			h->wake = true;
			return;
		}
	}
	l->storing = true;
	heads_tail_store(&(struct heads_tail){.site = h->site,
	                     .kind = (enum site_kind)k,
	                     .peer = a->name,
	                     .gaps = &l->gaps,
	                     .done = stored,
	                     .arg = h},
	    x);
}

static enum err
returned(void *arg, const char *peer, const char *origin,
    const struct log_extension *x, struct err_why *why)
{
	struct heads *h = arg;
	int k = heads_kind(h, origin);
	struct asked *a;
	struct known *l;

	(void)why;
	if (k < 0)
		return ERR_OK;
	(void)pthread_mutex_lock(&h->lock);
	a = find_asked(h, peer);
	l = &h->log[k];
	if (!heads_waits(h, k))
		goto out;
	if (x->head != NULL) {
		take_head(h, k, peer, x->head, x->note);
		if (x->head->head.size > a->log[k].most)
			a->log[k].most = x->head->head.size;
	}
	if (x->len > 0 && x->from == l->held.size && !l->storing) {
		take_items(h, k, a, x);
	} else if (x->len == 0 && strcmp(l->from, peer) == 0) {
		a->log[k].dry = x->from + 1;
		l->from[0] = '\0';
		h->wake = true;
	}
	a->log[k].heard = true;
	decide(h);
out:
	(void)pthread_mutex_unlock(&h->lock);
	return ERR_OK;
}

void
heads_link(struct heads *h, const char *peer, bool up)
{
	struct asked *a;

	if (!h->on)
		return;
	(void)pthread_mutex_lock(&h->lock);
	a = find_asked(h, peer);
	a->up = up;
	for (int k = 0; k < SITE_LOGS; k++)
		if (!up && strcmp(h->log[k].from, peer) == 0)
			h->log[k].from[0] = '\0';
	decide(h);
	(void)pthread_mutex_unlock(&h->lock);
}

/* Whoever gives nothing, or nothing that holds, keeps nobody else from being
 * asked.  Lock held. */
static void
give_up(struct heads *h, int k)
{
	struct known *l = &h->log[k];

	if (l->from[0] == '\0' || l->storing ||
	    heads_boot_us(h) - l->asked_us < ANSWER_US)
		return;
	journal_warn("HEADS-NOT-FETCHED",
	    "peer=%s: no entries that hold, others are asked", l->from);
	find_asked(h, l->from)->log[k].late = true;
	l->from[0] = '\0';
	h->wake = true;
}

void
heads_tick(struct heads *h)
{
	bool wake;

	if (!h->on || heads_unsure(h) == 0)
		return;
	(void)pthread_mutex_lock(&h->lock);
	if (heads_boot_us(h) >= h->again_us) {
		h->again_us = heads_boot_us(h) + HEADS_AGAIN_US;
		for (size_t i = 0; i < h->len; i++)
			for (int k = 0; k < SITE_LOGS; k++) {
				h->asked[i].log[k].dry = 0;
				h->asked[i].log[k].late = false;
			}
		h->wake = true;
	}
	for (int k = 0; k < SITE_LOGS; k++)
		give_up(h, k);
	decide(h);
	wake = h->wake;
	h->wake = false;
	(void)pthread_mutex_unlock(&h->lock);
	if (wake)
		peers_wake(h->service->peers);
}

/* ---- its life ---- */

struct heads *
heads_new(struct service *s)
{
	struct heads *h = mem_alloc(1, sizeof *h);

	h->service = s;
	h->recaller = (struct exchange_recaller){h, lacks, returned};
	(void)pthread_mutex_init(&h->lock, NULL);
	return h;
}

void
heads_free(struct heads *h)
{
	if (h == NULL)
		return;
	for (int k = 0; k < SITE_LOGS; k++)
		free(h->log[k].gaps.at);
	free(h->asked);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

bool
heads_prepare(struct heads *h)
{
	struct site *s = h->service->site;

	h->site = s;
	s->peers.members(s->peers.arg, add_member, h);
	/* Kept alarms are entered at a time that the start has settled. */
	if (!s->asks && h->len == 0 && s->doubt == 0 && spool_count(s) == 0)
		return false;
	for (int k = 0; k < SITE_LOGS; k++) {
		struct known *l = &h->log[k];

		l->two = s->incarnation->log[k].other;
		l->most = s->incarnation->log[k].proved;
		(void)snprintf(l->by, sizeof l->by, "a member");
		if (heads_tail_held(s, (enum site_kind)k, &l->held) != ERR_OK)
			l->two = true; /* not to be signed */
		l->was_closed =
		    incarnation_closed(s, (enum site_kind)k, &l->closed);
		l->knew = l->was_closed && l->closed.size > l->held.size
		    ? l->closed.size
		    : l->held.size;
	}
	s->asks = true;
	commit_hold(s->commit);
	h->until_us = heads_boot_us(h) +
	    h->service->config->node->ask_seconds * INT64_C(1000000);
	h->again_us = h->until_us + HEADS_AGAIN_US;
	h->on = true;
	return true;
}

const struct exchange_recaller *
heads_recaller(const struct heads *h)
{
	return &h->recaller;
}
