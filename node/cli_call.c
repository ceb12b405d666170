/* cli_call.c - asks the node: through its socket, or in its stead. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"

#include "api.pb-c.h"
#include "node/cli_wrap.h"
#include "node/ops.h"
#include "node/service.h"
#include "node/site.h"
#include "node/timekeep.h"
#include "proto/clock.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#define BUSY_US (INT64_C(10) * 1000 * 1000) /* for a daemon to listen */
#define PATIENCE_S 600 /* in all, with a node that is full or in doubt */
#define RETRY_MAX_S 30 /* at a time: it may come round sooner */
#define TIMEOUT_SECONDS 600L /* a bundle of a year takes a while */

struct cli_call {
	CURL *curl; /* NULL: this process is the node */
	struct service *service; /* NULL: the daemon is asked */
	unsigned retry_s; /* Retry-After of the last answer; 0: none */
	bool writes; /* standing in: its start is in the ledger */
	const char *dir; /* borrowed from the command line */
	char socket[SERVICE_DIR_MAX + 16];
};

/* True when somebody listens there. */
static bool
answers(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd;
	int rc;

	if (strlen(path) >= sizeof(a.sun_path))
		return false;
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	rc = connect(fd, (const struct sockaddr *)&a, sizeof(a));
	(void)close(fd);
	return rc == 0;
}

/*
 * Asks the daemon, or opens the node when there is none.  Between taking the
 * lock and listening, and while it drains, a daemon is neither: wait for it.
 */
static enum err
find_node(struct cli_call *c, const char *dir, struct err_why *why)
{
	const struct timespec nap = {.tv_nsec = 50 * 1000 * 1000};
	const struct clock *clock = clock_system();
	int64_t until_us = clock_boot_us(clock) + BUSY_US;
	enum err e;

	for (;;) {
		if (answers(c->socket)) {
			c->curl = curl_easy_init();
			return c->curl != NULL
			    ? ERR_OK
			    : err_fail(why, ERR_IO, "libcurl does not start");
		}
		e = service_open(&c->service, dir, why);
		if (e != ERR_BUSY)
			return e;
		/* It may have tables to fold, or be a long command. */
		if (clock_boot_us(clock) >= until_us)
			return err_wrap(why, e,
			    "no answer in 10 s; while it starts, try again");
		(void)nanosleep(&nap, NULL);
	}
}

struct cli_call *
cli_call_open(const struct cli *cli, int *status)
{
	struct cli_call *c = mem_alloc(1, sizeof(*c));
	struct err_why why = {.text = ""};
	enum err e;

	c->dir = cli->dir;
	(void)snprintf(c->socket, sizeof(c->socket), "%s/node.sock", cli->dir);
	e = find_node(c, cli->dir, &why);
	if (e != ERR_OK) {
		*status = cli_fail(cli, e, &why);
		free(c);
		return NULL;
	}
	return c;
}

void
cli_call_close(struct cli_call *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	service_close(c->service);
	free(c);
}

static size_t
collect(char *data, size_t size, size_t n, void *arg)
{
	struct buf *out = arg;

	buf_put(out, data, size * n);
	return out->over ? 0 : size * n;
}

static enum err
by_socket(struct cli_call *c, const struct cli_call_request *req,
    struct buf *out, long *status, struct err_why *why)
{
	struct curl_slist *headers = NULL;
	curl_off_t retry_s = 0;
	char url[4096];
	char type[128];
	CURLcode rc;

	(void)snprintf(url, sizeof(url), "http://node%s", req->path);
	(void)snprintf(type, sizeof(type), "Content-Type: %s",
	    req->type != NULL ? req->type : "application/json");
	headers = curl_slist_append(headers, type);
	headers = curl_slist_append(headers,
	    cli_args_chinese() ? "Accept-Language: zh" : "Accept-Language: en");
	headers = curl_slist_append(headers, "Expect:");
	curl_easy_reset(c->curl);
	(void)curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, c->socket);
	(void)curl_easy_setopt(c->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, collect);
	(void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, out);
	(void)curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, TIMEOUT_SECONDS);
	if (strcmp(req->method, "GET") != 0) {
		(void)curl_easy_setopt(
		    c->curl, CURLOPT_CUSTOMREQUEST, req->method);
		(void)curl_easy_setopt(
		    c->curl, CURLOPT_POSTFIELDSIZE, (long)req->body.len);
		(void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS,
		    req->body.len > 0 ? (const char *)req->body.ptr : "");
	}
	rc = curl_easy_perform(c->curl);
	curl_slist_free_all(headers);
	if (rc != CURLE_OK)
		return err_fail(
		    why, ERR_IO, "%s: %s", c->socket, curl_easy_strerror(rc));
	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, status);
	(void)curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER, &retry_s);
	c->retry_s = retry_s > 0 && retry_s < RETRY_MAX_S ? (unsigned)retry_s
	    : retry_s > 0                                 ? RETRY_MAX_S
	                                                  : 0;
	return ERR_OK;
}

