/* query.h - lists and single records, from own logs and replicas. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_H
#define NODE_QUERY_H

#include "api.pb-c.h"
#include "ledger.pb-c.h"
#include "proto/buf.h"
#include "proto/err.h"

#define QUERY_LIMIT_MAX 1000
#define QUERY_EVENTS_MAX 1000

struct site;

/* What the asker may see; areas_len 0 means every area. */
struct query_scope {
	const char *const *areas;
	size_t areas_len;
	bool proof; /* add a tlog-proof to every event shown */
	bool own_only; /* no replicas */
	bool alliance_only; /* only what is published to all members */
	bool askers; /* may ask for erasures: sees who did, and why */
};

/*
 * query_list - a page of records of one kind.  Read-only, any thread, short
 * read transactions; examines a bounded number of records per call, so a page
 * may be short (even empty) while next_cursor is set.
 *
 *   out  release with api__records__free_unpacked
 *
 * ERR_MALFORMED: limit, cursor, state or window; ERR_NOT_FOUND: no such site.
 */
ERR_CHECKED enum err query_list(struct site *s, Ledger__Kind kind,
    const Api__RecordQuery *q, const struct query_scope *scope,
    Api__Records **out, struct err_why *why);

/* One record with its events: the first and the newest QUERY_EVENTS_MAX - 1
 * of the others (event_seq shows what is left out); `site` NULL: own first,
 * then replicas. ERR_NOT_FOUND also when the scope does not cover its area. */
struct query_key {
	Ledger__Kind kind;
	const char *record_id;
	const char *site;
};
ERR_CHECKED enum err query_get(struct site *s, const struct query_key *key,
    const struct query_scope *scope, Api__RecordView **out,
    struct err_why *why);

/*
 * query_sources - a page of feeds with their gaps and duplicates, of every site
 * held, sorted by name within the page; bounded as query_list.  Duplicates are
 * counted per source: with its first epoch.  An asker bound to areas sees the
 * feeds whose newest message is of one of them.
 * ERR_MALFORMED: limit, cursor.
 */
struct query_page {
	size_t limit; /* 0: QUERY_LIMIT_MAX */
	const char
	    *cursor; /* next_cursor of the page before; NULL: the first */
};
ERR_CHECKED enum err query_sources(struct site *s,
    const struct query_page *page, const struct query_scope *scope,
    Api__Sources **out, struct err_why *why);

/* The .tlog-proof of an entry under the newest checkpoint, appended.
 * min_sigs as log_checkpoint.  ERR_NOT_FOUND: log, or not covered yet. */
struct query_proof {
	const char *origin;
	uint64_t index;
	size_t min_sigs;
	bool leaf; /* with the leaf's bytes as extra line */
};
ERR_CHECKED enum err query_proof(struct site *s, const struct query_proof *p,
    struct buf *out, struct err_why *why);

/* Numbers for metrics and status. */
struct query_counts {
	uint64_t evidence_size; /* of the newest generation */
	uint64_t alliance_size;
	uint64_t sources;
	uint64_t missing;
	uint64_t duplicates;
	uint64_t conflicts;
	uint64_t open_alarms; /* counted up to 100,000 */
	uint64_t open_permits;
};
ERR_CHECKED enum err query_counts(
    struct site *s, struct query_counts *out, struct err_why *why);

#endif
