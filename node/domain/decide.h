/* decide.h - may this holder do this work here, now? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_DECIDE_H
#define NODE_DOMAIN_DECIDE_H

#include "node/domain/rule.h"
#include "record.pb-c.h"

/* One certificate or presented credential of the holder. */
struct decide_credential {
	uint64_t class_hash;
	enum {
		DECIDE_UNKNOWN = 0, /* not found in the issuer's log */
		DECIDE_VALID,
		DECIDE_SUSPENDED,
		DECIDE_REVOKED,
		DECIDE_LAPSED,
	} status;
	int64_t valid_from_us;
	int64_t valid_to_us; /* 0: missing */
	int64_t review_due_us; /* 0: none asked */
	int64_t presented_to_us; /* 0: own certificate */
	int64_t status_seen_us; /* when the status was last known complete */
	bool own; /* issued here: the status is always fresh */
	bool local; /* presented, but published by this node: slot is own */
	uint8_t id[16];
	uint16_t slot; /* line of its log */
	uint64_t index; /* place of its leaf */
};

/* Everything the answer depends on; zeroed means nothing known. */
struct decide_input {
	bool holder_given;
	bool pack_found;
	bool area_checked; /* alarms of the area were looked up */
	bool area_alarm; /* an open one at suspending level */
	int64_t now_us;
	int64_t recorded_us; /* newest of the log: no clock set back undoes an
	                        end */
	int64_t status_ttl_us; /* of the pack; 0: missing */
	int64_t decision_us; /* longest life of an ALLOW; 0: missing */
	const uint64_t *classes; /* any one of these satisfies the pack */
	size_t classes_len;
	const struct decide_credential *creds;
	size_t creds_len;
};

struct decide_answer {
	Record__Decision__Result result;
	struct rule_list reasons;
	int64_t expires_us; /* ALLOW: earliest end of what it rests on */
	const struct decide_credential *used; /* into the input; NULL: none */
};

/*
 * decide_answer - the pure core.  ALLOW only when every input is present and
 * good; DENY when something known forbids it; else INDETERMINATE.
 * Source: GB 30871-2022 4.9, 4.10; order 30 art. 26, 32.
 */
void decide_answer(struct decide_answer *out, const struct decide_input *in);

/*
 * decide_doubt - the same for a time that is not known better than from_us to
 * to_us: an answer that depends on it becomes INDETERMINATE (CLOCK_UNCERTAIN),
 * and an ALLOW lasts as long as it does at every one of these times. in->now_us
 * lies between; out is what decide_answer said of it.
 */
void decide_doubt(struct decide_answer *out, const struct decide_input *in,
    int64_t from_us, int64_t to_us);

#endif
