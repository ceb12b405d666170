/* dump.h - a store's own logs into a part, from where the part before ended. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_DUMP_H
#define LEDGER_DUMP_H

#include "ledger/log.h"
#include "ledger/part.h"

/*
 * What the part before said at its end: sizes of logs, and which wrapping keys
 * were in use.  Zeroed: there is none, the next part is a base.
 */
struct dump_before {
	Backup__Head *head;
	struct dump_span {
		uint32_t key_id;
		uint16_t slot;
		uint64_t first;
		uint64_t last;
	} * span;
	size_t spans;
	uint32_t max_id; /* the highest; rows changed since have higher ones */
};

/* Reads the beginning of that part.  ERR_CORRUPT, ERR_IO. */
ERR_CHECKED enum err dump_before_read(
    struct dump_before *out, const char *path, struct err_why *why);
void dump_before_clear(struct dump_before *b);

/* One transaction of a store, being written. */
struct dump {
	struct log_book *book; /* with a vault: to tell bodies sealed anew */
	struct store_txn *txn; /* of reading */
	const struct dump_before *before;
	struct part_writer *to;
	/* Logs of the backup whose place a base takes: none may be another
	 * history of one here. */
	Backup__Log *const *over;
	size_t over_len;
	Backup__Head *head; /* by dump_head; slice_free */
	bool put_back; /* why it was ERR_CONFLICT: a new base takes all of it */
	void *arg;
	/* Entries written; now and then; may be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	uint64_t done; /* private, likewise below */
	uint64_t total;
};

/* How a part is numbered and follows the one before. */
struct dump_name {
	uint64_t number;
	const struct hash *before; /* NULL: a base */
	int64_t made_at;
	struct bytes life; /* of the store; a part goes on within one only */
};

/*
 * dump_head - see where the logs stand and write it as the first frame.
 * ERR_CONFLICT: the part before is of another store, or of another history
 * (logs there are no prefix of those here): start a new base; or what a base
 * would take the place of is a fork.  put_back: of another life, or wrapping
 * keys cover less than they did: what is here may rest under other keys than
 * there, and an erasure would not reach it.
 */
ERR_CHECKED enum err dump_head(
    struct dump *d, const struct dump_name *name, struct err_why *why);

/*
 * dump_logs - origins, wrapping keys in use, entries with what rests beside
 * them, what erasing changed beside older ones, checkpoints and cosignatures.
 * Cosignatures that came more than an hour after the part before for a
 * checkpoint older than it are in the next base only.
 * head->logs[].bytes: what was written for each.
 */
ERR_CHECKED enum err dump_logs(struct dump *d, struct err_why *why);

/* Rows of one table from a key on to before another, cut into frames. */
struct dump_rows {
	struct part_writer *to;
	const char *table;
	bool add; /* besides what is there */
	struct buf from; /* private, likewise below */
	Backup__Row *row;
	Backup__Row **at;
	size_t len;
	size_t bytes;
};
void dump_rows_begin(struct dump_rows *r, struct bytes from);
/* Ascending keys; borrowed until the end or the transaction's. */
ERR_CHECKED enum err dump_rows_put(
    struct dump_rows *r, const struct store_row *row, struct err_why *why);
/* `end`: before which key; empty: the table's end.  Frees in any case. */
ERR_CHECKED enum err dump_rows_end(
    struct dump_rows *r, struct bytes end, struct err_why *why);
void dump_rows_drop(struct dump_rows *r);

/* All rows of a table. */
ERR_CHECKED enum err dump_table(struct dump *d, const char *name,
    struct store_table t, struct err_why *why);

#endif
