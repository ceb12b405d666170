/* row_states.h - states and flags of records, as rows hold them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_ROW_STATES_H
#define NODE_DOMAIN_ROW_STATES_H

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
	ROW_BOOKED = 1, /* announced, not yet applied for */
	ROW_APPLIED,
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
	ROW_ARCHIVED, /* accepted, and closed for good */
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
enum row_case {
	ROW_CASE_REPORTED = 1,
	ROW_CASE_CLOSED, /* for good, like REJECTED */
	ROW_CASE_ACCEPTED,
	ROW_CASE_ASSIGNED,
	ROW_CASE_RECTIFYING,
	ROW_CASE_TO_ACCEPT,
	ROW_CASE_REJECTED,
	ROW_CASE_REPLIED,
};
enum row_plain { /* CHECKLIST, POINTS, ACTOR, INTEL and the rest */
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
/* Of cases. */
#define ROW_FEEDBACK 4u /* whoever reported has been told something */
#define ROW_ANONYMOUS 8u
#define ROW_CONFIDENTIAL 16u
/* Of check tasks: not due on rest days. */
#define ROW_WORK_DAYS 4u

#endif
