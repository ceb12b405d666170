/* outbox_note.c - what a target reads, out of the ledger as it is now. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_note.h"

#include <stdlib.h>

#include "node/outbox_state.h"
#include "node/query.h"
#include "node/query_action.h"
#include "proto/json.h"
#include "proto/mem.h"

#define ALARMS_SHOWN 32
#define PERMITS_SHOWN 50

struct writing {
	struct site *site;
	const struct outbox_due *due;
	bool personal;
	Api__Notice *n;
	const Api__RecordView *about;
};

static const struct query_scope all = {.own_only = true};

static char *
copy(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

static char *
id_text(const uint8_t id[static 16])
{
	char *out = mem_alloc(TEXT_UUID_CHARS + 1, 1);

	text_uuid_put(out, id);
	return out;
}

static Api__RecordView *
get(struct site *s, Ledger__Kind kind, const char *id)
{
	const struct query_key key = {kind, id, s->name};
	Api__RecordView *v = NULL;

	return query_get(s, &key, &all, &v, NULL) == ERR_OK ? v : NULL;
}

/* ---- alarms ---- */

static void
put_actions(
    Api__NoticeAlarm *m, const Api__RecordView *v, const Record__Alarm *raised)
{
	const Api__AlarmState *st = v->alarm_state;
	Record__Recommended *const *from = raised->recommended;
	size_t len = raised->n_recommended;

	if (len == 0 && st != NULL) {
		from = st->recommended;
		len = st->n_recommended;
		m->has_by_policy = m->by_policy = len > 0;
		m->has_action_missing = m->action_missing = st->action_missing;
	}
	m->recommended = mem_alloc(len + 1, sizeof *m->recommended);
	for (size_t i = 0; i < len; i++)
		m->recommended[m->n_recommended++] = query_action_copy(from[i]);
}

static Api__NoticeAlarm *
alarm_of(const Api__RecordView *v)
{
	const Record__Alarm *a = v->n_events > 0 ? v->events[0]->alarm : NULL;
	Api__NoticeAlarm *m = mem_alloc(1, sizeof *m);

	api__notice_alarm__init(m);
	m->record_id = copy(v->record_id);
	m->has_level = v->has_level;
	m->level = v->level;
	m->state = copy(v->state);
	if (a == NULL)
		return m;
	m->kind = copy(a->kind);
	m->title = copy(a->title);
	m->asset = copy(a->asset);
	m->std_code = copy(a->std_code);
	m->has_value = a->has_value;
	m->value = a->value;
	m->unit = copy(a->unit);
	m->has_limit = a->has_limit;
	m->limit = a->limit;
	m->has_occurred_at = v->has_opened_at;
	m->occurred_at = v->opened_at;
	put_actions(m, v, a);
	return m;
}

static void
put_ids(Api__Notice *n, char *const *ids, size_t len)
{
	n->alarm_ids = mem_resize(
	    n->alarm_ids, n->n_alarm_ids + len + 1, sizeof *n->alarm_ids);
	for (size_t i = 0; i < len; i++)
		n->alarm_ids[n->n_alarm_ids++] = mem_strdup(ids[i]);
}

/* What the newest of them say. */
static void
put_alarms(struct writing *w)
{
	Api__Notice *n = w->n;
	const size_t len = n->n_alarm_ids;

	n->alarms = mem_alloc(ALARMS_SHOWN, sizeof *n->alarms);
	for (size_t i = len > ALARMS_SHOWN ? len - ALARMS_SHOWN : 0; i < len;
	     i++) {
		Api__RecordView *v =
		    get(w->site, LEDGER__KIND__ALARM, n->alarm_ids[i]);

		if (v == NULL)
			continue;
		n->alarms[n->n_alarms++] = alarm_of(v);
		api__record_view__free_unpacked(v, NULL);
	}
}

/* ---- permits open there ---- */

static Api__NoticePermit *
permit_of(const Api__RecordView *v, bool personal)
{
	const Record__Permit *p = v->n_events > 0 ? v->events[0]->permit : NULL;
	Api__NoticePermit *m = mem_alloc(1, sizeof *m);

	api__notice_permit__init(m);
	m->record_id = copy(v->record_id);
	m->number = copy(v->number);
	m->level = copy(v->level_name);
	m->state = copy(v->state);
	if (p == NULL)
		return m;
	m->work_type = copy(p->work_type);
	if (personal) {
		m->worker =
		    copy(p->worker_name != NULL ? p->worker_name : p->worker);
		m->guardian = copy(p->guardian);
	}
	return m;
}

static void
put_permits(struct writing *w)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	Api__Records *page = NULL;
	Api__Notice *n = w->n;

	if (w->about->area == NULL)
		return;
	q.area = w->about->area;
	q.has_open = q.open = true;
	q.has_limit = true;
	q.limit = PERMITS_SHOWN;
	if (query_list(w->site, LEDGER__KIND__PERMIT, &q, &all, &page, NULL) !=
	    ERR_OK)
		return;
	n->permits = mem_alloc(page->n_items + 1, sizeof *n->permits);
	for (size_t i = 0; i < page->n_items; i++)
		n->permits[n->n_permits++] =
		    permit_of(page->items[i], w->personal);
	api__records__free_unpacked(page, NULL);
}

/* ---- by kind of record ---- */

