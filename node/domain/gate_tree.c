/* gate_tree.c - hierarchies by which a field is made coarser. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/gate_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S INT64_C(86400)

static bool
given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static void
put(struct gate_node *out, const char *name)
{
	(void)snprintf(out->name, sizeof out->name, "%s", name);
}

static const Pack__ReleaseNode *
named(const Pack__ReleaseTree *t, const char *name)
{
	for (size_t i = 0; i < t->n_nodes; i++) {
		if (strcmp(t->nodes[i]->name, name) == 0)
			return t->nodes[i];
	}
	return NULL;
}

/* ---- codes ---- */

/* The level whose codes have so many characters; 0: none. */
static unsigned
level_of(const Pack__ReleaseTree *t, size_t chars)
{
	for (size_t i = 0; i < t->n_prefixes; i++) {
		if (t->prefixes[i] == chars)
			return (unsigned)i + 1;
	}
	return 0;
}

static bool
is_code(const Pack__ReleaseTree *t, const char *text)
{
	if (level_of(t, strlen(text)) == 0)
		return false;
	for (const char *c = text; *c != '\0'; c++) {
		bool letter = *c >= 'A' && *c <= 'Z';

		if (c == text ? !letter : *c < '0' || *c > '9')
			return false;
	}
	return true;
}

/* ---- any ---- */

static bool
means(const Pack__ReleaseNode *n, const char *text)
{
	char *end;
	double v;

	if (strcmp(n->name, text) == 0)
		return true;
	for (size_t i = 0; i < n->n_aliases; i++) {
		if (strcmp(n->aliases[i], text) == 0)
			return true;
	}
	if (!n->has_from || !n->has_to)
		return false;
	v = strtod(text, &end);
	return end != text && *end == '\0' && v >= n->from && v < n->to;
}

bool
gate_tree_find(
    const Pack__ReleaseTree *t, const char *text, struct gate_node *out)
{
	if (!given(text) || strlen(text) >= GATE_NODE_MAX)
		return false;
	for (size_t i = 0; i < t->n_nodes; i++) {
		if (means(t->nodes[i], text)) {
			put(out, t->nodes[i]->name);
			return true;
		}
	}
	if (!is_code(t, text))
		return false;
	put(out, text);
	return true;
}

/* Of a code the shorter one, of any other the parent; "" at the top. */
static void
parent(const Pack__ReleaseTree *t, const char *node, struct gate_node *out)
{
	const Pack__ReleaseNode *n = named(t, node);
	unsigned level;

	if (n != NULL && given(n->parent)) {
		put(out, n->parent);
		return;
	}
	put(out, node);
	level = is_code(t, node) ? level_of(t, strlen(node)) : 0;
	out->name[level > 1 ? t->prefixes[level - 2] : 0] = '\0';
}

unsigned
gate_tree_depth(const Pack__ReleaseTree *t, const char *node)
{
	struct gate_node at;
	unsigned depth = 0;

	put(&at, node);
	while (at.name[0] != '\0' && depth <= GATE_DEPTH_MAX) {
		struct gate_node up;

		parent(t, at.name, &up);
		at = up;
		depth++;
	}
	return depth;
}

void
gate_tree_up(const Pack__ReleaseTree *t, const char *node, unsigned depth,
    struct gate_node *out)
{
	unsigned now = gate_tree_depth(t, node);

	put(out, node);
	while (now > depth) {
		struct gate_node up;

		parent(t, out->name, &up);
		*out = up;
		now--;
	}
}

bool
gate_tree_within(
    const Pack__ReleaseTree *t, const char *node, const char *above)
{
	struct gate_node up;

	if (above[0] == '\0')
		return true;
	gate_tree_up(t, node, gate_tree_depth(t, above), &up);
	return strcmp(up.name, above) == 0;
}

/* ---- is it whole ---- */

static enum err
check_node(const Pack__ReleaseTree *t, size_t i, const char *field,
    struct err_why *why)
{
	const Pack__ReleaseNode *n = t->nodes[i];

