/* exchange_relay.h - alliance logs of third members (private). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_EXCHANGE_RELAY_H
#define FEDERATION_EXCHANGE_RELAY_H

#include "federation/exchange.h"
#include "federation/turn.h"

/* An alliance log of a third member, which travels through any that has it. */
struct exchange_relayed {
	const char *origin;
	const struct note_vkey *key; /* NULL: not taken */
	uint64_t held; /* here */
	int64_t grown_us; /* since when */
	uint64_t told; /* to the peer */
	int64_t told_us;
	unsigned times; /* the same again */
	bool echo; /* the peer said it again: say it, too */
	uint64_t heard; /* of the peer: so much it holds */
	int64_t heard_us;
	bool wanted; /* by the peer */
	uint64_t want_from;
	uint64_t want_max;
	bool asked; /* the peer was */
	int64_t asked_us;
	int64_t quiet_us; /* do not ask before */
};

void exchange_relay_reset(struct exchange *x);
void exchange_relay_take(
    struct exchange *x, const Fed__Turn *t, int64_t now_us);
/* False: it is no log of a third member. */
bool exchange_relay_want(struct exchange *x, const Fed__Want *w);
bool exchange_relay_settle(
    struct exchange *x, const struct turn_delivery *d, int64_t now_us);
int64_t exchange_relay_due(struct exchange *x, int64_t now_us);
/* What is held, and what is wanted; then one range that the peer wants. */
void exchange_relay_put(struct exchange *x, Fed__Turn *t, int64_t now_us);
bool exchange_relay_give(struct exchange *x, struct buf *turn, size_t *room);

/* What it needs of the other files. */
/* Adds a want to the turn. */
void exchange_put_want(
    Fed__Turn *t, const char *origin, uint64_t from, bool bodies);
void exchange_tell_size(struct exchange *x, enum exchange_event_kind kind,
    const char *origin, uint64_t from, uint64_t size);
/* True for a fault of what was sent, not of our own store. */
bool exchange_their_fault(enum err e);

#endif
