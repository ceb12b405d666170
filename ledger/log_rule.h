/* log_rule.h - what a leaf must be, and how it continues its log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_RULE_H
#define LEDGER_LOG_RULE_H

#include "ledger.pb-c.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/text.h"

#define LOG_RULE_KINDS 64 /* kinds one log may use; the schema has fewer */

/* Times of a leaf are those that bodies may say (proto/slice.h), the years 1970
 * to 9999: whoever adds to one cannot overflow, whatever its writer says. */
static inline bool
log_rule_is_time(int64_t us)
{
	return us >= 0 && us < TEXT_TIME_END_US;
}

/* Last entry of one kind. */
struct log_kind {
	uint32_t kind;
	uint64_t seq;
	uint64_t last; /* leaf index */
};

/* All that the next entry's chain and time depend on; zeroed: empty log. */
struct log_chain {
	uint64_t size;
	uint32_t epoch;
	int64_t recorded_us;
	size_t kinds_len;
	struct log_kind kinds[LOG_RULE_KINDS];
};

/* NULL before the first entry of a kind. */
const struct log_kind *log_rule_kind(const struct log_chain *c, uint32_t kind);

/*
 * log_rule_decode - a leaf in canonical form with all fields its version wants
 * and of the right size.  Release with ledger__entry__free_unpacked(e, NULL).
 * ERR_MALFORMED, ERR_UNSUPPORTED (version), ERR_LIMIT.  Pure.
 * Source: docs/wire.md 2.
 */
ERR_CHECKED enum err log_rule_decode(
    Ledger__Entry **out, struct bytes leaf, struct err_why *why);
/* The same in memory of `mem`, for many at once (proto/arena.h). */
ERR_CHECKED enum err log_rule_decode_in(Ledger__Entry **out, struct bytes leaf,
    ProtobufCAllocator *mem, struct err_why *why);

/* The same without memory, views into `leaf`.  False: log_rule_decode has the
 * word, and tells what is wrong. */
bool log_rule_view(Ledger__Entry *out, struct bytes leaf);

/* Is there anything beside it that could rest? */
static inline bool
log_rule_commits(const Ledger__Entry *e)
{
	return e->has_commitment || e->has_annex_commitment ||
	    e->has_auth_commitment;
}

/*
 * log_rule_next - check that `e` continues the log and move the chain past it.
 *
 * LOG_START is first and only first; kind_seq and previous_of_kind follow the
 * kind's last entry; recorded_us does not decrease within an epoch, which only
 * TIME_RESET advances, by one.
 *
 * ERR_UNVERIFIED  it does not; the chain is as before
 */
ERR_CHECKED enum err log_rule_next(
    struct log_chain *c, const Ledger__Entry *e, struct err_why *why);

#endif
