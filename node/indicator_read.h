/* indicator_read.h - facts out of a log: own, or a replica. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INDICATOR_READ_H
#define NODE_INDICATOR_READ_H

#include "ledger/note.h"
#include "node/domain/facts.h"
#include "proto/buf.h"

struct site;

#define INDICATOR_KINDS 16 /* ledger kinds from ALARM on */
#define INDICATOR_ENTRIES_MAX 4000000

/* The evidence log of one site, and how much of it is looked at: whoever holds
 * the same prefix gets the same facts. */
struct indicator_log {
	struct site *site;
	bool own; /* else of the replicas' store */
	uint16_t line;
	char name[NOTE_NAME_MAX + 1]; /* of the site that writes it */
	char origin[NOTE_NAME_MAX + 1]; /* of the newest generation */
	uint32_t number; /* which that is */
	struct tree_head head; /* the prefix: first head.size entries of it */
	int64_t recorded_us; /* of its last entry */
	int64_t since_us; /* the line's first LOG_START */
};

/* The newest signed prefix of a site's evidence; name NULL: the own.  `note`:
 * its checkpoint, appended; NULL: not wanted.  ERR_NOT_FOUND: not held, or
 * nothing of it is signed yet. */
ERR_CHECKED enum err indicator_log_find(struct indicator_log *out,
    struct site *s, const char *name, struct buf *note, struct err_why *why);
/* Every site whose evidence is held, the own first; ERR_LIMIT: more than max.
 */
ERR_CHECKED enum err indicator_log_all(struct indicator_log *out, size_t max,
    size_t *len, struct site *s, struct err_why *why);
/* The same log at an earlier prefix.  ERR_NOT_FOUND: not held; ERR_CONFLICT: it
 * had another root at that size. */
ERR_CHECKED enum err indicator_log_at(struct indicator_log *log,
    const char *origin, const struct tree_head *head, struct err_why *why);

/* From when on entries of each kind are wanted, by their recorded time. */
struct indicator_want {
	int64_t from_us[INDICATOR_KINDS]; /* INT64_MAX: not at all */
	uint64_t after; /* oldest_us looks at places from here on */
	int64_t oldest_us; /* out: the oldest event among them; INT64_MAX */
};
/* What a formula of a set needs for a period from `from_us` on, added. */
void indicator_want_none(struct indicator_want *w);
void indicator_want_add(struct indicator_want *w, const Pack__Indicators *set,
    const Pack__Formula *formula, int64_t from_us);

/*
 * indicator_read - adds the wanted entries of the prefix, in their order.  Per
 * kind it walks the chain back from the newest entry, so what is older or of
 * other kinds is not looked at.  Many short read transactions; any thread.
 * ERR_LIMIT: more than INDICATOR_ENTRIES_MAX.
 */
ERR_CHECKED enum err indicator_read(const struct indicator_log *log,
    struct indicator_want *want, struct facts *out, struct err_why *why);

#endif
