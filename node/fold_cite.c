/* fold_cite.c - which records name which, and how far time was led ahead. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_cite.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/domain/field.h"
#include "node/domain/retention.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "proto/mem.h"
#include "proto/text.h"

#define NAMES_MAX 4096 /* of one record; INCIDENT: 256 alarms an event */

static struct fold_key
key_of(uint16_t slot, char what)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, (uint8_t)what, 1);
	return k;
}

/* ---- who names whom ---- */

struct naming {
	struct fold *f;
	const struct fold_item *item;
	enum err error;
	struct err_why *why;
};

static bool
put_name(void *arg, const char *text)
{
	struct naming *n = arg;
	const uint8_t *self = n->item->leaf->record_id.data;
	struct fold_key to = key_of(n->item->slot, 'n');
	struct fold_key from = key_of(n->item->slot, 'c');
	uint8_t id[16];
	uint64_t name;

	if (strlen(text) != TEXT_UUID_CHARS ||
	    text_uuid_get(id, bytes_str(text), NULL) != ERR_OK ||
	    memcmp(id, self, 16) == 0)
		return true;
	name = fold_hash(n->f->mac, FOLD_RECORD, text);
	fold_key_uint(&to, name, 8);
	fold_key_put(&to, self, 16);
	fold_key_put(&from, self, 16);
	fold_key_uint(&from, name, 8);
	n->error = store_put(n->f->txn, n->f->t->retain, fold_key_view(&to),
	    bytes_of("", 0), n->why);
	if (n->error == ERR_OK)
		n->error = store_put(n->f->txn, n->f->t->retain,
		    fold_key_view(&from), bytes_of("", 0), n->why);
	return n->error == ERR_OK;
}

/* What tells of a record does not keep it; what no term ends would for ever. */
static bool
keeps_others(const Ledger__Entry *leaf)
{
	return leaf->kind != LEDGER__KIND__DELIVERY &&
	    retention_type(row_kind_text((uint16_t)leaf->kind)) != NULL;
}

enum err
fold_cite(struct fold *f, const struct fold_item *item, struct err_why *why)
{
	struct naming n = {f, item, ERR_OK, why};

	if (keeps_others(item->leaf) &&
	    (item->body == NULL || field_texts(item->body, put_name, &n)) &&
	    item->annex != NULL)
		(void)field_texts(&item->annex->base, put_name, &n);
	return n.error;
}

enum err
fold_cite_forget(struct fold *f, uint16_t slot, const uint8_t id[static 16],
    struct err_why *why)
{
	struct fold_key k = key_of(slot, 'c');
	uint64_t *names = mem_alloc(NAMES_MAX, sizeof *names);
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t n = 0;
	enum err e;

	fold_key_put(&k, id, 16);
	/* Collected first: writing moves the pages under a cursor. */
	e = store_cursor(f->txn, f->t->retain, &c, why);
	if (e == ERR_OK)
		e = store_seek(c, fold_key_view(&k), &row);
	for (; e == ERR_OK && n < NAMES_MAX; e = store_next(c, &row)) {
		if (row.key.len != k.len + 8 ||
		    memcmp(row.key.ptr, k.b, k.len) != 0)
			break;
		names[n++] = fold_key_u64(bytes_of(row.key.ptr + k.len, 8));
	}
	if (c != NULL)
		store_cursor_close(c);
	e = e == ERR_NOT_FOUND ? ERR_OK : e;
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		struct fold_key from = k;
		struct fold_key to = key_of(slot, 'n');

		fold_key_uint(&from, names[i], 8);
		fold_key_uint(&to, names[i], 8);
		fold_key_put(&to, id, 16);
		e = store_del(f->txn, f->t->retain, fold_key_view(&from), why);
		if (e == ERR_OK)
			e = store_del(
			    f->txn, f->t->retain, fold_key_view(&to), why);
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	free(names);
	return e == ERR_OK && n == NAMES_MAX
	    ? fold_cite_forget(f, slot, id, why)
	    : e;
}

enum err
fold_cited(struct fold *f, uint16_t slot, const uint8_t id[static 16],
    bool (*each)(void *arg, const uint8_t id[static 16]), void *arg,
    struct err_why *why)
{
	struct fold_key k = key_of(slot, 'n');
	char text[TEXT_UUID_CHARS + 1];
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	text_uuid_put(text, id);
	fold_key_uint(&k, fold_hash(f->mac, FOLD_RECORD, text), 8);
	e = store_cursor(f->txn, f->t->retain, &c, why);
	if (e == ERR_OK)
		e = store_seek(c, fold_key_view(&k), &row);
	for (; e == ERR_OK; e = store_next(c, &row)) {
		if (row.key.len != k.len + 16 ||
		    memcmp(row.key.ptr, k.b, k.len) != 0 ||
		    !each(arg, row.key.ptr + k.len))
			break;
	}
	if (c != NULL)
		store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- time that was led ---- */

/* A start, a jump and an operator's word move recorded time; what cannot be
 * read may have. */
static bool
may_lead(const struct fold_item *item)
{
	static const char *const actions[] = {
	    "start", "clock-jump", "clock-admit", "clock-reset"};
	const Record__Admin *m = (const Record__Admin *)item->body;

	if (item->leaf->kind == LEDGER__KIND__LOG_START)
		return generation_of(item->index) > 1;
	if (item->leaf->kind == LEDGER__KIND__TIME_RESET)
		return true;
	if (item->leaf->kind != LEDGER__KIND__ADMIN)
		return false;
	if (m == NULL || m->base.descriptor != &record__admin__descriptor ||
	    m->action == NULL)
		return true;
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
		if (strcmp(m->action, actions[i]) == 0)
			return true;
	}
	return false;
}

