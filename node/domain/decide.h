/* decide.h - may this holder do this work here, now? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_DECIDE_H
#define NODE_DOMAIN_DECIDE_H

#include "node/domain/rule.h"
#include "record.pb-c.h"

#define DECIDE_VERSION 1 /* of the steps; raise it when an answer changes */
#define DECIDE_NEEDS_MAX 24
#define DECIDE_CLASSES_MAX 16 /* of one need */
#define DECIDE_CREDENTIALS_MAX 64

/* One certificate or presented credential of the holder, or of its company. */
struct decide_credential {
	uint64_t class_hash;
	enum {
		DECIDE_UNKNOWN = 0, /* not found in the issuer's log */
		DECIDE_VALID,
		DECIDE_SUSPENDED,
		DECIDE_REVOKED,
		DECIDE_LAPSED,
		DECIDE_CANCELLED,
	} status;
	int64_t valid_from_us;
	int64_t valid_to_us; /* 0: missing */
	int64_t review_due_us; /* 0: none asked */
	int64_t presented_to_us; /* 0: own certificate */
	int64_t status_seen_us; /* when the status was last known complete */
	int64_t idle_until_us; /* re-test from then on; 0: no limit */
	bool idle_unknown; /* nobody has said when the holder last worked */
	bool class_known; /* its terms are known */
	bool elsewhere; /* valid in other areas only */
	bool of_company; /* the company's, not the person's */
	uint8_t company; /* which: from 1 */
	bool untrusted; /* its issuer is not believed in this class */
	bool own; /* issued here: the status is always fresh */
	bool local; /* presented, but published by this node: slot is own */
	uint8_t id[16];
	uint16_t slot; /* line of its log */
	uint64_t index; /* place of its leaf */
	uint64_t last; /* place of its newest entry */
};

/* One thing that is asked: any one of these classes. */
struct decide_need {
	uint64_t classes[DECIDE_CLASSES_MAX];
	size_t classes_len;
	/* What the lack of one means (0: DENY), and the reason for it (NULL:
	 * NO_CREDENTIAL). */
	Record__DecisionFacts__Need__Lack lack;
	const struct rule *lack_rule;
	bool of_company;
	uint8_t company; /* which, where there may be several: from 1 */
};

/* Everything the answer depends on; zeroed means nothing known. */
struct decide_input {
	bool holder_given;
	bool pack_found; /* both packs: of the work, of certificates */
	bool level_known; /* the work has that level */
	bool area_checked; /* alarms of the area were looked up */
	bool area_alarm; /* an open one at suspending level */
	bool area_lost; /* an open one cannot be read */
	bool person_lost; /* a certificate, a work or a violation cannot */
	bool person_checked; /* the person's work and violations were */
	bool working_elsewhere; /* under a permit in another area */
	bool violation_open;
	bool score_open; /* a risk score holds the person */
	bool creds_cut; /* more credentials than could be looked at */
	bool faulty; /* an instrument: it says so itself */
	int64_t heard_us; /* an instrument: newest message; 0: none */
	int64_t silent_us; /* ... how old it may be; 0: any age */
	int64_t now_us;
	int64_t recorded_us; /* newest of the log: no clock set back undoes an
	                        end */
	int64_t status_ttl_us; /* of the pack; 0: missing */
	int64_t decision_us; /* longest life of an ALLOW; 0: missing */
	int64_t identity_ttl_us; /* face match no older; 0: not asked */
	int64_t identity_us; /* when it was; 0: not said */
	const struct decide_need *needs; /* all must be met */
	size_t needs_len; /* 0: nobody knows what is needed */
	const struct decide_credential *creds;
	size_t creds_len;
};

struct decide_answer {
	Record__Decision__Result result;
	/* Every one, each once; beside an ALLOW: what nobody keeps. */
	struct rule_list reasons;
	int64_t expires_us; /* ALLOW: earliest end of what it rests on */
	const struct decide_credential *used; /* of the first need; into the
	                                         input; NULL: none */
};

/*
 * decide_answer - the pure core.  ALLOW only when every input is present and
 * good; DENY when something known forbids it; else INDETERMINATE.  A need is
 * met by one good credential, unless another one of its classes is suspended.
 * Source: GB 30871-2022 4.8, 4.9, 4.10; order 30 art. 21, 26, 30 to 32.
 */
void decide_answer(struct decide_answer *out, const struct decide_input *in);

/* Since when a need is met by nothing that a certificate met before: the newest
 * end of those that answer it.  0: by no end of a term, or all are met. */
int64_t decide_ended_us(const struct decide_input *in);

/*
 * decide_doubt - the same for a time that is not known better than from_us to
 * to_us: an answer that depends on it becomes INDETERMINATE (CLOCK_UNCERTAIN),
 * and an ALLOW lasts as long as it does at every one of these times. in->now_us
 * lies between; out is what decide_answer said of it.
 */
void decide_doubt(struct decide_answer *out, const struct decide_input *in,
    int64_t from_us, int64_t to_us);

#endif
