/* gossip.h - what members tell each other of third members' logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_GOSSIP_H
#define FEDERATION_GOSSIP_H

#include "fed.pb-c.h"
#include "proto/bytes.h"
#include "proto/err.h"

/*
 * Evidence of a fork goes to every peer at once, and again, ever more seldom,
 * until that peer has told it too.
 * What is acknowledged of third members' logs goes to every peer when it has
 * changed, at most so often: a log that shows one history to one and another
 * to another is found by whoever holds more of it.
 */
#define GOSSIP_SIGHT_US INT64_C(5000000) /* or a second for each member */
#define GOSSIP_FORK_US INT64_C(1000000) /* before the first repeat */
#define GOSSIP_REPEATS 10 /* the pause doubles so often */
#define GOSSIP_ROUNDS 12 /* what got lost is said again by then, at first */
#define GOSSIP_ROUNDS_MAX 192 /* and in the end */
#define GOSSIP_FORKS_MAX 4 /* in one turn, of FORK_BYTES_MAX each */
#define GOSSIP_SIGHTS_MAX 16 /* in one turn */

/* What was acknowledged last of a log; borrowed until the next call. */
struct gossip_sight {
	const char *owner;
	uint64_t size; /* 0: nothing */
	struct bytes note;
};

/* What the exchange needs for it; on its thread. */
struct gossip_host {
	void *arg;
	/* i-th evidence that is kept, in the order in which it was learnt.
	 * ERR_NOT_FOUND: no more. */
	enum err (*fork)(void *arg, size_t i, struct bytes *file);
	/* A peer hands one in: check, store, tell (EXCHANGE_FORKED).  at: which
	 * of ours is about that log. */
	enum err (*accuse)(void *arg, const char *peer, struct bytes file,
	    size_t *at, struct err_why *why);
	/* i-th log of a member.  ERR_NOT_FOUND: no more. */
	enum err (*sight)(void *arg, size_t i, struct gossip_sight *out);
	/* A peer acknowledged this of a third member's log.  ERR_REFUSED: it
	 * excludes what is held here, evidence is kept. */
	enum err (*compare)(void *arg, const char *peer, struct bytes note,
	    struct err_why *why);
	/* Is there a signed checkpoint of which the owner has not shown yet
	 * that its newest one continues it?  size: of that.  NULL: never. */
	bool (*unproved)(void *arg, const char *origin, uint64_t *size);
};

/* ---- private to the exchange ---- */

/* A piece of evidence: when to tell it next, unless the peer has told it. */
struct exchange_fork {
	int64_t next_us;
	unsigned times;
	bool heard;
};

/* What the peer was told of third members' logs. */
struct exchange_gossip {
	struct exchange_fork *fork; /* by evidence that the host has */
	size_t forks;
	uint64_t *told; /* acknowledged sizes, by log */
	size_t len;
	size_t next; /* where the round stands */
	int64_t sight_us; /* and when the next one begins */
	unsigned rounds; /* until all is said again */
	unsigned again; /* and how many there were */
	int64_t heard_us; /* when the last turn came */
};

/* A proof that the peer was asked for. */
struct exchange_prove {
	uint64_t from; /* 0: none */
	int64_t us; /* when, last */
	unsigned asked; /* so often in vain, though it spoke */
};

struct exchange;
void exchange_gossip_reset(struct exchange *x);
int64_t exchange_gossip_due(struct exchange *x, int64_t now_us);
void exchange_put_gossip(struct exchange *x, Fed__Turn *t, int64_t now_us);
void exchange_take_gossip(struct exchange *x, const Fed__Turn *t);
/* Asking the peer for a proof from there, among the acknowledgements. */
struct exchange_theirs;
int64_t exchange_unproved_due(
    struct exchange *x, const struct exchange_theirs *s, int64_t now_us);
void exchange_put_unproved(struct exchange *x, Fed__Turn *t, int64_t now_us);

#endif
