/* member.h - members of an alliance on temporary stores, for tests. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_MEMBER_H
#define TESTS_SUPPORT_MEMBER_H

#include "federation/roster.h"
#include "federation/witness.h"
#include "ledger/log.h"
#include "proto/clock.h"
#include "tests/support/temp.h"

#define MEMBERS_MAX 8

/* Stores and keys of one member.  All calls abort when they fail. */
struct member {
	const char *name;
	Fed__Role role;
	const char *company;
	const char *endpoint;
	char dir[TEMP_PATH_BYTES];
	struct crypto_signer identity;
	struct crypto_signer log_key[ROSTER_KINDS];
	struct crypto_signer witness_key;
	struct crypto_dh session;
	const struct clock *clock;
	struct store *own_store;
	struct store *replica_store;
	struct vault *own_vault;
	struct vault *replica_vault;
	struct log_book *own;
	struct log_book *replicas;
	struct witness witness;
	uint16_t slot[ROSTER_KINDS];
	bool succeeded; /* evidence goes on in generation 2 */
	struct crypto_signer old_key; /* of generation 1 then */
	struct buf succession; /* the signed note, and a view of it */
	struct bytes succession_view;
};

/* Keys from the name, so that they are the same in every run. */
void member_new(struct member *m, const char *name, Fed__Role role,
    const char *company, const struct clock *clock);
void member_open(struct member *m);
void member_close(struct member *m);
void member_end(struct member *m); /* closes and removes */
/* Its own logs start anew from nothing: what a careless restore does. */
void member_wipe_own(struct member *m);

/* Keeps a copy of the own logs as they are; puts it back: what a restore from
 * a backup does. */
void member_keep_own(struct member *m);
void member_put_back(struct member *m);

/* The evidence log goes on in generation 2 from the next member_open on; its
 * note admits `less` entries fewer than were signed. */
void member_succeed(struct member *m, uint64_t less);

Fed__Card *member_card(const struct member *m);
/* Signed by all; release with roster_free. */
struct roster *member_alliance(const struct member *members, size_t n);

/* n sealed entries of `bytes` text each in one transaction; false: the commit
 * failed, nothing is known of them. */
bool member_append(
    struct member *m, enum roster_kind kind, unsigned n, size_t bytes);
/* A sealed entry with this message in one transaction; as member_append. */
struct member_said {
	enum roster_kind log;
	Ledger__Kind kind;
	const char *type; /* "record.Vote" */
	struct bytes message;
};
bool member_say(struct member *m, const struct member_said *said);
/* An ERASURE entry for evidence entry `index`; the own body goes too. */
void member_erase(struct member *m, uint64_t index);
/* Only the entry, whatever it says: of this log, whose name is filled in. */
void member_say_erased(struct member *m, const Record__Erasure *what);
uint64_t member_size(struct member *m, enum roster_kind kind);

/* Entries of the replica of `origin`, and its root against the owner's tree;
 * aborts when it holds anything that the owner did not sign for. */
uint64_t member_held(struct member *m, const char *origin);
void member_check_replica(
    struct member *m, struct member *owner, enum roster_kind kind);
/* Is the body at `index` held in the replica? */
bool member_has_body(struct member *m, const char *origin, uint64_t index);

#endif
