/* log.h - one log in a store: append, sign, read; own logs and replicas. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_H
#define LEDGER_LOG_H

#include "ledger.pb-c.h"
#include "ledger/note.h"
#include "ledger/stamp.h"
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
/* Calls `each` for every log whose origin begins with `prefix`. */
typedef void (*log_each)(void *arg, const char *origin, uint16_t slot);
ERR_CHECKED enum err log_slots(struct log_book *b, struct store_txn *txn,
    const char *prefix, log_each each, void *arg, struct err_why *why);
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
	/* From vault_seal; key.len 0: nothing rests. */
	struct vault_item sealed;
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
 * recorded_us follows the clock by the rule of docs/wire.md 2 (stamp_next):
 * never back, and no further than log_line lets it go.  The signed checkpoint
 * is made by log_sign, once per batch.  An entry of kind TIME_RESET starts the
 * next time_epoch.
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
/* The signing key of an own log; the key's note name is the origin.  NULL:
 * forget it, the log is not written again. */
void log_key(
    struct log_book *b, uint16_t slot, const struct crypto_signer *key);

/* The line that the time of own logs keeps to from the next entry on, of all
 * logs alike; the caller writes the ADMIN entry that says who confirmed it.
 * Not undone by an abort.  Before the first call: none. */
void log_line(struct log_book *b, struct stamp_line line);
struct stamp_line log_line_now(const struct log_book *b);

#endif
