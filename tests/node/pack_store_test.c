/* pack_store_test.c - the text that the ledger names, and no other. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_store.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/commit.h"
#include "node/domain/packs.h"
#include "node/pack_adopt.h"
#include "node/pack_notes.h"
#include "tests/support/packed.h"
#include "tests/support/signers.h"

static const Pack__Work *
in_force(struct plant *p)
{
	return packs_work(p->site->packs, "hot-work", p->now);
}

static size_t
notes(struct plant *p, const char *about)
{
	char **list = NULL;
	size_t n = 0;
	size_t found = 0;

	pack_notes_list(p->site, &list, &n);
	for (size_t i = 0; i < n; i++) {
		found += strstr(list[i], about) != NULL;
		free(list[i]);
	}
	free(list);
	return found;
}

Test(pack_store, uses_the_text_of_the_ledger_and_not_a_file_that_differs)
{
	struct plant p;
	char text[PACKED_TEXT];
	char other[PACKED_TEXT];

	packed_edit(text, "2026.9", "sampleMinutes: 30", "sampleMinutes: 20");
	packed_edit(other, "2026.9", "sampleMinutes: 30", "sampleMinutes: 25");
	plant_begin(&p, "plant-b.acme.example");
	packed_activate(&p, NULL, text);
	cr_assert_eq(in_force(&p)->sample_minutes, 20);
	packed_file(&p, "hot-work@2026.9.yaml", other);
	plant_restart(&p);
	cr_assert_eq(in_force(&p)->sample_minutes, 20);
	cr_assert_eq(notes(&p, "not used: hot-work@2026.9.yaml"), 1);
	packed_file(&p, "hot-work@2026.9.yaml", NULL);
	plant_restart(&p);
	cr_assert_eq(in_force(&p)->sample_minutes, 20, "no file is needed");
	cr_assert_eq(notes(&p, "2026.9"), 1, "less than the whole, still");
	plant_end(&p);
}

Test(pack_store, lets_no_file_take_the_place_of_a_built_in_version)
{
	struct plant p;
	char other[PACKED_TEXT];

	packed_edit(other, "2022.1", "sampleMinutes: 30", "sampleMinutes: 10");
	plant_begin(&p, "plant-b.acme.example");
	packed_file(&p, "mine.yaml", other);
	plant_restart(&p);
	cr_assert_eq(in_force(&p)->sample_minutes, 30);
	cr_assert_eq(notes(&p, "not used: mine.yaml"), 1);
	struct submit_result *r = packed_try(&p, NULL, other);
	cr_assert_eq(r->error, ERR_EXISTS, "%s", r->why.text);
	submit_result_free(r);
	plant_end(&p);
}

/* A text that is too long for an entry: only its file has it. */
Test(pack_store, refuses_what_goes_by_a_text_that_is_lost)
{
	struct plant p;
	static char text[128 * 1024];
	size_t n;

	packed_edit(text, "2026.9", "sampleMinutes: 30", "sampleMinutes: 20");
	n = strlen(text);
	while (n < 60000)
		n += (size_t)snprintf(text + n, sizeof text - n, "# room\n");
	plant_begin(&p, "plant-b.acme.example");
	packed_activate(&p, NULL, text);
	plant_restart(&p);
	cr_assert_eq(in_force(&p)->sample_minutes, 20);
	text[n - 2] = 'M';
	packed_file(&p, "hot-work@2026.9.yaml", text);
	plant_restart(&p);
	cr_assert_null(in_force(&p));
	cr_assert_eq(notes(&p, "its text is not here"), 1);
	cr_assert_eq(notes(&p, "not used"), 1);
	text[n - 2] = 'm';
	packed_file(&p, "hot-work@2026.9.yaml", text);
	plant_restart(&p);
	cr_assert_eq(in_force(&p)->sample_minutes, 20);
	plant_end(&p);
}

static void
begin_permit(struct signers *c)
{
	static char area[] = "tank-farm-2";
	static char work[] = "hot-work";
	static char worker[] = SIGNERS_WORKER;
	static char guardian[] = "g-0003";
	Record__Permit m = RECORD__PERMIT__INIT;

	m.action = RECORD__PERMIT__ACTION__APPLY;
	m.work_type = work;
	m.has_level = true;
	m.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	m.area = area;
	m.worker = worker;
	m.guardian = guardian;
	m.has_planned_from_at = m.has_planned_to_at = true;
	m.planned_from_at = c->p.now;
	m.planned_to_at = c->p.now + 8 * 60 * PLANT_MINUTE;
	signers_step(c, &c->li, &m, 0, NULL);
	signers_gas(c, c->p.now);
	signers_go(c, &c->zhao, RECORD__PERMIT__ACTION__APPROVE, 0, NULL);
}

