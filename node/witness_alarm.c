/* witness_alarm.c - an alarm while a witness outside does not cosign. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/witness_alarm.h"

#include <stdio.h>

#include "node/journal.h"
#include "node/query.h"
#include "node/site.h"
#include "node/submit.h"
#include "node/witness_ask.h"

#define LEVEL 3

static const struct submit_who node = {.subject = "node", .role = "node"};

void
witness_alarm_init(struct witness_alarm *a, struct site *s, const char *witness)
{
	a->site = s;
	(void)snprintf(a->source, sizeof a->source, "%s/%.64s",
	    WITNESS_ASK_SOURCE, witness);
	(void)pthread_mutex_init(&a->lock, NULL);
	a->state = WITNESS_ALARM_NEW;
}

void
witness_alarm_end(struct witness_alarm *a)
{
	(void)pthread_mutex_destroy(&a->lock);
}

/* One that was open when the node stopped. */
static void
find(struct witness_alarm *a)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;

	q.subject = a->source;
	q.has_open = true;
	q.open = true;
	q.has_limit = true;
	q.limit = 1;
	if (query_list(a->site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL) !=
	    ERR_OK)
		return;
	a->state = WITNESS_ALARM_CALM;
	if (list->n_items > 0) {
		a->state = WITNESS_ALARM_RAISED;
		(void)snprintf(
		    a->id, sizeof a->id, "%s", list->items[0]->record_id);
	}
	api__records__free_unpacked(list, NULL);
}

/* Takes the alarm's turn; false: it is not in that state. */
static bool
begin(struct witness_alarm *a, int state)
{
	bool mine;

	(void)pthread_mutex_lock(&a->lock);
	if (a->state == WITNESS_ALARM_NEW)
		find(a);
	mine = (int)a->state == state;
	if (mine)
		a->state = WITNESS_ALARM_UNDER_WAY;
	(void)pthread_mutex_unlock(&a->lock);
	return mine;
}

static void
raised(void *arg, struct submit_result *r)
{
	struct witness_alarm *a = arg;
	bool done =
	    r->error == ERR_OK && r->len == 1 && r->items[0].error == ERR_OK;

	(void)pthread_mutex_lock(&a->lock);
	a->state = done ? WITNESS_ALARM_RAISED : WITNESS_ALARM_CALM;
	if (done)
		text_uuid_put(a->id, r->items[0].record_id);
	(void)pthread_mutex_unlock(&a->lock);
	submit_result_free(r);
}

void
witness_alarm_raise(struct witness_alarm *a, const char *trouble)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&m};
	char kind[] = "system", area[] = "node";
	char title[] = "a witness does not cosign / 外部见证未联署";
	char text[ERR_WHY_BYTES];
	struct submit_to to = {
	    .site = a->site, .who = &node, .done = raised, .arg = a};

	if (!begin(a, WITNESS_ALARM_CALM))
		return;
	(void)snprintf(text, sizeof text, "%s", trouble);
	m.source = a->source;
	m.has_occurred_at = true;
	m.occurred_at = site_now(a->site);
	m.has_level = true;
	m.level = LEVEL;
	m.kind = kind;
	m.area = area;
	m.title = title;
	m.detail = text;
	submit_alarms(&to, list, 1);
}

static void
cleared(void *arg, struct submit_result *r)
{
	struct witness_alarm *a = arg;
	/* A refusal: somebody closed it by hand. */
	bool again =
	    r->error == ERR_BUSY || r->error == ERR_FULL || r->error == ERR_IO;

	(void)pthread_mutex_lock(&a->lock);
	a->state = again ? WITNESS_ALARM_RAISED : WITNESS_ALARM_CALM;
	(void)pthread_mutex_unlock(&a->lock);
	submit_result_free(r);
}

void
witness_alarm_clear(struct witness_alarm *a)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Alarm m = RECORD__ALARM__INIT;
	struct submit_to to = {
	    .site = a->site, .who = &node, .done = cleared, .arg = a};

	if (!begin(a, WITNESS_ALARM_RAISED))
		return;
	m.has_action = true;
	m.action = RECORD__ALARM__ACTION__CLEAR;
	m.has_occurred_at = true;
	m.occurred_at = site_now(a->site);
	post.alarm = &m;
	submit_event(&to, LEDGER__KIND__ALARM, a->id, &post);
}
