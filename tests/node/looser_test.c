/* looser_test.c - packs of all kinds: what asks for less than the standard. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/looser.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/packs.h"
#include "node/packs_file.h"

#define TEXT_MAX 65536
#define NOW INT64_C(1795315800000000)

/* A built-in pack under version 9, its first `was` made `now`. */
static char *
edit(const char *file, const char *was, const char *now)
{
	char path[128];
	char *text = calloc(2, TEXT_MAX);
	char *out = calloc(2, TEXT_MAX);
	char *at;
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof path, "node/packs/%s.yaml", file);
	f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	n = fread(text, 1, TEXT_MAX - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	at = strstr(text, "  version: \"2026.");
	cr_assert_not_null(at);
	at[strlen("  version: \"2026.")] = '9';
	at = strstr(text, was);
	cr_assert_not_null(at, "%s: %s", file, was);
	(void)snprintf(out, 2 * TEXT_MAX, "%.*s%s%s", (int)(at - text), text,
	    now, at + strlen(was));
	free(text);
	return out;
}

/* The line that "x: line 7: ..." names, up to its end; NULL: it names none. */
static const char *
line_of(const char *said, const char *text)
{
	unsigned n = 0;

	if (sscanf(said, "x: line %u: ", &n) != 1 || n == 0)
		return NULL;
	while (--n > 0 && text != NULL)
		text =
		    strchr(text, '\n') != NULL ? strchr(text, '\n') + 1 : NULL;
	return text;
}

