/* timekeep_status.c - how the clock stands, for people and machines. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/timekeep_state.h"
#include "proto/mem.h"

#include <stdlib.h>

static void
fill_peers(Config__Clock *c, const struct timekeep_peers *p,
    const struct timeline_reading *r, int64_t limit_us)
{
	c->peers = mem_alloc(p->len + 1, sizeof *c->peers);
	for (size_t i = 0; i < p->len; i++) {
		const struct skew_member *at = &p->at[i];
		Config__ClockPeer *m = mem_alloc(1, sizeof *m);
		int64_t ahead_us;

		config__clock_peer__init(m);
		m->name = mem_strdup(at->name);
		m->has_skew_ms = m->has_error_ms = at->clock.error_us > 0;
		if (at->clock.error_us > 0) {
			ahead_us = timekeep_ahead(at, r->wall_us, r->boot_us);
			m->skew_ms = -ahead_us / 1000;
			m->error_ms =
			    (uint32_t)((at->clock.error_us + 999) / 1000);
			m->has_apart = true;
			m->apart =
			    llabs(ahead_us) - at->clock.error_us > limit_us;
		}
		c->peers[c->n_peers++] = m;
	}
}

static const char *
state_of(const struct timekeep *k, unsigned span_faults,
    const struct timeline_reading *r, const struct skew_view *view)
{
	if (!k->started)
		return "stopped";
	if (span_faults != 0)
		return "uncertain";
	return r->synchronised || view->verdict == SKEW_AGREED ? "good"
	                                                       : "unverified";
}

/* lock held. */
static void
fill_line(Config__Clock *c, const struct timekeep *k,
    const struct timeline_reading *r, const struct timeline_span *s)
{
	int64_t held_us;

	c->has_confirmed_at = true;
	c->confirmed_at = stamp_line_at(k->line.line, r->boot_us);
	held_us = r->wall_us - c->confirmed_at;
	if ((s->faults & TIMELINE_AHEAD) != 0) {
		c->has_held_ms = true;
		c->held_ms = held_us / 1000;
	}
	c->has_earliest_at = c->has_latest_at = s->faults != 0;
	c->earliest_at = s->from_us;
	c->latest_at = s->to_us;
	c->has_error_ms = true;
	c->error_ms = timeline_error_ms(&k->line);
	c->has_set_ahead = c->has_set_back = true;
	c->set_ahead = k->stepped[0];
	c->set_back = k->stepped[1];
	c->faults = mem_alloc(TIMELINE_FAULTS, sizeof *c->faults);
	for (size_t i = 0; i < TIMELINE_FAULTS; i++) {
		const char *text = timekeep_fault(s->faults, i);

		if (text != NULL)
			c->faults[c->n_faults++] = mem_strdup(text);
	}
}

bool
timekeep_vouched(const struct site *s)
{
	struct timekeep *k = s->time;
	struct timeline_span span = {.faults = 1};
	struct timekeep_peers *p;
	struct timeline_reading r;
	struct skew_view view;

	if (k == NULL)
		return true;
	p = mem_alloc(1, sizeof *p);
	timekeep_read(s, &r);
	timekeep_peers(p, s, r.wall_us, r.boot_us);
	skew_judge(&view, p->claim, p->claims, k->policy.limit_us);
	free(p);
	(void)pthread_mutex_lock(&k->lock);
	if (k->started)
		span = timeline_now(&k->line, r.wall_us, r.boot_us);
	(void)pthread_mutex_unlock(&k->lock);
	return span.faults == 0 &&
	    (r.synchronised || view.verdict == SKEW_AGREED);
}

Config__Clock *
timekeep_status(struct timekeep *k)
{
	Config__Clock *c = mem_alloc(1, sizeof *c);
	struct timekeep_peers *p = mem_alloc(1, sizeof *p);
	struct timeline_span span = {.faults = 0};
	struct timeline_reading r;
	struct skew_view view;

	config__clock__init(c);
	timekeep_read(k->site, &r);
	timekeep_peers(p, k->site, r.wall_us, r.boot_us);
	skew_judge(&view, p->claim, p->claims, k->policy.limit_us);
	(void)pthread_mutex_lock(&k->lock);
	if (k->started) {
		span = timeline_now(&k->line, r.wall_us, r.boot_us);
		fill_line(c, k, &r, &span);
	}
	c->state = mem_strdup(state_of(k, span.faults, &r, &view));
	(void)pthread_mutex_unlock(&k->lock);
	c->has_wall_at = true;
	c->wall_at = r.wall_us;
	c->has_synchronised = true;
	c->synchronised = r.synchronised;
	c->has_counted = c->has_quorum = true;
	c->counted = (uint32_t)view.counted;
	c->quorum = (uint32_t)p->quorum;
	c->has_skew_ms = view.counted > 0;
	c->skew_ms = -view.ahead_us / 1000;
	c->has_limit_ms = c->has_start_hours = true;
	c->limit_ms = (uint32_t)(k->policy.limit_us / 1000);
	c->start_hours = (uint32_t)(k->policy.start_us / INT64_C(3600000000));
	if (k->started)
		fill_peers(c, p, &r, k->policy.limit_us);
	free(p);
	return c;
}
