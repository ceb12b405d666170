/* looser_fields_test.c - no field of a pack is forgotten when it is judged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/looser.h"

/* Whoever adds a field to a pack decides: it has a row in looser.c, or code
 * that compares it, or it cannot make a pack looser, and why not. */
#define WORK "packs_looser.c"
#define KIND "looser_kind.c"
#define NEED "credential_pack.c"
#define TERM "retention.c"
#define NAME "- which it is, or since when" /* never compared */
#define TEXT "- words for people, and their source"
#define OWN "- the site's own: no standard says it"
#define MORE "- more of it is stricter or as strict"

static const struct {
	const char *message;
	const char *field; /* "*": all */
	const char *why; /* a file whose code compares it, or a reason */
} settled[] = {
    {"*", "version", NAME},
    {"*", "effective_at", NAME},
    {"*", "standard", TEXT},
    {"*", "standby", NAME},
    {"*", "title", TEXT},
    {"*", "title_zh", TEXT},
    {"*", "text", TEXT},
    {"*", "text_zh", TEXT},
    {"*", "clause", TEXT},
    {"*", "source", TEXT},
    {"*", "sources", TEXT},
    {"*", "day_offset_minutes", OWN},
    {"Pack", "*", "looser.c"},
    {"Deviation", "*", NAME},
    {"Calendar", "*", OWN},
    {"Days", "*", OWN},
    {"Places", "*", OWN},
    {"Place", "*", OWN},
    {"Accidents", "*", OWN},
    {"AccidentClass", "*", OWN},
    {"Region", "*", OWN},
    {"Release", "regions", OWN},
    {"Release", "label", TEXT},
    {"Release", "time", "looser.c"},
    {"Release", "budget", "looser.c"},
    {"Release", "valid_days", OWN},
    {"Release", "reasons", OWN},
    {"Release", "veil", OWN}, /* the standard has none */
    {"ReleaseVeil", "*", OWN},
    {"ReleaseTree", "levels", TEXT},
    {"ReleaseTree", "nodes", OWN},
    {"ReleaseTree", "prefixes", OWN},
    {"ReleaseNode", "*", OWN},
    {"ReleaseBudget", "recipients", "looser.c"},
    {"ReleaseRecipient", "owner", NAME},
    {"ReleaseRecipient", "items", "looser.c"},
    {"Profiles", "*", OWN},
    {"Profile", "*", OWN},
    /* Work. */
    {"Work", "work_type", NAME},
    {"Work", "deviation", NAME},
    {"Work", "*", WORK},
    {"Level", "*", WORK},
    {"Right", "*", WORK},
    {"Step", "*", WORK},
    {"Measure", "no", NAME},
    {"Measure", "*", WORK},
    {"GasLimit", "*", WORK},
    {"Interference", "*", WORK},
    {"Bound", "*", WORK},
    {"Upgrade", "*", WORK},
    {"Booking", "*", WORK},
    /* Alarms. */
    {"AlarmPolicy", "classes", KIND},
    {"AlarmLevel", "steps", KIND},
    {"AlarmStep", "role", OWN},
    {"AlarmStep", "targets", OWN},
    {"AlarmClass", "name", NAME},
    {"AlarmClass", "kinds", KIND},
    {"AlarmClass", "levels", "alarm_action.c"},
    {"AlarmClass", "actionable", "alarm_action.c"},
    {"AlarmClass", "recommended", "alarm_action.c"},
    /* Certificates. */
    {"Credentials", "needs", NEED},
    {"Credentials", "trust", OWN},
    {"CredentialTrust", "*", OWN},
    {"CredentialClass", "apply_days", MORE},
    {"CredentialClass", "confirmed", TEXT},
    {"CredentialNeed", "*", NEED},
    /* Cases. */
    {"CasePolicy", "types", KIND},
    {"CasePolicy", "points", OWN},
    {"CasePolicy", "missing_code", TEXT},
    {"PointsRule", "*", OWN},
    {"CaseType", "types", KIND},
    {"CaseType", "warn_minutes", KIND},
    {"CaseType", "limits", "case_policy.c"},
    {"CaseType", "code", TEXT},
    {"CaseLimit", "level", "case_policy.c"},
    {"CaseLimit", "way", "case_policy.c"},
    {"CaseLimit", "minutes", KIND},
    {"CaseLimit", "warn_minutes", KIND},
    /* Terms. */
    {"Retention", "basis", TEXT},
    {"Retention", "classes", TERM},
    {"RetentionClass", "name", NAME},
    {"RetentionClass", "confirmed", TEXT},
    {"RetentionClass", "media_clause", TEXT},
    {"RetentionClass", "media_source", TEXT},
    {"RetentionClass", "*", TERM},
};
#define SETTLED (sizeof settled / sizeof settled[0])

static bool used[SETTLED];

static const char *
source(const char *file)
{
	static char text[65536];
	char path[128];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof path, "node/domain/%s", file);
	f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	n = fread(text, 1, sizeof text - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	return text;
}

/* Does the code there look at it? */
static bool
compares(const char *file, const char *field)
{
	char with[64];

	(void)snprintf(with, sizeof with, "->%s", field);
	return strstr(source(file), with) != NULL;
}

static void
judge(const ProtobufCMessageDescriptor *d, const char *field)
{
	if (looser_names(d, field))
		return;
	for (size_t i = 0; i < SETTLED; i++) {
		const char *why = settled[i].why;

		if ((strcmp(settled[i].message, "*") != 0 &&
		        strcmp(settled[i].message, d->short_name) != 0) ||
		    (strcmp(settled[i].field, "*") != 0 &&
		        strcmp(settled[i].field, field) != 0))
			continue;
		used[i] = true;
		if (why[0] != '-')
			cr_expect(compares(why, field) ||
			        d == &pack__pack__descriptor,
			    "%s.%s: %s does not look at it", d->short_name,
			    field, why);
		return;
	}
	cr_expect(false,
	    "%s.%s: decide whether it can make a pack looser: a row in "
	    "node/domain/looser.c, code, or a row here with its reason",
	    d->short_name, field);
}

/* Every message that a pack holds, once. */
static void
walk(const ProtobufCMessageDescriptor *d)
{
	static const ProtobufCMessageDescriptor *seen[64];
	static size_t len;

	for (size_t i = 0; i < len; i++)
		if (seen[i] == d)
			return;
	cr_assert_lt(len, 64u);
	seen[len++] = d;
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const ProtobufCMessageDescriptor *in = f->descriptor;

		judge(d, f->name);
		/* Sets of indicators set no limit; they are entered in any
		 * case. */
		if (f->type == PROTOBUF_C_TYPE_MESSAGE &&
		    strcmp(in->package_name, "pack") == 0 &&
		    strcmp(in->short_name, "Indicators") != 0)
			walk(in);
	}
}

Test(looser_fields, every_field_of_every_pack_is_decided_about)
{
	walk(&pack__pack__descriptor);
	for (size_t i = 0; i < SETTLED; i++)
		cr_expect(used[i],
		    "%s.%s: nothing is called so, or looser.c "
		    "names it",
		    settled[i].message, settled[i].field);
}
