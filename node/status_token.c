/* status_token.c - the status of many credentials in few bytes, signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/status_token.h"

#include <string.h>

#include "proto/deflate.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "proto/text.h"

#define ALG "EdDSA"
#define TYP "statuslist+jwt"
#define HEADER_BYTES 4096

uint32_t
status_token_capacity(uint64_t credentials)
{
	uint32_t n = STATUS_LIST_LEAST;

	while (n < STATUS_LIST_MOST && n / 2 < credentials)
		n *= 2;
	return n / 2 < credentials ? 0 : n;
}

void
status_token_put(uint8_t *list, unsigned bits, uint32_t index, unsigned v)
{
	const uint32_t per = 8 / bits;
	const unsigned shift = index % per * bits;
	const unsigned mask = (1u << bits) - 1;
	uint8_t *at = &list[index / per];

	*at = (uint8_t)((*at & ~(mask << shift)) | (v & mask) << shift);
}

unsigned
status_token_at(const uint8_t *list, unsigned bits, uint32_t index)
{
	const uint32_t per = 8 / bits;

	const unsigned byte = list[index / per];

	return byte >> index % per * bits & ((1u << bits) - 1);
}

/* ---- writing ---- */

void
status_token_uri(struct buf *out, const char *issuer)
{
	buf_printf(out, "https://%s/statuslists/1", issuer);
}

static void
put_part(struct buf *out, struct buf *json)
{
	if (json->over)
		out->over = true;
	text_b64url_put(out, buf_view(json));
	buf_clear(json);
}

/* Names and keys are of characters that JSON takes as they are. */
static void
put_header(struct buf *out, const struct status_token *t)
{
	struct buf json;

	buf_init(&json, HEADER_BYTES);
	buf_printf(&json,
	    "{\"alg\":\"" ALG "\",\"kid\":\"%s\",\"typ\":\"" TYP "\"}", t->kid);
	put_part(out, &json);
}

static void
put_claims(struct buf *out, const struct status_token *t)
{
	struct buf packed;
	struct buf json;

	buf_init(&packed, STATUS_TOKEN_BYTES);
	buf_init(&json, STATUS_TOKEN_BYTES);
	deflate_put(&packed, t->list);
	buf_printf(&json,
	    "{\"exp\":%u,\"iat\":%u,\"status_list\":{\"bits\":%u,\"lst\":\"",
	    (unsigned)t->exp, (unsigned)t->iat, STATUS_LIST_BITS);
	text_b64url_put(&json, buf_view(&packed));
	buf_str(&json, "\"},\"sub\":\"");
	status_token_uri(&json, t->issuer);
	buf_printf(&json, "\",\"ttl\":%u}", (unsigned)t->ttl);
	json.over = json.over || packed.over;
	buf_clear(&packed);
	put_part(out, &json);
}

void
status_token_sign(struct buf *out, const struct status_token *t,
    const struct crypto_signer *key)
{
	const size_t from = out->len;
	uint8_t sig[CRYPTO_SIG_BYTES];

	put_header(out, t);
	buf_u8(out, '.');
	put_claims(out, t);
	if (out->over)
		return;
	crypto_signer_sign(
	    key, bytes_of(out->ptr + from, out->len - from), sig);
	buf_u8(out, '.');
	text_b64url_put(out, bytes_of(sig, sizeof sig));
}

/* ---- reading ---- */

/* The three parts; views into `in`. */
struct parts {
	struct bytes header, claims, signature;
	struct bytes text; /* that is signed */
};

static bool
split(struct parts *out, struct bytes in)
{
	const uint8_t *one = memchr(in.ptr, '.', in.len);
	const uint8_t *two;
	size_t rest;

	if (one == NULL)
		return false;
	rest = in.len - (size_t)(one - in.ptr) - 1;
	two = memchr(one + 1, '.', rest);
	if (two == NULL)
		return false;
	out->header = bytes_of(in.ptr, (size_t)(one - in.ptr));
	out->claims = bytes_of(one + 1, (size_t)(two - one) - 1);
	out->text = bytes_of(in.ptr, (size_t)(two - in.ptr));
	out->signature = bytes_of(two + 1, in.len - (size_t)(two - in.ptr) - 1);
	return true;
}

static enum err
part(ProtobufCMessage **out, const ProtobufCMessageDescriptor *d,
    struct bytes in, struct err_why *why)
{
	struct buf json;
	enum err e;

