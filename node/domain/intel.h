/* intel.h - an item of risk intelligence: made from a record, as it leaves. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_INTEL_H
#define NODE_DOMAIN_INTEL_H

#include "node/domain/packs.h"
#include "node/domain/rule.h"
#include "proto/bytes.h"
#include "record.pb-c.h"

/* What an item is made from; one of alarm and basis_case is set. */
struct intel_source {
	const Record__Alarm *alarm;
	const Record__Case *basis_case;
	int64_t occurred_us;
	const char *area;
};

/*
 * intel_draft - what its author wrote, completed from the record where he says
 * nothing: hazard, equipment, industry, severity; the region of its area.  All
 * of it still has to pass the gate (gate.h).
 *   out   fresh message; release with slice_free
 * NULL when good; else the rule that forbids it.  Pure.
 */
const struct rule *intel_draft(const Pack__Release *policy,
    const struct intel_source *source, const Record__Intel *author,
    Record__Intel **out);

/* Only what an author writes: the rest is the node's to say. */
bool intel_author_wrote(const Record__Intel *m);

/* Of TLP 2.0 what may go to every member: RED is for named persons only. */
bool intel_tlp_known(const char *label);

/*
 * intel_release - what goes on the alliance log, from an item that passed the
 * gate.  Never who drafted or approved it, what it rests on, nor who else could
 * be its source; `source` only where the item names it.
 */
Record__Intel *intel_release(const Record__Intel *item, const char *source);

/* SHA-256("lianfang/intel/v1" || canonical form of the item as it was drafted,
 * without `companies`): what the second person puts his name to. */
void intel_digest(const Record__Intel *item, struct hash *out);

#endif