static enum err
by_itself(struct cli_call *c, const struct cli_call_request *req,
    struct buf *out, long *status, struct err_why *why)
{
	struct ops_call *call;
	const char *mark = strchr(req->path, '?');
	size_t len =
	    mark != NULL ? (size_t)(mark - req->path) : strlen(req->path);
	enum err e;

	/* After a long stop recorded time would lag behind what is written. */
	if (!c->writes && strcmp(req->method, "GET") != 0) {
		e = c->service->site->doubt == 0
		    ? timekeep_start(c->service->time, "lianfang", why)
		    : ERR_OK;
		if (e != ERR_OK)
			return e;
		c->writes = true;
	}
	call = mem_alloc(1, sizeof(*call));
	ops_call_init(call, c->service);
	call->method = req->method;
	call->path = bytes_of(req->path, len);
	if (mark != NULL)
		call->query = bytes_str(mark + 1);
	call->content_type = req->type != NULL ? req->type : "application/json";
	call->language = cli_args_chinese() ? "zh" : "en";
	call->body = req->body;
	call->local = true;
	ops_call_wait(call);
	*status = (long)call->status;
	buf_bytes(out, buf_view(&call->out));
	ops_call_clear(call);
	free(call);
	return ERR_OK;
}

/* What the decision behind a refusal found, a line each. */
static void
put_reasons(struct buf *out, const Api__Problem *p, bool zh)
{
	for (size_t i = 0; i < p->n_reasons; i++) {
		const Api__Reason *r = p->reasons[i];
		const char *said =
		    zh && r->text_zh != NULL ? r->text_zh : r->text;

		buf_str(out, "\n  - ");
		cli_wrap_plain(out, said != NULL ? said : "");
		buf_printf(out, " (%s", r->code != NULL ? r->code : "?");
		if (r->clause != NULL && r->clause[0] != '\0')
			buf_printf(out, ", %s", r->clause);
		buf_u8(out, ')');
	}
}

/* Turns a problem document into text that says what to do next. */
static enum err
explain(const struct buf *body, long status, struct err_why *why)
{
	bool zh = cli_args_chinese();
	ProtobufCMessage *msg = NULL;
	const Api__Problem *p;
	const char *detail;
	const char *fix;
	struct buf text;
	enum err e;

	if (json_decode(&msg, &api__problem__descriptor, buf_view(body),
	        NULL) != ERR_OK)
		return err_fail(
		    why, ERR_REFUSED, "the node answers %ld", status);
	p = (const Api__Problem *)msg;
	detail = zh && p->detail_zh != NULL ? p->detail_zh : p->detail;
	fix = zh && p->fix_zh != NULL ? p->fix_zh : p->fix;
	buf_init(&text, ERR_WHY_BYTES * 4);
	if (detail == NULL)
		detail = p->title;
	cli_wrap_plain(&text, detail != NULL ? detail : "");
	buf_printf(&text, " (%s", p->code != NULL ? p->code : "?");
	if (p->path != NULL &&
	    (detail == NULL || strstr(detail, p->path) == NULL)) {
		buf_str(&text, ", ");
		cli_wrap_plain(&text, p->path);
	}
	if (p->clause != NULL)
		buf_printf(&text, ", %s", p->clause);
	buf_u8(&text, ')');
	if (p->missing != NULL) {
		buf_str(&text, ": ");
		cli_wrap_plain(&text, p->missing);
	}
	if (fix != NULL)
		buf_printf(&text, "\n  -> %s", fix);
	for (size_t i = 0; i < p->n_who; i++) {
		buf_str(&text, i == 0 ? " (" : ", ");
		cli_wrap_plain(&text, p->who[i]);
	}
	if (p->n_who > 0)
		buf_u8(&text, ')');
	put_reasons(&text, p, zh);
	e = err_both(why, ERR_REFUSED, buf_cstr(&text), buf_cstr(&text));
	buf_clear(&text);
	slice_free(msg);
	return e;
}

/* ERR_OK with the status, whoever answered. */
static enum err
ask(struct cli_call *c, const struct cli_call_request *req, struct buf *out,
    long *status, struct err_why *why)
{
	buf_reset(out);
	if (c->curl != NULL)
		return by_socket(c, req, out, status, why);
	return by_itself(c, req, out, status, why);
}

