/* gossip_test.c - forks are found by comparing, told to all, and freeze. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/gossip.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "federation/cosign.h"
#include "federation/turn.h"
#include "proto/mem.h"
#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)

static struct sim sim;
static bool map_full; /* at the next row that is put */

enum err __real_store_put(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes value, struct err_why *why);
enum err __wrap_store_put(struct store_txn *txn, struct store_table t,
    struct bytes key, struct bytes value, struct err_why *why);

enum err
__wrap_store_put(struct store_txn *txn, struct store_table t, struct bytes key,
    struct bytes value, struct err_why *why)
{
	if (!map_full)
		return __real_store_put(txn, t, key, value, why);
	map_full = false;
	return err_fail(why, ERR_BUSY, "the map is full");
}

static bool
frozen(size_t node, const char *origin)
{
	struct member *m = &sim.nodes[node].member;
	struct store_txn *txn;
	bool is = false;

	cr_assert_eq(store_read(m->replica_store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    witness_forked(&m->witness, txn, origin, &is, NULL), ERR_OK);
	store_abort(txn);
	return is;
}

static uint64_t
acknowledged(size_t node, const char *origin)
{
	struct member *m = &sim.nodes[node].member;
	struct witness_state st;
	struct store_txn *txn;

	cr_assert_eq(store_read(m->replica_store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    witness_state(&m->witness, txn, origin, &st, NULL), ERR_OK);
	store_abort(txn);
	return st.head.size;
}

/* Plant A speaks to these alone. */
static void
only_with(size_t one, size_t two)
{
	for (size_t i = 1; i < sim.len; i++)
		sim_cut(&sim, SIM_PLANT_A, i, i != one && i != two);
}

static void
begin_again(size_t node, unsigned n)
{
	member_wipe_own(&sim.nodes[node].member);
	member_append(&sim.nodes[node].member, ROSTER_EVIDENCE, n, 50);
	sim_restart(&sim, node);
}

/* Two groups that each saw one of two histories, `n` and `m` entries long. */
static void
split_view(uint64_t seed, unsigned n, unsigned m)
{
	sim_new(&sim, seed);
	only_with(SIM_HQ, SIM_PLANT_B);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, n);
	sim_run(&sim, 3 * SECOND);
	only_with(SIM_PARTNER, SIM_REGULATOR);
	begin_again(SIM_PLANT_A, m);
	sim_run(&sim, 3 * SECOND);
}

static void
all_know(const char *origin)
{
	for (size_t i = 1; i < sim.len; i++) {
		cr_assert(frozen(i, origin), "node %zu", i);
		cr_assert_gt(sim.nodes[i].events[EXCHANGE_FORKED], 0,
		    "it raises an alarm at node %zu", i);
	}
}

Test(gossip, finds_a_log_that_shows_two_groups_two_histories_of_one_size)
{
	split_view(31, 10, 10);
	sim_run(&sim, 10 * SECOND);
	all_know(sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE));
	sim_end(&sim);
}

/* HQ holds the entries of the longer one: a shorter one is held against it. */
Test(gossip, finds_two_histories_of_different_sizes_by_a_replica)
{
	split_view(32, 40, 17);
	sim_run(&sim, 10 * SECOND);
	all_know(sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE));
	sim_end(&sim);
}

Test(gossip, takes_nothing_more_of_a_log_that_forked_and_all_of_the_others)
{
	const char *origin;

	split_view(33, 10, 10);
	sim_run(&sim, 10 * SECOND);
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	all_know(origin);
	memset(sim.cut, 0, sizeof sim.cut);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 20);
	sim_append(&sim, SIM_PLANT_B, ROSTER_EVIDENCE, 20);
	sim_append(&sim, SIM_PARTNER, ROSTER_ALLIANCE, 5);
	sim_run(&sim, 30 * SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, origin), 11);
	for (size_t i = 1; i < sim.len; i++)
		cr_assert_eq(acknowledged(i, origin), 11, "last agreed");
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member,
	                 sim_origin(&sim, SIM_PLANT_B, ROSTER_EVIDENCE)),
	    21, "the others are served as ever");
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member,
	                 sim_origin(&sim, SIM_PARTNER, ROSTER_ALLIANCE)),
	    6);
	cr_assert_not_null(strstr(sim.nodes[SIM_HQ].trouble, "forked"));
	sim_end(&sim);
}

