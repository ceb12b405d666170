/* credential_pack.c - what certificates are, by the pack that says so. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/credential_pack.h"

#include <string.h>
#include <strings.h>

#include "node/domain/packs.h"

#define MONTHS_MAX 600
#define DAYS_MAX 366
#define CLASS_NAME_MAX 64

static bool
named(const char *s)
{
	return s != NULL && s[0] != '\0' && strlen(s) <= CLASS_NAME_MAX;
}

static size_t
trimmed(const char **s)
{
	size_t n;

	*s += strspn(*s, " \t");
	n = strlen(*s);
	while (n > 0 && ((*s)[n - 1] == ' ' || (*s)[n - 1] == '\t'))
		n--;
	return n;
}

const Pack__CredentialClass *
credential_pack_class(const Pack__Credentials *p, const char *name)
{
	size_t n;

	if (p == NULL || name == NULL)
		return NULL;
	n = trimmed(&name);
	for (size_t i = 0; i < p->n_classes; i++) {
		const char *have = p->classes[i]->name;

		if (strlen(have) == n && strncasecmp(have, name, n) == 0)
			return p->classes[i];
	}
	return NULL;
}

static bool
is_believed(const Pack__CredentialTrust *t, const char *issuer, Fed__Role role)
{
	bool found = false;

	for (size_t i = 0; i < t->n_issuers && !found; i++)
		found = strcmp(t->issuers[i], issuer) == 0;
	for (size_t i = 0; i < t->n_roles && !found; i++)
		found = t->roles[i] == role;
	return found;
}

static bool
is_about(const Pack__CredentialTrust *t, const Pack__CredentialClass *c)
{
	bool found = false;

	for (size_t i = 0; i < t->n_classes && !found; i++)
		found = strcasecmp(t->classes[i], c->name) == 0;
	for (size_t i = 0; i < t->n_families && !found; i++)
		found = t->families[i] == c->family;
	return found;
}

bool
credential_pack_trusts(const Pack__Credentials *p,
    const Pack__CredentialClass *c, const char *issuer, Fed__Role role)
{
	bool found = false;

	if (p == NULL || c == NULL || role == FED__ROLE__ROLE_UNSPECIFIED)
		return false;
	if (p->n_trust == 0)
		return c->family == PACK__CREDENTIAL_CLASS__FAMILY__OPERATOR ||
		    c->family ==
		    PACK__CREDENTIAL_CLASS__FAMILY__EQUIPMENT_OPERATOR;
	for (size_t i = 0; i < p->n_trust && !found; i++)
		found = is_believed(p->trust[i], issuer, role) &&
		    is_about(p->trust[i], c);
	return found;
}

const Pack__CredentialReason *
credential_pack_reason(const Pack__Credentials *p,
    Record__Certificate__Action action, const char *code)
{
	for (size_t i = 0; p != NULL && code != NULL && i < p->n_reasons; i++) {
		if (p->reasons[i]->action == action &&
		    strcmp(p->reasons[i]->code, code) == 0)
			return p->reasons[i];
	}
	return NULL;
}

const Pack__CredentialScore *
credential_pack_score(const Pack__Credentials *p, const char *model)
{
	for (size_t i = 0; p != NULL && model != NULL && i < p->n_scores; i++) {
		if (strcmp(p->scores[i]->model, model) == 0)
			return p->scores[i];
	}
	return NULL;
}

const Pack__CredentialRight *
credential_pack_right(
    const Pack__Credentials *p, Record__Certificate__Action action)
{
	for (size_t i = 0; p != NULL && i < p->n_rights; i++) {
		if (p->rights[i]->action == action)
			return p->rights[i];
	}
	return NULL;
}

bool
credential_pack_needs(
    const Pack__CredentialNeed *n, const char *work_type, const char *role)
{
	const char *mine = n->role != NULL ? n->role : CREDENTIAL_WORKER;
	bool here = n->n_work_types == 0;

	for (size_t i = 0; i < n->n_work_types; i++) {
		if (strcasecmp(n->work_types[i], work_type) == 0)
			here = true;
	}
	return here && strcmp(mine, role) == 0;
}

#define LACK(name) RECORD__DECISION_FACTS__NEED__LACK__##name

Record__DecisionFacts__Need__Lack
credential_pack_lacking(const Pack__CredentialNeed *n)
{
	if (n->lacking != LACK(LACK_UNSPECIFIED))
		return n->lacking;
	return n->if_known ? LACK(WARN) : LACK(DENY);
}

const struct rule *
credential_pack_lack(
    const Pack__CredentialClass *c, Record__DecisionFacts__Need__Lack lack)
{
	static const struct {
		enum rule_id unrecorded, not_kept;
	} by[] = {
	    [PACK__CREDENTIAL_CLASS__FAMILY__HEALTH] = {RULE_HEALTH_UNRECORDED,
	        RULE_HEALTH_NOT_KEPT},
	    [PACK__CREDENTIAL_CLASS__FAMILY__TRAINING] =
	        {RULE_TRAINING_UNRECORDED, RULE_TRAINING_NOT_KEPT},
	    [PACK__CREDENTIAL_CLASS__FAMILY__COMPANY] =
	        {RULE_COMPANY_UNRECORDED, RULE_COMPANY_NOT_KEPT},
	    [PACK__CREDENTIAL_CLASS__FAMILY__EQUIPMENT] =
	        {RULE_EQUIPMENT_UNRECORDED, RULE_EQUIPMENT_NOT_KEPT},
	};
	size_t family = c != NULL ? (size_t)c->family : 0;
	bool own =
	    family >= sizeof by / sizeof by[0] || by[family].unrecorded == 0;

	if (lack == LACK(WARN))
		return rule_get(
		    own ? RULE_CREDENTIAL_NOT_KEPT : by[family].not_kept);
	if (lack == LACK(INDETERMINATE))
		return rule_get(
		    own ? RULE_CREDENTIAL_UNRECORDED : by[family].unrecorded);
	return lack == LACK(DENY) &&
	        family == PACK__CREDENTIAL_CLASS__FAMILY__EQUIPMENT
	    ? rule_get(RULE_EQUIPMENT_UNRECORDED)
	    : NULL;
}

const Pack__CredentialNeed *
credential_pack_part(
    const Pack__Credentials *p, const char *work_type, const char *role)
{
	const Pack__CredentialNeed *gravest = NULL;

	for (size_t i = 0; p != NULL && work_type != NULL && i < p->n_needs;
	     i++) {
		const Pack__CredentialNeed *n = p->needs[i];

		if (credential_pack_needs(n, work_type, role) &&
		    (gravest == NULL ||
		        credential_pack_lacking(n) <
		            credential_pack_lacking(gravest)))
			gravest = n;
	}
	return gravest;
}

bool
credential_pack_is_thing(const char *role)
{
	return role != NULL &&
	    (strcmp(role, CREDENTIAL_EQUIPMENT) == 0 ||
	        strcmp(role, CREDENTIAL_INSTRUMENT) == 0);
}

static bool
names_class(const Pack__CredentialNeed *n, const char *class)
{
	for (size_t i = 0; i < n->n_classes; i++) {
		if (strcasecmp(n->classes[i], class) == 0)
			return true;
	}
	return false;
}

/* Under any condition of `n`, where it has some; one of a list does. */
static bool
whenever(const Pack__CredentialNeed *n, const Pack__CredentialNeed *l)
{
	bool all = l->n_when == 0 || n->n_when > 0;

	for (size_t i = 0; i < n->n_when && l->n_when > 0; i++) {
		bool found = false;

		for (size_t k = 0; k < l->n_when; k++)
			found |= strcmp(n->when[i], l->when[k]) == 0;
		all &= found;
	}
	return all;
}

