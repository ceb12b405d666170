/* peer.h - what a system we compare ourselves with has to do. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_PEERS_PEER_H
#define TESTS_PEERS_PEER_H

#include <stddef.h>

/*
 * One program per system: peer.c and the one file that knows the system.  A
 * client belongs to one thread; peer_open is called for one after the other,
 * the first time before any other.  Whatever goes wrong ends the program with
 * peer_fail.
 */
struct peer_client;

/* where: as run.sh says it, a directory or a port. */
struct peer_client *peer_open(const char *where);
/* Stores n bodies of JSON; returns when all of them are acknowledged. */
void peer_put(struct peer_client *c, const char *const *bodies, size_t n);
void peer_close(struct peer_client *c);

void peer_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* A connection to 127.0.0.1, without delay. */
int peer_connect(const char *port);
/* All of it or the end of the program. */
void peer_send(int fd, const void *p, size_t len);

#endif
