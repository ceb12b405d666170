/* defence_eval.c - which rules of joint defence fire, entry by entry. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/defence_eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/defence_match.h"
#include "node/domain/packs.h"
#include "proto/mem.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US INT64_C(3600000000)
#define SKEW_US INT64_C(300000000) /* less is no reset of the clock */
#define NEVER INT64_MIN
#define GROW 16

/* The newest times at which a condition was met, ascending. */
struct ring {
	int64_t at[DEFENCE_RULE_COUNT];
	size_t len;
};

struct slot {
	uint64_t area; /* 0: of scope SITE */
	int64_t fired_us; /* NEVER */
	struct ring ring[DEFENCE_RULE_CONDITIONS];
};

struct part {
	const struct defence_rule *rule;
	const Record__DefenceCondition *at[DEFENCE_RULE_CONDITIONS];
	size_t len, all; /* of which the first are of `all` */
	uint64_t *areas; /* of `slots`: looked through for each entry */
	struct slot *slots;
	size_t slots_len;
	enum defence_over over;
	int64_t since_us;
	int64_t hour_us; /* in which `fires` were counted */
	unsigned fires;
};

struct permit {
	uint8_t id[16];
	uint64_t area;
	char type[64], where[DEFENCE_EVAL_AREA]; /* as `names` has them */
	unsigned level;
	Record__DefencePermits__State state; /* 0: not yet issued */
	int64_t until_us;
};

/* The names of an entry, folded once for all rules. */
struct names {
	char area[DEFENCE_EVAL_AREA], kind[64], code[64];
};

struct defence_eval {
	struct part part[DEFENCE_EVAL_RULES];
	size_t len;
	struct permit *permits;
	size_t permits_len;
	bool crowded; /* some permit had no room */
	uint64_t from;
	int64_t now_us;
	struct names names; /* of the newest entry */
	uint64_t steps;
	size_t spent; /* of this entry and rule */
};

struct defence_eval *
defence_eval_new(const struct defence_rule *const *rules, size_t len)
{
	struct defence_eval *d = mem_alloc(1, sizeof *d);

	d->now_us = NEVER;
	for (; d->len < len && d->len < DEFENCE_EVAL_RULES; d->len++) {
		struct part *p = &d->part[d->len];
		const Record__DefenceRule *r = rules[d->len]->said;

		p->rule = rules[d->len];
		p->all = r->n_all;
		for (size_t i = 0; i < r->n_all + r->n_any; i++)
			p->at[p->len++] =
			    i < r->n_all ? r->all[i] : r->any[i - r->n_all];
	}
	return d;
}

void
defence_eval_free(struct defence_eval *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->len; i++)
		free(d->part[i].slots), free(d->part[i].areas);
	free(d->permits);
	free(d);
}

void
defence_eval_from(struct defence_eval *d, uint64_t place)
{
	d->from = place;
}

void
defence_eval_since(struct defence_eval *d, size_t i, int64_t at_us)
{
	d->part[i].since_us = at_us;
}

/* ---- windows ---- */

static int64_t
window_us(const Record__DefenceCondition *c)
{
	const uint32_t minutes = c->alarms != NULL ? c->alarms->minutes
	    : c->certificates != NULL              ? c->certificates->minutes
	    : c->wind != NULL                      ? c->wind->minutes
	                                           : 0;

	return minutes * MINUTE_US;
}

static size_t
wanted(const Record__DefenceCondition *c)
{
	if (c->alarms != NULL && c->alarms->has_count)
		return c->alarms->count;
	if (c->certificates != NULL && c->certificates->has_count)
		return c->certificates->count;
	return 1;
}

/* Keeps the newest. */
static void
note(struct ring *r, int64_t at_us)
{
	size_t i;

	if (r->len == DEFENCE_RULE_COUNT) {
		if (at_us <= r->at[0])
			return;
		memmove(r->at, r->at + 1, (r->len - 1) * sizeof r->at[0]);
		r->len--;
	}
	for (i = r->len; i > 0 && r->at[i - 1] > at_us; i--)
		r->at[i] = r->at[i - 1];
	r->at[i] = at_us;
	r->len++;
}

