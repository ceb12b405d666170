/* submit_post.h - a person's event as it was posted, parsed and verified. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_POST_H
#define NODE_SUBMIT_POST_H

#include "ledger/seal.h"
#include "ledger/signature.h"
#include "node/submit_op.h"
#include "proto/arena.h"

/* What the events of one request share; zeroed at first, end with arena_clear
 * of `memory` after the last of them. */
struct submit_shared {
	struct signature_head head; /* of a batch, good last */
	struct arena memory; /* of their bodies */
};

struct submit_post {
	Ledger__Kind kind;
	uint8_t record_id[16];
	uint8_t event_id[16];
	bool later; /* the path names the record: it must be there */
	struct buf message; /* exact bytes */
	ProtobufCMessage *body;
	bool is_signed;
	uint8_t record_key[SEAL_KEY_BYTES];
	struct hash commitment; /* of a signed message, under that key */
	int64_t occurred_us; /* of a signed event; else 0 */
	uint32_t based_on;
	Ledger__Auth auth; /* points into the following */
	uint8_t salt[SEAL_KEY_BYTES];
	uint8_t key[CRYPTO_ALG_PUB_BYTES];
	uint8_t signature[SIGNATURE_BYTES_MAX];
	struct submit_shared *shared; /* NULL: it comes alone */
};

/*
 * submit_post_read - check form and signature on the caller's thread.
 *   record_id   text from the path, or NULL
 *   out         in place (auth points into it): do not copy it
 * On failure *rule and *path say why where a rule exists.
 */
struct submit_post_fault {
	const struct rule *rule;
	const char *path;
};
ERR_CHECKED enum err submit_post_read(struct submit_post *out, struct site *s,
    const char *record_id, const Api__EventPost *post,
    struct submit_post_fault *fault, struct err_why *why);
void submit_post_clear(struct submit_post *p);
/* Would it begin a record under an id of version 8?  Those the node gives alone
 * (digest_uuid8): anybody can tell which its next alarm of a permit will have,
 * and what stands there already is not said. */
bool submit_post_takes_own(const struct submit_post *p);

/* The event as it was posted: views into p. */
void submit_post_signed(Api__SignedEvent *out, struct submit_post *p);

/* When it happened: signed time, body's time, else now. */
int64_t submit_post_occurred(const struct submit_post *p, int64_t now_us);

/* Is the signer enrolled, with one of the roles ("any": every role), for the
 * area?  NULL when so; else the rule.  Errors of the store in *e. */
const struct rule *submit_post_signer(const struct submit_post *p,
    struct commit_ctx *ctx, char *const *roles, size_t roles_len, uint64_t area,
    enum err *e);
/* The same at another time than that of the event. */
struct actor_right;
const struct rule *submit_post_right(const struct submit_post *p,
    struct commit_ctx *ctx, const struct actor_right *right, enum err *e);
/* The same for what gives somebody a right: also by our clock, so that nobody
 * gives one by a time from before his own was over. */
const struct rule *submit_post_giver(const struct submit_post *p,
    struct commit_ctx *ctx, char *const *roles, size_t roles_len, uint64_t area,
    enum err *e);

/* Keyed hash of the signer's name; 0: unsigned, or nobody enrolled. */
ERR_CHECKED enum err submit_post_name(const struct submit_post *p,
    struct commit_ctx *ctx, uint64_t *out, struct err_why *why);

/* Is the signing key enrolled with role "source" under this very name, for the
 * area?  *rule: NULL when so. */
ERR_CHECKED enum err submit_post_source(const struct submit_post *p,
    struct commit_ctx *ctx, const char *source, uint64_t area,
    const struct rule **rule, struct err_why *why);

/* The draft of the event as it will stand; annex may be NULL. */
struct draft_spec submit_post_spec(const struct submit_post *p,
    struct commit_ctx *ctx, uint32_t event_seq, unsigned outcome,
    const Record__Annex *annex);

/* An event with this id is there already: the first receipt, or the rule. */
ERR_CHECKED enum err submit_post_known(const struct submit_post *p,
    struct commit_ctx *ctx, struct submit_receipt *out,
    const struct rule **rule, struct err_why *why);

#endif
