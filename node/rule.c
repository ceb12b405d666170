/* rule.c - reasons that people read: code, clause, text and fix. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/rule.h"

#include <assert.h>

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
