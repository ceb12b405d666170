/* notice_test.c - which entries somebody outside is told of, and how often. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/notice.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "proto/text.h"

static char name[] = "shift-leader";
static char type[] = "work-order";
static char hazard[] = "hazard";
static char id[] = "01930000-0000-7000-8000-000000000001";

#define OF(kind_, body_, annex_)                                             \
	notice_kind_of(&(struct notice_entry){.kind = LEDGER__KIND__##kind_, \
	    .body = (body_),                                                 \
	    .annex = (annex_)})

Test(notice_kind, every_row_has_a_name_of_its_own_and_a_text_in_two_languages)
{
	size_t n = 0;

	for (const struct notice_kind *k; (k = notice_kind(n)) != NULL; n++) {
		cr_assert(notice_name_ok(k->name));
		cr_assert_eq(notice_kind_find(k->name), n, "%s", k->name);
		cr_assert_gt(strlen(k->text), 0u);
		cr_assert_gt(strlen(k->text_zh), 0u);
		cr_assert(notice_kind_may(k->entry));
	}
	cr_assert_geq(n, 4u);
	cr_assert_eq(notice_kind_find("every-alarm"), SIZE_MAX);
	cr_assert_not(notice_kind_may(LEDGER__KIND__DELIVERY), "a loop");
}

Test(notice_kind, tells_of_an_incident_when_it_opens_and_when_it_escalates)
{
	Record__Incident m = RECORD__INCIDENT__INIT;

	for (int a = 0; a <= RECORD__INCIDENT__ACTION__CLOSE; a++) {
		size_t want = SIZE_MAX;

		m.action = (Record__Incident__Action)a;
		if (a == RECORD__INCIDENT__ACTION__OPEN)
			want = notice_kind_find("incident-open");
		if (a == RECORD__INCIDENT__ACTION__ESCALATE)
			want = notice_kind_find("escalation");
		cr_assert_eq(OF(INCIDENT, &m.base, NULL), want, "%d", a);
	}
	cr_assert_eq(OF(INCIDENT, NULL, NULL), SIZE_MAX, "not held");
	cr_assert_eq(OF(PERMIT, &m.base, NULL), SIZE_MAX, "another body");
}

Test(notice_kind, tells_of_a_permit_only_when_an_alarm_stopped_it)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__Annex annex = RECORD__ANNEX__INIT;

	m.action = RECORD__PERMIT__ACTION__SUSPEND;
	cr_assert_eq(OF(PERMIT, &m.base, NULL), SIZE_MAX);
	cr_assert_eq(OF(PERMIT, &m.base, &annex), SIZE_MAX);
	annex.alarm_id = id;
	cr_assert_eq(
	    OF(PERMIT, &m.base, &annex), notice_kind_find("permit-suspended"));
	m.action = RECORD__PERMIT__ACTION__RESUME;
	cr_assert_eq(OF(PERMIT, &m.base, &annex), SIZE_MAX);
}

/* Work that follows such as stopped without an alarm is told of like it. */
Test(notice_kind, tells_of_a_permit_that_the_node_stopped)
{
	Record__Permit m = RECORD__PERMIT__INIT;
	Record__Annex annex = RECORD__ANNEX__INIT;
	static char late[] = "LATE_EVENT";
	static char codes[][20] = {"GAS_SUSPENDS", "PERSON_SUSPENDS",
	    "PARENT_STOPPED", "ACTIVITY_SUSPENDS"};

	m.action = RECORD__PERMIT__ACTION__SUSPEND;
	annex.code = late;
	cr_assert_eq(OF(PERMIT, &m.base, &annex), SIZE_MAX, "a person's");
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		annex.code = codes[i];
		cr_assert_eq(OF(PERMIT, &m.base, &annex),
		    notice_kind_find("permit-stopped"));
	}
	annex.alarm_id = id;
	cr_assert_eq(
	    OF(PERMIT, &m.base, &annex), notice_kind_find("permit-suspended"));
}

Test(notice_kind, tells_of_a_work_order_that_a_rule_wrote)
{
	Record__Case m = RECORD__CASE__INIT;

	m.action = RECORD__CASE__ACTION__REPORT;
	m.type = type;
	cr_assert_eq(OF(CASE, &m.base, NULL), SIZE_MAX, "a person's");
	m.rule = name;
	cr_assert_eq(OF(CASE, &m.base, NULL), notice_kind_find("work-order"));
	m.type = hazard;
	cr_assert_eq(OF(CASE, &m.base, NULL), SIZE_MAX);
}

Test(notice_named, gives_the_targets_of_a_step_and_its_role)
{
	char *targets[] = {name, (char[]){"Not A Name"}};
	const char *out[NOTICE_NAMED_MAX];
	const char *role;
	Record__Incident m = RECORD__INCIDENT__INIT;
	const struct notice_entry e = {
	    .kind = LEDGER__KIND__INCIDENT, .body = &m.base};

	cr_assert_eq(notice_named(&e, out, &role), 0u);
	cr_assert_null(role);
	m.action = RECORD__INCIDENT__ACTION__ESCALATE;
	m.role = name;
	m.targets = targets;
	m.n_targets = 2;
	cr_assert_eq(notice_named(&e, out, &role), 1u);
	cr_assert_str_eq(out[0], name);
	cr_assert_str_eq(role, name);
}

