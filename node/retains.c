/* retains.c - operations about terms, holds and erasures that wait. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/retains.h"

#include <stdio.h>
#include <stdlib.h>

#include "api.pb-c.h"
#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "node/retain.h"
#include "node/retain_scan.h"
#include "node/service.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define DAY_US INT64_C(86400000000)

static struct fold
fold_of(struct site *s)
{
	return (struct fold){
	    .t = &s->own.tables, .book = s->own.book, .mac = &s->index_mac};
}

static char *
id_text(const uint8_t id[static 16])
{
	char *out = mem_alloc(TEXT_UUID_CHARS + 1, 1);

	text_uuid_put(out, id);
	return out;
}

static void
set_time(protobuf_c_boolean *has, int64_t *out, int64_t us)
{
	*has = us != 0 && us != INT64_MAX;
	*out = us;
}

/* ---- erasures that wait ---- */

/* What is held is not asked: that opens events. */
static Api__RetentionWait *
wait_view(const struct retain_ask *ask, const struct fold_wait *w)
{
	Api__RetentionWait *m = mem_alloc(1, sizeof *m);
	struct site *s = ask->site;
	struct fold *f = ask->fold;
	char origin[NOTE_NAME_MAX + 1];
	struct retain_look look = {.class = NULL};
	Ledger__Entry *leaf = NULL;
	struct fold_spot at;
	struct bytes bytes;

	api__retention_wait__init(m);
	m->record_id = id_text(w->request);
	m->has_whole = true;
	m->whole = w->whole;
	set_time(&m->has_until_at, &m->until_at, w->until_us);
	if (fold_spot(f, s->evidence, w->place, &at, NULL) != ERR_OK)
		return m;
	if (log_origin(f->book, f->txn, at.slot, origin, NULL) == ERR_OK)
		m->origin = mem_strdup(origin);
	m->has_index = true;
	m->index = at.index;
	if (log_entry(f->book, f->txn, at.slot, at.index, &bytes, NULL) !=
	        ERR_OK ||
	    log_decode(&leaf, bytes, NULL) != ERR_OK)
		return m;
	if (leaf->record_id.len == 16) {
		m->erases = id_text(leaf->record_id.data);
		if (retain_look(&look, ask, leaf->record_id.data, NULL) ==
		        ERR_OK &&
		    look.class != NULL) {
			m->clause = mem_strdup(look.class->clause);
			if (look.answer.law_us > w->until_us)
				set_time(&m->has_until_at, &m->until_at,
				    look.answer.law_us);
		}
	}
	ledger__entry__free_unpacked(leaf, NULL);
	return m;
}

static void
list_waiting(
    Api__Retentions *out, struct site *s, struct fold *f, int64_t now_us)
{
	struct fold_leads leads = {.len = 0};
	const struct retain_ask ask = {.site = s,
	    .fold = f,
	    .line = s->evidence,
	    .leads = &leads,
	    .now_us = now_us,
	    .known = true};
	struct fold_wait w;

	out->waiting = mem_alloc(RETAINS_WAITING_MAX, sizeof *out->waiting);
	if (fold_leads(f, s->evidence, &leads, NULL) != ERR_OK)
		return;
	for (uint64_t from = 0; out->n_waiting < RETAINS_WAITING_MAX &&
	     fold_wait_next(f, s->evidence, from, &w, NULL) == ERR_OK;
	     from = w.place + 1)
		out->waiting[out->n_waiting++] = wait_view(&ask, &w);
	/* One that cannot be read: what it is for is not known. */
	if (out->n_waiting < RETAINS_WAITING_MAX &&
	    fold_wait_lost_next(f, s->evidence, &w, NULL) == ERR_OK) {
		Api__RetentionWait *m = mem_alloc(1, sizeof *m);

		api__retention_wait__init(m);
		m->record_id = id_text(w.request);
		out->waiting[out->n_waiting++] = m;
	}
	fold_leads_free(&leads);
}

/* ---- what is due ---- */

