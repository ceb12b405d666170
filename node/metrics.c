/* metrics.c - counters of the HTTP side, as Prometheus text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/metrics.h"

#include "node/clocks.h"
#include "node/commit.h"
#include "node/mend.h"
#include "node/ops.h"
#include "node/outbox.h"
#include "node/permit_open.h"
#include "node/quarantine.h"
#include "node/query.h"
#include "node/retain.h"
#include "node/room.h"
#include "node/service.h"
#include "node/site.h"
#include "node/spool.h"
#include "node/statuslist.h"
#include "node/terms.h"
#include "node/watch.h"
#include "node/witness_ask.h"
#include "node/witnessing.h"
#include "proto/mem.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OPS_COUNTED 128 /* operations; the rest counts as the last */
#define CLASSES 6 /* status / 100 */

static const struct {
	int64_t us;
	const char *label;
} bounds[] = {
    {500, "0.0005"},
    {1000, "0.001"},
    {2000, "0.002"},
    {5000, "0.005"},
    {10000, "0.01"},
    {20000, "0.02"},
    {50000, "0.05"},
    {100000, "0.1"},
    {500000, "0.5"},
    {2000000, "2"},
};
#define BOUNDS (sizeof bounds / sizeof *bounds)

struct metrics {
	_Atomic uint64_t requests[OPS_COUNTED][CLASSES];
	_Atomic uint64_t bucket[2][BOUNDS + 1]; /* read, write */
	_Atomic uint64_t sum_us[2];
	_Atomic uint64_t refused[DOORS][2]; /* full, share */
	_Atomic uint64_t closed[CONNS_ENDS];
	_Atomic int64_t gauge[METRICS_GAUGES];
};

struct metrics *
metrics_new(void)
{
	return mem_alloc(1, sizeof(struct metrics));
}

void
metrics_free(struct metrics *m)
{
	free(m);
}

void
metrics_add(struct metrics *m, enum metrics_gauge g, int delta)
{
	atomic_fetch_add_explicit(&m->gauge[g], delta, memory_order_relaxed);
}

static int64_t
gauge(struct metrics *m, enum metrics_gauge g)
{
	return atomic_load_explicit(&m->gauge[g], memory_order_relaxed);
}

static void
count(_Atomic uint64_t *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static uint64_t
value(_Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

void
metrics_request(struct metrics *m, const struct ops_call *call, int64_t took_us)
{
	size_t n;
	const struct ops_entry *t = ops_table(&n);
	size_t op = call->op != NULL ? (size_t)(call->op - t) : OPS_COUNTED;
	size_t class = call->status / 100;
	bool write = call->op != NULL && call->op->method[0] != 'G';
	size_t b = 0;

	op = op < OPS_COUNTED - 1 ? op : OPS_COUNTED - 1;
	count(&m->requests[op][class < CLASSES ? class : 0], 1);
	if (call->stream.read != NULL)
		return;
	while (b < BOUNDS && took_us > bounds[b].us)
		b++;
	count(&m->bucket[write][b], 1);
	count(&m->sum_us[write], took_us > 0 ? (uint64_t)took_us : 0);
}

void
metrics_refused(struct metrics *m, enum door which, bool share)
{
	count(&m->refused[which][share], 1);
}

void
metrics_closed(struct metrics *m, enum conns_end why)
{
	count(&m->closed[why], 1);
}

uint64_t
metrics_resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long total = 0;
	unsigned long resident = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	(void)fclose(f);
	long page = sysconf(_SC_PAGESIZE);
	return (uint64_t)resident * (uint64_t)(page > 0 ? page : 4096);
}

/* ---- the page ---- */

void
metrics_head(
    struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP lianfang_%s %s\n# TYPE lianfang_%s %s\n", name,
	    help, name, type);
}

static void
single(struct buf *out, const char *name, const char *type, const char *help,
    uint64_t v)
{
	metrics_head(out, name, type, help);
	buf_printf(out, "lianfang_%s %llu\n", name, (unsigned long long)v);
}

static void
put_requests(struct buf *out, struct metrics *m)
{
	size_t n;
	const struct ops_entry *t = ops_table(&n);

	metrics_head(out, "http_requests_total", "counter",
	    "Requests answered, by operation and class of status.");
	for (size_t i = 0; i < OPS_COUNTED; i++)
		for (size_t c = 0; c < CLASSES; c++) {
			uint64_t v = value(&m->requests[i][c]);
			if (v == 0)
				continue;
			buf_printf(out,
			    "lianfang_http_requests_total{op=\"%s\","
			    "code=\"%zuxx\"} %llu\n",
			    i < n ? t[i].name : "none", c,
			    (unsigned long long)v);
		}
}

