/* submit_seen.h - what numbered messages of machines have in common. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_SEEN_H
#define NODE_SUBMIT_SEEN_H

#include "node/submit_op.h"

/* Of an alarm or a case; views into it. */
struct submit_seen {
	const char *source;
	const char *area;
	uint64_t epoch;
	uint64_t seq;
	bool numbered;
	int64_t occurred_us;
};

struct submit_seen submit_seen(const ProtobufCMessage *msg);

/* True when it may be stored; else the receipt says why not. */
bool submit_seen_check(const ProtobufCMessage *msg, const struct site *s,
    int64_t now_us, struct submit_receipt *r);
void submit_seen_refuse(
    struct submit_receipt *r, enum rule_id id, const char *path);
bool submit_seen_empty(const char *s);
bool submit_seen_same(const char *a, const char *b); /* and neither NULL */
/*
 * submit_seen_number - same number, same content: the first receipt again.
 * Same number, other content: a device that started over; nothing of it is
 * lost, `outcome` is SEQ_CONFLICT.
 *   n   NULL: it has none
 */
ERR_CHECKED enum err submit_seen_number(struct commit_ctx *ctx,
    const struct fold_number *n, const uint8_t digest[static 16],
    Ledger__Outcome *outcome, struct submit_receipt *r, struct err_why *why);
/* No table tells now which numbers came: it is asked when it is entered. */
bool submit_seen_blind(const struct commit_ctx *ctx);
/* What is wrong with an alarm that is taken all the same; NULL: nothing.
 *   annex   begun; of a case it says until when somebody has to look at it */
const struct rule *submit_seen_remark(Record__Annex *annex,
    const ProtobufCMessage *msg, const struct packs *packs, int64_t now_us);

#endif
