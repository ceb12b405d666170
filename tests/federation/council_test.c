/* council_test.c - decisions of a few members, and what hostile ones write. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/council.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "federation/council_state.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/support/assembly.h"

static struct err_why why;

static void
vote(struct assembly *a, size_t who, const struct hash *motion)
{
	cr_assert_eq(
	    assembly_vote(a, who, motion, &why), ERR_OK, "%s", why.text);
}

/* All of `who` vote for it, and see each other. */
static void
decide(struct assembly *a, const struct hash *motion, size_t who)
{
	size_t i;

	for (i = 0; i < who; i++) {
		assembly_fetch(a, i);
		vote(a, i, motion);
	}
	assembly_settle(a);
}

static uint32_t
epoch(const struct assembly *a, size_t who)
{
	struct council *c = assembly_fold(a, who);
	uint32_t n = council_now(c)->number;

	council_free(c);
	return n;
}

/* Who is in which epoch; all of them in the same. */
static void
all_in(const struct assembly *a, uint32_t want)
{
	struct council *first = assembly_fold(a, 0), *c;
	size_t i;

	cr_assert_eq(council_now(first)->number, want);
	for (i = 1; i < a->n; i++) {
		c = assembly_fold(a, i);
		cr_assert_eq(memcmp(council_now(c)->id.b,
		                 council_now(first)->id.b, HASH_BYTES),
		    0);
		council_free(c);
	}
	council_free(first);
}

/* The fault of that kind that says so. */
static void
named(const struct assembly *a, size_t who, enum council_fault_kind kind,
    const char *member, const char *text)
{
	struct council *c = assembly_fold(a, who);
	const struct council_fault *f;
	bool found = false;
	size_t i, all;

	for (i = 0; i < council_faults(c, &all); i++) {
		f = council_fault(c, i);
		found |= f->kind == kind && strcmp(f->member, member) == 0 &&
		    strstr(f->why.text, text) != NULL;
	}
	cr_assert(found, "no fault of %s: %s", member, text);
	council_free(c);
}

Test(council_fold, a_quorum_makes_an_epoch_that_all_share)
{
	struct assembly *a = assembly_new(4, 4);
	struct hash h = assembly_pack(a, 0, "gas");
	struct council *c;

	assembly_settle(a);
	c = assembly_fold(a, 3);
	cr_assert_eq(council_motions(c), 1);
	cr_assert_eq(memcmp(council_motion(c, 0)->hash.b, h.b, HASH_BYTES), 0);
	council_free(c);
	decide(a, &h, 2);
	all_in(a, 0);
	vote(a, 2, &h);
	cr_assert_eq(epoch(a, 2), 0, "nobody has seen that vote yet");
	assembly_settle(a);
	all_in(a, 1);
	c = assembly_fold(a, 3);
	cr_assert_eq(council_epochs(c), 2);
	cr_assert_eq(memcmp(council_now(c)->proposal.b, h.b, HASH_BYTES), 0);
	cr_assert_eq(council_now(c)->state->n_papers, 1);
	cr_assert_null(council_epoch(c, 0)->state);
	council_free(c);
	/* And the next one, on top of it. */
	h = assembly_pack(a, 1, "noise");
	decide(a, &h, 3);
	all_in(a, 2);
	assembly_end(a);
}

Test(council_fold, names_epochs_as_the_page_says)
{
	struct assembly *a = assembly_new(1, 1);
	struct hash h = assembly_pack(a, 0, "gas"), state, id;
	uint8_t number[4] = {0, 0, 0, 1};
	struct bytes parts[5];
	struct council *c;
	struct buf b;

	decide(a, &h, 1);
	c = assembly_fold(a, 0);
	buf_init(&b, 1 << 20);
	slice_pack(&b, &council_now(c)->state->base);
	digest_sha256(&state, buf_view(&b));
	parts[0] = bytes_str("lianfang/epoch/v1\n");
	parts[1] = bytes_hash(roster_fingerprint(a->roster));
	parts[2] = bytes_of(number, 4);
	parts[3] = bytes_hash(&h);
	parts[4] = bytes_hash(&state);
	digest_sha256_parts(&id, parts, 5);
	cr_assert_eq(
	    memcmp(council_epoch(c, 0)->id.b, parts[1].ptr, HASH_BYTES), 0);
	cr_assert_eq(memcmp(council_now(c)->id.b, id.b, HASH_BYTES), 0);
	buf_clear(&b);
	council_free(c);
	assembly_end(a);
}

