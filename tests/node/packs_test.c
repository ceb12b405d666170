/* packs_test.c - rule packs: those built in, and what is refused where. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/packs.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/calendar.h"
#include "node/domain/packs_looser.h"
#include "node/packs_file.h"
#include "proto/digest.h"
#include "proto/text.h"
#include "tests/support/pack_text.h"

#define NOW INT64_C(1795315800000000) /* 2026-11-22T02:50:00Z, a Sunday */

static struct packs *packs;

static void
open_packs(void)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(packs_open(&packs, NULL, &why), ERR_OK, "%s", why.text);
}

static void
close_packs(void)
{
	packs_free(packs);
}

TestSuite(packs, .init = open_packs, .fini = close_packs);

/* AQ 3064.2-2025 table A.2, all of it. */
Test(packs, have_the_eight_work_types_with_their_codes)
{
	static const struct {
		const char *type;
		const char *version;
		const char *codes;
	} rows[] = {
	    {"hot-work", "2022.1", ""},
	    {"confined-space", "2022.1", "70 "},
	    {"blind-plate", "2022.1", "50 "},
	    {"height", "2022.1", "21 22 23 24 "},
	    {"lifting", "2022.1", "61 62 63 "},
	    {"temporary-electricity", "2022.1", "10 "},
	    {"excavation", "2022.1", "30 "},
	    {"road-breaking", "2022.1", "40 "},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const Pack__Work *w = packs_work(packs, rows[i].type, NOW);
		char codes[64] = "";

		cr_assert_not_null(w, "%s", rows[i].type);
		cr_assert_str_eq(w->version, rows[i].version);
		for (size_t k = 0; k < w->n_levels; k++) {
			const char *code = w->levels[k]->code;
			size_t n = strlen(codes);

			if (code != NULL)
				snprintf(
				    codes + n, sizeof codes - n, "%s ", code);
		}
		cr_assert_str_eq(codes, rows[i].codes, "%s", rows[i].type);
		if (i > 0)
			cr_assert_gt(w->n_steps, 4u);
	}
}

/* The whole of hot work waits for its activation; a permit that began under it
 * would find it. */
Test(packs, keep_a_standby_version_out_of_force)
{
	const Pack__Work *w = packs_version(packs, packs_id("hot-work@2022.2"));

	cr_assert_not_null(w);
	cr_assert(w->standby);
	cr_assert_eq(w->n_levels, 3);
	cr_assert_str_eq(w->levels[0]->code, "01");
	cr_assert_str_eq(packs_work(packs, "hot-work", NOW)->version, "2022.1");
}

Test(packs, have_a_code_for_each_of_the_25_rules)
{
	const Pack__Codes *c = packs_codes(packs, NOW);

	cr_assert_not_null(c);
	cr_assert_eq(c->n_codes, 25);
	cr_assert_str_eq(c->codes[7]->rule, "R08");
	cr_assert_str_eq(c->codes[7]->code, "30");
}

