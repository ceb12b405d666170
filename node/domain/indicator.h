/* indicator.h - an indicator's figures, from facts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_INDICATOR_H
#define NODE_DOMAIN_INDICATOR_H

#include "node/domain/alarm_kpi.h"
#include "node/domain/facts.h"

#define INDICATOR_STEPS_MAX 16
#define INDICATOR_WHERE_MAX 8 /* conditions of one list */
#define INDICATOR_WORDS_MAX 16 /* words of one condition */

/* Why there is no figure.  Never 0 or 100 % then. */
enum indicator_lack {
	INDICATOR_WHOLE,
	INDICATOR_NOT_KEPT, /* this node keeps no such facts: `lacks` */
	INDICATOR_NONE_DUE, /* nothing of that kind fell due in the period */
	INDICATOR_NOTHING_SHOWN, /* no fact has what the formula `needs` */
	INDICATOR_LACKS, /* how many */
};
const char *indicator_lack_text(enum indicator_lack l); /* "NONE_DUE" */
enum indicator_lack indicator_lack_find(const char *text); /* ... LACKS: none */

/*
 * Whole numbers only, so that others get the same.  COUNT: numerator of
 * denominator facts.  MAX: numerator, of denominator facts.  PERCENTILE: bin i
 * counts what was at most steps[i] and more than steps[i - 1], the last one
 * what was more than all, or never; numerator is the bound of the percentile
 * (the last bin: 0, with `over`).  KPI: as alarm_kpi.h says; of a mere count
 * the denominator is the alarms that there were.
 */
struct indicator_result {
	enum indicator_lack lack;
	uint64_t numerator;
	uint64_t denominator;
	uint64_t excluded; /* exercises and tests that it would have counted */
	uint64_t
	    unreadable; /* entries of its kinds that say nothing any more */
	uint64_t bins[INDICATOR_STEPS_MAX + 1];
	size_t bins_len;
	bool over; /* the percentile is beyond the last step */
	int64_t newest_us; /* beginning of the newest fact of the kind */
};

enum indicator_part {
	INDICATOR_NUMERATOR, /* in both */
	INDICATOR_DENOMINATOR, /* in the denominator alone */
	INDICATOR_EXCLUDED,
};
typedef void (*indicator_see)(
    void *arg, enum indicator_part part, const struct fact *x);

struct indicator_ask {
	const Pack__Indicator *what;
	int64_t from_us; /* what falls due in [from_us, to_us) */
	int64_t to_us;
	const char *area; /* NULL: all */
	const struct alarm_kpi_limits *limits; /* for KPI; NULL: no data */
	indicator_see see; /* NULL: nobody looks */
	void *arg;
};

/* indicator_eval - pure; after facts_join for the same period and set. */
void indicator_eval(struct facts *f, const struct indicator_ask *ask,
    struct indicator_result *out);

/* Adds up the figures of several sites, by their sums; never an average of
 * ratios.  A site without data adds nothing. */
void indicator_add(const Pack__Indicator *what, struct indicator_result *sum,
    const struct indicator_result *one);

/* The figure as a number in the indicator's unit, for people and targets;
 * false: there is none. */
bool indicator_value(
    const Pack__Indicator *what, const struct indicator_result *r, double *out);
/* Does it reach its target?  Nothing measured reaches none. */
bool indicator_met(
    const Pack__Indicator *what, const struct indicator_result *r);
/* Of a weighted set: 1000 at the target or better, 0 at `worst` or worse, in
 * between by the straight line, rounded down. */
unsigned indicator_score(
    const Pack__Indicator *what, const struct indicator_result *r);

#endif
