/* faults.h - faults that come again and again become work orders. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FAULTS_H
#define NODE_FAULTS_H

struct faults;
struct site;

/*
 * The alarms of this node's own log are counted behind the commit, by the rules
 * of the alarm policy: by asset and code, what an open or a closed work order
 * has not answered yet.  After a restart it counts the alarms of the longest
 * window again, and the same breach has the same id.
 */
struct faults *faults_new(struct site *s);
/* Looks once at what is new; blocks until its work orders are entered.  One
 * thread.  Returns how many were made. */
unsigned faults_turn(struct faults *f);
/* Ends a faults_turn that waits; any thread.  NULL allowed. */
void faults_end(struct faults *f);
/* After the committer has ended, which answers to it; NULL allowed. */
void faults_free(struct faults *f);

#endif
