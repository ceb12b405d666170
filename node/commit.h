/* commit.h - the committer: the one writer of the own logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_COMMIT_H
#define NODE_COMMIT_H

#include "ledger/log.h"
#include "ledger/store.h"
#include "node/fold.h"
#include "proto/err.h"

#define COMMIT_QUEUE_MAX 16384 /* commands waiting, of each class */
#define COMMIT_BATCH_MAX 8192 /* entries in one transaction, roughly */
/* Of those, entries of arrays and imports: an alarm that comes while they are
 * written waits no longer than for so many. */
#define COMMIT_BULK_MAX 4096

/* What goes first.  Each batch takes at least one command of each class that
 * waits, so none of them starves. */
enum commit_class {
	COMMIT_URGENT, /* single alarms, events of permits, decisions */
	COMMIT_BULK, /* arrays and imports */
	COMMIT_LATER, /* what reading costs: notes of access, cosignatures */
	COMMIT_CLASSES,
};

struct site;
struct site_logs;
struct commit;

#define COMMIT_EVIDENCE 1u
#define COMMIT_ALLIANCE 2u

/* What a command sees inside the write transaction. */
struct commit_ctx {
	struct site *site;
	struct store_txn *txn;
	struct store_txn *kept; /* of the spool's store (spool.h); NULL: none */
	bool kept_full; /* its map is to grow, not the own store's */
	/* The own logs; a command that opens a generation sets both to what
	 * the commit is to make hold. */
	const struct site_logs *logs;
	struct site_logs *next;
	struct fold fold; /* of the own store, in this transaction */
	int64_t now_us;
	unsigned writes; /* entries and rows written by the command */
	bool erased; /* log_erase was called: finish it after the commit */
	unsigned touched; /* COMMIT_*: logs whose checkpoint is another now */
	uint8_t *newest; /* 16: the id that a machine's record got last */
	unsigned appended; /* COMMIT_*: logs that have new entries */
	/* COMMIT_*: logs that may not be signed: to append is ERR_TIMEOUT with
	 * the rule HEADS_UNKNOWN.  A command that opens a generation unsets its
	 * bit for what the commit is to make hold. */
	unsigned unsure;
	uint64_t calm; /* an area that this command found without open
	                * permits; 0: none.  Any permit's event unsets it */
};

/* Where the logs stand after the commit; borrowed for the call of done. */
struct commit_heads {
	const struct site_logs *logs; /* site_logs.h */
	struct bytes evidence; /* signed checkpoint; empty: none yet */
	struct bytes alliance;
};

/*
 * A command: embedded as first member in the submitter's own struct.
 *
 *   run    checks against current tables, then appends with commit_append.
 *          It must refuse before its first write.  It may be run again (full
 *          map, another command's failure): it starts from scratch each time.
 *   done   called once, on the committer thread, after the commit or the
 *          refusal: must not block.  Owns the command from then on.
 *   cost   entries it will write, roughly; bounds a batch
 *   class  who goes first; zeroed: urgent
 */
struct commit_cmd {
	enum err (*run)(struct commit_cmd *cmd, struct commit_ctx *ctx,
	    struct err_why *why);
	void (*done)(struct commit_cmd *cmd, enum err e,
	    const struct commit_heads *heads, const struct err_why *why);
	unsigned cost;
	enum commit_class class;
	/* Private to the committer. */
	struct commit_cmd *next;
	int64_t since_us; /* when it was queued, by the boot clock */
	enum err result;
	struct err_why why;
	bool erased; /* its run called log_erase */
};

/* One event ready to be appended.  Everything borrowed until done. */
struct commit_event {
	uint16_t slot; /* line of an own log: site->evidence or ->alliance */
	struct log_draft draft; /* draft.plain set: sealed bytes to rest */
	const ProtobufCMessage *body; /* decoded, for the fold; NULL: none */
	const Record__Annex *annex;
	struct bytes message; /* canonical bytes of body */
	const uint8_t *digest; /* fold_digest of message; NULL: not known */
};

/* log_append to the newest generation, and fold, in the command's transaction;
 * counts the write. */
ERR_CHECKED enum err commit_append(struct commit_ctx *ctx,
    const struct commit_event *ev, struct log_place *out, struct err_why *why);

ERR_CHECKED enum err commit_start(
    struct commit **out, struct site *s, struct err_why *why);
/* Runs what is queued, then ends the thread; NULL allowed. */
void commit_stop(struct commit *c);

/*
 * commit_put - queue a command; any thread.
 * ERR_BUSY: the queue is full; ERR_IO: the node is halted.  The command still
 * belongs to the caller then, and done is not called.
 */
ERR_CHECKED enum err commit_put(
    struct commit *c, struct commit_cmd *cmd, struct err_why *why);

/*
 * commit_between - have `run` called on the committer's thread while no
 * transaction is open, before any further command.  In there commit_put runs
 * its command at once, with done before it returns.  Any thread.
 */
void commit_between(struct commit *c, void (*run)(void *arg), void *arg);
/* Commands wait (tasks of commit_between do not) until commit_go. */
void commit_hold(struct commit *c);
void commit_go(struct commit *c);

/* For metrics; any thread. */
struct commit_stats {
	uint64_t commits;
	uint64_t entries;
	uint64_t refused;
	uint64_t queued[COMMIT_CLASSES];
	int64_t lag_us[COMMIT_CLASSES]; /* how long the first one waits */
	uint64_t last_commit_us; /* duration of the newest commit */
};
void commit_stats(struct commit *c, struct commit_stats *out);

#endif
