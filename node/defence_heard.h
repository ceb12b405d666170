/* defence_heard.h - what members said of rules of joint defence. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DEFENCE_HEARD_H
#define NODE_DEFENCE_HEARD_H

#include "defence.pb-c.h"
#include "proto/bytes.h"
#include "proto/err.h"

struct site;

/* The articles give a rule two hours; the members' people hear before that. */
#define DEFENCE_HEARD_LATE_US (INT64_C(90) * 60 * 1000000)

/* The newest receipt of one member for the rule of one name. */
struct defence_heard {
	Record__DefenceReceipt__Outcome outcome; /* 0: it has said nothing */
	Record__DefenceReceipt__Verdict verdict;
	struct hash digest;
	char version[20];
	char reason[40];
	int64_t at_us; /* recorded by its owner */
};

/*
 * defence_heard - read out of the member's own alliance log, where nobody else
 * can write: what a receipt says of others is said of its owner.  Nothing that
 * is not held, was erased or does not decode is said.  Errors of the store.
 */
ERR_CHECKED enum err defence_heard(struct defence_heard *out, struct site *s,
    const char *member, const char *name, struct err_why *why);

/* Calls for each rule that this node itself ever said something of. */
ERR_CHECKED enum err defence_heard_names(struct site *s,
    void (*each)(void *arg, const char *name), void *arg, struct err_why *why);

/*
 * defence_heard_is_late - has this member not yet done what this node knows of
 * since `own` was recorded?  A member that refuses has answered.
 */
bool defence_heard_is_late(const struct defence_heard *own,
    const struct defence_heard *theirs, int64_t now_us);

/* "APPLIED"; "MISSING" for 0. */
const char *defence_heard_word(Record__DefenceReceipt__Outcome o);

#endif