static void
put_durations(struct buf *out, struct metrics *m)
{
	static const char *const way[] = {"read", "write"};
	const char *name = "lianfang_http_request_seconds";

	metrics_head(out, "http_request_seconds", "histogram",
	    "From the request line to the answer.");
	for (size_t w = 0; w < 2; w++) {
		uint64_t sum = 0;
		for (size_t b = 0; b <= BOUNDS; b++) {
			sum += value(&m->bucket[w][b]);
			buf_printf(out,
			    "%s_bucket{way=\"%s\",le=\"%s\"} %llu\n", name,
			    way[w], b < BOUNDS ? bounds[b].label : "+Inf",
			    (unsigned long long)sum);
		}
		uint64_t us = value(&m->sum_us[w]);
		buf_printf(out,
		    "%s_sum{way=\"%s\"} %llu.%06llu\n"
		    "%s_count{way=\"%s\"} %llu\n",
		    name, way[w], (unsigned long long)(us / 1000000),
		    (unsigned long long)(us % 1000000), name, way[w],
		    (unsigned long long)sum);
	}
}

static void
put_refused(struct buf *out, struct metrics *m)
{
	static const char *const door[DOORS] = {
	    [DOOR_WRITE] = "write",
	    [DOOR_BULK] = "bulk",
	    [DOOR_QUERY] = "query",
	    [DOOR_REPLY] = "reply",
	    [DOOR_STREAM] = "stream",
	};
	static const char *const end[CONNS_ENDS] = {
	    [CONNS_END_FULL] = "full",
	    [CONNS_END_ADDRESS] = "address",
	    [CONNS_END_HEAD] = "slow_head",
	    [CONNS_END_BODY] = "slow_body",
	    [CONNS_END_SEND] = "slow_reader",
	    [CONNS_END_IDLE] = "idle",
	};

	metrics_head(out, "http_refused_total", "counter",
	    "Requests sent away: share is 429, full is 503.");
	for (size_t i = 0; i < DOORS; i++)
		for (size_t k = 0; k < 2; k++)
			buf_printf(out,
			    "lianfang_http_refused_total{door=\"%s\","
			    "reason=\"%s\"} %llu\n",
			    door[i], k == 0 ? "full" : "share",
			    (unsigned long long)value(&m->refused[i][k]));
	metrics_head(out, "http_closed_total", "counter",
	    "Connections closed by the node, by reason.");
	for (size_t i = 0; i < CONNS_ENDS; i++)
		buf_printf(out,
		    "lianfang_http_closed_total{reason=\"%s\"} %llu\n", end[i],
		    (unsigned long long)value(&m->closed[i]));
}

static void
put_commits(struct buf *out, struct site *s)
{
	static const char *const class[COMMIT_CLASSES] = {
	    "urgent", "bulk", "later"};
	struct commit_stats c;

	commit_stats(s->commit, &c);
	single(out, "commits_total", "counter", "Durable commits.", c.commits);
	single(out, "entries_total", "counter",
	    "Entries appended since the start.", c.entries);
	single(out, "refused_total", "counter", "Commands that a rule refused.",
	    c.refused);
	metrics_head(
	    out, "commit_queue", "gauge", "Commands waiting, by class.");
	for (size_t i = 0; i < COMMIT_CLASSES; i++)
		buf_printf(out, "lianfang_commit_queue{class=\"%s\"} %llu\n",
		    class[i], (unsigned long long)c.queued[i]);
	single(out, "commit_last_microseconds", "gauge",
	    "Duration of the newest commit.", c.last_commit_us);
	single(out, "unsigned_logs", "gauge",
	    "Own logs that may not be signed now.",
	    (uint64_t)__builtin_popcount(atomic_load(&s->unsure)));
	single(out, "spooled", "gauge",
	    "Alarms kept until the evidence log may be signed.",
	    spool_count(s));
	single(out, "witness_retired", "gauge",
	    "1 when this node cosigns nothing any more.",
	    atomic_load(&s->witness_retired) ? 1 : 0);
	single(out, "halted", "gauge", "1 when nothing is signed any more.",
	    atomic_load(&s->halted) ? 1 : 0);
	single(out, "full", "gauge", "1 when a write found no room.",
	    atomic_load(&s->full) ? 1 : 0);
	single(out, "disk_free_bytes", "gauge",
	    "Left where the node's directory is.", room_left(s));
}