static enum err
list_due(
    Api__Retentions *out, struct site *s, int64_t then_us, struct err_why *why)
{
	struct retain_scan *scan = mem_alloc(1, sizeof *scan);
	struct retain_batch *b = mem_alloc(1, sizeof *b);
	enum err e = ERR_OK;

	scan->site = s;
	retain_scan_policy(scan, then_us);
	out->due = mem_alloc(scan->len + 1, sizeof *out->due);
	for (size_t i = 0; i < scan->len && e == ERR_OK; i++) {
		Api__RetentionDue *d;

		b->dry = true;
		e = retain_scan_next(scan, i, then_us, b, why);
		if (e != ERR_OK)
			break;
		d = mem_alloc(1, sizeof *d);
		api__retention_due__init(d);
		d->term = mem_strdup(scan->at[i].term);
		d->what = mem_strdup(scan->at[i].media ? "media" : "records");
		d->has_records = d->has_more = d->has_kept = true;
		d->records = b->ends;
		d->more = b->more;
		d->kept = scan->at[i].left_len - b->ends;
		set_time(&d->has_oldest_at, &d->oldest_at, b->oldest_us);
		out->due[out->n_due++] = d;
	}
	retain_scan_clear(scan);
	free(scan);
	free(b);
	return e;
}

/* ---- the policy ---- */

static Pack__RetentionClass *
copy_class(const Pack__RetentionClass *c)
{
	ProtobufCMessage *out = NULL;
	struct buf b;

	buf_init(&b, 65536);
	slice_pack(&b, &c->base);
	if (buf_ok(&b, NULL) != ERR_OK ||
	    slice_unpack(&out, &pack__retention_class__descriptor, buf_view(&b),
	        NULL) != ERR_OK)
		out = NULL;
	buf_clear(&b);
	return (Pack__RetentionClass *)out;
}

static void
put_policy(Api__Retentions *out, const Pack__Retention *p)
{
	char name[RETAIN_TERM_BYTES];

	if (p == NULL)
		return;
	(void)snprintf(name, sizeof name, "retention@%.60s", p->version);
	out->policy = mem_strdup(name);
	out->basis = mem_strdup(p->basis);
	out->classes = mem_alloc(p->n_classes + 1, sizeof *out->classes);
	for (size_t i = 0; i < p->n_classes; i++) {
		Pack__RetentionClass *c = copy_class(p->classes[i]);

		if (c != NULL)
			out->classes[out->n_classes++] = c;
	}
}

static enum err
whole_site(struct ops_call *call, struct err_why *why)
{
	if (call->who.areas_len == 0)
		return ERR_OK;
	call->code = "area_denied";
	return err_fail(why, ERR_DENIED, "a token bound to areas may not do %s",
	    call->op->name);
}

enum err
retains_get(struct ops_call *call, struct err_why *why)
{
	struct site *s = call->service->site;
	Api__Retentions *out;
	struct fold f = fold_of(s);
	struct fold_holds holds = {.len = 0};
	struct retain_time time;
	uint64_t days = 0;
	enum err e = whole_site(call, why);

	if (e == ERR_OK)
		e = params_u64(
		    &call->params, "days", RETAINS_DAYS_MAX, &days, why);
	if (e == ERR_OK)
		e = store_read(s->own.store, &f.txn, why);
	if (e != ERR_OK)
		return e;
	out = mem_alloc(1, sizeof *out);
	api__retentions__init(out);
	retain_time(&time, s, &f, site_now(s));
	put_policy(out, packs_retention(s->packs, time.now_us));
	list_waiting(out, s, &f, time.now_us);
	e = fold_holds(&f, s->evidence, &holds, why);
	store_abort(f.txn);
	out->has_holds = out->has_as_of_at = true;
	out->holds = holds.len;
	out->as_of_at = time.now_us;
	if (time.wants != NULL) {
		out->ends_nothing = mem_strdup(time.wants->text);
		out->ends_nothing_zh = mem_strdup(time.wants->text_zh);
	}
	set_time(&out->has_quiet_until_at, &out->quiet_until_at, time.quiet_us);
	fold_holds_free(&holds);
	if (e == ERR_OK)
		e = list_due(out, s, time.now_us + (int64_t)days * DAY_US, why);
	if (e == ERR_OK)
		ops_reply_message(call, &out->base);
	api__retentions__free_unpacked(out, NULL);
	return e;
}

/* ---- one record ---- */

static void
put_class(Api__RetentionView *m, const struct retain_look *look)
{
	const Pack__RetentionClass *c = look->class;
	char term[RETAIN_TERM_BYTES];

	if (c == NULL)
		return;
	retain_term(term, look->policy, c);
	m->term = mem_strdup(term);
	m->state = mem_strdup(retention_state_text(look->answer.state));
	m->clause = look->clause[0] != '\0' ? mem_strdup(look->clause) : NULL;
	m->source = mem_strdup(c->source);
	set_time(&m->has_until_at, &m->until_at, look->answer.until_us);
	set_time(&m->has_erasable_at, &m->erasable_at, look->answer.law_us);
	if (c->has_media_days)
		set_time(&m->has_media_until_at, &m->media_until_at,
		    look->answer.media_us);
	m->personal = mem_alloc(c->n_personal + 1, sizeof *m->personal);
	for (size_t i = 0; i < c->n_personal; i++)
		m->personal[m->n_personal++] = mem_strdup(c->personal[i]);
}