static const struct {
	const char *file;
	const char *was;
	const char *now;
	const char *says; /* NULL: no looser */
} rows[] = {
    /* Alarms. */
    {"alarm", "shelveMinutes: 60", "shelveMinutes: 30", NULL},
    {"alarm", "shelveMinutes: 60", "shelveMinutes: 61",
        "$.alarm.levels[1].shelveMinutes: looser"},
    {"alarm", "shelveMinutes: 0", "shelveMinutes: 5",
        "$.alarm.levels[0].shelveMinutes: looser"},
    {"alarm", "priority: 2", "priority: 3",
        "$.alarm.levels[1].priority: looser"},
    {"alarm", "colour: YELLOW", "colour: ORANGE", NULL},
    {"alarm", "colour: YELLOW", "colour: BLUE",
        "$.alarm.levels[1].colour: looser"},
    {"alarm", "afterSeconds: 120", "afterSeconds: 60", NULL},
    {"alarm", "afterSeconds: 120", "afterSeconds: 121",
        "$.alarm.levels[0].steps[1].afterSeconds: looser"},
    {"alarm", "role: supervisor}", "role: duty-manager}", NULL},
    {"alarm", "        - {afterSeconds: 300, role: plant-manager}\n", "",
        "$.alarm.levels[0].steps: 2: looser"},
    {"alarm",
        "{action: SHELVE, roles: [shift-leader, supervisor], signed: true}",
        "{action: SHELVE, roles: [shift-leader, supervisor], signed: false}",
        "$.alarm.rights[0].signed: looser"},
    {"alarm", "action: REMOVE, roles: [supervisor]",
        "action: REMOVE, roles: [any]", "$.alarm.rights[4].roles: looser"},
    {"alarm", "action: REMOVE, roles: [supervisor]",
        "action: REMOVE, roles: [shift-leader]",
        "$.alarm.rights[4].roles: looser"},
    {"alarm", "action: REMOVE, roles: [supervisor]",
        "action: REMOVE, roles: [head-of-shift]", NULL},
    {"alarm",
        "    - {action: SHELVE, roles: [shift-leader, supervisor], signed: "
        "true}\n",
        "", NULL}, /* nobody may */
    {"alarm", "    - {action: RESTORE, roles: [supervisor], signed: true}\n",
        "", "$.alarm.rights: "},
    {"alarm", "incidentLevel: 2", "incidentLevel: 3", NULL},
    {"alarm", "incidentLevel: 2", "incidentLevel: 1",
        "$.alarm.incidentLevel: looser"},
    {"alarm", "clockOffsetMs: 2000", "clockOffsetMs: 9000",
        "$.alarm.clockOffsetMs: looser"},
    {"alarm", "floodLevel: 3", "floodLevel: 0", "$.alarm.floodLevel: looser"},
    {"alarm", "floodLevel: 3", "floodLevel: 2", NULL},
    {"alarm", "chatterAlarms: 3", "chatterAlarms: 4",
        "$.alarm.chatterAlarms: looser"},
    {"alarm", "chatterAlarms: 3", "chatterAlarms: 2", NULL},
    {"alarm", "chatterSeconds: 60", "chatterSeconds: 30",
        "$.alarm.chatterSeconds: looser"},
    {"alarm", "fleetingSeconds: 10", "fleetingSeconds: 5",
        "$.alarm.fleetingSeconds: looser"},
    {"alarm", "floodEndAlarms: 5", "floodEndAlarms: 9",
        "$.alarm.floodEndAlarms: looser"},
    {"alarm", "floodEndAlarms: 5", "floodEndAlarms: 4", NULL},
    {"alarm", "lateSeconds: 30", "lateSeconds: 300",
        "$.alarm.lateSeconds: looser"},
    {"alarm", "floodSeconds: 600", "floodSeconds: 900", NULL},
    {"alarm", "floodSeconds: 600", "floodSeconds: 60",
        "$.alarm.floodSeconds: looser"},
    {"alarm", "  staleHours: 24 ", "# ", NULL}, /* as the one before */
    {"alarm", "kinds: [gas]\n", "kinds: [gas, fire]\n", NULL},
    {"alarm", "kinds: [gas]\n", "kinds: [steam]\n",
        "$.alarm.classes: gas, 1: looser"},
    /* The first class that holds an alarm counts. */
    {"alarm", "    - name: gas\n",
        "    - {name: none, kinds: [gas], levels: [2], actionable: false}\n"
        "    - name: gas\n",
        "$.alarm.classes: gas, 2: looser"},
    {"alarm", "times: 3", "times: 2", NULL},
    {"alarm", "times: 3", "times: 4", "$.alarm.faults[0].times: looser"},
    {"alarm", "kinds: [equipment]", "kinds: [pump]",
        "$.alarm.faults[0].kinds: looser"},
    {"alarm", "kinds: [equipment], ", "", NULL},
    {"alarm", "name: same-fault", "name: other",
        "$.alarm.faults: same-fault: looser"},
    /* Certificates. */
    {"credential-classes", "validityMonths: 72", "validityMonths: 60", NULL},
    {"credential-classes", "validityMonths: 72", "validityMonths: 73",
        "$.credentials.classes[0].validityMonths: looser"},
    {"credential-classes", "validityMonths: 72", "validityMonths: 0",
        "$.credentials.classes[0].validityMonths: looser"},
    {"credential-classes", "      reviewMonths: 36\n", "",
        "$.credentials.classes[0].reviewMonths: looser"},
    {"credential-classes", "idleMonths: 6", "idleMonths: 7",
        "$.credentials.classes[0].idleMonths: looser"},
    {"credential-classes", "name: briefing", "name: other",
        "$.credentials.classes: briefing: looser"},
    {"credential-classes", "ifKnown: true", "ifKnown: false", NULL},
    {"credential-classes", "classes: [guardian], clause: GB 30871-2022 4.10",
        "classes: [guardian], ifKnown: true, clause: GB 30871-2022 4.10",
        "$.credentials.needs: guardian, guardian: looser"},
    {"credential-classes", "classes: [guardian], clause: GB 30871-2022 4.10",
        "classes: [guardian, briefing], clause: GB 30871-2022 4.10",
        "$.credentials.needs: guardian, guardian: looser"},
    {"credential-classes", "workTypes: [lifting], classes: [crane-driver]",
        "workTypes: [height], classes: [crane-driver]",
        "$.credentials.needs: crane-driver, crane-driver: looser"},
    {"credential-classes", "workTypes: [lifting], classes: [crane-driver]",
        "classes: [crane-driver]", NULL},
    {"credential-classes", "warnDays: [90, 60, 30, 7]", "warnDays: [90, 7]",
        "$.credentials.warnDays: looser"},
    {"credential-classes", "identityMinutes: 0", "identityMinutes: 30", NULL},
    {"credential-classes",
        "code: FRAUD, clause: Order 30 art. 30, barMonths: 36",
        "code: FRAUD, clause: Order 30 art. 30, barMonths: 12",
        "barMonths: looser"},
    {"credential-classes",
        "    - {action: REVOKE, code: FRAUD, clause: Order 30 art. 30, "
        "barMonths: 36}\n",
        "", "$.credentials.reasons: FRAUD: looser"},
    {"credential-classes", "holdFrom: 0.8", "holdFrom: 0.9",
        "$.credentials.scores[0].holdFrom: looser"},
    {"credential-classes", "action: REINSTATE, roles: [issuer]",
        "action: REINSTATE, roles: [issuer, approver]",
        "$.credentials.rights[2].roles: looser"},
    {"credential-classes", "action: ISSUE, roles: [issuer], signed: false",
        "action: ISSUE, roles: [issuer], signed: true", NULL},
    /* Found by its letters alone, as where somebody is barred. */
    {"credential-classes",
        "    - {action: REVOKE, code: FRAUD, clause: Order 30 art. 30, "
        "barMonths: 36}\n",
        "    - {action: REVOKE, code: Fraud, clause: Order 30 art. 30, "
        "barMonths: 36}\n"
        "    - {action: REVOKE, code: FRAUD, clause: Order 30 art. 30}\n",
        "barMonths: looser"},
    {"credential-classes", "name: briefing", "name: Briefing", NULL},
    /* Cases: 72 hours, warned at 48. */
    {"cases", "respondMinutes: 4320", "respondMinutes: 2880", NULL},
    {"cases", "respondMinutes: 4320", "respondMinutes: 4321",
        "$.cases.types[3].respondMinutes: looser"},
    {"cases", "      respondMinutes: 4320\n      warnMinutes: 1440\n", "",
        "$.cases.types[3].respondMinutes: looser"},
    {"cases", "respondMinutes: 4320\n      warnMinutes: 1440",
        "respondMinutes: 4320\n      warnMinutes: 1439",
        "$.cases.types[3].warnMinutes: looser"},
    {"cases", "restDaysOff: false", "restDaysOff: true",
        "$.cases.types[3].restDaysOff: looser"},
    {"cases", "breachLevel: 2", "breachLevel: 1", NULL},
    {"cases", "breachLevel: 2", "breachLevel: 3",
        "$.cases.types[3].breachLevel: looser"},
    {"cases", "reply: true", "reply: false", "$.cases.types[3].reply: looser"},
    {"cases", "{minutes: 10080, warnMinutes: 1440}",
        "{minutes: 10081, warnMinutes: 1440}",
        "$.cases.types[0].limits: level 0: looser"},
    {"cases", "        - {way: IMMEDIATE, minutes: 1440, warnMinutes: 480}\n",
        "", "$.cases.types[0].limits: level 0: looser"},
    {"cases",
        "{action: RETURN, roles: [acceptor, safety-officer], signed: true, "
        "requires: [reason], unlike: [DONE]}",
        "{action: RETURN, roles: [acceptor, safety-officer], signed: true, "
        "requires: [reason]}",
        "$.cases.types[0].steps[5].unlike: looser"},
    {"cases",
        "roles: [acceptor, safety-officer], signed: true, unlike: [DONE, "
        "liable]",
        "roles: [acceptor, safety-officer], signed: true, unlike: [DONE]",
        "$.cases.types[0].steps[7].unlike: looser"},
    /* A role of another type; one of the company's own. */
    {"cases", "{action: CLOSE, roles: [safety-officer], signed: true}\n",
        "{action: CLOSE, roles: [safety-officer, supervisor], signed: true}\n",
        "$.cases.types[3].steps[3].roles: looser"},
    {"cases", "{action: CLOSE, roles: [safety-officer], signed: true}\n",
        "{action: CLOSE, roles: [safety-officer, ombudsman], signed: true}\n",
        NULL},
    {"cases", "types: [hidden-danger, hazard]", "types: [hidden-danger]",
        "$.cases.types: hazard: looser"},
    {"cases", "missingLevel: 3", "missingLevel: 2", NULL},
    {"cases", "anonymousPerHour: 120", "anonymousPerHour: 12",
        "$.cases.anonymousPerHour: looser"},
    /* The alarms of the rules, and what leaves the node. */
    {"special-work-codes", "level: 2", "level: 3",
        "$.codes.codes[1].level: looser"},
    {"special-work-codes", "level: 2", "level: 1", NULL},
    {"special-work-codes", "afterSeconds: 60", "afterSeconds: 30", NULL},
    {"special-work-codes", "afterSeconds: 60", "afterSeconds: 86400",
        "afterSeconds: looser"},
    {"special-work-codes", "rule: R02", "rule: R99",
        "$.codes.codes: R02: looser"},
    {"release-2026.2", "fields: [type, tlp,", "fields: [type,", NULL},
    {"release-2026.2", "fields: [type, tlp,", "fields: [type, title, tlp,",
        "$.release.fields: looser"},
    {"release-2026.2", "region: unspecified", "region: east", NULL},
    {"release-2026.2", "k: 5", "k: 4", "$.release.k: looser"},
    {"release-2026.2", "k: 5", "k: 6", NULL},
    {"release-2026.2", "time: month", "time: day", "$.release.time: looser"},
    {"release-2026.2", "time: month", "time: year", NULL},
    {"release-2026.2", "tlp: [AMBER,", "tlp: [GREEN, AMBER,",
        "$.release.under[0].tlp: looser"},
    {"release-2026.2", "  linkDays: 90\n", "", NULL},
    {"release-2026.2", "linkDays: 90", "linkDays: 30",
        "$.release.linkDays: looser"},
    {"release-2026.2", "items: 12", "items: 13",
        "$.release.budget.items: looser"},
    {"release-2026.2", "periodDays: 90", "periodDays: 9",
        "$.release.budget.periodDays: looser"},
    {"release-2026.2", "finest: 2", "finest: 4",
        "$.release.trees[0].finest: looser"},
    {"release-2026.2", "finest: 2", "finest: 1", NULL},
    {"release-2026.2", "    - {field: part, tlp: [AMBER, AMBER+STRICT]}\n", "",
        "$.release.under: part: looser"},
    {"release-2026.2", "\"R-###\"", "\"@-###\"",
        "$.release.tagsAllowed: looser"},
};

