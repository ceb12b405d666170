/* watch.c - alarms become incidents, and incidents reach somebody. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/watch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/faults.h"
#include "node/journal.h"
#include "node/lane.h"
#include "node/submit_incident.h"
#include "node/watch_scan.h"
#include "proto/mem.h"
#include "proto/text.h"

#define NICE 5

struct watch {
	struct lane *lane;
	struct lane_job job;
	struct faults *faults;
	atomic_bool busy;
	pthread_mutex_t lock; /* the following */
	pthread_cond_t wake;
	unsigned waiting; /* answers of the committer */
	unsigned made;
	bool ending;
	bool failed; /* something was not recorded: look at all once more */
	struct watch_stats stats;
	struct watch_scan scan; /* the thread's own */
};

static const struct submit_who node = {.subject = "node", .role = "node"};

/* ---- entries ---- */

static void
done(void *arg, struct submit_result *r)
{
	struct watch *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	w->waiting--;
	w->made += r->error == ERR_OK;
	/* With a rule: somebody was quicker. */
	w->failed |= r->error != ERR_OK && r->rule == NULL;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	if (r->error != ERR_OK && r->error != ERR_TIMEOUT && r->rule == NULL)
		journal_warn("WATCH", "not recorded yet: %s", r->why.text);
	submit_result_free(r);
}

static void
put(struct watch *w, const uint8_t *incident, const Record__Incident *m)
{
	struct submit_to to = {
	    .site = w->scan.site, .who = &node, .done = done, .arg = w};

	(void)pthread_mutex_lock(&w->lock);
	w->waiting++;
	(void)pthread_mutex_unlock(&w->lock);
	submit_incident(&to, incident, m);
}

struct ids {
	char text[INCIDENT_ALARMS_MAX][TEXT_UUID_CHARS + 1];
	char *at[INCIDENT_ALARMS_MAX];
};

static char **
ids_of(struct ids *out, uint8_t id[][16], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_uuid_put(out->text[i], id[i]);
		out->at[i] = out->text[i];
	}
	return out->at;
}

/* Its alarms: a new incident, or more of one. */
static void
put_group(struct watch *w, struct watch_group *g)
{
	Record__Incident m = RECORD__INCIDENT__INIT;
	struct ids *ids;

	if (g->calls + g->context == 0 || (!g->known && g->calls == 0))
		return;
	ids = mem_alloc(2, sizeof *ids);
	m.has_action = true;
	m.action = g->known ? RECORD__INCIDENT__ACTION__JOIN
	                    : RECORD__INCIDENT__ACTION__OPEN;
	m.area = g->text;
	m.has_level = g->level != 0;
	m.level = g->level;
	m.n_alarm_ids = g->calls;
	m.alarm_ids = ids_of(&ids[0], g->call, g->calls);
	m.n_context_ids = g->context;
	m.context_ids = ids_of(&ids[1], g->other, g->context);
	m.has_first_at = m.has_last_at = true;
	m.first_at = g->first_us;
	m.last_at = g->last_us;
	m.has_exercise = m.exercise = g->exercise;
	put(w, g->known ? g->incident : NULL, &m);
	free(ids);
}

static void
put_event(struct watch *w, const struct watch_event *ev)
{
	Record__Incident m = RECORD__INCIDENT__INIT;
	const Pack__AlarmStep *step = ev->due.step;
	char id[TEXT_UUID_CHARS + 1];

	m.has_action = true;
	m.action = RECORD__INCIDENT__ACTION__CLOSE;
	if (!ev->over) {
		m.action = RECORD__INCIDENT__ACTION__ESCALATE;
		m.has_step = true;
		m.step = ev->due.number;
		m.role = step->role;
		m.n_targets = step->n_targets;
		m.targets = step->targets;
		m.has_due_at = true;
		m.due_at = ev->due.due_us;
		text_uuid_put(id, ev->incident);
		journal_warn("ALARM-ESCALATED",
		    "incident=%s level=%u step=%u role=%s", id,
		    (unsigned)ev->level, (unsigned)ev->due.number, step->role);
	}
	put(w, ev->incident, &m);
}

static unsigned
settle(struct watch *w)
{
	unsigned made;

	(void)pthread_mutex_lock(&w->lock);
	/* A committer that is held answers only when it ends. */
	while (w->waiting > 0 && !w->ending)
		(void)pthread_cond_wait(&w->wake, &w->lock);
	made = w->made;
	w->made = 0;
	if (w->failed)
		w->scan.started = false;
	w->failed = false;
	w->stats = w->scan.stats;
	(void)pthread_mutex_unlock(&w->lock);
	return made;
}

unsigned
watch_turn(struct watch *w)
{
	struct watch_scan *s = &w->scan;
	struct site *site = s->site;
	struct err_why why = {.text = ""};
	enum err e;

	s->now_us = site_now(site);
	s->boot_us = clock_boot_us(site->clock);
	s->policy = packs_alarm(site->packs, s->now_us);
	if (s->policy == NULL || atomic_load(&site->halted))
		return 0;
	e = watch_scan(s, &why);
	if (e != ERR_OK) {
		journal_warn("WATCH", "cannot read alarms: %s", why.text);
		return 0;
	}
	if (s->damaged > 0)
		journal_warn("WATCH",
		    "%zu alarms or incidents cannot be read: lianfang audit",
		    s->damaged);
	for (size_t i = 0; i < s->groups_len; i++)
		put_group(w, &s->group[i]);
	for (size_t i = 0; i < s->events_len; i++) {
		put_event(w, &s->event[i]);
		s->stats.escalated += !s->event[i].over;
	}
	return settle(w) + faults_turn(w->faults);
}

/* ---- its thread ---- */

static void
look(void *arg)
{
	struct watch *w = arg;

	(void)watch_turn(w);
	atomic_store(&w->busy, false);
}

struct watch *
watch_new(struct site *s)
{
	struct watch *w = mem_alloc(1, sizeof *w);

	w->scan.site = s;
	w->faults = faults_new(s);
	w->job = (struct lane_job){.run = look, .arg = w};
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->wake, NULL);
	return w;
}

enum err
watch_start(struct watch *w, struct err_why *why)
{
	return lane_start(&w->lane, 1, NICE, why);
}

void
watch_beat(struct watch *w)
{
	if (w->lane != NULL && !atomic_exchange(&w->busy, true))
		lane_put(w->lane, &w->job);
}

void
watch_stats(struct watch *w, struct watch_stats *out)
{
	(void)pthread_mutex_lock(&w->lock);
	*out = w->stats;
	(void)pthread_mutex_unlock(&w->lock);
}

void
watch_stop(struct watch *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->ending = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	faults_end(w->faults);
	lane_stop(w->lane);
	w->lane = NULL;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	faults_free(w->faults);
	(void)pthread_cond_destroy(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}
