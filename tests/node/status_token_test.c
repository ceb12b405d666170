/* status_token_test.c - status lists: the draft's vectors, forged tokens. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/status_token.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "proto/deflate.h"
#include "proto/text.h"

/* draft-ietf-oauth-status-list, section 4: bits 1 and 2. */
static const struct {
	unsigned bits;
	uint8_t values[16];
	size_t len;
	const char *bytes;
	const char *lst;
} vectors[] = {
    {1, {1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1}, 16, "b9a3",
        "eNrbuRgAAhcBXQ"},
    {2, {1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3}, 12, "c944f9", "eNo76fITAAPfAgc"},
};

Test(status_token_put, packs_as_the_draft_shows)
{
	for (size_t v = 0; v < sizeof vectors / sizeof vectors[0]; v++) {
		const size_t n = vectors[v].len * vectors[v].bits / 8;
		uint8_t list[4] = {0};
		struct buf hex;
		struct buf out;
		struct buf lst;

		for (uint32_t i = 0; i < vectors[v].len; i++)
			status_token_put(
			    list, vectors[v].bits, i, vectors[v].values[i]);
		buf_init(&hex, 64);
		text_hex_put(&hex, bytes_of(list, n));
		cr_assert_str_eq(buf_cstr(&hex), vectors[v].bytes);
		buf_init(&out, 64);
		buf_init(&lst, 64);
		deflate_put(&out, bytes_of(list, n));
		text_b64url_put(&lst, buf_view(&out));
		cr_assert_str_eq(buf_cstr(&lst), vectors[v].lst);
		for (uint32_t i = 0; i < vectors[v].len; i++)
			cr_assert_eq(status_token_at(list, vectors[v].bits, i),
			    vectors[v].values[i]);
		/* Written over, also by less. */
		status_token_put(list, vectors[v].bits, 0, 0);
		cr_assert_eq(status_token_at(list, vectors[v].bits, 0), 0);
		cr_assert_eq(status_token_at(list, vectors[v].bits, 1),
		    vectors[v].values[1]);
		buf_clear(&hex);
		buf_clear(&out);
		buf_clear(&lst);
	}
}

Test(status_token_capacity, leaves_half_of_it_free_and_ends)
{
	static const struct {
		uint64_t n;
		uint32_t want;
	} rows[] = {
	    {0, 1u << 17},
	    {1u << 16, 1u << 17},
	    {(1u << 16) + 1, 1u << 18},
	    {1000000, 1u << 21},
	    {1u << 23, 1u << 24},
	    {(1u << 23) + 1, 0},
	    {UINT64_MAX, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_assert_eq(status_token_capacity(rows[i].n), rows[i].want,
		    "row %zu", i);
}

static const uint8_t three[] = {0xc9, 0x44, 0xf9};

static void
make(struct buf *out, struct crypto_signer *key)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {1, 2, 3};
	const struct status_token t = {
	    .issuer = "weld.partner.example",
	    .kid = "weld.partner.example/identity+01020304",
	    .iat = 1795315800,
	    .exp = 1795316700,
	    .ttl = 60,
	    .list = bytes_of(three, sizeof three),
	};

	crypto_signer_seed(key, seed);
	buf_init(out, 8192);
	status_token_sign(out, &t, key);
	cr_assert_eq(buf_ok(out, NULL), ERR_OK);
}

Test(status_token_open, reads_what_was_signed_and_refuses_what_is_beyond)
{
	struct crypto_signer key;
	struct status_opened o;
	struct err_why why = {.text = ""};
	struct buf token;
	unsigned v = 9;

	make(&token, &key);
	cr_assert_eq(status_token_open(&o, buf_view(&token), key.pub, &why),
	    ERR_OK, "%s", why.text);
	cr_assert_str_eq(o.header->typ, "statuslist+jwt");
	cr_assert_str_eq(
	    o.claims->sub, "https://weld.partner.example/statuslists/1");
	cr_assert_eq(o.claims->iat, 1795315800);
	cr_assert_eq(o.claims->exp, 1795316700);
	cr_assert_eq(o.claims->ttl, 60);
	cr_assert_str_eq(o.claims->status_list->lst, "eNo76fITAAPfAgc");
	for (uint32_t i = 0; i < 12; i++) {
		cr_assert_eq(status_token_value(&o, i, &v, &why), ERR_OK);
		cr_assert_eq(v, vectors[1].values[i]);
	}
	cr_assert_eq(status_token_value(&o, 12, &v, &why), ERR_LIMIT);
	cr_assert_eq(status_token_value(&o, UINT32_MAX, &v, &why), ERR_LIMIT);
	status_token_clear(&o);
	buf_clear(&token);
}

/* Each byte of a token, changed by one bit or left out at the end. */
Test(status_token_open, passes_no_token_that_was_changed)
{
	struct crypto_signer key;
	struct status_opened o;
	struct buf token;

	make(&token, &key);
	for (size_t i = 0; i < token.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			token.ptr[i] ^= (uint8_t)(1u << bit);
			cr_assert_neq(status_token_open(
			                  &o, buf_view(&token), key.pub, NULL),
			    ERR_OK, "byte %zu, bit %u", i, bit);
			status_token_clear(&o);
			token.ptr[i] ^= (uint8_t)(1u << bit);
		}
		cr_assert_neq(status_token_open(
		                  &o, bytes_of(token.ptr, i), key.pub, NULL),
		    ERR_OK, "%zu bytes", i);
		status_token_clear(&o);
	}
	key.pub[0] ^= 1;
	cr_assert_eq(status_token_open(&o, buf_view(&token), key.pub, NULL),
	    ERR_UNVERIFIED);
	status_token_clear(&o);
	buf_clear(&token);
}

