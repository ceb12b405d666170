/* retention_test.c - how long a record is kept, and what may end when. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/retention.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/domain/packs.h"
#include "node/domain/term.h"
#include "node/packs_file.h"

#define NOW INT64_C(1795315800000000) /* 2026-11-22T02:50:00Z */
#define DAY TERM_DAY_US

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

TestSuite(retention, .init = open_packs, .fini = close_packs);

static const Pack__RetentionClass *
class_named(const char *name)
{
	const Pack__Retention *p = packs_retention(packs, NOW);

	cr_assert_not_null(p);
	for (size_t i = 0; i < p->n_classes; i++) {
		if (strcmp(p->classes[i]->name, name) == 0)
			return p->classes[i];
	}
	cr_assert_fail("%s", name);
	return NULL;
}

/* GB 30871-2022 B.3, AQ 3064.2-2025 4.2, AQ 3064.3-2025 4.4, PIPL 56: what is
 * confirmed there; all else says that it is the product's own. */
Test(retention, has_six_years_and_the_minima_of_the_standards)
{
	const Pack__Retention *p = packs_retention(packs, NOW);

	for (size_t i = 0; i < p->n_classes; i++) {
		const Pack__RetentionClass *c = p->classes[i];

		cr_assert_eq(c->keep_months, 72, "%s", c->name);
		cr_assert_eq(c->legal, c->confirmed, "%s", c->name);
		cr_assert(!c->legal || c->clause[0] != '\0', "%s", c->name);
		if (c->has_media_days)
			cr_assert_eq(c->media_min_days, 30, "%s", c->name);
	}
	cr_assert_eq(class_named("permit")->min_months, 12);
	cr_assert_eq(class_named("position")->min_months, 12);
	cr_assert_eq(class_named("impact-assessment")->min_months, 36);
	/* Work Safety Law article 36: data of alarms is not destroyed. */
	cr_assert(class_named("alarm")->legal);
	cr_assert(!class_named("case")->legal);
}

/* What record.proto marks as PI is in no class forgotten. */
Test(retention, calls_personal_what_the_schema_does)
{
	const Pack__Retention *p = packs_retention(packs, NOW);
	FILE *f = fopen("proto/record.proto", "r");
	char line[256];
	char message[64] = "";
	unsigned seen = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		const char *at;
		char field[64];

		(void)sscanf(line, "message %63[A-Za-z]", message);
		at = strstr(line, "// PI");
		if (at == NULL ||
		    sscanf(line, " %*s %*s %63[a-z_]", field) != 1)
			continue;
		for (size_t i = 0; i < p->n_classes; i++) {
			const Pack__RetentionClass *c = p->classes[i];
			bool found = false;

			if (strcmp(retention_type(c->kind)->short_name,
			        message) != 0)
				continue;
			for (size_t k = 0; k < c->n_personal; k++)
				found |= strcmp(c->personal[k], field) == 0;
			cr_assert(
			    found, "%s.%s in %s", message, field, c->name);
			seen++;
		}
	}
	(void)fclose(f);
	cr_assert_gt(seen, 30u);
}

static bool
calls(const char *class, const char *field)
{
	const Pack__RetentionClass *c = class_named(class);

	for (size_t i = 0; i < c->n_personal; i++) {
		if (strcmp(c->personal[i], field) == 0)
			return true;
	}
	return false;
}

/* What marks nobody in most alarms does where its tag is a person's. */
Test(retention, calls_personal_by_which_one_finds_a_person)
{
	cr_assert(calls("position", "source"));
	cr_assert(calls("position", "device"));
	cr_assert(calls("position", "tag"));
	cr_assert(calls("position", "work"));
	cr_assert(calls("alarm", "location"));
	cr_assert_not(calls("alarm", "source"));
}

static struct retention_answer
judge(const char *class, struct retention_facts f, int64_t now_us)
{
	return retention_judge(class_named(class), &f, now_us);
}

Test(retention, keeps_to_the_microsecond_of_its_month)
{
	struct retention_facts f = {.newest_us = NOW};
	int64_t period = NOW / RETENTION_PERIOD_US * RETENTION_PERIOD_US;
	int64_t end = term_after(period + RETENTION_PERIOD_US, 72, 480);
	struct retention_answer a = judge("alarm", f, end - 1);

	cr_assert_eq(a.state, RETENTION_KEEP);
	cr_assert_eq(a.until_us, end);
	cr_assert_eq(a.law_us, term_after(NOW, 12, 480));
	cr_assert_eq(judge("case", f, end - 1).law_us, 0);
	cr_assert_eq(judge("alarm", f, end).state, RETENTION_MAY_EXPIRE);
	/* All of one period end at one moment. */
	f.newest_us = period + 1;
	cr_assert_eq(judge("alarm", f, end - 1).until_us, end);
	f.newest_us = period + RETENTION_PERIOD_US + 1;
	cr_assert_gt(judge("alarm", f, end).until_us, end);
}

