/* site.h - all that one node holds while it runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SITE_H
#define NODE_SITE_H

#include <stdatomic.h>

#include "federation/skew.h"
#include "federation/witness.h"
#include "ledger/log.h"
#include "ledger/note.h"
#include "ledger/store.h"
#include "ledger/vault.h"
#include "node/domain/packs.h"
#include "node/fold.h"
#include "proto/clock.h"
#include "proto/crypto.h"
#include "proto/digest.h"
#include "proto/err.h"

enum site_role {
	SITE_PLANT = 1,
	SITE_HQ,
	SITE_PARTNER,
	SITE_REGULATOR,
};

#define SITE_NAME_MAX 128
#define SITE_PATH_MAX 512

/* One per purpose (docs/wire.md 3); those of the logs are the book's alone. */
struct site_keys {
	struct crypto_signer witness; /* note name: <name>/witness */
	struct crypto_signer identity; /* note name: <name>/identity */
	struct crypto_dh session;
	uint8_t index[32]; /* keyed hashes in tables */
	bool witness_gone; /* its secret; pub is still ours */
};

/* One store with its logs and the tables folded from them. */
struct site_db {
	struct store *store;
	struct vault *vault;
	struct log_book *book;
	struct fold_tables tables;
	struct store_table incarnation; /* incarnation.h */
};

struct site_card;
/* What the node is told about the alliance; set before site_start, each may
 * be NULL (then nobody is known and nothing is fresh).  Any thread. */
struct site_peers {
	void *arg;
	/* Is `key` (u8 alg || bytes) identity or alliance key of `member`? */
	bool (*holds_key)(void *arg, const char *member, struct bytes key);
	/* Does an agreement of this name stand in the roster?  Its text's. */
	bool (*agreed)(void *arg, const char *name, struct hash *digest);
	/* In the roster now; 0: no member. */
	Fed__Role (*role)(void *arg, const char *member);
	/* When `member`'s alliance log was last complete here; 0: never. */
	int64_t (*seen_us)(void *arg, const char *member);
	/* Calls `each` with every member's names (no text may contain them). */
	void (*members)(
	    void *arg, void (*each)(void *ctx, const char *name), void *ctx);
	/* All other members with their clocks. */
	size_t (*clocks)(void *arg, struct skew_member *out, size_t max);
	/* What its card says of a member (site_card.h); false: it is none. */
	bool (*card)(void *arg, const char *member, struct site_card *out);
	bool (*alliance)(void *arg, struct hash *fingerprint);
};

/* Called on the committer thread after a commit: must not block. */
struct site_hooks {
	void *arg;
	void (*grown)(void *arg); /* own logs have a new checkpoint */
};

struct commit;
struct incarnation;
struct site_logs;
struct timekeep;

struct site {
	char dir[SITE_PATH_MAX];
	char name[SITE_NAME_MAX + 1];
	enum site_role role;
	int lock_fd;
	struct site_keys keys; /* as it was opened; in use: site_keys() */
	_Atomic(struct site_renewed *) renewed; /* site_keys.h */
	struct digest_hmac index_mac;
	struct site_db own;
	struct site_db replica;
	struct witness witness; /* tables in the replica's store */
	uint16_t evidence; /* lines of the own logs: what tables and drafts */
	uint16_t alliance; /* call them (fold_place.h) */
	_Atomic(struct site_logs *) logs; /* site_logs.h */
	_Atomic(struct packs *) packs; /* pack_store.h swaps it */
	_Atomic(struct pack_notes *) pack_notes; /* of files not used */
	struct commit *commit; /* NULL until site_start */
	struct site_peers peers;
	struct site_hooks hooks;
	const struct clock *clock;
	struct timekeep *time; /* timekeep.h; NULL: the clock is believed */
	struct incarnation *incarnation; /* incarnation.h */
	struct spool *spool; /* spool.h */
	bool asks; /* who else decides whether logs may be signed: heads.h */
	const char *witness_lost; /* why what was cosigned is not known */
	_Atomic bool witness_retired; /* nothing is cosigned any more */
	bool signs; /* a number was taken: incarnation_begin */
	unsigned doubt; /* 1 << kind: not what this directory had last */
	_Atomic unsigned unsure; /* 1 << kind: not signed now; committer's */
	_Atomic bool halted; /* a commit failed: nothing is signed now */
	_Atomic int64_t persons_due_us; /* submit_person.h; 0: nothing known */
	_Atomic unsigned alone; /* submit_alone.h: what is under way */
	_Atomic bool full; /* a write found no room: room.h */
	_Atomic bool folding; /* tables of another version: site_fold.h */
	_Atomic uint64_t folded, to_fold;
};

struct site_setup {
	const struct clock *clock; /* NULL: clock_system() */
	const char *dir; /* created with 0700; must not hold a node */
	const char *name; /* plant-a.acme.example */
	enum site_role role;
	struct bytes config; /* node.yaml; empty: the caller writes it */
	bool whole; /* the whole of each standard is in force from the start */
};

/*
 * site_init - make a node's directory: keys, both stores, LOG_START in both
 * logs; durable on ERR_OK.  ERR_EXISTS: a node is there, or one not finished;
 * ERR_MALFORMED: name; ERR_NOT_FOUND: the folder above; ERR_IO, ERR_FULL.
 */
ERR_CHECKED enum err site_init(
    const struct site_setup *setup, struct err_why *why);

/*
 * site_open - open the directory and take its lock.  No thread yet.
 * ERR_NOT_FOUND: no node here; ERR_BUSY: another process (named in why) has it.
 */
ERR_CHECKED enum err site_open(struct site **out, const char *dir,
    const struct clock *clock, struct err_why *why);
/* The same, without folding tables of another version: s->folding then. */
ERR_CHECKED enum err site_open_early(
    struct site **out, const char *dir, struct err_why *why);
/* Its lock, name and keys only: nothing is opened.  site_close. */
ERR_CHECKED enum err site_stopped(
    struct site **out, const char *dir, struct err_why *why);
/* Starts the committer; set peers and hooks before. */
ERR_CHECKED enum err site_start(struct site *s, struct err_why *why);
/* These logs may be signed from here on: takes a number, then their keys.  On
 * the committer's thread between two batches, which does it by itself before
 * its first one unless s->asks is set or there is doubt. */
#define SITE_BOTH 3u
ERR_CHECKED enum err site_begin(
    struct site *s, unsigned logs, struct err_why *why);
/* Drains the committer, closes, frees; NULL allowed. */
void site_close(struct site *s);

/* hub_host.fold: folds new entries of a replica; arg is the site. */
enum err site_fold_replica(void *arg, struct store_txn *txn,
    const struct log_stretch *stretch, struct err_why *why);

/* Drops all tables and folds every log anew; before site_start. */
ERR_CHECKED enum err site_rebuild(struct site *s, struct err_why *why);

/* Wall clock by the clock given to site_open, microseconds. */
int64_t site_now(const struct site *s);
const char *site_role_text(enum site_role role); /* "plant" */
ERR_CHECKED enum err site_role_get(
    enum site_role *out, const char *text, struct err_why *why);

/* Verifier key, of logs of the newest generation, of "evidence", "alliance",
 * "witness", "identity". */
ERR_CHECKED enum err site_vkey(const struct site *s, const char *which,
    struct note_vkey *out, struct err_why *why);

/* Which store and slot hold the log `origin`. ERR_NOT_FOUND. */
struct site_log {
	struct site_db *db;
	uint16_t slot;
	bool own;
};
ERR_CHECKED enum err site_find_log(struct site *s, const char *origin,
    struct site_log *out, struct err_why *why);

#endif
