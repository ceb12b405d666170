/* veil_book_test.c - a ring vouches for an item, or for another one not. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_book.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "federation/mix.h"
#include "node/submit_veil.h"
#include "node/veil_item.h"
#include "node/veil_judge.h"
#include "node/veil_own.h"
#include "proto/digest.h"
#include "proto/slice.h"
#include "tests/support/circle.h"
#include "tests/support/plant.h"

#define MEMBERS 6
#define TERM 2968 /* of PLANT_START */

/* Members who announced keys, and an item that one of them signed. */
struct scene {
	struct plant p;
	struct circle circle;
	struct ring_key key[MEMBERS];
	struct veil_book book;
	struct point ring[MEMBERS];
	ProtobufCBinaryData ring_data[MEMBERS];
	uint8_t signature[RING_SIGNATURE_BYTES(MEMBERS)];
	struct crypto_signer item_key;
	Record__IntelVeil veil;
	Record__Intel item;
};

static struct scene s;
static char id[] = "0190a000-0000-7000-8000-000000000001";

static void
set_id(unsigned n)
{
	(void)snprintf(id, sizeof id, "0190a000-0000-7000-8000-%012u", n);
}

static bool
alliance(void *arg, struct hash *out)
{
	(void)arg;
	digest_sha256(out, bytes_str("alliance"));
	return true;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, GROUP_BYTES);
}

static void
sign(size_t who, size_t n)
{
	struct ring ring;
	struct hash digest;

	s.veil.n_ring = n;
	s.veil.signature.len = RING_SIGNATURE_BYTES(n);
	veil_item_digest(&s.item, &digest);
	cr_assert_eq(
	    ring_open(&ring, &s.book.alliance, s.veil.term, s.ring, n, NULL),
	    ERR_OK);
	cr_assert_eq(
	    ring_sign(s.signature, &ring, &s.key[who], &digest, NULL), ERR_OK);
}

static void
setup(void)
{
	static char title[] = "a valve stood open";
	struct site_peers peers;

	crypto_start();
	circle_make(&s.circle, MEMBERS);
	peers = circle_peers(&s.circle);
	peers.alliance = alliance;
	plant_begin_among(&s.p, s.circle.name[0], &peers);
	s.book = (struct veil_book){.term = TERM,
	    .at = calloc(MEMBERS, sizeof *s.book.at),
	    .len = MEMBERS};
	(void)alliance(NULL, &s.book.alliance);
	for (size_t i = 0; i < MEMBERS; i++) {
		ring_key_new(&s.key[i]);
		s.ring[i] = s.book.at[i].ring = s.key[i].pub;
		(void)snprintf(s.book.at[i].member, sizeof s.book.at[i].member,
		    "%s", s.circle.name[i]);
	}
	qsort(s.ring, MEMBERS, sizeof s.ring[0], by_bytes);
	for (size_t i = 0; i < MEMBERS; i++)
		s.ring_data[i] =
		    (ProtobufCBinaryData){GROUP_BYTES, s.ring[i].b};
	crypto_signer_new(&s.item_key);
	record__intel_veil__init(&s.veil);
	s.veil.has_term = s.veil.has_signature = s.veil.has_key = true;
	s.veil.term = TERM;
	s.veil.ring = s.ring_data;
	s.veil.signature.data = s.signature;
	s.veil.key = (ProtobufCBinaryData){CRYPTO_PUB_BYTES, s.item_key.pub};
	record__intel__init(&s.item);
	s.item.has_action = true;
	s.item.action = RECORD__INTEL__ACTION__RELEASE;
	s.item.intel_id = id;
	s.item.title = title;
	s.item.veil = &s.veil;
	sign(2, MEMBERS);
}

static void
teardown(void)
{
	veil_book_clear(&s.book);
	plant_end(&s.p);
}

static enum err
check(struct veil_vouched *out)
{
	return veil_book_check(&s.book, s.p.site, &s.item, out, NULL);
}

static void
same_owner(size_t member, size_t as)
{
	memcpy(s.circle.company[member], s.circle.company[as],
	    sizeof s.circle.company[as]);
}

TestSuite(veil_book, .init = setup, .fini = teardown);