enum err
cli_call_send(struct cli_call *c, const struct cli_call_request *req,
    struct buf *out, struct err_why *why)
{
	long status = 0;
	enum err e;

	e = ask(c, req, out, &status, why);
	if (e == ERR_IO && c->curl != NULL && strcmp(req->method, "GET") == 0) {
		/* It was just ending: ask whoever comes after it.  What
		 * writes is not repeated, it may have been heard. */
		curl_easy_cleanup(c->curl);
		c->curl = NULL;
		e = find_node(c, c->dir, why);
		if (e == ERR_OK)
			e = ask(c, req, out, &status, why);
	}
	if (e != ERR_OK)
		return e;
	if (status < 200 || status > 299)
		return explain(out, status, why);
	return buf_ok(out, why);
}

/* A line where nobody sees the bar move. */
static void
say_waiting(const struct cli *cli, unsigned waited_s, const struct err_why *why)
{
	if (cli->progress)
		cli_out_progress(cli,
		    CLI_ARGS_SAY("waiting for the node, s", "等待节点，秒"),
		    waited_s, 0);
	else if (waited_s == 0)
		(void)fprintf(stderr,
		    CLI_ARGS_SAY("waiting for the node, up to %d s: %s\n",
		        "等待节点，最长 %d 秒：%s\n"),
		    PATIENCE_S, cli_args_why(why));
}

/* Not recorded now, but it may be later without anybody's doing?  A node that
 * stands in, or that has halted, does not come round. */
static bool
comes_round(const struct cli_call *c, long status, struct buf *out)
{
	return c->curl != NULL && c->retry_s > 0 &&
	    (status == 429 || status == 503) &&
	    strstr(buf_cstr(out), "\"NODE_HALTED\"") == NULL;
}

enum err
cli_call_patient(const struct cli *cli, struct cli_call *c,
    const struct cli_call_request *req, struct buf *out, struct err_why *why)
{
	unsigned waited_s = 0;
	long status = 0;
	enum err e;

	for (;;) {
		e = ask(c, req, out, &status, why);
		if (e != ERR_OK || (status >= 200 && status <= 299))
			return e == ERR_OK ? buf_ok(out, why) : e;
		e = explain(out, status, why);
		if (!comes_round(c, status, out))
			return e;
		if (waited_s >= PATIENCE_S)
			return err_wrap(why, e,
			    "the node did not come round in %d s; give the "
			    "same command again later, it goes on here",
			    PATIENCE_S);
		say_waiting(cli, waited_s, why);
		(void)nanosleep(
		    &(struct timespec){.tv_sec = (time_t)c->retry_s}, NULL);
		waited_s += c->retry_s;
	}
}

int
cli_call_message(const struct cli *cli, const char *method, const char *path,
    const ProtobufCMessage *body, const ProtobufCMessageDescriptor *desc,
    ProtobufCMessage **out)
{
	struct err_why why = {.text = ""};
	struct cli_call *c;
	struct buf text;
	struct buf reply;
	int status = CLI_OK;
	enum err e;

	c = cli_call_open(cli, &status);
	if (c == NULL)
		return status;
	buf_init(&text, OPS_BODY_MAX);
	buf_init(&reply, OPS_REPLY_MAX);
	if (body != NULL)
		json_encode(&text, body, 0);
	e = cli_call_send(c,
	    &(struct cli_call_request){
	        .method = method, .path = path, .body = buf_view(&text)},
	    &reply, &why);
	if (e == ERR_OK && out != NULL)
		e = json_decode(out, desc, buf_view(&reply), &why);
	if (e != ERR_OK)
		status = cli_fail(cli, e, &why);
	buf_wipe(&text);
	buf_wipe(&reply);
	cli_call_close(c);
	return status;
}

int
cli_call_show(const struct cli *cli, const char *method, const char *path,
    const ProtobufCMessage *body, const ProtobufCMessageDescriptor *desc,
    const struct cli_out_view *view)
{
	ProtobufCMessage *msg = NULL;
	int status = cli_call_message(cli, method, path, body, desc, &msg);

	if (status == CLI_OK)
		cli_out_answer(cli, msg, view);
	slice_free(msg);
	return status;
}

void
cli_call_query(struct buf *path, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_u8(path, memchr(path->ptr, '?', path->len) != NULL ? '&' : '?');
	buf_printf(path, "%s=", name);
	for (; *value != '\0'; value++) {
		unsigned char ch = (unsigned char)*value;

		if (isalnum(ch) || strchr("-._~", ch) != NULL)
			buf_u8(path, ch);
		else
			buf_printf(path, "%%%02X", ch);
	}
}