/* Some tree of plant A's evidence, signed. */
static void
sign_tree(struct buf *note, uint64_t size, uint8_t root)
{
	struct member *m = &sim.nodes[SIM_PLANT_A].member;
	struct note_checkpoint c = {.head = {.size = size}};
	struct buf text;

	buf_init(&text, 1024);
	buf_init(note, FORK_NOTE_MAX);
	(void)snprintf(c.origin, sizeof c.origin, "%s",
	    sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE));
	c.head.root.b[0] = root;
	note_checkpoint_put(&text, &c);
	note_sign(
	    note, buf_view(&text), c.origin, &m->log_key[ROSTER_EVIDENCE]);
	buf_clear(&text);
}

/* A file about plant A, as somebody outside could hand it in. */
static void
make_evidence(struct buf *out)
{
	struct fork f = {.bound = false};
	struct buf note[2];

	sign_tree(&note[0], 7, 0);
	sign_tree(&note[1], 7, 1);
	f.first = buf_view(&note[0]);
	f.second = buf_view(&note[1]);
	fork_put(out, &f);
	buf_clear(&note[0]);
	buf_clear(&note[1]);
}

static struct cosign
cosign_of(struct member *m)
{
	return (struct cosign){.witness = &m->witness,
	    .replicas = m->replicas,
	    .roster = sim.roster,
	    .name = "x",
	    .key = &m->witness_key,
	    .clock = m->clock};
}

/* Handed in at one of them, over whatever network. */
static void
hand_in(size_t node, struct bytes file)
{
	struct cosign c = cosign_of(&sim.nodes[node].member);
	bool fresh;

	cr_assert_eq(cosign_accept(&c, NULL, file, &fresh, NULL), ERR_OK);
	cr_assert(fresh);
	cr_assert_eq(cosign_accept(&c, NULL, file, &fresh, NULL), ERR_OK);
	cr_assert(!fresh);
	sim_grown(&sim, node);
}

Test(gossip, tells_everybody_within_ten_seconds_what_one_was_handed)
{
	struct buf file;

	buf_init(&file, FORK_BYTES_MAX);
	sim_new(&sim, 34);
	sim.lose = 10;
	sim.twice = 10;
	sim_run(&sim, 5 * SECOND);
	make_evidence(&file);
	/* Nobody who is to hear of it has a line to where it was found. */
	sim_cut(&sim, SIM_PARTNER, SIM_REGULATOR, true);
	sim_cut(&sim, SIM_PARTNER, SIM_HQ, true);
	hand_in(SIM_PARTNER, buf_view(&file));
	sim_run(&sim, 10 * SECOND);
	for (size_t i = 1; i < sim.len; i++)
		cr_assert(
		    frozen(i, sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE)),
		    "node %zu", i);
	for (size_t i = 1; i < sim.len; i++)
		cr_assert(
		    !frozen(i, sim_origin(&sim, SIM_PLANT_A, ROSTER_ALLIANCE)),
		    "one log of it alone");
	/* And still is after a restart. */
	sim_restart(&sim, SIM_HQ);
	cr_assert(
	    frozen(SIM_HQ, sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE)));
	buf_clear(&file);
	sim_end(&sim);
}

Test(gossip, keeps_what_a_comparison_finds_though_the_store_must_grow_first)
{
	const char *origin;
	struct note_checkpoint head;
	struct cosign_answer a = {.size = 0};
	struct cosign c;
	struct buf note;

	sim_new(&sim, 42);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 10);
	sim_run(&sim, 3 * SECOND);
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	cr_assert_eq(acknowledged(SIM_HQ, origin), 11);
	sign_tree(&note, 11, 1);
	c = cosign_of(&sim.nodes[SIM_HQ].member);
	struct cosign_request r = {
	    .log = &roster_find(sim.roster, sim.nodes[SIM_PLANT_A].member.name)
	                ->log[ROSTER_EVIDENCE],
	    .head = &head,
	    .note = buf_view(&note)};
	cr_assert_eq(note_checkpoint_open(&head, r.note, r.log, NULL), ERR_OK);
	map_full = true;
	cr_assert_eq(cosign_compare(&c, &r, &a, NULL), ERR_REFUSED);
	cr_assert(!map_full);
	cr_assert_gt(a.fork.len, 0);
	cr_assert(frozen(SIM_HQ, origin));
	cosign_clear(&a);
	buf_clear(&note);
	sim_end(&sim);
}

/* ---- liars ---- */

