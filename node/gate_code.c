/* gate_code.c - one person, one code: what a gate reads from a QR. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/gate_code.h"

#include <string.h>

#include "proto/text.h"

#define VERSION 1
#define SIGNED_MAX 1024

/* What is signed: "lianfang/gate/v1\n" || issuer || "\n" || verifier || "\n" ||
 * the bytes of the code before the signature. */
static void
put_head(struct buf *out, const struct gate_code *c)
{
	buf_u8(out, VERSION);
	buf_u8(out, c->flags);
	buf_put(out, c->ref, sizeof c->ref);
	buf_u32be(out, c->issued_s);
	buf_u32be(out, c->expires_s);
	buf_put(out, c->nonce, sizeof c->nonce);
}

static void
put_signed(struct buf *out, const struct gate_code *c, const char *issuer,
    const char *verifier)
{
	buf_printf(out, "lianfang/gate/v1\n%s\n%s\n", issuer, verifier);
	put_head(out, c);
}

void
gate_code_sign(struct gate_code *c, const char *issuer, const char *verifier,
    const struct crypto_signer *key)
{
	struct buf text;

	buf_init(&text, SIGNED_MAX);
	put_signed(&text, c, issuer, verifier);
	crypto_signer_sign(key, buf_view(&text), c->signature);
	buf_clear(&text);
}

enum err
gate_code_check(const struct gate_code *c, const char *issuer,
    const char *verifier, const uint8_t pub[static CRYPTO_PUB_BYTES])
{
	struct buf text;
	enum err e;

	buf_init(&text, SIGNED_MAX);
	put_signed(&text, c, issuer, verifier);
	e = buf_ok(&text, NULL);
	if (e == ERR_OK)
		e = crypto_check(pub, buf_view(&text), c->signature);
	buf_clear(&text);
	return e == ERR_OK ? ERR_OK : ERR_UNVERIFIED;
}

void
gate_code_put(struct buf *out, const struct gate_code *c)
{
	struct buf raw;

	buf_init(&raw, GATE_CODE_BYTES);
	put_head(&raw, c);
	buf_put(&raw, c->signature, sizeof c->signature);
	buf_str(out, GATE_CODE_PREFIX);
	text_b45_put(out, buf_view(&raw));
	buf_clear(&raw);
}

static enum err
strange(struct err_why *why)
{
	return err_fail(why, ERR_MALFORMED,
	    "not a code of a gate: it begins with LF1: and has 175 characters");
}

enum err
gate_code_get(struct gate_code *out, struct bytes text, struct err_why *why)
{
	uint8_t bytes[GATE_CODE_BYTES];
	struct buf raw = {
	    .ptr = bytes, .cap = sizeof bytes, .max = sizeof bytes};
	struct buf_reader rd;
	unsigned version;

	if (!text_skip(&text, GATE_CODE_PREFIX) ||
	    text_b45_get(&raw, text, NULL) != ERR_OK)
		return strange(why);
	rd = (struct buf_reader){.left = buf_view(&raw)};
	version = buf_read_u8(&rd);
	if (version != VERSION)
		return err_fail(why, ERR_UNSUPPORTED,
		    "a gate's code of version %u; this node knows 1", version);
	out->flags = buf_read_u8(&rd);
	if (raw.len != GATE_CODE_BYTES || (out->flags & ~GATE_CODE_BADGE) != 0)
		return strange(why);
	memcpy(out->ref, buf_read(&rd, 32).ptr, 32);
	out->issued_s = buf_read_u32be(&rd);
	out->expires_s = buf_read_u32be(&rd);
	memcpy(out->nonce, buf_read(&rd, GATE_CODE_NONCE).ptr, GATE_CODE_NONCE);
	memcpy(out->signature, buf_read(&rd, CRYPTO_SIG_BYTES).ptr,
	    CRYPTO_SIG_BYTES);
	return ERR_OK;
}
