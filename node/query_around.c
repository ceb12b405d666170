/* query_around.c - gas, wind and weather of an area, nearest to a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_around.h"

#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "node/fold_span.h"
#include "node/query_hide.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define OF_LENGTH 16 /* of one length of life */
#define FOUND (OF_LENGTH * FOLD_SPAN_LENGTHS)

static uint64_t
distance(const struct query_around *a, int64_t us)
{
	return us > a->at_us ? (uint64_t)us - (uint64_t)a->at_us
	                     : (uint64_t)a->at_us - (uint64_t)us;
}

static bool
is_before(const struct query_around *a, const Api__AtEnvironment *m,
    const Api__AtEnvironment *than)
{
	if (m->exercise != than->exercise)
		return !m->exercise;
	return distance(a, m->said_at) < distance(a, than->said_at);
}

/* Room for it among the nearest; false: it is further off than all of them. */
static bool
insert(struct query_around *a, Api__AtEnvironment *m)
{
	size_t i = a->len;

	while (i > 0 && is_before(a, m, a->said[i - 1]))
		i--;
	if (i == QUERY_AROUND_MAX)
		return false;
	if (a->len == QUERY_AROUND_MAX)
		api__at_environment__free_unpacked(a->said[--a->len], NULL);
	memmove(&a->said[i + 1], &a->said[i],
	    (a->len - i) * sizeof(Api__AtEnvironment *));
	a->said[i] = m;
	a->len++;
	return true;
}

/* A message of its own. */
static ProtobufCMessage *
copy_of(const ProtobufCMessage *m)
{
	ProtobufCMessage *out = NULL;
	struct buf b;

	buf_init(&b, 65536);
	slice_pack(&b, m);
	if (buf_ok(&b, NULL) != ERR_OK ||
	    slice_unpack(&out, m->descriptor, buf_view(&b), NULL) != ERR_OK)
		out = NULL;
	buf_clear(&b);
	return out;
}

static void
say(struct query_around *a, const struct query_around_event *e, int64_t us,
    int64_t offset_ms, const Record__Environment *env,
    const Record__Weather *weather)
{
	Api__AtEnvironment *m = mem_alloc(1, sizeof *m);
	const uint64_t error = e->clock_error_ms + (uint64_t)llabs(offset_ms);
	char id[TEXT_UUID_CHARS + 1];

	api__at_environment__init(m);
	text_uuid_put(id, e->id);
	m->record_id = mem_strdup(id);
	m->has_event_seq = m->has_said_at = m->has_age_ms =
	    m->has_clock_error_ms = m->has_unreliable = true;
	m->has_exercise = m->exercise = e->exercise;
	m->event_seq = e->seq;
	m->said_at = us;
	m->age_ms = (a->at_us - us) / 1000;
	m->clock_error_ms = error < UINT32_MAX ? (uint32_t)error : UINT32_MAX;
	m->unreliable = error > (uint64_t)a->window_ms;
	if (env != NULL)
		m->environment = (Record__Environment *)(void *)copy_of(
		    (const ProtobufCMessage *)env);
	if (weather != NULL)
		m->weather = (Record__Weather *)(void *)copy_of(
		    (const ProtobufCMessage *)weather);
	if (!insert(a, m))
		api__at_environment__free_unpacked(m, NULL);
}

/* Within what can be subtracted, and not in the future of its leaf. */
static int64_t
when(const struct query_around_event *e, int64_t us)
{
	return us > 0 && us <= e->recorded_us ? us : e->recorded_us;
}

static void
take_permit(struct query_around *a, const struct query_around_event *e)
{
	const Record__Permit *m = (const Record__Permit *)e->body;
	Record__Environment env = RECORD__ENVIRONMENT__INIT;

	if (m->n_gas == 0 && !m->has_wind_grade && m->weather == NULL)
		return;
	env.n_gas = m->n_gas;
	env.gas = m->gas;
	env.has_wind_grade = m->has_wind_grade;
	env.wind_grade = m->wind_grade;
	say(a, e,
	    when(e,
	        m->n_gas > 0 && m->has_sampled_at ? m->sampled_at
	                                          : m->occurred_at),
	    0, m->n_gas > 0 || m->has_wind_grade ? &env : NULL, m->weather);
}

void
query_around_take(struct query_around *a, const struct query_around_event *e)
{
	if (e->body->descriptor == &record__permit__descriptor) {
		take_permit(a, e);
	} else if (e->body->descriptor == &record__alarm__descriptor) {
		const Record__Alarm *m = (const Record__Alarm *)e->body;

		if (m->environment != NULL)
			say(a, e, when(e, m->occurred_at), m->clock_offset_ms,
			    m->environment, NULL);
	}
}

/* ---- alarms that had ended ---- */

struct ended {
	uint8_t id[16];
	int64_t opened_us;
};

