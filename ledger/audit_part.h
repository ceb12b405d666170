/* audit_part.h - what the files of the audit share: one part of a log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_AUDIT_PART_H
#define LEDGER_AUDIT_PART_H

#include "ledger/audit.h"
#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "proto/arena.h"

#define AUDIT_PART 2048 /* leaves */

/*
 * A log is checked in parts, by several threads.  A part begins with the tree
 * as the stored nodes say that it is there.  Whoever checks an earlier part
 * computes those nodes from the leaves and finds them to be so: when no part
 * has a fault, every node is what its leaves make it.  Only the chain of kinds
 * and times goes through all leaves in order; it needs no hashing and is left
 * to the caller, who gets the decoded entries.
 */
struct audit_fault {
	uint64_t leaf; /* found when this one's turn was */
	struct err_why why;
};

struct audit_part {
	uint64_t from;
	size_t n; /* up to AUDIT_PART */
	/* Out. */
	Ledger__Entry *entry[AUDIT_PART]; /* of `arena`; NULL: unreadable */
	struct audit_counts counts;
	uint64_t unpruned; /* checkpoints that pruning has not looked at */
	struct audit_fault *faults;
	size_t faults_len;
	struct tree_frontier frontier; /* behind it */
	enum err err; /* could not look */
	struct err_why why;
	struct arena arena;
};

/* Rows of a table in the order of the leaves: the cursor is mostly there. */
struct audit_lane {
	struct store_table table;
	struct store_cursor *cursor;
	struct store_row row;
	bool there; /* the row under the cursor is whole */
};

/* A leaf and what rests beside it, read before its turn (audit_ahead.h). */
#define AUDIT_AHEAD 16
struct audit_seen {
	struct bytes leaf;
	struct vault_item item;
	enum err leaf_err; /* of the row; so the other two */
	enum err key_err;
	enum err body_err;
	struct hash hash; /* of the leaf, if it could be read */
	Ledger__Entry *entry; /* NULL: how it decodes is to be found out */
	bool opened; /* the body opens, and is what the leaf commits to */
};

/* What one thread reads with. */
struct audit_reader {
	struct log_book *book;
	struct store_txn *txn;
	const struct audit_plan *plan;
	const struct log_slot *row; /* what the state row claims */
	struct log_nodes nodes;
	struct audit_lane entries;
	struct audit_lane keys;
	struct audit_lane bodies;
	struct store_cursor *notes;
	struct store_row note; /* next checkpoint row */
	bool more_notes;
	struct log_span span; /* of the last wrapping key seen */
	struct buf scratch;
	struct arena arena; /* of one body */
	struct audit_seen seen[AUDIT_AHEAD];
	uint64_t seen_from;
	struct audit_room *room; /* of audit_ahead.c */
	struct audit_part *part; /* at hand */
	struct err_why *why;
	enum err err; /* found while pushing a leaf */
	bool stop; /* the first fault was found and is enough */
};

/* `txn` is the reader's own; the rest is borrowed and shared. */
ERR_CHECKED enum err audit_reader_open(struct audit_reader *r,
    struct log_book *b, struct store_txn *txn, const struct audit_plan *plan,
    const struct log_slot *row, struct err_why *why);
void audit_reader_close(struct audit_reader *r);

/* Fills `part`, of which from and n are set; what it held goes. */
void audit_part_run(struct audit_reader *r, struct audit_part *part);
void audit_part_clear(struct audit_part *part);

/* Checkpoints ahead of the leaves, as a replica may hold them: into `part`,
 * whose frontier is that of all leaves. */
void audit_part_notes(struct audit_reader *r, struct audit_part *part);

/* What the disk gives back wrong is corruption, whatever parser noticed. */
enum err audit_as_fault(enum err e);

#endif
