/* intel_gate.h - what the release gate goes by, out of tables and packs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INTEL_GATE_H
#define NODE_INTEL_GATE_H

#include "node/commit.h"
#include "node/domain/gate_pass.h"

struct intel_gate {
	struct gate_ask ask; /* points into the following */
	struct scrub_known known;
	struct gate_past past;
	struct gate_member *member;
	char **name; /* of the members */
	char **owner;
	char **form;
	uint64_t *actor; /* hashes of the names of those enrolled */
	size_t actors;
	struct commit_ctx *ctx; /* borrowed */
};

/*
 * intel_gate_open - policy, members with their profiles, words, persons, and
 * what was released before, all as the transaction of ctx (a writer's or a
 * reader's) has it.  End with intel_gate_close also on failure; in place.
 * Cost: one body for each item released within the periods of the policy.
 */
ERR_CHECKED enum err intel_gate_open(
    struct intel_gate *g, struct commit_ctx *ctx, struct err_why *why);
void intel_gate_close(struct intel_gate *g);

/* A context for reading the own tables; end with store_abort of its txn. */
ERR_CHECKED enum err intel_gate_reader(
    struct commit_ctx *ctx, struct site *s, struct err_why *why);

#endif
