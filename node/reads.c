/* reads.c - operations that list and show records. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/reads.h"

#include "node/pack_store.h"
#include "node/query.h"
#include "node/query_at.h"
#include "node/query_past.h"
#include "node/query_term.h"
#include "node/service.h"
#include "node/site.h"
#include "node/spool.h"
#include "node/veil_show.h"
#include "proto/mem.h"
#include "proto/text.h"

#include <stdio.h>

/* Parameters live in the call; protobuf-c's fields are not const. */
static char *
borrowed(const char *s)
{
	union {
		const char *in;
		char *out;
	} u = {.in = s};

	return s != NULL && s[0] != '\0' ? u.out : NULL;
}

/* "1" or "true", "0" or "false"; absent leaves *out. */
static enum err
flag(const struct params *p, const char *name, bool *out, struct err_why *why)
{
	const char *v = params_get(p, name);

	if (v == NULL)
		return ERR_OK;
	if (strcmp(v, "1") == 0 || strcmp(v, "true") == 0)
		*out = true;
	else if (strcmp(v, "0") == 0 || strcmp(v, "false") == 0)
		*out = false;
	else
		return err_fail(
		    why, ERR_MALFORMED, "%s: expected 1 or 0", name);
	return ERR_OK;
}

static enum err
numbers(const struct params *p, Api__RecordQuery *q, struct err_why *why)
{
	uint64_t level = 0;
	uint64_t limit = 0;
	enum err e = params_u64(p, "level", 3, &level, why);

	if (e == ERR_OK)
		e = params_u64(p, "limit", QUERY_LIMIT_MAX, &limit, why);
	if (e != ERR_OK)
		return e;
	if (params_get(p, "level") != NULL && level == 0)
		return err_fail(why, ERR_MALFORMED, "level: expected 1 to 3");
	if (params_get(p, "limit") != NULL && limit == 0)
		return err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_LIMIT_MAX);
	q->has_level = level != 0;
	q->level = (uint32_t)level;
	q->has_limit = limit != 0;
	q->limit = (uint32_t)limit;
	q->has_from_at = params_get(p, "from") != NULL;
	e = params_time(p, "from", &q->from_at, why);
	if (e != ERR_OK)
		return e;
	q->has_to_at = params_get(p, "to") != NULL;
	return params_time(p, "to", &q->to_at, why);
}

static enum err
question(const struct ops_call *call, Api__RecordQuery *q,
    struct query_scope *scope, struct err_why *why)
{
	const struct params *p = &call->params;
	const char *order = params_get(p, "order");
	bool open = false;
	bool overdue = false;
	enum err e = numbers(p, q, why);

	if (e == ERR_OK)
		e = flag(p, "open", &open, why);
	if (e == ERR_OK)
		e = flag(p, "overdue", &overdue, why);
	if (e == ERR_OK)
		e = flag(p, "proof", &scope->proof, why);
	if (e != ERR_OK)
		return e;
	if (params_get(p, "subject") != NULL && params_get(p, "source") != NULL)
		return err_fail(why, ERR_MALFORMED,
		    "source: give subject or source, not both");
	if (order != NULL && strcmp(order, "asc") != 0 &&
	    strcmp(order, "desc") != 0)
		return err_fail(
		    why, ERR_MALFORMED, "order: expected asc or desc");
	q->site = borrowed(params_get(p, "site"));
	q->type = borrowed(params_get(p, "kind"));
	q->state = borrowed(params_get(p, "state"));
	q->area = borrowed(params_get(p, "area"));
	q->subject = borrowed(params_get(p, "subject"));
	if (q->subject == NULL)
		q->subject = borrowed(params_get(p, "source"));
	q->cursor = borrowed(params_get(p, "cursor"));
	q->has_overdue = q->overdue = overdue;
	q->has_open = q->open = open || overdue;
	q->has_ascending = order != NULL && strcmp(order, "asc") == 0;
	q->ascending = q->has_ascending;
	scope->areas = call->who.areas;
	scope->areas_len = call->who.areas_len;
	scope->alliance_only = call->who.role == OPS_PARTNER;
	scope->askers = call->who.role == OPS_ADMIN;
	return ERR_OK;
}

static enum err
list(struct ops_call *call, Ledger__Kind kind, struct err_why *why)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.areas = NULL};
	Api__Records *page = NULL;
	enum err e = question(call, &q, &scope, why);

	if (e != ERR_OK)
		return e;
	e = query_list(call->service->site, kind, &q, &scope, &page, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &page->base);
	api__records__free_unpacked(page, NULL);
	return ERR_OK;
}