Test(looser, tells_of_every_kind_what_asks_for_less_and_where)
{
	struct packs *all;

	cr_assert_eq(packs_open(&all, NULL, NULL), ERR_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct packs *p = packs_grow(all);
		struct err_why why = {.text = ""};
		char *text = edit(rows[i].file, rows[i].was, rows[i].now);
		enum err e;

		e = packs_add(p, "x", bytes_str(text), &why);
		cr_expect_eq(e, rows[i].says == NULL ? ERR_OK : ERR_REFUSED,
		    "%s: %s: %s", rows[i].file, rows[i].now, why.text);
		if (rows[i].says != NULL)
			cr_expect_not_null(strstr(why.text, rows[i].says),
			    "%s: %s", rows[i].now, why.text);
		cr_expect(
		    rows[i].says == NULL || line_of(why.text, text) != NULL);
		packs_ungrow(p);
		free(text);
	}
	packs_free(all);
}

/* What nothing was done to asks for no less, in any kind. */
Test(looser, finds_nothing_in_the_standard_itself)
{
	struct packs *p;
	const Pack__Pack *pack;
	struct packs_fact fact;
	char at[LOOSER_AT];

	cr_assert_eq(packs_open(&p, NULL, NULL), ERR_OK);
	for (size_t i = 0; (pack = packs_at(p, i, &fact)) != NULL; i++) {
		looser_than(at, pack, pack);
		cr_expect_str_eq(at, "", "%s", fact.name);
	}
	packs_free(p);
}

