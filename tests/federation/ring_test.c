/* ring_test.c - a member vouches, unseen; what no member made is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/ring.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/crypto.h"
#include "proto/digest.h"
#include "proto/text.h"

#define MEMBERS 5
#define SIGNATURE RING_SIGNATURE_BYTES(MEMBERS)

/* Members in the order of their keys. */
struct members {
	struct ring_key key[MEMBERS];
	struct point pub[MEMBERS];
};

static int
by_key(const void *a, const void *b)
{
	const struct ring_key *x = a;
	const struct ring_key *y = b;

	return memcmp(x->pub.b, y->pub.b, GROUP_BYTES);
}

static void
draw(struct members *m)
{
	for (size_t i = 0; i < MEMBERS; i++)
		ring_key_new(&m->key[i]);
	qsort(m->key, MEMBERS, sizeof m->key[0], by_key);
	for (size_t i = 0; i < MEMBERS; i++)
		m->pub[i] = m->key[i].pub;
}

static struct hash
hash_of(const char *text)
{
	struct hash h;

	digest_sha256(&h, bytes_str(text));
	return h;
}

static struct ring
opened(const struct members *m, uint64_t epoch)
{
	const struct hash alliance = hash_of("alliance");
	struct ring r;

	cr_assert_eq(
	    ring_open(&r, &alliance, epoch, m->pub, MEMBERS, NULL), ERR_OK);
	return r;
}

static void
signed_by(uint8_t *out, const struct ring *r, const struct ring_key *key,
    const char *item)
{
	const struct hash message = hash_of(item);

	cr_assert_eq(ring_sign(out, r, key, &message, NULL), ERR_OK);
}

static enum err
checked(const struct ring *r, const char *item, const uint8_t *sig,
    struct point *tag)
{
	const struct hash message = hash_of(item);

	return ring_check(r, &message, bytes_of(sig, SIGNATURE), tag, NULL);
}

TestSuite(ring, .init = crypto_start);

Test(ring, each_member_vouches)
{
	struct members m;
	uint8_t sig[SIGNATURE];
	struct point tag[MEMBERS];

	draw(&m);
	const struct ring r = opened(&m, 7);
	for (size_t i = 0; i < MEMBERS; i++) {
		signed_by(sig, &r, &m.key[i], "item");
		cr_assert_eq(checked(&r, "item", sig, &tag[i]), ERR_OK);
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(
			    memcmp(tag[i].b, tag[j].b, GROUP_BYTES), 0);
	}
}

/* Two items of one source in one epoch are seen to be of one source, over
 * another ring of the epoch, too; nothing links two epochs. */
Test(ring, a_tag_links_within_its_epoch_only)
{
	const struct hash alliance = hash_of("alliance");
	struct members m;
	struct ring smaller;
	uint8_t sig[SIGNATURE];
	struct point first, again, other, next;

	draw(&m);
	const struct ring r = opened(&m, 7);
	const struct ring later = opened(&m, 8);
	signed_by(sig, &r, &m.key[2], "item");
	cr_assert_eq(checked(&r, "item", sig, &first), ERR_OK);
	signed_by(sig, &r, &m.key[2], "another item");
	cr_assert_eq(checked(&r, "another item", sig, &again), ERR_OK);
	cr_assert_arr_eq(first.b, again.b, GROUP_BYTES);

	cr_assert_eq(ring_open(&smaller, &alliance, 7, m.pub, 4, NULL), ERR_OK);
	const struct hash message = hash_of("item");
	cr_assert_eq(
	    ring_sign(sig, &smaller, &m.key[2], &message, NULL), ERR_OK);
	cr_assert_eq(ring_check(&smaller, &message,
	                 bytes_of(sig, RING_SIGNATURE_BYTES(4)), &other, NULL),
	    ERR_OK);
	cr_assert_arr_eq(first.b, other.b, GROUP_BYTES);

	signed_by(sig, &later, &m.key[2], "item");
	cr_assert_eq(checked(&later, "item", sig, &next), ERR_OK);
	cr_assert_arr_neq(first.b, next.b, GROUP_BYTES);
}

