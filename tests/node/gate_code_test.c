/* gate_code_test.c - the bytes of a gate's code. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/gate_code.h"

#include <criterion/criterion.h>
#include <string.h>

#define ISSUER "weld.partner.example"
#define VERIFIER "plant-b.acme.example"

static const char vector[] =
    "LF1:V50100KB0*M0DY0W016C1PN1:Y1I12$C2BO2UZ2423ND3.O3G 3YNDQ7"
    "BZNDA60 DKAPKT K33L6IIADW9VRO8W/72M46KWF$QHJ+4HHCYLML4IPM2RL"
    "DFA8KSIV7O1NR.CH7BQQP5X-E9ZO9W1Y3H56KNQFIL1CR7OTVH9934J";

static void
make(struct gate_code *c, struct crypto_signer *key)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {1, 2, 3};

	crypto_signer_seed(key, seed);
	*c =
	    (struct gate_code){.issued_s = 1795315800, .expires_s = 1795359000};
	for (uint8_t i = 0; i < sizeof c->ref; i++)
		c->ref[i] = i;
	for (uint8_t i = 0; i < sizeof c->nonce; i++)
		c->nonce[i] = (uint8_t)(0xa0 + i);
	gate_code_sign(c, ISSUER, VERIFIER, key);
}

/* docs/wire.md 11. */
Test(gate_code, has_the_text_that_the_page_shows_and_comes_back)
{
	struct crypto_signer key;
	struct gate_code c;
	struct gate_code back;
	struct buf text;

	make(&c, &key);
	buf_init(&text, 256);
	gate_code_put(&text, &c);
	cr_assert_eq(text.len, GATE_CODE_CHARS);
	cr_assert_str_eq(buf_cstr(&text), vector);
	cr_assert_eq(gate_code_get(&back, buf_view(&text), NULL), ERR_OK);
	cr_assert_arr_eq(&back.ref, &c.ref, sizeof c.ref);
	cr_assert_arr_eq(&back.nonce, &c.nonce, sizeof c.nonce);
	cr_assert_eq(back.issued_s, c.issued_s);
	cr_assert_eq(back.expires_s, c.expires_s);
	cr_assert_eq(gate_code_check(&back, ISSUER, VERIFIER, key.pub), ERR_OK);
	cr_assert_neq(
	    gate_code_check(&back, VERIFIER, VERIFIER, key.pub), ERR_OK);
	cr_assert_neq(gate_code_check(&back, ISSUER, ISSUER, key.pub), ERR_OK);
	key.pub[3] ^= 1;
	cr_assert_neq(
	    gate_code_check(&back, ISSUER, VERIFIER, key.pub), ERR_OK);
	buf_clear(&text);
}

/* Each character in turn becomes each other one of the alphabet. */
Test(gate_code, never_verifies_after_a_change)
{
	static const char digits[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:a\n";
	struct crypto_signer key;
	struct gate_code c;
	struct gate_code back;
	struct buf text;

	make(&c, &key);
	buf_init(&text, 256);
	gate_code_put(&text, &c);
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t was = text.ptr[i];

		for (const char *d = digits; *d != '\0'; d++) {
			if ((uint8_t)*d == was)
				continue;
			text.ptr[i] = (uint8_t)*d;
			cr_assert(gate_code_get(&back, buf_view(&text), NULL) !=
			            ERR_OK ||
			        gate_code_check(
			            &back, ISSUER, VERIFIER, key.pub) != ERR_OK,
			    "character %zu as %c", i, *d);
		}
		text.ptr[i] = was;
		cr_assert_neq(gate_code_get(&back, bytes_of(text.ptr, i), NULL),
		    ERR_OK, "%zu characters", i);
	}
	buf_u8(&text, '0');
	cr_assert_neq(gate_code_get(&back, buf_view(&text), NULL), ERR_OK);
	buf_clear(&text);
}
