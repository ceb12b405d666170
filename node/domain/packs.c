/* packs.c - rule packs: the standards as data. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/packs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/alarm_policy.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/yaml.h"

struct packs {
	Pack__Pack *at[PACKS_MAX];
	size_t len;
};

struct packs *
packs_new(void)
{
	return mem_alloc(1, sizeof(struct packs));
}

void
packs_name(char out[static 64], const Pack__Work *w)
{
	snprintf(out, 64, "%s@%s", w->work_type, w->version);
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

static bool
limits_ok(const Pack__Work *w)
{
	return w->has_sample_minutes && w->has_lel_split &&
	    w->has_limit_high_lel && w->has_limit_low_lel &&
	    isfinite(w->lel_split) && isfinite(w->limit_high_lel) &&
	    isfinite(w->limit_low_lel) && w->has_status_minutes &&
	    w->has_decision_minutes && w->has_alarm_level &&
	    w->has_late_minutes;
}

/* A pack with a hole would let through what the standard forbids. */
static enum err
check_work(const Pack__Work *w, struct err_why *why)
{
	if (w->work_type == NULL || w->version == NULL ||
	    strlen(w->work_type) + strlen(w->version) > 60 ||
	    !w->has_effective_at || !limits_ok(w))
		return err_fail(why, ERR_MALFORMED,
		    "work: a name, a date or a limit is missing");
	if (w->n_levels == 0 || w->n_rights == 0 || w->n_classes == 0 ||
	    w->n_classes > PACKS_CLASSES_MAX || w->n_alarm_kinds == 0)
		return err_fail(why, ERR_MALFORMED,
		    "work: levels, rights, classes or alarmKinds are missing");
	for (size_t i = 0; i < w->n_levels; i++) {
		const Pack__Level *l = w->levels[i];

		if (!l->has_level || !l->has_validity_minutes ||
		    !l->has_break_minutes || !l->has_daily_test ||
		    packs_level(w, l->level) != l)
			return err_fail(why, ERR_MALFORMED,
			    "work: levels[%zu] is incomplete or doubled", i);
	}
	for (size_t i = 0; i < w->n_rights; i++) {
		const Pack__Right *r = w->rights[i];

		if (!r->has_action || r->n_roles == 0 ||
		    packs_right(w, r->action) != r)
			return err_fail(why, ERR_MALFORMED,
			    "work: rights[%zu] is incomplete or doubled", i);
	}
	return ERR_OK;
}

static bool
same_pack(const Pack__Pack *a, const Pack__Pack *b)
{
	if (a->work != NULL && b->work != NULL)
		return strcmp(a->work->work_type, b->work->work_type) == 0 &&
		    strcmp(a->work->version, b->work->version) == 0;
	if (a->release != NULL && b->release != NULL)
		return strcmp(a->release->version, b->release->version) == 0;
	return a->alarm != NULL && b->alarm != NULL &&
	    strcmp(a->alarm->version, b->alarm->version) == 0;
}

static enum err
check_pack(const Pack__Pack *pack, struct err_why *why)
{
	const Pack__Release *r = pack->release;

	if ((pack->work != NULL) + (r != NULL) + (pack->alarm != NULL) != 1)
		return err_fail(why, ERR_MALFORMED,
		    "expected one of `work`, `release` and `alarm`");
	if (pack->work != NULL)
		return check_work(pack->work, why);
	if (pack->alarm != NULL)
		return alarm_policy_check(pack->alarm, why);
	if (r->version == NULL || !r->has_effective_at ||
	    r->releaser_role == NULL || r->label == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "release: version, effectiveAt, label or releaserRole is "
		    "missing");
	return ERR_OK;
}

enum err
packs_add(
    struct packs *p, const char *name, struct bytes text, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Pack__Pack *pack;
	enum err e;

	e = yaml_decode(&msg, &pack__pack__descriptor, text, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "%s", name);
	pack = (Pack__Pack *)msg;
	e = check_pack(pack, why);
	if (e != ERR_OK) {
		slice_free(msg);
		return err_wrap(why, e, "%s", name);
	}
	for (size_t i = 0; i < p->len; i++) {
		if (!same_pack(p->at[i], pack))
			continue;
		slice_free(&p->at[i]->base);
		p->at[i] = pack;
		return ERR_OK;
	}
	if (p->len == PACKS_MAX) {
		slice_free(msg);
		return err_fail(
		    why, ERR_LIMIT, "more than %d rule packs", PACKS_MAX);
	}
	p->at[p->len++] = pack;
	return ERR_OK;
}

void
packs_free(struct packs *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->len; i++)
		slice_free(&p->at[i]->base);
	free(p);
}

const Pack__Work *
packs_work(const struct packs *p, const char *work_type, int64_t at_us)
{
	const Pack__Work *best = NULL;

	for (size_t i = 0; i < p->len; i++) {
		const Pack__Work *w = p->at[i]->work;

		if (w == NULL || strcmp(w->work_type, work_type) != 0 ||
		    w->effective_at > at_us)
			continue;
		if (best == NULL || w->effective_at > best->effective_at)
			best = w;
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

const Pack__Right *
packs_right(const Pack__Work *w, Record__Permit__Action action)
{
	for (size_t i = 0; i < w->n_rights; i++) {
		if (w->rights[i]->action == action)
			return w->rights[i];
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

const Pack__Release *
packs_release(const struct packs *p, int64_t at_us)
{
	const Pack__Release *best = NULL;

	for (size_t i = 0; i < p->len; i++) {
		const Pack__Release *r = p->at[i]->release;

		if (r == NULL || r->effective_at > at_us)
			continue;
		if (best == NULL || r->effective_at > best->effective_at)
			best = r;
	}
	return best;
}

const Pack__AlarmPolicy *
packs_alarm(const struct packs *p, int64_t at_us)
{
	const Pack__AlarmPolicy *best = NULL;

	for (size_t i = 0; i < p->len; i++) {
		const Pack__AlarmPolicy *a = p->at[i]->alarm;

		if (a == NULL || a->effective_at > at_us)
			continue;
		if (best == NULL || a->effective_at > best->effective_at)
			best = a;
	}
	return best;
}
