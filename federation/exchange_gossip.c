/* exchange_gossip.c - evidence and what is seen of third members, in turns. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "federation/exchange.h"
#include "federation/exchange_state.h"
#include "proto/mem.h"

#define PROVE_ASKS 6 /* without an answer that is named */

void
exchange_gossip_reset(struct exchange *x)
{
	struct exchange_gossip *g = &x->gossip;

	if (g->forks > 0)
		memset(g->fork, 0, g->forks * sizeof g->fork[0]);
	g->next = 0;
	g->sight_us = 0;
	g->again = GOSSIP_ROUNDS;
	g->rounds = g->again;
	if (g->len > 0)
		memset(g->told, 0, g->len * sizeof g->told[0]);
}

static int64_t
pause_us(const struct exchange *x)
{
	const int64_t some = (int64_t)roster_len(x->roster) * 1000000;

	return some > GOSSIP_SIGHT_US ? some : GOSSIP_SIGHT_US;
}

static void
end_round(struct exchange *x, int64_t now_us)
{
	struct exchange_gossip *g = &x->gossip;

	g->next = 0;
	g->sight_us = now_us + pause_us(x);
	if (--g->rounds > 0)
		return;
	/* Twice as long each time: what a long conversation repeats of all that
	 * stands still is most of what an idle alliance says. */
	if (g->again < GOSSIP_ROUNDS_MAX)
		g->again *= 2;
	g->rounds = g->again;
	if (g->len > 0)
		memset(g->told, 0, g->len * sizeof g->told[0]);
}

/* The next log of a third member, from g->next on, whose acknowledged size the
 * peer was not told in this conversation. */
static bool
find_sight(struct exchange *x, struct gossip_sight *out)
{
	const struct gossip_host *h = x->host->gossip;
	struct exchange_gossip *g = &x->gossip;

	for (; h->sight(h->arg, g->next, out) == ERR_OK; g->next++) {
		if (g->next >= g->len) {
			g->told =
			    mem_resize(g->told, g->next + 1, sizeof g->told[0]);
			memset(g->told + g->len, 0,
			    (g->next + 1 - g->len) * sizeof g->told[0]);
			g->len = g->next + 1;
		}
		if (out->size > 0 && out->size != g->told[g->next] &&
		    strcmp(out->owner, x->self) != 0 &&
		    strcmp(out->owner, x->peer->name) != 0)
			return true;
	}
	return false;
}

/* Room for what the host has learnt since. */
static struct exchange_fork *
fork_at(struct exchange_gossip *g, size_t i)
{
	if (i >= g->forks) {
		g->fork = mem_resize(g->fork, i + 1, sizeof g->fork[0]);
		memset(g->fork + g->forks, 0,
		    (i + 1 - g->forks) * sizeof g->fork[0]);
		g->forks = i + 1;
	}
	return &g->fork[i];
}

/* A file tells once of all; whoever speaks, until it comes back. */
static bool
fork_told(const struct exchange *x, const struct exchange_fork *f)
{
	return x->carries ? f->times > 0 : f->heard;
}

/* When evidence is to be told next; INT64_MAX: the peer has all. */
static int64_t
forks_due(struct exchange *x)
{
	const struct gossip_host *h = x->host->gossip;
	int64_t due = INT64_MAX;
	struct exchange_fork *f;
	struct bytes file;

	for (size_t i = 0; h->fork(h->arg, i, &file) == ERR_OK; i++) {
		f = fork_at(&x->gossip, i);
		if (!fork_told(x, f) && f->next_us < due)
			due = f->next_us;
	}
	return due;
}

int64_t
exchange_gossip_due(struct exchange *x, int64_t now_us)
{
	const struct gossip_host *h = x->host->gossip;
	struct exchange_gossip *g = &x->gossip;
	struct gossip_sight sight;
	int64_t due;

	if (h == NULL)
		return INT64_MAX;
	due = forks_due(x);
	if (x->carries)
		return due;
	if (now_us >= g->sight_us && find_sight(x, &sight))
		return now_us;
	if (now_us >= g->sight_us)
		end_round(x, now_us);
	return due < g->sight_us ? due : g->sight_us;
}

static void
add(ProtobufCBinaryData *list, size_t *n, struct bytes v)
{
	list[*n].len = v.len;
	list[*n].data = mem_alloc(v.len, 1);
	memcpy(list[*n].data, v.ptr, v.len);
	(*n)++;
}

