/* ingest.h - operations that write: from a body to receipts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INGEST_H
#define NODE_INGEST_H

#include "node/ops.h"
#include "proto/arena.h"
#include "proto/text.h"

/* Handlers of the operations table; all wait for the commit. */
enum err ingest_alarms(struct ops_call *call, struct err_why *why);
enum err ingest_signed(struct ops_call *call, struct err_why *why);
enum err ingest_cases(struct ops_call *call, struct err_why *why);

/* First event of a record, and a later one of record {id}. */
enum err ingest_alarm_event(struct ops_call *call, struct err_why *why);
enum err ingest_incident(struct ops_call *call, struct err_why *why);
enum err ingest_case_event(struct ops_call *call, struct err_why *why);
enum err ingest_hold(struct ops_call *call, struct err_why *why);
enum err ingest_permit(struct ops_call *call, struct err_why *why);
enum err ingest_certificate(struct ops_call *call, struct err_why *why);
enum err ingest_actor(struct ops_call *call, struct err_why *why);

enum err ingest_score(struct ops_call *call, struct err_why *why);
enum err ingest_publish(struct ops_call *call, struct err_why *why);
enum err ingest_present(struct ops_call *call, struct err_why *why);
enum err ingest_cross_check(struct ops_call *call, struct err_why *why);
enum err ingest_challenge(struct ops_call *call, struct err_why *why);
enum err ingest_presentation(struct ops_call *call, struct err_why *why);
enum err ingest_intel(struct ops_call *call, struct err_why *why);
/* Approval releases it at once; /release is the same under another name. */
enum err ingest_intel_approve(struct ops_call *call, struct err_why *why);
enum err ingest_pack(struct ops_call *call, struct err_why *why);
enum err ingest_erasure(struct ops_call *call, struct err_why *why);

/* submit_who of a call; borrows from it. */
struct submit_who;
void ingest_who(const struct ops_call *call, struct submit_who *out);
/* Where a submission of this call goes; sets the call waiting.  `who` is
 * scratch that lives as long as submitting; `complete` makes the answer. */
struct submit_to;
struct submit_to ingest_towards(struct ops_call *call, struct submit_who *who,
    enum err (*complete)(struct ops_call *, struct err_why *));
/* Messages of a machine, one or many; what cannot be read is quarantined. */
struct ingest_list {
	const ProtobufCMessageDescriptor *list; /* they are its only field */
	/* Takes messages out of `at`, and `memory` if they lie in it (else
	 * NULL), unless `borrows`. */
	void (*put)(const struct submit_to *to, ProtobufCMessage **at, size_t n,
	    struct arena *memory);
	bool borrows;
};
enum err ingest_list(
    struct ops_call *call, const struct ingest_list *l, struct err_why *why);
/* {id} of the path as text, "" when it has none; and the body as ops_body has
 * it.  ERR_MALFORMED, ERR_LIMIT. */
ERR_CHECKED enum err ingest_path_id(const struct ops_call *call,
    char out[static TEXT_UUID_CHARS + 1], struct err_why *why);
ERR_CHECKED enum err ingest_about(struct ops_call *call,
    char id[static TEXT_UUID_CHARS + 1], ProtobufCMessage **body,
    struct err_why *why);
/* In complete: the failure of the whole, or of its only item; ERR_OK: something
 * is durable. */
enum err ingest_judge(struct ops_call *call, struct err_why *why);
/* Completions: the receipt, or that of each item. */
enum err ingest_reply_one(struct ops_call *call, struct err_why *why);
enum err ingest_reply_many(struct ops_call *call, struct err_why *why);
/* Refuses a token that is bound to areas: what stands in none. */
enum err ingest_whole_site(struct ops_call *call, struct err_why *why);

#endif
