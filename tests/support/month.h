/* month.h - a month of facts, and the figures of the index by them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_MONTH_H
#define TESTS_SUPPORT_MONTH_H

#include "node/domain/indicator.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MONTH_FROM INT64_C(1793462400000000) /* 2026-10-31T16:00:00Z */
#define MONTH_TO (MONTH_FROM + 30 * DAY)
#define MONTH_ON(day) \
	(MONTH_FROM + ((day)-1) * DAY) /* of November, its beginning */

/* Built-in packs and no facts; all calls abort when what they need fails. */
void month_begin(void);
void month_end(void);
const Pack__Indicators *month_index(void);

struct month_put {
	Ledger__Kind kind;
	int64_t at_us;
	bool is_signed;
	Ledger__Outcome outcome; /* 0: APPLIED */
	int64_t due_us; /* the node's word; < 0: none */
};
#define MONTH_AT(kind_, us)                             \
	(struct month_put)                              \
	{                                               \
		LEDGER__KIND__##kind_, us, .due_us = -1 \
	}
/* An entry of record n; 0: of a new one.  Returns which. */
unsigned month_put(struct month_put how, unsigned n, uint32_t seq,
    const ProtobufCMessage *body);

const struct facts *month_facts(void); /* of the figure asked for last */
/* The figure in November. */
struct indicator_result month_of(const char *id);
void month_expect(const char *id, uint64_t numerator, uint64_t denominator);

struct month_plan {
	const char *code;
	const char *parent; /* NULL: the duty of a post */
	uint32_t cycle;
	const char *unit;
	int64_t start_us;
	bool work_days;
};
/* A check task defined at `us`; the node then says what is due. */
unsigned month_task(const struct month_plan *p, unsigned n, uint32_t seq,
    int64_t due_us, int64_t us);
/* Made at `made_us`, recorded at `us`; the node then says what is due next. */
void month_checked_as(unsigned n, Record__Checklist__Status status,
    int64_t made_us, int64_t due_us, int64_t us);
void month_checked(unsigned n, int64_t us, int64_t due_us);
#define NORMAL RECORD__CHECKLIST__STATUS__NORMAL

#endif
