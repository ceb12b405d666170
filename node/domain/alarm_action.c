/* alarm_action.c - what is to be done about an alarm, and who says so. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/alarm_action.h"

#include <string.h>
#include <strings.h>

#define CLASSES_MAX 64
#define ACTIONS_MAX 8 /* of one class */
#define TEXT_MAX 400

static bool
holds(const Pack__AlarmClass *c, const Record__Alarm *a)
{
	bool kind = c->n_kinds == 0;
	bool level = c->n_levels == 0;

	for (size_t i = 0; i < c->n_kinds; i++)
		kind |=
		    a->kind != NULL && strcasecmp(c->kinds[i], a->kind) == 0;
	for (size_t i = 0; i < c->n_levels; i++)
		level |= c->levels[i] == a->level;
	return kind && level;
}

struct alarm_action
alarm_action(const Pack__AlarmPolicy *p, const Record__Alarm *raised)
{
	const Pack__AlarmClass *class = NULL;

	if (raised->n_recommended > 0)
		return (struct alarm_action){
		    .at = raised->recommended, .len = raised->n_recommended};
	for (size_t i = 0; p != NULL && i < p->n_classes && class == NULL; i++)
		if (holds(p->classes[i], raised))
			class = p->classes[i];
	if (!raised->actionable && (class == NULL || !class->actionable))
		return (struct alarm_action){.len = 0};
	if (class == NULL || class->n_recommended == 0)
		return (struct alarm_action){.missing = true};
	return (struct alarm_action){.at = class->recommended,
	    .len = class->n_recommended,
	    .by_policy = true};
}

static bool
fits(const char *s)
{
	return s == NULL || (s[0] != '\0' && strlen(s) <= TEXT_MAX);
}

/* A verb with what it is done to, or a sentence. */
static bool
says_what(const Record__Recommended *r)
{
	return (r->verb != NULL || r->text != NULL) && fits(r->verb) &&
	    fits(r->text) && fits(r->asset) && fits(r->parameter);
}

static enum err
check_class(const Pack__AlarmClass *c, struct err_why *why)
{
	if (c->name == NULL || !fits(c->name))
		return err_fail(
		    why, ERR_MALFORMED, "name: missing or too long");
	for (size_t i = 0; i < c->n_levels; i++)
		if (c->levels[i] < 1 || c->levels[i] > 3)
			return err_fail(
			    why, ERR_MALFORMED, "levels: expected 1, 2, 3");
	if (c->n_recommended > ACTIONS_MAX)
		return err_fail(
		    why, ERR_LIMIT, "recommended: more than %d", ACTIONS_MAX);
	for (size_t i = 0; i < c->n_recommended; i++)
		if (!says_what(c->recommended[i]))
			return err_fail(why, ERR_MALFORMED,
			    "recommended[%zu]: give verb or text, each of %d "
			    "bytes at most",
			    i, TEXT_MAX);
	if (c->actionable && c->n_recommended == 0)
		return err_fail(why, ERR_MALFORMED,
		    "recommended: what is actionable needs an action");
	return ERR_OK;
}

enum err
alarm_action_check(const Pack__AlarmPolicy *p, struct err_why *why)
{
	if (p->n_classes > CLASSES_MAX)
		return err_fail(
		    why, ERR_LIMIT, "classes: more than %d", CLASSES_MAX);
	for (size_t i = 0; i < p->n_classes; i++) {
		enum err e = check_class(p->classes[i], why);

		if (e != ERR_OK)
			return err_wrap(why, e, "classes[%zu]", i);
	}
	return ERR_OK;
}
