/* submit_crew_test.c - who works under a permit, who guards it, who comes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_crew.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/pack_text.h"
#include "tests/support/packed.h"
#include "tests/support/signers.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name

static char area[] = "tank-farm-2";
static char drilling[] = "drilling";
static char worker[] = SIGNERS_WORKER;
static char guardian[] = SIGNERS_GUARDIAN;
static char commander[] = "c-0005";

/* Drilling, whose people may change. */
static void
install(struct plant *p)
{
	char *text = pack_text_edit("    - action: REJECT\n",
	    "    - action: CHANGE_GUARDIAN\n"
	    "      roles: [any]\n"
	    "      signed: true\n"
	    "    - action: CHANGE_WORKERS\n"
	    "      roles: [any]\n"
	    "      signed: true\n"
	    "    - action: REJECT\n");

	packed_file(p, "drilling.yaml", text);
	free(text);
	plant_restart(p);
}

/* The built-in credential pack as a company's own, one of its lines by another
 * and more at its end. */
static void
install_cards(
    struct plant *p, const char *was, const char *now, const char *more)
{
	char path[TEMP_PATH_BYTES + 32];
	char line[512];
	FILE *from = fopen("node/packs/credential-classes.yaml", "r");
	FILE *to;

	(void)snprintf(path, sizeof path, "%s/packs/cards.yaml", p->dir);
	to = fopen(path, "w");
	cr_assert_not_null(from);
	cr_assert_not_null(to);
	while (fgets(line, sizeof line, from) != NULL) {
		char *at = strstr(line, "version: \"2026.1\"");

		if (at != NULL)
			memcpy(at, "version: \"2026.9\"", 17);
		at = strstr(line, "\"2015-07-01");
		if (at != NULL)
			memcpy(at, "\"2016", 5);
		(void)fputs(strstr(line, was) != NULL ? now : line, to);
	}
	(void)fputs(more, to);
	(void)fclose(from);
	(void)fclose(to);
	plant_restart(p);
}

/* Drilling asks for a driver in the crew and for a commander by name. */
static void
install_parts(struct plant *p)
{
	install_cards(p, "no such line", "",
	    "    - {role: crane-driver, workTypes: [drilling], "
	    "classes: [crane-driver]}\n"
	    "    - {role: commander, workTypes: [drilling], "
	    "classes: [crane-signal]}\n");
}

static void
do_step(struct signers *c, const char *name)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	char step[16];
	char hazards[] = "dust";

	(void)snprintf(step, sizeof step, "%s", name);
	m.action = ACT(STEP);
	m.step = step;
	m.hazards = hazards;
	signers_step(c, &c->li, &m, 0, NULL);
}

/* Approved by zhao. */
static void
apply_for(struct signers *c, char *who, char *guard)
{
	Record__Permit m = RECORD__PERMIT__INIT;

	m.action = ACT(APPLY);
	m.work_type = drilling;
	m.has_level = true;
	m.level = RECORD__PERMIT__LEVEL__UNLEVELLED;
	m.area = area;
	m.worker = who;
	m.guardian = guard;
	m.commander = commander;
	m.has_planned_from_at = m.has_planned_to_at = true;
	m.planned_from_at = c->p.now;
	m.planned_to_at = c->p.now + 8 * 60 * PLANT_MINUTE;
	m.has_explosive_area = true;
	signers_step(c, &c->wang, &m, 0, NULL);
	do_step(c, "risk");
	do_step(c, "brief");
	signers_go(c, &c->zhao, ACT(APPROVE), 0, NULL);
}

static void
apply(struct signers *c)
{
	apply_for(c, worker, guardian);
}

/* Guarded by the actor of the guardian's name. */
static void
begin(struct signers *c)
{
	*c = (struct signers){.seq = 0};
	plant_begin(&c->p, "plant-b.acme.example");
	install(&c->p);
	plant_enrol(&c->p, &c->li, "Li", "safety-officer");
	plant_enrol(&c->p, &c->wang, "Wang", "applicant");
	plant_enrol(&c->p, &c->zhao, "Zhao", "approver");
	plant_enrol(&c->p, &c->qian, "G-0003", "guardian");
	apply(c);
}

