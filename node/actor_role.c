/* actor_role.c - the roles of persons that anything here asks for. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/actor_role.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ROLES_MAX 64 /* those beyond are not listed, but taken */

struct roles {
	const char *at[ROLES_MAX];
	size_t len;
	const char *asked;
	bool found;
};

/* In order of the alphabet, each once. */
static void
add(struct roles *r, const char *role)
{
	size_t at = 0;

	/* In packs it means whoever is enrolled: nobody has it. */
	if (strcmp(role, "any") == 0)
		return;
	r->found |= strcmp(role, r->asked) == 0;
	while (at < r->len && strcmp(r->at[at], role) < 0)
		at++;
	if (r->len == ROLES_MAX ||
	    (at < r->len && strcmp(r->at[at], role) == 0))
		return;
	memmove(&r->at[at + 1], &r->at[at], (r->len - at) * sizeof *r->at);
	r->at[at] = role;
	r->len++;
}

static void
add_cases(struct roles *r, const Pack__CasePolicy *p)
{
	if (p == NULL)
		return;
	add(r, p->reader_role);
	for (size_t i = 0; i < p->n_types; i++)
		for (size_t k = 0; k < p->types[i]->n_steps; k++)
			for (size_t j = 0; j < p->types[i]->steps[k]->n_roles;
			     j++)
				add(r, p->types[i]->steps[k]->roles[j]);
}

static void
collect(struct roles *r, const struct packs *p)
{
	const Pack__Release *release = packs_release(p, INT64_MAX);
	const Pack__AlarmPolicy *a = packs_alarm(p, INT64_MAX);
	const Pack__Work *w;

	add(r, ACTOR_ROLE_ADMIN);
	add(r, ACTOR_ROLE_ISSUER);
	add(r, ACTOR_ROLE_LEGAL);
	add(r, ACTOR_ROLE_OPERATOR);
	add(r, ACTOR_ROLE_SOURCE);
	add_cases(r, packs_cases(p, INT64_MAX));
	if (release != NULL)
		add(r, release->releaser_role);
	for (size_t i = 0; a != NULL && i < a->n_rights; i++)
		for (size_t j = 0; j < a->rights[i]->n_roles; j++)
			add(r, a->rights[i]->roles[j]);
	for (size_t i = 0; (w = packs_each(p, i)) != NULL; i++) {
		for (size_t k = 0; k < w->n_rights; k++)
			for (size_t j = 0; j < w->rights[k]->n_roles; j++)
				add(r, w->rights[k]->roles[j]);
		for (size_t k = 0; k < w->n_steps; k++)
			for (size_t j = 0; j < w->steps[k]->n_roles; j++)
				add(r, w->steps[k]->roles[j]);
	}
}

enum err
actor_role_check(
    const struct packs *p, const Record__Actor *a, struct err_why *why)
{
	char list[300] = "";

	for (size_t i = 0; i < a->n_roles; i++) {
		struct roles r = {.asked = a->roles[i]};

		collect(&r, p);
		if (r.found)
			continue;
		for (size_t k = 0; k < r.len; k++) {
			size_t used = strlen(list);

			(void)snprintf(
			    list + used, sizeof list - used, " %s", r.at[k]);
		}
		return err_fail(why, ERR_REFUSED,
		    "%.40s: nothing asks for this role; known are:%s",
		    a->roles[i], list);
	}
	return ERR_OK;
}
