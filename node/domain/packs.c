/* packs.c - rule packs: the standards as data. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/packs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/field.h"
#include "node/domain/packs_check.h"
#include "node/domain/packs_looser.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/yaml.h"

struct packs {
	Pack__Pack *at[PACKS_MAX];
	struct packs_fact fact[PACKS_MAX];
	size_t len;
	Pack__Pack **made; /* freed with this set; others with an older one */
	size_t made_len;
	/* Built-in: the standard, also where a file took its place. */
	const Pack__Work *standard[PACKS_MAX];
	size_t standard_len;
	bool sealed;
	struct packs *older;
};

struct packs *
packs_new(void)
{
	return mem_alloc(1, sizeof(struct packs));
}

struct packs *
packs_grow(struct packs *old)
{
	struct packs *p = packs_new();

	*p = *old;
	p->made = NULL;
	p->made_len = 0;
	p->older = old;
	return p;
}

bool
packs_activate(
    struct packs *p, const char *name, const struct hash *digest, int64_t at_us)
{
	char own[PACKS_NAME_MAX];

	for (size_t i = 0; i < p->len; i++) {
		packs_pack_name(own, p->at[i]);
		if (strcmp(own, name) != 0 ||
		    memcmp(p->fact[i].digest.b, digest->b, sizeof digest->b) !=
		        0)
			continue;
		p->fact[i].active_us = at_us;
		return true;
	}
	return false;
}

const Pack__Pack *
packs_at(const struct packs *p, size_t i, struct packs_fact *out)
{
	if (i >= p->len)
		return NULL;
	*out = p->fact[i];
	return p->at[i];
}

/* Since when a version is in force, as seen at a time: its activation, once it
 * has one, puts it before all that came earlier.  INT64_MAX: not yet. */
static int64_t
in_force_since(const struct packs *p, size_t i, int64_t at_us)
{
	const Pack__Work *w = p->at[i]->work;
	int64_t active = p->fact[i].active_us;

	if (active != 0 && active <= at_us)
		return active > w->effective_at ? active : w->effective_at;
	if (w->standby || p->fact[i].looser != NULL)
		return INT64_MAX;
	return w->effective_at;
}

void
packs_name(char out[static 64], const Pack__Work *w)
{
	snprintf(out, 64, "%s@%s", w->work_type, w->version);
}

void
packs_pack_name(char out[static PACKS_NAME_MAX], const Pack__Pack *p)
{
	const char *kind = "";
	const char *version = "";

	if (p->work != NULL)
		kind = p->work->work_type, version = p->work->version;
	else if (p->release != NULL)
		kind = "release", version = p->release->version;
	else if (p->alarm != NULL)
		kind = "alarm", version = p->alarm->version;
	else if (p->calendar != NULL)
		kind = "calendar", version = p->calendar->version;
	else if (p->places != NULL)
		kind = "places", version = p->places->version;
	else if (p->codes != NULL)
		kind = "codes", version = p->codes->version;
	else if (p->credentials != NULL)
		kind = "credentials", version = p->credentials->version;
	(void)snprintf(out, PACKS_NAME_MAX, "%s@%s", kind, version);
}

uint64_t
packs_id(const char *version)
{
	struct hash h;
	uint64_t id = 0;

	digest_sha256(&h, bytes_str(version));
	for (size_t i = 0; i < 8; i++)
		id = id << 8 | h.b[i];
	return id;
}

/* The part of a pack that is there, as (kind, name, version). */
static bool
same_pack(const Pack__Pack *a, const Pack__Pack *b)
{
	char one[PACKS_NAME_MAX];
	char two[PACKS_NAME_MAX];

	packs_pack_name(one, a);
	packs_pack_name(two, b);
	return strcmp(one, two) == 0;
}

void
packs_seal(struct packs *p)
{
	for (size_t i = 0; i < p->len; i++) {
		if (p->at[i]->work != NULL)
			p->standard[p->standard_len++] = p->at[i]->work;
	}
	p->sealed = true;
}

/* A company's pack may tighten the standard; what is looser says why, who and
 * until when, and waits for its activation. */