Test(veil_book, a_member_vouches_and_its_items_of_a_term_are_linked)
{
	struct veil_vouched first, v;
	char other[] = "another item";

	cr_assert_eq(check(&first), ERR_OK);
	cr_assert_eq(first.members, MEMBERS);
	cr_assert_eq(first.owners, MEMBERS);
	s.item.title = other;
	sign(2, MEMBERS);
	cr_assert_eq(check(&v), ERR_OK);
	cr_assert_arr_eq(v.tag.b, first.tag.b, GROUP_BYTES, "linked");
	sign(3, MEMBERS);
	cr_assert_eq(check(&v), ERR_OK);
	cr_assert_arr_neq(v.tag.b, first.tag.b, GROUP_BYTES, "of another");
	/* Plants of one owner are one company, in any spelling. */
	(void)snprintf(
	    s.circle.company[1], sizeof s.circle.company[1], "Co 2.");
	cr_assert_eq(check(&v), ERR_OK);
	cr_assert_eq(v.owners, MEMBERS - 1);
}

Test(veil_book, nothing_else_is_vouched_for)
{
	struct veil_vouched v;
	struct ring_key stranger;
	char title[] = "a valve stood shut";
	char *was = s.item.title;
	struct point kept;

	s.item.title = title;
	cr_assert_eq(check(&v), ERR_UNVERIFIED, "another item");
	s.item.title = was;
	s.item_key.pub[0] ^= 1;
	cr_assert_eq(check(&v), ERR_UNVERIFIED, "another key of the item");
	s.item_key.pub[0] ^= 1;
	for (size_t i = 0; i < sizeof s.signature; i += 7) {
		s.signature[i] ^= 1;
		cr_assert_neq(check(&v), ERR_OK, "byte %zu", i);
		s.signature[i] ^= 1;
	}
	s.veil.term++;
	cr_assert_neq(check(&v), ERR_OK, "another term");
	s.veil.term--;
	s.veil.n_ring--;
	cr_assert_neq(check(&v), ERR_OK, "a smaller ring");
	s.veil.n_ring++;
	cr_assert_eq(check(&v), ERR_OK);
	kept = s.ring[0];
	s.ring[0] = s.ring[1];
	cr_assert_eq(check(&v), ERR_CONFLICT, "a member twice");
	s.ring[0] = kept;
	ring_key_new(&stranger);
	for (size_t i = 0; i < MEMBERS; i++)
		if (memcmp(s.ring[i].b, s.key[2].pub.b, GROUP_BYTES) == 0)
			s.ring[i] = stranger.pub;
	s.key[2] = stranger;
	qsort(s.ring, MEMBERS, sizeof s.ring[0], by_bytes);
	sign(2, MEMBERS);
	cr_assert_eq(check(&v), ERR_NOT_FOUND, "a key of no member");
}

/* Each field that could name its source, and what a withdrawal may not say. */
Test(veil_book, an_item_says_nothing_of_its_source)
{
	char word[] = "word", *words[] = {word};
	char **const fields[] = {&s.item.source, &s.item.drafted_by,
	    &s.item.approved_by, &s.item.basis, &s.item.superseded_by,
	    &s.item.reason};
	uint8_t proof[CRYPTO_SIG_BYTES] = {0};

	cr_assert_eq(veil_item_form(&s.item, NULL), ERR_OK);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		*fields[i] = word;
		cr_assert_eq(
		    veil_item_form(&s.item, NULL), ERR_MALFORMED, "%zu", i);
		*fields[i] = NULL;
	}
	s.item.companies = words;
	s.item.n_companies = 1;
	cr_assert_eq(veil_item_form(&s.item, NULL), ERR_MALFORMED);
	s.item.n_companies = 0;
	s.item.has_named = s.item.named = true;
	cr_assert_eq(veil_item_form(&s.item, NULL), ERR_MALFORMED);
	s.item.has_named = s.item.named = false;
	s.item.action = RECORD__INTEL__ACTION__WITHDRAW;
	cr_assert_eq(veil_item_form(&s.item, NULL), ERR_MALFORMED);
	record__intel_veil__init(&s.veil);
	s.veil.has_proof = true;
	s.veil.proof = (ProtobufCBinaryData){sizeof proof, proof};
	s.item.reason = word;
	cr_assert_eq(
	    veil_item_form(&s.item, NULL), ERR_MALFORMED, "a title, too");
	s.item.title = NULL;
	cr_assert_eq(veil_item_form(&s.item, NULL), ERR_OK);
}

