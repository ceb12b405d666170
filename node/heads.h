/* heads.h - how far the own logs are known, and so whether they are signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_HEADS_H
#define NODE_HEADS_H

#include "config.pb-c.h"
#include "federation/exchange_host.h"
#include "proto/err.h"

/*
 * Before its first signature a daemon asks every member what it knows of its
 * logs.  What it has lost it fetches; what it cannot know to be whole it does
 * not sign: until an operator admits the loss, alarms are kept (spool.h) and
 * all else that writes is refused.  docs/decisions/0016.
 *
 * A log is known to be whole when the store is the one that this directory had
 * last and nobody proves more, or when it is exactly what a clean stop left.
 */
struct heads;
struct service;

struct heads *heads_new(struct service *s);
void heads_free(struct heads *h);

/* Before the daemon's committer gets its first command and before the hub
 * starts.  True: there is somebody to ask, doubt, or there may be kept alarms;
 * commands wait until it is decided, ask_seconds of node.yaml at most.  False:
 * the logs may be signed. */
bool heads_prepare(struct heads *h);
/* For hub_options. */
const struct exchange_recaller *heads_recaller(const struct heads *h);
/* From the hub: a checkpoint of ours that a member holds; a link. */
void heads_proved(
    struct heads *h, const char *peer, const char *origin, struct bytes note);
void heads_link(struct heads *h, const char *peer, bool up);
/* A few times a second. */
void heads_tick(struct heads *h);
/* A generation was opened: what waited for it goes on.  Any thread. */
void heads_opened(struct heads *h);

/* Why an own log may not be signed now, and what to do (may be empty); false:
 * it may.  Any thread. */
bool heads_reason(struct heads *h, const char *origin, struct err_why *why,
    struct err_why *advice);
/* While a log waits, members that did not say what they know, appended; false:
 * none waits. */
bool heads_unheard(struct heads *h, char ***names, size_t *len);

#endif
