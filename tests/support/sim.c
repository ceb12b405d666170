/* sim.c - many exchanges on one thread, over a bad network. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "federation/access.h"
#include "proto/mem.h"
#include "proto/squeeze.h"

#define AIR_MAX 2 /* turns on their way per direction before one waits */

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

static void
on_event(void *arg, const struct exchange_event *e)
{
	struct sim_node *n = arg;

	n->events[e->kind]++;
	if (e->kind == EXCHANGE_REFUSED || e->kind == EXCHANGE_REJECTED)
		(void)snprintf(n->trouble, sizeof(n->trouble), "%.*s",
		    (int)e->text.len, (const char *)e->text.ptr);
	if (e->kind == EXCHANGE_COSIGNED)
		n->cosigned[strstr(e->origin, "/alliance/") != NULL] =
		    (unsigned)e->size;
}

static void
open_node(struct sim *s, size_t at)
{
	struct sim_node *n = &s->nodes[at];
	struct depot_options o = {0};
	struct err_why why;
	size_t i;

	o.roster = s->roster;
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
	for (i = 0; i < s->len; i++)
		if (i != at)
			n->peers[i] = exchange_new(s->roster, n->member.name,
			    s->nodes[i].member.name, depot_host(n->depot));
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
sim_new(struct sim *s, uint64_t seed)
{
	static const struct {
		const char *name;
		Fed__Role role;
		const char *company;
	} who[] = {
	    {"plant-a.acme.example", FED__ROLE__PLANT, "acme"},
	    {"plant-b.acme.example", FED__ROLE__PLANT, "acme"},
	    {"hq.acme.example", FED__ROLE__HQ, "acme"},
	    {"weld.partner.example", FED__ROLE__PARTNER, "partner"},
	    {"safety.gov.example", FED__ROLE__REGULATOR, "gov"},
	};
	struct member members[MEMBERS_MAX];
	size_t i;

	memset(s, 0, sizeof(*s));
	s->random = seed * 2654435761u + 88172645463325252u;
	s->now_us = 1000000;
	s->delay_us = 50000;
	s->acting = SIZE_MAX;
	s->len = sizeof(who) / sizeof(who[0]);
	for (i = 0; i < s->len; i++) {
		s->nodes[i].sim = s;
		s->nodes[i].clock = (struct clock){
		    .arg = &s->nodes[i], .wall_us = wall, .boot_us = boot};
		member_new(&s->nodes[i].member, who[i].name, who[i].role,
		    who[i].company, &s->nodes[i].clock);
		member_open(&s->nodes[i].member);
		members[i] = s->nodes[i].member;
	}
	s->roster = member_alliance(members, s->len);
	for (i = 0; i < s->len; i++)
		open_node(s, i);
}

/* Drops what is under way; to or from `node` only unless it is SIZE_MAX. */
static void
clear_air(struct sim *s, size_t node)
{
	struct sim_message **at = &s->air, *m;

	while (*at != NULL) {
		m = *at;
		if (node != SIZE_MAX && m->from != node && m->to != node) {
			at = &m->next;
			continue;
		}
		s->in_air[m->from][m->to]--;
		*at = m->next;
		free(m);
	}
}

void
sim_end(struct sim *s)
{
	size_t i;

	clear_air(s, SIZE_MAX);
	for (i = 0; i < s->len; i++) {
		close_node(s, i);
		member_end(&s->nodes[i].member);
	}
	roster_free(s->roster);
}

void
sim_restart(struct sim *s, size_t node)
{
	struct sim_node *n = &s->nodes[node];

	clear_air(s, node);
	close_node(s, node);
	member_close(&n->member);
	n->broken = false;
	n->dead = false;
	n->busy_us = 0;
	member_open(&n->member);
	open_node(s, node);
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
	return roster_find(s->roster, s->nodes[node].member.name)
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

/* What `from` says as a witness is on its disk already. */
static void
check_acks(struct sim *s, size_t from, const Fed__Turn *t)
{
	struct member *m = &s->nodes[from].member;
	struct witness_state st;
	struct store_txn *txn;
	size_t i;

	if (store_read(m->replica_store, &txn, NULL) != ERR_OK)
		abort();
	for (i = 0; i < t->n_acks; i++)
		if (witness_state(&m->witness, txn, t->acks[i]->origin, &st,
		        NULL) != ERR_OK ||
		    st.head.size < t->acks[i]->size) {
			fprintf(stderr, "sim: %s acknowledged what it lost\n",
			    m->name);
			abort();
		}
	store_abort(txn);
}

/* ---- the network ---- */

static void
fly(struct sim *s, size_t from, size_t to, struct bytes turn)
{
	struct sim_message *m;

	m = mem_alloc(1, sizeof(*m) + turn.len);
	m->at_us =
	    s->now_us + 100 + (int64_t)sim_random(s, (uint64_t)s->delay_us);
	m->at_us += s->kib_us * (int64_t)(turn.len / 1024);
	m->from = from;
	m->to = to;
	m->len = turn.len;
	memcpy(m->bytes, turn.ptr, turn.len);
	m->next = s->air;
	s->air = m;
	s->in_air[from][to]++;
}

static void
speak(struct sim *s, size_t from, size_t to)
{
	struct exchange *x = s->nodes[from].peers[to];
	struct buf turn, lie, whole;
	Fed__Turn *t;
	bool squeezed;

	buf_init(&turn, EXCHANGE_TURN_MAX);
	buf_init(&lie, 2 * EXCHANGE_TURN_MAX);
	buf_init(&whole, EXCHANGE_TURN_MAX);
	s->acting = from;
	exchange_out(x, s->now_us, 0, &turn);
	s->acting = SIZE_MAX;
	squeezed = squeeze_is(buf_view(&turn));
	if (squeezed &&
	    squeeze_get(&whole, buf_view(&turn), EXCHANGE_TURN_MAX, NULL) !=
	        ERR_OK)
		abort();
	s->squeezed += squeezed;
	t = squeezed ? fed__turn__unpack(NULL, whole.len, whole.ptr)
	             : fed__turn__unpack(NULL, turn.len, turn.ptr);
	if (!s->nodes[from].dead)
		check_acks(s, from, t);
	if (s->lie != NULL) {
		s->lie(s, from, t);
		(void)fed__turn__pack(
		    t, buf_grow(&lie, fed__turn__get_packed_size(t)));
	} else {
		buf_bytes(&lie, buf_view(&turn));
	}
	fed__turn__free_unpacked(t, NULL);
	if (s->cut[from][to] || s->nodes[from].dead ||
	    sim_random(s, 100) < s->lose) {
		s->lost++;
	} else {
		fly(s, from, to, buf_view(&lie));
		if (sim_random(s, 100) < s->twice) {
			fly(s, from, to, buf_view(&lie));
			s->doubled++;
		}
	}
	buf_clear(&turn);
	buf_clear(&lie);
	buf_clear(&whole);
}

/* All that is queued, or as much as this node is in the mood for. */
static void
settle_some(struct sim *s, struct exchange *x)
{
	while (exchange_queued(x) > 0) {
		if (s->lazy > 0 && sim_random(s, 100) < s->lazy) {
			s->left++;
			break;
		}
		exchange_settle_first(x, s->now_us);
	}
}

/* What was left lying is stored now. */
static void
settle_all(struct sim *s)
{
	for (size_t a = 0; a < s->len; a++) {
		s->acting = a;
		for (size_t b = 0; b < s->len; b++)
			if (a != b && !s->nodes[a].dead)
				exchange_settle(
				    s->nodes[a].peers[b], s->now_us);
	}
	s->acting = SIZE_MAX;
}

static void
land(struct sim *s, struct sim_message *m)
{
	struct exchange *x = s->nodes[m->to].peers[m->from];
	struct err_why why;
	struct buf turn;
	enum err e;

	s->in_air[m->from][m->to]--;
	if (s->nodes[m->to].dead)
		return;
	s->acting = m->to;
	buf_init(&turn, m->len);
	buf_put(&turn, m->bytes, m->len);
	e = exchange_in(x, &turn, s->now_us, NULL, &why);
	buf_clear(&turn);
	if (e != ERR_OK) {
		s->nodes[m->to].events[EXCHANGE_REFUSED]++;
	} else {
		s->delivered++;
		settle_some(s, x);
	}
	s->acting = SIZE_MAX;
}

static struct sim_message *
take_first(struct sim *s, int64_t until_us)
{
	struct sim_message **at, **first = NULL, *m;

	for (at = &s->air; *at != NULL; at = &(*at)->next)
		if (first == NULL || (*at)->at_us < (*first)->at_us)
			first = at;
	if (first == NULL || (*first)->at_us > until_us)
		return NULL;
	m = *first;
	*first = m->next;
	return m;
}

/* All who have something to say say it; when the next one wants to. */
static int64_t
speak_all(struct sim *s)
{
	int64_t next = INT64_MAX, due;
	size_t a, b;

	for (a = 0; a < s->len; a++)
		for (b = 0; b < s->len; b++) {
			if (a == b || s->in_air[a][b] >= AIR_MAX ||
			    s->nodes[a].dead)
				continue;
			if (s->nodes[a].busy_us > s->now_us) {
				next = s->nodes[a].busy_us < next
				    ? s->nodes[a].busy_us
				    : next;
				continue;
			}
			due = exchange_due(s->nodes[a].peers[b], s->now_us);
			if (due <= s->now_us)
				speak(s, a, b);
			else if (due < next)
				next = due;
		}
	return next;
}

void
sim_run(struct sim *s, int64_t us)
{
	int64_t end_us = s->now_us + us, next;
	struct sim_message *m;

	while (s->now_us < end_us) {
		next = speak_all(s);
		if (next > end_us)
			next = end_us;
		m = take_first(s, next);
		if (m == NULL) {
			s->now_us = next > s->now_us ? next : s->now_us + 1;
			continue;
		}
		if (m->at_us > s->now_us)
			s->now_us = m->at_us;
		if (s->nodes[m->to].busy_us > s->now_us) {
			/* Heard when the disk lets it listen. */
			m->at_us = s->nodes[m->to].busy_us;
			m->next = s->air;
			s->air = m;
			continue;
		}
		land(s, m);
		free(m);
	}
	settle_all(s);
}

/* ---- what must hold ---- */

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
