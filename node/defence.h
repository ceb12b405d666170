/* defence.h - rules of joint defence at this node: taken over, applied. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DEFENCE_H
#define NODE_DEFENCE_H

#include "motion.pb-c.h"
#include "proto/err.h"

struct peers;
struct site;

/*
 * What is in force is the epoch's (papers of sort RULE, each with its text).
 * A thread of its own takes over what is new, tries it on the last 30 days,
 * says what it made of it (APPLY_RECEIPT), and from then on looks at each entry
 * of the own evidence log behind the commit, which never waits for it.
 *
 * Alarms and notices of a rule hold at once.  Its `suspend` waits until a
 * person of the site has confirmed it: the others decide what is worth an
 * alarm; whoever answers for the site decides which work a stranger's text may
 * stop.  A new version waits anew.
 *
 * What is so follows from the logs alone, also after a restart: rules from the
 * epoch, what the site made of them from its own receipts, when they fired last
 * from the alarms that they raised.
 */
struct defence;

struct defence *defence_new(struct site *s, struct peers *p);
/* A thread of its own for defence_beat.  ERR_IO. */
ERR_CHECKED enum err defence_start(struct defence *d, struct err_why *why);
/* Once a second, any thread. */
void defence_beat(struct defence *d);
/* Looks once, on this thread; returns how many entries were made. */
unsigned defence_turn(struct defence *d);
/* Ends its thread, before the store is closed; NULL allowed. */
void defence_stop(struct defence *d);
/* After the committer has ended; NULL allowed. */
void defence_free(struct defence *d);

/* How often a rule has fired since the start; any thread. */
uint64_t defence_fires(struct defence *d, const char *name);

#endif
