/* coarse.h - dates that many certificates have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_COARSE_H
#define NODE_DOMAIN_COARSE_H

#include <stdint.h>

/*
 * What the alliance reads of a certificate's dates.  An exact time is as good
 * as a name: two verifiers would know by it that they were shown the same.
 * Whatever is lost is lost on the safe side.  Pure; offset_minutes: of the
 * local clock by which days are counted.
 */

/* The end: earlier, never later.  The end of a day; within two days of it of an
 * hour, within two hours of a minute. */
int64_t coarse_end(int64_t end_us, int64_t now_us, int offset_minutes);

/* The start, of one that has begun: the first of its month, 24 months ago at
 * most.  Earlier than it was, so that months off work are never counted from
 * too late; later only where any term of under 24 months has ended anyway. */
int64_t coarse_start(int64_t start_us, int64_t now_us, int offset_minutes);

/* The beginning of its day. */
int64_t coarse_day(int64_t us, int offset_minutes);

#endif
