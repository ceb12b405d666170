/* query_quality.h - the quality of what one source sent. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_QUALITY_H
#define NODE_QUERY_QUALITY_H

#include "node/query.h"

#define QUERY_QUALITY_NUMBERS 10000 /* when none are given */
#define QUERY_QUALITY_NUMBERS_MAX 1000000

struct query_quality {
	const char *source;
	const char *site; /* NULL: this node's own */
	size_t numbers; /* its newest, 1 to QUERY_QUALITY_NUMBERS_MAX */
	uint64_t refused; /* messages of it in quarantine */
};

/*
 * query_quality - each number's entry is read, held against its leaf and timed.
 * Short read transactions, one after another.
 *
 *   timeliness    recorded within the policy's lateSeconds / readable
 *   completeness  numbers held / numbers between the first and the last
 *   consistency   neither in conflict nor refused / held and refused
 *   integrity     verified, or lawfully erased / as completeness
 *
 * Release with api__source_quality__free_unpacked.  ERR_NOT_FOUND: nothing of
 * it is numbered, no such site, or the asker is bound to areas;
 * ERR_MALFORMED: numbers; ERR_REFUSED: no alarm policy.
 */
ERR_CHECKED enum err query_quality(struct site *s,
    const struct query_quality *q, const struct query_scope *scope,
    Api__SourceQuality **out, struct err_why *why);

#endif
