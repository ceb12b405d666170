/* receiver.h - a small HTTP server on loopback that answers as it is told. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_RECEIVER_H
#define TESTS_SUPPORT_RECEIVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#define RECEIVER_KEPT 65536

/* At a fixed address until receiver_end. */
struct receiver {
	int fd;
	unsigned port;
	pthread_t thread;
	/* What every request is answered with, then the connection is closed;
	 * NULL: nothing, until the other side goes.  Any thread may change it.
	 */
	_Atomic(const char *) answer;
	atomic_uint endless; /* more bytes behind it */
	atomic_uint requests; /* taken whole */
	pthread_mutex_t lock;
	char got[RECEIVER_KEPT]; /* the newest, NUL-terminated */
	atomic_bool ending;
};

/* Aborts when it cannot. */
void receiver_begin(struct receiver *r, const char *text);
void receiver_end(struct receiver *r);
/* "http://127.0.0.1:PORT/hook" */
void receiver_url(const struct receiver *r, char out[static 64]);
/* A header's value of the newest request, or its body (name NULL). */
void receiver_got(struct receiver *r, const char *name, char *out, size_t cap);

#endif
