/* log_book.h - what the files of a log share; not for others. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_BOOK_H
#define LEDGER_LOG_BOOK_H

#include <pthread.h>

#include "ledger/log.h"
#include "ledger/log_block.h"
#include "ledger/log_rule.h"
#include "ledger/stamp.h"

#define LOG_ROW_KEY_BYTES 10 /* u16be slot || u64be index or size */

/* The writer's copy of one log's state row, and what is not yet in the store.
 */
struct log_slot {
	uint16_t id;
	bool loaded;
	bool dirty; /* state row and blocks are ahead of the store */
	bool grown; /* the newest checkpoint does not cover it */
	bool has_key;
	char origin[NOTE_NAME_MAX + 1];
	struct crypto_signer key;
	struct tree_frontier frontier;
	struct log_chain chain;
	struct log_block *block[LOG_GROUPS];
	uint64_t notes; /* checkpoints not yet looked at by pruning */
	uint64_t pruned; /* those of smaller size were */
	/* Clock readings are of this process: an abort restores `saved`. */
	struct log_clockwork {
		int64_t boot_us;
		bool boot_known;
	} work, saved;
};

/* Which entries rest under one wrapping key: bounds what erasing looks at. */
struct log_span {
	uint32_t key_id;
	uint16_t slot;
	uint64_t first;
	uint64_t last;
};

struct log_ids {
	uint32_t *at;
	size_t len;
};

struct log_book {
	struct store *store;
	struct vault *vault;
	const struct clock *clock;
	struct store_table origins; /* name <-> slot, store id */
	struct store_table states;
	struct store_table entries;
	struct store_table nodes;
	struct store_table keys; /* wrapped data key; empty: erased */
	struct store_table bodies;
	struct store_table notes;
	struct store_table cosigs;
	struct store_table spans;
	struct store_table holes; /* log_hole.h */
	/* u32be wrapping key -> empty: rows under it were erased, it goes later
	 * (log_erase.h) */
	struct store_table turning;
	struct log_slot **slot;
	size_t slots;
	struct log_span *span; /* changed in this transaction */
	size_t spans_len;
	size_t spans_cap;
	struct log_ids retiring; /* to be destroyed when this commits */
	struct log_ids retired; /* to be destroyed now */
	struct stamp_line line; /* confirmed time */
	Ledger__ClockSource clock_source;
	uint32_t clock_error_ms;
	struct buf scratch;
	pthread_mutex_t prove_lock;
	struct log_prover *provers; /* idle (log_prove.c) */
	struct log_known *known;
};

void log_book_key(
    uint8_t out[static LOG_ROW_KEY_BYTES], uint16_t slot, uint64_t index);
uint64_t log_book_u64(const uint8_t *p);
void log_book_put_u64(uint8_t *p, uint64_t v);

/* The writer's cached slot, loaded when needed.  ERR_NOT_FOUND: no such. */
ERR_CHECKED enum err log_book_slot(struct log_book *b, struct store_txn *txn,
    uint16_t slot, struct log_slot **out, struct err_why *why);
/* State row as a reader sees it (zeroed chain when empty): frontier, chain. */
ERR_CHECKED enum err log_book_state(struct log_book *b, struct store_txn *txn,
    uint16_t slot, struct log_slot *out, struct err_why *why);
/* Writes dirty blocks, state rows and spans. */
ERR_CHECKED enum err log_book_flush(
    struct log_book *b, struct store_txn *txn, struct err_why *why);
/* Entry row, its tree nodes; the chain has moved already. */
ERR_CHECKED enum err log_book_add(struct log_book *b, struct store_txn *txn,
    struct log_slot *s, struct bytes leaf, const struct hash *hash,
    struct err_why *why);
/* What rests beside it. */
ERR_CHECKED enum err log_book_rest(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t index, const struct vault_item *item,
    struct err_why *why);
/*
 * log_rest_near - what comes back from a member, sealed under the live wrapping
 * key of its class that is nearest to it in this log; none: a new one.  Copies
 * of it in backups are under the key that it had, as a rule that one, and an
 * erasure must end them too.
 */
ERR_CHECKED enum err log_rest_near(struct log_book *b, struct store_txn *txn,
    const struct log_span *at, struct bytes sealed, uint8_t retention_class,
    struct err_why *why);
void log_ids_add(struct log_ids *ids, uint32_t id);
/* Spans (log_span.c): widen one, write those that changed; its row's key is
 * u32be wrapping key || u16be slot, its value u64be first || u64be last. */
#define LOG_SPAN_KEY_BYTES 6
void log_span_key(
    uint8_t out[static LOG_SPAN_KEY_BYTES], const struct log_span *s);
ERR_CHECKED enum err log_span_add(struct log_book *b, struct store_txn *txn,
    struct log_span span, struct err_why *why);
/* The live key of this class whose entries lie nearest to `index`; 0: none. */
ERR_CHECKED enum err log_span_near(struct log_book *b, struct store_txn *txn,
    const struct log_span *at, uint8_t retention_class, uint32_t *id);
ERR_CHECKED enum err log_span_flush(
    struct log_book *b, struct store_txn *txn, struct err_why *why);
/* Binds the vault to the store and finishes interrupted erasures. */
ERR_CHECKED enum err log_span_take_vault(
    struct log_book *b, struct err_why *why);

/* Blocks of one slot (log_node.c). */
ERR_CHECKED enum err log_node_push(struct log_book *b, struct store_txn *txn,
    struct log_slot *s, const struct hash *leaf, struct err_why *why);
ERR_CHECKED enum err log_node_load(struct log_book *b, struct store_txn *txn,
    struct log_slot *s, struct err_why *why);
ERR_CHECKED enum err log_node_flush(struct log_book *b, struct store_txn *txn,
    struct log_slot *s, struct err_why *why);

/* What was loaded of a log, before anything is signed over it: frontier, nodes,
 * checkpoint, heads of kinds, last entry agree.  ERR_CORRUPT (log_check.c). */
ERR_CHECKED enum err log_check_slot(struct log_book *b, struct store_txn *txn,
    const struct log_slot *s, struct err_why *why);
void log_provers_free(struct log_book *b);

/* Checkpoint row and pruning (log_note.c). */
ERR_CHECKED enum err log_note_put(struct log_book *b, struct store_txn *txn,
    struct log_slot *s, uint64_t size, struct bytes note, struct err_why *why);

#endif
