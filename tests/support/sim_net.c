/* sim_net.c - what members say flies, late, twice or never, and is heard. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "proto/mem.h"
#include "proto/squeeze.h"
#include "tests/support/sim.h"

#define AIR_MAX 2 /* turns on their way per direction before one waits */
#define PAUSE_US 3000000 /* up to: before a line that broke is tried again */

/* ---- the air: a heap ---- */

static bool
sooner(const struct sim_message *a, const struct sim_message *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->seq < b->seq;
}

static void
push(struct sim *s, struct sim_message *m)
{
	size_t i = s->air_len++, up;

	s->air = mem_resize(s->air, s->air_len, sizeof(s->air[0]));
	for (; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!sooner(m, s->air[up]))
			break;
		s->air[i] = s->air[up];
	}
	s->air[i] = m;
}

static void
sink(struct sim *s, size_t i, struct sim_message *m)
{
	size_t down;

	for (; 2 * i + 1 < s->air_len; i = down) {
		down = 2 * i + 1;
		if (down + 1 < s->air_len &&
		    sooner(s->air[down + 1], s->air[down]))
			down++;
		if (!sooner(s->air[down], m))
			break;
		s->air[i] = s->air[down];
	}
	s->air[i] = m;
}

static struct sim_message *
take_first(struct sim *s, int64_t until_us)
{
	struct sim_message *m;

	if (s->air_len == 0 || s->air[0]->at_us > until_us)
		return NULL;
	m = s->air[0];
	s->air_len--;
	if (s->air_len > 0)
		sink(s, 0, s->air[s->air_len]);
	return m;
}

static void
drop_between(struct sim *s, size_t node, size_t other)
{
	struct sim_message **air = s->air, *m;
	size_t i, len = s->air_len;

	s->air = NULL;
	s->air_len = 0;
	for (i = 0; i < len; i++) {
		m = air[i];
		if ((m->from != node && m->to != node) ||
		    (other != SIZE_MAX && m->from != other && m->to != other)) {
			push(s, m);
			continue;
		}
		s->in_air[m->from][m->to]--;
		s->nodes[m->from].ask = true;
		free(m);
	}
	free(air);
}

void
sim_clear_air(struct sim *s, size_t node)
{
	drop_between(s, node, SIZE_MAX);
}

/* ---- speaking ---- */