static void
put_waits(Api__RetentionView *m, struct site *s, struct fold *f,
    const uint8_t *id, const struct row *row, int64_t now_us)
{
	struct fold_leads leads = {.len = 0};
	const struct retain_ask ask = {.site = s,
	    .fold = f,
	    .line = s->evidence,
	    .leads = &leads,
	    .now_us = now_us,
	    .known = true};
	struct fold_wait w;
	uint64_t place;

	if (fold_leads(f, s->evidence, &leads, NULL) != ERR_OK)
		return;
	for (uint32_t seq = 1;
	     seq <= row->seq && m->n_waiting < RETAINS_WAITING_MAX; seq++) {
		if (fold_event(f, s->evidence, id, seq, &place, NULL) !=
		        ERR_OK ||
		    fold_wait(f, s->evidence, place, &w, NULL) != ERR_OK)
			continue;
		m->waiting = mem_resize(
		    m->waiting, m->n_waiting + 1, sizeof *m->waiting);
		m->waiting[m->n_waiting++] = wait_view(&ask, &w);
	}
	fold_leads_free(&leads);
}

static enum err
fill_view(Api__RetentionView *m, struct site *s, struct fold *f,
    const uint8_t *id, const struct retain_look *look)
{
	struct retain_time time;

	retain_time(&time, s, f, site_now(s));
	m->record_id = id_text(id);
	m->kind = mem_strdup(row_kind_text(look->row.kind));
	m->has_in_force = true;
	m->in_force = look->facts.open;
	set_time(&m->has_newest_at, &m->newest_at, look->facts.newest_us);
	if (look->facts.held)
		m->hold_id = id_text(look->hold);
	put_class(m, look);
	put_waits(m, s, f, id, &look->row, time.now_us);
	return ERR_OK;
}

static bool
may_see(const struct ops_call *call, struct site *s, const struct row *r)
{
	for (size_t i = 0; i < call->who.areas_len; i++) {
		if (fold_hash(&s->index_mac, FOLD_AREA, call->who.areas[i]) ==
		    r->area)
			return true;
	}
	return call->who.areas_len == 0;
}

enum err
retains_record(struct ops_call *call, struct err_why *why)
{
	struct site *s = call->service->site;
	struct fold f = fold_of(s);
	struct retain_look look;
	struct retain_time time;
	struct retain_ask ask = {.site = s, .fold = &f, .line = s->evidence};
	Api__RetentionView *m;
	uint8_t id[16];
	enum err e = text_uuid_get(id, call->arg[0], NULL);

	if (e != ERR_OK)
		return err_fail(
		    why, ERR_MALFORMED, "id: expected a UUID in the path");
	e = store_read(s->own.store, &f.txn, why);
	if (e != ERR_OK)
		return e;
	retain_time(&time, s, &f, site_now(s));
	ask.now_us = time.now_us;
	e = retain_request(&look, &ask, id, why);
	if (e == ERR_NOT_FOUND || (e == ERR_OK && !may_see(call, s, &look.row)))
		e = err_fail(why, ERR_NOT_FOUND, "no such record");
	if (e == ERR_OK) {
		m = mem_alloc(1, sizeof *m);
		api__retention_view__init(m);
		e = fill_view(m, s, &f, id, &look);
		ops_reply_message(call, &m->base);
		api__retention_view__free_unpacked(m, NULL);
	}
	store_abort(f.txn);
	return e;
}

/* ---- status ---- */

Config__RetentionStatus *
retains_status(struct retain *r)
{
	Config__RetentionStatus *m = mem_alloc(1, sizeof *m);
	struct retain_stats n;

	retain_stats(r, &n);
	config__retention_status__init(m);
	m->has_waiting = m->has_holds = m->has_held = true;
	m->waiting = n.waiting;
	m->holds = n.holds;
	m->held = n.held;
	if (n.wants != NULL) {
		m->ends_nothing = mem_strdup(n.wants->text);
		m->ends_nothing_zh = mem_strdup(n.wants->text_zh);
	}
	set_time(&m->has_quiet_until_at, &m->quiet_until_at, n.quiet_us);
	return m;
}