Test(ring, refuses_another_item_epoch_ring_and_signer)
{
	struct members m, strangers;
	uint8_t sig[SIGNATURE];
	const struct hash message = hash_of("item");
	struct point tag;

	draw(&m);
	draw(&strangers);
	const struct ring r = opened(&m, 7);
	const struct ring later = opened(&m, 8);
	const struct ring other = opened(&strangers, 7);
	signed_by(sig, &r, &m.key[0], "item");
	cr_assert_eq(checked(&r, "another item", sig, &tag), ERR_UNVERIFIED);
	cr_assert_eq(checked(&later, "item", sig, &tag), ERR_UNVERIFIED);
	cr_assert_eq(checked(&other, "item", sig, &tag), ERR_UNVERIFIED);
	cr_assert_eq(ring_sign(sig, &r, &strangers.key[0], &message, NULL),
	    ERR_NOT_FOUND);
}

/* Every byte of a signature counts, and each value has one spelling. */
Test(ring, refuses_each_changed_byte)
{
	struct members m;
	uint8_t sig[SIGNATURE];
	struct point tag;

	draw(&m);
	const struct ring r = opened(&m, 7);
	signed_by(sig, &r, &m.key[4], "item");
	for (size_t i = 0; i < SIGNATURE; i++) {
		sig[i] ^= 1;
		cr_assert_neq(
		    checked(&r, "item", sig, &tag), ERR_OK, "byte %zu", i);
		sig[i] ^= 1;
	}
	cr_assert_eq(checked(&r, "item", sig, &tag), ERR_OK);
	const struct hash message = hash_of("item");
	cr_assert_eq(
	    ring_check(&r, &message, bytes_of(sig, SIGNATURE - 1), &tag, NULL),
	    ERR_MALFORMED);
}

/* The order of the group, little-endian: added to an answer it would verify
 * where answers are not held to one spelling. */
