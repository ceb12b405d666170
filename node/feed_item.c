/* feed_item.c - one log entry as a server-sent event; cursors. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/feed_item.h"

#include "ledger/log_read.h"
#include "node/domain/row.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/service.h"
#include "proto/json.h"
#include "proto/text.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

/* ---- filter ---- */

static enum err
kind_of(const char *text, Ledger__Kind *out, struct err_why *why)
{
	char name[24];
	size_t n = strlen(text);

	if (n > 0 && n < sizeof name) {
		for (size_t i = 0; i <= n; i++)
			name[i] = (char)toupper((unsigned char)text[i]);
		const ProtobufCEnumValue *v =
		    protobuf_c_enum_descriptor_get_value_by_name(
		        &ledger__kind__descriptor, name);
		if (v != NULL && v->value != 0) {
			*out = (Ledger__Kind)v->value;
			return ERR_OK;
		}
	}
	return err_fail(
	    why, ERR_MALFORMED, "kind: expected alarm, permit, ...");
}

enum err
feed_filter_init(
    struct feed_filter *out, const struct ops_call *call, struct err_why *why)
{
	const struct digest_hmac *mac = &call->service->site->index_mac;
	const char *kind = params_get(&call->params, "kind");
	const char *site = params_get(&call->params, "site");
	uint64_t level = 0;
	enum err e = params_u64(&call->params, "level", 3, &level, why);

	memset(out, 0, sizeof *out);
	if (e == ERR_OK && level == 0 &&
	    params_get(&call->params, "level") != NULL)
		e = err_fail(why, ERR_MALFORMED, "level: expected 1 to 3");
	if (e == ERR_OK && kind != NULL)
		e = kind_of(kind, &out->kind, why);
	if (e == ERR_OK && site != NULL && strlen(site) > SITE_NAME_MAX)
		e = err_fail(why, ERR_MALFORMED, "site: too long");
	if (e != ERR_OK)
		return e;
	out->level = (uint32_t)level;
	out->area =
	    fold_hash(mac, FOLD_AREA, params_get(&call->params, "area"));
	for (size_t i = 0; i < call->who.areas_len; i++)
		out->allowed[out->allowed_len++] =
		    fold_hash(mac, FOLD_AREA, call->who.areas[i]);
	out->alliance_only = call->who.role == OPS_PARTNER;
	out->no_exercises = call->who.role == OPS_REGULATOR;
	(void)snprintf(out->site, sizeof out->site, "%s", site ? site : "");
	return ERR_OK;
}

static bool
wanted(const struct feed_filter *f, const Ledger__Entry *leaf,
    const struct row *row)
{
	if (f->no_exercises && (row->flags & ROW_EXERCISE) != 0)
		return false;
	/* The node's own book-keeping would echo every reader's reading. */
	if (leaf->kind < LEDGER__KIND__CREDENTIAL)
		return false;
	if (f->kind != 0 && leaf->kind != f->kind)
		return false;
	if (f->level != 0 && (row->level == 0 || row->level > f->level))
		return false;
	if (f->area != 0 && row->area != f->area)
		return false;
	bool allowed = f->allowed_len == 0;
	for (size_t i = 0; !allowed && i < f->allowed_len; i++)
		allowed = row->area != 0 && row->area == f->allowed[i];
	return allowed;
}

/* ---- cursor ---- */

static bool
follows(const struct feed_filter *f, const char *origin)
{
	size_t n = strlen(f->site);
	const char *log = strrchr(origin, '/');

	if (n > 0 && (strncmp(origin, f->site, n) != 0 || origin[n] != '/'))
		return false;
	if (!f->alliance_only)
		return true;
	size_t before = log != NULL ? (size_t)(log - origin) : 0;
	return before > 9 && memcmp(log - 9, "/alliance", 9) == 0;
}

/* The mark of the generation before this one; NULL: it is not followed. */
static struct feed_mark *
mark_before(struct feed_cursor *c, struct site_db *db, bool own,
    struct store_txn *txn, uint16_t slot)
{
	struct generation_line line;
	uint16_t before;
	uint32_t number;

	if (generation_line_of(&line, &number, db->book, txn, slot, NULL) !=
	        ERR_OK ||
	    line.first == slot ||
	    generation_slot(
	        &before, db->book, txn, line.first, number - 1, NULL) != ERR_OK)
		return NULL;
	for (size_t i = 0; i < c->len; i++)
		if (c->at[i].own == own && c->at[i].slot == before)
			return &c->at[i];
	return NULL;
}

/* fresh: since the stream began, so that all of them is news: a generation, or
 * the log of a site that was heard of for the first time. */
