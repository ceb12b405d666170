/* query_about.c - alarms that are about a permit. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_about.h"

#include <stdlib.h>
#include <string.h>

#include "node/fold_key.h"
#include "proto/mem.h"
#include "proto/text.h"

#define EXAMINED_MAX 20000 /* alarms that name one permit */

struct one {
	uint8_t id[16];
	struct row row;
};

struct found {
	struct one at[QUERY_ABOUT_MAX]; /* oldest first */
	size_t len;
	bool more;
};

/* The oldest gives way. */
static void
add(struct found *f, const uint8_t *id, const struct row *r)
{
	size_t at = f->len;

	while (at > 0 && f->at[at - 1].row.opened_us > r->opened_us)
		at--;
	if (f->len == QUERY_ABOUT_MAX) {
		f->more = true;
		if (at == 0)
			return;
		at--;
		memmove(f->at, f->at + 1, at * sizeof *f->at);
	} else {
		memmove(
		    f->at + at + 1, f->at + at, (f->len - at) * sizeof *f->at);
		f->len++;
	}
	memcpy(f->at[at].id, id, 16);
	f->at[at].row = *r;
}

static enum err
find(struct query_view *v, const uint8_t *id, struct found *out,
    struct err_why *why)
{
	char uuid[TEXT_UUID_CHARS + 1];
	struct fold_key k;
	struct store_cursor *c = NULL;
	struct store_row row;
	size_t seen = 0;
	enum err e;

	text_uuid_put(uuid, id);
	k = fold_key_holder(v->slot, fold_hash(v->fold.mac, FOLD_ABOUT, uuid),
	    LEDGER__KIND__ALARM, NULL);
	e = store_cursor(v->fold.txn, v->fold.t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		if (seen++ == EXAMINED_MAX) {
			out->more = true;
			break;
		}
		const uint8_t *alarm = row.key.ptr + k.len;
		struct row r;

		/* One that is damaged hides no other. */
		if (fold_get(&v->fold, v->slot, alarm, &r, NULL) == ERR_OK &&
		    query_view_shows(v, &r))
			add(out, alarm, &r);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static char *
copy(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

static Api__PermitAlarm *
make(struct query_view *v, const struct one *o)
{
	Api__PermitAlarm *m = mem_alloc(1, sizeof *m);
	Api__RecordView *first = mem_alloc(1, sizeof *first);
	const int64_t now_us = site_now(v->site);
	const Record__Alarm *a = NULL;

	api__permit_alarm__init(m);
	m->record_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(m->record_id, o->id);
	m->has_level = m->has_opened_at = true;
	m->level = o->row.level;
	m->state = mem_strdup(
	    row_state_text(LEDGER__KIND__ALARM, row_state(&o->row, now_us)));
	m->opened_at = o->row.opened_us;
	m->has_returned_at = o->row.start_us != 0;
	m->returned_at = o->row.start_us;
	api__record_view__init(first);
	if (query_view_event(v, first, o->row.first, NULL) == ERR_OK &&
	    first->n_events > 0)
		a = first->events[0]->alarm;
	m->code = copy(a != NULL ? a->std_code : NULL);
	m->title = copy(a != NULL ? a->title : NULL);
	m->detail = copy(a != NULL ? a->detail : NULL);
	api__record_view__free_unpacked(first, NULL);
	return m;
}

enum err
query_about(struct query_view *v, const uint8_t id[static 16],
    Api__RecordView *m, struct err_why *why)
{
	struct found *f = mem_alloc(1, sizeof *f);
	enum err e = find(v, id, f, why);

	if (e == ERR_OK && f->len > 0) {
		m->alarms = mem_alloc(f->len, sizeof(Api__PermitAlarm *));
		for (size_t i = 0; i < f->len; i++)
			m->alarms[m->n_alarms++] = make(v, &f->at[i]);
		m->has_more_alarms = m->more_alarms = f->more;
	}
	free(f);
	return e;
}
