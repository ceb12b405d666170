/* hub_carry.h - files for the courier, made and taken beside the links. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_HUB_CARRY_H
#define FEDERATION_HUB_CARRY_H

#include "federation/hub.h"
#include "proto/buf.h"

enum hub_carry_kind {
	HUB_CARRY_BEGIN, /* peer: a file for it; out: its head, id */
	HUB_CARRY_NEXT, /* peer, id: out: the next frame with its length */
	HUB_CARRY_TAKE, /* head, frame, n: of a file that came */
};

/*
 * One thing to be done by the hub, a frame at a time, so that the links go on
 * between.  The caller's, with what it points to, until done.
 *
 * BEGIN, NEXT: ERR_NOT_FOUND no such member; ERR_CONFLICT another file for it
 * was begun since.  TAKE: as parcel_open and parcel_take; what its turn brings
 * and is not accepted is no error: `trouble`.
 */
struct hub_carry {
	enum hub_carry_kind kind;
	const char *peer;
	uint64_t id;
	struct bytes head;
	struct bytes frame;
	uint64_t n;
	/* On the hub's thread, or whoever stops it (ERR_BUSY). */
	void (*done)(
	    struct hub_carry *c, enum err e, const struct err_why *why);
	struct buf out;
	bool last; /* this was the last frame */
	uint64_t said; /* entries written so far, of all */
	uint64_t all;
	char from[NOTE_NAME_MAX + 1]; /* TAKE: its sender */
	int64_t made_us; /* by the sender's clock */
	uint64_t stored; /* entries that were new */
	char trouble[ERR_WHY_BYTES]; /* what was not accepted, "" nothing */
	struct hub_carry *next; /* the hub's */
};

/* Any thread, not while the hub is stopped. */
void hub_carry(struct hub *h, struct hub_carry *c);

#endif
