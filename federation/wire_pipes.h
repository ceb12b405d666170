/* wire_pipes.h - connections that nng holds, and a listener that rests. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_WIRE_PIPES_H
#define FEDERATION_WIRE_PIPES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * nng 1.5.2 gives connections back on one thread, for the whole process.  A
 * connection that breaks while something arrives on it can keep that thread
 * waiting for ever: from then on every connection that ends keeps its
 * descriptor, until the process ends.  Whoever reaches the port can bring that
 * about.  So connections are counted until the library has let go of them, and
 * the listener rests while they are too many: what is left are descriptors for
 * alarms, and for a log that goes on.
 */
struct wire_pipes {
	int socket, listener; /* of the library; listener 0: rests */
	char url[300]; /* where it listens; "": nowhere */
};

/* Counts the connections of this socket. */
int wire_pipes_count(int socket);
/* As nng_listen; `url` receives the address with the real port.  An error of
 * the library, 0: none. */
int wire_pipes_listen(struct wire_pipes *p, int socket, const char *address,
    char *url, size_t cap);
/* Now and again, one thread: true while it rests, for there are too many. */
bool wire_pipes_tend(struct wire_pipes *p);
/* So many that nobody is dialled any more. */
bool wire_pipes_full(void);

/* Of all sockets, not let go of yet; and so many may be for a listener. */
unsigned wire_pipes_open(void);
unsigned wire_pipes_most(void);

#endif
