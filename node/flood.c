/* flood.c - more alarms of an area than anybody can take in: said once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flood.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/alarm_kpi.h"
#include "node/flood_count.h"
#include "node/fold_kind.h"
#include "node/journal.h"
#include "node/lane.h"
#include "node/query_kpi.h"
#include "node/submit_flood.h"
#include "proto/mem.h"

#define NICE 5
#define BEATS 2 /* looks every other second */
#define LASTING_MAX 256 /* floods followed at a time */
#define BACK_MAX 144 /* windows looked back: a day */
#define LATE_US (INT64_C(2) * 1000000) /* a window is left open so long */
#define ACTS_MAX 64 /* of one turn; the rest waits for the next */

/* A flood that was said and has not ended. */
struct lasting {
	uint8_t id[16];
	uint64_t area;
	int64_t begin_us;
};

/* What a look has found; said after its transaction has ended. */
struct act {
	bool over;
	struct submit_flood flood; /* id, area, beginning */
	int64_t end_us;
};

struct flood {
	struct site *site;
	struct lane *lane;
	struct lane_job job;
	atomic_bool busy;
	unsigned beats;
	pthread_mutex_t lock; /* the following */
	pthread_cond_t wake;
	unsigned waiting; /* answers of the committer */
	unsigned made;
	bool ending;
	bool failed; /* something was not recorded */
	/* The thread's own. */
	bool started;
	uint64_t next_area; /* of a round over all: hash to go on from */
	unsigned rounds; /* that are to be made; 0: only where there is news */
	int64_t wide_until_us; /* there was more news than is remembered */
	struct flood_news news;
	struct alarm_kpi_limits limits;
	int64_t now_us;
	struct flood_count count;
	size_t len;
	struct lasting lasting[LASTING_MAX];
	size_t acts_len;
	struct act act[ACTS_MAX];
};

static const struct submit_who node = {.subject = "node", .role = "node"};

/* ---- entries ---- */

static void
done(void *arg, struct submit_result *r)
{
	struct flood *f = arg;

	(void)pthread_mutex_lock(&f->lock);
	f->waiting--;
	f->made += r->error == ERR_OK && !r->items[0].duplicate;
	/* With a rule: somebody closed it. */
	f->failed |= r->error != ERR_OK && r->rule == NULL;
	(void)pthread_cond_signal(&f->wake);
	(void)pthread_mutex_unlock(&f->lock);
	submit_result_free(r);
}

static struct submit_to
towards(struct flood *f)
{
	(void)pthread_mutex_lock(&f->lock);
	f->waiting++;
	(void)pthread_mutex_unlock(&f->lock);
	return (struct submit_to){
	    .site = f->site, .who = &node, .done = done, .arg = f};
}

/* False: it was not recorded, or the node ends. */
static bool
settled(struct flood *f)
{
	bool good;

	(void)pthread_mutex_lock(&f->lock);
	/* A committer that is held answers only when it ends. */
	while (f->waiting > 0 && !f->ending)
		(void)pthread_cond_wait(&f->wake, &f->lock);
	good = !f->failed && f->waiting == 0;
	f->failed = false;
	(void)pthread_mutex_unlock(&f->lock);
	return good;
}

/* ---- one area ---- */

static int64_t
length_us(const struct flood *f)
{
	return f->limits.flood_seconds * INT64_C(1000000);
}

/* Alarms of the windows that end with the one that begins at last_us. */
static enum err
count_back(struct flood *f, uint64_t area, int64_t last_us, size_t n,
    uint64_t counts[static BACK_MAX], struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		const int64_t from =
		    last_us - (int64_t)(n - 1 - i) * length_us(f);

		e = flood_count(&f->count, area, from, from + length_us(f),
		    &counts[i], why);
	}
	return e;
}

static struct lasting *
lasting_of(struct flood *f, uint64_t area)
{
	for (size_t i = 0; i < f->len; i++)
		if (f->lasting[i].area == area)
			return &f->lasting[i];
	return NULL;
}