Test(council_fold, whoever_joined_votes_from_the_next_epoch_on)
{
	struct assembly *a = assembly_new(4, 3);
	Record__Proposal *p;
	struct hash h;

	p = assembly_change(a, 1, RECORD__PROPOSAL__CHANGE__JOIN);
	p->member = mem_strdup(assembly_name(a, 3));
	p->card = member_card(&a->members[3]);
	h = assembly_propose(a, 1, p);
	assembly_settle(a);
	cr_assert_eq(assembly_vote(a, 3, &h, &why), ERR_DENIED);
	decide(a, &h, 3);
	all_in(a, 1);
	h = assembly_pack(a, 3, "gas");
	assembly_settle(a);
	vote(a, 3, &h);
	vote(a, 1, &h);
	assembly_settle(a);
	all_in(a, 1);
	vote(a, 2, &h);
	assembly_settle(a);
	all_in(a, 2);
	assembly_end(a);
}

Test(council_fold, starts_at_any_epoch_that_is_known)
{
	struct assembly *a = assembly_new(3, 3);
	struct hash h = assembly_pack(a, 0, "gas");
	struct council *c, *later;
	struct council_input in = {NULL, 0, COUNCIL_ALL};

	decide(a, &h, 3);
	c = assembly_fold(a, 0);
	cr_assert_eq(council_fold(&later, council_now(c), &in, &why), ERR_OK);
	cr_assert_eq(council_now(later)->number, 1);
	cr_assert_eq(
	    memcmp(council_now(later)->id.b, council_now(c)->id.b, HASH_BYTES),
	    0);
	council_free(later);
	council_free(c);
	assembly_end(a);
}

Test(council_fold, refuses_two_logs_of_one_name)
{
	struct assembly *a = assembly_new(1, 1);
	struct council_log logs[2] = {
	    {.member = "m0.example"}, {.member = "m0.example"}};
	struct council_input in = {logs, 2, COUNCIL_ALL};
	struct council_epoch start;
	struct council *c;

	council_genesis(&start, a->roster);
	cr_assert_eq(council_fold(&c, &start, &in, &why), ERR_MALFORMED);
	assembly_end(a);
}

/* ---- rounds ---- */

/* The last round that `who` sees open, and for which choice. */
static unsigned
round_at(const struct assembly *a, size_t who, uint32_t *choice)
{
	struct council *c = assembly_fold(a, who);
	unsigned r = council_round(c, choice);

	council_free(c);
	return r;
}

/* A vote made outside the rules. */
static void
cast(struct assembly *a, size_t who, unsigned side, unsigned round,
    const struct hash *motion)
{
	struct council *c = assembly_fold(a, who);
	Record__Vote v = RECORD__VOTE__INIT;
	const struct council_motion *m;
	Record__Proposal copy;
	struct hash id = council_now(c)->id;
	struct buf body;
	size_t i;

	v.has_epoch = 1;
	v.epoch = (ProtobufCBinaryData){HASH_BYTES, id.b};
	v.has_round = 1;
	v.round = round;
	for (i = 0; motion != NULL && i < council_motions(c); i++) {
		m = council_motion(c, i);
		if (memcmp(m->hash.b, motion->b, HASH_BYTES) != 0)
			continue;
		copy = *m->proposal;
		v.proposal = &copy;
	}
	cr_assert(motion == NULL || v.proposal != NULL);
	buf_init(&body, 1 << 20);
	slice_pack(&body, &v.base);
	assembly_append(a, who, side, COUNCIL_VOTE, &body);
	council_free(c);
}

