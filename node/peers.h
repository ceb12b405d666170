/* peers.h - the node's side of the federation: roster and hub. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PEERS_H
#define NODE_PEERS_H

#include "api.pb-c.h"
#include "config.pb-c.h"
#include "federation/roster.h"
#include "proto/buf.h"
#include "proto/err.h"

#include <stdbool.h>

#define PEERS_FILE "alliance.json"

struct hub_carry;
struct seat;
struct service;
struct site;

/* Always there; knows nobody until a roster is installed.  Thread-safe. */
struct peers;

/*
 * peers_open - reads DIR/alliance.json when there is one, follows the votes
 * from there, and tells the site who the members are (site->peers); before
 * site_start.
 * ERR_MALFORMED, ERR_UNVERIFIED: the file is no roster, or not of this node.
 */
ERR_CHECKED enum err peers_open(struct peers **out, const char *dir,
    struct site *site, struct err_why *why);
/* NULL allowed; ends the hub. */
void peers_close(struct peers *p);

/*
 * peers_start - start talking: from here on the hub runs whenever there is a
 * roster.  listen: tcp://HOST:PORT.  ERR_* of hub_start.
 */
ERR_CHECKED enum err peers_start(struct peers *p, struct service *s,
    const char *listen, struct err_why *why);
/* Ends the hub; before the site is closed. */
void peers_stop(struct peers *p);
bool peers_running(struct peers *p);

/*
 * peers_install - check a genesis, or an epoch to begin with (JSON text), write
 * it durably, and talk to its members.  The same again changes nothing.
 * ERR_MALFORMED, ERR_UNVERIFIED; ERR_REFUSED: this node is not in it, or with
 * other keys.
 */
ERR_CHECKED enum err peers_install(
    struct peers *p, struct bytes json, struct err_why *why);

/* NULL without alliance; lives as long as `p`.  Any thread. */
const struct roster *peers_roster(const struct peers *p);
struct site *peers_site(const struct peers *p);

/* Ends all conversations and begins them anew, with the keys there are now. */
void peers_reconnect(struct peers *p);

/* Own logs have grown, or evidence is new; any thread. */
void peers_wake(struct peers *p);
/* Once a second: how complete each replica is. */
void peers_tick(struct peers *p);

/* How it takes part in the members' decisions. */
struct seat *peers_seat(struct peers *p);

/* A cell to a member, if there is a session with it now; lost otherwise. */
void peers_cell(struct peers *p, const char *member, struct bytes cell);
/* Is there a session with it, can it be dialled?  False: it is no member. */
bool peers_reach(
    struct peers *p, const char *member, bool *linked, bool *listens);
size_t peers_members(struct peers *p); /* 0: no alliance */
/* What of members' cells was refused, as Prometheus text. */
void peers_veil_metrics(struct peers *p, struct buf *out);

/* Cosignatures that an own checkpoint needs; 0 without alliance. */
size_t peers_quorum(struct peers *p);
/* A tlog-policy of this node's logs for readers, appended. */
ERR_CHECKED enum err peers_policy(
    struct peers *p, struct buf *out, struct err_why *why);

/* peers_carry - hand a file for the courier, or a frame of one, to the hub.
 * ERR_REFUSED: there is none; `done` is not called then. */
ERR_CHECKED enum err peers_carry(
    struct peers *p, struct hub_carry *c, struct err_why *why);
/* The logs of `member` and of this node between them, and who is level. */
void peers_compare(
    struct peers *p, const char *member, Config__CourierTaken *out);

/* Members, how they are reached, how far behind we are; release with
 * config__alliance__free_unpacked.  NULL without alliance. */
Config__Alliance *peers_status(struct peers *p);

/* Adds to m which members acknowledged the entry at this index of the newest
 * generation of the own alliance log; nobody without alliance. */
void peers_readers(struct peers *p, uint64_t index, Api__IntelUse *m);

#endif