Test(retention, never_ends_what_is_open_or_held)
{
	int64_t late = NOW + 100 * 366 * DAY;
	struct retention_facts open = {.newest_us = NOW, .open = true};
	struct retention_facts held = {.newest_us = NOW, .held = true};
	struct retention_facts both = {
	    .newest_us = NOW, .held = true, .requested = true};

	cr_assert_eq(judge("permit", open, late).state, RETENTION_KEEP);
	cr_assert_eq(judge("permit", open, late).law_us, INT64_MAX);
	cr_assert_eq(judge("permit", held, late).state, RETENTION_HELD);
	cr_assert_eq(judge("permit", both, late).state, RETENTION_HELD);
	open.requested = true;
	cr_assert_eq(judge("permit", open, late).state, RETENTION_STORAGE_ONLY);
}

/* Until when it is valid was not lived through either. */
Test(retention, counts_time_that_was_led_after_an_end_of_validity_too)
{
	const struct retention_facts f = {.newest_us = NOW,
	    .unlived_us = 5 * 366 * DAY,
	    .ended_us = NOW + 4 * 366 * DAY};
	const int64_t law = term_after(NOW + 9 * 366 * DAY, 12, 480);
	const struct retention_answer a = judge("permit", f, law - 1);

	cr_assert_eq(a.law_us, law);
	cr_assert_geq(a.until_us, term_after(NOW + 9 * 366 * DAY, 72, 480));
}

/* An erasure of the whole may name nobody, and is given to nobody. */
Test(retention, hides_the_whole_where_nothing_is_called_personal)
{
	uint32_t out[64];
	const size_t n = retention_hidden(class_named("snapshot"), out, 64);

	cr_assert_eq(n, record__snapshot__descriptor.n_fields);
	for (size_t i = 1; i < n; i++)
		cr_assert_lt(out[i - 1], out[i]);
	cr_assert_eq(retention_hidden(class_named("points"), out, 64), 3u);
}

/* A video shows him, and people write names wherever there are words. */
Test(retention, hides_media_and_words_with_the_whole)
{
	static const struct {
		const char *field;
		bool hidden;
	} of_alarm[] = {{"operator", true}, {"evidence", true}, {"work", true},
	    {"model", true}, {"recommended", true}, {"location", true},
	    {"environment", false}, {"instrument", false}, {"value", false},
	    {"kind", false}, {"occurred_at", false}};
	uint32_t out[64];
	const size_t n = retention_hidden(class_named("alarm"), out, 64);

	for (size_t i = 0; i < sizeof of_alarm / sizeof of_alarm[0]; i++) {
		const uint32_t id =
		    protobuf_c_message_descriptor_get_field_by_name(
		        &record__alarm__descriptor, of_alarm[i].field)
		        ->id;
		bool hidden = false;

		for (size_t k = 0; k < n; k++)
			hidden |= out[k] == id;
		cr_assert_eq(
		    hidden, of_alarm[i].hidden, "%s", of_alarm[i].field);
	}
}

/* Clocks of all times together: nothing comes before its end by it. */
Test(retention, never_ends_what_lies_beyond_what_can_be_counted)
{
	const struct retention_facts far[] = {
	    {.newest_us = NOW, .unlived_us = INT64_MAX},
	    {.newest_us = INT64_MAX - 1},
	};

	for (size_t i = 0; i < 2; i++) {
		const struct retention_answer a =
		    judge("position", far[i], INT64_MAX - 1);

		cr_assert_eq(a.state, RETENTION_KEEP);
		cr_assert_eq(a.until_us, INT64_MAX);
		cr_assert_eq(a.law_us, INT64_MAX);
		cr_assert_eq(a.media_us, INT64_MAX);
	}
	cr_assert_eq(retention_add(INT64_MIN, -1), INT64_MIN);
}

/* PIPL 47: until the legal term is over, storing and nothing else. */
Test(retention, stores_only_until_the_law_ends)
{
	struct retention_facts f = {.newest_us = NOW, .requested = true};
	int64_t law = term_after(NOW, 12, 480);

	cr_assert_eq(judge("permit", f, law - 1).state, RETENTION_STORAGE_ONLY);
	cr_assert_eq(judge("permit", f, law).state, RETENTION_MAY_EXPIRE);
	/* Without a law nothing is in the way. */
	cr_assert_eq(judge("case", f, NOW).state, RETENTION_MAY_EXPIRE);
}

Test(retention, ends_media_by_whole_days)
{
	struct retention_facts f = {.newest_us = NOW};
	int64_t day = (NOW / DAY + 1) * DAY;

	cr_assert_eq(judge("alarm", f, NOW).media_us, day + 90 * DAY);
	cr_assert_eq(
	    judge("permit", f, NOW).media_us, judge("permit", f, NOW).until_us);
}

/* ---- a company's own ---- */

static void
edit(char *text, size_t size, const char *from, const char *to)
{
	static char rest[65536];
	char *at = strstr(text, from);

	cr_assert_not_null(at, "%s", from);
	(void)snprintf(rest, sizeof rest, "%s%s", to, at + strlen(from));
	(void)snprintf(at, size - (size_t)(at - text), "%s", rest);
}

