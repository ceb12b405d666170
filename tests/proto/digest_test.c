/* digest_test.c - SHA-256 and HMAC against NIST and RFC vectors. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/digest.h"
#include "proto/text.h"

static void
expect_hex(const struct hash *got, const char *want)
{
	struct buf b;

	buf_init(&b, 64);
	text_hex_put(&b, bytes_hash(got));
	cr_assert_str_eq(buf_cstr(&b), want);
	buf_clear(&b);
}

Test(digest_sha256, agrees_with_fips_180_4_examples)
{
	struct hash h;

	digest_sha256(&h, bytes_of(NULL, 0));
	expect_hex(&h,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	digest_sha256(&h, bytes_str("abc"));
	expect_hex(&h,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	digest_sha256(&h,
	    bytes_str("abcdbcdecdefdefgefghfghighijhijk"
	              "ijkljklmklmnlmnomnopnopq"));
	expect_hex(&h,
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1");
}

Test(digest_add, makes_the_same_hash_from_any_pieces)
{
	static uint8_t mega[1000000];
	struct bytes parts[3];
	struct digest d;
	struct hash h, pieces;
	size_t i;

	memset(mega, 'a', sizeof mega);
	digest_init(&d);
	for (i = 0; i < sizeof mega; i += 1000)
		digest_add(&d, bytes_of(mega + i, 1000));
	digest_done(&d, &h);
	expect_hex(&h,
	    "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
	parts[0] = bytes_of(mega, 1);
	parts[1] = bytes_of(NULL, 0);
	parts[2] = bytes_of(mega, sizeof mega - 1);
	digest_sha256_parts(&pieces, parts, 3);
	cr_assert(bytes_equal(bytes_hash(&h), bytes_hash(&pieces)));
}

Test(digest_sha256, pads_every_length_as_streaming_does)
{
	uint8_t in[1100];
	struct bytes parts[2];
	struct digest d;
	struct hash whole, streamed;
	size_t i, len;

	for (i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 7 + 1);
	for (len = 0; len <= sizeof in; len++) {
		digest_init(&d);
		digest_add(&d, bytes_of(in, len));
		digest_done(&d, &streamed);
		digest_sha256(&whole, bytes_of(in, len));
		cr_assert(
		    bytes_equal(bytes_hash(&whole), bytes_hash(&streamed)));
		parts[0] = bytes_of(in, len / 3);
		parts[1] = bytes_of(in + len / 3, len - len / 3);
		digest_sha256_parts(&whole, parts, 2);
		cr_assert(
		    bytes_equal(bytes_hash(&whole), bytes_hash(&streamed)));
	}
}

Test(digest_node, is_the_hash_of_tag_left_and_right)
{
	struct hash left, right, node, whole;
	uint8_t raw[65];

	memset(left.b, 1, sizeof left.b);
	memset(right.b, 2, sizeof right.b);
	raw[0] = 1;
	memset(raw + 1, 1, 32);
	memset(raw + 33, 2, 32);
	digest_node(&node, 1, &left, &right);
	digest_sha256(&whole, bytes_of(raw, sizeof raw));
	cr_assert(bytes_equal(bytes_hash(&node), bytes_hash(&whole)));
	digest_node(&whole, 1, &right, &left);
	cr_assert_not(bytes_equal(bytes_hash(&node), bytes_hash(&whole)));
}

static void
expect_hmac(struct bytes key, struct bytes data, const char *want)
{
	struct digest_hmac h;
	struct bytes parts[2];
	struct hash out;

	parts[0] = bytes_of(data.ptr, data.len / 2);
	parts[1] = bytes_of(data.ptr + data.len / 2, data.len - data.len / 2);
	digest_hmac_key(&h, key);
	digest_hmac(&h, &out, parts, 2);
	expect_hex(&out, want);
	/* The key is used again without being hashed again. */
	digest_hmac(&h, &out, &data, 1);
	expect_hex(&out, want);
	digest_hmac_wipe(&h);
}

Test(digest_hmac, agrees_with_rfc_4231)
{
	uint8_t key[131], data[50];

	memset(key, 0x0b, 20);
	expect_hmac(bytes_of(key, 20), bytes_str("Hi There"),
	    "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7");
	expect_hmac(bytes_str("Jefe"),
	    bytes_str("what do ya want for nothing?"),
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	memset(data, 0xdd, sizeof data);
	expect_hmac(bytes_of(key, 20), bytes_of(data, sizeof data),
	    "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe");
	expect_hmac(bytes_of(key, sizeof key),
	    bytes_str("Test Using Larger Than Block-Size Key - "
	              "Hash Key First"),
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 2104 written out, over hashes that other tests compare with NIST. */
static void
plain_hmac(struct hash *out, const uint8_t key[static 64], struct bytes in)
{
	uint8_t pads[2][64];
	struct bytes parts[2];
	struct hash inner;
	size_t i;

	for (i = 0; i < 64; i++) {
		pads[0][i] = key[i] ^ 0x36;
		pads[1][i] = key[i] ^ 0x5c;
	}
	parts[0] = bytes_of(pads[0], 64);
	parts[1] = in;
	digest_sha256_parts(&inner, parts, 2);
	parts[0] = bytes_of(pads[1], 64);
	parts[1] = bytes_hash(&inner);
	digest_sha256_parts(out, parts, 2);
}

Test(digest_hmac, is_rfc_2104_for_every_length_around_the_block)
{
	struct digest_hmac h;
	uint8_t key[64], in[200];
	struct hash got, want;
	struct bytes data;
	size_t i;

	for (i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(i * 11 + 3);
	for (i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 5 + 2);
	digest_hmac_key(&h, bytes_of(key, sizeof key));
	for (i = 0; i <= sizeof in; i++) {
		data = bytes_of(in, i);
		digest_hmac(&h, &got, &data, 1);
		plain_hmac(&want, key, data);
		cr_assert(bytes_equal(bytes_hash(&got), bytes_hash(&want)));
	}
	digest_hmac_wipe(&h);
}

Test(digest_uuid8, changes_version_and_variant_alone)
{
	uint8_t id[16];

	memset(id, 0xff, sizeof id);
	digest_uuid8(id, id);
	for (size_t i = 0; i < sizeof id; i++)
		cr_expect_eq(id[i], i == 6 ? 0x8f : i == 8 ? 0xbf : 0xff);
	memset(id, 0, sizeof id);
	digest_uuid8(id, id);
	for (size_t i = 0; i < sizeof id; i++)
		cr_expect_eq(id[i], i == 6 || i == 8 ? 0x80 : 0);
}
