/* actor_right_test.c - a right that is lent ends in time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/actor_right.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "node/submit_report.h"
#include "tests/support/signers.h"

#define HOUR (60 * PLANT_MINUTE)

static struct plant p;
static struct plant_person chief, deputy;
static char chief_id[TEXT_UUID_CHARS + 1];

/* A key that is not enrolled yet. */
static void
make_key(struct plant_person *out)
{
	crypto_signer_new(&out->key);
	out->alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(out->alg_key + 1, out->key.pub, CRYPTO_PUB_BYTES);
}

static Record__Actor
actor(struct plant_person *who, char **roles, size_t n)
{
	static char name[] = "somebody";
	Record__Actor a = RECORD__ACTOR__INIT;

	a.has_action = a.has_key = true;
	a.action = RECORD__ACTOR__ACTION__ENROL;
	a.name = name;
	a.roles = roles;
	a.n_roles = n;
	a.key = (ProtobufCBinaryData){sizeof who->alg_key, who->alg_key};
	return a;
}

static void
lend(Record__Actor *a, struct plant_person *by, int64_t until_us)
{
	a->has_delegator = true;
	a->delegator = (ProtobufCBinaryData){sizeof by->alg_key, by->alg_key};
	a->has_valid_to_at = until_us != 0;
	a->valid_to_at = until_us;
}

static void
ends_with(struct submit_result *r, const char *code, char *id)
{
	if (code == NULL) {
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		if (id != NULL)
			text_uuid_put(id, r->items[0].record_id);
	} else {
		cr_assert_not_null(r->rule, "%s", r->why.text);
		cr_assert_str_eq(r->rule->code, code);
	}
	submit_result_free(r);
}

static void
enrol(const Record__Actor *a, const char *code, char *id)
{
	Record__Actor copy = *a;
	Api__EventPost post = API__EVENT_POST__INIT;

	post.actor = &copy;
	ends_with(plant_event(&p, LEDGER__KIND__ACTOR, NULL, &post), code, id);
}

static int64_t longer_us; /* than the deputy */

/* Only an admin may sign this. */
static void
signs(const struct plant_person *who, int64_t back_us, const char *code)
{
	static char role[] = "applicant";
	char *roles[] = {role};
	struct plant_person new;
	char id[TEXT_UUID_CHARS + 1] = "";
	Record__Actor a;
	const struct plant_sign sign = {.who = who,
	    .kind = LEDGER__KIND__ACTOR,
	    .record = id,
	    .msg = &a.base,
	    .occurred_us = p.now - back_us};

	make_key(&new);
	a = actor(&new, roles, 1);
	a.has_valid_to_at = true;
	a.valid_to_at = PLANT_START + HOUR + longer_us;
	ends_with(plant_signed(&p, &sign, NULL), code, NULL);
}

static char admin[] = "admin";
static char approver[] = "approver";
static char *admins[] = {admin};
static char *both[] = {admin, approver};

static void
open_plant(void)
{
	Record__Actor a;

	plant_begin(&p, "plant-a.example");
	make_key(&chief);
	make_key(&deputy);
	a = actor(&chief, admins, 1);
	enrol(&a, NULL, chief_id);
}

static void
close_plant(void)
{
	plant_end(&p);
}

TestSuite(actor_right, .init = open_plant, .fini = close_plant);

/* AQ 3064.2-2025 5.5.3: within the term of the delegation. */
Test(actor_right, trap_08_a_delegated_right_ends_with_its_term)
{
	Record__Actor a = actor(&deputy, admins, 1);

	lend(&a, &chief, p.now + HOUR);
	a.has_valid_from_at = true;
	a.valid_from_at = p.now;
	enrol(&a, NULL, NULL);
	signs(&deputy, 0, NULL);
	signs(&deputy, PLANT_MINUTE, "RIGHT_OVER"); /* not begun */
	longer_us = 1;
	signs(&deputy, 0, "DELEGATION_EMPTY"); /* gives more than is lent */
	longer_us = 0;
	p.now = a.valid_to_at - 1;
	signs(&deputy, 0, NULL);
	p.now = a.valid_to_at;
	signs(&deputy, 0, "RIGHT_OVER");
	signs(&deputy, PLANT_MINUTE, "RIGHT_OVER"); /* written back */
	signs(&chief, 0, NULL);
}

Test(actor_right, a_delegated_right_ends_with_the_delegators)
{
	Record__Actor a = actor(&deputy, admins, 1);
	Record__Actor end = RECORD__ACTOR__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;

	lend(&a, &chief, p.now + HOUR);
	enrol(&a, NULL, NULL);
	signs(&deputy, 0, NULL);
	end = actor(&chief, NULL, 0);
	end.action = RECORD__ACTOR__ACTION__REVOKE;
	post.actor = &end;
	ends_with(
	    plant_event(&p, LEDGER__KIND__ACTOR, chief_id, &post), NULL, NULL);
	signs(&deputy, 0, "DELEGATION_EMPTY");
	signs(&chief, 0, "ACTOR_UNKNOWN");
}

