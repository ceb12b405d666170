/* daemon.c - the loop of lianfangd: start, signals, drain, stop. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/daemon.h"
#include "ledger/store_hole.h"

#include "node/config.h"
#include "node/defence.h"
#include "node/export.h"
#include "node/feed.h"
#include "node/flood.h"
#include "node/folding.h"
#include "node/forks.h"
#include "node/heads.h"
#include "node/http.h"
#include "node/incarnation.h"
#include "node/journal.h"
#include "node/listener.h"
#include "node/mend.h"
#include "node/metrics.h"
#include "node/outbox.h"
#include "node/pack_adopt.h"
#include "node/peers.h"
#include "node/retain.h"
#include "node/room.h"
#include "node/service.h"
#include "node/site.h"
#include "node/snapshot.h"
#include "node/submit_due.h"
#include "node/submit_person.h"
#include "node/submit_rules.h"
#include "node/terms.h"
#include "node/timekeep.h"
#include "node/token.h"
#include "node/watch.h"
#include "node/whole_file.h"
#include "node/witness_ask.h"
#include "proto/clock.h"
#include "proto/json.h"

#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TICK_SECONDS 0.2
#define BEAT_TICKS 5 /* once a second */
#define STREAM_TICKS 25 /* heartbeats of streams: looked at every 5 s */
#define RULE_TICKS 150 /* permits: every 30 s */
#define DRAIN_TICKS 150 /* 30 s at most for what was accepted */
#define LOCAL_CONNECTIONS 64
#define OTHER_FILES 512u /* stores, peers, the node's own socket */
#define LOCAL_IDLE_SECONDS 120
#define PEM_MAX 262144
#define BUSY_US (INT64_C(2) * 1000 * 1000) /* for a command to let go */

struct daemon {
	struct ev_loop *loop;
	struct service *service;
	struct http *http;
	struct http *local;
	ev_timer tick;
	ev_signal term, interrupt, hangup;
	unsigned ticks;
	unsigned draining; /* ticks since it began; 0: serving */
	struct folding *folding; /* NULL: tables are of this version */
	enum err failed; /* after the loop began */
	struct err_why why;
};

/* ---- run.json ---- */

static void
run_path(char *out, size_t cap, const struct service *s)
{
	(void)snprintf(out, cap, "%s/%s", s->dir, DAEMON_RUN_FILE);
}

static enum err
write_run(const struct service *s, struct err_why *why)
{
	Config__Run run = CONFIG__RUN__INIT;
	char path[SERVICE_DIR_MAX + 16];
	char name[SITE_NAME_MAX + 1];
	char http[SERVICE_ADDR_MAX];
	char federation[SERVICE_ADDR_MAX];
	char scheme[8];
	struct buf text;

	(void)snprintf(name, sizeof name, "%s", s->site->name);
	(void)snprintf(http, sizeof http, "%s", s->http);
	(void)snprintf(federation, sizeof federation, "%s", s->federation);
	(void)snprintf(scheme, sizeof scheme, "%s",
	    s->config->node->tls_certificate != NULL ? "https" : "http");
	run.name = name;
	run.has_pid = true;
	run.pid = (uint32_t)getpid();
	run.http = http;
	run.federation = federation;
	run.scheme = scheme;
	run.has_started_at = true;
	run.started_at = s->started_us;
	run_path(path, sizeof path, s);
	buf_init(&text, 8192);
	json_encode(&text, &run.base, JSON_PRETTY);
	enum err e = whole_file_write(path, buf_view(&text), 0644, why);
	buf_clear(&text);
	return e;
}

/* ---- starting ---- */

/* A PEM file, relative to the node's directory. */
static enum err
read_pem(struct buf *out, const struct service *s, const char *name,
    struct err_why *why)
{
	char path[2 * SERVICE_DIR_MAX];

	(void)snprintf(path, sizeof path, "%s%s%s",
	    name[0] == '/' ? "" : s->dir, name[0] == '/' ? "" : "/", name);
	return whole_file_read(out, path, why);
}

/* As many connections as the descriptors are for, some of which are always
 * kept for all else.  A quarter more are open while others close. */
