/* parcel_test.c - a courier's file before strangers, liars and bad sticks. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/parcel.h"

#include <criterion/criterion.h>

#include "tests/support/member.h"

#define MADE INT64_C(1790000000123456)

static struct member members[3];
static struct roster *roster;

static int64_t
zero(void *arg)
{
	(void)arg;
	return 0;
}

static const struct clock still = {.wall_us = zero, .boot_us = zero};

static void
setup(void)
{
	static const char *const name[] = {
	    "a.example", "b.example", "c.example"};

	crypto_start();
	for (size_t i = 0; i < 3; i++) {
		member_new(
		    &members[i], name[i], FED__ROLE__PLANT, "acme", &still);
	}
	roster = member_alliance(members, 2);
}

static void
teardown(void)
{
	roster_free(roster);
	for (size_t i = 0; i < 3; i++)
		member_end(&members[i]);
}

static struct parcel_ends
ends_of(size_t i)
{
	return (struct parcel_ends){
	    roster, members[i].name, &members[i].session};
}

/* From a to b: two frames. */
static void
make(struct buf *file, struct parcel *p)
{
	const struct parcel_ends ends = ends_of(0);

	buf_init(file, 1 << 20);
	cr_assert_eq(parcel_begin(p, &ends, roster_find(roster, "b.example"),
	                 MADE, file, NULL),
	    ERR_OK);
	cr_assert_eq(file->len, PARCEL_HEAD_BYTES);
	cr_assert_eq(parcel_put(p, bytes_str("first"), false, file), ERR_OK);
	cr_assert_eq(parcel_put(p, bytes_str("then"), true, file), ERR_OK);
}

/* What b makes of it; what it read, in `turns`. */
static enum err
take(struct bytes file, struct buf *turns, struct err_why *why)
{
	const struct parcel_ends ends = ends_of(1);
	const size_t head =
	    file.len < PARCEL_HEAD_BYTES ? file.len : PARCEL_HEAD_BYTES;
	struct buf_reader r = {file, false};
	struct bytes length;
	struct parcel p;
	bool last = false;
	size_t len;
	enum err e;

	buf_reset(turns);
	e = parcel_open(&p, &ends, buf_read(&r, head), why);
	for (uint64_t i = 0; e == ERR_OK && !last; i++) {
		length = buf_read(&r, r.left.len < 4 ? r.left.len : 4);
		e = parcel_length(&len, length, why);
		if (e == ERR_OK && len > r.left.len)
			e = ERR_MALFORMED;
		if (e == ERR_OK)
			e = parcel_take(
			    &p, i, buf_read(&r, len), turns, &last, why);
	}
	if (e == ERR_OK && r.left.len > 0)
		e = ERR_MALFORMED;
	if (e == ERR_OK && strcmp(p.from->name, "a.example") != 0)
		abort();
	parcel_wipe(&p);
	return e;
}

Test(parcel, gives_back_what_was_put_in, .init = setup, .fini = teardown)
{
	struct err_why why = {.text = ""};
	struct buf file, turns;
	struct parcel p;

	buf_init(&turns, 4096);
	make(&file, &p);
	cr_assert_eq(
	    take(buf_view(&file), &turns, &why), ERR_OK, "%s", why.text);
	cr_assert(bytes_equal(buf_view(&turns), bytes_str("firstthen")));
	buf_clear(&file);
	buf_clear(&turns);
}

Test(parcel, refuses_every_flipped_bit_and_every_length, .init = setup,
    .fini = teardown)
{
	struct err_why why;
	struct buf file, turns;
	struct parcel p;

	buf_init(&turns, 4096);
	make(&file, &p);
	for (size_t i = 0; i < file.len * 8; i++) {
		file.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
		cr_assert_neq(
		    take(buf_view(&file), &turns, &why), ERR_OK, "bit %zu", i);
		file.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t i = 0; i < file.len; i++)
		cr_assert_neq(take(bytes_of(file.ptr, i), &turns, &why), ERR_OK,
		    "%zu bytes", i);
	buf_u8(&file, 0);
	cr_assert_neq(take(buf_view(&file), &turns, &why), ERR_OK);
	buf_clear(&file);
	buf_clear(&turns);
}

