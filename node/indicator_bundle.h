/* indicator_bundle.h - facts and snapshots out of evidence bundles. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INDICATOR_BUNDLE_H
#define NODE_INDICATOR_BUNDLE_H

#include "node/indicator_run.h"
#include "proto/bytes.h"

/*
 * Bundles that verify_bytes found PASS and COMPLETE under the reader's policy;
 * each answers for one kind and one window of recorded time.  Several of a kind
 * may lie side by side.  Nothing here verifies again.
 */
struct indicator_bundles;

struct indicator_bundles *indicator_bundles_new(void);
void indicator_bundles_free(struct indicator_bundles *b);
/* Takes one file's bytes, borrowed for the call.  ERR_MALFORMED: it is no
 * answer to a window; ERR_CONFLICT: of another log than those before. */
ERR_CHECKED enum err indicator_bundles_add(
    struct indicator_bundles *b, struct bytes file, struct err_why *why);

/* Snapshots among them; NULL: i is past the last. */
const Record__Snapshot *indicator_bundles_snapshot(
    const struct indicator_bundles *b, size_t i);

/* How far a kind is shown without a gap, for entries below `size`: from which
 * recorded time on.  INT64_MIN: from the log's beginning; INT64_MAX: not up to
 * `size`. */
int64_t indicator_bundles_since(
    const struct indicator_bundles *b, Ledger__Kind kind, uint64_t size);
/* Is something withheld of entries of a kind, below `size`, because it is
 * stored and nothing else, or erased?  What they counted cannot be told then.
 */
struct indicator_withheld {
	bool stored;
	bool erased;
};
struct indicator_withheld indicator_bundles_withheld(
    const struct indicator_bundles *b, Ledger__Kind kind, uint64_t size);
/* When the log began, if its first entry is shown; else 0. */
int64_t indicator_bundles_began(const struct indicator_bundles *b);

/* Adds the entries below `size` in their order.  ERR_LIMIT. */
ERR_CHECKED enum err indicator_bundles_facts(const struct indicator_bundles *b,
    uint64_t size, struct facts *out, struct err_why *why);

#endif
