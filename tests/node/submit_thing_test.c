/* submit_thing_test.c - equipment, gas instruments, and what a site keeps. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/permit.h"
#include "node/submit_person.h"
#include "tests/support/pack_text.h"
#include "tests/support/packed.h"
#include "tests/support/signers.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name
#define CRANE "crane-7"
#define DETECTOR "gas-31"

static char area[] = "tank-farm-2";
static char drilling[] = "drilling";
static char worker[] = SIGNERS_WORKER;
static char guardian[] = SIGNERS_GUARDIAN;
static char unit[] = "builders";
static char crane[] = CRANE;
static char detector[] = DETECTOR;
static char other[] = "gas-32";

/* A plant with the deny-safe credentials, and drilling as `text` (freed) has
 * it. */
static void
begin_with(struct signers *c, char *text)
{
	char name[] = "credentials@2026.2";

	*c = (struct signers){.seq = 0};
	plant_begin(&c->p, "plant-b.acme.example");
	packed_file(&c->p, "drilling.yaml", text);
	free(text);
	plant_restart(&c->p);
	packed_activate(&c->p, name, NULL);
	plant_enrol(&c->p, &c->li, "Li", "safety-officer");
	plant_enrol(&c->p, &c->wang, "Wang", "applicant");
	plant_enrol(&c->p, &c->zhao, "Zhao", "approver");
	plant_enrol(&c->p, &c->qian, "G-0003", "guardian");
	signers_certify(c);
}

/* Drilling that is monitored where gas is measured at all. */
static void
begin(struct signers *c)
{
	begin_with(c,
	    pack_text_edit("      dailyTest: false\n",
	        "      dailyTest: false\n      monitored: true\n"));
}

static void
healthy(struct signers *c)
{
	cards_certify(&c->p, worker, "health-fit", NULL);
	cards_certify(&c->p, worker, "induction", NULL);
	cards_certify(&c->p, guardian, "health-fit", NULL);
}

struct what {
	bool gas; /* it has to be measured */
	bool contractor;
	bool crane;
	bool booked; /* the permit is there */
};

static void
apply(struct signers *c, struct what what)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	char *things[] = {crane};

	if (!what.booked) {
		c->permit[0] = '\0';
		c->seq = 0;
	}
	m.action = ACT(APPLY);
	m.work_type = drilling;
	m.has_level = true;
	m.level = RECORD__PERMIT__LEVEL__UNLEVELLED;
	m.area = area;
	m.worker = worker;
	m.guardian = guardian;
	m.work_unit = unit;
	m.has_contractor = true;
	m.contractor = what.contractor;
	m.equipment = things;
	m.n_equipment = what.crane;
	m.has_planned_from_at = m.has_planned_to_at = true;
	m.planned_from_at = c->p.now;
	m.planned_to_at = c->p.now + 8 * 60 * PLANT_MINUTE;
	m.has_explosive_area = true;
	m.explosive_area = what.gas;
	signers_step(c, &c->wang, &m, 0, NULL);
}

static void
approve(struct signers *c)
{
	static char names[][6] = {"risk", "brief"};
	char hazards[] = "dust";

	for (size_t i = 0; i < 2; i++) {
		Record__Permit m = RECORD__PERMIT__INIT;

		m.action = ACT(STEP);
		m.step = names[i];
		m.hazards = hazards;
		signers_step(c, &c->li, &m, 0, NULL);
	}
	signers_go(c, &c->zhao, ACT(APPROVE), 0, NULL);
}

static void
start(struct signers *c, char *monitor, const char *code)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	m.action = ACT(START);
	m.instruments = &monitor;
	m.n_instruments = monitor != NULL;
	signers_step(c, &c->qian, &m, 0, code);
}

