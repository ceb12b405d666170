/* http_state.h - what http.c and http_serve.c share.  Only for them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_HTTP_STATE_H
#define NODE_HTTP_STATE_H

#include "node/conns.h"
#include "node/doors.h"
#include "node/http.h"
#include "node/lane.h"
#include "node/service.h"

#include <microhttpd.h>
#include <stdatomic.h>

struct http {
	struct service *service;
	struct MHD_Daemon *daemon;
	struct conns *conns;
	struct doors *doors; /* NULL on the local socket, likewise the lanes */
	struct lane *bulk;
	struct lane *query;
	bool local;
	bool drained;
	int fd;
	char *cert;
	char *key;
	atomic_uint busy;
};

/* Milliseconds of the boot clock. */
int64_t http_now_ms(void);
/* Of a connection; -1: none. */
int http_descriptor(struct MHD_Connection *conn);

/* The library's callbacks of one request: request line, headers and body, end.
 */
void *http_on_uri(void *cls, const char *uri, struct MHD_Connection *conn);
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *conn,
    const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_len, void **con_cls);
void http_on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
    enum MHD_RequestTerminationCode code);

#endif
