/* peers_watch.c - members that are silent or behind: followed, and alarms. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/peers_watch.h"

#include "node/own_alarm.h"
#include "node/site.h"
#include "proto/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 3
#define TITLE "a member is silent or behind / 成员失联或落后"
#define SECOND_US INT64_C(1000000)
#define LINE_US \
	(20 * SECOND_US) /* a line that stands may say nothing so long */

#define CROWD_US (INT64_C(30) * 1000000)
#define CROWD_TITLE                                                           \
	"ended connections are not given back, no member is let in: restart " \
	"the node / 已断开的连接未释放，成员无法接入，请重启节点"
#define MARKS 16 /* so finely an age is known: to an eighth */

/* A log is level as of a moment when what was signed then is held.  Marks, the
 * oldest first, are of what is not held yet, step_us apart at least. */
struct mark {
	struct {
		uint64_t size;
		int64_t at_us;
	} at[MARKS];
	size_t len;
	int64_t step_us;
	struct peers_lag lag;
};

struct followed {
	struct own_alarm alarm;
	char name[NOTE_NAME_MAX + 1];
	int64_t since_us; /* boot clock: followed from then on */
	bool here; /* is a member */
	struct mark mark[2 * ROSTER_KINDS];
	struct followed *next;
};

struct peers_watch {
	struct site *site;
	const Config__Node *node;
	pthread_mutex_t lock; /* list, lags */
	struct followed *list;
	struct own_alarm crowded;
	int64_t crowded_us; /* boot clock: since then; 0: it is not */
	bool found; /* alarms of before the start were looked for */
};

struct peers_watch *
peers_watch_new(struct site *site, const Config__Node *node)
{
	struct peers_watch *w = mem_alloc(1, sizeof *w);

	w->site = site;
	w->node = node;
	w->crowded = (struct own_alarm){
	    .site = site, .source = PEERS_SOURCE, .level = LEVEL};
	(void)pthread_mutex_init(&w->lock, NULL);
	return w;
}

