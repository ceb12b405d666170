/* council_state.h - what the council's files share (private). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_COUNCIL_STATE_H
#define FEDERATION_COUNCIL_STATE_H

#include "federation/council.h"

/* An entry that could be read. */
struct council_item {
	size_t log; /* into logs */
	size_t index; /* into its entries */
	enum council_kind kind;
	ProtobufCMessage *msg;
	struct hash epoch;
	struct hash choice; /* of the proposal in it; zeros: none */
	bool read; /* its epoch was there */
};

struct council_source {
	char *member;
	bool forked;
	unsigned named[COUNCIL_DISPUTED + 1]; /* faults, by kind */
};

/* Whatever was proposed in the epoch in force, good or not. */
struct council_draft {
	struct hash hash;
	const Record__Proposal *proposal;
	Fed__Genesis *next; /* NULL: it cannot be made */
	struct err_why *why; /* then; one member may name many hashes */
};

struct council {
	struct council_epoch *epochs;
	size_t epochs_len;
	Fed__Genesis *state;
	struct council_source *logs; /* ascending by member */
	size_t logs_len;
	struct council_item *items; /* by log, then by index */
	size_t items_len;
	/* Of the epoch in force: */
	struct tally tally;
	struct hash *choices; /* ascending; TALLY_CHOICE + i */
	size_t choices_len;
	struct council_draft *drafts; /* one for each choice or NULL hash */
	size_t *votes; /* round * n + author: item + 1 of the vote; 0: none */
	struct council_motion *motions;
	size_t motions_len;
	struct hash lacks;
	bool lacking;
	struct council_fault *faults;
	size_t faults_len;
	size_t faults_all;
	size_t waiting;
};

/* Index of a member of the epoch in force; SIZE_MAX: none. */
size_t council_state_seat(const struct council *c, const char *name);
/* TALLY_NONE for zeros; TALLY_UNSAID for what nobody named. */
uint32_t council_state_choice(const struct council *c, const struct hash *h);
struct council_draft *council_state_draft(
    const struct council *c, uint32_t choice);

/*
 * council_state_value - what the vote of an item counts as: for nothing when
 * its change cannot be made or its own reasons do not open the round for it.
 * That depends on epoch and entry alone.
 */
uint32_t council_state_value(
    const struct council *c, const struct council_item *it);
/* Are the reasons that it gives certain here? */
bool council_state_grounded(
    const struct council *c, const struct council_item *it);

void council_state_fault(struct council *c, const struct council_fault *fault);
/* The same of an item; the text has its Chinese (ZH). */
void council_state_note(struct council *c, const struct council_item *it,
    enum council_fault_kind kind, const char *text);

/* council_hear.c: counts what was said of the epoch in force; ends that. */
void council_hear(struct council *c);
void council_hear_end(struct council *c);

/* council_read.c: entries into items; the unreadable into faults. */
void council_read(struct council *c, const struct council_log *log, size_t at);
/* Is it a bitmap of n members, not empty? */
bool council_read_bitmap(ProtobufCBinaryData bits, size_t n);

#endif
