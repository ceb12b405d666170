/* notice.h - which entries somebody outside is told of, and how often. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_NOTICE_H
#define NODE_DOMAIN_NOTICE_H

#include "node/domain/row.h"
#include "node/domain/rule.h"
#include "record.pb-c.h"

#define NOTICE_NAME_MAX 64 /* of a target */
#define NOTICE_AREAS_MAX 16 /* that a target is bound to */
#define NOTICE_NAMED_MAX 17 /* targets that one entry names */

/* An entry, as far as it decides whether it is told of. */
struct notice_entry {
	uint16_t kind; /* of the ledger */
	const ProtobufCMessage *body; /* NULL: not held */
	const Record__Annex *annex; /* NULL: none */
};

/*
 * One row of the table: entries of this kind for which `tells` holds make this
 * notice, for every target that was in force then and wanted it.
 *
 * To add one: a row at the end of the table in notice.c.  Tables of existing
 * logs stay as they are, since a target gets only what its SERVE entry lists.
 * A row is never changed to hold for more entries than before: on a fresh fold
 * old ones would be sent; such a change is another row.
 */
struct notice_kind {
	const char *name; /* "escalation": in node.yaml, entries, notices */
	uint16_t entry;
	bool (*tells)(const struct notice_entry *e);
	const char *text; /* what the receiver reads */
	const char *text_zh;
};

/* Row i of the table; NULL: past the last. */
const struct notice_kind *notice_kind(size_t i);
/* SIZE_MAX: no such name. */
size_t notice_kind_find(const char *name);
/* Row that tells of this entry; SIZE_MAX: none does. */
size_t notice_kind_of(const struct notice_entry *e);
/* May an entry of this kind be told of at all? */
bool notice_kind_may(uint16_t entry_kind);

/* Targets that the entry itself names, borrowed: those of its escalation step
 * (a policy's are all notice_name_ok; others are passed over) and, `*role` or
 * NULL, one of the name of the step's role, if there is one. */
size_t notice_named(const struct notice_entry *e,
    const char *out[static NOTICE_NAMED_MAX], const char **role);

/* What a target in force wants; areas are keyed hashes. */
struct notice_target {
	uint32_t kinds; /* 1 << row of the table */
	uint8_t level; /* incidents of this level or graver; 0: all */
	uint8_t areas_len; /* 0: all */
	uint64_t areas[NOTICE_AREAS_MAX];
};
bool notice_wants(
    const struct notice_target *t, size_t kind, const struct row *about);

/* a-z, 0-9, '-', '.' and '_', up to NOTICE_NAME_MAX. */
bool notice_name_ok(const char *name);

/* The record of a notice, its idempotency key: the same event and target have
 * the same one, always and everywhere.  Of a target itself: seq 0. */
void notice_id(uint8_t out[static 16], const uint8_t record_id[static 16],
    uint32_t seq, const char *target);

/* May this be entered into the record of a notice or of a target (row NULL:
 * there is none yet)?  A delivered one is final. */
struct rule_verdict notice_check(
    const struct row *row, const Record__Delivery *m);

/*
 * notice_backoff_us - how long to wait after so many failures in a row (from
 * 1): doubling from one second to NOTICE_BACKOFF_MAX_US, of which `chance`
 * (0 .. UINT32_MAX) takes away up to a half, so that many do not come at once.
 */
#define NOTICE_BACKOFF_MAX_US (INT64_C(300) * 1000000)
int64_t notice_backoff_us(uint32_t failures, uint32_t chance);

/* What an answer means. */
enum notice_answer {
	NOTICE_TAKEN, /* 2xx */
	NOTICE_LATER, /* none, 408, 429, 5xx and all others: again, for ever */
	NOTICE_REFUSED, /* 4xx: again, but not for ever */
};
enum notice_answer notice_answer(long status);

#endif
