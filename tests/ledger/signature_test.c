/* signature_test.c - batches computed elsewhere, and every way to cheat. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/signature.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/text.h"

#define START_US INT64_C(1700000000123456)

static struct crypto_signer signer, other;
static uint8_t key[CRYPTO_ALG_PUB_BYTES] = {CRYPTO_ALG_ED25519};
static const uint8_t event_id[16] = {
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
static struct hash commitment;

static void
begin(void)
{
	uint8_t seed[CRYPTO_SEED_BYTES];

	crypto_start();
	for (uint8_t i = 0; i < sizeof(seed); i++)
		seed[i] = i;
	crypto_signer_seed(&signer, seed);
	seed[0] = 1;
	crypto_signer_seed(&other, seed);
	memcpy(key + 1, signer.pub, CRYPTO_PUB_BYTES);
	memset(&commitment, 5, sizeof(commitment));
}

TestSuite(signature, .init = begin);

/* The event of number i; its id is 16 times the number's low byte. */
struct one {
	struct seal_event event;
	uint8_t record_id[16];
};

static struct seal_event *
event_of(struct one *out, size_t i)
{
	memset(out->record_id, (int)(i & 0xff), sizeof(out->record_id));
	out->event = (struct seal_event){.node_name = "plant-a.acme.example",
	    .kind = LEDGER__KIND__ALARM,
	    .record_id = out->record_id,
	    .event_id = event_id,
	    .occurred_us = START_US + (int64_t)i,
	    .commitment = &commitment};
	return &out->event;
}

/* A batch of n events, the first of which is number `from`. */
static void
sign(struct signature_batch *b, const struct crypto_signer *by, size_t from,
    size_t n)
{
	struct hash *leaves = mem_alloc(n, sizeof(leaves[0]));
	struct one one;
	struct buf text;

	buf_init(&text, 1024);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&text);
		seal_event_put(&text, event_of(&one, from + i));
		tree_leaf(&leaves[i], buf_view(&text));
	}
	signature_batch_sign(b, by, leaves, n);
	buf_clear(&text);
	free(leaves);
}

/* The signature of event i of a batch of n. */
static void
make(struct buf *out, size_t i, size_t n)
{
	struct signature_batch b;

	sign(&b, &signer, 0, n);
	buf_init(out, SIGNATURE_BYTES_MAX);
	signature_batch_put(out, &b, i);
	cr_assert(buf_ok(out, NULL) == ERR_OK);
	signature_batch_clear(&b);
}

static enum err
check(size_t i, struct bytes sig, struct signature_head *last)
{
	struct one one;

	return signature_check(
	    event_of(&one, i), bytes_of(key, sizeof(key)), sig, last, NULL);
}

static void
hex_is(struct bytes in, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	text_hex_put(&b, in);
	cr_expect_str_eq(buf_cstr(&b), want);
	buf_clear(&b);
}

/* Computed from docs/wire.md 2.1 by an independent program. */
Test(signature, of_a_batch_has_the_bytes_of_another_program)
{
	static const struct {
		size_t i, n, len;
		const char *sum;
	} at[] = {
	    {0, 1, 73,
	        "538ee2b2b639a3834df037caf93c807ed4b534e3d89b7d9159c9df8400c110"
	        "4c"},
	    {2, 3, 105,
	        "9c4b94d7900d50c6d1f09e5f82906cdb24541b6e2541bf1d6ee61d849054e7"
	        "b2"},
	    {4, 7, 169,
	        "8a0138d88f635ade4e0f1d85cb4018624ebdda3b05175b3983f37461419507"
	        "5b"},
	    {6, 7, 137,
	        "8d8a353242c8602e888bb961be4c31af9245a168ca3e7466524d0e65011225"
	        "69"},
	};
	struct buf sig;
	struct hash h;

	hex_is(bytes_of(signer.pub, CRYPTO_PUB_BYTES),
	    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
	for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
		make(&sig, at[k].i, at[k].n);
		cr_assert_eq(sig.len, at[k].len);
		digest_sha256(&h, buf_view(&sig));
		hex_is(bytes_hash(&h), at[k].sum);
		cr_assert_eq(check(at[k].i, buf_view(&sig), NULL), ERR_OK);
		buf_clear(&sig);
	}
	make(&sig, 2, 3);
	hex_is(buf_view(&sig),
	    "810000000200000003be604bfe649934d81990a002d90ea5b6601bd397e75d8746"
	    "12db9bb3bf7bfedd3f033003d398fe5e59b37e3db924fd2f89c9b1f3b0864a4031"
	    "273e34efc35b469d1973502931aedcf1ffcb442ad29915c4189f3efa8447d9d2ef"
	    "b4ac879aec03");
	buf_clear(&sig);
}

