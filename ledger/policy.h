/* policy.h - which logs and witnesses a reader trusts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_POLICY_H
#define LEDGER_POLICY_H

#include "ledger/note.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define POLICY_TEXT_MAX 1048576 /* bytes of one file */
#define POLICY_LIST_MAX 1024 /* logs; witnesses; groups */
#define POLICY_WORD_MAX 1024 /* bytes of a name or URL */

/* c2sp.org/tlog-policy.  Read freely; change only through the functions. */
struct policy_log {
	struct note_vkey key; /* type 0x01; its name is the origin */
	char *url; /* NULL: none given */
};
struct policy_witness {
	char *name;
	struct note_vkey key; /* type 0x04 */
	char *url;
};
/* A member is a witness, or a group defined earlier. */
struct policy_member {
	bool group;
	size_t at;
};
struct policy_group {
	char *name;
	size_t need; /* 1 to members_len */
	struct policy_member *members;
	size_t members_len;
};
struct policy {
	struct policy_log *logs;
	size_t logs_len;
	struct policy_witness *witnesses;
	size_t witnesses_len;
	struct policy_group *groups;
	size_t groups_len;
	bool quorum_set; /* false while it is being built */
	bool quorum_none;
	struct policy_member quorum; /* unless quorum_none */
	uint64_t max_age_s; /* of the quorum's cosignatures; 0: any */
};

/* Empty, without a quorum line; release with policy_free (NULL allowed). */
struct policy *policy_new(void);
void policy_free(struct policy *p);

/*
 * Builders; url may be NULL.  The policy is as before unless ERR_OK.
 * ERR_MALFORMED  a word that a policy file cannot hold, a wrong key type
 * ERR_EXISTS     this public key, name or quorum is there; member used before
 * ERR_NOT_FOUND  member or quorum not defined
 * ERR_LIMIT       one list or word is full
 */
ERR_CHECKED enum err policy_add_log(struct policy *p,
    const struct note_vkey *key, const char *url, struct err_why *why);
ERR_CHECKED enum err policy_add_witness(struct policy *p, const char *name,
    const struct note_vkey *key, const char *url, struct err_why *why);
/* need: 1 to n, how many members must hold. */
ERR_CHECKED enum err policy_add_group(struct policy *p, const char *name,
    size_t need, const char *const *members, size_t n, struct err_why *why);
/* name of a witness or group, or "none". */
ERR_CHECKED enum err policy_set_quorum(
    struct policy *p, const char *name, struct err_why *why);

/*
 * The newest cosignatures that make the quorum are at most so old: a line
 * "#lianfang max-age 3600", a comment to other readers.  Any other line that
 * begins with "#lianfang " is refused: what it asks for must not go unheard.
 */
#define POLICY_AGE_MAX_S 315360000 /* ten years */

/* The file text; policy_get is its strict reader: ERR_MALFORMED, ERR_LIMIT,
 * ERR_UNSUPPORTED (key type), `why` names the line. */
void policy_put(struct buf *out, const struct policy *p);
ERR_CHECKED enum err policy_get(
    struct policy **out, struct bytes text, struct err_why *why);

enum policy_quorum {
	POLICY_QUORUM_MISSED,
	POLICY_QUORUM_MET,
	POLICY_QUORUM_STALE, /* met, but longer ago than max_age_s */
	POLICY_QUORUM_NONE, /* the policy says so: asks for no witness */
};

/* What a checkpoint note is worth under a policy. */
struct policy_cosign {
	const struct policy_witness *witness; /* borrowed from the policy */
	uint64_t when; /* POSIX seconds */
	bool future; /* later than asked at: not counted */
};
struct policy_verdict {
	const struct policy_log *log; /* whose signature verified */
	struct note_checkpoint checkpoint;
	struct policy_cosign cosigns[NOTE_SIGS_MAX]; /* verified ones */
	size_t cosigns_len;
	enum policy_quorum quorum;
	uint64_t
	    quorum_when; /* the newest time at which it was met; 0: never */
};

/*
 * policy_check - judge a parsed checkpoint note.
 *   now   POSIX seconds; cosignatures dated later do not count
 *
 * ERR_OK          a listed log signed; look at `quorum`
 * ERR_NOT_FOUND   no listed log of this origin signed it: UNTRUSTED
 * ERR_UNVERIFIED  a line by a listed key fails: the note is refused
 * ERR_MALFORMED   not a checkpoint
 * Pure, thread-safe on a policy nobody changes.
 */
ERR_CHECKED enum err policy_check(struct policy_verdict *out,
    const struct policy *p, const struct note *n, uint64_t now,
    struct err_why *why);

/* Could this witness make a difference to the quorum?  Others are optional:
 * they show and count for nothing. */
bool policy_counts(const struct policy *p, const struct policy_witness *w);

/* policy_check, and ERR_REFUSED when the quorum is missed or stale. */
ERR_CHECKED enum err policy_check_quorum(struct policy_verdict *out,
    const struct policy *p, struct bytes note, uint64_t now,
    struct err_why *why);

#endif