/* What the standard forbids to leave out, and where it is missing. */
Test(packs, say_file_line_and_reason)
{
	static const struct {
		const char *was;
		const char *now;
		const char *says;
	} rows[] = {
	    {"name: risk", "name: Risk",
	        "x.yaml: line 61: $.work.steps[0]: a step needs its own name"},
	    {"after: [risk]", "after: [brief]",
	        "x.yaml: line 68: $.work.steps[1]: brief: no step before"},
	    {"requires: [hazards]", "requires: [hazard]",
	        "x.yaml: line 61: $.work.steps[0]: hazard: a permit has no "
	        "such field"},
	    {"before: APPROVE", "before: FINISH",
	        "x.yaml: line 61: $.work.steps[0]: "},
	    {"no: 1", "no: 7", "x.yaml: line 75: $.work.measures[0]: "},
	    {"validityMinutes: 1440", "validityMinuts: 1440",
	        "x.yaml: line 11: $.work.levels[0].validityMinuts"},
	    {"workType: drilling", "workType: codes",
	        "x.yaml: line 3: $.work: a name, a date"},
	    {"workType: drilling", "workType: indicators.process-safety",
	        "x.yaml: line 3: $.work: a name, a date"},
	    {"sampleMinutes: 30", "", "x.yaml: line 3: $.work: a name, a date"},
	    {"gasWhen: [explosive_area]", "gasWhen: [sunny]",
	        "x.yaml: line 17: $.work.gasWhen: sunny: there is no such"},
	    {"unlike: [worker]", "unlike: [nobody]",
	        "x.yaml: line 27: $.work.rights[1]: nobody: no step before"},
	    {"alarmLevel: 2", "alarmLevel: 0", "x.yaml: line 3: $.work: alarm"},
	    {"alarmLevel: 2", "alarmLevel: 4", "x.yaml: line 3: $.work: alarm"},
	    {"lelSplit: 4", "lelSplit: -4", "x.yaml: line 3: $.work: alarm"},
	    {"action: SUSPEND", "action: CHANGE_WORKERS",
	        "x.yaml: line 24: $.work.rights: nobody may SUSPEND"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err_why why = {.text = ""};
		struct packs *p = packs_new();
		char *text = pack_text_edit(rows[i].was, rows[i].now);

		cr_assert_neq(packs_add(p, "x.yaml", bytes_str(text), &why),
		    ERR_OK, "%s", rows[i].now);
		cr_assert(
		    strncmp(why.text, rows[i].says, strlen(rows[i].says)) == 0,
		    "%s", why.text);
		free(text);
		packs_free(p);
	}
}

/* Entries, annexes and files hold versions of every kind. */
Test(packs, bound_the_version_of_every_kind)
{
	static const char fifty[] =
	    "12345678901234567890123456789012345678901234567890";
	struct packs_fact fact;
	const Pack__Pack *pack;

	for (size_t i = 0; (pack = packs_at(packs, i, &fact)) != NULL; i++) {
		char *at = strstr((const char *)fact.text.ptr, "  version: ");
		size_t head = (size_t)(at - (const char *)fact.text.ptr);

		cr_assert_not_null(at, "%s", fact.name);
		for (size_t n = 50; n <= 51; n++) {
			struct err_why why = {.text = ""};
			struct packs *p = packs_new();
			char *text = malloc(fact.text.len + 80);

			(void)snprintf(text, fact.text.len + 80,
			    "%.*s  version: \"%s%.*s\"%s", (int)head,
			    (const char *)fact.text.ptr, fifty, (int)(n - 50),
			    "x", strchr(at, '\n'));
			enum err e = packs_add(p, "x", bytes_str(text), &why);
			/* Work and sets of indicators have less room. */
			if (n > 50 ||
			    (pack->work == NULL && pack->indicators == NULL))
				cr_expect_eq(e, n > 50 ? ERR_MALFORMED : ERR_OK,
				    "%s: %s", fact.name, why.text);
			if (n > 50)
				cr_expect_not_null(strstr(why.text, "version"),
				    "%s", why.text);
			free(text);
			packs_free(p);
		}
	}
}

/* A company may ask for more than the standard, not for less: what is less, and
 * where, point by point. */
Test(packs, tell_what_is_looser_than_the_standard)
{
	static const struct {
		const char *was;
		const char *now;
		const char *at; /* NULL: no looser */
	} rows[] = {
	    {"sampleMinutes: 30", "sampleMinutes: 20", NULL},
	    {"sampleMinutes: 30", "sampleMinutes: 31", "sampleMinutes"},
	    {"lelSplit: 4", "lelSplit: 3", "lelSplit"},
	    {"limitHighLel: 0.5", "limitHighLel: 0.4", NULL},
	    {"limitLowLel: 0.2", "limitLowLel: 0.3",
	        "limitHighLel, limitLowLel"},
	    {"validityMinutes: 1440", "validityMinutes: 480", NULL},
	    {"validityMinutes: 1440", "validityMinutes: 1441",
	        "levels.validityMinutes"},
	    {"breakMinutes: 30", "breakMinutes: 31", "levels.breakMinutes"},
	    {"dailyTest: false", "dailyTest: true", NULL},
	    {"classes: [welding]", "classes: [welding, cooking]", "classes"},
	    {"alarmKinds: [gas]", "alarmKinds: [fire]", "alarmKinds"},
	    {"alarmKinds: [gas]", "alarmKinds: [gas, fire]", NULL},
	    {"alarmLevel: 2", "alarmLevel: 1", "alarmLevel"},
	    {"accuracyM: 30", "accuracyM: 300", "accuracyM"},
	    {"gasWhen: [explosive_area]", "gasWhen: [never]", "gasWhen"},
	    {"gasWhen: [explosive_area]", "", NULL},
	    {"unlike: [worker]", "unlike: [worker, guardian]", NULL},
	    {"      unlike: [worker]\n", "", "rights"},
	    {"      named: guardian\n", "", "rights"},
	    {"roles: [approver]\n      signed: true",
	        "roles: [approver]\n      signed: false", "rights"},
	    {"roles: [approver]", "roles: [any]", "rights"},
	    {"roles: [approver]", "roles: [director]", NULL},
	    {"roles: [approver]", "roles: [approver, safety-officer]",
	        "rights"},
	    {"requires: [hazards]", "requires: [hazards, plan]", NULL},
	    {"      requires: [hazards]\n", "", "risk"},
	    {"before: APPROVE", "before: START", "risk"},
	    {"      after: [risk]\n", "", "brief"},
	    {"name: brief", "name: talk", "brief"},
	    {"      code: \"80\"\n", "", "risk"},
	    {"      always: true\n", "", "measures"},
	    {"before: APPROVE", "before: APPROVE\n      levels: [SPECIAL]",
	        "risk"},
	};
	struct err_why why = {.text = ""};
	struct packs *p = packs_new();
	const Pack__Work *base;

	cr_assert_eq(packs_add(p, "standard", bytes_str(pack_text_work), &why),
	    ERR_OK, "%s", why.text);
	base = packs_work(p, "drilling", NOW);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct packs *other = packs_new();
		char *text = pack_text_edit(rows[i].was, rows[i].now);
		const char *at;

		cr_assert_eq(packs_add(other, "local", bytes_str(text), &why),
		    ERR_OK, "%s: %s", rows[i].now, why.text);
		at = packs_looser(base, packs_work(other, "drilling", NOW));
		if (rows[i].at == NULL)
			cr_assert_null(at, "%s: %s", rows[i].now, at);
		else
			cr_assert_str_eq(at != NULL ? at : "no looser",
			    rows[i].at, "%s", rows[i].now);
		free(text);
		packs_free(other);
	}
	packs_free(p);
}