/* When it began follows from the alarms alone. */
static enum err
begins(struct flood *f, uint64_t area, int64_t last_us, struct err_why *why)
{
	uint64_t counts[BACK_MAX];
	size_t begin, end;
	struct submit_flood *new = &f->act[f->acts_len].flood;
	enum err e = count_back(f, area, last_us, BACK_MAX, counts, why);

	if (e != ERR_OK ||
	    !alarm_kpi_newest_flood(
	        counts, BACK_MAX, false, &f->limits, &begin, &end) ||
	    end != BACK_MAX)
		return e;
	*new = (struct submit_flood){.area = area,
	    .begin_us =
	        last_us - (int64_t)(BACK_MAX - 1 - begin) * length_us(f),
	    .alarms = counts[begin],
	    .most = f->limits.flood_alarms,
	    .level = f->limits.flood_level};
	submit_flood_id(f->site, new);
	f->act[f->acts_len++].over = false;
	return ERR_OK;
}

/* The window under way and the one before it. */
static enum err
look_at_area(struct flood *f, uint64_t area, struct err_why *why)
{
	const int64_t len = length_us(f);
	const int64_t now = f->now_us - f->now_us % len;
	uint64_t counts[BACK_MAX];
	enum err e;

	if (lasting_of(f, area) != NULL)
		return ERR_OK;
	e = count_back(f, area, now, 2, counts, why);
	if (e != ERR_OK)
		return e;
	if (counts[1] > f->limits.flood_alarms)
		return begins(f, area, now, why);
	return counts[0] > f->limits.flood_alarms
	    ? begins(f, area, now - len, why)
	    : ERR_OK;
}

/* Its windows that are over, up to a day of them. */
static enum err
look_at_lasting(struct flood *f, const struct lasting *l, struct err_why *why)
{
	const int64_t len = length_us(f);
	const int64_t now = f->now_us - LATE_US;
	const int64_t last = now - now % len - len;
	struct act *act = &f->act[f->acts_len];
	uint64_t counts[BACK_MAX];
	size_t begin, end, n;
	enum err e;

	if (last < l->begin_us)
		return ERR_OK;
	n = (size_t)((last - l->begin_us) / len) + 1;
	if (n > BACK_MAX)
		n = BACK_MAX;
	e = count_back(f, l->area, last, n, counts, why);
	if (e != ERR_OK)
		return e;
	(void)alarm_kpi_newest_flood(counts, n, true, &f->limits, &begin, &end);
	if (end == n)
		return ERR_OK;
	act->over = true;
	memcpy(act->flood.id, l->id, sizeof l->id);
	act->end_us = last - (int64_t)(n - 1 - end) * len;
	f->acts_len++;
	return ERR_OK;
}

/* ---- a turn ---- */

static void
found(void *arg, const uint8_t *id, const struct row *r)
{
	struct flood *f = arg;

	if (f->len == LASTING_MAX)
		return;
	f->lasting[f->len].area = r->area;
	f->lasting[f->len].begin_us = r->opened_us;
	memcpy(f->lasting[f->len++].id, id, 16);
}

/* Every area once, from the next turn on if a round is under way. */
static void
look_again(struct flood *f)
{
	f->rounds = f->next_area == 0 ? 1 : 2;
}

static enum err
look_round(struct flood *f, struct err_why *why)
{
	const uint64_t first = f->next_area;
	uint64_t areas[FLOOD_COUNT_AREAS];
	size_t n = 0, i = 0;
	enum err e = flood_count_areas(
	    &f->count, &f->next_area, areas, FLOOD_COUNT_AREAS, &n, why);

	while (i < n && e == ERR_OK && f->acts_len < ACTS_MAX)
		e = look_at_area(f, areas[i++], why);
	if (i < n)
		f->next_area = i > 0 ? areas[i - 1] + 1 : first;
	else if (e == ERR_OK && f->next_area == 0)
		f->rounds--;
	return e;
}

/* Nothing becomes a flood without an alarm: where one was recorded since, and
 * until the time that it says. */
static enum err
look_at_areas(struct flood *f, struct err_why *why)
{
	struct flood_news *n = &f->news;
	size_t kept = 0, i = 0;
	enum err e = flood_count_news(&f->count, n, why);

	for (; i < n->len && e == ERR_OK && f->acts_len < ACTS_MAX; i++) {
		e = look_at_area(f, n->at[i].area, why);
		if (n->at[i].until_us > f->now_us)
			n->at[kept++] = n->at[i];
	}
	while (i < n->len)
		n->at[kept++] = n->at[i++];
	n->len = kept;
	if (n->many)
		f->wide_until_us = f->now_us + FOLD_KIND_FUTURE_US;
	n->many = false;
	if (e != ERR_OK || f->now_us < f->wide_until_us)
		look_again(f);
	return e == ERR_OK && f->rounds > 0 ? look_round(f, why) : e;
}

