/* draft.h - from a message to a sealed, committed draft entry. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DRAFT_H
#define NODE_DRAFT_H

#include "ledger/log.h"
#include "ledger/seal.h"
#include "ledger/vault.h"
#include "node/commit.h"
#include "proto/buf.h"
#include "proto/err.h"
#include "record.pb-c.h"

/* Everything borrowed for the call. */
struct draft_spec {
	uint16_t slot;
	Ledger__Kind kind;
	const ProtobufCMessage *body;
	struct bytes message; /* exact bytes of body; len 0: packed here */
	const uint8_t *record_key; /* SEAL_KEY_BYTES; NULL: a random one */
	const struct hash
	    *commitment; /* of message under it; NULL: made here */
	const Record__Annex *annex; /* NULL: none (likewise below) */
	const Ledger__Auth *auth; /* with its salt */
	const uint8_t *record_id; /* 16 */
	const uint8_t *event_id; /* 16 */
	uint32_t event_seq;
	Ledger__Outcome outcome;
};

/* Bodies of these kinds are sealed under wrapping keys of one class. */
uint8_t draft_retention_class(Ledger__Kind kind);

/* A draft that owns what its event points at; body and annex stay the
 * caller's and must outlive it. */
struct draft {
	struct commit_event event;
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct hash commitment;
	struct hash annex;
	struct hash auth;
	struct buf message;
	struct buf plain;
	struct buf arena;
};

/*
 * draft_make - commit to body, annex and auth, pack what rests beside the leaf
 * and, with a vault, seal it (worker threads; without, log_append seals).
 *   out   zeroed or cleared before; end with draft_clear also on failure
 * ERR_MALFORMED, ERR_LIMIT: the message; ERR_IO: the vault.
 */
ERR_CHECKED enum err draft_make(struct draft *out,
    const struct draft_spec *spec, struct vault *vault, int64_t now_us,
    struct err_why *why);
void draft_clear(struct draft *d);

/* draft_make without a vault and commit_append: a node-made event inside a
 * command. */
ERR_CHECKED enum err draft_append(struct commit_ctx *ctx,
    const struct draft_spec *spec, struct log_place *out, struct err_why *why);

#endif