static enum err
add_logs(struct feed_cursor *c, struct site_db *db, bool own,
    const struct feed_filter *filter, bool fresh, struct err_why *why)
{
	struct store_txn *txn = NULL;
	char origin[NOTE_NAME_MAX + 1];
	unsigned *slot = &c->looked[own ? 0 : 1];
	enum err e = store_read(db->store, &txn, why);

	if (e != ERR_OK)
		return e;
	/* Slots are given out in order; 0 may be unused. */
	for (; *slot <= UINT16_MAX && c->len < FEED_LOGS_MAX; (*slot)++) {
		struct log_state st = {.recorded_us = 0};
		uint16_t at = (uint16_t)*slot;

		e = log_origin(db->book, txn, at, origin, NULL);
		if (e != ERR_OK && at > 0)
			break;
		if (e != ERR_OK || !follows(filter, origin))
			continue;
		if (!fresh)
			e = log_state(db->book, txn, at, &st, why);
		if (e != ERR_OK)
			break;
		c->at[c->len++] = (struct feed_mark){
		    .own = own, .slot = at, .next = st.frontier.size};
	}
	store_abort(txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

void
feed_cursor_grow(
    struct feed_cursor *c, struct site *s, const struct feed_filter *filter)
{
	if (add_logs(c, &s->own, true, filter, true, NULL) == ERR_OK)
		(void)add_logs(c, &s->replica, false, filter, true, NULL);
}

/* An id from before a log began does not name it: all of it is new.  Slots are
 * given out in order, so it comes after those that the id names; of own logs it
 * names one, unless its stream was of another site. */
static enum err
from_start(
    struct feed_cursor *c, struct site_db *db, bool own, struct err_why *why)
{
	struct store_txn *txn = NULL;
	unsigned after = own ? UINT16_MAX + 1u : 0;
	bool any = false;
	enum err e = store_read(db->store, &txn, why);

	for (size_t i = 0; i < c->len; i++)
		if (c->at[i].own == own && c->at[i].named &&
		    (!any || c->at[i].slot >= after)) {
			after = c->at[i].slot + 1u;
			any = true;
		}
	/* In the order of slots, which is that of generations. */
	for (size_t i = 0; e == ERR_OK && i < c->len; i++) {
		const struct feed_mark *before;

		if (c->at[i].own != own || c->at[i].named)
			continue;
		before = mark_before(c, db, own, txn, c->at[i].slot);
		if ((before == NULL || !before->named) && c->at[i].slot < after)
			continue;
		c->at[i].named = true;
		c->at[i].next = 0;
	}
	store_abort(txn);
	return e;
}

/* "o1.17,o2.4,r3.90": store, slot, next index. */
static void
cursor_put(struct buf *out, const struct feed_cursor *c)
{
	for (size_t i = 0; i < c->len; i++)
		buf_printf(out, "%s%c%u.%llu", i > 0 ? "," : "",
		    c->at[i].own ? 'o' : 'r', c->at[i].slot,
		    (unsigned long long)c->at[i].next);
}

static enum err
take_mark(struct feed_cursor *c, struct bytes text)
{
	const uint8_t *dot = memchr(text.ptr, '.', text.len);
	uint64_t slot;
	uint64_t next;

	if (text.len < 4 || dot == NULL ||
	    (text.ptr[0] != 'o' && text.ptr[0] != 'r'))
		return ERR_MALFORMED;
	size_t n = (size_t)(dot - text.ptr);
	enum err e = text_u64_get(
	    &slot, bytes_of(text.ptr + 1, n - 1), UINT16_MAX, NULL);
	if (e == ERR_OK)
		e = text_u64_get(&next, bytes_of(dot + 1, text.len - n - 1),
		    TREE_SIZE_MAX, NULL);
	if (e != ERR_OK)
		return ERR_MALFORMED;
	for (size_t i = 0; i < c->len; i++) {
		struct feed_mark *m = &c->at[i];
		bool same = m->own == (text.ptr[0] == 'o') && m->slot == slot;
		/* Beyond the end: an id of another life of this node. */
		if (same && next <= m->next)
			m->next = next;
		m->named |= same;
	}
	return ERR_OK;
}

/* Moves the marks that the id names; others stay.  ERR_MALFORMED. */
static enum err
cursor_get(struct feed_cursor *c, struct bytes id, struct err_why *why)
{
	struct feed_cursor moved = *c;

	while (id.len > 0) {
		const uint8_t *comma = memchr(id.ptr, ',', id.len);
		size_t n = comma != NULL ? (size_t)(comma - id.ptr) : id.len;
		enum err e = take_mark(&moved, bytes_of(id.ptr, n));
		if (e != ERR_OK || (comma != NULL && n + 1 == id.len))
			return err_fail(why, ERR_MALFORMED,
			    "Last-Event-ID: not an id of this node");
		n += comma != NULL ? 1 : 0;
		id = bytes_of(id.ptr + n, id.len - n);
	}
	*c = moved;
	return ERR_OK;
}

enum err
feed_cursor_init(struct feed_cursor *out, struct site *s,
    const struct feed_filter *filter, const char *id, struct err_why *why)
{
	*out = (struct feed_cursor){.len = 0};
	enum err e = add_logs(out, &s->own, true, filter, false, why);
	if (e == ERR_OK)
		e = add_logs(out, &s->replica, false, filter, false, why);
	if (e == ERR_OK && id != NULL && id[0] != '\0')
		e = cursor_get(out, bytes_str(id), why);
	else
		return e;
	if (e == ERR_OK)
		e = from_start(out, &s->own, true, why);
	if (e == ERR_OK)
		e = from_start(out, &s->replica, false, why);
	return e;
}

/* ---- an event ---- */

/* The text behind a keyed hash of an area; false: not known. */
static bool
area_text(const struct feed_item *item, uint16_t line, uint64_t hash,
    struct bytes *out)
{
	struct fold_key k = fold_key_slot(line);

	if (hash == 0)
		return false;
	fold_key_uint(&k, FOLD_AREA, 1);
	fold_key_uint(&k, hash, 8);
	return store_get(item->txn, item->db->tables.name, fold_key_view(&k),
	           out, NULL) == ERR_OK;
}

static void
put_data(struct buf *out, const struct feed_item *item, uint16_t line,
    const Ledger__Entry *leaf, const struct row *row)
{
	char id[TEXT_UUID_CHARS + 1] = "";
	char when[TEXT_TIME_CHARS + 1];
	char origin[NOTE_NAME_MAX + 1] = "";
	struct bytes area;
	const ProtobufCEnumValue *outcome =
	    protobuf_c_enum_descriptor_get_value(
	        &ledger__outcome__descriptor, (int)leaf->outcome);

	if (leaf->record_id.len == 16)
		text_uuid_put(id, leaf->record_id.data);
	text_time_put(when, leaf->recorded_us);
	if (log_origin(item->db->book, item->txn, item->slot, origin, NULL) !=
	    ERR_OK)
		origin[0] = '\0';
	buf_printf(out,
	    "data: {\"kind\":\"%s\",\"recordId\":\"%s\",\"eventSeq\":%u,"
	    "\"outcome\":\"%s\",\"origin\":\"%s\",\"index\":\"%llu\","
	    "\"recordedAt\":\"%s\",\"state\":\"%s\"",
	    row_kind_text((uint16_t)leaf->kind), id, leaf->event_seq,
	    outcome != NULL ? outcome->name : "", origin,
	    (unsigned long long)item->index, when,
	    row_state_text((uint16_t)leaf->kind, row->state));
	if (row->level != 0)
		buf_printf(out, ",\"level\":%u", row->level);
	if (area_text(item, line, row->area, &area)) {
		buf_str(out, ",\"area\":");
		json_quote(out, area);
	}
	buf_str(out, "}\n\n");
}

void
feed_item_put(struct buf *out, const struct feed_item *item,
    const struct feed_filter *filter, const struct feed_cursor *cursor)
{
	struct fold fold = {.txn = item->txn,
	    .t = &item->db->tables,
	    .book = item->db->book,
	    .mac = &item->site->index_mac};
	Ledger__Entry *leaf = NULL;
	struct fold_line line;
	struct row row;
	struct bytes raw;

	memset(&row, 0, sizeof row);
	if (log_entry(item->db->book, item->txn, item->slot, item->index, &raw,
	        NULL) != ERR_OK ||
	    fold_line_of(&fold, item->slot, &line, NULL) != ERR_OK ||
	    log_decode(&leaf, raw, NULL) != ERR_OK)
		return;
	if (leaf->record_id.len == 16 &&
	    fold_get(&fold, line.line, leaf->record_id.data, &row, NULL) !=
	        ERR_OK)
		memset(&row, 0, sizeof row);
	if (wanted(filter, leaf, &row)) {
		buf_str(out, "id: ");
		cursor_put(out, cursor);
		buf_str(out, "\nevent: ");
		for (const char *c = row_kind_text((uint16_t)leaf->kind);
		     *c != '\0'; c++)
			buf_u8(out, (uint8_t)tolower((unsigned char)*c));
		buf_str(out, "\n");
		put_data(out, item, line.line, leaf, &row);
	}
	ledger__entry__free_unpacked(leaf, NULL);
}
