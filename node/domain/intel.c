/* intel.c - the gate that risk intelligence passes on its way out. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/intel.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "proto/mem.h"

#define WORD_MIN 3
#define DIGITS_MAX 10 /* more in a row can be a person's number */

static bool
listed(char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

static void
set_text(char **field, const char *value)
{
	if (value != NULL && value[0] != '\0')
		*field = mem_strdup(value);
}

static const char *
region_of(const Pack__Release *policy, const char *area)
{
	for (size_t i = 0; i < policy->n_regions; i++) {
		const char *want = policy->regions[i]->area;
		size_t len = want != NULL ? strlen(want) : 0;
		bool prefix = len > 0 && want[len - 1] == '*';

		if (want == NULL)
			continue;
		if (prefix ? area != NULL || len == 1
		           : area != NULL && strcmp(want, area) == 0) {
			if (prefix && len > 1 &&
			    strncmp(want, area, len - 1) != 0)
				continue;
			return policy->regions[i]->region;
		}
	}
	return NULL;
}

static char *
month_of(int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;
	char text[32];

	if (gmtime_r(&t, &tm) == NULL)
		return NULL;
	(void)snprintf(
	    text, sizeof text, "%04d-%02d", tm.tm_year + 1900, tm.tm_mon + 1);
	return mem_strdup(text);
}

#define ALLOWS(policy, name) listed((policy)->fields, (policy)->n_fields, name)
#define TEXT_OK(policy, name) listed((policy)->texts, (policy)->n_texts, name)

/* The one place where fields cross from a record into an item. */
static void
copy_fields(
    const Pack__Release *p, const struct intel_source *s, Record__Intel *m)
{
	const Record__Case *c = s->basis_case;

	if (ALLOWS(p, "month"))
		m->month = month_of(s->occurred_us);
	if (ALLOWS(p, "region"))
		set_text(&m->region, region_of(p, s->area));
	if (c == NULL) {
		if (ALLOWS(p, "hazard"))
			set_text(&m->hazard, s->alarm->kind);
		return;
	}
	if (ALLOWS(p, "industry"))
		set_text(&m->industry, c->industry);
	if (ALLOWS(p, "hazard"))
		set_text(&m->hazard, c->hazard);
	if (ALLOWS(p, "equipment"))
		set_text(&m->equipment, c->equipment);
	if (ALLOWS(p, "severity"))
		set_text(&m->severity, c->severity);
	if (ALLOWS(p, "potential"))
		set_text(&m->potential, c->potential);
}

/* Of TLP 2.0 what may go to every member; RED is for named persons only. */
static bool
tlp_for_all(const char *label)
{
	static const char *const labels[] = {
	    "CLEAR", "GREEN", "AMBER", "AMBER+STRICT"};

	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		if (strcmp(label, labels[i]) == 0)
			return true;
	}
	return false;
}

const struct rule *
intel_draft(const Pack__Release *policy, const struct intel_source *source,
    const struct intel_texts *texts, Record__Intel **out)
{
	Record__Intel *m;

	if (policy == NULL)
		return rule_get(RULE_INTEL_POLICY);
	if (source->alarm == NULL && source->basis_case == NULL)
		return rule_get(RULE_INTEL_BASIS);
	if (texts->tlp != NULL && !tlp_for_all(texts->tlp))
		return rule_get(RULE_INTEL_TLP);
	m = mem_alloc(1, sizeof *m);
	record__intel__init(m);
	m->has_action = true;
	m->action = RECORD__INTEL__ACTION__DRAFT;
	copy_fields(policy, source, m);
	set_text(&m->type, texts->type != NULL ? texts->type : "lesson");
	set_text(&m->tlp, texts->tlp != NULL ? texts->tlp : "AMBER");
	set_text(&m->title, texts->title);
	set_text(&m->narrative, texts->narrative);
	m->recommended =
	    mem_alloc(texts->n_recommended + 1, sizeof *m->recommended);
	for (size_t i = 0; i < texts->n_recommended; i++)
		m->recommended[m->n_recommended++] =
		    mem_strdup(texts->recommended[i]);
	set_text(&m->policy_version, policy->version);
	if (m->hazard == NULL && m->n_recommended == 0 &&
	    m->narrative == NULL) {
		record__intel__free_unpacked(m, NULL);
		return rule_get(RULE_INTEL_EMPTY);
	}
	*out = m;
	return NULL;
}

