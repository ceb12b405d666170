/* http.h - HTTP by libmicrohttpd, strictly.  Its only user. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_HTTP_H
#define NODE_HTTP_H

#include "proto/err.h"

#include <stdbool.h>

struct service;

#define HTTP_HEADER_MAX                                      \
	16384u /* bytes of request line and headers, roughly \
	        */
#define HTTP_STACK_BYTES (512u << 10)

/* One listening socket with its threads. */
struct http;

struct http_options {
	struct service *service;
	int fd; /* listening, non-blocking; taken over */
	bool local; /* the unix socket: peers are checked by uid */
	const char *cert; /* PEM text; NULL: plain.  Copied */
	const char *key;
	unsigned threads;
	unsigned connections; /* open at one time */
	unsigned per_address; /* of those, by one peer */
	unsigned idle_seconds; /* without a request */
	unsigned slow_seconds; /* for headers; then a least rate holds */
};

/* ERR_IO: threads or certificate; the socket is closed then. */
ERR_CHECKED enum err http_start(
    struct http **out, const struct http_options *opt, struct err_why *why);

/* A few times a second: ends what is over its deadline, and fits what is let
 * in to how fast the committer is. */
void http_tick(struct http *h);

/* Accepts nobody any more; open connections go on. */
void http_drain(struct http *h);
/* Calls that wait for a commit or stream, now. */
unsigned http_busy(const struct http *h);

/* Closes all and ends the threads.  Streams have been ended and no call may be
 * waiting for a commit (http_busy() == 0).  NULL allowed. */
void http_stop(struct http *h);

#endif
