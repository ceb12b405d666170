/* defence.c - rules of joint defence at this node: taken over, applied. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/defence_adopt.h"
#include "node/defence_heard.h"
#include "node/defence_late.h"
#include "node/defence_log.h"
#include "node/defence_set.h"
#include "node/journal.h"
#include "node/lane.h"
#include "node/site.h"
#include "node/submit_defence.h"
#include "proto/mem.h"

#define NICE 5
#define LATE_TURNS 15 /* between looks at who has not applied */
#define AT_ONCE 2000 /* entries read in one transaction */
#define TURN_MOST 20000 /* ... and in one turn */
#define PERMIT_US                                                   \
	(INT64_C(31) * 86400 * 1000000) /* longest that one is open \
	                                 */
#define AGAIN_US (INT64_C(3600) * 1000000) /* before the end, after a start */

/* One rule that is applied. */
struct active {
	struct defence_rule rule;
	int64_t since_us; /* of its receipt */
	bool suspends;
};

struct fired {
	struct defence_fire fire;
	char area[DEFENCE_EVAL_AREA];
};

struct defence {
	struct site *site;
	struct peers *peers;
	struct lane *lane;
	struct lane_job job;
	atomic_bool busy;
	struct defence_post post;
	pthread_mutex_t lock; /* the following */
	struct {
		char name[DEFENCE_RULE_NAME];
		uint64_t n;
	} count[DEFENCE_EVAL_RULES];
	/* The thread's own. */
	struct defence_set set;
	struct active active[DEFENCE_EVAL_RULES];
	size_t active_len;
	struct defence_eval *eval; /* NULL: none is applied, or begin anew */
	struct defence_log log;
	bool placed; /* `log` or `from` is behind what was looked at */
	uint64_t from; /* place; what is read before it fills windows only */
	uint64_t again; /* place of what was not recorded; 0: all was */
	struct fired *fired;
	size_t fired_len;
	struct defence_late *late;
	unsigned turns;
};

/* ---- applying ---- */

static void
drop_active(struct defence *d)
{
	defence_eval_free(d->eval);
	d->eval = NULL;
	for (size_t i = 0; i < d->active_len; i++)
		defence_rule_clear(&d->active[i].rule);
	d->active_len = 0;
}

static bool
is_same(const struct active *a, const struct defence_paper *p,
    const struct defence_heard *own)
{
	return memcmp(a->rule.digest.b, p->digest.b, HASH_BYTES) == 0 &&
	    a->suspends ==
	    (own->outcome == RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED);
}

/* Each paper with what this site made of it; true: the set is another. */
static bool
compare(struct defence *d, struct defence_heard own[static DEFENCE_EVAL_RULES],
    bool on[static DEFENCE_EVAL_RULES])
{
	bool changed = false;
	size_t n = 0;

	for (size_t i = 0; i < d->set.len; i++) {
		const struct defence_paper *p = &d->set.at[i];

		on[i] = defence_heard(&own[i], d->site, d->site->name, p->name,
		            NULL) == ERR_OK &&
		    memcmp(own[i].digest.b, p->digest.b, HASH_BYTES) == 0 &&
		    (own[i].outcome ==
		            RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED ||
		        own[i].outcome ==
		            RECORD__DEFENCE_RECEIPT__OUTCOME__HELD);
		if (!on[i])
			continue;
		changed |=
		    n >= d->active_len || !is_same(&d->active[n], p, &own[i]);
		n++;
	}
	return changed || n != d->active_len;
}

/* From here on it fires: where it stopped, or shortly before the last entry
 * that there is, since what fired then may not have been recorded.  A set that
 * changes while windows are filled fires from where the one before would. */
static enum err
place(struct defence *d, uint64_t *from, struct err_why *why)
{
	struct defence_log end = {.site = d->site};
	uint64_t last;
	int64_t last_us = 0;
	enum err e;

	if (d->placed) {
		*from = d->log.next > d->from ? d->log.next : d->from;
		if (d->again != 0 && d->again < *from)
			*from = d->again;
		return ERR_OK;
	}
	e = defence_log_end(d->site, &last, &last_us, why);
	if (e == ERR_OK)
		e = defence_log_since(&end, last_us - AGAIN_US, why);
	*from = end.next;
	d->placed = e == ERR_OK;
	return e;
}

