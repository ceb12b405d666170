/* logs.c - operations about the generations of the own logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/logs.h"

#include <stdlib.h>

#include "config.pb-c.h"
#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/heads.h"
#include "node/ingest.h"
#include "node/peers.h"
#include "node/service.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "node/submit_roll.h"
#include "proto/mem.h"
#include "proto/slice.h"

static char *
text_of(const struct buf *b)
{
	char *out = mem_alloc(b->len + 1, 1);

	memcpy(out, b->ptr, b->len);
	return out;
}

/* How far others are known to hold it: what the next generation admitted, or
 * what a member has shown. */
static uint64_t
known_size(const struct site *s, enum site_kind kind, uint32_t number,
    const struct note_vkey *key, uint64_t size)
{
	struct note_checkpoint c;
	struct succession next;
	struct buf note;

	buf_init(&note, NOTE_BYTES_MAX);
	if (site_logs_succession(s, kind, number + 1, &note, NULL) == ERR_OK &&
	    succession_kept(&next, buf_view(&note), NULL) == ERR_OK)
		size = next.size;
	buf_reset(&note);
	if (site_keys_ahead(&note, s, kind, number, NULL) == ERR_OK &&
	    note_checkpoint_open(&c, buf_view(&note), key, NULL) == ERR_OK &&
	    c.head.size > size)
		size = c.head.size;
	buf_clear(&note);
	return size;
}

bool
logs_gap(struct site_db *db, struct store_txn *txn, uint16_t slot,
    uint64_t *from, uint64_t *to)
{
	char origin[NOTE_NAME_MAX + 1];
	Ledger__Sealed *sealed = NULL;
	Record__LogStart *m = NULL;
	struct generation g;
	bool lost = true;

	*from = 0;
	*to = 0;
	if (log_origin(db->book, txn, slot, origin, NULL) != ERR_OK ||
	    generation_get(&g, origin, NULL) != ERR_OK || g.number == 1)
		return false;
	if (log_sealed(db->book, txn, slot, 0, &sealed, NULL) != ERR_OK)
		return true;
	if (sealed->body != NULL && sealed->body->has_message)
		m = record__log_start__unpack(NULL, sealed->body->message.len,
		    sealed->body->message.data);
	if (m != NULL) {
		*from = m->held;
		*to = m->size;
		lost = m->loss || m->held != m->size;
		record__log_start__free_unpacked(m, NULL);
	}
	ledger__sealed__free_unpacked(sealed, NULL);
	return lost;
}

static enum err
show(struct site *s, struct store_txn *txn, enum site_kind kind,
    uint32_t number, Config__Generation *m, struct err_why *why)
{
	const struct site_log_now *now = site_log(s, kind);
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct note_vkey key;
	struct buf text;
	uint64_t from, to;
	uint16_t slot = 0;
	enum err e = site_logs_vkey(s, kind, number, &key, why);

	buf_init(&text, NOTE_BYTES_MAX);
	if (e == ERR_OK)
		e = generation_slot(
		    &slot, s->own.book, txn, now->line, number, why);
	if (e == ERR_OK)
		e = log_state(s->own.book, txn, slot, st, why);
	if (e != ERR_OK)
		goto out;
	m->origin = mem_strdup(key.name);
	m->has_current = true;
	m->current = number == now->number;
	m->has_size = true;
	m->size = st->frontier.size;
	m->has_known = true;
	m->known = known_size(s, kind, number, &key, m->size);
	note_vkey_put(&text, &key);
	m->vkey = text_of(&text);
	buf_reset(&text);
	if (number > 1) {
		e = site_logs_succession(s, kind, number, &text, why);
		m->succession = text_of(&text);
		m->has_loss = true;
		m->loss = logs_gap(&s->own, txn, slot, &from, &to);
	}
out:
	buf_clear(&text);
	free(st);
	return e;
}

static Config__Generation *
add(Config__Generations *list)
{
	Config__Generation *m = mem_alloc(1, sizeof *m);

	config__generation__init(m);
	list->items =
	    mem_resize(list->items, list->n_items + 1, sizeof *list->items);
	list->items[list->n_items++] = m;
	return m;
}