/* Signed by the right key, but not what we take. */
static enum err
opened(const char *header, const char *claims)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {1, 2, 3};
	struct crypto_signer key;
	uint8_t sig[CRYPTO_SIG_BYTES];
	struct status_opened o;
	struct buf t;
	enum err e;

	crypto_signer_seed(&key, seed);
	buf_init(&t, 8192);
	text_b64url_put(&t, bytes_str(header));
	buf_u8(&t, '.');
	text_b64url_put(&t, bytes_str(claims));
	crypto_signer_sign(&key, buf_view(&t), sig);
	buf_u8(&t, '.');
	text_b64url_put(&t, bytes_of(sig, sizeof sig));
	e = status_token_open(&o, buf_view(&t), key.pub, NULL);
	status_token_clear(&o);
	buf_clear(&t);
	return e;
}

#define HEADER "{\"alg\":\"EdDSA\",\"typ\":\"statuslist+jwt\"}"
#define CLAIMS(list) "{\"sub\":\"https://a/statuslists/1\",\"iat\":1," list "}"
#define LIST "\"status_list\":{\"bits\":2,\"lst\":\"eNo76fITAAPfAgc\"}"

Test(status_token_open, takes_one_algorithm_type_and_shape)
{
	cr_assert_eq(opened(HEADER, CLAIMS(LIST)), ERR_OK);
	cr_assert_eq(opened("{\"alg\":\"none\",\"typ\":\"statuslist+jwt\"}",
	                 CLAIMS(LIST)),
	    ERR_UNSUPPORTED);
	cr_assert_eq(
	    opened("{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", CLAIMS(LIST)),
	    ERR_UNSUPPORTED);
	cr_assert_eq(opened("{\"alg\":\"EdDSA\",\"typ\":\"statuslist+jwt\","
	                    "\"crit\":[\"x\"]}",
	                 CLAIMS(LIST)),
	    ERR_MALFORMED);
	cr_assert_eq(
	    opened(HEADER, CLAIMS("\"status_list\":{\"bits\":3,\"lst\":\"\"}")),
	    ERR_MALFORMED);
	cr_assert_eq(
	    opened(HEADER, CLAIMS("\"status_list\":{\"bits\":0,\"lst\":\"\"}")),
	    ERR_MALFORMED);
	cr_assert_eq(
	    opened(HEADER,
	        CLAIMS(
	            "\"status_list\":{\"bits\":2,\"lst\":\"eNo76fITAAPf\"}")),
	    ERR_MALFORMED);
	cr_assert_eq(opened(HEADER, "{\"iat\":1," LIST "}"), ERR_MALFORMED);
	cr_assert_eq(opened(HEADER, "[]"), ERR_MALFORMED);
}
