/* sim.h - many exchanges on one thread, over a bad network. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_SIM_H
#define TESTS_SUPPORT_SIM_H

#include "federation/depot.h"
#include "tests/support/member.h"

#define SIM_KINDS (EXCHANGE_REJECTED + 1)

struct sim;

/* How a commit ends (sim_commit). */
enum sim_disk {
	SIM_DISK_GOOD,
	SIM_DISK_LOSES, /* it fails, nothing is written */
	SIM_DISK_KEEPS, /* it is written, and the process dies before it knows
	                 */
};

struct sim_node {
	struct sim *sim;
	struct member member;
	struct depot *depot;
	const struct exchange_recaller *recall; /* from the next start on */
	struct exchange *peers[MEMBERS_MAX];
	unsigned events[SIM_KINDS];
	unsigned cosigned[ROSTER_KINDS]; /* newest size with a cosignature */
	bool broken; /* a commit failed: all fail until the restart */
	bool dead; /* says and hears nothing until the restart */
	int64_t busy_us; /* until then it waits for its disk */
	struct clock clock;
	int64_t ahead_us; /* its wall clock, wrong by this */
	char trouble[ERR_WHY_BYTES];
};

struct sim_message {
	struct sim_message *next;
	int64_t at_us;
	size_t from;
	size_t to;
	size_t len;
	uint8_t bytes[];
};

/* One seed, one history: time, loss and order come from the generator. */
struct sim {
	int64_t now_us;
	uint64_t random;
	struct sim_node nodes[MEMBERS_MAX];
	size_t len;
	struct roster *roster;
	struct sim_message *air;
	size_t in_air[MEMBERS_MAX][MEMBERS_MAX];
	bool cut[MEMBERS_MAX][MEMBERS_MAX];
	unsigned lose; /* per cent */
	unsigned twice;
	unsigned lazy; /* per cent: a turn is judged but stored later */
	int64_t delay_us; /* up to: also the reordering */
	/* Changes what `from` says; NULL: all are honest. */
	void (*lie)(struct sim *s, size_t from, Fed__Turn *turn);
	size_t acting; /* whose commit it is; SIZE_MAX: nobody's */
	unsigned fail; /* commits in a thousand that fail */
	int64_t slow_us; /* a commit takes up to this; 0: no time */
	unsigned failed;
	unsigned died;
	unsigned waited;
	unsigned lost;
	unsigned doubled;
	unsigned delivered;
	unsigned left; /* turns not stored when they came */
	unsigned squeezed; /* turns that were */
	int64_t kib_us; /* what a KiB takes on any line; 0: nothing */
};

/* The five of the demo: plant-a, plant-b, hq (one company), partner,
 * regulator, in that order. */
#define SIM_PLANT_A 0
#define SIM_PLANT_B 1
#define SIM_HQ 2
#define SIM_PARTNER 3
#define SIM_REGULATOR 4
void sim_new(struct sim *s, uint64_t seed);
void sim_end(struct sim *s);

/* Lets `us` pass. */
void sim_run(struct sim *s, int64_t us);
/* Closes a node's stores and exchanges and opens them from what is on disk;
 * what was on its way to or from it is lost. */
void sim_restart(struct sim *s, size_t node);
/* What the disk of the acting node does to its next commit: asked by a test's
 * __wrap_store_commit, which then does it. */
enum sim_disk sim_commit(struct sim *s);
/* The name of a node's own log; borrowed from the roster. */
const char *sim_origin(const struct sim *s, size_t node, enum roster_kind kind);
/* Entries for an own log of a node, if its disk takes them. */
bool sim_append(struct sim *s, size_t node, enum roster_kind kind, unsigned n);
/* Cuts or joins both directions between two nodes. */
void sim_cut(struct sim *s, size_t a, size_t b, bool cut);
/* Own logs of a node have grown. */
void sim_grown(struct sim *s, size_t node);

/* Everybody holds all that it may hold, bodies included. */
bool sim_converged(struct sim *s);
/* Everything stored anywhere was signed by its owner, and no witness said more
 * than it has on its disk; aborts if not. */
void sim_check(struct sim *s);
uint64_t sim_random(struct sim *s, uint64_t below);

#endif
