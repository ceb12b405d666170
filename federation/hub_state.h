/* hub_state.h - what the hub remembers; private to its files. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_HUB_STATE_H
#define FEDERATION_HUB_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "federation/depot.h"
#include "federation/hub.h"
#include "federation/hub_carry.h"
#include "federation/hub_guest.h"
#include "federation/link.h"
#include "federation/parcel.h"
#include "federation/wire.h"

/* A file for a member, on its way out. */
struct hub_file {
	struct exchange *x; /* NULL: none */
	struct parcel parcel;
	uint64_t id;
};

/* Somebody invited who waits for the node's answer. */
struct hub_guest {
	struct session *session;
	struct buf welcome;
	int64_t until_us;
	struct wire_call *call; /* NULL: free; under lock, as all that follow */
	uint64_t id;
	struct buf answer;
	bool answered;
};

/* A cell on its way to the hub's thread. */
#define HUB_CELLS 64
struct hub_cell {
	char peer[NOTE_NAME_MAX + 1];
	struct buf bytes;
};

struct hub {
	struct hub_options o;
	struct crypto_dh key;
	struct crypto_dh other; /* when o.other_key is not NULL */
	struct link_home home;
	struct depot *depot;
	struct link *links;
	struct hub_peer_status *shown; /* by link; the hub's thread */
	size_t len;
	pthread_t thread;
	bool running;
	atomic_bool stop;
	char url[NOTE_NAME_MAX + 1];
	int64_t hello_us; /* when the bucket of handshakes is full again */
	uint64_t entries;
	uint64_t forks;
	size_t turn; /* whose turn it is to store */
	int64_t published_us;
	pthread_mutex_t lock;
	struct hub_status status; /* under lock */
	struct hub_carry *carry; /* under lock: to be done, in this order */
	struct hub_carry *carrying; /* its file is being taken */
	struct hub_file *files; /* by link: being written */
	int64_t guest_us; /* when the bucket of guests is full again */
	struct hub_guest guests[HUB_GUESTS];
	struct hub_cell *cells; /* under lock: HUB_CELLS, the first first */
	size_t cells_len;
};

/* NULL: no such member.  at: its place among links and shown; may be NULL. */
struct link *hub_find_link(struct hub *h, const char *peer, size_t *at);

/* Copies how things stand for hub_status, some times a second. */
void hub_publish(struct hub *h, int64_t now_us);

/* hub_carry.c: does one thing of those that wait; false: there is none.  What
 * a member said of itself, told and known again.  Ends all that wait. */
bool hub_carry_one(struct hub *h);
void hub_carry_tell(struct hub *h, size_t at);
void hub_carry_know(struct hub *h);
void hub_carry_end(struct hub *h);

/* hub_guest.c: a guest's frame; answers what is due and says when to be called
 * again; nobody waits any more. */
void hub_guest_request(
    struct hub *h, const struct wire_event *ev, int64_t now_us);
int64_t hub_guest_pump(struct hub *h, int64_t now_us);
void hub_guest_end(struct hub *h);

/* hub_cell.c: hands cells to their links; ends those that wait. */
void hub_cell_give(struct hub *h);
void hub_cell_end(struct hub *h);

#endif
