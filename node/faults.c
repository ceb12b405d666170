/* faults.c - faults that come again and again become work orders. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/faults.h"

#include <pthread.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/fold_kind.h"
#include "node/fold_place.h"
#include "node/journal.h"
#include "node/site_logs.h"
#include "node/submit_order.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define MINUTE_US INT64_C(60000000)
#define KEYS 4096 /* assets with a fault that are remembered */
#define WAYS 8 /* places that one may have */
#define ROWS 20000 /* looked at in one turn */
#define ORDERS_MAX 16 /* of one turn; the rest waits for the next */

/* What is known of one asset, code and rule. */
struct entry {
	uint64_t key; /* 0: free */
	struct fault_count count;
	uint8_t order[16]; /* the newest work order; zeros: none */
};

struct faults {
	struct site *site;
	const Pack__AlarmPolicy *policy; /* of this turn */
	bool started;
	uint64_t next; /* place of the first alarm not looked at */
	struct fold fold;
	int64_t now_us;
	unsigned orders; /* of this turn */
	unsigned made;
	pthread_mutex_t lock; /* the following */
	pthread_cond_t wake;
	unsigned waiting;
	bool ending;
	bool failed; /* something was not entered: count anew */
	struct entry *at;
};

static const uint8_t none[16];
static const struct submit_who node = {.subject = "node", .role = "node"};

/* ---- counts ---- */

static uint64_t
key_of(const struct faults *f, const Pack__FaultRule *r, const char *asset,
    const char *code)
{
	const struct bytes parts[] = {bytes_str(r->name), bytes_of("", 1),
	    bytes_str(asset), bytes_of("", 1), bytes_str(code)};
	struct hash h;

	digest_hmac(&f->site->index_mac, &h, parts, 5);
	return fold_key_u64(bytes_of(h.b, 8)) | 1;
}

static int64_t
newest(const struct entry *e)
{
	return e->count.len > 0 ? e->count.at[e->count.len - 1].at_us : 0;
}

/* The one whose last alarm is oldest gives way. */
static struct entry *
entry_of(struct faults *f, uint64_t key)
{
	struct entry *ways = &f->at[key % (KEYS / WAYS) * WAYS];
	struct entry *out = ways;

	for (size_t i = 0; i < WAYS; i++) {
		if (ways[i].key == key)
			return &ways[i];
		if (ways[i].key == 0 ||
		    (out->key != 0 && newest(&ways[i]) < newest(out)))
			out = &ways[i];
	}
	*out = (struct entry){.key = key};
	return out;
}

/* Does an open work order answer for it?  What was before one was closed, it
 * has answered. */
static enum err
answered(struct faults *f, struct entry *e, bool *out, struct err_why *why)
{
	struct row row;
	enum err err;

	*out = false;
	if (memcmp(e->order, none, sizeof none) == 0)
		return ERR_OK;
	err = fold_get(&f->fold, f->site->evidence, e->order, &row, why);
	/* Not there yet: it is being entered. */
	*out = err == ERR_NOT_FOUND || (err == ERR_OK && row_is_open(&row));
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (!*out) {
		e->count.after_us = row.changed_us;
		memset(e->order, 0, sizeof e->order);
	}
	return ERR_OK;
}

/* ---- bodies ---- */

/* The first event of a record; NULL: not held, or of another type. */
static ProtobufCMessage *
body_of(struct faults *f, uint64_t place, const ProtobufCMessageDescriptor *d)
{
	ProtobufCMessage *body = NULL;
	Ledger__Sealed *sealed = NULL;
	struct fold_spot at;
	struct buf shown;

	if (fold_spot(&f->fold, f->site->evidence, place, &at, NULL) !=
	        ERR_OK ||
	    log_sealed(f->fold.book, f->fold.txn, at.slot, at.index, &sealed,
	        NULL) != ERR_OK)
		return NULL;
	buf_init(&shown, LOG_SEALED_MAX);
	body = fold_unpack(sealed->body, &shown);
	buf_clear(&shown);
	ledger__sealed__free_unpacked(sealed, NULL);
	if (body != NULL && body->descriptor != d) {
		slice_free(body);
		body = NULL;
	}
	return body;
}

/* ---- work orders ---- */

static void
done(void *arg, struct submit_result *r)
{
	struct faults *f = arg;

	(void)pthread_mutex_lock(&f->lock);
	f->waiting--;
	f->made += r->error == ERR_OK && !r->items[0].duplicate;
	f->failed |= r->error != ERR_OK;
	(void)pthread_cond_signal(&f->wake);
	(void)pthread_mutex_unlock(&f->lock);
	submit_result_free(r);
}

