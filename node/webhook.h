/* webhook.h - posts to receivers outside, many at once, on one thread. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WEBHOOK_H
#define NODE_WEBHOOK_H

#include "node/webhook_sign.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define WEBHOOK_URL_MAX 1000
#define WEBHOOK_ANSWER_MAX 65536 /* bytes of a body that are read */
#define WEBHOOK_HEAD_MAX 65536 /* bytes of headers */
#define WEBHOOK_ERROR_CHARS 160

/* What a URL says. */
struct webhook_where {
	bool tls;
	char host[256];
	char endpoint[300]; /* scheme://host:port */
};
/* Parsed as it will be called.  ERR_MALFORMED: not http or https, too long,
 * with a name or password in it, or a fragment. */
ERR_CHECKED enum err webhook_where(
    struct webhook_where *out, const char *url, struct err_why *why);

struct webhook_answer {
	long status; /* 0: none came */
	struct hash body; /* SHA-256 of what was read of it */
	bool cut; /* there was more */
	int64_t retry_s; /* Retry-After; 0: none */
	char error[WEBHOOK_ERROR_CHARS]; /* "": it was answered */
	struct bytes text; /* of the body, when no sign was given */
};

struct webhook_post {
	const char *url;
	const char *ca_file; /* PEM; NULL: the system's */
	const struct webhook_sign *sign; /* NULL: no notice, without headers */
	const char *id; /* idempotency key of a notice */
	const char *type; /* of the body; NULL: JSON */
	struct bytes body; /* JSON */
	int64_t seconds; /* now, Unix time */
	long timeout_ms; /* in all */
	/* Once, within webhook_run; a->... is borrowed. */
	void (*done)(void *arg, const struct webhook_answer *a);
	void *arg;
};

/*
 * No redirect is followed, no proxy is asked, no other scheme is spoken and no
 * compression is undone, whatever the environment or the answer says;
 * certificates are verified.  An answer ends at the limits above.
 */
struct webhook;

/* ERR_IO.  One thread from here on, but for webhook_wake. */
ERR_CHECKED enum err webhook_open(struct webhook **out, struct err_why *why);
/* Begins; everything is copied.  ERR_IO. */
ERR_CHECKED enum err webhook_put(
    struct webhook *w, const struct webhook_post *p, struct err_why *why);
/* Waits up to so long for something to happen; how many are under way. */
unsigned webhook_run(struct webhook *w, int wait_ms);
/* Ends that wait; any thread. */
void webhook_wake(struct webhook *w);
/* Breaks off what is under way; its done is not called.  NULL allowed. */
void webhook_close(struct webhook *w);

#endif
