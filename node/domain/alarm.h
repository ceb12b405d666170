/* alarm.h - the life of an alarm: raised, acknowledged, cleared. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_ALARM_H
#define NODE_DOMAIN_ALARM_H

#include "node/domain/row.h"
#include "node/domain/rule.h"
#include "record.pb-c.h"

/* An event against the state before it; row NULL: there is no record yet. */
struct alarm_event {
	const struct row *row;
	Record__Alarm__Action action; /* unspecified means RAISE */
	int64_t occurred_us;
	bool late; /* old news or an old view: keep it if it fails */
};

/*
 * alarm_check - may this happen?  Pure.
 * ACK once while raised; CLEAR whenever it is open (also without ACK); nothing
 * after CLEAR.  Source: ISA-18.2 states A, B, C; domain closure chain.
 */
struct rule_verdict alarm_check(const struct alarm_event *e);

/* State after an applied action; the same for fold and check. */
uint8_t alarm_after(uint8_t state, Record__Alarm__Action action);

#endif