/* Does `l` ask of everybody what `n` asks, and take its lack as gravely? */
static bool
asks_as_much(const Pack__CredentialNeed *n, const Pack__CredentialNeed *l)
{
	const char *role = n->role != NULL ? n->role : CREDENTIAL_WORKER;

	if (credential_pack_lacking(l) > credential_pack_lacking(n) ||
	    !whenever(n, l) || !l->of_company != !n->of_company ||
	    (n->n_work_types == 0 && l->n_work_types > 0))
		return false;
	for (size_t i = 0; i < l->n_classes; i++) {
		if (!names_class(n, l->classes[i]))
			return false;
	}
	for (size_t i = 0; i < n->n_work_types; i++) {
		if (!credential_pack_needs(l, n->work_types[i], role))
			return false;
	}
	return credential_pack_needs(
	    l, n->n_work_types > 0 ? n->work_types[0] : "", role);
}

const Pack__CredentialNeed *
credential_pack_less(const Pack__Credentials *p, const Pack__Credentials *than)
{
	for (size_t i = 0; i < p->n_needs; i++) {
		bool found = false;

		for (size_t k = 0; k < than->n_needs && !found; k++)
			found = asks_as_much(p->needs[i], than->needs[k]);
		if (!found)
			return p->needs[i];
	}
	return NULL;
}

