/* retain_scan.h - which records are past their term.  Only for retain*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_RETAIN_SCAN_H
#define NODE_RETAIN_SCAN_H

#include "node/retain_look.h"
#include "node/submit_expire.h"

#define RETAIN_SCAN_ROWS 20000 /* looked at in one go */
#define RETAIN_SCAN_BODIES 2000 /* opened, when media are looked for */
#define RETAIN_SCAN_OPENS 50000 /* events opened in going on */
#define RETAIN_SCAN_LEFT 65536 /* not to end yet; then it looks no further */

/* A record whose like would have ended: open, held, or young by its newest
 * event; looked at again from time to time. */
struct retain_left {
	uint64_t place; /* of its first event */
	uint8_t id[16];
};

/* One class, its records or their media, in the order of their first events:
 * those before `next` are dealt with or in `left`.  So nothing is looked at
 * twice but what is left, and nothing younger than the term at all. */
struct retain_track {
	char term[RETAIN_TERM_BYTES];
	const Pack__RetentionClass *class;
	bool media;
	bool loaded; /* the position of the last run */
	bool again; /* look at all of `left` */
	bool end; /* nothing further is of the age */
	uint64_t next;
	uint64_t kept; /* position in the store */
	struct retain_left *left;
	size_t left_len;
	size_t held; /* of them, when looked at last */
};

struct retain_scan {
	struct site *site;
	const Pack__Retention *policy;
	struct retain_track at[2 * RETENTION_CLASSES_MAX];
	size_t len;
	struct retain_seen seen; /* of the looks without a pause */
};

/* Follows the policy in force; a new one begins anew. */
void retain_scan_policy(struct retain_scan *s, int64_t now_us);
void retain_scan_clear(struct retain_scan *s);

/* Records that may end, by confirmed time. */
struct retain_batch {
	uint8_t id[SUBMIT_PLAN_RECORDS][16];
	size_t len;
	bool last; /* no other one may */
	bool more; /* rows are left to look at */
	uint64_t position;
	uint64_t seen; /* rows looked at */
	bool dry; /* set before: only count, a long stretch at once */
	uint64_t ends;
	int64_t oldest_us; /* when the newest event of the first was recorded */
};
ERR_CHECKED enum err retain_scan_next(struct retain_scan *s, size_t i,
    int64_t now_us, struct retain_batch *out, struct err_why *why);

#endif
