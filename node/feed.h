/* feed.h - live events: server-sent, resumable from the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FEED_H
#define NODE_FEED_H

#include "node/ops.h"

struct service;

#define FEED_STREAMS_MAX 256
#define FEED_LOGS_MAX 32 /* logs that one stream follows */
#define FEED_HEARTBEAT_US INT64_C(15000000)

/*
 * A stream is a cursor into logs, not a queue: it reads entries that are
 * durable, at the client's pace, and an event's id is the cursor after it, so
 * that Last-Event-ID goes on exactly there, also after a restart.  Alarms that
 * no log has yet come too (feed_kept.h).
 */
struct feed;

/* `service` is borrowed and outlives it. */
struct feed *feed_new(struct service *service);
/* No stream may be open. */
void feed_free(struct feed *f);

/* Logs have grown.  Any thread; never blocks for long; cheap without streams.
 */
void feed_kick(struct feed *f);
/* Every few seconds: heartbeats. */
void feed_tick(struct feed *f);
/* Ends all streams at their next read and refuses new ones. */
void feed_end(struct feed *f);

/* Operation: ?kind= ?area= ?level= ?site= ; Last-Event-ID resumes. */
enum err feed_open(struct ops_call *call, struct err_why *why);

#endif