void
peers_watch_free(struct peers_watch *w)
{
	if (w == NULL)
		return;
	while (w->list != NULL) {
		struct followed *f = w->list;

		w->list = f->next;
		free(f);
	}
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

static struct followed *
find(struct peers_watch *w, const char *name)
{
	struct followed *f = w->list;

	while (f != NULL && strcmp(f->name, name) != 0)
		f = f->next;
	return f;
}

static struct followed *
follow(struct peers_watch *w, const char *name)
{
	struct followed *f = find(w, name);

	if (f != NULL)
		return f;
	f = mem_alloc(1, sizeof *f);
	(void)snprintf(f->name, sizeof f->name, "%s", name);
	f->since_us = clock_boot_us(w->site->clock);
	f->alarm.site = w->site;
	f->alarm.source = PEERS_SOURCE;
	f->alarm.asset = f->name;
	f->alarm.level = LEVEL;
	(void)pthread_mutex_lock(&w->lock);
	f->next = w->list;
	w->list = f;
	(void)pthread_mutex_unlock(&w->lock);
	return f;
}

static struct own_alarm *
alarm_of(void *arg, const char *asset)
{
	struct peers_watch *w = arg;

	return asset != NULL ? &follow(w, asset)->alarm : &w->crowded;
}

/* ---- following ---- */

/* What was signed at these is held now. */
static void
pass(struct mark *m, uint64_t held)
{
	size_t n = 0;

	while (n < m->len && held >= m->at[n].size)
		n++;
	m->len -= n;
	memmove(m->at, m->at + n, m->len * sizeof m->at[0]);
	if (m->len < MARKS / 4)
		m->step_us /= 2;
}

/* One more; when there is no room every second one goes. */
static void
put(struct mark *m, uint64_t head, int64_t now_us)
{
	const size_t last = m->len - 1;

	if (m->len > 0 &&
	    (m->at[last].size == head ||
	        now_us - m->at[last].at_us < m->step_us))
		return;
	if (m->len == MARKS) {
		m->step_us = (now_us - m->at[0].at_us) / (MARKS / 2);
		m->len = MARKS / 2;
		for (size_t i = 1; i < m->len; i++)
			m->at[i] = m->at[2 * i];
	}
	m->at[m->len].size = head;
	m->at[m->len++].at_us = now_us;
}

static void
follow_log(struct mark *m, const struct hub_log_status *l, int64_t now_us)
{
	const uint64_t held = !l->own ? l->held : l->reached ? l->reach : 0;

	if (!l->wanted || held >= l->head ||
	    (m->len > 0 && m->at[m->len - 1].size > l->head))
		*m = (struct mark){.len = 0};
	if (!l->wanted || held >= l->head)
		return;
	pass(m, held);
	put(m, l->head, now_us);
	m->lag.entries = l->head - held;
	m->lag.us = now_us - m->at[0].at_us;
}

static void
worse(struct peers_lag *a, const struct peers_lag *b)
{
	a->entries += b->entries;
	if (b->us > a->us)
		a->us = b->us;
}

static void
sum(const struct followed *f, struct peers_lag *lacked, struct peers_lag *owed)
{
	*lacked = (struct peers_lag){0, 0};
	*owed = (struct peers_lag){0, 0};
	for (size_t k = 0; k < ROSTER_KINDS; k++) {
		worse(lacked, &f->mark[k].lag);
		worse(owed, &f->mark[ROSTER_KINDS + k].lag);
	}
}

/* ---- judging ---- */

struct bounds {
	int64_t silent_us; /* 0: never */
	int64_t behind_us;
};

static struct bounds
bounds_of(const struct peers_watch *w, const char *name)
{
	const Config__Node *n = w->node;
	struct bounds b = {n->peer_silent_seconds * SECOND_US,
	    n->peer_behind_seconds * SECOND_US};

	for (size_t i = 0; i < n->n_peer_limits; i++) {
		const Config__PeerLimit *l = n->peer_limits[i];

		if (strcmp(l->member, name) != 0)
			continue;
		if (l->has_silent_seconds)
			b.silent_us = l->silent_seconds * SECOND_US;
		if (l->has_behind_seconds)
			b.behind_us = l->behind_seconds * SECOND_US;
	}
	return b;
}

/* Since it was heard, on a line or by a file, or looked for in vain. */
static int64_t
silence(const struct peers_watch *w, const struct followed *f,
    const struct hub_peer_status *m)
{
	const int64_t boot_us = clock_boot_us(w->site->clock);
	const int64_t heard_us =
	    m->heard_us > f->since_us ? m->heard_us : f->since_us;
	const int64_t file_us = clock_wall_us(w->site->clock) - m->carried_us;
	const int64_t line_us = boot_us - heard_us;

	return m->carried_us != 0 && file_us < line_us ? file_us : line_us;
}

static void
say(char *out, size_t cap, const struct followed *f,
    const struct hub_peer_status *m, int64_t silent_us)
{
	struct peers_lag lacked, owed;

	sum(f, &lacked, &owed);
	if (silent_us > 0)
		(void)snprintf(out, cap,
		    "%s: not heard for %lld s / 已 %lld 秒没有消息. %s",
		    f->name, (long long)(silent_us / SECOND_US),
		    (long long)(silent_us / SECOND_US), m->trouble);
	else
		(void)snprintf(out, cap,
		    "%s: %llu entries lacking here for %lld s, %llu there for "
		    "%lld s / 本站缺 %llu 条，对方缺 %llu 条. %s",
		    f->name, (unsigned long long)lacked.entries,
		    (long long)(lacked.us / SECOND_US),
		    (unsigned long long)owed.entries,
		    (long long)(owed.us / SECOND_US),
		    (unsigned long long)lacked.entries,
		    (unsigned long long)owed.entries, m->trouble);
}

static void
judge(
    struct peers_watch *w, struct followed *f, const struct hub_peer_status *m)
{
	const struct bounds b = bounds_of(w, f->name);
	const int64_t silent_us = silence(w, f, m);
	const int64_t patience_us =
	    m->connected && b.silent_us < LINE_US ? LINE_US : b.silent_us;
	struct peers_lag lacked, owed;
	char text[1000];
	bool silent, behind;

	sum(f, &lacked, &owed);
	silent = b.silent_us > 0 && silent_us > patience_us;
	/* Without a line it is behind by nature: silence speaks then. */
	behind = m->connected && b.behind_us > 0 &&
	    (lacked.us > b.behind_us || owed.us > b.behind_us);
	if (silent || behind) {
		say(text, sizeof text, f, m, silent ? silent_us : 0);
		own_alarm_raise(&f->alarm, TITLE, text, NULL);
		return;
	}
	/* After a restart not being silent yet is no sign of life. */
	if (m->connected || b.silent_us == 0 ||
	    (m->carried_us != 0 && silent_us < b.silent_us))
		own_alarm_clear(&f->alarm);
}

/* A crowd that goes is no news; one that stays only a restart ends. */
static void
look_at_crowd(struct peers_watch *w, bool is, int64_t now_us)
{
	if (!is)
		w->crowded_us = 0;
	else if (w->crowded_us == 0)
		w->crowded_us = now_us;
	if (!w->found)
		return;
	if (!is)
		own_alarm_clear(&w->crowded);
	else if (now_us - w->crowded_us >= CROWD_US)
		own_alarm_raise(&w->crowded, CROWD_TITLE,
		    "lianfangd, then lianfang status / 重启后查看状态", NULL);
}

void
peers_watch_look(struct peers_watch *w, const struct hub_status *st)
{
	const int64_t now_us = clock_boot_us(w->site->clock);
	struct followed *f;

	if (!w->found)
		w->found = own_alarm_find(w->site, PEERS_SOURCE, alarm_of, w);
	look_at_crowd(w, st->crowded, now_us);
	for (f = w->list; f != NULL; f = f->next)
		f->here = false;
	for (size_t i = 0; i < st->len; i++) {
		f = follow(w, st->peers[i].name);
		f->here = true;
		(void)pthread_mutex_lock(&w->lock);
		for (size_t k = 0; k < 2 * ROSTER_KINDS; k++)
			follow_log(&f->mark[k], &st->peers[i].log[k], now_us);
		(void)pthread_mutex_unlock(&w->lock);
		if (w->found)
			judge(w, f, &st->peers[i]);
	}
	for (f = w->list; f != NULL; f = f->next)
		if (!f->here)
			own_alarm_clear(&f->alarm);
}

void
peers_watch_lag(struct peers_watch *w, const char *member,
    struct peers_lag *lacked, struct peers_lag *owed)
{
	const struct followed *f;

	*lacked = (struct peers_lag){0, 0};
	*owed = (struct peers_lag){0, 0};
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	f = find(w, member);
	if (f != NULL)
		sum(f, lacked, owed);
	(void)pthread_mutex_unlock(&w->lock);
}

bool
peers_watch_alarm(struct peers_watch *w, const char *member)
{
	const struct followed *f;
	bool out;

	if (w == NULL)
		return false;
	(void)pthread_mutex_lock(&w->lock);
	f = find(w, member);
	out = f != NULL && atomic_load(&f->alarm.state) == OWN_ALARM_RAISED;
	(void)pthread_mutex_unlock(&w->lock);
	return out;
}