static unsigned
room_for(unsigned connections)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return connections;
	if (files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
		(void)getrlimit(RLIMIT_NOFILE, &files);
	}
	if (files.rlim_cur == RLIM_INFINITY ||
	    files.rlim_cur >= OTHER_FILES + connections + connections / 4)
		return connections;
	unsigned room = files.rlim_cur > OTHER_FILES
	    ? (unsigned)((files.rlim_cur - OTHER_FILES) / 5 * 4)
	    : 0;
	room = room < 8 ? 8 : room;
	journal_warn("NODE-FILES",
	    "http_connections=%u needs more open files than %llu; %u are "
	    "taken (raise LimitNOFILE or ulimit -n)",
	    connections, (unsigned long long)files.rlim_cur, room);
	return room;
}

static enum err
start_tcp(struct daemon *d, struct err_why *why)
{
	struct service *s = d->service;
	const Config__Node *node = s->config->node;
	struct http_options opt = {.service = s,
	    .threads = node->http_threads,
	    .connections = room_for(node->http_connections),
	    .per_address = node->http_connections_per_address,
	    .idle_seconds = node->http_idle_seconds,
	    .slow_seconds = node->http_slow_seconds};
	struct buf cert;
	struct buf key;
	enum err e = ERR_OK;

	buf_init(&cert, PEM_MAX);
	buf_init(&key, PEM_MAX);
	if (node->tls_certificate != NULL) {
		e = read_pem(&cert, s, node->tls_certificate, why);
		if (e == ERR_OK)
			e = read_pem(&key, s, node->tls_key, why);
		opt.cert = buf_cstr(&cert);
		opt.key = buf_cstr(&key);
	}
	if (e == ERR_OK)
		e = listener_tcp(
		    node->http, &opt.fd, s->http, sizeof s->http, why);
	if (e == ERR_OK)
		e = http_start(&d->http, &opt, why);
	buf_clear(&cert);
	buf_wipe(&key);
	buf_clear(&key);
	return e;
}

static enum err
start_local(struct daemon *d, struct err_why *why)
{
	struct http_options opt = {.service = d->service,
	    .local = true,
	    .threads = 1,
	    .connections = LOCAL_CONNECTIONS,
	    .per_address = LOCAL_CONNECTIONS,
	    .idle_seconds = LOCAL_IDLE_SECONDS,
	    .slow_seconds = LOCAL_IDLE_SECONDS};
	enum err e = listener_unix(d->service->dir, &opt.fd, why);

	return e == ERR_OK ? http_start(&d->local, &opt, why) : e;
}

/*
 * Port 0: settled now, so that a card made before there is an alliance names
 * the address that will be used.
 */
static enum err
settle_federation(struct service *s, struct err_why *why)
{
	const char *text = s->config->node->federation;
	struct config_address a;
	char bound[SERVICE_ADDR_MAX - 8];
	int fd;

	(void)snprintf(s->federation, sizeof s->federation, "%s", text);
	enum err e = config_address(&a, text + strlen("tcp://"), why);
	if (e != ERR_OK || a.port != 0)
		return e;
	e = listener_tcp(
	    text + strlen("tcp://"), &fd, bound, sizeof bound, why);
	if (e != ERR_OK)
		return e;
	(void)close(fd);
	(void)snprintf(s->federation, sizeof s->federation, "tcp://%s", bound);
	return ERR_OK;
}

/* Who else is to be asked, the time, the members: before anything is signed. */
static enum err
start_logs(struct daemon *d, struct err_why *why)
{
	struct service *s = d->service;
	enum err e;

	if (store_distrusted(s->site->own.store) > 0)
		return err_fail(why, ERR_CORRUPT,
		    "tables lost rows and are to be folded anew, or an alarm "
		    "might not stop the work it must stop: lianfang repair");
	e = incarnation_replica(s->site, why);
	if (e == ERR_OK && !heads_prepare(s->heads))
		e = timekeep_start(s->time, "lianfangd", why);
	if (e != ERR_OK)
		return e;
	e = settle_federation(s, why);
	if (e == ERR_OK)
		e = peers_start(s->peers, s, s->federation, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "federation");
	e = watch_start(s->watch, why);
	if (e == ERR_OK)
		e = flood_start(s->flood, why);
	if (e == ERR_OK)
		e = defence_start(s->defence, why);
	if (e == ERR_OK)
		e = terms_start(s->terms, why);
	if (e == ERR_OK)
		e = outbox_start(s->outbox, why);
	if (e == ERR_OK)
		e = witness_ask_start(s->witness_ask, why);
	if (e == ERR_OK)
		e = snapshot_start(s->snapshots, why);
	return e == ERR_OK ? retain_start(s->retain, why) : e;
}

static enum err
start_doors(struct daemon *d, struct err_why *why)
{
	enum err e = start_local(d, why);

	if (e == ERR_OK)
		e = start_tcp(d, why);
	return e == ERR_OK ? write_run(d->service, why) : e;
}

