/* world.h - one simulated history of an alliance, from one seed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "tests/support/sim.h"

#define WORLD_SECOND INT64_C(1000000)
#define WORLD_NODES_MAX 24 /* members asked for; copies and joiners beside */
#define WORLD_ACTORS (WORLD_NODES_MAX + 4)
#define WORLD_TEXT 400

/* What a member does against the rules. */
enum world_lie {
	LIE_NONE,
	LIE_FORK, /* two copies of it, each seen by one group; both vote */
	LIE_ROLLBACK, /* puts its logs back and goes on otherwise */
	LIE_ZERO, /* signs a tree of no entries that has a root */
	LIE_REPLAY, /* shows its first checkpoint again and again */
	LIE_WITHHOLD, /* shows heads and no entries */
	LIE_CLOCK, /* lives an hour ahead, cosigns so, says any time */
	LIE_CARRIER, /* what it hands on is altered, doubled, cut, made up */
	LIE_FLOOD, /* turns as large and as senseless as may be */
	LIE_TWICE, /* votes twice in one round */
	LIE_GREEDY, /* asks for what it may not have, gives what nobody asked */
	WORLD_LIES,
};

/* A fault of the simulated hosts, never of the code under test: each must be
 * found by the law of its name. */
enum world_bug {
	BUG_NONE,
	BUG_FORK, /* an honest member's logs are put back unseen */
	BUG_LOST, /* a disk that says yes and keeps nothing */
	BUG_CONVERGE, /* a member believes that it holds what it does not */
	BUG_ROSTER, /* a member never hears one voter */
	BUG_DISCLOSE, /* a member serves evidence to whoever asks */
	BUG_UNNAMED, /* a member drops all evidence of forks */
	BUG_FRAMED, /* a member tells a fork where none is */
	BUG_ACK, /* a witness says more than it has */
	WORLD_BUGS,
};

/* What must hold. */
enum world_law {
	LAW_NONE,
	LAW_FORK, /* no accepted fork of a member that keeps the rules */
	LAW_LOST, /* no lost acknowledged entry */
	LAW_CONVERGE, /* all connected come to hold the same */
	LAW_ROSTER, /* one roster for each epoch, and in the end for all */
	LAW_DISCLOSE, /* nobody is given what it has no right to */
	LAW_NAMED, /* each liar is named where it must be */
	LAW_FRAMED, /* nobody honest is */
	LAW_ACK, /* no witness says more than it has */
	WORLD_LAWS,
};
const char *world_law_text(enum world_law l);

struct world_order {
	uint64_t seed;
	size_t nodes; /* 0: 4 to 7 by the seed */
	double hours; /* of faults; 0: half a minute or so */
	enum world_bug bug;
	bool trace; /* each event is written to stderr */
};

struct seat;

struct actor {
	char name[64];
	char company[16];
	enum world_lie lie;
	size_t copy; /* the other one of two copies; SIZE_MAX: none */
	bool outside; /* not a member yet */
	bool hidden; /* behind a NAT */
	bool gone; /* not a member any more */
	bool evident; /* it has lied so that somebody could see it */
	bool proven; /* and somebody must have the proof of a fork */
	uint64_t acked[ROSTER_KINDS]; /* what was acknowledged to its people */
	uint64_t held[WORLD_ACTORS][ROSTER_KINDS]; /* told as stored, of whom */
	bool grown[WORLD_ACTORS][ROSTER_KINDS]; /* since they were looked at */
	bool named[WORLD_ACTORS]; /* what came from that one was refused */
	struct roster *agreed; /* by which its rights are judged; NULL: the
	                          first */
	bool ever[WORLD_ACTORS]; /* whose evidence it had a right to, once */
	struct seat *seat;
};

struct world {
	struct world_order order;
	struct sim sim;
	struct sim_who who[WORLD_ACTORS];
	struct actor actor[WORLD_ACTORS];
	size_t len; /* actors */
	size_t members; /* without copies and joiners */
	bool writing; /* what is committed is an entry of the own log */
	bool calm; /* no more faults and lies */
	bool side[WORLD_ACTORS]; /* which copy of a forker it meets */
	struct hash chain[64]; /* ids of epochs; zeros: none seen */
	unsigned epochs; /* the newest that was reached */
	unsigned proposals;
	unsigned liars;
	enum world_law broken; /* the first one; LAW_NONE */
	char text[WORLD_TEXT]; /* by whom, in what */
	struct buf first_note; /* of who replays */
	char endpoint[WORLD_ACTORS][32];
};

/* Lives through one history.  False: a law is broken, world.text says how. */
bool world_run(struct world *w, const struct world_order *o);
/* The line that runs it again. */
void world_replay(const struct world_order *o, char *out, size_t size);
/* The world that is running, for what was linked in place of the system. */
extern struct world *world_now;

/* Marks the first broken law. */
void world_breaks(struct world *w, enum world_law law, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool world_honest(const struct world *w, size_t at);
/* Runs, is a member, keeps the rules. */
bool world_counts(const struct world *w, size_t at);
/* Whose name that is; SIZE_MAX: nobody's.  Of two copies the first. */
size_t world_find(const struct world *w, const char *name);
uint64_t world_any(struct world *w, uint64_t below);

/* ---- faults.c: what the network, disks and machines do ---- */
void faults_begin(struct world *w);
void faults_second(struct world *w);
void faults_end(struct world *w);

/* ---- liars.c ---- */
void liars_begin(struct world *w); /* before the sim is made */
void liars_second(struct world *w);
void liars_end(struct world *w);
bool liars_meet(const struct sim *s, size_t a, size_t b);

/* ---- laws.c ---- */
void laws_look(struct sim *s, size_t from, const Fed__Turn *turn);
void laws_told(struct sim *s, size_t node, const struct exchange_event *e);
void laws_second(struct world *w);
bool laws_converged(struct world *w);
bool laws_named(struct world *w); /* all have the evidence that they must */
void laws_end(struct world *w);
/* Who has a right to what of its evidence from now on. */
void laws_rights(struct world *w, size_t of);
const struct roster *laws_roster(const struct world *w, size_t at);
/* The epoch that a member came to. */
void laws_epoch(
    struct world *w, size_t at, uint32_t number, const struct hash *id);

/* ---- seats.c: proposals, votes, sightings ---- */
void seats_begin(struct world *w);
void seats_second(struct world *w);
void seats_end(struct world *w);
/* True when all that count are in one epoch. */
bool seats_agree(struct world *w);
/* Has that one's council named this member for voting twice? */
bool seats_named(const struct world *w, size_t at, const char *member);

/* ---- bugs.c ---- */
void bugs_host(struct sim *s, size_t node, struct exchange_host *h);
void bugs_second(struct world *w);
/* Is this body of a council entry kept from that member? */
bool bugs_deaf(const struct world *w, size_t at, const char *owner);
bool bugs_forgets(const struct world *w);

#endif
