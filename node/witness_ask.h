/* witness_ask.h - asking witnesses outside the alliance for cosignatures. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WITNESS_ASK_H
#define NODE_WITNESS_ASK_H

#include "config.pb-c.h"
#include "proto/buf.h"
#include "proto/err.h"

struct site;

/*
 * The newest checkpoint of both own logs goes to each of the `witnesses` of
 * node.yaml by add-checkpoint (c2sp.org/tlog-witness) when it has grown, at
 * most once a second, and every ten minutes when it has not; one request at a
 * time for each log and witness, after a failure ever more seldom.  A thread of
 * its own: nothing waits for it.  A cosignature that verifies is kept as a
 * member's is.
 */
struct witness_ask;
struct witness_ask *witness_ask_new(struct site *s, const Config__Node *conf);
/* Begins, unless there are no witnesses.  ERR_IO. */
ERR_CHECKED enum err witness_ask_start(
    struct witness_ask *a, struct err_why *why);
/* Breaks off what is under way; before the store is closed.  NULL allowed. */
void witness_ask_stop(struct witness_ask *a);
/* After the committer has ended, which answers to it; NULL allowed. */
void witness_ask_free(struct witness_ask *a);

/* For tests, instead of the thread: asks what is due, then waits up to wait_ms
 * for answers; how many are under way. */
unsigned witness_ask_turn(struct witness_ask *a, int wait_ms);

/* How each stands, an item for each; NULL and 0: none.  Any thread. */
Config__WitnessStatus **witness_ask_status(struct witness_ask *a, size_t *len);
void witness_ask_metrics(struct witness_ask *a, struct buf *out);

#define WITNESS_ASK_SOURCE "lianfang-witness" /* of its alarms */

#endif
