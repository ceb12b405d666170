/* intel.h - the gate that risk intelligence passes on its way out. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_INTEL_H
#define NODE_DOMAIN_INTEL_H

#include "node/domain/packs.h"
#include "node/domain/rule.h"
#include "proto/err.h"
#include "record.pb-c.h"

/* What an item is made from; one of alarm and basis_case is set. */
struct intel_source {
	const Record__Alarm *alarm;
	const Record__Case *basis_case;
	int64_t occurred_us;
	const char *area;
};

/*
 * intel_draft - a DRAFT: the fields that the policy lists, time as a month,
 * place as a region, and the author's texts (kept inside the node until they
 * are approved).  Nothing else of the source is copied.
 *   out   fresh message; release with slice_free
 * NULL when good; else the rule that forbids it.  Pure.
 */
struct intel_texts {
	const char *type;
	const char *tlp;
	const char *title;
	const char *narrative;
	char *const *recommended;
	size_t n_recommended;
};
const struct rule *intel_draft(const Pack__Release *policy,
    const struct intel_source *source, const struct intel_texts *texts,
    Record__Intel **out);

/*
 * intel_release - what goes on the alliance log: from an approved draft the
 * listed fields and texts, the label and the visible source.  Never who
 * drafted or approved it, nor what it rests on.
 */
Record__Intel *intel_release(const Pack__Release *policy,
    const Record__Intel *draft, const char *source);

/* Words that must not appear in any text (names of people's employers, sites,
 * areas), compared without regard to case.  Shorter than 3 bytes: ignored. */
struct intel_words {
	char **at;
	size_t len;
};
void intel_words_add(struct intel_words *w, const char *word);
/* Adds a node name and its labels: plant-a.acme.example, plant-a, acme. */
void intel_words_add_node(struct intel_words *w, const char *name);
void intel_words_clear(struct intel_words *w);

/*
 * intel_scrub - true when no text field of the item holds a residual
 * identifier: 11 or more digits in a row (identity, mobile, USCC; full-width
 * digits, blanks and hyphens between them do not help), an e-mail address, or
 * a word.  Pure.   Source: domain F.5 4.
 */
bool intel_scrub(const Record__Intel *item, const struct intel_words *words);
/* One text. */
bool intel_text_ok(const char *text, const struct intel_words *words);

#endif
