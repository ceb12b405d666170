/* packs_force.c - which version of a pack is in force when. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/packs_force.h"

#include <stdint.h>
#include <string.h>

#include "node/domain/credential_pack.h"
#include "node/domain/packs_looser.h"
#include "node/domain/packs_set.h"

bool
packs_set_same(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

size_t
packs_set_place(const struct packs *p, const char *name)
{
	size_t i = 0;

	while (i < p->len && strcmp(p->fact[i].name, name) != 0)
		i++;
	return i;
}

bool
packs_set_absent(const struct packs *p, const struct packs_bound *b)
{
	size_t i = packs_set_place(p, b->name);

	return i == p->len || !packs_set_same(&p->fact[i].digest, &b->digest);
}

/* "hot-work" of "hot-work@2022.2". */
static bool
same_kind(const char *a, const char *b)
{
	while (*a == *b && *a != '\0' && *a != '@') {
		a++;
		b++;
	}
	return (*a == '\0' || *a == '@') && (*b == '\0' || *b == '@');
}

bool
packs_set_standby(const Pack__Pack *p)
{
	return (p->work != NULL && p->work->standby) ||
	    (p->credentials != NULL && p->credentials->standby);
}

/* Where nobody knows which version holds, none does: work would be let begin,
 * or what is kept be ended, by an old one. */
static bool
stops_unread(const Pack__Pack *p)
{
	return p->work != NULL || p->credentials != NULL ||
	    p->retention != NULL;
}

/* What is asked: of now, where all that was entered counts, or of a past
 * moment, where what was entered by then does. */
struct view {
	const struct packs *p;
	int64_t at_us;
	bool then;
};

/* Where a version stands among the entries, never among times: a clock that
 * went back puts none before another.  Entry k is 2k + 1; what came into force
 * by its date stands before the first entry that was made after that. */
#define NOWHERE SIZE_MAX

static bool
counts(const struct view *v, const struct packs_bound *b)
{
	return !v->then || b->known_us <= v->at_us;
}

static size_t
dated(const struct view *v, size_t from, int64_t effective_us)
{
	const struct packs *p = v->p;

	for (size_t k = from; k < p->bound_len; k++) {
		if (counts(v, &p->bound[k]) &&
		    p->bound[k].active_us >= effective_us)
			return 2 * k;
	}
	return effective_us <= v->at_us ? 2 * p->bound_len : NOWHERE;
}

/* Had that time come when entry `k` was made, or before? */
static bool
had_come(const struct view *v, size_t k, int64_t at_us)
{
	for (size_t n = 0; n <= k && n < v->p->bound_len; n++) {
		if (counts(v, &v->p->bound[n]) &&
		    v->p->bound[n].active_us >= at_us)
			return true;
	}
	return false;
}

/* The newest entry on this kind, or of those whose text is not here; what
 * cannot be read may be one about it. */
static size_t
governed(const struct view *v, const char *name, bool unread, bool absent)
{
	const struct packs *p = v->p;

	for (size_t k = p->bound_len; k > 0; k--) {
		const struct packs_bound *b = &p->bound[k - 1];

		if (!counts(v, b))
			continue;
		if (b->unread ? unread
		              : same_kind(b->name, name) &&
		            (!absent || packs_set_absent(p, b)))
			return 2 * k - 1;
	}
	return NOWHERE;
}

/* The entry that activated this very text last, from 1; 0: none. */
static size_t
activated_by(const struct view *v, size_t i, bool *by_somebody)
{
	const struct packs_fact *f = &v->p->fact[i];
	bool any = false;
	size_t last = 0;

	*by_somebody = false;
	for (size_t k = 0; f->active_us != 0 && k < v->p->bound_len; k++) {
		const struct packs_bound *b = &v->p->bound[k];

		if (strcmp(b->name, f->name) != 0 ||
		    !packs_set_same(&b->digest, &f->digest))
			continue;
		if (!any)
			*by_somebody = !b->by_file;
		any = true;
		if (counts(v, b))
			last = k + 1;
	}
	return last;
}

size_t
packs_set_order(const struct packs *p, size_t i)
{
	const struct view v = {.p = p};
	bool by_somebody;

	return activated_by(&v, i, &by_somebody);
}

/* A file that nobody activated counts only where the ledger says nothing of
 * its kind; what somebody did activate was not in force before. */
static size_t
stands(const struct view *v, size_t i)
{
	const struct packs *p = v->p;
	const struct packs_fact *f = &p->fact[i];
	bool by_somebody;
	size_t k = activated_by(v, i, &by_somebody);

	if (k > 0)
		return had_come(v, k - 1, f->effective_us)
		    ? 2 * k - 1
		    : dated(v, k, f->effective_us);
	if (packs_set_standby(p->at[i]) || f->looser[0] != '\0')
		return NOWHERE;
	/* Nobody measures himself by a formula that the ledger does not name.
	 */
	if (!f->built_in &&
	    (p->at[i]->indicators != NULL || by_somebody ||
	        governed(v, f->name, true, false) != NOWHERE))
		return NOWHERE;
	return dated(v, 0, f->effective_us);
}

/* Entered together, as files are: by their dates. */
static bool
together(const struct packs *p, size_t a, size_t b)
{
	const struct packs_bound *x;
	const struct packs_bound *y;

	if (a % 2 == 0 || b % 2 == 0)
		return a == b;
	x = &p->bound[a / 2];
	y = &p->bound[b / 2];
	return x->by_file && y->by_file && x->active_us == y->active_us;
}