static void
inject(struct sim *s, size_t from, Fed__Turn *t)
{
	static const char *const rubbish[] = {
	    FORK_HEAD "first 0\nsecond 0\n", "no evidence at all"};

	(void)s;
	if (from != SIM_PARTNER)
		return;
	for (size_t i = 0; i < 2 && t->n_forks < GOSSIP_FORKS_MAX; i++) {
		ProtobufCBinaryData *d;

		t->forks =
		    mem_resize(t->forks, t->n_forks + 1, sizeof t->forks[0]);
		d = &t->forks[t->n_forks++];
		d->len = strlen(rubbish[i]);
		d->data = mem_alloc(d->len, 1);
		memcpy(d->data, rubbish[i], d->len);
	}
}

/* Another root in what it says that it saw of others. */
static void
defame(struct sim *s, size_t from, Fed__Turn *t)
{
	(void)s;
	for (size_t i = 0; from == SIM_PARTNER && i < t->n_sights; i++)
		t->sights[i].data[t->sights[i].len / 3] ^= 1;
}

static void
convicts_nobody(void (*lie)(struct sim *, size_t, Fed__Turn *))
{
	sim_new(&sim, 35);
	sim.lie = lie;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 10);
	sim_append(&sim, SIM_PLANT_B, ROSTER_EVIDENCE, 10);
	sim_run(&sim, 20 * SECOND);
	for (size_t i = 0; i < sim.len; i++)
		for (size_t k = 0; k < sim.len; k++)
			cr_assert(
			    !frozen(i, sim_origin(&sim, k, ROSTER_EVIDENCE)));
	cr_assert_gt(sim.nodes[SIM_HQ].events[EXCHANGE_REFUSED], 0,
	    "whoever says so is named");
	cr_assert(sim_converged(&sim));
	sim_check(&sim);
	sim_end(&sim);
}

Test(gossip, believes_no_evidence_that_does_not_show_it)
{
	convicts_nobody(inject);
}

Test(gossip, believes_nothing_about_a_third_party_that_it_did_not_sign)
{
	convicts_nobody(defame);
}

/* The first head that plant A said of its evidence, again and again. */
static struct buf first_note;

static void
replay(struct sim *s, size_t from, Fed__Turn *t)
{
	(void)s;
	for (size_t i = 0; from == SIM_PLANT_A && i < t->n_heads; i++) {
		Fed__Head *h = t->heads[i];

		if (strstr(h->origin, "/evidence/") == NULL)
			continue;
		if (first_note.len == 0)
			buf_put(&first_note, h->note.data, h->note.len);
		free(h->note.data);
		h->note.len = first_note.len;
		h->note.data = mem_alloc(first_note.len, 1);
		memcpy(h->note.data, first_note.ptr, first_note.len);
	}
}

Test(gossip, acknowledges_no_old_checkpoint_in_place_of_a_newer)
{
	const char *origin;
	uint64_t most;

	buf_init(&first_note, NOTE_BYTES_MAX);
	sim_new(&sim, 36);
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5);
	sim_run(&sim, 3 * SECOND);
	most = acknowledged(SIM_PARTNER, origin);
	cr_assert_eq(most, 6);
	sim.lie = replay;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5);
	sim_run(&sim, 5 * SECOND);
	buf_reset(&first_note);
	cr_assert_geq(acknowledged(SIM_PARTNER, origin), most);
	cr_assert(!frozen(SIM_PARTNER, origin), "late is no fork");
	sim.lie = NULL;
	sim_run(&sim, 60 * SECOND);
	cr_assert_eq(acknowledged(SIM_PARTNER, origin), 11);
	buf_clear(&first_note);
	sim_end(&sim);
}

static void
withhold(struct sim *s, size_t from, Fed__Turn *t)
{
	(void)s;
	for (size_t i = 0; from == SIM_PLANT_A && i < t->n_deliveries; i++)
		fed__delivery__free_unpacked(t->deliveries[i], NULL);
	if (from == SIM_PLANT_A)
		t->n_deliveries = 0;
}

Test(gossip, shows_entries_that_are_withheld_as_signed_and_not_held)
{
	const char *origin;

	sim_new(&sim, 37);
	sim_run(&sim, 3 * SECOND);
	sim.lie = withhold;
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5);
	sim_append(&sim, SIM_PLANT_B, ROSTER_EVIDENCE, 5);
	sim_run(&sim, 10 * SECOND);
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member, origin), 1);
	cr_assert_eq(acknowledged(SIM_HQ, origin), 6, "it is known that");
	cr_assert_eq(member_held(&sim.nodes[SIM_HQ].member,
	                 sim_origin(&sim, SIM_PLANT_B, ROSTER_EVIDENCE)),
	    6);
	sim_end(&sim);
}

