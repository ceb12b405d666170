/* own_alarm.c - one alarm of the node itself: raised, and returned by it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/own_alarm.h"

#include "node/journal.h"
#include "node/query.h"
#include "node/site.h"
#include "node/submit_own.h"
#include "proto/crypto.h"
#include "proto/digest.h"

#include <stdio.h>
#include <string.h>

#define TEXT_CHARS 1024

static const struct submit_who node = {.subject = "node", .role = "node"};

static bool
begin(struct own_alarm *a, int state)
{
	return atomic_compare_exchange_strong(
	    &a->state, &state, OWN_ALARM_UNDER_WAY);
}

static void
raised(void *arg, struct submit_result *r)
{
	struct own_alarm *a = arg;
	const bool done =
	    r->error == ERR_OK && r->len == 1 && r->items[0].error == ERR_OK;

	if (done)
		text_uuid_put(a->id, r->items[0].record_id);
	else if (!a->said)
		journal_warn("OWN-ALARM",
		    "source=%s asset=%s not raised, tried again: %s", a->source,
		    a->asset != NULL ? a->asset : "-", r->why.text);
	a->said = !done;
	atomic_store(&a->state, done ? OWN_ALARM_RAISED : OWN_ALARM_NONE);
	submit_result_free(r);
}

void
own_alarm_raise(struct own_alarm *a, const char *title, const char *detail,
    const struct own_alarm_value *v)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	char source[64], asset[TEXT_CHARS], said[TEXT_CHARS], more[TEXT_CHARS];
	char kind[] = "system";
	char area[] = "node";
	char unit[16];
	uint8_t id[16], at_random[16];
	const struct submit_to to = {
	    .site = a->site, .who = &node, .done = raised, .arg = a};

	if (!begin(a, OWN_ALARM_NONE))
		return;
	(void)snprintf(source, sizeof source, "%s", a->source);
	(void)snprintf(
	    asset, sizeof asset, "%s", a->asset != NULL ? a->asset : "");
	(void)snprintf(said, sizeof said, "%s", title);
	(void)snprintf(more, sizeof more, "%s", detail);
	text_whole(said);
	text_whole(more);
	m.source = source;
	m.has_occurred_at = m.has_level = true;
	m.occurred_at = site_now(a->site);
	m.level = a->level;
	m.kind = kind;
	m.area = area;
	m.title = said;
	m.asset = a->asset != NULL ? asset : NULL;
	m.detail = more;
	if (v != NULL) {
		(void)snprintf(unit, sizeof unit, "%s", v->unit);
		m.has_value = m.has_limit = true;
		m.value = v->value;
		m.limit = v->limit;
		m.unit = unit;
	}
	crypto_random(at_random, sizeof at_random);
	digest_uuid8(id, at_random);
	submit_own_alarm(&to, id, &m);
}

static void
cleared(void *arg, struct submit_result *r)
{
	struct own_alarm *a = arg;
	/* A refusal: somebody closed it by hand. */
	const bool again = r->error != ERR_OK && r->rule == NULL;

	atomic_store(&a->state, again ? OWN_ALARM_RAISED : OWN_ALARM_NONE);
	submit_result_free(r);
}

void
own_alarm_clear(struct own_alarm *a)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Alarm m = RECORD__ALARM__INIT;
	const struct submit_to to = {
	    .site = a->site, .who = &node, .done = cleared, .arg = a};

	if (!begin(a, OWN_ALARM_RAISED))
		return;
	m.has_action = m.has_occurred_at = true;
	m.action = RECORD__ALARM__ACTION__CLEAR;
	m.occurred_at = site_now(a->site);
	post.alarm = &m;
	submit_event(&to, LEDGER__KIND__ALARM, a->id, &post);
}

void
own_alarm_check(struct own_alarm *a)
{
	const struct query_scope scope = {.own_only = true};
	const struct query_key key = {
	    LEDGER__KIND__ALARM, a->id, a->site->name};
	Api__RecordView *v = NULL;
	bool open = false;

	if (!begin(a, OWN_ALARM_RAISED))
		return;
	/* Rather twice than not at all. */
	if (query_get(a->site, &key, &scope, &v, NULL) == ERR_OK) {
		open = v->state != NULL && strcmp(v->state, "CLEARED") != 0;
		api__record_view__free_unpacked(v, NULL);
	}
	atomic_store(&a->state, open ? OWN_ALARM_RAISED : OWN_ALARM_NONE);
}

bool
own_alarm_find(struct site *site, const char *source,
    struct own_alarm *(*of)(void *arg, const char *asset), void *arg)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	const struct query_scope scope = {.own_only = true};
	char subject[64];
	Api__Records *list = NULL;

	(void)snprintf(subject, sizeof subject, "%s", source);
	q.subject = subject;
	q.has_open = q.open = true;
	q.has_limit = true;
	q.limit = QUERY_LIMIT_MAX;
	if (query_list(site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL) !=
	    ERR_OK)
		return false;
	for (size_t i = 0; i < list->n_items; i++) {
		const Api__RecordView *v = list->items[i];
		const Record__Alarm *m =
		    v->n_events > 0 ? v->events[0]->alarm : NULL;
		struct own_alarm *a = NULL;
		uint8_t id[16];

		/* Whoever may raise alarms may call itself by our names. */
		if (m != NULL &&
		    text_uuid_get(id, bytes_str(v->record_id), NULL) ==
		        ERR_OK &&
		    submit_own_is(id))
			a = of(arg, m->asset);
		if (a == NULL)
			continue;
		(void)snprintf(a->id, sizeof a->id, "%s", v->record_id);
		atomic_store(&a->state, OWN_ALARM_RAISED);
	}
	api__records__free_unpacked(list, NULL);
	return true;
}
