/* export.c - the operation that answers with an evidence bundle. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/export.h"

#include "config.pb-c.h"
#include "ledger/bundle.h"
#include "node/config.h"
#include "node/export_set.h"
#include "node/ingest.h"
#include "node/peers.h"
#include "node/service.h"
#include "node/site_logs.h"
#include "node/submit.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND_US INT64_C(1000000)

/* One bundle in the making; call->work. */
struct export_job {
	struct ops_call *call;
	Config__BundleRequest *req;
	struct window_question question;
	uint8_t (*ids)[16];
	struct buf policy;
	char asker[80];
	_Atomic int open; /* submissions not answered yet */
	_Atomic int failed; /* enum err of the first failure */
	struct err_why why;
	struct site_log_now log; /* the generation that is asked */
	uint64_t heads_index;
	size_t quorum;
	int64_t deadline_us;
	struct export_job *next; /* in the queue */
};

/* Invariant: a queued job's call waits for ops_finish, by the queue alone. */
struct export_queue {
	pthread_mutex_t lock;
	struct export_job *first;
	bool flushed;
};

struct export_queue *
export_queue_new(void)
{
	struct export_queue *q = mem_alloc(1, sizeof *q);

	(void)pthread_mutex_init(&q->lock, NULL);
	return q;
}

void
export_queue_free(struct export_queue *q)
{
	if (q == NULL)
		return;
	(void)pthread_mutex_destroy(&q->lock);
	free(q);
}

static void
job_free(void *work)
{
	struct export_job *j = work;

	if (j->req != NULL)
		slice_free(&j->req->base);
	free(j->ids);
	buf_clear(&j->policy);
	free(j);
}

/* ---- the question ---- */

static const struct {
	const char *name;
	Ledger__Kind kind;
} kinds[] = {
    {"alarm", LEDGER__KIND__ALARM},
    {"permit", LEDGER__KIND__PERMIT},
    {"certificate", LEDGER__KIND__CERTIFICATE},
    {"case", LEDGER__KIND__CASE},
    {"checklist", LEDGER__KIND__CHECKLIST},
    {"points", LEDGER__KIND__POINTS},
    {"incident", LEDGER__KIND__INCIDENT},
    {"decision", LEDGER__KIND__DECISION},
    {"delivery", LEDGER__KIND__DELIVERY},
    {"snapshot", LEDGER__KIND__SNAPSHOT},
    {"access", LEDGER__KIND__ACCESS},
    {"erasure", LEDGER__KIND__ERASURE},
    {"actor", LEDGER__KIND__ACTOR},
};

/* Who has read what is the administrator's, here as in access.list. */
static enum err
may_ask(const struct export_job *j, struct err_why *why)
{
	if (j->question.kind != LEDGER__KIND__ACCESS ||
	    j->call->who.role == OPS_ADMIN)
		return ERR_OK;
	j->call->code = "role_denied";
	return err_fail(
	    why, ERR_DENIED, "$.kind: access entries are for role admin");
}

/* Who asked for an erasure, and why, is told to those who may ask for one. */
static enum err
ask_shown(struct export_job *j, struct err_why *why)
{
	static const char *const open[] = {"origin", "index", "fields", "more",
	    "retention", "goesOn", "request", "wrong"};
	const Config__BundleRequest *r = j->req;

	j->question.show = (const char *const *)(const void *)r->show;
	j->question.show_len = r->n_show;
	if (j->question.kind != LEDGER__KIND__ERASURE ||
	    j->call->who.role == OPS_ADMIN)
		return ERR_OK;
	for (size_t i = 0; i < r->n_show; i++) {
		bool known = false;

		for (size_t k = 0; k < sizeof open / sizeof open[0]; k++)
			known |= strcmp(r->show[i], open[k]) == 0;
		if (known)
			continue;
		j->call->code = "role_denied";
		return err_fail(why, ERR_DENIED,
		    "$.show[%zu]: of erasures only origin, index, fields, "
		    "more, retention, goesOn, request and wrong are for "
		    "everybody; the rest is for role admin",
		    i);
	}
	if (r->n_show == 0) {
		j->question.show = open;
		j->question.show_len = sizeof open / sizeof open[0];
	}
	return ERR_OK;
}

