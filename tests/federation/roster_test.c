/* roster_test.c - what a genesis may say, and what is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/roster.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "federation/access.h"
#include "ledger/policy.h"
#include "proto/clock.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "tests/support/member.h"

static const struct {
	const char *name;
	Fed__Role role;
	const char *company;
	const char *endpoint;
} who[] = {
    {"hq.acme.example", FED__ROLE__HQ, "acme", "tcp://10.0.0.1:8421"},
    {"plant-a.acme.example", FED__ROLE__PLANT, "acme", NULL},
    {"plant-b.acme.example", FED__ROLE__PLANT, "acme", NULL},
    {"safety.gov.example", FED__ROLE__REGULATOR, "gov", NULL},
    {"weld.partner.example", FED__ROLE__PARTNER, "partner", NULL},
};
#define N (sizeof(who) / sizeof(who[0]))

static struct member members[N];
static Fed__Genesis genesis;
static struct err_why why;

static void
found(void)
{
	size_t i;

	fed__genesis__init(&genesis);
	genesis.alliance = mem_strdup("east coast");
	genesis.members = mem_alloc(N, sizeof(genesis.members[0]));
	genesis.n_members = N;
	for (i = 0; i < N; i++) {
		member_new(&members[i], who[i].name, who[i].role,
		    who[i].company, clock_system());
		temp_remove(members[i].dir);
		members[i].endpoint = who[i].endpoint;
		genesis.members[i] = member_card(&members[i]);
	}
}

static void
end(void)
{
	size_t i;

	for (i = 0; i < genesis.n_members; i++)
		fed__card__free_unpacked(genesis.members[i], NULL);
	for (i = 0; i < genesis.n_grants; i++)
		fed__grant__free_unpacked(genesis.grants[i], NULL);
	free(genesis.members);
	free(genesis.grants);
	free(genesis.alliance);
}

static void
grant(const char *reader, const char *owner, bool payloads)
{
	Fed__Grant *g = mem_alloc(1, sizeof(*g));

	fed__grant__init(g);
	g->reader = mem_strdup(reader);
	g->owner = mem_strdup(owner);
	g->has_payloads = 1;
	g->payloads = payloads;
	genesis.grants = mem_resize(
	    genesis.grants, genesis.n_grants + 1, sizeof(genesis.grants[0]));
	genesis.grants[genesis.n_grants++] = g;
}

/* Replaces a card by one that its member signs after the change. */
static void
sign_again(size_t i)
{
	fed__card__free_unpacked(genesis.members[i], NULL);
	genesis.members[i] = member_card(&members[i]);
}

static void
refused(enum err want, const char *text)
{
	cr_assert_eq(roster_check(&genesis, &why), want, "wanted \"%s\"", text);
	cr_assert_not_null(strstr(why.text, text), "%s", why.text);
	end();
}

Test(roster_open, reads_what_the_transcoder_wrote)
{
	const struct roster_member *m;
	enum roster_kind kind;
	struct roster *r = NULL, *same = NULL;
	struct buf json;

	found();
	grant("safety.gov.example", "plant-a.acme.example", true);
	buf_init(&json, 1 << 20);
	json_encode(&json, &genesis.base, JSON_PRETTY);
	cr_assert_eq(
	    roster_open(&r, buf_view(&json), &why), ERR_OK, "%s", why.text);
	cr_assert_eq(roster_load(&same, &genesis, &why), ERR_OK);
	cr_assert_eq(memcmp(roster_fingerprint(r)->b,
	                 roster_fingerprint(same)->b, HASH_BYTES),
	    0);
	cr_assert_eq(roster_len(r), N);
	cr_assert_eq(roster_epoch(r), 0);
	m = roster_find(r, "plant-b.acme.example");
	cr_assert_not_null(m);
	cr_assert_str_eq(
	    m->log[ROSTER_ALLIANCE].name, "plant-b.acme.example/alliance/1");
	cr_assert_str_eq(m->witness.name, "plant-b.acme.example/witness");
	cr_assert_eq(
	    roster_owner(r, "plant-b.acme.example/evidence/1", &kind), m);
	cr_assert_eq(kind, ROSTER_EVIDENCE);
	cr_assert_null(
	    roster_owner(r, "plant-b.acme.example/evidence/2", &kind));
	cr_assert_null(roster_find(r, "plant-c.acme.example"));
	roster_free(r);
	roster_free(same);
	buf_clear(&json);
	end();
}

