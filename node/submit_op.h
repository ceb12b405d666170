/* submit_op.h - what all submitted commands share.  Only for submit_*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_OP_H
#define NODE_SUBMIT_OP_H

#include "node/commit.h"
#include "node/decide_load.h"
#include "node/draft.h"
#include "node/fold_kind.h"
#include "node/site.h"
#include "node/submit.h"

#define SUBMIT_FUTURE_US FOLD_KIND_FUTURE_US /* clock skew allowed */

/* First member of every kind of command; freed with its result. */
struct submit_op {
	struct commit_cmd cmd;
	struct site *site;
	submit_done done;
	void *arg;
	struct submit_result *result;
	uint64_t *areas; /* keyed hashes of the allowed ones */
	size_t areas_len; /* 0: all */
	void (*clear)(struct submit_op *op); /* what the kind owns; or NULL */
};

/* A zeroed op of `size` bytes with a result of n items. */
void *submit_op_new(const struct submit_to *to, size_t size, size_t n);
/* Queues it, or ends it at once when the committer cannot take it. */
void submit_op_put(struct submit_op *op);
/* Ends an op that never reached the committer. */
void submit_op_fail(
    struct submit_op *op, enum err e, const struct err_why *why);
/* The same for a broken rule at a field (path may be NULL). */
void submit_op_refuse(struct submit_op *op, enum rule_id id, const char *path);
/* The same for what its first item says. */
void submit_op_refuse_item(struct submit_op *op);

/* In run: remembers the rule in the result; gives the code for it. */
enum err submit_op_rule(
    struct submit_op *op, const struct rule *rule, struct err_why *why);
enum err submit_op_err(const struct rule *rule);
bool submit_op_area(const struct submit_op *op, uint64_t area);

/* Copies of messages: canonical bytes and a decoded copy of them.
 * ERR_MALFORMED, ERR_LIMIT. */
ERR_CHECKED enum err submit_op_copy(const ProtobufCMessage *in,
    struct buf *bytes, ProtobufCMessage **out, struct err_why *why);
/* Length limits of strings and sanity of numbers; path: the first field that
 * fails, static. */
ERR_CHECKED enum err submit_op_check(
    const ProtobufCMessage *msg, const char **path, struct err_why *why);

/* Fills a receipt from where an entry went, or from one that is there already,
 * named by line and place (fold_place.h); forget: frees what that took. */
void submit_op_forget(struct submit_receipt *r);
void submit_op_place(struct submit_receipt *out, const struct draft_spec *spec,
    const struct log_place *place);
ERR_CHECKED enum err submit_op_found(struct commit_ctx *ctx, uint16_t line,
    uint64_t place, struct submit_receipt *out, struct err_why *why);
/* The whole of a body, or ERR_NOT_FOUND; submit_op_rest: also what is left of
 * one from which fields were erased. */
ERR_CHECKED enum err submit_op_body(struct commit_ctx *ctx, uint16_t line,
    uint64_t place, const ProtobufCMessageDescriptor *type,
    ProtobufCMessage **out, struct err_why *why);
ERR_CHECKED enum err submit_op_rest(struct commit_ctx *ctx, uint16_t line,
    uint64_t place, const ProtobufCMessageDescriptor *type,
    ProtobufCMessage **out, struct err_why *why);

/* An alarm that is now open in `area`: suspends the permits it must stop. */
struct submit_stop {
	const uint8_t *alarm_id; /* 16; NULL: a gas test did it */
	const Record__Alarm *alarm; /* NULL likewise */
	uint64_t area;
	int64_t occurred_us;
};
ERR_CHECKED enum err submit_work_alarm(struct commit_ctx *ctx,
    const struct submit_stop *stop, struct err_why *why);
/* Suspends one permit for `rule`. */
ERR_CHECKED enum err submit_work_stop(struct commit_ctx *ctx,
    const uint8_t permit_id[static 16], const struct submit_stop *stop,
    const struct rule *rule, struct err_why *why);

/* Stops the work that follows (Pack__Work.follows) one that stands still or is
 * over; `now` is its row. */
ERR_CHECKED enum err submit_work_followers(struct commit_ctx *ctx,
    const uint8_t permit_id[static 16], const struct row *now,
    const struct submit_stop *stop, struct err_why *why);

/* The same in parts, for many at once: the tables of replicas in a transaction
 * of their own (store_abort); the answer to what was loaded, also while the
 * clock is in doubt; its entry. */
struct submit_decided {
	const struct decide_question *question;
	const struct decide_facts *facts;
	const struct decide_answer *answer;
};
ERR_CHECKED enum err submit_decision_replica(
    struct site *s, struct fold *out, struct err_why *why);
void submit_decision_answer(
    struct site *s, struct decide_facts *facts, struct decide_answer *out);
ERR_CHECKED enum err submit_decision_put(struct commit_ctx *ctx,
    const struct fold *replica, const struct submit_decided *d,
    struct submit_receipt *out, struct err_why *why);

/* After a case was recorded: what may not go on beside it stops
 * (submit_activity), and whom it is about stops working, here and, by his
 * published certificates, everywhere.  ERR_OK for other messages. */
ERR_CHECKED enum err submit_holder_case(
    struct commit_ctx *ctx, const ProtobufCMessage *msg, struct err_why *why);

/* Decides inside a command; q->now_us is ctx->now_us, or a time before it, of
 * which nothing is ever allowed. */
ERR_CHECKED enum err submit_decision_run(struct commit_ctx *ctx,
    const struct decide_question *q, struct decide_facts *facts,
    struct decide_answer *out, struct err_why *why);
ERR_CHECKED enum err submit_decision_append(struct commit_ctx *ctx,
    const struct decide_question *q, const struct decide_facts *facts,
    const struct decide_answer *a, struct submit_receipt *out,
    struct err_why *why);

/* What the asker is told of it. */
void submit_decision_result(struct submit_result *r, int64_t now_us,
    const struct decide_facts *facts, const struct decide_answer *a);

/* After a certificate event (ctx->fold.row is the row after it, `before` the
 * one before): says the new status of each of its credentials to the alliance.
 */
struct status_of {
	const uint8_t *certificate; /* 16 */
	const struct row *before;
	int64_t effective_us;
};
ERR_CHECKED enum err submit_status_append(
    struct commit_ctx *ctx, const struct status_of *of, struct err_why *why);

#endif
