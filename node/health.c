/* health.c - operations that say how the node is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/health.h"

#include "config.pb-c.h"
#include "ledger/log_read.h"
#include "node/clocks.h"
#include "node/config.h"
#include "node/forks.h"
#include "node/logs.h"
#include "node/mend.h"
#include "node/metrics.h"
#include "node/openapi.h"
#include "node/outbox.h"
#include "node/pack_notes.h"
#include "node/peers.h"
#include "node/retains.h"
#include "node/service.h"
#include "node/site_logs.h"
#include "node/spool.h"
#include "node/terms.h"
#include "node/witness_ask.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FORKS_SHOWN 64
#define REASONS_MAX 6
#define NOT_RUNNING "lianfangd does not run"

/* Why it does not take writes; `fold` is one of them, said of this moment. */
struct reasons {
	const char *at[REASONS_MAX];
	size_t len;
	char fold[128];
};

static void
find_reasons(const struct service *s, struct reasons *r)
{
	const bool folding = atomic_load(&s->site->folding);
	const char **out = r->at;
	size_t n = 0;

	(void)snprintf(r->fold, sizeof r->fold,
	    "tables are folded anew after an upgrade, %llu of %llu entries so "
	    "far: alarms are kept",
	    (unsigned long long)atomic_load(&s->site->folded),
	    (unsigned long long)atomic_load(&s->site->to_fold));
	if (folding)
		out[n++] = r->fold;
	if (atomic_load(&s->site->halted) || store_failed(s->site->own.store))
		out[n++] = "writing stopped after a failure: see the journal "
		           "and the disk, restart, then lianfang audit";
	if (store_failed(s->site->replica.store))
		out[n++] = "copies of other members stopped after a failure: "
		           "see the journal and the disk, restart";
	if (atomic_load(&s->site->full))
		out[n++] = "no room on the disk: free space, no restart needed";
	if (!folding && atomic_load(&s->site->unsure) != 0 &&
	    (s->site->asks || s->site->doubt != 0))
		out[n++] = "it is not known whether the logs are whole: "
		           "nothing is signed, alarms are kept; lianfang log "
		           "list";
	if (!atomic_load(&s->serving))
		out[n++] = "stopping";
	r->len = n;
}

/* Strings are copied: protobuf-c's fields are owned and not const. */
static char **
copy_reasons(const struct service *s, size_t *n)
{
	struct reasons r;
	char **out;

	find_reasons(s, &r);
	*n = r.len;
	out = *n > 0 ? mem_alloc(*n, sizeof *out) : NULL;
	for (size_t i = 0; i < *n; i++)
		out[i] = mem_strdup(r.at[i]);
	return out;
}

/* What people should look at although the node serves. */
static void
warn(const struct service *s, char ***list, size_t *n)
{
	pack_notes_list(s->site, list, n);
	if (s->terms != NULL)
		terms_notes(s->terms, list, n);
}

static void
reply_health(struct ops_call *call, const char *word)
{
	Config__Health *h = mem_alloc(1, sizeof *h);

	config__health__init(h);
	h->status = mem_strdup(word);
	h->waiting_for = copy_reasons(call->service, &h->n_waiting_for);
	warn(call->service, &h->warnings, &h->n_warnings);
	ops_reply_message(call, &h->base);
	config__health__free_unpacked(h, NULL);
}

enum err
health_live(struct ops_call *call, struct err_why *why)
{
	(void)why;
	reply_health(call, "ok");
	return ERR_OK;
}

enum err
health_ready(struct ops_call *call, struct err_why *why)
{
	struct reasons r;
	bool ready;

	(void)why;
	find_reasons(call->service, &r);
	ready = r.len == 0;
	reply_health(call, ready ? "ok" : "not ready");
	if (!ready)
		call->status = 503;
	return ERR_OK;
}

