/* service.c - everything one running node holds, in one place. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/service.h"

#include "node/config.h"
#include "node/defence.h"
#include "node/export.h"
#include "node/feed.h"
#include "node/flood.h"
#include "node/forks.h"
#include "node/heads.h"
#include "node/journal.h"
#include "node/mend.h"
#include "node/metrics.h"
#include "node/outbox.h"
#include "node/peers.h"
#include "node/quarantine.h"
#include "node/read_log.h"
#include "node/reports.h"
#include "node/retain.h"
#include "node/site.h"
#include "node/snapshot.h"
#include "node/statuslist.h"
#include "node/terms.h"
#include "node/timekeep.h"
#include "node/token.h"
#include "node/watch.h"
#include "node/witness_ask.h"
#include "node/witnessing.h"
#include "proto/clock.h"
#include "proto/crypto.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>

int64_t
service_now(void)
{
	return clock_wall_us(clock_system());
}

bool
service_public_tiles(const struct service *s)
{
	return atomic_load(&s->public_tiles);
}

static void
own_logs_grew(void *arg)
{
	struct service *s = arg;

	peers_wake(s->peers);
	feed_kick(s->feed);
}

/* What the configuration says at any time. */
static void
apply_config(struct service *s)
{
	atomic_store(&s->public_tiles, s->config->node->public_tiles);
	journal_level(s->config->node->log_level);
}

static enum err
open_site(struct service *s, bool early, struct err_why *why)
{
	enum err e = early ? site_open_early(&s->site, s->dir, why)
	                   : site_open(&s->site, s->dir, NULL, why);

	if (e != ERR_OK)
		return e;
	if (strcmp(s->site->name, s->config->node->name) != 0)
		return err_fail(why, ERR_CONFLICT,
		    "node.yaml says name %.80s, but the logs are of %.80s: "
		    "put the old name back",
		    s->config->node->name, s->site->name);
	e = quarantine_open(&s->quarantine, s->dir, why);
	if (e == ERR_OK)
		e = mend_open(&s->mend, s->site, why);
	if (e == ERR_OK)
		e = peers_open(&s->peers, s->dir, s->site, why);
	if (e != ERR_OK)
		return e;
	struct timeline_policy policy = {
	    .limit_us = s->config->node->clock_limit_ms * INT64_C(1000),
	    .start_us =
	        s->config->node->clock_start_hours * INT64_C(3600000000)};
	s->forks = forks_new(s);
	s->witness_ask = witness_ask_new(s->site, s->config->node);
	s->time = timekeep_new(s->site, &policy);
	s->watch = watch_new(s->site);
	s->snapshots = snapshot_new(s->site);
	s->statuslist = statuslist_new();
	s->flood = flood_new(s->site);
	s->defence = defence_new(s->site, s->peers);
	s->terms = terms_new(s->site);
	s->outbox = outbox_new(s->site, s->config->node);
	s->retain = retain_new(s->site);
	s->site->hooks.arg = s;
	s->site->hooks.grown = own_logs_grew;
	e = site_start(s->site, why);
	if (e == ERR_OK)
		e = token_book_open(&s->tokens, s->site->own.store,
		    s->site->own.tables.token, why);
	return e;
}

static enum err
open_service(
    struct service **out, const char *dir, bool early, struct err_why *why)
{
	struct service *s = mem_alloc(1, sizeof *s);
	enum err e;

	crypto_start();
	int n = snprintf(s->dir, sizeof s->dir, "%s", dir);
	e = n > 0 && (size_t)n < sizeof s->dir
	    ? config_read(&s->config, dir, why)
	    : err_fail(why, ERR_LIMIT, "directory name too long");
	if (e != ERR_OK)
		goto out;
	apply_config(s);
	s->started_us = service_now();
	atomic_store(&s->serving, true);
	s->feed = feed_new(s);
	s->metrics = metrics_new();
	s->reads = read_log_new(s);
	s->reports = reports_gate_new();
	s->exports = export_queue_new();
	s->heads = heads_new(s);
	s->witnessing = witnessing_new();
	e = open_site(s, early, why);
out:
	if (e != ERR_OK) {
		service_close(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

enum err
service_open(struct service **out, const char *dir, struct err_why *why)
{
	return open_service(out, dir, false, why);
}

enum err
service_open_early(struct service **out, const char *dir, struct err_why *why)
{
	return open_service(out, dir, true, why);
}

void
service_close(struct service *s)
{
	if (s == NULL)
		return;
	if (s->peers != NULL)
		peers_stop(s->peers);
	outbox_stop(s->outbox);
	witness_ask_stop(s->witness_ask);
	watch_stop(s->watch);
	flood_stop(s->flood);
	defence_stop(s->defence);
	terms_stop(s->terms);
	snapshot_stop(s->snapshots);
	retain_stop(s->retain);
	/* The committer ends here; its callbacks use all the others. */
	site_close(s->site);
	watch_free(s->watch);
	snapshot_free(s->snapshots);
	statuslist_free(s->statuslist);
	flood_free(s->flood);
	defence_free(s->defence);
	terms_free(s->terms);
	outbox_free(s->outbox);
	quarantine_close(s->quarantine);
	forks_free(s->forks);
	retain_free(s->retain);
	witness_ask_free(s->witness_ask);
	timekeep_free(s->time);
	peers_close(s->peers);
	mend_close(s->mend);
	token_book_close(s->tokens);
	export_queue_free(s->exports);
	heads_free(s->heads);
	witnessing_free(s->witnessing);
	read_log_free(s->reads);
	reports_gate_free(s->reports);
	metrics_free(s->metrics);
	feed_free(s->feed);
	config_free(s->config);
	free(s);
}

void
service_reconfigure(struct service *s, struct config *next)
{
	Config__Node *now = s->config->node;

	/* Others read the configuration without a lock: it stays where it is,
	 * and only values that are read through atomics change. */
	now->public_tiles = next->node->public_tiles;
	now->log_level = next->node->log_level;
	apply_config(s);
	config_free(next);
}
