/* site_logs.h - the node's own logs, each at its newest generation. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SITE_LOGS_H
#define NODE_SITE_LOGS_H

#include "ledger/note.h"
#include "ledger/succession.h"
#include "node/site.h"

enum site_kind {
	SITE_EVIDENCE,
	SITE_ALLIANCE,
};
#define SITE_LOGS 2

/* One log of the node. */
struct site_log_now {
	uint16_t line; /* names it in tables; never changes */
	uint16_t slot; /* of the newest generation: where entries go */
	uint32_t number; /* which generation that is */
	struct note_vkey key; /* note name: its origin */
};

/*
 * How the own logs stand.  Immutable; opening a generation makes another one,
 * and the old one lives until the site is closed, so that a reader may keep
 * it.  Take it before the read transaction it is used with.
 */
struct site_logs {
	struct site_log_now log[SITE_LOGS];
	struct site_logs *before; /* private: an older one */
};

/* Any thread. */
const struct site_logs *site_logs(const struct site *s);
const struct site_log_now *site_log(const struct site *s, enum site_kind kind);
const char *site_kind_text(enum site_kind kind); /* "evidence" */

struct generation_plan;
/* The body of LOG_START for a generation about to begin; slice_free. */
ERR_CHECKED enum err site_logs_start(ProtobufCMessage **out, struct site *s,
    struct store_txn *txn, const struct generation_plan *plan,
    struct err_why *why);

/* Finds the newest generation of both logs, loads their keys, and destroys
 * what a change of generation left behind; for site_open. */
ERR_CHECKED enum err site_logs_open(struct site *s, struct err_why *why);
/* Gives the book the signing key of a log, which without it is not signed. */
ERR_CHECKED enum err site_logs_arm(
    struct site *s, enum site_kind kind, struct err_why *why);
/* Makes `next` the one that is used; what it replaces loses its key, in memory
 * and on disk.  Committer's thread, after the commit. */
void site_logs_adopt(struct site *s, struct site_logs *next);
void site_logs_free(struct site *s);

/*
 * site_logs_vkey - verifier key of one generation of an own log, also of those
 * whose signing key is gone.  ERR_NOT_FOUND: no such generation.
 */
ERR_CHECKED enum err site_logs_vkey(const struct site *s, enum site_kind kind,
    uint32_t number, struct note_vkey *out, struct err_why *why);

/* Appends the signed note by which generation `number` (>= 2) followed the one
 * before.  ERR_NOT_FOUND. */
ERR_CHECKED enum err site_logs_succession(const struct site *s,
    enum site_kind kind, uint32_t number, struct buf *out, struct err_why *why);

/* Origin of one generation of an own log. */
void site_logs_origin(const struct site *s, enum site_kind kind,
    uint32_t number, char out[static NOTE_NAME_MAX + 1]);

/* Entries of a kind over all generations of a log. */
ERR_CHECKED enum err site_logs_count(struct site *s,
    const struct site_log_now *log, struct store_txn *txn, Ledger__Kind kind,
    uint64_t *out, struct err_why *why);

/* Newest recorded_us over the current and the previous generation: no clock
 * that was set back between them undoes an end. */
ERR_CHECKED enum err site_logs_recorded(struct site *s,
    const struct site_log_now *log, struct store_txn *txn, int64_t *out,
    struct err_why *why);

#endif
