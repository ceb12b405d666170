/* turn_test.c - turns are counted on the wire before memory is taken. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/turn.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "federation/exchange.h"
#include "proto/slice.h"

static struct buf wire;
static struct turn turn;
static struct err_why why;

static void
begin(void)
{
	buf_init(&wire, EXCHANGE_TURN_MAX);
}

static void
end(void)
{
	turn_clear(&turn);
	buf_clear(&wire);
}

TestSuite(turn_cut, .init = begin, .fini = end);

static void
put_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_u8(b, (uint8_t)(v | 0x80));
	buf_u8(b, (uint8_t)v);
}

static void
put_field(struct buf *b, unsigned field, struct bytes v)
{
	put_varint(b, field << 3 | 2);
	put_varint(b, v.len);
	buf_bytes(b, v);
}

/* Field `field` n times, each holding v. */
static void
put_many(struct buf *b, unsigned field, struct bytes v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_field(b, field, v);
}

static enum err
cut(void)
{
	turn_clear(&turn);
	return turn_cut(&turn, buf_view(&wire), &why);
}

Test(turn_cut, gives_what_was_packed)
{
	static char origin[] = "plant-a.acme.example/evidence/1";
	uint8_t leaf[] = "leaf", sealed[] = "sealed", hash[HASH_BYTES] = {7};
	Fed__Item item = FED__ITEM__INIT, *items[] = {&item, &item, &item};
	Fed__Delivery d = FED__DELIVERY__INIT, *ds[] = {&d};
	Fed__Want want = FED__WANT__INIT, *wants[] = {&want};
	ProtobufCBinaryData proof[] = {{sizeof hash, hash}, {3, hash}};
	Fed__Turn t = FED__TURN__INIT;

	item.has_leaf = item.has_sealed = true;
	item.leaf = (ProtobufCBinaryData){4, leaf};
	item.sealed = (ProtobufCBinaryData){6, sealed};
	d.origin = origin;
	d.has_from = d.has_note = true;
	d.from = UINT64_C(1) << 40;
	d.items = items;
	d.n_items = 3;
	d.note = (ProtobufCBinaryData){6, sealed};
	d.proof = proof;
	d.n_proof = 2;
	want.origin = origin;
	want.has_from = true;
	want.from = 9;
	t.has_epoch = t.has_hold_ms = true;
	t.epoch = 5;
	t.hold_ms = 15000;
	t.deliveries = ds;
	t.n_deliveries = 1;
	t.wants = wants;
	t.n_wants = 1;
	slice_pack(&wire, &t.base);
	cr_assert_eq(cut(), ERR_OK, "%s", why.text);
	cr_assert_eq(turn.small->epoch, 5u);
	cr_assert_eq(turn.small->hold_ms, 15000u);
	cr_assert_eq(turn.small->n_wants, 1u);
	cr_assert_eq(turn.small->wants[0]->from, 9u);
	cr_assert_eq(turn.small->n_deliveries, 0u);
	cr_assert_eq(turn.deliveries, 1u);
	cr_assert_eq(turn.delivery[0].from, UINT64_C(1) << 40);
	cr_assert(bytes_equal(turn.delivery[0].origin, bytes_str(origin)));
	cr_assert(bytes_equal(turn.delivery[0].note, bytes_str("sealed")));
	cr_assert_eq(turn.delivery[0].items_len, 3u);
	for (size_t i = 0; i < 3; i++) {
		const struct log_item *at = &turn.delivery[0].items[i];

		cr_assert(bytes_equal(at->leaf, bytes_str("leaf")));
		cr_assert(bytes_equal(at->sealed, bytes_str("sealed")));
		cr_assert(at->leaf.ptr > wire.ptr &&
		        at->leaf.ptr < wire.ptr + wire.len,
		    "nothing is copied");
	}
	cr_assert_eq(turn.delivery[0].proof_len, 2u);
	cr_assert(bytes_equal(
	    turn.delivery[0].proof[0], bytes_of(hash, sizeof hash)));
	cr_assert_eq(turn.delivery[0].proof[1].len, 3u);
}

Test(turn_cut, refuses_what_is_cut_short_anywhere)
{
	struct buf inner;
	size_t ok = 0;

	buf_init(&inner, 4096);
	put_field(&inner, 1, bytes_str("leaf"));
	put_field(&wire, 3, buf_view(&inner));
	put_varint(&wire, 2 << 3);
	put_varint(&wire, 300);
	buf_reset(&inner);
	buf_bytes(&inner, buf_view(&wire));
	buf_reset(&wire);
	put_varint(&wire, 1 << 3);
	put_varint(&wire, 200);
	put_field(&wire, 6, buf_view(&inner));
	for (size_t len = 0; len <= wire.len; len++) {
		uint8_t *exact = malloc(len + 1);
		enum err e;

		cr_assert_not_null(exact);
		memcpy(exact, wire.ptr, len);
		turn_clear(&turn);
		/* At the very end of a block, for the sanitizer. */
		memmove(exact + 1, exact, len);
		e = turn_cut(&turn, bytes_of(exact + 1, len), &why);
		turn_clear(&turn);
		free(exact);
		if (e == ERR_OK)
			ok++;
		else
			cr_assert_eq(e, ERR_MALFORMED);
	}
	/* Empty, the epoch alone, and the whole. */
	cr_assert_eq(ok, 3u);
	buf_clear(&inner);
}

