/* err_test.c - codes, their names, and the detail beside them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "proto/err.h"

#define ERR_NAME(name, en, zh) #name,
static const char *const names[] = {ERR_LIST(ERR_NAME)};
#undef ERR_NAME

Test(err_name, is_the_code_in_lower_case)
{
	const char *got;
	size_t i, k;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		got = err_name((enum err)i);
		cr_assert_eq(strlen(got), strlen(names[i]));
		for (k = 0; got[k] != '\0'; k++)
			cr_assert_eq(got[k], (char)tolower(names[i][k]));
	}
}

Test(err_text, is_there_for_any_value)
{
	cr_assert_str_eq(err_text(ERR_DENIED), "no right to do this");
	cr_assert_not_null(err_text((enum err)9999));
	cr_assert_not_null(err_name((enum err)9999));
}

Test(err_fail, works_without_a_place_for_detail)
{
	cr_assert_eq(err_fail(NULL, ERR_IO, "x %d", 1), ERR_IO);
	cr_assert_eq(err_wrap(NULL, ERR_IO, "x"), ERR_IO);
}

Test(err_wrap, puts_the_context_in_front)
{
	struct err_why why;

	cr_assert_eq(err_fail(&why, ERR_LIMIT, "more than %d", 3), ERR_LIMIT);
	cr_assert_eq(err_wrap(&why, ERR_LIMIT, "leaf 7"), ERR_LIMIT);
	cr_assert_str_eq(why.text, "leaf 7: more than 3");
}

Test(err_fail, leaves_out_what_a_precision_cut_in_two)
{
	struct err_why why;

	(void)err_fail(&why, ERR_IO, "%.4s and %.5s",
	    "\xe8\x81\x94\xe8\x81\x94", "\xe8\x81\x94\xe8\x81\x94");
	cr_assert_str_eq(why.text, "\xe8\x81\x94 and \xe8\x81\x94");
}

Test(err_fail, cuts_between_characters)
{
	char text[2 * ERR_WHY_BYTES];
	struct err_why why;
	size_t shift, len;

	for (shift = 0; shift < 3; shift++) {
		for (len = 0; len + 3 < sizeof text - shift; len += 3)
			memcpy(text + shift + len, "\xe8\x81\x94", 3);
		memset(text, 'x', shift);
		text[shift + len] = '\0';
		(void)err_fail(&why, ERR_IO, "%s", text);
		len = strlen(why.text);
		cr_assert_leq(ERR_WHY_BYTES - 1 - len, 2);
		cr_assert_eq((len - shift) % 3, 0);
	}
}
