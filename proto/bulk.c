/* bulk.c - ChaCha20-Poly1305 of long messages, by OpenSSL. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/bulk.h"

#include <openssl/evp.h>

#define TAG_BYTES 16

static EVP_CIPHER_CTX *
start(const struct bulk *b, int seal)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int done = 0;

	if (c == NULL)
		return NULL;
	if (EVP_CipherInit_ex(c, EVP_chacha20_poly1305(), NULL, b->key,
	        b->nonce, seal) == 1 &&
	    (b->ad.len == 0 ||
	        EVP_CipherUpdate(c, NULL, &done, b->ad.ptr, (int)b->ad.len) ==
	            1))
		return c;
	EVP_CIPHER_CTX_free(c);
	return NULL;
}

bool
bulk_seal(uint8_t *out, struct bytes in, const struct bulk *b)
{
	EVP_CIPHER_CTX *c;
	bool ok;
	int n = 0;

	if (in.len > BULK_BYTES_MAX || b->ad.len > BULK_BYTES_MAX)
		return false;
	c = start(b, 1);
	if (c == NULL)
		return false;
	ok = EVP_CipherUpdate(c, out, &n, in.ptr, (int)in.len) == 1 &&
	    (size_t)n == in.len &&
	    EVP_CipherFinal_ex(c, out + in.len, &n) == 1 && n == 0 &&
	    EVP_CIPHER_CTX_ctrl(
	        c, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, out + in.len) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok;
}

enum err
bulk_open(uint8_t *out, struct bytes in, const struct bulk *b)
{
	const size_t len = in.len - TAG_BYTES;
	uint8_t tag[TAG_BYTES];
	EVP_CIPHER_CTX *c;
	enum err e = ERR_UNSUPPORTED;
	int n = 0;

	if (in.len > BULK_BYTES_MAX || b->ad.len > BULK_BYTES_MAX)
		return e;
	c = start(b, 0);
	if (c == NULL)
		return e;
	memcpy(tag, in.ptr + len, sizeof tag);
	if (EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) ==
	        1 &&
	    EVP_CipherUpdate(c, out, &n, in.ptr, (int)len) == 1 &&
	    (size_t)n == len)
		/* Only here the tag is compared. */
		e = EVP_CipherFinal_ex(c, out + len, &n) == 1 ? ERR_OK
		                                              : ERR_UNVERIFIED;
	EVP_CIPHER_CTX_free(c);
	/* It was deciphered before it was found to be altered. */
	if (e != ERR_OK)
		memset(out, 0, len);
	return e;
}
