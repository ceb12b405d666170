/* peers_status.c - the members and how things stand with them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/config.h"
#include "node/peers_state.h"
#include "proto/mem.h"
#include "proto/text.h"

#include <stdio.h>
#include <stdlib.h>

/* The part of a name that says which log: "evidence/1". */
static const char *
log_name(const struct hub_log_status *l)
{
	const char *at = strrchr(l->origin, '/');

	while (at != NULL && at > l->origin && at[-1] != '/')
		at--;
	return at != NULL ? at : l->origin;
}

/* What is signed there and not held here, log by log. */
static void
fill_gaps(Config__Peer *m, const struct hub_peer_status *h)
{
	char text[NOTE_NAME_MAX + 48];

	m->gap = mem_alloc(ROSTER_KINDS, sizeof *m->gap);
	for (size_t k = 0; k < ROSTER_KINDS; k++) {
		const struct hub_log_status *l = &h->log[k];

		if (!l->wanted || l->head <= l->held)
			continue;
		(void)snprintf(text, sizeof text, "%s %llu-%llu", log_name(l),
		    (unsigned long long)l->held,
		    (unsigned long long)l->head - 1);
		m->gap[m->n_gap++] = mem_strdup(text);
	}
}

static void
fill_lag(struct peers *p, Config__Peer *m)
{
	struct peers_lag lacked, owed;

	peers_watch_lag(p->watch, m->name, &lacked, &owed);
	m->has_lag = m->has_lag_seconds = true;
	m->has_owed = m->has_owed_seconds = m->has_alarm = true;
	m->lag = lacked.entries;
	m->lag_seconds = (uint64_t)lacked.us / 1000000;
	m->owed = owed.entries;
	m->owed_seconds = (uint64_t)owed.us / 1000000;
	m->alarm = peers_watch_alarm(p->watch, m->name);
}

static void
fill_link(const struct site *s, Config__Peer *m, const struct hub_status *st)
{
	int64_t wall_us = clock_wall_us(s->clock) - clock_boot_us(s->clock);

	for (size_t i = 0; i < st->len; i++) {
		const struct hub_peer_status *h = &st->peers[i];
		if (strcmp(h->name, m->name) != 0)
			continue;
		free(m->state);
		m->state = mem_strdup(h->connected ? "connected"
		        : h->dials                 ? "connecting"
		                                   : "waiting");
		m->has_seen_at = h->contact_us != 0;
		m->seen_at = h->contact_us;
		m->has_skew_ms = h->clock.error_us > 0;
		m->skew_ms = (h->clock.offset_us - wall_us) / 1000;
		m->trouble = mem_strdup_given(h->trouble);
		m->has_trouble_at = h->trouble_us != 0;
		m->trouble_at = h->trouble_us;
		m->has_carried_at = h->carried_us != 0;
		m->carried_at = h->carried_us;
		m->has_refused = true;
		m->refused = h->refused;
		fill_gaps(m, h);
	}
}

Config__Alliance *
peers_status(struct peers *p)
{
	const struct roster *r = atomic_load(&p->roster);
	struct hub_status st = {.peers = NULL};
	struct buf hex;

	if (r == NULL)
		return NULL;
	bool on = peers_hub_status(p, &st);
	Config__Alliance *a = mem_alloc(1, sizeof *a);
	config__alliance__init(a);
	buf_init(&hex, 256);
	text_hex_put(&hex, bytes_hash(roster_fingerprint(r)));
	a->fingerprint = mem_strdup(buf_cstr(&hex));
	buf_clear(&hex);
	a->name = mem_strdup(roster_alliance(r));
	a->has_epoch = true;
	a->epoch = roster_epoch(r);
	a->has_quorum = true;
	a->quorum = (uint32_t)roster_quorum(r);
	a->members = mem_alloc(roster_len(r) + 1, sizeof(Config__Peer *));
	for (size_t i = 0; i < roster_len(r); i++) {
		const struct roster_member *m = roster_at(r, i);
		Config__Peer *peer = mem_alloc(1, sizeof *peer);
		config__peer__init(peer);
		peer->name = mem_strdup(m->name);
		peer->role =
		    mem_strdup(config_role_name((Config__Company)m->role));
		peer->company = mem_strdup_given(m->company);
		peer->endpoint = mem_strdup_given(m->endpoint);
		bool self = strcmp(m->name, p->site->name) == 0;
		peer->state = mem_strdup(self ? "self"
		        : on                  ? "waiting"
		                              : "unknown");
		if (on)
			fill_link(p->site, peer, &st);
		if (on && !self)
			fill_lag(p, peer);
		a->members[a->n_members++] = peer;
	}
	if (on)
		hub_status_clear(&st);
	return a;
}
