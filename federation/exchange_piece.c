/* exchange_piece.c - ranges of a log as they stand in a turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange_piece.h"

#include "federation/exchange.h"

enum err
exchange_add_hash(
    struct tree_proof *out, struct bytes hash, struct err_why *why)
{
	if (out->len == TREE_PROOF_MAX)
		return err_fail(why, ERR_MALFORMED, "proof: too many hashes");
	if (hash.len != HASH_BYTES)
		return err_fail(
		    why, ERR_MALFORMED, "proof: hash of %zu bytes", hash.len);
	memcpy(out->path[out->len++].b, hash.ptr, HASH_BYTES);
	return ERR_OK;
}

enum err
exchange_piece(struct exchange_piece *out, const struct turn_delivery *d,
    const struct note_vkey *key, struct err_why *why)
{
	enum err e;
	size_t i;

	out->proof.len = 0;
	e = note_checkpoint_open(&out->head, d->note, key, why);
	for (i = 0; e == ERR_OK && i < d->proof_len; i++)
		e = exchange_add_hash(&out->proof, d->proof[i], why);
	if (e != ERR_OK)
		return e;
	if (d->items_len > 0 && d->from + d->items_len > out->head.head.size)
		return err_fail(
		    why, ERR_MALFORMED, "delivery goes beyond its checkpoint");
	out->ext = (struct log_extension){.from = d->from,
	    .items = d->items,
	    .len = d->items_len,
	    .note = d->note,
	    .head = &out->head,
	    .proof = &out->proof};
	return ERR_OK;
}

void
exchange_drop_bodies(const struct turn_delivery *d)
{
	size_t i;

	for (i = 0; i < d->items_len; i++)
		d->items[i].sealed = bytes_of(NULL, 0);
}

/* ---- written ---- */

static void
put_varint(struct buf *out, uint64_t v)
{
	while (v >= 0x80) {
		buf_u8(out, (uint8_t)(v | 0x80));
		v >>= 7;
	}
	buf_u8(out, (uint8_t)v);
}

#define TAG_BYTES(field) ((field) << 3 | 2)
#define TAG_VARINT(field) ((field) << 3 | 0)

static void
put_field(struct buf *out, unsigned field, struct bytes v)
{
	put_varint(out, TAG_BYTES(field));
	put_varint(out, v.len);
	buf_bytes(out, v);
}

/*
 * A length that is known later, always in LENGTH_BYTES: a varint that is not
 * minimal, which decoders take.
 */
#define LENGTH_BYTES 4
_Static_assert(EXCHANGE_TURN_MAX < 1u << 7 * LENGTH_BYTES, "fits");

static void
set_length(uint8_t *at, size_t len)
{
	int i;

	for (i = 0; i < LENGTH_BYTES; i++)
		at[i] = (uint8_t)((len >> 7 * i & 0x7f) |
		    (i < LENGTH_BYTES - 1 ? 0x80u : 0u));
}

size_t
exchange_piece_begin(
    struct buf *turn, unsigned field, const char *origin, uint64_t from)
{
	size_t begun;

	put_varint(turn, TAG_BYTES(field));
	(void)buf_grow(turn, LENGTH_BYTES);
	begun = turn->len;
	put_field(turn, 1, bytes_str(origin));
	put_varint(turn, TAG_VARINT(2));
	put_varint(turn, from);
	return begun;
}

void
exchange_piece_end(struct buf *turn, size_t begun, struct bytes note,
    const struct tree_proof *proof)
{
	size_t i;

	put_field(turn, 4, note);
	for (i = 0; i < proof->len; i++)
		put_field(turn, 5, bytes_hash(&proof->path[i]));
	set_length(turn->ptr + begun - LENGTH_BYTES, turn->len - begun);
}
