/* peers_watch.h - members that are silent or behind: followed, and alarms. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PEERS_WATCH_H
#define NODE_PEERS_WATCH_H

#include "config.pb-c.h"
#include "federation/hub_status.h"

#define PEERS_SOURCE "lianfang-peers"

struct buf;
struct peers_watch;
struct site;

/* How one log stands, by microseconds of the boot clock. */
struct peers_lag {
	uint64_t entries; /* signed, and not held by its reader */
	int64_t us; /* for so long the reader has been behind */
};

/* Borrowed and longer-lived: both. */
struct peers_watch *peers_watch_new(
    struct site *site, const Config__Node *node);
/* After the site was closed: its committer may still speak of an alarm. */
void peers_watch_free(struct peers_watch *w);

/*
 * peers_watch_look - follow the members and say who is silent or behind for
 * longer than node.yaml allows; an alarm returns when its member is heard and
 * level, or no member any more.  One thread, about once a second.
 */
void peers_watch_look(struct peers_watch *w, const struct hub_status *st);

/* Of a member as it was followed last: what we lack of its logs, and it of
 * ours; the worse of two logs.  Any thread. */
void peers_watch_lag(struct peers_watch *w, const char *member,
    struct peers_lag *lacked, struct peers_lag *owed);
/* Does its alarm stand? */
bool peers_watch_alarm(struct peers_watch *w, const char *member);

#endif
