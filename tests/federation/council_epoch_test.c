/* council_epoch_test.c - an epoch given away, checked by who begins with it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "federation/council.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "tests/support/assembly.h"

static struct assembly *a;
static struct council *c;
static struct buf json;

/* Four members have changed something: epoch 1, as a file. */
static void
setup(void)
{
	const struct hash none = {{0}};
	struct hash motion;
	struct err_why why;
	Fed__Epoch m;
	size_t i;

	a = assembly_new(4, 4);
	motion = assembly_pack(a, 0, "hot-work");
	assembly_settle(a);
	for (i = 0; i < 4; i++)
		cr_assert_eq(assembly_vote(a, i, &motion, &why), ERR_OK);
	assembly_settle(a);
	c = assembly_fold(a, 2);
	cr_assert_eq(council_now(c)->number, 1);
	cr_assert(memcmp(council_now(c)->before.b, none.b, HASH_BYTES) != 0);
	buf_init(&json, JSON_BYTES_MAX);
	council_epoch_tell(&m, council_now(c), roster_fingerprint(a->roster));
	json_encode(&json, &m.base, 0);
}

static void
teardown(void)
{
	buf_clear(&json);
	council_free(c);
	assembly_end(a);
}

TestSuite(council_epoch_check, .init = setup, .fini = teardown);
TestSuite(council_epoch_decode, .init = setup, .fini = teardown);

static Fed__Epoch *
decode(void)
{
	Fed__Epoch *m = NULL;
	struct err_why why;

	cr_assert_eq(council_epoch_decode(&m, buf_view(&json), &why), ERR_OK);
	return m;
}

Test(council_epoch_check, gives_the_id_that_the_members_have)
{
	struct council_epoch e;
	struct hash alliance;
	struct err_why why;
	Fed__Epoch *m = decode();

	cr_assert_eq(council_epoch_check(&e, &alliance, m, &why), ERR_OK);
	cr_assert_eq(e.number, 1);
	cr_assert_arr_eq(e.id.b, council_now(c)->id.b, HASH_BYTES);
	cr_assert_arr_eq(
	    alliance.b, roster_fingerprint(a->roster)->b, HASH_BYTES);
	slice_free(&m->base);
}

/* Whatever is altered shows in the id, which is compared out of band. */
Test(council_epoch_check, gives_another_id_for_anything_else)
{
	struct council_epoch e;
	struct hash alliance;
	struct err_why why;
	Fed__Epoch *m;

	for (int part = 0; part < 4; part++) {
		m = decode();
		if (part == 0)
			m->number = 2;
		else if (part == 1)
			m->before.data[3] ^= 1;
		else if (part == 2)
			m->proposal.data[3] ^= 1;
		else
			m->state->papers[0]->digest.data[0] ^= 1;
		cr_assert_eq(
		    council_epoch_check(&e, &alliance, m, &why), ERR_OK);
		cr_assert(memcmp(e.id.b, council_now(c)->id.b, HASH_BYTES) != 0,
		    "part %d", part);
		slice_free(&m->base);
	}
}

Test(council_epoch_check, refuses_what_is_incomplete_or_not_signed)
{
	struct council_epoch e;
	struct hash alliance;
	struct err_why why;
	Fed__Epoch *m = decode();

	m->has_before = 0;
	cr_assert_eq(
	    council_epoch_check(&e, &alliance, m, &why), ERR_MALFORMED);
	m->has_before = 1;
	m->before.len = 31;
	cr_assert_eq(
	    council_epoch_check(&e, &alliance, m, &why), ERR_MALFORMED);
	m->before.len = HASH_BYTES;
	m->state->members[0]->role = FED__ROLE__REGULATOR;
	cr_assert_eq(
	    council_epoch_check(&e, &alliance, m, &why), ERR_UNVERIFIED);
	slice_free(&m->base);
	m = decode();
	m->number = 0;
	cr_assert_eq(
	    council_epoch_check(&e, &alliance, m, &why), ERR_UNVERIFIED);
	slice_free(&m->base);
}

Test(council_epoch_decode, takes_a_genesis_as_epoch_0)
{
	struct council_epoch e;
	struct hash alliance;
	struct err_why why;
	Fed__Epoch *m;

	buf_reset(&json);
	json_encode(&json, &roster_genesis(a->roster)->base, 0);
	m = decode();
	cr_assert_eq(council_epoch_check(&e, &alliance, m, &why), ERR_OK);
	cr_assert_eq(e.number, 0);
	cr_assert_arr_eq(e.id.b, roster_fingerprint(a->roster)->b, HASH_BYTES);
	slice_free(&m->base);
	buf_reset(&json);
	buf_str(&json, "{\"state\":1}");
	cr_assert_eq(
	    council_epoch_decode(&m, buf_view(&json), &why), ERR_MALFORMED);
	buf_reset(&json);
	cr_assert_eq(
	    council_epoch_decode(&m, buf_view(&json), &why), ERR_MALFORMED);
}

Test(council_epoch_check, makes_a_roster_that_keeps_the_fingerprint)
{
	struct roster *r = NULL;
	struct err_why why;

	cr_assert_eq(roster_later(&r, council_now(c)->state, 1,
	                 roster_fingerprint(a->roster), &why),
	    ERR_OK);
	cr_assert_eq(roster_epoch(r), 1);
	cr_assert_arr_eq(roster_fingerprint(r)->b,
	    roster_fingerprint(a->roster)->b, HASH_BYTES);
	cr_assert_eq(roster_len(r), 4);
	roster_free(r);
}