Test(council_vote, opens_the_next_round_once_nothing_can_pass)
{
	struct assembly *a = assembly_new(4, 4);
	struct hash p = assembly_pack(a, 0, "p"), q = assembly_pack(a, 1, "q");
	uint32_t open;

	assembly_settle(a);
	vote(a, 0, &p);
	vote(a, 1, &q);
	assembly_settle(a);
	cr_assert_eq(assembly_vote(a, 1, &q, &why), ERR_EXISTS);
	cr_assert_eq(round_at(a, 2, &open), 0);
	vote(a, 2, NULL);
	assembly_settle(a);
	/* 3 is silent, and cannot bring either of them to three. */
	cr_assert_eq(round_at(a, 3, &open), 1);
	cr_assert_eq(open, TALLY_ANY);
	decide(a, &q, 3);
	all_in(a, 1);
	assembly_end(a);
}

Test(council_vote, a_round_may_open_for_the_only_choice_that_can_still_pass)
{
	struct assembly *a = assembly_new(4, 4);
	struct hash p = assembly_pack(a, 0, "p"), q = assembly_pack(a, 1, "q");
	uint32_t open;

	assembly_settle(a);
	vote(a, 0, &p);
	vote(a, 1, &p);
	vote(a, 2, NULL);
	assembly_settle(a);
	cr_assert_eq(round_at(a, 2, &open), 1);
	cr_assert_neq(open, TALLY_ANY);
	cr_assert_eq(assembly_vote(a, 2, &q, &why), ERR_REFUSED);
	/* The silent one still can, in the first. */
	vote(a, 3, &p);
	assembly_settle(a);
	all_in(a, 1);
	assembly_end(a);
}

Test(council_sight, the_silent_can_be_given_up)
{
	struct assembly *a = assembly_new(4, 4);
	struct hash p = assembly_pack(a, 0, "p"), q = assembly_pack(a, 1, "q");
	const char *gone[1] = {assembly_name(a, 3)};
	struct council *c;
	struct buf body;
	uint32_t open;
	size_t i;

	assembly_settle(a);
	vote(a, 0, &p);
	vote(a, 1, &p);
	vote(a, 2, NULL);
	assembly_settle(a);
	for (i = 0; i < 3; i++) {
		c = assembly_fold(a, i);
		buf_init(&body, 1 << 20);
		cr_assert(
		    council_sight(c, assembly_name(a, i), gone, 1, &body));
		assembly_append(a, i, 0, COUNCIL_SIGHTING, &body);
		council_free(c);
	}
	assembly_settle(a);
	cr_assert_eq(round_at(a, 0, &open), 1);
	cr_assert_eq(open, TALLY_ANY);
	/* Too late for the first round: nobody counts it there. */
	cast(a, 3, 0, 0, &p);
	assembly_settle(a);
	all_in(a, 0);
	decide(a, &q, 3);
	all_in(a, 1);
	assembly_end(a);
}

Test(council_sight, a_forked_log_counts_for_nothing)
{
	struct assembly *a = assembly_new(4, 4);
	struct hash p = assembly_pack(a, 0, "p");
	struct council *c;

	assembly_settle(a);
	a->forked[3] = true;
	vote(a, 3, &p);
	decide(a, &p, 2);
	c = assembly_fold(a, 0);
	cr_assert_eq(tally_sure(council_tally(c), 0, 3), TALLY_NONE);
	council_free(c);
	all_in(a, 0);
	vote(a, 2, &p);
	assembly_settle(a);
	all_in(a, 1);
	assembly_end(a);
}

Test(council_fold, a_later_round_without_reasons_counts_for_nothing)
{
	struct assembly *a = assembly_new(4, 4);
	struct hash p = assembly_pack(a, 0, "p");
	struct council *c;
	size_t i;

	assembly_settle(a);
	for (i = 0; i < 4; i++)
		cast(a, i, 0, 1, &p);
	assembly_settle(a);
	all_in(a, 0);
	c = assembly_fold(a, 0);
	cr_assert_eq(tally_sure(council_tally(c), 1, 0), TALLY_NONE);
	council_free(c);
	assembly_end(a);
}