/* Measured now; with what the answer says of it. */
static void
measure(struct signers *c, char *instrument, double value, const char *code)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[] = {&g};
	char volume[] = "%vol";
	struct submit_result *r;
	const struct plant_sign sign = {.who = &c->wang,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = c->permit,
	    .based_on = c->seq,
	    .msg = &m.base,
	    .occurred_us = c->p.now};

	m.has_action = m.has_occurred_at = m.has_sampled_at = true;
	m.action = ACT(GAS_TEST);
	m.occurred_at = m.sampled_at = c->p.now;
	m.gas = list;
	m.n_gas = 1;
	m.instruments = &instrument;
	m.n_instruments = instrument != NULL;
	g.has_value = g.has_lel = true;
	g.value = value;
	g.lel = 5;
	g.unit = volume;
	r = plant_signed(&c->p, &sign, c->permit);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->items[0].outcome, LEDGER__OUTCOME__APPLIED);
	cr_assert_str_eq(r->items[0].rule->code, code);
	c->seq = r->items[0].event_seq;
	submit_result_free(r);
}

static void
expect_state(struct signers *c, const char *state)
{
	Api__RecordView *v = plant_get(&c->p, LEDGER__KIND__PERMIT, c->permit);

	cr_assert_str_eq(v->state, state);
	c->seq = v->event_seq;
	api__record_view__free_unpacked(v, NULL);
}

