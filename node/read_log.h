/* read_log.h - reads by HQ and regulators become ACCESS entries. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_READ_LOG_H
#define NODE_READ_LOG_H

#include "proto/err.h"

struct ops_call;
struct service;

#define READ_LOG_KEPT 4096 /* (token, query) pairs of the current minutes */

/*
 * Polling reads share one ACCESS entry per token, query and minute.  The
 * answer leaves after that entry is durable.  Thread-safe.
 */
struct read_log;

/* `service` is borrowed and outlives it. */
struct read_log *read_log_new(struct service *service);
/* No call may be waiting any more. */
void read_log_free(struct read_log *r);

/*
 * read_log_note - the reply of `call` is ready: log the read first.  Either
 * the entry of this minute is durable already and the call stays answered, or
 * call->waiting is set and ops_finish comes after the commit; when that fails
 * the reply becomes the problem.
 */
void read_log_note(struct ops_call *call);

#endif