/* The built-in policy with the first `from` replaced, as a company's of this
 * version, effective a year later. */
static enum err
add(const char *version, const char *from, const char *to, struct err_why *why)
{
	static char text[65536];
	FILE *f = fopen("node/packs/retention.yaml", "r");
	size_t n;

	cr_assert_not_null(f);
	n = fread(text, 1, sizeof text / 2, f);
	(void)fclose(f);
	text[n] = '\0';
	edit(text, sizeof text, "2026.1", version);
	edit(text, sizeof text, "2015-01", "2016-01");
	edit(text, sizeof text, from, to);
	return packs_add(packs, "local.yaml", bytes_str(text), why);
}

Test(retention, may_be_lengthened_never_below_its_minimum)
{
	static const struct {
		const char *from, *to, *says;
	} refused[] = {
	    {"minMonths: 12\n      legal: true",
	        "minMonths: 11\n      legal: true", "GB 30871-2022 B.3"},
	    {"minMonths: 12\n      legal: true",
	        "minMonths: 12\n      legal: false", "GB 30871-2022 B.3"},
	    {"keepMonths: 72\n      minMonths: 36",
	        "keepMonths: 35\n      minMonths: 35", "PIPL article 56"},
	    {"mediaMinDays: 30", "mediaMinDays: 7", "media"},
	    {"minMonths: 12\n      legal: false\n      ends: PERSONAL\n      "
	     "personal: [operator",
	        "minMonths: 12\n      legal: false\n      ends: BODY\n      "
	        "personal: [operator",
	        "checklist: ends"},
	    {"ends: PERSONAL\n      personal: [account",
	        "ends: BODY\n      personal: [account", "points: ends"},
	    {"personal: [operator, people, place, title",
	        "personal: [people, place, title", "operator"},
	};
	struct err_why why = {.text = ""};

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		cr_assert_eq(add("2", refused[i].from, refused[i].to, &why),
		    ERR_REFUSED, "%s", refused[i].to);
		cr_assert_not_null(
		    strstr(why.text, refused[i].says), "%s", why.text);
	}
	cr_assert_eq(add("2", "keepMonths: 72", "keepMonths: 5", &why),
	    ERR_MALFORMED, "below its own minimum");
	cr_assert_eq(add("2", "keepMonths: 72", "keepMonths: 240", &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(class_named("permit")->keep_months, 240);
}

/* What is personal may be erased as wrong while a law keeps the rest. */
Test(retention, calls_no_reading_and_no_time_personal)
{
	static const char *const never[] = {"gas", "sampled_at", "occurred_at",
	    "action", "level", "accuracy_m"};
	struct err_why why = {.text = ""};
	char to[64];

	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
		(void)snprintf(
		    to, sizeof to, "personal: [%s, applicant", never[i]);
		cr_assert_eq(add("2", "personal: [applicant", to, &why),
		    ERR_MALFORMED, "%s", never[i]);
	}
	/* A name of the company's choice: once somebody activates it. */
	cr_assert_eq(add("2", "personal: [applicant",
	                 "personal: [area, applicant", &why),
	    ERR_OK, "%s", why.text);
	cr_assert_str_eq(packs_retention(packs, NOW)->version, "2026.1");
}

/* A second class of the same records would take the law from them. */
Test(retention, knows_each_class_once_by_its_name_and_by_its_type)
{
	static const struct {
		const char *from, *to;
	} wrong[] = {
	    {"    - name: position\n",
	        "    - name: like-it\n"
	        "      kind: ALARM\n"
	        "      type: \"position \"\n"
	        "      keepMonths: 72\n"
	        "      minMonths: 12\n"
	        "      legal: false\n"
	        "      ends: BODY\n"
	        "      personal: [operator, people, place, title, detail,\n"
	        "        note, reason]\n"
	        "      clause: \"\"\n"
	        "      source: none\n"
	        "      confirmed: false\n"
	        "    - name: position\n"},
	    {"    - name: position\n", "    - name: permit\n"},
	};
	struct err_why why = {.text = ""};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		cr_assert_eq(add("2", wrong[i].from, wrong[i].to, &why),
		    ERR_MALFORMED, "%s", wrong[i].to);
}

/* What keeps for less than the standard's is in force once it is an entry. */
Test(retention, is_shortened_by_an_activation_alone)
{
	const Pack__Pack *pack;
	struct packs_fact fact;
	struct err_why why = {.text = ""};
	bool found = false;

	cr_assert_eq(
	    add("2", "keepMonths: 72\n      minMonths: 12\n      legal: false",
	        "keepMonths: 24\n      minMonths: 12\n      legal: false",
	        &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(class_named("certificate")->keep_months, 72);
	for (size_t i = 0; (pack = packs_at(packs, i, &fact)) != NULL; i++) {
		if (pack->retention == NULL || fact.looser[0] == '\0')
			continue;
		found = true;
		cr_assert(packs_activate(
		    packs, "retention@2", &fact.digest, NOW - 1));
	}
	cr_assert(found);
	cr_assert_eq(class_named("certificate")->keep_months, 24);
}
