/* faults.c - lines, disks and machines that fail, as the seed has it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/world.h"

#define SECOND WORLD_SECOND

void
faults_begin(struct world *w)
{
	struct sim *s = &w->sim;

	/* Silence, or a conversation that breaks: both happen. */
	s->lines = world_any(w, 2) == 0;
	s->lose = (unsigned)world_any(w, 16);
	s->twice = s->lines ? 0 : (unsigned)world_any(w, 16);
	s->lazy = world_any(w, 3) == 0 ? (unsigned)world_any(w, 50) : 0;
	s->delay_us = 1000 + (int64_t)world_any(w, 400000);
	s->kib_us = world_any(w, 3) == 0 ? (int64_t)world_any(w, 10000) : 0;
	s->fail = world_any(w, 2) == 0 ? (unsigned)world_any(w, 40) : 0;
	s->slow_us = world_any(w, 4) == 0 ? (int64_t)world_any(w, SECOND) : 0;
	for (size_t i = 0; i < w->len; i++) {
		/* Headquarters and regulator can be dialled. */
		s->nodes[i].hidden = i >= 2 && world_any(w, 2) == 0;
		s->nodes[i].ahead_us =
		    (int64_t)world_any(w, 4 * SECOND) - 2 * SECOND;
	}
	for (size_t i = 0; i < w->len; i++)
		if (w->actor[i].copy != SIZE_MAX) {
			s->nodes[i].hidden = false;
			s->nodes[i].ahead_us = 0;
		}
	for (size_t i = 0; i < w->len; i++)
		w->actor[i].hidden = s->nodes[i].hidden;
}

static void
restart_fallen(struct world *w, bool all)
{
	for (size_t i = 0; i < w->len; i++) {
		struct sim_node *n = &w->sim.nodes[i];

		if (n->depot != NULL && (n->broken || n->dead) &&
		    (all || world_any(w, 3) == 0))
			sim_restart(&w->sim, i);
	}
}

/* One direction, both, or a member from all. */
static void
cut(struct world *w, bool cut)
{
	const size_t a = world_any(w, w->len), b = world_any(w, w->len);

	switch (world_any(w, 4)) {
	case 0:
		w->sim.cut[a][b] = cut;
		break;
	case 1:
		for (size_t i = 0; i < w->len; i++)
			sim_cut(&w->sim, a, i, cut);
		break;
	default:
		sim_cut(&w->sim, a, b, cut);
	}
}

void
faults_second(struct world *w)
{
	struct sim *s = &w->sim;
	size_t i;

	restart_fallen(w, false);
	if (world_any(w, 8) == 0)
		cut(w, world_any(w, 2) == 0);
	if (world_any(w, 30) == 0)
		memset(s->cut, 0, sizeof s->cut);
	i = world_any(w, w->len);
	if (world_any(w, 20) == 0 && s->nodes[i].depot != NULL)
		sim_restart(s, i);
	/* A clock drifts, or is set. */
	i = world_any(w, w->len);
	if (world_any(w, 20) == 0 && world_honest(w, i))
		s->nodes[i].ahead_us =
		    (int64_t)world_any(w, 4 * SECOND) - 2 * SECOND;
}

void
faults_end(struct world *w)
{
	struct sim *s = &w->sim;

	memset(s->cut, 0, sizeof s->cut);
	s->lose = 0;
	s->twice = 0;
	s->lazy = 0;
	s->fail = 0;
	s->slow_us = 0;
	s->kib_us = 0;
	restart_fallen(w, true);
}
