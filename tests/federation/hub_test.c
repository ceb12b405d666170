/* hub_test.c - real hubs over loopback tcp. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/support/member.h"

#define SECOND INT64_C(1000000)

/* What the node would be told; written by the hub's thread. */
struct told {
	atomic_ullong extended;
	atomic_ullong folded;
	atomic_ullong cosigned;
	atomic_uint refused;
	atomic_uint ups;
};

struct party {
	struct member member;
	struct told told;
	struct hub *hub;
};

static struct party plant, hq;
static struct roster *roster;
static char origin[NOTE_NAME_MAX + 1];
static char url[NOTE_NAME_MAX + 1]; /* where the listener was bound */

static enum err
on_fold(void *arg, struct store_txn *txn, const struct log_stretch *s,
    struct err_why *why)
{
	struct party *p = arg;

	(void)txn;
	(void)why;
	for (size_t i = 0; i < s->len; i++)
		cr_assert_not_null(s->at[i].entry);
	atomic_fetch_add(&p->told.folded, s->len);
	return ERR_OK;
}

static void
on_extended(void *arg, const char *log, uint64_t from, uint64_t to)
{
	struct party *p = arg;

	if (strcmp(log, origin) == 0)
		atomic_fetch_add(&p->told.extended, to - from);
}

static void
on_cosigned(void *arg, const char *log, uint64_t size, struct bytes line)
{
	struct party *p = arg;

	if (strcmp(log, origin) == 0 && line.len > 0)
		atomic_store(&p->told.cosigned, size);
}

static void
on_refused(void *arg, const struct hub_refusal *r)
{
	struct party *p = arg;

	(void)r;
	atomic_fetch_add(&p->told.refused, 1);
}

static void
on_link(void *arg, const char *peer, bool up)
{
	struct party *p = arg;

	(void)peer;
	if (up)
		atomic_fetch_add(&p->told.ups, 1);
}

static void
start(struct party *p, const char *listen, const struct hub_address *at)
{
	struct hub_options o = {0};
	struct err_why why;
	enum err e;

	o.roster = roster;
	o.self = p->member.name;
	o.session_key = &p->member.session;
	o.witness_key = &p->member.witness_key;
	o.listen = listen;
	o.addresses = at;
	o.addresses_len = at != NULL ? 1 : 0;
	o.own = p->member.own;
	o.replicas = p->member.replicas;
	o.witness = &p->member.witness;
	o.clock = clock_system();
	o.host.arg = p;
	o.host.fold = on_fold;
	o.host.extended = on_extended;
	o.host.cosigned = on_cosigned;
	o.host.refused = on_refused;
	o.host.link = on_link;
	e = hub_start(&p->hub, &o, &why);
	cr_assert_eq(e, ERR_OK, "%s", why.text);
}

/* The plant dials the hq, or the other way round. */
static void
found(bool hq_listens)
{
	struct member both[2];

	member_new(&plant.member, "plant.acme.example", FED__ROLE__PLANT,
	    "acme", clock_system());
	member_new(&hq.member, "hq.acme.example", FED__ROLE__HQ, "acme",
	    clock_system());
	(hq_listens ? &hq : &plant)->member.endpoint = "tcp://127.0.0.1:9";
	member_open(&plant.member);
	member_open(&hq.member);
	both[0] = plant.member;
	both[1] = hq.member;
	roster = member_alliance(both, 2);
	(void)snprintf(
	    origin, sizeof(origin), "%s/evidence/1", plant.member.name);
}

static void
meet(bool hq_listens)
{
	struct party *listener = hq_listens ? &hq : &plant;
	struct party *dialler = hq_listens ? &plant : &hq;
	static struct hub_address at;

	start(listener, "tcp://127.0.0.1:0", NULL);
	(void)snprintf(url, sizeof(url), "%s", hub_url(listener->hub));
	at.peer = listener->member.name;
	at.address = url;
	start(dialler, NULL, &at);
}

static void
part(void)
{
	hub_stop(plant.hub);
	hub_stop(hq.hub);
	member_end(&plant.member);
	member_end(&hq.member);
	roster_free(roster);
}

static int64_t
now_us(void)
{
	return clock_boot_us(clock_system());
}