static void
all_of(size_t n, bool alone)
{
	struct signature_head last = {.good = false};
	struct signature_batch b;
	struct buf sig;

	sign(&b, &signer, 0, n);
	buf_init(&sig, SIGNATURE_BYTES_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&sig);
		signature_batch_put(&sig, &b, i);
		cr_assert_eq(check(i, buf_view(&sig), &last), ERR_OK,
		    "%zu of %zu", i, n);
		cr_assert(last.good);
		if (alone)
			cr_assert_eq(check(i, buf_view(&sig), NULL), ERR_OK);
		cr_assert_eq(
		    check(i + 1, buf_view(&sig), &last), ERR_UNVERIFIED);
	}
	buf_clear(&sig);
	signature_batch_clear(&b);
}

Test(signature, holds_for_each_event_of_a_batch_of_any_size)
{
	for (size_t n = 1; n <= 34; n++)
		all_of(n, true);
	all_of(511, false);
	all_of(SIGNATURE_BATCH_MAX, false);
}

/* Also beside a good head of that very batch. */
Test(signature, of_a_batch_is_refused_with_any_byte_changed)
{
	static const size_t at_of[][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 6}};

	for (size_t k = 0; k < sizeof(at_of) / sizeof(at_of[0]); k++) {
		const size_t n = at_of[k][1], i = at_of[k][0];
		struct signature_head good = {.good = false};
		struct buf sig;

		make(&sig, i, n);
		cr_assert_eq(check(i, buf_view(&sig), &good), ERR_OK);
		for (size_t at = 0; at < sig.len; at++) {
			const uint8_t old = sig.ptr[at];

			for (unsigned v = 1; v < 256; v++) {
				struct signature_head last = good;

				/* All values of a small one, else bits. */
				if (n != 2 && (v & (v - 1)) != 0)
					continue;
				sig.ptr[at] = (uint8_t)(old ^ v);
				cr_assert_neq(check(i, buf_view(&sig), &last),
				    ERR_OK, "byte %zu, %02x passes", at, v);
				cr_assert_eq(memcmp(&last, &good, sizeof(last)),
				    0, "a head that failed was kept");
			}
			sig.ptr[at] = old;
		}
		for (size_t len = 0; len < sig.len; len++)
			cr_assert_neq(
			    check(i, bytes_of(sig.ptr, len), &good), ERR_OK);
		buf_clear(&sig);
	}
}

