/* listener.h - listening sockets: TCP by name, unix by directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_LISTENER_H
#define NODE_LISTENER_H

#include "proto/bytes.h"
#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>

#define LISTENER_SOCKET "node.sock"

/*
 * listener_tcp - a non-blocking listening socket on HOST:PORT.
 *   bound   receives "HOST:PORT" with the port in use (port 0 picks one)
 * ERR_MALFORMED  address;  ERR_BUSY  port in use (`why` says what to do);
 * ERR_IO
 */
ERR_CHECKED enum err listener_tcp(
    const char *address, int *fd, char *bound, size_t cap, struct err_why *why);

/*
 * listener_unix - DIR/node.sock, mode 0600; a stale one is replaced.  The
 * caller holds the directory's lock, so nobody else is listening there.
 * ERR_IO
 */
ERR_CHECKED enum err listener_unix(
    const char *dir, int *fd, struct err_why *why);
void listener_unlink(const char *dir);

/* What counts as one peer: the address, of IPv6 the /64; empty for others.
 * A view of `peer`, which may be NULL. */
struct sockaddr;
struct bytes listener_peer(const struct sockaddr *peer);

/* True when the peer of this connection runs as us or as root. */
bool listener_peer_ok(int fd);

#endif