Test(parcel, refuses_frames_out_of_their_place, .init = setup, .fini = teardown)
{
	const struct parcel_ends ends = ends_of(1);
	struct buf file, turns;
	struct err_why why;
	struct parcel p, got;
	bool last = false;

	buf_init(&turns, 4096);
	make(&file, &p);
	cr_assert_eq(parcel_open(&got, &ends,
	                 bytes_of(file.ptr, PARCEL_HEAD_BYTES), &why),
	    ERR_OK);
	cr_assert_eq(
	    parcel_take(&got, 1,
	        bytes_of(file.ptr + PARCEL_HEAD_BYTES + 4, 5 + PARCEL_EXTRA),
	        &turns, &last, &why),
	    ERR_UNVERIFIED);
	cr_assert(strstr(why.text, "frame 1") != NULL);
	cr_assert_eq(turns.len, 0);
	buf_clear(&file);
	buf_clear(&turns);
}

Test(parcel, says_why_it_is_not_for_us, .init = setup, .fini = teardown)
{
	struct roster *other = member_alliance(members, 3);
	struct parcel_ends ends = ends_of(0);
	struct err_why why = {.text = ""};
	struct buf file;
	struct parcel p, got;
	struct bytes head;

	make(&file, &p);
	head = bytes_of(file.ptr, PARCEL_HEAD_BYTES);
	/* Its own file comes back to the sender. */
	cr_assert_eq(parcel_open(&got, &ends, head, &why), ERR_DENIED);
	cr_assert(strstr(why.text, "b.example") != NULL, "%s", why.text);
	ends = ends_of(1);
	ends.roster = other;
	cr_assert_eq(parcel_open(&got, &ends, head, &why), ERR_CONFLICT);
	cr_assert(strstr(why.text, "another alliance") != NULL);
	ends.roster = roster;
	file.ptr[18] = '2';
	cr_assert_eq(parcel_open(&got, &ends, head, &why), ERR_UNSUPPORTED);
	cr_assert(strstr(why.text, "v1") != NULL);
	file.ptr[0] = 'x';
	cr_assert_eq(parcel_open(&got, &ends, head, &why), ERR_MALFORMED);
	roster_free(other);
	buf_clear(&file);
}

/* c knows the alliance and b's card, and is no member. */
Test(parcel, takes_nothing_of_a_stranger, .init = setup, .fini = teardown)
{
	struct parcel_ends ends = ends_of(2);
	const struct parcel_ends reader = ends_of(1);
	struct err_why why = {.text = ""};
	struct buf file;
	struct parcel p, got;

	buf_init(&file, 1 << 20);
	cr_assert_eq(parcel_begin(&p, &ends, roster_find(roster, "b.example"),
	                 MADE, &file, NULL),
	    ERR_OK);
	cr_assert_eq(
	    parcel_open(&got, &reader, buf_view(&file), &why), ERR_UNVERIFIED);
	cr_assert(strstr(why.text, "no other member") != NULL, "%s", why.text);
	buf_clear(&file);
}

Test(parcel, tells_a_stranger_nothing, .init = setup, .fini = teardown)
{
	struct parcel p;
	struct buf one, two;
	size_t same = 0;

	make(&one, &p);
	make(&two, &p);
	/* After the magic the two have nothing in common but lengths. */
	for (size_t i = 20; i < one.len; i++)
		same += one.ptr[i] == two.ptr[i];
	cr_assert_lt(same, 20);
	cr_assert_null(memmem(one.ptr, one.len, "example", 7));
	cr_assert_null(memmem(one.ptr, one.len, members[0].session.pub, 32));
	cr_assert_null(memmem(one.ptr, one.len, members[1].session.pub, 32));
	buf_clear(&one);
	buf_clear(&two);
}
