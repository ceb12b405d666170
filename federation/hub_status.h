/* hub_status.h - how things stand with the other members. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_HUB_STATUS_H
#define FEDERATION_HUB_STATUS_H

#include "federation/roster.h"
#include "federation/skew.h"
#include "ledger/note.h"
#include "proto/err.h"

struct hub;

struct hub_log_status {
	char origin[NOTE_NAME_MAX + 1]; /* of the newest generation known */
	bool own; /* ours: held = what the peer acknowledged */
	bool wanted; /* we replicate it, or the peer ours */
	uint64_t head; /* newest signed size known */
	uint64_t held; /* entries we hold, or acknowledged by the peer */
	int64_t head_us; /* wall time when that head was heard */
	uint64_t erased; /* erasures carried out here */
	bool reached; /* ours: the peer said how much it holds */
	uint64_t reach; /* that much, as it said last */
};

struct hub_peer_status {
	char name[NOTE_NAME_MAX + 1];
	bool dials; /* we dial it */
	bool connected;
	int64_t contact_us; /* wall time of the last authentic turn; 0 never */
	int64_t heard_us; /* the same by the boot clock */
	int64_t carried_us; /* when the newest file of it taken was made */
	struct skew_sample clock; /* its wall clock; error_us 0: unknown */
	uint64_t refused; /* turns, deliveries and heads not accepted */
	char trouble[ERR_WHY_BYTES]; /* newest reason, "" if none */
	int64_t trouble_us; /* wall time of it */
	struct hub_log_status log[2 * ROSTER_KINDS]; /* theirs, then ours */
};

struct hub_status {
	struct hub_peer_status *peers;
	size_t len;
	uint64_t entries, forks; /* stored, seen since the start */
	bool crowded; /* nobody is let in: too many connections (wire_tend) */
};

/* A copy of how things stand (at most a second old).  Any thread. */
void hub_status(struct hub *h, struct hub_status *out);
void hub_status_clear(struct hub_status *s);

#endif
