/* sim.h - many exchanges on one thread, over a bad network. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_SIM_H
#define TESTS_SUPPORT_SIM_H

#include "federation/depot.h"
#include "tests/support/member.h"

#define SIM_KINDS (EXCHANGE_CELL + 1)
#define SIM_NODES_MAX 256

struct sim;

/* How a commit ends (sim_commit). */
enum sim_disk {
	SIM_DISK_GOOD,
	SIM_DISK_LOSES, /* it fails, nothing is written */
	SIM_DISK_KEEPS, /* written, and the process dies before it knows */
};

struct sim_node {
	struct sim *sim;
	struct member member;
	struct roster *roster; /* by which it goes; its own or the sim's */
	struct depot *depot; /* NULL: it does not run */
	struct exchange_host host; /* the depot's, as sim.host leaves it */
	const struct exchange_recaller *recall; /* from the next start on */
	struct exchange *peers[SIM_NODES_MAX];
	int64_t due_us[SIM_NODES_MAX]; /* of each, when it was asked last */
	int64_t quiet_us[SIM_NODES_MAX]; /* the line broke: not before */
	int64_t next_us; /* the first of them */
	bool ask; /* something happened here: ask all again */
	unsigned events[SIM_KINDS];
	unsigned cosigned[ROSTER_KINDS]; /* newest size with a cosignature */
	bool broken; /* a commit failed: all fail until the restart */
	bool dead; /* says and hears nothing until the restart */
	bool hidden; /* behind a NAT: it can only dial */
	int64_t busy_us; /* until then it waits for its disk */
	struct clock clock;
	int64_t ahead_us; /* its wall clock, wrong by this */
	char trouble[ERR_WHY_BYTES];
};

struct sim_message {
	int64_t at_us;
	uint64_t seq; /* of two at one instant the first sent */
	size_t from;
	size_t to;
	size_t len;
	uint8_t bytes[];
};

/* Who takes part; names and companies are borrowed. */
struct sim_who {
	const char *name;
	Fed__Role role;
	const char *company;
	const char *endpoint; /* NULL: none in its card */
};

/* One seed, one history: time, loss and order come from the generator. */
struct sim {
	int64_t now_us;
	uint64_t random;
	uint64_t history; /* of all that flew and all that was told so far */
	struct sim_node *nodes; /* SIM_NODES_MAX of them */
	size_t len;
	struct roster *roster; /* of the founders */
	struct sim_message **air; /* a heap by time */
	size_t air_len;
	uint64_t flown;
	uint8_t in_air[SIM_NODES_MAX][SIM_NODES_MAX];
	bool cut[SIM_NODES_MAX][SIM_NODES_MAX]; /* one direction each */
	unsigned lose; /* per cent */
	unsigned twice;
	unsigned lazy; /* per cent: a turn is judged but stored later */
	bool lines; /* what is lost ends the conversation, as on a real line */
	bool trusting; /* turns are not looked into: for many members */
	int64_t delay_us; /* up to: also the reordering */
	/* Changes what `from` says to `hearer`; NULL: all are honest. */
	void (*lie)(struct sim *s, size_t from, Fed__Turn *turn);
	size_t hearer;
	/* All four may be NULL: looks at what is said before anybody lies;
	 * hears of events; changes what a node's exchanges ask of its depot. */
	void (*look)(struct sim *s, size_t from, const Fed__Turn *turn);
	void (*told)(
	    struct sim *s, size_t node, const struct exchange_event *e);
	void (*host)(struct sim *s, size_t node, struct exchange_host *h);
	/* Do these two ever talk?  NULL: all members do. */
	bool (*meet)(const struct sim *s, size_t a, size_t b);
	void *arg;
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
	uint64_t bytes; /* that flew */
	int64_t kib_us; /* what a KiB takes on any line; 0: nothing */
};

/* The five of the demo: plants and hq of one company, and two others. */
#define SIM_PLANT_A 0
#define SIM_PLANT_B 1
#define SIM_HQ 2
#define SIM_PARTNER 3
#define SIM_REGULATOR 4
void sim_new(struct sim *s, uint64_t seed);
/* Others; the first `founders` are in the genesis and run from sim_begin. */
void sim_make(struct sim *s, uint64_t seed, const struct sim_who *who,
    size_t len, size_t founders);
void sim_begin(struct sim *s);
void sim_end(struct sim *s);

/* Lets `us` pass: sim_net.c. */
void sim_run(struct sim *s, int64_t us);
/* From what is on disk; what was on its way to or from it is lost. */
void sim_restart(struct sim *s, size_t node);
/* Goes by this roster, which is taken over, from now on; begins if need be. */
void sim_adopt(struct sim *s, size_t node, struct roster *r);
void sim_stop(struct sim *s, size_t node);
/* What the disk of the acting node does to its next commit: asked by a test's
 * __wrap_store_commit, which then does it. */
enum sim_disk sim_commit(struct sim *s);
/* The name of a node's own log; borrowed from the roster. */
const char *sim_origin(const struct sim *s, size_t node, enum roster_kind kind);
/* Entries for an own log of a node, if its disk takes them; sim_grown: others
 * were written. */
bool sim_append(struct sim *s, size_t node, enum roster_kind kind, unsigned n);
void sim_cut(struct sim *s, size_t a, size_t b, bool cut);
void sim_grown(struct sim *s, size_t node);
/* Both ends begin their conversation anew. */
void sim_part(struct sim *s, size_t a, size_t b);
void sim_clear_air(struct sim *s, size_t node);

/* Everybody holds all that it may hold, bodies included: sim_check.c. */
bool sim_converged(struct sim *s);
/* Everything stored anywhere was signed by its owner, and no witness said more
 * than it has on its disk; aborts if not. */
void sim_check(struct sim *s);
uint64_t sim_random(struct sim *s, uint64_t below);
/* Into the history. */
void sim_note(struct sim *s, const void *bytes, size_t len);

#endif