Test(roster_fingerprint, changes_with_every_part)
{
	struct roster *a = NULL, *b = NULL;

	found();
	cr_assert_eq(roster_load(&a, &genesis, &why), ERR_OK);
	genesis.has_witness_quorum = 1;
	genesis.witness_quorum = 2;
	cr_assert_eq(roster_load(&b, &genesis, &why), ERR_OK);
	cr_assert_neq(memcmp(roster_fingerprint(a)->b, roster_fingerprint(b)->b,
	                  HASH_BYTES),
	    0);
	roster_free(a);
	roster_free(b);
	end();
}

Test(roster_check, refuses_a_card_changed_after_signing)
{
	found();
	genesis.members[1]->role = FED__ROLE__HQ;
	refused(ERR_UNVERIFIED, "$.members[1]");
}

Test(roster_check, refuses_a_card_signed_by_somebody_else)
{
	found();
	memcpy(genesis.members[1]->signature.data + 1,
	    genesis.members[2]->signature.data + 1, CRYPTO_SIG_BYTES);
	refused(ERR_UNVERIFIED, "$.members[1]");
}

Test(roster_check, refuses_an_unsigned_card)
{
	found();
	genesis.members[0]->has_signature = 0;
	refused(ERR_UNVERIFIED, "not signed");
}

Test(roster_check, refuses_a_member_twice)
{
	found();
	fed__card__free_unpacked(genesis.members[1], NULL);
	genesis.members[1] = member_card(&members[0]);
	refused(ERR_MALFORMED, "ascending order or twice");
}

Test(roster_check, refuses_one_key_for_two_purposes)
{
	found();
	members[1].witness_key = members[1].log_key[ROSTER_EVIDENCE];
	sign_again(1);
	refused(ERR_MALFORMED, "used twice");
}

Test(roster_check, refuses_one_key_for_two_members)
{
	found();
	members[4].session = members[0].session;
	sign_again(4);
	refused(ERR_MALFORMED, "used twice");
}

Test(roster_check, refuses_an_algorithm_it_does_not_know)
{
	found();
	genesis.members[3]->witness_key.data[0] = CRYPTO_ALG_MLDSA44;
	refused(ERR_UNSUPPORTED, "witnessKey");
}

Test(roster_check, refuses_names_that_no_url_can_have)
{
	static const char *const bad[] = {
	    "Plant.example", "a b", "-a", "a/", "a//b", "http://x/", "a+b", ""};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		found();
		members[0].name = bad[i];
		sign_again(0);
		refused(ERR_MALFORMED, "name must be");
	}
}

Test(roster_check, refuses_endpoints_that_are_not_tcp)
{
	static const char *const bad[] = {"ipc:///tmp/x", "tcp://host",
	    "tcp://:1", "tcp://h:0", "tcp://h:65536", "tcp://h:1x"};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		found();
		members[0].endpoint = bad[i];
		sign_again(0);
		refused(ERR_MALFORMED, "endpoint");
	}
}

Test(roster_check, refuses_a_grant_to_a_stranger)
{
	found();
	grant("nobody.example", "plant-a.acme.example", true);
	refused(ERR_MALFORMED, "not a member");
}

Test(roster_check, refuses_a_quorum_that_the_others_cannot_reach)
{
	found();
	genesis.has_witness_quorum = 1;
	genesis.witness_quorum = N;
	refused(ERR_MALFORMED, "witnessQuorum");
}

