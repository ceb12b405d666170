/* sim.c - many exchanges on one thread, over a bad network. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/mem.h"

static int64_t
wall(void *arg)
{
	struct sim_node *n = arg;

	return INT64_C(1790000000000000) + n->sim->now_us + n->ahead_us;
}

static int64_t
boot(void *arg)
{
	struct sim_node *n = arg;

	return n->sim->now_us;
}

uint64_t
sim_random(struct sim *s, uint64_t below)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random % below;
}

void
sim_note(struct sim *s, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		s->history = (s->history ^ p[i]) * UINT64_C(1099511628211);
}

static void
note_event(
    struct sim *s, const struct sim_node *n, const struct exchange_event *e)
{
	const uint64_t what[] = {(uint64_t)s->now_us, (uint64_t)(n - s->nodes),
	    e->kind, e->from, e->size, e->err};

	sim_note(s, what, sizeof what);
	if (e->origin != NULL)
		sim_note(s, e->origin, strlen(e->origin));
	sim_note(s, e->text.ptr, e->text.len);
}

static void
on_event(void *arg, const struct exchange_event *e)
{
	struct sim_node *n = arg;
	struct sim *s = n->sim;

	note_event(s, n, e);
	n->events[e->kind]++;
	if (e->kind == EXCHANGE_REFUSED || e->kind == EXCHANGE_REJECTED)
		(void)snprintf(n->trouble, sizeof(n->trouble), "%.*s",
		    (int)e->text.len, (const char *)e->text.ptr);
	if (e->kind == EXCHANGE_COSIGNED)
		n->cosigned[strstr(e->origin, "/alliance/") != NULL] =
		    (unsigned)e->size;
	if (s->told != NULL)
		s->told(s, (size_t)(n - s->nodes), e);
}

/* Does it talk to that one at all: a member, and one of both can be dialled. */
static bool
meets(const struct sim *s, size_t at, size_t other)
{
	const struct sim_node *a = &s->nodes[at], *b = &s->nodes[other];

	/* Two copies of one member do not know each other. */
	return strcmp(a->member.name, b->member.name) != 0 &&
	    !(a->hidden && b->hidden) &&
	    (s->meet == NULL || s->meet(s, at, other)) &&
	    roster_find(a->roster, b->member.name) != NULL;
}

static void
open_node(struct sim *s, size_t at)
{
	struct sim_node *n = &s->nodes[at];
	struct depot_options o = {0};
	struct err_why why;
	size_t i;

	o.roster = n->roster;
	o.self = n->member.name;
	o.witness_key = &n->member.witness_key;
	o.own = n->member.own;
	o.replicas = n->member.replicas;
	o.witness = &n->member.witness;
	o.clock = &n->clock;
	o.successions = &n->member.succession_view;
	o.successions_len = n->member.succeeded ? 1 : 0;
	o.arg = n;
	o.event = on_event;
	o.recall = n->recall;
	if (depot_open(&n->depot, &o, &why) != ERR_OK) {
		fprintf(stderr, "sim: %s\n", why.text);
		abort();
	}
	n->host = *depot_host(n->depot);
	if (s->host != NULL)
		s->host(s, at, &n->host);
	for (i = 0; i < s->len; i++)
		if (i != at && meets(s, at, i))
			n->peers[i] = exchange_new(n->roster, n->member.name,
			    s->nodes[i].member.name, &n->host);
	n->ask = true;
}

static void
close_node(struct sim *s, size_t at)
{
	struct sim_node *n = &s->nodes[at];
	size_t i;

	for (i = 0; i < s->len; i++) {
		exchange_free(n->peers[i]);
		n->peers[i] = NULL;
	}
	depot_close(n->depot);
	n->depot = NULL;
}

void
sim_make(struct sim *s, uint64_t seed, const struct sim_who *who, size_t len,
    size_t founders)
{
	struct member *members = mem_alloc(len, sizeof(members[0]));
	struct sim_node *n;
	size_t i;

	if (len > SIM_NODES_MAX)
		abort();
	memset(s, 0, sizeof(*s));
	s->nodes = mem_alloc(len, sizeof(s->nodes[0]));
	s->random = seed * 2654435761u + 88172645463325252u;
	s->history = UINT64_C(14695981039346656037);
	s->now_us = 1000000;
	s->delay_us = 50000;
	s->acting = SIZE_MAX;
	s->len = len;
	for (i = 0; i < len; i++) {
		n = &s->nodes[i];
		n->sim = s;
		n->clock =
		    (struct clock){.arg = n, .wall_us = wall, .boot_us = boot};
		member_new(&n->member, who[i].name, who[i].role, who[i].company,
		    &n->clock);
		n->member.endpoint = who[i].endpoint;
		member_open(&n->member);
		members[i] = n->member;
	}
	s->roster = member_alliance(members, founders);
	free(members);
	for (i = 0; i < founders; i++)
		s->nodes[i].roster = s->roster;
}

