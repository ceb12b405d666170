/* veil_watch.c - who floods the veil, or keeps another pace: named. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_watch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/journal.h"
#include "node/metrics.h"
#include "node/own_alarm.h"
#include "node/site.h"
#include "proto/mem.h"

#define LEVEL 3
#define MEMBERS_MAX 4096
#define FLOOD                                                            \
	"a member floods the veil; what is too much is not looked at / " \
	"某成员发送的匿名信元过多，超出部分不予处理"
#define PACE "members keep another pace in the veil / 成员的匿名时隙不一致"

struct watched {
	struct own_alarm alarm;
	char name[NOTE_NAME_MAX + 1];
	uint64_t refused; /* since the start */
	unsigned many; /* in this window */
	struct watched *next;
};

struct veil_watch {
	struct site *site;
	pthread_mutex_t lock; /* the list, its counts */
	struct watched *list;
	size_t len;
	struct own_alarm pace;
	unsigned slots; /* of this window */
	bool found; /* alarms of before the start were looked for */
};

struct veil_watch *
veil_watch_new(struct site *s)
{
	struct veil_watch *w = mem_alloc(1, sizeof *w);

	w->site = s;
	w->pace.site = s;
	w->pace.source = VEIL_SOURCE;
	w->pace.level = LEVEL;
	(void)pthread_mutex_init(&w->lock, NULL);
	return w;
}

void
veil_watch_free(struct veil_watch *w)
{
	if (w == NULL)
		return;
	while (w->list != NULL) {
		struct watched *m = w->list;

		w->list = m->next;
		free(m);
	}
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

/* lock held; NULL: more than members can be. */
static struct watched *
watched(struct veil_watch *w, const char *name)
{
	struct watched *m = w->list;

	while (m != NULL && strcmp(m->name, name) != 0)
		m = m->next;
	if (m != NULL || w->len == MEMBERS_MAX)
		return m;
	m = mem_alloc(1, sizeof *m);
	(void)snprintf(m->name, sizeof m->name, "%s", name);
	m->alarm.site = w->site;
	m->alarm.source = VEIL_SOURCE;
	m->alarm.asset = m->name;
	m->alarm.level = LEVEL;
	m->next = w->list;
	w->list = m;
	w->len++;
	return m;
}

void
veil_watch_refused(struct veil_watch *w, const char *peer, enum err e)
{
	struct watched *m;

	(void)pthread_mutex_lock(&w->lock);
	m = watched(w, peer);
	if (m != NULL) {
		m->refused++;
		m->many += e == ERR_BUSY;
	}
	(void)pthread_mutex_unlock(&w->lock);
}

static struct own_alarm *
alarm_of(void *arg, const char *asset)
{
	struct veil_watch *w = arg;
	struct watched *m;

	if (asset == NULL)
		return &w->pace;
	(void)pthread_mutex_lock(&w->lock);
	m = watched(w, asset);
	(void)pthread_mutex_unlock(&w->lock);
	return m != NULL ? &m->alarm : NULL;
}

void
veil_watch_turn(struct veil_watch *w)
{
	const bool last = ++w->slots >= VEIL_WATCH_SLOTS;
	char text[600];
	struct watched *first, *m;
	unsigned many;

	if (!w->found)
		w->found = own_alarm_find(w->site, VEIL_SOURCE, alarm_of, w);
	(void)pthread_mutex_lock(&w->lock);
	first = w->list;
	(void)pthread_mutex_unlock(&w->lock);
	/* What follows the first one changes no more but in its counts. */
	for (m = first; m != NULL && w->found; m = m->next) {
		(void)pthread_mutex_lock(&w->lock);
		many = m->many;
		if (last)
			m->many = 0;
		(void)pthread_mutex_unlock(&w->lock);
		if (many > VEIL_WATCH_MANY) {
			(void)snprintf(text, sizeof text,
			    "%s: %u cells too many within %d slots / "
			    "%d 个时隙内多发 %u 个",
			    m->name, many, VEIL_WATCH_SLOTS, VEIL_WATCH_SLOTS,
			    many);
			own_alarm_raise(&m->alarm, FLOOD, text, NULL);
		} else if (last) {
			own_alarm_clear(&m->alarm);
		}
	}
	if (last)
		w->slots = 0;
}

void
veil_watch_book(struct veil_watch *w, const struct veil_book *b)
{
	const uint32_t own = veil_book_slot(b, w->site->name);
	char text[600], names[400] = "";
	size_t n = 0, at = 0;

	if (!w->found)
		return;
	for (size_t i = 0; i < b->len; i++) {
		const struct veil_said *m = &b->at[i];

		if (veil_book_pace(b, w->site, m))
			continue;
		n++;
		if (at + strlen(m->member) + 24 < sizeof names)
			at += (size_t)snprintf(names + at, sizeof names - at,
			    " %s %u", m->member, (unsigned)m->slot_ms);
	}
	if (n == 0) {
		own_alarm_clear(&w->pace);
		return;
	}
	(void)snprintf(text, sizeof text,
	    "slotMs here %u, at %zu others not, which hide nobody's items "
	    "from here: agree on one, it counts from the next week on / "
	    "本站 slotMs %u，%zu 个成员不同:%s",
	    (unsigned)own, n, (unsigned)own, n, names);
	own_alarm_raise(&w->pace, PACE, text, NULL);
}

void
veil_watch_rest(struct veil_watch *w)
{
	struct watched *m;

	(void)pthread_mutex_lock(&w->lock);
	m = w->list;
	(void)pthread_mutex_unlock(&w->lock);
	for (; m != NULL; m = m->next)
		own_alarm_clear(&m->alarm);
	own_alarm_clear(&w->pace);
}

void
veil_watch_metrics(struct veil_watch *w, struct buf *out)
{
	metrics_head(out, "veil_refused_total", "counter",
	    "Cells of that member that were not accepted, since the start.");
	(void)pthread_mutex_lock(&w->lock);
	for (const struct watched *m = w->list; m != NULL; m = m->next)
		buf_printf(out,
		    "lianfang_veil_refused_total{peer=\"%s\"} %llu\n", m->name,
		    (unsigned long long)m->refused);
	(void)pthread_mutex_unlock(&w->lock);
}
