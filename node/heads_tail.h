/* heads_tail.h - lost entries of an own log, back from a member. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_HEADS_TAIL_H
#define NODE_HEADS_TAIL_H

#include "ledger/log_extend.h"
#include "node/site_logs.h"
#include "proto/err.h"

/* Entries that came back without the body they commit to, and that no later
 * entry says was erased. */
struct heads_tail_gaps {
	uint64_t *at;
	size_t len;
};

/* done: on the committer's thread; ERR_UNVERIFIED: they do not continue what is
 * held.  gaps: of this log, used by no other thread meanwhile. */
struct heads_tail {
	struct site *site;
	enum site_kind kind;
	const char *peer;
	struct heads_tail_gaps *gaps;
	void (*done)(void *arg, int kind, const char *peer, enum err e,
	    const struct err_why *why);
	void *arg;
};

/* Copies what it is given; verifies and stores it between two batches, with the
 * tables that follow from it, and erases what its ERASURE entries say. */
void heads_tail_store(
    const struct heads_tail *in, const struct log_extension *x);

/* How much of an own log is held. */
ERR_CHECKED enum err heads_tail_held(
    struct site *s, enum site_kind kind, struct tree_head *out);

#endif