static void
begin_people(struct signers *c)
{
	*c = (struct signers){.seq = 0};
	plant_begin(&c->p, "plant-b.acme.example");
	plant_enrol(&c->p, &c->li, "Li", "applicant");
	plant_enrol(&c->p, &c->wang, "Wang", "gas-analyst");
	plant_enrol(&c->p, &c->zhao, "Zhao", "approver");
	plant_enrol(&c->p, &c->qian, "Qian", "guardian");
	signers_certify(c);
}

/* Two at once: each is added to what the other left. */
Test(pack_store, keeps_each_of_two_that_are_activated_together)
{
	static const char *const names[] = {
	    "hot-work@2026.8", "hot-work@2026.9"};
	struct submit_wait *wait[2];
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	commit_hold(p.site->commit);
	for (size_t i = 0; i < 2; i++) {
		const struct submit_to to =
		    plant_to(&p, wait[i] = submit_wait_new());
		Api__PackPost post = API__PACK_POST__INIT;
		char text[PACKED_TEXT];

		packed_edit(text, strchr(names[i], '@') + 1, "none", "none");
		post.text = text;
		pack_store_activate(&to, &post);
	}
	commit_go(p.site->commit);
	for (size_t i = 0; i < 2; i++) {
		struct submit_result *r = submit_wait_for(wait[i]);

		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		submit_result_free(r);
	}
	for (size_t i = 0; i < 2; i++)
		cr_assert_not_null(
		    packs_version(p.site->packs, packs_id(names[i])), "%s",
		    names[i]);
	plant_end(&p);
}

/* The file of the one that is refused is not that of the other. */
Test(pack_store, keeps_the_text_of_the_one_that_is_entered_of_two)
{
	struct submit_wait *wait[2];
	struct plant p;
	static char text[2][128 * 1024];
	size_t entered = 0;

	plant_begin(&p, "plant-b.acme.example");
	commit_hold(p.site->commit);
	for (size_t i = 0; i < 2; i++) {
		const struct submit_to to =
		    plant_to(&p, wait[i] = submit_wait_new());
		Api__PackPost post = API__PACK_POST__INIT;
		size_t n;

		packed_edit(text[i], "2026.9", "sampleMinutes: 30",
		    i == 0 ? "sampleMinutes: 20" : "sampleMinutes: 10");
		/* Too long for an entry: only its file has it. */
		for (n = strlen(text[i]); n < 60000; n += 7)
			memcpy(text[i] + n, "# room\n", 8);
		post.text = text[i];
		pack_store_activate(&to, &post);
	}
	commit_go(p.site->commit);
	for (size_t i = 0; i < 2; i++) {
		struct submit_result *r = submit_wait_for(wait[i]);

		cr_expect_eq(
		    r->error, i == 0 ? ERR_OK : ERR_EXISTS, "%s", r->why.text);
		entered += r->error == ERR_OK;
		submit_result_free(r);
	}
	cr_assert_eq(entered, 1);
	plant_restart(&p);
	cr_assert_not_null(in_force(&p), "its text is lost");
	cr_assert_eq(in_force(&p)->sample_minutes, 20);
	plant_end(&p);
}

/* What starts a permit goes by the version that stops it: its own.  By the
 * newer one an alarm of level 3 is reason enough. */
Test(pack_store, decides_for_a_permit_by_the_version_it_began_with)
{
	static char gas[] = "gas";
	static char area[] = "tank-farm-2";
	Record__Alarm a = RECORD__ALARM__INIT;
	struct signers c;
	char text[PACKED_TEXT];

	begin_people(&c);
	begin_permit(&c);
	packed_edit(text, "2026.9", "alarmLevel: 2", "alarmLevel: 3");
	packed_activate(&c.p, NULL, text);
	a.kind = gas;
	a.area = area;
	a.has_level = true;
	a.level = 3;
	submit_result_free(plant_alarms(&c.p, (Record__Alarm *[]){&a}, 1));
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	c.permit[0] = '\0';
	c.seq = 0;
	begin_permit(&c);
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__START, 0, "DECISION_DENY");
	plant_end(&c.p);
}

