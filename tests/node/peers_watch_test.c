/* peers_watch_test.c - silent and late members, by a clock that is turned. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/peers_watch.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "node/query.h"
#include "node/site.h"
#include "tests/support/plant.h"

#define SECOND INT64_C(1000000)
#define HQ "hq.acme.example"

static struct plant p;
static struct peers_watch *watch;
static struct hub_peer_status peer[2];
static struct hub_status st = {.peers = peer, .len = 1};
static Config__Node node = CONFIG__NODE__INIT;
static Config__PeerLimit limit = CONFIG__PEER_LIMIT__INIT;

static void
begin(void)
{
	static const char *const name[] = {HQ, "weld.partner.example"};

	plant_begin(&p, "plant-a.acme.example");
	node.peer_silent_seconds = 50;
	node.peer_behind_seconds = 120;
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(
		    peer[i].name, sizeof peer[i].name, "%s", name[i]);
		for (size_t k = 0; k < 2 * ROSTER_KINDS; k++)
			peer[i].log[k] =
			    (struct hub_log_status){.own = k >= ROSTER_KINDS,
			        .wanted = true,
			        .reached = true,
			        .head = 10,
			        .held = 10,
			        .reach = 10};
	}
	watch = peers_watch_new(p.site, &node);
}

static void
end(void)
{
	plant_end(&p);
	peers_watch_free(watch);
}

/* It is heard on its line now. */
static void
heard(size_t i)
{
	peer[i].connected = true;
	peer[i].contact_us = clock_wall_us(p.site->clock);
	peer[i].heard_us = clock_boot_us(p.site->clock);
}