Record__Intel *
intel_release(
    const Pack__Release *policy, const Record__Intel *draft, const char *source)
{
	Record__Intel *m = mem_alloc(1, sizeof *m);

	record__intel__init(m);
	m->has_action = true;
	m->action = RECORD__INTEL__ACTION__RELEASE;
	set_text(&m->intel_id, draft->intel_id);
	set_text(&m->source, source);
	set_text(&m->label, policy->label);
	set_text(&m->policy_version, policy->version);
	const struct {
		const char *name;
		char **to;
		const char *from;
	} fields[] = {
	    {"type", &m->type, draft->type},
	    {"tlp", &m->tlp, draft->tlp},
	    {"month", &m->month, draft->month},
	    {"region", &m->region, draft->region},
	    {"industry", &m->industry, draft->industry},
	    {"hazard", &m->hazard, draft->hazard},
	    {"work_type", &m->work_type, draft->work_type},
	    {"equipment", &m->equipment, draft->equipment},
	    {"severity", &m->severity, draft->severity},
	    {"potential", &m->potential, draft->potential},
	};
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (ALLOWS(policy, fields[i].name))
			set_text(fields[i].to, fields[i].from);
	}
	if (TEXT_OK(policy, "title"))
		set_text(&m->title, draft->title);
	if (TEXT_OK(policy, "narrative"))
		set_text(&m->narrative, draft->narrative);
	if (!TEXT_OK(policy, "recommended"))
		return m;
	m->recommended =
	    mem_alloc(draft->n_recommended + 1, sizeof *m->recommended);
	for (size_t i = 0; i < draft->n_recommended; i++)
		m->recommended[m->n_recommended++] =
		    mem_strdup(draft->recommended[i]);
	return m;
}

/* ---- residual identifiers ---- */

void
intel_words_add(struct intel_words *w, const char *word)
{
	if (word == NULL || strlen(word) < WORD_MIN)
		return;
	w->at = mem_resize(w->at, w->len + 1, sizeof *w->at);
	w->at[w->len++] = mem_strdup(word);
}

void
intel_words_add_node(struct intel_words *w, const char *name)
{
	char *copy = mem_strdup(name);
	char *rest = copy;
	char *label;

	intel_words_add(w, name);
	while ((label = strsep(&rest, "./")) != NULL) {
		if (rest != NULL) /* the last label is nobody's name */
			intel_words_add(w, label);
	}
	free(copy);
}

void
intel_words_clear(struct intel_words *w)
{
	for (size_t i = 0; i < w->len; i++)
		free(w->at[i]);
	free(w->at);
	*w = (struct intel_words){0};
}

/* Length of a digit at s (ASCII or full-width), 0: none. */
static size_t
digit_len(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (isdigit(u[0]))
		return 1;
	if (u[0] == 0xef && u[1] == 0xbc && u[2] >= 0x90 && u[2] <= 0x99)
		return 3;
	return 0;
}

static bool
long_number(const char *text)
{
	size_t run = 0;

	for (const char *s = text; *s != '\0';) {
		size_t n = digit_len(s);

		if (n > 0) {
			if (++run > DIGITS_MAX)
				return true;
			s += n;
			continue;
		}
		/* Blanks and hyphens do not make a number another one. */
		if (*s != ' ' && *s != '-' && *s != '\t')
			run = 0;
		s++;
	}
	return false;
}

static bool
mail_address(const char *text)
{
	for (const char *at = strchr(text, '@'); at != NULL;
	     at = strchr(at + 1, '@')) {
		if (at > text && !isspace((unsigned char)at[-1]) &&
		    at[1] != '\0' && !isspace((unsigned char)at[1]))
			return true;
	}
	return strstr(text, "\xef\xbc\xa0") != NULL; /* full-width @ */
}

bool
intel_text_ok(const char *text, const struct intel_words *words)
{
	if (text == NULL)
		return true;
	if (long_number(text) || mail_address(text))
		return false;
	for (size_t i = 0; i < words->len; i++) {
		if (strcasestr(text, words->at[i]) != NULL)
			return false;
	}
	return true;
}

bool
intel_scrub(const Record__Intel *item, const struct intel_words *words)
{
	const char *const fields[] = {item->type, item->tlp, item->region,
	    item->industry, item->hazard, item->work_type, item->equipment,
	    item->severity, item->potential, item->title, item->narrative};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (!intel_text_ok(fields[i], words))
			return false;
	}
	for (size_t i = 0; i < item->n_recommended; i++) {
		if (!intel_text_ok(item->recommended[i], words))
			return false;
	}
	return true;
}
