/* live.h - a whole node in this process, in a directory of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_LIVE_H
#define TESTS_SUPPORT_LIVE_H

#include "node/ops.h"
#include "node/service.h"
#include "tests/support/temp.h"

struct http;

/* Zeroed: nothing open. */
struct live {
	char dir[TEMP_PATH_BYTES];
	struct service *service;
	struct http *http;
	unsigned port;
	char token[64]; /* of the newest live_token */
};

/* site_init and service_open; extra: more lines of node.yaml, or NULL.
 * Aborts when it cannot. */
void live_open(struct live *l, const char *extra);
/* Closes and opens again: a restart. */
void live_reopen(struct live *l);
void live_close(struct live *l);

/* Serves HTTP on a free port of loopback. */
void live_serve(struct live *l);

/* A token of this role (areas: NULL, or one area), into l->token. */
void live_token(struct live *l, const char *role, const char *area);

/*
 * live_call - one operation without HTTP, as admin or with l->token.
 *   target   path with its query
 *   body     NULL: none
 *   out      release with ops_call_clear
 */
enum live_who {
	LIVE_LOCAL,
	LIVE_TOKEN,
	LIVE_NOBODY,
};
void live_call(struct live *l, enum live_who who, const char *method,
    const char *target, const char *body, struct ops_call *out);

/* A raw request over TCP; all that comes back until the peer closes or
 * `until` (NULL: close) was seen; at most 10 s.  Release with free(). */
char *live_raw(
    struct live *l, const char *request, size_t len, const char *until);

#endif
