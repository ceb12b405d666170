/* alarms.c - what the instruments of the day say, and who answers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"
#include "tests/day/day.h"

#define ALARM(name) RECORD__ALARM__ACTION__##name
#define CLEAR_AFTER 3 /* minutes, or one after the acknowledgement */
#define JUDGE_AFTER 9

struct day_alarm {
	char id[TEXT_UUID_CHARS + 1];
};

struct batch {
	struct day_alarm *first;
	unsigned len;
};

void
day_alarms_begin(struct day *d)
{
	d->alarms = mem_alloc(PLAN_ALARMS, sizeof *d->alarms);
}

void
day_alarms_end(struct day *d)
{
	free(d->alarms);
}

/* The first alarm of a minute. */
static unsigned
first_of(unsigned minute)
{
	return (unsigned)(((uint64_t)minute * PLAN_ALARMS + PLAN_MINUTES - 1) /
	    PLAN_MINUTES);
}

static void
keep_ids(void *arg, const struct submit_result *r)
{
	struct batch *b = arg;

	for (size_t i = 0; i < r->len && i < b->len; i++) {
		if (r->items[i].error != ERR_OK || r->items[i].duplicate)
			day_die("an alarm", "was not taken as new");
		text_uuid_put(b->first[i].id, r->items[i].record_id);
	}
	free(b);
}

struct made {
	Record__Alarm m;
	char source[16];
	char area[16];
	char tag[16];
};

static void
make(const struct day *d, struct made *a, unsigned i)
{
	record__alarm__init(&a->m);
	(void)snprintf(a->source, sizeof a->source, "gds-%02u", plan_source(i));
	(void)snprintf(
	    a->area, sizeof a->area, "area-%02u", plan_alarm_area(i));
	(void)snprintf(a->tag, sizeof a->tag, "T-%04u", plan_tag(i));
	a->m.tag = a->tag;
	a->m.source = a->source;
	a->m.area = a->area;
	a->m.has_source_seq = a->m.has_level = a->m.has_occurred_at = true;
	a->m.source_seq = plan_source_seq(i);
	a->m.level = plan_alarm_level(i);
	a->m.occurred_at = d->plant.now;
	a->m.kind = day_text(plan_alarm_kind(i));
	a->m.title = day_text("value out of its band");
	a->m.has_exercise = plan_alarm_exercise(i);
	a->m.exercise = plan_alarm_exercise(i);
}

static void
raise_all(struct day *d)
{
	const unsigned from = first_of(d->minute);
	const unsigned n = first_of(d->minute + 1) - from;
	struct made *made = mem_alloc(n + 1, sizeof *made);
	Record__Alarm **list = mem_alloc(n + 1, sizeof(Record__Alarm *));
	struct batch *b = mem_alloc(1, sizeof *b);
	struct day_call *call = day_call_new(d, "alarms");
	struct submit_to to = plant_to(&d->plant, call->wait);

	for (unsigned i = 0; i < n; i++) {
		make(d, &made[i], from + i);
		list[i] = &made[i].m;
	}
	*b = (struct batch){&d->alarms[from], n};
	call->then = keep_ids;
	call->arg = b;
	submit_alarms(&to, list, n);
	free(list);
	free(made);
}

static void
answer(struct day *d, const char *id, Record__Alarm__Action action,
    Record__Alarm__Verdict verdict)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct day_call *call = day_call_new(d, "answer to an alarm");
	struct submit_to to = plant_to(&d->plant, call->wait);

	m.has_action = true;
	m.action = action;
	m.operator_ = day_text("control room");
	m.has_verdict = verdict != RECORD__ALARM__VERDICT__VERDICT_UNSPECIFIED;
	m.verdict = verdict;
	post.alarm = &m;
	submit_event(&to, LEDGER__KIND__ALARM, id, &post);
}

static bool
is_due(unsigned i, unsigned after, Record__Alarm__Action action)
{
	const bool grave = plan_alarm_level(i) == 2;

	if (action == ALARM(CLEAR))
		return after ==
		    (grave ? plan_ack_after(i) + 1 : (unsigned)CLEAR_AFTER);
	return grave && (action == ALARM(JUDGE) || after == plan_ack_after(i));
}

/* Those of so many minutes ago that are due for this. */
static void
answer_all(struct day *d, unsigned after, Record__Alarm__Action action)
{
	if (d->minute < after)
		return;
	for (unsigned i = first_of(d->minute - after);
	     i < PLAN_ALARMS && i < first_of(d->minute - after + 1); i++) {
		if (is_due(i, after, action))
			answer(d, d->alarms[i].id, action,
			    action == ALARM(JUDGE) ? plan_verdict(i) : 0);
	}
}

void
day_alarms(struct day *d)
{
	if (d->minute < PLAN_MINUTES)
		raise_all(d);
	answer_all(d, 2, ALARM(ACK));
	answer_all(d, 7, ALARM(ACK));
	answer_all(d, CLEAR_AFTER, ALARM(CLEAR));
	answer_all(d, 8, ALARM(CLEAR));
	answer_all(d, JUDGE_AFTER, ALARM(JUDGE));
}