enum err
health_metrics(struct ops_call *call, struct err_why *why)
{
	(void)why;
	metrics_put(&call->out, call->service);
	ops_reply_type(call, "text/plain; version=0.0.4; charset=utf-8");
	return ERR_OK;
}

enum err
health_openapi(struct ops_call *call, struct err_why *why)
{
	(void)why;
	openapi_put(&call->out);
	ops_reply_type(call, "application/json");
	return ERR_OK;
}

/* ---- status ---- */

static char *
vkey_text(const struct site *s, const char *which)
{
	struct note_vkey key;
	struct buf text;
	char *out = NULL;

	buf_init(&text, 1024);
	if (site_vkey(s, which, &key, NULL) == ERR_OK) {
		note_vkey_put(&text, &key);
		out = mem_strdup(buf_cstr(&text));
	}
	buf_clear(&text);
	return out;
}

static uint32_t
cosignatures(struct bytes text, size_t own_lines)
{
	struct note *n = mem_alloc(1, sizeof *n);
	size_t count = 0;

	if (note_parse(n, text, NULL) == ERR_OK && n->sigs_len > own_lines)
		count = n->sigs_len - own_lines;
	free(n);
	return (uint32_t)count;
}

static Config__LogStatus *
log_status(struct site_db *db, struct store_txn *txn, uint16_t slot)
{
	char origin[NOTE_NAME_MAX + 1];
	struct log_state st;
	struct note_checkpoint head;
	struct buf note;

	if (log_origin(db->book, txn, slot, origin, NULL) != ERR_OK ||
	    log_state(db->book, txn, slot, &st, NULL) != ERR_OK)
		return NULL;
	Config__LogStatus *l = mem_alloc(1, sizeof *l);
	config__log_status__init(l);
	l->origin = mem_strdup(origin);
	l->has_size = true;
	l->size = st.frontier.size;
	l->has_lost_from = l->has_lost_to =
	    logs_gap(db, txn, slot, &l->lost_from, &l->lost_to);
	l->has_time_epoch = st.time_epoch > 1;
	l->time_epoch = st.time_epoch;
	l->has_recorded_at = st.frontier.size > 0;
	l->recorded_at = st.recorded_us;
	buf_init(&note, NOTE_BYTES_MAX);
	if (log_checkpoint(db->book, txn, slot, 0, &note, &head, NULL) ==
	    ERR_OK) {
		l->has_root = true;
		l->root.len = HASH_BYTES;
		l->root.data = mem_alloc(1, HASH_BYTES);
		memcpy(l->root.data, head.head.root.b, HASH_BYTES);
		l->has_cosignatures = true;
		l->cosignatures = cosignatures(buf_view(&note), 1);
	}
	buf_clear(&note);
	return l;
}

static void
add_logs(Config__Status *out, struct site *s, bool own)
{
	struct site_db *db = own ? &s->own : &s->replica;
	struct store_txn *txn = NULL;

	if (store_read(db->store, &txn, NULL) != ERR_OK)
		return;
	for (unsigned slot = 0; slot <= UINT16_MAX; slot++) {
		Config__LogStatus *l = log_status(db, txn, (uint16_t)slot);
		if (l == NULL && slot > 0)
			break;
		if (l == NULL)
			continue;
		l->has_own = true;
		l->own = own;
		if (own && slot == site_log(s, SITE_EVIDENCE)->slot)
			l->vkey = vkey_text(s, "evidence");
		if (own && slot == site_log(s, SITE_ALLIANCE)->slot)
			l->vkey = vkey_text(s, "alliance");
		out->logs =
		    mem_resize(out->logs, out->n_logs + 1, sizeof *out->logs);
		out->logs[out->n_logs++] = l;
	}
	store_abort(txn);
}

static char *
text_or_null(const char *s)
{
	return s != NULL && s[0] != '\0' ? mem_strdup(s) : NULL;
}

