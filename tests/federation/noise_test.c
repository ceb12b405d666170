/* noise_test.c - the handshake against published vectors and liars. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/noise.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>

#include "proto/text.h"
#include "tests/support/shared.h"

/* Facts of cacophony's vector Noise_IK_25519_ChaChaPoly_BLAKE2b. */
struct vector {
	const char *prologue;
	const char *init_static, *init_ephemeral, *init_remote;
	const char *resp_static, *resp_ephemeral;
	const char *hash;
	const char *payload[6];
	const char *ciphertext[6];
};

static const struct vector published = {
    .prologue = "4a6f686e2047616c74",
    .init_static =
        "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
    .init_ephemeral =
        "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
    .init_remote =
        "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
    .resp_static =
        "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
    .resp_ephemeral =
        "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
    .hash = "1c8fa891cb414fedba6daa7c6f4ae0a6d98e5f9768cc9cecd27e805614943ee9"
            "c8a1b27fbfb76dc197255c8aa69f6b4285c423840b8bedf45e652ca64f797d81",
    .payload = {"4c756477696720766f6e204d69736573",
        "4d757272617920526f746862617264", "462e20412e20486179656b",
        "4361726c204d656e676572", "4a65616e2d426170746973746520536179",
        "457567656e2042f6686d20766f6e2042617765726b"},
    .ciphertext =
        {"ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
         "ba83a447b38c83e327ad936929812f624884847b7831e95e197b2f797088efdd"
         "2f88f1db7e1fb0e99c64419097af91cee64e470f4b6fcd9298ce0b56fe20f86e"
         "13bf70439c538e3602a7127af71a29cc",
            "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
            "9f069b267a06b3de3ecb1043bcb098e9af91d9c64748d998c7b47890871571",
            "cd54383060e7a28434cca27fb1cc524cfbabeb18181589df219d07",
            "a856d3bf0246bfc476c655009cd1ed677b8dcc5b349ae8ef2a05f2",
            "49063084b2c51f098337cb8a13739ac848f907e67cfb2cc8a8b60586467aa02fc"
            "7",
            "8b9709d23b47e4639df7678d7a21741eba4ef1e9c60383001c7435549c20f9d5"
            "6f30e935d3"},
};

static struct bytes
hex(struct buf *out, const char *text)
{
	size_t from = out->len;

	cr_assert_eq(text_hex_get(out, bytes_str(text), NULL), ERR_OK);
	return bytes_of(out->ptr + from, out->len - from);
}

static void
dh(struct crypto_dh *out, const char *text)
{
	struct buf b;

	buf_init(&b, 32);
	crypto_dh_secret(out, hex(&b, text).ptr);
	buf_clear(&b);
}

static void
begin(struct noise *n, const struct vector *v, enum noise_role role,
    struct buf *scratch)
{
	struct crypto_dh own, ephemeral;
	struct noise_setup s = {0};
	bool first = role == NOISE_INITIATOR;

	dh(&own, first ? v->init_static : v->resp_static);
	dh(&ephemeral, first ? v->init_ephemeral : v->resp_ephemeral);
	s.role = role;
	s.prologue = hex(scratch, v->prologue);
	s.own = &own;
	s.ephemeral = &ephemeral;
	s.peer = first ? hex(scratch, v->init_remote).ptr : NULL;
	noise_start(n, &s);
}

static void
transport(const struct noise_keys *from, const struct noise_keys *to,
    const struct vector *v, unsigned i, uint64_t n)
{
	struct buf b;
	struct bytes plain, want;
	uint8_t out[256], back[256];

	buf_init(&b, 1024);
	(void)buf_grow(&b, 512);
	buf_reset(&b);
	plain = hex(&b, v->payload[i]);
	want = hex(&b, v->ciphertext[i]);
	crypto_noise_seal(out, plain, bytes_of("", 0), from->send, n);
	cr_assert_eq(want.len, plain.len + CRYPTO_TAG_BYTES);
	cr_assert_eq(memcmp(out, want.ptr, want.len), 0, "message %u", i);
	cr_assert_eq(
	    crypto_noise_open(back, want, bytes_of("", 0), to->recv, n),
	    ERR_OK);
	buf_clear(&b);
}

