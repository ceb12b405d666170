/* metrics.h - counters of the HTTP side, as Prometheus text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_METRICS_H
#define NODE_METRICS_H

#include "node/conns.h"
#include "node/doors.h"
#include "proto/buf.h"

#include <stdint.h>

struct peers;
struct service;
struct ops_call;

/* Relaxed atomics; any thread. */
struct metrics;

/* All counters at zero; free it after the last request has ended. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/* One finished request: operation, status and duration. */
void metrics_request(
    struct metrics *m, const struct ops_call *call, int64_t took_us);

enum metrics_gauge {
	METRICS_CONNECTIONS,
	METRICS_STREAMS,
	METRICS_WAITING, /* requests waiting for a commit */
	METRICS_BULK, /* large bodies in or before their lane */
	METRICS_QUERY, /* queries, likewise */
	METRICS_GAUGES,
};
void metrics_add(struct metrics *m, enum metrics_gauge g, int delta);

/* A request sent away at a door, for its client's share or for all. */
void metrics_refused(struct metrics *m, enum door which, bool share);
/* A connection that was closed on our account. */
void metrics_closed(struct metrics *m, enum conns_end why);

/* The whole page, appended: HTTP, commits, logs, sources, peers, memory. */
void metrics_put(struct buf *out, struct service *service);

/* For parts of the page: HELP and TYPE of lianfang_NAME; the members. */
void metrics_head(
    struct buf *out, const char *name, const char *type, const char *help);
void metrics_peers(struct buf *out, struct peers *p);

/* Resident set of this process in bytes; 0 when unknown. */
uint64_t metrics_resident(void);

#endif