static void
put_counts(struct buf *out, struct site *s)
{
	struct query_counts q;

	if (query_counts(s, &q, NULL) != ERR_OK)
		return;
	metrics_head(out, "log_size", "gauge", "Entries of an own log.");
	buf_printf(out,
	    "lianfang_log_size{log=\"evidence\"} %llu\n"
	    "lianfang_log_size{log=\"alliance\"} %llu\n",
	    (unsigned long long)q.evidence_size,
	    (unsigned long long)q.alliance_size);
	single(out, "sources", "gauge", "Sources seen.", q.sources);
	single(out, "source_missing", "gauge",
	    "Messages of sources that never arrived.", q.missing);
	single(out, "source_duplicates", "gauge", "Messages that came again.",
	    q.duplicates);
	single(out, "source_conflicts", "gauge",
	    "Messages that came again with other content.", q.conflicts);
	single(
	    out, "open_alarms", "gauge", "Alarms not cleared.", q.open_alarms);
	single(out, "open_permits", "gauge", "Permits not closed.",
	    q.open_permits);
}

static void
put_watch(struct buf *out, struct watch *w)
{
	struct watch_stats n;

	watch_stats(w, &n);
	single(out, "incidents_open", "gauge", "Incidents not closed.", n.open);
	single(out, "incidents_unacknowledged", "gauge",
	    "Incidents that nobody has acknowledged.", n.called);
	single(out, "incidents_unanswered", "gauge",
	    "Of those, whose chain has come to its end.", n.exhausted);
	single(out, "escalations_total", "counter",
	    "Steps taken since the start.", n.escalated);
	single(out, "incident_areas_waiting", "gauge",
	    "Areas with more alarms than an incident lists.", n.waiting);
	single(out, "watch_behind", "gauge",
	    "1 while more alarms come than are looked through.", n.behind);
}

static void
put_terms(struct buf *out, struct terms *t)
{
	struct terms_stats n;

	terms_stats(t, &n);
	metrics_head(out, "certificate_ends", "gauge",
	    "Ends of certificates ahead, by the nearest warning step.");
	for (size_t i = 0; i < n.steps && i < TERMS_STEPS; i++)
		buf_printf(out, "lianfang_certificate_ends{days=\"%u\"} %llu\n",
		    (unsigned)n.days[i], (unsigned long long)n.ends[i]);
	single(out, "certificate_ends_old", "gauge",
	    "1 while they cannot be read and are those of an earlier look.",
	    n.failed);
}

static void
put_outbox(struct buf *out, struct service *s)
{
	struct outbox_stats n;
	const int64_t now_us = site_now(s->site);

	outbox_stats(s->outbox, &n);
	single(out, "outbox_rows_total", "counter",
	    "Rows of waiting notices read.", n.rows);
	single(out, "outbox_pending", "gauge",
	    "Notices that nobody outside has taken yet.", n.pending);
	single(out, "outbox_given_up", "gauge",
	    "Notices that were refused for good, and not retried.", n.given_up);
	single(out, "outbox_oldest_seconds", "gauge",
	    "Age of the oldest pending notice.",
	    n.oldest_us != 0 && now_us > n.oldest_us
	        ? (uint64_t)(now_us - n.oldest_us) / 1000000
	        : 0);
	single(out, "outbox_failing", "gauge",
	    "Targets whose last answer was none.", n.failing);
	single(out, "outbox_delivered_total", "counter",
	    "Notices delivered since the start.", n.delivered);
	single(out, "outbox_failures_total", "counter",
	    "Attempts that failed since the start.", n.failures);
}

static void
put_retain(struct buf *out, struct retain *r)
{
	struct retain_stats n;

	retain_stats(r, &n);
	single(out, "retention_expired_total", "counter",
	    "Entries erased at the end of their term, since the start.",
	    n.expired);
	single(out, "retention_media_expired_total", "counter",
	    "Entries whose media ended, since the start.", n.media);
	single(out, "retention_erased_total", "counter",
	    "Erasures that waited and were carried out, since the start.",
	    n.erased);
	single(out, "retention_waiting", "gauge",
	    "Erasures that wait for the end of a legal term.", n.waiting);
	single(out, "retention_holds", "gauge", "Legal holds.", n.holds);
	single(out, "retention_held", "gauge",
	    "Records past their term that a hold keeps.", n.held);
	single(out, "retention_confirmed", "gauge",
	    "0 while nothing ends because the time is not confirmed.",
	    n.wants == NULL);
}