/* At one place: by date, then what was activated last. */
static bool
goes_before(const struct view *v, size_t i, size_t other)
{
	const struct packs_fact *f = v->p->fact;
	bool by_somebody;

	return f[i].effective_us != f[other].effective_us
	    ? f[i].effective_us > f[other].effective_us
	    : activated_by(v, i, &by_somebody) >
	        activated_by(v, other, &by_somebody);
}

/* A deviation from the standard ends by itself, and for good. */
static bool
is_over(const struct view *v, size_t i)
{
	const Pack__Deviation *d = packs_set_deviation(v->p->at[i]);

	return d != NULL &&
	    (d->until_at < v->at_us ||
	        had_come(v, v->p->bound_len, d->until_at + 1));
}

/* The version of a kind that holds; p->len: none. */
static size_t
newest(const struct view *v, const char *kind)
{
	const struct packs *p = v->p;
	size_t best = p->len;
	size_t at = 0;
	size_t lost;

	for (size_t i = 0; i < p->len; i++) {
		size_t mine;

		if (!same_kind(p->fact[i].name, kind))
			continue;
		mine = stands(v, i);
		if (mine == NOWHERE || is_over(v, i))
			continue;
		if (best != p->len &&
		    (together(p, mine, at) ? !goes_before(v, i, best)
		                           : mine < at))
			continue;
		best = i;
		at = mine;
	}
	if (best == p->len)
		return best;
	/* What was activated last holds: when its text is not here, nothing
	 * does. */
	lost = governed(v, kind, stops_unread(p->at[best]), true);
	return lost != NOWHERE && lost > at ? p->len : best;
}

bool
packs_in_force(const struct packs *p, size_t i, int64_t now_us)
{
	const struct view v = {p, now_us, false};

	return newest(&v, p->fact[i].name) == i;
}

bool
packs_in_force_then(const struct packs *p, size_t i, int64_t at_us)
{
	const struct view v = {p, at_us, true};

	return newest(&v, p->fact[i].name) == i;
}

/* Does a pack of the standard ask for more than the other of its kind? */
static bool
asks_more(const Pack__Pack *b, const Pack__Pack *than)
{
	if (b == than)
		return false;
	if (b->work != NULL && than->work != NULL)
		return than->work->deviation == NULL &&
		    packs_looser(b->work, than->work) != NULL;
	return b->credentials != NULL && than->credentials != NULL &&
	    packs_set_deviation(than) == NULL &&
	    credential_pack_less(b->credentials, than->credentials) != NULL;
}

const char *
packs_whole(const struct packs *p, size_t i)
{
	size_t best = p->len;

	for (size_t k = 0; k < p->len; k++) {
		if (packs_waiting(p, k) &&
		    same_kind(p->fact[k].name, p->fact[i].name) &&
		    asks_more(p->at[k], p->at[i]))
			best = k;
	}
	return best < p->len ? p->fact[best].name : NULL;
}

bool
packs_waiting(const struct packs *p, size_t i)
{
	if (!p->fact[i].built_in || !packs_set_standby(p->at[i]))
		return false;
	for (size_t k = 0; k < p->len; k++) {
		if (p->fact[k].built_in && packs_set_standby(p->at[k]) &&
		    same_kind(p->fact[k].name, p->fact[i].name) &&
		    strcmp(p->fact[k].name, p->fact[i].name) > 0)
			return false;
	}
	return true;
}

const Pack__Work *
packs_work(const struct packs *p, const char *work_type, int64_t now_us)
{
	const struct view v = {p, now_us, false};
	size_t i = newest(&v, work_type);

	return i < p->len ? p->at[i]->work : NULL;
}

/* By name as older entries say it, or by name and text. */
const Pack__Work *
packs_version(const struct packs *p, uint64_t id)
{
	for (size_t i = 0; i < p->len; i++) {
		const struct packs_fact *f = &p->fact[i];

		if (p->at[i]->work != NULL && (f->id == id || f->text_id == id))
			return p->at[i]->work;
	}
	return NULL;
}

const Pack__Work *
packs_each(const struct packs *p, size_t i)
{
	for (size_t n = 0; n < p->len; n++) {
		if (p->at[n]->work != NULL && i-- == 0)
			return p->at[n]->work;
	}
	return NULL;
}

#define NEWEST(function, name, Type, when, past)                  \
	const Type *function(const struct packs *p, int64_t when) \
	{                                                         \
		const struct view v = {p, when, past};            \
		size_t i = newest(&v, #name);                     \
                                                                  \
		return i < p->len ? p->at[i]->name : NULL;        \
	}
#define NOW(name, Type) NEWEST(packs_##name, name, Type, now_us, false)
#define BOTH(name, Type) \
	NOW(name, Type)  \
	NEWEST(packs_##name##_then, name, Type, at_us, true)

NOW(release, Pack__Release)
NOW(profiles, Pack__Profiles)
NOW(retention, Pack__Retention)
NOW(codes, Pack__Codes)
BOTH(alarm, Pack__AlarmPolicy)
BOTH(calendar, Pack__Calendar)
BOTH(places, Pack__Places)
BOTH(credentials, Pack__Credentials)
BOTH(cases, Pack__CasePolicy)
BOTH(accidents, Pack__Accidents)

const Pack__Pack *
packs_at(const struct packs *p, size_t i, struct packs_fact *out)
{
	if (i >= p->len)
		return NULL;
	*out = p->fact[i];
	return p->at[i];
}

bool
packs_digest(const struct packs *p, const Pack__Work *w, struct hash *out)
{
	for (size_t i = 0; i < p->len; i++) {
		if (p->at[i]->work != w)
			continue;
		*out = p->fact[i].digest;
		return true;
	}
	return false;
}