/* Nor does a delegate give anybody more than the lender had left. */
Test(actor_right, a_delegate_enrols_nobody_beyond_the_lenders_term)
{
	struct plant_person lender;
	Record__Actor a;

	make_key(&lender);
	a = actor(&lender, admins, 1);
	a.has_valid_to_at = true;
	a.valid_to_at = PLANT_START + HOUR;
	enrol(&a, NULL, NULL);
	a = actor(&deputy, admins, 1);
	lend(&a, &lender, PLANT_START + 2 * HOUR);
	enrol(&a, NULL, NULL);
	longer_us = 1;
	signs(&deputy, 0, "DELEGATION_EMPTY");
	longer_us = 0;
	signs(&deputy, 0, NULL);
}

Test(actor_right, nobody_delegates_what_is_not_theirs)
{
	static char here[] = "boiler", there[] = "dock";
	char *areas[] = {here};
	char *wider[] = {here, there};
	struct plant_person local, third;
	Record__Actor a = actor(&deputy, both, 2);

	lend(&a, &chief, p.now + HOUR);
	enrol(&a, "DELEGATION_EMPTY", NULL); /* an approver, too */
	a = actor(&deputy, admins, 1);
	lend(&a, &chief, 0);
	enrol(&a, "FIELD_MISSING", NULL); /* without an end */
	make_key(&third);
	lend(&a, &third, p.now + HOUR);
	enrol(&a, "DELEGATION_EMPTY", NULL); /* by nobody known */
	lend(&a, &chief, p.now + HOUR);
	enrol(&a, NULL, NULL);
	a = actor(&third, admins, 1);
	lend(&a, &deputy, p.now + HOUR);
	enrol(&a, "DELEGATION_EMPTY", NULL); /* what is itself delegated */
	make_key(&local);
	a = actor(&local, admins, 1);
	a.areas = areas;
	a.n_areas = 1;
	enrol(&a, NULL, NULL);
	a = actor(&third, admins, 1);
	lend(&a, &local, p.now + HOUR);
	enrol(&a, "DELEGATION_EMPTY", NULL); /* everywhere */
	a.areas = wider;
	a.n_areas = 2;
	enrol(&a, "DELEGATION_EMPTY", NULL);
	a.n_areas = 1;
	enrol(&a, NULL, NULL);
}

static void
issues(const struct plant_person *who, Record__Certificate__Action action,
    char *id, int64_t back_us, const char *code)
{
	static char class[] = "welding", holder[] = "w-0017";
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	const struct plant_sign sign = {.who = who,
	    .kind = LEDGER__KIND__CERTIFICATE,
	    .record = id,
	    .based_on = id[0] != '\0',
	    .msg = &c.base,
	    .occurred_us = p.now - back_us};

	c.has_action = c.has_occurred_at = true;
	c.action = action;
	c.occurred_at = sign.occurred_us;
	if (action == RECORD__CERTIFICATE__ACTION__ISSUE) {
		c.holder = holder;
		c.class_ = class;
		c.has_valid_from_at = c.has_valid_to_at = true;
		c.valid_from_at = p.now;
		c.valid_to_at = p.now + 1000 * HOUR;
	}
	ends_with(plant_signed(&p, &sign,
	              action == RECORD__CERTIFICATE__ACTION__ISSUE ? NULL : id),
	    code, NULL);
}

/* He may still say what takes a card away, and gives nobody one. */
Test(actor_right, nobody_issues_by_a_time_from_before_the_right_was_over)
{
	static char issuer[] = "issuer";
	char *issuers[] = {issuer};
	char card[TEXT_UUID_CHARS + 1] = "";
	char other[TEXT_UUID_CHARS + 1] = "";
	Record__Actor a = actor(&deputy, issuers, 1);

	a.has_valid_to_at = true;
	a.valid_to_at = p.now + HOUR;
	enrol(&a, NULL, NULL);
	issues(&deputy, RECORD__CERTIFICATE__ACTION__ISSUE, card, 0, NULL);
	p.now = a.valid_to_at + PLANT_MINUTE;
	issues(&deputy, RECORD__CERTIFICATE__ACTION__ISSUE, other,
	    2 * PLANT_MINUTE, "RIGHT_OVER");
	issues(&deputy, RECORD__CERTIFICATE__ACTION__SUSPEND, card,
	    2 * PLANT_MINUTE, NULL);
}