static enum err
one(struct ops_call *call, Ledger__Kind kind, struct err_why *why)
{
	struct query_scope scope = {
	    .areas = call->who.areas,
	    .areas_len = call->who.areas_len,
	    .alliance_only = call->who.role == OPS_PARTNER,
	    .askers = call->who.role == OPS_ADMIN,
	};
	Api__RecordView *view = NULL;
	uint8_t uuid[16];
	char id[TEXT_UUID_CHARS + 1];
	int64_t at_us = 0;
	struct query_key key = {
	    kind, id, borrowed(params_get(&call->params, "site"))};
	enum err e = flag(&call->params, "proof", &scope.proof, why);

	if (e != ERR_OK)
		return e;
	e = text_uuid_get(uuid, call->arg[0], NULL);
	if (e != ERR_OK)
		return err_fail(
		    why, ERR_MALFORMED, "id: expected a UUID in the path");
	text_uuid_put(id, uuid);
	e = params_time(&call->params, "at", &at_us, why);
	if (e == ERR_OK)
		e = query_get(call->service->site, &key, &scope, &view, why);
	if (e == ERR_OK && params_get(&call->params, "at") != NULL)
		e = query_past(view, call->service->site->packs, at_us, why);
	if (e != ERR_OK) {
		if (view != NULL)
			api__record_view__free_unpacked(view, NULL);
		return e;
	}
	bool draft = kind == LEDGER__KIND__INTEL &&
	    call->who.role == OPS_PARTNER &&
	    (view->state == NULL ||
	        (strcmp(view->state, "RELEASED") != 0 &&
	            strcmp(view->state, "WITHDRAWN") != 0));
	if (kind == LEDGER__KIND__INTEL && !draft)
		veil_show(call->service->site, view);
	if (draft)
		e = err_fail(why, ERR_NOT_FOUND, "no such record");
	else
		ops_reply_message(call, &view->base);
	api__record_view__free_unpacked(view, NULL);
	return e;
}

enum err
reads_alarms(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__ALARM, why);
}

enum err
reads_incidents(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__INCIDENT, why);
}

enum err
reads_incident(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__INCIDENT, why);
}

enum err
reads_deliveries(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__DELIVERY, why);
}

enum err
reads_delivery(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__DELIVERY, why);
}

enum err
reads_permits(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__PERMIT, why);
}

enum err
reads_certificates(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__CERTIFICATE, why);
}

enum err
reads_cases(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__CASE, why);
}

enum err
reads_intel(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__INTEL, why);
}

enum err
reads_credentials(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__CREDENTIAL, why);
}

enum err
reads_actors(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__ACTOR, why);
}

enum err
reads_accesses(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__ACCESS, why);
}

enum err
reads_holds(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__RETENTION, why);
}

enum err
reads_hold(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__RETENTION, why);
}

enum err
reads_alarm(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__ALARM, why);
}

enum err
reads_permit(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__PERMIT, why);
}

enum err
reads_certificate(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__CERTIFICATE, why);
}

enum err
reads_case(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__CASE, why);
}

enum err
reads_checklists(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__CHECKLIST, why);
}

enum err
reads_accounts(struct ops_call *call, struct err_why *why)
{
	return list(call, LEDGER__KIND__POINTS, why);
}

enum err
reads_checklist(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__CHECKLIST, why);
}

enum err
reads_account(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__POINTS, why);
}

enum err
reads_intel_one(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__INTEL, why);
}

enum err
reads_credential(struct ops_call *call, struct err_why *why)
{
	return one(call, LEDGER__KIND__CREDENTIAL, why);
}

enum err
reads_packs(struct ops_call *call, struct err_why *why)
{
	Api__Packs *all = NULL;
	enum err e = pack_store_list(
	    call->service->site, params_get(&call->params, "name"), &all, why);

	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &all->base);
	api__packs__free_unpacked(all, NULL);
	return ERR_OK;
}

enum err
reads_sources(struct ops_call *call, struct err_why *why)
{
	const struct query_scope scope = {
	    .areas = call->who.areas, .areas_len = call->who.areas_len};
	struct query_page page = {
	    .cursor = params_get(&call->params, "cursor")};
	Api__Sources *all = NULL;
	uint64_t limit = QUERY_LIMIT_MAX;
	enum err e =
	    params_u64(&call->params, "limit", QUERY_LIMIT_MAX, &limit, why);

	if (e == ERR_OK && limit == 0)
		e = err_fail(why, ERR_MALFORMED, "limit: expected 1 to %d",
		    QUERY_LIMIT_MAX);
	page.limit = (size_t)limit;
	if (e == ERR_OK)
		e = query_sources(
		    call->service->site, &page, &scope, &all, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &all->base);
	api__sources__free_unpacked(all, NULL);
	return ERR_OK;
}

