/* invitation.c - the text by which one new node may ask to become a member. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/invitation.h"

#include <assert.h>
#include <stdio.h>

#include "proto/digest.h"
#include "proto/text.h"

#define VERSION 1
#define CHECK_BYTES 4
#define BODY_MAX                                                               \
	(1 + HASH_BYTES + CRYPTO_KEY_BYTES + INVITATION_SECRET_BYTES + 4 + 1 + \
	    3 * (1 + ROSTER_NAME_MAX) + CHECK_BYTES)

static void
check_of(struct hash *out, struct bytes body)
{
	const struct bytes parts[] = {
	    bytes_str("lianfang/invitation/v1\n"), body};

	digest_sha256_parts(out, parts, 2);
}

static void
put_text(struct buf *b, const char *text)
{
	assert(strlen(text) <= UINT8_MAX);
	buf_u8(b, (uint8_t)strlen(text));
	buf_str(b, text);
}

void
invitation_put(struct buf *out, const struct invitation *v)
{
	struct hash check;
	struct buf b;

	buf_init(&b, BODY_MAX);
	/* Once: no copy of the secret stays behind. */
	(void)buf_grow(&b, BODY_MAX);
	buf_reset(&b);
	buf_u8(&b, VERSION);
	buf_bytes(&b, bytes_hash(&v->epoch));
	buf_put(&b, v->key, sizeof v->key);
	buf_put(&b, v->secret, sizeof v->secret);
	buf_u32be(&b, v->expires);
	buf_u8(&b, (uint8_t)v->role);
	put_text(&b, v->name);
	put_text(&b, v->inviter);
	put_text(&b, v->address);
	check_of(&check, buf_view(&b));
	buf_put(&b, check.b, CHECK_BYTES);
	buf_str(out, INVITATION_PREFIX);
	text_b64url_put(out, buf_view(&b));
	buf_wipe(&b);
}

static enum err
broken(struct err_why *why)
{
	return err_both(why, ERR_MALFORMED,
	    "this is no invitation, or not all of it: copy it once more, from "
	    "lfi_ to its end",
	    "这不是完整的邀请码：请从 lfi_ 起完整复制");
}

/* A length and so many bytes, none of them NUL, into out[max + 1]. */
static bool
get_text(struct buf_reader *r, char *out, size_t max)
{
	struct bytes v = buf_read(r, buf_read_u8(r));

	if (r->bad || v.len == 0 || v.len > max ||
	    memchr(v.ptr, 0, v.len) != NULL)
		return false;
	memcpy(out, v.ptr, v.len);
	out[v.len] = '\0';
	return true;
}

static enum err
read_body(struct invitation *v, struct bytes all, struct err_why *why)
{
	struct buf_reader r = {all, false};
	struct bytes epoch, key, secret, check;
	struct hash sum;

	if (all.len <= CHECK_BYTES)
		return broken(why);
	check_of(&sum, bytes_of(all.ptr, all.len - CHECK_BYTES));
	check = bytes_of(all.ptr + all.len - CHECK_BYTES, CHECK_BYTES);
	if (!bytes_equal(check, bytes_of(sum.b, CHECK_BYTES)))
		return broken(why);
	if (buf_read_u8(&r) != VERSION)
		return err_both(why, ERR_UNSUPPORTED,
		    "this invitation is of a newer version; upgrade first",
		    "邀请码的版本较新，请先升级");
	epoch = buf_read(&r, HASH_BYTES);
	key = buf_read(&r, CRYPTO_KEY_BYTES);
	secret = buf_read(&r, INVITATION_SECRET_BYTES);
	v->expires = buf_read_u32be(&r);
	v->role = (Fed__Role)buf_read_u8(&r);
	if (!get_text(&r, v->name, ROSTER_NAME_MAX) ||
	    !get_text(&r, v->inviter, ROSTER_NAME_MAX) ||
	    !get_text(&r, v->address, INVITATION_ADDRESS_MAX) ||
	    r.left.len != CHECK_BYTES || v->role < FED__ROLE__PLANT ||
	    v->role > FED__ROLE__REGULATOR || !roster_card_name_ok(v->name) ||
	    !roster_card_name_ok(v->inviter) ||
	    !roster_card_endpoint_ok(v->address))
		return broken(why);
	memcpy(v->epoch.b, epoch.ptr, HASH_BYTES);
	memcpy(v->key, key.ptr, sizeof v->key);
	memcpy(v->secret, secret.ptr, sizeof v->secret);
	return ERR_OK;
}

enum err
invitation_get(struct invitation *out, struct bytes text, struct err_why *why)
{
	struct invitation v = {.expires = 0};
	struct buf plain, body;
	struct bytes rest;
	enum err e;

	buf_init(&plain, INVITATION_CHARS_MAX);
	(void)buf_grow(&plain, INVITATION_CHARS_MAX);
	buf_reset(&plain);
	for (size_t i = 0; i < text.len && !plain.over; i++)
		if (memchr(" \t\r\n", text.ptr[i], 4) == NULL)
			buf_u8(&plain, text.ptr[i]);
	rest = buf_view(&plain);
	buf_init(&body, BODY_MAX);
	(void)buf_grow(&body, BODY_MAX);
	buf_reset(&body);
	if (plain.over || !text_skip(&rest, INVITATION_PREFIX) ||
	    text_b64url_get(&body, rest, NULL) != ERR_OK)
		e = broken(why);
	else
		e = read_body(&v, buf_view(&body), why);
	if (e == ERR_OK)
		*out = v;
	crypto_wipe(&v, sizeof v);
	buf_wipe(&plain);
	buf_wipe(&body);
	return e;
}

void
invitation_hash(struct hash *out, struct bytes secret)
{
	const struct bytes parts[] = {
	    bytes_str("lianfang/invitation-secret/v1\n"), secret};

	digest_sha256_parts(out, parts, 2);
}

void
invitation_id(
    char out[static INVITATION_ID_CHARS + 1], const struct hash *secret)
{
	(void)snprintf(out, INVITATION_ID_CHARS + 1,
	    "iv_%02x%02x%02x%02x%02x%02x", secret->b[0], secret->b[1],
	    secret->b[2], secret->b[3], secret->b[4], secret->b[5]);
}