/* Polls with a deadline. */
static bool
reaches(atomic_ullong *what, uint64_t value, int64_t within_us)
{
	const struct timespec pause = {0, 1000000};
	int64_t end = now_us() + within_us;

	while (atomic_load(what) < value) {
		if (now_us() > end)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

static void
catch_up_both_ways(bool hq_listens)
{
	found(hq_listens);
	member_append(&plant.member, ROSTER_EVIDENCE, 5000, 100);
	meet(hq_listens);
	cr_assert(reaches(&hq.told.extended, 5001, 20 * SECOND));
	cr_assert_eq(member_held(&hq.member, origin), 5001);
	cr_assert_geq(atomic_load(&hq.told.folded), 5001);
	cr_assert(reaches(&plant.told.cosigned, 5001, 20 * SECOND));
	cr_assert_eq(atomic_load(&hq.told.refused), 0);
	cr_assert_eq(atomic_load(&plant.told.refused), 0);
	member_check_replica(&hq.member, &plant.member, ROSTER_EVIDENCE);
	part();
}

Test(hub, replicates_to_whoever_listens)
{
	catch_up_both_ways(true);
}

Test(hub, replicates_to_whoever_dials)
{
	catch_up_both_ways(false);
}

static void
alarm_arrives(bool hq_listens)
{
	int64_t t0, took;

	found(hq_listens);
	meet(hq_listens);
	cr_assert(reaches(&hq.told.extended, 1, 20 * SECOND));
	member_append(&plant.member, ROSTER_EVIDENCE, 1, 100);
	t0 = now_us();
	hub_wake(plant.hub);
	cr_assert(reaches(&hq.told.extended, 2, 10 * SECOND));
	took = now_us() - t0;
	cr_assert_lt(took, SECOND, "took %lld us", (long long)took);
	printf("alarm at hq after %lld us\n", (long long)took);
	part();
}

Test(hub, shows_an_alarm_at_a_listening_hq_within_a_second)
{
	alarm_arrives(true);
}

Test(hub, shows_an_alarm_at_a_dialling_hq_within_a_second)
{
	alarm_arrives(false);
}

Test(hub, comes_back_after_its_peer_restarted)
{
	found(true);
	meet(true);
	cr_assert(reaches(&hq.told.extended, 1, 20 * SECOND));
	hub_stop(hq.hub);
	hq.hub = NULL;
	member_close(&hq.member);
	member_append(&plant.member, ROSTER_EVIDENCE, 10, 100);
	hub_wake(plant.hub);
	member_open(&hq.member);
	start(&hq, url, NULL);
	cr_assert(reaches(&hq.told.extended, 11, 30 * SECOND));
	cr_assert_geq(atomic_load(&plant.told.ups), 2);
	part();
}

Test(hub_status, says_who_is_connected_and_how_far_behind)
{
	const struct timespec pause = {0, 10000000};
	struct hub_status st = {0};
	int64_t end = now_us() + 20 * SECOND;
	bool done = false;

	found(true);
	member_append(&plant.member, ROSTER_EVIDENCE, 9, 100);
	meet(true);
	while (!done && now_us() < end) {
		hub_status_clear(&st);
		hub_status(hq.hub, &st);
		done = st.peers[0].connected && st.peers[0].log[0].held == 10 &&
		    st.peers[0].log[0].head == 10;
		(void)nanosleep(&pause, NULL);
	}
	cr_assert(done);
	cr_assert_eq(st.len, 1);
	cr_assert_str_eq(st.peers[0].name, "plant.acme.example");
	cr_assert_not(st.peers[0].dials);
	cr_assert(st.peers[0].log[ROSTER_EVIDENCE].wanted);
	cr_assert(st.peers[0].log[ROSTER_KINDS].own);
	cr_assert_gt(st.peers[0].contact_us, 0);
	hub_status_clear(&st);
	part();
}

Test(hub_start, refuses_keys_that_are_not_those_of_the_card)
{
	struct hub_options o = {0};
	struct crypto_dh other;
	struct hub *h = NULL;
	struct err_why why;

	found(true);
	crypto_dh_new(&other);
	o.roster = roster;
	o.self = hq.member.name;
	o.session_key = &other;
	o.witness_key = &hq.member.witness_key;
	cr_assert_eq(hub_start(&h, &o, &why), ERR_DENIED);
	o.self = "nobody.example";
	cr_assert_eq(hub_start(&h, &o, &why), ERR_NOT_FOUND);
	cr_assert_null(h);
	part();
}

/* LIANFANG_CATCH_UP=200000 measures; a few thousand entries otherwise. */
Test(hub, catches_up_at_a_rate_that_it_prints)
{
	const char *want = getenv("LIANFANG_CATCH_UP");
	unsigned n = want != NULL ? (unsigned)strtoul(want, NULL, 10) : 2000;
	int64_t t0, took;
	unsigned i;

	found(false);
	for (i = 0; i < n / 1000; i++)
		member_append(&plant.member, ROSTER_EVIDENCE, 1000, 600);
	meet(false);
	t0 = now_us();
	cr_assert(
	    reaches(&hq.told.extended, n / 1000 * 1000 + 1, 120 * SECOND));
	took = now_us() - t0;
	printf("catch-up: %u entries of 600 bytes in %lld ms: %lld/s\n", n,
	    (long long)took / 1000, (long long)n * 1000000 / took);
	part();
}