static void
change(struct signers *c, Record__Permit__Action action, const char *to,
    const char *code)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	char name[64];

	(void)snprintf(name, sizeof name, "%s", to);
	m.action = action;
	if (action == ACT(CHANGE_GUARDIAN))
		m.guardian = name;
	else
		m.worker = name;
	m.has_handed_over = m.handed_over = true;
	signers_step(c, &c->li, &m, 0, code);
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
suspend_card(struct signers *c, const char *card)
{
	Record__Certificate m = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	m.has_action = true;
	m.action = RECORD__CERTIFICATE__ACTION__SUSPEND;
	post.certificate = &m;
	r = plant_event(&c->p, LEDGER__KIND__CERTIFICATE, card, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* The decisions that stand in the ledger about this person. */
static size_t
decisions_about(struct signers *c, const char *holder)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.proof = false};
	Api__Records *list = NULL;
	char subject[64];
	size_t n;

	(void)snprintf(subject, sizeof subject, "%s", holder);
	q.subject = subject;
	cr_assert_eq(query_list(c->p.site, LEDGER__KIND__DECISION, &q, &scope,
	                 &list, NULL),
	    ERR_OK);
	n = list->n_items;
	api__records__free_unpacked(list, NULL);
	return n;
}

/* GB 30871-2022 4.10: trained, examined, and holding the certificate. */
Test(submit_crew_ask, lets_nobody_guard_a_start_without_the_certificate)
{
	struct signers c;

	begin(&c);
	cards_certify(&c.p, worker, "welding", NULL);
	signers_go(&c, &c.qian, ACT(START), 0, "GUARDIAN_DENIED");
	expect_state(&c, "ISSUED");
	cr_assert_eq(decisions_about(&c, guardian), 0u);
	cards_guardian(&c.p, guardian);
	signers_go(&c, &c.qian, ACT(START), 0, NULL);
	cr_assert_eq(decisions_about(&c, guardian), 1u);
	cr_assert_eq(decisions_about(&c, worker), 1u);
	plant_end(&c.p);
}

/* Whatever a company's pack says of cards that nobody has. */
Test(submit_crew_ask, lets_nobody_guard_on_no_card_at_all)
{
	struct signers c;

	begin(&c);
	install_cards(&c.p, "{role: guardian, classes: [guardian]",
	    "    - {role: guardian, classes: [guardian], ifKnown: true}\n", "");
	cards_certify(&c.p, worker, "welding", NULL);
	signers_go(&c, &c.qian, ACT(START), 0, "GUARDIAN_DENIED");
	cards_guardian(&c.p, guardian);
	signers_go(&c, &c.qian, ACT(START), 0, NULL);
	plant_end(&c.p);
}

Test(submit_crew_ask, names_the_part_and_the_clause_of_whoever_is_denied)
{
	struct signers c;
	Record__Permit m = RECORD__PERMIT__INIT;
	struct submit_result *r;

	begin(&c);
	cards_certify(&c.p, worker, "welding", NULL);
	m.has_action = m.has_occurred_at = true;
	m.action = ACT(START);
	m.occurred_at = c.p.now;
	const struct plant_sign sign = {.who = &c.qian,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = c.permit,
	    .based_on = c.seq,
	    .msg = &m.base,
	    .occurred_us = c.p.now};
	r = plant_signed(&c.p, &sign, c.permit);
	cr_assert_neq(r->error, ERR_OK);
	cr_assert_str_eq(r->said.what, "guardian");
	cr_assert_str_eq(r->rule->clause, "GB 30871-2022 4.10");
	cr_assert_str_eq(r->rules.at[0]->code, "NO_CREDENTIAL");
	submit_result_free(r);
	plant_end(&c.p);
}

