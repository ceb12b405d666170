/* share_test.c - a greedy client ends where others begin. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/share.h"

#include <criterion/criterion.h>

static struct bytes
who(const char *name)
{
	return bytes_str(name);
}

Test(share_take, stops_a_greedy_client_at_half_and_serves_the_next)
{
	struct share *s = share_new(100);
	struct share_client *a[100] = {NULL};
	struct share_client *b[100] = {NULL};
	size_t na = 0;
	size_t nb = 0;

	while (share_take(s, who("a"), 1, &a[na]) == SHARE_OK)
		na++;
	cr_assert_eq(na, 50u);
	while (share_take(s, who("b"), 1, &b[nb]) == SHARE_OK)
		nb++;
	cr_assert_eq(nb, 33u, "a third: two hold something, one may come");
	cr_assert_eq(share_take(s, who("a"), 1, &a[na]), SHARE_OVER);
	cr_assert_eq(share_take(s, who("c"), 1, &b[nb]), SHARE_OK);
	share_give(s, &b[nb], 1);
	while (na > 0)
		share_give(s, &a[--na], 1);
	while (nb > 0)
		share_give(s, &b[--nb], 1);
	cr_assert_eq(share_taken(s), 0u);
	share_free(s);
}

Test(share_take, is_full_when_all_together_hold_everything)
{
	struct share *s = share_new(4);
	struct share_client *held[5] = {NULL};
	const char *names[] = {"a", "b", "c", "d", "e"};

	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(
		    share_take(s, who(names[i]), 1, &held[i]), SHARE_OK);
	cr_assert_eq(share_take(s, who("e"), 1, &held[4]), SHARE_FULL);
	cr_assert_null(held[4]);
	share_limit(s, 8);
	cr_assert_eq(share_take(s, who("e"), 1, &held[4]), SHARE_OK);
	for (size_t i = 0; i < 5; i++)
		share_give(s, &held[i], 1);
	share_free(s);
}

Test(share_take, lets_one_request_take_more_as_it_grows)
{
	struct share *s = share_new(100);
	struct share_client *held = NULL;

	cr_assert_eq(share_take(s, who("a"), 10, &held), SHARE_OK);
	cr_assert_eq(share_take(s, who("a"), 40, &held), SHARE_OK);
	cr_assert_eq(share_take(s, who("a"), 1, &held), SHARE_OVER);
	cr_assert_eq(share_taken(s), 50u);
	share_give(s, &held, 50);
	share_free(s);
}