/* Looser by a deviation: known, in force once activated, until it ends. */
Test(packs, hold_a_deviation_back_until_it_is_activated_and_end_it)
{
	static const char header[] = "work:\n"
	                             "  deviation:\n"
	                             "    reason: trial\n"
	                             "    decidedBy: chief\n"
	                             "    untilAt: \"2026-11-22T03:00:00Z\"\n";
	struct err_why why = {.text = ""};
	struct packs *p = packs_new();
	struct packs *grown;
	struct packs_fact fact;
	char *other = pack_text_edit("sampleMinutes: 30", "sampleMinutes: 40");
	char *text = pack_text_edit("work:\n", header);
	char *at = strstr(text, "sampleMinutes: 30");

	cr_assert_eq(
	    packs_add(p, "standard", bytes_str(pack_text_work), &why), ERR_OK);
	packs_seal(p);
	cr_assert_eq(packs_add(p, "local", bytes_str(other), &why), ERR_EXISTS);
	memcpy(strstr(other, "version: \"1\""), "version: \"2\"", 12);
	cr_assert_eq(
	    packs_add(p, "local", bytes_str(other), &why), ERR_REFUSED);
	memcpy(at, "sampleMinutes: 40", 17);
	at = strstr(text, "version: \"1\"");
	memcpy(at, "version: \"2\"", 12);
	grown = packs_grow(p);
	cr_assert_eq(packs_add(grown, "local", bytes_str(text), &why), ERR_OK,
	    "%s", why.text);
	cr_assert_str_eq(packs_work(grown, "drilling", NOW)->version, "1");
	cr_assert_not_null(packs_at(grown, 1, &fact));
	cr_assert_str_eq(fact.looser, "sampleMinutes");
	cr_assert(packs_activate(grown, "drilling@2", &fact.digest, NOW));
	cr_assert_str_eq(packs_work(grown, "drilling", NOW)->version, "2");
	cr_assert_str_eq(
	    packs_work(grown, "drilling", NOW + 3600 * INT64_C(1000000))
	        ->version,
	    "1", "until 03:00");
	cr_assert_not_null(packs_at(grown, 0, &fact));
	cr_assert(packs_activate(grown, "drilling@1", &fact.digest, NOW + 1));
	cr_assert(packs_in_force_then(grown, 1, NOW));
	cr_assert_str_eq(packs_work(grown, "drilling", NOW + 1)->version, "1",
	    "the newest activation holds");
	cr_assert_str_eq(packs_work(p, "drilling", NOW)->version, "1",
	    "who reads the old set goes on reading it");
	free(other);
	free(text);
	packs_free(grown);
}

