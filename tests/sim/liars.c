/* liars.c - members that break the rules, each in its own way. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "ledger/fork.h"
#include "proto/mem.h"
#include "tests/sim/world.h"

/* ---- who lies ---- */

/* A copy of the one that shows two histories. */
static void
add_copy(struct world *w, size_t of)
{
	struct actor *a = &w->actor[w->len];

	*a = w->actor[of];
	a->copy = of;
	w->actor[of].copy = w->len;
	w->who[w->len] = w->who[of];
	w->who[w->len].name = a->name;
	w->who[w->len].company = a->company;
	w->len++;
}

void
liars_begin(struct world *w)
{
	/* As many as no quorum minds. */
	size_t most = (w->members - 1) / 3, n, i;

	n = world_any(w, 3) == 0 ? 0 : world_any(w, most + 1);
	if (w->order.bug == BUG_UNNAMED || w->order.bug == BUG_DISCLOSE)
		n = 1;
	else if (w->order.bug != BUG_NONE)
		n = 0;
	for (w->liars = 0; w->liars < n;) {
		i = world_any(w, w->members);
		if (w->actor[i].lie != LIE_NONE ||
		    (w->order.bug != BUG_NONE && i < 2))
			continue;
		w->actor[i].lie =
		    (enum world_lie)(1 + world_any(w, WORLD_LIES - 1));
		if (w->order.bug == BUG_UNNAMED)
			w->actor[i].lie = LIE_FORK;
		if (w->order.bug == BUG_DISCLOSE)
			w->actor[i].lie = LIE_GREEDY;
		w->liars++;
		/* One is enough, and each wants another actor. */
		if (w->actor[i].lie == LIE_FORK && w->len == w->members)
			add_copy(w, i);
		else if (w->actor[i].lie == LIE_FORK)
			w->actor[i].lie = LIE_ROLLBACK;
	}
	for (i = 0; i < WORLD_ACTORS; i++)
		w->side[i] = world_any(w, 2) == 0;
	/* Somebody sees each. */
	for (i = 0, n = 0; i < w->members && n < 2; i++)
		if (w->actor[i].lie == LIE_NONE)
			w->side[i] = n++ == 0;
}

bool
liars_meet(const struct sim *s, size_t a, size_t b)
{
	const struct world *w = s->arg;
	const size_t liar = w->actor[a].copy != SIZE_MAX ? a : b;
	const size_t other = liar == a ? b : a;

	if (w->actor[liar].copy == SIZE_MAX)
		return true;
	/* The later one of the two meets one side. */
	return w->side[other] == (liar > w->actor[liar].copy);
}

/* ---- what they say ---- */

static struct buf *
first_note_of(struct world *w, const Fed__Head *h)
{
	if (w->first_note.len == 0) {
		buf_init(&w->first_note, NOTE_BYTES_MAX);
		buf_put(&w->first_note, h->note.data, h->note.len);
	}
	return &w->first_note;
}

static void
set_note(Fed__Head *h, struct bytes note)
{
	free(h->note.data);
	h->note.len = note.len;
	h->note.data = mem_alloc(note.len, 1);
	memcpy(h->note.data, note.ptr, note.len);
}

static void
replay(struct world *w, Fed__Turn *t)
{
	for (size_t i = 0; i < t->n_heads; i++)
		if (strstr(t->heads[i]->origin, "/evidence/") != NULL)
			set_note(t->heads[i],
			    buf_view(first_note_of(w, t->heads[i])));
}

/* Signed by the log's own key: a tree of nothing with a root. */
static void
zero(struct world *w, size_t from, Fed__Turn *t)
{
	struct note_checkpoint c = {.head = {.size = 0}};
	struct buf text, note;

	c.head.root.b[0] = 1;
	for (size_t i = 0; i < t->n_heads; i++) {
		if (strstr(t->heads[i]->origin, "/evidence/") == NULL ||
		    world_any(w, 4) > 0)
			continue;
		buf_init(&text, 1024);
		buf_init(&note, FORK_NOTE_MAX);
		(void)snprintf(
		    c.origin, sizeof c.origin, "%s", t->heads[i]->origin);
		note_checkpoint_put(&text, &c);
		note_sign(&note, buf_view(&text), c.origin,
		    &w->sim.nodes[from].member.log_key[ROSTER_EVIDENCE]);
		set_note(t->heads[i], buf_view(&note));
		buf_clear(&text);
		buf_clear(&note);
	}
}

static void
withhold(Fed__Turn *t)
{
	for (size_t i = 0; i < t->n_deliveries; i++)
		fed__delivery__free_unpacked(t->deliveries[i], NULL);
	t->n_deliveries = 0;
}

static void
any_time(struct world *w, Fed__Turn *t)
{
	if (t->clock == NULL)
		return;
	t->clock->wall_us = world_any(w, 2) == 0 ? INT64_MAX : 5;
	t->clock->held_us = t->clock->has_held_us ? INT64_MAX : 0;
}

static void
drop_first(Fed__Delivery *d)
{
	fed__item__free_unpacked(d->items[0], NULL);
	d->n_items--;
	memmove(&d->items[0], &d->items[1], d->n_items * sizeof d->items[0]);
}

