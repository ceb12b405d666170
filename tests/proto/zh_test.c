/* zh_test.c - every row of the table of messages fits its English format. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "proto/err.h"
#include "proto/text.h"
#include "proto/zh.h"

#define ARGS_MAX 8

/* What a format takes, by place: "zu", "*s", "s". */
struct takes {
	char arg[ARGS_MAX][8];
	bool used[ARGS_MAX];
	bool places; /* "%2$s" */
	bool plain; /* "%s" */
};

static const char *
one(const char *p, struct takes *t, size_t *next)
{
	size_t at = *next, n = 0;
	char *end;
	unsigned long place = strtoul(p, &end, 10);

	if (place > 0 && *end == '$') {
		at = place - 1;
		p = end + 1;
		t->places = true;
	} else {
		t->plain = true;
		*next = at + 1;
	}
	cr_assert_lt(at, (size_t)ARGS_MAX);
	while (*p == '0' || isdigit((unsigned char)*p) || *p == '.')
		p++;
	while (*p != '\0' && strchr("*lzh", *p) != NULL && n < 6)
		t->arg[at][n++] = *p++;
	t->arg[at][n] = *p;
	t->used[at] = true;
	return p + 1;
}

static struct takes
takes(const char *format)
{
	struct takes t = {.places = false};
	size_t next = 0;

	while (*format != '\0') {
		if (*format++ != '%')
			continue;
		if (*format == '%')
			format++;
		else
			format = one(format, &t, &next);
	}
	return t;
}

Test(zh_row, takes_what_the_english_takes)
{
	const char *zh, *en;

	for (unsigned i = 0; (en = zh_row(i, &zh)) != NULL; i++) {
		struct takes a = takes(en), b = takes(zh);

		cr_assert(!b.places || !b.plain, "both kinds: %s", zh);
		cr_assert(!a.places, "%s", en);
		for (size_t k = 0; k < ARGS_MAX; k++) {
			cr_assert_eq(a.used[k], b.used[k], "%s: %zu", en, k);
			cr_assert_str_eq(a.arg[k], b.arg[k], "%s", en);
		}
	}
}

Test(zh_row, is_ascending_and_utf8)
{
	const char *zh, *en, *last = "";
	unsigned i;

	for (i = 0; (en = zh_row(i, &zh)) != NULL; i++) {
		cr_assert_lt(
		    strcmp(last, en), 0, "\"%s\" comes after \"%s\"", en, last);
		cr_assert(text_utf8_ok(bytes_str(zh)), "%s", en);
		cr_assert_str_eq(zh_format(en), zh);
		last = en;
	}
	cr_assert_gt(i, 500);
}

Test(zh_format, leaves_alone_what_it_does_not_know)
{
	cr_assert_str_eq(
	    zh_format("never said by anybody"), "never said by anybody");
}

Test(err_fail, speaks_both_languages)
{
	struct err_why why;

	(void)err_fail(&why, ERR_LIMIT, "more than %d bytes", 7);
	(void)err_wrap(&why, ERR_LIMIT, "line %u", 3u);
	cr_assert_str_eq(why.text, "line 3: more than 7 bytes");
	cr_assert_str_eq(why.zh, "第 3 行：超过 7 字节");
	/* Of another order. */
	(void)err_fail(&why, ERR_UNVERIFIED,
	    "%zu of %zu fields shown, as the leaf commits to", (size_t)2,
	    (size_t)5);
	cr_assert_str_eq(why.zh, "5 个字段中披露 2 个，与叶的承诺一致");
}

Test(err_plain, finds_the_chinese_of_a_variable)
{
	struct err_why why;

	(void)err_plain(&why, ERR_MALFORMED, "duplicate key");
	cr_assert_str_eq(why.text, "duplicate key");
	cr_assert_str_eq(why.zh, "键重复");
}

Test(err_both, keeps_either_and_is_wrapped)
{
	struct err_why why;

	(void)err_both(&why, ERR_REFUSED, "no", "不");
	(void)err_wrap(&why, ERR_REFUSED, "%s", "$.a");
	cr_assert_str_eq(why.text, "$.a: no");
	cr_assert_str_eq(why.zh, "$.a：不");
}

Test(err_errno, names_what_the_system_said)
{
	struct err_why why;

	(void)err_errno(&why, ERR_IO, 2, "%s", "a.lfb");
	cr_assert_str_eq(why.text, "a.lfb: No such file or directory");
	cr_assert_str_eq(why.zh, "a.lfb：没有该文件或目录");
	/* Not in our table: the system's own words. */
	(void)err_errno(&why, ERR_IO, 40, "x");
	cr_assert_str_eq(why.zh, "x：Too many levels of symbolic links");
}
