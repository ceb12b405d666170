/* cli_join_test.c - what a stranger's node answers moves no cursor. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_make.h"

#include <criterion/criterion.h>
#include <string.h>

#define HOSTILE "\x1b[2Jjoined\r\xe2\x80\xae"
#define PLAIN "\\u001b[2Jjoined\\u000d\\u202e"

static void
told(const Fed__Told *m, const char *end)
{
	struct buf b;
	const char *s;

	buf_init(&b, 65536);
	cli_join_told(&b, m);
	s = buf_cstr(&b);
	cr_assert_geq(strlen(s), strlen(end));
	cr_expect_str_eq(s + strlen(s) - strlen(end), end, "%s", s);
	cr_expect_null(strchr(s, 0x1b));
	buf_clear(&b);
}

Test(cli_join, what_the_inviter_wrote_is_shown_and_not_obeyed)
{
	static char text[] = HOSTILE, plant[] = "plant-a.acme.example";
	char *waits[] = {plant, text};
	Fed__Told m = FED__TOLD__INIT;

	m.state = FED__TOLD__STATE__WAITING;
	m.text = m.text_zh = text;
	told(&m, PLAIN);
	m.state = FED__TOLD__STATE__REFUSED;
	told(&m, PLAIN);
	m.state = FED__TOLD__STATE__PROPOSED;
	m.waits = waits;
	m.n_waits = 2;
	told(&m, "plant-a.acme.example, " PLAIN);
}
