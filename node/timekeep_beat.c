/* timekeep_beat.c - looking at the clocks once a second, and acting. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/journal.h"
#include "node/timekeep_state.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define BAD_BEATS 2 /* in a row, until the clock is called uncertain */
#define GOOD_BEATS 5 /* and until it is called good again */
#define TITLE "the node's clock is uncertain / 节点时钟存疑"
#define TELL_BEATS 60
#define TELL_US 50000 /* the line moved by more: the book is told at once */

/* "the wall clock is A; B: it may be wrong by 3600.0 s". */
static void
say_faults(
    char *out, size_t cap, const struct timeline_span *s, double *wrong_s)
{
	size_t used = 0;
	const char *between = "the wall clock is ";

	*wrong_s = s->to_us - s->now_us > s->now_us - s->from_us
	    ? -timekeep_seconds(s->to_us - s->now_us)
	    : timekeep_seconds(s->now_us - s->from_us);
	for (size_t i = 0; i < TIMELINE_FAULTS && used < cap; i++) {
		const char *text = timekeep_fault(s->faults, i);

		if (text == NULL)
			continue;
		used += (size_t)snprintf(
		    out + used, cap - used, "%s%s", between, text);
		between = "; ";
	}
	if (used < cap)
		(void)snprintf(out + used, cap - used,
		    "; it may be wrong by %.1f s", *wrong_s);
}

static struct own_alarm *
alarm_of(void *arg, const char *asset)
{
	struct timekeep *k = arg;

	(void)asset;
	return &k->alarm;
}

/* One alarm for each time that the clock is uncertain. */
static void
alarm(struct timekeep *k, const char *detail, double wrong_s)
{
	const struct own_alarm_value v = {
	    wrong_s, timekeep_seconds(k->policy.limit_us), "s"};

	if (!k->found)
		k->found =
		    own_alarm_find(k->site, TIMEKEEP_SOURCE, alarm_of, k);
	if (!k->found)
		return;
	if (detail != NULL)
		own_alarm_raise(&k->alarm, TITLE, detail, &v);
	else
		own_alarm_clear(&k->alarm);
}

/* Journal and alarm: once when it begins, once when it is over. */
static void
tell_faults(struct timekeep *k, const struct timeline_span *s)
{
	char text[TIMEKEEP_TEXT];
	double wrong_s = 0;

	if (s->faults != 0) {
		k->beat.bad++;
		k->beat.good = 0;
	} else {
		k->beat.good++;
		k->beat.bad = 0;
	}
	if (k->beat.bad >= BAD_BEATS) {
		say_faults(text, sizeof text, s, &wrong_s);
		if (k->beat.faults != s->faults)
			journal_error("CLOCK-UNCERTAIN",
			    "%s; lianfang clock shows more", text);
		k->beat.faults = s->faults;
		alarm(k, text, wrong_s);
	} else if (k->beat.good >= GOOD_BEATS) {
		if (k->beat.faults != 0)
			journal_info("CLOCK-GOOD", "the wall clock is good");
		k->beat.faults = 0;
		alarm(k, NULL, 0);
	}
}

/* Who differs while our clock is not called wrong: once, and once when not. */
static void
tell_peers(struct timekeep *k, const struct timekeep_peers *p,
    enum skew_verdict verdict, const struct timeline_reading *r)
{
	for (size_t i = 0; i < p->len && verdict != SKEW_WRONG; i++) {
		const struct skew_member *c = &p->at[i];
		int64_t ahead_us = timekeep_ahead(c, r->wall_us, r->boot_us);
		bool apart = c->clock.error_us > 0 &&
		    llabs(ahead_us) - c->clock.error_us > k->policy.limit_us;
		size_t n = 0;

		while (n < k->beat.apart_len &&
		    strcmp(k->beat.apart[n], c->name) != 0)
			n++;
		if (c->clock.error_us == 0 || apart == (n < k->beat.apart_len))
			continue;
		if (apart && n < SKEW_CLAIMS_MAX) {
			(void)snprintf(
			    k->beat.apart[n], NOTE_NAME_MAX + 1, "%s", c->name);
			k->beat.apart_len++;
			journal_warn("PEER-CLOCK",
			    "peer=%s has a clock %.1f s %s ours", c->name,
			    timekeep_seconds(llabs(ahead_us)),
			    ahead_us < 0 ? "ahead of" : "behind");
		} else if (!apart) {
			k->beat.apart_len--;
			memmove(k->beat.apart[n],
			    k->beat.apart[k->beat.apart_len],
			    sizeof k->beat.apart[n]);
			journal_info("PEER-CLOCK-GOOD",
			    "peer=%s has a clock like ours again", c->name);
		}
	}
}

static void
paid(void *arg, enum err e, const struct err_why *why)
{
	struct timekeep *k = arg;

	if (e != ERR_OK)
		journal_warn("CLOCK-BOOK", "tried again: %s", why->text);
	(void)pthread_mutex_lock(&k->lock);
	if (e == ERR_OK)
		k->owed.action = NULL;
	k->owed.sent = false;
	(void)pthread_mutex_unlock(&k->lock);
}