static enum err
ask_kind(struct export_job *j, struct err_why *why)
{
	const Config__BundleRequest *r = j->req;

	for (size_t i = 0; r->kind != NULL && i < sizeof kinds / sizeof *kinds;
	     i++)
		if (strcasecmp(r->kind, kinds[i].name) == 0) {
			j->question.kind = kinds[i].kind;
			return may_ask(j, why);
		}
	return err_fail(why, ERR_MALFORMED,
	    "$.kind: expected alarm, permit, certificate, case, incident, "
	    "decision, delivery, checklist, points, snapshot, access, erasure "
	    "or actor");
}

static enum err
ask_ids(struct export_job *j, struct err_why *why)
{
	const Config__BundleRequest *r = j->req;

	if (r->n_ids > WINDOW_IDS_MAX)
		return err_fail(
		    why, ERR_LIMIT, "$.ids: at most %d", WINDOW_IDS_MAX);
	if (r->n_show > WINDOW_SHOW_MAX)
		return err_fail(
		    why, ERR_LIMIT, "$.show: at most %d", WINDOW_SHOW_MAX);
	j->ids = mem_alloc(r->n_ids + 1, sizeof *j->ids);
	for (size_t i = 0; i < r->n_ids; i++) {
		enum err e =
		    text_uuid_get(j->ids[i], bytes_str(r->ids[i]), NULL);
		if (e != ERR_OK)
			return err_fail(why, ERR_MALFORMED,
			    "$.ids[%zu]: expected a UUID", i);
	}
	/* C adds const to arrays and inner pointers by cast only. */
	memcpy(&j->question.ids, &j->ids, sizeof j->ids);
	j->question.ids_len = r->n_ids;
	return ask_shown(j, why);
}

/* A window that begins before this generation of the log did would look
 * complete without what the generation before holds of it. */
static enum err
check_start(struct export_job *j, struct store_txn *txn, struct err_why *why)
{
	struct log_book *book = j->call->service->site->own.book;
	char when[TEXT_TIME_CHARS + 1];
	Ledger__Entry *leaf = NULL;
	struct bytes raw;
	enum err e = ERR_OK;

	if (j->log.number == 1)
		return ERR_OK;
	e = log_entry(book, txn, j->log.slot, 0, &raw, why);
	if (e == ERR_OK)
		e = log_decode(&leaf, raw, why);
	if (e != ERR_OK)
		return e;
	if (j->question.time_epoch == leaf->time_epoch &&
	    j->question.from_us < leaf->recorded_us) {
		text_time_put(when, leaf->recorded_us);
		e = err_fail(why, ERR_REFUSED,
		    "$.fromAt: generation %u of the log begins at %s; ask for "
		    "what is before with generation %u, and for the rest from "
		    "then on",
		    j->log.number, when, j->log.number - 1);
	}
	ledger__entry__free_unpacked(leaf, NULL);
	return e;
}

static enum err
ask_window(struct export_job *j, struct err_why *why)
{
	const Config__BundleRequest *r = j->req;
	struct site *s = j->call->service->site;
	struct store_txn *txn = NULL;
	struct log_state st;

	if (r->has_from_at != r->has_to_at)
		return err_fail(why, ERR_MALFORMED,
		    "$.fromAt: give fromAt and toAt together");
	if (!r->has_from_at && r->n_ids == 0)
		return err_fail(
		    why, ERR_MALFORMED, "$.fromAt: give a window, or ids");
	if (r->has_from_at && r->from_at >= r->to_at)
		return err_fail(why, ERR_MALFORMED, "$.toAt: not after fromAt");
	if (r->site != NULL && strcmp(r->site, s->name) != 0)
		return err_fail(why, ERR_UNSUPPORTED,
		    "$.site: only %.100s itself can bind an answer about its "
		    "log; ask that node",
		    r->site);
	j->log = *site_log(s, SITE_EVIDENCE);
	j->question.timed = r->has_from_at;
	j->question.from_us = r->from_at;
	j->question.to_us = r->to_at;
	enum err e = store_read(s->own.store, &txn, why);
	if (e == ERR_OK)
		e = log_state(s->own.book, txn, j->log.slot, &st, why);
	if (e == ERR_OK)
		j->question.time_epoch =
		    r->has_time_epoch ? r->time_epoch : st.time_epoch;
	if (e == ERR_OK &&
	    (j->question.time_epoch < 1 ||
	        j->question.time_epoch > st.time_epoch))
		e = err_fail(why, ERR_MALFORMED, "$.timeEpoch: this log has %u",
		    st.time_epoch);
	if (e == ERR_OK && j->question.timed)
		e = check_start(j, txn, why);
	store_abort(txn);
	return e;
}