static void
add_order(uint8_t scalar[static GROUP_BYTES])
{
	static const uint8_t order[GROUP_BYTES] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a,
	    0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
	    0x14, [31] = 0x10};
	unsigned carry = 0;

	for (size_t i = 0; i < GROUP_BYTES; i++) {
		carry += (unsigned)scalar[i] + order[i];
		scalar[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

Test(ring, refuses_a_second_spelling_and_nothing_at_all)
{
	struct members m;
	uint8_t sig[SIGNATURE], bent[SIGNATURE];
	struct point tag;

	draw(&m);
	const struct ring r = opened(&m, 7);
	signed_by(sig, &r, &m.key[1], "item");
	for (size_t at = GROUP_BYTES; at < SIGNATURE; at += GROUP_BYTES) {
		memcpy(bent, sig, SIGNATURE);
		add_order(bent + at);
		cr_assert_eq(checked(&r, "item", bent, &tag), ERR_MALFORMED);
		memset(bent + at, 0, GROUP_BYTES);
		cr_assert_eq(checked(&r, "item", bent, &tag), ERR_MALFORMED);
	}
	/* The identity as tag would link nobody to anything. */
	memcpy(bent, sig, SIGNATURE);
	memset(bent, 0, GROUP_BYTES);
	cr_assert_eq(checked(&r, "item", bent, &tag), ERR_MALFORMED);
}

Test(ring, refuses_what_is_no_ring)
{
	const struct hash alliance = hash_of("alliance");
	struct members m;
	struct ring r;
	struct point kept;

	draw(&m);
	cr_assert_eq(ring_open(&r, &alliance, 7, m.pub, 2, NULL), ERR_LIMIT);
	kept = m.pub[2];
	m.pub[2] = m.pub[1];
	cr_assert_eq(
	    ring_open(&r, &alliance, 7, m.pub, MEMBERS, NULL), ERR_CONFLICT);
	m.pub[2] = m.pub[3];
	m.pub[3] = kept;
	cr_assert_eq(
	    ring_open(&r, &alliance, 7, m.pub, MEMBERS, NULL), ERR_CONFLICT);
	memset(m.pub[0].b, 0, GROUP_BYTES);
	cr_assert_eq(
	    ring_open(&r, &alliance, 7, m.pub, MEMBERS, NULL), ERR_MALFORMED);
	memset(m.pub[0].b, 1, GROUP_BYTES);
	cr_assert_eq(
	    ring_open(&r, &alliance, 7, m.pub, MEMBERS, NULL), ERR_MALFORMED);
}

Test(ring, a_stored_key_comes_back)
{
	struct ring_key k, again;
	struct scalar none = {{0}};

	ring_key_new(&k);
	cr_assert_eq(ring_key_open(&again, &k.secret, NULL), ERR_OK);
	cr_assert_arr_eq(k.pub.b, again.pub.b, GROUP_BYTES);
	cr_assert_eq(ring_key_open(&again, &none, NULL), ERR_MALFORMED);
	ring_key_wipe(&again);
	cr_assert_arr_eq(again.secret.b, none.b, GROUP_BYTES);
}

static void
unhex(void *out, size_t len, const char *hex)
{
	struct buf b;

	buf_init(&b, len);
	cr_assert_eq(text_hex_get(&b, bytes_str(hex), NULL), ERR_OK);
	cr_assert_eq(b.len, len);
	memcpy(out, b.ptr, len);
	buf_clear(&b);
}

/* Made by a second implementation, written from RFC 9496 and docs/wire.md in
 * plain integers. */
Test(ring, agrees_with_another_implementation)
{
	static const char *const key[MEMBERS] = {
	    "0ab0bc9abb229dbd2759afbf53ad483d9dbe1fcfb876946cb12fa7c4fb651d75",
	    "48ce05e6e4b3c930e5843adacb0fca1b7b854a9e29c9cef9875aa991c7c95c30",
	    "5e62722d2b1a009513cbd9f29d1f1e60dcaa10f44450e898c6efbf0ed1e74268",
	    "84a2817d295a28689e8605eec1e9663daf2d84701d0c4c6666d9a5fb967d3165",
	    "c4b1f8735918af6244afbabc8007720e1d2ea63af64060ceb9b2b3ca275f1f55"};
	static const char made[] =
	    "7e408774220a8158867af628181590981cf518f223739a86aaf8c3195fcb6524"
	    "629890700c4875c2c4b1795813da50cca9c8dee1a6a4a7b3b1ed6a8af3bf5303"
	    "2309babbbddf82f638dd50e74d5e55138316aad753d9902999fa9602d8feaf00"
	    "6b97021b565af8a11b2ed27b6d2e5d050b4ffd62aa623af5305be790f9a08e0a"
	    "e1e8dd179e2705f86b3efcb97e66b13e8fb1f00eb7efe86e68e25c7a20d2b00f"
	    "b64b92d0fa04ea3f62b1df9246d2f8a29aa321221278b4bebad933716e2a7408"
	    "7ed01aac70efe5006ac9c15892ba7eb8a52a407f927e3ff0635ca03d122acb0e";
	const struct hash alliance = hash_of("lianfang test alliance");
	const struct hash message = hash_of("lianfang test item");
	struct point pub[MEMBERS], base, tag;
	struct scalar secret;
	struct ring_key own;
	uint8_t sig[SIGNATURE];
	struct hash id;
	struct ring r;

	for (size_t i = 0; i < MEMBERS; i++)
		unhex(pub[i].b, GROUP_BYTES, key[i]);
	cr_assert_eq(ring_open(&r, &alliance, 7, pub, MEMBERS, NULL), ERR_OK);
	unhex(id.b, HASH_BYTES,
	    "1b9b734cabc7105957d169167e4a126d20bb2041732ac06c960b85e5e187c20d");
	cr_assert_arr_eq(r.id.b, id.b, HASH_BYTES);
	unhex(base.b, GROUP_BYTES,
	    "4603781b37fe6df322000decc1366143193ccb97d6fe0805fb40d51b5c0c0a7d");
	cr_assert_arr_eq(r.base.b, base.b, GROUP_BYTES);
	unhex(sig, sizeof sig, made);
	cr_assert_eq(
	    ring_check(&r, &message, bytes_of(sig, sizeof sig), &tag, NULL),
	    ERR_OK);
	cr_assert_arr_eq(tag.b, sig, GROUP_BYTES);
	unhex(secret.b, GROUP_BYTES,
	    "2fa1062776ab624f37e6c86cfc9c7a098281694e998dda67f28f0fc2051e460c");
	cr_assert_eq(ring_key_open(&own, &secret, NULL), ERR_OK);
	cr_assert_arr_eq(own.pub.b, pub[2].b, GROUP_BYTES);
	cr_assert_eq(ring_sign(sig, &r, &own, &message, NULL), ERR_OK);
	cr_assert_arr_eq(tag.b, sig, GROUP_BYTES);
}
