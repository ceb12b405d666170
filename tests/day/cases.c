/* cases.c - what people report on the day, and what becomes of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"
#include "tests/day/day.h"

#define ACT(name) RECORD__CASE__ACTION__##name
#define CASES \
	(PLAN_HAZARDS + PLAN_SUGGESTIONS + PLAN_VIOLATIONS + PLAN_ACCIDENTS + 1)
#define ACTS_MAX 6

struct act {
	unsigned minute;
	Record__Case__Action action;
	const char *role;
};

struct day_case {
	const char *type;
	const char *text;
	struct act acts[ACTS_MAX];
	size_t acts_len;
	size_t next;
	char area[16];
	char holder[16];
	char id[TEXT_UUID_CHARS + 1];
	uint32_t seq;
};

static void
add(struct day_case *c, unsigned minute, Record__Case__Action action,
    const char *role)
{
	if (c->acts_len == ACTS_MAX)
		day_die("a case has too many steps", c->type);
	c->acts[c->acts_len++] = (struct act){minute, action, role};
}

static struct day_case *
begin(struct day *d, size_t *n, const char *type, unsigned minute)
{
	struct day_case *c = &d->cases[(*n)++];

	c->type = type;
	add(c, minute, ACT(REPORT), "operator");
	return c;
}

static void
put_area(struct day_case *c, unsigned area)
{
	(void)snprintf(c->area, sizeof c->area, "area-%02u", area);
}

/* Accepted, assigned, rectified and accepted again: within hours, or on the
 * eighth day, when its week is over. */
static void
hazards(struct day *d, size_t *n)
{
	for (unsigned h = 0; h < PLAN_HAZARDS; h++) {
		const unsigned m = plan_hazard_minute(h);
		const unsigned end =
		    m + (plan_hazard_late(h) ? 8 * PLAN_MINUTES : 120);
		struct day_case *c = begin(d, n, "hidden-danger", m);

		c->text = "a flange weeps";
		put_area(c, h % PLAN_AREAS);
		add(c, m + 5, ACT(ACCEPT), "safety-officer");
		add(c, m + 10, ACT(ASSIGN), "safety-officer");
		add(c, end, ACT(DONE), "operator");
		add(c, end + 10, ACT(CLOSE), "acceptor");
	}
}

static void
others(struct day *d, size_t *n)
{
	struct day_case *c;

	for (unsigned s = 0; s < PLAN_SUGGESTIONS; s++) {
		const unsigned m = plan_suggestion_minute(s);
		const unsigned end = m + plan_reply_days(s) * PLAN_MINUTES;

		c = begin(d, n, "suggestion", m);
		c->text = "a second gate";
		add(c, end, ACT(REPLY), "safety-officer");
		add(c, end + 1, ACT(REJECT), "safety-officer");
	}
	for (unsigned v = 0; v < PLAN_VIOLATIONS; v++) {
		const unsigned m = plan_violation_minute(v);

		c = begin(d, n, "violation", m);
		c->text = "no safety belt";
		put_area(c, v);
		(void)snprintf(
		    c->holder, sizeof c->holder, "w-%04u", plan_violator(v));
		add(c, m + 30, ACT(CLOSE), "safety-officer");
	}
	for (unsigned a = 0; a < PLAN_ACCIDENTS; a++) {
		c = begin(d, n, "accident", plan_accident_minute(a));
		c->text = "a burnt hand";
		put_area(c, plan_accident_area(a));
	}
}

void
day_cases_begin(struct day *d)
{
	const unsigned last = (unsigned)((d->now - d->midnight) / PLANT_MINUTE);
	struct day_case *c;
	size_t n = 0;

	d->cases = mem_alloc(CASES, sizeof *d->cases);
	hazards(d, &n);
	others(d, &n);
	/* So that the log ends now: a node whose log ended weeks ago would not
	 * trust its clock. */
	c = begin(d, &n, "near-miss", last);
	c->text = "a valve left open";
	put_area(c, 0);
}

void
day_cases_end(struct day *d)
{
	for (size_t i = 0; i < CASES; i++) {
		if (d->cases[i].next != d->cases[i].acts_len)
			day_die("a case is not at its end", d->cases[i].type);
	}
	free(d->cases);
}

static void
keep(void *arg, const struct submit_result *r)
{
	struct day_case *c = arg;

	if (r->items[0].outcome != LEDGER__OUTCOME__APPLIED)
		day_die(c->type, "kept, but not applied");
	c->seq = r->items[0].event_seq;
}

static void
fill(const struct day *d, const struct day_case *c, const struct act *a,
    Record__Case *m)
{
	record__case__init(m);
	m->has_action = m->has_occurred_at = true;
	m->action = a->action;
	m->occurred_at = d->plant.now;
	m->type = day_text(c->type);
	m->area = c->area[0] != '\0' ? day_text(c->area) : NULL;
	if (a->action == ACT(REPORT)) {
		m->description = day_text(c->text);
		m->holder = c->holder[0] != '\0' ? day_text(c->holder) : NULL;
	}
	m->has_level = a->action == ACT(ACCEPT);
	m->level = 2; /* general: a week */
	if (a->action == ACT(ASSIGN)) {
		m->liable = day_text("operator");
		m->has_due_at = true;
		m->due_at = d->midnight +
		    (c->acts[0].minute + 7 * PLAN_MINUTES) * PLANT_MINUTE;
	}
	if (a->action == ACT(DONE))
		m->measures = day_text("gasket changed");
	if (a->action == ACT(REPLY))
		m->feedback = day_text("there is no room for it");
	if (a->action == ACT(REJECT))
		m->reason = day_text("no room");
}

static void
send(struct day *d, struct day_case *c, const struct act *a)
{
	Record__Case m;
	struct plant_post made;
	struct plant_sign sign = {.who = day_role(d, a->role),
	    .kind = LEDGER__KIND__CASE,
	    .record = c->id,
	    .based_on = c->seq,
	    .msg = &m.base,
	    .occurred_us = d->plant.now};
	struct day_call *call = day_call_new(d, c->type);
	struct submit_to to = plant_to(&d->plant, call->wait);
	const bool first = c->id[0] == '\0';

	fill(d, c, a, &m);
	plant_post(&d->plant, &sign, &made);
	call->then = keep;
	call->arg = c;
	submit_event(&to, LEDGER__KIND__CASE, first ? NULL : c->id, &made.post);
	buf_clear(&made.msg);
}

/* Steps that are due, one of each case at a time: the next is based on it. */
static bool
send_next(struct day *d)
{
	bool sent = false;

	for (size_t i = 0; i < CASES; i++) {
		struct day_case *c = &d->cases[i];

		if (c->next == c->acts_len ||
		    c->acts[c->next].minute > d->minute)
			continue;
		send(d, c, &c->acts[c->next++]);
		sent = true;
	}
	return sent;
}

void
day_cases(struct day *d)
{
	while (send_next(d))
		day_finish(d);
}
