/* veil_watch_test.c - who floods the veil or keeps another pace is named. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_watch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

#include "tests/support/plant.h"

static struct plant p;
static struct veil_watch *w;

static void
setup(void)
{
	plant_begin(&p, "m0.test.example");
	w = veil_watch_new(p.site);
}

static void
teardown(void)
{
	plant_end(&p);
	veil_watch_free(w);
}

TestSuite(veil_watch, .init = setup, .fini = teardown);

/* Alarms of it that stand; the last one's asset into `about`. */
static size_t
standing(char about[static 64])
{
	const struct query_scope scope = {.own_only = true};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	char source[] = VEIL_SOURCE;
	Api__Records *list = NULL;
	size_t n;

	q.subject = source;
	q.has_open = q.open = true;
	cr_assert_eq(
	    query_list(p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	n = list->n_items;
	about[0] = '\0';
	if (n > 0 && list->items[0]->events[0]->alarm->asset != NULL)
		(void)snprintf(
		    about, 64, "%s", list->items[0]->events[0]->alarm->asset);
	api__records__free_unpacked(list, NULL);
	return n;
}

/* Alarms are raised beside: turns until so many stand. */
static void
turn_until(size_t want, const struct veil_book *b)
{
	const struct timespec ms = {0, 1000000};
	char about[64];

	for (size_t i = 0; standing(about) != want; i++) {
		cr_assert_lt(i, 10000, "not so many alarms");
		veil_watch_turn(w);
		if (b != NULL)
			veil_watch_book(w, b);
		(void)nanosleep(&ms, NULL);
	}
}

Test(veil_watch, who_floods_is_counted_named_and_forgiven)
{
	char about[64];
	struct buf out;

	veil_watch_turn(w);
	for (unsigned i = 0; i < VEIL_WATCH_MANY; i++) {
		veil_watch_refused(w, "m1.test.example", ERR_BUSY);
		veil_watch_refused(w, "m2.test.example", ERR_UNVERIFIED);
	}
	veil_watch_turn(w);
	cr_assert_eq(standing(about), 0, "so many may come");
	veil_watch_refused(w, "m1.test.example", ERR_BUSY);
	turn_until(1, NULL);
	(void)standing(about);
	cr_assert_str_eq(about, "m1.test.example");
	buf_init(&out, 4096);
	veil_watch_metrics(w, &out);
	cr_assert_not_null(strstr(buf_cstr(&out),
	    "lianfang_veil_refused_total{peer=\"m1.test.example\"} 129\n"));
	cr_assert_not_null(strstr(buf_cstr(&out),
	    "lianfang_veil_refused_total{peer=\"m2.test.example\"} 128\n"));
	buf_clear(&out);
	turn_until(0, NULL);
}

Test(veil_watch, who_keeps_another_pace_is_named_until_all_keep_one)
{
	struct veil_said at[2] = {
	    {.member = "m0.test.example", .slot_ms = 60000},
	    {.member = "m1.test.example", .slot_ms = 30000}};
	const struct veil_book b = {.at = at, .len = 2};

	turn_until(1, &b);
	at[1].slot_ms = 60000;
	turn_until(0, &b);
}