static enum err
ask(struct export_job *j, struct err_why *why)
{
	struct peers *p = j->call->service->peers;
	enum err e = ask_kind(j, why);

	if (e == ERR_OK)
		e = ask_ids(j, why);
	if (e == ERR_OK)
		e = ask_window(j, why);
	if (e == ERR_OK)
		e = peers_policy(p, &j->policy, why);
	if (e != ERR_OK)
		return e;
	(void)snprintf(j->asker, sizeof j->asker, "%s (%s)", j->call->who.id,
	    ops_role_name(j->call->who.role));
	j->question.asker = j->asker;
	j->question.purpose =
	    j->req->purpose != NULL ? j->req->purpose : "not given";
	j->question.policy = buf_view(&j->policy);
	j->quorum = peers_quorum(p);
	j->deadline_us = service_now() +
	    j->call->service->config->node->bundle_wait_seconds * SECOND_US;
	return ERR_OK;
}

/* ---- the answer ---- */

static enum err
best_checkpoint(struct export_job *j, struct store_txn *txn, struct buf *note,
    struct err_why *why)
{
	struct site *s = j->call->service->site;
	struct note_checkpoint head;
	enum err e = ERR_NOT_FOUND;

	if (j->quorum > 0) {
		e = log_checkpoint(s->own.book, txn, j->log.slot, j->quorum,
		    note, &head, NULL);
		if (e == ERR_OK && head.head.size > j->heads_index)
			return ERR_OK;
		buf_reset(note);
	}
	return log_checkpoint(
	    s->own.book, txn, j->log.slot, 0, note, NULL, why);
}

static enum err
write_answer(struct ops_call *call, struct err_why *why)
{
	struct export_job *j = call->work;
	struct site *s = call->service->site;
	struct export_set entries = {NULL, 0, 0};
	struct export_set signers = {NULL, 0, 0};
	struct export_scope scope = {s, NULL, &j->log, &call->who};
	struct store_txn *txn = NULL;
	struct buf note;
	enum err e;

	buf_init(&note, NOTE_BYTES_MAX);
	e = store_read(s->own.store, &txn, why);
	scope.txn = txn;
	if (e == ERR_OK)
		e = best_checkpoint(j, txn, &note, why);
	if (e == ERR_OK)
		e = export_set_records(&entries, &scope, &j->question, why);
	/* What came after the question is no part of its answer. */
	while (entries.len > 0 && entries.at[entries.len - 1] > j->heads_index)
		entries.len--;
	if (e == ERR_OK)
		e = export_set_signers(
		    &signers, &scope, &j->question, &entries, why);
	if (e != ERR_OK)
		goto out;
	bool timed = j->question.timed;
	struct bundle_request req = {.book = s->own.book,
	    .txn = txn,
	    .slot = j->log.slot,
	    .question = &j->question,
	    .heads_index = j->heads_index,
	    .checkpoint = buf_view(&note),
	    .entries = timed ? NULL : entries.at,
	    .entries_len = timed ? 0 : entries.len,
	    .actors = signers.at,
	    .actors_len = signers.len,
	    .entitled = export_set_entitled,
	    .hidden = export_set_hidden,
	    .media = export_set_media,
	    .arg = &scope};
	e = bundle_write(&call->out, &req, why);
	ops_reply_type(call, "application/zip");
out:
	store_abort(txn);
	buf_clear(&note);
	export_set_clear(&entries);
	export_set_clear(&signers);
	return e;
}

/* ---- waiting ---- */

static bool
quorum_there(struct export_job *j)
{
	struct site *s = j->call->service->site;
	struct store_txn *txn = NULL;
	struct note_checkpoint head;
	struct buf note;
	bool there = false;

	buf_init(&note, NOTE_BYTES_MAX);
	if (store_read(s->own.store, &txn, NULL) == ERR_OK)
		there = log_checkpoint(s->own.book, txn, j->log.slot, j->quorum,
		            &note, &head, NULL) == ERR_OK &&
		    head.head.size > j->heads_index;
	store_abort(txn);
	buf_clear(&note);
	return there;
}