static void
order(struct faults *f, struct entry *e, const Pack__FaultRule *r,
    const Record__Alarm *a)
{
	const struct submit_to to = {
	    .site = f->site, .who = &node, .done = done, .arg = f};
	char id[TEXT_UUID_CHARS + 1];

	(void)pthread_mutex_lock(&f->lock);
	f->waiting++;
	(void)pthread_mutex_unlock(&f->lock);
	fault_id(e->order, r, &e->count);
	text_uuid_put(id, e->order);
	journal_info("WORK-ORDER", "case=%s rule=%s alarms=%zu", id, r->name,
	    e->count.len);
	submit_order(&to,
	    &(struct submit_order){.rule = r,
	        .by = &e->count,
	        .asset = a->asset,
	        .code = fault_code(a),
	        .area = a->area});
	e->count.len = 0;
	f->orders++;
}

static enum err
count_one(struct faults *f, const Pack__FaultRule *r, const Record__Alarm *a,
    const struct fault_seen *seen, struct err_why *why)
{
	struct entry *e = entry_of(f, key_of(f, r, a->asset, fault_code(a)));
	bool open;
	enum err err = answered(f, e, &open, why);

	if (err == ERR_OK && !open && fault_take(&e->count, r, seen))
		order(f, e, r, a);
	return err;
}

/* ---- alarms ---- */

static bool
wanted(const struct faults *f, const struct row *r)
{
	for (size_t i = 0; i < f->policy->n_faults; i++) {
		const Pack__FaultRule *rule = f->policy->faults[i];

		if (r->opened_us < f->now_us - rule->window_minutes * MINUTE_US)
			continue;
		for (size_t k = 0; k < rule->n_kinds; k++)
			if (r->type ==
			    fold_hash(f->fold.mac, FOLD_TYPE, rule->kinds[k]))
				return true;
		if (rule->n_kinds == 0)
			return true;
	}
	return false;
}

static enum err
look_at(struct faults *f, const uint8_t *id, const struct row *r,
    struct err_why *why)
{
	struct fault_seen seen = {.at_us = r->opened_us};
	ProtobufCMessage *body;
	enum err e = ERR_OK;

	if (!wanted(f, r))
		return ERR_OK;
	body = body_of(f, r->first, &record__alarm__descriptor);
	if (body == NULL)
		return ERR_OK;
	const Record__Alarm *a = (const Record__Alarm *)body;
	memcpy(seen.id, id, 16);
	for (size_t i = 0; i < f->policy->n_faults && e == ERR_OK; i++) {
		const Pack__FaultRule *rule = f->policy->faults[i];

		if (fault_code(a) != NULL && fault_counts(rule, a->kind) &&
		    r->opened_us >=
		        f->now_us - rule->window_minutes * MINUTE_US)
			e = count_one(f, rule, a, &seen, why);
	}
	slice_free(body);
	return e;
}

static bool
is_alarm(const struct store_row *row, const struct fold_key *k)
{
	return row->key.len == k->len && row->value.len == 16 &&
	    memcmp(row->key.ptr, k->b, 4) == 0;
}

