/* hub_guest.h - strangers who were invited, beside the links. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_HUB_GUEST_H
#define FEDERATION_HUB_GUEST_H

#include "federation/hub.h"

/*
 * A frame of a guest is looked at only while its invitation is known
 * (hub_host.invited), at most so many at a time and one more per interval, and
 * beside the handshakes of members: strangers take nothing from these.
 */
#define HUB_GUESTS 2
#define HUB_GUEST_BURST 16
#define HUB_GUEST_US INT64_C(50000)
#define HUB_GUEST_PATIENCE_US INT64_C(10000000) /* for the node's answer */

/* What a guest says, to be judged by the node: hub_host.guest. */
struct hub_guest_said {
	uint64_t id; /* for the answer */
	const char *invitation; /* "iv_0123456789ab" */
	const uint8_t *key; /* CRYPTO_KEY_BYTES: it has shown to hold it */
	struct bytes message; /* a fed.Guest, not looked at yet */
};

/* The answer, a fed.Told; any thread, not while the hub is stopped.  Dropped
 * when that guest waits no more. */
void hub_guest_answer(struct hub *h, uint64_t id, struct bytes message);

#endif