static enum err
look_at_all(struct flood *f, struct err_why *why)
{
	enum err e = ERR_OK;

	f->acts_len = 0;
	if (!f->started) {
		f->len = 0;
		e = flood_count_lasting(&f->count, found, f, why);
		f->started = e == ERR_OK;
		look_again(f);
	}
	for (size_t i = 0; i < f->len && e == ERR_OK && f->acts_len < ACTS_MAX;
	     i++)
		e = look_at_lasting(f, &f->lasting[i], why);
	if (e == ERR_OK && f->limits.flood_level != 0)
		e = look_at_areas(f, why);
	return e;
}

static void
forget(struct flood *f, const uint8_t *id)
{
	for (size_t i = f->len; i-- > 0;)
		if (memcmp(f->lasting[i].id, id, 16) == 0)
			f->lasting[i] = f->lasting[--f->len];
}

static void
say(struct flood *f, const struct act *a)
{
	const struct submit_flood *new = &a->flood;
	struct submit_to to;

	if (!a->over && f->len == LASTING_MAX) {
		journal_warn("ALARM-FLOOD",
		    "more than %d areas are flooded at a time: one is not said",
		    LASTING_MAX);
		look_again(f);
		return;
	}
	to = towards(f);
	if (a->over)
		submit_flood_over(&to, new->id, a->end_us);
	else
		submit_flood(&to, new);
	if (!settled(f)) {
		look_again(f);
		return;
	}
	/* There may be another by now. */
	if (a->over) {
		forget(f, new->id);
		look_again(f);
		return;
	}
	f->lasting[f->len].area = new->area;
	f->lasting[f->len].begin_us = new->begin_us;
	memcpy(f->lasting[f->len++].id, new->id, 16);
}

unsigned
flood_turn(struct flood *f)
{
	struct err_why why = {.text = ""};
	struct alarm_kpi_limits limits;
	unsigned made;
	enum err e;

	f->acts_len = 0;
	f->now_us = site_now(f->site);
	if (atomic_load(&f->site->halted) ||
	    !packs_alarm_limits(f->site->packs, f->now_us, &limits))
		return 0;
	if (limits.flood_level != f->limits.flood_level ||
	    limits.flood_seconds != f->limits.flood_seconds ||
	    limits.flood_alarms != f->limits.flood_alarms)
		look_again(f);
	f->limits = limits;
	e = flood_count_begin(&f->count, f->site, &why);
	if (e == ERR_OK) {
		e = look_at_all(f, &why);
		flood_count_end(&f->count);
	}
	for (size_t i = 0; i < f->acts_len && e == ERR_OK; i++)
		say(f, &f->act[i]);
	if (e != ERR_OK)
		journal_warn("ALARM-FLOOD", "cannot read alarms: %s", why.text);
	(void)pthread_mutex_lock(&f->lock);
	made = f->made;
	f->made = 0;
	(void)pthread_mutex_unlock(&f->lock);
	return made;
}

/* ---- its thread ---- */

static void
look(void *arg)
{
	struct flood *f = arg;

	(void)flood_turn(f);
	atomic_store(&f->busy, false);
}

struct flood *
flood_new(struct site *s)
{
	struct flood *f = mem_alloc(1, sizeof *f);

	f->site = s;
	f->job = (struct lane_job){.run = look, .arg = f};
	(void)pthread_mutex_init(&f->lock, NULL);
	(void)pthread_cond_init(&f->wake, NULL);
	return f;
}

enum err
flood_start(struct flood *f, struct err_why *why)
{
	return lane_start(&f->lane, 1, NICE, why);
}

void
flood_beat(struct flood *f)
{
	if (f->lane == NULL || ++f->beats % BEATS != 0)
		return;
	if (!atomic_exchange(&f->busy, true))
		lane_put(f->lane, &f->job);
}

void
flood_stop(struct flood *f)
{
	if (f == NULL)
		return;
	(void)pthread_mutex_lock(&f->lock);
	f->ending = true;
	(void)pthread_cond_signal(&f->wake);
	(void)pthread_mutex_unlock(&f->lock);
	lane_stop(f->lane);
	f->lane = NULL;
}

void
flood_free(struct flood *f)
{
	if (f == NULL)
		return;
	(void)pthread_cond_destroy(&f->wake);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}
