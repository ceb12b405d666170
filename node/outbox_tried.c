/* outbox_tried.c - attempts at notices, in memory only. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_tried.h"

#include "node/outbox_state.h"

#define WAYS 16 /* places that one notice may have */

static size_t
place_of(uint64_t place, uint64_t target)
{
	const uint64_t mix = (place ^ target) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(mix >> 32) % (OUTBOX_TRIED / WAYS) * WAYS;
}

struct outbox_tried *
outbox_tried_find(struct outbox *o, uint64_t place, uint64_t target)
{
	struct outbox_tried *t = &o->tried[place_of(place, target)];

	for (size_t i = 0; i < WAYS; i++) {
		if (t[i].place == place && t[i].target == target)
			return &t[i];
	}
	return NULL;
}

/* The one tried least gives way: it has least to lose. */
struct outbox_tried *
outbox_tried_get(struct outbox *o, uint64_t place, uint64_t target)
{
	struct outbox_tried *t = outbox_tried_find(o, place, target);
	struct outbox_tried *ways = &o->tried[place_of(place, target)];

	if (t != NULL)
		return t;
	t = &ways[0];
	for (size_t i = 1; i < WAYS; i++) {
		if (ways[i].attempts < t->attempts)
			t = &ways[i];
	}
	*t = (struct outbox_tried){.place = place, .target = target};
	return t;
}

void
outbox_tried_drop(struct outbox *o, uint64_t place, uint64_t target)
{
	struct outbox_tried *t = outbox_tried_find(o, place, target);

	if (t != NULL)
		*t = (struct outbox_tried){.place = 0};
}
