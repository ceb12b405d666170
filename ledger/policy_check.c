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

static bool
witness_holds(const struct policy_verdict *v, const struct policy_witness *w)
{
	for (size_t i = 0; i < v->cosigns_len; i++) {
		if (v->cosigns[i].witness == w)
			return !v->cosigns[i].future;
	}
	return false;
}

static bool
member_holds(const struct policy_verdict *v, const struct policy *p,
    const bool *groups, struct policy_member m)
{
	return m.group ? groups[m.at] : witness_holds(v, &p->witnesses[m.at]);
}

/* Groups know only earlier ones: one pass from the front settles all. */
static bool
quorum_holds(const struct policy_verdict *v, const struct policy *p)
{
	bool groups[POLICY_LIST_MAX];

	for (size_t i = 0; i < p->groups_len; i++) {
		const struct policy_group *g = &p->groups[i];
		size_t have = 0;

		for (size_t j = 0; j < g->members_len; j++) {
			if (member_holds(v, p, groups, g->members[j]))
				have++;
		}
		groups[i] = have >= g->need;
	}
	return member_holds(v, p, groups, p->quorum);
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
	if (!p->quorum_set)
		v.quorum = POLICY_QUORUM_MISSED;
	else if (p->quorum_none)
		v.quorum = POLICY_QUORUM_NONE;
	else if (quorum_holds(&v, p))
		v.quorum = POLICY_QUORUM_MET;
	else
		v.quorum = POLICY_QUORUM_MISSED;
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
	*out = v;
	return ERR_OK;
}
