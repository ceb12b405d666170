/* defence_rule_test.c - a rule is read whole, or refused with its line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/defence_rule.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "proto/digest.h"

static const char good[] = "defence:\n"
                           "  id: two-leaks\n"
                           "  version: \"1\"\n"
                           "  title: two leaks\n"
                           "  titleZh: 两次泄漏\n"
                           "  text: look for the source\n"
                           "  textZh: 查找泄漏源\n"
                           "  clause: GB 30871-2022 4.8\n"
                           "  scope: AREA\n"
                           "  all:\n"
                           "    - alarms: {minutes: 10, count: 2}\n"
                           "    - permits: {types: [hot-work]}\n"
                           "  quietMinutes: 60\n"
                           "  raise: {level: 2}\n"
                           "  suspend: {types: [hot-work]}\n";

static struct err_why why;

static enum err
read_text(const char *text)
{
	struct defence_rule r;
	enum err e = defence_rule_read(&r, bytes_str(text), &why);

	cr_assert_eq(e != ERR_OK, r.said == NULL);
	defence_rule_clear(&r);
	return e;
}

/* The good one, with one piece replaced. */
static enum err
read_with(const char *piece, const char *other)
{
	static char text[3 * DEFENCE_RULE_BYTES];
	const char *at = strstr(good, piece);

	cr_assert_not_null(at, "%s", piece);
	(void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good,
	    other, at + strlen(piece));
	return read_text(text);
}

Test(defence_rule, says_what_it_is_and_whose_text)
{
	struct defence_rule r;
	struct hash h;

	cr_assert_eq(defence_rule_read(&r, bytes_str(good), &why), ERR_OK, "%s",
	    why.text);
	cr_assert_str_eq(r.name, "two-leaks@1");
	digest_sha256(&h, bytes_str(good));
	cr_assert_arr_eq(h.b, r.digest.b, sizeof h.b);
	cr_assert_eq(r.said->all[0]->alarms->count, 2);
	defence_rule_clear(&r);
}

Test(defence_rule, each_bound_is_kept_and_said_with_its_line)
{
	static const struct {
		const char *piece, *other, *says;
	} bad[] = {
	    {"two-leaks", "Two_Leaks", "line 2: $.defence.id"},
	    {"two-leaks", "\"\"", "$.defence.id"},
	    {"\"1\"", "\"1 @2\"", "line 3: $.defence.version"},
	    {"\"1\"", "\"12345678901234567\"", "line 3: $.defence.version"},
	    {"title: two leaks", "title: \"\"", "line 4: $.defence.title"},
	    {"  titleZh: 两次泄漏\n", "", "titleZh is missing"},
	    {"  clause: GB 30871-2022 4.8\n", "", "clause is missing"},
	    {"AREA", "PLANET", "line 9"},
	    {"  scope: AREA\n", "", "scope is missing"},
	    {"minutes: 10", "minutes: 0", "line 11: $.defence.all[0].minutes"},
	    {"minutes: 10", "minutes: 1441", "expected 1 to 1440"},
	    {"minutes: 10", "level: 1", "minutes is missing"},
	    {"count: 2", "count: 17", "line 11: $.defence.all[0].count"},
	    {"count: 2", "count: 2, level: 4", "level: expected 1 to 3"},
	    {"permits: {types: [hot-work]}", "permits: {types: [\"\"]}",
	        "line 12"},
	    {"permits: {types: [hot-work]}",
	        "{permits: {}, certificates: {minutes: 5}}", "one of alarms"},
	    {"permits: {types: [hot-work]}", "certificates: {minutes: 5}",
	        "scope SITE"},
	    {"permits: {types: [hot-work]}", "wind: {grade: 18, minutes: 5}",
	        "grade: expected 1 to 17"},
	    {"quietMinutes: 60", "quietMinutes: 0", "line 13"},
	    {"  quietMinutes: 60\n", "", "quietMinutes is missing"},
	    {"level: 2", "level: 0", "line 14: $.defence.raise.level"},
	    {"  raise: {level: 2}\n", "", "raise is missing"},
	    {"suspend: {types: [hot-work]}", "suspend: {levels: [LEVEL_1]}",
	        "suspend.types is missing"},
	    {"two leaks", "\"two \\u202e leaks\"", "control character"},
	    {"two leaks", "\"two \\u0007 leaks\"", "control character"},
	    {"two leaks", "two \xe2\x80\xae leaks", "control characters"},
	    {"two leaks", "two \x1b[2J leaks", "control characters"},
	    {"two leaks", "two leaks # \x1b[2J", "control characters"},
	    {"two leaks", "two \xff leaks", "UTF-8"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		cr_assert_neq(read_with(bad[i].piece, bad[i].other), ERR_OK,
		    "%s", bad[i].other);
		cr_assert_not_null(strstr(why.text, bad[i].says), "%s: %s",
		    bad[i].other, why.text);
	}
}

Test(defence_rule, there_is_no_word_that_lets_work_go_on)
{
	static const char *const words[] = {"allow: {types: [hot-work]}",
	    "resume: {types: [hot-work]}", "clear: true", "erase: true",
	    "shelve: {minutes: 5}", "acknowledge: true",
	    "suspend: {allow: true}", "raise: {level: 2, close: true}"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		cr_assert_eq(
		    read_with("suspend: {types: [hot-work]}", words[i]),
		    ERR_MALFORMED, "%s", words[i]);
}

/* `piece` so many times. */
static void
repeat(char *out, size_t cap, const char *piece, size_t times)
{
	for (size_t n = 0; times-- > 0;)
		n += (size_t)snprintf(out + n, cap - n, "%s", piece);
}

Test(defence_rule, lists_and_the_whole_are_bounded)
{
	char some[2048], text[4096];
	char huge[DEFENCE_RULE_BYTES + 2];

	repeat(some, sizeof some, ", a", DEFENCE_RULE_LIST);
	(void)snprintf(
	    text, sizeof text, "areas: [a%s]\n  quietMinutes: 60", some);
	cr_assert_eq(read_with("quietMinutes: 60", text), ERR_LIMIT);
	repeat(some, sizeof some, "    - alarms: {minutes: 5}\n",
	    DEFENCE_RULE_CONDITIONS - 1);
	(void)snprintf(text, sizeof text, "%s  quietMinutes: 60", some);
	cr_assert_eq(read_with("  quietMinutes: 60", text), ERR_LIMIT);
	memset(huge, '#', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	cr_assert_eq(read_text(huge), ERR_LIMIT);
	cr_assert_eq(read_text(""), ERR_LIMIT);
	cr_assert_eq(read_text("[]"), ERR_MALFORMED);
	cr_assert_eq(read_text("work: {}"), ERR_MALFORMED);
	/* Nothing in a rule can name itself. */
	cr_assert_eq(
	    read_text("defence: &a {id: x, all: [*a]}"), ERR_MALFORMED);
}