static void
put_u32(uint8_t *p, size_t v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

Test(signature, of_a_batch_has_one_index_one_size_and_one_length)
{
	struct signature_head last = {.good = false};
	struct buf sig;

	for (size_t i = 0; i < 9; i++) {
		make(&sig, i, 9);
		cr_assert_eq(check(i, buf_view(&sig), &last), ERR_OK);
		for (size_t to = 0; to < 1100; to++) {
			put_u32(sig.ptr + 1, to);
			cr_assert_eq(
			    check(i, buf_view(&sig), &last) == ERR_OK, to == i);
			cr_assert_eq(
			    check(i, buf_view(&sig), NULL) == ERR_OK, to == i);
			put_u32(sig.ptr + 1, i);
			put_u32(sig.ptr + 5, to);
			cr_assert_eq(
			    check(i, buf_view(&sig), &last) == ERR_OK, to == 9);
			put_u32(sig.ptr + 5, 9);
		}
		/* A hash more, of whatever value, and one less. */
		uint8_t more[SIGNATURE_BYTES_MAX];
		const size_t head = 9;
		memcpy(more, sig.ptr, head);
		memcpy(
		    more + head + HASH_BYTES, sig.ptr + head, sig.len - head);
		memcpy(more + head, sig.ptr + head, HASH_BYTES);
		cr_assert_eq(
		    check(i, bytes_of(more, sig.len + HASH_BYTES), &last),
		    ERR_MALFORMED);
		memcpy(more + head, sig.ptr + head + HASH_BYTES,
		    sig.len - head - HASH_BYTES);
		cr_assert_eq(
		    check(i, bytes_of(more, sig.len - HASH_BYTES), &last),
		    ERR_MALFORMED);
		buf_clear(&sig);
	}
}

Test(signature, of_a_batch_ends_at_the_limit)
{
	const struct bytes k = bytes_of(key, sizeof(key));
	uint8_t raw[SIGNATURE_BYTES_MAX + HASH_BYTES] = {0x81};
	size_t fits = 0;

	for (size_t size = 0; size < 1100; size++) {
		for (size_t len = 0; len <= sizeof(raw); len++) {
			put_u32(raw + 5, size);
			bool good = signature_form(
			                k, bytes_of(raw, len), NULL) == ERR_OK;
			cr_assert(!good ||
			    (size >= 1 && size <= SIGNATURE_BATCH_MAX));
			fits += good;
		}
	}
	cr_assert_eq(fits, SIGNATURE_BATCH_MAX, "one length for each size");
	cr_assert_eq(
	    tree_include_len(0, SIGNATURE_BATCH_MAX), SIGNATURE_PATH_MAX);
}

Test(signature, is_of_the_keys_kind)
{
	uint8_t raw[73] = {0x86, 0, 0, 0, 0, 0, 0, 0, 1};
	uint8_t k[sizeof(key)] = {CRYPTO_ALG_MLDSA44};
	const struct bytes kind = bytes_of(k, sizeof(k));
	const struct bytes sig = bytes_of(raw, sizeof(raw));

	cr_assert_eq(signature_form(kind, sig, NULL), ERR_UNSUPPORTED);
	raw[0] = 0x81;
	cr_assert_eq(signature_form(kind, sig, NULL), ERR_MALFORMED);
	k[0] = 0x81; /* a batch is no kind of key */
	cr_assert_eq(signature_form(kind, sig, NULL), ERR_MALFORMED);
	k[0] = CRYPTO_ALG_ED25519;
	cr_assert_eq(signature_form(kind, sig, NULL), ERR_OK);
	cr_assert_eq(signature_form(bytes_of(k, 32), sig, NULL), ERR_MALFORMED);
	cr_assert_eq(
	    signature_form(kind, bytes_of(raw, 0), NULL), ERR_MALFORMED);
	raw[0] = 0x01;
	cr_assert_eq(signature_form(kind, sig, NULL), ERR_MALFORMED);
	cr_assert_eq(signature_form(kind, bytes_of(raw, 65), NULL), ERR_OK);
	/* Where no event is signed it means nothing. */
	raw[0] = 0x81;
	cr_assert_eq(crypto_check_alg(kind, bytes_of(raw, 1), sig, NULL),
	    ERR_UNSUPPORTED);
}

Test(signature, of_another_batch_or_source_is_refused)
{
	struct signature_head last = {.good = false};
	struct signature_batch b[3];
	struct one one;
	struct buf sig;

	sign(&b[0], &signer, 0, 8);
	sign(&b[1], &signer, 8, 8); /* other events */
	sign(&b[2], &other, 0, 8); /* another source */
	buf_init(&sig, SIGNATURE_BYTES_MAX);
	for (size_t k = 0; k < 3; k++) {
		buf_reset(&sig);
		signature_batch_put(&sig, &b[k], 3);
		cr_assert_eq(check(3, buf_view(&sig), &last),
		    k == 0 ? ERR_OK : ERR_UNVERIFIED);
	}
	/* The head that was good, under another source's key. */
	buf_reset(&sig);
	signature_batch_put(&sig, &b[0], 3);
	memcpy(key + 1, other.pub, CRYPTO_PUB_BYTES);
	cr_assert_eq(check(3, buf_view(&sig), &last), ERR_UNVERIFIED);
	/* Its head signed by the other, the path is the same. */
	memcpy(sig.ptr + sig.len - CRYPTO_SIG_BYTES, b[2].signature,
	    CRYPTO_SIG_BYTES);
	cr_assert_eq(check(3, buf_view(&sig), &last), ERR_OK);
	cr_assert_eq(memcmp(last.key, other.pub, CRYPTO_PUB_BYTES), 0);
	memcpy(key + 1, signer.pub, CRYPTO_PUB_BYTES);
	cr_assert_eq(check(3, buf_view(&sig), &last), ERR_UNVERIFIED);
	/* A signature over the event alone is none over the batch. */
	struct buf text;
	buf_init(&text, 1024);
	seal_event_put(&text, event_of(&one, 3));
	crypto_signer_sign(
	    &signer, buf_view(&text), sig.ptr + sig.len - CRYPTO_SIG_BYTES);
	cr_assert_eq(check(3, buf_view(&sig), &last), ERR_UNVERIFIED);
	buf_clear(&text);
	buf_clear(&sig);
	for (size_t k = 0; k < 3; k++)
		signature_batch_clear(&b[k]);
}

Test(signature, covers_all_of_the_event)
{
	static const uint8_t no_id[16] = {0};
	const struct bytes k = bytes_of(key, sizeof(key));
	struct hash no_hash = {{0}};
	struct buf sig;

	make(&sig, 3, 6);
	for (unsigned part = 0; part <= 7; part++) {
		struct signature_head last = {.good = false};
		struct one one;
		struct seal_event *e = event_of(&one, 3);

		cr_assert_eq(
		    signature_check(e, k, buf_view(&sig), &last, NULL), ERR_OK);
		e->node_name =
		    part == 1 ? "plant-b.acme.example" : e->node_name;
		e->kind = part == 2 ? LEDGER__KIND__CASE : e->kind;
		e->record_id = part == 3 ? no_id : e->record_id;
		e->event_id = part == 4 ? no_id : e->event_id;
		e->occurred_us += part == 5;
		e->based_on_seq += part == 6;
		e->commitment = part == 7 ? &no_hash : e->commitment;
		cr_assert_eq(signature_check(e, k, buf_view(&sig), &last, NULL),
		    part == 0 ? ERR_OK : ERR_UNVERIFIED, "part %u", part);
	}
	buf_clear(&sig);
}
