/* http_serve.c - HTTP by libmicrohttpd: sockets, threads, start and stop. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/commit.h"
#include "node/http_state.h"
#include "node/journal.h"
#include "node/listener.h"
#include "node/metrics.h"
#include "node/ops.h"
#include "node/site.h"
#include "proto/clock.h"
#include "proto/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BULK_NICE 2
#define QUERY_NICE 4

int64_t
http_now_ms(void)
{
	return clock_boot_us(clock_system()) / 1000;
}

/* ---- connections ---- */

static void
on_connection(void *cls, struct MHD_Connection *conn, void **socket_context,
    enum MHD_ConnectionNotificationCode code)
{
	struct http *h = cls;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(
		    conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
		metrics_add(h->service->metrics, METRICS_CONNECTIONS, 1);
		*socket_context = conns_add(h->conns, http_descriptor(conn),
		    listener_peer(info != NULL ? info->client_addr : NULL),
		    http_now_ms());
		return;
	}
	metrics_add(h->service->metrics, METRICS_CONNECTIONS, -1);
	conns_remove(h->conns, *socket_context);
	*socket_context = NULL;
}

static void
shut_connection(void *arg, int fd, enum conns_end why)
{
	struct http *h = arg;

	metrics_closed(h->service->metrics, why);
	(void)shutdown(fd, SHUT_RDWR);
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
	/* Not epoll: when just a multiple of 128 events is there, the library
	 * waits for yet another before it looks at the first of them (0.9.75,
	 * MHD_epoll), and all answers of that thread wait with it. */
	unsigned flags = MHD_USE_POLL_INTERNAL_THREAD |
	    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	size_t n = 0;

	set_option(item, &n, MHD_OPTION_LISTEN_SOCKET, opt->fd, NULL);
	set_option(item, &n, MHD_OPTION_NOTIFY_COMPLETED,
	    OPTION_FN(http_on_completed), h);
	set_option(item, &n, MHD_OPTION_NOTIFY_CONNECTION,
	    OPTION_FN(on_connection), h);
	set_option(
	    item, &n, MHD_OPTION_URI_LOG_CALLBACK, OPTION_FN(http_on_uri), h);
	set_option(item, &n, MHD_OPTION_UNESCAPE_CALLBACK,
	    OPTION_FN(keep_escapes), NULL);
	/* conns.c has the limits.  The library's would leave connections in
	 * the backlog, and is divided among its threads. */
	set_option(item, &n, MHD_OPTION_CONNECTION_LIMIT,
	    (intptr_t)(opt->connections * 2 + 64) * (intptr_t)opt->threads,
	    NULL);
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
	return MHD_start_daemon(flags, 0, NULL, NULL, http_on_request, h,
	    MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_ARRAY,
	    item, MHD_OPTION_END);
}

static enum err
start_parts(struct http *h, const struct http_options *opt, struct err_why *why)
{
	const struct conns_limits limits = {
	    .total = opt->connections,
	    .per_address = opt->per_address,
	    .idle_s = opt->idle_seconds,
	    .slow_s = opt->slow_seconds,
	    .shut = shut_connection,
	    .arg = h,
	};
	enum err e = ERR_OK;

	h->conns = conns_new(&limits);
	if (!opt->local) {
		/* Queries get half of what serves all, but two threads: a
		 * bundle must not hold up every list. */
		unsigned some = opt->threads > 4 ? opt->threads / 2 : 2;

		h->doors = doors_new(opt->service->metrics);
		e = lane_start(&h->bulk, opt->threads, BULK_NICE, why);
		if (e == ERR_OK)
			e = lane_start(&h->query, some, QUERY_NICE, why);
	}
	if (e != ERR_OK)
		return e;
	h->daemon = start_daemon(h, opt);
	if (h->daemon != NULL)
		return ERR_OK;
	if (opt->cert == NULL)
		return err_fail(why, ERR_IO, "cannot start the HTTP threads");
	return err_fail(why, ERR_IO,
	    "cannot start HTTPS: check that tls_certificate and tls_key are "
	    "PEM and belong together");
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
	enum err e = start_parts(h, opt, why);
	if (e != ERR_OK) {
		(void)close(opt->fd);
		http_stop(h);
		return e;
	}
	*out = h;
	return ERR_OK;
}

void
http_tick(struct http *h)
{
	struct commit_stats s;

	if (h == NULL)
		return;
	conns_sweep(h->conns, http_now_ms());
	if (h->doors == NULL)
		return;
	commit_stats(h->service->site->commit, &s);
	doors_tune(h->doors, &s);
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
	lane_stop(h->bulk);
	lane_stop(h->query);
	doors_free(h->doors);
	conns_free(h->conns);
	free(h->cert);
	if (h->key != NULL)
		explicit_bzero(h->key, strlen(h->key));
	free(h->key);
	free(h);
}
