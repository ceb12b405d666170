/* row.h - the state of one record, as a table row. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_ROW_H
#define NODE_DOMAIN_ROW_H

#include "ledger.pb-c.h"
#include "node/domain/row_states.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/* Longest encoded row. */
#define ROW_BYTES_MAX 1664

/* Of a permit, a case: the newest time that a step or action was done (case:
 * recorded), and by whom (keyed hash; 0: not known).  Several persons: several
 * of them. */
#define ROW_STEPS_MAX 48
#define ROW_LINKS_MAX 8
#define ROW_CREW_MAX 8

/* What a change of workers may name anew beside them. */
enum row_named {
	ROW_NAMED_EQUIPMENT,
	ROW_NAMED_LEAD,
	ROW_NAMED_COMMANDER,
	ROW_NAMED_RIGGER,
	ROW_NAMED /* how many */
};
struct row_step {
	uint64_t name; /* packs_id of "risk", "APPROVE" */
	int64_t at_us;
	uint64_t by;
};
struct row_work {
	uint32_t crew_seq; /* event that named the workers ... */
	uint32_t guardian_seq; /* ... and the guardian; 0: the first */
	uint32_t apply_seq; /* the application; 0: the first */
	/* The change that named them last; 0: the application. */
	uint32_t named_seq[ROW_NAMED];
	uint64_t asset; /* equipment or pipe; 0: none named */
	uint8_t conditions; /* enum packs_condition */
	uint8_t base_level; /* before an upgrade; 0: not given */
	uint8_t operation; /* blind plates; case: its way */
	uint8_t steps_len, links_len, crew_len;
	struct row_step steps[ROW_STEPS_MAX];
	uint8_t links[ROW_LINKS_MAX][16]; /* record ids */
	uint64_t
	    crew[ROW_CREW_MAX]; /* workers beside `subject`; case: liable */
	uint64_t number; /* the applicant's own; certificate: its number; 0:
	                    none given */
	uint8_t supersedes[16]; /* record id of the one it takes over from */
	uint64_t measures; /* confirmed: bit of its number less one ... */
	uint64_t again; /* ... since work stopped last */
};

/*
 * Numbers and keyed hashes (fold_hash; 0: absent) only: no personal data, no
 * free text.
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
	int64_t from_us; /* validity or planned window; case: received;
	                    task: its first period begins */
	int64_t to_us; /* alarm: end of shelving; case, task: what comes next
	                  is due; 0: nothing is */
	int64_t mark_us; /* permit: newest sample; certificate: review;
	                    alarm: acknowledged; incident: newest alarm;
	                    case: first response; task: newest check */
	int64_t stop_us; /* permit: work stands still since, or, while it goes
	                    on, its guardian is away since; alarm: closed;
	                    certificate: newest review;
	                    incident: acknowledged as a whole; case: closed;
	                    task: by which its days begin after UTC */
	int64_t start_us; /* permit: last start or resume; alarm: returned;
	                     certificate: newest work or re-test known of;
	                     incident: deadlines count from;
	                     case: rectified; task: length of a period, months
	                     as negative numbers */
	uint64_t other; /* permit: guardian; intel: drafter; alarm: verdict;
	                   certificate: why it ended; credential: index + 1 */
	uint64_t pack; /* permit: its version; certificate: whose number;
	                  checklist: digest of its definition; alarm: permit
	                  that it is about */
	uint8_t ref[16]; /* certificate, presentation: credential id; permit:
	                    alarm that stopped it; alarm: its incident;
	                    delivery: what it tells of; checklist: the tier
	                    above; case: CHECKLIST that found it */
	uint32_t step; /* incident: taken last; 0: none */
	uint32_t members; /* points: balance */
	uint32_t alive; /* members not closed; points: credits so far */
	uint32_t unseen; /* members that call and nobody has acknowledged;
	                    points: debits so far */
	struct row_work work; /* permit, case; of certificates the number */
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
/* A case or check task whose next step should have been done. */
bool row_is_overdue(const struct row *r, int64_t now_us);
/* "ALARM"; never NULL. */
const char *row_kind_text(uint16_t kind);

#endif
