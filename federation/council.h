/* council.h - from the members' alliance logs to the epochs of the roster. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_COUNCIL_H
#define FEDERATION_COUNCIL_H

#include "council.pb-c.h"
#include "federation/roster.h"
#include "federation/tally.h"
#include "proto/buf.h"
#include "proto/err.h"

/*
 * The fold is a pure function of where it starts and of a set of log prefixes:
 * the same set gives the same epochs, whatever the order of arrival, and a
 * longer prefix never takes an epoch back.  Nothing that a member writes can
 * stop it from reading the others: what is wrong is left out and named.
 * Rules and bounds: docs/decisions/0043.
 */
#define COUNCIL_MOTIONS_MAX 4 /* proposals of one member in one epoch */
#define COUNCIL_TALLIES_MAX 4096 /* in one entry */
#define COUNCIL_FAULTS_MAX 16 /* named, of one member and kind */

enum council_kind {
	COUNCIL_PROPOSAL,
	COUNCIL_VOTE,
	COUNCIL_SIGHTING,
};

/* The body of one entry, opened and verified against its leaf. */
struct council_entry {
	enum council_kind kind;
	struct bytes body;
};

/* A prefix of one member's alliance log, generation after generation; entries
 * of other kinds may be left out.  Whoever was a member once has one too. */
struct council_log {
	const char *member;
	const struct council_entry *entries;
	size_t len;
	bool forked; /* two of its signed checkpoints do not fit */
};

/* Where to begin; borrowed.  number 0: the genesis. */
struct council_epoch {
	uint32_t number;
	struct hash id; /* of 0 the fingerprint; else over id, change, state */
	struct hash before; /* id of the one before; zeros: none */
	struct hash proposal; /* that led here; zeros: none */
	const Fed__Genesis *state; /* NULL: before the last one */
};
void council_genesis(struct council_epoch *out, const struct roster *r);

/* As a message, which borrows from both. */
void council_epoch_tell(Fed__Epoch *out, const struct council_epoch *e,
    const struct hash *alliance);
/* From JSON of fed.Epoch, or of fed.Genesis as epoch 0; release with
 * slice_free.  ERR_MALFORMED. */
ERR_CHECKED enum err council_epoch_decode(
    Fed__Epoch **out, struct bytes json, struct err_why *why);
/* ERR_MALFORMED, ERR_UNVERIFIED: as roster_check; borrows the state. */
ERR_CHECKED enum err council_epoch_check(struct council_epoch *out,
    struct hash *alliance, const Fed__Epoch *m, struct err_why *why);

struct council;

/* The set of logs, in any order, one for each name. */
struct council_input {
	const struct council_log *logs;
	size_t len;
	uint32_t until; /* stay in this epoch though more is decided */
};
#define COUNCIL_ALL UINT32_MAX

/*
 * council_fold - start and bodies may go away afterwards.  ERR_MALFORMED: two
 * logs of one name; nothing that stands in a log is an error here.  Memory
 * follows the size of the entries.
 */
ERR_CHECKED enum err council_fold(struct council **out,
    const struct council_epoch *start, const struct council_input *in,
    struct err_why *why);
void council_free(struct council *c);

/* Epochs known, the start included; the last is in force. */
size_t council_epochs(const struct council *c);
const struct council_epoch *council_epoch(const struct council *c, size_t i);
const struct council_epoch *council_now(const struct council *c);

/* The votes on what comes next; slots in the order of state->members. */
const struct tally *council_tally(const struct council *c);

/* A change that is proposed for the epoch in force and may be made. */
struct council_motion {
	struct hash hash;
	uint32_t choice; /* in the tally */
	const Record__Proposal *proposal;
	bool routine; /* council_change_routine */
};
size_t council_motions(const struct council *c); /* ascending by hash */
const struct council_motion *council_motion(const struct council *c, size_t i);

/* True when a quorum has decided for what is not here (or is of a newer
 * version): nothing can be applied until it comes. */
bool council_lacks(const struct council *c, struct hash *proposal);

enum council_fault_kind {
	COUNCIL_REFUSED, /* an entry, or a part of it, counts for nothing */
	COUNCIL_TWICE, /* it said two things where one may be said */
	COUNCIL_DISPUTED, /* another member saw another vote of it: one lies */
};
struct council_fault {
	enum council_fault_kind kind;
	const char *member;
	size_t index; /* into its log's entries */
	const char *other; /* DISPUTED: who saw it otherwise; else NULL */
	struct err_why why;
};
/* Those named, by member and index within each epoch; and how many in all. */
size_t council_faults(const struct council *c, size_t *all);
const struct council_fault *council_fault(const struct council *c, size_t i);

/* Entries for an epoch that is not known here (yet). */
size_t council_waiting(const struct council *c);

#endif
