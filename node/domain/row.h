/* row.h - the state of one record, as a table row. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_ROW_H
#define NODE_DOMAIN_ROW_H

#include "ledger.pb-c.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/* States.  0 means: the body of the first event is not held. */
enum row_alarm {
	ROW_RAISED = 1,
	ROW_ACKNOWLEDGED,
	ROW_CLEARED,
	ROW_RETURNED, /* the condition is gone, nobody has acknowledged */
	ROW_LATCHED, /* likewise, and it waits for RESET */
	ROW_LATCHED_ACKED,
	ROW_SHELVED_STATE, /* never stored from here on: derived */
	ROW_SUPPRESSED,
	ROW_OUT_OF_SERVICE,
};
enum row_permit {
	ROW_APPLIED = 1,
	ROW_TESTED, /* last gas test within limits */
	ROW_ISSUED,
	ROW_IN_PROGRESS,
	ROW_SUSPENDED,
	ROW_FINISHED,
	ROW_ACCEPTED,
	ROW_REJECTED,
	ROW_CANCELLED,
	ROW_EXPIRED, /* never stored: row_state derives it */
	ROW_VOIDED, /* its scope, place or conditions changed */
};
enum row_certificate { /* and CREDENTIAL */
	ROW_VALID = 1,
	ROW_CERT_SUSPENDED,
	ROW_REVOKED,
	ROW_LAPSED, /* review overdue or out of validity: derived */
	ROW_CERT_CANCELLED,
};
enum row_incident {
	ROW_INCIDENT_OPEN = 1,
	ROW_INCIDENT_ACKED, /* derived, too: nobody calls any more */
	ROW_INCIDENT_CLOSED,
};
enum row_delivery { /* of a notice */
	ROW_DELIVERED = 1,
	ROW_GIVEN_UP,
	ROW_RETRIED, /* it is to be sent once more */
	ROW_SERVED, /* of a target: in force */
	ROW_ENDED,
};
enum row_plain { /* CASE, ACTOR, INTEL and the rest */
	ROW_OPEN = 1,
	ROW_CLOSED,
	ROW_RELEASED,
	ROW_WITHDRAWN,
};

#define ROW_EXERCISE 1u
#define ROW_PARTIAL 2u /* an event's body is not held */
#define ROW_GAS_OK 4u /* the newest sample is within limits */
#define ROW_GAS_BAD 8u /* over limits since; needs a new test */
#define ROW_NEED_GAS 16u /* stopped by gas: a test after the stop is needed */
/* Of alarms; what is put aside stays open. */
#define ROW_SHELVED 4u /* until to_us */
#define ROW_SUPPRESSED_BIT 8u /* by design */
#define ROW_OUT_BIT 16u /* out of service */
#define ROW_LATCHING 32u /* stays after RETURN until RESET */
#define ROW_CALLS 64u /* its incident is escalated until it is acknowledged */

/* Longest encoded row. */
#define ROW_BYTES_MAX 1280

/* Of a permit: the newest time that a step or action was done, and by whom
 * (keyed hash; 0: not known).  Several persons: several of them. */
#define ROW_STEPS_MAX 32
#define ROW_LINKS_MAX 8
#define ROW_CREW_MAX 8
struct row_step {
	uint64_t name; /* packs_id of "risk", "APPROVE" */
	int64_t at_us;
	uint64_t by;
};
struct row_work {
	uint32_t crew_seq; /* event that named the workers ... */
	uint32_t guardian_seq; /* ... and the guardian; 0: the first */
	uint64_t asset; /* equipment or pipe; 0: none named */
	uint8_t conditions; /* enum packs_condition */
	uint8_t base_level; /* before an upgrade; 0: not given */
	uint8_t operation; /* blind plates */
	uint8_t steps_len, links_len, crew_len;
	struct row_step steps[ROW_STEPS_MAX];
	uint8_t links[ROW_LINKS_MAX][16]; /* record ids */
	uint64_t crew[ROW_CREW_MAX]; /* workers beside `subject` */
};

/*
 * Numbers and keyed hashes only: no personal data, no free text.  Hashes are
 * fold_hash; 0: absent.
 */
struct row {
	uint16_t kind;
	uint8_t state;
	uint8_t level;
	uint8_t flags;
	uint32_t seq; /* events so far */
	uint64_t first; /* leaf index of the first and newest event */
	uint64_t last;
	uint64_t area;
	uint64_t type; /* alarm kind, work type, class, case type */
	uint64_t subject; /* source, worker, holder */
	int64_t opened_us; /* occurrence of the first event */
	int64_t changed_us; /* occurrence of the newest that applied */
	/* From here on only where the kind needs it. */
	int64_t from_us; /* validity or planned window */
	int64_t to_us; /* alarm: end of shelving */
	int64_t mark_us; /* permit: newest sample; certificate: review;
	                    alarm: acknowledged; incident: newest alarm */
	int64_t stop_us; /* permit: work stands still since; alarm: closed;
	                    certificate: newest review;
	                    incident: acknowledged as a whole */
	int64_t start_us; /* permit: last start or resume; alarm: returned;
	                     certificate: newest work or re-test known of;
	                     incident: deadlines count from */
	uint64_t other; /* permit: guardian; intel: drafter; alarm: verdict;
	                   certificate: why it ended; credential: index + 1 */
	uint64_t pack; /* permit: its version; certificate: whose number */
	uint8_t ref[16]; /* certificate, presentation: credential id; permit:
	                    alarm that stopped it; alarm: its incident;
	                    delivery: what it tells of */
	uint32_t step; /* incident: taken last; 0: none */
	uint32_t members;
	uint32_t alive; /* members not closed */
	uint32_t unseen; /* members that call and nobody has acknowledged */
	struct row_work work; /* permit only */
};

/* The stored form, appended. */
void row_put(struct buf *out, const struct row *r);
/* ERR_CORRUPT. */
ERR_CHECKED enum err row_get(
    struct row *out, struct bytes in, struct err_why *why);

/* State as of `now_us`: stored, or EXPIRED, LAPSED by the clock. */
uint8_t row_state(const struct row *r, int64_t now_us);
/* "IN_PROGRESS"; "UNKNOWN" for 0.  Never NULL. */
const char *row_state_text(uint16_t kind, uint8_t state);
/* 0 when the kind has no such state. */
uint8_t row_state_find(uint16_t kind, const char *text);
/* True while somebody has to act on it: belongs in the `open` table. */
bool row_is_open(const struct row *r);
/* "ALARM"; never NULL. */
const char *row_kind_text(uint16_t kind);

#endif
