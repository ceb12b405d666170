/* world.c - one history: who takes part, second after second, what broke. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/wraps.h"

#define CALM_SECONDS 400 /* within which all come together */
#define CALM_LEAST 12 /* in which a fork is told to all */

struct world *world_now;

const char *
world_law_text(enum world_law l)
{
	static const char *const text[WORLD_LAWS] = {
	    [LAW_NONE] = "nothing",
	    [LAW_FORK] = "no accepted fork",
	    [LAW_LOST] = "no lost acknowledged entry",
	    [LAW_CONVERGE] = "connected members converge",
	    [LAW_ROSTER] = "rosters equal",
	    [LAW_DISCLOSE] = "no over-disclosure",
	    [LAW_NAMED] = "each liar is named",
	    [LAW_FRAMED] = "no honest member is named",
	    [LAW_ACK] = "no witness says more than it has",
	};

	return text[l];
}

void
world_breaks(struct world *w, enum world_law law, const char *fmt, ...)
{
	va_list ap;

	if (w->broken != LAW_NONE)
		return;
	w->broken = law;
	va_start(ap, fmt);
	(void)vsnprintf(w->text, sizeof w->text, fmt, ap);
	va_end(ap);
}

uint64_t
world_any(struct world *w, uint64_t below)
{
	return sim_random(&w->sim, below);
}

bool
world_honest(const struct world *w, size_t at)
{
	return w->actor[at].lie == LIE_NONE;
}

bool
world_counts(const struct world *w, size_t at)
{
	return world_honest(w, at) && !w->actor[at].outside &&
	    !w->actor[at].gone && w->sim.nodes[at].depot != NULL;
}

size_t
world_find(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->len; i++)
		if (strcmp(w->actor[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

void
world_replay(const struct world_order *o, char *out, size_t size)
{
	char bug[16] = "";

	if (o->bug != BUG_NONE)
		(void)snprintf(bug, sizeof bug, " BUG=%d", (int)o->bug);
	(void)snprintf(out, size, "make sim SEED=%llu NODES=%zu HOURS=%g%s",
	    (unsigned long long)o->seed, o->nodes, o->hours, bug);
}

/* Headquarters, a regulator, then plants and partners of three companies. */
static void
cast_one(struct world *w, size_t i)
{
	static const Fed__Role roles[] = {FED__ROLE__HQ, FED__ROLE__REGULATOR,
	    FED__ROLE__PLANT, FED__ROLE__PLANT, FED__ROLE__PARTNER};
	struct actor *a = &w->actor[i];
	const size_t role = i < 2 ? i : 2 + i % 3;

	(void)snprintf(a->name, sizeof a->name, "n%02zu.example", i);
	(void)snprintf(
	    a->company, sizeof a->company, "c%zu", i == 1 ? 9 : i % 2);
	(void)snprintf(w->endpoint[i], sizeof w->endpoint[i],
	    "tcp://10.0.0.%zu:7400", i + 1);
	a->copy = SIZE_MAX;
	w->who[i] =
	    (struct sim_who){a->name, roles[role], a->company, w->endpoint[i]};
}

static void
cast(struct world *w)
{
	struct world_order *o = &w->order;

	w->members = o->nodes;
	for (size_t i = 0; i < w->members; i++)
		cast_one(w, i);
	w->len = w->members;
	liars_begin(w);
	cast_one(w, w->len);
	w->actor[w->len].outside = true;
	w->len++;
}

static void
begin(struct world *w, const struct world_order *o)
{
	memset(w, 0, sizeof *w);
	w->order = *o;
	/* The generator of the sim is not there yet. */
	w->sim.random = o->seed * 2654435761u + 88172645463325252u;
	if (o->nodes == 0)
		w->order.nodes = 4 + world_any(w, 4);
	if (o->nodes > WORLD_NODES_MAX)
		w->order.nodes = WORLD_NODES_MAX;
	if (w->order.nodes < 2)
		w->order.nodes = 2;
	world_now = w;
	wraps_seed(o->seed);
	cast(w);
	sim_make(&w->sim, o->seed, w->who, w->len, w->members);
	w->sim.arg = w;
	w->sim.look = laws_look;
	w->sim.told = laws_told;
	w->sim.meet = liars_meet;
	w->sim.host = bugs_host;
	faults_begin(w);
	sim_begin(&w->sim);
	for (size_t i = w->members; i < w->len; i++)
		if (w->actor[i].copy != SIZE_MAX)
			sim_adopt(&w->sim, i, w->sim.roster);
	seats_begin(w);
}

/* Something happens to record. */
static void
work(struct world *w)
{
	const size_t i = world_any(w, w->len);
	const enum roster_kind k = (enum roster_kind)(world_any(w, 3) == 0);
	struct member *m = &w->sim.nodes[i].member;

	if (w->sim.nodes[i].depot == NULL || world_any(w, 2) == 0)
		return;
	const uint64_t before = member_size(m, k);
	const unsigned n = 1 + (unsigned)world_any(w, 12);

	w->writing = true;
	if (sim_append(&w->sim, i, k, n))
		w->actor[i].acked[k] = before + n;
	w->writing = false;
}

static void
second(struct world *w)
{
	work(w);
	seats_second(w);
	if (!w->calm) {
		faults_second(w);
		liars_second(w);
	}
	bugs_second(w);
	sim_run(&w->sim, WORLD_SECOND);
	laws_second(w);
}

static bool
all_well(struct world *w)
{
	return seats_agree(w) && laws_converged(w) && laws_named(w);
}

bool
world_run(struct world *w, const struct world_order *o)
{
	unsigned i, stormy, calm;

	begin(w, o);
	stormy = o->hours > 0 ? (unsigned)(o->hours * 3600)
	                      : 10 + (unsigned)world_any(w, 20);
	for (i = 0; i < stormy && w->broken == LAW_NONE; i++)
		second(w);
	w->calm = true;
	faults_end(w);
	liars_end(w);
	calm = o->bug == BUG_NONE ? CALM_SECONDS : CALM_SECONDS / 4;
	for (i = 0; i < calm && w->broken == LAW_NONE; i++) {
		if (i >= CALM_LEAST && all_well(w))
			break;
		seats_second(w);
		sim_run(&w->sim, WORLD_SECOND);
		laws_second(w);
	}
	if (w->broken == LAW_NONE)
		laws_end(w);
	seats_end(w);
	sim_end(&w->sim);
	buf_clear(&w->first_note);
	world_now = NULL;
	return w->broken == LAW_NONE;
}
