/* conns_test.c - who may stay connected, and for how long. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/conns.h"

#include <criterion/criterion.h>

#define SECOND 1000

struct ends {
	int fd[256];
	enum conns_end why[256];
	size_t len;
};

static void
shut(void *arg, int fd, enum conns_end why)
{
	struct ends *e = arg;

	e->fd[e->len] = fd;
	e->why[e->len++] = why;
}

static struct conns *
make(struct ends *e, unsigned total, unsigned per_address)
{
	const struct conns_limits limits = {.total = total,
	    .per_address = per_address,
	    .idle_s = 60,
	    .slow_s = 15,
	    .shut = shut,
	    .arg = e};

	return conns_new(&limits);
}

static struct bytes
from(const char *address)
{
	return bytes_str(address);
}

Test(conns_add, makes_room_by_the_longest_idle_stranger)
{
	struct ends e = {.len = 0};
	struct conns *c = make(&e, 4, 4);
	struct conns_item *i[6];

	for (int k = 0; k < 4; k++)
		i[k] = conns_add(c, k, from("a"), k);
	conns_known(i[0]);
	conns_enter(i[0], CONNS_IDLE, 0);
	conns_enter(i[1], CONNS_RUN, 1);
	i[4] = conns_add(c, 4, from("b"), 10);
	cr_assert_eq(e.len, 1u);
	cr_assert_eq(e.fd[0], 2, "the known and the busy one stay");
	cr_assert_eq(e.why[0], CONNS_END_FULL);
	i[5] = conns_add(c, 5, from("b"), 11);
	cr_assert_eq(e.fd[1], 3, "one that was shut does not count");
	for (int k = 0; k < 6; k++)
		conns_remove(c, i[k]);
	conns_free(c);
}

Test(conns_add, refuses_where_nobody_is_idle)
{
	struct ends e = {.len = 0};
	struct conns *c = make(&e, 2, 2);
	struct conns_item *i[3];

	for (int k = 0; k < 3; k++) {
		i[k] = conns_add(c, k, from("a"), 0);
		conns_enter(i[k], CONNS_BODY, 0);
	}
	cr_assert_eq(e.len, 1u);
	cr_assert_eq(e.fd[0], 2);
	for (int k = 0; k < 3; k++)
		conns_remove(c, i[k]);
	conns_free(c);
}

Test(conns_add, bounds_one_address_and_leaves_the_others)
{
	struct ends e = {.len = 0};
	struct conns *c = make(&e, 10, 3);
	struct conns_item *i[6];

	i[0] = conns_add(c, 0, from("a"), 0);
	for (int k = 1; k < 6; k++)
		i[k] = conns_add(c, k, from("b"), k);
	cr_assert_eq(e.len, 2u);
	cr_assert_eq(e.fd[0], 1);
	cr_assert_eq(e.fd[1], 2);
	cr_assert_eq(e.why[0], CONNS_END_ADDRESS);
	for (int k = 0; k < 6; k++)
		conns_remove(c, i[k]);
	conns_free(c);
}

Test(conns_sweep, ends_what_trickles_and_keeps_what_moves)
{
	struct ends e = {.len = 0};
	struct conns *c = make(&e, 100, 100);
	struct conns_item *head = conns_add(c, 1, from(""), 0);
	struct conns_item *slow = conns_add(c, 2, from(""), 0);
	struct conns_item *fast = conns_add(c, 3, from(""), 0);
	struct conns_item *run = conns_add(c, 4, from(""), 0);
	struct conns_item *reader = conns_add(c, 5, from(""), 0);

	conns_enter(head, CONNS_HEAD, 0);
	conns_enter(slow, CONNS_BODY, 0);
	conns_enter(fast, CONNS_BODY, 0);
	conns_enter(run, CONNS_RUN, 0);
	conns_enter(reader, CONNS_SEND, 0);
	conns_moved(slow, CONNS_RATE);
	conns_moved(reader, CONNS_RATE);
	conns_moved(fast, 2u << 20);
	conns_sweep(c, 15 * SECOND);
	cr_assert_eq(e.len, 0u);
	conns_sweep(c, 16 * SECOND);
	cr_assert_eq(e.len, 1u);
	cr_assert_eq(e.fd[0], 1);
	cr_assert_eq(e.why[0], CONNS_END_HEAD);
	conns_sweep(c, 17 * SECOND);
	cr_assert_eq(e.len, 3u);
	cr_assert_eq(e.why[1] + e.why[2], CONNS_END_BODY + CONNS_END_SEND);
	conns_sweep(c, 600 * SECOND);
	cr_assert_eq(e.len, 4u, "two MiB are worth about nine minutes");
	conns_sweep(c, 6000 * SECOND);
	cr_assert_eq(e.len, 4u, "what runs is ours to end");
	conns_remove(c, head);
	conns_remove(c, slow);
	conns_remove(c, fast);
	conns_remove(c, run);
	conns_remove(c, reader);
	conns_free(c);
}