/* Open alarms of the watch; the newest, or "". */
static size_t
open_alarms(char *asset, size_t cap)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	const struct query_scope scope = {.own_only = true};
	char source[] = PEERS_SOURCE;
	Api__Records *list = NULL;
	size_t n;

	q.subject = source;
	q.has_open = q.open = true;
	cr_assert_eq(
	    query_list(p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	n = list->n_items;
	(void)snprintf(asset, cap, "%s",
	    n > 0 && list->items[0]->events[0]->alarm->asset != NULL
	        ? list->items[0]->events[0]->alarm->asset
	        : "");
	api__records__free_unpacked(list, NULL);
	return n;
}

/* Looks, and waits until the committer has what came of it. */
static size_t
look(void)
{
	char asset[NOTE_NAME_MAX + 1];
	struct plant_person unused;
	static unsigned n;
	char who[32];

	peers_watch_look(watch, &st);
	(void)snprintf(who, sizeof who, "person-%u", n++);
	plant_enrol(&p, &unused, who, "operator");
	return open_alarms(asset, sizeof asset);
}

static size_t
after(int64_t us)
{
	plant_turn(&p, us);
	return look();
}

Test(peers_watch, silence_beyond_the_bound_is_an_alarm_that_returns)
{
	char asset[NOTE_NAME_MAX + 1];

	begin();
	heard(0);
	cr_assert_eq(look(), 0);
	peer[0].connected = false;
	(void)snprintf(peer[0].trouble, sizeof peer[0].trouble, "no answer");
	cr_assert_eq(after(49 * SECOND), 0);
	cr_assert_eq(after(2 * SECOND), 1, "51 s: within a look of the bound");
	cr_assert_eq(open_alarms(asset, sizeof asset), 1);
	cr_assert_str_eq(asset, HQ);
	cr_assert(peers_watch_alarm(watch, HQ));
	cr_assert_eq(after(600 * SECOND), 1, "said once");
	heard(0);
	cr_assert_eq(after(SECOND), 0);
	cr_assert(!peers_watch_alarm(watch, HQ));
	end();
}

/* Ended connections that the library keeps (wire_pipes.h). */
Test(peers_watch, a_crowd_that_stays_is_an_alarm_once)
{
	begin();
	st.crowded = true;
	heard(0);
	cr_assert_eq(look(), 0);
	heard(0);
	cr_assert_eq(after(29 * SECOND), 0);
	st.crowded = false;
	cr_assert_eq(look(), 0);
	st.crowded = true;
	heard(0);
	cr_assert_eq(after(29 * SECOND), 0);
	heard(0);
	cr_assert_eq(after(30 * SECOND), 1);
	peers_watch_free(watch);
	plant_restart(&p);
	watch = peers_watch_new(p.site, &node);
	heard(0);
	cr_assert_eq(look(), 1);
	st.crowded = false;
	cr_assert_eq(look(), 0);
	end();
}

Test(peers_watch, a_line_that_says_nothing_is_silent_too)
{
	begin();
	heard(0);
	cr_assert_eq(look(), 0);
	/* Half open: it is not known to be down. */
	cr_assert_eq(after(49 * SECOND), 0);
	cr_assert_eq(after(2 * SECOND), 1);
	end();
}

Test(peers_watch, who_was_never_heard_is_silent_since_the_start)
{
	begin();
	cr_assert_eq(look(), 0);
	cr_assert_eq(after(51 * SECOND), 1);
	end();
}

Test(peers_watch, a_restart_neither_forgets_nor_returns_an_alarm)
{
	begin();
	cr_assert_eq(look(), 0);
	cr_assert_eq(after(51 * SECOND), 1);
	peers_watch_free(watch);
	plant_restart(&p);
	watch = peers_watch_new(p.site, &node);
	cr_assert_eq(look(), 1, "not silent for long yet is no sign of life");
	cr_assert_eq(after(60 * SECOND), 1, "and it is not raised again");
	heard(0);
	cr_assert_eq(after(SECOND), 0);
	end();
}

Test(peers_watch, what_cannot_be_read_at_the_start_is_not_raised_twice)
{
	struct store_txn *reader[1024];
	size_t n = 0;

	begin();
	cr_assert_eq(look(), 0);
	cr_assert_eq(after(51 * SECOND), 1);
	peers_watch_free(watch);
	plant_restart(&p);
	watch = peers_watch_new(p.site, &node);
	while (n < 1024 &&
	    store_read(p.site->own.store, &reader[n], NULL) == ERR_OK)
		n++;
	cr_assert_lt(n, 1024);
	peers_watch_look(watch, &st);
	while (n > 0)
		store_abort(reader[--n]);
	cr_assert_eq(after(60 * SECOND), 1);
	heard(0);
	cr_assert_eq(after(SECOND), 0);
	end();
}

Test(peers_watch, entries_that_do_not_come_are_an_alarm_by_age_not_number)
{
	struct peers_lag lacked, owed;

	begin();
	heard(0);
	cr_assert_eq(look(), 0);
	/* A busy log, always a little behind, never for long. */
	for (int i = 0; i < 300; i++) {
		peer[0].log[0].held = peer[0].log[0].head;
		peer[0].log[0].head += 1000;
		heard(0);
		plant_turn(&p, SECOND);
		peers_watch_look(watch, &st);
	}
	cr_assert_eq(look(), 0);
	/* One entry that does not come. */
	for (int i = 0; i < 119; i++) {
		heard(0);
		plant_turn(&p, SECOND);
		peers_watch_look(watch, &st);
	}
	peers_watch_lag(watch, HQ, &lacked, &owed);
	cr_assert_eq(lacked.entries, 1000);
	cr_assert_geq(lacked.us, 119 * SECOND);
	cr_assert_eq(owed.entries, 0);
	heard(0);
	cr_assert_eq(after(2 * SECOND), 1);
	peer[0].log[0].held = peer[0].log[0].head;
	heard(0);
	cr_assert_eq(after(SECOND), 0);
	end();
}

/* Three minutes behind all the time: one alarm, until it has caught up. */
Test(peers_watch, who_stays_behind_is_one_alarm)
{
	begin();
	peer[0].log[0].head = 1000;
	peer[0].log[0].held = 1000;
	heard(0);
	cr_assert_eq(look(), 0);
	for (int i = 0; i < 900; i++) {
		peer[0].log[0].head++;
		peer[0].log[0].held += i >= 180;
		heard(0);
		plant_turn(&p, SECOND);
		peers_watch_look(watch, &st);
		if (i > 300 && i % 20 == 0)
			cr_assert_eq(look(), 1, "after %d s", i);
	}
	peer[0].log[0].held = peer[0].log[0].head;
	heard(0);
	cr_assert_eq(after(SECOND), 0);
	end();
}

Test(peers_watch, a_member_that_lacks_ours_is_behind)
{
	struct peers_lag lacked, owed;

	begin();
	heard(0);
	cr_assert_eq(look(), 0);
	peer[0].log[ROSTER_KINDS].head = 12;
	for (int i = 0; i < 122; i++) {
		heard(0);
		plant_turn(&p, SECOND);
		peers_watch_look(watch, &st);
	}
	cr_assert_eq(look(), 1);
	peers_watch_lag(watch, HQ, &lacked, &owed);
	cr_assert_eq(owed.entries, 2);
	end();
}

Test(peers_watch, a_file_counts_as_word_of_when_it_was_made)
{
	Config__PeerLimit *limits[] = {&limit};
	char name[] = HQ;

	begin();
	limit.member = name;
	limit.has_silent_seconds = true;
	limit.silent_seconds = 86400;
	node.n_peer_limits = 1;
	node.peer_limits = limits;
	cr_assert_eq(look(), 0);
	cr_assert_eq(after(3600 * SECOND), 0, "this member has a day");
	cr_assert_eq(after(86400 * SECOND), 1);
	peer[0].carried_us = clock_wall_us(p.site->clock) - 7200 * SECOND;
	cr_assert_eq(after(SECOND), 0, "a file of two hours ago");
	cr_assert_eq(after(80000 * SECOND), 1);
	end();
}

Test(peers_watch, zero_is_never_and_who_left_is_no_trouble)
{
	begin();
	st.len = 2;
	cr_assert_eq(look(), 0);
	cr_assert_eq(after(51 * SECOND), 2);
	st.len = 1;
	cr_assert_eq(after(SECOND), 1, "the second is no member any more");
	node.peer_silent_seconds = 0;
	cr_assert_eq(after(SECOND), 0);
	cr_assert_eq(after(1000000 * SECOND), 0);
	end();
}