static struct packs *
alone(const char *was, const char *now, const Pack__Pack **out)
{
	struct packs *p = packs_new();
	char *text = edit("credential-classes-2026.2", was, now);
	struct packs_fact fact;

	cr_assert_eq(packs_add(p, "x", bytes_str(text), NULL), ERR_OK);
	*out = packs_at(p, 0, &fact);
	free(text);
	return p;
}

/* Any one of its conditions does: none may fall away. */
Test(looser, knows_a_need_that_asks_under_fewer_conditions)
{
	static const char *const when[][3] = {
	    {"[contractor]", "[contractor, outdoor]", ""},
	    {"[contractor]", "[outdoor]", "looser"},
	    {"[contractor]", "[]", ""},
	    {"[contractor, outdoor]", "[outdoor]", "looser"},
	    {"[contractor, outdoor]", "[outdoor, contractor]", ""},
	    {"[]", "[outdoor]", "looser"},
	};

	for (size_t i = 0; i < sizeof when / sizeof when[0]; i++) {
		const Pack__Pack *b, *l;
		char was[64], now[64], at[LOOSER_AT];
		struct packs *x, *y;

		(void)snprintf(was, sizeof was, "when: %s", when[i][0]);
		(void)snprintf(now, sizeof now, "when: %s", when[i][1]);
		x = alone("when: [contractor]", was, &b);
		y = alone("when: [contractor]", now, &l);
		looser_than(at, b, l);
		cr_expect_eq(at[0] != '\0', when[i][2][0] != '\0', "%s, %s: %s",
		    was, now, at);
		packs_free(x);
		packs_free(y);
	}
}

