/* roster.h - the members of an alliance, their keys and logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_ROSTER_H
#define FEDERATION_ROSTER_H

#include "fed.pb-c.h"
#include "federation/roster_card.h"
#include "ledger/note.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

#define ROSTER_MEMBERS_MAX 256
#define ROSTER_GRANTS_MAX 4096
#define ROSTER_PAPERS_MAX 1024
#define ROSTER_RULES_MAX 32 /* of joint defence, among the papers */
#define ROSTER_RULE_BYTES 8192 /* of one text */
#define ROSTER_FORMER_MAX 4096
#define ROSTER_PAST_MAX 1024 /* cards that others replaced */

/* A member whose card was checked.  Borrowed from the roster. */
struct roster_member {
	const Fed__Card *card;
	const char *name;
	const char *company;
	const char *endpoint; /* NULL: it cannot be dialled */
	Fed__Role role;
	/* Name = origin.  The oldest that the members have agreed on: later
	 * generations are known by their successions, and by the card. */
	struct note_vkey log[ROSTER_KINDS];
	struct note_vkey witness; /* name = <name>/witness */
	uint8_t identity[CRYPTO_ALG_PUB_BYTES];
	uint8_t session[CRYPTO_KEY_BYTES];
};

/* Immutable after it was made: any thread may read it. */
struct roster;

/*
 * roster_open, roster_load - a roster from a checked genesis: JSON text (the
 * file form) or a message.
 *
 * Checked: one name rule (URL prefix), ascending unique names, known roles,
 * tcp endpoints, no raw key twice anywhere, each card signed by its identity
 * key, grants between members, witness quorum <= members - 1, vote quorum of
 * at least floor(2n/3) + 1, papers, former names that are not members.
 *
 * ERR_MALFORMED, ERR_UNVERIFIED, ERR_LIMIT, ERR_UNSUPPORTED (key algorithm).
 */
ERR_CHECKED enum err roster_open(
    struct roster **out, struct bytes json, struct err_why *why);
ERR_CHECKED enum err roster_load(
    struct roster **out, const Fed__Genesis *genesis, struct err_why *why);
/* The agreement of a later epoch; `alliance` is the fingerprint of epoch 0. */
ERR_CHECKED enum err roster_later(struct roster **out,
    const Fed__Genesis *state, uint32_t epoch, const struct hash *alliance,
    struct err_why *why);
void roster_free(struct roster *r);

/* The checks of roster_open alone. */
ERR_CHECKED enum err roster_check(
    const Fed__Genesis *genesis, struct err_why *why);

/* The same without the cards, each of which roster_card_check has accepted. */
ERR_CHECKED enum err roster_check_rest(
    const Fed__Genesis *genesis, struct err_why *why);

/* Is this the text of a rule, and its digest?  What it says is not looked at.
 */
bool roster_rule_is(ProtobufCBinaryData text, ProtobufCBinaryData digest);

/* Orders members, grants and papers as roster_check wants them. */
void roster_sort(Fed__Genesis *genesis);

/* All borrowed from the roster, valid until roster_free. */
const char *roster_alliance(const struct roster *r);
uint32_t roster_epoch(const struct roster *r); /* 0: the genesis */
/* SHA-256 of the canonical genesis: the same in every epoch. */
const struct hash *roster_fingerprint(const struct roster *r);
const Fed__Genesis *roster_genesis(const struct roster *r);

/* Members in ascending name; i < roster_len. */
size_t roster_len(const struct roster *r);
const struct roster_member *roster_at(const struct roster *r, size_t i);
/* NULL when nobody has that name. */
const struct roster_member *roster_find(
    const struct roster *r, const char *name);

/* Whose log is it, which of the two; NULL when no member has that origin. */
const struct roster_member *roster_owner(
    const struct roster *r, const char *origin, enum roster_kind *kind);

/* How many of the other members' witnesses must have cosigned a checkpoint of
 * one member; 0 when it is alone. */
size_t roster_quorum(const struct roster *r);

/*
 * roster_policy - append a tlog-policy (text, ledger/policy.h reads it) that
 * trusts the given logs and a quorum of the other members' witnesses.
 *
 *   owner   whose logs; its own witness does not count
 *   logs    their keys, of every generation that is of use
 * ERR_NOT_FOUND  no such member
 * Source: c2sp.org/tlog-policy.
 */
ERR_CHECKED enum err roster_policy(const struct roster *r, const char *owner,
    const struct note_vkey *logs, size_t len, struct buf *out,
    struct err_why *why);

#endif
