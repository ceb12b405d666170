/* peer_http.h - one keep-alive connection, one request at a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_PEERS_PEER_HTTP_H
#define TESTS_PEERS_PEER_HTTP_H

#include "proto/bytes.h"

#define PEER_HTTP_ANSWER_MAX ((size_t)4 << 20)

struct peer_http {
	int fd;
	char *answer;
};

void peer_http_open(struct peer_http *h, const char *port);
void peer_http_close(struct peer_http *h);

/* extra: header lines, each with its CR LF.  Ends the program unless the
 * status is as wanted; the answer is dropped. */
void peer_http_post(struct peer_http *h, const char *path, const char *extra,
    struct bytes body, unsigned want_status);

#endif