static enum err
start_all(struct daemon *d, struct err_why *why)
{
	struct service *s = d->service;
	enum err e;

	if (!atomic_load(&s->site->folding)) {
		e = start_logs(d, why);
		return e == ERR_OK ? start_doors(d, why) : e;
	}
	journal_warn("NODE-FOLDING",
	    "tables are folded anew after an upgrade: alarms are kept, all "
	    "else waits; see /readyz");
	e = folding_start(&d->folding, s, why);
	return e == ERR_OK ? start_doors(d, why) : e;
}

static void
say_ready(const struct service *s)
{
	const char *scheme =
	    s->config->node->tls_certificate != NULL ? "https" : "http";

	(void)printf("lianfangd %s ready %s=%s federation=%s\n", s->site->name,
	    scheme, s->http, s->federation);
	(void)fflush(stdout);
	journal_info("NODE-READY", "name=%s %s=%s federation=%s pid=%ld",
	    s->site->name, scheme, s->http, s->federation, (long)getpid());
}

/* The start goes on where it left the folding alone. */
static void
after_folding(struct daemon *d)
{
	struct folding *f = d->folding;

	if (!folding_done(f))
		return;
	d->folding = NULL;
	d->failed = folding_end(f, &d->why);
	if (d->failed == ERR_OK)
		d->failed = start_logs(d, &d->why);
	if (d->failed == ERR_OK)
		d->failed = write_run(d->service, &d->why);
	if (d->failed == ERR_OK) {
		atomic_store(&d->service->site->folding, false);
		say_ready(d->service);
	} else {
		ev_break(d->loop, EVBREAK_ALL);
	}
}

/* ---- running ---- */

static void
on_hangup(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct daemon *d = w->data;
	struct service *s = d->service;
	struct config *next = NULL;
	struct err_why why = {.text = ""};
	char fields[256];

	(void)loop;
	(void)revents;
	enum err e = token_reload(s->tokens, &why);
	if (e != ERR_OK)
		journal_error("NODE-RELOAD", "tokens: %s", why.text);
	e = config_read(&next, s->dir, &why);
	if (e != ERR_OK) {
		journal_error(
		    "NODE-RELOAD", "the old configuration stays: %s", why.text);
		return;
	}
	if (config_restart(s->config, next, fields, sizeof fields) > 0)
		journal_warn("NODE-RELOAD", "needs a restart: %s", fields);
	service_reconfigure(s, next);
	journal_info("NODE-RELOAD",
	    "read again: tokens, log_level, public_tiles; rule packs, "
	    "certificates and addresses need a restart");
}

static void
on_stop(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct daemon *d = w->data;

	(void)loop;
	(void)revents;
	if (d->draining > 0) {
		/* Said twice: what is durable is durable. */
		journal_warn("NODE-STOPPING", "signal=%d again", w->signum);
		_exit(EXIT_FAILURE);
	}
	journal_info("NODE-STOPPING", "signal=%d", w->signum);
	d->draining = 1;
	atomic_store(&d->service->serving, false);
	http_drain(d->http);
	http_drain(d->local);
	feed_end(d->service->feed);
	export_flush(d->service);
}

static void
looked(void *arg, struct submit_result *r)
{
	(void)arg;
	if (r->error != ERR_OK)
		journal_warn("PERMIT-RULES", "not looked at, tried again: %s",
		    r->why.text);
	submit_result_free(r);
}

/* What could not be entered is tried again. */
static void
entered(void *arg, struct submit_result *r)
{
	(void)arg;
	submit_result_free(r);
}

static void
enter_files(struct site *site)
{
	static const struct submit_who node = {
	    .subject = "node", .role = "node"};
	const struct submit_to to = {
	    .site = site, .who = &node, .done = entered};

	(void)pack_adopt(&to);
}

static void
look_at_rules(struct site *site)
{
	static const struct submit_who node = {
	    .subject = "node", .role = "node"};
	const struct submit_to to = {
	    .site = site, .who = &node, .done = looked};

	(void)submit_due(&to);
	/* Nothing is written, not even an empty transaction, for no permits. */
	if (submit_rules_open(site) == 0)
		return;
	submit_persons(site);
	submit_rules(&to);
}