/* The row says where alone: the entry before may come later, to a copy that is
 * fetched again or a log that is mended. */
enum err
fold_cite_lead(
    struct fold *f, const struct fold_item *item, struct err_why *why)
{
	struct fold_key k = key_of(item->slot, 'l');

	if (!may_lead(item))
		return ERR_OK;
	fold_key_uint(&k, item->index, 8);
	return store_put(
	    f->txn, f->t->retain, fold_key_view(&k), bytes_of("", 0), why);
}

/* The entry before it, in this generation or at the end of the last. */
static enum err
before(const struct fold *f, uint16_t line, uint64_t place,
    struct fold_spot *out, struct err_why *why)
{
	struct log_state *state;
	enum err e;

	if (generation_index(place) > 0)
		return fold_spot(f, line, place - 1, out, why);
	if (generation_of(place) == 1)
		return ERR_NOT_FOUND;
	e = generation_slot(&out->slot, f->book, fold_logs(f), line,
	    generation_of(place) - 1, why);
	if (e != ERR_OK)
		return e;
	state = mem_alloc(1, sizeof *state);
	e = log_state(f->book, fold_logs(f), out->slot, state, why);
	if (e == ERR_OK && state->frontier.size == 0)
		e = ERR_NOT_FOUND;
	out->index = e == ERR_OK ? state->frontier.size - 1 : 0;
	free(state);
	return e;
}

static enum err
recorded_at(const struct fold *f, const struct fold_spot *at, int64_t *us)
{
	Ledger__Entry *leaf = NULL;
	struct bytes bytes;
	enum err e =
	    log_entry(f->book, fold_logs(f), at->slot, at->index, &bytes, NULL);

	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, NULL);
	if (e != ERR_OK)
		return e;
	*us = leaf->recorded_us;
	ledger__entry__free_unpacked(leaf, NULL);
	return ERR_OK;
}

/* By how much recorded time went on at this place; what cannot be read may have
 * been of any time. */
static int64_t
lead_at(const struct fold *f, uint16_t line, uint64_t place)
{
	struct fold_spot at;
	int64_t now_us;
	int64_t was_us;
	enum err e = fold_spot(f, line, place, &at, NULL);

	if (e == ERR_OK)
		e = recorded_at(f, &at, &now_us);
	if (e != ERR_OK)
		return INT64_MAX;
	e = before(f, line, place, &at, NULL);
	if (e == ERR_NOT_FOUND)
		return 0; /* nothing is older */
	if (e == ERR_OK)
		e = recorded_at(f, &at, &was_us);
	if (e != ERR_OK)
		return now_us;
	return retention_add(now_us, was_us == INT64_MIN ? INT64_MAX : -was_us);
}

enum err
fold_leads(
    struct fold *f, uint16_t slot, struct fold_leads *out, struct err_why *why)
{
	struct fold_key k = key_of(slot, 'l');
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(f->txn, f->t->retain, &c, why);

	*out = (struct fold_leads){.len = 0};
	if (e == ERR_OK)
		e = store_seek(c, fold_key_view(&k), &row);
	for (; e == ERR_OK; e = store_next(c, &row)) {
		uint64_t place;
		int64_t by_us;

		if (row.key.len != k.len + 8 ||
		    memcmp(row.key.ptr, k.b, k.len) != 0)
			break;
		place = fold_key_u64(bytes_of(row.key.ptr + k.len, 8));
		by_us = lead_at(f, slot, place);
		if (by_us == 0)
			continue;
		out->at = mem_resize(out->at, out->len + 1, sizeof *out->at);
		out->at[out->len].place = place;
		out->at[out->len++].by_us = by_us;
	}
	if (c != NULL)
		store_cursor_close(c);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e != ERR_OK)
		fold_leads_free(out);
	return e;
}

void
fold_leads_free(struct fold_leads *l)
{
	free(l->at);
	*l = (struct fold_leads){.len = 0};
}

int64_t
fold_leads_since(const struct fold_leads *l, uint64_t place)
{
	int64_t sum = 0;

	for (size_t i = l->len; i-- > 0 && l->at[i].place > place;)
		sum = retention_add(sum, l->at[i].by_us);
	return sum;
}
