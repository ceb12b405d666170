/* crypto_many.c - many short ciphertexts, each under a key of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/crypto_many.h"

#include <sodium.h>

#include "proto/cipher_wide.h"

#define NONCE_BYTES 24 /* of a wrapped one, in front of it */
#define NONCE_HASHED 16 /* of them go into the key */

/* A message of RFC 8439, 2.8, but for its key stream. */
struct letter {
	struct crypto_many *of;
	struct bytes cipher;
	const uint8_t *tag;
	const uint8_t *key;
	const uint8_t *nonce; /* its last eight bytes; NULL: zeros */
	uint8_t derived[CRYPTO_KEY_BYTES];
	uint8_t once[crypto_onetimeauth_poly1305_KEYBYTES];
	bool fits;
};

/* ---- blocks, sixteen at a time ---- */

struct lanes {
	struct cipher_block block[CIPHER_WIDE];
	size_t len;
};

static void
flush(struct lanes *l)
{
	for (size_t i = l->len; i < CIPHER_WIDE; i++)
		l->block[i] = (struct cipher_block){.len = 0};
	if (l->len > 0)
		cipher_wide(l->block);
	l->len = 0;
}

static void
add_block(struct lanes *l, const struct letter *x, uint32_t number,
    const uint8_t *in, uint8_t *out, size_t len)
{
	struct cipher_block *b = &l->block[l->len++];

	b->key = x->key;
	memset(b->words, 0, sizeof b->words);
	for (unsigned i = 0; i < sizeof number; i++)
		b->words[i] = (uint8_t)(number >> 8 * i);
	if (x->nonce != NULL)
		memcpy(b->words + 8, x->nonce, 8);
	b->in = in;
	b->out = out;
	b->len = len;
	if (l->len == CIPHER_WIDE)
		flush(l);
}

/* ---- tags ---- */

static void
add_padded(crypto_onetimeauth_poly1305_state *s, struct bytes b)
{
	static const uint8_t zeros[16];

	if (b.len > 0)
		(void)crypto_onetimeauth_poly1305_update(s, b.ptr, b.len);
	if (b.len % sizeof zeros != 0)
		(void)crypto_onetimeauth_poly1305_update(
		    s, zeros, sizeof zeros - b.len % sizeof zeros);
}

static bool
tag_holds(const struct letter *x)
{
	crypto_onetimeauth_poly1305_state s;
	const uint64_t lens[2] = {
	    htole64(x->of->ad.len), htole64(x->cipher.len)};
	uint8_t tag[CRYPTO_TAG_BYTES];
	bool same;

	(void)crypto_onetimeauth_poly1305_init(&s, x->once);
	add_padded(&s, x->of->ad);
	add_padded(&s, x->cipher);
	(void)crypto_onetimeauth_poly1305_update(
	    &s, (const uint8_t *)lens, sizeof lens);
	(void)crypto_onetimeauth_poly1305_final(&s, tag);
	same = crypto_verify_16(tag, x->tag) == 0;
	sodium_memzero(&s, sizeof s);
	sodium_memzero(tag, sizeof tag);
	return same;
}

/* ---- up to sixteen letters ---- */

static void
open_letters(struct letter *x, size_t n)
{
	struct lanes l = {.len = 0};

	for (size_t i = 0; i < n; i++) {
		if (x[i].fits)
			add_block(
			    &l, &x[i], 0, NULL, x[i].once, sizeof x[i].once);
	}
	flush(&l);
	for (size_t i = 0; i < n; i++) {
		const struct bytes c = x[i].cipher;

		x[i].of->good = x[i].fits && tag_holds(&x[i]);
		if (!x[i].of->good) {
			if (x[i].fits)
				memset(x[i].of->out, 0, c.len);
			continue;
		}
		for (size_t at = 0; at < c.len; at += CIPHER_BLOCK_BYTES) {
			const size_t left = c.len - at;

			add_block(&l, &x[i],
			    (uint32_t)(1 + at / CIPHER_BLOCK_BYTES), c.ptr + at,
			    x[i].of->out + at,
			    left < CIPHER_BLOCK_BYTES ? left
			                              : CIPHER_BLOCK_BYTES);
		}
	}
	flush(&l);
	sodium_memzero(&l, sizeof l);
}

/* Behind `before` bytes are ciphertext and tag. */
static void
cut(struct letter *x, struct crypto_many *m, size_t before)
{
	const size_t extra = before + CRYPTO_TAG_BYTES;

	x->of = m;
	x->fits = m->in.len >= extra && m->in.len <= CRYPTO_MANY_BYTES;
	if (!x->fits)
		return;
	x->cipher = bytes_of(m->in.ptr + before, m->in.len - extra);
	x->tag = m->in.ptr + m->in.len - CRYPTO_TAG_BYTES;
}

/* The key of each from its nonce and the one that it was given. */
static void
derive(struct letter *x, size_t n)
{
	struct cipher_block b[CIPHER_WIDE];

	for (size_t i = 0; i < CIPHER_WIDE; i++) {
		b[i] = (struct cipher_block){.len = 0};
		if (i >= n || !x[i].fits)
			continue;
		b[i].key = x[i].of->key;
		memcpy(b[i].words, x[i].of->in.ptr, NONCE_HASHED);
		b[i].out = x[i].derived;
		b[i].len = sizeof x[i].derived;
		x[i].key = x[i].derived;
		x[i].nonce = x[i].of->in.ptr + NONCE_HASHED;
	}
	cipher_wide_keys(b);
}

static void
open_some(struct crypto_many *m, size_t n, bool wrapped)
{
	struct letter x[CIPHER_WIDE];

	for (size_t i = 0; i < n; i++) {
		cut(&x[i], &m[i], wrapped ? NONCE_BYTES : 0);
		x[i].key = m[i].key;
		x[i].nonce = NULL;
	}
	if (wrapped)
		derive(x, n);
	open_letters(x, n);
	sodium_memzero(x, n * sizeof x[0]);
}

static void
open_all(struct crypto_many *m, size_t n, bool wrapped)
{
	for (size_t at = 0; at < n; at += CIPHER_WIDE) {
		const size_t left = n - at;

		open_some(
		    m + at, left < CIPHER_WIDE ? left : CIPHER_WIDE, wrapped);
	}
}

void
crypto_many_wrapped(struct crypto_many *m, size_t n)
{
	if (cipher_wide_fast()) {
		open_all(m, n, true);
		return;
	}
	for (size_t i = 0; i < n; i++)
		m[i].good = crypto_wrap_open(
		                m[i].out, m[i].in, m[i].ad, m[i].key) == ERR_OK;
}

void
crypto_many_once(struct crypto_many *m, size_t n)
{
	if (cipher_wide_fast()) {
		open_all(m, n, false);
		return;
	}
	for (size_t i = 0; i < n; i++)
		m[i].good =
		    crypto_once_open(m[i].out, m[i].in, m[i].key) == ERR_OK;
}
