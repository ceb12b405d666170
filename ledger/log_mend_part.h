/* log_mend_part.h - what the files of log_mend share; not for others. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_MEND_PART_H
#define LEDGER_LOG_MEND_PART_H

#include "ledger/log_book.h"
#include "ledger/log_hole.h"
#include "ledger/log_mend.h"
#include "ledger/store_hole.h"

/* Rows gathered while reading, written when there are many. */
struct mend {
	struct log_book *book;
	const struct log_mend *plan;
	struct store_txn *txn; /* reads; another one after log_mend_flush */
	struct buf rows; /* u8 table, u8 kind, u16 key, key, u32 value, value */
	struct err_why *why;
	/* The log at hand. */
	uint16_t slot;
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size; /* it will have */
	bool has_state; /* its row was taken */
	uint64_t lost; /* entries */
	uint64_t done;
	uint64_t total;
};

enum mend_row {
	MEND_PUT,
	MEND_HOLE,
	MEND_DEL, /* if it is there */
};

/* Borrowed values of m->txn are gone after these. */
ERR_CHECKED enum err log_mend_flush(struct mend *m);
ERR_CHECKED enum err log_mend_write(struct mend *m, struct store_table t,
    enum mend_row kind, struct bytes key, struct bytes value);
/* Lost, with its row in the list of holes. */
ERR_CHECKED enum err log_mend_lost(
    struct mend *m, enum log_hole_kind kind, uint64_t index);
void log_mend_tell(
    struct mend *m, enum log_mended what, uint64_t from, uint64_t to);

/* log_mend_nodes.c */
ERR_CHECKED enum err log_mend_nodes(struct mend *m);
/* log_mend_rest.c: first entry whose rest is not as it should be, or
 * UINT64_MAX; marks; spans of the whole store. */
ERR_CHECKED enum err log_mend_rest_first(struct mend *m, uint64_t *out);
ERR_CHECKED enum err log_mend_rests(struct mend *m);
ERR_CHECKED enum err log_mend_spans(struct mend *m);
/* A key row or body of this entry is missing that must be there. */

#endif
