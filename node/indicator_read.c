/* indicator_read.c - facts out of a log: own, or a replica. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/indicator_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/domain/field.h"
#include "node/fold.h"
#include "node/site.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define CHUNK 1024 /* entries of one read transaction */
#define FIRST_KIND LEDGER__KIND__ALARM

/* ---- logs ---- */

static struct site_db *
db_of(const struct indicator_log *log)
{
	return log->own ? &log->site->own : &log->site->replica;
}

static enum err
leaf_of(const struct indicator_log *log, struct store_txn *txn, uint16_t slot,
    uint64_t index, Ledger__Entry **out, struct err_why *why)
{
	struct bytes leaf;
	enum err e = log_entry(db_of(log)->book, txn, slot, index, &leaf, why);

	return e == ERR_OK ? log_decode(out, leaf, why) : e;
}

static enum err
time_of(const struct indicator_log *log, struct store_txn *txn, uint16_t slot,
    uint64_t index, int64_t *out, struct err_why *why)
{
	Ledger__Entry *leaf = NULL;
	enum err e = leaf_of(log, txn, slot, index, &leaf, why);

	if (e != ERR_OK)
		return e;
	*out = leaf->recorded_us;
	ledger__entry__free_unpacked(leaf, NULL);
	return ERR_OK;
}

/* log: site, own and name are there. */
static enum err
fill(struct indicator_log *log, struct store_txn *txn, struct buf *note,
    struct err_why *why)
{
	struct log_book *book = db_of(log)->book;
	struct generation_line line;
	struct note_checkpoint at;
	struct buf own;
	enum err e =
	    generation_line(&line, book, txn, log->name, "evidence", why);

	if (e != ERR_OK)
		return e;
	log->line = line.first;
	log->number = line.newest_number;
	buf_init(&own, NOTE_BYTES_MAX);
	e = log_origin(book, txn, line.newest, log->origin, why);
	if (e == ERR_OK)
		e = log_checkpoint(book, txn, line.newest, 0,
		    note != NULL ? note : &own, &at, why);
	buf_clear(&own);
	if (e != ERR_OK)
		return e;
	log->head = at.head;
	if (at.head.size == 0)
		return err_fail(why, ERR_NOT_FOUND, "the log is empty");
	e = time_of(
	    log, txn, line.newest, at.head.size - 1, &log->recorded_us, why);
	if (e == ERR_OK)
		e = time_of(log, txn, line.first, 0, &log->since_us, why);
	return e;
}

enum err
indicator_log_find(struct indicator_log *out, struct site *s, const char *name,
    struct buf *note, struct err_why *why)
{
	const char *of = name != NULL ? name : s->name;
	struct store_txn *txn = NULL;
	enum err e;

	*out =
	    (struct indicator_log){.site = s, .own = strcmp(of, s->name) == 0};
	if (strlen(of) > NOTE_NAME_MAX)
		return err_fail(why, ERR_MALFORMED, "site: too long");
	(void)snprintf(out->name, sizeof out->name, "%s", of);
	e = store_read(db_of(out)->store, &txn, why);
	if (e != ERR_OK)
		return e;
	e = fill(out, txn, note, why);
	store_abort(txn);
	if (e == ERR_NOT_FOUND)
		return err_fail(why, ERR_NOT_FOUND,
		    "site: no log of \"%.80s\" is held here", out->name);
	return e;
}

struct names {
	char (*at)[NOTE_NAME_MAX + 1];
	size_t len, max;
	bool more;
};

static void
note_name(struct names *n, const char *origin)
{
	struct generation g;

	if (generation_get(&g, origin, NULL) != ERR_OK ||
	    strcmp(g.kind, "evidence") != 0)
		return;
	for (size_t i = 0; i < n->len; i++)
		if (strcmp(n->at[i], g.name) == 0)
			return;
	if (n->len == n->max)
		n->more = true;
	else
		memcpy(n->at[n->len++], g.name, sizeof g.name);
}

