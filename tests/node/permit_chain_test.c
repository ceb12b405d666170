/* permit_chain_test.c - numbers, bookings, successors of permits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/permit_chain.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/packed.h"
#include "tests/support/signers.h"

static char area[] = "tank-farm-2";
static char work[] = "hot-work";
static char worker[] = SIGNERS_WORKER;
static char guardian[] = "g-0003";

/* Numbers of a form; the approver may void. */
static const char rights[] = "  permitNo: \"HW-####\"\n"
                             "  rights:\n"
                             "    - action: VOID\n"
                             "      roles: [approver]\n"
                             "      signed: true\n"
                             "      requires: [reason]";

static void
begin(struct signers *c, const char *was, const char *now)
{
	char text[PACKED_TEXT];

	*c = (struct signers){.seq = 0};
	plant_begin(&c->p, "plant-b.acme.example");
	plant_enrol(&c->p, &c->li, "Li", "applicant");
	plant_enrol(&c->p, &c->wang, "Wang", "gas-analyst");
	plant_enrol(&c->p, &c->zhao, "Zhao", "approver");
	plant_enrol(&c->p, &c->qian, "Qian", "guardian");
	signers_certify(c);
	packed_edit(text, "2026.9", was, now);
	packed_activate(&c->p, NULL, text);
}

static void
apply(struct signers *c, Record__Permit *m, const char *code)
{
	if (m->action == RECORD__PERMIT__ACTION__ACTION_UNSPECIFIED) {
		m->action = RECORD__PERMIT__ACTION__APPLY;
		c->permit[0] = '\0';
		c->seq = 0;
	}
	m->work_type = work;
	m->has_level = true;
	m->level = RECORD__PERMIT__LEVEL__LEVEL_1;
	if (m->area == NULL)
		m->area = area;
	m->worker = worker;
	m->guardian = guardian;
	if (!m->has_planned_from_at) {
		m->has_planned_from_at = m->has_planned_to_at = true;
		m->planned_from_at = c->p.now;
		m->planned_to_at = c->p.now + 8 * 60 * PLANT_MINUTE;
	}
	signers_step(c, &c->li, m, 0, code);
}

static void
expect(struct signers *c, const char *number, const char *state)
{
	Api__RecordView *v = plant_get(&c->p, LEDGER__KIND__PERMIT, c->permit);

	if (number != NULL)
		cr_assert_str_eq(v->number, number);
	cr_assert_str_eq(v->state, state);
	api__record_view__free_unpacked(v, NULL);
}

Test(permit_chain, gives_each_permit_a_number_of_its_own)
{
	struct signers c;
	char one[] = "HW-0001";
	char same[] = "HW-0001";
	char other[] = "HW-1";
	Record__Permit m = RECORD__PERMIT__INIT;

	begin(&c, "  rights:", rights);
	m.permit_no = one;
	apply(&c, &m, NULL);
	expect(&c, "plant-b.acme.example/HW-0001", "APPLIED");
	record__permit__init(&m);
	m.permit_no = same;
	apply(&c, &m, "PERMIT_NO_TAKEN");
	record__permit__init(&m);
	m.permit_no = other;
	apply(&c, &m, "PERMIT_NO_FORM");
	plant_restart(&c.p);
	record__permit__init(&m);
	m.permit_no = same;
	apply(&c, &m, "PERMIT_NO_TAKEN");
	record__permit__init(&m);
	apply(&c, &m, NULL);
	Api__RecordView *v = plant_get(&c.p, LEDGER__KIND__PERMIT, c.permit);
	cr_assert_eq(strncmp(v->number, "plant-b.acme.example/20261122-", 30),
	    0, "%s", v->number);
	api__record_view__free_unpacked(v, NULL);
	plant_end(&c.p);
}

static void
approve(struct signers *c)
{
	signers_gas(c, c->p.now);
	signers_go(c, &c->zhao, RECORD__PERMIT__ACTION__APPROVE, 0, NULL);
}

static void
void_it(struct signers *c, char *successor, const char *code)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	char reason[] = "another place";

	m.action = RECORD__PERMIT__ACTION__VOID;
	m.reason = reason;
	m.successor = successor;
	signers_step(c, &c->zhao, &m, 0, code);
}

