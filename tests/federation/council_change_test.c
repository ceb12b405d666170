/* council_change_test.c - what a proposal may change, and what is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/council_change.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "federation/council_card.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/support/assembly.h"

#define CHANGE(x) RECORD__PROPOSAL__CHANGE__##x

static struct err_why why;

/* Five founders and one outside. */
struct setting {
	struct assembly *a;
	const Fed__Genesis *now;
	Fed__Genesis *own; /* what `now` is, when a change was applied */
	Record__Proposal *p;
};

static struct setting s;

static void
begin(size_t by, Record__Proposal__Change change)
{
	if (s.a == NULL) {
		s.a = assembly_new(6, 5);
		s.now = roster_genesis(s.a->roster);
	}
	s.p = assembly_change(s.a, by, change);
}

static void
end(void)
{
	if (s.own != NULL)
		slice_free(&s.own->base);
	assembly_end(s.a);
	memset(&s, 0, sizeof(s));
}

static void
drop(void)
{
	slice_free(&s.p->base);
	s.p = NULL;
}

static void
whose(size_t who)
{
	s.p->member = mem_strdup(assembly_name(s.a, who));
}

/* The card of `who` as it is now. */
static void
with_card(size_t who)
{
	whose(who);
	s.p->card = member_card(&s.a->members[who]);
}

/* That `reader` may read `owner`. */
static void
granted(size_t reader, size_t owner)
{
	Fed__Grant *t = mem_alloc(1, sizeof(*t));

	fed__grant__init(t);
	t->reader = mem_strdup(assembly_name(s.a, reader));
	t->owner = mem_strdup(assembly_name(s.a, owner));
	s.p->n_grants = 1;
	s.p->grants = mem_alloc(1, sizeof(s.p->grants[0]));
	s.p->grants[0] = t;
}

static void
sign(size_t who)
{
	council_change_sign(s.p, &s.a->members[who].identity);
}

/* Signed by `who`: it may be made, and is what holds from now on. */
static void
made(size_t who)
{
	Fed__Genesis *next = NULL;

	sign(who);
	cr_assert_eq(council_change_apply(&next, s.now, s.p, &why), ERR_OK,
	    "%s", why.text);
	cr_assert_eq(roster_check(next, &why), ERR_OK, "%s", why.text);
	if (s.own != NULL)
		slice_free(&s.own->base);
	s.now = s.own = next;
	drop();
}

static void
refused_as(enum err want, const char *text)
{
	Fed__Genesis *next = NULL;

	cr_assert_eq(council_change_apply(&next, s.now, s.p, &why), want,
	    "wanted \"%s\": %s", text, why.text);
	cr_assert_not_null(strstr(why.text, text), "%s", why.text);
	cr_assert_null(next);
	drop();
}

static void
refused(size_t who, enum err want, const char *text)
{
	sign(who);
	refused_as(want, text);
}

static const Fed__Card *
card(const char *name)
{
	size_t i;

	for (i = 0; i < s.now->n_members; i++)
		if (strcmp(s.now->members[i]->name, name) == 0)
			return s.now->members[i];
	abort();
}

static void
digest(uint8_t first)
{
	s.p->has_digest = 1;
	s.p->digest.len = HASH_BYTES;
	s.p->digest.data = mem_alloc(1, HASH_BYTES);
	s.p->digest.data[0] = first;
}

static void
called(const char *name)
{
	s.p->name = mem_strdup(name);
}

/* ---- who is in ---- */

Test(council_change_apply, joins_expels_and_uses_a_name_once)
{
	begin(1, CHANGE(JOIN));
	with_card(5);
	cr_assert(!council_change_routine(s.now, s.p));
	made(1);
	cr_assert_eq(s.now->n_members, 6);
	cr_assert_str_eq(card("m5.example")->name, "m5.example");
	begin(1, CHANGE(JOIN));
	with_card(5);
	refused(1, ERR_REFUSED, "a member already");
	begin(0, CHANGE(EXPEL));
	whose(5);
	made(0);
	cr_assert_eq(s.now->n_members, 5);
	cr_assert_str_eq(s.now->former[0], "m5.example");
	begin(1, CHANGE(JOIN));
	with_card(5);
	refused(1, ERR_REFUSED, "a name is used once");
	end();
}