static bool
full(const struct ring *r, const Record__DefenceCondition *c, int64_t now_us)
{
	const size_t n = wanted(c);

	return r->len >= n && r->at[r->len - n] >= now_us - window_us(c);
}

/* ---- areas ---- */

static bool
is_quiet(const struct part *p, const struct slot *s, int64_t now_us)
{
	return s->fired_us != NEVER &&
	    now_us - s->fired_us < p->rule->said->quiet_minutes * MINUTE_US;
}

static bool
is_stale(const struct part *p, const struct slot *s, int64_t now_us)
{
	if (is_quiet(p, s, now_us))
		return false;
	for (size_t i = 0; i < p->len; i++) {
		const struct ring *r = &s->ring[i];

		if (r->len > 0 &&
		    r->at[r->len - 1] >= now_us - window_us(p->at[i]))
			return false;
	}
	return true;
}

static void
grow(struct part *p)
{
	const size_t n = p->slots_len + GROW;

	p->slots = mem_resize(p->slots, n, sizeof p->slots[0]);
	p->areas = mem_resize(p->areas, n, sizeof p->areas[0]);
}

/* NULL: there is no room, and the rule is stopped. */
static struct slot *
slot_of(struct defence_eval *d, struct part *p, uint64_t area)
{
	struct slot *s = NULL;

	for (size_t i = 0; i < p->slots_len; i++) {
		if (p->areas[i] == area) {
			d->spent += i;
			return &p->slots[i];
		}
	}
	for (size_t i = 0;
	     i < p->slots_len && s == NULL && p->slots_len % GROW == 0; i++) {
		d->spent++;
		if (is_stale(p, &p->slots[i], d->now_us))
			s = &p->slots[i];
	}
	if (s == NULL && p->slots_len == DEFENCE_EVAL_AREAS) {
		p->over = DEFENCE_OVER_AREAS;
		return NULL;
	}
	if (s == NULL) {
		if (p->slots_len % GROW == 0)
			grow(p);
		s = &p->slots[p->slots_len++];
	}
	memset(s, 0, sizeof *s);
	p->areas[s - p->slots] = s->area = area;
	s->fired_us = NEVER;
	return s;
}

/* ---- permits ---- */

static struct permit *
permit_of(struct defence_eval *d, const uint8_t id[static 16])
{
	for (size_t i = 0; i < d->permits_len; i++) {
		d->steps++;
		if (memcmp(d->permits[i].id, id, 16) == 0)
			return &d->permits[i];
	}
	return NULL;
}

/* Whose planned end is past gives way. */
static struct permit *
permit_room(struct defence_eval *d)
{
	for (size_t i = 0; i < d->permits_len; i++) {
		struct permit *p = &d->permits[i];

		if (p->until_us != 0 && p->until_us < d->now_us)
			return p;
	}
	if (d->permits_len == DEFENCE_EVAL_PERMITS) {
		d->crowded = true;
		return NULL;
	}
	d->permits =
	    mem_resize(d->permits, d->permits_len + 1, sizeof d->permits[0]);
	return &d->permits[d->permits_len++];
}

/* Once its work is over nothing can be stopped any more. */
static void
permit_take(
    struct defence_eval *d, const struct defence_event *e, uint64_t area)
{
	struct permit *p = permit_of(d, e->id);
	const int to = defence_match_state(e->action);

	if (to == DEFENCE_MATCH_OVER) {
		if (p != NULL)
			*p = d->permits[--d->permits_len];
		return;
	}
	if (p == NULL && e->kind != NULL && !e->exercise) {
		p = permit_room(d);
		if (p == NULL)
			return;
		memset(p, 0, sizeof *p);
		memcpy(p->id, e->id, 16);
		(void)snprintf(p->type, sizeof p->type, "%.63s", e->kind);
		(void)snprintf(p->where, sizeof p->where, "%s", e->area);
		p->area = area;
		p->level = e->level;
		p->until_us = e->until_us;
	}
	if (p != NULL && to != DEFENCE_MATCH_SAME)
		p->state = (Record__DefencePermits__State)to;
}

