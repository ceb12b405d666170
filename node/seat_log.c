/* seat_log.c - proposals, votes and sightings out of all alliance logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/seat_log.h"

#include <stdlib.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/journal.h"
#include "node/site_logs.h"
#include "proto/mem.h"

#define KINDS 3
#define GAPS_AT_ONCE 64 /* looked for again in one look, the newest */

static const struct kind {
	Ledger__Kind kind;
	enum council_kind as;
	const char *type;
} kinds[KINDS] = {
    {LEDGER__KIND__PROPOSAL, COUNCIL_PROPOSAL, "record.Proposal"},
    {LEDGER__KIND__VOTE, COUNCIL_VOTE, "record.Vote"},
    {LEDGER__KIND__SIGHTING, COUNCIL_SIGHTING, "record.Sighting"},
};

struct entry {
	uint64_t index;
	struct council_entry e; /* body.ptr: own memory */
};

/* An entry whose body is not here (yet). */
struct gap {
	uint64_t index;
	size_t kind; /* into kinds */
};

/* One generation of one log. */
struct part {
	char origin[NOTE_NAME_MAX + 1];
	struct generation g;
	uint64_t next[KINDS]; /* behind the last entry that was read */
	struct entry *entries; /* ascending */
	size_t len;
	struct gap *gaps;
	size_t missing;
	bool forked;
	bool broken; /* an entry is damaged: read again each time */
};

struct seat_log {
	struct site *site;
	struct part *parts; /* by member, then by generation */
	size_t parts_len;
	struct council_log *logs; /* of all parts of one member, one */
	size_t logs_len;
	struct council_entry **lists;
};

/* ---- one log ---- */

static enum err
read_body(struct bytes *out, struct log_book *b, struct store_txn *txn,
    uint16_t slot, uint64_t index, const char *type)
{
	Ledger__Sealed *sealed = NULL;
	uint8_t *copy;
	enum err e = log_sealed(b, txn, slot, index, &sealed, NULL);

	if (e != ERR_OK)
		return e;
	if (sealed->body != NULL && sealed->body->has_message &&
	    sealed->body->type != NULL &&
	    strcmp(sealed->body->type, type) == 0) {
		copy = mem_alloc(1, sealed->body->message.len + 1);
		if (sealed->body->message.len > 0)
			memcpy(copy, sealed->body->message.data,
			    sealed->body->message.len);
		*out = bytes_of(copy, sealed->body->message.len);
	} else {
		e = ERR_NOT_FOUND;
	}
	ledger__sealed__free_unpacked(sealed, NULL);
	return e;
}

static void
add(struct part *p, uint64_t index, enum council_kind as, struct bytes body)
{
	p->entries = mem_resize(p->entries, p->len + 1, sizeof p->entries[0]);
	p->entries[p->len++] =
	    (struct entry){.index = index, .e = {.kind = as, .body = body}};
}

static void
add_gap(struct part *p, uint64_t index, size_t k)
{
	p->gaps = mem_resize(p->gaps, p->missing + 1, sizeof p->gaps[0]);
	p->gaps[p->missing++] = (struct gap){.index = index, .kind = k};
}

/* A body may come later, or be mended. */
static void
fill_gaps(
    struct part *p, struct log_book *b, struct store_txn *txn, uint16_t slot)
{
	size_t from = p->missing > GAPS_AT_ONCE ? p->missing - GAPS_AT_ONCE : 0;
	size_t left = from;
	struct bytes body;

	for (size_t i = from; i < p->missing; i++) {
		const struct gap g = p->gaps[i];

		if (read_body(&body, b, txn, slot, g.index,
		        kinds[g.kind].type) == ERR_OK)
			add(p, g.index, kinds[g.kind].as, body);
		else
			p->gaps[left++] = g;
	}
	p->missing = left;
}

/* Back along the chain of its kind, down to what is known. */
static enum err
read_kind(struct part *p, struct log_book *b, struct store_txn *txn,
    uint16_t slot, size_t k, struct err_why *why)
{
	Ledger__Entry *entry = NULL;
	uint64_t seq, at, next;
	struct bytes leaf, body;
	enum err e = log_kind_head(b, txn, slot, kinds[k].kind, &seq, &at, why);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	next = at + 1;
	while (e == ERR_OK && at + 1 > p->next[k]) {
		e = log_entry(b, txn, slot, at, &leaf, why);
		if (e == ERR_OK)
			e = log_decode(&entry, leaf, why);
		if (e != ERR_OK)
			break;
		if (read_body(&body, b, txn, slot, at, kinds[k].type) == ERR_OK)
			add(p, at, kinds[k].as, body);
		else
			add_gap(p, at, k);
		at = entry->previous_of_kind - 1; /* 0: none, wraps */
		ledger__entry__free_unpacked(entry, NULL);
		if (at == UINT64_MAX)
			break;
	}
	if (e == ERR_OK)
		p->next[k] = next;
	return e;
}

