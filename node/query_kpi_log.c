/* query_kpi_log.c - one evidence log that is read for figures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_kpi_log.h"

#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "proto/slice.h"

enum err
query_kpi_log_renew(struct query_kpi_log *l, struct err_why *why)
{
	if (l->v.fold.txn != NULL)
		store_abort(l->v.fold.txn);
	l->v.fold.txn = NULL;
	return store_read(l->db->store, &l->v.fold.txn, why);
}

/* ERR_NOT_FOUND: not in this store. */
static enum err
find(struct query_kpi_log *l, bool own, const char *site, struct err_why *why)
{
	struct site *s = l->v.site;
	enum err e;

	if (l->v.fold.txn != NULL)
		store_abort(l->v.fold.txn);
	l->db = own ? &s->own : &s->replica;
	l->v.own = own;
	l->v.fold = (struct fold){
	    .t = &l->db->tables, .book = l->db->book, .mac = &s->index_mac};
	e = query_kpi_log_renew(l, why);
	for (unsigned slot = 0; e == ERR_OK && slot <= UINT16_MAX; slot++) {
		l->v.slot = (uint16_t)slot;
		e = query_view_open(&l->v, NULL);
		if ((e == ERR_NOT_FOUND && slot == 0) || e == ERR_EXISTS)
			e = ERR_OK;
		else if (e == ERR_OK &&
		    query_view_holds(&l->v, LEDGER__KIND__ALARM) &&
		    (site == NULL ? own : strcmp(site, l->v.name) == 0))
			return ERR_OK;
	}
	return e == ERR_OK ? ERR_NOT_FOUND : e;
}

enum err
query_kpi_log_open(struct query_kpi_log *l, struct site *s, const char *site,
    const struct query_scope *scope, struct err_why *why)
{
	enum err e;

	*l = (struct query_kpi_log){.v = {.site = s, .scope = scope}};
	l->areas = query_view_areas(&s->index_mac, scope);
	l->v.areas = l->areas;
	buf_init(&l->scratch, LOG_SEALED_MAX);
	e = find(l, true, site, why);
	if (e == ERR_NOT_FOUND && site != NULL && !scope->own_only)
		e = find(l, false, site, why);
	if (e == ERR_NOT_FOUND)
		return err_fail(why, ERR_NOT_FOUND,
		    "site: no log of \"%.80s\" is held here",
		    site != NULL ? site : "");
	return e;
}

void
query_kpi_log_close(struct query_kpi_log *l)
{
	if (l->v.fold.txn != NULL)
		store_abort(l->v.fold.txn);
	l->v.fold.txn = NULL;
	buf_clear(&l->scratch);
	free(l->areas);
	l->areas = NULL;
}

Record__Alarm *
query_kpi_log_alarm(struct query_kpi_log *l, const struct row *r)
{
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *body;
	struct fold_spot at;

	if (fold_spot(&l->v.fold, l->v.slot, r->first, &at, NULL) != ERR_OK ||
	    log_sealed(l->v.fold.book, l->v.fold.txn, at.slot, at.index,
	        &sealed, NULL) != ERR_OK)
		return NULL;
	buf_reset(&l->scratch);
	body = fold_unpack(sealed->body, &l->scratch);
	ledger__sealed__free_unpacked(sealed, NULL);
	if (body == NULL || body->descriptor == &record__alarm__descriptor)
		return (Record__Alarm *)(void *)body;
	slice_free(body);
	return NULL;
}
