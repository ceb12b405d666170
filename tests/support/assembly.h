/* assembly.h - members, their alliance logs, and who holds how much of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_ASSEMBLY_H
#define TESTS_SUPPORT_ASSEMBLY_H

#include "federation/council_act.h"
#include "federation/council_change.h"
#include "tests/support/member.h"

#define ASSEMBLY_SIDES 2 /* histories of one log: a liar has two */
#define ASSEMBLY_ENTRIES 1024

struct assembly_log {
	struct buf bodies[ASSEMBLY_ENTRIES];
	enum council_kind kinds[ASSEMBLY_ENTRIES];
	size_t len;
};

/* m0.example ... : the first `founders` are in the genesis.  All calls abort
 * when they fail. */
struct assembly {
	size_t n;
	struct member members[MEMBERS_MAX];
	struct roster *roster;
	struct assembly_log logs[MEMBERS_MAX][ASSEMBLY_SIDES];
	size_t held[MEMBERS_MAX][MEMBERS_MAX]; /* by whom, of whose */
	unsigned side[MEMBERS_MAX][MEMBERS_MAX];
	bool forked[MEMBERS_MAX]; /* known to all */
};

struct assembly *assembly_new(size_t n, size_t founders);
void assembly_end(struct assembly *a);

const char *assembly_name(const struct assembly *a, size_t who);

/* What `who` makes of all that it holds; release with council_free. */
struct council *assembly_fold(const struct assembly *a, size_t who);
struct council *assembly_fold_until(
    const struct assembly *a, size_t who, uint32_t until);

/* An entry for a log: the body is taken over and left empty.  Its owner holds
 * it. */
void assembly_append(struct assembly *a, size_t who, unsigned side,
    enum council_kind kind, struct buf *body);
/* `who` gets all there is of all logs. */
void assembly_fetch(struct assembly *a, size_t who);
/* All do, and say what they see, until there is nothing to say. */
void assembly_settle(struct assembly *a);

/* A change for the epoch that `who` is in, by it and not signed yet; release
 * with slice_free. */
Record__Proposal *assembly_change(
    const struct assembly *a, size_t who, Record__Proposal__Change change);
/* Signs it, appends it to the log, releases it; its hash. */
struct hash assembly_propose(
    struct assembly *a, size_t who, Record__Proposal *p);
/* A PACK of that name. */
struct hash assembly_pack(struct assembly *a, size_t who, const char *name);
/* By the rules; motion NULL: for nothing. */
enum err assembly_vote(struct assembly *a, size_t who,
    const struct hash *motion, struct err_why *why);

#endif
