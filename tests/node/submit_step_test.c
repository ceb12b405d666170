/* submit_step_test.c - who may put an alarm aside, and what it still stops. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_step.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/plant.h"

static char area[] = "tank-farm-2";
static char gas[] = "gas";
static char security[] = "security";
static char source[] = "gds-01";
static char reason[] = "probe washed";
static char who[] = "wu";

struct scene {
	struct plant p;
	struct plant_person leader, approver;
	char alarm[TEXT_UUID_CHARS + 1];
	uint32_t seq;
};

static void
begin(struct scene *s)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	struct submit_result *r;

	plant_begin(&s->p, "plant-a.acme.example");
	plant_enrol(&s->p, &s->leader, "wu", "shift-leader");
	plant_enrol(&s->p, &s->approver, "li", "approver");
	a.source = source;
	a.has_level = true;
	a.level = 2;
	a.kind = gas;
	a.area = area;
	r = plant_alarms(&s->p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(s->alarm, r->items[0].record_id);
	submit_result_free(r);
	s->seq = 1;
}

static Record__Alarm
step_of(Record__Alarm__Action action)
{
	Record__Alarm m = RECORD__ALARM__INIT;

	m.has_action = true;
	m.action = action;
	m.reason = reason;
	m.operator_ = who;
	return m;
}

/* The rule it met, or NULL. */
static const struct rule *
take(struct scene *s, const struct plant_person *by, Record__Alarm *m,
    enum err *e)
{
	struct plant_sign sign = {.who = by,
	    .kind = LEDGER__KIND__ALARM,
	    .record = s->alarm,
	    .based_on = s->seq,
	    .msg = &m->base,
	    .occurred_us = s->p.now};
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;
	const struct rule *rule;

	m->has_occurred_at = true;
	m->occurred_at = s->p.now;
	post.alarm = m;
	r = by != NULL
	    ? plant_signed(&s->p, &sign, s->alarm)
	    : plant_event(&s->p, LEDGER__KIND__ALARM, s->alarm, &post);
	*e = r->error;
	if (r->error == ERR_OK)
		s->seq = r->items[0].event_seq;
	rule = r->error == ERR_OK ? r->items[0].rule : r->rule;
	submit_result_free(r);
	return rule;
}

static void
must_show(struct scene *s, const char *state, const char *letter)
{
	Api__RecordView *v = plant_get(&s->p, LEDGER__KIND__ALARM, s->alarm);

	cr_assert_str_eq(v->state, state);
	cr_assert_str_eq(v->alarm_state->letter, letter);
	cr_assert_eq(v->alarm_state->colour, RECORD__ALARM__COLOUR__YELLOW);
	cr_assert_eq(v->alarm_state->priority, 2u);
	api__record_view__free_unpacked(v, NULL);
}

/* Is an open alarm among the reasons why nobody may work there? */
static bool
stops_work(struct scene *s)
{
	Api__DecisionQuery q = API__DECISION_QUERY__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&s->p, w);
	char work[] = "hot-work";
	struct submit_result *r;
	bool found = false;

	q.holder = who;
	q.work_type = work;
	q.has_level = true;
	q.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	q.area = area;
	submit_decision(&to, &q);
	r = submit_wait_for(w);
	for (size_t i = 0; i < r->rules.len; i++)
		found |= r->rules.at[i] == rule_get(RULE_ALARM_OPEN);
	submit_result_free(r);
	return found;
}

Test(submit_step, shelves_by_a_named_role_while_work_stays_stopped)
{
	struct scene s = {.seq = 0};
	Record__Alarm m = step_of(RECORD__ALARM__ACTION__SHELVE);
	enum err e;

	begin(&s);
	m.has_until_at = true;
	m.until_at = s.p.now + 30 * PLANT_MINUTE;
	cr_assert_str_eq(take(&s, NULL, &m, &e)->code, "SIGNATURE_MISSING");
	cr_assert_str_eq(take(&s, &s.approver, &m, &e)->code, "ROLE_MISSING");
	must_show(&s, "RAISED", "B");
	cr_assert_str_eq(take(&s, &s.leader, &m, &e)->code, "STILL_STOPS");
	cr_assert_eq(e, ERR_OK);
	must_show(&s, "SHELVED", "G");
	cr_assert(stops_work(&s), "a shelved alarm went unheard");
	/* By the clock alone, also over a restart. */
	plant_turn(&s.p, 30 * PLANT_MINUTE - 1);
	must_show(&s, "SHELVED", "G");
	plant_turn(&s.p, 1);
	plant_restart(&s.p);
	must_show(&s, "RAISED", "B");
	cr_assert(stops_work(&s));
	plant_end(&s.p);
}

