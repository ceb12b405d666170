/* access.c - the table of who may have what. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/access.h"

/* First rule whose conditions hold; conditions left open hold always. */
struct rule {
	enum roster_kind kind;
	bool same_member;
	bool same_company;
	Fed__Role role; /* of the reader; ROLE_UNSPECIFIED: any */
	enum access_right right;
};

#define ANY FED__ROLE__ROLE_UNSPECIFIED

static const struct rule rules[] = {
    {ROSTER_EVIDENCE, true, false, ANY, ACCESS_BODIES},
    {ROSTER_EVIDENCE, false, true, FED__ROLE__HQ, ACCESS_BODIES},
    {ROSTER_EVIDENCE, false, false, ANY, ACCESS_HEADS},
    {ROSTER_ALLIANCE, false, false, ANY, ACCESS_BODIES},
};

static enum access_right
by_rule(const struct roster_member *reader, const struct roster_member *owner,
    enum roster_kind kind)
{
	const struct rule *r;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		r = &rules[i];
		if (r->kind != kind)
			continue;
		if (r->same_member && reader != owner)
			continue;
		if (r->same_company &&
		    strcmp(reader->company, owner->company) != 0)
			continue;
		if (r->role != ANY && r->role != reader->role)
			continue;
		return r->right;
	}
	return ACCESS_NONE;
}

enum access_right
access_right(const struct roster *r, const char *reader, const char *origin)
{
	const Fed__Genesis *g = roster_genesis(r);
	const struct roster_member *from = roster_find(r, reader);
	const struct roster_member *owner;
	enum access_right right, granted;
	enum roster_kind kind;
	size_t i;

	owner = roster_owner(r, origin, &kind);
	if (from == NULL || owner == NULL)
		return ACCESS_NONE;
	right = by_rule(from, owner, kind);
	for (i = 0; kind == ROSTER_EVIDENCE && i < g->n_grants; i++) {
		if (strcmp(g->grants[i]->reader, reader) != 0 ||
		    strcmp(g->grants[i]->owner, owner->name) != 0)
			continue;
		granted =
		    g->grants[i]->payloads ? ACCESS_BODIES : ACCESS_LEAVES;
		if (granted > right)
			right = granted;
	}
	return right;
}
