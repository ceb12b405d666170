/* bugs.c - hosts with a fault of their own, to see that a law finds it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/sim/world.h"

/* Who has it. */
#define AT 1

static enum err
held_all(void *arg, const char *origin, uint64_t *size)
{
	const struct world *w = world_now;
	const struct exchange_host *h = depot_host(arg);
	const enum err e = h->held(arg, origin, size);

	/* Of the first one's decisions it thinks that it has more. */
	if (e == ERR_OK && strstr(origin, "/alliance/") != NULL &&
	    strncmp(origin, w->actor[0].name, strlen(w->actor[0].name)) == 0)
		*size += 1000;
	return e;
}

static enum err
accuse_nobody(void *arg, const char *peer, struct bytes file, size_t *at,
    struct err_why *why)
{
	(void)arg;
	(void)peer;
	(void)file;
	*at = 0;
	return err_fail(why, ERR_NOT_FOUND, "not kept");
}

static enum err
compare_nothing(
    void *arg, const char *peer, struct bytes note, struct err_why *why)
{
	(void)arg;
	(void)peer;
	(void)note;
	(void)why;
	return ERR_OK;
}

static enum err
cosign_blind(void *arg, const struct exchange_head *h, struct buf *line,
    uint64_t *size, struct err_why *why)
{
	(void)arg;
	(void)line;
	(void)h;
	*size = 0;
	return err_fail(why, ERR_BUSY, "nothing is judged here");
}

static enum err
cosign_more(void *arg, const struct exchange_head *h, struct buf *line,
    uint64_t *size, struct err_why *why)
{
	const enum err e = depot_host(arg)->cosign(arg, h, line, size, why);

	*size += 1;
	return e;
}

static enum err
extend_blind(void *arg, const char *origin, const struct log_extension *x,
    struct exchange_work *work, struct err_why *why)
{
	(void)arg;
	(void)origin;
	(void)x;
	(void)work;
	return err_fail(why, ERR_BUSY, "nothing is stored here");
}

void
bugs_host(struct sim *s, size_t node, struct exchange_host *h)
{
	static struct gossip_host gossip;
	const struct world *w = s->arg;

	if (w == NULL || node != AT)
		return;
	if (w->order.bug == BUG_CONVERGE)
		h->held = held_all;
	if (w->order.bug == BUG_ACK)
		h->cosign = cosign_more;
	if (w->order.bug != BUG_UNNAMED)
		return;
	gossip = *h->gossip;
	gossip.accuse = accuse_nobody;
	gossip.compare = compare_nothing;
	h->gossip = &gossip;
	h->cosign = cosign_blind;
	h->extend = extend_blind;
}

bool
bugs_deaf(const struct world *w, size_t at, const char *owner)
{
	return w->order.bug == BUG_ROSTER && at == AT &&
	    strcmp(owner, w->actor[at].name) != 0;
}

bool
bugs_forgets(const struct world *w)
{
	return w->order.bug == BUG_LOST && w->writing && w->sim.acting == AT &&
	    w->sim.now_us > 5 * WORLD_SECOND;
}

/* Its logs as they were some seconds ago, as if nothing had happened. */
static void
put_back(struct world *w, bool now)
{
	struct sim_node *n = &w->sim.nodes[AT];

	if (!now) {
		member_keep_own(&n->member);
		(void)sim_append(&w->sim, AT, ROSTER_ALLIANCE, 3);
		return;
	}
	member_put_back(&n->member);
	memset(w->actor[AT].acked, 0, sizeof w->actor[AT].acked);
	sim_restart(&w->sim, AT);
}

/* A roster in which everybody may read it. */
static void
open_up(struct world *w)
{
	Fed__Genesis g = *roster_genesis(w->sim.roster);
	struct roster *r = NULL;
	Fed__Grant grant[WORLD_ACTORS], *grants[WORLD_ACTORS];

	g.n_grants = 0;
	g.grants = grants;
	for (size_t i = 0; i < w->members; i++) {
		if (i == AT)
			continue;
		fed__grant__init(&grant[g.n_grants]);
		grant[g.n_grants].owner = w->actor[AT].name;
		grant[g.n_grants].has_payloads = 1;
		grant[g.n_grants].payloads = 1;
		grant[g.n_grants].reader = w->actor[i].name;
		grants[g.n_grants] = &grant[g.n_grants];
		g.n_grants++;
	}
	roster_sort(&g);
	if (roster_later(&r, &g, 0, roster_fingerprint(w->sim.roster), NULL) !=
	    ERR_OK)
		abort();
	sim_adopt(&w->sim, AT, r);
}

static void
frame(struct world *w)
{
	struct exchange_event e = {.kind = EXCHANGE_FORKED,
	    .peer = w->actor[0].name,
	    .origin = sim_origin(&w->sim, 0, ROSTER_EVIDENCE)};

	laws_told(&w->sim, AT, &e);
}

void
bugs_second(struct world *w)
{
	const int64_t at = w->sim.now_us / WORLD_SECOND;

	if (w->order.bug == BUG_FORK && (at == 4 || at == 9))
		put_back(w, at == 9);
	if (w->order.bug == BUG_DISCLOSE && at == 5)
		open_up(w);
	if (w->order.bug == BUG_FRAMED && at == 5)
		frame(w);
}
