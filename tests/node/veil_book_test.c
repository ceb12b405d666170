/* veil_book_test.c - a ring vouches for an item, or for another one not. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_book.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "node/veil_item.h"
#include "node/veil_judge.h"
#include "node/veil_keys.h"
#include "proto/digest.h"
#include "proto/slice.h"
#include "tests/support/circle.h"
#include "tests/support/plant.h"

#define MEMBERS 6
#define TERM 2969

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
	static char id[] = "0190a000-0000-7000-8000-000000000001";
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
	/* Plants of one owner are one company. */
	same_owner(1, 2);
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

/* A source that floods is stopped by its tag, whatever it says; a ring of too
 * few companies is none. */
Test(veil_book, of_one_source_so_many_are_published_in_a_term)
{
	struct veil_judge j = {.len = 0};
	char title[16];
	uint32_t first = 0, origin;
	enum err e;

	s.item.title = title;
	for (unsigned i = 0; i <= VEIL_JUDGE_ITEMS; i++) {
		(void)snprintf(title, sizeof title, "item %u", i);
		sign(2, MEMBERS);
		e = veil_judge(&j, &s.book, s.p.site, &s.item, &origin, NULL);
		cr_assert_eq(e, i < VEIL_JUDGE_ITEMS ? ERR_OK : ERR_BUSY);
		cr_assert(i == 0 || origin == first);
		first = origin;
	}
	sign(3, MEMBERS);
	cr_assert_eq(
	    veil_judge(&j, &s.book, s.p.site, &s.item, &origin, NULL), ERR_OK);
	for (size_t i = 1; i < MEMBERS - 2; i++)
		same_owner(i, 0);
	cr_assert_eq(veil_judge(&j, &s.book, s.p.site, &s.item, &origin, NULL),
	    ERR_LIMIT);
	veil_judge_clear(&j);
}

/* ---- announced ---- */

static void
announce(const struct ring_key *k, const char *name, uint32_t term)
{
	uint8_t proof[RING_PROOF_BYTES], hop[CRYPTO_PUB_BYTES] = {7};
	struct ring_key copy = *k;
	Record__Veil m = RECORD__VEIL__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&s.p, w);
	struct submit_result *r;

	cr_assert_eq(
	    ring_prove(proof, &s.book.alliance, TERM, name, k, NULL), ERR_OK);
	m.has_term = m.has_ring = m.has_hop = m.has_proof = true;
	m.term = term;
	m.ring = (ProtobufCBinaryData){GROUP_BYTES, copy.pub.b};
	m.hop = (ProtobufCBinaryData){sizeof hop, hop};
	m.proof = (ProtobufCBinaryData){sizeof proof, proof};
	submit_plain(&to,
	    &(struct submit_plain){.kind = LEDGER__KIND__VEIL,
	        .alliance = true,
	        .message = &m.base});
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
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

Test(veil_book, keys_stay_for_their_term_and_then_are_gone)
{
	struct veil_keys k, again;
	char path[TEMP_PATH_BYTES + 16];
	struct stat st;

	cr_assert_eq(veil_keys_open(&k, s.p.dir, TERM, NULL), ERR_OK);
	cr_assert_eq(veil_keys_open(&again, s.p.dir, TERM, NULL), ERR_OK);
	cr_assert_arr_eq(again.ring.pub.b, k.ring.pub.b, GROUP_BYTES);
	cr_assert_arr_eq(again.hop.pub, k.hop.pub, CRYPTO_PUB_BYTES);
	cr_assert_eq(veil_keys_erase(s.p.dir, TERM, NULL), ERR_OK);
	cr_assert_eq(veil_keys_open(&again, s.p.dir, TERM, NULL), ERR_OK);
	cr_assert_arr_eq(again.ring.pub.b, k.ring.pub.b, GROUP_BYTES);
	cr_assert_eq(veil_keys_erase(s.p.dir, TERM + 1, NULL), ERR_OK);
	(void)snprintf(path, sizeof path, "%s/veil/%d", s.p.dir, TERM);
	cr_assert_neq(stat(path, &st), 0, "erased");
	cr_assert_eq(veil_keys_open(&again, s.p.dir, TERM, NULL), ERR_OK);
	cr_assert_arr_neq(again.ring.pub.b, k.ring.pub.b, GROUP_BYTES);
}