static void
put_clock(struct buf *out, struct service *s)
{
	Config__Clock *c = clocks_status(s);

	single(out, "clock_uncertain", "gauge",
	    "1 while the wall clock is not believed.", c->n_faults > 0);
	metrics_head(out, "clock_held_seconds", "gauge",
	    "By which recorded time is held behind the wall clock.");
	buf_printf(out, "lianfang_clock_held_seconds %.3f\n",
	    (double)c->held_ms / 1000);
	metrics_head(out, "clock_error_seconds", "gauge",
	    "By which the wall clock may be wrong.");
	buf_printf(out, "lianfang_clock_error_seconds %.3f\n",
	    (double)c->error_ms / 1000);
	metrics_head(out, "clock_set_total", "counter",
	    "Jumps of the wall clock that were seen.");
	buf_printf(out,
	    "lianfang_clock_set_total{direction=\"ahead\"} %llu\n"
	    "lianfang_clock_set_total{direction=\"back\"} %llu\n",
	    (unsigned long long)c->set_ahead, (unsigned long long)c->set_back);
	if (c->has_skew_ms) {
		metrics_head(out, "clock_skew_seconds", "gauge",
		    "Median of the members' clocks minus ours.");
		buf_printf(out, "lianfang_clock_skew_seconds %.3f\n",
		    (double)c->skew_ms / 1000);
	}
	metrics_head(out, "peer_clock_skew_seconds", "gauge",
	    "That member's clock minus ours.");
	for (size_t i = 0; i < c->n_peers; i++)
		if (c->peers[i]->has_skew_ms)
			buf_printf(out,
			    "lianfang_peer_clock_skew_seconds{peer=\"%s\"} "
			    "%.3f\n",
			    c->peers[i]->name,
			    (double)c->peers[i]->skew_ms / 1000);
	config__clock__free_unpacked(c, NULL);
}

void
metrics_put(struct buf *out, struct service *service)
{
	struct metrics *m = service->metrics;
	struct site *s = service->site;
	struct err_why unread;

	put_requests(out, m);
	put_durations(out, m);
	single(out, "http_connections", "gauge", "Open connections.",
	    (uint64_t)gauge(m, METRICS_CONNECTIONS));
	single(out, "http_streams", "gauge", "Open event streams.",
	    (uint64_t)gauge(m, METRICS_STREAMS));
	single(out, "http_waiting", "gauge", "Requests being answered.",
	    (uint64_t)gauge(m, METRICS_WAITING));
	single(out, "http_bulk", "gauge", "Large bodies being sealed.",
	    (uint64_t)gauge(m, METRICS_BULK));
	single(out, "http_queries", "gauge", "Queries waiting or running.",
	    (uint64_t)gauge(m, METRICS_QUERY));
	put_refused(out, m);
	put_commits(out, s);
	put_counts(out, s);
	metrics_peers(out, service->peers);
	witnessing_metrics(service->witnessing, out);
	witness_ask_metrics(service->witness_ask, out);
	put_clock(out, service);
	put_watch(out, service->watch);
	put_terms(out, service->terms);
	put_outbox(out, service);
	uint64_t kept, bytes;
	quarantine_count(service->quarantine, &kept, &bytes);
	single(out, "quarantined", "gauge",
	    "Refused messages kept until somebody decides.", kept);
	put_retain(out, service->retain);
	single(out, "store_damaged_total", "counter",
	    "Damaged rows and pages met since the start.",
	    store_damage(s->own.store, &unread) +
	        store_damage(s->replica.store, &unread));
	single(out, "missing_rows", "gauge",
	    "Lost to damage and still to be fetched from members.",
	    mend_missing(service->mend));
	metrics_head(out, "store_bytes", "gauge", "Bytes in use of a store.");
	buf_printf(out,
	    "lianfang_store_bytes{store=\"own\"} %llu\n"
	    "lianfang_store_bytes{store=\"replica\"} %llu\n",
	    (unsigned long long)store_used(s->own.store),
	    (unsigned long long)store_used(s->replica.store));
	single(out, "permit_rows_total", "counter",
	    "Open permits read for rules and for what goes on nearby.",
	    permit_open_reads());
	single(out, "statuslist_read_total", "counter",
	    "Rows and events read for status lists of the past.",
	    service->statuslist != NULL ? statuslist_read(service->statuslist)
	                                : 0);
	single(out, "resident_bytes", "gauge", "Resident set.",
	    metrics_resident());
	single(out, "start_time_seconds", "gauge", "Start, Unix time.",
	    (uint64_t)(service->started_us / 1000000));
}
