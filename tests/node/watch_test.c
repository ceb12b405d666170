/* watch_test.c - alarms become incidents, and incidents reach somebody. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/watch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/packed.h"

#define SECOND INT64_C(1000000)
#define MINUTE PLANT_MINUTE

static char gas[] = "gas";
static char behaviour[] = "behaviour";
static char tanks[] = "tank-farm-2";
static char boiler[] = "boiler";

struct scene {
	struct plant p;
	struct watch *w;
};

static void
begin(struct scene *s)
{
	plant_begin(&s->p, "plant-a.acme.example");
	s->w = watch_new(s->p.site);
	cr_assert_eq(watch_turn(s->w), 0u);
}

static void
end(struct scene *s)
{
	watch_stop(s->w);
	plant_end(&s->p);
	watch_free(s->w);
}

static void
restart(struct scene *s)
{
	watch_stop(s->w);
	plant_restart(&s->p);
	watch_free(s->w);
	s->w = watch_new(s->p.site);
}

/* Its id, in a buffer of the caller's. */
static void
raise(struct scene *s, char *area, char *kind, uint32_t level,
    char id[TEXT_UUID_CHARS + 1])
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	struct submit_result *r;

	a.has_level = a.has_occurred_at = true;
	a.level = level;
	a.kind = kind;
	a.area = area;
	a.occurred_at = s->p.now;
	r = plant_alarms(&s->p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

static void
step(struct scene *s, const char *id, Record__Alarm__Action action)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	a.has_action = true;
	a.action = action;
	post.alarm = &a;
	r = plant_event(&s->p, LEDGER__KIND__ALARM, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static void
acknowledge(struct scene *s, const char *id)
{
	Record__Incident m = RECORD__INCIDENT__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	m.has_action = true;
	m.action = RECORD__INCIDENT__ACTION__ACK;
	post.incident = &m;
	r = plant_event(&s->p, LEDGER__KIND__INCIDENT, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* All incidents, oldest first. */
static Api__Records *
incidents(struct scene *s)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *out = NULL;

	q.has_ascending = q.ascending = true;
	cr_assert_eq(query_list(s->p.site, LEDGER__KIND__INCIDENT, &q, &scope,
	                 &out, NULL),
	    ERR_OK);
	return out;
}

struct seen {
	size_t incidents;
	char id[TEXT_UUID_CHARS + 1]; /* of the newest */
	char state[16];
	uint32_t level, alarms, open, unseen, step;
	int64_t opened_us;
};

static struct seen
look(struct scene *s)
{
	Api__Records *all = incidents(s);
	struct seen out = {.incidents = all->n_items};

	if (all->n_items > 0) {
		const Api__RecordView *v = all->items[all->n_items - 1];
		(void)snprintf(out.id, sizeof out.id, "%s", v->record_id);
		(void)snprintf(out.state, sizeof out.state, "%s", v->state);
		out.level = v->level;
		out.alarms = v->incident_state->alarms;
		out.open = v->incident_state->open;
		out.unseen = v->incident_state->unacknowledged;
		out.step = v->incident_state->step;
		out.opened_us = v->opened_at;
	}
	api__records__free_unpacked(all, NULL);
	return out;
}

/* Looks once a second, as the daemon does. */
static void
pass(struct scene *s, int64_t us)
{
	for (int64_t t = 0; t < us; t += SECOND) {
		plant_turn(&s->p, SECOND);
		(void)watch_turn(s->w);
	}
}

/*
 * The case of the articles: a camera sees somebody without a mask, two minutes
 * later gas is detected in the same place; both showed on two screens, and no
 * supervisor knew of it for 17 minutes.  Here it is one incident; the shift
 * leader is told at once, the supervisor before two minutes more have passed.
 */
Test(watch, reaches_the_supervisor_long_before_seventeen_minutes)
{
	struct scene s;
	char video[TEXT_UUID_CHARS + 1], leak[TEXT_UUID_CHARS + 1];
	int64_t leak_us, told_us = 0;

	begin(&s);
	raise(&s, tanks, behaviour, 3, video);
	pass(&s, 2 * MINUTE);
	cr_assert_eq(look(&s).incidents, 0u, "it calls for nobody by itself");
	raise(&s, tanks, gas, 1, leak);
	leak_us = s.p.now;
	pass(&s, 2 * SECOND);
	struct seen now = look(&s);
	cr_assert_eq(now.incidents, 1u);
	cr_assert_eq(now.alarms, 2u, "both alarms are in it");
	cr_assert_eq(now.level, 1u);
	cr_assert_eq(now.opened_us, leak_us - 2 * MINUTE);
	cr_assert_eq(now.step, 1u, "the shift leader");
	while (told_us == 0 && s.p.now < leak_us + 17 * MINUTE) {
		pass(&s, SECOND);
		if (look(&s).step == 2)
			told_us = s.p.now;
	}
	cr_assert_neq(told_us, 0);
	cr_assert_leq(told_us - leak_us, 2 * MINUTE + 3 * SECOND);
	Api__RecordView *v = plant_get(&s.p, LEDGER__KIND__INCIDENT, now.id);
	const Record__Incident *told = v->events[v->n_events - 1]->incident;
	cr_assert_eq(told->action, RECORD__INCIDENT__ACTION__ESCALATE);
	cr_assert_str_eq(told->role, "supervisor");
	cr_assert_str_eq(
	    v->events[v->n_events - 1]->annex->pack_version, "alarm@2026.1");
	api__record_view__free_unpacked(v, NULL);
	v = plant_get(&s.p, LEDGER__KIND__ALARM, video);
	cr_assert_str_eq(v->alarm_state->incident_id, now.id);
	api__record_view__free_unpacked(v, NULL);
	end(&s);
}

Test(watch, escalates_until_somebody_acknowledges_and_no_longer)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];

	begin(&s);
	raise(&s, tanks, gas, 2, id);
	pass(&s, 2 * SECOND);
	cr_assert_eq(look(&s).step, 1u);
	pass(&s, 5 * MINUTE);
	cr_assert_eq(look(&s).step, 2u);
	acknowledge(&s, look(&s).id);
	cr_assert_str_eq(look(&s).state, "ACKNOWLEDGED");
	pass(&s, 20 * MINUTE);
	cr_assert_eq(look(&s).step, 2u, "nobody else is told");
	cr_assert_eq(look(&s).open, 1u);
	step(&s, id, RECORD__ALARM__ACTION__CLEAR);
	pass(&s, 2 * SECOND);
	cr_assert_str_eq(look(&s).state, "CLOSED");
	end(&s);
}

/* Hot-swapped: who is called, and when, is what it was for a chain that runs.
 */
Test(watch, ends_a_chain_by_the_policy_that_it_began_with)
{
	static char text[PACKED_OTHER];
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];

	begin(&s);
	raise(&s, tanks, gas, 2, id);
	pass(&s, 2 * SECOND);
	cr_assert_eq(look(&s).step, 1u);
	packed_other(text, "alarm", "2026.9", "2026-03-01T00:00:00Z",
	    "{afterSeconds: 300, role: supervisor}",
	    "{afterSeconds: 60, role: supervisor}");
	packed_activate(&s.p, NULL, text);
	pass(&s, 2 * MINUTE);
	cr_expect_eq(look(&s).step, 1u, "five minutes, as it began");
	pass(&s, 3 * MINUTE);
	cr_expect_eq(look(&s).step, 2u);
	Api__RecordView *v =
	    plant_get(&s.p, LEDGER__KIND__INCIDENT, look(&s).id);
	cr_expect_str_eq(
	    v->events[v->n_events - 1]->annex->pack_version, "alarm@2026.1");
	api__record_view__free_unpacked(v, NULL);
	raise(&s, boiler, gas, 2, id);
	pass(&s, MINUTE + 2 * SECOND);
	cr_expect_eq(look(&s).step, 2u, "one minute, by the new one");
	end(&s);
}

