/* retain_need.c - what keeps a record whose own term is over. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/retain_look.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "node/domain/field.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/submit_holder.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define NEED_DEEP 256 /* records on the way; behind that it is needed */

/* ---- what is in its events ---- */

struct event {
	enum log_rest rest;
	Ledger__Sealed *sealed; /* what is held and can be opened */
};

/* Of one record, oldest first; ERR_NOT_FOUND: an event that is not there. */
static enum err
event_of(struct event *out, const struct retain_ask *ask, const uint8_t *id,
    uint32_t seq, bool open)
{
	struct fold *f = ask->fold;
	struct fold_spot at;
	uint64_t place;
	enum err e;

	*out = (struct event){.rest = LOG_REST_NONE};
	e = fold_event(f, ask->line, id, seq, &place, NULL);
	if (e == ERR_OK)
		e = fold_spot(f, ask->line, place, &at, NULL);
	if (e == ERR_OK)
		e = log_rest(
		    f->book, fold_logs(f), at.slot, at.index, &out->rest, NULL);
	if (e == ERR_OK && open && out->rest == LOG_REST_HELD)
		e = log_sealed(f->book, fold_logs(f), at.slot, at.index,
		    &out->sealed, NULL);
	return e;
}

static ProtobufCMessage *
body_of(const struct event *ev)
{
	ProtobufCMessage *body;
	struct buf shown;

	buf_init(&shown, LOG_SEALED_MAX);
	body = fold_unpack(ev->sealed->body, &shown);
	buf_wipe(&shown);
	buf_clear(&shown);
	return body;
}

static void
drop(struct event *ev)
{
	if (ev->sealed != NULL)
		ledger__sealed__free_unpacked(ev->sealed, NULL);
	ev->sealed = NULL;
}

bool
retain_is_of(
    struct fold *f, const struct fold_spot *at, const Pack__RetentionClass *c)
{
	Ledger__Sealed *sealed = NULL;
	bool same;

	if (log_sealed(f->book, fold_logs(f), at->slot, at->index, &sealed,
	        NULL) != ERR_OK)
		return false;
	same = sealed->body != NULL && sealed->body->type != NULL &&
	    seal_type(sealed->body->type) == retention_type(c->kind);
	ledger__sealed__free_unpacked(sealed, NULL);
	return same;
}

enum err
retain_left(bool *out, const struct retain_ask *ask,
    const uint8_t id[static 16], const struct row *row, struct err_why *why)
{
	struct event ev;

	(void)why;
	*out = false;
	/* What cannot be looked at may be there. */
	for (uint32_t seq = 1; seq <= row->seq && !*out; seq++)
		*out = event_of(&ev, ask, id, seq, false) != ERR_OK ||
		    ev.rest == LOG_REST_HELD;
	return ERR_OK;
}

/* ---- all of its events ---- */

/* Opens them one by one, until `each` says false; false too: one is not there
 * or cannot be read.  What was erased says nothing. */
static bool
open_all(const struct retain_ask *ask, const uint8_t *id, const struct row *row,
    bool (*each)(void *arg, const ProtobufCMessage *body), void *arg)
{
	bool go_on = row->seq <= RETAIN_EVENTS_MAX;

	for (uint32_t seq = 1; seq <= row->seq && go_on; seq++) {
		ProtobufCMessage *body = NULL;
		struct event ev;

		if (ask->opens != NULL && (*ask->opens)-- == 0) {
			*ask->opens = 0;
			return false;
		}
		go_on = event_of(&ev, ask, id, seq, true) == ERR_OK &&
		    ev.rest != LOG_REST_NONE;
		if (go_on && ev.sealed != NULL) {
			body = body_of(&ev);
			go_on = body != NULL && each(arg, body);
		}
		if (ask->seen != NULL)
			ask->seen->opened++;
		slice_free(body);
		drop(&ev);
	}
	return go_on;
}

/* What is remembered of it, made anew when it has grown; NULL: nothing. */
static bool
seen_at(const struct retain_ask *ask, const uint8_t *id, const struct row *row,
    size_t *at)
{
	if (ask->seen == NULL)
		return false;
	*at = id[15] % RETAIN_SEEN;
	if (ask->seen->at[*at].seq != row->seq ||
	    memcmp(ask->seen->at[*at].id, id, 16) != 0) {
		memset(&ask->seen->at[*at], 0, sizeof ask->seen->at[*at]);
		memcpy(ask->seen->at[*at].id, id, 16);
		ask->seen->at[*at].seq = row->seq;
	}
	return true;
}

static bool
opens(void *arg, const ProtobufCMessage *body)
{
	(void)arg;
	(void)body;
	return true;
}

