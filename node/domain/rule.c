/* rule.c - reasons that people read: code, clause, text and fix. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/rule.h"

#include <assert.h>
#include <string.h>

#define RULE_ROW(code, clause, text, text_zh, fix, fix_zh) \
	{#code, clause, text, text_zh, fix, fix_zh},
static const struct rule table[RULE_COUNT] = {RULE_LIST(RULE_ROW)};
#undef RULE_ROW

const struct rule *
rule_get(enum rule_id id)
{
	assert(id < RULE_COUNT);
	return &table[id];
}

const struct rule *
rule_find(const char *code)
{
	for (size_t i = 0; code != NULL && i < RULE_COUNT; i++) {
		if (strcmp(table[i].code, code) == 0)
			return &table[i];
	}
	return NULL;
}

enum err
rule_fail(
    struct err_why *why, enum err e, const struct rule *r, const char *path)
{
	(void)err_both(why, e, r->text, r->text_zh);
	return path != NULL ? err_wrap(why, e, "%s", path) : e;
}

void
rule_add(struct rule_list *list, const struct rule *r)
{
	for (size_t i = 0; i < list->len; i++) {
		if (list->at[i] == r)
			return;
	}
	if (list->len < RULE_LIST_MAX)
		list->at[list->len++] = r;
}
