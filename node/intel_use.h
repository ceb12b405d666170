/* intel_use.h - what became of an item: who has it, what it was good for. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INTEL_USE_H
#define NODE_INTEL_USE_H

#include "api.pb-c.h"
#include "node/domain/rule.h"
#include "proto/err.h"

struct peers;
struct site;

/*
 * intel_use_letter - the entry by which this member says what it made of
 * another's item.  Item and verdict are sealed to the identity key of the
 * publisher: every member sees that something was said of some item, the
 * publisher alone what and of which (docs/threat-model.md).
 *   rule   why it cannot be said; NULL: *out is the caller's
 */
ERR_CHECKED enum err intel_use_letter(struct site *s, const char *id,
    Record__IntelFeedback__Verdict verdict, Record__Intel **out,
    const struct rule **rule, struct err_why *why);

/*
 * intel_use - of an own released item: members that have its newest word, and
 * how many companies found it useful, applied it, had no use for it, or say it
 * is false; of each company the last word counts.  Release with slice_free.
 * ERR_NOT_FOUND: no such item of this node.
 */
ERR_CHECKED enum err intel_use(struct site *s, struct peers *p, const char *id,
    Api__IntelUse **out, struct err_why *why);

/* Published items of all members; state "CLOSED": letters and claims.  As many
 * pages as are bounded. */
typedef void (*intel_use_take)(void *arg, const Api__RecordView *v);
ERR_CHECKED enum err intel_use_each(struct site *s, char *state,
    intel_use_take take, void *arg, struct err_why *why);

#endif
