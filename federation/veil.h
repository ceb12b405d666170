/* veil.h - what a member sends so that no item shows its source. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_VEIL_H
#define FEDERATION_VEIL_H

#include "federation/cell.h"
#include "federation/mix.h"
#include "proto/bytes.h"
#include "proto/crypto.h"

/*
 * In each slot a member sends one cell to one member drawn by lot, for a second
 * one drawn by lot, whether it has anything to say or not.  What others send it
 * is peeled, held until it is of `least` members, and goes on shuffled at the
 * end of a slot.  Who colludes with both that were drawn knows the source of
 * what was said; one of them does not.
 *
 * The cell of a slot is made in the slot before, so that making it takes no
 * time when it leaves.  It can be lost: whoever said something sees whether it
 * came out, and says it again in a later slot, as a cell like all others.
 *
 * Sans-IO; not thread-safe.  Sources: federation/cell.h, federation/mix.h;
 * covers in every slot: A. Pfitzmann, M. Waidner, Networks without user
 * observability (Computers & Security 1987).
 */
struct veil_rule {
	int64_t slot_us;
	unsigned least; /* members that a batch which goes on is of */
	unsigned quota; /* cells of one member in a slot */
	unsigned rests; /* of those that it hands on */
};

/* A member that takes part.  Two of one owner are one. */
struct veil_member {
	const char *name;
	const char *owner;
	uint8_t hop[CRYPTO_PUB_BYTES];
	bool linked; /* there is a session with it now */
	bool listens; /* whoever it has no session with can dial it */
};

/* Called from inside veil_turn and veil_take; arguments are borrowed. */
struct veil_host {
	void *arg;
	void (*send)(void *arg, const char *peer, struct bytes cell);
	/* Something was said and this member is to publish it. */
	void (*heard)(void *arg, struct bytes body);
};

struct veil;

struct veil *veil_new(
    const struct veil_rule *rule, const struct veil_host *host);
void veil_free(struct veil *v);

/* veil_among - copies who takes part, this member not among them; `own` is its
 * owner, of whom nobody is drawn.  room: cell_room. */
void veil_among(struct veil *v, const char *own, size_t room,
    const struct veil_member *m, size_t n);
/* Keys that others seal for: of this term and the one before; copied. */
#define VEIL_KEYS 3
void veil_keys(struct veil *v, const struct crypto_signer *keys, size_t n);

/* veil_lot - two of them by lot; publisher: NULL or the only one.  False: there
 * are no two. */
struct veil_pair {
	size_t forwarder, publisher;
};
bool veil_lot(
    const struct veil *v, const char *publisher, struct veil_pair *out);

/* veil_say - with the next cell that is made.  False: something else waits, it
 * is too long, or nobody can be drawn. */
bool veil_say(struct veil *v, struct bytes body, const char *publisher);

/* A cell came in a session with that member: dropped on any error.  ERR_BUSY:
 * it has had its part of this slot, good or not, and the cell was not looked
 * at, which would take time; or its owner had, by another member.
 * ERR_UNVERIFIED, ERR_MALFORMED, ERR_EXISTS, ERR_LIMIT. */
ERR_CHECKED enum err veil_take(
    struct veil *v, const char *peer, struct bytes cell, struct err_why *why);

/* What is due; when to call again. */
int64_t veil_turn(struct veil *v, int64_t now_us);

#endif
