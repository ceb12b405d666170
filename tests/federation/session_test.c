/* session_test.c - frames under replay, reordering, tampering and strangers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/session.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define NOW INT64_C(1000000000)

/* Two ends, a to dial and b to answer. */
struct pair {
	struct crypto_dh key_a, key_b;
	struct hash alliance;
	struct session_ends ends_a, ends_b;
	struct session *a, *b;
	struct buf hello, welcome, frame, plain;
};

static struct pair t;

static void
prepare(void)
{
	crypto_start();
	memset(&t, 0, sizeof(t));
	crypto_dh_new(&t.key_a);
	crypto_dh_new(&t.key_b);
	memset(t.alliance.b, 7, sizeof(t.alliance.b));
	t.ends_a = (struct session_ends){
	    "a.example", "b.example", &t.alliance, &t.key_a, t.key_b.pub};
	t.ends_b = (struct session_ends){
	    "b.example", "a.example", &t.alliance, &t.key_b, t.key_a.pub};
	buf_init(&t.hello, 1024);
	buf_init(&t.welcome, 1024);
	buf_init(&t.frame, SESSION_FRAME_MAX);
	buf_init(&t.plain, SESSION_PLAIN_MAX);
}

static void
shake(void)
{
	prepare();
	cr_assert_eq(
	    session_hello(&t.a, &t.ends_a, NOW, &t.hello, NULL), ERR_OK);
	cr_assert_eq(session_accept(&t.b, &t.ends_b, buf_view(&t.hello), NOW,
	                 &t.welcome, NULL),
	    ERR_OK);
	cr_assert_eq(session_finish(t.a, buf_view(&t.welcome), NULL), ERR_OK);
	cr_assert_eq(
	    memcmp(session_id(t.a), session_id(t.b), SESSION_ID_BYTES), 0);
}

static void
end(void)
{
	session_free(t.a);
	session_free(t.b);
	buf_clear(&t.hello);
	buf_clear(&t.welcome);
	buf_clear(&t.frame);
	buf_clear(&t.plain);
}

static uint64_t
say(struct bytes plain)
{
	uint64_t seq = 0;

	buf_reset(&t.frame);
	cr_assert_eq(
	    session_seal(t.a, SESSION_REQUEST, plain, &t.frame, &seq), ERR_OK);
	return seq;
}

static enum err
hear(void)
{
	buf_reset(&t.plain);
	return session_open(
	    t.b, SESSION_REQUEST, buf_view(&t.frame), &t.plain, NULL, NULL);
}

Test(session, carries_requests_and_replies_of_every_size)
{
	static const size_t sizes[] = {0, 1, 65518, 65519, 65520, 131038,
	    131039, 1000000, SESSION_PLAIN_MAX};
	struct session_place place = {true, 0};
	uint8_t *data;
	size_t i;

	shake();
	data = calloc(1, SESSION_PLAIN_MAX);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(data, (int)i + 1, sizes[i]);
		place.seq = say(bytes_of(data, sizes[i]));
		cr_assert_eq(hear(), ERR_OK);
		cr_assert(
		    bytes_equal(buf_view(&t.plain), bytes_of(data, sizes[i])));
		buf_reset(&t.frame);
		cr_assert_eq(session_seal(t.b, place, buf_view(&t.plain),
		                 &t.frame, NULL),
		    ERR_OK);
		cr_assert_leq(t.frame.len, SESSION_FRAME_MAX);
		buf_reset(&t.plain);
		cr_assert_eq(session_open(t.a, place, buf_view(&t.frame),
		                 &t.plain, NULL, NULL),
		    ERR_OK);
		cr_assert_eq(t.plain.len, sizes[i]);
	}
	free(data);
	end();
}

Test(session_open, refuses_a_replay_but_takes_reordered_frames)
{
	struct buf kept[10];
	int i;

	shake();
	for (i = 0; i < 10; i++) {
		buf_init(&kept[i], 1024);
		(void)say(bytes_str("x"));
		buf_bytes(&kept[i], buf_view(&t.frame));
	}
	for (i = 9; i >= 0; i--) {
		buf_reset(&t.plain);
		cr_assert_eq(session_open(t.b, SESSION_REQUEST,
		                 buf_view(&kept[i]), &t.plain, NULL, NULL),
		    ERR_OK);
		cr_assert_eq(session_open(t.b, SESSION_REQUEST,
		                 buf_view(&kept[i]), &t.plain, NULL, NULL),
		    ERR_EXISTS);
	}
	for (i = 0; i < 10; i++)
		buf_clear(&kept[i]);
	end();
}