static void
change_card(
    struct signers *c, const char *card, Record__Certificate__Action action)
{
	Record__Certificate m = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	m.has_action = true;
	m.action = action;
	post.certificate = &m;
	r = plant_event(&c->p, LEDGER__KIND__CERTIFICATE, card, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* What a detector says of itself: a fault, then that it is mended. */
static void
report(struct signers *c, char *source, uint64_t seq, const char *kind,
    char id[TEXT_UUID_CHARS + 1])
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	char yard[] = "yard";
	char title[] = "sensor";
	char word[16];
	struct submit_result *r;

	(void)snprintf(word, sizeof word, "%s", kind);
	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__RAISE;
	a.source = source;
	a.has_source_seq = true;
	a.source_seq = seq;
	a.has_occurred_at = true;
	a.occurred_at = c->p.now;
	a.has_level = true;
	a.level = 3;
	a.kind = word;
	a.area = yard;
	a.title = title;
	r = plant_alarms(&c->p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

static void
clear(struct signers *c, const char *id)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &a;
	r = plant_event(&c->p, LEDGER__KIND__ALARM, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* Special Equipment Safety Law art. 40: no lift by an uninspected crane; one
 * whose inspection ends stops what it is used for. */
Test(submit_crew_ask, wants_an_inspection_of_equipment_that_is_used)
{
	char card[TEXT_UUID_CHARS + 1];
	struct signers c;

	begin(&c);
	healthy(&c);
	apply(&c, (struct what){.crane = true});
	approve(&c);
	start(&c, NULL, "EQUIPMENT_DENIED");
	/* What the crane has to show is its own, and of the right class. */
	cards_certify(&c.p, worker, "crane-inspection", NULL);
	cards_certify(&c.p, crane, "instrument-calibration", NULL);
	start(&c, NULL, "EQUIPMENT_DENIED");
	cards_certify(&c.p, crane, "crane-inspection", card);
	start(&c, NULL, NULL);
	submit_persons(c.p.site);
	expect_state(&c, "IN_PROGRESS");
	change_card(&c, card, RECORD__CERTIFICATE__ACTION__SUSPEND);
	submit_persons(c.p.site);
	/* Behind it in the same queue. */
	cards_certify(&c.p, worker, "welding", NULL);
	expect_state(&c, "SUSPENDED");
	plant_end(&c.p);
}

/* A.68: what an instrument out of calibration, or in no register, measures
 * does not make the air good; it can make it bad. */
Test(submit_permit_judge, counts_no_sample_by_an_instrument_it_does_not_know)
{
	char card[TEXT_UUID_CHARS + 1];
	char fault[TEXT_UUID_CHARS + 1];
	struct signers c;

	begin(&c);
	healthy(&c);
	apply(&c, (struct what){.gas = true});
	plant_enrol(&c.p, &c.wang, "Sun", "gas-analyst");
	measure(&c, NULL, 0.1, "INSTRUMENT_MISSING");
	measure(&c, detector, 0.1, "INSTRUMENT_DENIED");
	signers_go(&c, &c.zhao, ACT(APPROVE), 0, "GAS_MISSING");
	cards_certify(&c.p, detector, "instrument-calibration", card);
	report(&c, detector, 1, "equipment", fault);
	measure(&c, detector, 0.1, "INSTRUMENT_DENIED");
	clear(&c, fault);
	measure(&c, detector, 0.1, "GAS_OK");
	approve(&c);
	/* 6.5: somebody, or something, goes on measuring. */
	start(&c, NULL, "MONITOR_MISSING");
	start(&c, other, "INSTRUMENT_DENIED");
	report(&c, detector, 2, "data", fault);
	start(&c, detector, "INSTRUMENT_DENIED");
	clear(&c, fault);
	start(&c, detector, NULL);
	change_card(&c, card, RECORD__CERTIFICATE__ACTION__SUSPEND);
	measure(&c, detector, 0.1, "INSTRUMENT_DENIED");
	expect_state(&c, "IN_PROGRESS");
	measure(&c, other, 0.6, "GAS_OVER_LIMIT");
	expect_state(&c, "SUSPENDED");
	plant_end(&c.p);
}

/* Where the pack says so, an instrument whose source has gone silent measures
 * nothing: ten minutes, to the microsecond. */
Test(decide_instrument, believes_no_instrument_that_has_gone_silent)
{
	static char text[PACKED_OTHER];
	char heard[TEXT_UUID_CHARS + 1];
	struct signers c;

	begin(&c);
	packed_other(text, "credential-classes-2026.2", "2026.9",
	    "2026-01-01T00:00:00Z", "instrumentSilentMinutes: 0",
	    "instrumentSilentMinutes: 10");
	packed_activate(&c.p, NULL, text);
	healthy(&c);
	apply(&c, (struct what){.gas = true});
	plant_enrol(&c.p, &c.wang, "Sun", "gas-analyst");
	cards_certify(&c.p, detector, "instrument-calibration", NULL);
	measure(&c, detector, 0.1, "INSTRUMENT_DENIED");
	report(&c, detector, 1, "process", heard);
	plant_turn(&c.p, 10 * PLANT_MINUTE);
	measure(&c, detector, 0.1, "GAS_OK");
	approve(&c);
	plant_turn(&c.p, 1);
	measure(&c, detector, 0.1, "INSTRUMENT_DENIED");
	start(&c, detector, "INSTRUMENT_DENIED");
	report(&c, other, 1, "process", heard);
	start(&c, detector, "INSTRUMENT_DENIED");
	report(&c, detector, 2, "process", heard);
	start(&c, detector, NULL);
	plant_end(&c.p);
}

/* The pack says which records the site keeps; what it keeps none of is said. */
Test(decide_load, goes_by_what_the_pack_says_of_records_that_lack)
{
	char card[TEXT_UUID_CHARS + 1];
	struct signers c;

	begin(&c);
	apply(&c, (struct what){.contractor = true});
	approve(&c);
	start(&c, NULL, "DECISION_DENY");
	cards_certify(&c.p, worker, "health-fit", NULL);
	cards_certify(&c.p, worker, "induction", NULL);
	start(&c, NULL, "DECISION_DENY");
	cards_certify(&c.p, unit, "contractor", card);
	start(&c, NULL, "GUARDIAN_DENIED");
	cards_certify(&c.p, guardian, "health-fit", NULL);
	change_card(&c, card, RECORD__CERTIFICATE__ACTION__SUSPEND);
	start(&c, NULL, "DECISION_DENY");
	change_card(&c, card, RECORD__CERTIFICATE__ACTION__REINSTATE);
	start(&c, NULL, NULL);
	/* Our own staff need no admission. */
	change_card(&c, card, RECORD__CERTIFICATE__ACTION__SUSPEND);
	signers_go(&c, &c.qian, ACT(SUSPEND), 0, NULL);
	apply(&c, (struct what){.contractor = false});
	approve(&c);
	start(&c, NULL, NULL);
	plant_end(&c.p);
}

/* Drilling that is booked first, and whose workers may change. */
static void
begin_booked(struct signers *c)
{
	begin_with(c,
	    pack_text_edit("  rights:\n",
	        "  booking:\n    aheadMinutes: 0\n  rights:\n"
	        "    - {action: BOOK, roles: [applicant], signed: true}\n"
	        "    - {action: CLOSE, roles: [approver], signed: true}\n"
	        "    - {action: CHANGE_WORKERS, roles: [approver], signed: "
	        "true}\n"));
}

/* Whoever changes the crew names no crane: it is that of the application, also
 * where the record begins with a booking that names none. */
Test(submit_crew_ask, finds_the_application_behind_a_booking)
{
	Record__Permit book = RECORD__PERMIT__INIT;
	Record__Permit change = RECORD__PERMIT__INIT;
	struct signers c;

	begin_booked(&c);
	healthy(&c);
	book.action = ACT(BOOK);
	book.work_type = drilling;
	book.area = area;
	book.has_planned_from_at = book.has_planned_to_at = true;
	book.planned_from_at = c.p.now;
	book.planned_to_at = c.p.now + 8 * 60 * PLANT_MINUTE;
	signers_step(&c, &c.wang, &book, 0, NULL);
	apply(&c, (struct what){.crane = true, .booked = true});
	approve(&c);
	start(&c, NULL, "EQUIPMENT_DENIED");
	change.action = ACT(CHANGE_WORKERS);
	change.worker = worker;
	change.has_handed_over = change.handed_over = true;
	signers_step(&c, &c.zhao, &change, 0, NULL);
	start(&c, NULL, "EQUIPMENT_DENIED");
	plant_end(&c.p);
}

static void
change_crew(struct signers *c, char *thing, const char *code)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	m.action = ACT(CHANGE_WORKERS);
	m.worker = worker;
	m.equipment = &thing;
	m.n_equipment = thing != NULL;
	m.has_handed_over = m.handed_over = true;
	signers_step(c, &c->zhao, &m, 0, code);
}

/* The crane of the application passed its inspection, the one that a change
 * brought did not: a change after it that names none leaves that one there. */
Test(submit_crew_ask, goes_by_the_equipment_that_was_named_last)
{
	char second[] = "crane-8";
	struct signers c;

	begin_with(&c,
	    pack_text_edit("    - action: REJECT\n",
	        "    - {action: CHANGE_WORKERS, roles: [approver], signed: "
	        "true}\n    - action: REJECT\n"));
	healthy(&c);
	cards_certify(&c.p, crane, "crane-inspection", NULL);
	apply(&c, (struct what){.crane = true});
	approve(&c);
	change_crew(&c, second, NULL);
	change_crew(&c, NULL, NULL);
	start(&c, NULL, "EQUIPMENT_DENIED");
	cards_certify(&c.p, second, "crane-inspection", NULL);
	start(&c, NULL, NULL);
	plant_end(&c.p);
}

/* What stops work is heard, whatever it names beside. */
Test(permit_check, hears_a_bad_sample_by_more_instruments_than_it_looks_at)
{
	char *many[PERMIT_THINGS_MAX + 1];
	char nobody[] = "";
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__GasReading g = RECORD__GAS_READING__INIT;
	Record__GasReading *list[] = {&g};
	char volume[] = "%vol";
	struct signers c;

	begin(&c);
	healthy(&c);
	apply(&c, (struct what){.gas = true});
	plant_enrol(&c.p, &c.wang, "Sun", "gas-analyst");
	cards_certify(&c.p, detector, "instrument-calibration", NULL);
	measure(&c, detector, 0.1, "GAS_OK");
	approve(&c);
	start(&c, nobody, "MONITOR_MISSING");
	start(&c, detector, NULL);
	for (size_t i = 0; i <= PERMIT_THINGS_MAX; i++)
		many[i] = detector;
	m.action = ACT(GAS_TEST);
	m.has_sampled_at = true;
	m.sampled_at = c.p.now;
	m.gas = list;
	m.n_gas = 1;
	m.instruments = many;
	m.n_instruments = PERMIT_THINGS_MAX + 1;
	g.has_value = g.has_lel = true;
	g.value = 0.1;
	g.lel = 5;
	g.unit = volume;
	signers_step(&c, &c.wang, &m, 0, "LIST_TOO_LONG");
	g.value = 0.6;
	signers_step(&c, &c.wang, &m, 0, NULL);
	expect_state(&c, "SUSPENDED");
	plant_end(&c.p);
}