/* Replaced cards say which log was the first. */
Test(roster_load, names_a_members_first_log_and_newest_keys)
{
	struct crypto_signer key, old;
	struct roster *r = NULL;

	found();
	genesis.past = mem_alloc(2, sizeof(genesis.past[0]));
	genesis.past[genesis.n_past++] = member_card(&members[1]);
	old = members[1].log_key[ROSTER_EVIDENCE];
	crypto_signer_new(&key);
	members[1].log_key[ROSTER_EVIDENCE] = key;
	sign_again(1);
	cr_assert_eq(roster_load(&r, &genesis, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(
	    memcmp(roster_find(r, members[1].name)->log[ROSTER_EVIDENCE].pub,
	        old.pub, CRYPTO_PUB_BYTES),
	    0);
	cr_assert_eq(
	    memcmp(roster_find(r, members[1].name)->card->evidence_key.data + 1,
	        key.pub, CRYPTO_PUB_BYTES),
	    0);
	roster_free(r);
	free(genesis.past[0]->name);
	genesis.past[0]->name = mem_strdup("nobody.example");
	roster_card_sign(genesis.past[0], &members[1].identity);
	cr_assert_eq(roster_check(&genesis, &why), ERR_MALFORMED);
	cr_assert_not_null(strstr(why.text, "no member"), "%s", why.text);
	genesis.past[0]->signature.data[5] ^= 1;
	cr_assert_eq(roster_check(&genesis, &why), ERR_UNVERIFIED);
	fed__card__free_unpacked(genesis.past[0], NULL);
	free(genesis.past);
	genesis.past = NULL;
	genesis.n_past = 0;
	end();
}

Test(roster_quorum, is_two_thirds_of_the_others_and_one)
{
	static const size_t want[] = {0, 1, 2, 3, 3};
	struct roster *r;
	size_t i;

	for (i = 0; i < N; i++) {
		found();
		for (; genesis.n_members > i + 1; genesis.n_members--)
			fed__card__free_unpacked(
			    genesis.members[genesis.n_members - 1], NULL);
		cr_assert_eq(roster_load(&r, &genesis, &why), ERR_OK);
		cr_assert_eq(roster_quorum(r), want[i], "%zu members", i + 1);
		roster_free(r);
		end();
	}
}

Test(roster_policy, trusts_the_logs_of_one_and_the_witnesses_of_the_others)
{
	struct policy *p = NULL;
	struct roster *r = NULL;
	struct buf text;
	size_t i;

	found();
	cr_assert_eq(roster_load(&r, &genesis, &why), ERR_OK);
	buf_init(&text, POLICY_TEXT_MAX);
	cr_assert_eq(roster_policy(r, "plant-a.acme.example",
	                 roster_find(r, "plant-a.acme.example")->log,
	                 ROSTER_KINDS, &text, &why),
	    ERR_OK);
	cr_assert_eq(
	    policy_get(&p, buf_view(&text), &why), ERR_OK, "%s", why.text);
	cr_assert_eq(p->logs_len, 2);
	cr_assert_eq(p->witnesses_len, N - 1);
	for (i = 0; i < p->witnesses_len; i++)
		cr_assert_str_neq(
		    p->witnesses[i].key.name, "plant-a.acme.example/witness");
	cr_assert_not(p->quorum_none);
	cr_assert_eq(p->groups[p->quorum.at].need, 3);
	cr_assert_eq(roster_policy(r, "nobody.example", NULL, 0, &text, &why),
	    ERR_NOT_FOUND);
	policy_free(p);
	roster_free(r);
	buf_clear(&text);
	end();
}

/* ---- access, on the same members ---- */

static enum access_right
may(const struct roster *r, const char *reader, const char *owner,
    const char *log)
{
	char origin[NOTE_NAME_MAX + 1];

	(void)snprintf(origin, sizeof(origin), "%s/%s/1", owner, log);
	return access_right(r, reader, origin);
}

Test(access_right, follows_the_table_and_the_grants)
{
	struct roster *r = NULL;
	const char *a = "plant-a.acme.example", *b = "plant-b.acme.example";
	const char *hq = "hq.acme.example", *gov = "safety.gov.example";
	const char *weld = "weld.partner.example";

	found();
	grant(gov, a, true);
	grant(weld, b, false);
	cr_assert_eq(roster_load(&r, &genesis, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(may(r, a, a, "evidence"), ACCESS_BODIES);
	cr_assert_eq(may(r, hq, a, "evidence"), ACCESS_BODIES);
	cr_assert_eq(may(r, hq, weld, "evidence"), ACCESS_HEADS);
	cr_assert_eq(may(r, a, hq, "evidence"), ACCESS_HEADS);
	cr_assert_eq(may(r, b, a, "evidence"), ACCESS_HEADS);
	cr_assert_eq(may(r, gov, a, "evidence"), ACCESS_BODIES);
	cr_assert_eq(may(r, gov, b, "evidence"), ACCESS_HEADS);
	cr_assert_eq(may(r, weld, b, "evidence"), ACCESS_LEAVES);
	cr_assert_eq(may(r, weld, a, "alliance"), ACCESS_BODIES);
	cr_assert_eq(may(r, gov, hq, "alliance"), ACCESS_BODIES);
	cr_assert_eq(may(r, "nobody.example", a, "alliance"), ACCESS_NONE);
	cr_assert_eq(may(r, hq, "nobody.example", "alliance"), ACCESS_NONE);
	roster_free(r);
	end();
}
