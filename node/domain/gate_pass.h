/* gate_pass.h - may this item of intelligence leave, and how coarse? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_GATE_PASS_H
#define NODE_DOMAIN_GATE_PASS_H

#include "node/domain/gate_k.h"
#include "node/domain/packs.h"
#include "node/domain/rule.h"
#include "node/domain/scrub.h"

#define GATE_LINK_DAYS 90 /* where the policy says nothing */
#define GATE_BUDGET_ITEMS 12
#define GATE_BUDGET_DAYS 90

/* What this node released before, out of its log. */
struct gate_past {
	uint32_t spent; /* within the budget's period */
	/* Owners that all items of the linked days leave; NULL: there is none.
	 */
	char **left;
	size_t left_len;
	bool lost; /* of one of them that is not known any more */
};
void gate_past_clear(struct gate_past *p);
/* Adds an item that left these. */
void gate_past_add(struct gate_past *p, char *const *owners, size_t n);

struct gate_ask {
	const Pack__Release *policy; /* NULL: none in force, nothing leaves */
	const struct packs *packs;
	struct gate_alliance alliance;
	const struct scrub_known *known;
	const struct gate_past *past;
	int64_t occurred_us;
	int64_t now_us;
};

/* Why an item is held. */
struct gate_reason {
	const struct rule *rule;
	char what[80]; /* "narrative", "companies: 4 of 6" */
	uint32_t position; /* in a text; 0: none */
	enum scrub_kind kind; /* likewise */
};
#define GATE_REASONS_MAX 48
struct gate_answer {
	struct gate_reason at[GATE_REASONS_MAX];
	size_t len; /* 0: it may leave */
	struct gate_k k; /* zeroed for items that name their source */
	uint32_t budget;
};

/*
 * gate_pass - replaces *item, which its author and its basis made, by what may
 * leave: listed fields, coarse enough, with what the node says of it; and all
 * reasons why it may not.  An item that names its source is not counted among
 * companies, but meets every other check.
 *   *item   the caller's before and after
 * Pure, but for known->person.  End with gate_k_clear.
 * Source: domain F.3, F.5; docs/decisions/0046.
 */
void gate_pass(
    const struct gate_ask *ask, Record__Intel **item, struct gate_answer *out);
/* The reasons in few words: "narrative 17: a mobile number; ...". */
void gate_answer_say(
    const struct gate_answer *a, bool zh, char *out, size_t size);

#endif
