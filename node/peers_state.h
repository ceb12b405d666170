/* peers_state.h - what the node's side of the federation holds; private. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PEERS_STATE_H
#define NODE_PEERS_STATE_H

#include "federation/hub.h"
#include "node/peers.h"
#include "node/peers_watch.h"
#include "node/service.h"
#include "node/site.h"
#include "node/veil_desk.h"

#include <pthread.h>
#include <stdatomic.h>

struct lane;

/* When the replica of a member's alliance log, with all its generations, was
 * last known to hold all that its owner signed. */
struct complete {
	char member[NOTE_NAME_MAX + 1];
	int64_t at_us;
};

/* Rosters are kept until the end: whoever read one may hold it. */
struct kept {
	struct roster *roster;
	struct kept *next;
};

struct peers {
	char dir[SERVICE_DIR_MAX];
	struct site *site;
	struct service *service; /* set by peers_start */
	char listen[SERVICE_ADDR_MAX];
	_Atomic(struct roster *) roster;
	struct kept *kept; /* under lock */
	pthread_mutex_t lock; /* hub, kept, install */
	struct hub *hub;
	struct peers_watch *watch; /* from peers_start on */
	const struct site_logs *logs; /* that the hub speaks of */
	atomic_bool unwoken; /* the hub was not told of a commit; any thread */
	bool started;
	char trouble[ERR_WHY_BYTES]; /* why there is no hub, as it was said */
	struct seat *seat;
	struct lane *guests; /* judges who was invited; the hub hands in */
	struct hash guest_full; /* invite_guest.full; of that thread */
	struct veil_desk *veil;
	pthread_mutex_t seen_lock;
	struct complete *seen;
	size_t seen_len;
};

/* A copy of how things stand; false: no hub. */
bool peers_hub_status(struct peers *p, struct hub_status *out);

/* peers_card.c: site_peers.card, clocks, alliance, agreed and holds_key. */
bool peers_agreed(void *arg, const char *name, struct hash *digest);
bool peers_card(void *arg, const char *member, struct site_card *out);
size_t peers_clocks(void *arg, struct skew_member *out, size_t max);
bool peers_fingerprint(void *arg, struct hash *out);
bool peers_holds_key(void *arg, const char *member, struct bytes key);

/* peers_carry.c: the hub's memory of what members said, in DIR/courier. */
void peers_remember(void *arg, const char *peer, struct bytes said);
void peers_remembered(void *arg, const char *peer, struct buf *out);

/* peers_guest.c: hub_host.invited and .guest; the thread of the latter, which
 * ends after the hub: lane_stop. */
bool peers_invited(void *arg, const char *invitation, struct hash *epoch);
void peers_guest(void *arg, const struct hub_guest_said *said);
ERR_CHECKED enum err peers_guests_start(struct peers *p, struct err_why *why);

/* peers_veil.c: hub_host.cell. */
void peers_heard_cell(void *arg, const char *peer, struct bytes cell);

#endif
