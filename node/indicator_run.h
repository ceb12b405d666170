/* indicator_run.h - all figures of a period, and what a snapshot says. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INDICATOR_RUN_H
#define NODE_INDICATOR_RUN_H

#include "node/domain/indicator.h"
#include "node/domain/indicator_pack.h"
#include "node/domain/packs.h"
#include "node/domain/period.h"
#include "record.pb-c.h"

#define INDICATOR_RUN_SETS 8

/* Sets of indicators by which a period is measured, and the limits of the alarm
 * policy: those in force when it began. */
struct indicator_rules {
	struct indicator_set {
		const Pack__Indicators *set;
		char name[PACKS_NAME_MAX]; /* indicators.articles@2026.1 */
		struct hash digest;
	} sets[INDICATOR_RUN_SETS];
	size_t sets_len;
	struct alarm_kpi_limits limits;
	bool has_limits;
};
void indicator_rules(
    struct indicator_rules *out, const struct packs *p, int64_t at_us);
/* Those that a snapshot names, by digest.  ERR_NOT_FOUND: a text that is not
 * here. */
ERR_CHECKED enum err indicator_rules_of(struct indicator_rules *out,
    const struct packs *p, const Record__Snapshot *s, struct err_why *why);

/* One figure of a set. */
struct indicator_figure {
	const struct indicator_set *set;
	const Pack__Indicator *what;
	struct indicator_result result;
};
struct indicator_figures {
	struct indicator_figure at[INDICATOR_RUN_SETS * INDICATOR_PACK_MAX];
	size_t len;
};

/* All figures that fall due in the period, of facts that were read for it.
 * `to_us`: until then; less than the period's end while it runs. */
struct indicator_span {
	int64_t from_us;
	int64_t to_us;
	const char *area; /* NULL: all */
};
void indicator_run(struct indicator_figures *out,
    const struct indicator_rules *rules, struct facts *facts,
    const struct indicator_span *span);

/* Figures as a snapshot gives them, and back.  Values: release with the
 * message. */
Record__Snapshot__Value *indicator_value_put(const struct indicator_figure *f);
/* Of a value whose indicator these rules have; false: they have not, or it is
 * none that the indicator can have. */
bool indicator_value_get(struct indicator_figure *out,
    const struct indicator_rules *rules, const Record__Snapshot__Value *v);
/* The figure that a value is of; NULL: there is none. */
const struct indicator_figure *indicator_value_find(
    const struct indicator_figures *f, const Record__Snapshot__Value *v);
/* Values of the same indicator? */
bool indicator_value_alike(
    const Record__Snapshot__Value *a, const Record__Snapshot__Value *b);
/* Does a snapshot give value i of an indicator that it gave one of before?
 * Only the first counts; no node makes such a snapshot. */
bool indicator_value_again(const Record__Snapshot *s, size_t i);
/* The same figure, number by number? */
bool indicator_value_same(
    const Record__Snapshot__Value *a, const Record__Snapshot__Value *b);
/* Were alarms counted by the limits of these rules? */
bool indicator_limits_same(
    const struct indicator_rules *rules, const Record__Snapshot *s);
/* Rules into a snapshot: packs and limits. */
void indicator_rules_put(
    Record__Snapshot *out, const struct indicator_rules *rules);

/*
 * The index of a weighted set: sum of weight * score over the indicators that
 * have data, and the sum of their weights.  0 of 0: nothing could be measured.
 */
struct indicator_index {
	unsigned points; /* of weight * 1000 */
	unsigned weight; /* of 100 */
};
struct indicator_index indicator_index(
    const struct indicator_figures *f, const char *set, const char *in_class);

#endif