Test(veil_book, an_items_key_speaks_of_that_item_alone)
{
	struct crypto_signer other;
	uint8_t sig[CRYPTO_SIG_BYTES];
	const struct bytes proof = bytes_of(sig, sizeof sig);

	veil_item_sign(sig, &s.item_key, VEIL_ITEM_CLAIM, "1", "m0");
	cr_assert(veil_item_proven(&s.veil, proof, VEIL_ITEM_CLAIM, "1", "m0"));
	cr_assert_not(
	    veil_item_proven(&s.veil, proof, VEIL_ITEM_CLAIM, "2", "m0"));
	cr_assert_not(
	    veil_item_proven(&s.veil, proof, VEIL_ITEM_CLAIM, "1", "m1"));
	cr_assert_not(
	    veil_item_proven(&s.veil, proof, VEIL_ITEM_WITHDRAW, "1", "m0"));
	crypto_signer_new(&other);
	veil_item_sign(sig, &other, VEIL_ITEM_CLAIM, "1", "m0");
	cr_assert_not(
	    veil_item_proven(&s.veil, proof, VEIL_ITEM_CLAIM, "1", "m0"));
}

static enum err
judge(struct veil_judge *j, const Record__Intel *m, uint32_t *origin)
{
	return veil_judge(j, &s.book, s.p.site, m, origin, NULL);
}

/* A source that floods is stopped by its tag, whatever it says; a ring of too
 * few companies is none. */
Test(veil_book, of_one_source_so_many_are_published_in_a_term)
{
	struct veil_judge j = {.len = 0};
	uint32_t first = 0, origin;
	enum err e;

	for (unsigned i = 0; i <= VEIL_JUDGE_ITEMS; i++) {
		set_id(i);
		sign(2, MEMBERS);
		e = judge(&j, &s.item, &origin);
		cr_assert_eq(e, i < VEIL_JUDGE_ITEMS ? ERR_OK : ERR_BUSY);
		cr_assert(i == 0 || origin == first);
		cr_assert_eq(origin & MIX_SILENT, 0);
		first = origin;
	}
	set_id(0);
	sign(2, MEMBERS);
	cr_assert_eq(judge(&j, &s.item, &origin), ERR_OK, "said again");
	sign(3, MEMBERS);
	cr_assert_eq(judge(&j, &s.item, &origin), ERR_OK);
	for (size_t i = 1; i < MEMBERS - 2; i++)
		same_owner(i, 0);
	cr_assert_eq(judge(&j, &s.item, &origin), ERR_LIMIT);
	veil_judge_clear(&j);
}

static void
publish(const Record__Intel *m, enum err want)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&s.p, w);
	struct submit_result *r;

	submit_veil(&to, m);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, want, "%s", r->why.text);
	submit_result_free(r);
}

/* What was published is counted in the log: a restart gives nobody a new part.
 */
Test(veil_book, a_restart_gives_no_source_more)
{
	struct veil_judge j = {.len = 0};
	uint32_t origin;

	for (unsigned i = 0; i < VEIL_JUDGE_ITEMS; i++) {
		set_id(i);
		sign(2, MEMBERS);
		publish(&s.item, ERR_OK);
	}
	plant_restart(&s.p);
	cr_assert_eq(veil_judge_begin(&j, s.p.site, TERM, NULL), ERR_OK);
	set_id(VEIL_JUDGE_ITEMS);
	sign(2, MEMBERS);
	cr_assert_eq(judge(&j, &s.item, &origin), ERR_BUSY);
	sign(3, MEMBERS);
	cr_assert_eq(judge(&j, &s.item, &origin), ERR_OK);
	cr_assert_eq(veil_judge_begin(&j, s.p.site, TERM + 1, NULL), ERR_OK);
	set_id(VEIL_JUDGE_ITEMS + 1);
	sign(2, MEMBERS);
	cr_assert_eq(judge(&j, &s.item, &origin), ERR_OK, "another term");
	veil_judge_clear(&j);
}

/* Whoever wants to find the one real item of a batch fills it with what is no
 * item: withdrawals that are made up, or what all can read already. */