	if (!given(n->name) || strlen(n->name) >= GATE_NODE_MAX ||
	    strchr(n->name, '/') != NULL)
		return err_fail(why, ERR_MALFORMED,
		    "%s.nodes[%zu]: name is missing, too long, or has a slash",
		    field, i);
	for (size_t k = 0; k < i; k++) {
		if (strcmp(t->nodes[k]->name, n->name) == 0)
			return err_fail(why, ERR_MALFORMED,
			    "%s.nodes[%zu]: %.40s is there twice", field, i,
			    n->name);
	}
	if (given(n->parent) && named(t, n->parent) == NULL &&
	    !is_code(t, n->parent))
		return err_fail(why, ERR_MALFORMED,
		    "%s.nodes[%zu]: there is no parent %.40s", field, i,
		    n->parent);
	if (gate_tree_depth(t, n->name) > t->n_levels)
		return err_fail(why, ERR_MALFORMED,
		    "%s.nodes[%zu]: %.40s lies deeper than the levels, or "
		    "belongs to itself",
		    field, i, n->name);
	return ERR_OK;
}

enum err
gate_tree_check(
    const Pack__ReleaseTree *t, const char *field, struct err_why *why)
{
	enum err e = ERR_OK;

	if (t->n_levels == 0 || t->n_levels >= GATE_DEPTH_MAX ||
	    t->n_prefixes > t->n_levels ||
	    (t->has_finest && (t->finest == 0 || t->finest > t->n_levels)))
		return err_fail(why, ERR_MALFORMED,
		    "%s: levels are missing, or finest or prefixes are none of "
		    "them",
		    field);
	for (size_t i = 0; i < t->n_prefixes; i++) {
		if (t->prefixes[i] == 0 || t->prefixes[i] > 16 ||
		    (i > 0 && t->prefixes[i] <= t->prefixes[i - 1]))
			return err_fail(why, ERR_MALFORMED,
			    "%s.prefixes[%zu]: they ascend, up to 16", field,
			    i);
	}
	for (size_t i = 0; i < t->n_nodes && e == ERR_OK; i++)
		e = check_node(t, i, field, why);
	return e;
}

/* ---- time ---- */

static const char *const times[] = {
    "", "year", "quarter", "month", "week", "day"};

const char *
gate_time_text(enum gate_time t)
{
	return t <= GATE_DAY ? times[t] : "";
}

enum gate_time
gate_time_find(const char *text)
{
	for (enum gate_time t = GATE_YEAR; t <= GATE_DAY; t++) {
		if (given(text) && strcmp(times[t], text) == 0)
			return t;
	}
	return 0;
}

/* Microseconds at which a month begins; months may run over. */
static int64_t
month_begins(int year, int month)
{
	struct tm tm = {.tm_year = year, .tm_mon = month, .tm_mday = 1};

	return (int64_t)timegm(&tm) * 1000000;
}

/* The words of a level; 0: they do not fit. */
static size_t
period_text(enum gate_time level, const struct tm *tm, char out[static 16])
{
	int n;

	switch (level) {
	case GATE_YEAR:
		return strftime(out, 16, "%Y", tm);
	case GATE_QUARTER:
		n = snprintf(out, 16, "%04u-Q%u",
		    (unsigned)(tm->tm_year + 1900) % 10000u,
		    (unsigned)tm->tm_mon / 3 % 4u + 1);
		return n > 0 ? (size_t)n : 0;
	case GATE_MONTH:
		return strftime(out, 16, "%Y-%m", tm);
	case GATE_WEEK:
		return strftime(out, 16, "%G-W%V", tm);
	case GATE_DAY:
	default:
		return strftime(out, 16, "%Y-%m-%d", tm);
	}
}

bool
gate_time_period(enum gate_time level, int64_t us, char out[static 16],
    int64_t span[static 2])
{
	int months = level == GATE_YEAR ? 12 : level == GATE_QUARTER ? 3 : 1;
	time_t t = (time_t)(us / 1000000);
	int64_t day = us / 1000000 / DAY_S * DAY_S;
	bool week = level == GATE_WEEK;
	struct tm tm;
	int first;

	out[0] = '\0';
	if (us < 0 || level < GATE_YEAR || level > GATE_DAY ||
	    gmtime_r(&t, &tm) == NULL || tm.tm_year > 8000 ||
	    period_text(level, &tm, out) == 0)
		return false;
	if (level >= GATE_WEEK) {
		day -= (week ? (tm.tm_wday + 6) % 7 : 0) * DAY_S;
		span[0] = day * 1000000;
		span[1] = (day + (week ? 7 : 1) * DAY_S) * 1000000;
		return true;
	}
	first = tm.tm_mon / months * months;
	span[0] = month_begins(tm.tm_year, first);
	span[1] = month_begins(tm.tm_year, first + months);
	return true;
}
