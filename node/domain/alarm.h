/* alarm.h - the life of an alarm, from raised to closed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_ALARM_H
#define NODE_DOMAIN_ALARM_H

#include "node/domain/row.h"
#include "node/domain/rule.h"
#include "pack.pb-c.h"
#include "record.pb-c.h"

/* An event against the state before it; row NULL: there is no record yet. */
struct alarm_event {
	const struct row *row;
	const Record__Alarm *msg; /* its action; unspecified means RAISE */
	const Pack__AlarmPolicy *policy; /* NULL: none is in force */
	int64_t now_us; /* shelving is counted from here */
	bool stops; /* a rule pack lets it stop work */
	bool late; /* old news or an old view: keep it if it fails */
};

/*
 * alarm_check - may this happen?  Pure.
 *
 * ACK whenever nobody has; RETURN while it is active; RESET of a latching one
 * that has returned; CLEAR, HANDLE and what puts it aside while it is open;
 * JUDGE always.  SHELVE needs a reason, a name, an end that the policy allows.
 * What is put aside stays open and goes on stopping work (STILL_STOPS).
 * An action that is not known, or no policy for one that needs it: refused.
 *
 * Source: ISA-18.2 states A to I; domain closure chain.
 */
struct rule_verdict alarm_check(const struct alarm_event *e);

/* The row after an applied event: state, flags and times (hashes, level, seq
 * belong to the caller).  Total: any input gives a row. */
void alarm_fold(struct row *r, const Record__Alarm *m, int64_t occurred_us);

/* The orthogonal bits of a state. */
#define ALARM_ACTIVE 1u
#define ALARM_ACKED 2u
#define ALARM_LATCHED 4u
#define ALARM_SHELVED 8u
#define ALARM_SUPPRESSED 16u
#define ALARM_OUT 32u
unsigned alarm_bits(const struct row *r, int64_t now_us);
/* ISA-18.2's letter for them, 'A' to 'I'. */
char alarm_letter(const struct row *r, int64_t now_us);
/* Somebody must still acknowledge it, and it is not put aside. */
bool alarm_calls(const struct row *r, int64_t now_us);

#endif
