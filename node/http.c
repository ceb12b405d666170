/* http.c - one HTTP request, from its first line to its last byte. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/http.h"

#include "node/http_head.h"
#include "node/http_state.h"
#include "node/journal.h"
#include "node/listener.h"
#include "node/metrics.h"
#include "node/ops.h"
#include "proto/mem.h"
#include "proto/zh.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REQUEST_MAGIC 0x68747470u
#define STREAM_BLOCK 8192
/* Answers over this are sent in blocks, so that a slow reader is seen. */
#define WHOLE_MAX 65536u
#define BLOCK 32768
#define GROW_BYTES (256u << 10) /* a chunked body is counted in steps */
#define SWALLOW_MAX 65536u /* of a body that is refused; above: closed */

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
	struct conns_item *item;
	struct ops_call call;
	struct http_head head;
	struct door_pass pass;
	enum door door;
	struct lane_job job;
	atomic_int left; /* who must be through before the answer: handler,
	                  * committer */
	struct buf body;
	uint64_t got; /* bytes of the body, kept or not */
	_Atomic int turn;
	int64_t began_us;
	bool begun;
	bool dispatched;
	bool close; /* after the answer */
	bool too_large;
	bool sent_away; /* at a door; the body is swallowed */
	size_t uri_len; /* as sent; may be over HTTP_HEAD_URI_MAX */
	char uri[HTTP_HEAD_URI_MAX];
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

static ssize_t
read_block(void *arg, uint64_t pos, char *out, size_t cap)
{
	struct request *r = arg;
	const struct buf *all = &r->call.out;
	size_t n = all->len - (size_t)pos;

	n = n < cap ? n : cap;
	memcpy(out, all->ptr + pos, n);
	conns_moved(r->item, pos);
	return (ssize_t)n;
}

/* A stream or a large answer stays with us until it was read. */
static void
check_reply(struct request *r)
{
	struct ops_call *c = &r->call;
	struct err_why why = {.text = ""};
	enum err e = ERR_OK;

	if (r->http->doors == NULL)
		return;
	if (c->stream.read != NULL)
		e = doors_enter(
		    r->http->doors, DOOR_STREAM, c, 1, &r->pass, &why);
	/* What answers a write is bounded by what was let in. */
	else if (c->out.len > WHOLE_MAX && r->door != DOOR_WRITE &&
	    r->door != DOOR_BULK)
		e = doors_enter(
		    r->http->doors, DOOR_REPLY, c, c->out.len, &r->pass, &why);
	if (e != ERR_OK)
		ops_fail(c, e, &why);
}

static struct MHD_Response *
make_response(struct request *r)
{
	struct ops_call *c = &r->call;

	conns_enter(r->item, c->stream.read != NULL ? CONNS_STREAM : CONNS_SEND,
	    http_now_ms());
	if (c->stream.read != NULL) {
		atomic_fetch_add(&r->http->busy, 1);
		metrics_add(r->http->service->metrics, METRICS_STREAMS, 1);
		c->stream.on_wake(c->stream.arg, wake_stream, r);
		return MHD_create_response_from_callback(
		    MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, r, NULL);
	}
	if (c->out.len > WHOLE_MAX)
		return MHD_create_response_from_callback(
		    c->out.len, BLOCK, read_block, r, NULL);
	if (c->out.len == 0)
		return MHD_create_response_from_buffer(
		    0, NULL, MHD_RESPMEM_PERSISTENT);
	struct MHD_Response *res = MHD_create_response_from_buffer(
	    c->out.len, c->out.ptr, MHD_RESPMEM_MUST_FREE);
	if (res != NULL)
		buf_init(&c->out, OPS_REPLY_MAX); /* the response has it now */
	return res;
}

static void
add_number(struct MHD_Response *res, const char *name, unsigned value)
{
	char text[16];

	(void)snprintf(text, sizeof text, "%u", value);
	add_header(res, name, text);
}

static enum MHD_Result
answer(struct request *r)
{
	struct ops_call *c = &r->call;
	struct service *s = r->http->service;

	ops_settle(c);
	check_reply(r);
	struct MHD_Response *res = make_response(r);

	if (res == NULL)
		return MHD_NO;
	add_header(res, "Content-Type", c->type);
	add_header(res, "Cache-Control", c->cache ? c->cache : "no-store");
	add_header(res, "X-Content-Type-Options", "nosniff");
	if (c->tag[0] != '\0')
		add_header(res, "ETag", c->tag);
	if (c->allow[0] != '\0')
		add_header(res, "Allow", c->allow);
	if (c->location[0] != '\0')
		add_header(res, "Location", c->location);
	if (c->status == 401)
		add_header(
		    res, "WWW-Authenticate", "Bearer realm=\"lianfang\"");
	if (c->status == 503 || c->status == 429)
		add_number(res, "Retry-After", c->retry_s > 0 ? c->retry_s : 1);
	if (r->close || !atomic_load(&s->serving))
		add_header(res, "Connection", "close");
	enum MHD_Result ok = MHD_queue_response(r->conn, c->status, res);
	MHD_destroy_response(res);
	metrics_request(s->metrics, c, service_now() - r->began_us);
	return ok;
}

