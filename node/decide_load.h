/* decide_load.h - what a decision goes by, gathered from the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DECIDE_LOAD_H
#define NODE_DECIDE_LOAD_H

#include "node/domain/decide.h"
#include "node/domain/packs.h"
#include "node/fold.h"
#include "proto/err.h"

struct site;

#define DECIDE_CREDENTIALS_MAX 32

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

/* decide_load - gather the input from the tables of both stores.  `own` is in
 * any transaction of the own store, `replica` of the replica store. */
struct decide_question {
	const char *holder;
	const char *work_type;
	Record__Permit__Level level;
	const char *area;
	int64_t now_us;
};
struct decide_facts {
	struct decide_input in;
	struct decide_credential creds[DECIDE_CREDENTIALS_MAX];
	uint64_t classes[PACKS_CLASSES_MAX];
	char pack_version[64];
};
ERR_CHECKED enum err decide_load(struct site *s, struct fold *own,
    struct fold *replica, const struct decide_question *q,
    struct decide_facts *out, struct err_why *why);

#endif