static void
run_vector(const struct vector *v)
{
	struct noise a, b, *from, *to;
	struct noise_keys ka, kb;
	struct buf msg, got, scratch;
	struct bytes want;
	unsigned i;

	buf_init(&msg, NOISE_MESSAGE_MAX);
	buf_init(&got, NOISE_MESSAGE_MAX);
	buf_init(&scratch, 8192);
	(void)buf_grow(&scratch, 4096);
	buf_reset(&scratch);
	begin(&a, v, NOISE_INITIATOR, &scratch);
	begin(&b, v, NOISE_RESPONDER, &scratch);
	for (i = 0; i < 2; i++) {
		from = i == 0 ? &a : &b;
		to = i == 0 ? &b : &a;
		buf_reset(&msg);
		buf_reset(&got);
		want = hex(&scratch, v->payload[i]);
		cr_assert_eq(noise_write(from, want, &msg, NULL), ERR_OK);
		cr_assert(bytes_equal(
		    buf_view(&msg), hex(&scratch, v->ciphertext[i])));
		cr_assert_eq(
		    noise_read(to, buf_view(&msg), &got, NULL), ERR_OK);
		cr_assert(bytes_equal(buf_view(&got), want));
	}
	noise_split(&a, &ka);
	noise_split(&b, &kb);
	want = hex(&scratch, v->hash);
	cr_assert_eq(memcmp(ka.hash, want.ptr, want.len), 0);
	cr_assert_eq(memcmp(kb.hash, want.ptr, want.len), 0);
	for (i = 2; i < 6; i++)
		transport(i % 2 == 0 ? &ka : &kb, i % 2 == 0 ? &kb : &ka, v, i,
		    (i - 2) / 2);
	buf_clear(&msg);
	buf_clear(&got);
	buf_clear(&scratch);
}

Test(noise, gives_the_bytes_of_the_published_vector)
{
	crypto_start();
	run_vector(&published);
}

static const char *
text_at(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

Test(noise, agrees_with_every_shared_vector_of_its_protocol)
{
	char path[SHARED_PATH_BYTES];
	json_t *root, *list, *o, *m;
	struct vector v = {0};
	size_t i, k, ran = 0;

	crypto_start();
	if (!shared_path(path, "vectors/noise/cacophony-subset.json")) {
		printf("noise vectors: 0 of 0, not present\n");
		return;
	}
	root = json_load_file(path, 0, NULL);
	list = json_object_get(root, "vectors");
	json_array_foreach(list, i, o)
	{
		if (strcmp(text_at(o, "protocol_name"),
		        "Noise_IK_25519_ChaChaPoly_BLAKE2b") != 0)
			continue;
		v.prologue = text_at(o, "init_prologue");
		v.init_static = text_at(o, "init_static");
		v.init_ephemeral = text_at(o, "init_ephemeral");
		v.init_remote = text_at(o, "init_remote_static");
		v.resp_static = text_at(o, "resp_static");
		v.resp_ephemeral = text_at(o, "resp_ephemeral");
		v.hash = text_at(o, "handshake_hash");
		json_array_foreach(json_object_get(o, "messages"), k, m)
		{
			v.payload[k] = text_at(m, "payload");
			v.ciphertext[k] = text_at(m, "ciphertext");
		}
		run_vector(&v);
		ran++;
	}
	printf("noise vectors: ran %zu of the %zu shared (ours: IK, BLAKE2b)\n",
	    ran, json_array_size(list));
	cr_assert_gt(ran, 0);
	json_decref(root);
}

Test(noise_read, refuses_every_flipped_bit_and_every_length)
{
	struct noise a, b;
	struct buf msg, got, scratch;
	size_t i;

	crypto_start();
	buf_init(&msg, NOISE_MESSAGE_MAX);
	buf_init(&got, NOISE_MESSAGE_MAX);
	buf_init(&scratch, 8192);
	(void)buf_grow(&scratch, 4096);
	buf_reset(&scratch);
	begin(&a, &published, NOISE_INITIATOR, &scratch);
	cr_assert_eq(noise_write(&a, bytes_of("", 0), &msg, NULL), ERR_OK);
	cr_assert_eq(msg.len, NOISE_HELLO_BYTES);
	for (i = 0; i < msg.len * 8; i++) {
		/* X25519 ignores the top bit of a point; the hash does not. */
		begin(&b, &published, NOISE_RESPONDER, &scratch);
		msg.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
		cr_assert_neq(
		    noise_read(&b, buf_view(&msg), &got, NULL), ERR_OK);
		msg.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
		cr_assert_eq(got.len, 0);
		buf_reset(&scratch);
	}
	for (i = 0; i < msg.len; i++) {
		begin(&b, &published, NOISE_RESPONDER, &scratch);
		cr_assert_neq(
		    noise_read(&b, bytes_of(msg.ptr, i), &got, NULL), ERR_OK);
		buf_reset(&scratch);
	}
	buf_clear(&msg);
	buf_clear(&got);
	buf_clear(&scratch);
}