Test(council_change_apply, takes_in_no_card_that_its_key_did_not_sign)
{
	begin(1, CHANGE(JOIN));
	with_card(5);
	s.p->card->role = FED__ROLE__HQ;
	refused(1, ERR_UNVERIFIED, "signature does not verify");
	begin(1, CHANGE(JOIN));
	whose(4);
	s.p->card = member_card(&s.a->members[5]);
	refused(1, ERR_MALFORMED, "of another member");
	/* A key of somebody else. */
	s.a->members[5].witness_key = s.a->members[0].witness_key;
	begin(1, CHANGE(JOIN));
	with_card(5);
	refused(1, ERR_MALFORMED, "used twice");
	end();
}

Test(council_change_apply, a_member_leaves_by_its_own_word_with_its_grants)
{
	begin(0, CHANGE(GRANTS));
	granted(1, 0);
	cr_assert(council_change_routine(s.now, s.p));
	made(0);
	cr_assert_eq(s.now->n_grants, 1);
	begin(0, CHANGE(LEAVE));
	whose(1);
	refused(0, ERR_REFUSED, "leaves by its own");
	begin(1, CHANGE(EXPEL));
	whose(1);
	refused(1, ERR_REFUSED, "leaves by its own");
	begin(1, CHANGE(LEAVE));
	whose(1);
	cr_assert(council_change_routine(s.now, s.p));
	made(1);
	cr_assert_eq(s.now->n_grants, 0);
	cr_assert_eq(s.now->n_members, 4);
	begin(1, CHANGE(LEAVE));
	whose(1);
	refused(1, ERR_REFUSED, "cannot propose");
	begin(0, CHANGE(EXPEL));
	whose(1);
	refused(0, ERR_REFUSED, "is not a member");
	end();
}

Test(council_change_apply, somebody_stays)
{
	s.a = assembly_new(1, 1);
	s.now = roster_genesis(s.a->roster);
	begin(0, CHANGE(LEAVE));
	whose(0);
	refused(0, ERR_REFUSED, "last member");
	end();
}

Test(council_change_apply, wants_the_signature_of_whoever_proposes)
{
	begin(0, CHANGE(EXPEL));
	whose(1);
	refused(2, ERR_UNVERIFIED, "signature of the proposal");
	begin(0, CHANGE(EXPEL));
	whose(1);
	refused_as(ERR_UNVERIFIED, "not signed");
	begin(0, CHANGE(EXPEL));
	whose(1);
	sign(0);
	s.p->member[1] = '2';
	refused_as(ERR_UNVERIFIED, "signature of the proposal");
	begin(0, CHANGE(EXPEL));
	whose(1);
	free(s.p->by);
	s.p->by = mem_strdup("m5.example");
	refused(5, ERR_REFUSED, "cannot propose");
	end();
}

Test(council_change_apply, refuses_fields_of_other_changes)
{
	begin(0, CHANGE(EXPEL));
	refused(0, ERR_MALFORMED, "other fields");
	begin(0, CHANGE(EXPEL));
	whose(1);
	called("x");
	refused(0, ERR_MALFORMED, "other fields");
	begin(0, CHANGE(RELEASE));
	called("x");
	refused(0, ERR_MALFORMED, "other fields");
	begin(0, CHANGE(PACK));
	called("");
	refused(0, ERR_MALFORMED, "name must have");
	begin(0, CHANGE(PACK));
	called("x");
	digest(1);
	s.p->digest.len = 31;
	refused(0, ERR_MALFORMED, "digest must have 32 bytes");
	begin(0, CHANGE(EXPEL));
	s.p->has_change = 0;
	refused(0, ERR_MALFORMED, "no known change");
	end();
}

/* ---- cards ---- */

Test(council_change_apply, role_and_endpoint_change_alone_and_by_the_owners_key)
{
	struct member *m;

	begin(3, CHANGE(ROLE));
	m = &s.a->members[3];
	m->role = FED__ROLE__HQ;
	with_card(3);
	cr_assert(!council_change_routine(s.now, s.p));
	made(3);
	cr_assert_eq(card("m3.example")->role, FED__ROLE__HQ);
	begin(3, CHANGE(ENDPOINT));
	m->endpoint = "tcp://10.0.0.3:8421";
	with_card(3);
	cr_assert(council_change_routine(s.now, s.p));
	made(3);
	cr_assert_str_eq(card("m3.example")->endpoint, "tcp://10.0.0.3:8421");
	begin(3, CHANGE(ENDPOINT));
	m->endpoint = NULL;
	m->company = "other";
	with_card(3);
	refused(3, ERR_REFUSED, "more than the proposal says");
	/* Others cannot make it for it. */
	begin(2, CHANGE(ENDPOINT));
	m->company = "acme";
	with_card(3);
	s.p->card->signature.data[9] ^= 1;
	refused(2, ERR_UNVERIFIED, "signature does not verify");
	begin(2, CHANGE(ROLE));
	with_card(5);
	refused(2, ERR_REFUSED, "is not a member");
	end();
}

