/* forks.h - what this node acknowledges with, and logs that were forked. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FORKS_H
#define NODE_FORKS_H

#include "config.pb-c.h"
#include "federation/cosign.h"
#include "node/ops.h"

struct service;

/* For whoever acknowledges or accuses: state, key and clock of this node and
 * its roster as it is now.  Any thread. */
void forks_cosign(struct service *s, struct cosign *out);
/* The key of a log that may be acknowledged here: one that node.yaml lists, or
 * a member's of any generation.  ERR_NOT_FOUND. */
ERR_CHECKED enum err forks_key(struct service *s, const char *origin,
    struct note_vkey *out, struct err_why *why);

/*
 * One alarm for each log of which evidence is kept, raised once, also when the
 * node died in between.  Any thread tells; forks_beat, once a second on one
 * thread, raises what is not.
 */
struct forks;
struct forks *forks_new(struct service *s);
/* After the committer has ended, which answers to it; NULL allowed. */
void forks_free(struct forks *f);
#define FORKS_SOURCE "lianfang-fork" /* of the alarms */
/* Evidence is durable; from: where it came from, for the journal. */
void forks_found(struct forks *f, const char *origin, const char *from);
void forks_beat(struct forks *f);

/* Origin and both notes, as messages; to be freed with the message. */
Config__Fork *forks_message(const char *origin, const struct fork *fork);

/* Handlers: the evidence that is kept; a file that somebody has. */
enum err forks_list(struct ops_call *call, struct err_why *why);
enum err forks_submit(struct ops_call *call, struct err_why *why);

#endif