static void
add_spooled(Api__Spool *all, struct spool_row *row)
{
	Api__Spooled *m = mem_alloc(1, sizeof *m);

	api__spooled__init(m);
	m->record_id = row->post->record_id;
	m->event_id = row->post->event_id;
	row->post->record_id = NULL;
	row->post->event_id = NULL;
	m->has_received_at = true;
	m->received_at = row->received_us;
	m->alarm = spool_alarm(row);
	all->items[all->n_items++] = m;
}

/* An area-bound token sees what it could have sent. */
static bool
may_see(const struct ops_call *call, const Record__Alarm *alarm)
{
	for (size_t i = 0; i < call->who.areas_len; i++)
		if (alarm != NULL && alarm->area != NULL &&
		    strcmp(alarm->area, call->who.areas[i]) == 0)
			return true;
	return call->who.areas_len == 0;
}

static enum err
from_of(const struct ops_call *call, uint64_t *out, struct err_why *why)
{
	const char *text = params_get(&call->params, "from");

	*out = 0;
	if (text == NULL ||
	    text_u64_get(out, bytes_str(text), UINT64_MAX, NULL) == ERR_OK)
		return ERR_OK;
	return err_fail(why, ERR_MALFORMED, "from: expected a number");
}

enum err
reads_spool(struct ops_call *call, struct err_why *why)
{
	struct site *s = call->service->site;
	Api__Spool *all;
	struct spool_list list;
	uint64_t from;
	enum err e = from_of(call, &from, why);

	if (e == ERR_OK)
		e = spool_read(&list, s, from, OPS_LIST_MAX, why);
	if (e != ERR_OK)
		return e;
	all = mem_alloc(1, sizeof *all);
	api__spool__init(all);
	all->items = mem_alloc(list.len + 1, sizeof *all->items);
	all->has_kept = true;
	all->kept = spool_count(s);
	all->has_next = list.len + list.unreadable_len == OPS_LIST_MAX;
	if (all->has_next && list.len > 0)
		all->next = list.at[list.len - 1].number + 1;
	for (size_t i = 0; i < list.len; i++) {
		add_spooled(all, &list.at[i]);
		if (may_see(call, all->items[all->n_items - 1]->alarm))
			continue;
		api__spooled__free_unpacked(all->items[--all->n_items], NULL);
	}
	spool_free(&list);
	ops_reply_message(call, &all->base);
	api__spool__free_unpacked(all, NULL);
	return ERR_OK;
}

#define DAY_US (INT64_C(24) * 3600 * 1000000)
#define EXPIRING_DAYS 90
#define EXPIRING_LIMIT 100
#define AT_LIMIT 50

enum err
reads_at(struct ops_call *call, struct err_why *why)
{
	const struct params *p = &call->params;
	struct query_at q = {.area = params_get(p, "area"),
	    .site = params_get(p, "site"),
	    .at_us = service_now()};
	const struct query_scope scope = {
	    .areas = call->who.areas, .areas_len = call->who.areas_len};
	uint64_t limit = AT_LIMIT;
	uint64_t window = 0;
	Api__AtView *view = NULL;
	enum err e = params_time(p, "time", &q.at_us, why);

	if (e == ERR_OK)
		e = params_u64(p, "window", QUERY_AT_WINDOW_MAX_US / 1000000,
		    &window, why);
	if (e == ERR_OK)
		e = params_u64(p, "limit", QUERY_AT_MAX, &limit, why);
	if (e != ERR_OK)
		return e;
	q.limit = (size_t)limit;
	q.window_us = (int64_t)window * 1000000;
	e = query_at(call->service->site, &q, &scope, &view, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &view->base);
	api__at_view__free_unpacked(view, NULL);
	return ERR_OK;
}

/* Who is bound to areas sees no certificates: they are of no area. */
enum err
reads_expiring(struct ops_call *call, struct err_why *why)
{
	const struct params *p = &call->params;
	const char *within = params_get(p, "within");
	int64_t span = EXPIRING_DAYS * DAY_US;
	uint64_t limit = EXPIRING_LIMIT;
	struct query_term_ask ask = {.cursor = params_get(p, "cursor")};
	Api__Expiring *m = NULL;
	enum err e = params_u64(p, "limit", QUERY_TERM_PAGE_MAX, &limit, why);

	if (e != ERR_OK)
		return e;
	if (within != NULL)
		e = text_span_get(&span, bytes_str(within), why);
	if (e != ERR_OK)
		return err_wrap(why, e, "within");
	if (call->who.areas_len > 0)
		return err_fail(why, ERR_DENIED,
		    "a token bound to areas may not list certificates");
	ask.limit = (size_t)limit;
	ask.days = (uint32_t)((span + DAY_US - 1) / DAY_US);
	e = query_terms(call->service->site, &ask, &m, why);
	if (e != ERR_OK)
		return e;
	ops_reply_message(call, &m->base);
	api__expiring__free_unpacked(m, NULL);
	return ERR_OK;
}
