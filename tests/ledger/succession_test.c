/* succession_test.c - one log after another, by the owner's word alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/succession.h"

#include <criterion/criterion.h>

#define NAME "plant-a.acme.example"

static struct crypto_signer identity, first, second;
static struct succession said;
static struct buf note;

static void
begin(void)
{
	static const uint8_t seeds[3][CRYPTO_SEED_BYTES] = {{1}, {2}, {3}};

	crypto_start();
	crypto_signer_seed(&identity, seeds[0]);
	crypto_signer_seed(&first, seeds[1]);
	crypto_signer_seed(&second, seeds[2]);
	memset(&said, 0, sizeof(said));
	cr_assert_eq(note_vkey_make(&said.before, NAME "/evidence/1",
	                 NOTE_TYPE_ED25519, first.pub, NULL),
	    ERR_OK);
	cr_assert_eq(note_vkey_make(&said.after, NAME "/evidence/2",
	                 NOTE_TYPE_ED25519, second.pub, NULL),
	    ERR_OK);
	said.size = 700;
	said.held = 650;
	memset(said.root.b, 0x5a, HASH_BYTES);
	buf_init(&note, SUCCESSION_BYTES_MAX);
}

static void
end(void)
{
	buf_clear(&note);
}

TestSuite(succession, .init = begin, .fini = end);

static enum err
open_note(struct succession *out)
{
	return succession_open(out, buf_view(&note), identity.pub, NULL);
}

Test(succession, says_what_was_signed)
{
	struct succession got;

	cr_assert_eq(succession_sign(&note, &said, &identity, NULL), ERR_OK);
	cr_assert_eq(open_note(&got), ERR_OK);
	cr_assert_eq(got.size, 700);
	cr_assert_eq(got.held, 650);
	cr_assert_eq(memcmp(&got.root, &said.root, HASH_BYTES), 0);
	cr_assert_str_eq(got.before.name, NAME "/evidence/1");
	cr_assert_str_eq(got.after.name, NAME "/evidence/2");
	cr_assert_eq(memcmp(got.after.pub, second.pub, CRYPTO_PUB_BYTES), 0);
}

Test(succession, is_refused_at_every_changed_bit_and_every_cut)
{
	struct succession got;
	size_t len;

	cr_assert_eq(succession_sign(&note, &said, &identity, NULL), ERR_OK);
	for (size_t at = 0; at < note.len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			note.ptr[at] ^= (uint8_t)(1u << bit);
			cr_assert_neq(open_note(&got), ERR_OK,
			    "byte %zu, bit %u", at, bit);
			note.ptr[at] ^= (uint8_t)(1u << bit);
		}
	len = note.len;
	for (note.len = 0; note.len < len; note.len++)
		cr_assert_neq(open_note(&got), ERR_OK, "%zu bytes", note.len);
	cr_assert_eq(open_note(&got), ERR_OK);
}

Test(succession, is_nobodys_word_but_the_owners)
{
	struct succession got;

	cr_assert_eq(succession_sign(&note, &said, &second, NULL), ERR_OK);
	cr_assert_neq(open_note(&got), ERR_OK);
}

/* What contradicts itself is not even signed. */
Test(succession, contradicts_neither_names_nor_numbers)
{
	said.held = 701;
	cr_assert_eq(
	    succession_sign(&note, &said, &identity, NULL), ERR_MALFORMED);
	said.held = 650;
	cr_assert_eq(
	    note_vkey_make(&said.after, "plant-b.acme.example/evidence/2",
	        NOTE_TYPE_ED25519, second.pub, NULL),
	    ERR_OK);
	cr_assert_eq(
	    succession_sign(&note, &said, &identity, NULL), ERR_MALFORMED);
	cr_assert_eq(note_vkey_make(&said.after, NAME "/evidence/1",
	                 NOTE_TYPE_ED25519, second.pub, NULL),
	    ERR_OK);
	cr_assert_eq(
	    succession_sign(&note, &said, &identity, NULL), ERR_MALFORMED);
	cr_assert_eq(note_vkey_make(&said.after, NAME "/alliance/2",
	                 NOTE_TYPE_ED25519, second.pub, NULL),
	    ERR_OK);
	cr_assert_eq(
	    succession_sign(&note, &said, &identity, NULL), ERR_MALFORMED);
}
