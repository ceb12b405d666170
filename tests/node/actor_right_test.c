/* actor_right_test.c - a right that is lent ends in time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/actor_right.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/plant.h"

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
	p.now = a.valid_to_at - 1;
	signs(&deputy, 0, NULL);
	p.now = a.valid_to_at;
	signs(&deputy, 0, "RIGHT_OVER");
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