/* Takes out of the queue what is over; all: everything. */
static struct export_job *
take_due(struct export_queue *q, int64_t now, bool all)
{
	struct export_job *due = NULL;

	(void)pthread_mutex_lock(&q->lock);
	q->flushed |= all;
	for (struct export_job **at = &q->first; *at != NULL;) {
		struct export_job *j = *at;
		if (!all && now < j->deadline_us && !quorum_there(j)) {
			at = &j->next;
			continue;
		}
		*at = j->next;
		j->next = due;
		due = j;
	}
	(void)pthread_mutex_unlock(&q->lock);
	return due;
}

static void
answer_due(struct service *s, bool all)
{
	struct export_job *j = take_due(s->exports, service_now(), all);

	while (j != NULL) {
		struct export_job *next = j->next;
		ops_finish(j->call, ERR_OK, NULL);
		j = next;
	}
}

void
export_poll(struct service *s)
{
	answer_due(s, false);
}

void
export_flush(struct service *s)
{
	answer_due(s, true);
}

/* Both submissions are answered: wait for witnesses, or go on. */
static void
written(struct export_job *j)
{
	struct export_queue *q = j->call->service->exports;
	enum err e = (enum err)atomic_load(&j->failed);
	bool wait = e == ERR_OK && j->quorum > 0 &&
	    peers_running(j->call->service->peers);

	if (wait) {
		(void)pthread_mutex_lock(&q->lock);
		wait = !q->flushed;
		if (wait) {
			j->next = q->first;
			q->first = j;
		}
		(void)pthread_mutex_unlock(&q->lock);
	}
	if (!wait)
		ops_finish(j->call, e, &j->why);
}

static void
part_done(struct export_job *j, const struct submit_result *r)
{
	int none = ERR_OK;

	if (r->error != ERR_OK &&
	    atomic_compare_exchange_strong(&j->failed, &none, (int)r->error))
		j->why = r->why;
	if (atomic_fetch_sub(&j->open, 1) == 1)
		written(j);
}

static void
access_done(void *arg, struct submit_result *r)
{
	part_done(arg, r);
	submit_result_free(r);
}

static void
heads_done(void *arg, struct submit_result *r)
{
	struct export_job *j = arg;

	if (r->error == ERR_OK &&
	    strcmp(r->evidence_origin, j->log.key.name) != 0)
		r->error = err_fail(&r->why, ERR_CONFLICT,
		    "a new generation of the log has begun meanwhile; ask "
		    "again");
	if (r->error == ERR_OK && r->len > 0)
		j->heads_index = r->items[0].index;
	part_done(j, r);
	submit_result_free(r);
}

static void
submit_parts(struct export_job *j, const char *question)
{
	struct ops_call *call = j->call;
	struct submit_who who;
	Record__Access a = RECORD__ACCESS__INIT;
	char query[200];
	char role[16];
	struct submit_to to = {.site = call->service->site,
	    .who = &who,
	    .done = access_done,
	    .arg = j};

	ingest_who(call, &who);
	(void)snprintf(query, sizeof query, "bundle.make kind=%s ids=%zu",
	    j->req->kind, j->req->n_ids);
	(void)snprintf(role, sizeof role, "%s", who.role);
	a.subject = call->who.id;
	a.role = role;
	a.query = query;
	a.has_minute_at = true;
	a.minute_at = service_now() / (60 * SECOND_US) * (60 * SECOND_US);
	a.purpose = j->req->purpose;
	atomic_store(&j->open, 2);
	call->waiting = true;
	submit_access(&to, &a);
	to.done = heads_done;
	submit_heads(&to, question);
}

enum err
export_bundle(struct ops_call *call, struct err_why *why)
{
	struct export_job *j = mem_alloc(1, sizeof *j);
	ProtobufCMessage *msg = NULL;
	struct buf text;
	enum err e;

	j->call = call;
	buf_init(&j->policy, NOTE_BYTES_MAX);
	buf_init(&text, WINDOW_QUESTION_MAX);
	call->work = j;
	call->work_free = job_free;
	e = ops_body(call, &msg, why);
	if (e != ERR_OK)
		goto out;
	j->req = (Config__BundleRequest *)(void *)msg;
	e = ask(j, why);
	if (e == ERR_OK)
		e = window_question_put(&text, &j->question, why);
	if (e != ERR_OK)
		goto out;
	call->complete = write_answer;
	submit_parts(j, buf_cstr(&text));
out:
	buf_clear(&text);
	return e;
}
