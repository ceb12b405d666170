/* submit.h - from a request to receipts: check, seal, queue. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_H
#define NODE_SUBMIT_H

#include "api.pb-c.h"
#include "ledger/log.h"
#include "node/domain/rule.h"
#include "proto/err.h"

#define SUBMIT_ALARMS_MAX 1000
struct arena;
struct site;
struct submit_answer; /* submit_roster.h */

/* On whose behalf: areas NULL and areas_len 0 means every area. */
struct submit_who {
	const char *subject; /* token id */
	const char *role;
	const char *const *areas;
	size_t areas_len;
};

/* Where a repeated event stands whose generation of the log is closed. */
struct submit_earlier {
	char *origin;
	char *checkpoint; /* signed note of that log */
};

/* One accepted or refused item. */
struct submit_receipt {
	enum err error; /* ERR_OK: accepted */
	uint8_t record_id[16];
	uint8_t event_id[16]; /* zero: none */
	uint32_t event_seq;
	Ledger__Outcome outcome;
	bool duplicate, provisional, alliance; /* spool; alliance log */
	int64_t due_us; /* an erasure that waits: not before; 0: not known */
	uint64_t index;
	struct hash leaf;
	struct submit_earlier *earlier; /* stands in an older generation */
	const struct rule *rule; /* why refused or not applied; or NULL */
	const char *path; /* "title": offending field, or NULL */
};

/*
 * The answer.  Owned by whoever done() gives it to; release with
 * submit_result_free.  error != ERR_OK: the request as a whole failed and
 * nothing of it is durable.
 */
struct submit_result {
	enum err error;
	struct err_why why;
	const struct rule *rule; /* the first refusal, or NULL */
	struct rule_said said; /* particulars of the refusal; "" where none */
	struct rule_list rules; /* all reasons of a decision */
	Record__Decision__Result decision; /* of submit_decision and START */
	uint64_t expired; /* entries that submit_expiry ended */
	int64_t expires_us, as_of_us, seen_us; /* oldest status; 0: none */
	char pack_version[64], credential_id[40]; /* or "" */
	char holder[256], report_code[40]; /* of submit_gate, submit_report */
	size_t len;
	struct submit_receipt *items;
	struct submit_answer *answers; /* of a roster: one an item */
	char *checkpoint; /* signed note for items on evidence */
	char *alliance_checkpoint; /* ... on the alliance log; or NULL */
	char evidence_origin[256];
	char alliance_origin[256];
	void *rest; /* private: what the request was made of */
	void (*rest_free)(void *rest);
};
void submit_result_free(struct submit_result *r);
bool submit_made(const struct submit_result *r); /* an entry? */
/* Items as a message; release with api__receipts__free_unpacked. */
Api__Receipts *submit_receipts(const struct submit_result *r);
/* One item with its checkpoint (likewise). */
Ledger__Receipt *submit_receipt(const struct submit_result *r, size_t i);

/* Called once, on the committer thread or (refused at once) on the caller's,
 * before submit_* returns: must not block. */
typedef void (*submit_done)(void *arg, struct submit_result *r);

struct submit_to {
	struct site *site;
	const struct submit_who *who; /* borrowed for the call only */
	submit_done done;
	void *arg;
};

/*
 * All run on any thread (HTTP workers); requests are borrowed for the call.
 * Every outcome, also a refusal, goes through done.
 */
void submit_alarms(
    const struct submit_to *to, Record__Alarm *const *alarms, size_t n);
/* First event or a later one (record_id: 36 characters; NULL: from the post,
 * or new) of a PERMIT, CERTIFICATE, CASE, ALARM, ACTOR. */
void submit_event(const struct submit_to *to, Ledger__Kind kind,
    const char *record_id, const Api__EventPost *post);
/* Alarms and cases that were decoded, idempotent as submit_alarms: those that
 * are sealed are taken over and set to NULL; an arena (or NULL) with all. */
void submit_given(const struct submit_to *to, Ledger__Kind kind,
    ProtobufCMessage **msgs, size_t n, struct arena *memory);
/* Alarms as their sources signed them (api.EventPost with `signed`); the
 * signatures are verified here, on the caller's thread. */
void submit_signed(
    const struct submit_to *to, Api__EventPost *const *posts, size_t n);
/* Alarms that were kept (spool.h), in their order, each leaving its row. */
struct spool_row;
void submit_spooled(
    const struct submit_to *to, const struct spool_row *rows, size_t n);
void submit_decision(const struct submit_to *to, const Api__DecisionQuery *q);
void submit_publish(const struct submit_to *to, const char *certificate_id);
void submit_presentation(
    const struct submit_to *to, const Record__Presentation *p);
void submit_intel_draft(const struct submit_to *to, const Api__EventPost *post);
/* Approval signed by a releaser: appends APPROVE and RELEASE. */
void submit_intel_approve(const struct submit_to *to, const char *intel_id,
    const Api__EventPost *post);
void submit_erasure(const struct submit_to *to, const Api__ErasurePost *post);
void submit_access(const struct submit_to *to, const Record__Access *a);
void submit_admin(const struct submit_to *to, const Record__Admin *a);
/* A HEADS leaf for a question; its index is in the receipt. */
void submit_heads(const struct submit_to *to, const char *question);
/* A verified cosignature line for an own log's checkpoint. */
void submit_cosignature(const struct submit_to *to, const char *origin,
    uint64_t size, struct bytes line);
/* Any message on an own log without domain rules (federation entries). */
struct submit_plain {
	Ledger__Kind kind;
	bool alliance;
	const ProtobufCMessage *message;
	const uint8_t *record_id; /* 16, or NULL: a new one */
};
void submit_plain(const struct submit_to *to, const struct submit_plain *p);

/* Blocking use: give submit_wait_done and a struct submit_wait as arg, then
 * submit_wait_for. */
struct submit_wait;
struct submit_wait *submit_wait_new(void);
void submit_wait_done(void *arg, struct submit_result *r);
/* Waits, frees the wait, gives the result. */
struct submit_result *submit_wait_for(struct submit_wait *w);

/* Issuer's side of a presentation, made and signed here (docs/wire.md). */
ERR_CHECKED enum err submit_present(struct site *s,
    const Api__PresentPost *post, Record__Presentation **out,
    struct err_why *why);

#endif
