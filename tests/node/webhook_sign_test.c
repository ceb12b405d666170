/* webhook_sign_test.c - secrets of receivers, and what is signed with them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/webhook_sign.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

#include "tests/support/temp.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OTHER "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"

static enum err
read_text(struct webhook_sign *s, const char *text)
{
	return webhook_sign_read(s, bytes_str(text), NULL);
}

/* The example of the Standard Webhooks libraries. */
Test(webhook_sign_put, agrees_with_the_published_vector)
{
	struct webhook_sign s = {.len = 0};
	char out[WEBHOOK_SIGN_CHARS];

	cr_assert_eq(read_text(&s, SECRET), ERR_OK);
	webhook_sign_put(out, &s, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
	    bytes_str("{\"test\": 2432232314}"));
	cr_assert_str_eq(
	    out, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	webhook_sign_wipe(&s);
}

Test(webhook_sign_put, signs_with_the_old_secret_too_while_it_is_changed)
{
	struct webhook_sign s = {.len = 0};
	char out[WEBHOOK_SIGN_CHARS];
	const char *blank;

	cr_assert_eq(read_text(&s, OTHER "\n" SECRET "\n"), ERR_OK);
	cr_assert_eq(s.len, 2u);
	webhook_sign_put(out, &s, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
	    bytes_str("{\"test\": 2432232314}"));
	blank = strchr(out, ' ');
	cr_assert_not_null(blank);
	cr_assert_str_eq(
	    blank + 1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

Test(webhook_sign_read, refuses_what_is_no_secret_or_a_short_one)
{
	static const char *const bad[] = {"", "\n", "secret", "whsec_",
	    "whsec_AAEC", "whsec_not base64 at all, none of it!!",
	    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	    SECRET "\n" SECRET "\n" SECRET "\n", SECRET "\nx\n", SECRET "x"};
	struct webhook_sign s = {.len = 0};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert_neq(read_text(&s, bad[i]), ERR_OK, "%s", bad[i]);
	cr_assert_eq(s.len, 0u, "untouched");
}

Test(webhook_sign_load, refuses_a_file_that_others_may_read)
{
	struct webhook_sign s = {.len = 0};
	struct err_why why = {.text = ""};
	char dir[TEMP_PATH_BYTES], path[TEMP_PATH_BYTES];

	temp_make(dir);
	temp_path(path, dir, "secret");
	cr_assert_eq(
	    webhook_sign_load(&s, path, &why), ERR_NOT_FOUND, "%s", why.text);
	temp_write(path, SECRET "\n", strlen(SECRET) + 1);
	cr_assert_eq(chmod(path, 0640), 0);
	cr_assert_eq(webhook_sign_load(&s, path, &why), ERR_REFUSED);
	cr_assert_null(strstr(why.text, "MfKQ"), "no secret in a message");
	cr_assert_eq(chmod(path, 0600), 0);
	cr_assert_eq(webhook_sign_load(&s, path, &why), ERR_OK);
	cr_assert_eq(s.len, 1u);
	temp_write(path, "MfKQ9r8GKYqr", 12);
	cr_assert_eq(chmod(path, 0600), 0);
	cr_assert_eq(webhook_sign_load(&s, path, &why), ERR_MALFORMED);
	cr_assert_null(strstr(why.text, "MfKQ"), "nor a part of one");
	temp_remove(dir);
}
