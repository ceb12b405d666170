/* wire_pipes.c - connections that nng holds, and a listener that rests. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/wire_pipes.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <nng/nng.h>

#define MOST 2048u
#define PART 8 /* of the descriptors */

/* Of the process, as the thread that gives them back is. */
static atomic_uint pipes;

unsigned
wire_pipes_open(void)
{
	return atomic_load(&pipes);
}

unsigned
wire_pipes_most(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 ||
	    files.rlim_cur / PART >= MOST)
		return MOST;
	return (unsigned)(files.rlim_cur / PART);
}

bool
wire_pipes_full(void)
{
	return wire_pipes_open() >= 2 * wire_pipes_most();
}

static void
count(nng_pipe pipe, nng_pipe_ev ev, void *arg)
{
	(void)pipe;
	(void)arg;
	if (ev == NNG_PIPE_EV_ADD_PRE)
		(void)atomic_fetch_add(&pipes, 1);
	else if (ev == NNG_PIPE_EV_REM_POST)
		(void)atomic_fetch_sub(&pipes, 1);
}

int
wire_pipes_count(int socket)
{
	const nng_socket s = {(uint32_t)socket};
	int rc = nng_pipe_notify(s, NNG_PIPE_EV_ADD_PRE, count, NULL);

	return rc != 0 ? rc
	               : nng_pipe_notify(s, NNG_PIPE_EV_REM_POST, count, NULL);
}

/* "tcp://host:port" with the port that was bound. */
static int
bound_url(nng_listener l, const char *address, char *url, size_t cap)
{
	const char *colon = strrchr(address, ':');
	nng_sockaddr sa;
	uint16_t port;
	int rc;

	rc = nng_listener_get_addr(l, NNG_OPT_LOCADDR, &sa);
	if (rc != 0)
		return rc;
	port = sa.s_family == NNG_AF_INET6 ? sa.s_in6.sa_port : sa.s_in.sa_port;
	if (colon == NULL)
		return NNG_EADDRINVAL;
	(void)snprintf(url, cap, "%.*s:%u", (int)(colon - address), address,
	    (unsigned)ntohs(port));
	return 0;
}

static int
listen_at(struct wire_pipes *p, const char *address)
{
	const nng_socket s = {(uint32_t)p->socket};
	nng_listener l;
	int rc = nng_listen(s, address, &l, 0);

	p->listener = 0;
	if (rc != 0)
		return rc;
	rc = bound_url(l, address, p->url, sizeof p->url);
	if (rc == 0)
		p->listener = nng_listener_id(l);
	else
		(void)nng_listener_close(l);
	return rc;
}

int
wire_pipes_listen(struct wire_pipes *p, int socket, const char *address,
    char *url, size_t cap)
{
	int rc;

	p->socket = socket;
	rc = listen_at(p, address);
	if (rc == 0)
		(void)snprintf(url, cap, "%s", p->url);
	return rc;
}

bool
wire_pipes_tend(struct wire_pipes *p)
{
	char url[sizeof p->url];

	if (p->url[0] == '\0')
		return wire_pipes_open() >= wire_pipes_most();
	if (p->listener != 0 && wire_pipes_open() >= wire_pipes_most()) {
		const nng_listener l = {(uint32_t)p->listener};

		/* Its connections end as well: most are nobody's. */
		(void)nng_listener_close(l);
		p->listener = 0;
	} else if (p->listener == 0 &&
	    wire_pipes_open() <= wire_pipes_most() / 2) {
		(void)snprintf(url, sizeof url, "%s", p->url);
		(void)listen_at(p, url);
	}
	return p->listener == 0;
}