static enum err
check_class(const Pack__Credentials *p, const Pack__CredentialClass *c,
    struct err_why *why)
{
	if (!named(c->name))
		return err_fail(
		    why, ERR_MALFORMED, "name: missing or too long");
	if (!c->has_family || c->family == 0)
		return err_fail(why, ERR_MALFORMED, "family: missing");
	if (c->validity_months > MONTHS_MAX || c->review_months > MONTHS_MAX ||
	    c->long_review_months > MONTHS_MAX || c->idle_months > MONTHS_MAX ||
	    c->apply_days > DAYS_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "a term is over %d months or %d days", MONTHS_MAX,
		    DAYS_MAX);
	if (c->source == NULL || !c->has_confirmed)
		return err_fail(why, ERR_MALFORMED,
		    "source and confirmed: missing; say where its numbers are "
		    "from");
	for (size_t i = 0; p->classes[i] != c; i++) {
		if (strcasecmp(p->classes[i]->name, c->name) == 0)
			return err_fail(
			    why, ERR_MALFORMED, "name: there twice");
	}
	return ERR_OK;
}

static enum err
check_need(const Pack__Credentials *p, const Pack__CredentialNeed *n,
    struct err_why *why)
{
	if (n->n_classes == 0)
		return err_fail(why, ERR_MALFORMED, "classes: missing");
	if (n->if_known && n->has_lacking)
		return err_fail(why, ERR_MALFORMED,
		    "lacking: says what ifKnown said; leave ifKnown out");
	for (size_t i = 0; i < n->n_when; i++) {
		if (packs_condition(n->when[i]) == 0)
			return err_fail(why, ERR_MALFORMED,
			    "%.64s: there is no such condition", n->when[i]);
	}
	for (size_t i = 0; i < n->n_classes; i++) {
		if (credential_pack_class(p, n->classes[i]) == NULL)
			return err_fail(why, ERR_MALFORMED,
			    "classes[%zu]: the pack has no such class", i);
	}
	return ERR_OK;
}

static enum err
check_reasons(const Pack__Credentials *p, struct err_why *why)
{
	for (size_t i = 0; i < p->n_reasons; i++) {
		const Pack__CredentialReason *r = p->reasons[i];

		if (!r->has_action || r->action == 0 || !named(r->code) ||
		    credential_pack_reason(p, r->action, r->code) != r)
			return err_fail(why, ERR_MALFORMED,
			    "reasons[%zu] is incomplete or doubled", i);
		if (r->bar_months > MONTHS_MAX)
			return err_fail(why, ERR_MALFORMED,
			    "reasons[%zu]: barMonths over %d", i, MONTHS_MAX);
	}
	for (size_t i = 0; i < p->n_rights; i++) {
		const Pack__CredentialRight *r = p->rights[i];

		if (!r->has_action || r->n_roles == 0 ||
		    credential_pack_right(p, r->action) != r)
			return err_fail(why, ERR_MALFORMED,
			    "rights[%zu] is incomplete or doubled", i);
	}
	return ERR_OK;
}

