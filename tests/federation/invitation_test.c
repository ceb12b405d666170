/* invitation_test.c - the text of an invitation, whole, changed and cut. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/invitation.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/digest.h"
#include "proto/text.h"

static struct invitation
example(void)
{
	struct invitation v = {.expires = 1795402200,
	    .role = FED__ROLE__PLANT,
	    .name = "plant-e.acme.example",
	    .inviter = "hq.acme.example",
	    .address = "tcp://10.1.2.3:8421"};

	memset(v.epoch.b, 1, sizeof v.epoch.b);
	memset(v.key, 2, sizeof v.key);
	memset(v.secret, 3, sizeof v.secret);
	return v;
}

static enum err
get(struct invitation *out, const char *text)
{
	struct err_why why = {.text = ""};
	enum err e = invitation_get(out, bytes_str(text), &why);

	cr_assert(e == ERR_OK || why.text[0] != '\0');
	return e;
}

Test(invitation, comes_back_as_it_was_and_is_short)
{
	const struct invitation v = example();
	struct invitation got;
	struct buf text;

	buf_init(&text, INVITATION_CHARS_MAX);
	invitation_put(&text, &v);
	cr_assert_lt(text.len, 220);
	cr_assert_eq(get(&got, buf_cstr(&text)), ERR_OK);
	cr_assert_arr_eq(got.epoch.b, v.epoch.b, HASH_BYTES);
	cr_assert_arr_eq(got.key, v.key, sizeof v.key);
	cr_assert_arr_eq(got.secret, v.secret, sizeof v.secret);
	cr_assert_eq(got.expires, v.expires);
	cr_assert_eq(got.role, v.role);
	cr_assert_str_eq(got.name, v.name);
	cr_assert_str_eq(got.inviter, v.inviter);
	cr_assert_str_eq(got.address, v.address);
	buf_clear(&text);
}

Test(invitation, is_read_through_what_mail_makes_of_it)
{
	const struct invitation v = example();
	struct invitation got;
	struct buf text, mail;

	buf_init(&text, INVITATION_CHARS_MAX);
	buf_init(&mail, 4 * INVITATION_CHARS_MAX);
	invitation_put(&text, &v);
	for (size_t i = 0; i < text.len; i++) {
		if (i % 40 == 0)
			buf_str(&mail, "\r\n  ");
		buf_u8(&mail, text.ptr[i]);
	}
	buf_str(&mail, "\n");
	cr_assert_eq(get(&got, buf_cstr(&mail)), ERR_OK);
	cr_assert_str_eq(got.name, v.name);
	buf_clear(&text);
	buf_clear(&mail);
}

Test(invitation, is_refused_when_any_character_is_another_or_missing)
{
	const struct invitation v = example();
	struct invitation got;
	struct buf text;
	char *s;

	buf_init(&text, INVITATION_CHARS_MAX);
	invitation_put(&text, &v);
	s = strdup(buf_cstr(&text));
	for (size_t i = 0; i < text.len; i++) {
		const char was = s[i];

		s[i] = was == 'A' ? 'B' : 'A';
		cr_assert_eq(get(&got, s), ERR_MALFORMED, "at %zu", i);
		s[i] = was;
	}
	for (size_t i = text.len; i-- > 0;) {
		s[i] = '\0';
		cr_assert_eq(get(&got, s), ERR_MALFORMED, "cut at %zu", i);
	}
	free(s);
	buf_clear(&text);
}

/* With a good sum, as a careless or hostile maker would write it. */
static enum err
get_changed(size_t at, uint8_t value)
{
	const struct invitation v = example();
	struct buf text, body, again;
	struct invitation got;
	struct hash sum;
	struct bytes parts[2];
	enum err e;

	buf_init(&text, INVITATION_CHARS_MAX);
	buf_init(&body, INVITATION_CHARS_MAX);
	buf_init(&again, INVITATION_CHARS_MAX);
	invitation_put(&text, &v);
	cr_assert_eq(
	    text_b64url_get(&body, bytes_of(text.ptr + 4, text.len - 4), NULL),
	    ERR_OK);
	body.ptr[at] = value;
	parts[0] = bytes_str("lianfang/invitation/v1\n");
	parts[1] = bytes_of(body.ptr, body.len - 4);
	digest_sha256_parts(&sum, parts, 2);
	memcpy(body.ptr + body.len - 4, sum.b, 4);
	buf_str(&again, INVITATION_PREFIX);
	text_b64url_put(&again, buf_view(&body));
	e = get(&got, buf_cstr(&again));
	buf_clear(&text);
	buf_clear(&body);
	buf_clear(&again);
	return e;
}

Test(invitation, says_nothing_that_could_not_be_a_member)
{
	cr_assert_eq(get_changed(0, 1), ERR_OK);
	cr_assert_eq(get_changed(0, 2), ERR_UNSUPPORTED);
	cr_assert_eq(get_changed(85, 0), ERR_MALFORMED, "role");
	cr_assert_eq(get_changed(85, 9), ERR_MALFORMED, "role");
	cr_assert_eq(get_changed(86, 255), ERR_MALFORMED, "length");
	cr_assert_eq(get_changed(86, 0), ERR_MALFORMED, "length");
	cr_assert_eq(get_changed(90, 0x1b), ERR_MALFORMED, "terminal");
	cr_assert_eq(get_changed(110, '\n'), ERR_MALFORMED, "inviter");
	cr_assert_eq(get_changed(130, ' '), ERR_MALFORMED, "address");
}

Test(invitation_id, is_the_beginning_of_what_is_kept)
{
	char id[INVITATION_ID_CHARS + 1];
	struct hash h;

	invitation_hash(&h, bytes_str("0123456789abcdef"));
	invitation_id(id, &h);
	cr_assert_eq(strlen(id), INVITATION_ID_CHARS);
	cr_assert_eq(strncmp(id, "iv_", 3), 0);
}
