/* certificate.h - the life of a certificate at its issuer. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_CERTIFICATE_H
#define NODE_DOMAIN_CERTIFICATE_H

#include "node/domain/row.h"
#include "node/domain/rule.h"
#include "pack.pb-c.h"
#include "record.pb-c.h"

/* What is known of one certificate; times 0: not stated, not known. */
struct certificate_facts {
	int64_t valid_from_us;
	int64_t valid_to_us;
	int64_t review_due_us; /* as stated */
	int64_t reviewed_us; /* newest review */
	int64_t worked_us; /* newest work or re-test that is known of */
};

/* What follows from that for its class. */
struct certificate_terms {
	int64_t review_due_us; /* lapses after it; 0: no review */
	int64_t idle_until_us; /* re-test from then on; 0: no limit */
	bool idle_unknown; /* nobody has said when its holder last worked */
	int64_t end_us; /* earliest of these and of its validity */
};

/*
 * certificate_terms - pure.  A review that is due but not stated is due a
 * class's months after the last one, or after issue; a stated one counts as
 * stated, for it was judged when it came.  Months off count from the newest
 * work, re-test or issue.  Source: order 30 art. 21, 26, 32 through the pack.
 * c NULL: a class that no pack knows has no terms but those stated.
 */
struct certificate_terms certificate_terms(const Pack__CredentialClass *c,
    int day_offset_minutes, const struct certificate_facts *f);

/* What a row of the tables says. */
struct certificate_facts certificate_facts(const struct row *r);

struct certificate_event {
	const struct row *row; /* NULL: there is no record yet */
	const Record__Certificate *msg;
	const Pack__Credentials *pack; /* in force; NULL: none */
	const Pack__CredentialClass *class; /* of it; NULL: not in the pack */
	int64_t occurred_us;
	bool by_node; /* PUBLISH is the node's own */
	bool late;
	bool stale; /* signed by somebody who had not seen the newest event */
	bool barred; /* ISSUE: its holder may not have one yet */
};

/*
 * certificate_check - may this happen?  Pure.
 * ISSUE of a known class, within its term; SUSPEND while valid; REINSTATE while
 * suspended; REVIEW before it lapses; WORKED before a re-test is due, RETEST
 * ever; REVOKE and CANCEL end it for good.  What ends or holds it never fails
 * over a reason code; what lets it go on never comes late.
 * Source: order 30 art. 19, 21, 26, 30, 31, 32.
 */
struct rule_verdict certificate_check(const struct certificate_event *e);

/* State after an applied action. */
uint8_t certificate_after(uint8_t state, Record__Certificate__Action action);
/* What an applied event does to the row of its certificate beside that. */
void certificate_fold(
    struct row *r, const Record__Certificate *m, int64_t occurred_us);
/* What its issuer says of a published one; what is not understood is revoked.
 */
void certificate_status_fold(struct row *r, const Record__Status *m);

#endif
