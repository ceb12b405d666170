/* metrics_peers.c - how things stand with each member, as Prometheus text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/metrics.h"
#include "node/peers.h"
#include "proto/clock.h"

#include <stdio.h>
#include <string.h>

/* One figure of a member; false: there is none. */
struct row {
	const char *name;
	const char *type;
	const char *help;
	bool (*of)(const Config__Peer *m, uint64_t *out);
};

static bool
connected(const Config__Peer *m, uint64_t *out)
{
	*out = strcmp(m->state, "connected") == 0;
	return true;
}

static bool
contact(const Config__Peer *m, uint64_t *out)
{
	const int64_t age_us = clock_wall_us(clock_system()) - m->seen_at;

	*out = age_us > 0 ? (uint64_t)age_us / 1000000 : 0;
	return m->has_seen_at;
}

static bool
lag(const Config__Peer *m, uint64_t *out)
{
	*out = m->lag;
	return true;
}

static bool
lag_seconds(const Config__Peer *m, uint64_t *out)
{
	*out = m->lag_seconds;
	return true;
}

static bool
owed(const Config__Peer *m, uint64_t *out)
{
	*out = m->owed;
	return true;
}

static bool
owed_seconds(const Config__Peer *m, uint64_t *out)
{
	*out = m->owed_seconds;
	return true;
}

static bool
refused(const Config__Peer *m, uint64_t *out)
{
	*out = m->refused;
	return true;
}

static bool
alarm_stands(const Config__Peer *m, uint64_t *out)
{
	*out = m->alarm ? 1 : 0;
	return true;
}

static const struct row rows[] = {
    {"peer_connected", "gauge", "1 while a session is up.", connected},
    {"peer_contact_seconds", "gauge", "Since it was heard on a line.", contact},
    {"peer_lag", "gauge", "Entries signed there, not yet here.", lag},
    {"peer_lag_seconds", "gauge", "For how long.", lag_seconds},
    {"peer_owed", "gauge", "Entries signed here that it may have and lacks.",
        owed},
    {"peer_owed_seconds", "gauge", "For how long.", owed_seconds},
    {"peer_refused_total", "counter",
        "What failed with it or was not accepted, since the start.", refused},
    {"peer_alarm", "gauge", "1 while it is silent or behind for too long.",
        alarm_stands},
};

void
metrics_peers(struct buf *out, struct peers *p)
{
	Config__Alliance *a = peers_status(p);
	uint64_t v;

	if (a == NULL)
		return;
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		metrics_head(out, rows[k].name, rows[k].type, rows[k].help);
		for (size_t i = 0; i < a->n_members; i++)
			if (strcmp(a->members[i]->state, "self") != 0 &&
			    rows[k].of(a->members[i], &v))
				buf_printf(out,
				    "lianfang_%s{peer=\"%s\"} %llu\n",
				    rows[k].name, a->members[i]->name,
				    (unsigned long long)v);
	}
	config__alliance__free_unpacked(a, NULL);
	peers_veil_metrics(p, out);
}
