/* log_mend.h - put salvaged logs in order; name and mark what is missing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_MEND_H
#define LEDGER_LOG_MEND_H

#include "ledger/log.h"
#include "ledger/note.h"

/* What was done about a range of one log. */
enum log_mended {
	LOG_MENDED_ENTRY, /* lost: marked, to be fetched from a member */
	LOG_MENDED_BODY, /* the same of what rests beside an entry */
	LOG_MENDED_NODES, /* computed from the entries */
	LOG_MENDED_NODES_LOST, /* marked: an entry below them is lost too */
	LOG_MENDED_STATE, /* computed from the entries */
	LOG_MENDED_NOTE, /* the newest checkpoint: signed again, same bytes */
	LOG_MENDED_ORIGIN, /* name and slot: from its checkpoints */
	LOG_MENDED_CUT, /* a replica: from here on to be fetched again */
	LOG_MENDED_KINDS,
};

struct log_mend {
	bool replica; /* cut it where it is damaged, instead of marking */
	bool rests; /* no row of log_key or log_body is missing */
	bool spans; /* none of log_span */
	/* None of log_entry, or none of log_note: what is there of an own log
	 * tells its end when the state row is lost. */
	bool ends;
	const uint8_t *store_id; /* what the vault is bound to, 16; or NULL */
	void *arg;
	/* from, to: entries, the latter excluded; of a node row: what it
	 * covers. */
	void (*tell)(void *arg, const char *origin, enum log_mended what,
	    uint64_t from, uint64_t to);
	void (*progress)(void *arg, uint64_t done, uint64_t total);
};

/*
 * log_mend - after store_salvage, with a book that was opened without vault:
 * recompute node hashes, spans and state rows from the entries; where an entry
 * is lost keep the stored nodes, which can prove it when it comes back; mark
 * what cannot be computed (log_hole.h).  Own logs that end in their newest
 * checkpoint sign it again if that row alone was lost: log_key first.
 *
 * The store is one that nobody uses yet: it takes several transactions.
 *
 * ERR_REFUSED  the end of an own log cannot be verified: nothing may be signed
 *              after it
 * ERR_CORRUPT  rows that are whole contradict each other
 */
ERR_CHECKED enum err log_mend(
    struct log_book *b, const struct log_mend *plan, struct err_why *why);

#endif
