/* text_code_test.c - base64url and base45, strictly both ways. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "proto/text.h"

static void
both(void (*put)(struct buf *, struct bytes),
    enum err (*get)(struct buf *, struct bytes, struct err_why *),
    const char *plain, const char *code)
{
	struct buf out;

	buf_init(&out, 256);
	put(&out, bytes_str(plain));
	cr_assert_str_eq(buf_cstr(&out), code);
	buf_reset(&out);
	cr_assert_eq(get(&out, bytes_str(code), NULL), ERR_OK);
	cr_assert_str_eq(buf_cstr(&out), plain);
	buf_clear(&out);
}

static void
refused(enum err (*get)(struct buf *, struct bytes, struct err_why *),
    const char *code)
{
	struct buf out;

	buf_init(&out, 256);
	buf_u8(&out, 7);
	cr_assert_eq(
	    get(&out, bytes_str(code), NULL), ERR_MALFORMED, "%s", code);
	cr_assert_eq(out.len, 1, "%s left something", code);
	buf_clear(&out);
}

/* RFC 9285 4.3, 4.4. */
Test(text_b45, reads_and_writes_the_examples_of_the_rfc)
{
	static const char *const bad[] = {
	    "GGW", ":::", "::", "A", "ab", "B\x01\x01", "QED8WEX0 "};

	both(text_b45_put, text_b45_get, "AB", "BB8");
	both(text_b45_put, text_b45_get, "Hello!!", "%69 VD92EX0");
	both(text_b45_put, text_b45_get, "base-45", "UJCLQE7W581");
	both(text_b45_put, text_b45_get, "ietf!", "QED8WEX0");
	both(text_b45_put, text_b45_get, "", "");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(text_b45_get, bad[i]);
}

/* RFC 7515 appendix C, and each length of the rest. */
Test(text_b64url, is_base64_with_two_other_digits_and_no_padding)
{
	static const uint8_t raw[] = {3, 236, 255, 224, 193};
	static const char *const bad[] = {
	    "A", "A-z_4ME=", "A+z_4ME", "A/", "A-z_4MF", "A z_"};
	struct buf out;

	buf_init(&out, 64);
	text_b64url_put(&out, bytes_of(raw, sizeof raw));
	cr_assert_str_eq(buf_cstr(&out), "A-z_4ME");
	buf_reset(&out);
	cr_assert_eq(text_b64url_get(&out, bytes_str("A-z_4ME"), NULL), ERR_OK);
	cr_assert(bytes_equal(buf_view(&out), bytes_of(raw, sizeof raw)));
	buf_clear(&out);
	both(text_b64url_put, text_b64url_get, "", "");
	both(text_b64url_put, text_b64url_get, "f", "Zg");
	both(text_b64url_put, text_b64url_get, "fo", "Zm8");
	both(text_b64url_put, text_b64url_get, "foo", "Zm9v");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(text_b64url_get, bad[i]);
}