/* Members that may know more of our logs and cannot be asked now. */
static void
add_unheard(struct service *s, Config__Generations *list)
{
	Config__Alliance *a = peers_status(s->peers);

	/* While a log waits for them: whoever has not said what it knows. */
	if (heads_unheard(s->heads, &list->unheard, &list->n_unheard)) {
		config__alliance__free_unpacked(a, NULL);
		return;
	}
	for (size_t i = 0; a != NULL && i < a->n_members; i++) {
		const Config__Peer *m = a->members[i];

		if (strcmp(m->state, "self") == 0 ||
		    strcmp(m->state, "connected") == 0)
			continue;
		list->unheard = mem_resize(
		    list->unheard, list->n_unheard + 1, sizeof *list->unheard);
		list->unheard[list->n_unheard++] = mem_strdup(m->name);
	}
	if (a != NULL)
		config__alliance__free_unpacked(a, NULL);
}

static void
show_unsure(struct heads *h, Config__Generation *m)
{
	struct err_why why, advice;

	if (!heads_reason(h, m->origin, &why, &advice))
		return;
	m->unsure = mem_strdup(why.text);
	m->unsure_zh = mem_strdup_given(why.zh);
	m->fix = mem_strdup_given(advice.text);
	m->fix_zh = mem_strdup_given(advice.zh);
}

enum err
logs_list(struct ops_call *call, struct err_why *why)
{
	struct site *s = call->service->site;
	const struct site_logs *logs = site_logs(s);
	Config__Generations *list = mem_alloc(1, sizeof *list);
	struct store_txn *txn = NULL;
	enum err e = store_read(s->own.store, &txn, why);

	config__generations__init(list);
	for (int k = 0; k < SITE_LOGS; k++)
		for (uint32_t g = 1; e == ERR_OK && g <= logs->log[k].number;
		     g++)
			e = show(s, txn, (enum site_kind)k, g, add(list), why);
	store_abort(txn);
	for (size_t i = 0; e == ERR_OK && i < list->n_items; i++)
		if (list->items[i]->current)
			show_unsure(call->service->heads, list->items[i]);
	add_unheard(call->service, list);
	if (e == ERR_OK)
		ops_reply_message(call, &list->base);
	config__generations__free_unpacked(list, NULL);
	return e;
}

/* ---- opening ---- */

static void
free_result(void *work)
{
	submit_result_free(work);
}

static void
rolled(void *arg, struct submit_result *r)
{
	struct ops_call *call = arg;

	if (r->error == ERR_OK)
		heads_opened(call->service->heads);
	call->work = r;
	call->work_free = free_result;
	ops_finish(call, ERR_OK, NULL);
}

static enum err
reply(struct ops_call *call, struct err_why *why)
{
	const struct submit_result *r = call->work;
	struct site *s = call->service->site;
	Config__Generation *m;
	struct store_txn *txn = NULL;
	enum site_kind kind;
	enum err e;

	if (r->error != ERR_OK) {
		if (why != NULL)
			*why = r->why;
		return r->error;
	}
	kind = r->items[0].alliance ? SITE_ALLIANCE : SITE_EVIDENCE;
	m = mem_alloc(1, sizeof *m);
	config__generation__init(m);
	e = store_read(s->own.store, &txn, why);
	if (e == ERR_OK)
		e = show(s, txn, kind, site_log(s, kind)->number, m, why);
	store_abort(txn);
	if (e == ERR_OK)
		ops_reply_message(call, &m->base);
	config__generation__free_unpacked(m, NULL);
	return e;
}

enum err
logs_roll(struct ops_call *call, struct err_why *why)
{
	const Config__RollRequest *req;
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	struct submit_roll r = {.loss = false};
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	req = (const Config__RollRequest *)(const void *)msg;
	r.origin = req->origin;
	r.loss = req->loss;
	r.reason = req->reason;
	if (req->checkpoint != NULL)
		r.known = bytes_str(req->checkpoint);
	if (req->origin == NULL) {
		e = err_fail(
		    why, ERR_MALFORMED, "$.origin: expected the log to close");
	} else {
		ingest_who(call, &who);
		call->complete = reply;
		call->waiting = true;
		struct submit_to to = {.site = call->service->site,
		    .who = &who,
		    .done = rolled,
		    .arg = call};
		submit_roll(&to, &r);
	}
	slice_free(msg);
	return e;
}