static void
on_tick(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct daemon *d = w->data;
	struct service *s = d->service;

	(void)loop;
	(void)revents;
	d->ticks++;
	export_poll(s);
	heads_tick(s->heads);
	http_tick(d->http);
	http_tick(d->local);
	if (d->folding != NULL) {
		if (d->ticks % BEAT_TICKS == 0)
			room_look(s->site);
		if (d->draining == 0)
			after_folding(d);
	} else if (d->ticks % BEAT_TICKS == 0) {
		peers_tick(s->peers);
		mend_look(s->mend);
		room_look(s->site);
		if (d->draining == 0) {
			timekeep_beat(s->time);
			watch_beat(s->watch);
			flood_beat(s->flood);
			defence_beat(s->defence);
			terms_beat(s->terms);
			forks_beat(s->forks);
			snapshot_beat(s->snapshots);
			enter_files(s->site);
			retain_beat(s->retain);
		}
		if (d->draining == 0 && d->ticks % RULE_TICKS == 0)
			look_at_rules(s->site);
		else if (d->draining == 0)
			submit_persons_due(s->site);
	}
	if (d->ticks % STREAM_TICKS == 0)
		feed_tick(s->feed);
	if (d->draining == 0)
		return;
	d->draining++;
	bool quiet = http_busy(d->http) == 0 && http_busy(d->local) == 0;
	if (quiet || d->draining > DRAIN_TICKS)
		ev_break(d->loop, EVBREAK_ALL);
}

static void
watch(struct daemon *d)
{
	ev_timer_init(&d->tick, on_tick, TICK_SECONDS, TICK_SECONDS);
	ev_signal_init(&d->term, on_stop, SIGTERM);
	ev_signal_init(&d->interrupt, on_stop, SIGINT);
	ev_signal_init(&d->hangup, on_hangup, SIGHUP);
	d->tick.data = d;
	d->term.data = d;
	d->interrupt.data = d;
	d->hangup.data = d;
	ev_timer_start(d->loop, &d->tick);
	ev_signal_start(d->loop, &d->term);
	ev_signal_start(d->loop, &d->interrupt);
	ev_signal_start(d->loop, &d->hangup);
}

static void
stop_all(struct daemon *d)
{
	char path[SERVICE_DIR_MAX + 16];

	if (d->service == NULL)
		return;
	/* Streams and bundles first: a connection that sleeps cannot close. */
	atomic_store(&d->service->serving, false);
	feed_end(d->service->feed);
	export_flush(d->service);
	if (http_busy(d->http) + http_busy(d->local) > 0) {
		journal_error("NODE-STUCK", "requests do not finish; leaving");
		_exit(EXIT_FAILURE);
	}
	http_stop(d->http);
	http_stop(d->local);
	if (d->local != NULL)
		listener_unlink(d->service->dir);
	run_path(path, sizeof path, d->service);
	(void)unlink(path);
	/* Nothing of it is lost: one transaction, begun anew at a start. */
	if (d->folding != NULL) {
		journal_info("NODE-STOPPED", "while tables were folded");
		_exit(EXIT_SUCCESS);
	}
	service_close(d->service);
}

/* A command that stands in for the stopped node holds it for a moment. */
static enum err
open_service(struct service **out, const char *dir, struct err_why *why)
{
	const struct timespec nap = {.tv_nsec = 50 * 1000 * 1000};
	const struct clock *clock = clock_system();
	int64_t until_us = clock_boot_us(clock) + BUSY_US;
	enum err e;

	for (;;) {
		e = service_open_early(out, dir, why);
		if (e != ERR_BUSY || clock_boot_us(clock) >= until_us)
			return e;
		(void)nanosleep(&nap, NULL);
	}
}

enum err
daemon_run(const char *dir, struct err_why *why)
{
	struct daemon d = {.loop = NULL};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	enum err e;

	(void)sigaction(SIGPIPE, &ignore, NULL);
	/* Before any thread: they inherit the loop's signal mask. */
	d.loop = ev_default_loop(EVFLAG_AUTO);
	if (d.loop == NULL)
		return err_fail(why, ERR_IO, "cannot make an event loop");
	e = open_service(&d.service, dir, why);
	if (e != ERR_OK)
		goto out;
	watch(&d);
	e = start_all(&d, why);
	if (e != ERR_OK)
		goto out;
	if (d.folding == NULL)
		say_ready(d.service);
	(void)ev_run(d.loop, 0);
	e = d.failed;
	if (e != ERR_OK && why != NULL)
		*why = d.why;
	journal_info("NODE-STOPPED", "name=%s", d.service->site->name);
out:
	stop_all(&d);
	ev_loop_destroy(d.loop);
	return e;
}
