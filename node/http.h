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
#define HTTP_URI_MAX 2048
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
	unsigned connections;
	unsigned idle_seconds;
};

/* ERR_IO: threads or certificate; the socket is closed then. */
ERR_CHECKED enum err http_start(
    struct http **out, const struct http_options *opt, struct err_why *why);

/* Accepts nobody any more; open connections go on. */
void http_drain(struct http *h);
/* Calls that wait for a commit or stream, now. */
unsigned http_busy(const struct http *h);

/* Closes all and ends the threads.  Streams have been ended and no call may be
 * waiting for a commit (http_busy() == 0).  NULL allowed. */
void http_stop(struct http *h);

#endif
