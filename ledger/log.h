/* log.h - one log in a store: append, sign, read; own logs and replicas. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_H
#define LEDGER_LOG_H

#include "ledger.pb-c.h"
#include "ledger/note.h"
#include "ledger/store.h"
#include "ledger/tree.h"
#include "ledger/vault.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

#define LOG_ENTRY_MAX 4096 /* bytes of one leaf */
#define LOG_SEALED_MAX 196608 /* bytes of one packed ledger.Sealed */

/*
 * A book is the set of logs in one store: their entries, node hashes, sealed
 * bodies, signed checkpoints and cosignatures, keyed by a small slot number
 * per origin.  All functions work inside a transaction of the book's store;
 * reading is thread-safe, writing belongs to the store's writer.
 */
struct log_book;

struct clock; /* proto/clock.h */

/*
 * log_book_open - the book of a store: makes its tables when they are missing,
 * finishes an erasure that was interrupted.
 *
 *   vault   one book's alone (bound to the store at first use); NULL: bodies
 *           can neither be written nor opened
 *   clock   NULL when nothing will be appended
 * `s`, `vault` and `clock` are borrowed and outlive the book.
 *
 * ERR_CONFLICT  the vault belongs to another store;  ERR_* of store_table.
 * Before the store's first transaction; from here on store_commit writes what
 * the book still holds in memory and signs (log_sign), and an abort drops it.
 */
ERR_CHECKED enum err log_book_open(struct log_book **out, struct store *s,
    struct vault *vault, const struct clock *clock, struct err_why *why);
/* Before store_close; no transaction open. */
void log_book_close(struct log_book *b);
struct store *log_book_store(struct log_book *b);

/* Slot of an origin; log_slot_add gives the next free one. ERR_NOT_FOUND. */
ERR_CHECKED enum err log_slot(struct log_book *b, struct store_txn *txn,
    const char *origin, uint16_t *slot, struct err_why *why);
ERR_CHECKED enum err log_slot_add(struct log_book *b, struct store_txn *txn,
    const char *origin, uint16_t *slot, struct err_why *why);
/* Origin of a slot into out (NOTE_NAME_MAX + 1). */
ERR_CHECKED enum err log_origin(struct log_book *b, struct store_txn *txn,
    uint16_t slot, char *out, struct err_why *why);

/* Where a log stands.  Valid copies; zeroed for an empty log. */
struct log_state {
	struct tree_frontier frontier;
	uint32_t time_epoch;
	int64_t recorded_us; /* of the last entry */
};
ERR_CHECKED enum err log_state(struct log_book *b, struct store_txn *txn,
    uint16_t slot, struct log_state *out, struct err_why *why);

/* ---- writing an own log ---- */

/* What the writer wants to say; the log adds chain, time and sequence. */
struct log_draft {
	Ledger__Kind kind;
	const uint8_t *record_id; /* 16, or NULL */
	const uint8_t *event_id; /* 16, or NULL */
	uint32_t event_seq; /* 0: absent */
	Ledger__Outcome outcome;
	const struct hash *commitment; /* NULL: absent (likewise below) */
	const struct hash *annex;
	const struct hash *auth;
	struct vault_item
	    sealed; /* from vault_seal; key.len 0: nothing rests */
	struct bytes plain; /* what `sealed` holds, for sealing again */
	uint8_t retention_class; /* goes with plain */
};

struct log_place {
	uint16_t slot;
	uint64_t index;
	struct hash leaf;
	int64_t recorded_us;
};

/*
 * log_append - add one entry to an own log inside the write transaction.
 *
 * recorded_us follows the clock by the rule of docs/wire.md 2: never back,
 * forward by at most elapsed boot time plus 5 s unless log_admit_jump was
 * called in this process.  The signed checkpoint is made by log_sign, once per
 * batch.  An entry of kind TIME_RESET starts the next time_epoch.
 *
 * Without d->sealed a given d->plain is sealed here.  An erasure may have
 * retired the wrapping key of d->sealed since: then d->plain is sealed anew,
 * and without d->plain it is ERR_CONFLICT (seal again).
 *
 * ERR_REFUSED  LOG_START must be first and only first
 * ERR_BUSY     map full: abort, store_grow, do the batch again
 */
ERR_CHECKED enum err log_append(struct log_book *b, struct store_txn *txn,
    uint16_t slot, const struct log_draft *d, struct log_place *out,
    struct err_why *why);
/* Drops cached state; store_abort does it by itself. */
void log_forget(struct log_book *b);
/* What entries say about their clock (fields 8 and 9); before that, SYSTEM. */
void log_clock_quality(
    struct log_book *b, Ledger__ClockSource source, uint32_t error_ms);

/* Writes cached state and signs the checkpoint of every log that grew in this
 * transaction and has a key given by log_key.  store_commit does it if the
 * caller did not; call it to have log_checkpoint give the batch's checkpoint
 * before the commit. */