Test(turn_cut, refuses_numbers_in_the_place_of_parts)
{
	static const unsigned parts[] = {3, 4, 5, 6, 7, 8, 10, 11};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		buf_reset(&wire);
		put_varint(&wire, parts[i] << 3);
		put_varint(&wire, 1);
		cr_assert_eq(cut(), ERR_MALFORMED, "field %u", parts[i]);
	}
}

static size_t
resident_kb(void)
{
	struct rusage u;

	cr_assert_eq(getrusage(RUSAGE_SELF, &u), 0);
	return (size_t)u.ru_maxrss;
}

/* As long as a turn may be, of two-byte pieces: decoded, hundreds of MB. */
static void
flood(const char *what, unsigned outer, unsigned inner, struct bytes v)
{
	const size_t n = (EXCHANGE_TURN_MAX - 64) / (v.len + 2);
	struct buf part;
	size_t before;

	buf_init(&part, EXCHANGE_TURN_MAX);
	buf_reset(&wire);
	if (outer == 0) {
		put_many(&wire, inner, v, n);
	} else {
		put_many(&part, inner, v, n);
		put_field(&wire, outer, buf_view(&part));
	}
	buf_clear(&part);
	cr_assert(!wire.over);
	before = resident_kb();
	cr_assert_eq(cut(), ERR_LIMIT, "%s", what);
	cr_assert_lt(resident_kb() - before, 8u << 10, "%s", what);
}

Test(turn_cut, refuses_floods_without_taking_memory)
{
	struct bytes none = bytes_of("", 0);

	flood("heads", 0, 3, none);
	flood("acks", 0, 4, none);
	flood("wants", 0, 5, none);
	flood("deliveries", 0, 6, none);
	flood("receipts", 0, 7, none);
	flood("refusals", 0, 8, none);
	flood("recalls", 0, 10, none);
	flood("returned", 0, 11, none);
	flood("items that are returned", 11, 3, none);
	flood("unknown parts", 0, 15, none);
	flood("hashes of a head", 3, 4, none);
	flood("unknown fields of a head", 3, 15, none);
	flood("items", 6, 3, none);
	flood("hashes of a delivery", 6, 5, none);
	flood("origins", 0, 4,
	    bytes_str("\x0a"
	              "\x01x"));
}

/* All counts at their limits at once: a turn is still worth little memory. */
Test(turn_cut, costs_little_at_the_limits)
{
	struct buf part;

	buf_init(&part, EXCHANGE_TURN_MAX);
	put_many(&part, 4, bytes_of("", 0), TURN_HEAD_FIELDS_MAX);
	put_many(&wire, 3, buf_view(&part), TURN_LISTED);
	buf_reset(&part);
	put_many(&part, 15, bytes_of("", 0), TURN_FIELDS_MAX);
	put_many(&wire, 4, buf_view(&part), TURN_LISTED);
	put_many(&wire, 5, buf_view(&part), TURN_LISTED);
	put_many(&wire, 8, buf_view(&part), TURN_LISTED);
	put_many(&wire, 10, buf_view(&part), TURN_LISTED);
	put_many(&wire, 7, buf_view(&part), TURN_ERASED_MAX);
	buf_reset(&part);
	put_many(&part, 3, bytes_of("", 0), TURN_ITEMS_MAX);
	put_many(&wire, 6, buf_view(&part), ROSTER_KINDS);
	put_many(&wire, 11, buf_view(&part), ROSTER_KINDS);
	cr_assert_eq(cut(), ERR_OK, "%s", why.text);
	cr_assert_leq(turn.arena.held, 4u << 20, "%zu", turn.arena.held);
	buf_clear(&part);
}

Test(turn_cut, refuses_more_small_parts_than_a_turn_needs)
{
	struct buf part;

	buf_init(&part, EXCHANGE_TURN_MAX);
	(void)memset(
	    buf_grow(&part, TURN_SMALL_MAX / 2), 'x', TURN_SMALL_MAX / 2);
	put_field(&wire, 3, bytes_of("", 0));
	cr_assert_eq(cut(), ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		struct buf head;

		buf_init(&head, EXCHANGE_TURN_MAX);
		put_field(&head, 2, buf_view(&part));
		put_field(&wire, 3, buf_view(&head));
		buf_clear(&head);
		cr_assert_eq(cut(), i == 0 ? ERR_OK : ERR_LIMIT);
	}
	buf_clear(&part);
}
