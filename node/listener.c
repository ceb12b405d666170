/* listener.c - listening sockets: TCP by name, unix by directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/listener.h"

#include "node/config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 512

/* What sockets call an address: any of the families. */
union any_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

static enum err
bind_error(const char *address, struct err_why *why)
{
	int code = errno;

	if (code == EADDRINUSE)
		return err_fail(why, ERR_BUSY,
		    "%.80s is in use; stop what uses it, or give another "
		    "address in node.yaml (port 0 picks a free one)",
		    address);
	if (code == EACCES)
		return err_fail(why, ERR_IO,
		    "%.80s: not allowed; ports below 1024 need a right, "
		    "choose a higher one in node.yaml",
		    address);
	return err_errno(why, ERR_IO, code, "%.80s", address);
}

static uint16_t
port_of(int fd)
{
	union any_address a;
	socklen_t len = sizeof a;

	if (getsockname(fd, &a.any, &len) != 0)
		return 0;
	return ntohs(
	    a.any.sa_family == AF_INET6 ? a.in6.sin6_port : a.in.sin_port);
}

enum err
listener_tcp(
    const char *address, int *fd, char *bound, size_t cap, struct err_why *why)
{
	struct config_address a;
	struct addrinfo hint = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char port[8];
	int on = 1;
	enum err e = config_address(&a, address, why);

	if (e != ERR_OK)
		return e;
	(void)snprintf(port, sizeof port, "%u", a.port);
	int g = getaddrinfo(a.host, port, &hint, &found);
	if (g != 0)
		return err_fail(
		    why, ERR_MALFORMED, "%.80s: %s", address, gai_strerror(g));
	int s = socket(
	    found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool ok = s >= 0 &&
	    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    bind(s, found->ai_addr, found->ai_addrlen) == 0 &&
	    listen(s, BACKLOG) == 0;
	if (!ok) {
		e = bind_error(address, why);
		if (s >= 0)
			(void)close(s);
	}
	freeaddrinfo(found);
	if (e != ERR_OK)
		return e;
	(void)snprintf(bound, cap, strchr(a.host, ':') ? "[%s]:%u" : "%s:%u",
	    a.host, port_of(s));
	*fd = s;
	return ERR_OK;
}

/* sun_path holds 107 bytes; through the directory's descriptor any
 * directory is near enough. */
static bool
unix_address(union any_address *a, int dir_fd)
{
	memset(a, 0, sizeof *a);
	a->un.sun_family = AF_UNIX;
	int n = snprintf(a->un.sun_path, sizeof a->un.sun_path,
	    "/proc/self/fd/%d/%s", dir_fd, LISTENER_SOCKET);
	return n > 0 && (size_t)n < sizeof a->un.sun_path;
}

enum err
listener_unix(const char *dir, int *fd, struct err_why *why)
{
	union any_address a;
	int s = -1;
	int d = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ok = d >= 0 && unix_address(&a, d);

	if (ok && unlinkat(d, LISTENER_SOCKET, 0) != 0 && errno != ENOENT)
		ok = false;
	if (ok)
		s = socket(
		    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Nobody can connect before listen: the mode is right by then. */
	ok = ok && s >= 0 && bind(s, &a.any, sizeof a.un) == 0 &&
	    fchmodat(d, LISTENER_SOCKET, 0600, 0) == 0 &&
	    listen(s, BACKLOG) == 0;
	enum err e = ok
	    ? ERR_OK
	    : err_errno(why, ERR_IO, errno, "%.120s/%s", dir, LISTENER_SOCKET);
	if (d >= 0)
		(void)close(d);
	if (e != ERR_OK) {
		if (s >= 0)
			(void)close(s);
		return e;
	}
	*fd = s;
	return ERR_OK;
}

void
listener_unlink(const char *dir)
{
	int d = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (d < 0)
		return;
	(void)unlinkat(d, LISTENER_SOCKET, 0);
	(void)close(d);
}

struct bytes
listener_peer(const struct sockaddr *peer)
{
	const union any_address *a =
	    (const union any_address *)(const void *)peer;

	if (peer == NULL)
		return bytes_of(NULL, 0);
	if (peer->sa_family == AF_INET)
		return bytes_of(&a->in.sin_addr, sizeof a->in.sin_addr);
	if (peer->sa_family != AF_INET6)
		return bytes_of(NULL, 0);
	/* A subscriber has a /64; IPv4 in IPv6 ends in the address. */
	if (IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return bytes_of(&a->in6.sin6_addr.s6_addr[12], 4);
	return bytes_of(&a->in6.sin6_addr, 8);
}

bool
listener_peer_ok(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}