/* Its version has another text after the restart: then it has none. */
Test(pack_store, lets_no_permit_go_on_by_another_text_than_it_began_with)
{
	struct signers c;
	char text[PACKED_TEXT];

	begin_people(&c);
	packed_edit(
	    text, "2026.9", "effectiveAt: \"2022", "effectiveAt: \"2026");
	packed_file(&c.p, "mine.yaml", text);
	plant_restart(&c.p);
	cr_assert_str_eq(in_force(&c.p)->version, "2026.9");
	cr_assert_eq(notes(&c.p, "in force by its file alone"), 1);
	begin_permit(&c);
	packed_edit(text, "2026.9", "sampleMinutes: 30", "sampleMinutes: 29");
	packed_file(&c.p, "mine.yaml", text);
	plant_restart(&c.p);
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__START, 0, "PACK_MISSING");
	plant_end(&c.p);
}

/* ---- files of every kind ---- */

static char calendar_text[] = "calendar:\n"
                              "  version: \"a\"\n"
                              "  effectiveAt: \"2020-01-01T00:00:00Z\"\n"
                              "  dayOffsetMinutes: 480\n"
                              "  from: \"2026-01-01\"\n"
                              "  to: \"2026-12-31\"\n"
                              "  nightFrom: \"22:00\"\n"
                              "  nightTo: \"06:00\"\n";

/* The built-in alarm policy as a file of the company's, with another time that
 * alarms of level 2 may be shelved. */
static void
alarm_file(
    struct plant *p, const char *version, const char *minutes, const char *from)
{
	static char text[PACKED_OTHER];
	char now[32], name[64];

	(void)snprintf(now, sizeof now, "shelveMinutes: %s", minutes);
	packed_other(text, "alarm", version, from, "shelveMinutes: 60", now);
	(void)snprintf(name, sizeof name, "alarm-%s.yaml", version);
	packed_file(p, name, text);
}

static uint32_t
shelve(struct plant *p)
{
	return packs_alarm(p->site->packs, p->now)->levels[1]->shelve_minutes;
}

/* Whether there was something to enter. */
static bool
adopt(struct plant *p, enum err want)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);
	struct submit_result *r;

	if (!pack_adopt(&to)) {
		submit_wait_done(w, NULL);
		free(w);
		return false;
	}
	r = submit_wait_for(w);
	cr_expect_eq(r->error, want, "%s", r->why.text);
	submit_result_free(r);
	return true;
}

/* The first start of a node that has had files: what was in force stays so,
 * and is in the ledger; what is looser is not, and people are told. */
Test(pack_store, enters_the_files_that_are_in_force_and_no_looser_one)
{
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	packed_file(&p, "calendar.yaml", calendar_text);
	alarm_file(&p, "tight", "20", "2026-02-01T00:00:00Z");
	alarm_file(&p, "later", "10", "2030-01-01T00:00:00Z");
	alarm_file(&p, "older", "5", "2026-01-15T00:00:00Z");
	alarm_file(&p, "loose", "90", "2026-03-01T00:00:00Z");
	plant_restart(&p);
	cr_expect_eq(shelve(&p), 20);
	cr_expect_eq(notes(&p, "not used: alarm-loose.yaml"), 1);
	cr_expect_eq(notes(&p, "in force by its file alone"), 2);
	cr_expect(adopt(&p, ERR_OK));
	cr_expect_not(adopt(&p, ERR_OK), "once");
	cr_expect_eq(shelve(&p), 20, "nothing changed");
	cr_expect_eq(notes(&p, "in force by its file alone"), 0);
	cr_expect_eq(notes(&p, "nobody activated it"), 2);
	cr_expect_eq(notes(&p, "alarm@older"), 0, "another replaced it");
	/* The ledger has the texts: the files are needed no more. */
	packed_file(&p, "calendar.yaml", NULL);
	packed_file(&p, "alarm-tight.yaml", NULL);
	packed_file(&p, "alarm-later.yaml", NULL);
	plant_restart(&p);
	cr_expect_eq(shelve(&p), 20);
	cr_expect_str_eq(packs_calendar(p.site->packs, p.now)->version, "a");
	cr_expect_eq(packs_alarm(p.site->packs, INT64_C(1893456000000001))
	                 ->levels[1]
	                 ->shelve_minutes,
	    10, "from its date on");
	cr_expect_not(adopt(&p, ERR_OK));
	/* A further file of the kind waits for somebody. */
	alarm_file(&p, "next", "15", "2026-03-01T00:00:00Z");
	plant_restart(&p);
	cr_expect_eq(shelve(&p), 20);
	cr_expect_not(adopt(&p, ERR_OK));
	cr_expect_eq(notes(&p, "alarm@next lies in DIR/packs and is not"), 1);
	packed_activate(&p, (char[]){"alarm@next"}, NULL);
	cr_expect_eq(shelve(&p), 15);
	cr_expect_eq(notes(&p, "alarm@next"), 0);
	/* Somebody activates what nobody had. */
	packed_activate(&p, (char[]){"calendar@a"}, NULL);
	cr_expect_eq(notes(&p, "nobody activated it"), 0);
	plant_end(&p);
}