enum err
health_status(struct ops_call *call, struct err_why *why)
{
	struct service *s = call->service;
	Config__Status *st = mem_alloc(1, sizeof *st);
	bool runs = s->http[0] != '\0'; /* else the CLI stands in for it */

	(void)why;
	config__status__init(st);
	st->name = mem_strdup(s->site->name);
	st->role = mem_strdup(site_role_text(s->site->role));
	st->company = text_or_null(s->config->node->company);
	st->version = mem_strdup(SERVICE_VERSION);
	st->has_started_at = runs;
	st->started_at = s->started_us;
	st->waiting_for = copy_reasons(s, &st->n_waiting_for);
	if (!runs) {
		st->waiting_for = mem_resize(st->waiting_for,
		    st->n_waiting_for + 1, sizeof *st->waiting_for);
		st->waiting_for[st->n_waiting_for++] = mem_strdup(NOT_RUNNING);
	}
	warn(s, &st->warnings, &st->n_warnings);
	st->has_ready = true;
	st->ready = st->n_waiting_for == 0;
	st->http = text_or_null(s->http);
	st->federation = text_or_null(s->federation);
	st->has_pid = runs;
	st->pid = (uint32_t)getpid();
	add_logs(st, s->site, true);
	add_logs(st, s->site, false);
	st->alliance = peers_status(s->peers);
	st->clock = clocks_status(s);
	mend_status(s->mend, st);
	st->outbox = outbox_status(s->outbox);
	st->retention = retains_status(s->retain);
	st->witnesses = witness_ask_status(s->witness_ask, &st->n_witnesses);
	st->has_store_bytes = true;
	st->store_bytes =
	    store_used(s->site->own.store) + store_used(s->site->replica.store);
	st->has_spooled = true;
	st->spooled = spool_count(s->site);
	st->has_witness_retired = true;
	st->witness_retired = atomic_load(&s->site->witness_retired);
	st->has_resident_bytes = true;
	st->resident_bytes = metrics_resident();
	ops_reply_message(call, &st->base);
	config__status__free_unpacked(st, NULL);
	return ERR_OK;
}

/* ---- alliance ---- */

static bool
add_fork(
    void *arg, const char *origin, const struct fork *fork, struct bytes file)
{
	Config__Alliance *a = arg;

	(void)file;
	a->forks = mem_resize(a->forks, a->n_forks + 1, sizeof *a->forks);
	a->forks[a->n_forks++] = forks_message(origin, fork);
	a->forked = mem_resize(a->forked, a->n_forked + 1, sizeof *a->forked);
	a->forked[a->n_forked++] = mem_strdup(origin);
	return a->n_forks < FORKS_SHOWN;
}

/* Evidence of members that signed two histories: everybody should see it. */
static enum err
add_forks(struct site *s, Config__Alliance *a, struct err_why *why)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(s->replica.store, &txn, why);

	if (e == ERR_OK)
		e = witness_list(&s->witness, txn, add_fork, a, why);
	store_abort(txn);
	return e;
}

enum err
health_alliance(struct ops_call *call, struct err_why *why)
{
	Config__Alliance *a = peers_status(call->service->peers);
	enum err e;

	if (a == NULL) {
		call->code = "no_alliance";
		return err_fail(why, ERR_NOT_FOUND,
		    "this node is in no alliance; lianfang alliance join");
	}
	e = add_forks(call->service->site, a, why);
	if (e == ERR_OK)
		ops_reply_message(call, &a->base);
	config__alliance__free_unpacked(a, NULL);
	return e;
}

enum err
health_alliance_install(struct ops_call *call, struct err_why *why)
{
	enum err e = peers_install(call->service->peers, call->body, why);

	return e == ERR_OK ? health_alliance(call, why) : e;
}

enum err
health_policy(struct ops_call *call, struct err_why *why)
{
	ops_reply_type(call, "text/plain; charset=utf-8");
	return peers_policy(call->service->peers, &call->out, why);
}
