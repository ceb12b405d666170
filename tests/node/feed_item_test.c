/* feed_item_test.c - where a stream begins in each log, and goes on. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/feed_item.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/folded.h"

#define NEW "plant-c.acme.example/evidence/1"

static struct folded w;
static struct feed_cursor c;
static struct feed_filter all;
static struct err_why why;

static void
setup(void)
{
	folded_new(&w);
}

static void
teardown(void)
{
	folded_end(&w);
}

TestSuite(feed_item, .init = setup, .fini = teardown);

static void
begin(const char *id)
{
	cr_assert_eq(feed_cursor_init(&c, w.site, &all, id, &why), ERR_OK, "%s",
	    why.text);
}

/* Index of the replica's entry that is next; -1: it is not followed. */
static int
next(uint16_t slot)
{
	for (size_t i = 0; i < c.len; i++)
		if (!c.at[i].own && c.at[i].slot == slot)
			return (int)c.at[i].next;
	return -1;
}

Test(feed_item, a_site_heard_of_since_is_followed_from_its_first_entry)
{
	uint16_t slot;

	begin(NULL);
	cr_assert_eq(next(w.other_evidence), 1, "what was there is no news");
	folded_replica(&w, NEW, &slot);
	cr_assert_eq(next(slot), -1);
	feed_cursor_grow(&c, w.site, &all);
	cr_assert_eq(next(slot), 0);
	cr_assert_eq(next(w.other_evidence), 1);
}

Test(feed_item, a_site_heard_of_between_two_streams_too)
{
	char id[64];
	uint16_t slot;

	folded_replica(&w, NEW, &slot);
	begin(NULL);
	cr_assert_eq(next(slot), 1);
	(void)snprintf(
	    id, sizeof id, "r%u.1,r%u.0", w.other_evidence, w.other_alliance);
	begin(id);
	cr_assert_eq(next(w.other_evidence), 1);
	cr_assert_eq(next(w.other_alliance), 0);
	cr_assert_eq(next(slot), 0);
	/* Named, it goes on; of those before it nothing is said. */
	(void)snprintf(id, sizeof id, "r%u.1", slot);
	begin(id);
	cr_assert_eq(next(slot), 1);
	cr_assert_eq(next(w.other_evidence), 1);
}

Test(feed_item, another_site_is_not_followed_where_one_is_asked_for)
{
	uint16_t slot;

	(void)snprintf(all.site, sizeof all.site, "%s", FOLDED_OTHER);
	begin(NULL);
	folded_replica(&w, NEW, &slot);
	feed_cursor_grow(&c, w.site, &all);
	cr_assert_eq(next(slot), -1);
	cr_assert_eq(next(w.other_evidence), 1);
}
