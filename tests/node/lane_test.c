/* lane_test.c - what is handed in is done, also at the end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/lane.h"

#include <criterion/criterion.h>
#include <stdatomic.h>

#define JOBS 1000

static void
count(void *arg)
{
	atomic_uint *n = arg;

	atomic_fetch_add(n, 1);
}

Test(lane, runs_all_that_waits_before_it_ends)
{
	static struct lane_job job[JOBS];
	static atomic_uint n;
	struct lane *l = NULL;
	struct err_why why;

	cr_assert_eq(lane_start(&l, 2, 1, &why), ERR_OK);
	for (size_t i = 0; i < JOBS; i++) {
		job[i] = (struct lane_job){.run = count, .arg = &n};
		lane_put(l, &job[i]);
	}
	lane_stop(l);
	cr_assert_eq(atomic_load(&n), (unsigned)JOBS);
}
