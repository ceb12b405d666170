/* export.h - the operation that answers with an evidence bundle. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_EXPORT_H
#define NODE_EXPORT_H

#include "node/ops.h"

struct service;

/* Bundles that wait for witnesses. */
struct export_queue;

/* Free it when no call waits any more. */
struct export_queue *export_queue_new(void);
void export_queue_free(struct export_queue *q);

/*
 * export_bundle - appends an ACCESS entry and the HEADS entry that binds the
 * question, waits (bundle_wait_seconds at most) for a checkpoint over it with
 * the alliance's quorum, and answers with the zip file.  Without quorum in time
 * the bundle carries what cosignatures there are; its reader's policy decides.
 */
enum err export_bundle(struct ops_call *call, struct err_why *why);

/* Answers those whose quorum is there or whose time is over; loop thread. */
void export_poll(struct service *s);
/* Ends all waiting: draining. */
void export_flush(struct service *s);

#endif