/* One deviation for all kinds: known, in force once activated, ends. */
Test(looser, takes_a_deviation_of_any_kind_with_reason_name_and_end)
{
	static const char *const files[][3] = {
	    {"alarm", "shelveMinutes: 60", "shelveMinutes: 90"},
	    {"cases", "respondMinutes: 4320", "respondMinutes: 6000"},
	    {"credential-classes", "idleMonths: 6", "idleMonths: 9"},
	};
	static const char *const kinds[] = {"alarm", "cases", "credentials"};

	for (size_t i = 0; i < 3; i++) {
		char *text = edit(files[i][0], files[i][1], files[i][2]);
		char *whole = calloc(3, TEXT_MAX);
		struct err_why why = {.text = ""};
		struct packs_fact fact;
		struct packs *p;
		size_t n = 0;

		cr_assert_eq(packs_open(&p, NULL, NULL), ERR_OK);
		(void)snprintf(whole, 3 * TEXT_MAX,
		    "deviation: {reason: trial, decidedBy: chief}\n%s", text);
		cr_assert_eq(
		    packs_add(p, "x", bytes_str(whole), &why), ERR_REFUSED);
		(void)snprintf(whole, 3 * TEXT_MAX,
		    "deviation: {reason: trial, decidedBy: chief, untilAt: "
		    "\"2026-12-01T00:00:00Z\"}\n%s",
		    text);
		cr_assert_eq(packs_add(p, "x", bytes_str(whole), &why), ERR_OK,
		    "%s", why.text);
		while (packs_at(p, n, &fact) != NULL &&
		    strstr(fact.name, "@2026.9") == NULL)
			n++;
		cr_assert_neq(fact.looser[0], '\0');
		cr_expect(fact.deviates);
		cr_expect_eq(strncmp(fact.name, kinds[i], strlen(kinds[i])), 0);
		cr_expect_not(packs_in_force(p, n, NOW), "not by its file");
		cr_assert(packs_activate(p, fact.name, &fact.digest, NOW));
		cr_expect(packs_in_force(p, n, NOW));
		cr_expect_not(
		    packs_in_force(p, n, NOW + INT64_C(86400000000) * 10),
		    "it ended");
		packs_free(p);
		free(whole);
		free(text);
	}
}

static void
activate(struct packs *p, const char *text, const char *name, int64_t at_us)
{
	struct err_why why = {.text = ""};
	struct packs_fact fact;
	size_t n = 0;

	cr_assert_eq(
	    packs_add(p, "x", bytes_str(text), &why), ERR_OK, "%s", why.text);
	while (packs_at(p, n, &fact) != NULL && strcmp(fact.name, name) != 0)
		n++;
	cr_assert(packs_activate(p, name, &fact.digest, at_us));
}

/* What a policy leaves out is as in the one before it, not nothing, also where
 * that one is of the same date; nor as in a deviation that has ended. */