/* One name, one text: what the ledger names is used or nothing is. */
Test(packs, use_the_text_that_was_activated_or_none)
{
	struct err_why why = {.text = ""};
	struct packs *p = packs_new();
	struct packs *grown;
	struct packs_fact fact;
	struct hash mine;
	char *text = pack_text_edit("version: \"1\"", "version: \"2\"");
	char *other = strdup(text);
	char *file = pack_text_edit("version: \"1\"", "version: \"3\"");

	memcpy(strstr(other, "sampleMinutes: 30"), "sampleMinutes: 20", 17);
	cr_assert_eq(
	    packs_add(p, "standard", bytes_str(pack_text_work), &why), ERR_OK);
	packs_seal(p);
	grown = packs_grow(p);
	digest_sha256(&mine, bytes_str(text));
	cr_assert_not(packs_activate(grown, "drilling@2", &mine, NOW - 5));
	cr_assert_str_eq(packs_absent(grown, 0), "drilling@2");
	cr_assert_null(packs_absent(grown, 1));
	cr_assert(packs_in_force_then(grown, 0, NOW - 6));
	cr_assert_null(packs_work(grown, "drilling", NOW), "no text, no work");
	cr_assert_not_null(packs_work(p, "drilling", NOW), "the set before");
	cr_assert_eq(packs_add(grown, "f", bytes_str(other), &why), ERR_EXISTS);
	cr_assert_eq(
	    packs_restore(grown, "drilling@2", &mine, bytes_str(other), &why),
	    ERR_CORRUPT);
	cr_assert_null(packs_work(grown, "drilling", NOW));
	cr_assert_eq(
	    packs_restore(grown, "drilling@2", &mine, bytes_str(text), &why),
	    ERR_OK, "%s", why.text);
	cr_assert_null(packs_absent(grown, 0));
	cr_assert_str_eq(packs_work(grown, "drilling", NOW)->version, "2");
	/* A file comes into force by an entry only, now that there is one. */
	cr_assert_eq(packs_add(grown, "f", bytes_str(file), &why), ERR_OK);
	cr_assert_str_eq(packs_work(grown, "drilling", NOW)->version, "2");
	/* Found by name, and by name and text, not by another text. */
	cr_assert_not_null(packs_at(grown, 1, &fact));
	cr_assert_not_null(
	    packs_version(grown, packs_text_id("drilling@2", &mine)));
	cr_assert_not_null(packs_version(grown, packs_id("drilling@2")));
	digest_sha256(&mine, bytes_str(other));
	cr_assert_null(
	    packs_version(grown, packs_text_id("drilling@2", &mine)));
	free(text);
	free(other);
	free(file);
	packs_free(grown);
}

/* Another version activated later takes the place of one that is lost. */
Test(packs, go_on_after_a_lost_text_with_the_version_activated_next)
{
	struct packs *p = packs_new();
	struct packs_fact fact;
	struct hash lost = {{7}};

	cr_assert_eq(
	    packs_add(p, "standard", bytes_str(pack_text_work), NULL), ERR_OK);
	packs_seal(p);
	cr_assert_not(packs_activate(p, "drilling@9", &lost, NOW - 5));
	cr_assert_null(packs_work(p, "drilling", NOW));
	cr_assert_not_null(packs_at(p, 0, &fact));
	cr_assert(packs_activate(p, "drilling@1", &fact.digest, NOW));
	cr_assert_not_null(packs_work(p, "drilling", NOW));
	packs_free(p);
}

static size_t
place_of(const char *name)
{
	struct packs_fact fact;
	size_t i = 0;

	while (
	    packs_at(packs, i, &fact) != NULL && strcmp(fact.name, name) != 0)
		i++;
	return i;
}

/* What the whole of the standard asks for beyond the version in force. */
Test(packs, know_the_standard_that_waits_for_its_activation)
{
	const char *name = packs_whole(packs, place_of("hot-work@2022.1"));
	const Pack__Work *whole;
	struct packs *grown = packs_grow(packs);
	struct err_why why = {.text = ""};
	struct packs_fact fact;
	struct hash digest;
	char *text;

	cr_assert_not_null(name);
	cr_assert_str_eq(name, "hot-work@2022.3");
	cr_assert_null(packs_whole(packs, place_of(name)));
	cr_assert_str_eq(packs_whole(packs, place_of("credentials@2026.1")),
	    "credentials@2026.2");
	cr_assert_null(packs_whole(packs, place_of("credentials@2026.2")));
	whole = packs_version(packs, packs_id(name));
	cr_assert(packs_digest(packs, whole, &digest));
	cr_assert(packs_activate(grown, "hot-work@2022.3", &digest, NOW - 1));
	cr_assert_eq(packs_work(grown, "hot-work", NOW), whole);
	/* From then on a company's pack is measured by it. */
	for (size_t i = 0; packs_at(packs, i, &fact) != NULL; i++) {
		if (strcmp(fact.name, "hot-work@2022.1") == 0)
			break;
	}
	text = strdup((const char *)fact.text.ptr);
	memcpy(strstr(text, "\"2022.1\""), "\"2027.1\"", 8);
	cr_assert_eq(
	    packs_add(grown, "thin", bytes_str(text), &why), ERR_REFUSED);
	free(text);
	packs_ungrow(grown);
}

