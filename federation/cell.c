/* cell.c - a message of one size, under one seal for each of its two hops. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/cell.h"

#include "federation/ring.h"

#define VERSION 1
#define STEP_BYTES 4096
/* Inside: version, length, body, zeros.  Outside: version, publisher, rest. */
#define INNER_HEAD 5
#define OUTER_HEAD (1 + CRYPTO_PUB_BYTES)

size_t
cell_room(size_t members)
{
	/* The ring's keys, each with its tag and length, and the signature. */
	const size_t need =
	    CELL_BODY_MAX + 2 * RING_SIGNATURE_BYTES(members) + 2 * members;

	return (need + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
}

size_t
cell_rest_bytes(size_t room)
{
	return INNER_HEAD + room + CRYPTO_LETTER_EXTRA;
}

size_t
cell_bytes(size_t room)
{
	return OUTER_HEAD + cell_rest_bytes(room) + CRYPTO_LETTER_EXTRA;
}

enum err
cell_make(uint8_t *out, size_t room, struct bytes body,
    const uint8_t forwarder[static CRYPTO_PUB_BYTES],
    const uint8_t publisher[static CRYPTO_PUB_BYTES], struct err_why *why)
{
	struct buf inner, outer;
	enum err e = ERR_OK;

	if (body.len > room)
		return err_fail(why, ERR_LIMIT,
		    "cell: %zu bytes instead of %zu", body.len, room);
	buf_init(&inner, INNER_HEAD + room);
	memset(buf_grow(&inner, INNER_HEAD + room), 0, INNER_HEAD + room);
	buf_reset(&inner);
	buf_u8(&inner, VERSION);
	buf_u32be(&inner, (uint32_t)body.len);
	buf_bytes(&inner, body);
	inner.len = INNER_HEAD + room;
	buf_init(&outer, OUTER_HEAD + cell_rest_bytes(room));
	buf_u8(&outer, VERSION);
	buf_put(&outer, publisher, CRYPTO_PUB_BYTES);
	if (crypto_letter_seal(buf_grow(&outer, cell_rest_bytes(room)),
	        buf_view(&inner), publisher) != ERR_OK)
		e = err_fail(why, ERR_MALFORMED, "cell: a key seals nothing");
	else if (crypto_letter_seal(out, buf_view(&outer), forwarder) != ERR_OK)
		e = err_fail(why, ERR_MALFORMED, "cell: a key seals nothing");
	buf_wipe(&inner);
	buf_clear(&outer);
	return e;
}

/* What is under a seal of this size; into a fresh buffer. */
static enum err
open_letter(struct buf *out, struct bytes sealed, size_t want,
    const struct crypto_signer *own, struct err_why *why)
{
	enum err e = ERR_OK;

	buf_init(out, want);
	if (sealed.len != want + CRYPTO_LETTER_EXTRA)
		e = err_fail(why, ERR_MALFORMED,
		    "cell: %zu bytes instead of %zu", sealed.len,
		    want + CRYPTO_LETTER_EXTRA);
	else if (crypto_letter_open(buf_grow(out, want), sealed, own) != ERR_OK)
		e = err_fail(why, ERR_UNVERIFIED,
		    "cell: altered, or not sealed for this node's key of the "
		    "epoch");
	else if (out->ptr[0] != VERSION)
		e = err_fail(why, ERR_MALFORMED, "cell: not of its form");
	if (e != ERR_OK)
		buf_wipe(out);
	return e;
}

enum err
cell_peel(struct cell_rest *out, size_t room, struct bytes cell,
    const struct crypto_signer *own, struct err_why *why)
{
	struct buf outer;
	enum err e = open_letter(
	    &outer, cell, OUTER_HEAD + cell_rest_bytes(room), own, why);

	if (e != ERR_OK)
		return e;
	memcpy(out->publisher, outer.ptr + 1, CRYPTO_PUB_BYTES);
	buf_init(&out->sealed, cell_rest_bytes(room));
	buf_put(&out->sealed, outer.ptr + OUTER_HEAD, cell_rest_bytes(room));
	buf_clear(&outer);
	return ERR_OK;
}

static bool
zeros(struct bytes v)
{
	uint8_t all = 0;

	for (size_t i = 0; i < v.len; i++)
		all |= v.ptr[i];
	return all == 0;
}

enum err
cell_read(struct buf *body, size_t room, struct bytes rest,
    const struct crypto_signer *own, struct err_why *why)
{
	struct buf inner;
	enum err e = open_letter(&inner, rest, INNER_HEAD + room, own, why);

	if (e != ERR_OK)
		return e;
	struct buf_reader r = {.left = buf_view(&inner)};
	(void)buf_read_u8(&r);
	const size_t len = buf_read_u32be(&r);
	const struct bytes said = buf_read(&r, len);
	if (r.bad || !zeros(r.left)) {
		e = err_fail(why, ERR_MALFORMED, "cell: not of its form");
	} else {
		buf_init(body, room);
		buf_bytes(body, said);
	}
	buf_wipe(&inner);
	return e;
}