/* Every event is there, whole or in part, or was erased. */
static bool
readable(const struct retain_ask *ask, const uint8_t *id, const struct row *row)
{
	size_t at = 0;
	const bool kept = seen_at(ask, id, row, &at);
	bool good = kept && ask->seen->at[at].readable;

	if (!good)
		good = open_all(ask, id, row, opens, NULL);
	if (kept)
		ask->seen->at[at].readable = good;
	return good;
}

/* ---- whom it names ---- */

struct persons {
	const struct digest_hmac *mac;
	const struct fold_hold *const *holds;
	size_t len;
	const struct fold_hold *found;
};

static bool
another(void *arg, const char *text)
{
	struct persons *p = arg;
	const uint64_t person = fold_hash(p->mac, FOLD_SUBJECT, text);
	const uint64_t source = fold_hash(p->mac, FOLD_SOURCE, text);

	for (size_t i = 0; i < p->len && p->found == NULL; i++) {
		if (p->holds[i]->person == person ||
		    p->holds[i]->source == source)
			p->found = p->holds[i];
	}
	return p->found == NULL;
}

static bool
names_another(void *arg, const ProtobufCMessage *body)
{
	return field_texts(body, another, arg);
}

const struct fold_hold *
retain_names(const struct retain_ask *ask, const uint8_t id[static 16],
    const struct row *row, const struct fold_hold *const *holds, size_t len)
{
	struct persons p = {ask->fold->mac, holds, len, NULL};
	size_t at = 0;
	const bool kept = seen_at(ask, id, row, &at);

	if (kept && ask->seen->at[at].nobody)
		return NULL;
	if (!open_all(ask, id, row, names_another, &p))
		return p.found != NULL ? p.found : holds[0];
	if (kept)
		ask->seen->at[at].nobody = ask->seen->at[at].readable = true;
	return NULL;
}

/* ---- who needs it ---- */

/* Records from one that names to one that is named; each once. */
struct need {
	const struct retain_ask *ask;
	uint8_t (*at)[16];
	size_t len;
	bool found;
	enum err error;
};

static bool
add(void *arg, const uint8_t id[static 16])
{
	struct need *n = arg;

	for (size_t i = 0; i < n->len; i++) {
		if (memcmp(n->at[i], id, 16) == 0)
			return true;
	}
	if (n->len == NEED_DEEP)
		n->found = true;
	else
		memcpy(n->at[n->len++], id, 16);
	return !n->found;
}

/* Is its own term not over, or it itself held? */
static enum err
keeps(struct need *n, const uint8_t *id, struct err_why *why)
{
	struct retain_look look;
	bool left = true;
	enum err e = retain_look(&look, n->ask, id, why);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e == ERR_OK)
		e = retain_left(&left, n->ask, id, &look.row, why);
	if (e == ERR_OK && left)
		n->found = look.class == NULL || look.facts.open ||
		    look.facts.held || n->ask->now_us < look.answer.until_us;
	return e;
}

/* All that name it, through as many as it takes; judged: is one of them not
 * over? */
static enum err
gather(struct need *n, const uint8_t *id, bool judged, struct err_why *why)
{
	enum err e = ERR_OK;

	(void)add(n, id);
	for (size_t i = 0; i < n->len && e == ERR_OK && !n->found; i++) {
		if (i > 0 && judged)
			e = keeps(n, n->at[i], why);
		if (e == ERR_OK && !n->found)
			e = fold_cited(
			    n->ask->fold, n->ask->line, n->at[i], add, n, why);
	}
	return e;
}

static enum err
named_by(bool *out, const struct retain_ask *ask, const uint8_t *id,
    struct err_why *why)
{
	struct need n = {.ask = ask, .at = mem_alloc(NEED_DEEP, sizeof *n.at)};
	enum err e = gather(&n, id, true, why);

	*out = n.found;
	free(n.at);
	return e;
}

static enum err
law_of(struct retain_look *out, const struct retain_ask *ask, const uint8_t *id,
    struct err_why *why)
{
	struct retain_look look;
	bool left = true;
	int64_t law_us = 0;
	enum err e = retain_look(&look, ask, id, why);

	if (e == ERR_OK)
		e = retain_left(&left, ask, id, &look.row, why);
	if (e != ERR_OK || !left)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (look.facts.held && !out->facts.held)
		memcpy(out->hold, look.hold, sizeof out->hold);
	out->facts.held |= look.facts.held;
	if (look.facts.open)
		law_us = INT64_MAX;
	else if (look.class != NULL)
		law_us = look.answer.law_us;
	if (law_us > out->answer.law_us) {
		out->answer.law_us = law_us;
		if (look.clause != NULL)
			out->clause = look.clause;
	}
	return ERR_OK;
}