void
sim_begin(struct sim *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->nodes[i].roster != NULL)
			open_node(s, i);
}

void
sim_new(struct sim *s, uint64_t seed)
{
	static const struct sim_who who[] = {
	    {"plant-a.acme.example", FED__ROLE__PLANT, "acme", NULL},
	    {"plant-b.acme.example", FED__ROLE__PLANT, "acme", NULL},
	    {"hq.acme.example", FED__ROLE__HQ, "acme", NULL},
	    {"weld.partner.example", FED__ROLE__PARTNER, "partner", NULL},
	    {"safety.gov.example", FED__ROLE__REGULATOR, "gov", NULL},
	};
	const size_t len = sizeof(who) / sizeof(who[0]);

	sim_make(s, seed, who, len, len);
	sim_begin(s);
}

static void
forget_roster(struct sim *s, struct sim_node *n)
{
	if (n->roster != s->roster)
		roster_free(n->roster);
	n->roster = NULL;
}

void
sim_end(struct sim *s)
{
	size_t i;

	for (i = 0; i < s->air_len; i++)
		free(s->air[i]);
	free(s->air);
	for (i = 0; i < s->len; i++) {
		close_node(s, i);
		forget_roster(s, &s->nodes[i]);
		member_end(&s->nodes[i].member);
		buf_clear(&s->nodes[i].member.succession);
	}
	roster_free(s->roster);
	free(s->nodes);
	s->nodes = NULL;
	s->len = 0;
}

/* The others find their sessions with it ended. */
static void
part_from_all(struct sim *s, size_t node)
{
	sim_clear_air(s, node);
	for (size_t i = 0; s->lines && i < s->len; i++)
		sim_part(s, node, i);
}

void
sim_restart(struct sim *s, size_t node)
{
	struct sim_node *n = &s->nodes[node];

	close_node(s, node);
	member_close(&n->member);
	n->broken = false;
	n->dead = false;
	n->busy_us = 0;
	member_open(&n->member);
	open_node(s, node);
	part_from_all(s, node);
}

void
sim_adopt(struct sim *s, size_t node, struct roster *r)
{
	struct sim_node *n = &s->nodes[node];

	close_node(s, node);
	forget_roster(s, n);
	n->roster = r;
	open_node(s, node);
	part_from_all(s, node);
}

void
sim_stop(struct sim *s, size_t node)
{
	part_from_all(s, node);
	close_node(s, node);
}

void
sim_part(struct sim *s, size_t a, size_t b)
{
	struct sim_node *x = &s->nodes[a], *y = &s->nodes[b];

	if (x->peers[b] != NULL)
		exchange_reset(x->peers[b]);
	if (y->peers[a] != NULL)
		exchange_reset(y->peers[a]);
	x->ask = true;
	y->ask = true;
}

void
sim_cut(struct sim *s, size_t a, size_t b, bool cut)
{
	s->cut[a][b] = cut;
	s->cut[b][a] = cut;
}

void
sim_grown(struct sim *s, size_t node)
{
	depot_refresh(s->nodes[node].depot);
	s->nodes[node].ask = true;
}

/* ---- the disks ---- */

enum sim_disk
sim_commit(struct sim *s)
{
	struct sim_node *n;

	if (s->acting == SIZE_MAX)
		return SIM_DISK_GOOD;
	n = &s->nodes[s->acting];
	if (s->slow_us > 0) {
		n->busy_us =
		    s->now_us + (int64_t)sim_random(s, (uint64_t)s->slow_us);
		s->waited++;
	}
	if (!n->broken && !n->dead && sim_random(s, 1000) >= s->fail)
		return SIM_DISK_GOOD;
	if (!n->broken && !n->dead && sim_random(s, 2) == 0) {
		n->dead = true;
		s->died++;
		return SIM_DISK_KEEPS;
	}
	n->broken = true;
	s->failed++;
	return SIM_DISK_LOSES;
}

const char *
sim_origin(const struct sim *s, size_t node, enum roster_kind kind)
{
	const struct sim_node *n = &s->nodes[node];

	return roster_find(
	    n->roster != NULL ? n->roster : s->roster, n->member.name)
	    ->log[kind]
	    .name;
}

bool
sim_append(struct sim *s, size_t node, enum roster_kind kind, unsigned n)
{
	bool done;

	if (s->nodes[node].broken || s->nodes[node].dead)
		return false;
	s->acting = node;
	done = member_append(&s->nodes[node].member, kind, n, 100);
	s->acting = SIZE_MAX;
	if (done)
		sim_grown(s, node);
	return done;
}
