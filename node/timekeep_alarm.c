/* timekeep_alarm.c - one alarm for each time that the clock is uncertain. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/journal.h"
#include "node/query.h"
#include "node/submit.h"
#include "node/timekeep_state.h"

#include <stdio.h>

#define LEVEL 2
#define TITLE "the node's clock is uncertain / 节点时钟存疑"

static const struct submit_who node = {.subject = "node", .role = "node"};

void
timekeep_alarm_find(struct timekeep *k)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	char source[] = TIMEKEEP_SOURCE;
	Api__Records *list = NULL;

	q.subject = source;
	q.has_open = true;
	q.open = true;
	q.has_limit = true;
	q.limit = 1;
	if (query_list(k->site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL) !=
	    ERR_OK)
		return;
	if (list->n_items > 0) {
		k->alarm.state = ALARM_RAISED;
		(void)snprintf(k->alarm.id, sizeof k->alarm.id, "%s",
		    list->items[0]->record_id);
	}
	api__records__free_unpacked(list, NULL);
}

/* Takes the alarm's turn; false: it is not in that state. */
static bool
begin(struct timekeep *k, int state)
{
	bool mine;

	(void)pthread_mutex_lock(&k->lock);
	mine = (int)k->alarm.state == state;
	if (mine)
		k->alarm.state = ALARM_UNDER_WAY;
	(void)pthread_mutex_unlock(&k->lock);
	return mine;
}

static void
raised(void *arg, struct submit_result *r)
{
	struct timekeep *k = arg;
	bool done =
	    r->error == ERR_OK && r->len == 1 && r->items[0].error == ERR_OK;

	if (!done)
		journal_warn(
		    "CLOCK-ALARM", "not raised, tried again: %s", r->why.text);
	(void)pthread_mutex_lock(&k->lock);
	k->alarm.state = done ? ALARM_RAISED : ALARM_NONE;
	if (done)
		text_uuid_put(k->alarm.id, r->items[0].record_id);
	(void)pthread_mutex_unlock(&k->lock);
	submit_result_free(r);
}

void
timekeep_alarm_raise(struct timekeep *k, const char *detail, double skew)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	char source[] = TIMEKEEP_SOURCE;
	char kind[] = "system";
	char area[] = "node";
	char title[] = TITLE;
	char unit[] = "s";
	char text[TIMEKEEP_TEXT];
	struct submit_to to = {
	    .site = k->site, .who = &node, .done = raised, .arg = k};

	if (!begin(k, ALARM_NONE))
		return;
	(void)snprintf(text, sizeof text, "%s", detail);
	a.source = source;
	a.has_occurred_at = true;
	a.occurred_at = site_now(k->site);
	a.has_level = true;
	a.level = LEVEL;
	a.kind = kind;
	a.area = area;
	a.title = title;
	a.has_value = true;
	a.value = skew;
	a.unit = unit;
	a.has_limit = true;
	a.limit = (double)k->policy.limit_us / 1000000;
	a.detail = text;
	submit_alarms(&to, list, 1);
}

static void
cleared(void *arg, struct submit_result *r)
{
	struct timekeep *k = arg;
	/* A refusal: somebody closed it by hand. */
	bool again =
	    r->error == ERR_BUSY || r->error == ERR_FULL || r->error == ERR_IO;

	(void)pthread_mutex_lock(&k->lock);
	k->alarm.state = again ? ALARM_RAISED : ALARM_NONE;
	(void)pthread_mutex_unlock(&k->lock);
	submit_result_free(r);
}

void
timekeep_alarm_clear(struct timekeep *k)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Alarm a = RECORD__ALARM__INIT;
	struct submit_to to = {
	    .site = k->site, .who = &node, .done = cleared, .arg = k};

	if (!begin(k, ALARM_RAISED))
		return;
	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__CLEAR;
	a.has_occurred_at = true;
	a.occurred_at = site_now(k->site);
	post.alarm = &a;
	submit_event(&to, LEDGER__KIND__ALARM, k->alarm.id, &post);
}
