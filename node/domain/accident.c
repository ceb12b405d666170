/* accident.c - classes of accidents, in the standard of their time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/accident.h"

#include <string.h>

bool
accident_known(const Pack__Accidents *p, const char *code)
{
	for (size_t i = 0; p != NULL && i < p->n_classes; i++) {
		if (strcmp(p->classes[i]->code, code) == 0)
			return true;
	}
	return false;
}

static bool
is_given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

enum err
accident_check(const Pack__Accidents *p, struct err_why *why)
{
	if (!is_given(p->version) || !p->has_effective_at ||
	    !is_given(p->standard) || p->n_classes == 0)
		return err_fail(why, ERR_MALFORMED,
		    "$.accidents: version, effectiveAt, standard or classes "
		    "are missing");
	for (size_t i = 0; i < p->n_classes; i++) {
		const Pack__AccidentClass *c = p->classes[i];

		if (!is_given(c->code) || !is_given(c->title) ||
		    !is_given(c->title_zh))
			return err_fail(why, ERR_MALFORMED,
			    "$.accidents.classes[%zu]: code, title or titleZh "
			    "is missing",
			    i);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(p->classes[k]->code, c->code) == 0)
				return err_fail(why, ERR_MALFORMED,
				    "$.accidents.classes[%zu]: %.40s is there "
				    "twice",
				    i, c->code);
		}
	}
	return ERR_OK;
}
