/* part_load.h - the parts of a backup into an empty store. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PART_LOAD_H
#define LEDGER_PART_LOAD_H

#include "ledger/log.h"
#include "ledger/part.h"

/*
 * The frames of all parts, in order, each in a transaction of its own: leaves
 * go the way of a replica's, what rests beside them is put as it was.  Node
 * hashes and state rows come from the leaves.  The caller has checked the
 * frames (part_check.h); tables folded from entries are its business too.
 */
struct part_load {
	struct log_book *book; /* without a vault; no log has a key */
	/* Tables beside those of logs that rows may be for. */
	const struct part_load_table {
		const char *name;
		struct store_table table;
	} * tables;
	size_t tables_len;
};

/* ERR_CORRUPT: not a frame of this store; ERR_FULL, ERR_IO. */
ERR_CHECKED enum err part_load_frame(
    const struct part_load *l, const struct part_frame *f, struct err_why *why);

#endif
