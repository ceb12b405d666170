/* log_erase.h - destroy what rests beside an entry, for good. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_ERASE_H
#define LEDGER_LOG_ERASE_H

#include "ledger/log.h"

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
	/* One of many of its month: the rows go now, the wrapping key with the
	 * first call that has another one, or none at all. */
	bool later;
};
/* Do such wrapping keys wait? */
bool log_erase_waits(struct log_book *b, struct store_txn *txn);
ERR_CHECKED enum err log_erase(struct log_book *b, struct store_txn *txn,
    const struct log_erasure *e, size_t n, struct err_why *why);
/* The same mark beside an entry whose body never came here. */
ERR_CHECKED enum err log_erase_mark(struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t index, struct err_why *why);
ERR_CHECKED enum err log_erase_done(struct log_book *b, struct err_why *why);

#endif
