/* http.c - HTTP by libmicrohttpd, strictly.  Its only user. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/http.h"

#include "node/journal.h"
#include "node/listener.h"
#include "node/metrics.h"
#include "node/ops.h"
#include "node/service.h"
#include "proto/mem.h"
#include "proto/text.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define REQUEST_MAGIC 0x68747470u
#define STREAM_BLOCK 8192

struct http {
	struct service *service;
	struct MHD_Daemon *daemon;
	bool local;
	bool drained;
	int fd;
	char *cert;
	char *key;
	atomic_uint busy;
};

/* A suspended connection is resumed by exactly one side: whoever comes second
 * in this exchange. */
enum turn {
	TURN_RUNNING,
	TURN_SUSPENDED,
	TURN_WOKEN,
};

struct request {
	uint32_t magic;
	struct http *http;
	struct MHD_Connection *conn;
	struct ops_call call;
	struct buf body;
	_Atomic int turn;
	int64_t began_us;
	unsigned hosts, lengths, encodings, tokens;
	uint64_t length;
	bool begun;
	bool dispatched;
	bool close; /* after the answer */
	bool too_large;
	bool bad_header;
	size_t uri_len; /* as sent; may be over HTTP_URI_MAX */
	char uri[HTTP_URI_MAX];
	char method[16];
};

/* ---- answering ---- */

static void
add_header(struct MHD_Response *res, const char *name, const char *value)
{
	if (MHD_add_response_header(res, name, value) != MHD_YES)
		journal_warn("HTTP-HEADER", "name=%s not added", name);
}

static void
wake_stream(void *arg)
{
	struct request *r = arg;

	assert(r->magic == REQUEST_MAGIC);
	if (atomic_exchange(&r->turn, TURN_WOKEN) == TURN_SUSPENDED)
		MHD_resume_connection(r->conn);
}

/* Suspends unless somebody has woken us in between. */
static void
suspend(struct request *r)
{
	int expected = TURN_RUNNING;

	MHD_suspend_connection(r->conn);
	if (!atomic_compare_exchange_strong(
	        &r->turn, &expected, TURN_SUSPENDED))
		MHD_resume_connection(r->conn);
}

static ssize_t
read_stream(void *arg, uint64_t pos, char *out, size_t cap)
{
	struct request *r = arg;

	(void)pos;
	atomic_store(&r->turn, TURN_RUNNING);
	/* char and uint8_t alias. */
	size_t n = r->call.stream.read(r->call.stream.arg, (uint8_t *)out, cap);
	if (n == OPS_STREAM_END)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0)
		suspend(r);
	return (ssize_t)n;
}

static struct MHD_Response *
make_response(struct request *r)
{
	struct ops_call *c = &r->call;

	if (c->stream.read != NULL) {
		atomic_fetch_add(&r->http->busy, 1);
		metrics_add(r->http->service->metrics, METRICS_STREAMS, 1);
		c->stream.on_wake(c->stream.arg, wake_stream, r);
		return MHD_create_response_from_callback(
		    MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, r, NULL);
	}
	if (c->out.len == 0)
		return MHD_create_response_from_buffer(
		    0, NULL, MHD_RESPMEM_PERSISTENT);
	struct MHD_Response *res = MHD_create_response_from_buffer(
	    c->out.len, c->out.ptr, MHD_RESPMEM_MUST_FREE);
	if (res != NULL)
		buf_init(&c->out, OPS_REPLY_MAX); /* the response has it now */
	return res;
}

static enum MHD_Result
answer(struct request *r)
{
	struct ops_call *c = &r->call;
	struct service *s = r->http->service;

	ops_settle(c);
	struct MHD_Response *res = make_response(r);

	if (res == NULL)
		return MHD_NO;
	add_header(res, "Content-Type", c->type);
	add_header(res, "Cache-Control", c->cache ? c->cache : "no-store");
	add_header(res, "X-Content-Type-Options", "nosniff");
	if (c->allow[0] != '\0')
		add_header(res, "Allow", c->allow);
	if (c->location[0] != '\0')
		add_header(res, "Location", c->location);
	if (c->status == 401)
		add_header(
		    res, "WWW-Authenticate", "Bearer realm=\"lianfang\"");
	if (c->status == 503)
		add_header(res, "Retry-After", "1");
	if (r->close || !atomic_load(&s->serving))
		add_header(res, "Connection", "close");
	enum MHD_Result ok = MHD_queue_response(r->conn, c->status, res);
	MHD_destroy_response(res);
	metrics_request(s->metrics, c, service_now() - r->began_us);
	return ok;
}