/* The card of `who` with another identity key, which signs it. */
static Fed__Card *
with_identity(size_t who, const char *seed)
{
	struct member m = s.a->members[who];
	struct hash h;

	digest_sha256(&h, bytes_str(seed));
	crypto_signer_seed(&m.identity, h.b);
	return member_card(&m);
}

/* Lets the card in force commit to that key. */
static void
commit_to(size_t who, const Fed__Card *next)
{
	Fed__Card *c = s.now->members[who];

	digest_sha256((struct hash *)(void *)c->next_identity.data,
	    bytes_of(next->identity_key.data, next->identity_key.len));
	roster_card_sign(c, &s.a->members[who].identity);
}

Test(council_change_apply, keys_rotate_by_the_next_key_or_by_a_quorum)
{
	struct hash seed;
	struct crypto_signer next;
	Fed__Genesis *out = NULL;

	begin(2, CHANGE(KEYS));
	whose(2);
	s.p->card = with_identity(2, "next");
	/* Not foretold: for people to judge, and not signed by that key. */
	cr_assert(!council_change_routine(s.now, s.p));
	digest_sha256(&seed, bytes_str("next"));
	crypto_signer_seed(&next, seed.b);
	council_change_sign(s.p, &next);
	cr_assert_eq(
	    council_change_apply(&out, s.now, s.p, &why), ERR_UNVERIFIED);
	sign(2);
	cr_assert_eq(council_change_apply(&out, s.now, s.p, &why), ERR_OK);
	slice_free(&out->base);
	commit_to(2, s.p->card);
	cr_assert(council_change_routine(s.now, s.p));
	council_change_sign(s.p, &next);
	cr_assert_eq(council_change_apply(&out, s.now, s.p, &why), ERR_OK, "%s",
	    why.text);
	slice_free(&out->base);
	drop();
	/* Lost: another member proposes it. */
	begin(0, CHANGE(KEYS));
	whose(2);
	s.p->card = with_identity(2, "other");
	cr_assert(!council_change_routine(s.now, s.p));
	made(0);
	end();
}

static void
ended(const char *origin)
{
	Record__Ended *e = mem_alloc(1, sizeof(*e));

	record__ended__init(e);
	e->origin = mem_strdup(origin);
	e->has_size = e->has_root = 1;
	e->size = 7;
	e->root.len = HASH_BYTES;
	e->root.data = mem_alloc(1, HASH_BYTES);
	s.p->ended =
	    mem_resize(s.p->ended, s.p->n_ended + 1, sizeof(s.p->ended[0]));
	s.p->ended[s.p->n_ended++] = e;
}

/* A card of m2 with another key of the evidence log. */
static void
new_log_key(const char *seed, uint32_t generation)
{
	const struct member *m = &s.a->members[2];
	struct crypto_signer key;
	struct hash h, next = {{9}};
	const struct roster_self self = {.name = m->name,
	    .role = m->role,
	    .company = m->company,
	    .identity = &m->identity,
	    .log = {&key, &m->log_key[ROSTER_ALLIANCE]},
	    .generation = {generation, 1},
	    .witness = &m->witness_key,
	    .session = m->session.pub,
	    .next_identity = &next};

	digest_sha256(&h, bytes_str(seed));
	crypto_signer_seed(&key, h.b);
	begin(2, CHANGE(KEYS));
	whose(2);
	s.p->card = roster_card(&self);
}

Test(council_change_apply, a_log_key_comes_with_a_generation_and_the_old_end)
{
	begin(0, CHANGE(EXPEL));
	drop();
	new_log_key("b", 2);
	ended("m2.example/evidence/1");
	made(2);
	cr_assert_eq(card("m2.example")->evidence_generation, 2);
	end();
	begin(0, CHANGE(EXPEL));
	drop();
	new_log_key("b", 1);
	refused(2, ERR_REFUSED, "next generation");
	new_log_key("b", 2);
	refused(2, ERR_MALFORMED, "one for each log key");
	new_log_key("b", 2);
	ended("m2.example/alliance/1");
	refused(2, ERR_REFUSED, "last size and root");
	new_log_key("b", 2);
	ended("m2.example/evidence/1");
	s.p->ended[0]->has_root = 0;
	refused(2, ERR_MALFORMED, "size or root is missing");
	s.a->members[2].role = FED__ROLE__HQ;
	new_log_key("b", 2);
	ended("m2.example/evidence/1");
	refused(2, ERR_REFUSED, "come with nothing else");
	end();
}