Test(session_open, forgets_what_is_older_than_the_window)
{
	struct buf first;
	unsigned i;

	shake();
	buf_init(&first, 1024);
	(void)say(bytes_str("first"));
	buf_bytes(&first, buf_view(&t.frame));
	for (i = 0; i < SESSION_WINDOW; i++)
		(void)say(bytes_str("x"));
	cr_assert_eq(hear(), ERR_OK);
	buf_reset(&t.plain);
	cr_assert_eq(session_open(t.b, SESSION_REQUEST, buf_view(&first),
	                 &t.plain, NULL, NULL),
	    ERR_EXISTS);
	buf_clear(&first);
	end();
}

Test(session_open, refuses_every_flipped_bit_and_changes_nothing)
{
	size_t i;

	shake();
	(void)say(bytes_str("stop the work"));
	for (i = 0; i < t.frame.len * 8; i++) {
		t.frame.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
		cr_assert_neq(hear(), ERR_OK);
		cr_assert_eq(t.plain.len, 0);
		t.frame.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	cr_assert_eq(hear(), ERR_OK);
	end();
}

Test(session_open, refuses_frames_cut_at_a_chunk)
{
	uint8_t *data = calloc(3, SESSION_CHUNK);
	size_t whole;

	shake();
	(void)say(bytes_of(data, 3 * SESSION_CHUNK));
	whole = t.frame.len;
	t.frame.len -= SESSION_CHUNK + CRYPTO_TAG_BYTES;
	cr_assert_eq(hear(), ERR_UNVERIFIED);
	t.frame.len = SESSION_ID_BYTES + 8;
	cr_assert_neq(hear(), ERR_OK);
	t.frame.len = whole;
	cr_assert_eq(hear(), ERR_OK);
	free(data);
	end();
}

Test(session_open, takes_a_reply_only_for_the_request_it_answers)
{
	struct session_place right = {true, 0}, wrong = {true, 5};

	shake();
	right.seq = say(bytes_str("q"));
	cr_assert_eq(hear(), ERR_OK);
	buf_reset(&t.frame);
	cr_assert_eq(
	    session_seal(t.b, right, bytes_str("r"), &t.frame, NULL), ERR_OK);
	buf_reset(&t.plain);
	cr_assert_eq(
	    session_open(t.a, wrong, buf_view(&t.frame), &t.plain, NULL, NULL),
	    ERR_UNVERIFIED);
	cr_assert_eq(session_open(t.a, SESSION_REQUEST, buf_view(&t.frame),
	                 &t.plain, NULL, NULL),
	    ERR_UNVERIFIED);
	cr_assert_eq(
	    session_open(t.a, right, buf_view(&t.frame), &t.plain, NULL, NULL),
	    ERR_OK);
	end();
}

Test(session_open, does_not_take_its_own_frames_back)
{
	shake();
	(void)say(bytes_str("echo"));
	cr_assert_neq(session_open(t.a, SESSION_REQUEST, buf_view(&t.frame),
	                  &t.plain, NULL, NULL),
	    ERR_OK);
	end();
}

/* Each must fail at the listener or at the dialler, never pass. */
static void
must_not_meet(void)
{
	enum err e;

	cr_assert_eq(
	    session_hello(&t.a, &t.ends_a, NOW, &t.hello, NULL), ERR_OK);
	e = session_accept(
	    &t.b, &t.ends_b, buf_view(&t.hello), NOW, &t.welcome, NULL);
	cr_assert_eq(e, ERR_UNVERIFIED);
	cr_assert_eq(t.welcome.len, 0);
	end();
}

Test(session_accept, refuses_another_alliance)
{
	struct hash other = {{1}};

	prepare();
	t.ends_a.alliance = &other;
	must_not_meet();
}

Test(session_accept, refuses_a_name_under_another_members_key)
{
	struct crypto_dh thief;

	prepare();
	crypto_dh_new(&thief);
	t.ends_a.own = &thief;
	must_not_meet();
}

Test(session_accept, refuses_a_hello_meant_for_somebody_else)
{
	prepare();
	t.ends_a.peer = "c.example";
	must_not_meet();
}

Test(session_finish, refuses_a_welcome_of_another_handshake)
{
	struct session *other = NULL;
	struct buf hello;

	shake();
	buf_init(&hello, 1024);
	cr_assert_eq(
	    session_hello(&other, &t.ends_a, NOW, &hello, NULL), ERR_OK);
	cr_assert_eq(
	    session_finish(other, buf_view(&t.welcome), NULL), ERR_UNVERIFIED);
	session_free(other);
	buf_clear(&hello);
	end();
}

Test(session_stale, asks_for_new_keys_after_an_hour)
{
	shake();
	cr_assert_not(session_stale(t.a, NOW + SESSION_REKEY_US - 1));
	cr_assert(session_stale(t.a, NOW + SESSION_REKEY_US));
	cr_assert_not(session_expired(t.b, NOW + SESSION_REKEY_US));
	cr_assert(
	    session_expired(t.b, NOW + SESSION_REKEY_US + SESSION_GRACE_US));
	end();
}

Test(session_kind, names_every_frame_and_garbage)
{
	char name[64];

	shake();
	cr_assert_eq(session_kind(buf_view(&t.hello)), SESSION_HELLO);
	cr_assert_eq(session_kind(buf_view(&t.welcome)), SESSION_WELCOME);
	(void)say(bytes_str("x"));
	cr_assert_eq(session_kind(buf_view(&t.frame)), SESSION_TRANSPORT);
	buf_reset(&t.frame);
	session_lost(&t.frame);
	cr_assert_eq(session_kind(buf_view(&t.frame)), SESSION_LOST);
	cr_assert_eq(session_kind(bytes_str("")), SESSION_GARBAGE);
	cr_assert_eq(session_kind(bytes_of(name, 16)), SESSION_GARBAGE);
	cr_assert_eq(
	    session_claim(name, sizeof(name), buf_view(&t.hello), NULL),
	    ERR_OK);
	cr_assert_str_eq(name, "a.example");
	cr_assert_eq(
	    session_claim(name, 5, buf_view(&t.hello), NULL), ERR_MALFORMED);
	end();
}

/* ---- guests ---- */

static enum err
admit(struct session **out, struct bytes frame, struct session_guest *g)
{
	struct session_ends ends = t.ends_b;

	ends.peer_key = NULL;
	buf_reset(&t.plain);
	buf_reset(&t.welcome);
	*g = (struct session_guest){.said = &t.plain, .welcome = &t.welcome};
	return session_admit(out, &ends, frame, NOW, g, NULL);
}

Test(session_knock, brings_a_stranger_in_with_what_it_says)
{
	const struct session_place place = {true, 0};
	struct session_guest g;

	prepare();
	cr_assert_eq(session_knock(&t.a, &t.ends_a, bytes_str("who I am"), NOW,
	                 &t.hello, NULL),
	    ERR_OK);
	cr_assert_eq(session_kind(buf_view(&t.hello)), SESSION_GUEST);
	cr_assert_eq(admit(&t.b, buf_view(&t.hello), &g), ERR_OK);
	cr_assert(bytes_equal(buf_view(&t.plain), bytes_str("who I am")));
	cr_assert_arr_eq(g.key, t.key_a.pub, sizeof(g.key));
	cr_assert_eq(t.welcome.len, SESSION_WELCOME_BYTES);
	cr_assert_eq(session_finish(t.a, buf_view(&t.welcome), NULL), ERR_OK);
	cr_assert_eq(
	    session_seal(t.b, place, bytes_str("come in"), &t.frame, NULL),
	    ERR_OK);
	buf_reset(&t.plain);
	cr_assert_eq(
	    session_open(t.a, place, buf_view(&t.frame), &t.plain, NULL, NULL),
	    ERR_OK);
	cr_assert(bytes_equal(buf_view(&t.plain), bytes_str("come in")));
	end();
}

Test(session_admit, refuses_a_frame_with_any_other_bit_and_any_other_kind)
{
	struct session *s = NULL;
	struct session_guest g;

	prepare();
	cr_assert_eq(
	    session_knock(&t.a, &t.ends_a, bytes_str("x"), NOW, &t.hello, NULL),
	    ERR_OK);
	/* The claimed name is looked up by whoever calls, not bound here. */
	for (size_t i = 0; i < t.hello.len; i++) {
		if (i > SESSION_ID_BYTES + 1 &&
		    i < SESSION_ID_BYTES + 2 + strlen("a.example"))
			continue;
		t.hello.ptr[i] ^= 0x10;
		cr_assert_neq(
		    admit(&s, buf_view(&t.hello), &g), ERR_OK, "at %zu", i);
		cr_assert_eq(t.welcome.len, 0);
		t.hello.ptr[i] ^= 0x10;
	}
	/* Neither is the other, though both are the same handshake. */
	t.hello.ptr[SESSION_ID_BYTES] = 1;
	cr_assert_neq(session_accept(&s, &t.ends_b, buf_view(&t.hello), NOW,
	                  &t.welcome, NULL),
	    ERR_OK);
	buf_reset(&t.hello);
	session_free(t.a);
	cr_assert_eq(
	    session_hello(&t.a, &t.ends_a, NOW, &t.hello, NULL), ERR_OK);
	t.hello.ptr[SESSION_ID_BYTES] = 4;
	cr_assert_neq(admit(&s, buf_view(&t.hello), &g), ERR_OK);
	cr_assert_null(s);
	end();
}

Test(session_knock, says_no_more_than_a_guest_may)
{
	uint8_t *much = calloc(1, SESSION_GUEST_MAX + 1);

	prepare();
	cr_assert_eq(
	    session_knock(&t.a, &t.ends_a,
	        bytes_of(much, SESSION_GUEST_MAX + 1), NOW, &t.frame, NULL),
	    ERR_LIMIT);
	cr_assert_eq(t.frame.len, 0);
	free(much);
	end();
}
