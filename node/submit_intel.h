/* submit_intel.h - items of intelligence; only for submit_intel*, intels. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_INTEL_H
#define NODE_SUBMIT_INTEL_H

#include "node/domain/gate_pass.h"
#include "node/submit_op.h"

/* What an author states, made an item and sent through the gate. */
struct submit_item {
	const Record__Intel *author;
	const uint64_t *areas; /* keyed hashes of those the asker may see */
	size_t areas_len; /* 0: all */
	const struct rule *rule; /* why none can be made; NULL: one was */
	uint64_t area; /* of its basis */
	Record__Intel *item; /* as it would leave, with `companies` */
	struct gate_answer answer; /* without k.owners */
	uint32_t spent;
};

/* ERR_OK also when it is held, or none can be made: rule, answer.len.  End
 * with submit_item_clear also on failure. */
ERR_CHECKED enum err submit_item_make(
    struct commit_ctx *ctx, struct submit_item *out, struct err_why *why);
void submit_item_clear(struct submit_item *m);
/* The same for a message that nobody signed, on the caller's thread. */
ERR_CHECKED enum err submit_intel_check(struct site *s,
    const struct submit_who *who, const Record__Intel *author,
    struct submit_item *out, struct err_why *why);

/* The rule that holds it, with its particulars in the result; NULL: none. */
const struct rule *submit_item_rule(
    struct submit_op *op, const struct submit_item *m);

/* The body of event `seq` of an own record.  ERR_NOT_FOUND: not held. */
ERR_CHECKED enum err submit_item_event(struct commit_ctx *ctx, uint16_t slot,
    const uint8_t id[static 16], uint32_t seq, Record__Intel **out,
    struct err_why *why);

/* Withdrawal signed by a releaser, with a reason of the policy. */
void submit_intel_withdraw(const struct submit_to *to, const char *intel_id,
    const Api__EventPost *post);

/* A released item stands no longer: says so on the alliance log, and, when
 * nobody signed it, in the evidence. */
struct submit_withdrawal {
	const uint8_t *id; /* 16 */
	char *reason;
	char *superseded_by; /* NULL: by none */
	bool by_node;
};
ERR_CHECKED enum err submit_item_withdraw(struct commit_ctx *ctx,
    const struct submit_withdrawal *w, struct log_place *out,
    uint8_t event_id[static 16], struct err_why *why);

#endif