static int
by_index(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

static void
forget(struct part *p, size_t from)
{
	for (size_t i = from; i < p->len; i++)
		free((void *)(uintptr_t)p->entries[i].e.body.ptr);
	p->len = from;
}

static enum err
read_part(struct part *p, struct log_book *b, struct store_txn *txn,
    uint16_t slot, bool *changed, struct err_why *why)
{
	const size_t before = p->len, missing = p->missing;
	uint64_t next[KINDS];
	enum err e = ERR_OK;

	memcpy(next, p->next, sizeof next);
	for (size_t k = 0; k < KINDS && e == ERR_OK; k++)
		e = read_kind(p, b, txn, slot, k, why);
	if (e != ERR_OK) {
		forget(p, before);
		p->missing = missing;
		memcpy(p->next, next, sizeof next);
		return e;
	}
	fill_gaps(p, b, txn, slot);
	if (p->len == before)
		return ERR_OK;
	qsort(p->entries, p->len, sizeof p->entries[0], by_index);
	*changed = true;
	return ERR_OK;
}

/* Damage in one log keeps nobody from hearing the others. */
static enum err
try_part(struct part *p, struct log_book *b, struct store_txn *txn,
    uint16_t slot, bool *changed, struct err_why *why)
{
	enum err e = read_part(p, b, txn, slot, changed, why);
	const bool broken = e == ERR_NOT_FOUND || e == ERR_CORRUPT;

	if (broken && !p->broken)
		journal_warn("ALLIANCE", "%s cannot be read whole: %s",
		    p->origin, why->text);
	p->broken = broken;
	return broken ? ERR_OK : e;
}

/* ---- all of them ---- */

static int
by_member(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int c = strcmp(x->g.name, y->g.name);

	if (c != 0)
		return c;
	return x->g.number < y->g.number ? -1 : x->g.number > y->g.number;
}

/* NULL: no alliance log. */
static struct part *
part_of(struct seat_log *l, const char *origin)
{
	struct generation g;
	struct part *p;

	for (size_t i = 0; i < l->parts_len; i++)
		if (strcmp(l->parts[i].origin, origin) == 0)
			return &l->parts[i];
	if (generation_get(&g, origin, NULL) != ERR_OK ||
	    strcmp(g.kind, "alliance") != 0)
		return NULL;
	l->parts = mem_resize(l->parts, l->parts_len + 1, sizeof l->parts[0]);
	p = &l->parts[l->parts_len++];
	memset(p, 0, sizeof *p);
	p->g = g;
	(void)memccpy(p->origin, origin, '\0', sizeof p->origin);
	return p;
}

static enum err
look_at(struct seat_log *l, const struct site_db *db, const char *self,
    const struct witness *w, bool *changed, struct err_why *why)
{
	struct store_txn *txn = NULL;
	char origin[NOTE_NAME_MAX + 1];
	enum err e = store_read(db->store, &txn, why);
	bool forked;

	for (unsigned slot = 0; e == ERR_OK && slot <= UINT16_MAX; slot++) {
		struct part *p;

		e = log_origin(db->book, txn, (uint16_t)slot, origin, why);
		if (e == ERR_NOT_FOUND && slot == 0) {
			e = ERR_OK;
			continue;
		}
		if (e != ERR_OK)
			break;
		p = part_of(l, origin);
		/* A replica of our own log is not what we hold of it. */
		if (p == NULL || (strcmp(p->g.name, self) == 0) != (w == NULL))
			continue;
		e = try_part(p, db->book, txn, (uint16_t)slot, changed, why);
		if (e == ERR_OK && w != NULL)
			e = witness_forked(w, txn, origin, &forked, why);
		if (e == ERR_OK && w != NULL && forked != p->forked) {
			p->forked = forked;
			*changed = true;
		}
	}
	store_abort(txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void
forget_lists(struct seat_log *l)
{
	for (size_t i = 0; i < l->logs_len; i++)
		free(l->lists[i]);
	free(l->lists);
	free(l->logs);
	l->lists = NULL;
	l->logs = NULL;
	l->logs_len = 0;
}

static void
make_lists(struct seat_log *l)
{
	struct council_log *log = NULL;
	struct council_entry *list = NULL;

	forget_lists(l);
	if (l->parts_len > 1)
		qsort(l->parts, l->parts_len, sizeof l->parts[0], by_member);
	l->logs = mem_alloc(l->parts_len + 1, sizeof l->logs[0]);
	l->lists = mem_alloc(l->parts_len + 1, sizeof l->lists[0]);
	for (size_t i = 0; i < l->parts_len; i++) {
		const struct part *p = &l->parts[i];

		if (log == NULL || strcmp(log->member, p->g.name) != 0) {
			log = &l->logs[l->logs_len];
			*log = (struct council_log){.member = p->g.name};
			list = NULL;
			l->logs_len++;
		}
		list = mem_resize(list, log->len + p->len + 1, sizeof *list);
		for (size_t k = 0; k < p->len; k++)
			list[log->len + k] = p->entries[k].e;
		log->entries = list;
		log->len += p->len;
		log->forked |= p->forked;
		l->lists[l->logs_len - 1] = list;
	}
}

enum err
seat_log_look(struct seat_log *l, bool *changed, struct err_why *why)
{
	struct site *s = l->site;
	enum err e;

	*changed = false;
	e = look_at(l, &s->own, s->name, NULL, changed, why);
	if (e == ERR_OK)
		e = look_at(l, &s->replica, s->name, &s->witness, changed, why);
	return e;
}

const struct council_log *
seat_log_all(struct seat_log *l, size_t *len)
{
	make_lists(l);
	*len = l->logs_len;
	return l->logs;
}

size_t
seat_log_missing(const struct seat_log *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->parts_len; i++)
		n += l->parts[i].missing + l->parts[i].broken;
	return n;
}

bool
seat_log_own_whole(const struct seat_log *l)
{
	for (size_t i = 0; i < l->parts_len; i++)
		if (l->parts[i].broken &&
		    strcmp(l->parts[i].g.name, l->site->name) == 0)
			return false;
	return true;
}

struct seat_log *
seat_log_new(struct site *s)
{
	struct seat_log *l = mem_alloc(1, sizeof *l);

	l->site = s;
	return l;
}

void
seat_log_free(struct seat_log *l)
{
	if (l == NULL)
		return;
	forget_lists(l);
	for (size_t i = 0; i < l->parts_len; i++) {
		forget(&l->parts[i], 0);
		free(l->parts[i].entries);
		free(l->parts[i].gaps);
	}
	free(l->parts);
	free(l);
}
