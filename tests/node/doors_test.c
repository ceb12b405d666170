/* doors_test.c - who is sent away, with which status, and when. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/doors.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/commit.h"
#include "node/metrics.h"

#define MANY 5000

static struct ops_call
call_of(const char *token)
{
	struct ops_call c;

	memset(&c, 0, sizeof c);
	(void)snprintf(c.who.id, sizeof c.who.id, "%s", token);
	return c;
}

/* How many single messages of one token are let in. */
static size_t
fill(struct doors *d, struct ops_call *c, struct door_pass *pass)
{
	struct err_why why;
	size_t n = 0;

	while (n < MANY &&
	    doors_enter(d, DOOR_WRITE, c, 1, &pass[n], &why) == ERR_OK)
		n++;
	return n;
}

static void
leave(struct doors *d, struct door_pass *pass, size_t n)
{
	while (n > 0)
		doors_leave_all(d, &pass[--n]);
}

Test(doors, send_the_greedy_away_with_429_and_let_others_in)
{
	static struct door_pass pass[MANY + 1];
	struct metrics *m = metrics_new();
	struct doors *d = doors_new(m);
	struct ops_call greedy = call_of("tk_greedy");
	struct ops_call other = call_of("tk_other");
	struct err_why why;

	size_t n = fill(d, &greedy, pass);
	cr_assert_eq(n, 2048u);
	cr_assert_eq(greedy.status, 429u);
	cr_assert_str_eq(greedy.code, "over_share");
	cr_assert_eq(greedy.retry_s, 1u);
	cr_assert_eq(
	    doors_enter(d, DOOR_WRITE, &other, 1, &pass[n], &why), ERR_OK);
	/* Doors stand apart: a full one closes no other. */
	cr_assert_eq(
	    doors_enter(d, DOOR_QUERY, &greedy, 1, &pass[n], &why), ERR_OK);
	leave(d, pass, n + 1);
	doors_free(d);
	metrics_free(m);
}

Test(doors, narrow_while_the_committer_is_late_and_widen_again)
{
	static struct door_pass pass[MANY];
	struct metrics *m = metrics_new();
	struct doors *d = doors_new(m);
	struct ops_call c = call_of("tk_a");
	struct commit_stats late = {.lag_us = {[COMMIT_URGENT] = 3000000}};
	struct commit_stats good = {.commits = 1};

	for (int i = 0; i < 20; i++)
		doors_tune(d, &late);
	size_t n = fill(d, &c, pass);
	cr_assert_eq(n, 32u, "half of the least");
	cr_assert_eq(c.retry_s, 4u);
	leave(d, pass, n);
	for (int i = 0; i < 20; i++)
		doors_tune(d, &good);
	n = fill(d, &c, pass);
	cr_assert_eq(n, 2048u);
	leave(d, pass, n);
	doors_free(d);
	metrics_free(m);
}

Test(doors, are_full_when_many_hold_all)
{
	static struct door_pass pass[128];
	struct metrics *m = metrics_new();
	struct doors *d = doors_new(m);
	struct ops_call c;
	struct err_why why;
	size_t n = 0;
	enum err e = ERR_OK;

	while (e == ERR_OK && n < 128) {
		char id[16];

		(void)snprintf(id, sizeof id, "tk_%zu", n);
		c = call_of(id);
		e = doors_enter(d, DOOR_QUERY, &c, 1, &pass[n], &why);
		n += e == ERR_OK;
	}
	cr_assert_eq(n, 64u);
	cr_assert_eq(c.status, 503u);
	cr_assert_str_eq(c.code, "node_full");
	leave(d, pass, n);
	doors_free(d);
	metrics_free(m);
}