static enum err
note_names(struct names *n, struct site *s, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct store_txn *txn = NULL;
	enum err e = store_read(s->replica.store, &txn, why);

	for (unsigned slot = 0; slot <= UINT16_MAX && e == ERR_OK; slot++) {
		e = log_origin(
		    s->replica.book, txn, (uint16_t)slot, origin, why);
		if (e == ERR_OK)
			note_name(n, origin);
		else if (e == ERR_NOT_FOUND && slot == 0)
			e = ERR_OK;
	}
	store_abort(txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
indicator_log_all(struct indicator_log *out, size_t max, size_t *len,
    struct site *s, struct err_why *why)
{
	struct names names = {.max = max};
	enum err e;

	names.at = mem_alloc(max, sizeof *names.at);
	(void)snprintf(names.at[names.len++], sizeof *names.at, "%s", s->name);
	e = note_names(&names, s, why);
	if (e == ERR_OK && names.more)
		e = err_fail(why, ERR_LIMIT, "more than %zu sites", max);
	*len = 0;
	for (size_t i = 0; i < names.len && e == ERR_OK; i++) {
		e = indicator_log_find(&out[*len], s, names.at[i], NULL, why);
		/* Nothing signed of it has come yet. */
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
		else if (e == ERR_OK)
			(*len)++;
	}
	free(names.at);
	return e;
}

enum err
indicator_log_at(struct indicator_log *log, const char *origin,
    const struct tree_head *head, struct err_why *why)
{
	struct log_book *book = db_of(log)->book;
	struct log_nodes nodes = {.book = book};
	struct generation g;
	struct store_txn *txn = NULL;
	bool same = false;
	enum err e = generation_get(&g, origin, why);

	if (e == ERR_OK && strcmp(g.name, log->name) != 0)
		e = err_fail(why, ERR_CONFLICT, "the log is another site's");
	if (e == ERR_OK)
		e = store_read(db_of(log)->store, &txn, why);
	if (e != ERR_OK)
		return e;
	nodes.txn = txn;
	e = generation_slot(&nodes.slot, book, txn, log->line, g.number, why);
	if (e == ERR_OK &&
	    (head->size == 0 ||
	        (g.number == log->number && head->size > log->head.size)))
		e = err_fail(why, ERR_NOT_FOUND,
		    "entries up to %llu are not held yet",
		    (unsigned long long)head->size);
	if (e == ERR_OK)
		e = log_had_root(&nodes, head, &same, why);
	if (e == ERR_OK && !same)
		e = err_fail(why, ERR_CONFLICT,
		    "the log had another root at size %llu",
		    (unsigned long long)head->size);
	if (e == ERR_OK)
		e = time_of(log, txn, nodes.slot, head->size - 1,
		    &log->recorded_us, why);
	store_abort(txn);
	if (e != ERR_OK)
		return e;
	(void)snprintf(log->origin, sizeof log->origin, "%s", origin);
	log->number = g.number;
	log->head = *head;
	return ERR_OK;
}

/* ---- what is wanted ---- */

void
indicator_want_none(struct indicator_want *w)
{
	for (size_t i = 0; i < INDICATOR_KINDS; i++)
		w->from_us[i] = INT64_MAX;
	w->after = UINT64_MAX;
	w->oldest_us = INT64_MAX;
}

void
indicator_want_add(struct indicator_want *w, const Pack__Indicators *set,
    const Pack__Formula *formula, int64_t from_us)
{
	const uint32_t kinds = facts_kinds(formula);

	for (unsigned i = 0; i < INDICATOR_KINDS; i++) {
		if ((kinds >> i & 1) == 0)
			continue;
		int64_t from = from_us - facts_lookback_us(set, formula);
		if (from < w->from_us[i])
			w->from_us[i] = from;
	}
}

/* ---- places ---- */

struct places {
	uint64_t *at;
	size_t len, cap;
};

static enum err
put_place(struct places *p, uint64_t place, struct err_why *why)
{
	if (p->len == INDICATOR_ENTRIES_MAX)
		return err_fail(why, ERR_LIMIT,
		    "more than %d entries: ask for a shorter period",
		    INDICATOR_ENTRIES_MAX);
	if (p->len == p->cap) {
		p->cap = p->cap != 0 ? 2 * p->cap : 1024;
		p->at = mem_resize(p->at, p->cap, sizeof *p->at);
	}
	p->at[p->len++] = place;
	return ERR_OK;
}

struct chain {
	const struct indicator_log *log;
	uint32_t number;
	uint16_t slot;
	uint64_t size;
	Ledger__Kind kind;
	int64_t from_us;
	uint64_t at; /* next index, plus 1; 0: its beginning was reached */
};

/* A few of a kind, backwards, in one transaction. */
static enum err
walk_some(struct chain *c, struct places *out, struct err_why *why)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(db_of(c->log)->store, &txn, why);

	for (unsigned n = 0; n < CHUNK && e == ERR_OK && c->at != 0; n++) {
		const uint64_t index = c->at - 1;
		Ledger__Entry *leaf = NULL;

		e = leaf_of(c->log, txn, c->slot, index, &leaf, why);
		if (e != ERR_OK)
			break;
		if (leaf->previous_of_kind > index)
			e = err_fail(why, ERR_CORRUPT, "entry %llu: its chain",
			    (unsigned long long)index);
		c->at = leaf->previous_of_kind;
		if (leaf->recorded_us < c->from_us)
			c->at = 0;
		else if (index < c->size && e == ERR_OK)
			e = put_place(
			    out, generation_place(c->number, index), why);
		ledger__entry__free_unpacked(leaf, NULL);
	}
	store_abort(txn);
	return e;
}

static enum err
walk_kind(struct chain *c, struct places *out, struct err_why *why)
{
	struct store_txn *txn = NULL;
	uint64_t seq, last = 0;
	enum err e = store_read(db_of(c->log)->store, &txn, why);

	if (e != ERR_OK)
		return e;
	e = log_kind_head(
	    db_of(c->log)->book, txn, c->slot, c->kind, &seq, &last, why);
	store_abort(txn);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	c->at = last + 1;
	while (e == ERR_OK && c->at != 0)
		e = walk_some(c, out, why);
	return e;
}

static int
ascending(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Slot of a generation and when it began. */
static enum err
generation_at(const struct indicator_log *log, uint32_t number, uint16_t *slot,
    int64_t *began_us, struct err_why *why)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(db_of(log)->store, &txn, why);

	if (e != ERR_OK)
		return e;
	e = generation_slot(
	    slot, db_of(log)->book, txn, log->line, number, why);
	if (e == ERR_OK)
		e = time_of(log, txn, *slot, 0, began_us, why);
	store_abort(txn);
	return e;
}

static enum err
gather(const struct indicator_log *log, const struct indicator_want *w,
    struct places *out, struct err_why *why)
{
	int64_t first_us = INT64_MAX;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < INDICATOR_KINDS; i++)
		first_us = w->from_us[i] < first_us ? w->from_us[i] : first_us;
	for (uint32_t n = log->number; n > 0 && e == ERR_OK; n--) {
		struct chain c = {.log = log, .number = n};
		int64_t began_us = 0;

		c.size = n == log->number ? log->head.size : UINT64_MAX;
		e = generation_at(log, n, &c.slot, &began_us, why);
		/* Older generations were never held here. */
		if (e == ERR_NOT_FOUND)
			return ERR_OK;
		for (unsigned i = 0; i < INDICATOR_KINDS && e == ERR_OK; i++) {
			c.kind = (Ledger__Kind)(FIRST_KIND + (int)i);
			c.from_us = w->from_us[i];
			if (c.from_us != INT64_MAX)
				e = walk_kind(&c, out, why);
		}
		if (began_us < first_us)
			break;
	}
	if (out->len > 0)
		qsort(out->at, out->len, sizeof *out->at, ascending);
	return e;
}

