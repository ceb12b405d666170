/* exchange_disk_test.c - members whose disks fail, forget and are slow. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)

static struct sim sim;

enum err __real_store_commit(struct store_txn *txn, struct err_why *why);
enum err __wrap_store_commit(struct store_txn *txn, struct err_why *why);

enum err
__wrap_store_commit(struct store_txn *txn, struct err_why *why)
{
	switch (sim_commit(&sim)) {
	case SIM_DISK_GOOD:
		break;
	case SIM_DISK_KEEPS:
		(void)!__real_store_commit(txn, NULL);
		return err_fail(why, ERR_IO, "the process died");
	case SIM_DISK_LOSES:
		store_abort(txn);
		return err_fail(why, ERR_IO, "the disk failed");
	}
	return __real_store_commit(txn, why);
}

/* What was acknowledged to whoever wrote it, per node and log. */
static uint64_t acked[MEMBERS_MAX][ROSTER_KINDS];

static void
append(size_t node, enum roster_kind kind, unsigned n)
{
	if (sim_append(&sim, node, kind, n))
		acked[node][kind] = member_size(&sim.nodes[node].member, kind);
}

static void
check(uint64_t seed)
{
	unsigned long long n = seed;

	sim_check(&sim);
	for (size_t i = 0; i < sim.len; i++) {
		cr_assert_eq(sim.nodes[i].events[EXCHANGE_FORKED], 0,
		    "seed %llu: %s sees a fork where nobody forked", n,
		    sim.nodes[i].member.name);
		cr_assert_eq(sim.nodes[i].events[EXCHANGE_AHEAD], 0,
		    "seed %llu: somebody has more of %s than itself", n,
		    sim.nodes[i].member.name);
		for (int k = 0; k < ROSTER_KINDS; k++)
			cr_assert_geq(member_size(&sim.nodes[i].member,
			                  (enum roster_kind)k),
			    acked[i][k],
			    "seed %llu: %s lost what it acknowledged", n,
			    sim.nodes[i].member.name);
	}
}

static void
restart_fallen(bool all)
{
	for (size_t i = 0; i < sim.len; i++)
		if ((sim.nodes[i].broken || sim.nodes[i].dead) &&
		    (all || sim_random(&sim, 2) == 0))
			sim_restart(&sim, i);
}

static bool
settle(unsigned seconds)
{
	for (unsigned i = 0; i < seconds && !sim_converged(&sim); i++)
		sim_run(&sim, SECOND);
	return sim_converged(&sim);
}

/* The property: whatever the disks do, nothing that was acknowledged is lost,
 * nobody seems to have forked, and with good disks again all converge. */
static void
years(uint64_t seed, int64_t slow_us)
{
	memset(acked, 0, sizeof(acked));
	sim_new(&sim, seed);
	sim.lose = 5;
	sim.twice = 5;
	sim.slow_us = slow_us;
	sim.fail = 60;
	for (unsigned round = 0; round < 25; round++) {
		append(sim_random(&sim, sim.len), ROSTER_EVIDENCE,
		    1 + (unsigned)sim_random(&sim, 60));
		append(sim_random(&sim, sim.len), ROSTER_ALLIANCE,
		    1 + (unsigned)sim_random(&sim, 5));
		sim_run(&sim, (int64_t)sim_random(&sim, 4000000));
		restart_fallen(false);
		check(seed);
	}
	cr_assert(sim.failed > 0 && sim.died > 0,
	    "seed %llu: no disk failed, nobody died", (unsigned long long)seed);
	cr_assert((sim.waited > 0) == (slow_us > 0));
	sim.fail = 0;
	sim.slow_us = 0;
	restart_fallen(true);
	cr_assert(settle(400), "seed %llu: not converged: %s",
	    (unsigned long long)seed, sim.nodes[SIM_HQ].trouble);
	check(seed);
	sim_end(&sim);
}

Test(exchange_disk, loses_nothing_when_commits_fail_or_nobody_hears_of_them)
{
	for (uint64_t seed = 300; seed < 306; seed++)
		years(seed, 0);
}

Test(exchange_disk, stays_in_step_on_disks_that_take_seconds)
{
	for (uint64_t seed = 400; seed < 404; seed++)
		years(seed, 3 * SECOND);
}

Test(exchange_disk, catches_up_on_a_slow_disk_that_does_not_fail)
{
	memset(acked, 0, sizeof(acked));
	sim_new(&sim, 20);
	sim.slow_us = SECOND;
	append(SIM_PLANT_A, ROSTER_EVIDENCE, 900);
	append(SIM_PARTNER, ROSTER_ALLIANCE, 5);
	cr_assert(settle(60));
	check(20);
	sim_end(&sim);
}
