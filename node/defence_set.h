/* defence_set.h - the rules of an epoch and its members, copied out of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DEFENCE_SET_H
#define NODE_DEFENCE_SET_H

#include "federation/roster.h"
#include "node/domain/defence_rule.h"

struct peers;

struct defence_paper {
	char *name;
	char *by; /* who proposed it */
	struct buf text;
	struct hash digest;
};

struct defence_set {
	uint32_t epoch;
	struct hash id; /* of the epoch */
	struct defence_paper at[ROSTER_RULES_MAX];
	size_t len;
	char **members;
	size_t members_len;
	bool hq; /* this node's role */
	bool any_hq;
};

/* Of the epoch in force, when it is another than `out` holds; changed says so.
 * Without an alliance: empty. */
ERR_CHECKED enum err defence_set_look(struct defence_set *out,
    struct peers *peers, bool *changed, struct err_why *why);
void defence_set_clear(struct defence_set *s);

/* NULL: none of that name. */
const struct defence_paper *defence_set_find(
    const struct defence_set *s, const char *name);

/* The rule of a paper, whose text has its name.  ERR_MALFORMED, ERR_LIMIT. */
ERR_CHECKED enum err defence_set_rule(struct defence_rule *out,
    const struct defence_paper *p, struct err_why *why);

#endif
