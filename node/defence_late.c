/* defence_late.c - alarms about members that have not applied a rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence_late.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/defence_heard.h"
#include "node/own_alarm.h"
#include "node/site.h"
#include "proto/mem.h"

#define SOURCE "joint-defence-late"
#define NAMES 256
#define LEVEL 3

struct about {
	struct about *next;
	char *member;
	int64_t since_us; /* known as a member; 0: from the start on */
	struct own_alarm alarm;
};

struct defence_late {
	struct site *site;
	struct about *first;
	bool found; /* what stands open of an earlier run is known */
	bool looked;
};

struct defence_late *
defence_late_new(struct site *s)
{
	struct defence_late *l = mem_alloc(1, sizeof *l);

	l->site = s;
	return l;
}

void
defence_late_free(struct defence_late *l)
{
	while (l != NULL && l->first != NULL) {
		struct about *a = l->first;

		l->first = a->next;
		free(a->member);
		free(a);
	}
	free(l);
}

static struct about *
about(struct defence_late *l, const char *member)
{
	struct about *a;

	for (a = l->first; a != NULL; a = a->next)
		if (strcmp(a->member, member) == 0)
			return a;
	a = mem_alloc(1, sizeof *a);
	a->member = mem_strdup(member);
	a->since_us = l->looked ? site_now(l->site) : 0;
	a->alarm = (struct own_alarm){.site = l->site,
	    .source = SOURCE,
	    .asset = a->member,
	    .level = LEVEL};
	a->next = l->first;
	l->first = a;
	return a;
}

static struct own_alarm *
of(void *arg, const char *asset)
{
	return asset != NULL ? &about(arg, asset)->alarm : NULL;
}

static bool
is_late(struct site *s, const char *member, const char *name, int64_t since_us)
{
	struct defence_heard own, theirs;

	if (defence_heard(&own, s, s->name, name, NULL) != ERR_OK ||
	    defence_heard(&theirs, s, member, name, NULL) != ERR_OK)
		return false;
	if (since_us > own.at_us)
		own.at_us = since_us;
	return defence_heard_is_late(&own, &theirs, site_now(s));
}

bool
defence_late_is(struct site *s, const char *member, const char *name)
{
	return is_late(s, member, name, 0);
}

/* ---- a look ---- */

struct names {
	char *at[NAMES];
	size_t len;
};

static void
collect(void *arg, const char *name)
{
	struct names *n = arg;

	if (n->len < NAMES)
		n->at[n->len++] = mem_strdup(name);
}

/* Whose rules this node follows: an ended one has no proposer any more, and is
 * everybody's where there is no headquarters. */
static bool
is_ours(const struct defence_set *set, const char *name, const char *self)
{
	const struct defence_paper *p = defence_set_find(set, name);

	return set->hq || (p != NULL ? strcmp(p->by, self) == 0 : !set->any_hq);
}

static void
look_at(struct defence_late *l, const struct defence_set *set,
    const struct names *names, const char *member)
{
	struct about *a = about(l, member);
	char text[600];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < names->len; i++) {
		if (!is_ours(set, names->at[i], l->site->name) ||
		    !is_late(l->site, member, names->at[i], a->since_us))
			continue;
		if (n < sizeof text - 64)
			n += (size_t)snprintf(text + n, sizeof text - n,
			    "%s%.50s", n > 0 ? ", " : "", names->at[i]);
	}
	if (n == 0) {
		own_alarm_clear(&a->alarm);
		return;
	}
	own_alarm_raise(&a->alarm,
	    "a member has not applied a joint-defence rule for 90 minutes / "
	    "某成员超过 90 分钟未执行联防规则",
	    text, NULL);
}

void
defence_late_look(struct defence_late *l, const struct defence_set *set)
{
	struct names names = {.len = 0};

	if (!l->found)
		l->found = own_alarm_find(l->site, SOURCE, of, l);
	if (!l->found ||
	    defence_heard_names(l->site, collect, &names, NULL) != ERR_OK)
		names.len = 0;
	for (size_t i = 0; l->found && i < set->members_len; i++)
		if (strcmp(set->members[i], l->site->name) != 0)
			look_at(l, set, &names, set->members[i]);
	/* Whoever is no member any more owes nothing. */
	for (struct about *a = l->first; l->found && a != NULL; a = a->next) {
		bool is = false;

		for (size_t i = 0; i < set->members_len && !is; i++)
			is = strcmp(set->members[i], a->member) == 0;
		if (!is)
			own_alarm_clear(&a->alarm);
	}
	l->looked = set->members_len > 0;
	for (size_t i = 0; i < names.len; i++)
		free(names.at[i]);
}
