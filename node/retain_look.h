/* retain_look.h - how long one record is kept, and what speaks against it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_RETAIN_LOOK_H
#define NODE_RETAIN_LOOK_H

#include "node/domain/packs.h"
#include "node/domain/retention.h"
#include "node/domain/rule.h"
#include "node/fold_cite.h"
#include "node/fold_place.h"
#include "node/fold_retain.h"
#include "node/site.h"

/* By what time something may end.  Never by a wall clock alone: the line that
 * recorded time keeps to (docs/decisions/0019), which must not have been led
 * ahead lately. */
#define RETAIN_JUMP_US (INT64_C(3) * 86400 * 1000000) /* off, or led ahead */
#define RETAIN_QUIET_US (INT64_C(7) * 86400 * 1000000) /* then nothing ends */
struct retain_time {
	int64_t now_us; /* the earliest that it may be */
	bool certain; /* neither in doubt nor led ahead lately */
	bool vouched; /* certain, and the kernel or the members say so */
	const struct rule *wants; /* why not; NULL: vouched */
	int64_t quiet_us; /* until when it waits; 0: it does not */
};
void retain_time(
    struct retain_time *out, struct site *s, struct fold *f, int64_t wall_us);

/* The class of a record; NULL: its kind is kept for good.  Of a type that
 * cannot be read any more: the one that keeps for longest. */
const Pack__RetentionClass *retain_class(const struct digest_hmac *mac,
    const Pack__Retention *p, const struct row *r);
/* "permit@2026.1"; nothing is cut (retention_check) */
#define RETAIN_TERM_BYTES 128
void retain_term(char out[static RETAIN_TERM_BYTES], const Pack__Retention *p,
    const Pack__RetentionClass *c);
/* In force: somebody works or decides by it. */
bool retain_open(const struct row *r, int64_t now_us);

struct retain_look {
	const Pack__Retention *policy;
	const Pack__RetentionClass *class; /* NULL: nothing of it ends */
	struct row row;
	struct retention_facts facts;
	int64_t first_us; /* recorded time of its first event */
	struct retention_answer answer;
	uint8_t hold[16]; /* when held */
	char *clause; /* by which law_us is; NULL: no class */
};

/* Whether holds, releases, requests and erasures came since: how many there
 * were. */
struct retain_said {
	uint16_t slot; /* of the generation in use */
	uint64_t retentions;
	uint64_t erasures;
};
ERR_CHECKED enum err retain_said(struct retain_said *out, struct site *s,
    struct fold *f, struct err_why *why);

/* What was found when all events of a record were opened, so that a long one
 * that ends in parts is opened once.  For one run of looks, one thread. */
#define RETAIN_SEEN 256
#define RETAIN_EVENTS_MAX 16384 /* of one record, folded in one commit */
struct retain_seen {
	struct {
		uint8_t id[16];
		uint32_t seq;
		bool readable;
		bool nobody; /* it names the person of no hold */
	} at[RETAIN_SEEN];
	struct retain_said said;
	uint64_t opened; /* events, of all time */
};
/* Forgets what holds that came since may have changed. */
void retain_seen_begin(struct retain_seen *seen, const struct retain_said *now);

/*
 * retain_look - judge a record of a line.  holds, leads: of that line; NULL:
 * loaded here.  ERR_NOT_FOUND: no such record.
 */
struct retain_ask {
	struct site *site;
	struct fold *fold;
	uint16_t line;
	const struct fold_holds *holds;
	const struct fold_leads *leads;
	struct retain_seen *seen; /* NULL: everything is opened */
	int64_t now_us; /* confirmed */
	bool known; /* holds and requests: as found before, not asked again */
	uint64_t *opens; /* events that may still be opened, behind which it is
	                  * held; NULL: those of each record */
};
#define RETAIN_OPENS 4096 /* in one command: alarms wait meanwhile */
ERR_CHECKED enum err retain_look(struct retain_look *out,
    const struct retain_ask *ask, const uint8_t id[static 16],
    struct err_why *why);

/*
 * retain_needed - what else speaks against ending a record by itself, although
 * its term is over: it has so many events that alarms would wait while it is
 * folded anew; an event of it cannot be read, so that nobody knows what it was;
 * a certificate bars its holder; another record names it whose own term is not
 * over; a DELIVERY tells of what is still there; a SNAPSHOT is the newest,
 * after which the next follows.
 */
ERR_CHECKED enum err retain_needed(bool *out, const struct retain_ask *ask,
    const uint8_t id[static 16], const struct retain_look *look,
    struct err_why *why);
/* retain_look for a person's request, which waits for more than the law of its
 * own record: what is in force, or kept by a law, keeps what it names, and a
 * hold of one holds the other.  Opens RETAIN_OPENS events at most. */
ERR_CHECKED enum err retain_request(struct retain_look *out,
    const struct retain_ask *ask, const uint8_t id[static 16],
    struct err_why *why);
/* Which records name it, through others, and how many events each has: nobody
 * else needs it as long as that is the same.  Rows alone; *len: how many. */
ERR_CHECKED enum err retain_naming(struct hash *out, size_t *len,
    const struct retain_ask *ask, const uint8_t id[static 16],
    const struct row *row, struct err_why *why);
/* The first of these holds whose person a record names in any field; one that
 * cannot be read may name each.  Opens every event, once for all of them.
 * NULL: none. */
const struct fold_hold *retain_names(const struct retain_ask *ask,
    const uint8_t id[static 16], const struct row *row,
    const struct fold_hold *const *holds, size_t len);
/* Is the body of an entry of the message that records of this class are made
 * of?  In another the numbers of its fields mean something else.  Opens it. */
bool retain_is_of(
    struct fold *f, const struct fold_spot *at, const Pack__RetentionClass *c);
/* Does one of its events still have a body? */
ERR_CHECKED enum err retain_left(bool *out, const struct retain_ask *ask,
    const uint8_t id[static 16], const struct row *row, struct err_why *why);

/* When an entry was recorded. */
ERR_CHECKED enum err retain_recorded(struct fold *f, uint16_t line,
    uint64_t place, int64_t *us, struct err_why *why);

#endif