static enum err
compare(const struct packs *p, const Pack__Pack *pack, const char **looser,
    struct err_why *why)
{
	const Pack__Work *w = pack->work;
	const Pack__Deviation *d = w != NULL ? w->deviation : NULL;

	for (size_t i = 0; w != NULL && i < p->standard_len; i++) {
		const Pack__Work *b = p->standard[i];

		if (*looser == NULL && !b->standby &&
		    strcmp(b->work_type, w->work_type) == 0)
			*looser = packs_looser(b, w);
	}
	if (*looser == NULL)
		return ERR_OK;
	if (d == NULL || d->reason == NULL || d->reason[0] == '\0' ||
	    d->decided_by == NULL || d->decided_by[0] == '\0' ||
	    !d->has_until_at)
		return err_fail(why, ERR_REFUSED,
		    "%s: looser than the standard's; a deviation needs reason, "
		    "decidedBy and untilAt",
		    *looser);
	return ERR_OK;
}

/* A check names the field; people look for a line. */
static enum err
at_line(struct err_why *why, enum err e, const char *name, struct bytes text)
{
	unsigned line = why != NULL ? yaml_line(text, why->text) : 0;

	if (line != 0)
		e = err_wrap(why, e, "line %u", line);
	return err_wrap(why, e, "%s", name);
}

enum err
packs_add(
    struct packs *p, const char *name, struct bytes text, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Pack__Pack *pack;
	const char *looser = NULL;
	size_t at = 0;
	enum err e;

	e = yaml_decode(&msg, &pack__pack__descriptor, text, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "%s", name);
	pack = (Pack__Pack *)msg;
	e = packs_check(pack, why);
	if (e != ERR_OK) {
		slice_free(msg);
		return at_line(why, e, name, text);
	}
	e = compare(p, pack, &looser, why);
	if (e != ERR_OK) {
		slice_free(msg);
		return err_wrap(why, e, "%s", name);
	}
	while (at < p->len && !same_pack(p->at[at], pack))
		at++;
	if (at == PACKS_MAX) {
		slice_free(msg);
		return err_fail(
		    why, ERR_LIMIT, "more than %d rule packs", PACKS_MAX);
	}
	if (at == p->len)
		p->len++;
	p->made = mem_resize(p->made, p->made_len + 1, sizeof(Pack__Pack *));
	p->made[p->made_len++] = pack;
	p->at[at] = pack;
	p->fact[at] = (struct packs_fact){.looser = looser};
	digest_sha256(&p->fact[at].digest, text);
	return ERR_OK;
}

void
packs_ungrow(struct packs *p)
{
	if (p == NULL)
		return;
	p->older = NULL;
	packs_free(p);
}

void
packs_free(struct packs *p)
{
	while (p != NULL) {
		struct packs *older = p->older;

		for (size_t i = 0; i < p->made_len; i++)
			slice_free(&p->made[i]->base);
		free(p->made);
		free(p);
		p = older;
	}
}

const Pack__Work *
packs_work(const struct packs *p, const char *work_type, int64_t at_us)
{
	const Pack__Work *best = NULL;
	int64_t since = 0;

	for (size_t i = 0; i < p->len; i++) {
		const Pack__Work *w = p->at[i]->work;
		int64_t from;

		if (w == NULL || strcmp(w->work_type, work_type) != 0)
			continue;
		from = in_force_since(p, i, at_us);
		if (from > at_us || (best != NULL && from <= since))
			continue;
		/* A deviation from the standard ends by itself. */
		if (w->deviation != NULL && w->deviation->until_at < at_us)
			continue;
		best = w;
		since = from;
	}
	return best;
}

const Pack__Work *
packs_version(const struct packs *p, uint64_t id)
{
	char name[64];

	for (size_t i = 0; i < p->len; i++) {
		const Pack__Work *w = p->at[i]->work;

		if (w == NULL)
			continue;
		packs_name(name, w);
		if (packs_id(name) == id)
			return w;
	}
	return NULL;
}

