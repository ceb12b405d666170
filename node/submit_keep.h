/* submit_keep.h - what no erasure takes.  Only for submit_erase.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_KEEP_H
#define NODE_SUBMIT_KEEP_H

#include "ledger/log_erase.h"
#include "node/commit.h"

/* Does it take what an entry of this kind never loses? */
bool submit_keep_always(const struct log_erasure *what, Ledger__Kind kind);

/* An entry of a record, of which this would go. */
struct submit_kept {
	const struct log_erasure *what;
	uint16_t line;
	Ledger__Kind kind;
	const uint8_t *record; /* 16 */
};
/* Would a record in force lose what it decides by? */
ERR_CHECKED enum err submit_keep_decides(bool *out, struct commit_ctx *ctx,
    const struct submit_kept *k, struct err_why *why);
/* Would what is in force lose at once, as wrong or since no law keeps it, the
 * text that tells of a danger?  Of an open alarm or permit nothing goes: who is
 * in there must be known. */
bool submit_keep_danger(const struct log_erasure *what,
    const struct digest_hmac *mac, const struct row *row, int64_t now_us);

#endif