static enum err
check_trust(const Pack__Credentials *p, const Pack__CredentialTrust *t,
    struct err_why *why)
{
	bool ok = t->n_issuers + t->n_roles > 0 &&
	    t->n_classes + t->n_families > 0 &&
	    t->n_issuers <= CREDENTIAL_ISSUERS_MAX;

	for (size_t i = 0; i < t->n_roles; i++)
		ok = ok && t->roles[i] != FED__ROLE__ROLE_UNSPECIFIED;
	for (size_t i = 0; i < t->n_families; i++)
		ok = ok && t->families[i] != 0;
	if (!ok)
		return err_fail(why, ERR_MALFORMED,
		    "expected issuers (at most %d) or roles, and classes or "
		    "families",
		    CREDENTIAL_ISSUERS_MAX);
	for (size_t i = 0; i < t->n_classes; i++) {
		if (credential_pack_class(p, t->classes[i]) == NULL)
			return err_fail(why, ERR_MALFORMED,
			    "classes[%zu]: the pack has no such class", i);
	}
	return ERR_OK;
}

static enum err
check_scores(const Pack__Credentials *p, struct err_why *why)
{
	for (size_t i = 0; i < p->n_scores; i++) {
		const Pack__CredentialScore *s = p->scores[i];

		if (!named(s->model) || !s->has_hold_from ||
		    s->source == NULL ||
		    credential_pack_score(p, s->model) != s)
			return err_fail(why, ERR_MALFORMED,
			    "scores[%zu] is incomplete or doubled", i);
	}
	return ERR_OK;
}

static enum err
check_warnings(const Pack__Credentials *p, struct err_why *why)
{
	bool ok =
	    p->n_warn_days > 0 && p->n_warn_days <= CREDENTIAL_WARNINGS_MAX;

	for (size_t i = 0; ok && i < p->n_warn_days; i++)
		ok = p->warn_days[i] > 0 && p->warn_days[i] <= DAYS_MAX &&
		    (i == 0 || p->warn_days[i] < p->warn_days[i - 1]);
	if (!ok)
		return err_fail(why, ERR_MALFORMED,
		    "warnDays: expected 1 to %d, each less than the one before",
		    CREDENTIAL_WARNINGS_MAX);
	if (!p->has_day_offset_minutes || p->day_offset_minutes < -840 ||
	    p->day_offset_minutes > 840)
		return err_fail(why, ERR_MALFORMED,
		    "dayOffsetMinutes: missing or over 14 hours");
	return ERR_OK;
}

enum err
credential_pack_check(const Pack__Credentials *p, struct err_why *why)
{
	enum err e = ERR_OK;

	if (!named(p->version) || !p->has_effective_at)
		return err_fail(why, ERR_MALFORMED,
		    "credentials: version or effectiveAt is missing");
	if (p->n_classes == 0 || p->n_classes > CREDENTIAL_CLASSES_MAX ||
	    p->n_needs > CREDENTIAL_NEEDS_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "credentials: expected 1 to %d classes, at most %d needs",
		    CREDENTIAL_CLASSES_MAX, CREDENTIAL_NEEDS_MAX);
	for (size_t i = 0; i < p->n_classes && e == ERR_OK; i++) {
		e = check_class(p, p->classes[i], why);
		if (e != ERR_OK)
			return err_wrap(why, e, "credentials.classes[%zu]", i);
	}
	for (size_t i = 0; i < p->n_needs; i++) {
		e = check_need(p, p->needs[i], why);
		if (e != ERR_OK)
			return err_wrap(why, e, "credentials.needs[%zu]", i);
	}
	for (size_t i = 0; i < p->n_trust; i++) {
		e = check_trust(p, p->trust[i], why);
		if (e != ERR_OK)
			return err_wrap(why, e, "credentials.trust[%zu]", i);
	}
	e = check_reasons(p, why);
	if (e == ERR_OK)
		e = check_scores(p, why);
	if (e == ERR_OK)
		e = check_warnings(p, why);
	return e == ERR_OK ? ERR_OK : err_wrap(why, e, "credentials");
}