void
exchange_put_gossip(struct exchange *x, Fed__Turn *t, int64_t now_us)
{
	const struct gossip_host *h = x->host->gossip;
	struct exchange_gossip *g = &x->gossip;
	struct gossip_sight sight;
	struct bytes file;

	if (h == NULL)
		return;
	t->forks = mem_alloc(GOSSIP_FORKS_MAX, sizeof t->forks[0]);
	for (size_t i = 0; t->n_forks < GOSSIP_FORKS_MAX &&
	     h->fork(h->arg, i, &file) == ERR_OK;
	     i++) {
		struct exchange_fork *f = fork_at(g, i);

		if (fork_told(x, f) || now_us < f->next_us)
			continue;
		add(t->forks, &t->n_forks, file);
		f->next_us = now_us + (GOSSIP_FORK_US << f->times);
		f->times += f->times < GOSSIP_REPEATS;
	}
	if (now_us < g->sight_us || x->carries)
		return;
	t->sights = mem_alloc(GOSSIP_SIGHTS_MAX, sizeof t->sights[0]);
	while (t->n_sights < GOSSIP_SIGHTS_MAX && find_sight(x, &sight)) {
		g->told[g->next++] = sight.size;
		add(t->sights, &t->n_sights, sight.note);
	}
	if (t->n_sights == GOSSIP_SIGHTS_MAX)
		return;
	end_round(x, now_us);
}

void
exchange_take_gossip(struct exchange *x, const Fed__Turn *t)
{
	const struct gossip_host *h = x->host->gossip;
	struct err_why why;
	struct bytes file;
	size_t i, at;
	enum err e;

	for (i = 0; h != NULL && i < t->n_forks; i++) {
		e = h->accuse(h->arg, x->peer->name,
		    bytes_of(t->forks[i].data, t->forks[i].len), &at, &why);
		/* What found no place here is not what gets that place next. */
		if (e == ERR_OK && h->fork(h->arg, at, &file) == ERR_OK)
			fork_at(&x->gossip, at)->heard = true;
		/* A log that this roster does not know yet is no fault. */
		else if (e != ERR_OK && e != ERR_NOT_FOUND)
			exchange_tell_refused(x, NULL, e, &why);
	}
	for (i = 0; h != NULL && i < t->n_sights; i++) {
		e = h->compare(h->arg, x->peer->name,
		    bytes_of(t->sights[i].data, t->sights[i].len), &why);
		if (e != ERR_OK && e != ERR_NOT_FOUND)
			exchange_tell_refused(x, NULL, e, &why);
	}
}

/* ---- what the peer has not shown to be continued ---- */

int64_t
exchange_unproved_due(
    struct exchange *x, const struct exchange_theirs *s, int64_t now_us)
{
	const struct gossip_host *h = x->host->gossip;
	uint64_t size;

	if (h == NULL || h->unproved == NULL || x->carries ||
	    !h->unproved(h->arg, s->origin, &size))
		return INT64_MAX;
	return size != s->prove.from ? now_us : s->prove.us + EXCHANGE_RETRY_US;
}

static void
ask(struct exchange *x, struct exchange_theirs *s, uint64_t size,
    int64_t now_us)
{
	struct err_why why;

	if (size != s->prove.from)
		s->prove.asked = 0;
	else if (x->gossip.heard_us > s->prove.us)
		s->prove.asked++;
	s->prove.from = size;
	s->prove.us = now_us;
	if (s->prove.asked < PROVE_ASKS)
		return;
	s->prove.asked = 0;
	exchange_tell_refused(x, s->origin,
	    err_fail(&why, ERR_UNVERIFIED,
	        "does not show that it continues its checkpoint of %llu: "
	        "it has forked, or its version cannot show it",
	        (unsigned long long)size),
	    &why);
}

void
exchange_put_unproved(struct exchange *x, Fed__Turn *t, int64_t now_us)
{
	const struct gossip_host *h = x->host->gossip;
	struct exchange_theirs *s;
	uint64_t size;
	Fed__Ack *a;

	for (size_t k = 0; k < x->theirs_len && t->n_acks < TURN_LISTED; k++) {
		s = &x->theirs[k];
		if (exchange_unproved_due(x, s, now_us) > now_us ||
		    !h->unproved(h->arg, s->origin, &size))
			continue;
		ask(x, s, size, now_us);
		a = mem_alloc(1, sizeof(*a));
		fed__ack__init(a);
		a->origin = mem_strdup(s->origin);
		a->has_prove = 1;
		a->prove = size;
		t->acks[t->n_acks++] = a;
	}
}