const Pack__Level *
packs_level(const Pack__Work *w, Record__Permit__Level level)
{
	for (size_t i = 0; i < w->n_levels; i++) {
		if (w->levels[i]->level == level)
			return w->levels[i];
	}
	return NULL;
}

bool
packs_at_level(
    const Record__Permit__Level *list, size_t n, Record__Permit__Level level)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == level)
			return true;
	}
	return n == 0;
}

const Pack__Right *
packs_right(const Pack__Work *w, Record__Permit__Action action,
    Record__Permit__Level level)
{
	const Pack__Right *best = NULL;

	for (size_t i = 0; i < w->n_rights; i++) {
		const Pack__Right *r = w->rights[i];

		if (r->action != action ||
		    !packs_at_level(r->levels, r->n_levels, level))
			continue;
		if (best == NULL || r->n_levels > 0)
			best = r;
	}
	return best;
}

const Pack__Step *
packs_step(const Pack__Work *w, const char *name)
{
	for (size_t i = 0; name != NULL && i < w->n_steps; i++) {
		if (strcmp(w->steps[i]->name, name) == 0)
			return w->steps[i];
	}
	return NULL;
}

static const struct {
	const char *name;
	unsigned bit;
} conditions[] = {
    {"explosive_area", PACKS_EXPLOSIVE},
    {"outdoor", PACKS_OUTDOOR},
    {"hazardous_media", PACKS_MEDIA},
    {"contractor", PACKS_CONTRACTOR},
};

unsigned
packs_condition(const char *name)
{
	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		if (strcmp(conditions[i].name, name) == 0)
			return conditions[i].bit;
	}
	return 0;
}

/* One that is not denied holds: nobody gets round a step by silence. */
unsigned
packs_conditions(const Record__Permit *applied)
{
	unsigned set = 0;

	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		struct field_value v;

		if (!field_get(&v, &applied->base, conditions[i].name) ||
		    !v.given || v.truth)
			set |= conditions[i].bit;
	}
	return set;
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
		const Type *best = NULL;                               \
                                                                       \
		for (size_t i = 0; i < p->len; i++) {                  \
			const Type *x = p->at[i]->name;                \
                                                                       \
			if (x != NULL && x->effective_at <= at_us &&   \
			    (best == NULL ||                           \
			        x->effective_at > best->effective_at)) \
				best = x;                              \
		}                                                      \
		return best;                                           \
	}

NEWEST(release, Pack__Release)
NEWEST(alarm, Pack__AlarmPolicy)
NEWEST(calendar, Pack__Calendar)
NEWEST(places, Pack__Places)
NEWEST(codes, Pack__Codes)
NEWEST(credentials, Pack__Credentials)

bool
packs_alarm_limits(
    const struct packs *p, int64_t at_us, struct alarm_kpi_limits *out)
{
	const Pack__AlarmPolicy *in_force = packs_alarm(p, at_us);
	const Pack__AlarmPolicy *before = in_force;

	*out = (struct alarm_kpi_limits){.flood_seconds = 0};
	if (in_force == NULL)
		return false;
	for (size_t i = 0; i < in_force->n_levels; i++)
		if (in_force->levels[i]->level < sizeof out->priority)
			out->priority[in_force->levels[i]->level] =
			    (uint8_t)in_force->levels[i]->priority;
	unsigned missing = 1;
	bool has[9] = {false};
	while (before != NULL && missing > 0) {
		missing = 0;
		unsigned n = 0;
#define TAKE(field)                                   \
	do {                                          \
		if (!has[n] && before->has_##field) { \
			out->field = before->field;   \
			has[n] = true;                \
		}                                     \
		missing += !has[n++];                 \
	} while (0)
		TAKE(chatter_alarms);
		TAKE(chatter_seconds);
		TAKE(fleeting_seconds);
		TAKE(stale_hours);
		TAKE(flood_seconds);
		TAKE(flood_alarms);
		TAKE(flood_end_alarms);
		TAKE(flood_level);
		TAKE(late_seconds);
#undef TAKE
		before = packs_alarm(p, before->effective_at - 1);
	}
	return missing == 0;
}