Test(gossip, keeps_no_cosignature_of_a_time_that_has_not_come)
{
	sim_new(&sim, 38);
	for (size_t i = 1; i < sim.len; i++)
		if (i != SIM_PARTNER)
			sim_cut(&sim, SIM_PLANT_A, i, true);
	sim.nodes[SIM_PARTNER].ahead_us = 3600 * SECOND;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5);
	sim_run(&sim, 5 * SECOND);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 0);
	cr_assert_not_null(
	    strstr(sim.nodes[SIM_PLANT_A].trouble, "dated 36"), "named");
	sim.nodes[SIM_PARTNER].ahead_us = 0;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 1);
	sim_run(&sim, 5 * SECOND);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].cosigned[ROSTER_EVIDENCE], 7);
	sim_end(&sim);
}

/* Its evidence, as one of nothing that has a root; with whatever it says that
 * was acknowledged before. */
static void
nothing_with_a_root(struct sim *s, size_t from, Fed__Turn *t)
{
	struct buf note;

	(void)s;
	for (size_t i = 0; from == SIM_PLANT_A && i < t->n_heads; i++) {
		if (strstr(t->heads[i]->origin, "/evidence/") == NULL)
			continue;
		sign_tree(&note, 0, 1);
		free(t->heads[i]->note.data);
		t->heads[i]->note.len = note.len;
		t->heads[i]->note.data = mem_alloc(note.len, 1);
		memcpy(t->heads[i]->note.data, note.ptr, note.len);
		buf_clear(&note);
	}
}

/* make sim SEED=18 NODES=4: it was passed over as an old one. */
Test(gossip, convicts_by_a_tree_of_nothing_whatever_was_acknowledged)
{
	const char *origin;

	sim_new(&sim, 39);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5);
	sim_run(&sim, 3 * SECOND);
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	cr_assert_eq(acknowledged(SIM_PARTNER, origin), 6);
	sim.lie = nothing_with_a_root;
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 5);
	sim_run(&sim, 10 * SECOND);
	all_know(origin);
	sim_end(&sim);
}

/* ---- what is not kept ---- */

static size_t kept;

static enum err
kept_fork(void *arg, size_t i, struct bytes *file)
{
	(void)arg;
	*file = bytes_str("evidence");
	return i < kept ? ERR_OK : ERR_NOT_FOUND;
}

static enum err
keep_none(void *arg, const char *peer, struct bytes file, size_t *at,
    struct err_why *why)
{
	(void)arg;
	(void)peer;
	(void)file;
	(void)why;
	*at = kept;
	return ERR_OK;
}

static enum err
no_sight(void *arg, size_t i, struct gossip_sight *out)
{
	(void)arg;
	(void)i;
	(void)out;
	return ERR_NOT_FOUND;
}

/* The peer told of one that found no place here; another one comes later. */
Test(gossip, marks_no_evidence_as_heard_that_it_has_not)
{
	struct gossip_host gossip = {.fork = kept_fork, .accuse = keep_none};
	uint8_t frame[] = {0x6a, 1, 'x'}; /* forks: "x" */
	struct exchange_host host;
	struct exchange *x;
	struct turn t;
	struct buf turn;

	sim_new(&sim, 41);
	host = *depot_host(sim.nodes[SIM_PLANT_A].depot);
	host.gossip = &gossip;
	x = exchange_new(sim.roster, sim.nodes[SIM_PLANT_A].member.name,
	    sim.nodes[SIM_HQ].member.name, &host);
	buf_init(&turn, EXCHANGE_TURN_MAX);
	buf_put(&turn, frame, sizeof frame);
	cr_assert_eq(exchange_in(x, &turn, SECOND, NULL, NULL), ERR_OK);
	exchange_settle(x, SECOND);
	kept = 1;
	buf_reset(&turn);
	gossip.sight = no_sight;
	exchange_out(x, SECOND, 0, &turn);
	cr_assert_eq(turn_cut(&t, buf_view(&turn), NULL), ERR_OK);
	cr_assert_eq(t.small->n_forks, 1);
	turn_clear(&t);
	exchange_free(x);
	buf_clear(&turn);
	sim_end(&sim);
}