static enum err
law_of_all(struct retain_look *out, const struct retain_ask *ask,
    const uint8_t *id, struct err_why *why)
{
	struct need n = {.ask = ask, .at = mem_alloc(NEED_DEEP, sizeof *n.at)};
	enum err e = gather(&n, id, false, why);

	for (size_t i = 1; i < n.len && e == ERR_OK; i++)
		e = law_of(out, ask, n.at[i], why);
	/* Too many to be looked at, or one that cannot be: it waits. */
	if (n.found || e == ERR_CORRUPT) {
		out->answer.law_us = INT64_MAX;
		e = ERR_OK;
	}
	free(n.at);
	return e;
}

enum err
retain_request(struct retain_look *out, const struct retain_ask *ask,
    const uint8_t id[static 16], struct err_why *why)
{
	struct retain_ask with = *ask;
	struct fold_holds holds = {.len = 0};
	struct fold_leads leads = {.len = 0};
	uint64_t opens = RETAIN_OPENS;
	enum err e = fold_holds(ask->fold, ask->line, &holds, why);

	if (e == ERR_OK)
		e = fold_leads(ask->fold, ask->line, &leads, why);
	with.holds = &holds;
	with.leads = &leads;
	with.opens = &opens;
	if (e == ERR_OK)
		e = retain_look(out, &with, id, why);
	if (e == ERR_OK)
		e = law_of_all(out, &with, id, why);
	fold_holds_free(&holds);
	fold_leads_free(&leads);
	return e;
}

static enum err
put_row(struct buf *b, const struct retain_ask *ask, const uint8_t *id,
    struct err_why *why)
{
	struct row r = {.seq = 0};
	enum err e = fold_get(ask->fold, ask->line, id, &r, why);

	buf_put(b, id, 16);
	buf_u32be(b, r.seq);
	buf_u64be(b, r.last);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
retain_naming(struct hash *out, size_t *len, const struct retain_ask *ask,
    const uint8_t id[static 16], const struct row *row, struct err_why *why)
{
	struct need n = {.ask = ask, .at = mem_alloc(NEED_DEEP, sizeof *n.at)};
	struct buf b;
	enum err e = gather(&n, id, false, why);

	buf_init(&b, (NEED_DEEP + 2) * (16 + 4 + 8));
	buf_u8(&b, n.found);
	for (size_t i = 0; i < n.len && e == ERR_OK; i++)
		e = put_row(&b, ask, n.at[i], why);
	if (e == ERR_OK && row->kind == LEDGER__KIND__DELIVERY)
		e = put_row(&b, ask, row->ref, why);
	if (e == ERR_OK)
		e = buf_ok(&b, why);
	if (e == ERR_OK)
		digest_sha256(out, buf_view(&b));
	*len = n.len;
	buf_clear(&b);
	free(n.at);
	return e;
}

/* DELIVERY: while what it tells of is there, or is not of this log, it keeps
 * the notice from being due again. */
static enum err
still_told(bool *out, const struct retain_ask *ask, const struct row *r,
    struct err_why *why)
{
	struct row about;
	enum err e = fold_get(ask->fold, ask->line, r->ref, &about, why);

	*out = true;
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	return e == ERR_OK ? retain_left(out, ask, r->ref, &about, why) : e;
}

/* SNAPSHOT: the next month follows the newest that can be read. */
static enum err
newest_of_kind(bool *out, const struct retain_ask *ask, const struct row *r,
    struct err_why *why)
{
	struct fold_key k = fold_key_bykind(ask->line, r->kind, r->first + 1);
	struct store_cursor *c = NULL;
	struct store_row at;
	struct row later;
	enum err e =
	    store_cursor(ask->fold->txn, ask->fold->t->bykind, &c, why);

	*out = true;
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &at);
	for (; e == ERR_OK && *out; e = store_next(c, &at)) {
		if (at.key.len != k.len || memcmp(at.key.ptr, k.b, 4) != 0 ||
		    at.value.len != 16)
			break;
		if (fold_get(ask->fold, ask->line, at.value.ptr, &later,
		        NULL) == ERR_OK)
			*out = !readable(ask, at.value.ptr, &later) ||
			    (later.flags & ROW_PARTIAL) != 0;
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
retain_needed(bool *out, const struct retain_ask *ask,
    const uint8_t id[static 16], const struct retain_look *look,
    struct err_why *why)
{
	enum err e = ERR_OK;

	*out =
	    look->row.seq > RETAIN_EVENTS_MAX || !readable(ask, id, &look->row);
	/* One that bars its holder still does. */
	if (!*out && look->row.kind == LEDGER__KIND__CERTIFICATE)
		*out = submit_holder_bar(ask->site, ask->now_us, &look->row) >
		    ask->now_us;
	if (!*out && look->row.kind == LEDGER__KIND__DELIVERY)
		e = still_told(out, ask, &look->row, why);
	if (!*out && e == ERR_OK && look->row.kind == LEDGER__KIND__SNAPSHOT)
		e = newest_of_kind(out, ask, &look->row, why);
	if (!*out && e == ERR_OK)
		e = named_by(out, ask, id, why);
	return e;
}