static bool
any_permit(struct defence_eval *d, const Record__DefencePermits *c,
    const struct slot *s)
{
	for (size_t i = 0; i < d->permits_len && d->spent <= DEFENCE_EVAL_STEPS;
	     i++) {
		const struct permit *p = &d->permits[i];

		d->spent++;
		if ((s->area == 0 || p->area == s->area) &&
		    (p->until_us == 0 || p->until_us >= d->now_us) &&
		    defence_match_permit(c, p->type, p->level, p->state))
			return true;
	}
	return false;
}

/* ---- one rule ---- */

static bool
holds(struct defence_eval *d, const struct part *p, const struct slot *s,
    size_t i)
{
	const Record__DefenceCondition *c = p->at[i];

	return c->permits != NULL ? any_permit(d, c->permits, s)
	                          : full(&s->ring[i], c, d->now_us);
}

static bool
is_met(struct defence_eval *d, const struct part *p, const struct slot *s)
{
	bool any = p->len == p->all;

	for (size_t i = 0; i < p->all; i++)
		if (!holds(d, p, s, i))
			return false;
	for (size_t i = p->all; i < p->len && !any; i++)
		any = holds(d, p, s, i);
	return any;
}

/* Fires it, unless it has fired too often. */
static bool
fire(struct defence_eval *d, struct part *p, struct slot *s)
{
	const int64_t hour = d->now_us - d->now_us % HOUR_US;

	if (p->hour_us != hour)
		p->fires = 0;
	p->hour_us = hour;
	if (p->fires++ >= DEFENCE_EVAL_FIRES) {
		p->over = DEFENCE_OVER_FIRES;
		return false;
	}
	s->fired_us = d->now_us;
	return true;
}

static int64_t
happened(const struct defence_event *e)
{
	return e->said_us != 0 && e->said_us < e->at_us - DEFENCE_EVAL_LATE_US
	    ? e->said_us
	    : e->at_us;
}

/* Which conditions this entry counts for; notes it. */
static bool
take(const struct part *p, struct slot *s, const struct defence_event *e)
{
	bool any = false;

	for (size_t i = 0; i < p->len; i++) {
		if (!defence_match(p->at[i], e))
			continue;
		any = true;
		if (p->at[i]->permits == NULL)
			note(&s->ring[i], happened(e));
	}
	return any;
}

static bool
sees(const struct part *p, const struct defence_event *e)
{
	if (e->what == DEFENCE_OTHER || e->exercise || p->over != 0)
		return false;
	if (e->what == DEFENCE_FIRED)
		return e->rule != NULL && strcmp(e->rule, p->rule->name) == 0;
	for (size_t i = 0; i < p->len; i++)
		if (defence_match(p->at[i], e))
			return true;
	return false;
}

/* Of a permit's later events, its own area and type. */
static bool
judge(struct defence_eval *d, struct part *p, const struct defence_event *e,
    uint64_t area)
{
	const Record__DefenceRule *r = p->rule->said;
	const bool site = r->scope == RECORD__DEFENCE_RULE__SCOPE__SITE;
	struct slot *s;
	bool met;

	if (!sees(p, e))
		return false;
	if (e->what != DEFENCE_FIRED &&
	    ((!site && area == 0) ||
	        (r->n_areas > 0 && !defence_match_area(r, e->area))))
		return false;
	d->spent = 0;
	if (d->crowded)
		p->over = DEFENCE_OVER_PERMITS;
	s = p->over == 0 ? slot_of(d, p, site ? 0 : area) : NULL;
	if (s == NULL)
		return false;
	if (e->what == DEFENCE_FIRED) {
		/* The entry that says so is the truth of it. */
		if (e->said_us > s->fired_us)
			s->fired_us = e->said_us;
		return false;
	}
	if (!take(p, s, e) || e->place < d->from || e->at_us < p->since_us ||
	    is_quiet(p, s, d->now_us))
		return false;
	met = is_met(d, p, s);
	if (d->spent > DEFENCE_EVAL_STEPS) {
		p->over = DEFENCE_OVER_STEPS;
		return false;
	}
	return met && fire(d, p, s);
}