Test(watch, is_silent_when_every_alarm_was_acknowledged_in_time)
{
	struct scene s;
	char first[TEXT_UUID_CHARS + 1], second[TEXT_UUID_CHARS + 1];

	begin(&s);
	raise(&s, tanks, gas, 2, first);
	raise(&s, tanks, gas, 2, second);
	pass(&s, 2 * SECOND);
	step(&s, first, RECORD__ALARM__ACTION__ACK);
	cr_assert_str_eq(look(&s).state, "OPEN");
	cr_assert_eq(look(&s).unseen, 1u);
	step(&s, second, RECORD__ALARM__ACTION__ACK);
	cr_assert_str_eq(look(&s).state, "ACKNOWLEDGED");
	pass(&s, 10 * MINUTE);
	cr_assert_eq(look(&s).step, 1u);
	end(&s);
}

/* What was acknowledged was what was known then. */
Test(watch, calls_anew_for_an_alarm_that_comes_after_an_acknowledgement)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];

	begin(&s);
	raise(&s, tanks, gas, 2, id);
	pass(&s, 2 * SECOND);
	acknowledge(&s, look(&s).id);
	pass(&s, MINUTE);
	raise(&s, tanks, gas, 2, id);
	pass(&s, 2 * SECOND);
	struct seen now = look(&s);
	cr_assert_eq(now.incidents, 1u);
	cr_assert_str_eq(now.state, "OPEN");
	cr_assert_eq(now.step, 1u, "from the first step on");
	pass(&s, 5 * MINUTE - 3 * SECOND);
	cr_assert_eq(look(&s).step, 1u, "its own deadline");
	pass(&s, 4 * SECOND);
	cr_assert_eq(look(&s).step, 2u);
	end(&s);
}