/* The card of m2 with this session key and the same identity. */
static void
new_session(uint8_t first)
{
	struct member m = s.a->members[2];

	begin(2, CHANGE(KEYS));
	whose(2);
	m.session.pub[0] = first;
	s.p->card = member_card(&m);
}

Test(council_change_apply, a_replaced_card_is_kept_and_none_of_its_keys_returns)
{
	struct member m;

	begin(0, CHANGE(EXPEL));
	drop();
	m = s.a->members[2];
	new_session(1);
	made(2);
	new_session(2);
	made(2);
	cr_assert_eq(s.now->n_past, 2);
	cr_assert_str_eq(s.now->past[0]->name, "m2.example");
	cr_assert_eq(
	    memcmp(s.now->past[0]->session_key.data, m.session.pub, 32), 0);
	cr_assert_eq(s.now->past[1]->session_key.data[0], 1);
	new_session(1);
	refused(2, ERR_REFUSED, "no key comes back");
	new_session(m.session.pub[0]);
	refused(2, ERR_REFUSED, "no key comes back");
	begin(2, CHANGE(LEAVE));
	whose(2);
	made(2);
	cr_assert_eq(s.now->n_past, 0);
	end();
}

Test(council_change_apply, no_key_serves_for_something_else_later)
{
	struct member m;

	begin(0, CHANGE(KEYS));
	whose(0);
	m = s.a->members[0];
	m.witness_key = m.log_key[ROSTER_EVIDENCE];
	m.log_key[ROSTER_EVIDENCE] = s.a->members[5].log_key[0];
	s.p->card = member_card(&m);
	refused(0, ERR_REFUSED, "served for something else");
	end();
}

/* ---- rules ---- */

Test(council_change_apply, the_quorum_is_never_under_two_thirds)
{
	begin(0, CHANGE(QUORUM));
	s.p->has_quorum = 1;
	s.p->quorum = 3;
	refused(0, ERR_REFUSED, "4 to 5 votes");
	begin(0, CHANGE(QUORUM));
	s.p->has_quorum = 1;
	s.p->quorum = 6;
	refused(0, ERR_REFUSED, "4 to 5 votes");
	cr_assert_eq(council_change_quorum(s.now), 4);
	begin(0, CHANGE(QUORUM));
	s.p->has_quorum = s.p->has_witness_quorum = 1;
	s.p->quorum = 5;
	s.p->witness_quorum = 2;
	cr_assert(!council_change_routine(s.now, s.p));
	made(0);
	cr_assert_eq(council_change_quorum(s.now), 5);
	cr_assert_eq(s.now->witness_quorum, 2);
	/* It shrinks with those who are left. */
	begin(0, CHANGE(EXPEL));
	whose(1);
	made(0);
	cr_assert_eq(council_change_quorum(s.now), 4);
	begin(0, CHANGE(QUORUM));
	s.p->has_witness_quorum = 1;
	s.p->witness_quorum = 4;
	refused(0, ERR_MALFORMED, "$.witnessQuorum");
	end();
}

Test(council_change_apply, nobody_gives_away_the_log_of_somebody_else)
{
	begin(0, CHANGE(GRANTS));
	granted(0, 1);
	refused(0, ERR_REFUSED, "only the owner of a log");
	end();
}

Test(council_change_apply, papers_come_change_and_go)
{
	begin(0, CHANGE(PACK));
	called("gas");
	refused(0, ERR_REFUSED, "nothing of that name");
	begin(0, CHANGE(PACK));
	called("gas");
	digest(1);
	made(0);
	begin(0, CHANGE(AGREEMENT));
	called("gas");
	digest(2);
	made(0);
	cr_assert_eq(s.now->n_papers, 2);
	begin(1, CHANGE(PACK));
	called("gas");
	digest(3);
	made(1);
	cr_assert_eq(s.now->n_papers, 2);
	cr_assert_eq(s.now->papers[1]->digest.data[0], 3);
	begin(1, CHANGE(AGREEMENT));
	called("gas");
	made(1);
	cr_assert_eq(s.now->n_papers, 1);
	cr_assert_eq(s.now->papers[0]->sort, FED__PAPER__SORT__PACK);
	begin(1, CHANGE(RELEASE));
	called("01930000-0000-7000-8000-000000000001");
	digest(4);
	cr_assert(!council_change_routine(s.now, s.p));
	made(1);
	cr_assert_eq(s.now->n_papers, 1);
	end();
}