/* The ledger's time went back: what was counted is of no time any more. */
static void
forget(struct defence_eval *d)
{
	for (size_t i = 0; i < d->len; i++)
		d->part[i].slots_len = 0;
}

static const char *
fold(char *out, size_t cap, const char *text)
{
	defence_rule_fold(out, cap, text);
	return text != NULL ? out : NULL;
}

size_t
defence_eval_feed(struct defence_eval *d, const struct defence_event *e,
    struct defence_fire out[static DEFENCE_EVAL_RULES])
{
	struct defence_event seen = *e;
	struct names *names = &d->names;
	uint64_t area = 0;
	size_t n = 0;

	if (d->now_us != NEVER && e->at_us < d->now_us - SKEW_US)
		forget(d);
	d->now_us = e->at_us;
	if (e->what == DEFENCE_OTHER)
		return 0;
	seen.kind = fold(names->kind, sizeof names->kind, e->kind);
	seen.code = fold(names->code, sizeof names->code, e->code);
	defence_rule_fold(names->area, sizeof names->area, e->area);
	seen.area = names->area;
	if (names->area[0] != '\0')
		area = packs_id(names->area) | 1;
	if (e->what == DEFENCE_PERMIT) {
		const struct permit *p;

		permit_take(d, &seen, area);
		p = permit_of(d, e->id);
		/* Later events do not repeat what the first one said. */
		if (p != NULL) {
			seen.kind = p->type;
			seen.level = p->level;
			seen.area = p->where;
			area = p->area;
		}
	}
	for (size_t i = 0; i < d->len; i++) {
		struct part *p = &d->part[i];

		if (judge(d, p, &seen, area))
			out[n++] = (struct defence_fire){.rule = p->rule,
			    .place = e->place,
			    .at_us = e->at_us,
			    .area = seen.area};
		d->steps += 1 + d->spent;
		d->spent = 0;
	}
	return n;
}

enum defence_over
defence_eval_over(const struct defence_eval *d, size_t i)
{
	return i < d->len ? d->part[i].over : DEFENCE_WITHIN;
}

const char *
defence_eval_why(enum defence_over over, bool zh)
{
	static const char *const words[][2] = {
	    [DEFENCE_WITHIN] = {"", ""},
	    [DEFENCE_OVER_AREAS] = {"too many areas at a time",
	        "同时涉及的区域过多"},
	    [DEFENCE_OVER_PERMITS] = {"too many open permits",
	        "未结束的作业票过多"},
	    [DEFENCE_OVER_STEPS] = {"too much work for one entry",
	        "单条记录计算量过大"},
	    [DEFENCE_OVER_FIRES] = {"over 60 times in an hour",
	        "一小时内触发超过 60 次"},
	};

	return words[over][zh];
}

uint64_t
defence_eval_steps(const struct defence_eval *d)
{
	return d->steps;
}

int64_t
defence_eval_reach_us(const struct defence_rule *const *rules, size_t len)
{
	int64_t most = 0;

	for (size_t i = 0; i < len; i++) {
		const Record__DefenceRule *r = rules[i]->said;

		for (size_t k = 0; k < r->n_all + r->n_any; k++) {
			const int64_t us = window_us(
			    k < r->n_all ? r->all[k] : r->any[k - r->n_all]);

			most = us > most ? us : most;
		}
		if (r->quiet_minutes * MINUTE_US > most)
			most = r->quiet_minutes * MINUTE_US;
	}
	return most + DEFENCE_EVAL_LATE_US;
}