/* One of its hands: on what it says of others' logs. */
static void
carry(struct world *w, size_t from, Fed__Turn *t)
{
	for (size_t i = 0; i < t->n_deliveries; i++) {
		Fed__Delivery *d = t->deliveries[i];
		const size_t last = d->n_items - 1;

		if (d->n_items == 0 || world_any(w, 2) == 0 ||
		    strncmp(d->origin, w->actor[from].name,
		        strlen(w->actor[from].name)) == 0)
			continue;
		switch (world_any(w, 5)) {
		case 0:
			d->items[last]->leaf.data[12] ^= 1;
			break;
		case 1:
			d->items[0]->has_sealed = 0;
			break;
		case 2:
			drop_first(d);
			break;
		case 3: {
			Fed__Item *swap = d->items[0];

			d->items[0] = d->items[last];
			d->items[last] = swap;
			break;
		}
		default:
			d->from += 1;
		}
	}
	for (size_t i = 0; i < t->n_sights; i++)
		if (world_any(w, 4) == 0)
			t->sights[i].data[t->sights[i].len / 3] ^= 1;
}

/* Whatever it finds, for whoever hears it; evidence that shows nothing. */
static void
flood(struct world *w, size_t from, Fed__Turn *t)
{
	static const char rubbish[] = FORK_HEAD "first 0\nsecond 0\n";
	const size_t room = 4;

	t->forks = mem_resize(t->forks, t->n_forks + room, sizeof t->forks[0]);
	for (size_t i = 0; i < room; i++) {
		ProtobufCBinaryData *d = &t->forks[t->n_forks++];

		d->len = sizeof rubbish - 1;
		d->data = mem_alloc(1, sizeof rubbish);
		memcpy(d->data, rubbish, d->len);
	}
	w->actor[from].evident = true;
}

/* Evidence of whomever it likes, and to be told it all. */
static void
greedy(struct world *w, Fed__Turn *t)
{
	const size_t of = w->sim.hearer;
	Fed__Want *want = mem_alloc(1, sizeof *want);

	if (w->sim.nodes[of].roster == NULL) {
		free(want);
		return;
	}
	fed__want__init(want);
	want->origin = mem_strdup(sim_origin(&w->sim, of, ROSTER_EVIDENCE));
	want->has_from = want->has_max = want->has_bodies = 1;
	want->max = 1000;
	want->bodies = 1;
	t->wants = mem_resize(t->wants, t->n_wants + 1, sizeof t->wants[0]);
	t->wants[t->n_wants++] = want;
}

static void
lie(struct sim *s, size_t from, Fed__Turn *t)
{
	struct world *w = s->arg;

	switch (w->actor[from].lie) {
	case LIE_REPLAY:
		replay(w, t);
		break;
	case LIE_ZERO:
		zero(w, from, t);
		break;
	case LIE_WITHHOLD:
		withhold(t);
		break;
	case LIE_CLOCK:
		any_time(w, t);
		break;
	case LIE_CARRIER:
		carry(w, from, t);
		break;
	case LIE_FLOOD:
		flood(w, from, t);
		break;
	case LIE_GREEDY:
		greedy(w, t);
		break;
	case LIE_NONE:
	case LIE_FORK:
	case LIE_ROLLBACK:
	case LIE_TWICE:
	case WORLD_LIES:
		break;
	}
}

/* ---- what they do ---- */

/* Its logs as they were some time ago, and on from there. */
static void
roll_back(struct world *w, size_t i)
{
	struct sim_node *n = &w->sim.nodes[i];
	const uint64_t was = member_size(&n->member, ROSTER_ALLIANCE);
	const char *origin;
	bool seen = false;

	if (n->depot == NULL || n->broken || n->dead || w->actor[i].evident)
		return;
	origin = sim_origin(&w->sim, i, ROSTER_ALLIANCE);
	member_keep_own(&n->member);
	(void)member_append(&n->member, ROSTER_ALLIANCE, 5, 50);
	(void)member_append(&n->member, ROSTER_EVIDENCE, 5, 50);
	sim_grown(&w->sim, i);
	sim_run(&w->sim, 5 * WORLD_SECOND);
	for (size_t k = 0; k < w->len; k++)
		seen |= world_counts(w, k) &&
		    member_held(&w->sim.nodes[k].member, origin) > was;
	member_put_back(&n->member);
	if (member_size(&n->member, ROSTER_ALLIANCE) != was)
		abort();
	(void)member_append(&n->member, ROSTER_ALLIANCE, 9, 50);
	(void)member_append(&n->member, ROSTER_EVIDENCE, 9, 50);
	sim_restart(&w->sim, i);
	w->actor[i].evident = true;
	/* Only then does anybody have both. */
	w->actor[i].proven = seen;
}

void
liars_second(struct world *w)
{
	w->sim.lie = w->liars > 0 ? lie : NULL;
	for (size_t i = 0; i < w->members; i++) {
		struct sim_node *n = &w->sim.nodes[i];

		if (w->actor[i].lie == LIE_CLOCK)
			n->ahead_us = 3600 * WORLD_SECOND;
		if (w->actor[i].lie == LIE_ROLLBACK && world_any(w, 10) == 0)
			roll_back(w, i);
	}
}

void
liars_end(struct world *w)
{
	w->sim.lie = NULL;
}
