/* peers_test.c - nobody is missed or left untold by the node's own doing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/peers.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "node/peers_state.h"
#include "node/query.h"
#include "tests/support/plant.h"

#define SECOND INT64_C(1000000)

static struct plant p;
static struct peers *peers;
static Config__Node node = CONFIG__NODE__INIT;

static void
begin(void)
{
	struct err_why why = {.text = ""};

	plant_begin(&p, "plant-a.acme.example");
	node.peer_silent_seconds = 50;
	cr_assert_eq(
	    peers_open(&peers, p.dir, p.site, &why), ERR_OK, "%s", why.text);
	peers->watch = peers_watch_new(p.site, &node);
}

static void
end(void)
{
	plant_end(&p);
	peers_close(peers);
}

TestSuite(peers, .init = begin, .fini = end);

/* When the committer has all that was asked of it. */
static size_t
open_alarms(void)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	const struct query_scope scope = {.own_only = true};
	char source[] = PEERS_SOURCE, who[32];
	Api__Records *list = NULL;
	struct plant_person unused;
	static unsigned calls;
	size_t n;

	(void)snprintf(who, sizeof who, "person-%u", calls++);
	plant_enrol(&p, &unused, who, "operator");
	q.subject = source;
	q.has_open = q.open = true;
	cr_assert_eq(
	    query_list(p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	n = list->n_items;
	api__records__free_unpacked(list, NULL);
	return n;
}

/* Alarms over the silence of members do not outlive the membership. */
Test(peers, who_is_no_member_any_more_misses_nobody)
{
	struct hub_peer_status other = {.name = "hq.acme.example"};
	const struct hub_status st = {.peers = &other, .len = 1};

	peers_watch_look(peers->watch, &st);
	plant_turn(&p, 60 * SECOND);
	peers_watch_look(peers->watch, &st);
	cr_assert_eq(open_alarms(), 1);
	peers_tick(peers);
	cr_assert_eq(open_alarms(), 0);
}

/* Somebody looked at the peers just when the committer had news for them. */
Test(peers, news_that_could_not_be_told_at_once_are_told_later)
{
	(void)pthread_mutex_lock(&peers->lock);
	peers_wake(peers);
	(void)pthread_mutex_unlock(&peers->lock);
	cr_assert(atomic_load(&peers->unwoken));
	/* Not forgotten while there is nobody to tell. */
	peers_tick(peers);
	cr_assert(atomic_load(&peers->unwoken));
}
