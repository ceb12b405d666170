/* facts.h - what the entries of records say together, as facts to count. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_FACTS_H
#define NODE_DOMAIN_FACTS_H

#include "indicator.pb-c.h"
#include "ledger.pb-c.h"
#include "proto/err.h"
#include "record.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One fact is one record; entries are added in the order of their log, whether
 * they come from a node's own log, from a replica or out of a bundle: the same
 * entries give the same facts.
 *
 * When: a record began when its author says, if that is not in the future of
 * its leaf and not more than FACTS_LATE_US before it; else when it was
 * recorded.  What was done later (acknowledged, judged, closed ...) counts at
 * the time of its leaf, unless a person's or device's key signed when it was:
 * nobody answers sooner by saying so.
 *
 * What is an exercise or test says so: it is in no figure, and is counted as
 * excluded.  Only a first verdict makes a test: what was judged otherwise
 * before stays what it was.
 */
#define FACTS_MAX 2000000
#define FACTS_LATE_US (INT64_C(35) * 86400 * 1000000)
#define FACTS_FUTURE_US (INT64_C(5) * 60 * 1000000)
#define FACTS_OWN_DUE_US (INT64_C(366) * 86400 * 1000000)
#define FACTS_TIME_MAX INT64_C(253402300800000000) /* the year 10000 */
#define FACTS_NONE INT32_MIN
#define FACTS_TEXTS 20 /* fields below are words */
#define FACTS_SECONDS 60 /* fields from here on are seconds */
#define FACTS_NUMBERS 32
#define FACTS_WORDS 10
/* How far back tasks and certificates that fall due may have been entered. */
#define FACTS_TERM_US (INT64_C(3660) * 86400 * 1000000)

struct facts_entry {
	Ledger__Kind kind;
	uint64_t place; /* ascending */
	int64_t recorded_us;
	const uint8_t *record_id; /* 16 */
	uint32_t event_seq;
	Ledger__Outcome outcome;
	const ProtobufCMessage *body; /* NULL: not held */
	int64_t signed_us; /* occurrence under a signature; 0: nobody signed */
	const Record__Annex *annex; /* NULL: there is none */
};

struct fact {
	uint64_t place; /* of its first entry */
	uint8_t id[16];
	int64_t at_us;
	int64_t due_us; /* that it says itself; 0: none */
	uint32_t text[FACTS_WORDS]; /* by field; [0]: holder; [9]: instrument */
	int32_t number[FACTS_NUMBERS];
	uint32_t members; /* of an incident: the last in the list, plus 1 */
	int32_t first_judged; /* seconds */
	uint32_t first_verdict;
	uint64_t received; /* of a feed; part of a figure */
	uint64_t expected; /* and whole */
	uint32_t times; /* it stands for so many that are alike */
	uint8_t kind; /* Pack__Fact__Kind */
	bool
	    exercise; /* counts in no figure: neither does what nobody signed */
	bool replaced; /* stated again later */
};

struct facts;

struct facts *facts_new(void);
void facts_free(struct facts *f); /* NULL allowed */
/* Takes an entry; what it does not need, it ignores.  Entries of records that
 * began before the first entry change nothing.  ERR_LIMIT: too many facts. */
ERR_CHECKED enum err facts_add(
    struct facts *f, const struct facts_entry *e, struct err_why *why);

/* What one fact has to do with others, for figures of [from_us, to_us): feeds
 * (of all that was recorded before to_us), checks that fell due, rules that a
 * permit broke, who did it again or came first, what came before an accident,
 * what was renewed or stated again.  Again with every other period or set. */
void facts_join(struct facts *f, const Pack__Indicators *set, int64_t from_us,
    int64_t to_us);

size_t facts_len(const struct facts *f);
const struct fact *facts_at(const struct facts *f, size_t i);
/* A field as it stood `horizon_us` after the fact began, at most.  FACTS_NONE:
 * it has none. */
int32_t facts_number(
    const struct fact *x, Pack__Fact__Field field, int64_t horizon_us);
/* Exercise, or judged a test within the horizon; a figure that nobody signed,
 * or that was stated again. */
bool facts_is_test(
    const struct facts *f, const struct fact *x, int64_t horizon_us);
/* Entries of a kind recorded in [from_us, to_us) that say nothing any more. */
uint64_t facts_unreadable(const struct facts *f, Pack__Fact__Kind kind,
    int64_t from_us, int64_t to_us);
/* Beginning of the newest fact of a kind before to_us; 0: there is none. */
int64_t facts_newest(
    const struct facts *f, Pack__Fact__Kind kind, int64_t to_us);

/* NULL unless it is one. */
const Record__Annex *facts_annex(const ProtobufCMessage *m);
/* The last instant that a figure is of; 0: the entry states none. */
int64_t facts_stated_us(const ProtobufCMessage *body);

/* The entries that a formula's facts are made of: 1 << (ledger kind - ALARM).
 */
uint32_t facts_kinds(const Pack__Formula *formula);
/* How far before a period the entries of a formula of the set may lie. */
int64_t facts_lookback_us(
    const Pack__Indicators *set, const Pack__Formula *formula);

#endif
