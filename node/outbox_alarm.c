/* outbox_alarm.c - one alarm for each target that cannot be told. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_state.h"

#include <stdio.h>

#include "node/journal.h"
#include "node/query.h"
#include "node/submit.h"

#define LEVEL 2
#define TITLE "notices do not reach their target / 通知未能送达"
#define UNKNOWN "(unknown)" /* names that are no target */

static const struct submit_who node = {.subject = "node", .role = "node"};

static const char *
name_of(const struct outbox_target *t)
{
	return t->conf != NULL ? t->conf->name : UNKNOWN;
}

void
outbox_alarm_find(struct outbox *o)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	const struct query_scope scope = {.own_only = true};
	char source[] = OUTBOX_SOURCE;
	Api__Records *list = NULL;

	q.subject = source;
	q.has_open = q.open = true;
	if (query_list(o->site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL) !=
	    ERR_OK)
		return;
	for (size_t i = 0; i < list->n_items; i++) {
		const Api__RecordView *v = list->items[i];
		const Record__Alarm *a =
		    v->n_events > 0 ? v->events[0]->alarm : NULL;

		for (size_t k = 0; k <= o->targets; k++) {
			struct outbox_target *t = &o->target[k];

			if (a == NULL || a->asset == NULL ||
			    strcmp(a->asset, name_of(t)) != 0)
				continue;
			t->alarm.state = OUTBOX_RAISED;
			(void)snprintf(t->alarm.id, sizeof t->alarm.id, "%s",
			    v->record_id);
		}
	}
	api__records__free_unpacked(list, NULL);
}

static void
set(struct outbox_target *t, enum outbox_trouble state, const uint8_t *id)
{
	(void)pthread_mutex_lock(&t->of->lock);
	t->alarm.state = state;
	if (id != NULL)
		text_uuid_put(t->alarm.id, id);
	(void)pthread_mutex_unlock(&t->of->lock);
}

static void
raised(void *arg, struct submit_result *r)
{
	struct outbox_target *t = arg;
	const bool done =
	    r->error == ERR_OK && r->len == 1 && r->items[0].error == ERR_OK;

	set(t, done ? OUTBOX_RAISED : OUTBOX_CALM,
	    done ? r->items[0].record_id : NULL);
	if (!done)
		journal_warn(
		    "OUTBOX-ALARM", "not raised, tried again: %s", r->why.text);
	submit_result_free(r);
}

static void
raise(struct outbox_target *t, const char *detail)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	char source[] = OUTBOX_SOURCE;
	char kind[] = "system";
	char area[] = "node";
	char title[] = TITLE;
	char asset[NOTICE_NAME_MAX + 1];
	char text[200];
	const struct submit_to to = {
	    .site = t->of->site, .who = &node, .done = raised, .arg = t};

	(void)snprintf(asset, sizeof asset, "%s", name_of(t));
	(void)snprintf(text, sizeof text, "%s", detail);
	a.source = source;
	a.has_occurred_at = true;
	a.occurred_at = site_now(t->of->site);
	a.has_level = true;
	a.level = LEVEL;
	a.kind = kind;
	a.area = area;
	a.title = title;
	a.asset = asset;
	a.detail = text;
	submit_alarms(&to, list, 1);
}

static void
cleared(void *arg, struct submit_result *r)
{
	struct outbox_target *t = arg;
	/* A refusal: somebody closed it by hand. */
	const bool again = r->error != ERR_OK && r->rule == NULL;

	set(t, again ? OUTBOX_RAISED : OUTBOX_CALM, NULL);
	submit_result_free(r);
}

static void
clear(struct outbox_target *t)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Alarm a = RECORD__ALARM__INIT;
	const struct submit_to to = {
	    .site = t->of->site, .who = &node, .done = cleared, .arg = t};

	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__CLEAR;
	a.has_occurred_at = true;
	a.occurred_at = site_now(t->of->site);
	post.alarm = &a;
	submit_event(&to, LEDGER__KIND__ALARM, t->alarm.id, &post);
}

/* What a person has to see to; "": nothing. */
static void
trouble_of(struct outbox_target *t, char *out, size_t cap)
{
	const struct outbox *o = t->of;
	const int64_t age_us =
	    t->oldest_us != 0 ? site_now(o->site) - t->oldest_us : 0;

	out[0] = '\0';
	if (t->given_up > t->alarm.given_up)
		(void)snprintf(out, cap,
		    "%llu given up / 已放弃 %llu 条: lianfang outbox list",
		    (unsigned long long)t->given_up,
		    (unsigned long long)t->given_up);
	else if (age_us > o->node->outbox_late_seconds * INT64_C(1000000))
		(void)snprintf(out, cap,
		    "the oldest of %llu waits for %lld s / 共 %llu "
		    "条待送，最久已 %lld 秒: lianfang outbox list",
		    (unsigned long long)t->pending,
		    (long long)(age_us / 1000000),
		    (unsigned long long)t->pending,
		    (long long)(age_us / 1000000));
}

/* Somebody may have closed it by hand. */
static bool
stands(struct outbox_target *t)
{
	const struct query_scope scope = {.own_only = true};
	const struct query_key key = {
	    LEDGER__KIND__ALARM, t->alarm.id, t->of->site->name};
	Api__RecordView *v = NULL;
	bool open;

	if (query_get(t->of->site, &key, &scope, &v, NULL) != ERR_OK)
		return false;
	open = v->state != NULL && strcmp(v->state, "CLEARED") != 0;
	api__record_view__free_unpacked(v, NULL);
	return open;
}

/* Under the lock: takes the alarm's turn when something is to be done. */
static bool
begin(struct outbox_target *t, bool trouble, bool raise_it)
{
	struct outbox_alarm *a = &t->alarm;

	if (raise_it ? a->state != OUTBOX_CALM || !trouble
	             : a->state != OUTBOX_RAISED || trouble || t->given_up > 0)
		return false;
	a->state = OUTBOX_UNDER_WAY;
	a->given_up = t->given_up;
	return true;
}

static void
look_at(struct outbox_target *t)
{
	struct outbox_alarm *a = &t->alarm;
	char trouble[200];
	bool more, raise_it, clear_it;

	(void)pthread_mutex_lock(&t->of->lock);
	/* One that is open since before the start was raised for these. */
	if (!a->known && a->state == OUTBOX_RAISED)
		a->given_up = t->given_up;
	a->known = true;
	if (t->given_up < a->given_up)
		a->given_up = t->given_up;
	more = a->state == OUTBOX_RAISED && t->given_up > a->given_up;
	(void)pthread_mutex_unlock(&t->of->lock);
	if (more && !stands(t))
		set(t, OUTBOX_CALM, NULL);
	(void)pthread_mutex_lock(&t->of->lock);
	trouble_of(t, trouble, sizeof trouble);
	if (more && a->state == OUTBOX_RAISED)
		a->given_up = t->given_up;
	raise_it = begin(t, trouble[0] != '\0', true);
	clear_it = !raise_it && begin(t, trouble[0] != '\0', false);
	(void)pthread_mutex_unlock(&t->of->lock);
	if (raise_it)
		raise(t, trouble);
	else if (clear_it)
		clear(t);
}

void
outbox_alarm_look(struct outbox *o)
{
	for (size_t i = 0; i <= o->targets; i++)
		look_at(&o->target[i]);
}