Test(council_fold, the_first_of_two_votes_stands_and_the_second_is_named)
{
	struct assembly *a = assembly_new(3, 3);
	struct hash p = assembly_pack(a, 0, "p"), q = assembly_pack(a, 1, "q");
	struct council *c;

	assembly_settle(a);
	cast(a, 2, 0, 0, &p);
	cast(a, 2, 0, 0, &q);
	decide(a, &p, 2);
	all_in(a, 1);
	named(a, 0, COUNCIL_TWICE, "m2.example", "second vote");
	c = assembly_fold_until(a, 1, 0);
	cr_assert_eq(council_now(c)->number, 0);
	cr_assert_neq(tally_sure(council_tally(c), 0, 2), TALLY_UNSAID);
	council_free(c);
	assembly_end(a);
}

Test(council_fold, two_histories_of_one_log_split_nobody)
{
	struct assembly *a = assembly_new(4, 4);
	struct hash p = assembly_pack(a, 0, "p"), q = assembly_pack(a, 1, "q");

	assembly_settle(a);
	/* 3 shows p to 0 and q to 1 and 2. */
	cast(a, 3, 0, 0, &p);
	cast(a, 3, 1, 0, &q);
	a->side[1][3] = a->side[2][3] = 1;
	vote(a, 0, &p);
	vote(a, 1, &q);
	vote(a, 2, &q);
	assembly_settle(a);
	cr_assert_eq(epoch(a, 1), 1);
	cr_assert_eq(epoch(a, 2), 1);
	cr_assert_eq(epoch(a, 0), 0);
	named(a, 0, COUNCIL_DISPUTED, "m3.example", "one of the two lies");
	/* 0 comes to the same epoch with the other history. */
	a->side[0][3] = 1;
	assembly_fetch(a, 0);
	cr_assert_eq(epoch(a, 0), 1);
	assembly_end(a);
}

/* ---- what hostile members write ---- */

static void
write(struct assembly *a, size_t who, enum council_kind kind, const void *p,
    size_t len)
{
	struct buf body;

	buf_init(&body, 1 << 20);
	buf_put(&body, p, len);
	assembly_append(a, who, 0, kind, &body);
}

static void
write_sighting(struct assembly *a, size_t who, const struct hash *id,
    unsigned round, uint8_t members, const struct hash *choice)
{
	Record__Sighting s = RECORD__SIGHTING__INIT;
	Record__Tally t = RECORD__TALLY__INIT, *one = &t;
	struct hash of = *id, what;
	struct buf body;

	s.has_epoch = 1;
	s.epoch = (ProtobufCBinaryData){HASH_BYTES, of.b};
	s.n_seen = 1;
	s.seen = &one;
	t.has_round = t.has_members = 1;
	t.round = round;
	t.members = (ProtobufCBinaryData){1, &members};
	if (choice != NULL) {
		what = *choice;
		t.has_choice = 1;
		t.choice = (ProtobufCBinaryData){HASH_BYTES, what.b};
	}
	buf_init(&body, 1 << 20);
	slice_pack(&body, &s.base);
	assembly_append(a, who, 0, COUNCIL_SIGHTING, &body);
}

