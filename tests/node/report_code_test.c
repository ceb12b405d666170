/* report_code_test.c - codes that people type, and what is kept of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/report_code.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "proto/crypto.h"

Test(report_code, comes_back_however_it_is_typed)
{
	crypto_start();
	for (int i = 0; i < 200; i++) {
		struct report_code a, b;
		char text[REPORT_CODE_CHARS + 1];
		char odd[80];
		size_t n = 0;

		report_code_new(&a);
		report_code_put(text, &a);
		cr_assert_eq(strlen(text), REPORT_CODE_CHARS);
		cr_assert_eq(report_code_get(&b, text, NULL), ERR_OK);
		cr_assert_eq(memcmp(&a, &b, sizeof a), 0);
		for (size_t k = 0; text[k] != '\0'; k++) {
			odd[n++] = (char)tolower((unsigned char)text[k]);
			if (k % 7 == 0)
				odd[n++] = ' ';
		}
		odd[n] = '\0';
		cr_assert_eq(report_code_get(&b, odd, NULL), ERR_OK);
		cr_assert_eq(memcmp(&a, &b, sizeof a), 0);
	}
}

Test(report_code, is_no_other_text)
{
	static const char *const bad[] = {"", "ABCD",
	    "2222-2222-2222-2222-2222-2222-2222-222",
	    "2222-2222-2222-2222-2222-2222-2222-22222",
	    "2222-2222-2222-2222-2222-2222-2222-2220",
	    "2222-2222-2222-2222-2222-2222-2222-222!"};
	struct report_code c;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_eq(report_code_get(&c, bad[i], NULL), ERR_MALFORMED);
}

/* The record's id leads to nobody: it and the receipt share nothing. */
Test(report_code, keeps_hashes_of_which_none_says_another)
{
	struct report_code a = {.secret = {0}};

	crypto_start();
	cr_assert_eq(report_code_get(
	                 &a, "2222-2222-2222-2222-2222-2222-2222-2222", NULL),
	    ERR_OK);
	cr_assert_eq(a.record_id[6] >> 4, 8);
	cr_assert_eq(a.record_id[8] >> 6, 2);
	cr_assert_neq(memcmp(a.record_id, a.receipt.b, 6), 0);
}