Test(veil_book, nothing_that_is_known_or_made_up_fills_a_batch)
{
	char error[] = "error";
	uint8_t proof[CRYPTO_SIG_BYTES];
	struct crypto_signer wrong;
	Record__IntelVeil back = RECORD__INTEL_VEIL__INIT;
	Record__Intel take = RECORD__INTEL__INIT;
	struct veil_judge j = {.len = 0};
	struct hash h;
	uint8_t raw[16];
	uint32_t origin;
	unsigned n = 0;

	/* One whose hash would not by itself be taken for silent. */
	do {
		set_id(n++);
		cr_assert_eq(text_uuid_get(raw, bytes_str(id), NULL), ERR_OK);
		digest_sha256(&h, bytes_of(raw, sizeof raw));
		memcpy(&origin, h.b, sizeof origin);
	} while ((origin & MIX_SILENT) != 0);
	sign(2, MEMBERS);
	take.has_action = back.has_proof = true;
	take.action = RECORD__INTEL__ACTION__WITHDRAW;
	take.intel_id = id;
	take.reason = error;
	take.veil = &back;
	back.proof = (ProtobufCBinaryData){sizeof proof, proof};
	veil_item_sign(proof, &s.item_key, VEIL_ITEM_WITHDRAW, id, error);
	cr_assert_eq(judge(&j, &take, &origin), ERR_NOT_FOUND);
	cr_assert_eq(judge(&j, &s.item, &origin), ERR_OK);
	publish(&s.item, ERR_OK);
	cr_assert_eq(judge(&j, &s.item, &origin), ERR_EXISTS);
	crypto_signer_new(&wrong);
	veil_item_sign(proof, &wrong, VEIL_ITEM_WITHDRAW, id, error);
	cr_assert_eq(judge(&j, &take, &origin), ERR_UNVERIFIED);
	veil_item_sign(proof, &s.item_key, VEIL_ITEM_WITHDRAW, id, error);
	cr_assert_eq(judge(&j, &take, &origin), ERR_OK);
	cr_assert_neq(origin & MIX_SILENT, 0, "counts as a source");
	publish(&take, ERR_OK);
	cr_assert_eq(judge(&j, &take, &origin), ERR_EXISTS);
	veil_judge_clear(&j);
}

/* What was decided here and what is seen there lie hours apart, also when an
 * item is taken back: who reads the leaves of the evidence alone compares
 * times. */
Test(veil_book, taking_back_waits_as_long_as_coming_out)
{
	const int64_t most_us = INT64_C(720) * 60000000;
	int64_t out_us = 0, back_us = 0;

	for (unsigned i = 0; i < 20; i++) {
		set_id(i);
		const int64_t out = veil_own_hold_us(s.p.site, &s.item, false);
		const int64_t back = veil_own_hold_us(s.p.site, &s.item, true);

		cr_assert(out >= 0 && out < most_us);
		cr_assert(back >= 0 && back < most_us);
		cr_assert_neq(out, back, "one tells the other");
		cr_assert_eq(veil_own_hold_us(s.p.site, &s.item, true), back);
		out_us += out;
		back_us += back;
	}
	/* Twenty draws: both means within six deviations of the half. */
	cr_assert(llabs(out_us / 20 - most_us / 2) < most_us * 2 / 5);
	cr_assert(llabs(back_us / 20 - most_us / 2) < most_us * 2 / 5);
}

/* ---- announced ---- */

static void
make_word(struct veil_word *out, const struct ring_key *k, const char *name)
{
	const struct veil_when when = {&s.book.alliance, TERM, name};
	struct veil_keys keys = {.term = TERM, .ring = *k};

	crypto_signer_new(&keys.hop);
	cr_assert_eq(veil_word_make(out, &when, &keys, 60000, NULL), ERR_OK);
}

