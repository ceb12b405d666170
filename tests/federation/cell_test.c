/* cell_test.c - two hops, of which neither learns both ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/cell.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define MEMBERS 5

struct hops {
	struct crypto_signer forwarder, publisher, stranger;
	size_t room;
	uint8_t *cell;
};

static void
setup(struct hops *h)
{
	crypto_start();
	crypto_signer_new(&h->forwarder);
	crypto_signer_new(&h->publisher);
	crypto_signer_new(&h->stranger);
	h->room = cell_room(MEMBERS);
	h->cell = calloc(1, cell_bytes(h->room));
	cr_assert_not_null(h->cell);
}

static struct bytes
whole(const struct hops *h)
{
	return bytes_of(h->cell, cell_bytes(h->room));
}

static enum err
make(struct hops *h, struct bytes body)
{
	return cell_make(
	    h->cell, h->room, body, h->forwarder.pub, h->publisher.pub, NULL);
}

Test(cell, carries_a_body_over_two_hops)
{
	static const size_t lens[] = {1, 100, CELL_BODY_MAX};
	struct hops h;
	uint8_t *text;

	setup(&h);
	text = malloc(h.room + 1);
	cr_assert_not_null(text);
	memset(text, 'x', h.room + 1);
	for (size_t i = 0; i <= 3; i++) {
		const size_t len = i < 3 ? lens[i] : h.room;
		struct cell_rest rest;
		struct buf body;

		cr_assert_eq(make(&h, bytes_of(text, len)), ERR_OK);
		cr_assert_eq(
		    cell_peel(&rest, h.room, whole(&h), &h.forwarder, NULL),
		    ERR_OK);
		cr_assert_arr_eq(
		    rest.publisher, h.publisher.pub, CRYPTO_PUB_BYTES);
		cr_assert_eq(rest.sealed.len, cell_rest_bytes(h.room));
		cr_assert_eq(cell_read(&body, h.room, buf_view(&rest.sealed),
		                 &h.publisher, NULL),
		    ERR_OK);
		cr_assert(bytes_equal(buf_view(&body), bytes_of(text, len)));
		buf_clear(&body);
		buf_clear(&rest.sealed);
	}
	cr_assert_eq(make(&h, bytes_of(text, h.room + 1)), ERR_LIMIT);
	free(text);
	free(h.cell);
}

/* The forwarder sees the same of cover as of an item: a size and a publisher.
 * It cannot read on, nobody else can read at all. */
Test(cell, cover_is_told_by_its_publisher_alone)
{
	struct hops h;
	struct cell_rest rest;
	struct buf body;

	setup(&h);
	cr_assert_eq(make(&h, bytes_of(NULL, 0)), ERR_OK);
	cr_assert_eq(cell_peel(&rest, h.room, whole(&h), &h.stranger, NULL),
	    ERR_UNVERIFIED);
	cr_assert_eq(
	    cell_peel(&rest, h.room, whole(&h), &h.forwarder, NULL), ERR_OK);
	cr_assert_eq(cell_read(&body, h.room, buf_view(&rest.sealed),
	                 &h.forwarder, NULL),
	    ERR_UNVERIFIED);
	cr_assert_eq(cell_read(&body, h.room, buf_view(&rest.sealed),
	                 &h.publisher, NULL),
	    ERR_OK);
	cr_assert_eq(body.len, 0);
	buf_clear(&body);
	buf_clear(&rest.sealed);
	free(h.cell);
}

Test(cell, refuses_what_was_altered_or_cut)
{
	struct hops h;
	struct cell_rest rest;

	setup(&h);
	cr_assert_eq(make(&h, bytes_str("item")), ERR_OK);
	for (size_t i = 0; i < cell_bytes(h.room); i += 97) {
		h.cell[i] ^= 0x40;
		cr_assert_eq(
		    cell_peel(&rest, h.room, whole(&h), &h.forwarder, NULL),
		    ERR_UNVERIFIED);
		h.cell[i] ^= 0x40;
	}
	cr_assert_eq(
	    cell_peel(&rest, h.room, bytes_of(h.cell, cell_bytes(h.room) - 1),
	        &h.forwarder, NULL),
	    ERR_MALFORMED);
	free(h.cell);
}

/* A sender that fills up with marks, or says it is longer than it is. */
Test(cell, refuses_marks_and_wrong_lengths)
{
	struct hops h;
	struct buf inner, body;
	uint8_t *sealed;

	setup(&h);
	sealed = malloc(cell_rest_bytes(h.room));
	cr_assert_not_null(sealed);
	buf_init(&inner, h.room + 5);
	memset(buf_grow(&inner, h.room + 5), 0, h.room + 5);
	inner.ptr[0] = 1;
	inner.ptr[4] = 3;
	for (int i = 0; i < 4; i++) {
		static const struct {
			size_t at;
			uint8_t value;
			enum err want;
		} change[] = {{5, 'a', ERR_OK}, {8, 'm', ERR_MALFORMED},
		    {1, 0xff, ERR_MALFORMED}, {0, 2, ERR_MALFORMED}};
		const uint8_t kept = inner.ptr[change[i].at];

		inner.ptr[change[i].at] = change[i].value;
		cr_assert_eq(crypto_letter_seal(
		                 sealed, buf_view(&inner), h.publisher.pub),
		    ERR_OK);
		const enum err e = cell_read(&body, h.room,
		    bytes_of(sealed, cell_rest_bytes(h.room)), &h.publisher,
		    NULL);
		cr_assert_eq(e, change[i].want, "change %d", i);
		if (e == ERR_OK)
			buf_clear(&body);
		inner.ptr[change[i].at] = kept;
	}
	buf_clear(&inner);
	free(sealed);
	free(h.cell);
}
