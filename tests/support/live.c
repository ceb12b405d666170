/* live.c - a whole node in this process, in a directory of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/live.h"

#include "config.pb-c.h"
#include "node/feed.h"
#include "node/http.h"
#include "node/listener.h"
#include "node/site.h"
#include "proto/crypto.h"
#include "proto/json.h"
#include "proto/slice.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX (1u << 20)
#define WAIT_MS 10000

static void
must(enum err e, const struct err_why *why)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "live: %s: %s\n", err_name(e), why->text);
	abort();
}

static void
open_service(struct live *l)
{
	struct err_why why = {.text = ""};

	must(service_open(&l->service, l->dir, &why), &why);
}

void
live_open(struct live *l, const char *extra)
{
	char folder[TEMP_PATH_BYTES];
	char path[TEMP_PATH_BYTES];
	char yaml[1024];
	struct err_why why = {.text = ""};

	memset(l, 0, sizeof *l);
	temp_make(folder);
	crypto_start();
	temp_path(l->dir, folder, "node");
	struct site_setup setup = {
	    .dir = l->dir, .name = "plant-a.acme.example", .role = SITE_PLANT};
	must(site_init(&setup, &why), &why);
	int n = snprintf(yaml, sizeof yaml,
	    "name: plant-a.acme.example\nrole: PLANT\nlog_level: ERROR\n%s",
	    extra != NULL ? extra : "");
	temp_path(path, l->dir, "node.yaml");
	temp_write(path, yaml, (size_t)n);
	open_service(l);
}

static void
close_service(struct live *l)
{
	if (l->http != NULL) {
		feed_end(l->service->feed);
		while (http_busy(l->http) > 0) {
			struct timespec ms = {0, 1000000};
			(void)nanosleep(&ms, NULL);
		}
		http_stop(l->http);
	}
	l->http = NULL;
	service_close(l->service);
	l->service = NULL;
}

void
live_reopen(struct live *l)
{
	bool served = l->http != NULL;

	close_service(l);
	open_service(l);
	if (served)
		live_serve(l);
}

void
live_close(struct live *l)
{
	char *slash = strrchr(l->dir, '/');

	close_service(l);
	*slash = '\0';
	temp_remove(l->dir);
}

void
live_serve(struct live *l)
{
	struct http_options opt = {.service = l->service,
	    .threads = 2,
	    .connections = 128,
	    .per_address = 128,
	    .idle_seconds = 20,
	    .slow_seconds = 20};
	struct err_why why = {.text = ""};

	must(listener_tcp("127.0.0.1:0", &opt.fd, l->service->http,
	         sizeof l->service->http, &why),
	    &why);
	l->port =
	    (unsigned)strtoul(strrchr(l->service->http, ':') + 1, NULL, 10);
	must(http_start(&l->http, &opt, &why), &why);
}

void
live_call(struct live *l, enum live_who who, const char *method,
    const char *target, const char *body, struct ops_call *out)
{
	char header[96];
	size_t n = strcspn(target, "?");

	ops_call_init(out, l->service);
	out->method = method;
	out->path = bytes_of(target, n);
	if (target[n] == '?')
		out->query = bytes_str(target + n + 1);
	out->body = body != NULL ? bytes_str(body) : bytes_of("", 0);
	out->local = who == LIVE_LOCAL;
	(void)snprintf(header, sizeof header, "Bearer %s", l->token);
	if (who == LIVE_TOKEN)
		out->authorization = header;
	ops_call_wait(out);
	out->authorization = NULL;
}

void
live_token(struct live *l, const char *role, const char *area)
{
	struct ops_call call;
	char body[256];
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};

	(void)snprintf(body, sizeof body, "{\"role\":\"%s\"%s%s%s}", role,
	    area != NULL ? ",\"areas\":[\"" : "", area != NULL ? area : "",
	    area != NULL ? "\"]" : "");
	live_call(l, LIVE_LOCAL, "POST", "/v1/tokens", body, &call);
	must(json_decode(
	         &msg, &config__token__descriptor, buf_view(&call.out), &why),
	    &why);
	const Config__Token *t = (const Config__Token *)(void *)msg;
	(void)snprintf(l->token, sizeof l->token, "%s",
	    t->secret != NULL ? t->secret : "");
	slice_free(msg);
	ops_call_clear(&call);
}

static int
dial(unsigned port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
	} a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(&a, 0, sizeof a);
	a.in.sin_family = AF_INET;
	a.in.sin_port = htons((uint16_t)port);
	a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, &a.any, sizeof a.in) != 0)
		abort();
	return fd;
}

char *
live_raw(struct live *l, const char *request, size_t len, const char *until)
{
	char *out = calloc(ANSWER_MAX + 1, 1);
	size_t got = 0;
	int fd = dial(l->port);

	if (out == NULL)
		abort();
	for (size_t sent = 0; sent < len;) {
		ssize_t n = send(fd, request + sent, len - sent, MSG_NOSIGNAL);
		if (n <= 0)
			break; /* refused early: the answer says why */
		sent += (size_t)n;
	}
	while (got < ANSWER_MAX) {
		struct pollfd p = {fd, POLLIN, 0};
		if (poll(&p, 1, WAIT_MS) <= 0)
			break;
		ssize_t n = recv(fd, out + got, ANSWER_MAX - got, 0);
		if (n <= 0)
			break;
		got += (size_t)n;
		if (until != NULL && strstr(out, until) != NULL)
			break;
	}
	(void)close(fd);
	return out;
}
