/* rule.c - reasons that people read: code, clause, text and fix. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/rule.h"

#include <assert.h>
#include <stdio.h>
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

void
rule_miss(struct rule_gaps *list, struct rule_gap gap)
{
	if (list->len < RULE_GAPS_MAX)
		list->at[list->len++] = gap;
}

void
rule_say(struct rule_said *out, const struct rule_gap *gap)
{
	size_t n = 0;

	*out = (struct rule_said){.what = ""};
	if (gap->what != NULL)
		(void)snprintf(out->what, sizeof out->what, "%s", gap->what);
	if (gap->clause != NULL)
		(void)snprintf(
		    out->clause, sizeof out->clause, "%s", gap->clause);
	for (size_t i = 0; i < gap->who_len && n < sizeof out->who; i++) {
		(void)snprintf(out->who + n, sizeof out->who - n, "%s%s",
		    i > 0 ? ", " : "", gap->who[i]);
		n = strlen(out->who);
	}
}
