/* main.c - make sim: histories of a simulated alliance. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/crowd.h"
#include "tests/sim/scale.h"

#define SIZES_MAX 8

static int
usage(void)
{
	fputs("usage: sim [-s seed] [-n nodes] [-h hours] [-r runs] [-j jobs] "
	      "[-b bug] [-t]\n       sim -m members ...\n",
	    stderr);
	return 2;
}

static int
scale(const size_t *sizes, size_t len)
{
	scale_run(0);
	for (size_t i = 0; i < len && i < SIZES_MAX; i++)
		scale_run(sizes[i]);
	return 0;
}

int
main(int argc, char **argv)
{
	struct world_order o = {.seed = 1};
	unsigned runs = 1, jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN), bad;
	size_t sizes[SIZES_MAX], sizes_len = 0;
	int c;

	while ((c = getopt(argc, argv, "s:n:h:r:j:b:tm:")) != -1) {
		switch (c) {
		case 's':
			o.seed = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			o.nodes = strtoul(optarg, NULL, 10);
			break;
		case 'h':
			o.hours = strtod(optarg, NULL);
			break;
		case 'r':
			runs = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'j':
			jobs = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'b':
			o.bug = (enum world_bug)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			sizes[sizes_len++ % SIZES_MAX] =
			    strtoul(optarg, NULL, 10);
			break;
		case 't':
			o.trace = true;
			break;
		default:
			return usage();
		}
	}
	if (optind != argc || runs == 0 || jobs == 0 || o.bug >= WORLD_BUGS ||
	    o.nodes > WORLD_NODES_MAX)
		return usage();
	if (sizes_len > 0)
		return scale(sizes, sizes_len);
	bad = crowd_run(&o, runs, jobs, runs == 1);
	return bad == 0 ? 0 : 1;
}