static enum MHD_Result
refuse(struct request *r, unsigned status, const char *code, const char *text)
{
	struct err_why why;

	(void)err_fail(&why, ERR_MALFORMED, "%s", text);
	r->call.status = status;
	r->call.code = code;
	r->close = true;
	ops_fail(&r->call, status == 413 ? ERR_LIMIT : ERR_MALFORMED, &why);
	return answer(r);
}

/* ---- reading ---- */

static enum MHD_Result
take_header(
    void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *r = arg;

	(void)kind;
	if (value == NULL)
		value = "";
	if (strcasecmp(name, "Host") == 0) {
		r->hosts++;
		r->bad_header |= value[0] == '\0' && !r->http->local;
	} else if (strcasecmp(name, "Content-Length") == 0) {
		r->lengths++;
		if (text_u64_get(&r->length, bytes_str(value), UINT64_MAX,
		        NULL) != ERR_OK)
			r->bad_header = true;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		r->encodings++;
		r->bad_header |= strcasecmp(value, "chunked") != 0;
	} else if (strcasecmp(name, "Authorization") == 0) {
		r->tokens++;
		r->call.authorization = value;
	} else if (strcasecmp(name, "Content-Type") == 0) {
		r->call.content_type = value;
	} else if (strcasecmp(name, "Accept") == 0) {
		r->call.accept = value;
	} else if (strcasecmp(name, "Accept-Language") == 0) {
		r->call.language = value;
	} else if (strcasecmp(name, "Last-Event-ID") == 0) {
		r->call.last_event_id = value;
	}
	/* "Host : x" and a name with a blank are how requests are smuggled. */
	r->bad_header |= strpbrk(name, " \t") != NULL;
	return MHD_YES;
}

static void
split_uri(struct request *r)
{
	struct bytes uri = bytes_of(r->uri, r->uri_len);
	const uint8_t *mark = memchr(uri.ptr, '?', uri.len);
	size_t n = mark != NULL ? (size_t)(mark - uri.ptr) : uri.len;

	r->call.path = bytes_of(uri.ptr, n);
	if (mark != NULL)
		r->call.query = bytes_of(mark + 1, uri.len - n - 1);
}

static bool
peer_allowed(const struct request *r)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info != NULL && listener_peer_ok(info->connect_fd);
}

static void
call_done(struct ops_call *call)
{
	struct request *r = call->transport;

	assert(r->magic == REQUEST_MAGIC);
	atomic_fetch_sub(&r->http->busy, 1);
	metrics_add(r->http->service->metrics, METRICS_WAITING, -1);
	if (atomic_exchange(&r->turn, TURN_WOKEN) == TURN_SUSPENDED)
		MHD_resume_connection(r->conn);
}

/* Headers are there, the body is not yet. */
static enum MHD_Result
begin(struct request *r, const char *method, const char *version)
{
	r->begun = true;
	(void)snprintf(r->method, sizeof r->method, "%s", method);
	r->call.method = r->method;
	r->call.local = r->http->local;
	r->call.done = call_done;
	r->call.transport = r;
	(void)MHD_get_connection_values(
	    r->conn, MHD_HEADER_KIND, take_header, r);
	if (r->uri_len >= HTTP_URI_MAX)
		return refuse(r, 414, "uri_too_long", "path: over 2047 bytes");
	if (r->lengths > 1 || (r->lengths > 0 && r->encodings > 0))
		return refuse(r, 400, "ambiguous_length",
		    "one Content-Length or chunked, not both or several");
	if (r->bad_header || r->tokens > 1 || r->encodings > 1)
		return refuse(r, 400, "bad_header",
		    "a header is malformed or given twice");
	if (r->hosts > 1 || (r->hosts == 0 && strcmp(version, "HTTP/1.0") != 0))
		return refuse(r, 400, "bad_host", "send exactly one Host");
	if (r->length > OPS_BODY_MAX)
		return refuse(r, 413, "body_too_large",
		    "a request has at most 8 MiB; send several");
	if (r->call.local && !peer_allowed(r))
		return refuse(r, 403, "other_user",
		    "this socket serves the node's own user and root");
	split_uri(r);
	if (!ops_admit(&r->call)) {
		/* A body that nobody reads must not become a request. */
		r->close = r->length > 0 || r->encodings > 0;
		return answer(r);
	}
	buf_init(&r->body, OPS_BODY_MAX);
	if (r->length > 0 && r->length <= STREAM_BLOCK) {
		(void)buf_grow(&r->body, (size_t)r->length);
		buf_reset(&r->body);
	}
	return MHD_YES;
}