	buf_init(&json, STATUS_TOKEN_BYTES);
	e = text_b64url_get(&json, in, why);
	if (e == ERR_OK)
		e = json_decode(out, d, buf_view(&json), why);
	buf_clear(&json);
	return e;
}

static enum err
check_signature(const struct parts *p, const Api__StatusHeader *h,
    const uint8_t pub[static CRYPTO_PUB_BYTES], struct err_why *why)
{
	uint8_t sig[CRYPTO_SIG_BYTES];
	struct buf raw = {.ptr = sig, .cap = sizeof sig, .max = sizeof sig};

	if (h->alg == NULL || strcmp(h->alg, ALG) != 0 || h->typ == NULL ||
	    strcmp(h->typ, TYP) != 0)
		return err_fail(why, ERR_UNSUPPORTED,
		    "expected alg EdDSA and typ statuslist+jwt");
	if (text_b64url_get(&raw, p->signature, why) != ERR_OK ||
	    raw.len != sizeof sig)
		return err_fail(
		    why, ERR_MALFORMED, "the signature is not one of 64 bytes");
	if (crypto_check(pub, p->text, sig) != ERR_OK)
		return err_fail(why, ERR_UNVERIFIED,
		    "the signature is not by this key, or the token was "
		    "changed");
	return ERR_OK;
}

static enum err
unpack(struct status_opened *o, struct err_why *why)
{
	const Api__StatusClaims__List *l = o->claims->status_list;
	struct buf packed;
	enum err e;

	if (l == NULL || l->lst == NULL || o->claims->sub == NULL ||
	    !o->claims->has_iat)
		return err_fail(
		    why, ERR_MALFORMED, "sub, iat or status_list is missing");
	if (l->bits != 1 && l->bits != 2 && l->bits != 4 && l->bits != 8)
		return err_fail(
		    why, ERR_MALFORMED, "bits: expected 1, 2, 4 or 8");
	buf_init(&packed, STATUS_TOKEN_BYTES);
	e = text_b64url_get(&packed, bytes_str(l->lst), why);
	if (e == ERR_OK)
		e = deflate_get(&o->list, buf_view(&packed), why);
	buf_clear(&packed);
	return e;
}

enum err
status_token_open(struct status_opened *out, struct bytes in,
    const uint8_t pub[static CRYPTO_PUB_BYTES], struct err_why *why)
{
	ProtobufCMessage *m = NULL;
	struct parts p;
	enum err e;

	*out = (struct status_opened){.header = NULL};
	buf_init(&out->list, STATUS_LIST_MOST);
	if (in.len > STATUS_TOKEN_BYTES || !split(&p, in) ||
	    p.header.len > HEADER_BYTES)
		return err_fail(why, ERR_MALFORMED,
		    "not a token: three parts with dots between");
	e = part(&m, &api__status_header__descriptor, p.header, why);
	out->header = (Api__StatusHeader *)m;
	if (e == ERR_OK)
		e = check_signature(&p, out->header, pub, why);
	/* Nothing of it is read before whose word it is is known. */
	m = NULL;
	if (e == ERR_OK)
		e = part(&m, &api__status_claims__descriptor, p.claims, why);
	out->claims = (Api__StatusClaims *)m;
	return e == ERR_OK ? unpack(out, why) : e;
}

void
status_token_clear(struct status_opened *o)
{
	if (o->header != NULL)
		slice_free(&o->header->base);
	if (o->claims != NULL)
		slice_free(&o->claims->base);
	buf_clear(&o->list);
	*o = (struct status_opened){.header = NULL};
}

enum err
status_token_value(const struct status_opened *o, uint32_t index,
    unsigned *value, struct err_why *why)
{
	const unsigned bits = o->claims->status_list->bits;

	if (index / (8 / bits) >= o->list.len)
		return err_fail(why, ERR_LIMIT,
		    "index %u is beyond the list's %zu entries", index,
		    o->list.len * (8 / bits));
	*value = status_token_at(o->list.ptr, bits, index);
	return ERR_OK;
}

const char *
status_token_text(unsigned value)
{
	static const char *const names[] = {
	    "VALID", "INVALID", "SUSPENDED", "LAPSED"};

	return value < sizeof names / sizeof names[0] ? names[value]
	                                              : "UNKNOWN";
}
