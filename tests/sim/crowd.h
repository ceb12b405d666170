/* crowd.h - many histories beside each other, each in a process of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_CROWD_H
#define TESTS_SIM_CROWD_H

#include "tests/sim/world.h"

/* Runs `runs` seeds from o->seed on, `jobs` at a time; tells each that fails
 * with the line that replays it, how far it is, and a sum.  loud: the only one
 * is described.  Failures. */
unsigned crowd_run(
    const struct world_order *o, unsigned runs, unsigned jobs, bool loud);

#endif