static void
fly(struct sim *s, size_t from, size_t to, struct bytes turn)
{
	struct sim_message *m;

	m = mem_alloc(1, sizeof(*m) + turn.len);
	m->at_us =
	    s->now_us + 100 + (int64_t)sim_random(s, (uint64_t)s->delay_us);
	m->at_us += s->kib_us * (int64_t)(turn.len / 1024);
	m->seq = s->flown++;
	m->from = from;
	m->to = to;
	m->len = turn.len;
	memcpy(m->bytes, turn.ptr, turn.len);
	push(s, m);
	s->in_air[from][to]++;
	s->bytes += turn.len;
	sim_note(s, &m->at_us, sizeof m->at_us);
	sim_note(s, turn.ptr, turn.len);
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

/* Looks at what is said, and lets it be changed. */
static void
look_into(struct sim *s, size_t from, struct bytes turn, struct buf *lie)
{
	const bool squeezed = squeeze_is(turn);
	struct buf whole;
	Fed__Turn *t;

	buf_init(&whole, EXCHANGE_TURN_MAX);
	if (squeezed &&
	    squeeze_get(&whole, turn, EXCHANGE_TURN_MAX, NULL) != ERR_OK)
		abort();
	s->squeezed += squeezed;
	t = squeezed ? fed__turn__unpack(NULL, whole.len, whole.ptr)
	             : fed__turn__unpack(NULL, turn.len, turn.ptr);
	if (!s->nodes[from].dead && s->look == NULL)
		check_acks(s, from, t);
	if (!s->nodes[from].dead && s->look != NULL)
		s->look(s, from, t);
	if (s->lie != NULL) {
		s->lie(s, from, t);
		(void)fed__turn__pack(
		    t, buf_grow(lie, fed__turn__get_packed_size(t)));
	}
	fed__turn__free_unpacked(t, NULL);
	buf_clear(&whole);
}

static void
lose(struct sim *s, size_t from, size_t to)
{
	s->lost++;
	if (!s->lines)
		return;
	drop_between(s, from, to);
	sim_part(s, from, to);
	s->nodes[from].quiet_us[to] =
	    s->now_us + 1 + (int64_t)sim_random(s, PAUSE_US);
	s->nodes[to].quiet_us[from] = s->nodes[from].quiet_us[to];
}

static void
speak(struct sim *s, size_t from, size_t to)
{
	struct exchange *x = s->nodes[from].peers[to];
	struct buf turn, lie;
	struct bytes said;

	buf_init(&turn, EXCHANGE_TURN_MAX);
	buf_init(&lie, 2 * EXCHANGE_TURN_MAX);
	s->acting = from;
	exchange_out(x, s->now_us, 0, &turn);
	s->acting = SIZE_MAX;
	s->hearer = to;
	if (!s->trusting)
		look_into(s, from, buf_view(&turn), &lie);
	said = s->lie != NULL ? buf_view(&lie) : buf_view(&turn);
	if (s->cut[from][to] || s->nodes[from].dead ||
	    sim_random(s, 100) < s->lose) {
		lose(s, from, to);
	} else {
		fly(s, from, to, said);
		if (sim_random(s, 100) < s->twice) {
			fly(s, from, to, said);
			s->doubled++;
		}
	}
	buf_clear(&turn);
	buf_clear(&lie);
}

/* When a peer is to hear something. */
static int64_t
due(struct sim *s, struct sim_node *n, size_t to)
{
	const int64_t at_us = exchange_due(n->peers[to], s->now_us);

	return at_us < n->quiet_us[to] ? n->quiet_us[to] : at_us;
}

static void
ask_all(struct sim *s, struct sim_node *n)
{
	n->ask = false;
	n->next_us = INT64_MAX;
	for (size_t b = 0; b < s->len; b++) {
		if (n->peers[b] == NULL)
			continue;
		n->due_us[b] = due(s, n, b);
		if (n->due_us[b] < n->next_us)
			n->next_us = n->due_us[b];
	}
}

static int64_t
speak_of(struct sim *s, size_t a)
{
	struct sim_node *n = &s->nodes[a];
	int64_t next = INT64_MAX;

	if (n->depot == NULL || n->dead)
		return INT64_MAX;
	if (n->busy_us > s->now_us)
		return n->busy_us;
	if (n->ask)
		ask_all(s, n);
	if (n->next_us > s->now_us)
		return n->next_us;
	for (size_t b = 0; b < s->len; b++) {
		if (n->peers[b] == NULL || s->in_air[a][b] >= AIR_MAX)
			continue;
		if (n->due_us[b] <= s->now_us)
			n->due_us[b] = due(s, n, b);
		if (n->due_us[b] <= s->now_us) {
			speak(s, a, b);
			n->ask = true;
		} else if (n->due_us[b] < next) {
			next = n->due_us[b];
		}
		if (n->dead || n->busy_us > s->now_us)
			break;
	}
	return next;
}

/* All who have something to say say it; when the next one wants to. */
static int64_t
speak_all(struct sim *s)
{
	int64_t next = INT64_MAX, at_us;

	for (size_t a = 0; a < s->len; a++) {
		at_us = speak_of(s, a);
		if (at_us < next)
			next = at_us;
	}
	return next;
}

/* ---- hearing ---- */

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
	if (s->lazy == 0)
		return;
	for (size_t a = 0; a < s->len; a++) {
		s->acting = a;
		s->nodes[a].ask = true;
		for (size_t b = 0; b < s->len; b++)
			if (s->nodes[a].peers[b] != NULL && !s->nodes[a].dead)
				exchange_settle(
				    s->nodes[a].peers[b], s->now_us);
	}
	s->acting = SIZE_MAX;
}

static void
land(struct sim *s, struct sim_message *m)
{
	struct sim_node *n = &s->nodes[m->to];
	struct exchange *x = n->peers[m->from];
	struct exchange_event ev = {.kind = EXCHANGE_REFUSED};
	struct err_why why;
	struct buf turn;

	s->in_air[m->from][m->to]--;
	s->nodes[m->from].ask = true;
	/* Who is no member (any more) is not heard. */
	if (n->dead || x == NULL)
		return;
	s->acting = m->to;
	buf_init(&turn, m->len);
	buf_put(&turn, m->bytes, m->len);
	ev.err = exchange_in(x, &turn, s->now_us, NULL, &why);
	buf_clear(&turn);
	if (ev.err != ERR_OK) {
		ev.peer = s->nodes[m->from].member.name;
		ev.text = bytes_str(why.text);
		n->events[EXCHANGE_REFUSED]++;
		if (s->told != NULL)
			s->told(s, m->to, &ev);
	} else {
		s->delivered++;
		settle_some(s, x);
	}
	n->ask = true;
	s->acting = SIZE_MAX;
}

void
sim_run(struct sim *s, int64_t us)
{
	int64_t end_us = s->now_us + us, next;
	struct sim_message *m;

	/* Whoever calls may have done anything. */
	for (size_t i = 0; i < s->len; i++)
		s->nodes[i].ask = true;
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
			push(s, m);
			continue;
		}
		land(s, m);
		free(m);
	}
	settle_all(s);
}