static void
put_incident(struct writing *w, const Api__EventView *told)
{
	Api__Notice *n = w->n;

	if (told != NULL && told->incident != NULL) {
		const Record__Incident *m = told->incident;

		n->has_step = m->has_step;
		n->step = m->step;
		n->role = copy(m->role);
		n->has_due_at = m->has_due_at;
		n->due_at = m->due_at;
	}
	for (size_t i = 0; i < w->about->n_events; i++) {
		const Record__Incident *m = w->about->events[i]->incident;

		if (m == NULL)
			continue;
		n->has_exercise |= m->has_exercise;
		n->exercise |= m->exercise;
		put_ids(n, m->alarm_ids, m->n_alarm_ids);
		put_ids(n, m->context_ids, m->n_context_ids);
	}
}

static void
put_permit(struct writing *w, const Api__EventView *told)
{
	if (told == NULL || told->permit == NULL)
		return;
	if (told->permit->alarm_id != NULL)
		put_ids(w->n, &told->permit->alarm_id, 1);
}

static void
put_case(struct writing *w, const Api__EventView *told)
{
	Api__Notice *n = w->n;

	if (told == NULL || told->case_event == NULL)
		return;
	n->asset = copy(told->case_event->equipment);
	n->fault = copy(told->case_event->fault);
	n->has_due_at = told->case_event->has_due_at;
	n->due_at = told->case_event->due_at;
	n->has_exercise = told->case_event->has_exercise;
	n->exercise = told->case_event->exercise;
	put_ids(n, told->case_event->alarm_ids, told->case_event->n_alarm_ids);
}

static void
put_alarm(struct writing *w, const Api__EventView *told)
{
	if (told == NULL || told->alarm == NULL)
		return;
	w->n->asset = copy(told->alarm->asset);
	put_ids(w->n, &w->about->record_id, 1);
}

/* The event that is told of; NULL: its body is not held, or not shown. */
static const Api__EventView *
told_of(const struct writing *w)
{
	for (size_t i = 0; i < w->about->n_events; i++) {
		if (w->about->events[i]->event_seq == w->due->about_seq)
			return w->about->events[i];
	}
	return NULL;
}

static void
put_about(struct writing *w)
{
	const Api__EventView *told = told_of(w);
	Api__Notice *n = w->n;

	n->about_kind = copy(w->about->kind);
	n->state = copy(w->about->state);
	n->area = copy(w->about->area);
	if (w->about->incident_state != NULL) {
		n->has_level = w->about->has_level;
		n->level = w->about->level;
	}
	if (told != NULL && told->place != NULL) {
		n->has_recorded_at = true;
		n->recorded_at = told->place->recorded_at;
	}
	put_incident(w, told);
	put_permit(w, told);
	put_case(w, told);
	put_alarm(w, told);
	put_alarms(w);
	put_permits(w);
}

static void
drop_details(Api__Notice *n)
{
	for (size_t i = 0; i < n->n_alarms; i++)
		api__notice_alarm__free_unpacked(n->alarms[i], NULL);
	for (size_t i = 0; i < n->n_permits; i++)
		api__notice_permit__free_unpacked(n->permits[i], NULL);
	n->n_alarms = n->n_permits = 0;
}

/* Alarms with texts of great length are told of by their ids. */
static void
write_json(struct buf *out, Api__Notice *n)
{
	json_encode(out, &n->base, 0);
	if (out->over) {
		buf_reset(out);
		drop_details(n);
		json_encode(out, &n->base, 0);
	}
	api__notice__free_unpacked(n, NULL);
}

static Api__Notice *
new_notice(struct site *s, const char *target)
{
	Api__Notice *n = mem_alloc(1, sizeof *n);

	api__notice__init(n);
	n->site = mem_strdup(s->name);
	n->target = mem_strdup(target);
	n->has_as_of_at = true;
	n->as_of_at = site_now(s);
	return n;
}

enum err
outbox_note(struct site *s, const struct outbox_due *due, bool personal,
    struct buf *out, struct err_why *why)
{
	const struct notice_kind *kind = notice_kind(due->row.kind);
	struct writing w = {.site = s, .due = due, .personal = personal};
	Api__RecordView *about;

	if (kind == NULL)
		return err_fail(why, ERR_CORRUPT, "a table row is damaged");
	w.n = new_notice(s, due->target);
	w.n->notice_id = id_text(due->id);
	w.n->kind = mem_strdup(kind->name);
	w.n->text = mem_strdup(kind->text);
	w.n->text_zh = mem_strdup(kind->text_zh);
	w.n->about_id = id_text(due->about);
	w.n->has_about_seq = true;
	w.n->about_seq = due->about_seq;
	w.n->has_recorded_at = true;
	w.n->recorded_at = due->row.since_us;
	/* Who is told that something happened can ask; who is not cannot. */
	about = get(s, (Ledger__Kind)kind->entry, w.n->about_id);
	w.about = about;
	if (about != NULL) {
		put_about(&w);
		api__record_view__free_unpacked(about, NULL);
	}
	write_json(out, w.n);
	return buf_ok(out, why);
}

void
outbox_note_test(
    struct site *s, const char *target, const char *id, struct buf *out)
{
	Api__Notice *n = new_notice(s, target);

	n->notice_id = mem_strdup(id);
	n->kind = mem_strdup("test");
	n->text = mem_strdup("a test: nothing has happened");
	n->text_zh = mem_strdup("测试：没有发生任何事件");
	n->has_test = n->test = true;
	write_json(out, n);
}
