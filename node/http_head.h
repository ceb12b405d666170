/* http_head.h - what the headers of a request say, judged strictly. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_HTTP_HEAD_H
#define NODE_HTTP_HEAD_H

#include "node/ops.h"

#include <stdbool.h>
#include <stdint.h>

#define HTTP_HEAD_URI_MAX 2048 /* bytes of a target, with a NUL */

/* Zeroed: no header yet. */
struct http_head {
	unsigned hosts, lengths, encodings, tokens;
	uint64_t length; /* of Content-Length */
	bool no_host; /* Host without a name */
	bool bad; /* a header that can be read two ways */
	bool coded; /* Content-Encoding other than identity */
};

/* One header; value NULL is "".  Those that operations read become views of
 * the call. */
void http_head_take(struct http_head *h, struct ops_call *call,
    const char *name, const char *value);

/* True when a body is announced. */
bool http_head_body(const struct http_head *h);

struct http_fault {
	unsigned status;
	const char *code; /* static, likewise text */
	const char *text;
};

/*
 * http_head_judge - NULL when the request may go on, else why not.
 *   uri_len   bytes of the target as sent
 *   version   "HTTP/1.1"
 * Source: RFC 9112 sections 3.2 (Host), 5.1 (blanks in names), 6.3 (length).
 */
const struct http_fault *http_head_judge(
    const struct http_head *h, size_t uri_len, const char *version, bool local);

/* A body that grew over its bound while it came. */
const struct http_fault *http_head_too_large(void);

/* The whole answer for a connection that will not be read any further: what
 * must be said when the library cannot.  Static. */
const char *http_head_last_words(unsigned status);

#endif