Test(submit_step, closes_a_returned_alarm_when_somebody_acknowledges)
{
	struct scene s = {.seq = 0};
	Record__Alarm back = step_of(RECORD__ALARM__ACTION__RETURN);
	Record__Alarm ack = step_of(RECORD__ALARM__ACTION__ACK);
	Record__Alarm judged = step_of(RECORD__ALARM__ACTION__JUDGE);
	enum err e;

	begin(&s);
	cr_assert_null(take(&s, NULL, &back, &e));
	must_show(&s, "RETURNED", "D");
	cr_assert(stops_work(&s), "nobody has seen it yet");
	cr_assert_null(take(&s, NULL, &ack, &e));
	must_show(&s, "CLEARED", "A");
	cr_assert_not(stops_work(&s));
	cr_assert_str_eq(take(&s, NULL, &ack, &e)->code, "STATE_FINAL");
	cr_assert_str_eq(take(&s, NULL, &judged, &e)->code, "VERDICT_MISSING");
	judged.has_verdict = true;
	judged.verdict = RECORD__ALARM__VERDICT__FALSE_ALARM;
	cr_assert_null(take(&s, NULL, &judged, &e));
	must_show(&s, "CLEARED", "A");
	plant_end(&s.p);
}

/* What a source says of it, kept as it came; what is wrong with it, beside. */
Test(submit_alarms, says_what_an_alarm_lacks_and_loses_none)
{
	struct plant p;
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	Record__Recommended fix = RECORD__RECOMMENDED__INIT;
	Record__Recommended *fixes[] = {&fix};
	static const struct {
		int offset;
		bool bound; /* to an action */
		const char *code;
	} rows[] = {
	    {0, true, NULL},
	    {0, false, "ACTION_MISSING"},
	    {2000, true, NULL},
	    {2001, true, "CLOCK_OFFSET"},
	    {-2001, true, "CLOCK_OFFSET"},
	};

	plant_begin(&p, "plant-a.acme.example");
	a.has_level = a.has_actionable = true;
	a.level = 1;
	a.actionable = true;
	a.kind = security; /* the policy knows nothing to do about it */
	a.area = area;
	a.has_clock_offset_ms = true;
	a.recommended = fixes;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char id[TEXT_UUID_CHARS + 1];

		a.clock_offset_ms = rows[i].offset;
		a.n_recommended = rows[i].bound;
		struct submit_result *r = plant_alarms(&p, list, 1);
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		text_uuid_put(id, r->items[0].record_id);
		submit_result_free(r);
		Api__RecordView *v = plant_get(&p, LEDGER__KIND__ALARM, id);
		const Record__Annex *annex = v->events[0]->annex;
		if (rows[i].code == NULL) {
			cr_assert_null(annex, "row %zu", i);
		} else {
			cr_assert_str_eq(annex->code, rows[i].code);
			cr_assert_eq(
			    annex->time_uncertain, rows[i].offset != 0);
		}
		api__record_view__free_unpacked(v, NULL);
	}
	plant_end(&p);
}

Test(submit_alarms, refuses_fields_that_cannot_be)
{
	struct plant p;
	Record__Evidence proof = RECORD__EVIDENCE__INIT;
	Record__Evidence *proofs[] = {&proof};
	uint8_t digest[33] = {1};

	plant_begin(&p, "plant-a.acme.example");
	for (int i = 0; i < 6; i++) {
		Record__Alarm a = RECORD__ALARM__INIT;
		Record__Alarm *list[] = {&a};
		static const char *const paths[] = {NULL, "severity",
		    "severity", "priority", "evidence", "evidence"};

		a.has_level = true;
		a.level = 1;
		a.kind = gas;
		a.area = area;
		a.has_severity = i == 1 || i == 2;
		a.severity = i == 1 ? 0 : 1001;
		a.has_priority = i == 3;
		a.priority = 5;
		a.evidence = proofs;
		a.n_evidence = i >= 4 || i == 0;
		proof.has_digest = true;
		proof.digest = (ProtobufCBinaryData){i == 4 ? 32 : 33, digest};
		digest[0] = i == 5 ? 3 : 1;
		struct submit_result *r = plant_alarms(&p, list, 1);
		if (paths[i] == NULL)
			cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		else
			cr_assert_str_eq(
			    r->items[0].path, paths[i], "row %d", i);
		submit_result_free(r);
	}
	plant_end(&p);
}