/* While work runs, too: the one who leaves stays answerable until then. */
Test(submit_crew_ask, lets_nobody_take_over_the_guard_without_the_certificate)
{
	struct signers c;

	begin(&c);
	cards_begin(&c.p, worker, "welding", guardian, NULL);
	signers_go(&c, &c.qian, ACT(START), 0, NULL);
	change(&c, ACT(CHANGE_GUARDIAN), "g-0009", "GUARDIAN_DENIED");
	cards_guardian(&c.p, "g-0009");
	change(&c, ACT(CHANGE_GUARDIAN), "g-0009", NULL);
	cr_assert_eq(decisions_about(&c, "g-0009"), 1u);
	expect_state(&c, "IN_PROGRESS");
	/* The former one may not resume any more, the decisions are about the
	 * new one. */
	signers_go(&c, &c.li, ACT(SUSPEND), 0, NULL);
	cards_certify(&c.p, "g-0004", "guardian", NULL);
	change(&c, ACT(CHANGE_GUARDIAN), guardian, NULL);
	signers_go(&c, &c.qian, ACT(RESUME), 0, NULL);
	plant_end(&c.p);
}

/* 4.10: whoever guards may no longer do so, and the work stops at once. */
Test(submit_person_stop, stops_the_work_whose_guardian_loses_the_certificate)
{
	char card[TEXT_UUID_CHARS + 1];
	struct signers c;

	begin(&c);
	cards_begin(&c.p, worker, "welding", "nobody", NULL);
	cards_guardian(&c.p, guardian);
	signers_go(&c, &c.qian, ACT(START), 0, NULL);
	/* A suspended one outweighs the other, in any spelling. */
	cards_certify(&c.p, "\xef\xbc\xa7 - 0003", "guardian", card);
	suspend_card(&c, card);
	expect_state(&c, "SUSPENDED");
	signers_go(&c, &c.qian, ACT(RESUME), 0, "GUARDIAN_DENIED");
	plant_end(&c.p);
}

/* 4.10f: he does not guard here while he works there. */
Test(submit_crew_ask, lets_nobody_guard_and_work_at_the_same_time)
{
	char second[] = "w-0018";
	struct signers c;
	struct signers other;

	begin(&c);
	cards_begin(&c.p, worker, "welding", guardian, NULL);
	signers_go(&c, &c.qian, ACT(START), 0, NULL);
	/* The same area; its guardian is the worker of the first. */
	other = c;
	other.permit[0] = '\0';
	other.seq = 0;
	apply_for(&other, second, worker);
	cards_begin(&c.p, second, "welding", worker, NULL);
	plant_enrol(&c.p, &other.qian, SIGNERS_WORKER, "guardian");
	signers_go(&other, &other.qian, ACT(START), 0, "GUARDIAN_DENIED");
	signers_go(&c, &c.qian, ACT(SUSPEND), 0, NULL);
	signers_go(&other, &other.qian, ACT(START), 0, NULL);
	/* And now the other way round. */
	signers_go(&c, &c.qian, ACT(RESUME), 0, "DECISION_DENY");
	plant_end(&c.p);
}

/* 4.9: a crew of signallers lifts nothing, nor one whose commander has no card.
 */
Test(submit_crew_ask, wants_somebody_for_each_part_of_the_work)
{
	char card[TEXT_UUID_CHARS + 1];
	struct signers c;

	begin(&c);
	install_parts(&c.p);
	cards_begin(&c.p, worker, "welding", guardian, NULL);
	cards_certify(&c.p, worker, "crane-signal", NULL);
	signers_go(&c, &c.qian, ACT(START), 0, "PART_DENIED");
	cards_certify(&c.p, worker, "crane-driver", card);
	signers_go(&c, &c.qian, ACT(START), 0, "PART_DENIED");
	cards_certify(&c.p, commander, "crane-driver", NULL);
	signers_go(&c, &c.qian, ACT(START), 0, "PART_DENIED");
	cards_certify(&c.p, commander, "crane-signal", NULL);
	signers_go(&c, &c.qian, ACT(START), 0, NULL);
	/* His other card lets him go on with the rest, not with this. */
	suspend_card(&c, card);
	expect_state(&c, "SUSPENDED");
	signers_go(&c, &c.qian, ACT(RESUME), 0, "PART_DENIED");
	plant_end(&c.p);
}

/* A change of workers that names no commander leaves the one whom the change
 * before it named. */