/* ---- entries ---- */

/* When an event happened by its author's word, within what is believed. */
static int64_t
claimed(const struct facts_entry *e)
{
	struct field_value v = {.given = false};
	int64_t us = e->body != NULL ? facts_stated_us(e->body) : 0;

	if (us == 0)
		us = e->signed_us;
	if (us == 0 && e->body != NULL &&
	    field_get(&v, e->body, "occurred_at") && v.given)
		us = (int64_t)v.number;
	return us <= 0 || us > e->recorded_us ||
	        us < e->recorded_us - FACTS_LATE_US
	    ? e->recorded_us
	    : us;
}

static enum err
add_one(struct facts *out, struct indicator_want *w, const Ledger__Entry *leaf,
    const Ledger__Sealed *sealed, uint64_t place, struct err_why *why)
{
	struct facts_entry fact = {.kind = leaf->kind,
	    .place = place,
	    .recorded_us = leaf->recorded_us,
	    .record_id = leaf->record_id.data,
	    .event_seq = leaf->event_seq,
	    .outcome = leaf->outcome};
	ProtobufCMessage *body = NULL;
	ProtobufCMessage *annex = NULL;
	struct buf shown;
	enum err e;

	if (leaf->record_id.len != 16)
		return ERR_OK;
	buf_init(&shown, LOG_SEALED_MAX);
	if (sealed != NULL)
		body = fold_unpack(sealed->body, &shown);
	/* Only of checks does it say what is counted. */
	if (sealed != NULL && leaf->kind == LEDGER__KIND__CHECKLIST)
		annex = fold_unpack(sealed->annex, &shown);
	fact.body = body;
	fact.annex = facts_annex(annex);
	if (sealed != NULL && sealed->auth != NULL)
		fact.signed_us = sealed->auth->occurred_us;
	if (place >= w->after && claimed(&fact) < w->oldest_us)
		w->oldest_us = claimed(&fact);
	e = facts_add(out, &fact, why);
	slice_free(body);
	slice_free(annex);
	buf_clear(&shown);
	return e;
}

