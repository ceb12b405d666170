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

/* docs/wire.md 13. */
Test(report_code, is_made_as_the_page_says)
{
	static const uint8_t id[16] = {0x48, 0x0d, 0x72, 0xe7, 0x2b, 0x2a, 0x88,
	    0xb0, 0x86, 0xe1, 0x72, 0xe3, 0xb5, 0xc7, 0x7e, 0x2e};
	static const uint8_t receipt[4] = {0xd0, 0xdf, 0xd3, 0x2a};
	struct report_code c;
	char text[REPORT_CODE_CHARS + 1];

	crypto_start();
	cr_assert_eq(report_code_get(
	                 &c, "222J-62S6-2N52-G42B-3A7J-S5AG-3WA3-46JM", NULL),
	    ERR_OK);
	for (uint8_t i = 0; i < REPORT_CODE_BYTES; i++)
		cr_assert_eq(c.secret[i], i);
	cr_assert_eq(memcmp(c.record_id, id, sizeof id), 0);
	cr_assert_eq(memcmp(c.receipt.b, receipt, sizeof receipt), 0);
	report_code_put(text, &c);
	cr_assert_str_eq(text, "222J-62S6-2N52-G42B-3A7J-S5AG-3WA3-46JM");
}
