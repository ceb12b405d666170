/* pack_store_test.c - the text that the ledger names, and no other. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_store.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/commit.h"
#include "node/domain/packs.h"
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
