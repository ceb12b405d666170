/* succession_test.c - which log follows which, in a member's own hand. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/succession.h"

#include <criterion/criterion.h>

#include "ledger/tree.h"

static struct err_why why;
static struct crypto_signer identity;

static void
signer(struct crypto_signer *out, uint8_t n)
{
	uint8_t seed[CRYPTO_SEED_BYTES] = {n};

	crypto_start();
	crypto_signer_seed(out, seed);
}

static struct succession
example(void)
{
	struct succession s = {.size = 1000, .held = 900};
	struct crypto_signer key;

	signer(&identity, 1);
	signer(&key, 2);
	cr_assert_eq(note_vkey_make(&s.before, "plant-a.example/evidence/1",
	                 NOTE_TYPE_ED25519, key.pub, &why),
	    ERR_OK);
	signer(&key, 3);
	cr_assert_eq(note_vkey_make(&s.after, "plant-a.example/evidence/2",
	                 NOTE_TYPE_ED25519, key.pub, &why),
	    ERR_OK);
	memset(s.root.b, 5, HASH_BYTES);
	return s;
}

/* docs/wire.md 3.1, byte for byte. */
Test(succession_sign, writes_a_signed_note_of_six_lines)
{
	static const char want[] = "lianfang/succession/v1\n"
	                           "plant-a.example/evidence/1+";
	struct succession s = example();
	struct succession back;
	struct note n;
	struct buf b;
	size_t lines = 0;

	buf_init(&b, SUCCESSION_BYTES_MAX);
	cr_assert_eq(succession_sign(&b, &s, &identity, &why), ERR_OK);
	cr_assert_eq(memcmp(b.ptr, want, sizeof(want) - 1), 0);
	cr_assert_eq(note_parse(&n, buf_view(&b), &why), ERR_OK);
	for (size_t i = 0; i < n.text.len; i++)
		lines += n.text.ptr[i] == '\n';
	cr_assert_eq(lines, 6);
	cr_assert_eq(succession_open(&back, buf_view(&b), identity.pub, &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(back.size, 1000);
	cr_assert_eq(back.held, 900);
	cr_assert_eq(memcmp(back.root.b, s.root.b, HASH_BYTES), 0);
	cr_assert_str_eq(back.after.name, s.after.name);
	buf_clear(&b);
}

Test(succession_open, refuses_every_flipped_byte)
{
	struct succession s = example();
	struct succession back;
	struct buf b;

	buf_init(&b, SUCCESSION_BYTES_MAX);
	cr_assert_eq(succession_sign(&b, &s, &identity, &why), ERR_OK);
	for (size_t i = 0; i < b.len; i++) {
		b.ptr[i] ^= 1;
		cr_assert_neq(
		    succession_open(&back, buf_view(&b), identity.pub, &why),
		    ERR_OK, "byte %zu", i);
		b.ptr[i] ^= 1;
	}
	for (size_t n = 0; n < b.len; n++)
		cr_assert_neq(succession_open(&back, bytes_of(b.ptr, n),
		                  identity.pub, &why),
		    ERR_OK, "%zu bytes", n);
	buf_clear(&b);
}

Test(succession_kept, reads_what_was_opened_before_whoever_signed_it)
{
	struct succession s = example(), back;
	struct buf b;

	buf_init(&b, SUCCESSION_BYTES_MAX);
	cr_assert_eq(succession_sign(&b, &s, &identity, &why), ERR_OK);
	cr_assert_eq(
	    succession_kept(&back, buf_view(&b), &why), ERR_OK, "%s", why.text);
	cr_assert_eq(back.size, s.size);
	b.ptr[0] ^= 1;
	cr_assert_eq(succession_kept(&back, buf_view(&b), &why), ERR_MALFORMED);
	buf_clear(&b);
}

Test(succession_sign, refuses_what_does_not_follow)
{
	struct succession s = example();
	struct succession bad[4] = {s, s, s, s};
	struct buf b;

	buf_init(&b, SUCCESSION_BYTES_MAX);
	bad[0].held = 1001;
	cr_assert_eq(note_vkey_make(&bad[1].after, "plant-a.example/evidence/3",
	                 NOTE_TYPE_ED25519, s.after.pub, &why),
	    ERR_OK);
	cr_assert_eq(note_vkey_make(&bad[2].after, "plant-b.example/evidence/2",
	                 NOTE_TYPE_ED25519, s.after.pub, &why),
	    ERR_OK);
	cr_assert_eq(note_vkey_make(&bad[3].after, s.after.name,
	                 NOTE_TYPE_ED25519, s.before.pub, &why),
	    ERR_OK);
	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(succession_sign(&b, &bad[i], &identity, &why),
		    ERR_MALFORMED, "case %zu", i);
	buf_clear(&b);
}