/* Looser: refused without a deviation, also where it is activated; with one it
 * is in force until it ends. */
Test(pack_store, activates_no_looser_alarm_policy_without_a_deviation)
{
	static const char deviation[] =
	    "deviation: {reason: trial, decidedBy: chief, untilAt: "
	    "\"2026-11-23T00:00:00Z\"}\n%s";
	static char text[PACKED_OTHER], whole[PACKED_OTHER + 200];
	struct submit_result *r;
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	packed_other(text, "alarm", "loose", "2026-03-01T00:00:00Z",
	    "shelveMinutes: 60", "shelveMinutes: 90");
	r = packed_try(&p, NULL, text);
	cr_expect_eq(r->error, ERR_REFUSED);
	cr_expect_not_null(
	    strstr(r->why.text, "$.alarm.levels[1].shelveMinutes"), "%s",
	    r->why.text);
	submit_result_free(r);
	(void)snprintf(whole, sizeof whole, deviation, text);
	packed_file(&p, "loose.yaml", whole);
	plant_restart(&p);
	cr_expect_eq(shelve(&p), 60, "not by its file");
	cr_expect_not(adopt(&p, ERR_OK), "nor entered by itself");
	cr_expect_eq(notes(&p, "alarm@loose lies in DIR/packs and is not"), 1);
	packed_activate(&p, (char[]){"alarm@loose"}, NULL);
	cr_expect_eq(shelve(&p), 90);
	plant_restart(&p);
	cr_expect_eq(shelve(&p), 90, "the ledger has it");
	plant_turn(&p, 24 * 60 * PLANT_MINUTE);
	cr_expect_eq(shelve(&p), 60, "it ended by itself");
	plant_end(&p);
}

/* It is measured by the standard that was activated since. */
Test(pack_store, activates_again_no_pack_that_became_looser_than_the_standard)
{
	static char text[PACKED_OTHER];
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	packed_other(text, "credential-classes", "mine", "2026-02-01T00:00:00Z",
	    "warnDays: [90,", "warnDays: [120, 90,");
	packed_activate(&p, NULL, text);
	plant_turn(&p, PLANT_MINUTE);
	packed_activate(&p, (char[]){"credentials@2026.2"}, NULL);
	for (int by_text = 0; by_text < 2; by_text++) {
		char name[] = "credentials@mine";
		struct submit_result *r = packed_try(
		    &p, by_text ? NULL : name, by_text ? text : NULL);

		cr_expect_eq(r->error, ERR_REFUSED, "%d", by_text);
		submit_result_free(r);
	}
	cr_expect_str_eq(
	    packs_credentials(p.site->packs, p.now)->version, "2026.2");
	plant_end(&p);
}

/* What holds, and when, is not another after a start, whatever the clock did.
 */
Test(
    pack_store, orders_activations_as_the_ledger_does_when_the_clock_falls_back)
{
	static char text[2][PACKED_OTHER];
	uint32_t live[3];
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	packed_other(text[0], "alarm", "a", "2026-02-01T00:00:00Z",
	    "shelveMinutes: 60", "shelveMinutes: 50");
	packed_other(text[1], "alarm", "b", "2026-02-02T00:00:00Z",
	    "shelveMinutes: 60", "shelveMinutes: 40");
	packed_activate(&p, NULL, text[0]);
	plant_turn(&p, -30 * PLANT_MINUTE);
	packed_activate(&p, NULL, text[1]);
	for (size_t i = 0; i < 3; i++) {
		live[i] = shelve(&p);
		plant_turn(&p, 20 * PLANT_MINUTE);
	}
	cr_expect_eq(live[2], 40, "the last that was activated holds");
	plant_turn(&p, -60 * PLANT_MINUTE);
	plant_restart(&p);
	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(shelve(&p), live[i], "%zu", i);
		plant_turn(&p, 20 * PLANT_MINUTE);
	}
	plant_end(&p);
}

/* ---- what runs ends on the version that it began with ---- */