static void
announced(void *arg, struct submit_result *r)
{
	(void)arg;
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static void
announce_word(const Record__Veil *m, size_t times)
{
	const struct submit_plain plain = {
	    .kind = LEDGER__KIND__VEIL, .alliance = true, .message = &m->base};
	const struct submit_to many = {.site = s.p.site, .done = announced};
	struct submit_wait *w = submit_wait_new();
	const struct submit_to last = plant_to(&s.p, w);

	for (size_t i = 0; i + 1 < times; i++)
		submit_plain(&many, &plain);
	submit_plain(&last, &plain);
	announced(NULL, submit_wait_for(w));
}

static void
announce(const struct ring_key *k, const char *name, uint32_t term)
{
	struct veil_word word;

	make_word(&word, k, name);
	word.m.term = term;
	announce_word(&word.m, 1);
}

/* A hop's key that its member cannot open with, be it another's or none. */
Test(veil_book, nobody_announces_a_key_that_it_does_not_hold)
{
	static const uint8_t one[CRYPTO_SIG_BYTES] = {1};
	const struct veil_when when = {&s.book.alliance, TERM, "m0"};
	const struct veil_when late = {&s.book.alliance, TERM + 1, "m0"};
	struct veil_said said;
	struct veil_word w, other;

	make_word(&w, &s.key[0], "m0");
	cr_assert(veil_word_read(&w.m, &when, &said));
	cr_assert_arr_eq(said.hop, w.hop, sizeof w.hop);
	cr_assert_eq(said.slot_ms, 60000);
	cr_assert_not(veil_word_read(&w.m, &late, &said));
	make_word(&other, &s.key[1], "m1");
	w.m.hop = other.m.hop;
	cr_assert_not(veil_word_read(&w.m, &when, &said), "another's");
	w.m.hop_proof = other.m.hop_proof;
	cr_assert_not(veil_word_read(&w.m, &when, &said), "with its proof");
	w.m.hop_proof.len = 0;
	cr_assert_not(veil_word_read(&w.m, &when, &said), "no proof");
	/* A point of small order: signatures by it are for anybody to make. */
	make_word(&w, &s.key[0], "m0");
	memcpy(w.hop, one, sizeof w.hop);
	memcpy(w.hop_proof, one, sizeof w.hop_proof);
	cr_assert_not(veil_word_read(&w.m, &when, &said), "small order");
	cr_assert_not(crypto_letter_key_ok(w.hop));
	make_word(&w, &s.key[0], "m0");
	w.m.slot_ms = 0;
	cr_assert_not(veil_word_read(&w.m, &when, &said), "no pace");
}

Test(veil_book, of_a_term_the_first_word_counts_under_its_own_name)
{
	struct veil_book b;

	announce(&s.key[0], "m1.test.example", TERM);
	cr_assert_eq(veil_book_read(&b, s.p.site, TERM, NULL), ERR_OK);
	cr_assert_eq(b.len, 0, "a proof of somebody else's");
	veil_book_clear(&b);
	plant_end(&s.p);
	struct site_peers peers = circle_peers(&s.circle);
	peers.alliance = alliance;
	plant_begin_among(&s.p, s.circle.name[0], &peers);
	announce(&s.key[0], s.circle.name[0], TERM);
	announce(&s.key[1], s.circle.name[0], TERM);
	announce(&s.key[2], s.circle.name[0], TERM + 1);
	cr_assert_eq(veil_book_read(&b, s.p.site, TERM, NULL), ERR_OK);
	cr_assert_eq(b.len, 1);
	cr_assert_str_eq(b.at[0].member, s.circle.name[0]);
	cr_assert_arr_eq(b.at[0].ring.b, s.key[0].pub.b, GROUP_BYTES);
	/* Nothing is announced anew for a secret that was lost. */
	cr_assert_eq(veil_book_stand(&b, s.circle.name[0], &s.key[0].pub),
	    VEIL_STAND_IN);
	cr_assert_eq(veil_book_stand(&b, s.circle.name[0], &s.key[1].pub),
	    VEIL_STAND_LOST);
	cr_assert_eq(veil_book_stand(&b, s.circle.name[1], &s.key[1].pub),
	    VEIL_STAND_NEW);
	veil_book_clear(&b);
	cr_assert_eq(veil_book_read(&b, s.p.site, TERM + 1, NULL), ERR_OK);
	cr_assert_eq(b.len, 0, "a proof of another term");
	veil_book_clear(&b);
}

/* The first word would change with each that follows. */
Test(veil_book, who_announces_without_end_takes_no_part)
{
	struct veil_word word;
	struct veil_book b;

	make_word(&word, &s.key[0], s.circle.name[0]);
	announce_word(&word.m, VEIL_WORDS_MAX);
	cr_assert_eq(veil_book_read(&b, s.p.site, TERM, NULL), ERR_OK);
	cr_assert_eq(b.len, 1);
	veil_book_clear(&b);
	announce_word(&word.m, 1);
	cr_assert_eq(veil_book_read(&b, s.p.site, TERM, NULL), ERR_OK);
	cr_assert_eq(b.len, 0);
	veil_book_clear(&b);
}

static Fed__Role
plants(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return FED__ROLE__PLANT;
}

/* Who sends at another pace hides nobody: it is in no ring that is made here,
 * and what it vouches for is read all the same. */
Test(veil_book, who_keeps_another_pace_is_in_no_ring_of_ours)
{
	struct veil_vouched v;
	struct point *ring;
	size_t n;

	s.p.site->peers.role = plants;
	for (size_t i = 0; i < MEMBERS; i++)
		s.book.at[i].slot_ms = i == 3 ? 30000 : 60000;
	ring = veil_book_ring(&s.book, s.p.site, &n);
	cr_assert_eq(n, MEMBERS - 1);
	for (size_t i = 0; i < n; i++)
		cr_assert_arr_neq(ring[i].b, s.key[3].pub.b, GROUP_BYTES);
	free(ring);
	cr_assert_eq(check(&v), ERR_OK);
}