static enum MHD_Result
run(struct request *r)
{
	if (r->body.over)
		return refuse(r, 413, "body_too_large",
		    "a request has at most 8 MiB; send several");
	r->dispatched = true;
	r->call.body = buf_view(&r->body);
	/* Counted before: done may come before dispatch returns. */
	atomic_fetch_add(&r->http->busy, 1);
	metrics_add(r->http->service->metrics, METRICS_WAITING, 1);
	ops_dispatch(&r->call);
	if (r->call.waiting) {
		suspend(r);
		return MHD_YES;
	}
	atomic_fetch_sub(&r->http->busy, 1);
	metrics_add(r->http->service->metrics, METRICS_WAITING, -1);
	return answer(r);
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **con_cls)
{
	struct request *r = *con_cls;

	(void)cls;
	(void)url;
	assert(r != NULL && r->magic == REQUEST_MAGIC && r->conn == conn);
	if (!r->begun)
		return begin(r, method, version);
	if (*upload_len > 0) {
		buf_put(&r->body, upload, *upload_len);
		*upload_len = 0;
		return MHD_YES;
	}
	if (!r->dispatched)
		return run(r);
	return answer(r);
}

/* ---- life of a request ---- */

static void *
on_uri(void *cls, const char *uri, struct MHD_Connection *conn)
{
	struct http *h = cls;
	struct request *r = mem_alloc(1, sizeof *r);

	r->magic = REQUEST_MAGIC;
	r->http = h;
	r->conn = conn;
	r->began_us = service_now();
	r->uri_len = strlen(uri);
	if (r->uri_len < HTTP_URI_MAX)
		memcpy(r->uri, uri, r->uri_len);
	ops_call_init(&r->call, h->service);
	buf_init(&r->body, OPS_BODY_MAX);
	return r;
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
    enum MHD_RequestTerminationCode code)
{
	struct request *r = *con_cls;

	(void)cls;
	(void)conn;
	(void)code;
	if (r == NULL)
		return;
	assert(r->magic == REQUEST_MAGIC);
	if (r->call.stream.read != NULL) {
		r->call.stream.on_wake(r->call.stream.arg, NULL, NULL);
		atomic_fetch_sub(&r->http->busy, 1);
		metrics_add(r->http->service->metrics, METRICS_STREAMS, -1);
	}
	ops_call_clear(&r->call);
	buf_clear(&r->body);
	r->magic = 0;
	free(r);
	*con_cls = NULL;
}

static void
on_connection(void *cls, struct MHD_Connection *conn, void **socket_context,
    enum MHD_ConnectionNotificationCode code)
{
	struct http *h = cls;