/* The same where no ACK of the incident was needed: each alarm had its own. */
Test(watch, gives_a_later_alarm_its_own_deadlines)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];

	begin(&s);
	raise(&s, tanks, gas, 2, id);
	pass(&s, 2 * SECOND);
	step(&s, id, RECORD__ALARM__ACTION__ACK);
	pass(&s, 8 * MINUTE);
	raise(&s, tanks, gas, 2, id);
	pass(&s, 2 * SECOND);
	cr_assert_eq(look(&s).incidents, 1u);
	cr_assert_eq(look(&s).step, 1u);
	pass(&s, 4 * MINUTE);
	cr_assert_eq(look(&s).step, 1u);
	end(&s);
}

Test(watch, keeps_places_times_and_exercises_apart)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];

	begin(&s);
	raise(&s, tanks, gas, 2, id);
	raise(&s, boiler, gas, 2, id);
	pass(&s, 2 * SECOND);
	cr_assert_eq(look(&s).incidents, 2u);
	pass(&s, 10 * MINUTE - 2 * SECOND);
	raise(&s, tanks, gas, 2, id);
	pass(&s, SECOND);
	cr_assert_eq(look(&s).incidents, 2u, "ten minutes apart, no more");
	pass(&s, 10 * MINUTE);
	raise(&s, tanks, gas, 2, id);
	pass(&s, SECOND);
	cr_assert_eq(look(&s).incidents, 3u, "a second more than ten minutes");
	end(&s);
}

Test(watch, goes_on_after_a_restart_and_forgets_nobody)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];

	begin(&s);
	raise(&s, tanks, gas, 1, id);
	/* Killed before it looked. */
	restart(&s);
	cr_assert_eq(watch_turn(s.w), 1u);
	cr_assert_eq(look(&s).incidents, 1u);
	pass(&s, 2 * SECOND);
	cr_assert_eq(look(&s).step, 1u);
	restart(&s);
	pass(&s, 3 * SECOND);
	cr_assert_eq(look(&s).incidents, 1u);
	cr_assert_eq(look(&s).step, 1u, "no step twice");
	pass(&s, 2 * MINUTE);
	cr_assert_eq(look(&s).step, 2u);
	end(&s);
}

/* A wall clock that was set back must not keep the supervisor uninformed. */
Test(watch, escalates_by_time_passed_when_the_clock_is_set_back)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];

	begin(&s);
	raise(&s, tanks, gas, 1, id);
	pass(&s, 3 * SECOND);
	cr_assert_eq(look(&s).step, 1u);
	s.p.wrong = -60 * MINUTE;
	pass(&s, 2 * MINUTE + SECOND);
	cr_assert_eq(look(&s).step, 2u);
	end(&s);
}

/* A flood costs one entry per 256 alarms of the first incident, and still
 * everybody is called for, one incident after another. */
Test(watch, lists_no_more_than_it_may_and_calls_for_the_rest_later)
{
	enum {
		ALL = 300
	};
	struct scene s;
	static char ids[ALL][TEXT_UUID_CHARS + 1];

	begin(&s);
	for (int i = 0; i < ALL; i++)
		raise(&s, tanks, gas, 2, ids[i]);
	pass(&s, 3 * SECOND);
	struct seen now = look(&s);
	cr_assert_eq(now.incidents, 1u);
	cr_assert_eq(now.alarms, 256u);
	acknowledge(&s, now.id);
	pass(&s, 3 * SECOND);
	now = look(&s);
	cr_assert_eq(now.incidents, 2u, "those that had to wait");
	cr_assert_eq(now.alarms, (uint32_t)ALL - 256);
	cr_assert_str_eq(now.state, "OPEN");
	end(&s);
}

Test(watch, calls_for_all_others_when_one_alarm_is_damaged)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];

	begin(&s);
	raise(&s, tanks, gas, 1, id);
	plant_damage(&s.p, id);
	raise(&s, boiler, gas, 1, id);
	cr_assert_eq(watch_turn(s.w), 1u);
	restart(&s);
	plant_turn(&s.p, SECOND);
	cr_assert_eq(watch_turn(s.w), 1u, "its chain");
	cr_assert_eq(look(&s).incidents, 1u);
	cr_assert_eq(look(&s).step, 1u);
	end(&s);
}

Test(watch, refuses_what_only_the_node_may_say)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];
	const Record__Incident__Action all[] = {RECORD__INCIDENT__ACTION__OPEN,
	    RECORD__INCIDENT__ACTION__JOIN, RECORD__INCIDENT__ACTION__ESCALATE,
	    RECORD__INCIDENT__ACTION__CLOSE};

	begin(&s);
	raise(&s, tanks, gas, 1, id);
	pass(&s, 2 * SECOND);
	const struct seen now = look(&s);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		Record__Incident m = RECORD__INCIDENT__INIT;
		Api__EventPost post = API__EVENT_POST__INIT;

		m.has_action = true;
		m.action = all[i];
		post.incident = &m;
		struct submit_result *r =
		    plant_event(&s.p, LEDGER__KIND__INCIDENT, now.id, &post);
		cr_assert_eq(r->error, ERR_DENIED);
		cr_assert_str_eq(r->rule->code, "INCIDENT_NODE");
		submit_result_free(r);
	}
	acknowledge(&s, now.id);
	end(&s);
}
