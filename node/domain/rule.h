/* rule.h - reasons that people read: code, clause, text and fix. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_RULE_H
#define NODE_DOMAIN_RULE_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Static data: never freed, compared by pointer or code. */
struct rule {
	const char *code; /* stable: GAS_TOO_OLD */
	const char *clause; /* "GB 30871-2022 5.3.1c"; "" if none */
	const char *text;
	const char *text_zh;
	const char *fix;
	const char *fix_zh;
};

#define RULE_LIST_MAX 48 /* more than one answer can give */
struct rule_list {
	const struct rule *at[RULE_LIST_MAX];
	size_t len;
};

/* One thing that is missing: what, by which clause, who can mend it.  Texts
 * are static or of a rule pack. */
struct rule_gap {
	const struct rule *rule;
	const char *what; /* "risk", "height.height_m"; NULL: the rule says */
	const char *clause; /* of a pack; NULL: the rule's */
	char *const *who; /* roles */
	size_t who_len;
};
#define RULE_GAPS_MAX 64
struct rule_gaps {
	struct rule_gap at[RULE_GAPS_MAX];
	size_t len;
};
/* Further than RULE_GAPS_MAX is dropped. */
void rule_miss(struct rule_gaps *list, struct rule_gap gap);

/* The same in words that outlive the pack; "" where there is nothing. */
struct rule_said {
	char what[200];
	char clause[96];
	char who[200]; /* "approver, guardian" */
};
void rule_say(struct rule_said *out, const struct rule_gap *gap);

/* What a state machine says to an event. */
struct rule_verdict {
	bool refused; /* nothing is to be written */
	unsigned outcome; /* Ledger__Outcome when not refused */
	const struct rule *rule; /* reason; NULL: applied as it is */
	struct rule_gap gap; /* the same with its particulars; or zeroed */
};

/* Adds once; further than RULE_LIST_MAX is dropped. */
void rule_add(struct rule_list *list, const struct rule *r);

#define RULE_ENUM(code, clause, text, text_zh, fix, fix_zh) RULE_##code,

/* X(code, clause, text, text_zh, fix, fix_zh) */
#include "node/domain/rules.h"
enum rule_id {
	RULE_LIST(RULE_ENUM) RULE_COUNT
};

/* Records the rule's text, after "`path`: " unless that is NULL; returns e. */
enum err rule_fail(
    struct err_why *why, enum err e, const struct rule *r, const char *path);

/* The rule of a code, as annexes and receipts hold it; NULL: none. */
const struct rule *rule_find(const char *code);

/* Never NULL. */
const struct rule *rule_get(enum rule_id id);

#endif
