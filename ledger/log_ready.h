/* log_ready.h - foreign entries, each verified by itself, before their turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_READY_H
#define LEDGER_LOG_READY_H

#include "ledger/log.h"
#include "proto/arena.h"

/* One entry as it travels: the leaf and, when entitled, a packed Sealed. */
struct log_item {
	struct bytes leaf;
	struct bytes sealed;
};

/* An entry as it was verified. */
struct log_opened {
	Ledger__Entry *entry;
	Ledger__Sealed *sealed; /* NULL: none came */
	/* What a whole body or annex says, as its type; NULL: not there, or
	 * only some of its fields are shown. */
	ProtobufCMessage *body;
	ProtobufCMessage *annex;
};

/*
 * What an entry needs no neighbours for: it is a canonical Entry, its openings
 * match its commitments, its leaf is hashed and its body encrypted for rest.
 * That is most of the work of log_extend and can be done by several threads,
 * before it is known where the entries belong and that their tree is signed
 * for; nothing is stored here.
 */
struct log_ready;

#define LOG_READY_PART 64 /* entries done in one go */
/* Memory that a part may take beyond this many times the bytes it decodes is
 * refused (ERR_LIMIT): ours takes about four times. */
#define LOG_READY_SPREAD 8
#define LOG_READY_SPARE ((size_t)256 << 10)

/* The items are borrowed until the end of *r.  The book gives vault and clock;
 * without a vault nothing is encrypted. */
struct log_ready *log_ready_new(
    const struct log_book *b, const struct log_item *items, size_t len);
/* Nothing is encrypted: whoever stores the bodies does it. */
void log_ready_plain(struct log_ready *r);
/* Forgets what it held and takes these items, in the memory it has. */
void log_ready_again(
    struct log_ready *r, const struct log_item *items, size_t len);
/* NULL allowed; no part is being run. */
void log_ready_free(struct log_ready *r);

size_t log_ready_parts(const struct log_ready *r);
/* Every part once, in any order, by any thread; parts share nothing. */
void log_ready_run(struct log_ready *r, size_t part);

/* ---- after every part was run; for log_extend ---- */

struct log_made {
	struct hash leaf;
	struct vault_item rest; /* key.len 0: nothing rests */
};
/* Item i as it was found: ERR_MALFORMED, ERR_LIMIT, ERR_UNVERIFIED,
 * ERR_UNSUPPORTED (type, schema version or leaf version), ERR_* of the vault.
 * What follows the first fault of a part is not looked at. */
ERR_CHECKED enum err log_ready_item(const struct log_ready *r, size_t i,
    const struct log_made **made, struct err_why *why);
/* All items, decoded; for whoever folds them. */
const struct log_opened *log_ready_opened(const struct log_ready *r);

/* log_sealed_check - what a packed Sealed opens matches the entry's
 * commitments.  Pure; ERR_UNVERIFIED, ERR_MALFORMED, ERR_UNSUPPORTED. */
ERR_CHECKED enum err log_sealed_check(
    struct bytes packed, const Ledger__Entry *entry, struct err_why *why);
/* The same in memory of `mem`, for many at once (proto/arena.h). */
ERR_CHECKED enum err log_sealed_check_in(struct bytes packed,
    const Ledger__Entry *entry, ProtobufCAllocator *mem, struct err_why *why);
/* Is it of types and schema versions that this node can check?  True also for
 * what is malformed or too large: log_sealed_check says so.  Bytes of a
 * stranger: the memory is bounded as that of a part. */
bool log_sealed_known(struct bytes packed);

#endif