static void
report_danger(struct plant *p, char id[static TEXT_UUID_CHARS + 1])
{
	static char type[] = "hidden-danger", area[] = "tank-farm-2";
	Record__Case c = RECORD__CASE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	c.has_action = true;
	c.action = RECORD__CASE__ACTION__REPORT;
	c.type = type;
	c.area = area;
	post.case_event = &c;
	r = plant_event(p, LEDGER__KIND__CASE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

static enum err
accept_danger(struct plant *p, const struct plant_person *who, char *id)
{
	Record__Case m = RECORD__CASE__INIT;
	const struct plant_sign s = {.who = who,
	    .kind = LEDGER__KIND__CASE,
	    .record = id,
	    .based_on = 1,
	    .msg = &m.base,
	    .occurred_us = p->now};
	struct submit_result *r;
	enum err e;

	m.has_action = m.has_occurred_at = m.has_level = true;
	m.action = RECORD__CASE__ACTION__ACCEPT;
	m.occurred_at = p->now;
	m.level = 1;
	r = plant_signed(p, &s, id);
	e = r->error;
	submit_result_free(r);
	return e;
}

Test(pack_store, ends_a_case_by_the_policy_that_it_began_with)
{
	static char text[PACKED_OTHER];
	char before[TEXT_UUID_CHARS + 1], after[TEXT_UUID_CHARS + 1];
	struct plant_person wang;
	struct plant p;

	plant_begin(&p, "plant-b.acme.example");
	plant_enrol(&p, &wang, "wang", "supervisor");
	report_danger(&p, before);
	plant_turn(&p, PLANT_MINUTE);
	packed_other(text, "cases", "2026.9", "2026-03-01T00:00:00Z",
	    "ACCEPT, roles: [safety-officer, supervisor]",
	    "ACCEPT, roles: [safety-officer]");
	packed_activate(&p, NULL, text);
	plant_turn(&p, PLANT_MINUTE);
	report_danger(&p, after);
	cr_expect_eq(accept_danger(&p, &wang, before), ERR_OK);
	cr_expect_neq(accept_danger(&p, &wang, after), ERR_OK);
	plant_end(&p);
}

/* ---- a regulator asks for one more step ---- */

static void
review(struct signers *c, const struct plant_person *who)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	char name[] = "environment";

	m.action = RECORD__PERMIT__ACTION__STEP;
	m.step = name;
	signers_step(c, who, &m, 0, NULL);
}

/* Alarms of the rules with this code. */
static size_t
rule_alarms(struct plant *p, const char *code)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	char source[] = "permit-rules";
	Api__Records *list = NULL;
	size_t n = 0;

	q.subject = source;
	cr_assert_eq(
	    query_list(p->site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	for (size_t i = 0; i < list->n_items; i++)
		n += strcmp(list->items[i]->events[0]->alarm->std_code, code) ==
		    0;
	api__records__free_unpacked(list, NULL);
	return n;
}

/* The articles' environmental review, not older than four hours: an edit to a
 * pack.  A permit that runs ends without it; a new one does not start without
 * it, nor on an old one; work that began so all the same is an alarm. */
Test(pack_store, adds_a_step_of_four_hours_and_its_alarm_by_an_edit)
{
	static const char step[] = "sampleMinutes: 30\n"
	                           "  steps:\n"
	                           "    - name: environment\n"
	                           "      title: environmental review\n"
	                           "      titleZh: \"环境影响评估\"\n"
	                           "      clause: \"local order 7\"\n"
	                           "      roles: [environment-officer]\n"
	                           "      before: START\n"
	                           "      maxAgeMinutes: 240\n"
	                           "      code: L-ENV";
	const Record__Permit__Action start = RECORD__PERMIT__ACTION__START;
	struct plant_person sun;
	struct signers c;
	char text[PACKED_TEXT];

	begin_people(&c);
	begin_permit(&c);
	packed_edit(text, "2026.9", "sampleMinutes: 30", step);
	packed_activate(&c.p, NULL, text);
	plant_enrol(&c.p, &sun, "Sun", "environment-officer");
	signers_go(&c, &c.qian, start, 0, NULL);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__FINISH, 0, NULL);
	c.permit[0] = '\0';
	c.seq = 0;
	begin_permit(&c);
	signers_go(&c, &c.qian, start, 0, "STEP_MISSING");
	review(&c, &sun);
	plant_turn(&c.p, 240 * PLANT_MINUTE + 1);
	signers_gas(&c, c.p.now);
	signers_go(&c, &c.qian, start, 0, "STEP_TOO_OLD");
	cr_expect_eq(rule_alarms(&c.p, "80"), 0, "nothing happened");
	/* Signed offline five minutes ago, and comes now. */
	plant_turn(&c.p, 20 * PLANT_MINUTE);
	signers_go(&c, &c.qian, start, 15 * PLANT_MINUTE, "STEP_TOO_OLD");
	cr_expect_eq(rule_alarms(&c.p, "80"), 1);
	review(&c, &sun);
	signers_go(&c, &c.qian, start, 0, NULL);
	plant_end(&c.p);
}