ERR_CHECKED enum err log_sign(
    struct log_book *b, struct store_txn *txn, struct err_why *why);
/* The signing key of an own log; the key's note name is the origin. */
void log_key(
    struct log_book *b, uint16_t slot, const struct crypto_signer *key);

/* Lets recorded_us follow the wall clock once, however far; the caller writes
 * the ADMIN entry that says so. */
void log_admit_jump(struct log_book *b);

/* ---- writing a replica ---- */

/* One entry as it travels: the leaf and, when entitled, a packed Sealed. */
struct log_item {
	struct bytes leaf;
	struct bytes sealed;
};

/*
 * log_extend - add `n` foreign entries that start at index `from`.
 *
 * Verified before anything is stored: `from` is the replica's size, each leaf
 * is a canonical Entry that continues the chain and time rules, each opening
 * matches its commitment, and the tree after the last entry is a prefix of
 * `checkpoint` (a note already opened with the log's key) by `proof`.
 *
 * ERR_CONFLICT `from` is not our size; ERR_UNVERIFIED, ERR_MALFORMED: nothing
 * stored (the caller aborts the transaction).
 */
struct log_extension {
	uint64_t from;
	const struct log_item *items;
	size_t len;
	struct bytes note; /* signed checkpoint, verbatim */
	const struct note_checkpoint *head; /* the same, opened */
	const struct tree_proof *proof; /* from + len -> head->size */
};
ERR_CHECKED enum err log_extend(struct log_book *b, struct store_txn *txn,
    uint16_t slot, const struct log_extension *x, struct err_why *why);
/*
 * log_sealed_put - the packed Sealed of an entry that is held without one
 * (the right to it came later).  Verified before stored.
 * ERR_EXISTS held already;  ERR_REFUSED erased here;  ERR_UNVERIFIED,
 * ERR_MALFORMED, ERR_UNSUPPORTED (type or schema version unknown here: leave
 * item.sealed empty until the node is newer) also from log_extend.
 */
ERR_CHECKED enum err log_sealed_put(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t index, struct bytes sealed, struct err_why *why);

/* ---- reading ---- */

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
	unsigned group; /* last row read, private */
	uint64_t block;
	struct bytes row;
};
enum err log_node(void *arg, unsigned level, uint64_t index, struct hash *out);

/*
 * log_checkpoint - append to `out` the newest signed checkpoint whose whole
 * tree is held, with the cosignatures held for it; `min_sigs` > 0 asks for the
 * newest that has at least so many cosignatures put by log_cosig_put instead.
 * head may be NULL.  ERR_NOT_FOUND.
 */
ERR_CHECKED enum err log_checkpoint(struct log_book *b, struct store_txn *txn,
    uint16_t slot, size_t min_sigs, struct buf *out,
    struct note_checkpoint *head, struct err_why *why);
/* Stores a verified cosignature line (with its LF) for the checkpoint of
 * `size`.  ERR_NOT_FOUND: that checkpoint is not held (any more: those without
 * cosignature are kept for the last LOG_NOTES_KEEP signings). */
#define LOG_NOTES_KEEP 16384
ERR_CHECKED enum err log_cosig_put(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t size, struct bytes line, struct err_why *why);

/*
 * log_tile, log_bundle - bytes of a tile or entry bundle, appended.
 *   width   1 .. 256; ERR_NOT_FOUND when the newest checkpoint does not
 *           cover it.   Source: c2sp.org/tlog-tiles.
 */
struct log_tile_ref {
	unsigned level;
	uint64_t index;
	unsigned width;
};
ERR_CHECKED enum err log_tile(struct log_book *b, struct store_txn *txn,
    uint16_t slot, struct log_tile_ref ref, struct buf *out,
    struct err_why *why);
ERR_CHECKED enum err log_bundle(struct log_book *b, struct store_txn *txn,
    uint16_t slot, struct log_tile_ref ref, struct buf *out,
    struct err_why *why);

/*
 * log_erase - destroy the bodies of entries, or some of their fields, and every
 * key that could still open an older copy: what shares their wrapping key is
 * wrapped again under a successor (cost: all entries of that class and period).
 * fields_len 0: the whole.  Gather erasures of one request into one call, in a
 * write transaction; call log_erase_done after the commit to destroy the old
 * wrapping keys' files (a crash between is finished by log_book_open).
 * ERR_NOT_FOUND: nothing is held at one of them; abort then.
 */
struct log_erasure {
	uint16_t slot;
	uint64_t index;
	const uint32_t *fields; /* of the body's message, ascending */
	size_t fields_len;
};
ERR_CHECKED enum err log_erase(struct log_book *b, struct store_txn *txn,
    const struct log_erasure *e, size_t n, struct err_why *why);
ERR_CHECKED enum err log_erase_done(struct log_book *b, struct err_why *why);

#endif