static enum err
look_at_new(struct faults *f, struct err_why *why)
{
	struct fold_key k =
	    fold_key_bykind(f->site->evidence, LEDGER__KIND__ALARM, f->next);
	struct store_cursor *c = NULL;
	struct store_row row;
	struct row r;
	size_t n = 0;
	enum err e = store_cursor(f->fold.txn, f->fold.t->bykind, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && is_alarm(&row, &k) && n++ < ROWS &&
	    f->orders < ORDERS_MAX) {
		e = fold_get(
		    &f->fold, f->site->evidence, row.value.ptr, &r, why);
		if (e == ERR_OK)
			e = look_at(f, row.value.ptr, &r, why);
		/* What is damaged is named by the audit, and counts not. */
		if (e != ERR_OK && e != ERR_CORRUPT)
			break;
		f->next = fold_key_u64(bytes_of(row.key.ptr + 4, 8)) + 1;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- the start ---- */

static int64_t
longest_us(const struct faults *f)
{
	uint32_t most = 0;

	for (size_t i = 0; i < f->policy->n_faults; i++)
		if (f->policy->faults[i]->window_minutes > most)
			most = f->policy->faults[i]->window_minutes;
	return most * MINUTE_US;
}

/* The first entry of a generation that may be of the window; 0: all of it, for
 * its clock was reset, or an entry on the way cannot be read. */
static enum err
find_in(struct faults *f, uint16_t slot, uint32_t epoch, int64_t from_us,
    uint64_t *out, struct err_why *why)
{
	enum err e = log_find_time(
	    f->fold.book, f->fold.txn, slot, epoch, INT64_MIN, out, why);

	/* Else something lies before its newest epoch. */
	if (e == ERR_OK && *out == 0)
		e = log_find_time(
		    f->fold.book, f->fold.txn, slot, epoch, from_us, out, why);
	else
		*out = 0;
	return e == ERR_CORRUPT ? ERR_OK : e;
}

/* From where on alarms may be of the longest window: what is of it was recorded
 * since, or its clock ran ahead. */
static enum err
find_start(struct faults *f, struct err_why *why)
{
	const struct site_log_now *log = site_log(f->site, SITE_EVIDENCE);
	const int64_t from_us = f->now_us - longest_us(f) - FOLD_KIND_FUTURE_US;
	struct log_state *st = mem_alloc(1, sizeof *st);
	uint64_t index = 0;
	enum err e = ERR_OK;

	f->next = 0;
	for (uint32_t n = log->number; n > 0 && index == 0; n--) {
		uint16_t slot;

		e = generation_slot(&slot, f->fold.book, f->fold.txn,
		    f->site->evidence, n, why);
		if (e == ERR_OK)
			e = log_state(f->fold.book, f->fold.txn, slot, st, why);
		if (e == ERR_OK)
			e = find_in(
			    f, slot, st->time_epoch, from_us, &index, why);
		if (e != ERR_OK)
			break;
		f->next = generation_place(n, index);
	}
	free(st);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* The rule's order with this body; its alarms are answered. */
static void
know(struct faults *f, const Record__Case *m, const uint8_t *id)
{
	for (size_t i = 0; i < f->policy->n_faults; i++) {
		const Pack__FaultRule *r = f->policy->faults[i];

		if (m->rule != NULL && m->equipment != NULL &&
		    m->fault != NULL && strcmp(m->rule, r->name) == 0)
			memcpy(entry_of(f, key_of(f, r, m->equipment, m->fault))
			           ->order,
			    id, 16);
	}
}

/* Work orders, oldest first: the newest of an asset is the one that counts. */
static enum err
know_orders(struct faults *f, struct err_why *why)
{
	const uint64_t type = fold_hash(f->fold.mac, FOLD_TYPE, "work-order");
	struct fold_key k =
	    fold_key_bykind(f->site->evidence, LEDGER__KIND__CASE, 0);
	struct store_cursor *c = NULL;
	struct store_row row;
	struct row r;
	enum err e = store_cursor(f->fold.txn, f->fold.t->bykind, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && is_alarm(&row, &k)) {
		ProtobufCMessage *body = NULL;

		e = fold_get(
		    &f->fold, f->site->evidence, row.value.ptr, &r, why);
		if (e == ERR_OK && r.type == type &&
		    (row_is_open(&r) ||
		        r.changed_us >= f->now_us - longest_us(f)))
			body = body_of(f, r.first, &record__case__descriptor);
		if (body != NULL)
			know(f, (const Record__Case *)body, row.value.ptr);
		slice_free(body);
		if (e == ERR_OK || e == ERR_CORRUPT)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
start(struct faults *f, struct err_why *why)
{
	enum err e;

	memset(f->at, 0, KEYS * sizeof *f->at);
	e = know_orders(f, why);
	if (e == ERR_OK)
		e = find_start(f, why);
	f->started = e == ERR_OK;
	return e;
}

/* ---- turns ---- */

static unsigned
settle(struct faults *f)
{
	unsigned made;

	(void)pthread_mutex_lock(&f->lock);
	/* A committer that is held answers only when it ends. */
	while (f->waiting > 0 && !f->ending)
		(void)pthread_cond_wait(&f->wake, &f->lock);
	made = f->made;
	f->made = 0;
	if (f->failed)
		f->started = false;
	f->failed = false;
	(void)pthread_mutex_unlock(&f->lock);
	return made;
}

unsigned
faults_turn(struct faults *f)
{
	struct site *s = f->site;
	struct err_why why = {.text = ""};
	enum err e;

	f->now_us = site_now(s);
	f->policy = packs_alarm(s->packs, f->now_us);
	f->orders = 0;
	if (f->policy == NULL || f->policy->n_faults == 0) {
		f->started = false;
		return 0;
	}
	f->fold = (struct fold){
	    .t = &s->own.tables, .book = s->own.book, .mac = &s->index_mac};
	e = store_read(s->own.store, &f->fold.txn, &why);
	if (e == ERR_OK) {
		if (!f->started)
			e = start(f, &why);
		if (e == ERR_OK)
			e = look_at_new(f, &why);
		store_abort(f->fold.txn);
	}
	if (e != ERR_OK)
		journal_warn("FAULTS", "cannot read alarms: %s", why.text);
	return settle(f);
}

struct faults *
faults_new(struct site *s)
{
	struct faults *f = mem_alloc(1, sizeof *f);

	f->site = s;
	f->at = mem_alloc(KEYS, sizeof *f->at);
	(void)pthread_mutex_init(&f->lock, NULL);
	(void)pthread_cond_init(&f->wake, NULL);
	return f;
}

void
faults_end(struct faults *f)
{
	if (f == NULL)
		return;
	(void)pthread_mutex_lock(&f->lock);
	f->ending = true;
	(void)pthread_cond_signal(&f->wake);
	(void)pthread_mutex_unlock(&f->lock);
}

void
faults_free(struct faults *f)
{
	if (f == NULL)
		return;
	(void)pthread_cond_destroy(&f->wake);
	(void)pthread_mutex_destroy(&f->lock);
	free(f->at);
	free(f);
}