/* Says what is owed with the order; true: it has been said and waits. */
static bool
pay(struct timekeep *k, struct timekeep_order *o)
{
	bool waits;

	(void)pthread_mutex_lock(&k->lock);
	waits = k->owed.sent;
	if (k->owed.action != NULL && !waits) {
		o->action = k->owed.action;
		o->detail = k->owed.detail;
		o->done = paid;
		o->arg = k;
		k->owed.sent = true;
	}
	(void)pthread_mutex_unlock(&k->lock);
	return waits;
}

/* The book learns of the line and the quality when they are news. */
static void
tell_book(struct timekeep *k, struct timekeep_order *o)
{
	if (pay(k, o))
		return;
	int64_t moved_us =
	    stamp_line_at(k->beat.told, o->line.boot_us) - o->line.wall_us;

	if (o->action == NULL && llabs(moved_us) < TELL_US &&
	    k->beat.count % TELL_BEATS != 0 &&
	    (o->error_ms < k->beat.error_ms * 2 + 1000 &&
	        k->beat.error_ms < o->error_ms * 2 + 1000))
		return;
	k->beat.told = o->line;
	k->beat.error_ms = o->error_ms;
	timekeep_order(k, o);
}

static void
logged(void *arg, enum err e, const struct err_why *why)
{
	(void)arg;
	if (e != ERR_OK)
		journal_warn("CLOCK-BOOK", "not told: %s", why->text);
}

/* "recorded time follows the wall clock, 86400 s ahead; confirmed by a, b". */
static void
say_jump(char *out, size_t cap, const struct timekeep_peers *p,
    const struct timekeep *k, const struct timeline_reading *r, int64_t jump_us)
{
	size_t used = (size_t)snprintf(out, cap,
	    "recorded time follows the wall clock, %.0f s ahead; %s",
	    timekeep_seconds(jump_us),
	    p != NULL ? "confirmed by" : "set right after the start");
	const char *between = " ";

	for (size_t i = 0; p != NULL && i < p->len; i++) {
		const struct skew_member *c = &p->at[i];
		int n;

		if (c->clock.error_us == 0 ||
		    c->clock.error_us > k->policy.limit_us ||
		    llabs(timekeep_ahead(c, r->wall_us, r->boot_us)) >
		        k->policy.limit_us)
			continue;
		n = snprintf(out + used, cap - used, "%s%s", between, c->name);
		if (n < 0 || (size_t)n >= cap - used)
			break;
		used += (size_t)n;
		between = ", ";
	}
}

/* A jump of the wall clock since the beat before. */
static void
look_stepped(struct timekeep *k, const struct timeline_reading *r)
{
	int64_t step_us = (r->wall_us - k->line.last.wall_us) -
	    (r->boot_us - k->line.last.boot_us);

	if (k->line.frozen || llabs(step_us) <= k->policy.limit_us)
		return;
	k->stepped[step_us < 0]++;
	journal_warn("CLOCK-STEPPED", "the wall clock was set %.1f s %s",
	    timekeep_seconds(llabs(step_us)), step_us < 0 ? "back" : "ahead");
}

void
timekeep_beat(struct timekeep *k)
{
	struct timekeep_peers *p = mem_alloc(1, sizeof *p);
	struct timekeep_order o = {.done = logged};
	struct timeline_reading r;
	struct timeline_span span;
	struct skew_view view;
	enum timeline_step step;
	int64_t jump_us;
	bool started;

	(void)pthread_mutex_lock(&k->lock);
	started = k->started;
	(void)pthread_mutex_unlock(&k->lock);
	if (!started) { /* the logs may not be signed yet */
		free(p);
		return;
	}
	timekeep_read(k->site, &r);
	timekeep_peers(p, k->site, r.wall_us, r.boot_us);
	skew_judge(&view, p->claim, p->claims, k->policy.limit_us);
	(void)pthread_mutex_lock(&k->lock);
	look_stepped(k, &r);
	jump_us = r.wall_us - stamp_line_at(k->line.line, r.boot_us);
	step = timeline_beat(&k->line, &r, &view, p->quorum);
	span = timeline_now(&k->line, r.wall_us, r.boot_us);
	o.line = k->line.line;
	o.error_ms = timeline_error_ms(&k->line);
	if (step == TIMELINE_JUMPED || step == TIMELINE_SETTLED) {
		k->owed.action = "clock-jump";
		say_jump(k->owed.detail, sizeof k->owed.detail,
		    step == TIMELINE_JUMPED ? p : NULL, k, &r, jump_us);
		journal_warn("CLOCK-JUMP", "%s", k->owed.detail);
	}
	(void)pthread_mutex_unlock(&k->lock);
	o.synchronised = r.synchronised && span.faults == 0;
	if (step == TIMELINE_BACK)
		journal_warn("CLOCK-BACK",
		    "the wall clock is right, %.0f s behind what was "
		    "confirmed before; recorded time stands still until then",
		    timekeep_seconds(-jump_us));
	k->beat.count++;
	tell_book(k, &o);
	tell_peers(k, p, view.verdict, &r);
	tell_faults(k, &span);
	free(p);
}
