/* hub_status.c - how things stand, copied out for other threads. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub_status.h"

#include <stdio.h>
#include <stdlib.h>

#include "federation/hub_state.h"
#include "proto/mem.h"

#define STATUS_US INT64_C(200000)

/* The newest generation of a log that is known; a new one is shown from its
 * beginning, so that it counts as complete only when it is. */
static void
follow(struct hub *h, struct hub_log_status *s, const char *member)
{
	const struct exchange_host *depot = depot_host(h->depot);
	struct exchange_later l;
	size_t i;

	for (i = 0; depot->later(depot->arg, member, i, &l) == ERR_OK; i++)
		if (strcmp(l.s->before.name, s->origin) == 0) {
			(void)snprintf(s->origin, sizeof(s->origin), "%s",
			    l.s->after.name);
			s->head = 0;
			s->held = 0;
			s->head_us = 0;
			s->erased = 0;
		}
}

void
hub_publish(struct hub *h, int64_t now_us)
{
	const struct exchange_host *depot = depot_host(h->depot);
	struct hub_log_status *s;
	struct note_checkpoint head;
	struct bytes note;
	uint64_t held;
	bool crowded;
	size_t i;
	int k;

	if (now_us < h->published_us + STATUS_US)
		return;
	h->published_us = now_us;
	crowded = wire_tend(h->home.wire);
	for (i = 0; i < h->len; i++) {
		h->shown[i].connected = h->links[i].up;
		exchange_skew(h->links[i].x, now_us, &h->shown[i].clock);
		if (h->links[i].up)
			h->shown[i].heard_us = h->links[i].contact_us;
		if (h->links[i].up)
			h->shown[i].contact_us = clock_wall_us(h->o.clock) -
			    (now_us - h->links[i].contact_us);
		for (k = 0; k < 2 * ROSTER_KINDS; k++) {
			s = &h->shown[i].log[k];
			follow(h, s, s->own ? h->o.self : h->shown[i].name);
			if (s->own) {
				s->reached = exchange_reach(
				    h->links[i].x, s->origin, &s->reach);
				if (depot->head(depot->arg, s->origin, &head,
				        &note) == ERR_OK)
					s->head = head.head.size;
				continue;
			}
			if (depot->held(depot->arg, s->origin, &held) == ERR_OK)
				s->held = held;
			s->erased = depot_erased(h->depot, s->origin);
		}
	}
	(void)pthread_mutex_lock(&h->lock);
	if (h->len > 0)
		memcpy(h->status.peers, h->shown, h->len * sizeof(h->shown[0]));
	h->status.len = h->len;
	h->status.entries = h->entries;
	h->status.forks = h->forks;
	h->status.crowded = crowded;
	(void)pthread_mutex_unlock(&h->lock);
}

void
hub_status(struct hub *h, struct hub_status *out)
{
	(void)pthread_mutex_lock(&h->lock);
	*out = h->status;
	out->peers = mem_alloc(h->len + 1, sizeof(out->peers[0]));
	if (h->len > 0)
		memcpy(out->peers, h->status.peers,
		    h->len * sizeof(out->peers[0]));
	(void)pthread_mutex_unlock(&h->lock);
}

void
hub_status_clear(struct hub_status *s)
{
	free(s->peers);
	memset(s, 0, sizeof(*s));
}