static enum MHD_Result
refuse(struct request *r, const struct http_fault *f)
{
	struct err_why why;

	(void)err_plain(&why, ERR_MALFORMED, f->text);
	r->call.status = f->status;
	r->call.code = f->code;
	r->close = true;
	ops_fail(&r->call, f->status == 413 ? ERR_LIMIT : ERR_MALFORMED, &why);
	return answer(r);
}

/* ---- reading ---- */

static enum MHD_Result
take_header(
    void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *r = arg;

	(void)kind;
	http_head_take(&r->head, &r->call, name, value);
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

int
http_descriptor(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info != NULL ? info->connect_fd : -1;
}

/* ---- who is through ---- */

static void
wake(struct request *r)
{
	struct metrics *m = r->http->service->metrics;

	atomic_fetch_sub(&r->http->busy, 1);
	metrics_add(m, METRICS_WAITING, -1);
	if (r->door == DOOR_BULK || r->door == DOOR_QUERY)
		metrics_add(
		    m, r->door == DOOR_BULK ? METRICS_BULK : METRICS_QUERY, -1);
	if (atomic_exchange(&r->turn, TURN_WOKEN) == TURN_SUSPENDED)
		MHD_resume_connection(r->conn);
}

static struct lane *
lane_of(const struct request *r)
{
	return r->door == DOOR_BULK ? r->http->bulk
	    : r->door == DOOR_QUERY ? r->http->query
	                            : NULL;
}

static void
settle_in_lane(void *arg)
{
	struct request *r = arg;

	ops_settle(&r->call);
	wake(r);
}

/* `n` of those who must be through are. */
static void
through(struct request *r, int n)
{
	struct lane *lane = lane_of(r);

	if (atomic_fetch_sub(&r->left, n) != n)
		return;
	/* A thousand receipts are no work for the transport's thread. */
	if (lane != NULL && r->call.complete != NULL) {
		r->job.run = settle_in_lane;
		lane_put(lane, &r->job);
		return;
	}
	wake(r);
}

static void
call_done(struct ops_call *call)
{
	struct request *r = call->transport;

	assert(r->magic == REQUEST_MAGIC);
	through(r, 1);
}

static void
dispatch_in_lane(void *arg)
{
	struct request *r = arg;

	ops_dispatch(&r->call);
	/* Until this thread is through the call is not answered. */
	through(r, r->call.waiting ? 1 : 2);
}

/* ---- one request ---- */

/* Is there room?  Refusing here costs neither a body nor a parse. */
static enum MHD_Result
enter(struct request *r)
{
	struct ops_call *c = &r->call;
	struct err_why why = {.text = ""};
	uint64_t cost = 1;

	r->door = doors_of(c, r->head.length);
	if (r->http->doors == NULL || r->door == DOORS) {
		r->door = DOORS;
		return MHD_YES;
	}
	conns_known(r->item);
	if (r->door == DOOR_BULK)
		cost = r->head.length;
	enum err e =
	    doors_enter(r->http->doors, r->door, c, cost, &r->pass, &why);
	if (e == ERR_OK)
		return MHD_YES;
	ops_fail(c, e, &why);
	r->sent_away = http_head_body(&r->head);
	/* Who sends again at once needs no new connection for it. */
	if (r->sent_away && r->head.encodings == 0 &&
	    r->head.length <= SWALLOW_MAX)
		return MHD_YES;
	r->close = r->sent_away;
	return answer(r);
}

/* Headers are there, the body is not yet. */
static enum MHD_Result
begin(struct request *r, const char *method, const char *version)
{
	static const struct http_fault other_user = {403, "other_user",
	    ZH("this socket serves the node's own user and root")};
	const struct http_fault *fault;

	r->begun = true;
	(void)snprintf(r->method, sizeof r->method, "%s", method);
	r->call.method = r->method;
	r->call.local = r->http->local;
	r->call.done = call_done;
	r->call.transport = r;
	(void)MHD_get_connection_values(
	    r->conn, MHD_HEADER_KIND, take_header, r);
	fault = http_head_judge(&r->head, r->uri_len, version, r->call.local);
	if (fault == NULL && r->call.local &&
	    !listener_peer_ok(http_descriptor(r->conn)))
		fault = &other_user;
	if (fault != NULL)
		return refuse(r, fault);
	split_uri(r);
	if (!ops_admit(&r->call)) {
		/* A body that nobody reads must not become a request. */
		r->close = http_head_body(&r->head);
		return answer(r);
	}
	conns_enter(r->item, CONNS_BODY, http_now_ms());
	buf_init(&r->body, OPS_BODY_MAX);
	if (r->head.length > 0 && r->head.length <= STREAM_BLOCK) {
		(void)buf_grow(&r->body, (size_t)r->head.length);
		buf_reset(&r->body);
	}
	return enter(r);
}

/* What cannot be said by the library while a body comes. */
static enum MHD_Result
break_off(struct request *r, unsigned status)
{
	const char *text = http_head_last_words(status);

	if (r->http->cert == NULL)
		(void)send(http_descriptor(r->conn), text, strlen(text),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	return MHD_NO;
}

/* A body without an announced length is counted as it comes. */
static bool
grow(struct request *r)
{
	struct doors *d = r->http->doors;

	if (r->door == DOOR_WRITE && r->body.len > DOOR_BULK_BYTES) {
		doors_leave(d, DOOR_WRITE, &r->pass);
		r->door = DOOR_BULK;
	}
	while (r->door == DOOR_BULK && r->pass.cost[DOOR_BULK] < r->body.len)
		if (doors_enter(d, DOOR_BULK, &r->call, GROW_BYTES, &r->pass,
		        NULL) != ERR_OK)
			return false;
	return true;
}

static enum MHD_Result
take_body(struct request *r, const char *part, size_t len)
{
	r->got += len;
	conns_moved(r->item, r->got);
	if (r->sent_away)
		return MHD_YES;
	if (r->too_large)
		return r->got <= 2 * OPS_BODY_MAX ? MHD_YES : break_off(r, 413);
	buf_put(&r->body, part, len);
	if (r->body.over) {
		r->too_large = true;
		buf_clear(&r->body);
		return MHD_YES;
	}
	return grow(r) ? MHD_YES : break_off(r, r->call.status);
}

static enum MHD_Result
run(struct request *r)
{
	struct metrics *m = r->http->service->metrics;
	struct lane *lane = lane_of(r);

	if (r->sent_away)
		return answer(r);
	if (r->too_large)
		return refuse(r, http_head_too_large());
	r->dispatched = true;
	r->call.body = buf_view(&r->body);
	conns_enter(r->item, CONNS_RUN, http_now_ms());
	/* Counted before: done may come before dispatch returns. */
	atomic_fetch_add(&r->http->busy, 1);
	metrics_add(m, METRICS_WAITING, 1);
	atomic_init(&r->left, lane != NULL ? 2 : 1);
	if (lane != NULL) {
		metrics_add(
		    m, r->door == DOOR_BULK ? METRICS_BULK : METRICS_QUERY, 1);
		r->job.run = dispatch_in_lane;
		r->job.arg = r;
		lane_put(lane, &r->job);
	} else {
		ops_dispatch(&r->call);
	}
	if (lane != NULL || r->call.waiting) {
		suspend(r);
		return MHD_YES;
	}
	atomic_fetch_sub(&r->http->busy, 1);
	metrics_add(m, METRICS_WAITING, -1);
	return answer(r);
}

enum MHD_Result
http_on_request(void *cls, struct MHD_Connection *conn, const char *url,
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
		size_t len = *upload_len;

		*upload_len = 0;
		return take_body(r, upload, len);
	}
	if (!r->dispatched)
		return run(r);
	return answer(r);
}

/* ---- life of a request ---- */

static struct conns_item *
item_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	assert(info != NULL && info->socket_context != NULL);
	return info->socket_context;
}