Test(notice_wants, by_kind_area_and_gravity)
{
	struct notice_target t = {.kinds = 1u << 1};
	struct row r = {.kind = LEDGER__KIND__INCIDENT, .level = 2, .area = 7};

	cr_assert(notice_wants(&t, 1, &r));
	cr_assert_not(notice_wants(&t, 0, &r));
	t.level = 1;
	cr_assert_not(notice_wants(&t, 1, &r));
	t.level = 2;
	cr_assert(notice_wants(&t, 1, &r));
	t.areas_len = 2;
	t.areas[0] = 6;
	cr_assert_not(notice_wants(&t, 1, &r));
	t.areas[1] = 7;
	cr_assert(notice_wants(&t, 1, &r));
	r.kind = LEDGER__KIND__PERMIT;
	r.level = 4;
	cr_assert(notice_wants(&t, 1, &r), "a permit's level is another scale");
}

/* docs/wire.md 10. */
Test(notice_id, is_that_of_the_document)
{
	uint8_t record[16], out[16], other[16];
	char text[TEXT_UUID_CHARS + 1];

	cr_assert_eq(text_uuid_get(record, bytes_str(id), NULL), ERR_OK);
	notice_id(out, record, 2, name);
	text_uuid_put(text, out);
	cr_assert_str_eq(text, "b8bc6e56-9e29-8457-ae96-debde6d1f4ae");
	notice_id(other, record, 3, name);
	cr_assert_neq(memcmp(out, other, 16), 0);
	notice_id(other, record, 2, "supervisor");
	cr_assert_neq(memcmp(out, other, 16), 0);
}

Test(notice_check, a_delivered_notice_is_final_and_one_given_up_can_be_retried)
{
#define A(a) RECORD__DELIVERY__ACTION__##a
	static const struct {
		uint8_t state; /* 0: no record */
		unsigned may; /* 1 << action */
	} cases[] = {
	    {0, 1u << A(SERVE) | 1u << A(DELIVERED) | 1u << A(GIVEN_UP)},
	    {ROW_DELIVERED, 0},
	    {ROW_GIVEN_UP, 1u << A(RETRY) | 1u << A(DELIVERED)},
	    {ROW_RETRIED, 1u << A(DELIVERED) | 1u << A(GIVEN_UP)},
	    {ROW_SERVED, 1u << A(SERVE) | 1u << A(END)},
	    {ROW_ENDED, 1u << A(SERVE)},
	};
	Record__Delivery m = RECORD__DELIVERY__INIT;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct row r = {.state = cases[i].state};

		for (unsigned a = 0; a <= A(RETRY); a++) {
			m.action = (Record__Delivery__Action)a;
			cr_assert_eq(
			    notice_check(r.state != 0 ? &r : NULL, &m).refused,
			    (cases[i].may & 1u << a) == 0, "%u in %u", a,
			    r.state);
		}
	}
#undef A
}

Test(notice_backoff_us, doubles_to_its_maximum_and_takes_at_most_half_away)
{
	int64_t before = 0;

	for (uint32_t n = 1; n < 40; n++) {
		const int64_t most = notice_backoff_us(n, 0);
		const int64_t least = notice_backoff_us(n, UINT32_MAX);

		cr_assert_geq(most, before);
		cr_assert_leq(most, NOTICE_BACKOFF_MAX_US);
		cr_assert_geq(least, most / 2);
		cr_assert_leq(least, most / 2 + most / 1000);
		before = most;
	}
	cr_assert_eq(notice_backoff_us(1, 0), INT64_C(1000000));
	cr_assert_eq(notice_backoff_us(4, 0), INT64_C(8000000));
	cr_assert_eq(before, NOTICE_BACKOFF_MAX_US);
	cr_assert_eq(notice_backoff_us(UINT32_MAX, 0), NOTICE_BACKOFF_MAX_US);
	cr_assert_eq(notice_backoff_us(0, 0), INT64_C(1000000));
}

Test(notice_answer, refuses_for_good_only_what_the_receiver_calls_wrong)
{
	static const long refused[] = {400, 401, 403, 404, 410, 422, 499};
	static const long later[] = {
	    0, 100, 301, 302, 308, 408, 429, 500, 502, 503, 599, 700, -1};

	for (long s = 200; s <= 299; s++)
		cr_assert_eq(notice_answer(s), NOTICE_TAKEN);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		cr_assert_eq(notice_answer(refused[i]), NOTICE_REFUSED);
	for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
		cr_assert_eq(notice_answer(later[i]), NOTICE_LATER);
}
