/* depot_erase_test.c - an erasure that was interrupted is made good. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "ledger/log_erase.h"
#include "tests/support/sim.h"

#define SECOND INT64_C(1000000)

static bool broken; /* erasing a body fails */

enum err __real_log_erase(struct log_book *b, struct store_txn *txn,
    const struct log_erasure *x, size_t len, struct err_why *why);
enum err __wrap_log_erase(struct log_book *b, struct store_txn *txn,
    const struct log_erasure *x, size_t len, struct err_why *why);

enum err
__wrap_log_erase(struct log_book *b, struct store_txn *txn,
    const struct log_erasure *x, size_t len, struct err_why *why)
{
	return broken ? err_fail(why, ERR_IO, "a disk that fails")
	              : __real_log_erase(b, txn, x, len, why);
}

/* The entry that asks for it is stored, what it erases is still there; then
 * the node begins again. */
Test(depot_erase, goes_on_after_a_start_with_what_was_only_noted)
{
	struct member *hq;
	const char *origin;
	struct sim sim;

	sim_new(&sim, 12);
	hq = &sim.nodes[SIM_HQ].member;
	origin = sim_origin(&sim, SIM_PLANT_A, ROSTER_EVIDENCE);
	sim_append(&sim, SIM_PLANT_A, ROSTER_EVIDENCE, 10);
	sim_run(&sim, 5 * SECOND);
	cr_assert(member_has_body(hq, origin, 4));
	member_erase(&sim.nodes[SIM_PLANT_A].member, 4);
	broken = true;
	sim_grown(&sim, SIM_PLANT_A);
	sim_run(&sim, 5 * SECOND);
	cr_assert_eq(member_held(hq, origin), 12, "the entry is here");
	cr_assert(member_has_body(hq, origin, 4), "and nothing was erased");
	cr_assert_gt(sim.nodes[SIM_HQ].events[EXCHANGE_REFUSED], 0);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].events[EXCHANGE_ERASED], 0,
	    "no receipt for what was not done");
	broken = false;
	sim_restart(&sim, SIM_HQ);
	cr_assert(!member_has_body(hq, origin, 4));
	cr_assert(member_has_body(hq, origin, 5));
	sim_run(&sim, 5 * SECOND);
	cr_assert_eq(sim.nodes[SIM_PLANT_A].events[EXCHANGE_ERASED], 1);
	sim_check(&sim);
	sim_end(&sim);
}
