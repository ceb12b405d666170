/* decide_load.h - what a decision goes by, gathered from the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DECIDE_LOAD_H
#define NODE_DECIDE_LOAD_H

#include "node/domain/decide.h"
#include "node/domain/packs.h"
#include "node/fold.h"
#include "node/timeline.h"
#include "proto/err.h"

struct site;

/*
 * Kinds of alarm that do not stop a work: those that people alarm by
 * (proto/record.proto) and its pack leaves out.  An alarm in other words stops:
 * a detector that says "combustible" must not be overheard.
 */
#define DECIDE_KINDS_MAX 12
struct decide_quiet {
	uint64_t kind[DECIDE_KINDS_MAX]; /* fold_hash, FOLD_TYPE */
	size_t len;
};
void decide_quiet(struct decide_quiet *out, const struct digest_hmac *mac,
    const Pack__Work *pack);
bool decide_stops(const struct decide_quiet *q, uint64_t kind);

/* The class of a row's type (fold_hash); NULL: the pack is NULL or has none. */
const Pack__CredentialClass *decide_class(const struct digest_hmac *mac,
    const Pack__Credentials *pack, uint64_t type);

/* What is asked.  Strings are borrowed; NULL or 0: not given. */
struct decide_question {
	const char *holder;
	const char *work_type;
	Record__Permit__Level level;
	const char *area;
	int64_t now_us;
	bool past; /* of certificates, too: as they were then */
	const char *role; /* NULL: the worker */
	const char *company; /* NULL: whoever issued what the holder shows */
	const char *unit; /* whose staff, where no company is shown */
	int64_t identity_us; /* when somebody matched the face */
	/* 16: it asks, is no other work, and its own version of the pack holds;
	 * or NULL: the one in force. */
	const uint8_t *permit;
	/* Of the code shown at a gate: its nonce, 8; and the event id, 16, of
	 * the entry if it allows, so that it allows once.  NULL: none. */
	const uint8_t *nonce;
	const uint8_t *once;
};

/* The input, and what it points into: not to be copied by assignment once
 * loaded. */
struct decide_facts {
	struct decide_input in;
	struct decide_need needs[DECIDE_NEEDS_MAX];
	const Pack__CredentialClass
	    *class[DECIDE_NEEDS_MAX][DECIDE_CLASSES_MAX];
	const char *name[DECIDE_NEEDS_MAX][DECIDE_CLASSES_MAX]; /* of packs */
	struct decide_credential creds[DECIDE_CREDENTIALS_MAX];
	const Pack__Work *work; /* NULL: none in force */
	const Pack__Credentials *pack; /* likewise */
	char pack_version[64];
	struct timeline_span span; /* when it may be; set by who decides */
};

/*
 * decide_load - gather the input from the tables of both stores.  `own` is in
 * any transaction of the own store, `replica` of the replica store.
 * decide_load_place: all but the person, once for many; decide_load_person then
 * for each of them, with the same work, level, area and role.
 */
ERR_CHECKED enum err decide_load(struct site *s, struct fold *own,
    struct fold *replica, const struct decide_question *q,
    struct decide_facts *out, struct err_why *why);
ERR_CHECKED enum err decide_load_place(struct site *s, struct fold *own,
    const struct decide_question *q, struct decide_facts *out,
    struct err_why *why);
ERR_CHECKED enum err decide_load_person(struct site *s, struct fold *own,
    struct fold *replica, const struct decide_question *q,
    struct decide_facts *out, struct err_why *why);

#endif