static enum err
begin(struct defence *d, struct err_why *why)
{
	const struct defence_rule *rules[DEFENCE_EVAL_RULES];
	int64_t reach;
	uint64_t from = 0;
	enum err e = place(d, &from, why);

	for (size_t i = 0; i < d->active_len; i++)
		rules[i] = &d->active[i].rule;
	reach = defence_eval_reach_us(rules, d->active_len) + AGAIN_US;
	if (reach < PERMIT_US)
		reach = PERMIT_US;
	d->log.site = d->site;
	if (e == ERR_OK)
		e = defence_log_since(&d->log, site_now(d->site) - reach, why);
	if (e != ERR_OK)
		return e;
	if (d->log.next > from)
		d->log.next = from;
	d->again = 0;
	d->from = from;
	d->eval = defence_eval_new(rules, d->active_len);
	defence_eval_from(d->eval, from);
	for (size_t i = 0; i < d->active_len; i++)
		defence_eval_since(d->eval, i, d->active[i].since_us);
	return ERR_OK;
}

static void
renew(struct defence *d)
{
	struct defence_heard own[DEFENCE_EVAL_RULES];
	bool on[DEFENCE_EVAL_RULES];

	if (!compare(d, own, on))
		return;
	drop_active(d);
	for (size_t i = 0; i < d->set.len; i++) {
		struct active *a = &d->active[d->active_len];

		if (!on[i])
			continue;
		if (defence_set_rule(&a->rule, &d->set.at[i], NULL) != ERR_OK) {
			(void)defence_adopt(&d->post, &d->set, &d->set.at[i]);
			continue;
		}
		a->since_us = own[i].at_us;
		a->suspends =
		    own[i].outcome == RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED;
		d->active_len++;
	}
}

static void
look(void *arg, const struct defence_event *e)
{
	struct defence *d = arg;
	struct defence_fire fires[DEFENCE_EVAL_RULES];
	const size_t n = defence_eval_feed(d->eval, e, fires);

	for (size_t i = 0; i < n; i++) {
		struct fired *f;

		d->fired =
		    mem_resize(d->fired, d->fired_len + 1, sizeof *d->fired);
		f = &d->fired[d->fired_len++];
		f->fire = fires[i];
		(void)snprintf(f->area, sizeof f->area, "%s",
		    fires[i].area != NULL ? fires[i].area : "");
	}
}

static void
count(struct defence *d, const char *name)
{
	(void)pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < DEFENCE_EVAL_RULES; i++) {
		if (d->count[i].n > 0 && strcmp(d->count[i].name, name) != 0)
			continue;
		(void)snprintf(
		    d->count[i].name, sizeof d->count[i].name, "%s", name);
		d->count[i].n++;
		break;
	}
	(void)pthread_mutex_unlock(&d->lock);
}

uint64_t
defence_fires(struct defence *d, const char *name)
{
	uint64_t n = 0;

	(void)pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < DEFENCE_EVAL_RULES; i++)
		if (strcmp(d->count[i].name, name) == 0)
			n = d->count[i].n;
	(void)pthread_mutex_unlock(&d->lock);
	return n;
}

/* As it stands now: a person may have confirmed since the set was looked at,
 * and before what fired it. */
static bool
suspends(const struct defence *d, const struct defence_rule *r)
{
	struct defence_heard own;

	if (defence_heard(&own, d->site, d->site->name, r->said->id, NULL) ==
	    ERR_OK)
		return own.outcome ==
		    RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED &&
		    memcmp(own.digest.b, r->digest.b, HASH_BYTES) == 0;
	for (size_t i = 0; i < d->active_len; i++)
		if (&d->active[i].rule == r)
			return d->active[i].suspends;
	return false;
}

/* Of what a read found; false: one was not recorded, all after it is looked at
 * again. */