	(void)conn;
	(void)socket_context;
	metrics_add(h->service->metrics, METRICS_CONNECTIONS,
	    code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
}

/* The raw path goes to ops.c, which decodes it strictly itself. */
static size_t
keep_escapes(void *cls, struct MHD_Connection *conn, char *s)
{
	(void)cls;
	(void)conn;
	return strlen(s);
}

static void log_library(void *cls, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
log_library(void *cls, const char *fmt, va_list ap)
{
	char line[256];

	(void)cls;
	(void)vsnprintf(line, sizeof line, fmt, ap);
	journal_debug("HTTP-LIBRARY", "text=\"%s\"", line);
}

/* ---- starting and stopping ---- */

#define HTTP_OPTIONS_MAX 24

static void
set_option(struct MHD_OptionItem *item, size_t *n, enum MHD_OPTION option,
    intptr_t value, void *ptr)
{
	assert(*n + 1 < HTTP_OPTIONS_MAX);
	item[(*n)++] = (struct MHD_OptionItem){option, value, ptr};
}

/* Function pointers travel through the option array as integers. */
#define OPTION_FN(fn) ((intptr_t)(fn))

static struct MHD_Daemon *
start_daemon(struct http *h, const struct http_options *opt)
{
	struct MHD_OptionItem item[HTTP_OPTIONS_MAX];
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	size_t n = 0;

	set_option(item, &n, MHD_OPTION_LISTEN_SOCKET, opt->fd, NULL);
	set_option(
	    item, &n, MHD_OPTION_NOTIFY_COMPLETED, OPTION_FN(on_completed), h);
	set_option(item, &n, MHD_OPTION_NOTIFY_CONNECTION,
	    OPTION_FN(on_connection), h);
	set_option(item, &n, MHD_OPTION_URI_LOG_CALLBACK, OPTION_FN(on_uri), h);
	set_option(item, &n, MHD_OPTION_UNESCAPE_CALLBACK,
	    OPTION_FN(keep_escapes), NULL);
	set_option(item, &n, MHD_OPTION_CONNECTION_LIMIT,
	    (intptr_t)opt->connections, NULL);
	/* One address that says nothing must leave room for the alarms of
	 * others. */
	set_option(item, &n, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    (intptr_t)(opt->connections - opt->connections / 4), NULL);
	set_option(item, &n, MHD_OPTION_CONNECTION_TIMEOUT,
	    (intptr_t)opt->idle_seconds, NULL);
	set_option(item, &n, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    HTTP_HEADER_MAX, NULL);
	set_option(
	    item, &n, MHD_OPTION_THREAD_STACK_SIZE, HTTP_STACK_BYTES, NULL);
	set_option(item, &n, MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
	if (opt->threads > 1)
		set_option(item, &n, MHD_OPTION_THREAD_POOL_SIZE,
		    (intptr_t)opt->threads, NULL);
	if (h->cert != NULL) {
		flags |= MHD_USE_TLS;
		set_option(item, &n, MHD_OPTION_HTTPS_MEM_CERT, 0, h->cert);
		set_option(item, &n, MHD_OPTION_HTTPS_MEM_KEY, 0, h->key);
		/* Not modified by the library. */
		static char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
		set_option(
		    item, &n, MHD_OPTION_HTTPS_PRIORITIES, 0, priorities);
	}
	item[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, h,
	    MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_ARRAY,
	    item, MHD_OPTION_END);
}

enum err
http_start(
    struct http **out, const struct http_options *opt, struct err_why *why)
{
	struct http *h = mem_alloc(1, sizeof *h);

	h->service = opt->service;
	h->local = opt->local;
	h->fd = -1;
	if (opt->cert != NULL) {
		h->cert = mem_strdup(opt->cert);
		h->key = mem_strdup(opt->key);
	}
	h->daemon = start_daemon(h, opt);
	if (h->daemon == NULL) {
		(void)close(opt->fd);
		http_stop(h);
		return err_fail(why, ERR_IO,
		    opt->cert != NULL
		        ? "cannot start HTTPS: check that tls_certificate "
		          "and tls_key are PEM and belong together"
		        : "cannot start the HTTP threads");
	}
	*out = h;
	return ERR_OK;
}

void
http_drain(struct http *h)
{
	if (h == NULL || h->drained)
		return;
	h->drained = true;
	h->fd = MHD_quiesce_daemon(h->daemon);
}

unsigned
http_busy(const struct http *h)
{
	return h != NULL ? atomic_load(&h->busy) : 0;
}

void
http_stop(struct http *h)
{
	if (h == NULL)
		return;
	if (h->daemon != NULL)
		MHD_stop_daemon(h->daemon);
	if (h->fd >= 0)
		(void)close(h->fd);
	free(h->cert);
	if (h->key != NULL)
		explicit_bzero(h->key, strlen(h->key));
	free(h->key);
	free(h);
}
