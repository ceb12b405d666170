/* watch_scan.c - what the tables say that is to be done. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/watch_scan.h"

#include <stdio.h>
#include <string.h>

#include "node/domain/alarm_policy.h"
#include "node/fold_key.h"

#define DAY_US \
	(INT64_C(86400) * 1000000) /* older ones call nobody at a start */
#define BEFORE_MAX 256 /* open alarms looked at for what came before */

static const uint8_t none[16];

/* One that is damaged, or not there, has a row of zeros and keeps nobody else
 * waiting. */
static enum err
get(struct watch_scan *s, const uint8_t *id, struct row *out,
    struct err_why *why)
{
	enum err e = fold_get(&s->fold, s->site->evidence, id, out, why);

	if (e != ERR_CORRUPT && e != ERR_NOT_FOUND)
		return e;
	*out = (struct row){.kind = 0};
	s->damaged++;
	return ERR_OK;
}

struct look {
	struct watch_scan *s;
	enum err (*each)(struct watch_scan *s, const uint8_t *id,
	    const struct row *r, bool *stop, struct err_why *why);
	size_t most; /* rows; 0: all */
};

/* Records of the open table under a prefix, newest id last. */
static enum err
each_open(
    const struct look *l, const struct fold_key *prefix, struct err_why *why)
{
	struct watch_scan *s = l->s;
	struct store_cursor *c = NULL;
	struct store_row row;
	struct row r;
	bool stop = false;
	size_t n = 0;
	enum err e = store_cursor(s->fold.txn, s->fold.t->open, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(prefix), &row);
	while (e == ERR_OK && !stop && row.key.len >= prefix->len + 16 &&
	    memcmp(row.key.ptr, prefix->b, prefix->len) == 0) {
		const uint8_t *id = row.key.ptr + row.key.len - 16;

		e = get(s, id, &r, why);
		if (e == ERR_OK && r.kind != 0)
			e = l->each(s, id, &r, &stop, why);
		if (e == ERR_OK && ++n == l->most)
			break;
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- groups ---- */

static void
wait_for(struct watch_scan *s, uint64_t area)
{
	for (size_t i = 0; i < s->waiting_len; i++)
		if (s->waiting[i] == area)
			return;
	if (s->waiting_len < WATCH_WAITING)
		s->waiting[s->waiting_len++] = area;
	else
		s->started = false; /* forgotten: look at all once more */
}

static bool
near(const struct watch_scan *s, const struct watch_group *g,
    const struct row *r)
{
	const int64_t window = s->policy->incident_seconds * INT64_C(1000000);

	return g->area == r->area &&
	    g->exercise == ((r->flags & ROW_EXERCISE) != 0) &&
	    r->opened_us >= g->first_us - window &&
	    r->opened_us <= g->last_us + window;
}

static bool
listed(const struct watch_group *g, const uint8_t *id)
{
	for (size_t i = 0; i < g->calls; i++)
		if (memcmp(g->call[i], id, 16) == 0)
			return true;
	for (size_t i = 0; i < g->context; i++)
		if (memcmp(g->other[i], id, 16) == 0)
			return true;
	return false;
}

static void
add(struct watch_scan *s, struct watch_group *g, const uint8_t *id,
    const struct row *r)
{
	const bool calls = incident_calls(s->policy, r->level);

	if (listed(g, id))
		return;
	if (g->calls + g->context >= g->room) {
		if (calls && row_is_open(r))
			wait_for(s, g->area);
		return;
	}
	if (calls)
		memcpy(g->call[g->calls++], id, 16);
	else
		memcpy(g->other[g->context++], id, 16);
	if (calls && (g->level == 0 || r->level < g->level))
		g->level = r->level;
	if (r->opened_us < g->first_us)
		g->first_us = r->opened_us;
	if (r->opened_us > g->last_us)
		g->last_us = r->opened_us;
}

static struct watch_group *
new_group(struct watch_scan *s, const struct row *r)
{
	struct fold_key k = fold_key_slot(s->site->evidence);
	struct watch_group *g;
	struct bytes text;

	if (s->groups_len == WATCH_GROUPS)
		return NULL;
	g = &s->group[s->groups_len++];
	g->known = false;
	g->area = r->area;
	g->exercise = (r->flags & ROW_EXERCISE) != 0;
	g->level = 0;
	g->first_us = g->last_us = r->opened_us;
	g->room = INCIDENT_ALARMS_MAX;
	g->calls = g->context = 0;
	g->text[0] = '\0';
	fold_key_uint(&k, FOLD_AREA, 1);
	fold_key_uint(&k, r->area, 8);
	if (store_get(s->fold.txn, s->fold.t->name, fold_key_view(&k), &text,
	        NULL) == ERR_OK)
		(void)snprintf(g->text, sizeof g->text, "%.*s", (int)text.len,
		    (const char *)text.ptr);
	return g;
}

/* The open incident that takes an alarm, while it is looked for. */
struct search {
	const struct row *alarm;
	bool found;
	uint8_t id[16];
	struct row row;
};

static enum err
find_incident(struct watch_scan *s, struct search *f, struct err_why *why)
{
	struct fold_key k = fold_key_open(
	    s->site->evidence, LEDGER__KIND__INCIDENT, f->alarm->area, NULL);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(s->fold.txn, s->fold.t->open, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len >= k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		const uint8_t *id = row.key.ptr + row.key.len - 16;
		struct row r;

		e = get(s, id, &r, why);
		if (e != ERR_OK)
			break;
		/* A full one that somebody has acknowledged takes no more. */
		if (incident_takes(&r, f->alarm, s->policy) &&
		    (r.members < INCIDENT_ALARMS_MAX || incident_called(&r))) {
			f->found = true;
			f->row = r;
			memcpy(f->id, id, 16);
		}
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
look_before(struct watch_scan *s, const uint8_t *id, const struct row *r,
    bool *stop, struct err_why *why)
{
	struct watch_group *g = &s->group[s->groups_len - 1];

	(void)stop;
	(void)why;
	if (memcmp(r->ref, none, 16) == 0 && near(s, g, r))
		add(s, g, id, r);
	return ERR_OK;
}

/* What was there already, and did not call for anybody by itself. */
static enum err
add_before(struct watch_scan *s, struct watch_group *g, struct err_why *why)
{
	struct fold_key k = fold_key_open(
	    s->site->evidence, LEDGER__KIND__ALARM, g->area, NULL);

	return each_open(
	    &(struct look){.s = s, .each = look_before, .most = BEFORE_MAX}, &k,
	    why);
}

/* One alarm: into a group, into none, or (*stop) the turn is full. */
static enum err
take(struct watch_scan *s, const uint8_t *id, const struct row *r, bool *stop,
    struct err_why *why)
{
	struct search f = {.alarm = r};
	struct watch_group *g = NULL;
	enum err e;

	if (memcmp(r->ref, none, 16) != 0 || r->area == 0)
		return ERR_OK;
	for (size_t i = 0; i < s->groups_len && g == NULL; i++)
		if (near(s, &s->group[i], r))
			g = &s->group[i];
	if (g != NULL) {
		add(s, g, id, r);
		return ERR_OK;
	}
	e = find_incident(s, &f, why);
	if (e != ERR_OK)
		return e;
	if (!f.found &&
	    (!incident_calls(s->policy, r->level) || !row_is_open(r)))
		return ERR_OK;
	g = new_group(s, r);
	*stop = g == NULL;
	if (g == NULL)
		return ERR_OK;
	if (f.found) {
		g->known = true;
		memcpy(g->incident, f.id, 16);
		g->room = f.row.members < INCIDENT_ALARMS_MAX
		    ? INCIDENT_ALARMS_MAX - f.row.members
		    : 0;
	}
	add(s, g, id, r);
	return f.found ? ERR_OK : add_before(s, g, why);
}

/* ---- what to look at ---- */

static enum err
take_recent(struct watch_scan *s, const uint8_t *id, const struct row *r,
    bool *stop, struct err_why *why)
{
	if (r->opened_us < s->now_us - DAY_US)
		return ERR_OK;
	return take(s, id, r, stop, why);
}

/* The first look: everything open that has no incident yet. */
static enum err
look_at_all(struct watch_scan *s, struct err_why *why)
{
	struct fold_key k = fold_key_slot(s->site->evidence);

	fold_key_uint(&k, LEDGER__KIND__ALARM, 2);
	return each_open(&(struct look){.s = s, .each = take_recent}, &k, why);
}

/* Is an incident of the area full, and nobody has acknowledged it? */
static enum err
still_full(struct watch_scan *s, uint64_t area, bool *out, struct err_why *why)
{
	struct fold_key k = fold_key_open(
	    s->site->evidence, LEDGER__KIND__INCIDENT, area, NULL);
	struct store_cursor *c = NULL;
	struct store_row row;
	struct row r;
	enum err e = store_cursor(s->fold.txn, s->fold.t->open, &c, why);

	*out = false;
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len >= k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		e = get(s, row.key.ptr + row.key.len - 16, &r, why);
		if (e == ERR_OK) {
			*out |= r.members >= INCIDENT_ALARMS_MAX &&
			    incident_called(&r);
			e = store_next(c, &row);
		}
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Areas whose incident was full: who waits there, opens the next. */
static enum err
look_at_waiting(struct watch_scan *s, struct err_why *why)
{
	uint64_t area[WATCH_GROUPS];
	size_t n =
	    s->waiting_len < WATCH_GROUPS ? s->waiting_len : WATCH_GROUPS;
	enum err e = ERR_OK;

	memcpy(area, s->waiting, n * sizeof *area);
	memmove(s->waiting, s->waiting + n,
	    (s->waiting_len - n) * sizeof *s->waiting);
	s->waiting_len -= n;
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		struct fold_key k = fold_key_open(
		    s->site->evidence, LEDGER__KIND__ALARM, area[i], NULL);
		bool full;

		e = still_full(s, area[i], &full, why);
		if (e == ERR_OK && full)
			wait_for(s, area[i]);
		else if (e == ERR_OK)
			e = each_open(
			    &(struct look){.s = s, .each = take_recent}, &k,
			    why);
	}
	return e;
}

static enum err
look_at_new(struct watch_scan *s, struct err_why *why)
{
	struct fold_key k =
	    fold_key_bykind(s->site->evidence, LEDGER__KIND__ALARM, s->next);
	struct store_cursor *c = NULL;
	struct store_row row;
	struct row r;
	bool stop = false;
	size_t n = 0;
	enum err e = store_cursor(s->fold.txn, s->fold.t->bykind, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == k.len &&
	    memcmp(row.key.ptr, k.b, 4) == 0 && row.value.len == 16 &&
	    n++ < WATCH_ROWS) {
		e = get(s, row.value.ptr, &r, why);
		if (e == ERR_OK)
			e = take(s, row.value.ptr, &r, &stop, why);
		if (e != ERR_OK || stop)
			break;
		s->next = fold_key_u64(bytes_of(row.key.ptr + 4, 8)) + 1;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	s->stats.behind = stop || n > WATCH_ROWS;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* The place behind the newest alarm. */
static enum err
find_end(struct watch_scan *s, struct err_why *why)
{
	struct fold_key k =
	    fold_key_bykind(s->site->evidence, LEDGER__KIND__ALARM, UINT64_MAX);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(s->fold.txn, s->fold.t->bykind, &c, why);

	if (e != ERR_OK)
		return e;
	s->next = 0;
	e = store_seek_before(c, fold_key_view(&k), &row);
	if (e == ERR_OK && row.key.len == k.len &&
	    memcmp(row.key.ptr, k.b, 4) == 0)
		s->next = fold_key_u64(bytes_of(row.key.ptr + 4, 8)) + 1;
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- what is due ---- */

/* How long its chain has run by the boot clock; 0: it was not seen before. */
static int64_t
waited(struct watch_scan *s, const uint8_t *id, const struct row *r)
{
	struct watch_seen *seen = &s->seen[(id[14] << 8 | id[15]) % WATCH_SEEN];

	if (memcmp(seen->incident, id, 16) == 0 &&
	    seen->start_us == r->start_us)
		return s->boot_us - seen->boot_us;
	memcpy(seen->incident, id, 16);
	seen->start_us = r->start_us;
	seen->boot_us = s->boot_us;
	return 0;
}

/* A chain ends by the policy that was in force when it began. */
static const Pack__AlarmPolicy *
policy_of(const struct watch_scan *s, const struct row *incident)
{
	const Pack__AlarmPolicy *p =
	    packs_alarm_then(s->site->packs, incident->start_us);

	return p != NULL ? p : s->policy;
}

static enum err
look_at_incident(struct watch_scan *s, const uint8_t *id, const struct row *r,
    bool *stop, struct err_why *why)
{
	const Pack__AlarmPolicy *policy = policy_of(s, r);
	const Pack__AlarmLevel *l = alarm_policy_level(policy, r->level);
	struct watch_event *ev = &s->event[s->events_len];
	const bool called = incident_called(r);

	(void)stop;
	(void)why;
	s->stats.open++;
	s->stats.called += called;
	s->stats.exhausted += called && (l == NULL || r->step >= l->n_steps);
	if (s->events_len == WATCH_EVENTS)
		return ERR_OK;
	ev->over = incident_over(r, policy, s->now_us);
	ev->level = r->level;
	if (!ev->over &&
	    !incident_due(&ev->due, r, policy, s->now_us, waited(s, id, r)))
		return ERR_OK;
	memcpy(ev->incident, id, 16);
	s->events_len++;
	return ERR_OK;
}

static enum err
look_at_incidents(struct watch_scan *s, struct err_why *why)
{
	struct fold_key k = fold_key_slot(s->site->evidence);

	s->stats.open = s->stats.called = s->stats.exhausted = 0;
	fold_key_uint(&k, LEDGER__KIND__INCIDENT, 2);
	return each_open(
	    &(struct look){.s = s, .each = look_at_incident}, &k, why);
}

enum err
watch_scan(struct watch_scan *s, struct err_why *why)
{
	struct site *site = s->site;
	const bool first = !s->started;
	enum err e;

	s->groups_len = 0;
	s->events_len = 0;
	s->damaged = 0;
	s->fold = (struct fold){.t = &site->own.tables,
	    .book = site->own.book,
	    .mac = &site->index_mac};
	e = store_read(site->own.store, &s->fold.txn, why);
	if (e != ERR_OK)
		return e;
	if (first) {
		s->started = true;
		s->waiting_len = 0;
		e = find_end(s, why);
		if (e == ERR_OK)
			e = look_at_all(s, why);
	} else {
		e = look_at_waiting(s, why);
		if (e == ERR_OK)
			e = look_at_new(s, why);
	}
	/* Not all could be grouped: once more from the beginning. */
	if (e != ERR_OK || (first && s->groups_len == WATCH_GROUPS))
		s->started = false;
	if (e == ERR_OK)
		e = look_at_incidents(s, why);
	s->stats.waiting = s->waiting_len;
	store_abort(s->fold.txn);
	return e;
}