static int64_t
time_of(const char *text)
{
	int64_t us;

	cr_assert_eq(text_time_get(&us, bytes_str(text), NULL), ERR_OK);
	return us;
}

/* GB 30871-2022 5.1.1: the company's days, to the minute. */
Test(calendar, knows_holidays_rest_days_nights_and_special_periods)
{
	enum {
		HOL = 1 << PACK__UPGRADE__WHEN__HOLIDAY,
		RES = 1 << PACK__UPGRADE__WHEN__REST_DAY,
		NIG = 1 << PACK__UPGRADE__WHEN__NIGHT,
		SPE = 1 << PACK__UPGRADE__WHEN__SPECIAL_PERIOD,
	};
	static const struct {
		const char *at;
		bool known;
		unsigned days;
	} rows[] = {
	    {"2026-11-20T12:00:00+08:00", true, 0}, /* Friday */
	    {"2026-11-20T21:59:59+08:00", true, 0},
	    {"2026-11-20T22:00:00+08:00", true, NIG},
	    {"2026-11-21T05:59:59+08:00", true, NIG | RES},
	    {"2026-11-21T06:00:00+08:00", true, RES}, /* Saturday */
	    {"2026-11-22T12:00:00+08:00", true, 0}, /* worked Sunday */
	    {"2026-10-01T00:00:00+08:00", true, HOL | NIG},
	    {"2026-10-07T23:59:59+08:00", true, HOL | NIG},
	    {"2026-10-08T06:00:00+08:00", true, 0},
	    /* The day before a holiday ends at midnight, and is none. */
	    {"2026-09-30T12:00:00+08:00", true, 0},
	    {"2026-09-30T23:59:59+08:00", true, NIG},
	    {"2026-10-08T00:00:00+08:00", true, NIG},
	    /* A Saturday that is worked, and the Sunday after it. */
	    {"2026-10-10T06:00:00+08:00", true, 0},
	    {"2026-10-10T23:59:59+08:00", true, NIG},
	    {"2026-10-11T00:00:00+08:00", true, NIG | RES},
	    {"2026-10-11T12:00:00+08:00", true, RES},
	    {"2026-10-12T00:00:00+08:00", true, NIG},
	    /* Friday to Saturday, Sunday to Monday: at midnight of the
	     * calendar, whatever the date is elsewhere. */
	    {"2026-11-27T23:59:59+08:00", true, NIG},
	    {"2026-11-28T00:00:00+08:00", true, NIG | RES},
	    {"2026-11-27T16:00:00Z", true, NIG | RES},
	    {"2026-11-29T23:59:59+08:00", true, NIG | RES},
	    {"2026-11-30T00:00:00+08:00", true, NIG},
	    /* Special periods, from the first to the last instant. */
	    {"2026-03-03T23:59:59+08:00", true, NIG},
	    {"2026-03-04T00:00:00+08:00", true, SPE | NIG},
	    {"2026-03-11T23:59:59+08:00", true, SPE | NIG},
	    {"2026-03-12T00:00:00+08:00", true, NIG},
	    {"2026-03-05T12:00:00+08:00", true, SPE},
	    {"2026-02-28T12:00:00+08:00", true, RES},
	    {"2026-12-31T23:59:00+08:00", true, NIG},
	    {"2027-01-01T00:00:00+08:00", false, 0},
	    {"2025-12-31T23:59:59+08:00", false, 0},
	};
	struct packs *p = packs_new();
	struct err_why why = {.text = ""};

	cr_assert_eq(packs_add(p, "c", bytes_str(pack_text_calendar), &why),
	    ERR_OK, "%s", why.text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t at = time_of(rows[i].at);
		unsigned days;
		bool known = calendar_at(&days, packs_calendar(p, at), at);

		cr_assert_eq(known, rows[i].known, "%s", rows[i].at);
		cr_assert_eq(days, rows[i].days, "%s: %x", rows[i].at, days);
	}
	packs_free(p);
}