Test(looser, counts_alarms_by_the_standard_where_a_policy_says_nothing)
{
	struct alarm_kpi_limits limits;
	struct packs *p;
	char *same = edit("alarm", "  staleHours: 24 ", "# ");
	char *loose = edit("alarm", "staleHours: 24 ", "staleHours: 72 ");
	char *whole = calloc(3, TEXT_MAX);

	cr_assert_eq(packs_open(&p, NULL, NULL), ERR_OK);
	activate(p, same, "alarm@2026.9", NOW);
	cr_assert(packs_alarm_limits(p, NOW, &limits), "floods are not seen");
	cr_expect_eq(limits.stale_hours, 24);
	cr_expect_eq(limits.flood_alarms, 10);
	packs_free(p);

	cr_assert_eq(packs_open(&p, NULL, NULL), ERR_OK);
	strstr(loose, "2026.9")[5] = '8';
	(void)snprintf(whole, 3 * TEXT_MAX,
	    "deviation: {reason: trial, decidedBy: chief, untilAt: "
	    "\"2026-12-01T00:00:00Z\"}\n%s",
	    loose);
	activate(p, whole, "alarm@2026.8", INT64_C(1780000000000000));
	cr_assert(packs_alarm_limits(p, NOW, &limits));
	cr_expect_eq(limits.stale_hours, 72);
	memcpy(strstr(same, "At: \"2026-01-01") + 10, "11", 2);
	activate(p, same, "alarm@2026.9", NOW);
	cr_assert(packs_alarm_limits(p, NOW, &limits));
	cr_expect_eq(limits.stale_hours, 24);
	packs_free(p);
	free(whole);
	free(loose);
	free(same);
}

/* Two that are to hold from one date on: a second thought counts. */
Test(looser, lets_the_version_hold_that_was_activated_last_for_a_date)
{
	const int64_t from = NOW + INT64_C(86400000000);

	for (size_t second = 0; second < 2; second++) {
		char names[2][16] = {"alarm@2026.8", "alarm@2026.9"};
		char *text[2];
		struct packs *p;

		text[0] = edit("alarm", "2026-01-01", "2026-11-23");
		text[1] = edit("alarm", "2026-01-01", "2026-11-23");
		strstr(text[0], "2026.9")[5] = '8';
		cr_assert_eq(packs_open(&p, NULL, NULL), ERR_OK);
		activate(p, text[1 - second], names[1 - second], NOW - 2);
		activate(p, text[second], names[second], NOW - 1);
		cr_expect_str_eq(packs_alarm(p, NOW)->version, "2026.1");
		cr_expect_str_eq(
		    packs_alarm(p, from)->version, names[second] + 6);
		packs_free(p);
		free(text[0]);
		free(text[1]);
	}
}

/* Errors name file, line and reason in every kind, however deep. */
Test(looser, says_file_line_and_reason_of_what_is_not_whole)
{
	static const struct {
		const char *file;
		const char *was;
		const char *now;
		const char *says;
		const char *line; /* text of the line that is named */
	} bad[] = {
	    {"alarm", "afterSeconds: 120", "afterSeconds: 700000",
	        "alarm: levels[0]: steps[1]: afterSeconds", "700000"},
	    {"alarm", "times: 3", "times: 30", "alarm: faults[0]", "times: 30"},
	    {"cases", "requires: [level]", "requires: [lever]",
	        "cases.types[0]: steps[0]: an action", "[lever]"},
	    {"cases", "{way: IMMEDIATE, minutes: 1440",
	        "{way: IMMEDIATE, minutes: 14",
	        "cases.types[0]: limits[0]: level", "IMMEDIATE"},
	    {"credential-classes", "family: OPERATOR", "family: 0",
	        "credentials.classes[0]: family", "family: 0"},
	    {"credential-classes", "warnDays: [90,", "warnDays: [9,",
	        "credentials: warnDays: expected", "[9,"},
	    {"credential-classes", "classes: [guardian], clause",
	        "classes: [warden], clause", "classes[0]: the pack has no",
	        "warden"},
	    {"special-work-codes", "rule: R02", "rule: R01",
	        "$.codes: each needs", "version"},
	    {"release", "label: content-anonymised", "", "release: version",
	        "version"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err_why why = {.text = ""};
		struct packs *p = packs_new();
		char *text = edit(bad[i].file, bad[i].was, bad[i].now);

		cr_expect_neq(packs_add(p, "x", bytes_str(text), &why), ERR_OK,
		    "%s", bad[i].now);
		cr_expect_not_null(
		    strstr(why.text, bad[i].says), "%s", why.text);
		cr_expect_not_null(
		    strstr(why.text, "x: line "), "%s", why.text);
		free(text);
		packs_free(p);
	}
}
