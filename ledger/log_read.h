/* log_read.h - entries, bodies, nodes, checkpoints and tiles of a log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_READ_H
#define LEDGER_LOG_READ_H

#include "ledger/log.h"
#include "ledger/tile.h"

/* Leaf bytes, borrowed until the transaction ends.  ERR_NOT_FOUND. */
ERR_CHECKED enum err log_entry(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t index, struct bytes *leaf, struct err_why *why);
/* Leaf decoded and checked; ERR_CORRUPT. */
ERR_CHECKED enum err log_decode(
    Ledger__Entry **out, struct bytes leaf, struct err_why *why);
/* What rests beside the leaf, opened by the vault; release with
 * ledger__sealed__free_unpacked.  ERR_NOT_FOUND: never held or erased. */
ERR_CHECKED enum err log_sealed(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t index, Ledger__Sealed **out, struct err_why *why);
/* The same as packed bytes, appended: what travels to a replica. */
ERR_CHECKED enum err log_sealed_bytes(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t index, struct buf *out, struct err_why *why);
/*
 * log_walk - the entries of a log one after another, with what rests beside
 * them: for a replica, which wants thousands.  Close it before the transaction
 * ends; its slot exists.
 */
struct log_walk;
ERR_CHECKED enum err log_walk_open(struct log_walk **out, struct log_book *b,
    struct store_txn *txn, uint16_t slot, uint64_t from, struct err_why *why);
/* The next leaf, borrowed until the transaction ends, and the length of the
 * packed Sealed beside it (0: never held, or erased).  ERR_NOT_FOUND: no more.
 */
ERR_CHECKED enum err log_walk_next(struct log_walk *w, struct bytes *leaf,
    size_t *sealed_len, struct err_why *why);
/* Appends that Sealed, whose length was not 0; as log_sealed_bytes. */
ERR_CHECKED enum err log_walk_sealed(
    struct log_walk *w, struct buf *out, struct err_why *why);
void log_walk_close(struct log_walk *w); /* NULL allowed */
/* What rests beside an entry. */
enum log_rest {
	LOG_REST_NONE, /* never held here */
	LOG_REST_HELD,
	LOG_REST_ERASED, /* the whole was erased here */
};
ERR_CHECKED enum err log_rest(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t index, enum log_rest *out, struct err_why *why);
/* First index with (time_epoch, recorded_us) >= the given one; size if none. */
ERR_CHECKED enum err log_find_time(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint32_t epoch, int64_t us, uint64_t *out,
    struct err_why *why);
/* kind_seq and last index of a kind; ERR_NOT_FOUND before the first. */
ERR_CHECKED enum err log_kind_head(struct log_book *b, struct store_txn *txn,
    uint16_t slot, Ledger__Kind kind, uint64_t *seq, uint64_t *last,
    struct err_why *why);

/* tree_read over stored nodes: arg is a struct log_nodes, for one thread and
 * transaction; fields not named here start zeroed. */
struct log_nodes {
	struct log_book *book;
	struct store_txn *txn;
	uint16_t slot;
	bool bare; /* what is read leads to a signature: sums are not needed */
	unsigned group; /* last row read, private */
	uint64_t block;
	struct bytes row;
};
enum err log_node(void *arg, unsigned level, uint64_t index, struct hash *out);
/* Is this the root that the log had at this size, which is held? */
ERR_CHECKED enum err log_had_root(struct log_nodes *nodes,
    const struct tree_head *head, bool *out, struct err_why *why);

/*
 * log_prove - inclusion of an entry in a signed tree, and the entry; checked
 * before it is given away.  ERR_CORRUPT: entry or nodes are damaged.
 */
ERR_CHECKED enum err log_prove(struct log_nodes *nodes, uint64_t index,
    const struct note_checkpoint *head, struct tree_proof *out,
    struct bytes *leaf, struct err_why *why);
/* Do these hashes, `n` <= 256 of a level from `index` on, make the nodes above
 * them?  ERR_CORRUPT. */
ERR_CHECKED enum err log_check_hashes(struct log_nodes *nodes, unsigned level,
    uint64_t index, const struct hash *hashes, size_t n);

/*
 * log_checkpoint - append to `out` the newest signed checkpoint whose whole
 * tree is held, with the cosignatures held for it; `min_sigs` > 0 asks for the
 * newest that has at least so many cosignatures put by log_cosig_put instead.
 * head may be NULL.  ERR_NOT_FOUND.
 */
ERR_CHECKED enum err log_checkpoint(struct log_book *b, struct store_txn *txn,
    uint16_t slot, size_t min_sigs, struct buf *out,
    struct note_checkpoint *head, struct err_why *why);
/* The checkpoint of exactly that size, as it was signed.  ERR_NOT_FOUND. */
ERR_CHECKED enum err log_checkpoint_of(struct log_book *b,
    struct store_txn *txn, uint16_t slot, uint64_t size, struct buf *out,
    struct err_why *why);
/* Stores a verified cosignature line (with its LF) for the checkpoint of
 * `size`.  ERR_NOT_FOUND: that checkpoint is not held (any more: those without
 * cosignature are kept for the last LOG_NOTES_KEEP signings). */
#define LOG_NOTES_KEEP 16384
ERR_CHECKED enum err log_cosig_put(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t size, struct bytes line, struct err_why *why);

/*
 * log_tile - bytes of a tile or entry bundle, appended; ERR_NOT_FOUND when the
 * newest checkpoint does not cover it, ERR_CORRUPT when its hashes do not make
 * the nodes above them or its entries not their hashes.  Source:
 * c2sp.org/tlog-tiles.
 */
ERR_CHECKED enum err log_tile(struct log_book *b, struct store_txn *txn,
    uint16_t slot, const struct tile *t, struct buf *out, struct err_why *why);

#endif
