/* policy_check.c - what a checkpoint note is worth under a policy. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/policy.h"

#include <assert.h>

/* The log of this origin whose signature verifies; all that match must. */
static enum err
check_log(struct policy_verdict *v, const struct policy *p,
    const struct note *n, struct err_why *why)
{
	for (size_t i = 0; i < p->logs_len; i++) {
		const struct policy_log *log = &p->logs[i];
		enum err e;

		if (strcmp(log->key.name, v->checkpoint.origin) != 0)
			continue;
		e = note_check(n, &log->key, NULL, why);
		if (e == ERR_NOT_FOUND)
			continue;
		if (e != ERR_OK)
			return e;
		if (v->log == NULL)
			v->log = log;
	}
	if (v->log == NULL)
		return err_fail(why, ERR_NOT_FOUND,
		    "no listed log '%.150s' signed this checkpoint",
		    v->checkpoint.origin);
	return ERR_OK;
}

static enum err
check_witnesses(struct policy_verdict *v, const struct policy *p,
    const struct note *n, uint64_t now, struct err_why *why)
{
	for (size_t i = 0; i < p->witnesses_len; i++) {
		struct policy_cosign c = {.witness = &p->witnesses[i]};
		enum err e;

		e = note_check(n, &c.witness->key, &c.when, why);
		if (e == ERR_NOT_FOUND)
			continue;
		if (e != ERR_OK)
			return e;
		c.future = c.when > now;
		/* Keys differ, so each has a line of its own: it fits. */
		assert(v->cosigns_len < NOTE_SIGS_MAX);
		v->cosigns[v->cosigns_len++] = c;
	}
	return ERR_OK;
}

/* A verdict as it would be with cosignatures from `since` on alone. */
struct view {
	const struct policy_verdict *v;
	const struct policy *p;
	uint64_t since;
};

static bool
witness_holds(const struct view *x, const struct policy_witness *w)
{
	const struct policy_verdict *v = x->v;

	for (size_t i = 0; i < v->cosigns_len; i++) {
		if (v->cosigns[i].witness == w)
			return !v->cosigns[i].future &&
			    v->cosigns[i].when >= x->since;
	}
	return false;
}

static bool
member_holds(const struct view *x, const bool *groups, struct policy_member m)
{
	return m.group ? groups[m.at]
	               : witness_holds(x, &x->p->witnesses[m.at]);
}

/* Groups know only earlier ones: one pass from the front settles all. */
static bool
quorum_holds(const struct view *x)
{
	const struct policy *p = x->p;
	bool groups[POLICY_LIST_MAX];

	for (size_t i = 0; i < p->groups_len; i++) {
		const struct policy_group *g = &p->groups[i];
		size_t have = 0;

		for (size_t j = 0; j < g->members_len; j++) {
			if (member_holds(x, groups, g->members[j]))
				have++;
		}
		groups[i] = have >= g->need;
	}
	return member_holds(x, groups, p->quorum);
}

/* The newest time from which on enough have cosigned; 0: there is none. */
static uint64_t
newest_quorum(const struct policy_verdict *v, const struct policy *p)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < v->cosigns_len; i++) {
		const struct view x = {v, p, v->cosigns[i].when};

		if (!v->cosigns[i].future && x.since > newest &&
		    quorum_holds(&x))
			newest = x.since;
	}
	return newest;
}

static enum policy_quorum
judge_quorum(struct policy_verdict *v, const struct policy *p, uint64_t now)
{
	const struct view all = {v, p, 0};

	if (!p->quorum_set)
		return POLICY_QUORUM_MISSED;
	if (p->quorum_none)
		return POLICY_QUORUM_NONE;
	if (!quorum_holds(&all))
		return POLICY_QUORUM_MISSED;
	v->quorum_when = newest_quorum(v, p);
	return p->max_age_s != 0 && now - v->quorum_when > p->max_age_s
	    ? POLICY_QUORUM_STALE
	    : POLICY_QUORUM_MET;
}

/* A witness is in one group at most, and a group in one. */
static bool
reaches(const struct policy *p, struct policy_member m, size_t witness)
{
	if (!m.group)
		return m.at == witness;
	for (size_t i = 0; i < p->groups[m.at].members_len; i++) {
		if (reaches(p, p->groups[m.at].members[i], witness))
			return true;
	}
	return false;
}

bool
policy_counts(const struct policy *p, const struct policy_witness *w)
{
	return p->quorum_set && !p->quorum_none &&
	    reaches(p, p->quorum, (size_t)(w - p->witnesses));
}

enum err
policy_check(struct policy_verdict *out, const struct policy *p,
    const struct note *n, uint64_t now, struct err_why *why)
{
	struct policy_verdict v = {.log = NULL};
	enum err e;

	e = note_checkpoint_get(&v.checkpoint, n->text, why);
	if (e != ERR_OK)
		return e;
	e = check_log(&v, p, n, why);
	if (e != ERR_OK)
		return e;
	e = check_witnesses(&v, p, n, now, why);
	if (e != ERR_OK)
		return e;
	v.quorum = judge_quorum(&v, p, now);
	*out = v;
	return ERR_OK;
}

enum err
policy_check_quorum(struct policy_verdict *out, const struct policy *p,
    struct bytes note, uint64_t now, struct err_why *why)
{
	struct policy_verdict v;
	struct note n;
	enum err e;

	e = note_parse(&n, note, why);
	if (e != ERR_OK)
		return e;
	e = policy_check(&v, p, &n, now, why);
	if (e != ERR_OK)
		return e;
	if (v.quorum == POLICY_QUORUM_MISSED)
		return err_fail(why, ERR_REFUSED,
		    "the quorum of witnesses is missed: %zu cosigned",
		    v.cosigns_len);
	if (v.quorum == POLICY_QUORUM_STALE)
		return err_fail(why, ERR_REFUSED,
		    "the quorum of witnesses is older than the %llu s that the "
		    "policy allows",
		    (unsigned long long)p->max_age_s);
	*out = v;
	return ERR_OK;
}