Test(council_fold, hostile_entries_are_named_and_stop_nobody)
{
	struct assembly *a = assembly_new(5, 4);
	const struct hash *id = roster_fingerprint(a->roster);
	Record__Proposal *p;
	struct council *c;
	struct hash h, unknown = {{1}};
	size_t i;

	write(a, 3, COUNCIL_VOTE, "", 0);
	write(a, 3, COUNCIL_VOTE, "\xff\xff", 2);
	write(a, 3, COUNCIL_PROPOSAL, "\x0a\x01x", 3);
	write_sighting(a, 3, id, 16, 1, NULL);
	write_sighting(a, 3, id, 0, 0x10, NULL);
	write_sighting(a, 3, id, 0, 0, NULL);
	write_sighting(a, 3, id, 0, 0x08, NULL);
	write_sighting(a, 3, &unknown, 0, 1, NULL);
	write_sighting(a, 4, id, 0, 1, NULL);
	for (i = 0; i < COUNCIL_MOTIONS_MAX + 1; i++) {
		p = assembly_change(a, 3, RECORD__PROPOSAL__CHANGE__LEAVE);
		p->member = mem_strdup(assembly_name(a, i % 4));
		(void)assembly_propose(a, 3, p);
	}
	h = assembly_pack(a, 0, "gas");
	p = assembly_change(a, 0, RECORD__PROPOSAL__CHANGE__RELEASE);
	p->name = mem_strdup("x");
	p->has_digest = 1;
	p->digest.len = HASH_BYTES;
	p->digest.data = mem_alloc(1, HASH_BYTES);
	(void)assembly_propose(a, 3, p);
	decide(a, &h, 3);
	assembly_settle(a);
	all_in(a, 1);
	named(a, 0, COUNCIL_REFUSED, "m3.example", "epoch must have 32 bytes");
	named(a, 0, COUNCIL_REFUSED, "m3.example", "round must be 0 to 15");
	named(a, 0, COUNCIL_REFUSED, "m3.example", "tally 0");
	named(a, 0, COUNCIL_REFUSED, "m3.example", "names no member");
	named(a, 0, COUNCIL_REFUSED, "m3.example", "leaves by its own");
	named(a, 0, COUNCIL_REFUSED, "m3.example", "too many proposals");
	named(a, 0, COUNCIL_REFUSED, "m3.example", "in the log of whoever");
	named(a, 0, COUNCIL_REFUSED, "m4.example", "not a member");
	c = assembly_fold(a, 0);
	cr_assert_eq(council_waiting(c), 1);
	council_free(c);
	assembly_end(a);
}

Test(council_fold, names_some_faults_of_each_and_counts_all)
{
	struct assembly *a = assembly_new(2, 2);
	struct council *c;
	size_t i, all;

	for (i = 0; i < COUNCIL_FAULTS_MAX + 5; i++)
		write(a, 0, COUNCIL_VOTE, "", 0);
	write(a, 1, COUNCIL_VOTE, "", 0);
	assembly_fetch(a, 0);
	c = assembly_fold(a, 0);
	cr_assert_eq(council_faults(c, &all), COUNCIL_FAULTS_MAX + 1);
	cr_assert_eq(all, COUNCIL_FAULTS_MAX + 6);
	council_free(c);
	named(a, 0, COUNCIL_REFUSED, "m1.example", "round must be 0 to 15");
	assembly_end(a);
}

/* A second word on a vote counts as little as a second vote. */
Test(council_fold, the_first_sighting_of_a_vote_stands)
{
	struct assembly *a = assembly_new(3, 3);
	const struct hash *id = roster_fingerprint(a->roster);
	struct hash p = assembly_pack(a, 0, "p");
	struct council *c;

	write_sighting(a, 2, id, 0, 1, NULL);
	write_sighting(a, 2, id, 0, 1, &p);
	decide(a, &p, 3);
	all_in(a, 0);
	named(a, 0, COUNCIL_TWICE, "m2.example", "second word");
	c = assembly_fold(a, 0);
	cr_assert_eq(tally_sure(council_tally(c), 0, 0), TALLY_UNSAID);
	council_free(c);
	assembly_end(a);
}

/* What three were seen to vote for is decided, though only a newer version can
 * read what it is. */
Test(council_lacks, what_is_decided_and_not_here)
{
	struct assembly *a = assembly_new(4, 4);
	const struct hash *id = roster_fingerprint(a->roster);
	struct hash h = {{7}}, lacks;
	struct council *c;
	uint8_t who;

	for (who = 0; who < 4; who++)
		write_sighting(a, who, id, 0, 7 & ~(1u << who), &h);
	c = assembly_fold(a, 0);
	cr_assert(!council_lacks(c, &lacks));
	council_free(c);
	assembly_settle(a);
	c = assembly_fold(a, 0);
	cr_assert(council_lacks(c, &lacks));
	cr_assert_eq(memcmp(lacks.b, h.b, HASH_BYTES), 0);
	cr_assert_eq(council_now(c)->number, 0);
	council_free(c);
	assembly_end(a);
}

/* One member may name thousands of hashes in each entry, without proposals. */
Test(council, keeps_little_of_a_hash_that_is_only_named)
{
	cr_assert_leq(sizeof(struct council_draft), 2 * HASH_BYTES);
}
