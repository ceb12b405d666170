/* ops.h - the operations table: what may be asked, and how. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OPS_H
#define NODE_OPS_H

#include "node/domain/rule.h"
#include "node/ops_role.h"
#include "node/params.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/limits.h"

#include <protobuf-c/protobuf-c.h>

struct service;
struct ops_call;

#define OPS_BODY_MAX LIMITS_BODY_BYTES /* bytes of a request */
#define OPS_REPLY_MAX (64u << 20)
#define OPS_ARGS_MAX 3 /* captures of a path template */
#define OPS_LIST_MAX 1000 /* items of one array */

/* Flags of an operation. */
#define OPS_LOGGED 1u /* a read by hq or regulator is an ACCESS entry */
#define OPS_LIST 2u /* body may be an array (and protobuf) */
#define OPS_STREAM 4u /* answers with an endless stream */
#define OPS_NO_BODY 8u /* a POST that needs no body */
#define OPS_TILES 16u /* open unless the configuration says otherwise */
#define OPS_CREATES 32u /* answers 201 */
#define OPS_SLOW 64u /* looks at many records: in a lane */
#define OPS_QUEUED 128u /* a GET that is answered by the committer */
#define OPS_FOLDING 256u /* also while tables are folded: folding.h */

/* One operation.  path: "/v1/alarms/{id}/events"; "{rest*}" takes all. */
struct ops_entry {
	const char *name; /* alarm.raise */
	const char *method; /* GET, POST, DELETE */
	const char *path;
	unsigned roles;
	unsigned flags;
	const ProtobufCMessageDescriptor *request; /* NULL: none */
	const ProtobufCMessageDescriptor *response; /* NULL: not JSON */
	const char *params; /* names of the query string: "state area limit" */
	const char *help;
	const char *help_zh;
	/* ERR_OK: the reply is filled, or call->waiting is set and
	 * ops_finish will be called once, from any thread. */
	enum err (*handle)(struct ops_call *call, struct err_why *why);
};

#define OPS_STREAM_END SIZE_MAX

/* Bytes that come over time (SSE).  All calls from the transport's thread. */
struct ops_stream {
	/* Up to cap bytes; 0: nothing now, wake will be called later;
	 * OPS_STREAM_END: no more. */
	size_t (*read)(void *arg, uint8_t *out, size_t cap);
	/* Remembers how to wake the transport; NULL forgets. Any thread. */
	void (*on_wake)(void *arg, void (*wake)(void *), void *wake_arg);
	void (*close)(void *arg);
	void *arg;
};

/*
 * struct ops_call - one request and its reply.  The transport sets the first
 * part, whose views it keeps valid until the call is cleared.
 */
struct ops_call {
	struct service *service;
	const char *method;
	struct bytes path; /* without the query */
	struct bytes query; /* without the question mark */
	const char *content_type; /* NULL: absent (likewise below) */
	const char *accept;
	const char *language;
	const char *authorization;
	const char *last_event_id;
	const char *none_match; /* If-None-Match */
	struct bytes body;
	bool local; /* admin by the socket's own rights */
	void (*done)(struct ops_call *call); /* after waiting; any thread */
	void *transport;

	const struct ops_entry *op;
	struct ops_identity who;
	struct bytes arg[OPS_ARGS_MAX];
	struct params params;
	void *work; /* of the handler; freed by work_free */
	void (*work_free)(void *work);
	bool waiting;
	/* After waiting: makes the reply, on the transport's thread. */
	enum err (*complete)(struct ops_call *call, struct err_why *why);
	unsigned status;
	unsigned retry_s; /* Retry-After with 429 and 503; 0: one second */
	const char *type; /* static text */
	const char *cache; /* Cache-Control, static; NULL: no-store */
	char tag[40]; /* ETag, with its quotes; "": none */
	char allow[40]; /* with 405 */
	char location[128]; /* of what was created; "" none */
	struct buf out;
	struct ops_stream stream; /* read != NULL: instead of `out` */
	const char *code; /* stable code instead of the err's; static */
	const struct rule *rule; /* why refused; NULL: the text alone */
	struct rule_list rules; /* all reasons, when there are several */
	struct rule_said said;
	char fault[96]; /* path of the offending field; "": from the text */
	char quarantine[40]; /* id under which the body is kept; "": not */
};

/* What came in is borrowed; clear releases the reply. */
void ops_call_init(struct ops_call *call, struct service *service);
void ops_call_clear(struct ops_call *call);

/*
 * ops_dispatch - find, authorise, run.  Afterwards either the reply is there
 * (an error is a reply too: problem+json) or call->waiting is set and
 * call->done is called once, possibly before this returns.
 *
 * Any thread; blocks for short store reads only.
 */
void ops_dispatch(struct ops_call *call);

/* As ops_dispatch, and waits for the reply: for the CLI and tests. */
void ops_call_wait(struct ops_call *call);
/* All that can be judged before the body.  False: the reply is the problem. */
bool ops_admit(struct ops_call *call);
/* For the transport, once, before it sends: runs call->complete. */
void ops_settle(struct ops_call *call);
/* For handlers that wait: ends the call with the reply in place, or to be made
 * by call->complete (ERR_OK), or with the problem for `e`. */
void ops_finish(struct ops_call *call, enum err e, const struct err_why *why);
/* Replies.  ops_reply_message: JSON, or protobuf when Accept asks for it;
 * ops_reply_tag: an ETag over `out`, 304 for who has that; ops_fail: the
 * problem for `e`. */
void ops_reply_message(struct ops_call *call, const ProtobufCMessage *msg);
void ops_reply_type(struct ops_call *call, const char *type);
void ops_reply_tag(struct ops_call *call);
void ops_fail(struct ops_call *call, enum err e, const struct err_why *why);
/* Body of the request as op->request (JSON or, by its type, protobuf); release
 * with slice_free.  ERR_MALFORMED, ERR_LIMIT. */
ERR_CHECKED enum err ops_body(
    const struct ops_call *call, ProtobufCMessage **out, struct err_why *why);
/* Of a content type or an Accept header. */
bool ops_protobuf(const char *header);
/* The table; one of it by name, or NULL. */
const struct ops_entry *ops_table(size_t *len);
const struct ops_entry *ops_find(const char *name);

#endif
