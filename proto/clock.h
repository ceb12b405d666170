/* clock.h - wall time, boot time, and whether to trust them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_CLOCK_H
#define PROTO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whoever needs the time is handed one of these, so that a test can turn it.
 * Both functions answer in microseconds and must be thread-safe.
 */
struct clock {
	void *arg;
	int64_t (*wall_us)(void *arg); /* since the Unix epoch, UTC; may jump */
	int64_t (*boot_us)(void *arg); /* since boot, suspend included */
	/* As clock_synchronised; NULL: nobody vouches for wall time. */
	void (*quality)(void *arg, bool *synchronised, uint32_t *error_ms);
};

/* The machine's own clocks; static, never freed.  Thread-safe. */
const struct clock *clock_system(void);

/* Microseconds, as the members of struct clock say. */
int64_t clock_wall_us(const struct clock *c);
int64_t clock_boot_us(const struct clock *c);

/* As clock_synchronised, of that clock. */
void clock_quality(
    const struct clock *c, bool *synchronised, uint32_t *error_ms);

/*
 * clock_synchronised - what the kernel's clock discipline says of wall time.
 *
 *   out        true when a time source disciplines the clock
 *   error_ms   estimated maximum error in milliseconds, rounded up; UINT32_MAX
 *              when the kernel does not know
 *
 * Reads only; thread-safe.  Source: adjtimex(2).
 */
void clock_synchronised(bool *out, uint32_t *error_ms);

#endif
