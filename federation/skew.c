/* skew.c - how far the peers' clocks are from ours. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/skew.h"

#include <stdlib.h>

/* 9999-12-31: what a clock may say at all; sums of two stay in range. */
#define WALL_MAX_US INT64_C(253402300799999999)

void
skew_reset(struct skew *s)
{
	s->heard = false;
	s->said = false;
}

void
skew_say(struct skew *s, int64_t wall_us, int64_t boot_us, Fed__Clock *out)
{
	if (!s->said)
		s->first_us = boot_us;
	s->said = true;
	out->has_wall_us = 1;
	out->wall_us = wall_us;
	out->has_mark = 1;
	out->mark = boot_us;
	if (!s->heard)
		return;
	out->has_echo = 1;
	out->echo = s->mark_us;
	out->has_held_us = 1;
	out->held_us = boot_us > s->heard_us ? boot_us - s->heard_us : 0;
}

static int64_t
error_at(const struct skew_sample *k, int64_t boot_us)
{
	return k->error_us + (boot_us - k->at_us) / 1000000 * SKEW_DRIFT_PPM;
}

void
skew_best(const struct skew *s, int64_t boot_us, struct skew_sample *out)
{
	*out = (struct skew_sample){.error_us = 0};
	for (size_t i = 0; i < s->len; i++) {
		struct skew_sample k = s->kept[i];

		if (boot_us - k.at_us > SKEW_FRESH_US)
			continue;
		k.error_us = error_at(&k, boot_us);
		if (out->error_us == 0 || k.error_us < out->error_us)
			*out = k;
	}
}

static void
keep(struct skew *s, const struct skew_sample *k)
{
	struct skew_sample best;

	/* Both cannot be true: the peer's clock was set in between. */
	skew_best(s, k->at_us, &best);
	if (best.error_us > 0 &&
	    llabs(best.offset_us - k->offset_us) > best.error_us + k->error_us)
		s->len = 0;
	if (s->len < SKEW_KEPT) {
		if (s->len == 0)
			s->next = 0;
		s->kept[s->len++] = *k;
		return;
	}
	s->kept[s->next] = *k;
	s->next = (s->next + 1) % SKEW_KEPT;
}

bool
skew_hear(struct skew *s, const Fed__Clock *c, int64_t boot_us)
{
	struct skew_sample k;
	int64_t trip_us;

	if (!c->has_wall_us || !c->has_mark || c->wall_us < 0 ||
	    c->wall_us > WALL_MAX_US)
		return false;
	s->heard = true;
	s->mark_us = c->mark;
	s->heard_us = boot_us;
	/* Only a mark of ours from this conversation, held no longer than it
	 * can have been away. */
	if (!s->said || !c->has_echo || !c->has_held_us ||
	    c->echo < s->first_us || c->echo > boot_us || c->held_us < 0 ||
	    c->held_us > boot_us - c->echo)
		return false;
	trip_us = boot_us - c->echo - c->held_us;
	k.error_us = trip_us / 2 + SKEW_READ_US;
	k.offset_us = c->wall_us - (boot_us - trip_us / 2);
	k.at_us = boot_us;
	keep(s, &k);
	return true;
}

/* ---- all peers together ---- */

static int
by_ahead(const void *a, const void *b)
{
	const struct skew_claim *x = a;
	const struct skew_claim *y = b;

	return x->ahead_us < y->ahead_us ? -1 : x->ahead_us > y->ahead_us;
}

void
skew_judge(struct skew_view *out, const struct skew_claim *claims, size_t n,
    int64_t limit_us)
{
	struct skew_claim sure[SKEW_CLAIMS_MAX];
	const struct skew_claim *m;

	*out = (struct skew_view){.verdict = SKEW_ALONE};
	for (size_t i = 0; i < n && out->counted < SKEW_CLAIMS_MAX; i++) {
		if (claims[i].error_us > limit_us)
			continue;
		sure[out->counted++] = claims[i];
		out->agree += llabs(claims[i].ahead_us) <= limit_us;
	}
	if (out->counted == 0)
		return;
	qsort(sure, out->counted, sizeof(sure[0]), by_ahead);
	m = &sure[out->counted / 2];
	/* Of an even number our own clock decides. */
	if (out->counted % 2 == 0 &&
	    llabs((m - 1)->ahead_us) < llabs(m->ahead_us))
		m--;
	out->ahead_us = m->ahead_us;
	out->error_us = m->error_us;
	if (llabs(m->ahead_us) <= limit_us)
		out->verdict = SKEW_AGREED;
	else
		out->verdict = out->counted > 1 ? SKEW_WRONG : SKEW_DISPUTED;
}