static bool
act(struct defence *d)
{
	bool good = true;

	for (size_t i = 0; i < d->fired_len && good; i++) {
		const struct fired *f = &d->fired[i];
		const struct submit_to to = defence_post_to(&d->post);

		submit_defence_fire(&to,
		    &(struct submit_fire){.rule = f->fire.rule,
		        .area = f->area,
		        .place = f->fire.place,
		        .at_us = f->fire.at_us,
		        .epoch = d->set.epoch,
		        .suspends = suspends(d, f->fire.rule)});
		good = defence_post_settled(&d->post);
		if (!good)
			d->again = f->fire.place;
		else
			count(d, f->fire.rule->said->id);
	}
	d->fired_len = 0;
	return good;
}

/* A rule that went over its bounds is stopped, and people hear of it. */
static void
stop_over(struct defence *d)
{
	for (size_t i = 0; i < d->active_len; i++) {
		const enum defence_over over = defence_eval_over(d->eval, i);

		if (over != DEFENCE_WITHIN)
			defence_adopt_stop(
			    &d->post, &d->set, &d->active[i].rule, over);
	}
}

static void
apply(struct defence *d)
{
	struct err_why why = {.text = ""};
	size_t n = AT_ONCE;
	enum err e = ERR_OK;

	if (d->active_len == 0) {
		/* Nothing is looked at: what is next begins where the log is
		 * then. */
		int64_t last_us;

		d->placed = defence_log_end(d->site, &d->log.next, &last_us,
		                NULL) == ERR_OK;
		d->again = 0;
		return;
	}
	if (d->eval == NULL)
		e = begin(d, &why);
	for (size_t all = 0; e == ERR_OK && n == AT_ONCE && all < TURN_MOST;
	     all += n) {
		e = defence_log_read(&d->log, AT_ONCE, look, d, &n, &why);
		if (!act(d)) {
			defence_eval_free(d->eval);
			d->eval = NULL;
			return;
		}
	}
	if (e != ERR_OK)
		journal_warn("DEFENCE", "cannot read the log: %s", why.text);
	if (d->eval != NULL)
		stop_over(d);
}

/* ---- a turn ---- */

unsigned
defence_turn(struct defence *d)
{
	struct site *s = d->site;
	struct err_why why = {.text = ""};
	bool changed = false;
	enum err e;

	if (atomic_load(&s->halted))
		return 0;
	e = defence_set_look(&d->set, d->peers, &changed, &why);
	if (e != ERR_OK) {
		journal_warn("DEFENCE", "%s", why.text);
		return 0;
	}
	/* What is said is said when the logs may be signed. */
	if (atomic_load(&s->unsure) == 0) {
		defence_adopt_new(&d->post, &d->set);
		if (changed || d->turns % LATE_TURNS == 0)
			defence_adopt_end(&d->post, &d->set);
	}
	renew(d);
	apply(d);
	if (d->turns++ % LATE_TURNS == 0)
		defence_late_look(d->late, &d->set);
	return defence_post_made(&d->post);
}

/* ---- its thread ---- */

static void
run(void *arg)
{
	struct defence *d = arg;

	(void)defence_turn(d);
	atomic_store(&d->busy, false);
}

struct defence *
defence_new(struct site *s, struct peers *p)
{
	struct defence *d = mem_alloc(1, sizeof *d);

	d->site = s;
	d->peers = p;
	d->late = defence_late_new(s);
	d->job = (struct lane_job){.run = run, .arg = d};
	defence_post_open(&d->post, s);
	(void)pthread_mutex_init(&d->lock, NULL);
	return d;
}

enum err
defence_start(struct defence *d, struct err_why *why)
{
	return lane_start(&d->lane, 1, NICE, why);
}

void
defence_beat(struct defence *d)
{
	if (d->lane != NULL && !atomic_exchange(&d->busy, true))
		lane_put(d->lane, &d->job);
}

void
defence_stop(struct defence *d)
{
	if (d == NULL)
		return;
	defence_post_end(&d->post);
	lane_stop(d->lane);
	d->lane = NULL;
}

void
defence_free(struct defence *d)
{
	if (d == NULL)
		return;
	drop_active(d);
	defence_set_clear(&d->set);
	defence_late_free(d->late);
	free(d->fired);
	defence_post_close(&d->post);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}
