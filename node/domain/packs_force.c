/* packs_force.c - which version of a pack is in force when. */
/* SPDX-License-Identifier: Apache-2.0 */
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
	size_t n = strcspn(a, "@");

	return n == strcspn(b, "@") && strncmp(a, b, n) == 0;
}

bool
packs_set_standby(const Pack__Pack *p)
{
	return (p->work != NULL && p->work->standby) ||
	    (p->credentials != NULL && p->credentials->standby);
}

/* Has the ledger a word to say on this kind, by this time?  The newest. */
static int64_t
governed_since(
    const struct packs *p, const char *name, int64_t at_us, bool absent)
{
	int64_t since = 0;

	for (size_t i = 0; i < p->bound_len; i++) {
		const struct packs_bound *b = &p->bound[i];

		if (b->active_us <= at_us && b->active_us > since &&
		    same_kind(b->name, name) &&
		    (!absent || packs_set_absent(p, b)))
			since = b->active_us;
	}
	return since;
}

/* When this text was activated last, and first by whom, as seen at a time. */
struct activated {
	int64_t last_us; /* 0: not by then */
	size_t order; /* of that entry, from 1; 0: not by then */
	bool by_somebody; /* the first time, at whatever time that was */
};

static struct activated
activated_by(const struct packs *p, size_t i, int64_t at_us)
{
	const struct packs_fact *f = &p->fact[i];
	struct activated out = {.last_us = 0};
	bool any = false;

	for (size_t k = 0; f->active_us != 0 && k < p->bound_len; k++) {
		const struct packs_bound *b = &p->bound[k];

		if (strcmp(b->name, f->name) != 0 ||
		    !packs_set_same(&b->digest, &f->digest))
			continue;
		if (!any)
			out.by_somebody = !b->by_file;
		any = true;
		if (b->active_us > at_us || b->active_us < out.last_us)
			continue;
		out.last_us = b->active_us;
		out.order = k + 1;
	}
	return out;
}

/* Since when a version is in force, as seen at a time: its activation, once it
 * has one, puts it before all that came earlier.  A file that nobody activated
 * counts only where the ledger says nothing of its kind; what somebody did
 * activate was not in force before.  INT64_MAX: not. */
static int64_t
in_force_since(const struct packs *p, size_t i, int64_t at_us)
{
	int64_t from = p->fact[i].effective_us;
	struct activated by = activated_by(p, i, at_us);

	if (by.last_us != 0)
		return by.last_us > from ? by.last_us : from;
	if (packs_set_standby(p->at[i]) || p->fact[i].looser[0] != '\0')
		return INT64_MAX;
	if (p->fact[i].built_in)
		return from;
	/* Nobody measures himself by a formula that the ledger does not name.
	 */
	if (p->at[i]->indicators != NULL || by.by_somebody ||
	    governed_since(p, p->fact[i].name, at_us, false) != 0)
		return INT64_MAX;
	return from;
}

/* Of two that hold since the same time: what was activated last.  Entered
 * together, as files are: by their dates. */
static bool
goes_before(const struct packs *p, size_t i, size_t other, int64_t at_us)
{
	size_t a = activated_by(p, i, at_us).order;
	size_t b = activated_by(p, other, at_us).order;

	if (a == b ||
	    (a > 0 && b > 0 && p->bound[a - 1].by_file &&
	        p->bound[b - 1].by_file))
		return p->fact[i].effective_us > p->fact[other].effective_us;
	return a > b;
}

/* The version of a kind that holds at a time; p->len: none. */
static size_t
newest(const struct packs *p, const char *kind, int64_t at_us)
{
	size_t best = p->len;
	int64_t since = 0;

	for (size_t i = 0; i < p->len; i++) {
		const Pack__Deviation *d = packs_set_deviation(p->at[i]);
		int64_t from;

		if (!same_kind(p->fact[i].name, kind))
			continue;
		from = in_force_since(p, i, at_us);
		if (from > at_us || (best != p->len && from < since))
			continue;
		if (best != p->len && from == since &&
		    !goes_before(p, i, best, at_us))
			continue;
		/* A deviation from the standard ends by itself. */
		if (d != NULL && d->until_at < at_us)
			continue;
		best = i;
		since = from;
	}
	/* What was activated last holds: when its text is not here, nothing
	 * does. */
	if (best != p->len && governed_since(p, kind, at_us, true) > since)
		best = p->len;
	return best;
}

bool
packs_in_force(const struct packs *p, size_t i, int64_t at_us)
{
	return newest(p, p->fact[i].name, at_us) == i;
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
packs_work(const struct packs *p, const char *work_type, int64_t at_us)
{
	size_t i = newest(p, work_type, at_us);

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

#define NEWEST(name, Type)                                             \
	const Type *packs_##name(const struct packs *p, int64_t at_us) \
	{                                                              \
		size_t i = newest(p, #name, at_us);                    \
                                                                       \
		return i < p->len ? p->at[i]->name : NULL;             \
	}

NEWEST(release, Pack__Release)
NEWEST(alarm, Pack__AlarmPolicy)
NEWEST(calendar, Pack__Calendar)
NEWEST(places, Pack__Places)
NEWEST(codes, Pack__Codes)
NEWEST(credentials, Pack__Credentials)
NEWEST(cases, Pack__CasePolicy)
NEWEST(accidents, Pack__Accidents)

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
