/* bench_sample.c - time, quantiles and the text of a sample alarm. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <time.h>

#include "tests/bench/bench.h"

double
bench_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

double
bench_quantile(double *values, size_t n, double q)
{
	if (n == 0)
		return 0;
	qsort(values, n, sizeof(values[0]), by_value);
	return values[(size_t)(q * (double)(n - 1) + 0.5)];
}

const char *
bench_detail(void)
{
	return "Combustible gas detector GDS-01 beside the loading arm reads "
	       "above the first limit for longer than thirty seconds; wind "
	       "two metres per second from the north-east, no hot work permit "
	       "is open in the area, the neighbouring detectors GDS-02 and "
	       "GDS-03 are below the limit, the shift was informed by radio.";
}
