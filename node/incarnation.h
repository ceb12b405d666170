/* incarnation.h - is the store the one that this directory had last? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INCARNATION_H
#define NODE_INCARNATION_H

#include "node/site_logs.h"
#include "proto/err.h"

/*
 * A number counts the runs that signed.  It rests in the own store and in
 * DIR/incarnation, which is in no copy of the store; the replicas' store has
 * another one.  Where they differ, a store was put back.  The file also says
 * how each own log was left: closed cleanly at a size and root, open, or in
 * doubt.  docs/decisions/0016.
 */
enum incarnation_left {
	INCARNATION_OPEN, /* signed since; how far is not known */
	INCARNATION_CLOSED, /* at this size and root */
	INCARNATION_LOST, /* members proved more than was held */
};

struct incarnation_log {
	enum incarnation_left left;
	char origin[NOTE_NAME_MAX + 1];
	struct tree_head head; /* of INCARNATION_CLOSED */
	/* Not in the file; set by proved_open: */
	uint64_t proved; /* entries that others hold, more than we; or 0 */
	bool other; /* they hold another history, signed by our key */
};

struct incarnation {
	uint64_t own; /* numbers; 0: none yet */
	uint64_t replica;
	struct incarnation_log log[SITE_LOGS];
};

/*
 * incarnation_open - compares; for site_open, before anything is signed.
 * Sets s->doubt (bits 1 << kind) and s->witness_lost: the replicas' store is
 * another one, or the own one is newer than the file.
 * ERR_MALFORMED: the file is damaged; ERR_* of store and file.
 */
ERR_CHECKED enum err incarnation_open(struct site *s, struct err_why *why);

/* A store out of a backup has a number, and no file beside it: so the node
 * finds itself put back.  Before the first site_open. */
ERR_CHECKED enum err incarnation_restored(
    const struct site_db *db, struct err_why *why);

/* A store that was put back begins another life, under a random name: what was
 * copied of the one before (a backup) does not go on from it.  In a transaction
 * of the own store. */
#define INCARNATION_LIFE "life" /* the row's key; 16 bytes, or no row */
ERR_CHECKED enum err incarnation_renew(
    const struct site_db *db, struct store_txn *txn, struct err_why *why);

/*
 * incarnation_replica - a new number of the replicas' store, before the hub
 * starts and any other thread writes.  When the store is not the one that was
 * used last, what was cosigned is not known: the witness key goes for good.
 */
ERR_CHECKED enum err incarnation_replica(struct site *s, struct err_why *why);

/*
 * incarnation_begin - a new number, durable before anything is signed under
 * it, and then the keys of those logs (bits 1 << kind).  On the committer's
 * thread, between two batches.
 *
 * The file names the old and the new number before the store has the new one,
 * and the new one alone afterwards: a crash between is neither taken for a
 * restore nor does it hide one.
 */
ERR_CHECKED enum err incarnation_begin(
    struct site *s, unsigned logs, struct err_why *why);

/* The alliance log is about to be signed: it is open from here on.  Durable.
 * Cheap when it is open. */
ERR_CHECKED enum err incarnation_touch(struct site *s, struct err_why *why);
/* Members proved that more of these logs was signed than is held: remembered
 * also when nobody can be asked at the next start. */
ERR_CHECKED enum err incarnation_lost(
    struct site *s, unsigned logs, struct err_why *why);
/* Where a clean stop left the log, if that is how it was left. */
bool incarnation_closed(
    const struct site *s, enum site_kind kind, struct tree_head *out);

/* A clean stop: how the logs that may be signed were left.  After the
 * committer has ended.  Failure costs only that the next start knows less. */
void incarnation_close(struct site *s);

#endif
