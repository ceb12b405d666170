/* clock.c - wall time, boot time, and whether to trust them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/clock.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>

static int64_t
read_us(clockid_t id)
{
	struct timespec ts;

	/* Fails only for a clock that the kernel does not have. */
	if (clock_gettime(id, &ts) != 0)
		abort();
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t
system_wall_us(void *arg)
{
	(void)arg;
	return read_us(CLOCK_REALTIME);
}

static int64_t
system_boot_us(void *arg)
{
	(void)arg;
	return read_us(CLOCK_BOOTTIME);
}

static void
system_quality(void *arg, bool *synchronised, uint32_t *error_ms)
{
	(void)arg;
	clock_synchronised(synchronised, error_ms);
}

const struct clock *
clock_system(void)
{
	static const struct clock sys = {
	    NULL, system_wall_us, system_boot_us, system_quality};

	return &sys;
}

int64_t
clock_wall_us(const struct clock *c)
{
	return c->wall_us(c->arg);
}

int64_t
clock_boot_us(const struct clock *c)
{
	return c->boot_us(c->arg);
}

void
clock_quality(const struct clock *c, bool *synchronised, uint32_t *error_ms)
{
	*synchronised = false;
	*error_ms = UINT32_MAX;
	if (c->quality != NULL)
		c->quality(c->arg, synchronised, error_ms);
}

void
clock_synchronised(bool *out, uint32_t *error_ms)
{
	struct timex tx = {0};
	int state;
	int64_t ms;

	state = adjtimex(&tx);
	if (state < 0) {
		*out = false;
		*error_ms = UINT32_MAX;
		return;
	}
	*out = state != TIME_ERROR && (tx.status & STA_UNSYNC) == 0;
	ms = ((int64_t)tx.maxerror + 999) / 1000;
	*error_ms = ms < 0 || ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}