void *
http_on_uri(void *cls, const char *uri, struct MHD_Connection *conn)
{
	struct http *h = cls;
	struct request *r = mem_alloc(1, sizeof *r);
	char *query = strchr(uri, '?');

	r->magic = REQUEST_MAGIC;
	r->http = h;
	r->conn = conn;
	r->item = item_of(conn);
	r->door = DOORS;
	r->began_us = service_now();
	r->uri_len = strlen(uri);
	if (r->uri_len < HTTP_HEAD_URI_MAX)
		memcpy(r->uri, uri, r->uri_len);
	/* The library would now copy every parameter into the connection's
	 * memory, and give no answer at all when there are too many.  What it
	 * shows us is its own buffer: behind the question mark nothing is
	 * left to copy.  params.c reads our copy. */
	if (query != NULL)
		query[1] = '\0';
	ops_call_init(&r->call, h->service);
	buf_init(&r->body, OPS_BODY_MAX);
	conns_enter(r->item, CONNS_HEAD, http_now_ms());
	return r;
}

void
http_on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
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
	if (r->http->doors != NULL)
		doors_leave_all(r->http->doors, &r->pass);
	conns_enter(r->item, CONNS_IDLE, http_now_ms());
	ops_call_clear(&r->call);
	buf_clear(&r->body);
	r->magic = 0;
	free(r);
	*con_cls = NULL;
}