/* GB 30871-2022 4.16, 4.17 */
Test(permit_chain, voids_for_a_permit_that_refers_back)
{
	static char nobody[] = "01a2059c-8db4-72ed-9b6f-c429f6a32998";
	Record__Permit m = RECORD__PERMIT__INIT;
	struct signers c;
	char first[TEXT_UUID_CHARS + 1];
	char stranger[TEXT_UUID_CHARS + 1];
	char next[TEXT_UUID_CHARS + 1];
	uint32_t first_seq;
	uint32_t next_seq;

	begin(&c, "  rights:", rights);
	apply(&c, &m, NULL);
	memcpy(first, c.permit, TEXT_UUID_CHARS + 1);
	approve(&c);
	first_seq = c.seq;
	record__permit__init(&m);
	apply(&c, &m, NULL);
	memcpy(stranger, c.permit, TEXT_UUID_CHARS + 1);
	record__permit__init(&m);
	m.supersedes = nobody;
	apply(&c, &m, "SUPERSEDES_UNKNOWN");
	record__permit__init(&m);
	m.supersedes = first;
	apply(&c, &m, NULL);
	memcpy(next, c.permit, TEXT_UUID_CHARS + 1);
	approve(&c);
	signers_go(
	    &c, &c.qian, RECORD__PERMIT__ACTION__START, 0, "PREDECESSOR_OPEN");
	next_seq = c.seq;
	memcpy(c.permit, first, TEXT_UUID_CHARS + 1);
	c.seq = first_seq;
	void_it(&c, NULL, "SUCCESSOR_MISSING");
	void_it(&c, nobody, "SUCCESSOR_WRONG");
	void_it(&c, stranger, "SUCCESSOR_WRONG");
	void_it(&c, first, "SUCCESSOR_WRONG");
	expect(&c, NULL, "ISSUED");
	void_it(&c, next, NULL);
	expect(&c, NULL, "VOIDED");
	record__permit__init(&m);
	m.supersedes = first;
	apply(&c, &m, "SUPERSEDES_UNKNOWN");
	memcpy(c.permit, next, TEXT_UUID_CHARS + 1);
	c.seq = next_seq;
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	plant_end(&c.p);
}

static const char booking[] = "  booking:\n"
                              "    aheadMinutes: 1440\n"
                              "  rights:\n"
                              "    - action: BOOK\n"
                              "      roles: [applicant]\n"
                              "      signed: true\n"
                              "    - action: CLOSE\n"
                              "      roles: [approver]\n"
                              "      signed: true\n"
                              "      requires: [evidence]";

/* AQ 3064.2-2025 5.3.1, 5.7.2: the same record from the booking to the file. */
Test(permit_chain, takes_a_booking_to_its_archive)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	char elsewhere[] = "tank-farm-9";
	char sum[] = "ab";
	char *sums[] = {sum};
	struct signers c;

	begin(&c, "  rights:", booking);
	apply(&c, &m, "BOOKING_MISSING");
	record__permit__init(&m);
	m.action = RECORD__PERMIT__ACTION__BOOK;
	m.has_planned_from_at = m.has_planned_to_at = true;
	m.planned_from_at = c.p.now + 1440 * PLANT_MINUTE;
	m.planned_to_at = m.planned_from_at + 480 * PLANT_MINUTE;
	c.permit[0] = '\0';
	apply(&c, &m, NULL);
	expect(&c, NULL, "BOOKED");
	plant_turn(&c.p, 1440 * PLANT_MINUTE);
	record__permit__init(&m);
	m.action = RECORD__PERMIT__ACTION__APPLY;
	m.area = elsewhere;
	apply(&c, &m, "BOOKING_DIFFERS");
	record__permit__init(&m);
	m.action = RECORD__PERMIT__ACTION__APPLY;
	apply(&c, &m, NULL);
	expect(&c, NULL, "APPLIED");
	approve(&c);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	signers_go(&c, &c.qian, RECORD__PERMIT__ACTION__FINISH, 0, NULL);
	signers_go(&c, &c.zhao, RECORD__PERMIT__ACTION__ACCEPT, 0, NULL);
	signers_go(
	    &c, &c.zhao, RECORD__PERMIT__ACTION__CLOSE, 0, "FORM_INCOMPLETE");
	record__permit__init(&m);
	m.action = RECORD__PERMIT__ACTION__CLOSE;
	m.evidence = sums;
	m.n_evidence = 1;
	signers_step(&c, &c.zhao, &m, 0, NULL);
	expect(&c, NULL, "CLOSED");
	plant_restart(&c.p);
	expect(&c, NULL, "CLOSED");
	plant_end(&c.p);
}
