/* heads_known.c - what is known of the own logs, and who can be asked. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "ledger/log_read.h"
#include "node/heads_state.h"

int64_t
heads_boot_us(const struct heads *h)
{
	return clock_boot_us(h->site->clock);
}

bool
heads_waits(const struct heads *h, int k)
{
	return (heads_unsure(h) & ~h->decided & 1u << k) != 0;
}

bool
heads_has_more(const struct heads *h, const struct asked *a, int k)
{
	const struct word *w = &a->log[k];
	uint64_t held = h->log[k].held.size;

	return w->most > held && w->dry != held + 1 && !w->late;
}

bool
heads_may_fetch(const struct heads *h, int k)
{
	for (size_t i = 0; i < h->len; i++)
		if (h->asked[i].up && heads_has_more(h, &h->asked[i], k))
			return true;
	return false;
}

static bool
log_heard(const struct heads *h, int k)
{
	for (size_t i = 0; i < h->len; i++)
		if (!h->asked[i].log[k].heard)
			return false;
	return true;
}

bool
heads_all_heard(const struct heads *h)
{
	for (int k = 0; k < SITE_LOGS; k++)
		if (heads_waits(h, k) && !log_heard(h, k))
			return false;
	return true;
}

bool
heads_takes_bare(const struct heads *h, int k)
{
	for (size_t i = 0; i < h->len; i++)
		if (h->asked[i].up && !h->asked[i].log[k].bare &&
		    heads_has_more(h, &h->asked[i], k))
			return false;
	return log_heard(h, k) ||
	    heads_boot_us(h) >= h->until_us + HEADS_AGAIN_US;
}

bool
heads_whole(const struct heads *h, int k)
{
	const struct known *l = &h->log[k];

	if (l->two || l->most > l->held.size || l->gaps.len > 0)
		return false;
	if ((h->site->doubt & 1u << k) != 0)
		return l->was_closed && l->closed.size == l->held.size &&
		    memcmp(l->closed.root.b, l->held.root.b, HASH_BYTES) == 0;
	return !l->behind;
}

bool
heads_is_bare(const struct log_extension *x)
{
	Ledger__Entry *entry = NULL;
	bool bare = false;

	for (size_t i = 0; i < x->len && !bare; i++) {
		if (x->items[i].sealed.len > 0 ||
		    log_decode(&entry, x->items[i].leaf, NULL) != ERR_OK)
			continue;
		bare = entry->has_commitment;
		ledger__entry__free_unpacked(entry, NULL);
	}
	return bare;
}