struct list {
	struct ended at[FOUND];
	size_t len;
};

/* The newest of one length of life. */
static enum err
ended_of(struct list *out, const struct query_around *a, struct fold *f,
    const struct fold_key *from, int64_t before_us)
{
	const size_t prefix = from->len - 8;
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t seen = 0;
	enum err e = store_cursor(f->txn, f->t->span, &c, NULL);

	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(from), &row);
	while (e == ERR_OK && row.key.len == prefix + 24 &&
	    memcmp(row.key.ptr, from->b, prefix) == 0 && seen++ < OF_LENGTH) {
		struct ended *x = &out->at[out->len];

		x->opened_us =
		    (int64_t)fold_key_u64(bytes_of(row.key.ptr + prefix, 8));
		if (x->opened_us < a->at_us - QUERY_AROUND_BACK_US)
			break;
		memcpy(x->id, row.key.ptr + prefix + 8, 16);
		if ((int64_t)fold_key_u64(row.value) < before_us)
			out->len++;
		e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static int
newest_first(const void *a, const void *b)
{
	const struct ended *x = a;
	const struct ended *y = b;

	return (x->opened_us < y->opened_us) - (x->opened_us > y->opened_us);
}

static bool
is_drill(const ProtobufCMessage *m)
{
	return m != NULL && m->descriptor == &record__alarm__descriptor &&
	    ((const Record__Alarm *)m)->exercise;
}

/* Its first event, which alone says where and in what it was. */
static enum err
open_one(struct query_around *a, struct fold *f, uint16_t line,
    const struct ended *x, ProtobufCMessage **out, struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	Ledger__Entry *leaf = NULL;
	struct fold_spot at;
	struct bytes bytes;
	struct query_hide hide;
	struct buf shown;
	uint64_t place;
	enum err waits = ERR_NOT_FOUND;
	enum err e = fold_event(f, line, x->id, 1, &place, why);

	*out = NULL;
	buf_init(&shown, LOG_SEALED_MAX);
	if (e == ERR_OK)
		e = fold_spot(f, line, place, &at, why);
	if (e == ERR_OK)
		e = log_entry(f->book, f->txn, at.slot, at.index, &bytes, why);
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e == ERR_OK)
		e = log_sealed(
		    f->book, f->txn, at.slot, at.index, &sealed, why);
	/* It is over: what of it is stored only says nothing. */
	if (e == ERR_OK)
		waits = fold_wait_hides(f, line, place, &hide.wait, why);
	if (waits == ERR_OK)
		e = query_hide_sealed(&hide, sealed, why);
	else if (waits != ERR_NOT_FOUND)
		e = waits;
	if (e == ERR_OK)
		*out = fold_unpack(sealed->body, &shown);
	if (is_drill(*out)) {
		slice_free(*out);
		*out = NULL;
	}
	if (*out != NULL)
		query_around_take(a,
		    &(struct query_around_event){.body = *out,
		        .id = x->id,
		        .seq = 1,
		        .recorded_us = leaf->recorded_us,
		        .clock_error_ms = leaf->clock_error_ms});
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	if (leaf != NULL)
		ledger__entry__free_unpacked(leaf, NULL);
	buf_clear(&shown);
	/* What is not held says nothing. */
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

static bool
counts_people(const ProtobufCMessage *m)
{
	return m != NULL && m->descriptor == &record__alarm__descriptor &&
	    ((const Record__Alarm *)m)->has_people_count;
}

enum err
query_around_look(struct query_around *a, struct fold *f,
    const struct query_around_where *where, Record__Alarm **people,
    struct err_why *why)
{
	struct list *found = mem_alloc(1, sizeof *found);
	const size_t known = a->len;
	const bool full = known == QUERY_AROUND_MAX;
	enum err e = ERR_OK;

	*people = NULL;
	for (unsigned l = 0; l < FOLD_SPAN_LENGTHS && e == ERR_OK; l++) {
		const struct fold_key from = fold_span_from(where->slot,
		    where->area, LEDGER__KIND__ALARM, l, a->at_us + 1);

		if (l > 0 && fold_span_most(l - 1) > QUERY_AROUND_BACK_US)
			break;
		e = ended_of(found, a, f, &from, where->before_us);
	}
	qsort(found->at, found->len, sizeof found->at[0], newest_first);
	for (size_t i = 0; i < found->len && i < QUERY_AROUND_ALARMS &&
	     e == ERR_OK && ((a->len == known && !full) || *people == NULL);
	     i++) {
		ProtobufCMessage *m;

		e = open_one(a, f, where->slot, &found->at[i], &m, why);
		if (*people == NULL && counts_people(m))
			*people = (Record__Alarm *)(void *)m;
		else
			slice_free(m);
	}
	free(found);
	return e;
}