Test(submit_crew_ask, goes_by_the_commander_who_was_named_last)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	char other[] = "c-0006";
	struct signers c;

	begin(&c);
	install_parts(&c.p);
	cards_begin(&c.p, worker, "welding", guardian, NULL);
	cards_certify(&c.p, worker, "crane-driver", NULL);
	cards_certify(&c.p, commander, "crane-signal", NULL);
	m.action = ACT(CHANGE_WORKERS);
	m.worker = worker;
	m.commander = other;
	m.has_handed_over = m.handed_over = true;
	signers_step(&c, &c.li, &m, 0, NULL);
	change(&c, ACT(CHANGE_WORKERS), worker, NULL);
	signers_go(&c, &c.qian, ACT(START), 0, "PART_DENIED");
	cards_certify(&c.p, other, "crane-signal", NULL);
	signers_go(&c, &c.qian, ACT(START), 0, NULL);
	plant_end(&c.p);
}

/* Order 30 art. 32: who watches others weld has not welded himself. */
Test(decide_load_person, does_not_take_a_guardian_s_watch_for_work)
{
	struct signers c;
	Api__DecisionQuery q = API__DECISION_QUERY__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;

	begin(&c);
	cards_begin(&c.p, guardian, "welding", guardian, NULL);
	plant_turn(&c.p, INT64_C(190) * 24 * 60 * PLANT_MINUTE);
	c.permit[0] = '\0';
	c.seq = 0;
	apply(&c);
	cards_begin(&c.p, worker, "welding", guardian, NULL);
	signers_go(&c, &c.qian, ACT(START), 0, NULL);
	signers_go(&c, &c.qian, ACT(SUSPEND), 0, NULL);
	q.holder = guardian;
	q.work_type = drilling;
	q.has_level = true;
	q.level = RECORD__PERMIT__LEVEL__UNLEVELLED;
	q.area = area;
	const struct submit_to to = plant_to(&c.p, w);
	submit_decision(&to, &q);
	r = submit_wait_for(w);
	cr_assert_neq(r->decision, RECORD__DECISION__RESULT__ALLOW);
	cr_assert_str_eq(r->rules.at[0]->code, "IDLE_UNKNOWN");
	submit_result_free(r);
	plant_end(&c.p);
}

/* One person stays one, however the name is spelt. */
Test(permit_crew, knows_a_person_in_any_spelling)
{
	static const struct {
		Record__Permit__Action action;
		const char *name;
		const char *code;
	} rows[] = {
	    {ACT(CHANGE_GUARDIAN), "W-0017", "GUARDIAN_IS_WORKER"},
	    {ACT(CHANGE_GUARDIAN), " w - 0017 ", "GUARDIAN_IS_WORKER"},
	    {ACT(CHANGE_GUARDIAN),
	        "\xef\xbc\xb7\xef\xbc\x8d\xef\xbc\x90\xef\xbc\x90\xef\xbc\x91"
	        "\xef\xbc\x97",
	        "GUARDIAN_IS_WORKER"},
	    {ACT(CHANGE_WORKERS), "G-0003", "GUARDIAN_IS_WORKER"},
	    {ACT(CHANGE_WORKERS),
	        "g\xe3\x80\x80\xe2\x80\x93"
	        "0003",
	        "GUARDIAN_IS_WORKER"},
	    /* Who approved does not work under it. */
	    {ACT(CHANGE_WORKERS), "zhao", "SAME_PERSON"},
	    {ACT(CHANGE_WORKERS), "Z H A O", "SAME_PERSON"},
	    {ACT(CHANGE_WORKERS),
	        "\xef\xbc\xba\xef\xbd\x88"
	        "ao",
	        "SAME_PERSON"},
	    {ACT(CHANGE_WORKERS), "\xe3\x80\x80", "WORKER_MISSING"},
	    {ACT(CHANGE_GUARDIAN), " ", "GUARDIAN_MISSING"},
	    {ACT(CHANGE_WORKERS), "w-0018", NULL},
	};
	struct signers c;

	begin(&c);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		change(&c, rows[i].action, rows[i].name, rows[i].code);
	plant_end(&c.p);
}
