/* store_later.h - what a commit leaves for when it has been answered. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_LATER_H
#define LEDGER_STORE_LATER_H

#include "ledger/store.h"

/*
 * store_commit_later - store_commit, but the pages that it leaves to be written
 * back, and the turn of the journal, wait until store_answered, so that neither
 * takes processor and disk from the answer that somebody waits for.  They wait
 * no longer than the next store_commit or the next quiet second.
 */
ERR_CHECKED enum err store_commit_later(
    struct store_txn *txn, struct err_why *why);
/* By the same thread, between two transactions. */
void store_answered(struct store *s);

#endif
