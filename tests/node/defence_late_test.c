/* defence_late_test.c - who has not applied a rule, by a clock that turns. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence_late.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/defence_heard.h"
#include "node/submit_defence.h"
#include "tests/support/plant.h"

#define SELF "hq.acme.example"
#define OTHER "plant-b.acme.example"
#define THIRD "plant-c.acme.example"
#define APPLIED RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED
#define ENDED RECORD__DEFENCE_RECEIPT__OUTCOME__ENDED

static struct plant p;
static struct defence_late *late;
static struct defence_set set; /* of a headquarters, without its papers */
static char *members[] = {(char[]){SELF}, (char[]){OTHER}, (char[]){THIRD}};

static void
setup(void)
{
	plant_begin(&p, SELF);
	late = defence_late_new(p.site);
	memset(&set, 0, sizeof set);
	set.hq = set.any_hq = true;
	set.members = members;
	set.members_len = 2;
}

static void
teardown(void)
{
	plant_end(&p);
	defence_late_free(late);
}

TestSuite(defence_late, .init = setup, .fini = teardown);

/* This node's own receipt; whatever was under way is done then. */
static void
say(const char *name, Record__DefenceReceipt__Outcome o)
{
	static uint8_t digest[HASH_BYTES] = {3};
	Record__DefenceReceipt m = RECORD__DEFENCE_RECEIPT__INIT;
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&p, w);
	struct submit_result *r;
	char text[64];

	(void)snprintf(text, sizeof text, "%s", name);
	m.name = text;
	m.has_digest = m.has_outcome = true;
	m.digest = (ProtobufCBinaryData){HASH_BYTES, digest};
	m.outcome = o;
	submit_defence_say(&to,
	    &(struct submit_said){
	        .receipt = &m, .operator_ = "li", .detail = "-"});
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* Looks so long after the look before; the alarms are committed then. */
static void
look(int64_t after_us)
{
	plant_turn(&p, after_us);
	defence_late_look(late, &set);
	say("other", ENDED);
}

/* Who has an open alarm, "plant-b,"; detail: of the last one. */
static void
is(const char *who, const char *detail)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	const struct query_scope scope = {.own_only = true};
	char source[] = "joint-defence-late", got[200] = "";
	Api__Records *list = NULL;
	size_t n = 0;

	q.subject = source;
	q.has_open = q.open = true;
	cr_assert_eq(
	    query_list(p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	for (size_t i = 0; i < list->n_items; i++) {
		const Record__Alarm *a = list->items[i]->events[0]->alarm;

		n += (size_t)snprintf(
		    got + n, sizeof got - n, "%.7s,", a->asset);
		if (detail != NULL)
			cr_assert_str_eq(a->detail, detail);
	}
	cr_assert_str_eq(got, who);
	api__records__free_unpacked(list, NULL);
}

Test(defence_late, an_alarm_of_90_minutes_that_outlives_a_restart_and_returns)
{
	say("r", APPLIED);
	look(DEFENCE_HEARD_LATE_US);
	is("", NULL);
	look(1);
	is("plant-b,", "r");
	look(PLANT_MINUTE);
	is("plant-b,", "r");
	plant_restart(&p);
	defence_late_free(late);
	late = defence_late_new(p.site);
	look(PLANT_MINUTE);
	is("plant-b,", "r");
	/* What was taken back is owed by nobody who had not applied it. */
	say("r", ENDED);
	look(0);
	is("", NULL);
	look(PLANT_MINUTE);
	is("", NULL);
}

Test(defence_late, a_new_member_has_90_minutes_from_when_it_came)
{
	say("r", APPLIED);
	look(DEFENCE_HEARD_LATE_US - PLANT_MINUTE);
	set.members_len = 3;
	look(PLANT_MINUTE);
	is("", NULL);
	look(PLANT_MINUTE);
	is("plant-b,", "r");
	look(DEFENCE_HEARD_LATE_US - PLANT_MINUTE);
	is("plant-b,", "r");
	look(1);
	is("plant-c,plant-b,", NULL);
	/* Who is no member any more owes nothing. */
	set.members_len = 2;
	look(PLANT_MINUTE);
	is("plant-b,", "r");
	set.members_len = 1;
	look(PLANT_MINUTE);
	is("", NULL);
}

Test(defence_late, only_a_headquarters_and_who_proposed_a_rule_hear_of_it)
{
	struct defence_paper *paper = &set.at[0];

	say("r", APPLIED);
	set.hq = false;
	set.len = 1;
	paper->name = (char[]){"r"};
	paper->by = members[1];
	look(DEFENCE_HEARD_LATE_US + 1);
	is("", NULL);
	paper->by = members[0];
	look(0);
	is("plant-b,", "r");
	/* One that ended has no proposer: the headquarters sees to it. */
	set.len = 0;
	look(0);
	is("", NULL);
	set.any_hq = false;
	look(0);
	is("plant-b,", "r");
}
