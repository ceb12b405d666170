/* log_erased.h - what ERASURE entries name, and whether it is gone. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_ERASED_H
#define LEDGER_LOG_ERASED_H

#include "ledger/log_erase.h"
#include "record.pb-c.h"

/* What an ERASURE names: `index`, then `more`, which ascends behind it. */
size_t log_erased_count(const Record__Erasure *m);
uint64_t log_erased_index(const Record__Erasure *m, size_t i);
bool log_erased_names(const Record__Erasure *m, uint64_t index);

/* ERASURE entries of one log, newest first; one that is missing ends it with
 * its error.  m: NULL: its body is not held or does not open. */
typedef enum err (*log_erased_each)(
    void *arg, uint64_t at, const Record__Erasure *m, struct err_why *why);
ERR_CHECKED enum err log_erased_walk(struct log_book *b, struct store_txn *txn,
    uint16_t slot, log_erased_each each, void *arg, struct err_why *why);

/*
 * log_erased_rests - what an ERASURE entry of the log `slot` names as its i-th
 * is still here: the whole body, or one of those fields.  Only logs of the same
 * owner can be named. out   as log_erase wants it; borrows the fields
 * ERR_NOT_FOUND: it is gone, as it should be, or was never here.
 */
struct log_erased_at {
	uint16_t slot;
	const Record__Erasure *m;
	size_t i;
};
ERR_CHECKED enum err log_erased_rests(struct log_book *b, struct store_txn *txn,
    const struct log_erased_at *at, struct log_erasure *out,
    struct err_why *why);

/* Erases what any log's ERASURE entries name and what is still here; how many.
 * Write transaction; log_erase_done after its commit. */
ERR_CHECKED enum err log_erased_again(struct log_book *b, struct store_txn *txn,
    uint64_t *n, struct err_why *why);

/* Records whose tables were folded anew in this transaction, once for all that
 * went of each; release with free(at). */
struct log_erased_records {
	struct {
		uint16_t slot;
		uint8_t id[16];
	} * at;
	size_t len;
};
/* Is this entry the first of its record in that log?  Also one of none. */
bool log_erased_first(
    struct log_erased_records *r, uint16_t slot, const Ledger__Entry *leaf);

#endif
