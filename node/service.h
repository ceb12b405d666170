/* service.h - everything one running node holds, in one place. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SERVICE_H
#define NODE_SERVICE_H

#include "config.pb-c.h"
#include "proto/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SERVICE_DIR_MAX 512
#define SERVICE_ADDR_MAX 300
#define SERVICE_VERSION "0.1.0"

struct defence;
struct export_queue;
struct feed;
struct heads;
struct mend;
struct metrics;
struct outbox;
struct peers;
struct read_log;
struct reports_gate;
struct site;
struct snapshots;
struct statuslist;
struct terms;
struct timekeep;
struct token_book;
struct retain;
struct watch;
struct flood;
struct forks;
struct witness_ask;
struct witnessing;
struct quarantine;

/*
 * The parts live as long as the service.  The daemon starts the peers; the
 * CLI on a stopped node has the same service with peers that do not talk.
 */
struct service {
	char dir[SERVICE_DIR_MAX];
	struct config *config;
	struct site *site;
	struct token_book *tokens;
	struct feed *feed;
	struct metrics *metrics;
	struct read_log *reads;
	struct reports_gate *reports;
	struct mend *mend;
	struct peers *peers;
	struct export_queue *exports;
	struct timekeep *time;
	struct heads *heads;
	struct watch *watch;
	struct snapshots *snapshots;
	struct statuslist *statuslist;
	struct flood *flood;
	struct defence *defence;
	struct terms *terms;
	struct outbox *outbox;
	struct quarantine *quarantine;
	struct witnessing *witnessing;
	struct witness_ask *witness_ask;
	struct forks *forks;
	struct retain *retain;
	char http[SERVICE_ADDR_MAX]; /* bound, "" when not serving */
	char federation[SERVICE_ADDR_MAX]; /* bound, "" when not serving */
	int64_t started_us;
	atomic_bool serving; /* false: draining */
	atomic_bool public_tiles;
};

/*
 * service_open - open the directory's configuration, site and tokens.
 * The site's lock makes a second open fail: ERR_BUSY, with the owner's pid.
 * ERR_NOT_FOUND  not a node's directory (`why` says: run lianfang init)
 */
ERR_CHECKED enum err service_open(
    struct service **out, const char *dir, struct err_why *why);
/* The same; but tables of another version are left for folding.h. */
ERR_CHECKED enum err service_open_early(
    struct service **out, const char *dir, struct err_why *why);
/* After every user is gone; finishes commits first. */
void service_close(struct service *s);

/* Swaps in a configuration that was read again; `next` is consumed, fields
 * that need a restart keep their old value. */
void service_reconfigure(struct service *s, struct config *next);
/* Any thread, also while it is reconfigured. */
bool service_public_tiles(const struct service *s);

/* Wall clock, microseconds. */
int64_t service_now(void);

#endif