static void
guardian_lends(struct signers *c, int64_t until_us)
{
	static char role[] = "guardian";
	char *roles[] = {role};
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Actor a;

	make_key(&deputy);
	a = actor(&deputy, roles, 1);
	lend(&a, &c->qian, until_us);
	post.actor = &a;
	ends_with(
	    plant_event(&c->p, LEDGER__KIND__ACTOR, NULL, &post), NULL, NULL);
}

/* Hot work that was begun and stopped just now. */
static void
stopped_work(struct signers *c)
{
	static char work[] = "hot-work", area[] = "tank-farm-2";
	static char worker[] = SIGNERS_WORKER, guardian[] = SIGNERS_GUARDIAN;
	Record__Permit m = RECORD__PERMIT__INIT;

	*c = (struct signers){.seq = 0};
	plant_begin(&c->p, "plant-b.acme.example");
	plant_enrol(&c->p, &c->li, "Li", "applicant");
	plant_enrol(&c->p, &c->wang, "Wang", "gas-analyst");
	plant_enrol(&c->p, &c->zhao, "Zhao", "approver");
	plant_enrol(&c->p, &c->qian, "Qian", "guardian");
	signers_certify(c);
	m.action = RECORD__PERMIT__ACTION__APPLY;
	m.work_type = work;
	m.has_level = m.has_planned_from_at = m.has_planned_to_at = true;
	m.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	m.area = area;
	m.worker = worker;
	m.guardian = guardian;
	m.planned_from_at = c->p.now;
	m.planned_to_at = c->p.now + 8 * HOUR;
	signers_step(c, &c->li, &m, 0, NULL);
	signers_gas(c, c->p.now);
	signers_go(c, &c->zhao, RECORD__PERMIT__ACTION__APPROVE, 0, NULL);
	signers_go(c, &c->qian, RECORD__PERMIT__ACTION__START, 0, NULL);
	signers_go(c, &c->qian, RECORD__PERMIT__ACTION__SUSPEND, 0, NULL);
}

/* Whose term is over writes a time from within it: soon after, and late. */
Test(submit_permit, lets_no_work_go_on_by_a_right_that_is_over)
{
	const Record__Permit__Action resume = RECORD__PERMIT__ACTION__RESUME;
	struct signers c;
	Api__RecordView *v;

	stopped_work(&c);
	guardian_lends(&c, c.p.now + 10 * PLANT_MINUTE);
	plant_turn(&c.p, 12 * PLANT_MINUTE);
	signers_go(&c, &deputy, resume, 5 * PLANT_MINUTE, "RIGHT_OVER");
	signers_go(&c, &deputy, RECORD__PERMIT__ACTION__FINISH,
	    5 * PLANT_MINUTE, "RIGHT_OVER");
	plant_turn(&c.p, 8 * PLANT_MINUTE);
	signers_go(&c, &deputy, resume, 15 * PLANT_MINUTE, "RIGHT_OVER");
	v = plant_get(&c.p, LEDGER__KIND__PERMIT, c.permit);
	cr_assert_str_eq(v->state, "SUSPENDED");
	api__record_view__free_unpacked(v, NULL);
	signers_go(&c, &c.qian, resume, 0, NULL);
	plant_turn(&c.p, PLANT_MINUTE);
	signers_go(&c, &deputy, RECORD__PERMIT__ACTION__FINISH,
	    5 * PLANT_MINUTE, "RIGHT_OVER");
	plant_end(&c.p);
}

static void
reports_in_confidence(const char *code)
{
	static char text[] = "bribes", name[] = "Sun Qi";
	Api__ReportPost post = API__REPORT_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&p, w);
	struct report_code receipt;

	post.description = text;
	post.reporter = name;
	report_code_new(&receipt);
	submit_report(&to, &post, &receipt);
	ends_with(submit_wait_for(w), code, NULL);
}

/* A name is sealed to no key whose right to read it is over, or lent by
 * somebody who has none any more. */
Test(actor_right, a_name_in_confidence_is_for_no_right_that_is_over)
{
	static char reader[] = "confidential-reader";
	char *readers[] = {reader};
	struct plant_person first;
	char id[TEXT_UUID_CHARS + 1];
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Actor a;

	make_key(&first);
	a = actor(&first, readers, 1);
	a.has_valid_to_at = true;
	a.valid_to_at = p.now + HOUR;
	enrol(&a, NULL, id);
	a = actor(&deputy, readers, 1);
	lend(&a, &first, p.now + 2 * HOUR);
	enrol(&a, NULL, NULL);
	reports_in_confidence(NULL);
	p.now += HOUR;
	reports_in_confidence("REPORT_READER");
	a = actor(&first, NULL, 0);
	a.action = RECORD__ACTOR__ACTION__REVOKE;
	post.actor = &a;
	ends_with(plant_event(&p, LEDGER__KIND__ACTOR, id, &post), NULL, NULL);
	reports_in_confidence("REPORT_READER");
}
