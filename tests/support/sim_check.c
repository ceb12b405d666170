/* sim_check.c - what must hold among members, looked up in their stores. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/access.h"
#include "tests/support/sim.h"

static bool
caught_up(struct sim *s, size_t reader, size_t owner, enum roster_kind kind)
{
	struct member *o = &s->nodes[owner].member;
	struct member *r = &s->nodes[reader].member;
	const char *origin = roster_find(s->roster, o->name)->log[kind].name;
	enum access_right right = access_right(s->roster, r->name, origin);
	uint64_t held = member_held(r, origin);

	if (right < ACCESS_LEAVES) {
		/* Nobody gets what it may not have. */
		if (held != 0)
			abort();
		return true;
	}
	return held == member_size(o, kind);
}

bool
sim_converged(struct sim *s)
{
	size_t a, b;
	int k;

	for (a = 0; a < s->len; a++)
		for (b = 0; b < s->len; b++)
			for (k = 0; a != b && k < ROSTER_KINDS; k++)
				if (!caught_up(s, a, b, (enum roster_kind)k))
					return false;
	return true;
}

void
sim_check(struct sim *s)
{
	size_t a, b;
	int k;

	for (a = 0; a < s->len; a++)
		for (b = 0; b < s->len; b++)
			for (k = 0; a != b && k < ROSTER_KINDS; k++)
				member_check_replica(&s->nodes[a].member,
				    &s->nodes[b].member, (enum roster_kind)k);
}