static enum err
read_one(const struct indicator_log *log, struct store_txn *txn,
    struct indicator_want *w, uint64_t place, struct facts *out,
    struct err_why *why)
{
	struct log_book *book = db_of(log)->book;
	const uint64_t index = generation_index(place);
	Ledger__Sealed *sealed = NULL;
	Ledger__Entry *leaf = NULL;
	uint16_t slot = log->line;
	enum err e = ERR_OK;

	if (generation_of(place) != 1)
		e = generation_slot(
		    &slot, book, txn, log->line, generation_of(place), why);
	if (e == ERR_OK)
		e = leaf_of(log, txn, slot, index, &leaf, why);
	if (e != ERR_OK)
		return e;
	e = log_sealed(book, txn, slot, index, &sealed, why);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK)
		e = add_one(out, w, leaf, sealed, place, why);
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	ledger__entry__free_unpacked(leaf, NULL);
	return e;
}

enum err
indicator_read(const struct indicator_log *log, struct indicator_want *want,
    struct facts *out, struct err_why *why)
{
	struct places places = {.len = 0};
	struct store_txn *txn = NULL;
	enum err e = gather(log, want, &places, why);

	for (size_t i = 0; i < places.len && e == ERR_OK; i++) {
		if (i % CHUNK == 0) {
			store_abort(txn);
			txn = NULL;
			e = store_read(db_of(log)->store, &txn, why);
		}
		if (e == ERR_OK)
			e = read_one(log, txn, want, places.at[i], out, why);
	}
	store_abort(txn);
	free(places.at);
	return e;
}
